//! RSAVP1 (RFC 8017, 5.2.2) for the exponent 65537: Montgomery multiplication on
//! slices of words, the least significant first, block by block. All of it is
//! public, so the time may depend on the values.
//!
//! On 64-bit targets, the functions that multiply are inlined, which saves 1 % of the
//! instructions. Smaller targets have no room for it.
//!
//! With B for the first number that is no word.

use super::word::{
    BLOCK, Block, Double, ROWS, Word, add_part, add_rows, add_triangle, clearing,
    double_and_add_squares, split,
};

/// Room for a number as long as the largest modulus.
pub(super) type Number = [Word; 512 / WORD_BYTES];
pub(super) const NUMBER: Number = [0; 512 / WORD_BYTES];
const WORD_BYTES: usize = size_of::<Word>();

/// `signature ^ 65537 mod modulus`, as many words of `y`.
///
/// `None` if the signature is not as long as the modulus and below it, or if the
/// modulus is not an odd number with its first bit set, of 128, 256, 384 or 512
/// bytes, big-endian.
///
/// Not a part of its caller: what it needs of the stack is free when it returns.
#[inline(never)]
pub(super) fn power_65537<'y>(
    modulus: &[u8],
    signature: &[u8],
    y: &'y mut Number,
) -> Option<&'y [Word]> {
    if !matches!(modulus.len(), 128 | 256 | 384 | 512)
        || signature.len() != modulus.len()
        // Big-endian and of one length: the order of the bytes is that of the numbers.
        || signature >= modulus
    {
        return None;
    }
    let len = modulus.len() / WORD_BYTES;
    let (mut n, mut t) = (NUMBER, [0; 2 * NUMBER.len()]);
    let (n, y) = (n.get_mut(..len)?, y.get_mut(..len)?);
    let t = t.get_mut(..len.wrapping_mul(2))?;
    read_modulus(modulus, n)?;
    let negated_inverse = negated_inverse(*n.first()?);

    // y = x R mod n, with R = B^len
    read(signature, t.get_mut(len..)?);
    remainder(t, n)?;
    copy(t, y);
    // y = x^65536 R
    for _ in 0..16 {
        square(y, t);
        reduce(t, n, negated_inverse, y);
    }
    // Not R with x, so that the reduction takes the last R away.
    multiply(signature, y, t);
    reduce(t, n, negated_inverse, y);
    // x y < n R, so that what is left is below 2 n.
    reduce_once(y, false, n);
    Some(y)
}

/// Reads a modulus into words. `None` if it is even, or if its most significant bit is 0.
pub(super) fn read_modulus(modulus: &[u8], n: &mut [Word]) -> Option<()> {
    read(modulus, n);
    let (first, last) = (*n.first()?, *n.last()?);
    (first % 2 == 1 && last.leading_zeros() == 0).then_some(())
}

/// `y mod n`, for a number below 2 n, which may have a bit above `y`.
pub(super) fn reduce_once(y: &mut [Word], has_bit_above: bool, n: &[Word]) {
    if has_bit_above || !is_below(y, n) {
        subtract(y, n);
    }
}

/// `-1 / n mod B` for an odd `n`.
///
/// Newton's iteration doubles the low bits that are right; `n` itself is right in
/// the lowest three.
pub(super) fn negated_inverse(n: Word) -> Word {
    let mut inverse = n;
    for _ in 0..5 {
        let error = Word::wrapping_sub(2, n.wrapping_mul(inverse));
        inverse = inverse.wrapping_mul(error);
    }
    inverse.wrapping_neg()
}

/// `t mod n`, in the lower words of `t`, by long division (Knuth, 4.3.1, D) with the
/// first word of `n` as divisor. The first bit of `n` is set, and the upper words of
/// `t`, as many as `n` has, are below `n`.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(super) fn remainder(t: &mut [Word], n: &[Word]) -> Option<()> {
    let [.., second, divisor] = *n else {
        return None;
    };
    let reciprocal = reciprocal(divisor);
    // With each bit the other way round -t - 1, to which multiples of `n` are added.
    complement(t);
    for at in (0..t.len().checked_sub(n.len())?).rev() {
        let (above, x) = t.get_mut(at..)?.get_mut(..=n.len())?.split_last_mut()?;
        let [.., c, b] = *x else {
            return None;
        };
        let quotient = match !*above < divisor {
            true => {
                let (quotient, rest) = divide(!*above, !b, divisor, reciprocal);
                // With the next word as well, all that are two too large are seen, and most that
                // are one too large.
                let product = Double::from(quotient).wrapping_mul(second.into());
                let rest = Double::from(rest) << Word::BITS | Double::from(!c);
                quotient.wrapping_sub((product > rest).into())
            }
            false => Word::MAX,
        };
        *above = above.wrapping_add(add_multiple(x, n, quotient));
        // The first bit of `n` is set, so that the quotient is right or one too large. Then the
        // difference is below zero, and `above` is not that of zero.
        if *above != Word::MAX {
            *above = above.wrapping_sub(subtract(x, n).into());
        }
    }
    complement(t);
    Some(())
}

/// `(B^2 - 1) / divisor - B`, bit by bit. The first bit of the divisor is set.
pub(super) fn reciprocal(divisor: Word) -> Word {
    // B^2 - 1 - B divisor = B !divisor + B - 1
    let (mut quotient, mut rest) = (0, !divisor);
    for _ in 0..Word::BITS {
        let overflows = rest.leading_zeros() == 0;
        rest = rest << 1 | 1;
        quotient <<= 1;
        if overflows || rest >= divisor {
            rest = rest.wrapping_sub(divisor);
            quotient |= 1;
        }
    }
    quotient
}

/// `(first B + second) / divisor` and what is left, where `first` is below the divisor,
/// by one multiplication (Moller and Granlund, Improved division by invariant integers,
/// algorithm 4).
pub(super) fn divide(first: Word, second: Word, divisor: Word, reciprocal: Word) -> (Word, Word) {
    let dividend = Double::from(first) << Word::BITS | Double::from(second);
    let estimate = Double::from(first)
        .wrapping_mul(reciprocal.into())
        .wrapping_add(dividend);
    let (estimated_rest, estimate) = split(estimate);
    let mut quotient = estimate.wrapping_add(1);
    let mut rest = second.wrapping_sub(quotient.wrapping_mul(divisor));
    if rest > estimated_rest {
        quotient = quotient.wrapping_sub(1);
        rest = rest.wrapping_add(divisor);
    }
    if rest >= divisor {
        quotient = quotient.wrapping_add(1);
        rest = rest.wrapping_sub(divisor);
    }
    (quotient, rest)
}

/// `t = y^2`: the products of two different words once, then twice that and the
/// squares of the words.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(super) fn square(y: &[Word], t: &mut [Word]) {
    t.fill(0);
    let (mut rest, mut others) = (&mut *t, y);
    while let Some((block, above)) = others.split_first_chunk() {
        // In the block, and of the block with what is above it, whose first row ends
        // where the carry belongs. The words that the last row ends at are still zero:
        // nothing is carried further.
        let Some((in_block, _)) = rest.split_first_chunk_mut() else {
            return;
        };
        let carry = add_triangle(in_block, block);
        rest = rest.get_mut(BLOCK..).unwrap_or_default();
        add_product(rest, block, above, carry);
        rest = rest.get_mut(BLOCK..).unwrap_or_default();
        others = above;
    }
    let mut carry = 0;
    for (t, block) in t.as_chunks_mut().0.iter_mut().zip(y.as_chunks().0) {
        carry = double_and_add_squares(t, block, carry);
    }
}

/// `t = x y`, with `x` in bytes, big-endian, as long as `y`: it is read a block at a
/// time, which takes no room for all of it.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(super) fn multiply(x: &[u8], y: &[Word], t: &mut [Word]) {
    t.fill(0);
    let mut rest = t;
    for bytes in x.rchunks(BLOCK.wrapping_mul(WORD_BYTES)) {
        let mut block = [0; BLOCK];
        read(bytes, &mut block);
        // y times what is below the block has no words above those that this ends at.
        add_product(rest, &block, y, 0);
        rest = rest.get_mut(BLOCK..).unwrap_or_default();
    }
}

/// `y = t / R mod n`, below R, for `t` of twice the length and below R^2
/// (Montgomery): multiples of `n` make the low half zero, block by block.
#[cfg_attr(target_pointer_width = "64", inline(always))]
pub(super) fn reduce(t: &mut [Word], n: &[Word], negated_inverse: Word, y: &mut [Word]) {
    let Some((lowest, others)) = n.split_first_chunk::<BLOCK>() else {
        return;
    };
    let (mut rest, mut above) = (t, false);
    for _ in n.as_chunks::<BLOCK>().0 {
        // The factors of n, each such that the next word becomes zero, and in its place.
        let (mut at, mut carry) = (&mut *rest, 0);
        for _ in 0..BLOCK / ROWS {
            if let Some(rows) = at.first_chunk_mut() {
                let factors = clearing(rows, lowest, negated_inverse);
                carry = add_rows(rows, lowest, factors, carry);
                if let Some(cleared) = rows.first_chunk_mut() {
                    *cleared = factors;
                }
            }
            at = at.get_mut(ROWS..).unwrap_or_default();
        }
        let Some((factors, above_them)) = rest.split_first_chunk_mut() else {
            return;
        };
        rest = above_them;
        carry = add_product(rest, factors, others, carry);
        let mut is_carried = carry != 0;
        for word in rest.iter_mut().skip(n.len()) {
            if !is_carried {
                break;
            }
            (*word, is_carried) = word.overflowing_add(1);
        }
        above |= is_carried;
    }
    copy(rest, y);
    // t + m n < R^2 + R n: what is left is below R + n.
    if above {
        subtract(y, n);
    }
}

/// `t += block factors + carry B^BLOCK`, for as many words as both have together; gives
/// the carry to the word after them.
///
/// Of the rows that are added at once, the first ends where the carry of those before
/// belongs.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn add_product(t: &mut [Word], block: &Block, factors: &[Word], mut carry: Word) -> Word {
    let mut rest = t;
    for &factors in factors.as_chunks().0 {
        let Some(rows) = rest.first_chunk_mut() else {
            break;
        };
        carry = add_rows(rows, block, factors, carry);
        let Some((_, next)) = rest.split_first_chunk_mut::<ROWS>() else {
            break;
        };
        rest = next;
    }
    carry
}

/// `x += n factor`; gives the carry.
#[cfg_attr(target_pointer_width = "64", inline(always))]
fn add_multiple(x: &mut [Word], n: &[Word], factor: Word) -> Word {
    let mut carry = 0;
    for (x, n) in x.as_chunks_mut().0.iter_mut().zip(n.as_chunks().0) {
        carry = add_part(x, n, factor, carry);
    }
    carry
}

/// `x -= n`; gives what is missing in the word above.
pub(super) fn subtract(x: &mut [Word], n: &[Word]) -> bool {
    let mut borrow = false;
    for (x, &n) in x.iter_mut().zip(n) {
        let (difference, a) = x.overflowing_sub(n);
        let (difference, b) = difference.overflowing_sub(borrow.into());
        *x = difference;
        borrow = a | b;
    }
    borrow
}

fn complement(words: &mut [Word]) {
    for word in words {
        *word = !*word;
    }
}

/// Whether `x` is below `n`, of the same length.
pub(super) fn is_below(x: &[Word], n: &[Word]) -> bool {
    x.iter().rev().lt(n.iter().rev())
}

fn copy(from: &[Word], to: &mut [Word]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// Big-endian bytes as words, the last ones first.
pub(super) fn words(bytes: &[u8]) -> impl Iterator<Item = Word> {
    let words = bytes.as_rchunks().1.iter().rev();
    words.map(|bytes| Word::from_be_bytes(*bytes))
}

pub(super) fn read(bytes: &[u8], to: &mut [Word]) {
    for (to, word) in to.iter_mut().zip(words(bytes)) {
        *to = word;
    }
}

/// Words to big-endian bytes.
pub(super) fn write(words: &[Word], bytes: &mut [u8]) {
    for (word, bytes) in words.iter().zip(bytes.as_rchunks_mut().1.iter_mut().rev()) {
        *bytes = word.to_be_bytes();
    }
}
