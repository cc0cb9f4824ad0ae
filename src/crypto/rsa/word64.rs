//! Words of 64 bits, for targets that multiply them.

/// A digit of a number.
pub(super) type Word = u64;
/// The product of two words, and two more words on top of it, fit.
pub(super) type Double = u128;

const CHUNK: usize = 8;

/// The lower and the upper half.
#[inline(always)]
#[expect(clippy::as_conversions, reason = "each cuts off what the other has")]
pub(super) fn split(double: Double) -> (Word, Word) {
    (double as Word, (double >> Word::BITS) as Word)
}

/// `acc += row * factor`, for as many words as both have; gives the carry.
pub(super) fn mul_add(acc: &mut [Word], row: &[Word], factor: Word) -> Word {
    let (acc_chunks, acc) = acc.as_chunks_mut::<CHUNK>();
    let (row_chunks, row) = row.as_chunks::<CHUNK>();
    let mut carry = 0;
    for (acc, row) in acc_chunks.iter_mut().zip(row_chunks) {
        carry = mul_add_chunk(acc, row, factor, carry);
    }
    for (acc, &word) in acc.iter_mut().zip(row) {
        // (B - 1)^2 + 2 (B - 1) = B^2 - 1 for B = 2^64: no overflow.
        let product = Double::from(word).wrapping_mul(factor.into());
        let sum = product
            .wrapping_add((*acc).into())
            .wrapping_add(carry.into());
        (*acc, carry) = split(sum);
    }
    carry
}

/// The same for a few words, with the carry of those before: first all products,
/// then two chains of additions that compile to one ADC after the other.
///
/// With C for 2^512: all of it is at most (C - 1) (B - 1) + (C - 1) + (B - 1) = C B - 1,
/// so that the carry is one word.
#[inline(always)]
fn mul_add_chunk(acc: &mut [Word; CHUNK], row: &[Word; CHUNK], factor: Word, carry: Word) -> Word {
    let (mut low, mut high) = ([0; CHUNK], [0; CHUNK]);
    for ((low, high), &word) in low.iter_mut().zip(&mut high).zip(row) {
        let product = Double::from(word).wrapping_mul(factor.into());
        (*low, *high) = split(product);
    }
    let (mut above, mut in_product) = (carry, false);
    for (low, high) in low.iter_mut().zip(high) {
        (*low, in_product) = add(*low, above, in_product);
        above = high;
    }
    let mut in_sum = false;
    for (acc, low) in acc.iter_mut().zip(low) {
        (*acc, in_sum) = add(*acc, low, in_sum);
    }
    above
        .wrapping_add(in_product.into())
        .wrapping_add(in_sum.into())
}

/// A sum with the carry of the one before, and its own.
#[inline(always)]
fn add(a: Word, b: Word, carry: bool) -> (Word, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry.into());
    (sum, first | second)
}
