//! Words of 64 bits.

pub(super) type Word = u64;
pub(super) type Double = u128;

/// Whether the rows of a product are written out instead of a loop: yes, which is fast at any
/// level of optimization.
pub(super) const IS_UNROLLED: bool = true;
