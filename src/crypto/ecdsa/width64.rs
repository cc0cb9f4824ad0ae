//! Words of 64 bits.

pub(super) type Word = u64;
pub(super) type Double = u128;
