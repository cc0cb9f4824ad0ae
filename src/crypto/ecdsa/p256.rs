//! Arithmetic modulo the prime of P-256, in Montgomery form, for words of 64 bits.
//!
//! Numbers below R, which is 2^256, need not be below the prime: every function accepts such
//! numbers and returns such. That saves a comparison behind each sum and each product.

use super::{
    constants::{Field, Numbers, P256},
    field::{Modulus, Prime},
    number::{add, first, is_zero, masked, subtract},
    word::{self, Word},
};

/// Words of a number below R.
pub(super) const LEN: usize = 4;

pub(super) type Number = [Word; LEN];

impl Modulus<LEN> for Field<P256> {
    const IS_UNROLLED: bool = true;

    #[inline(always)]
    fn prime(&self) -> &Prime<LEN> {
        const { &Prime::new(P256::P, LEN) }
    }

    #[inline(always)]
    fn mul_number(&self, a: &Number, number: &Number) -> Number {
        below_prime(&self.multiply(a, number))
    }

    #[inline(always)]
    fn is_zero(&self, a: &Number) -> bool {
        // One word says no as a rule, without vectors, which have to wait for all words.
        is_zero(a) || (first(a) == Word::MAX && *a == P256::P)
    }

    #[inline(always)]
    fn are_equal(&self, a: &Number, b: &Number) -> bool {
        self.is_zero(&self.sub(a, b))
    }

    #[inline(always)]
    fn add(&self, a: &Number, b: &Number) -> Number {
        let (sum, carry) = add(a, b, LEN);
        let (less, borrow) = subtract(&sum, &masked(&P256::P, carry), LEN);
        // In one comparison: a jump on the carry alone would not be foreseen.
        if carry == borrow {
            return less;
        }
        // Both numbers were above the prime.
        subtract(&less, &P256::P, LEN).0
    }

    #[inline(always)]
    fn sub(&self, a: &Number, b: &Number) -> Number {
        let (difference, borrow) = subtract(a, b, LEN);
        let (more, carry) = add(&difference, &masked(&P256::P, borrow), LEN);
        if borrow == carry {
            return more;
        }
        // b was above the prime.
        add(&more, &P256::P, LEN).0
    }

    #[inline(always)]
    fn multiply(&self, a: &Number, [b0, b1, b2, b3]: &Number) -> Number {
        let (w0, above) = add_product([0; LEN], a, *b0);
        let (w1, above) = add_product(above, a, *b1);
        let (w2, above) = add_product(above, a, *b2);
        let (w3, above) = add_product(above, a, *b3);
        reduced([[w0, w1, w2, w3], above])
    }

    /// Like `multiply`, but computes the product of two different words once and doubles it.
    #[inline(always)]
    fn square(&self, [a0, a1, a2, a3]: &Number) -> Number {
        let (w1, carry) = word::mul_add(*a0, *a1, 0, 0);
        let (w2, carry) = word::mul_add(*a0, *a2, carry, 0);
        let (w3, w4) = word::mul_add(*a0, *a3, carry, 0);
        let (w3, carry) = word::mul_add(*a1, *a2, w3, 0);
        let (w4, w5) = word::mul_add(*a1, *a3, w4, carry);
        let (w5, w6) = word::mul_add(*a2, *a3, w5, 0);
        let products = [0, w1, w2, w3, w4, w5, w6, 0];

        let (w0, w1) = word::mul_add(*a0, *a0, 0, 0);
        let (w2, w3) = word::mul_add(*a1, *a1, 0, 0);
        let (w4, w5) = word::mul_add(*a2, *a2, 0, 0);
        let (w6, w7) = word::mul_add(*a3, *a3, 0, 0);
        let squares = [w0, w1, w2, w3, w4, w5, w6, w7];

        let (twice, _) = add(&products, &products, 2 * LEN);
        let ([w0, w1, w2, w3, w4, w5, w6, w7], _) = add(&squares, &twice, 2 * LEN);
        reduced([[w0, w1, w2, w3], [w4, w5, w6, w7]])
    }
}

/// `t + a b`: the lowest word, and those above it.
#[inline(always)]
fn add_product([t0, t1, t2, t3]: Number, [a0, a1, a2, a3]: &Number, b: Word) -> (Word, Number) {
    let (t0, carry) = word::mul_add(*a0, b, t0, 0);
    let (t1, carry) = word::mul_add(*a1, b, t1, carry);
    let (t2, carry) = word::mul_add(*a2, b, t2, carry);
    let (t3, t4) = word::mul_add(*a3, b, t3, carry);
    (t0, [t1, t2, t3, t4])
}

/// The number modulo the prime, of which it is less than twice.
#[inline(always)]
fn below_prime(number: &Number) -> Number {
    let (less, borrow) = subtract(number, &P256::P, LEN);
    if borrow { *number } else { less }
}

/// `product / R`, for the product of two numbers below R.
///
/// The sum of this product and q p is a multiple of R for some q below R. It is less than
/// R R + R p, and so what is left of it is less than R + p.
#[inline(always)]
pub(super) fn reduced([low, high]: [Number; 2]) -> Number {
    let low = reduce_word(reduce_word(reduce_word(reduce_word(low))));
    let (sum, carry) = add(&low, &high, LEN);
    subtract(&sum, &masked(&P256::P, carry), LEN).0
}

/// `(t + q p) / 2^64`, with q so that nothing is left over: the lowest word of t. That is below R.
///
/// p is 2^256 - 2^224 + 2^192 + 2^96 - 1. The last term takes the lowest word away, 2^96 are shifts,
/// and what is above is a product with the highest word of p.
#[inline(always)]
fn reduce_word([q, t1, t2, t3]: Number) -> Number {
    let (low, high) = (q << 32, q >> 32);
    let (t1, carry) = word::add(t1, low, false);
    let (t2, carry) = word::add(t2, high, carry);
    let [.., highest] = P256::P;
    let (first, second) = word::mul_add(q, highest, 0, 0);
    let (t3, carry) = word::add(t3, first, carry);
    let (t4, _) = word::add(second, 0, carry);
    [t1, t2, t3, t4]
}
