//! Words of 32 bits, whose products become UMAAL on a Cortex-M4.

use super::power::Block;

/// A digit of a number.
pub(super) type Word = u32;
/// The product of two words, and two more words on top of it, fit.
pub(super) type Double = u64;

/// Words that are multiplied at once: many, for what a row costs besides them.
pub(super) const BLOCK: usize = 32;

/// A part of a number that is multiplied without a loop.
pub(super) type Part = [Word; 8];

/// The lower and the upper half.
#[inline(always)]
#[expect(clippy::as_conversions, reason = "each cuts off what the other has")]
pub(super) fn split(double: Double) -> (Word, Word) {
    (double as Word, (double >> Word::BITS) as Word)
}

/// `acc += row factor + carry B^BLOCK`; gives the carry.
#[inline(always)]
pub(super) fn add_row(acc: &mut [Word; BLOCK + 1], row: &Block, factor: Word, carry: Word) -> Word {
    add_words(acc, row, factor, carry)
}

/// `t +=` the products of two different words of the block, each once; gives the
/// carry to the word after those of `t`.
///
/// Each row ends where the carry of the one before belongs.
#[inline(always)]
pub(super) fn add_triangle(t: &mut [Word; 2 * BLOCK], block: &Block) -> Word {
    let (mut rest, mut row, mut carry) = (&mut t[..], &block[..], 0);
    while let ([_, acc @ ..], [factor, others @ ..]) = (rest, row) {
        carry = add_words(acc, others, *factor, carry);
        rest = acc.get_mut(1..).unwrap_or_default();
        row = others;
    }
    carry
}

/// `t = 2 t +` the squares of the words of the block `+` the carries; gives those to the
/// word after `t`.
#[inline(always)]
pub(super) fn double_and_add_squares(
    t: &mut [Word; 2 * BLOCK],
    block: &Block,
    (mut last_bit, mut carry): (bool, bool),
) -> (bool, bool) {
    for ([low, high], &word) in t.as_chunks_mut().0.iter_mut().zip(block) {
        let sum = Double::from(*high) << Word::BITS | Double::from(*low);
        let twice = sum << 1 | Double::from(last_bit);
        last_bit = sum.leading_zeros() == 0;
        let square = Double::from(word).wrapping_mul(word.into());
        let (sum, first) = twice.overflowing_add(square);
        let (sum, second) = sum.overflowing_add(carry.into());
        (*low, *high) = split(sum);
        carry = first | second;
    }
    (last_bit, carry)
}

/// `acc += row factor + carry B^n` for the words of `row`, n, and one more of `acc`;
/// gives the carry.
#[inline(always)]
fn add_words(acc: &mut [Word], row: &[Word], factor: Word, carry: Word) -> Word {
    let mut above = 0;
    let Some((acc, [last, ..])) = acc.split_at_mut_checked(row.len()) else {
        return 0;
    };
    let ((parts, others), (row, row_others)) = (acc.as_chunks_mut(), row.as_chunks());
    for (acc, row) in parts.iter_mut().zip(row) {
        above = add_part(acc, row, factor, above);
    }
    for (acc, word) in others.iter_mut().zip(row_others) {
        above = add_product(acc, *word, factor, above);
    }
    let sum = Double::from(*last)
        .wrapping_add(above.into())
        .wrapping_add(carry.into());
    let (sum, carry) = split(sum);
    *last = sum;
    carry
}

/// `acc += row factor + carry`; gives the carry.
#[inline(always)]
pub(super) fn add_part(acc: &mut Part, row: &Part, factor: Word, mut carry: Word) -> Word {
    // Written out: an optimizer for size leaves a loop as it is.
    let [a, b, c, d, e, f, g, h] = acc;
    let [q, r, s, t, u, v, w, x] = row;
    carry = add_product(a, *q, factor, carry);
    carry = add_product(b, *r, factor, carry);
    carry = add_product(c, *s, factor, carry);
    carry = add_product(d, *t, factor, carry);
    carry = add_product(e, *u, factor, carry);
    carry = add_product(f, *v, factor, carry);
    carry = add_product(g, *w, factor, carry);
    carry = add_product(h, *x, factor, carry);
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
