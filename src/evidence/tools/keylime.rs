//! Keylime's quotes: three files of tpm2-tools in one line of base64.

use base64ct::Base64;

use super::pcr_file::PcrFile;
use crate::{
    evidence::base64::{self, NotBase64},
    verify::error::{Error, KeylimePart, KeylimeProblem, Part, Problem},
};

/// A quote as a keylime agent sends it: `r`, then the message, the signature and the PCR file
/// of tpm2-tools, in base64 with a `:` between them.
#[derive(Clone, Copy, Debug)]
pub struct KeylimeQuote<'r> {
    /// A `TPMS_ATTEST`.
    pub attest: &'r [u8],
    /// A `TPMT_SIGNATURE`.
    pub signature: &'r [u8],
    /// The PCR file, in the format `serialized`.
    pub pcrs: PcrFile<'r>,
}

impl<'r> KeylimeQuote<'r> {
    /// Reads a quote, behind which ends of lines may stand. Decoded bytes are written to `buffer`, for which three quarters of the
    /// length of the text are always enough.
    ///
    /// # Errors
    /// The text is not such a quote.
    pub fn read(text: &str, buffer: &'r mut [u8]) -> Result<Self, Error> {
        let mut text = text;
        while let Some(shorter) = text.strip_suffix(['\n', '\r']) {
            text = shorter;
        }
        let parts = text
            .strip_prefix('r')
            .ok_or(refused(KeylimeProblem::Start))?;
        let mut decoder = Decoder {
            rest: Some(parts),
            offset: 1,
            buffer,
        };
        let attest = decoder.part(KeylimePart::Message)?;
        let signature = decoder.part(KeylimePart::Signature)?;
        let pcrs = decoder.part(KeylimePart::Pcrs)?;
        if decoder.rest.is_some() {
            // The colon in front.
            let offset = decoder.offset.saturating_sub(1);
            return Err(refused(KeylimeProblem::Surplus).at(offset));
        }
        Ok(Self {
            attest,
            signature,
            pcrs: PcrFile::serialized(pcrs)?,
        })
    }
}

fn refused(problem: KeylimeProblem) -> Error {
    Error::new(Part::Keylime, Problem::Keylime(problem))
}

fn full() -> Error {
    Error::new(Part::Keylime, Problem::BufferTooSmall)
}

/// Why a part is not decoded.
enum Refused {
    Text,
    Full,
}

impl From<NotBase64> for Refused {
    fn from(_: NotBase64) -> Self {
        Self::Text
    }
}

struct Decoder<'t, 'r> {
    /// What follows the last colon, or `None` if there was none.
    rest: Option<&'t str>,
    /// The position of that.
    offset: usize,
    buffer: &'r mut [u8],
}

impl<'r> Decoder<'_, 'r> {
    fn part(&mut self, part: KeylimePart) -> Result<&'r [u8], Error> {
        let rest = self
            .rest
            .ok_or(refused(KeylimeProblem::MissingPart(part)))?;
        let (text, rest) = match rest.split_once(':') {
            Some((text, rest)) => (text, Some(rest)),
            None => (rest, None),
        };
        let mut written = 0_usize;
        let decoded = base64::decode::<Base64, Refused>(text.as_bytes(), |bytes| {
            let end = written.saturating_add(bytes.len());
            let space = self.buffer.get_mut(written..end).ok_or(Refused::Full)?;
            for (to, from) in space.iter_mut().zip(bytes) {
                *to = *from;
            }
            written = end;
            Ok(())
        });
        decoded.map_err(|error| match error {
            Refused::Text => refused(KeylimeProblem::Base64(part)).at(self.offset),
            Refused::Full => full(),
        })?;
        let buffer = core::mem::take(&mut self.buffer);
        let (bytes, buffer) = buffer.split_at_mut_checked(written).ok_or(full())?;
        self.buffer = buffer;
        self.rest = rest;
        self.offset = self.offset.saturating_add(text.len()).saturating_add(1);
        Ok(bytes)
    }
}
