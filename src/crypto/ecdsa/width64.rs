//! Words of 64 bits.

pub(super) type Word = u64;
pub(super) type Double = u128;

/// Whether products are written out row by row: fast at any level of optimization.
pub(super) const IS_UNROLLED: bool = true;
