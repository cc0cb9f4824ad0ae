//! [`Buffer`]: the caller's memory for decoded bytes.

use base64ct::Encoding;

use super::{
    base64::{self, NotBase64},
    json::JsonStr,
};
#[cfg(feature = "projects")]
use crate::wire::hex::{self, NotHex};

/// A buffer that is filled from its start and handed out in parts.
pub(super) struct Buffer<'r> {
    bytes: &'r mut [u8],
    written: usize,
}

/// Why decoding failed.
#[derive(Clone, Copy)]
pub(super) enum BufferError {
    /// The text is not in that encoding.
    Text,
    /// The buffer is too small.
    Full,
}

impl From<NotBase64> for BufferError {
    fn from(_: NotBase64) -> Self {
        Self::Text
    }
}

impl<'r> Buffer<'r> {
    pub(super) fn new(bytes: &'r mut [u8]) -> Self {
        Self { bytes, written: 0 }
    }

    /// Writes bytes.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), BufferError> {
        let end = self.written.saturating_add(bytes.len());
        let space = self.bytes.get_mut(self.written..end);
        for (to, from) in space.ok_or(BufferError::Full)?.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.written = end;
        Ok(())
    }

    /// Decodes a text in base64, strictly by its encoding.
    pub(super) fn base64<E: Encoding>(&mut self, text: JsonStr<'_>) -> Result<(), BufferError> {
        base64::decode_chars::<E, _>(text.chars(), |bytes| self.append(bytes))
    }

    /// What was written since the last time.
    pub(super) fn cut(&mut self) -> Result<&'r [u8], BufferError> {
        let bytes = core::mem::take(&mut self.bytes);
        let (written, rest) = bytes
            .split_at_mut_checked(self.written)
            .ok_or(BufferError::Full)?;
        self.bytes = rest;
        self.written = 0;
        Ok(written)
    }
}

#[cfg(feature = "projects")]
impl Buffer<'_> {
    /// How many bytes were written since the last cut.
    pub(super) fn written(&self) -> usize {
        self.written
    }

    /// Decodes a text in hexadecimal, of either case.
    pub(super) fn hex(&mut self, text: JsonStr<'_>) -> Result<(), BufferError> {
        let space = self.bytes.get_mut(self.written..).unwrap_or_default();
        let bytes = hex::decode(text.chars(), space).map_err(|problem| match problem {
            NotHex::TooLong => BufferError::Full,
            NotHex::Digit(_) | NotHex::Odd(_) => BufferError::Text,
        })?;
        self.written = self.written.saturating_add(bytes.len());
        Ok(())
    }

    /// Writes the characters of a text.
    #[cfg(feature = "certificate")]
    pub(super) fn text(&mut self, text: JsonStr<'_>) -> Result<(), BufferError> {
        let mut room = [0; 4];
        for c in text.chars() {
            self.append(c.encode_utf8(&mut room).as_bytes())?;
        }
        Ok(())
    }

    /// Has something written to the start of the room that is left, and keeps as much of it
    /// as `write` says.
    #[cfg(feature = "certificate")]
    pub(super) fn fill<E>(
        &mut self,
        write: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        let room = self.bytes.get_mut(self.written..).unwrap_or_default();
        self.written = self.written.saturating_add(write(room)?);
        Ok(())
    }

    /// Leaves two bytes for a length, and says where.
    pub(super) fn begin_sized(&mut self) -> Result<usize, BufferError> {
        let start = self.written;
        self.append(&[0; 2])?;
        Ok(start)
    }

    /// Writes the length of what follows the two bytes that were left here.
    pub(super) fn end_sized(&mut self, start: usize) -> Result<(), BufferError> {
        let behind = start.saturating_add(2);
        let len = self.written.saturating_sub(behind);
        let size = u16::try_from(len).map_err(|_| BufferError::Text)?;
        let space = self.bytes.get_mut(start..behind).ok_or(BufferError::Full)?;
        for (to, from) in space.iter_mut().zip(size.to_be_bytes()) {
            *to = from;
        }
        Ok(())
    }
}
