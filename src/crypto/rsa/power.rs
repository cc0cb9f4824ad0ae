//! RSAVP1 (RFC 8017, 5.2.2) for the exponent 65537: Montgomery multiplication on
//! slices of words, the least significant first. All of it is public, so the
//! time may depend on the values.

use super::word::{Double, Word, mul_add, split};

const WORD_BYTES: usize = size_of::<Word>();
/// Words of the largest modulus.
const WORDS: usize = 512 / WORD_BYTES;

/// `message = signature ^ 65537 mod modulus`, big-endian, all of one length.
///
/// `None` if the signature is not below the modulus, or if the modulus is not an
/// odd number with its first bit set, of 128, 256, 384 or 512 bytes.
pub(super) fn power_65537(modulus: &[u8], signature: &[u8], message: &mut [u8]) -> Option<()> {
    if !matches!(modulus.len(), 128 | 256 | 384 | 512)
        || signature.len() != modulus.len()
        || message.len() != modulus.len()
        // Big-endian and of one length: the order of the bytes is that of the numbers.
        || signature >= modulus
    {
        return None;
    }
    let len = modulus.len() / WORD_BYTES;
    let (mut n, mut x) = ([0; WORDS], [0; WORDS]);
    let (n, x) = (n.get_mut(..len)?, x.get_mut(..len)?);
    read(modulus, n);
    read(signature, x);
    let (first, last) = (*n.first()?, *n.last()?);
    if first % 2 == 0 || last.leading_zeros() != 0 {
        return None;
    }
    let negated_inverse = negated_inverse(first);

    // y = x R, with R = 2^(bits of n)
    let (mut y, mut t) = ([0; WORDS], [0; 2 * WORDS]);
    let (y, t) = (y.get_mut(..len)?, t.get_mut(..len.wrapping_mul(2))?);
    copy(x, y);
    to_montgomery(y, n)?;
    // y = x^65536 R
    for _ in 0..16 {
        square(y, t);
        reduce(t, n, negated_inverse, y);
    }
    // Not R with x, so that the reduction takes the last R away.
    multiply(x, y, t);
    reduce(t, n, negated_inverse, y);
    // x y < n R, so that what is left is below 2 n.
    if !is_below(y, n) {
        subtract_product(y, n, 1);
    }
    write(y, message);
    Some(())
}

/// `-1 / n mod B`, where a word is below B; `n` is odd.
///
/// Newton's iteration doubles the low bits that are right; `n` itself is right in
/// the lowest three.
fn negated_inverse(n: Word) -> Word {
    let mut inverse = n;
    for _ in 0..5 {
        let error = Word::wrapping_sub(2, n.wrapping_mul(inverse));
        inverse = inverse.wrapping_mul(error);
    }
    inverse.wrapping_neg()
}

/// `x = x R mod n`: a word at a time, by long division (Knuth, 4.3.1, D) with the
/// first word of `n` as divisor. `x` is below `n`, whose first bit is set.
fn to_montgomery(x: &mut [Word], n: &[Word]) -> Option<()> {
    let divisor = *n.last()?;
    let reciprocal = reciprocal(divisor);
    for _ in 0..x.len() {
        // x B: the first word moves out to `above`.
        let mut above = 0;
        for word in x.iter_mut() {
            core::mem::swap(word, &mut above);
        }
        let quotient = match above < divisor {
            true => divide(above, *x.last()?, divisor, reciprocal),
            false => Word::MAX,
        };
        above = above.wrapping_sub(subtract_product(x, n, quotient));
        // The first bit of `n` is set, so that the quotient is right or at most two
        // too large. Then the difference is below zero, and `above` is not zero.
        for _ in 0..2 {
            if above != 0 {
                above = above.wrapping_add(mul_add(x, n, 1));
            }
        }
    }
    Some(())
}

/// `(B^2 - 1) / divisor - B`, bit by bit. The first bit of the divisor is set.
fn reciprocal(divisor: Word) -> Word {
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

/// `(first B + second) / divisor` where `first` is below the divisor, by one
/// multiplication (Moller and Granlund, Improved division by invariant integers,
/// algorithm 4).
fn divide(first: Word, second: Word, divisor: Word, reciprocal: Word) -> Word {
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
    }
    quotient
}

/// `t = y^2`: the products of different words once, then all twice, and the
/// squares of the words.
fn square(y: &[Word], t: &mut [Word]) {
    t.fill(0);
    // From the second word on: that of the first product of two different ones.
    let (mut words, mut rows) = (y, t.get_mut(1..).unwrap_or_default());
    while let Some((&word, others)) = words.split_first() {
        add_row(rows, others, word);
        words = others;
        rows = rows.get_mut(2..).unwrap_or_default();
    }
    let (mut carry, mut shifted) = (0, 0);
    for ([low, high], &word) in t.as_chunks_mut::<2>().0.iter_mut().zip(y) {
        let square = Double::from(word).wrapping_mul(word.into());
        let twice = (*low << 1 | shifted, *high << 1 | *low >> (Word::BITS - 1));
        shifted = *high >> (Word::BITS - 1);
        let twice = Double::from(twice.1) << Word::BITS | Double::from(twice.0);
        let (sum, a) = square.overflowing_add(twice);
        let (sum, b) = sum.overflowing_add(carry);
        carry = Double::from(a | b);
        (*low, *high) = split(sum);
    }
}

/// `t = x y`
fn multiply(x: &[Word], y: &[Word], t: &mut [Word]) {
    t.fill(0);
    let mut rows = t;
    for &word in x {
        add_row(rows, y, word);
        rows = rows.get_mut(1..).unwrap_or_default();
    }
}

/// Adds a row of a product; the word above it is zero so far and takes the carry.
fn add_row(t: &mut [Word], row: &[Word], factor: Word) {
    if let Some((t, [above, ..])) = t.split_at_mut_checked(row.len()) {
        *above = mul_add(t, row, factor);
    }
}

/// `y = t / R mod n`, below R, for `t` of twice the length and below R^2
/// (Montgomery): multiples of `n` make the low half zero, word by word.
fn reduce(t: &mut [Word], n: &[Word], negated_inverse: Word, y: &mut [Word]) {
    let mut rows = &mut *t;
    let mut carry = false;
    for _ in n {
        let factor = rows
            .first()
            .map_or(0, |first| first.wrapping_mul(negated_inverse));
        if let Some((rows, [above, ..])) = rows.split_at_mut_checked(n.len()) {
            let (sum, a) = above.overflowing_add(mul_add(rows, n, factor));
            let (sum, b) = sum.overflowing_add(carry.into());
            *above = sum;
            carry = a | b;
        }
        rows = rows.get_mut(1..).unwrap_or_default();
    }
    copy(rows, y);
    // t + m n < R^2 + R n: what is left is below R + n.
    if carry {
        subtract_product(y, n, 1);
    }
}

/// `x -= n * factor`; gives what is missing in the word above.
fn subtract_product(x: &mut [Word], n: &[Word], factor: Word) -> Word {
    let mut missing: Word = 0;
    for (x, &n) in x.iter_mut().zip(n) {
        // At most (B - 1)^2 + B - 1 = (B - 1) B: where the upper half is B - 1 the lower
        // one is zero, and nothing is borrowed.
        let product = Double::from(n)
            .wrapping_mul(factor.into())
            .wrapping_add(missing.into());
        let (low, high) = split(product);
        let (difference, borrow) = x.overflowing_sub(low);
        *x = difference;
        missing = high.wrapping_add(borrow.into());
    }
    missing
}

/// Whether `x` is below `n`, of the same length.
fn is_below(x: &[Word], n: &[Word]) -> bool {
    x.iter().rev().lt(n.iter().rev())
}

fn copy(from: &[Word], to: &mut [Word]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// Big-endian bytes to words, the last ones first.
fn read(bytes: &[u8], words: &mut [Word]) {
    for (word, bytes) in words.iter_mut().zip(bytes.as_rchunks().1.iter().rev()) {
        *word = Word::from_be_bytes(*bytes);
    }
}

/// Words to big-endian bytes.
fn write(words: &[Word], bytes: &mut [u8]) {
    for (word, bytes) in words.iter().zip(bytes.as_rchunks_mut().1.iter_mut().rev()) {
        *bytes = word.to_be_bytes();
    }
}
