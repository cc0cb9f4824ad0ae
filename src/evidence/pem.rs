//! PEM (RFC 7468): base64 between two lines, with any text around it.
//!
//! Liberal where makers are sloppy: a byte order mark, text and comments around the blocks,
//! lines of any length and with any ending, blanks. Strict in what decides which bytes these
//! are: the alphabet, the padding, and that a block ends with the label that it began with.

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

/// What a block has, and the lines around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label {
    name: &'static str,
    begin: &'static str,
    end: &'static str,
}

#[cfg(feature = "keys")]
pub(super) const PUBLIC_KEY: Label = Label {
    name: "PUBLIC KEY",
    begin: "-----BEGIN PUBLIC KEY-----",
    end: "-----END PUBLIC KEY-----",
};

#[cfg(feature = "keys")]
pub(super) const RSA_PUBLIC_KEY: Label = Label {
    name: "RSA PUBLIC KEY",
    begin: "-----BEGIN RSA PUBLIC KEY-----",
    end: "-----END RSA PUBLIC KEY-----",
};

#[cfg(feature = "certificate")]
pub(super) const CERTIFICATE: Label = Label {
    name: "CERTIFICATE",
    begin: "-----BEGIN CERTIFICATE-----",
    end: "-----END CERTIFICATE-----",
};

/// The same, as older programs write it.
#[cfg(feature = "certificate")]
const X509_CERTIFICATE: Label = Label {
    name: "X509 CERTIFICATE",
    begin: "-----BEGIN X509 CERTIFICATE-----",
    end: "-----END X509 CERTIFICATE-----",
};

/// Labels that an error names.
const KNOWN: [&str; 18] = [
    "PUBLIC KEY",
    "RSA PUBLIC KEY",
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "TSS2 PRIVATE KEY",
    "TSS2 KEY BLOB",
    "EC PARAMETERS",
    "ECDSA SIGNATURE",
    "CERTIFICATE",
    "X509 CERTIFICATE",
    "TRUSTED CERTIFICATE",
    "CERTIFICATE REQUEST",
    "NEW CERTIFICATE REQUEST",
    "X509 CRL",
    "PKCS7",
];

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Which blocks are read. The others are passed over.
#[derive(Clone, Copy)]
pub(super) struct Armour {
    part: Part,
    /// The first one is named in errors.
    labels: &'static [Label],
}

#[cfg(feature = "keys")]
const ONE_KEY: Armour = Armour {
    part: Part::KeyFile,
    labels: &[PUBLIC_KEY],
};

/// All keys that are public, and certificates if they can be read.
#[cfg(feature = "keys")]
pub(super) const ANY_KEY: Armour = Armour {
    part: Part::KeyFile,
    labels: &[
        PUBLIC_KEY,
        RSA_PUBLIC_KEY,
        #[cfg(feature = "certificate")]
        CERTIFICATE,
        #[cfg(feature = "certificate")]
        X509_CERTIFICATE,
    ],
};

#[cfg(feature = "certificate")]
const CERTIFICATES: Armour = Armour {
    part: Part::Certificate,
    labels: &[CERTIFICATE, X509_CERTIFICATE],
};

/// Reads the first certificate in a PEM text of one or more. Returns its DER, written to the
/// start of `buffer`, and the rest of the text from the next certificate on, which is empty if
/// there is none.
///
/// Text around the blocks, a byte order mark, blank lines, lines of any length and blocks of
/// other kinds are passed over. `buffer` needs no more room than the text.
///
/// # Errors
/// There is no certificate, its base64 is malformed, a block does not end as it began, or the
/// buffer is too small.
#[cfg(feature = "certificate")]
pub fn read_certificate_pem<'t, 'r>(
    text: &'t [u8],
    buffer: &'r mut [u8],
) -> Result<(&'r [u8], &'t [u8]), Error> {
    let mut lines = Lines::new(text);
    let block = CERTIFICATES.first(&mut lines, buffer)?;
    // What is wrong behind it, whoever goes on reading is told.
    let behind = lines.rest;
    let is_last = matches!(
        CERTIFICATES.find(&mut lines),
        Ok(Search { found: None, .. })
    );
    Ok((block.der, if is_last { &[] } else { behind }))
}

/// Reads the DER of the only `PUBLIC KEY` in a PEM text, as [`read_pem`](super::read_pem).
#[cfg(feature = "keys")]
pub(super) fn read_public_key<'r>(text: &[u8], room: &'r mut [u8]) -> Result<&'r [u8], Error> {
    ONE_KEY.only(text, room).map(|block| block.der)
}

/// A block, decoded.
pub(super) struct Block<'r> {
    #[cfg(feature = "keys")]
    pub(super) label: Label,
    pub(super) der: &'r [u8],
}

/// What was found of the blocks that are read.
struct Search {
    /// The first of them, and where it begins.
    found: Option<(Label, usize)>,
    /// The first of the others, and where it begins.
    other: Option<(&'static str, usize)>,
}

impl Armour {
    fn error(self, offset: usize, problem: KeyFileProblem) -> Error {
        Error::new(self.part, Problem::KeyFile(problem)).at(offset)
    }

    /// Reads the only block. Of certificates the first: those behind it vouch for it.
    #[cfg(feature = "keys")]
    pub(super) fn only<'r>(self, text: &[u8], room: &'r mut [u8]) -> Result<Block<'r>, Error> {
        let mut lines = Lines::new(text);
        let block = self.first(&mut lines, room)?;
        match self.find(&mut lines)?.found {
            Some((label, offset)) if !(is_certificate(block.label) && is_certificate(label)) => {
                Err(self.error(offset, KeyFileProblem::PemSeveral))
            }
            _ => Ok(block),
        }
    }

    /// Reads the first block; `lines` then stand behind it.
    fn first<'r>(self, lines: &mut Lines<'_>, room: &'r mut [u8]) -> Result<Block<'r>, Error> {
        let Search { found, other } = self.find(lines)?;
        if let Some((label, _)) = found {
            return Ok(Block {
                #[cfg(feature = "keys")]
                label,
                der: self.decode(label, lines, room)?,
            });
        }
        let Some(expected) = self.labels.first() else {
            return Err(self.error(0, KeyFileProblem::PemLine));
        };
        Err(match other {
            Some((found, offset)) => {
                let expected = expected.name;
                self.error(offset, KeyFileProblem::PemLabel { found, expected })
            }
            None => self.error(0, KeyFileProblem::PemBegin(expected.begin)),
        })
    }

    /// Goes on behind the line with which the next block begins.
    fn find(self, lines: &mut Lines<'_>) -> Result<Search, Error> {
        let mut other = None;
        loop {
            let offset = lines.offset();
            let Some(line) = lines.next() else {
                let found = None;
                return Ok(Search { found, other });
            };
            let label = match Line::of(line) {
                Line::Text => continue,
                Line::Begin(label) => label,
                // Of a block whose beginning was lost.
                Line::End(_) => return Err(self.error(offset, lost(self.labels))),
            };
            let known = self.labels.iter();
            let mut known = known.filter(|known| known.name.as_bytes() == label);
            if let Some(label) = known.next() {
                let found = Some((*label, offset));
                return Ok(Search { found, other });
            }
            other = other.or(Some((name(label), offset)));
            self.pass_over(label, lines)?;
        }
    }

    /// Goes on behind a block that is not read.
    fn pass_over(self, label: &[u8], lines: &mut Lines<'_>) -> Result<(), Error> {
        loop {
            let offset = lines.offset();
            match lines.next().map(Line::of) {
                Some(Line::Text) => {}
                Some(Line::End(end)) if end == label => return Ok(()),
                _ => return Err(self.error(offset, KeyFileProblem::PemEnd("-----END"))),
            }
        }
    }

    /// The bytes up to the line with which a block ends.
    fn decode<'r>(
        self,
        label: Label,
        lines: &mut Lines<'_>,
        room: &'r mut [u8],
    ) -> Result<&'r [u8], Error> {
        let mut bytes = Bytes {
            room,
            written: 0,
            decoder: Decoder::new(),
            part: [0; PART],
            len: 0,
            padding: 0,
        };
        let mut last = lines.offset();
        loop {
            let offset = lines.offset();
            let not_ended = self.error(offset, KeyFileProblem::PemEnd(label.end));
            let line = lines.next().ok_or(not_ended)?;
            match Line::of(line) {
                Line::End(end) if end == label.name.as_bytes() => break,
                Line::Text if !line.starts_with(b"-") => {}
                _ => return Err(not_ended),
            }
            for (at, &byte) in line.iter().enumerate() {
                if !is_blank(byte) {
                    last = offset.saturating_add(at);
                    let pushed = bytes.push(byte);
                    pushed.map_err(|failed| self.failed(last, failed))?;
                }
            }
        }
        if bytes.written == 0 && bytes.len == 0 {
            return Err(self.error(last, KeyFileProblem::PemLine));
        }
        let flushed = bytes.flush();
        flushed.map_err(|failed| self.failed(last, failed))?;
        let Bytes { room, written, .. } = bytes;
        Ok(room.get(..written).unwrap_or_default())
    }

    fn failed(self, offset: usize, failed: Failed) -> Error {
        match failed {
            Failed::Text => self.error(offset, KeyFileProblem::PemLine),
            Failed::Full => Error::new(self.part, Problem::BufferTooSmall),
        }
    }
}

/// The line that should have come before the end of a block.
fn lost(labels: &[Label]) -> KeyFileProblem {
    KeyFileProblem::PemBegin(labels.first().map_or("-----BEGIN", |label| label.begin))
}

#[cfg(feature = "keys")]
fn is_certificate(label: Label) -> bool {
    label.name.ends_with("CERTIFICATE")
}

fn name(label: &[u8]) -> &'static str {
    let mut known = KNOWN.into_iter();
    let known = known.find(|known| known.as_bytes() == label);
    known.unwrap_or("block of another kind")
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c)
}

/// Base64 that is decoded as its characters come.
struct Bytes<'r> {
    room: &'r mut [u8],
    written: usize,
    decoder: Decoder,
    part: [u8; PART],
    len: usize,
    padding: u8,
}

enum Failed {
    Text,
    Full,
}

impl Bytes<'_> {
    fn push(&mut self, byte: u8) -> Result<(), Failed> {
        match (byte, self.padding) {
            (b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/', 0) => {}
            (b'=', 0 | 1) => self.padding = self.padding.saturating_add(1),
            _ => return Err(Failed::Text),
        }
        if let Some(place) = self.part.get_mut(self.len) {
            *place = byte;
        }
        self.len = self.len.saturating_add(1);
        if self.len == PART {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Decodes what has come and is not decoded.
    fn flush(&mut self) -> Result<(), Failed> {
        let mut bytes = [0; PART_BYTES];
        let part = self.part.get(..self.len).unwrap_or_default();
        let bytes = self.decoder.part::<Base64>(part, &mut bytes);
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(_) if self.len == 0 => return Ok(()),
            Err(_) => return Err(Failed::Text),
        };
        let end = self.written.saturating_add(bytes.len());
        let space = self.room.get_mut(self.written..end).ok_or(Failed::Full)?;
        for (to, from) in space.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.written = end;
        self.len = 0;
        Ok(())
    }
}

/// What a line is.
enum Line<'t> {
    /// The beginning of a block with this label.
    Begin(&'t [u8]),
    /// The end of one.
    End(&'t [u8]),
    Text,
}

impl<'t> Line<'t> {
    fn of(line: &'t [u8]) -> Self {
        let label = line.trim_ascii_end().strip_suffix(b"-----");
        let behind = |start: &[u8]| label.and_then(|label| label.strip_prefix(start));
        match (behind(b"-----BEGIN "), behind(b"-----END ")) {
            (Some(label), _) => Self::Begin(label),
            (_, Some(label)) => Self::End(label),
            _ => Self::Text,
        }
    }
}

/// Lines that end with a line feed, a carriage return, or both.
struct Lines<'t> {
    rest: &'t [u8],
    len: usize,
}

impl<'t> Lines<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self {
            rest: text.strip_prefix(BOM).unwrap_or(text),
            len: text.len(),
        }
    }

    fn offset(&self) -> usize {
        self.len.saturating_sub(self.rest.len())
    }

    fn next(&mut self) -> Option<&'t [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self
            .rest
            .iter()
            .position(|byte| matches!(byte, b'\n' | b'\r'));
        let (line, rest) = match end.and_then(|at| self.rest.split_at_checked(at)) {
            Some((line, rest)) => {
                let behind = rest.strip_prefix(b"\r\n").or(rest.get(1..));
                (line, behind.unwrap_or_default())
            }
            None => (self.rest, &[][..]),
        };
        self.rest = rest;
        Some(line)
    }
}

/// Whether a text has a line with which a block of PEM begins.
#[cfg(feature = "keys")]
pub(super) fn is_pem(text: &[u8]) -> bool {
    let mut lines = Lines::new(text);
    while let Some(line) = lines.next() {
        if line.starts_with(b"-----BEGIN ") {
            return true;
        }
    }
    false
}

/// Writes DER as a PEM text with one `PUBLIC KEY` to the start of `room`.
#[cfg(feature = "keys")]
pub(super) fn write_public_key<'r>(
    der: &[u8],
    room: &'r mut [u8],
) -> Result<&'r str, MarshalError> {
    let mut to = SliceSink::new(room);
    to.write(PUBLIC_KEY.begin.as_bytes())?;
    to.write(b"\n")?;
    for bytes in der.chunks(PART_BYTES) {
        let mut line = [0; PART];
        // There is room for a line.
        let line = Base64::encode(bytes, &mut line).unwrap_or_default();
        to.write(line.as_bytes())?;
        to.write(b"\n")?;
    }
    to.write(PUBLIC_KEY.end.as_bytes())?;
    to.write(b"\n")?;
    Ok(core::str::from_utf8(to.into_written()).unwrap_or_default())
}
