//! Words of 64 bits, for targets that multiply them.

/// A digit of a number.
pub(super) type Word = u64;
/// The product of two words, and two more words on top of it, fit.
pub(super) type Double = u128;
