//! Multiplication modulo the prime of P-384, in Montgomery form, for words of 64 bits.

use super::{
    constants::{Field, Numbers, P384},
    field::{Modulus, Prime},
    number::add,
    word::{self, Double, Word, split, widened},
};

/// Words of a number below the prime.
pub(super) const LEN: usize = 6;

pub(super) type Number = [Word; LEN];

/// R minus the prime: 2^128 + 2^96 - 2^32 + 1.
const MISSING: Number = [Word::MAX << 32 | 1, Word::MAX >> 32, 1, 0, 0, 0];

impl Modulus<LEN> for Field<P384> {
    const IS_UNROLLED: bool = true;

    #[inline(always)]
    fn prime(&self) -> &Prime<LEN> {
        const { &Prime::new(P384::P, LEN) }
    }

    #[inline(always)]
    fn multiply(&self, a: &Number, b: &Number) -> Number {
        // Written out: an optimizer for size leaves a loop as it is.
        let (w0, carry) = column(a, b, 0, Sum::default());
        let (w1, carry) = column(a, b, 1, carry);
        let (w2, carry) = column(a, b, 2, carry);
        let (w3, carry) = column(a, b, 3, carry);
        let (w4, carry) = column(a, b, 4, carry);
        let (w5, carry) = column(a, b, 5, carry);
        let (w6, carry) = column(a, b, 6, carry);
        let (w7, carry) = column(a, b, 7, carry);
        let (w8, carry) = column(a, b, 8, carry);
        let (w9, carry) = column(a, b, 9, carry);
        let (w10, carry) = column(a, b, 10, carry);
        reduced([[w0, w1, w2, w3, w4, w5], [w6, w7, w8, w9, w10, carry.low]])
    }

    /// Like `multiply`, but computes the product of two different words once and doubles it.
    #[inline(always)]
    fn square(&self, a: &Number) -> Number {
        let (w0, carry) = square_column(a, 0, Sum::default());
        let (w1, carry) = square_column(a, 1, carry);
        let (w2, carry) = square_column(a, 2, carry);
        let (w3, carry) = square_column(a, 3, carry);
        let (w4, carry) = square_column(a, 4, carry);
        let (w5, carry) = square_column(a, 5, carry);
        let (w6, carry) = square_column(a, 6, carry);
        let (w7, carry) = square_column(a, 7, carry);
        let (w8, carry) = square_column(a, 8, carry);
        let (w9, carry) = square_column(a, 9, carry);
        let (w10, carry) = square_column(a, 10, carry);
        reduced([[w0, w1, w2, w3, w4, w5], [w6, w7, w8, w9, w10, carry.low]])
    }
}

/// A sum of products of words. It is up to three words long.
#[derive(Clone, Copy, Default)]
struct Sum {
    low: Word,
    above: Double,
}

impl Sum {
    #[inline(always)]
    const fn add_product(self, a: Word, b: Word) -> Self {
        let (low, carry) = word::mul_add(a, b, self.low, 0);
        let above = self.above.wrapping_add(widened(carry));
        Self { low, above }
    }

    #[inline(always)]
    const fn add_twice(self, other: Self) -> Self {
        let (low, carry) = word::mul_add(other.low, 2, self.low, 0);
        let above = self.above.wrapping_add(other.above.wrapping_shl(1));
        Self {
            low,
            above: above.wrapping_add(widened(carry)),
        }
    }

    /// Returns the lowest word, and the rest as the carry into the next column.
    #[inline(always)]
    const fn carried(self) -> (Word, Self) {
        let (low, high) = split(self.above);
        let above = widened(high);
        (self.low, Self { low, above })
    }
}

/// Adds `carry` and all `a[i] b[j]` with `i + j == at`. Returns word `at` of the product, and the
/// carry into the next column.
#[inline(always)]
fn column(a: &Number, b: &Number, at: usize, carry: Sum) -> (Word, Sum) {
    type Rest<'n> = (Sum, &'n [Word], &'n [Word]);
    #[inline(always)]
    fn one<'n>((sum, a, b): Rest<'n>) -> Rest<'n> {
        match (a, b) {
            ([a, a_above @ ..], [b_below @ .., b]) => (sum.add_product(*a, *b), a_above, b_below),
            _ => (sum, a, b),
        }
    }
    let rest = one(one(one((carry, factors(a, at), factors(b, at)))));
    one(one(one(rest))).0.carried()
}

/// Like `column`, with `a` for both numbers.
#[inline(always)]
fn square_column(a: &Number, at: usize, carry: Sum) -> (Word, Sum) {
    #[inline(always)]
    fn pair((sum, a): (Sum, &[Word])) -> (Sum, &[Word]) {
        match a {
            [first, between @ .., last] => (sum.add_product(*first, *last), between),
            _ => (sum, a),
        }
    }
    let (pairs, middle) = pair(pair(pair((Sum::default(), factors(a, at)))));
    let sum = carry.add_twice(pairs);
    let sum = match middle {
        [word] => sum.add_product(*word, *word),
        _ => sum,
    };
    sum.carried()
}

/// Returns the words of a number that are multiplied in column `at`. The lowest of them meets the
/// highest of the other number's, and so on.
#[inline(always)]
fn factors(number: &Number, at: usize) -> &[Word] {
    let below = number.get(..at.saturating_add(1)).unwrap_or(number);
    let from = at.saturating_sub(LEN.saturating_sub(1));
    below.get(from..).unwrap_or_default()
}

/// `product / R`, for a product below p R, with p for the prime.
///
/// For each word of the lower half: `t = (t + q p) / 2^64`, with q so that nothing is left
/// over. At last t is `(product + q p) / R`, with all six q in one number below R: less than 2 p.
#[inline(always)]
pub(super) fn reduced(mut product: [Number; 2]) -> Number {
    let (mut t, mut top) = (product.as_flattened_mut(), false);
    (t, top) = reduce_word(t, top);
    (t, top) = reduce_word(t, top);
    (t, top) = reduce_word(t, top);
    (t, top) = reduce_word(t, top);
    (t, top) = reduce_word(t, top);
    (t, top) = reduce_word(t, top);
    let t = t.first_chunk().copied().unwrap_or_default();
    let (less, carry) = add(&t, &MISSING, LEN);
    if top | carry { less } else { t }
}

/// One step of `reduced`. It changes seven words; `top` is the carry into the seventh, and the
/// returned one the carry out of it.
///
/// q p is computed as q R - q (R - p), by shifts instead of products.
#[inline(always)]
fn reduce_word(t: &mut [Word], top: bool) -> (&mut [Word], bool) {
    let [t0, rest @ ..] = t else {
        return (&mut [], top);
    };
    if let [t1, t2, t3, t4, t5, t6, ..] = rest {
        let q = t0.wrapping_add(*t0 << 32);
        let (low, high) = (q << 32, q >> 32);
        // q (R - p), word by word: q - low, low - high, q + high, and the carry. The first is t0,
        // which becomes zero. q + high is not zero where the second borrows.
        let (_, borrow) = word::subtract(q, low, false);
        let (second, borrow) = word::subtract(low, high, borrow);
        let (third, carry) = word::add(q, high, false);
        let (third, _) = word::subtract(third, 0, borrow);
        let fourth = Word::from(carry);

        let mut borrow = false;
        (*t1, borrow) = word::subtract(*t1, second, borrow);
        (*t2, borrow) = word::subtract(*t2, third, borrow);
        (*t3, borrow) = word::subtract(*t3, fourth, borrow);
        (*t4, borrow) = word::subtract(*t4, 0, borrow);
        (*t5, borrow) = word::subtract(*t5, 0, borrow);
        let (sum, carry) = word::add(*t6, q, top);
        (*t6, borrow) = word::subtract(sum, 0, borrow);
        return (rest, carry & !borrow);
    }
    (rest, top)
}
