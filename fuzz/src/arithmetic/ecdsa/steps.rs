//! One step each, with words of one size.

use std::{fmt::Debug, sync::LazyLock};

use super::{
    super::{
        Question, Step,
        judge::{BYTES, Judge, Number, POINTS, low_bits, number},
    },
    compact,
    constants::{Numbers, P256, P384, P521, WORDS_256, WORDS_384, WORDS_521},
    curves::Curve,
    field::{Modulus, Prime, Residue, one},
    id::Id,
    multiples::{DIGITS, non_adjacent, odd_multiples},
    number::from_be_bytes,
    point::{Affine, Jacobian},
    word::{WORD_BYTES, Word},
};

fn words<const N: usize>(number: &Number) -> [Word; N] {
    from_be_bytes(number.to_be_bytes().as_ref())
}

fn big(words: &[Word]) -> Number {
    let mut bytes = [0; BYTES];
    for (to, word) in bytes.rchunks_exact_mut(WORD_BYTES).zip(words) {
        to.copy_from_slice(&word.to_be_bytes());
    }
    number(&bytes)
}

/// The field's modulus, the order and the base point, which are the library's: its
/// tests compare them with the standard.
pub fn constants(curve: Id) -> [Number; 4] {
    fn of<C: Numbers<N>, const N: usize>() -> [Number; 4] {
        let [x, y] = C::G;
        [C::P, C::ORDER, x, y].map(|number| big(&number))
    }
    match curve {
        Id::P256 => of::<P256, WORDS_256>(),
        Id::P384 => of::<P384, WORDS_384>(),
        Id::P521 => of::<P521, WORDS_521>(),
    }
}

/// The primes of the compact form, of the field and the order: what follows from them
/// takes longer than any step.
type Compact = [[Prime<{ compact::WORDS }>; 2]; 3];

static COMPACT: LazyLock<Compact> = LazyLock::new(|| {
    [Id::P256, Id::P384, Id::P521].map(|curve| {
        compact::on(curve, |curve| Some([*curve.field(), *curve.order()])).expect("a curve")
    })
});

pub fn check(question: &Question) {
    let (curve, is_order) = (question.curve, question.is_order);
    if question.is_compact {
        let (place, bytes) = match curve {
            Id::P256 => (0, P256::BYTES),
            Id::P384 => (1, P384::BYTES),
            Id::P521 => (2, P521::BYTES),
        };
        let prime = &COMPACT[place][usize::from(is_order)];
        let question = &Question {
            are_above: [false; 2],
            ..*question
        };
        return check_modulo(prime, bytes.div_ceil(WORD_BYTES), question);
    }
    // Elsewhere, residues are below the modulus, or not kept as words.
    let may_be_above = (curve, is_order, WORD_BYTES) == (Id::P256, false, 8);
    let question = &Question {
        are_above: question.are_above.map(|is_above| is_above && may_be_above),
        ..*question
    };
    match (curve, is_order) {
        (Id::P256, false) => check_modulo::<_, WORDS_256>(P256.field(), WORDS_256, question),
        (Id::P256, true) => check_modulo::<_, WORDS_256>(P256.order(), WORDS_256, question),
        (Id::P384, false) => check_modulo::<_, WORDS_384>(P384.field(), WORDS_384, question),
        (Id::P384, true) => check_modulo::<_, WORDS_384>(P384.order(), WORDS_384, question),
        (Id::P521, false) => check_modulo::<_, WORDS_521>(P521.field(), WORDS_521, question),
        (Id::P521, true) => check_modulo::<_, WORDS_521>(P521.order(), WORDS_521, question),
    }
}

/// R takes so many words. Residues are compared by their words, so that one that is not below
/// the modulus is no equal of one that is; those of P-256 and P-521 with words of 64 bits, which
/// may be more, by the numbers.
fn check_modulo<M: Modulus<N> + Debug, const N: usize>(
    modulus: M,
    r_words: usize,
    question: &Question,
) {
    let r_bits = u32::try_from(r_words * WORD_BYTES * 8).expect("few");
    let judge = Judge::of(question.curve, question.is_order, r_bits);
    let residue = |number: &Number| Residue::from_montgomery(&words(number), modulus);
    let [a, b] = [&question.a, &question.b].map(|number| judge.below(number));
    let kept = |number: &Number, is_above| match is_above {
        true => residue(&judge.above(number)),
        false => residue(number),
    };
    let [a_above, b_above] = question.are_above;
    let (ours, other) = (kept(&a, a_above), kept(&b, b_above));
    match question.step {
        Step::Add => assert_eq!(ours.add(&other), residue(&judge.sum(&a, &b))),
        Step::Subtract => {
            let difference = ours.sub(&other);
            assert_eq!(difference, residue(&judge.difference(&a, &b)));
            assert_eq!(difference.is_zero(), a == b);
        }
        Step::Negate => {
            let negated = judge.difference(&Number::ZERO, &a);
            assert_eq!(ours.negated(), residue(&negated));
        }
        Step::Half => assert_eq!(ours.half(), residue(&judge.half(&a))),
        Step::Square => {
            let square = judge.divided_by_r(&judge.product(&a, &a));
            assert_eq!(ours.square(), residue(&square));
        }
        Step::Multiply => {
            let product = judge.divided_by_r(&judge.product(&a, &b));
            assert_eq!(ours.mul(&other), residue(&product));
        }
        Step::MultiplySums => {
            let (sum, difference) = (judge.sum(&a, &b), judge.difference(&a, &b));
            let product = judge.divided_by_r(&judge.product(&sum, &difference));
            let square = judge.divided_by_r(&judge.product(&sum, &sum));
            let (sum, difference) = (ours.add(&other), ours.sub(&other));
            assert_eq!(sum.mul(&difference), residue(&product));
            assert_eq!(sum.square(), residue(&square));
            assert_eq!(sum.half().add(&sum.half()), sum);
        }
        Step::MultiplyByNumber => {
            let number = low_bits(&question.b.0, r_bits);
            let product = judge.divided_by_r(&judge.product(&a, &number));
            assert_eq!(ours.mul_number(&words(&number)), words(&product));
        }
        Step::Check => {
            let number = judge.cut(&question.a.0);
            let is_below = judge.has(&number);
            assert_eq!(
                Residue::checked(&words(&number), modulus),
                is_below.then(|| residue(&judge.times_r(&number)))
            );
        }
        Step::InverseOf => {
            let number = judge.cut(&question.a.0);
            check_inverse(
                judge,
                &number,
                Residue::inverse_of(&words(&number), modulus),
            );
        }
        Step::NonAdjacent => check_digits::<N>(&judge.cut(&question.a.0), &b),
        Step::OddMultiples => check_multiples(judge, &ours, &judge.divided_by_r(&a)),
    }
}

fn check_inverse<M: Modulus<N> + Debug, const N: usize>(
    judge: &Judge,
    number: &Number,
    inverse: Option<Residue<M, N>>,
) {
    let can_be = judge.has(number) && *number != Number::ZERO;
    assert_eq!(inverse.is_some(), can_be);
    if let Some(inverse) = inverse {
        let plain = big(&inverse.mul_number(&one()));
        assert_eq!(judge.product(&plain, number), Number::ONE);
        let expected = words(&judge.times_r(&plain));
        assert_eq!(
            inverse,
            Residue::from_montgomery(&expected, inverse.modulus())
        );
    }
}

/// With one of the widths for 1, 4, 8 and 32 points.
fn check_digits<const N: usize>(number: &Number, which: &Number) {
    let width = match which.to_words()[0] % 4 {
        0 => 2,
        1 => 4,
        2 => 5,
        _ => 7,
    };
    let mut digits = [0; DIGITS];
    non_adjacent::<N>(&words(number), width, &mut digits).expect("room for the digits");
    let (mut sum, mut free) = (Number::ZERO, 0);
    for (at, digit) in (0..).zip(digits).filter(|(_, digit)| *digit != 0) {
        assert!(digit % 2 != 0 && digit.unsigned_abs() < 1 << (width - 1));
        assert!(at >= free, "the digit at {at} is too near to the last");
        free = at + width;
        let size = Number::from(digit.unsigned_abs()).shl_vartime(at);
        sum = match digit < 0 {
            true => sum.wrapping_sub(&size),
            false => sum.wrapping_add(&size),
        };
    }
    assert_eq!(sum, *number);
}

/// Whatever the z of a point, its multiples are the same.
fn check_multiples<M: Modulus<N> + Debug, const N: usize>(
    judge: &Judge,
    z: &Residue<M, N>,
    plain_z: &Number,
) {
    // The point at infinity has no multiples.
    if *plain_z == Number::ZERO {
        return;
    }
    let residue =
        |number: Number| Residue::from_montgomery(&words(&judge.times_r(&number)), z.modulus());
    let multiples = judge.odd_multiples.expect("a field");
    let expected = multiples.map(|point| point.map(residue));
    let [[x, y], ..] = multiples;
    let square = judge.product(plain_z, plain_z);
    let point = Jacobian {
        x: residue(judge.product(&x, &square)),
        y: residue(judge.product(&y, &judge.product(&square, plain_z))),
        z: *z,
    };
    let mut points = [Affine { x: *z, y: *z }; POINTS];
    odd_multiples(&point, &mut points).expect("multiples");
    assert_eq!(points.map(|Affine { x, y }| [x, y]), expected);
}
