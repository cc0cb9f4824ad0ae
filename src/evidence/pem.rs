//! PEM (RFC 7468): base64 between two lines.

use base64ct::Base64;
#[cfg(feature = "keys")]
use base64ct::Encoding as _;

use super::base64::{Decoder, PART, PART_BYTES};
use crate::verify::error::{Error, KeyFileProblem, Part, Problem};
#[cfg(feature = "keys")]
use crate::{
    error::MarshalError,
    wire::{Sink, SliceSink},
};

/// What a PEM file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label {
    part: Part,
    begin: &'static str,
    end: &'static str,
}

#[cfg(feature = "keys")]
pub(super) const PUBLIC_KEY: Label = Label {
    part: Part::KeyFile,
    begin: "-----BEGIN PUBLIC KEY-----",
    end: "-----END PUBLIC KEY-----",
};

#[cfg(feature = "certificate")]
const CERTIFICATE: Label = Label {
    part: Part::Certificate,
    begin: "-----BEGIN CERTIFICATE-----",
    end: "-----END CERTIFICATE-----",
};

/// Reads the first certificate in a PEM file of one or more. Returns its DER, written to the
/// start of `buffer`, and the rest of the file after it.
///
/// # Errors
/// The file does not begin with a certificate, or the buffer is too small.
#[cfg(feature = "certificate")]
pub fn read_certificate_pem<'t, 'r>(
    text: &'t [u8],
    buffer: &'r mut [u8],
) -> Result<(&'r [u8], &'t [u8]), Error> {
    let block = CERTIFICATE.first(text, buffer)?;
    Ok((block.der, block.behind))
}

/// What is between the two lines.
struct Block<'t, 'r> {
    der: &'r [u8],
    behind: &'t [u8],
}

impl Label {
    fn error(self, offset: usize, problem: KeyFileProblem) -> Error {
        Error::new(self.part, Problem::KeyFile(problem)).at(offset)
    }

    /// Reads a text that is one such block, with nothing around it.
    #[cfg(feature = "keys")]
    pub(super) fn only<'r>(self, text: &[u8], room: &'r mut [u8]) -> Result<&'r [u8], Error> {
        let block = self.first(text, room)?;
        match block.behind {
            [] => Ok(block.der),
            behind => {
                let offset = text.len().saturating_sub(behind.len());
                Err(self.error(offset, KeyFileProblem::PemEnd(self.end)))
            }
        }
    }

    /// Reads the block at the start of a text, and gives the rest.
    fn first<'t, 'r>(self, text: &'t [u8], room: &'r mut [u8]) -> Result<Block<'t, 'r>, Error> {
        let mut lines = Lines {
            rest: text,
            len: text.len(),
        };
        if lines.next() != Some(self.begin.as_bytes()) {
            return Err(self.error(0, KeyFileProblem::PemBegin(self.begin)));
        }
        let mut written = 0_usize;
        let mut decoder = Decoder::new();
        loop {
            let offset = lines.offset();
            let refuse = |problem| self.error(offset, problem);
            match lines.next() {
                Some(line) if line == self.end.as_bytes() => break,
                Some(line) if !decoder.is_last() && !line.starts_with(b"-") => {
                    let mut bytes = [0; PART_BYTES];
                    let text = line.get(..PART).unwrap_or(line);
                    let bytes = match decoder.part::<Base64>(text, &mut bytes) {
                        Ok(bytes) if text.len() == line.len() && !bytes.is_empty() => bytes,
                        _ => return Err(refuse(KeyFileProblem::PemLine)),
                    };
                    let end = written.saturating_add(bytes.len());
                    let Some(space) = room.get_mut(written..end) else {
                        return Err(Error::new(self.part, Problem::BufferTooSmall));
                    };
                    for (to, from) in space.iter_mut().zip(bytes) {
                        *to = *from;
                    }
                    written = end;
                }
                _ => return Err(refuse(KeyFileProblem::PemEnd(self.end))),
            }
        }
        Ok(Block {
            der: room.get(..written).unwrap_or_default(),
            behind: lines.rest,
        })
    }

    /// Writes DER as a PEM file to the start of `room`.
    #[cfg(feature = "keys")]
    pub(super) fn write<'r>(self, der: &[u8], room: &'r mut [u8]) -> Result<&'r str, MarshalError> {
        let mut to = SliceSink::new(room);
        to.write(self.begin.as_bytes())?;
        to.write(b"\n")?;
        for bytes in der.chunks(PART_BYTES) {
            let mut line = [0; PART];
            // There is room for a line.
            let line = Base64::encode(bytes, &mut line).unwrap_or_default();
            to.write(line.as_bytes())?;
            to.write(b"\n")?;
        }
        to.write(self.end.as_bytes())?;
        to.write(b"\n")?;
        Ok(core::str::from_utf8(to.into_written()).unwrap_or_default())
    }
}

/// Lines that end with a line feed, with or without a carriage return before it.
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
