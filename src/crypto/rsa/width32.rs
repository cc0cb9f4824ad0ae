//! Words of 32 bits.

/// A digit of a number.
pub(super) type Word = u32;
/// The product of two words, and two more words on top of it, fit.
pub(super) type Double = u64;
