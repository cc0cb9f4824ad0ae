//! Words of 8 bits.

pub(super) type Word = u8;
pub(super) type Double = u16;
