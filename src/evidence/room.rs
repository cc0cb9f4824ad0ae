//! Room of the caller's, for what is decoded.

use base64ct::Encoding;

use super::json::JsonStr;

/// Room that is written from its start on, and given away in parts.
pub(super) struct Room<'r> {
    room: &'r mut [u8],
    written: usize,
}

/// Why there is nothing decoded.
#[derive(Clone, Copy)]
pub(super) enum RoomError {
    /// The text is not in that encoding.
    Text,
    /// There is too little room.
    Full,
}

impl<'r> Room<'r> {
    pub(super) fn new(room: &'r mut [u8]) -> Self {
        Self { room, written: 0 }
    }

    /// Writes bytes.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), RoomError> {
        let end = self.written.saturating_add(bytes.len());
        let space = self.room.get_mut(self.written..end);
        for (to, from) in space.ok_or(RoomError::Full)?.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.written = end;
        Ok(())
    }

    /// Writes what a text says in base64, as strictly as its encoding has it.
    pub(super) fn base64<E: Encoding>(&mut self, text: JsonStr<'_>) -> Result<(), RoomError> {
        let mut chars = text.chars();
        let mut is_last = false;
        loop {
            let mut encoded = [0; 64];
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
            let mut decoded = [0; 48];
            let decoded = E::decode(encoded, &mut decoded).map_err(|_| RoomError::Text)?;
            if is_last {
                return Err(RoomError::Text);
            }
            is_last = decoded.len() < 48;
            self.append(decoded)?;
        }
    }

    /// What was written since the last time.
    pub(super) fn cut(&mut self) -> Result<&'r [u8], RoomError> {
        let room = core::mem::take(&mut self.room);
        let (written, rest) = room
            .split_at_mut_checked(self.written)
            .ok_or(RoomError::Full)?;
        self.room = rest;
        self.written = 0;
        Ok(written)
    }
}

#[cfg(feature = "projects")]
impl Room<'_> {
    /// How many bytes were written since the last cut.
    pub(super) fn written(&self) -> usize {
        self.written
    }

    /// Writes what a text says in hexadecimal, of either case.
    pub(super) fn hex(&mut self, text: JsonStr<'_>) -> Result<(), RoomError> {
        let mut digits = text.chars().map(|c| {
            let digit = c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            digit.ok_or(RoomError::Text)
        });
        while let Some(high) = digits.next() {
            let low = digits.next().ok_or(RoomError::Text)??;
            self.append(&[high? << 4 | low])?;
        }
        Ok(())
    }

    /// Leaves two bytes for a length, and says where.
    pub(super) fn begin_sized(&mut self) -> Result<usize, RoomError> {
        let start = self.written;
        self.append(&[0; 2])?;
        Ok(start)
    }

    /// Writes the length of what came behind the two bytes that were left here.
    pub(super) fn end_sized(&mut self, start: usize) -> Result<(), RoomError> {
        let behind = start.saturating_add(2);
        let len = self.written.saturating_sub(behind);
        let size = u16::try_from(len).map_err(|_| RoomError::Text)?;
        let space = self.room.get_mut(start..behind).ok_or(RoomError::Full)?;
        for (to, from) in space.iter_mut().zip(size.to_be_bytes()) {
            *to = from;
        }
        Ok(())
    }
}
