//! Keylime's quotes: one line, in which three files of tpm2-tools stand in
//! base64.

use core::{error::Error, fmt};

use base64ct::{Base64, Encoding as _};

use super::{PcrFile, ToolsError};
use crate::verify::{Check, Verdict};

/// A quote as a keylime agent sends it: `r`, then the message, the signature and
/// the PCR file of tpm2-tools, in base64 and with a `:` between them.
#[derive(Clone, Copy, Debug)]
pub struct KeylimeQuote<'r> {
    /// A `TPMS_ATTEST`.
    pub attest: &'r [u8],
    /// A `TPMT_SIGNATURE`.
    pub signature: &'r [u8],
    /// The PCR file, in the format `serialized`.
    pub pcrs: PcrFile<'r>,
}

/// A part of a keylime quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeylimePart {
    /// The message.
    Message,
    /// The signature.
    Signature,
    /// The PCR file.
    Pcrs,
}

/// Why a text is no quote of keylime's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub enum KeylimeError {
    /// It does not begin with `r`.
    Start,
    /// A part is missing.
    MissingPart(KeylimePart),
    /// A part is not base64: standard alphabet, padded, nothing in between.
    Base64 {
        /// The part.
        part: KeylimePart,
        /// Where it begins, in bytes from the start of the text.
        offset: usize,
    },
    /// Something stands behind the third part.
    Surplus {
        /// Where, in bytes from the start of the text.
        offset: usize,
    },
    /// The room for what is decoded is too small.
    Room,
    /// The PCR file cannot be read.
    Pcrs(ToolsError),
}

impl<'r> KeylimeQuote<'r> {
    /// Reads a quote. What is decoded is written to `room`, for which three
    /// quarters of the text's length are always enough.
    ///
    /// # Errors
    /// It is none.
    pub fn read(text: &str, room: &'r mut [u8]) -> Result<Self, KeylimeError> {
        let parts = text.strip_prefix('r').ok_or(KeylimeError::Start)?;
        let mut decoder = Decoder {
            rest: Some(parts),
            offset: 1,
            room,
        };
        let attest = decoder.part(KeylimePart::Message)?;
        let signature = decoder.part(KeylimePart::Signature)?;
        let pcrs = decoder.part(KeylimePart::Pcrs)?;
        if decoder.rest.is_some() {
            // The colon in front.
            let offset = decoder.offset.saturating_sub(1);
            return Err(KeylimeError::Surplus { offset });
        }
        Ok(Self {
            attest,
            signature,
            pcrs: PcrFile::serialized(pcrs).map_err(KeylimeError::Pcrs)?,
        })
    }
}

struct Decoder<'t, 'r> {
    /// Behind the last colon; nothing if there was none.
    rest: Option<&'t str>,
    /// Where that is.
    offset: usize,
    room: &'r mut [u8],
}

impl<'r> Decoder<'_, 'r> {
    fn part(&mut self, part: KeylimePart) -> Result<&'r [u8], KeylimeError> {
        let rest = self.rest.ok_or(KeylimeError::MissingPart(part))?;
        let (text, rest) = match rest.split_once(':') {
            Some((text, rest)) => (text, Some(rest)),
            None => (rest, None),
        };
        let refuse = KeylimeError::Base64 {
            part,
            offset: self.offset,
        };
        let mut written = 0_usize;
        let mut is_padded = false;
        for encoded in text.as_bytes().chunks(64) {
            let mut decoded = [0; 48];
            let decoded = Base64::decode(encoded, &mut decoded).map_err(|_| refuse)?;
            if is_padded {
                return Err(refuse);
            }
            is_padded = decoded.len() < 48;
            let end = written.saturating_add(decoded.len());
            let space = self.room.get_mut(written..end).ok_or(KeylimeError::Room)?;
            for (to, from) in space.iter_mut().zip(decoded) {
                *to = *from;
            }
            written = end;
        }
        let room = core::mem::take(&mut self.room);
        let (bytes, room) = room
            .split_at_mut_checked(written)
            .ok_or(KeylimeError::Room)?;
        self.room = room;
        self.rest = rest;
        self.offset = self.offset.saturating_add(text.len()).saturating_add(1);
        Ok(bytes)
    }
}

impl KeylimeError {
    /// The check that failed.
    #[must_use]
    pub const fn check(&self) -> Check {
        Check::Input
    }

    /// What the error says about the quote.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Pcrs(error) => error.verdict(),
            _ => Verdict::Malformed,
        }
    }

    /// One sentence of help.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Pcrs(error) => error.help(),
            Self::Room => "Give as much room as the text is long.",
            _ => {
                "A quote of keylime's is r, then message, signature and PCR file in base64 with : between them."
            }
        }
    }
}

impl fmt::Display for KeylimePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Message => "message",
            Self::Signature => "signature",
            Self::Pcrs => "PCR file",
        })
    }
}

impl fmt::Display for KeylimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("a quote of keylime's begins with r"),
            Self::MissingPart(part) => write!(f, "the {part} is missing"),
            Self::Base64 { part, offset } => {
                write!(f, "at byte {offset}: the {part} is not base64")
            }
            Self::Surplus { offset } => {
                write!(f, "at byte {offset}: something stands behind the PCR file")
            }
            Self::Room => f.write_str("the room for what is decoded is too small"),
            Self::Pcrs(error) => error.fmt(f),
        }
    }
}

impl Error for KeylimeError {}
