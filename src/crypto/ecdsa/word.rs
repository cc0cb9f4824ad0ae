//! The word that large numbers are made of, and its steps with a carry.

pub(super) use super::width::{Double, Word};

/// Whether the rows of a product are written out instead of a loop: yes, which is fast at any level
/// of optimization, but for words of 32 bits, because firmware has no room for the longer code.
pub(super) const IS_UNROLLED: bool = Word::BITS != 32;

/// Bytes of a word.
pub(super) const WORD_BYTES: usize = size_of::<Word>();

/// `a b + c + carry`, the low word and the high one.
///
/// With B for the first number that is no word: at most (B - 1)^2 + 2 (B - 1),
/// which is B^2 - 1 and fits.
#[inline(always)]
pub(super) const fn mul_add(a: Word, b: Word, c: Word, carry: Word) -> (Word, Word) {
    let product = widened(a).wrapping_mul(widened(b));
    split(
        product
            .wrapping_add(widened(c))
            .wrapping_add(widened(carry)),
    )
}

/// `a + b + carry`, and the next carry.
#[inline(always)]
pub(super) const fn add(a: Word, b: Word, carry: bool) -> (Word, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(if carry { 1 } else { 0 });
    (sum, first | second)
}

/// `a - b - borrow`, and the next borrow.
#[inline(always)]
pub(super) const fn subtract(a: Word, b: Word, borrow: bool) -> (Word, bool) {
    if IS_UNROLLED {
        let (difference, first) = a.overflowing_sub(b);
        let (difference, second) = difference.overflowing_sub(if borrow { 1 } else { 0 });
        return (difference, first | second);
    }
    // The same, which is shorter where a borrow goes through a loop.
    let less = widened(b).wrapping_add(if borrow { 1 } else { 0 });
    let (difference, above) = split(widened(a).wrapping_sub(less));
    (difference, above != 0)
}

/// The word as a double. There is no `From` in a `const fn`.
#[inline(always)]
pub(super) const fn widened(word: Word) -> Double {
    let mut bytes = [0; size_of::<Double>()];
    if let Some(low) = bytes.first_chunk_mut() {
        *low = word.to_le_bytes();
    }
    Double::from_le_bytes(bytes)
}

/// Its low word and its high one.
#[inline(always)]
pub(super) const fn split(double: Double) -> (Word, Word) {
    match double.to_le_bytes().as_chunks() {
        ([low, high], _) => (Word::from_le_bytes(*low), Word::from_le_bytes(*high)),
        _ => (0, 0),
    }
}
