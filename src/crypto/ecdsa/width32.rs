//! Words of 32 bits.

pub(super) type Word = u32;
pub(super) type Double = u64;

/// Whether products are written out row by row: firmware has no room for it.
pub(super) const IS_UNROLLED: bool = false;
