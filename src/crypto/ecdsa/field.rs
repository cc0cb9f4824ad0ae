//! Arithmetic modulo a prime, by Montgomery: with R for what the prime's words cannot
//! hold any more, 2^(their bits), the number `a` is kept as `a R mod m`.
//!
//! All of it is public, so the time may depend on the values.

use super::{
    number::{add, first, is_below, is_zero, masked, shift_left, shift_right, subtract},
    word::{self, WORD_BYTES, Word},
};

/// An odd prime, and what follows from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prime<const N: usize> {
    pub(super) m: [Word; N],
    /// How many words R takes: `m` has no more, and if it has less than N, one is free.
    len: usize,
    /// `-1 / m`, as a word.
    negated_inverse: Word,
    /// `R mod m`
    r: [Word; N],
    /// `R^2 mod m`
    r_squared: [Word; N],
}

impl<const N: usize> Prime<N> {
    /// `len` is N, or less if `m` has as few words.
    pub(super) const fn new(m: [Word; N], len: usize) -> Self {
        let bits = len.saturating_mul(WORD_BYTES).saturating_mul(8);
        let r = doubled(one(), &m, bits);
        Self {
            m,
            len,
            negated_inverse: negated_inverse(first(&m)),
            r,
            r_squared: doubled(r, &m, bits),
        }
    }

    /// R is 2 to the power of them.
    const fn bits(&self) -> usize {
        self.len.saturating_mul(WORD_BYTES).saturating_mul(8)
    }

    /// `a b / R mod m`, with a below `m` and b of as many words as R takes.
    ///
    /// For each word b of the number: `t = (t + a b + q m) / B`, with B for what a
    /// word cannot hold any more and with q so that nothing is left over. From
    /// t < 2 m, a < m and b, q < B follows
    /// t + a b + q m <= 2 m - 1 + (m - 1 + m) (B - 1) < 2 m B,
    /// so that t stays below 2 m. Its last bit is in `top`.
    #[inline(always)]
    fn mul(&self, a: &[Word; N], b: &[Word; N]) -> [Word; N] {
        let (mut t, mut top) = ([0; N], false);
        for b in b.iter().take(self.len) {
            top = self.mul_row(&mut t, top, a, *b);
        }
        if let Some(free) = t.get_mut(self.len) {
            *free = top.into();
            top = false;
        }
        reduced(t, top, &self.m)
    }

    /// One step of this, both products at once; gives the new `top`.
    #[inline(always)]
    fn mul_row(&self, t: &mut [Word; N], top: bool, a: &[Word; N], b: Word) -> bool {
        let len = ..self.len;
        let (Some([a, a_above @ ..]), Some([m, m_above @ ..]), Some(mut rest)) =
            (a.get(len), self.m.get(len), t.get_mut(len))
        else {
            return false;
        };
        let (sum, mut carry) = word::mul_add(*a, b, first(rest), 0);
        let q = sum.wrapping_mul(self.negated_inverse);
        // This word is zero now and goes.
        let (_, mut q_carry) = word::mul_add(q, *m, sum, 0);

        let (mut a, mut m) = (a_above, m_above);
        while let ([a_word, a_above @ ..], [m_word, m_above @ ..], [to, t_above @ ..]) =
            (a, m, rest)
        {
            let sum;
            (sum, carry) = word::mul_add(*a_word, b, first(t_above), carry);
            (*to, q_carry) = word::mul_add(q, *m_word, sum, q_carry);
            (a, m, rest) = (a_above, m_above, t_above);
        }
        let mut above = false;
        if let Some([.., last]) = t.get_mut(len) {
            (*last, above) = word::add(carry, q_carry, top);
        }
        above
    }
}

/// `-1 / m` for an odd `m`, as a word.
///
/// Newton's iteration doubles the low bits that are right; `m` itself is right in
/// the lowest three.
const fn negated_inverse(m: Word) -> Word {
    let mut inverse = m;
    let mut right = 3;
    while right < Word::BITS {
        let error = Word::wrapping_sub(2, m.wrapping_mul(inverse));
        inverse = inverse.wrapping_mul(error);
        right = right.saturating_mul(2);
    }
    inverse.wrapping_neg()
}

pub(super) const fn one<const N: usize>() -> [Word; N] {
    let mut one = [0; N];
    if let Some((first, _)) = one.split_first_mut() {
        *first = 1;
    }
    one
}

/// `number 2^times mod m`, for a number below `m`.
const fn doubled<const N: usize>(
    mut number: [Word; N],
    m: &[Word; N],
    mut times: usize,
) -> [Word; N] {
    while times > 0 {
        let (twice, carry) = add(&number, &number);
        number = reduced(twice, carry, m);
        times = times.saturating_sub(1);
    }
    number
}

/// `carry R + number`, which is below `2 m`, modulo `m`.
#[inline(always)]
const fn reduced<const N: usize>(number: [Word; N], carry: bool, m: &[Word; N]) -> [Word; N] {
    let (less, borrow) = subtract(&number, m);
    if borrow & !carry { number } else { less }
}

/// Which prime: a type without a value, so that the prime is a constant where it is
/// used and the code is fast, or a reference, so that one code serves all primes.
pub(super) trait Modulus<const N: usize>: Copy {
    fn prime(&self) -> &Prime<N>;
}

impl<const N: usize> Modulus<N> for &Prime<N> {
    #[inline(always)]
    fn prime(&self) -> &Prime<N> {
        self
    }
}

/// A number modulo a prime, always below it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Residue<M, const N: usize> {
    /// The number times R.
    words: [Word; N],
    modulus: M,
}

/// Of two numbers modulo the same prime.
impl<M, const N: usize> PartialEq for Residue<M, N> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
    }
}

impl<M: Modulus<N>, const N: usize> Residue<M, N> {
    pub(super) fn zero(modulus: M) -> Self {
        Self::from_montgomery([0; N], modulus)
    }

    pub(super) fn one(modulus: M) -> Self {
        Self::from_montgomery(modulus.prime().r, modulus)
    }

    /// The number, if it is below the modulus.
    pub(super) fn checked(number: &[Word; N], modulus: M) -> Option<Self> {
        let prime = modulus.prime();
        let r_squared = Self::from_montgomery(prime.r_squared, modulus);
        is_below(number, &prime.m)
            .then(|| Self::from_montgomery(r_squared.mul_number(number), modulus))
    }

    /// The number that these words stand for.
    pub(super) const fn from_montgomery(words: [Word; N], modulus: M) -> Self {
        Self { words, modulus }
    }

    pub(super) const fn modulus(&self) -> M {
        self.modulus
    }

    #[inline]
    pub(super) fn is_zero(&self) -> bool {
        is_zero(&self.words)
    }

    #[inline]
    pub(super) fn add(&self, other: &Self) -> Self {
        let (sum, carry) = add(&self.words, &other.words);
        Self::from_montgomery(reduced(sum, carry, &self.modulus.prime().m), self.modulus)
    }

    #[inline]
    pub(super) fn sub(&self, other: &Self) -> Self {
        let (difference, borrow) = subtract(&self.words, &other.words);
        // What is below zero came out too large by what N words cannot hold, and so
        // does the sum.
        let (words, _) = add(&difference, &masked(&self.modulus.prime().m, borrow));
        Self::from_montgomery(words, self.modulus)
    }

    #[inline]
    pub(super) fn negated(&self) -> Self {
        Self::zero(self.modulus).sub(self)
    }

    /// The number divided by 2: if it is odd, `m` more of it is even.
    #[inline]
    pub(super) fn half(&self) -> Self {
        let odd = first(&self.words) & 1 == 1;
        let (even, carry) = add(&self.words, &masked(&self.modulus.prime().m, odd));
        Self::from_montgomery(shift_right(&even, carry.into(), 1), self.modulus)
    }

    #[inline]
    pub(super) fn square(&self) -> Self {
        self.mul(self)
    }

    #[inline]
    pub(super) fn mul(&self, other: &Self) -> Self {
        Self::from_montgomery(self.mul_number(&other.words), self.modulus)
    }

    /// The product with a plain number of as many words as R takes: plain itself,
    /// because it is not the number but the words that are kept, `a R`, that are
    /// multiplied and divided by R.
    pub(super) fn mul_number(&self, number: &[Word; N]) -> [Word; N] {
        self.modulus.prime().mul(&self.words, number)
    }

    pub(super) fn inverted(&self) -> Option<Self> {
        Self::inverse_of(&self.mul_number(&one()), self.modulus)
    }

    /// `1 / number`, by Euclid's algorithm in binary steps (Kaliski, The Montgomery
    /// Inverse and Its Applications); `None` for 0 and for what is not below `m`.
    ///
    /// With a sign e, 1 at first, always `number r = -e u 2^k` and
    /// `number q = e v 2^k` modulo m, and `u q + v r = m`. By the last, r and q are not
    /// above m as long as u and v are not 0.
    pub(super) fn inverse_of(number: &[Word; N], modulus: M) -> Option<Self> {
        let prime = modulus.prime();
        if is_zero(number) || !is_below(number, &prime.m) {
            return None;
        }
        let (mut u, mut v) = (prime.m, *number);
        let (mut r, mut q) = ([0; N], one());
        let (mut k, mut negative) = (0_usize, true);
        while !is_zero(&v) {
            while first(&v) & 1 == 0 {
                let zeros = first(&v).trailing_zeros().min(Word::BITS - 1);
                v = shift_right(&v, 0, zeros);
                r = shift_left(&r, zeros);
                k = k.saturating_add(usize::try_from(zeros).ok()?);
            }
            if is_below(&v, &u) {
                (u, v) = (v, u);
                (r, q) = (q, r);
                negative = !negative;
            }
            (v, _) = subtract(&v, &u);
            (q, _) = add(&q, &r);
        }
        // The greatest common divisor, which is 1: v became 0 as u - u. So the number
        // times r is -e 2^k.
        if u != one() {
            return None;
        }
        if negative {
            (r, _) = subtract(&prime.m, &r);
        }
        // The inverse is r / 2^k. With k, u v became smaller: from less than R^2 to 1, so
        // that 2^k is less than R^2. Below, it is made more than R.
        let bits = prime.bits();
        let missing = bits.saturating_add(1).saturating_sub(k);
        r = doubled(r, &prime.m, missing);
        k = k.saturating_add(missing);
        // r (R^2 / 2^k) / R = (r / 2^k) R
        let power = power_of_two(bits.saturating_mul(2).checked_sub(k)?)?;
        let r = Self::from_montgomery(r, modulus);
        Some(Self::from_montgomery(r.mul_number(&power), modulus))
    }
}

/// `2^exponent`, if it fits.
fn power_of_two<const N: usize>(exponent: usize) -> Option<[Word; N]> {
    let bits = WORD_BYTES * 8;
    let mut number = [0; N];
    *number.get_mut(exponent / bits)? = 1 << (exponent % bits);
    Some(number)
}
