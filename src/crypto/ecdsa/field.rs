//! Arithmetic modulo a prime, by Montgomery: with R for what N words cannot hold
//! any more, 2^(their bits), the number `a` is kept as `a R mod m`.
//!
//! All of it is public, so the time may depend on the values. Most of it is
//! `const`: the constants of the curves are brought into this form by the same code.

use core::marker::PhantomData;

use super::{
    number::{add, first, is_below, is_zero, masked, shift_left, shift_right, subtract},
    word::{self, WORD_BYTES, Word},
};

/// An odd prime as a type, so that it is a constant where it is used.
pub(super) trait Modulus<const N: usize>: Copy + Eq + 'static {
    /// The prime.
    const M: [Word; N];
    /// `-1 / m`, as a word.
    const NEGATED_INVERSE: Word = negated_inverse(first(&Self::M));
    /// Bits of N words: R is 2 to the power of them.
    const BITS: usize = N.saturating_mul(WORD_BYTES).saturating_mul(8);
    /// `R mod m`
    const R: [Word; N] = doubled(one(), &Self::M, Self::BITS);
    /// `R^2 mod m`
    const R_SQUARED: [Word; N] = doubled(Self::R, &Self::M, Self::BITS);
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

/// A number modulo `M`, always below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Residue<M, const N: usize> {
    /// The number times R.
    words: [Word; N],
    modulus: PhantomData<M>,
}

impl<M: Modulus<N>, const N: usize> Residue<M, N> {
    pub(super) const ZERO: Self = Self::from_montgomery([0; N]);
    pub(super) const ONE: Self = Self::from_montgomery(M::R);

    /// The number, which may be any of N words.
    pub(super) const fn new(number: &[Word; N]) -> Self {
        Self::from_montgomery(Self::from_montgomery(M::R_SQUARED).mul_number(number))
    }

    /// The number, if it is below the modulus.
    pub(super) fn checked(number: &[Word; N]) -> Option<Self> {
        is_below(number, &M::M).then(|| Self::new(number))
    }

    /// The number that these words stand for.
    pub(super) const fn from_montgomery(words: [Word; N]) -> Self {
        let modulus = PhantomData;
        Self { words, modulus }
    }

    #[inline]
    pub(super) fn is_zero(&self) -> bool {
        is_zero(&self.words)
    }

    #[inline]
    pub(super) const fn add(&self, other: &Self) -> Self {
        let (sum, carry) = add(&self.words, &other.words);
        Self::from_montgomery(reduced(sum, carry, &M::M))
    }

    #[inline]
    pub(super) const fn double(&self) -> Self {
        self.add(self)
    }

    #[inline]
    pub(super) const fn sub(&self, other: &Self) -> Self {
        let (difference, borrow) = subtract(&self.words, &other.words);
        // What is below zero came out R too large, and so does the sum.
        let (words, _) = add(&difference, &masked(&M::M, borrow));
        Self::from_montgomery(words)
    }

    /// The number divided by 2: if it is odd, `m` more of it is even.
    #[inline]
    pub(super) const fn half(&self) -> Self {
        let odd = first(&self.words) & 1 == 1;
        let (even, carry) = add(&self.words, &masked(&M::M, odd));
        Self::from_montgomery(shift_right(&even, if carry { 1 } else { 0 }, 1))
    }

    #[inline]
    pub(super) const fn square(&self) -> Self {
        self.mul(self)
    }

    #[inline]
    pub(super) const fn mul(&self, other: &Self) -> Self {
        Self::from_montgomery(self.mul_number(&other.words))
    }

    /// `a b / R mod m`, where `a R` is not the number but the words that are kept:
    /// the product with a plain number, which is plain itself.
    ///
    /// For each word b of the number: `t = (t + a b + q m) / B`, with B for what a
    /// word cannot hold any more and with q so that nothing is left over. From
    /// t < 2 m, a < m and b, q < B follows
    /// t + a b + q m <= 2 m - 1 + (m - 1 + m) (B - 1) < 2 m B,
    /// so that t stays below 2 m. Its last bit is in `top`.
    pub(super) const fn mul_number(&self, number: &[Word; N]) -> [Word; N] {
        let (mut t, mut top) = ([0; N], false);
        let mut factors: &[Word] = number;
        while let [b, others @ ..] = factors {
            top = self.mul_row(&mut t, top, *b);
            factors = others;
        }
        reduced(t, top, &M::M)
    }

    /// One step of this, both products at once; gives the new `top`.
    #[inline(always)]
    const fn mul_row(&self, t: &mut [Word; N], top: bool, b: Word) -> bool {
        let mut rest: &mut [Word] = t;
        let ([a, a_above @ ..], [m, m_above @ ..]): (&[Word], &[Word]) = (&self.words, &M::M)
        else {
            return false;
        };
        let (sum, mut carry) = word::mul_add(*a, b, first(rest), 0);
        let q = sum.wrapping_mul(M::NEGATED_INVERSE);
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
        if let Some((last, _)) = t.split_last_mut() {
            (*last, above) = word::add(carry, q_carry, top);
        }
        above
    }

    /// `1 / number`, by Euclid's algorithm in binary steps (Kaliski, The Montgomery
    /// Inverse and Its Applications); `None` for 0 and for what is not below `m`.
    ///
    /// With a sign e, 1 at first, always `number r = -e u 2^k` and
    /// `number q = e v 2^k` modulo m, and `u q + v r = m`. By the last, r and q are not
    /// above m as long as u and v are not 0.
    pub(super) fn inverse_of(number: &[Word; N]) -> Option<Self> {
        if is_zero(number) || !is_below(number, &M::M) {
            return None;
        }
        let (mut u, mut v) = (M::M, *number);
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
            (r, _) = subtract(&M::M, &r);
        }
        // The inverse is r / 2^k. With k, u v became smaller: from less than R^2 to 1, so
        // that 2^k is less than R^2. Below, it is made more than R.
        let missing = M::BITS.saturating_add(1).saturating_sub(k);
        r = doubled(r, &M::M, missing);
        k = k.saturating_add(missing);
        // r (R^2 / 2^k) / R = (r / 2^k) R
        let power = power_of_two(M::BITS.saturating_mul(2).checked_sub(k)?)?;
        Some(Self::from_montgomery(
            Self::from_montgomery(r).mul_number(&power),
        ))
    }
}

/// `2^exponent`, if it fits.
fn power_of_two<const N: usize>(exponent: usize) -> Option<[Word; N]> {
    let bits = WORD_BYTES * 8;
    let mut number = [0; N];
    *number.get_mut(exponent / bits)? = 1 << (exponent % bits);
    Some(number)
}
