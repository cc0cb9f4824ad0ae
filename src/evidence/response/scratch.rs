//! [`Scratch`]: memory for a decoded block.

use core::{fmt, ops::Range};

use base64ct::Base64;

use crate::{
    evidence::{
        base64::{self, NotBase64},
        json::JsonStr,
    },
    types::TpmAlgId,
    verify::{PackedPcr, PcrValues, error::FieldProblem},
    wire::hex,
};

/// Memory for a decoded block: 16 KiB of bytes and 192 PCR values.
///
/// It can be reused as soon as the result is no longer needed.
#[derive(Clone, Debug)]
pub struct Scratch {
    bytes: List<u8, 16384>,
    pcrs: List<PackedPcr, 192>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Scratch {
    /// Creates empty memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: List::new(0),
            pcrs: List::new(PackedPcr {
                bank: TpmAlgId::NULL,
                index: 0,
                start: 0,
                len: 0,
            }),
        }
    }

    /// Forgets what was decoded.
    pub(super) fn clear(&mut self) {
        self.bytes.len = 0;
        self.pcrs.len = 0;
    }

    /// Decodes base64, behind what was decoded before. Returns where the bytes are.
    pub(super) fn base64(&mut self, text: &JsonStr<'_>) -> Result<Range<usize>, FieldProblem> {
        let start = self.bytes.len;
        let append = |bytes: &[u8]| self.bytes.append(bytes);
        match text.plain() {
            Some(text) => base64::decode::<Base64, _>(text.as_bytes(), append),
            None => base64::decode_chars::<Base64, _>(text.chars(), append),
        }?;
        Ok(start..self.bytes.len)
    }

    /// Decodes the value of a PCR from hexadecimal, behind what was decoded before.
    pub(super) fn pcr(
        &mut self,
        bank: TpmAlgId,
        index: u8,
        text: &JsonStr<'_>,
    ) -> Result<(), FieldProblem> {
        let mut value = [0; 64];
        let value = match text.plain() {
            Some(text) => hex::decode(text.chars(), &mut value),
            None => hex::decode(text.chars(), &mut value),
        };
        let value = value.map_err(|_| FieldProblem::Hex)?;
        let packed = PackedPcr {
            bank,
            index,
            start: u16::try_from(self.bytes.len).map_err(|_| FieldProblem::TooLong)?,
            len: u16::try_from(value.len()).map_err(|_| FieldProblem::TooLong)?,
        };
        let mut known = self.pcrs.items().iter();
        if known.any(|known| known.bank == bank && known.index == index) {
            return Err(FieldProblem::Repeated);
        }
        self.bytes.append(value)?;
        self.pcrs.append(&[packed])
    }

    /// Whether a PCR value of this bank was decoded.
    pub(super) fn has_bank(&self, bank: TpmAlgId) -> bool {
        self.pcrs.items().iter().any(|known| known.bank == bank)
    }

    /// The PCR values that were decoded.
    pub(super) fn pcr_values(&self) -> PcrValues<'_> {
        PcrValues::packed(self.pcrs.items(), self.bytes.items())
    }

    /// The bytes of a range that `base64` returned.
    pub(super) fn get(&self, range: Range<usize>) -> &[u8] {
        self.bytes.items().get(range).unwrap_or_default()
    }
}

impl From<NotBase64> for FieldProblem {
    fn from(_: NotBase64) -> Self {
        Self::Base64
    }
}

/// A list with room for `N` items.
#[derive(Clone)]
struct List<T, const N: usize> {
    /// The first `len` are the items; the others are not in use.
    room: [T; N],
    len: usize,
}

impl<T: Copy, const N: usize> List<T, N> {
    const fn new(unused: T) -> Self {
        Self {
            room: [unused; N],
            len: 0,
        }
    }

    fn items(&self) -> &[T] {
        self.room.get(..self.len).unwrap_or_default()
    }

    /// Appends the items. Without room for all of them, appends none.
    fn append(&mut self, items: &[T]) -> Result<(), FieldProblem> {
        let end = self.len.saturating_add(items.len());
        let space = self.room.get_mut(self.len..end);
        for (to, from) in space.ok_or(FieldProblem::TooLong)?.iter_mut().zip(items) {
            *to = *from;
        }
        self.len = end;
        Ok(())
    }
}

impl<T: Copy + fmt::Debug, const N: usize> fmt::Debug for List<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items().fmt(f)
    }
}
