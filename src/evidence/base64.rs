//! The decoder of base64, part by part and as strict as the encoding in use.

use base64ct::Encoding;

/// Characters of a part, and the bytes that they decode to.
pub(super) const PART: usize = 64;
pub(super) const PART_BYTES: usize = 48;

/// Decodes a text in parts of 64 characters, of which only the last may be shorter or
/// padded.
#[derive(Default)]
pub(super) struct Decoder {
    is_last: bool,
}

/// A text that is not base64.
pub(super) struct NotBase64;

impl Decoder {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The bytes of a part.
    pub(super) fn part<'b, E: Encoding>(
        &mut self,
        encoded: &[u8],
        bytes: &'b mut [u8; PART_BYTES],
    ) -> Result<&'b [u8], NotBase64> {
        // `decode_in_place` would take bits left over behind the last byte.
        let bytes = E::decode(encoded, bytes).map_err(|_| NotBase64)?;
        if self.is_last {
            return Err(NotBase64);
        }
        self.is_last = bytes.len() < PART_BYTES;
        Ok(bytes)
    }
}

/// Gives each part of a text to `take`, decoded.
#[cfg(any(feature = "response", feature = "tools"))]
pub(super) fn decode<E: Encoding, F: From<NotBase64>>(
    text: &[u8],
    mut take: impl FnMut(&[u8]) -> Result<(), F>,
) -> Result<(), F> {
    let mut decoder = Decoder::new();
    for encoded in text.chunks(PART) {
        take(decoder.part::<E>(encoded, &mut [0; PART_BYTES])?)?;
    }
    Ok(())
}

/// Gives each part of a text whose characters come one by one to `take`, decoded.
#[cfg(any(feature = "response", feature = "keys"))]
pub(super) fn decode_chars<E: Encoding, F: From<NotBase64>>(
    mut chars: impl Iterator<Item = char>,
    mut take: impl FnMut(&[u8]) -> Result<(), F>,
) -> Result<(), F> {
    let mut decoder = Decoder::new();
    loop {
        let mut encoded = [0; PART];
        let mut len = 0_usize;
        for (to, c) in encoded.iter_mut().zip(&mut chars) {
            // 0 is not of the alphabet, and nothing above ASCII is.
            *to = u8::try_from(c).unwrap_or(0);
            len = len.saturating_add(1);
        }
        let encoded = encoded.get(..len).unwrap_or_default();
        if encoded.is_empty() {
            return Ok(());
        }
        take(decoder.part::<E>(encoded, &mut [0; PART_BYTES])?)?;
    }
}
