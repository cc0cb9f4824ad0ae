//! PEM (RFC 7468): base64 between two lines.

use core::{error::Error, fmt, str};

use base64ct::{Base64, Encoding as _};

use crate::{
    error::MarshalError,
    verify::{Check, Verdict},
    wire::{Sink, SliceSink},
};

/// Characters in a line of PEM, and the bytes that they are.
const LINE: usize = 64;
const LINE_BYTES: usize = 48;

/// What a PEM file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label {
    begin: &'static str,
    end: &'static str,
    help: &'static str,
}

pub(super) const PUBLIC_KEY: Label = Label {
    begin: "-----BEGIN PUBLIC KEY-----",
    end: "-----END PUBLIC KEY-----",
    help: "Give the key as `tpm2_readpublic -f pem` writes it, with nothing around it.",
};

const CERTIFICATE: Label = Label {
    begin: "-----BEGIN CERTIFICATE-----",
    end: "-----END CERTIFICATE-----",
    help: "Give the certificates one behind the other, with nothing around them.",
};

/// Why a text is not such a PEM file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct PemError {
    label: Label,
    offset: usize,
    problem: PemProblem,
}

/// What is wrong with a PEM file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PemProblem {
    /// It does not begin with its `-----BEGIN ...-----` on a line of its own.
    Begin,
    /// A line is not base64 of 64 characters, or of less if it is the last.
    Line,
    /// It does not end with its `-----END ...-----`.
    End,
    /// The room for the result is too small.
    Room,
}

impl PemError {
    /// Where, in bytes from the start of the text.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Why.
    #[must_use]
    pub fn problem(&self) -> PemProblem {
        self.problem
    }

    /// The check that failed.
    #[must_use]
    pub fn check(&self) -> Check {
        Check::Input
    }

    /// What the error says about the text.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::Malformed
    }

    /// One sentence of help.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.label.help
    }
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Label { begin, end, .. } = self.label;
        write!(f, "PEM at byte {}: ", self.offset)?;
        match self.problem {
            PemProblem::Begin => write!(f, "expected {begin} on its own line"),
            PemProblem::Line => f.write_str(
                "expected base64 in lines of 64 characters, the last of which may be shorter",
            ),
            PemProblem::End => write!(f, "expected {end} and nothing behind it"),
            PemProblem::Room => f.write_str("the room for the result is too small"),
        }
    }
}

impl Error for PemError {}

/// The DER of the first certificate in a PEM file of one or several, written to the start
/// of `room`, and what is behind it in the file.
///
/// # Errors
/// It does not begin with a certificate, or the room is too small.
pub fn read_certificate_pem<'t, 'r>(
    text: &'t [u8],
    room: &'r mut [u8],
) -> Result<(&'r [u8], &'t [u8]), PemError> {
    let block = CERTIFICATE.first(text, room)?;
    Ok((block.der, block.behind))
}

/// What stands between two lines.
struct Block<'t, 'r> {
    der: &'r [u8],
    /// Where the second line begins.
    end: usize,
    behind: &'t [u8],
}

impl Label {
    pub(super) fn error(self, offset: usize, problem: PemProblem) -> PemError {
        PemError {
            label: self,
            offset,
            problem,
        }
    }

    /// What the text holds, and nothing around it.
    pub(super) fn only<'r>(self, text: &[u8], room: &'r mut [u8]) -> Result<&'r [u8], PemError> {
        let block = self.first(text, room)?;
        match block.behind {
            [] => Ok(block.der),
            // The line that ends it is no end.
            _ => Err(self.error(block.end, PemProblem::End)),
        }
    }

    /// What the text begins with, and what is behind it.
    fn first<'t, 'r>(self, text: &'t [u8], room: &'r mut [u8]) -> Result<Block<'t, 'r>, PemError> {
        let mut lines = Lines {
            rest: text,
            len: text.len(),
        };
        if lines.next() != Some(self.begin.as_bytes()) {
            return Err(self.error(0, PemProblem::Begin));
        }
        let mut written = 0_usize;
        let mut is_last = false;
        let end = loop {
            let offset = lines.offset();
            let refuse = |problem| self.error(offset, problem);
            match lines.next() {
                Some(line) if line == self.end.as_bytes() => break offset,
                Some(line) if !is_last && !line.starts_with(b"-") => {
                    let mut bytes = [0; LINE_BYTES];
                    let text = line.get(..LINE).unwrap_or(line);
                    let bytes = match Base64::decode(text, &mut bytes) {
                        Ok(bytes) if text.len() == line.len() && !bytes.is_empty() => bytes,
                        _ => return Err(refuse(PemProblem::Line)),
                    };
                    is_last = bytes.len() < LINE_BYTES;
                    let end = written.saturating_add(bytes.len());
                    let space = room.get_mut(written..end);
                    let space = space.ok_or(refuse(PemProblem::Room))?;
                    for (to, from) in space.iter_mut().zip(bytes) {
                        *to = *from;
                    }
                    written = end;
                }
                _ => return Err(refuse(PemProblem::End)),
            }
        };
        Ok(Block {
            der: room.get(..written).unwrap_or_default(),
            end,
            behind: lines.rest,
        })
    }

    /// Writes DER as a PEM file to the start of `room`.
    pub(super) fn write<'r>(self, der: &[u8], room: &'r mut [u8]) -> Result<&'r str, MarshalError> {
        let mut to = SliceSink::new(room);
        to.write(self.begin.as_bytes())?;
        to.write(b"\n")?;
        for bytes in der.chunks(LINE_BYTES) {
            let mut line = [0; LINE];
            // There is room for a line.
            let line = Base64::encode(bytes, &mut line).unwrap_or_default();
            to.write(line.as_bytes())?;
            to.write(b"\n")?;
        }
        to.write(self.end.as_bytes())?;
        to.write(b"\n")?;
        Ok(str::from_utf8(to.into_written()).unwrap_or_default())
    }
}

/// Lines that end with a line feed, with or without a carriage return in front.
struct Lines<'a> {
    rest: &'a [u8],
    len: usize,
}

impl<'a> Lines<'a> {
    fn offset(&self) -> usize {
        self.len.saturating_sub(self.rest.len())
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let feed = self.rest.iter().position(|&byte| byte == b'\n');
        let (line, rest) = match feed.and_then(|at| self.rest.split_at_checked(at)) {
            Some((line, rest)) => (line, rest.get(1..).unwrap_or_default()),
            None => (self.rest, &[][..]),
        };
        self.rest = rest;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}
