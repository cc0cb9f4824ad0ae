//! Words of 32 bits. The plain loop is best here: it becomes UMAAL on a Cortex-M4.

/// A digit of a number.
pub(super) type Word = u32;
/// The product of two words, and two more words on top of it, fit.
pub(super) type Double = u64;

/// The lower and the upper half.
#[inline(always)]
#[expect(clippy::as_conversions, reason = "each cuts off what the other has")]
pub(super) fn split(double: Double) -> (Word, Word) {
    (double as Word, (double >> Word::BITS) as Word)
}

/// `acc += row * factor`, for as many words as both have; gives the carry.
pub(super) fn mul_add(acc: &mut [Word], row: &[Word], factor: Word) -> Word {
    let mut carry = 0;
    for (acc, &word) in acc.iter_mut().zip(row) {
        // (B - 1)^2 + 2 (B - 1) = B^2 - 1: no overflow.
        let product = Double::from(word).wrapping_mul(factor.into());
        let sum = product
            .wrapping_add((*acc).into())
            .wrapping_add(carry.into());
        (*acc, carry) = split(sum);
    }
    carry
}
