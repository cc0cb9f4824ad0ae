//! Words of 32 bits, whose products become UMAAL on a Cortex-M4.

use super::power::Block;

/// A digit of a number.
pub(super) type Word = u32;
/// The product of two words, and two more words on top of it, fit.
pub(super) type Double = u64;

/// Words that are multiplied at once: many, for what a row costs besides them.
pub(super) const BLOCK: usize = 32;

/// The lower and the upper half.
#[inline(always)]
#[expect(clippy::as_conversions, reason = "each cuts off what the other has")]
pub(super) fn split(double: Double) -> (Word, Word) {
    (double as Word, (double >> Word::BITS) as Word)
}

/// `acc += row factor + carry B^BLOCK`; gives the carry.
#[inline(always)]
pub(super) fn add_row(acc: &mut [Word; BLOCK + 1], row: &Block, factor: Word, carry: Word) -> Word {
    let (words, [last]) = acc.split_at_mut(BLOCK) else {
        return 0;
    };
    let mut above = 0;
    let (words, row) = (words.as_chunks_mut().0, row.as_chunks().0);
    // Four at a time: even an optimizer for size does not make a loop of them.
    for ([a, b, c, d], [u, v, w, x]) in words.iter_mut().zip(row) {
        above = add_product(a, *u, factor, above);
        above = add_product(b, *v, factor, above);
        above = add_product(c, *w, factor, above);
        above = add_product(d, *x, factor, above);
    }
    let sum = Double::from(*last)
        .wrapping_add(above.into())
        .wrapping_add(carry.into());
    let (sum, carry) = split(sum);
    *last = sum;
    carry
}

/// `acc += word factor + carry`; gives the carry.
#[inline(always)]
fn add_product(acc: &mut Word, word: Word, factor: Word, carry: Word) -> Word {
    // (B - 1)^2 + 2 (B - 1) = B^2 - 1: no overflow.
    let product = Double::from(word).wrapping_mul(factor.into());
    let sum = product
        .wrapping_add((*acc).into())
        .wrapping_add(carry.into());
    let (low, high) = split(sum);
    *acc = low;
    high
}
