//! Words of 32 bits. The plain loop is best here: it becomes UMAAL on a Cortex-M4.

use super::power::{BLOCK, Block};

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

/// `acc += row factor + carry B^8`; gives the carry.
#[inline(always)]
pub(super) fn add_row(acc: &mut [Word; BLOCK + 1], row: &Block, factor: Word, carry: Word) -> Word {
    let (words, [last]) = acc.split_at_mut(BLOCK) else {
        return 0;
    };
    let mut above = 0;
    for (acc, &word) in words.iter_mut().zip(row) {
        // (B - 1)^2 + 2 (B - 1) = B^2 - 1: no overflow.
        let product = Double::from(word).wrapping_mul(factor.into());
        let sum = product
            .wrapping_add((*acc).into())
            .wrapping_add(above.into());
        (*acc, above) = split(sum);
    }
    let sum = Double::from(*last)
        .wrapping_add(above.into())
        .wrapping_add(carry.into());
    let (sum, carry) = split(sum);
    *last = sum;
    carry
}
