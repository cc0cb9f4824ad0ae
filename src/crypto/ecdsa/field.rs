//! Arithmetic modulo a prime, by Montgomery: with R for what the prime's words cannot
//! hold any more, 2^(their bits), the number `a` is kept as `a R mod m`.
//!
//! All of it is public, so the time may depend on the values.

use super::{
    number::{
        add, add_to, first, is_below, is_zero, masked, shift_left, shift_right, subtract,
        subtract_from,
    },
    word::{self, IS_UNROLLED, WORD_BYTES, Word},
};

/// An odd prime, and what follows from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prime<const N: usize> {
    pub(super) m: [Word; N],
    /// How many words R takes: `m` has no more. What is above them is always zero.
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
        let r = doubled(one(), &m, bits, len);
        Self {
            m,
            len,
            negated_inverse: negated_inverse(first(&m)),
            r,
            r_squared: doubled(r, &m, bits, len),
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
    fn mul(&self, a: &[Word; N], b: &[Word; N], is_unrolled: bool) -> [Word; N] {
        let (mut t, mut top) = ([0; N], false);
        let mut rest = b.get(..self.len).unwrap_or_default();
        if is_unrolled {
            // Written out: an optimizer for size leaves a loop as it is.
            (rest, top) = self.mul_four_rows(&mut t, top, a, rest);
            (rest, top) = self.mul_four_rows(&mut t, top, a, rest);
            (rest, top) = self.mul_row(&mut t, top, a, rest, true);
            (rest, top) = self.mul_row(&mut t, top, a, rest, true);
        }
        while !rest.is_empty() {
            (rest, top) = self.mul_row(&mut t, top, a, rest, is_unrolled);
        }
        reduce(&mut t, top, &self.m, self.len);
        t
    }

    /// Four steps of this, if there are so many words of b.
    #[inline(always)]
    fn mul_four_rows<'b>(
        &self,
        t: &mut [Word; N],
        top: bool,
        a: &[Word; N],
        b: &'b [Word],
    ) -> (&'b [Word], bool) {
        if b.len() < 4 {
            return (b, top);
        }
        let (b, top) = self.mul_row(t, top, a, b, true);
        let (b, top) = self.mul_row(t, top, a, b, true);
        let (b, top) = self.mul_row(t, top, a, b, true);
        self.mul_row(t, top, a, b, true)
    }

    /// One step of this, if there is a word of b, both products at once; gives the other
    /// words and the new `top`.
    #[inline(always)]
    fn mul_row<'b>(
        &self,
        t: &mut [Word; N],
        top: bool,
        a: &[Word; N],
        b: &'b [Word],
        is_unrolled: bool,
    ) -> (&'b [Word], bool) {
        let len = ..self.len;
        let ([b, above @ ..], Some(a), Some(m), Some(t)) =
            (b, a.get(len), self.m.get(len), t.get_mut(len))
        else {
            return (b, top);
        };
        let (sum, carry) = word::mul_add(first(a), *b, first(t), 0);
        let mut row = Row {
            b: *b,
            q: sum.wrapping_mul(self.negated_inverse),
            carry: 0,
            q_carry: 0,
            are_ones: false,
        };
        // The lowest word becomes zero and goes: each sum goes to the word below.
        let mut none = 0;
        let mut rest = (a, m, &mut none, t);
        if is_unrolled {
            row.carry = carry;
            row.are_ones = first(m) == Word::MAX;
            row.q_carry = match row.are_ones {
                true => row.q,
                false => word::mul_add(row.q, first(m), sum, 0).1,
            };
            rest = above_first(rest);
            // Written out: an optimizer for size leaves a loop as it is.
            rest = row.four(rest);
            rest = row.four(rest);
            rest = row.one(rest);
            rest = row.one(rest);
            rest = row.one(rest);
        } else {
            rest = row.all(rest);
        }
        let (_, _, last, _) = rest;
        let is_carried;
        (*last, is_carried) = word::add(row.carry, row.q_carry, top);
        (above, is_carried)
    }
}

/// The remaining words of `a`, of `m` and of `t`. Before those of `t` comes the word just below
/// them, where the next sum is written.
type Rest<'r> = (&'r [Word], &'r [Word], &'r mut Word, &'r mut [Word]);

#[inline(always)]
fn above_first(rest: Rest<'_>) -> Rest<'_> {
    match rest {
        ([_, a @ ..], [_, m @ ..], _, [below, t @ ..]) => (a, m, below, t),
        rest => rest,
    }
}

/// The factors of a row, and what is carried to its next word.
struct Row {
    b: Word,
    q: Word,
    carry: Word,
    q_carry: Word,
    /// Whether each word of m so far is B - 1. Then q is the lowest word of t + a b, and
    /// q m takes it away, leaves the words above as they are, and carries q.
    are_ones: bool,
}

impl Row {
    #[inline(always)]
    fn four<'r>(&mut self, rest: Rest<'r>) -> Rest<'r> {
        if rest.0.len() < 4 {
            return rest;
        }
        let rest = self.one(rest);
        let rest = self.one(rest);
        let rest = self.one(rest);
        self.one(rest)
    }

    #[inline(always)]
    fn all<'r>(&mut self, (a, m, mut below, t): Rest<'r>) -> Rest<'r> {
        let ((a, a_rest), (m, m_rest)) = (a.as_chunks::<4>(), m.as_chunks::<4>());
        let (t, t_rest) = t.as_chunks_mut::<4>();
        for ((a, m), t) in a.iter().zip(m).zip(t) {
            (_, _, below, _) = self.four((a, m, below, t));
        }
        for ((a, m), t) in a_rest.iter().zip(m_rest).zip(t_rest) {
            *below = self.next(*a, *m, *t);
            below = t;
        }
        (&[], &[], below, &mut [])
    }

    /// `a b + m q + t` with the carries, of one word.
    #[inline(always)]
    fn one<'r>(&mut self, rest: Rest<'r>) -> Rest<'r> {
        match rest {
            ([a, a_above @ ..], [m, m_above @ ..], below, [t, t_above @ ..]) => {
                *below = self.next(*a, *m, *t);
                (a_above, m_above, t, t_above)
            }
            // There is none.
            (_, _, below, t) => (&[], &[], below, t),
        }
    }

    /// `a b + m q + t` with the carries.
    #[inline(always)]
    fn next(&mut self, a: Word, m: Word, t: Word) -> Word {
        let sum;
        (sum, self.carry) = word::mul_add(a, self.b, t, self.carry);
        self.are_ones &= m == Word::MAX;
        if self.are_ones {
            return sum;
        }
        let sum_of_both;
        (sum_of_both, self.q_carry) = word::mul_add(self.q, m, sum, self.q_carry);
        sum_of_both
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
    len: usize,
) -> [Word; N] {
    while times > 0 {
        let same = number;
        let carry = add_to(&mut number, &same, len);
        reduce(&mut number, carry, m, len);
        times = times.saturating_sub(1);
    }
    number
}

/// Reduces `carry R + number`, which is below `2 m`, modulo `m`. R takes `len` words.
#[inline(always)]
const fn reduce<const N: usize>(number: &mut [Word; N], carry: bool, m: &[Word; N], len: usize) {
    if IS_UNROLLED {
        let (less, borrow) = subtract(number, m, len);
        if carry | !borrow {
            *number = less;
        }
    } else if carry || !is_below(number, m) {
        // Without copies, of which those of long numbers take longer than to compare.
        subtract_from(number, m, len);
    }
}

/// Which prime: a type without a value, so that the prime is a constant where it is
/// used and the code is fast, or a reference, so that one code serves all primes.
///
/// Residues are kept in an internal form, which the functions compute with: `a R mod m`, unless a
/// prime has a faster one.
pub(super) trait Modulus<const N: usize>: Copy {
    /// Whether a product is written out row by row.
    const IS_UNROLLED: bool;
    fn prime(&self) -> &Prime<N>;

    /// Converts from Montgomery form, `a R mod m`, to the internal form.
    #[inline(always)]
    fn keep_montgomery(&self, words: &[Word; N]) -> [Word; N] {
        *words
    }

    /// Converts a plain number below the modulus to the internal form.
    #[inline(always)]
    fn keep_number(&self, number: &[Word; N]) -> [Word; N] {
        Residue::kept(self.prime().r_squared, *self).mul_words(number)
    }

    /// Multiplies by a plain number, which may have as many words as R and need not be below the
    /// modulus. The result is a plain number too: `a R` times the number, divided by R.
    #[inline(always)]
    fn mul_number(&self, a: &[Word; N], number: &[Word; N]) -> [Word; N] {
        Residue::kept(*a, *self).mul_words(number)
    }

    #[inline(always)]
    fn is_zero(&self, a: &[Word; N]) -> bool {
        is_zero(a)
    }

    #[inline(always)]
    fn are_equal(&self, a: &[Word; N], b: &[Word; N]) -> bool {
        a == b
    }

    #[inline(always)]
    fn add(&self, a: &[Word; N], b: &[Word; N]) -> [Word; N] {
        let Prime { m, len, .. } = self.prime();
        let mut sum = *a;
        let carry = add_to(&mut sum, b, *len);
        reduce(&mut sum, carry, m, *len);
        sum
    }

    #[inline(always)]
    fn sub(&self, a: &[Word; N], b: &[Word; N]) -> [Word; N] {
        let mut difference = *a;
        let borrow = subtract_from(&mut difference, b, self.prime().len);
        // What is below zero came out too large by R, and so does the sum.
        self.add_modulus(&mut difference, borrow);
        difference
    }

    /// The number divided by 2: if it is odd, `m` more of it is even.
    #[inline(always)]
    fn half(&self, a: &[Word; N]) -> [Word; N] {
        let mut even = *a;
        let carry = self.add_modulus(&mut even, first(a) & 1 == 1);
        shift_right(&even, carry.into(), 1, self.prime().len)
    }

    /// `a += m` if `is_wanted`; gives the carry.
    #[inline(always)]
    fn add_modulus(&self, a: &mut [Word; N], is_wanted: bool) -> bool {
        let Prime { m, len, .. } = self.prime();
        match Self::IS_UNROLLED {
            // A jump that is not foreseen takes longer than the addition.
            true => add_to(a, &masked(m, is_wanted), *len),
            false => is_wanted && add_to(a, m, *len),
        }
    }

    #[inline(always)]
    fn multiply(&self, a: &[Word; N], b: &[Word; N]) -> [Word; N] {
        self.prime().mul(a, b, Self::IS_UNROLLED)
    }

    #[inline(always)]
    fn square(&self, a: &[Word; N]) -> [Word; N] {
        self.multiply(a, a)
    }
}

impl<const N: usize> Modulus<N> for &Prime<N> {
    const IS_UNROLLED: bool = false;

    #[inline(always)]
    fn prime(&self) -> &Prime<N> {
        self
    }
}

/// A number modulo a prime.
#[derive(Debug, Clone, Copy)]
pub(super) struct Residue<M, const N: usize> {
    /// The internal form of the modulus.
    words: [Word; N],
    modulus: M,
}

/// Of two numbers modulo the same prime.
impl<M: Modulus<N>, const N: usize> PartialEq for Residue<M, N> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.modulus.are_equal(&self.words, &other.words)
    }
}

impl<M, const N: usize> Residue<M, N> {
    /// The residue with this internal form.
    pub(super) const fn kept(words: [Word; N], modulus: M) -> Self {
        Self { words, modulus }
    }
}

impl<M: Modulus<N>, const N: usize> Residue<M, N> {
    pub(super) fn zero(modulus: M) -> Self {
        Self::kept([0; N], modulus)
    }

    pub(super) fn one(modulus: M) -> Self {
        Self::from_montgomery(&modulus.prime().r, modulus)
    }

    /// The number, if it is below the modulus.
    pub(super) fn checked(number: &[Word; N], modulus: M) -> Option<Self> {
        is_below(number, &modulus.prime().m)
            .then(|| Self::kept(modulus.keep_number(number), modulus))
    }

    /// The residue with this Montgomery form, `a R mod m`.
    pub(super) fn from_montgomery(words: &[Word; N], modulus: M) -> Self {
        Self::kept(modulus.keep_montgomery(words), modulus)
    }

    pub(super) const fn modulus(&self) -> M {
        self.modulus
    }

    #[inline]
    pub(super) fn is_zero(&self) -> bool {
        self.modulus.is_zero(&self.words)
    }

    #[inline]
    pub(super) fn add(&self, other: &Self) -> Self {
        Self::kept(self.modulus.add(&self.words, &other.words), self.modulus)
    }

    #[inline]
    pub(super) fn sub(&self, other: &Self) -> Self {
        Self::kept(self.modulus.sub(&self.words, &other.words), self.modulus)
    }

    #[inline]
    pub(super) fn negated(&self) -> Self {
        Self::zero(self.modulus).sub(self)
    }

    #[inline]
    pub(super) fn half(&self) -> Self {
        Self::kept(self.modulus.half(&self.words), self.modulus)
    }

    /// Whether a product is a part of the functions that want it: to store short factors and load
    /// the product takes a tenth of the time. Longer ones would make those functions too long.
    const IS_INLINE: bool = M::IS_UNROLLED && N.saturating_mul(WORD_BYTES) <= 32;

    #[inline(always)]
    pub(super) fn square(&self) -> Self {
        let words = match M::IS_UNROLLED {
            true if Self::IS_INLINE => self.modulus.square(&self.words),
            true => self.square_apart(),
            // The same code for products and squares.
            false => self.mul_apart(&self.words),
        };
        Self::kept(words, self.modulus)
    }

    #[inline(never)]
    fn square_apart(&self) -> [Word; N] {
        self.modulus.square(&self.words)
    }

    #[inline(always)]
    pub(super) fn mul(&self, other: &Self) -> Self {
        Self::kept(self.mul_words(&other.words), self.modulus)
    }

    #[inline(always)]
    fn mul_words(&self, other: &[Word; N]) -> [Word; N] {
        match Self::IS_INLINE {
            true => self.modulus.multiply(&self.words, other),
            false => self.mul_apart(other),
        }
    }

    #[inline(never)]
    fn mul_apart(&self, other: &[Word; N]) -> [Word; N] {
        self.modulus.multiply(&self.words, other)
    }

    /// Multiplies by a plain number. The result is one too: see `Modulus::mul_number`.
    #[inline]
    pub(super) fn mul_number(&self, number: &[Word; N]) -> [Word; N] {
        self.modulus.mul_number(&self.words, number)
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
                v = shift_right(&v, 0, zeros, prime.len);
                r = shift_left(&r, zeros, prime.len);
                k = k.saturating_add(usize::try_from(zeros).ok()?);
            }
            if is_below(&v, &u) {
                (u, v) = (v, u);
                (r, q) = (q, r);
                negative = !negative;
            }
            (v, _) = subtract(&v, &u, prime.len);
            (q, _) = add(&q, &r, prime.len);
        }
        // The greatest common divisor, which is 1: v became 0 as u - u. So the number
        // times r is -e 2^k.
        if u != one() {
            return None;
        }
        if negative {
            (r, _) = subtract(&prime.m, &r, prime.len);
        }
        // The inverse is r / 2^k. With k, u v became smaller: from less than R^2 to 1, so
        // that 2^k is less than R^2. Below, it is made more than R.
        let bits = prime.bits();
        let missing = bits.saturating_add(1).saturating_sub(k);
        r = doubled(r, &prime.m, missing, prime.len);
        k = k.saturating_add(missing);
        // r (R^2 / 2^k) / R = (r / 2^k) R
        let power = power_of_two(bits.saturating_mul(2).checked_sub(k)?)?;
        let r = Self::from_montgomery(&r, modulus);
        Some(Self::from_montgomery(&r.mul_number(&power), modulus))
    }
}

/// `2^exponent`, if it fits.
fn power_of_two<const N: usize>(exponent: usize) -> Option<[Word; N]> {
    let bits = WORD_BYTES * 8;
    let mut number = [0; N];
    *number.get_mut(exponent / bits)? = 1 << (exponent % bits);
    Some(number)
}
