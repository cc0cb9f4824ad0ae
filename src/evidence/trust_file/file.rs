//! [`TrustFile`]: whose keys are trusted, and why. The grammar alone: who reads one resolves
//! the files that it names.

use super::{
    line::{TrustLine, line},
    text::refused,
};
use crate::verify::error::{Error, TrustFileProblem};

/// A trust file, in the manner of `allowed_signers` of ssh: each line has the name of a machine
/// or authority, what vouches for its key, and options. Blank lines, and those that begin with
/// `#`, say nothing. A value with blanks stands in double quotes, in which `\"` is a quotation
/// mark.
///
/// ```
/// use tpm_quote::evidence::{TrustAnchor, TrustFile};
///
/// let text = b"# What the fleet has.
/// web-01 ak-key \"keys/web 01.pem\" valid-before=20300101
/// fleet  ak-ca ca.pem profile=google project=acme
/// ";
/// let file = TrustFile::parse(text)?;
/// let names: Vec<&str> = file.lines().map(|line| line.name).collect();
/// assert_eq!(names, ["web-01", "fleet"]);
/// let TrustAnchor::AkKey(key) = file.lines().next().unwrap().anchor else { panic!() };
/// assert_eq!(key.to_string(), "keys/web 01.pem");
///
/// let error = TrustFile::parse(b"web-01 ak-keys web.pem").unwrap_err();
/// assert_eq!((error.problem_name(), error.offset()), ("trust-kind", Some(7)));
/// # Ok::<(), tpm_quote::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TrustFile<'a> {
    text: &'a str,
}

impl<'a> TrustFile<'a> {
    /// Reads a trust file.
    ///
    /// # Errors
    /// A word is unknown, an option is there twice, contradicts another one or has no effect, a
    /// value is not what it has to be, or no line vouches for anything. The error has the
    /// offset.
    pub fn parse(text: &'a [u8]) -> Result<Self, Error> {
        let read = core::str::from_utf8(text);
        let text = read.map_err(|error| refused(TrustFileProblem::Utf8, error.valid_up_to()))?;
        if text.starts_with('\u{feff}') {
            return Err(refused(TrustFileProblem::Utf8, 0));
        }
        let mut count = 0_u32;
        for (number, offset, text) in split(text) {
            for (at, c) in text.char_indices() {
                if c.is_control() && c != '\t' {
                    let at = offset.saturating_add(at);
                    return Err(refused(TrustFileProblem::Control, at));
                }
            }
            if line(text, number, offset)?.is_some() {
                count = count.saturating_add(1);
            }
        }
        match count {
            0 => Err(refused(TrustFileProblem::Empty, text.len())),
            _ => Ok(Self { text }),
        }
    }

    /// Returns the lines that vouch for something, in their order.
    pub fn lines(&self) -> impl Iterator<Item = TrustLine<'a>> + use<'a> {
        split(self.text).filter_map(|(number, offset, text)| {
            // All of them were read before.
            line(text, number, offset).ok().flatten()
        })
    }
}

/// The lines of a text with their numbers and offsets, without their ends.
fn split(text: &str) -> impl Iterator<Item = (u32, usize, &str)> {
    let mut at = 0_usize;
    let mut number = 0_u32;
    text.split(is_line_feed).map(move |line| {
        let offset = at;
        at = at.saturating_add(line.len()).saturating_add(1);
        number = number.saturating_add(1);
        (number, offset, line.strip_suffix('\r').unwrap_or(line))
    })
}

fn is_line_feed(c: char) -> bool {
    c == '\n'
}
