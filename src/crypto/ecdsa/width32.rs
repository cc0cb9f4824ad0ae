//! Words of 32 bits.

pub(super) type Word = u32;
pub(super) type Double = u64;

/// Whether the rows of a product are written out instead of a loop: not for words of 32 bits,
/// because firmware has no room for the longer code.
pub(super) const IS_UNROLLED: bool = false;
