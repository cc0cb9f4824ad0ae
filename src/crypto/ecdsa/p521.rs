//! Arithmetic modulo the prime of P-521, p = 2^521 - 1, with words of 64 bits.
//!
//! A number is nine limbs of 58 bits, so that sums of limbs do not overflow a word, and columns of
//! products fit in two. 2^522 is 2 modulo p, so the carry out of the highest limb is doubled and
//! added to the lowest. Limbs may exceed 58 bits, up to 2^58 + 2^6, and numbers may exceed p:
//! every function accepts such numbers and returns such.

use super::{
    constants::{Field, Numbers, P521},
    field::{Modulus, Prime},
    number::{self, is_below, masked},
    word::{Double, Word, split, widened},
};

/// How many limbs a number has, and how many words one that is not in limbs.
pub(super) const LEN: usize = 9;

pub(super) type Number = [Word; LEN];

const LIMB_BITS: u32 = 58;
const BITS: u32 = 521;

/// The largest value of 58 bits.
pub(super) const LIMB: Word = (1 << LIMB_BITS) - 1;
/// The largest value of the highest limb below p.
const HIGHEST: Word = LIMB >> 1;
/// The lowest limb of 2 p.
const TWICE_P: Word = LIMB - 1;

/// p, in limbs.
pub(super) const P_LIMBS: Number = {
    let mut p = [LIMB; LEN];
    let [.., highest] = &mut p;
    *highest = HIGHEST;
    p
};

impl Modulus<LEN> for Field<P521> {
    const IS_UNROLLED: bool = true;

    #[inline(always)]
    fn prime(&self) -> &Prime<LEN> {
        const { &Prime::new(P521::P, LEN) }
    }

    fn keep_montgomery(&self, words: &Number) -> Number {
        from_montgomery(words)
    }

    fn keep_number(&self, number: &Number) -> Number {
        from_words(number)
    }

    fn mul_number(&self, a: &Number, number: &Number) -> Number {
        to_words(&self.multiply(a, &from_words(number)))
    }

    fn is_zero(&self, a: &Number) -> bool {
        // Zero is 0, p or 2 p; limbs have no room for 3 p. Most other numbers differ in the lowest
        // limb already.
        let [lowest, ..] = a;
        matches!(*lowest & LIMB, 0 | LIMB | TWICE_P) && number::is_zero(&to_words(a))
    }

    fn are_equal(&self, a: &Number, b: &Number) -> bool {
        to_words(a) == to_words(b)
    }

    fn add(&self, a: &Number, b: &Number) -> Number {
        carried(&each(|at| limb(a, at).wrapping_add(limb(b, at))))
    }

    fn sub(&self, a: &Number, b: &Number) -> Number {
        carried(&each(|at| {
            // Adds 4 p, so that no limb becomes negative.
            let more = limb(&P_LIMBS, at).wrapping_mul(4);
            limb(a, at).wrapping_add(more).wrapping_sub(limb(b, at))
        }))
    }

    fn half(&self, a: &Number) -> Number {
        let p = masked(&P_LIMBS, number::first(a) & 1 == 1);
        let even = each(|at| limb(a, at).wrapping_add(limb(&p, at)));
        carried(&each(|at| {
            let above = limb(&even, at.saturating_add(1)) & 1;
            (limb(&even, at) >> 1).wrapping_add(above << (LIMB_BITS - 1))
        }))
    }

    /// Multiplies both numbers by 8 first, so that the product is 64 times as large: then the low
    /// word of a column ends with its limb, and the high word is the carry. A column is a sum of at
    /// most 17 products, counting those that wrap twice: below 17 (2^61 + 2^9)^2, 2^127.
    #[inline(always)]
    fn multiply(&self, a: &Number, b: &Number) -> Number {
        let (a, b) = (times(a, 8), times(b, 8));
        let twice = times(&b, 2);
        product([
            column(&a, &b, &twice, 0),
            column(&a, &b, &twice, 1),
            column(&a, &b, &twice, 2),
            column(&a, &b, &twice, 3),
            column(&a, &b, &twice, 4),
            column(&a, &b, &twice, 5),
            column(&a, &b, &twice, 6),
            column(&a, &b, &twice, 7),
            column(&a, &b, &twice, 8),
        ])
    }

    /// Like `multiply`, but computes the product of two different limbs once and doubles it.
    #[inline(always)]
    fn square(&self, a: &Number) -> Number {
        let a = times(a, 8);
        let twice = times(&a, 2);
        product([
            square_column(&a, &twice, 0),
            square_column(&a, &twice, 1),
            square_column(&a, &twice, 2),
            square_column(&a, &twice, 3),
            square_column(&a, &twice, 4),
            square_column(&a, &twice, 5),
            square_column(&a, &twice, 6),
            square_column(&a, &twice, 7),
            square_column(&a, &twice, 8),
        ])
    }
}

/// Converts a number below p from Montgomery form. Dividing by R, 2^576, is dividing by 2^55
/// modulo p: a rotation of the 521 bits.
pub(super) const fn from_montgomery(words: &Number) -> Number {
    limbs_from(words, 55)
}

/// Converts the points of a table from Montgomery form.
pub(super) const fn kept<const N: usize>(mut points: [[Number; 2]; N]) -> [[Number; 2]; N] {
    let mut rest: &mut [_] = &mut points;
    while let [[x, y], others @ ..] = rest {
        (*x, *y) = (from_montgomery(x), from_montgomery(y));
        rest = others;
    }
    points
}

/// Converts a number of at most 576 bits from words to limbs.
pub(super) fn from_words(words: &Number) -> Number {
    let [lowest, rest @ ..] = limbs_from(words, 0);
    let [.., above] = words;
    let [a, b, c, d, e, f, g, h] = rest;
    carried(&[lowest.wrapping_add(above >> 9), a, b, c, d, e, f, g, h])
}

/// Rotates the lowest 521 bits right by `place`, and splits them into limbs.
const fn limbs_from(words: &Number, mut place: u32) -> Number {
    let mut limbs = [0; LEN];
    let mut rest: &mut [Word] = &mut limbs;
    while let [limb, above @ ..] = rest {
        let mask = if above.is_empty() { HIGHEST } else { LIMB };
        *limb = word_from(words, place);
        let left = BITS.saturating_sub(place);
        if left < LIMB_BITS {
            *limb =
                (*limb & !Word::MAX.wrapping_shl(left)) | word_from(words, 0).wrapping_shl(left);
        }
        *limb &= mask;
        place = place.saturating_add(LIMB_BITS) % BITS;
        rest = above;
    }
    limbs
}

/// Returns the 64 bits that start at bit `place`.
const fn word_from(words: &Number, place: u32) -> Word {
    let (mut words, mut place): (&[Word], _) = (words, place);
    while let ([_, above @ ..], Word::BITS..) = (words, place) {
        (words, place) = (above, place.saturating_sub(Word::BITS));
    }
    match words {
        [word, above, ..] if place > 0 => {
            word.wrapping_shr(place) | above.wrapping_shl(Word::BITS.saturating_sub(place))
        }
        [word, ..] => word.wrapping_shr(place),
        [] => 0,
    }
}

/// Converts a number to words, reduced below p.
pub(super) fn to_words(number: &Number) -> Number {
    let (mut words, mut limbs) = ([0; LEN], number.iter());
    // The limbs that were read and not yet written to a word, and how many bits they have.
    let (mut above, mut bits) = (0, 0_u32);
    for word in &mut words {
        while bits < Word::BITS
            && let Some(limb) = limbs.next()
        {
            above = widened(*limb).wrapping_shl(bits).wrapping_add(above);
            bits = bits.saturating_add(LIMB_BITS);
        }
        let high;
        (*word, high) = split(above);
        above = widened(high);
        bits = bits.saturating_sub(Word::BITS);
    }
    // 2^521 is 1 modulo p. It is in the number at most twice.
    let [.., highest] = &mut words;
    let mut above = [0; LEN];
    let [lowest, ..] = &mut above;
    *lowest = *highest >> 9;
    *highest &= 0x1ff;
    let (words, _) = number::add(&words, &above, LEN);
    match is_below(&words, &P521::P) {
        true => words,
        false => number::subtract(&words, &P521::P, LEN).0,
    }
}

/// Makes a number by computing each limb. This is not a loop, because an optimizer for size would
/// leave it as one.
#[inline(always)]
fn each(limb: impl Fn(usize) -> Word) -> Number {
    [
        limb(0),
        limb(1),
        limb(2),
        limb(3),
        limb(4),
        limb(5),
        limb(6),
        limb(7),
        limb(8),
    ]
}

/// Returns limb `at`, or 0 if there is none.
#[inline(always)]
fn limb(number: &Number, at: usize) -> Word {
    number.get(at).copied().unwrap_or(0)
}

/// Carries from each limb to the next once, after which limbs of any size are within their bounds.
#[inline(always)]
pub(super) fn carried(number: &Number) -> Number {
    each(|at| (limb(number, at) & LIMB).wrapping_add(below(number, at, LIMB_BITS)))
}

/// Returns the carry into limb `at`: the limb below it without its lowest `bits`. The lowest limb
/// gets that of the highest, doubled.
#[inline(always)]
fn below(number: &Number, at: usize, bits: u32) -> Word {
    match at.checked_sub(1) {
        Some(below) => limb(number, below).wrapping_shr(bits),
        None => limb(number, LEN - 1).wrapping_shr(bits).wrapping_mul(2),
    }
}

#[inline(always)]
fn times(number: &Number, factor: Word) -> Number {
    each(|at| limb(number, at).wrapping_mul(factor))
}

/// Adds all `a[i] b[j]` with `i + j == at`, and twice those with `i + j == at + 9`, which wrap.
#[inline(always)]
fn column(a: &Number, b: &Number, twice_b: &Number, at: usize) -> Double {
    let (a, a_above) = cut(a, at);
    sum_of_products(
        sum_of_products(0, a, cut(b, at).0),
        a_above,
        cut(twice_b, at).1,
    )
}

/// Like `column`, with `a` for both numbers.
#[inline(always)]
fn square_column(a: &Number, twice: &Number, at: usize) -> Double {
    let ((a, a_above), (twice, twice_above)) = (cut(a, at), cut(twice, at));
    let sum = sum_of_pairs(0, a, twice, a);
    sum_of_pairs(sum, twice_above, twice_above, a_above)
}

/// Splits a number behind limb `at`.
#[inline(always)]
fn cut(number: &Number, at: usize) -> (&[Word], &[Word]) {
    number
        .split_at_checked(at.saturating_add(1))
        .unwrap_or_default()
}

/// Adds the product of the lowest limb of `a` and the highest of `b`, of the next two, and so on.
#[inline(always)]
fn sum_of_products(sum: Double, a: &[Word], b: &[Word]) -> Double {
    type Rest<'n> = (Double, &'n [Word], &'n [Word]);
    #[inline(always)]
    fn one<'n>((sum, a, b): Rest<'n>) -> Rest<'n> {
        match (a, b) {
            ([a, a_above @ ..], [b_below @ .., b]) => (with_product(sum, *a, *b), a_above, b_below),
            _ => (sum, a, b),
        }
    }
    let rest = one(one(one((sum, a, b))));
    let rest = one(one(one(rest)));
    one(one(one(rest))).0
}

/// Adds the product of the lowest limb of `a` and the highest of `b`, and so on up to the middle;
/// then that of the middle limbs of `a` and `c`, if the number of limbs is odd.
#[inline(always)]
fn sum_of_pairs(sum: Double, a: &[Word], b: &[Word], c: &[Word]) -> Double {
    type Rest<'n> = (Double, &'n [Word], &'n [Word], &'n [Word]);
    #[inline(always)]
    fn one<'n>((sum, a, b, c): Rest<'n>) -> Rest<'n> {
        match (a, b, c) {
            ([a, a_rest @ .., _], [_, b_rest @ .., b], [_, c_rest @ .., _]) => {
                (with_product(sum, *a, *b), a_rest, b_rest, c_rest)
            }
            _ => (sum, a, b, c),
        }
    }
    match one(one(one(one((sum, a, b, c))))) {
        (sum, [a], _, [c]) => with_product(sum, *a, *c),
        (sum, ..) => sum,
    }
}

#[inline(always)]
fn with_product(sum: Double, a: Word, b: Word) -> Double {
    widened(a).wrapping_mul(widened(b)).wrapping_add(sum)
}

/// Carries the columns of a product, which is 64 times too large, into limbs.
#[inline(always)]
fn product(columns: [Double; LEN]) -> Number {
    let column = |at| split(columns.get(at).copied().unwrap_or(0));
    let high = each(|at| column(at).1);
    carried(&each(|at| {
        (column(at).0 >> 6).wrapping_add(below(&high, at, 0))
    }))
}
