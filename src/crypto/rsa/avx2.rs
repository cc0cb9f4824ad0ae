//! RSAVP1 (RFC 8017, 5.2.2) for the exponent 65537 on x86-64 processors with AVX2, which multiply
//! four digits of 27 bits at once: Montgomery multiplication with R = 2^(108 vectors).
//!
//! R is more than 4 n, so that factors below 2 n give a product below 2 n, and nothing is
//! subtracted in between (Walter, Montgomery exponentiation needs no final subtractions).
//!
//! Carries wait in the lanes of a sum until all products are added, and are then handed to the two
//! digits above, once: a digit is then below 2^28 + 2^10. A lane gets at most 152 products of two
//! such digits, and 152 of a digit of n and one of the quotient, of 27 bits: less than 2^64.

use core::arch::x86_64::{
    __m256i, _mm_cvtsi128_si64, _mm_extract_epi64, _mm256_add_epi64, _mm256_and_si256,
    _mm256_blend_epi32, _mm256_castsi256_si128, _mm256_extracti128_si256, _mm256_mul_epu32,
    _mm256_permute4x64_epi64, _mm256_set_epi64x, _mm256_set1_epi64x, _mm256_setzero_si256,
    _mm256_srli_epi64,
};

use core::slice::{from_mut, from_ref};

use super::{
    digits::{digits, write_words},
    power::{NUMBER, Number, negated_inverse, read, read_modulus, reduce_once, remainder},
    word::Word,
};

/// Bits of a digit.
const BITS: u32 = 27;
/// The same as what vectors are shifted by.
const SHIFT: i32 = BITS.cast_signed();
const MASK: u64 = (1 << BITS) - 1;
/// Digits of a vector, which make a block.
const LANES: usize = 4;
const BLOCK_BITS: u32 = 4 * BITS;
const BLOCK_MASK: u128 = (1 << BLOCK_BITS) - 1;
const HALF_MASK: u128 = (1 << (2 * BITS)) - 1;
/// Vectors of the largest modulus.
const MAX: usize = 38;

/// The digits of a number, the least significant first: as many as the largest modulus has, and a
/// block of zeros.
type Digits = [u64; (MAX + 1) * LANES];

/// Four digits of a number, four times: as they are, and as they are in the number one, two and
/// three digits further up.
type Shifted = [__m256i; LANES];

fearless_simd::kernel!(
    /// `signature ^ 65537 mod modulus`, into the first words of `y`. `None` for what
    /// `power::power_65537` refuses.
    #[inline(never)]
    pub(super) fn power_65537(
        level: Avx2,
        modulus: &[u8],
        signature: &[u8],
        y: &mut Number,
    ) -> Option<()> {
        let _ = level;
        if signature.len() != modulus.len() || signature >= modulus {
            return None;
        }
        match modulus.len() {
            128 => power(10, modulus, signature, y),
            256 => power(19, modulus, signature, y),
            384 => power(29, modulus, signature, y),
            512 => power(38, modulus, signature, y),
            _ => None,
        }
    }
);

/// The modulus, and what the digits of a quotient are made of.
struct Modulus<'n> {
    /// The lowest block.
    low: u128,
    /// The rest.
    others: &'n [Shifted],
    /// `-1 / n mod 2^108`, with other bits above.
    negated_inverse: u128,
}

#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn power(vectors: usize, modulus: &[u8], signature: &[u8], y: &mut Number) -> Option<()> {
    let len = modulus.len().checked_div(size_of::<Word>())?;
    let mut n = NUMBER;
    let (n, y) = (n.get_mut(..len)?, y.get_mut(..len)?);
    read_modulus(modulus, n)?;
    let zero = _mm256_setzero_si256();
    let (mut n_room, mut factor_room) = ([[zero; LANES]; MAX + 1], [[zero; LANES]; MAX + 1]);
    let mut sum_room = [zero; 2 * MAX];
    let n_shifted = n_room.get_mut(..=vectors)?;
    let factor = factor_room.get_mut(..=vectors)?;
    let sum = sum_room.get_mut(..vectors.wrapping_mul(2))?;

    let digits_of_n: Digits = digits::<BITS, _>(n);
    shift(&digits_of_n, n_shifted);
    let (_, others) = n_shifted.split_first_mut()?;
    without_block_below(others.first_mut()?);
    let low = value(digits_of_n.first_chunk()?);
    let modulus = Modulus {
        low,
        others,
        negated_inverse: negated_inverse_of_block(low, *n.first()?),
    };

    read(signature, y);
    let x: Digits = digits::<BITS, _>(y);
    let mut power = times_r(vectors, y, n)?;
    // x^65536 R
    for _ in 0..16 {
        square(&power, factor, sum);
        reduce(sum, &modulus, &mut power);
    }
    // Not R with x, so that this takes the last R away: less than 2 n is left, which may be a bit
    // more than the words hold.
    multiply(&power, &x, factor, sum);
    reduce(sum, &modulus, &mut power);
    carry_up(&mut power);
    let has_bit_above = write_words::<BITS>(&power, y);
    reduce_once(y, has_bit_above, n);
    Some(())
}

/// `x R mod n` for x below n, by long division with words.
#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn times_r(vectors: usize, x: &[Word], n: &[Word]) -> Option<Digits> {
    // R has these bits more than the words.
    let bits = BITS.wrapping_mul(u32::try_from(vectors.checked_mul(LANES)?).ok()?);
    let more = bits.checked_sub(Word::BITS.checked_mul(u32::try_from(n.len()).ok()?)?)?;
    let mut t: [Word; 2 * NUMBER.len() + 1] = [0; 2 * NUMBER.len() + 1];
    let t = t.get_mut(..n.len().checked_mul(2)?.checked_add(1)?)?;
    let mut below = 0;
    for (to, word) in t.iter_mut().skip(n.len()).zip(x.iter().chain(&[0])) {
        *to = word.checked_shl(more)? | below;
        below = (word >> 1).checked_shr(63_u32.checked_sub(more)?)?;
    }
    remainder(t, n)?;
    Some(digits::<BITS, _>(t.get(..n.len())?))
}

/// `-1 / n mod 2^108` for the lowest block of n and its lowest word, with other bits above.
fn negated_inverse_of_block(block: u128, word: Word) -> u128 {
    // One more step of Newton's iteration than for a word.
    let inverse = u128::from(negated_inverse(word).wrapping_neg());
    let error = 2_u128.wrapping_sub(block.wrapping_mul(inverse));
    inverse.wrapping_mul(error).wrapping_neg()
}

/// `y^2`: products of digits in the same block, then those of each block with all that is above
/// it, twice.
#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn square(y: &Digits, factor: &mut [Shifted], sum: &mut [__m256i]) {
    for (sum, block) in sum.as_chunks_mut().0.iter_mut().zip(y.as_chunks().0) {
        *sum = square_of_block(block);
    }
    shift(y, factor);
    let (mut others, mut rest) = (factor, sum);
    for &[a, b, c, d] in y.as_chunks().0 {
        let ([_, above @ ..], [_, to @ ..]) = (others, rest) else {
            break;
        };
        if let [first, ..] = above {
            without_block_below(first);
        }
        add_products(to, above, &spread([a << 1, b << 1, c << 1, d << 1]));
        others = above;
        rest = to.get_mut(1..).unwrap_or_default();
    }
}

#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn square_of_block(&[a, b, c, d]: &[u64; LANES]) -> [__m256i; 2] {
    let (twice_a, twice_b, twice_c) = (a << 1, b << 1, c << 1);
    let product = u64::wrapping_mul;
    let third = product(twice_a, c).wrapping_add(product(b, b));
    let fourth = product(twice_a, d).wrapping_add(product(twice_b, c));
    let fifth = product(twice_b, d).wrapping_add(product(c, c));
    [
        vector([product(a, a), product(twice_a, b), third, fourth]),
        vector([fifth, product(twice_c, d), product(d, d), 0]),
    ]
}

/// Sets the lanes to zero that hold digits of the block below.
#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn without_block_below([_, one, two, three]: &mut [__m256i; LANES]) {
    let zero = _mm256_setzero_si256();
    *one = _mm256_blend_epi32::<0b0000_0011>(*one, zero);
    *two = _mm256_blend_epi32::<0b0000_1111>(*two, zero);
    *three = _mm256_blend_epi32::<0b0011_1111>(*three, zero);
}

#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn multiply(a: &Digits, b: &Digits, factor: &mut [Shifted], sum: &mut [__m256i]) {
    sum.fill(_mm256_setzero_si256());
    shift(a, factor);
    let mut rest = sum;
    for block in b.as_chunks().0.iter().take(factor.len()) {
        add_products(rest, factor, &spread(*block));
        rest = rest.get_mut(1..).unwrap_or_default();
    }
}

/// `sum / R mod n`, below 2 n for a product of factors below 2 n.
///
/// A block of the quotient follows from the lowest block of the sum. What that block carries is
/// kept beside the vectors, so that the next one waits for as little as possible.
#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn reduce(sum: &mut [__m256i], modulus: &Modulus<'_>, to: &mut Digits) {
    let [n_first, n_others @ ..] = modulus.others else {
        return;
    };
    let mut rest = sum;
    let mut carry = 0;
    for _ in modulus.others {
        let [lowest, first, others @ ..] = rest else {
            break;
        };
        let lowest = lanes(*lowest);
        let low = (value(&lowest) & BLOCK_MASK).wrapping_add(carry);
        let q = low.wrapping_mul(modulus.negated_inverse) & BLOCK_MASK;
        let qs = spread(digits_of_block(q));
        add_products(from_mut(first), from_ref(n_first), &qs);
        // The block becomes zero: if it is not, it carries one.
        carry = upper_block(modulus.low, q)
            .wrapping_add(low >> BLOCK_BITS)
            .wrapping_add((low & BLOCK_MASK != 0).into())
            .wrapping_add(carry_of_block(&lowest).into());
        add_products(others, n_others, &qs);
        rest = rest.get_mut(1..).unwrap_or_default();
    }
    if let [first, ..] = rest {
        *first = _mm256_add_epi64(*first, vector(digits_of_block(carry)));
    }
    // What is left, with the carries.
    let mask = _mm256_set1_epi64x(MASK.cast_signed());
    let (mut above_one, mut above_two) = (_mm256_setzero_si256(), _mm256_setzero_si256());
    let digits = to.as_chunks_mut().0.iter_mut();
    for (digits, sum) in digits.zip(&*rest) {
        let one = _mm256_and_si256(_mm256_srli_epi64::<SHIFT>(*sum), mask);
        let one = _mm256_permute4x64_epi64::<0b10_01_00_11>(one);
        let two =
            _mm256_permute4x64_epi64::<0b01_00_11_10>(_mm256_srli_epi64::<{ 2 * SHIFT }>(*sum));
        let carried = _mm256_add_epi64(
            _mm256_blend_epi32::<0b0000_0011>(one, above_one),
            _mm256_blend_epi32::<0b0000_1111>(two, above_two),
        );
        (above_one, above_two) = (one, two);
        *digits = lanes(_mm256_add_epi64(_mm256_and_si256(*sum, mask), carried));
    }
}

/// The product of two blocks, divided by 2^108 and rounded down.
#[inline(always)]
fn upper_block(a: u128, b: u128) -> u128 {
    let halves = |block: u128| (block & HALF_MASK, block >> (2 * BITS));
    let ((a_low, a_high), (b_low, b_high)) = (halves(a), halves(b));
    let middle = a_low
        .wrapping_mul(b_high)
        .wrapping_add(a_high.wrapping_mul(b_low));
    let middle = middle.wrapping_add(a_low.wrapping_mul(b_low) >> (2 * BITS));
    a_high
        .wrapping_mul(b_high)
        .wrapping_add(middle >> (2 * BITS))
}

/// The carry out of a block, whose lanes may have more than BITS bits.
#[inline(always)]
fn carry_of_block(&[a, b, c, d]: &[u64; LANES]) -> u64 {
    let carry = (a >> BITS).wrapping_add(b) >> BITS;
    (carry.wrapping_add(c) >> BITS).wrapping_add(d) >> BITS
}

#[expect(clippy::as_conversions, reason = "the rest is cut off on purpose")]
#[inline(always)]
fn digits_of_block(block: u128) -> [u64; LANES] {
    let low = block as u64;
    let high = (block >> (2 * BITS)) as u64;
    [low & MASK, low >> BITS & MASK, high & MASK, high >> BITS]
}

/// `sum += others digits`, four digits.
///
/// Not a part of its callers: there the compiler knows that the upper halves of the digits are
/// zero, but not in the loop, where it would multiply by them.
#[inline(never)]
#[target_feature(enable = "avx2,bmi2")]
fn add_products(mut sum: &mut [__m256i], mut others: &[Shifted], digits: &[__m256i; LANES]) {
    let [w, x, y, z] = *digits;
    // Not by `zip`, of which an optimizer for size makes calls.
    while let ([first_sum, sums @ ..], [[a, b, c, d], above @ ..]) = (sum, others) {
        let first = _mm256_add_epi64(_mm256_mul_epu32(*a, w), _mm256_mul_epu32(*b, x));
        let second = _mm256_add_epi64(_mm256_mul_epu32(*c, y), _mm256_mul_epu32(*d, z));
        *first_sum = _mm256_add_epi64(*first_sum, _mm256_add_epi64(first, second));
        (sum, others) = (sums, above);
    }
}

/// One vector for each digit, with the digit in every lane.
#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn spread(digits: [u64; LANES]) -> [__m256i; LANES] {
    let [a, b, c, d] = digits;
    [
        _mm256_set1_epi64x(a.cast_signed()),
        _mm256_set1_epi64x(b.cast_signed()),
        _mm256_set1_epi64x(c.cast_signed()),
        _mm256_set1_epi64x(d.cast_signed()),
    ]
}

#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn shift(digits: &Digits, to: &mut [Shifted]) {
    let ([first, others @ ..], [a, b, c, d, ..]) = (to, *digits) else {
        return;
    };
    *first = [
        vector([a, b, c, d]),
        vector([0, a, b, c]),
        vector([0, 0, a, b]),
        vector([0, 0, 0, a]),
    ];
    let windows = digits.windows(2 * LANES).step_by(LANES);
    for (to, window) in others.iter_mut().zip(windows) {
        if let [_, x, y, z, a, b, c, d] = *window {
            *to = [
                vector([a, b, c, d]),
                vector([z, a, b, c]),
                vector([y, z, a, b]),
                vector([x, y, z, a]),
            ];
        }
    }
}

/// The number with these digits, modulo 2^128.
#[inline(always)]
fn value(&[a, b, c, d]: &[u64; LANES]) -> u128 {
    u128::from(a)
        .wrapping_add(u128::from(b) << BITS)
        .wrapping_add(u128::from(c) << (2 * BITS))
        .wrapping_add(u128::from(d) << (3 * BITS))
}

/// Leaves BITS bits in each digit.
fn carry_up(digits: &mut Digits) {
    let mut carry = 0;
    for digit in digits {
        let sum = digit.wrapping_add(carry);
        *digit = sum & MASK;
        carry = sum >> BITS;
    }
}

#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn vector(lanes: [u64; LANES]) -> __m256i {
    let [a, b, c, d] = lanes;
    _mm256_set_epi64x(
        d.cast_signed(),
        c.cast_signed(),
        b.cast_signed(),
        a.cast_signed(),
    )
}

#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn lanes(vector: __m256i) -> [u64; LANES] {
    let low = _mm256_castsi256_si128(vector);
    let high = _mm256_extracti128_si256::<1>(vector);
    [
        _mm_cvtsi128_si64(low).cast_unsigned(),
        _mm_extract_epi64::<1>(low).cast_unsigned(),
        _mm_cvtsi128_si64(high).cast_unsigned(),
        _mm_extract_epi64::<1>(high).cast_unsigned(),
    ]
}
