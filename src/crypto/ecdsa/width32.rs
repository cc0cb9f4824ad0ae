//! Words of 32 bits.

pub(super) type Word = u32;
pub(super) type Double = u64;
