//! RSAVP1 (RFC 8017, 5.2.2) for the exponent 65537 on x86-64 processors with AVX-512 IFMA, which
//! multiply eight digits of 52 bits at once: Montgomery multiplication with R = 2^(52 DIGITS).
//!
//! R is more than 4 n, so that factors below 2 n give a product below 2 n, and nothing is
//! subtracted in between (Walter, Montgomery exponentiation needs no final subtractions).

use core::arch::x86_64::{
    __m256i, __m512i, _mm_cvtsi128_si64, _mm_extract_epi64, _mm256_castsi256_si128,
    _mm256_extracti128_si256, _mm512_add_epi64, _mm512_alignr_epi64, _mm512_and_si512,
    _mm512_castsi512_si128, _mm512_castsi512_si256, _mm512_cmpeq_epu64_mask,
    _mm512_cmpgt_epu64_mask, _mm512_extracti64x4_epi64, _mm512_madd52hi_epu64,
    _mm512_madd52lo_epu64, _mm512_mask_add_epi64, _mm512_mask_set1_epi64, _mm512_permutexvar_epi64,
    _mm512_set_epi64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_srli_epi64,
};

use super::{
    digits::{digits, write_words},
    power::{NUMBER, Number, negated_inverse, read, read_modulus, reduce_once},
    word::{Double, Word, split},
};

/// Bits of a digit.
const BITS: u32 = 52;
pub(super) const MASK: u64 = (1 << BITS) - 1;
/// Digits of a vector.
const LANES: usize = 8;

/// Room for the digits of the largest modulus, the least significant first.
pub(super) type Digits = [u64; 80];

fearless_simd::kernel!(
    /// `signature ^ 65537 mod modulus`, into the first words of `y`, for moduli of 256, 384 and
    /// 512 bytes. `None` for other lengths, and for what `power::power_65537` refuses.
    #[inline(never)]
    pub(super) fn power_65537(
        level: Avx512,
        modulus: &[u8],
        signature: &[u8],
        y: &mut Number,
    ) -> Option<()> {
        let _ = level;
        if signature.len() != modulus.len() || signature >= modulus {
            return None;
        }
        match modulus.len() {
            256 => power::<5, 40>(modulus, signature, y),
            384 => power::<8, 60>(modulus, signature, y),
            512 => power::<10, 79>(modulus, signature, y),
            _ => None,
        }
    }
);

/// The modulus, and what the digits of a quotient are made of.
struct Modulus<const VECTORS: usize> {
    n: [__m512i; VECTORS],
    /// The two lowest digits.
    low: [u64; 2],
    /// `-1 / n mod 2^BITS`
    negated_inverse: u64,
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn power<const VECTORS: usize, const DIGITS: usize>(
    modulus: &[u8],
    signature: &[u8],
    y: &mut Number,
) -> Option<()> {
    let len = modulus.len().checked_div(size_of::<Word>())?;
    let mut n = NUMBER;
    let (n, y) = (n.get_mut(..len)?, y.get_mut(..len)?);
    read_modulus(modulus, n)?;
    let n_digits: Digits = digits::<BITS, _>(n);
    let [first_digit, second_digit, ..] = n_digits;
    let modulus = Modulus::<VECTORS> {
        n: vectors(&n_digits),
        low: [first_digit, second_digit],
        negated_inverse: negated_inverse(*n.first()?) & MASK,
    };

    read(signature, y);
    let x: Digits = digits::<BITS, _>(y);
    let mut power = times_r::<VECTORS, DIGITS>(&x, &n_digits, n)?;

    // x^65536 R
    let mut product: Digits = [0; 80];
    for _ in 0..8 {
        multiply::<VECTORS, DIGITS>(&power, &power, &modulus, &mut product);
        multiply::<VECTORS, DIGITS>(&product, &product, &modulus, &mut power);
    }
    // Not R with x, so that this takes the last R away: less than 2 n is left, which may be a bit
    // more than the words hold.
    multiply::<VECTORS, DIGITS>(&power, &x, &modulus, &mut product);
    let has_bit_above = write_words::<BITS>(&product, y);
    reduce_once(y, has_bit_above, n);
    Some(())
}

/// `x R mod n`, below 2 n, for x below n: by long division, a digit of the quotient at a time.
///
/// Each step is `t = t 2^BITS - q n`, with q so that t stays between 0 and 1.5 n. That is less than
/// R, so it is computed modulo R: R - n is added q times, and what goes beyond R is dropped.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn times_r<const VECTORS: usize, const DIGITS: usize>(
    x: &Digits,
    n: &Digits,
    n_words: &[Word],
) -> Option<Digits> {
    // The lowest digit of n is not zero.
    let mut r_less_n: Digits = [0; 80];
    for (digit, n) in r_less_n.iter_mut().zip(n).take(DIGITS) {
        *digit = n ^ MASK;
    }
    let [lowest, ..] = &mut r_less_n;
    *lowest = lowest.wrapping_add(1);
    // For the upper halves of products, which belong a digit up.
    let mut digit_up: Digits = [0; 80];
    let [_, above @ ..] = &mut digit_up;
    for (up, digit) in above.iter_mut().zip(&r_less_n).take(DIGITS.wrapping_sub(1)) {
        *up = *digit;
    }
    let r_less_n = vectors::<VECTORS>(&r_less_n);
    let digit_up = vectors::<VECTORS>(&digit_up);

    // The first 60 bits of n, rounded up, and 2^122 divided by them: 63 bits.
    let first_bits = (n_words.last()? >> 4).wrapping_add(1);
    let reciprocal = (1_u128 << 122).checked_div(first_bits.into())?;
    // By how much the bits that n has in its first two digits are more than 56.
    let bits = Word::BITS.wrapping_mul(u32::try_from(n_words.len()).ok()?);
    let digits_below = u32::try_from(DIGITS).ok()?.wrapping_sub(2);
    let more = bits
        .wrapping_sub(BITS.wrapping_mul(digits_below))
        .wrapping_sub(56);
    // The lanes of the first three digits in the last vector.
    let lane = |below: usize| i64::try_from(DIGITS.wrapping_sub(below) % LANES);
    let first_three = _mm512_set_epi64(0, 0, 0, 0, 0, lane(3).ok()?, lane(2).ok()?, lane(1).ok()?);

    // A lane gets less than three digits at each step: 240 at most, below 2^60.
    let mut t = vectors::<VECTORS>(x);
    for _ in 0..DIGITS {
        let first = _mm512_permutexvar_epi64(first_three, *t.last()?);
        let [first, second, third, _] = half(_mm512_castsi512_si256(first));
        // The first two digits and what is carried to them, less than two units too little. The
        // dividend has 60 bits, or 61 where t is above n; what goes beyond R is above its word.
        let first_two = (Double::from(first) << BITS)
            .wrapping_add(second.into())
            .wrapping_add((third >> BITS).into());
        let (dividend, _) = split((first_two << 4).wrapping_shr(more));
        let (q, _) = split(Double::from(dividend).wrapping_mul(reciprocal) >> 70);
        // The quotient was too little by less than a half, before it was rounded down. If it has
        // more than BITS bits, t is n or more. Products take BITS of them.
        if q > MASK {
            for (t, r_less_n) in t.iter_mut().zip(&r_less_n) {
                *t = _mm512_add_epi64(*t, *r_less_n);
            }
        }
        let qs = _mm512_set1_epi64(q.cast_signed());
        let mut below = _mm512_setzero_si512();
        let mut rest = (&mut t[..], &r_less_n[..], &digit_up[..]);
        while let ([t, ts @ ..], [r_less_n, less @ ..], [digit_up, ups @ ..]) = rest {
            let this = *t;
            *t = _mm512_alignr_epi64::<7>(this, below);
            below = this;
            *t = _mm512_madd52lo_epu64(*t, *r_less_n, qs);
            *t = _mm512_madd52hi_epu64(*t, *digit_up, qs);
            rest = (ts, less, ups);
        }
    }
    carry_up(&mut t);
    let mut digits: Digits = [0; 80];
    write_lanes(&t, &mut digits);
    for beyond in digits.iter_mut().skip(DIGITS) {
        *beyond = 0;
    }
    Some(digits)
}

/// `to = a b / R mod n`, below 2 n, for factors below 2 n.
///
/// Each digit of the quotient follows from the lowest digit of the sum, which is kept in a
/// word beside the vectors: so the next one does not wait for the vectors of this one.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply<const VECTORS: usize, const DIGITS: usize>(
    a: &Digits,
    b: &Digits,
    modulus: &Modulus<VECTORS>,
    to: &mut Digits,
) {
    let zero = _mm512_setzero_si512();
    let [a_low, ..] = *a;
    let [n_low, n_next] = modulus.low;
    let a = vectors::<VECTORS>(a);
    // A lane gets four products below 2^BITS for each digit: 320 at most, below 2^61.
    let mut sum = [zero; VECTORS];
    let mut lowest = 0_u64;
    for &b in b.get(..DIGITS).unwrap_or_default() {
        let bs = _mm512_set1_epi64(b.cast_signed());
        let ([first, ..], [a_first, ..]) = (&sum[..], &a[..]) else {
            break;
        };
        let second = second_lane(_mm512_madd52lo_epu64(*first, *a_first, bs));
        let (ab_low, ab_high) = product(a_low, b);
        let low = lowest.wrapping_add(ab_low);
        let q = low.wrapping_mul(modulus.negated_inverse) & MASK;
        let (nq_low, nq_high) = product(n_low, q);
        let carry = low.wrapping_add(nq_low) >> BITS;
        let (next_low, _) = product(n_next, q);
        lowest = second
            .wrapping_add(next_low)
            .wrapping_add(ab_high)
            .wrapping_add(nq_high)
            .wrapping_add(carry);

        let qs = _mm512_set1_epi64(q.cast_signed());
        // A digit down: the lowest is zero now, but for the carry.
        let mut above = zero;
        // Not by `zip`, here and in `times_r`, of which an optimizer for size makes calls.
        let mut rest = (&mut sum[..], &a[..], &modulus.n[..]);
        while let ([sums @ .., sum], [others_a @ .., a], [others_n @ .., n]) = rest {
            let this = _mm512_madd52lo_epu64(*sum, *a, bs);
            let this = _mm512_madd52lo_epu64(this, *n, qs);
            let down = _mm512_alignr_epi64::<1>(above, this);
            let down = _mm512_madd52hi_epu64(down, *a, bs);
            *sum = _mm512_madd52hi_epu64(down, *n, qs);
            above = this;
            rest = (sums, others_a, others_n);
        }
    }
    // Its lane lacks the carries.
    if let Some(sum) = sum.first_mut() {
        *sum = _mm512_mask_set1_epi64(*sum, 1, lowest.cast_signed());
    }
    carry_up(&mut sum);
    write_lanes(&sum, to);
}

#[inline]
#[target_feature(enable = "avx512f")]
fn write_lanes(vectors: &[__m512i], digits: &mut Digits) {
    for (digits, vector) in digits.as_chunks_mut().0.iter_mut().zip(vectors) {
        *digits = lanes(*vector);
    }
}

/// Carries what each lane has above BITS bits to the lane above. A lane is below 2^63.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn carry_up<const VECTORS: usize>(sum: &mut [__m512i; VECTORS]) {
    let mask = _mm512_set1_epi64(MASK.cast_signed());
    // Most of it at once. The bits say which lanes have more than BITS bits then, and which would
    // have with one more.
    let (mut over, mut full) = (0_u128, 0_u128);
    let mut below = _mm512_setzero_si512();
    for (sum, at) in sum.iter_mut().zip((0_u32..).step_by(LANES)) {
        let above = _mm512_srli_epi64::<BITS>(*sum);
        let carried = _mm512_alignr_epi64::<7>(above, below);
        *sum = _mm512_add_epi64(_mm512_and_si512(*sum, mask), carried);
        below = above;
        over |= u128::from(_mm512_cmpgt_epu64_mask(*sum, mask)).wrapping_shl(at);
        full |= u128::from(_mm512_cmpeq_epu64_mask(*sum, mask)).wrapping_shl(at);
    }
    // A lane that is over carries one to the lane above, and through those that are full: that is
    // how the sum of both carries its bits.
    let carries = full.wrapping_add(over << 1) ^ full;
    let one = _mm512_set1_epi64(1);
    for (sum, carries) in sum.iter_mut().zip(carries.to_le_bytes()) {
        *sum = _mm512_and_si512(_mm512_mask_add_epi64(*sum, carries, *sum, one), mask);
    }
}

/// The lower BITS of a product of two digits, and what is above.
#[inline(always)]
fn product(a: u64, b: u64) -> (u64, u64) {
    let (low, high) = split(Double::from(a).wrapping_mul(b.into()));
    (low & MASK, high << 12 | low >> BITS)
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn vectors<const VECTORS: usize>(digits: &Digits) -> [__m512i; VECTORS] {
    let mut vectors = [_mm512_setzero_si512(); VECTORS];
    for (vector, digits) in vectors.iter_mut().zip(digits.as_chunks::<LANES>().0) {
        let [a, b, c, d, e, f, g, h] = *digits;
        // Not by `map`, of which an optimizer for size makes many calls.
        *vector = _mm512_set_epi64(
            h.cast_signed(),
            g.cast_signed(),
            f.cast_signed(),
            e.cast_signed(),
            d.cast_signed(),
            c.cast_signed(),
            b.cast_signed(),
            a.cast_signed(),
        );
    }
    vectors
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn lanes(vector: __m512i) -> [u64; LANES] {
    let [a, b, c, d] = half(_mm512_castsi512_si256(vector));
    let [e, f, g, h] = half(_mm512_extracti64x4_epi64::<1>(vector));
    [a, b, c, d, e, f, g, h]
}

#[inline]
#[target_feature(enable = "avx2")]
fn half(vector: __m256i) -> [u64; 4] {
    let low = _mm256_castsi256_si128(vector);
    let high = _mm256_extracti128_si256::<1>(vector);
    [
        _mm_cvtsi128_si64(low).cast_unsigned(),
        _mm_extract_epi64::<1>(low).cast_unsigned(),
        _mm_cvtsi128_si64(high).cast_unsigned(),
        _mm_extract_epi64::<1>(high).cast_unsigned(),
    ]
}

#[inline]
#[target_feature(enable = "avx512f")]
fn second_lane(vector: __m512i) -> u64 {
    _mm_extract_epi64::<1>(_mm512_castsi512_si128(vector)).cast_unsigned()
}
