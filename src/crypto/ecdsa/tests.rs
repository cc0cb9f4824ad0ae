//! The crates of RustCrypto compute everything once more.

extern crate std;

#[path = "tests/points.rs"]
mod points;
#[path = "tests/signatures.rs"]
mod signatures;

use core::array;
use std::vec::Vec;

use crypto_bigint::{NonZero, U2048};
use p256::{
    ecdsa::signature::hazmat::PrehashVerifier,
    elliptic_curve::{Curve as _, PrimeField, sec1::ToSec1Point},
};
use proptest::prelude::*;

use super::{
    compact,
    constants::{P256, P384, P521, WORDS_256, WORDS_384, WORDS_521},
    curves::{Curve, Tables},
    field::{Modulus, Residue, one},
    multiples::{DIGITS, KEY_POINTS, non_adjacent, odd_multiples},
    point::{Affine, Jacobian},
    table,
    verification::{Prepared, double_scalar, verify_on},
    word::{self, WORD_BYTES, Word},
};
use crate::{
    crypto::{
        Curve as Id, Hasher, SignatureError,
        ecdsa::{PreparedKey, check_key, check_key_compactly, verify},
    },
    types::TpmAlgId,
};

/// Room for a product of any two numbers.
pub(super) type Big = U2048;
const BIG_BYTES: usize = 256;

pub(super) fn big(words: &[Word]) -> Big {
    let mut bytes = [0; BIG_BYTES];
    for (to, word) in bytes.rchunks_exact_mut(WORD_BYTES).zip(words) {
        to.copy_from_slice(&word.to_be_bytes());
    }
    Big::from_be_slice(&bytes)
}

pub(super) fn words<const N: usize>(number: &Big) -> [Word; N] {
    let bytes = number.to_be_bytes();
    let mut words = bytes.as_ref().rchunks_exact(WORD_BYTES);
    array::from_fn(|_| Word::from_be_bytes(words.next().unwrap().try_into().unwrap()))
}

fn from_bytes(bytes: &[u8]) -> Big {
    let mut padded = [0; BIG_BYTES];
    padded[BIG_BYTES - bytes.len()..].copy_from_slice(bytes);
    Big::from_be_slice(&padded)
}

fn to_bytes(number: &Big, len: usize) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let (above, bytes) = bytes.as_ref().split_at(BIG_BYTES - len);
    assert!(above.iter().all(|byte| *byte == 0));
    bytes.to_vec()
}

pub(super) fn modulo(number: &Big, m: &Big) -> Big {
    number.rem_vartime(&NonZero::new(*m).unwrap())
}

pub(super) fn product(a: &Big, b: &Big, m: &Big) -> Big {
    modulo(&a.wrapping_mul(b), m)
}

pub(super) fn small(number: u32) -> Big {
    Big::from(number)
}

/// The number for a residue.
fn plain<M: Modulus<N>, const N: usize>(residue: &Residue<M, N>) -> Big {
    big(&residue.mul_number(&one()))
}

fn residue<M: Modulus<N>, const N: usize>(number: &Big, modulus: M) -> Residue<M, N> {
    Residue::checked(&words(number), modulus).unwrap()
}

fn any_word() -> impl Strategy<Value = Word> {
    prop_oneof![
        any::<Word>(),
        Just(0),
        Just(1),
        Just(Word::MAX - 1),
        Just(Word::MAX)
    ]
}

pub(super) fn any_number<const N: usize>() -> impl Strategy<Value = [Word; N]> {
    prop::collection::vec(any_word(), N).prop_map(|words| words.try_into().unwrap())
}

/// Any number below `m`, often one near an end of the range or of a word.
fn below<const N: usize>(m: Big) -> impl Strategy<Value = Big> {
    prop_oneof![
        4 => any_number::<N>().prop_map(move |words| modulo(&big(&words), &m)),
        1 => (0_u32..20).prop_map(small),
        1 => (1_u32..20).prop_map(move |less| m.wrapping_sub(&small(less))),
    ]
}

pub(super) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

#[test]
fn steps_of_words_lose_nothing() {
    let extremes = [0, 1, 2, Word::MAX / 2, Word::MAX - 1, Word::MAX];
    let wide = |low: Word, high: Word| u128::from(high) << Word::BITS | u128::from(low);
    for a in extremes {
        for b in extremes {
            for c in extremes {
                for d in extremes {
                    let (low, high) = word::mul_add(a, b, c, d);
                    let expected = u128::from(a) * u128::from(b) + u128::from(c) + u128::from(d);
                    assert_eq!(wide(low, high), expected, "{a} * {b} + {c} + {d}");
                }
            }
            for bit in [false, true] {
                let (sum, carry) = word::add(a, b, bit);
                let expected = u128::from(a) + u128::from(b) + u128::from(bit);
                assert_eq!(wide(sum, carry.into()), expected, "{a} + {b} + {bit}");
                let (difference, borrow) = word::subtract(a, b, bit);
                let (more, less) = (wide(a, borrow.into()), u128::from(b) + u128::from(bit));
                assert_eq!(u128::from(difference), more - less, "{a} - {b} - {bit}");
            }
        }
    }
}

/// R is 2 to the power of `bits`.
fn check_arithmetic<M: Modulus<N>, const N: usize>(modulus: M, bits: u32) {
    let m = big(&modulus.prime().m);
    let fits = move |c: [Word; N]| words::<N>(&modulo(&big(&c), &power(bits)));
    proptest!(cases(400), |(a in below::<N>(m), b in below::<N>(m), c in any_number::<N>().prop_map(fits))| {
        let (ours, other) = (residue(&a, modulus), residue::<M, N>(&b, modulus));
        prop_assert_eq!(plain(&ours), a);
        prop_assert_eq!(plain(&ours.add(&other)), modulo(&a.wrapping_add(&b), &m));
        let difference = modulo(&a.wrapping_add(&m).wrapping_sub(&b), &m);
        prop_assert_eq!(plain(&ours.sub(&other)), difference);
        prop_assert_eq!(plain(&ours.negated()), modulo(&m.wrapping_sub(&a), &m));
        prop_assert_eq!(plain(&ours.mul(&other)), product(&a, &b, &m));
        prop_assert_eq!(plain(&ours.square()), product(&a, &a, &m));
        prop_assert_eq!(product(&plain(&ours.half()), &small(2), &m), a);
        prop_assert_eq!(big(&ours.mul_number(&c)), product(&a, &big(&c), &m));
        let checked = Residue::checked(&c, modulus);
        prop_assert_eq!(checked.as_ref().map(plain), (big(&c) < m).then(|| big(&c)));
        prop_assert_eq!(ours.is_zero(), a == Big::ZERO);
        prop_assert_eq!(ours == other, a == b);
        let inverse = Residue::inverse_of(&words(&a), modulus);
        match &inverse {
            Some(inverse) => prop_assert_eq!(product(&plain(inverse), &a, &m), Big::ONE),
            None => prop_assert_eq!(a, Big::ZERO),
        }
        prop_assert!(ours.inverted() == inverse);
    });
    let none = Residue::checked(&modulus.prime().m, modulus);
    assert!(none.is_none());
    assert!(Residue::inverse_of(&modulus.prime().m, modulus).is_none());
    assert_eq!(plain(&Residue::one(modulus)), Big::ONE);
    assert_eq!(plain(&Residue::zero(modulus)), Big::ZERO);
}

#[test]
fn arithmetic_of_p256() {
    check_arithmetic::<_, WORDS_256>(P256.field(), 256);
    check_arithmetic::<_, WORDS_256>(P256.order(), 256);
}

#[test]
fn arithmetic_of_p384() {
    check_arithmetic::<_, WORDS_384>(P384.field(), 384);
    check_arithmetic::<_, WORDS_384>(P384.order(), 384);
}

#[test]
fn arithmetic_of_p521() {
    check_arithmetic::<_, WORDS_521>(P521.field(), 576);
    check_arithmetic::<_, WORDS_521>(P521.order(), 576);
}

#[test]
fn compact_arithmetic() {
    let long = u32::try_from(compact::WORDS * WORD_BYTES * 8).unwrap();
    for (curve, bits) in [(Id::P256, 256), (Id::P384, 384), (Id::P521, long)] {
        let checked = compact::on(curve, |curve| {
            check_arithmetic::<_, { compact::WORDS }>(curve.field(), bits);
            check_arithmetic::<_, { compact::WORDS }>(curve.order(), bits);
            Some(())
        });
        assert_eq!(checked, Some(()));
    }
}

/// A point by its coordinates; none is at infinity.
type Point = Option<[Big; 2]>;

/// A curve of ours, and what another crate computes on it.
trait Judged<const N: usize>: Tables<N> {
    const ID: Id;
    const CURVE: Self;
    fn prime_order() -> Big;
    /// The base point times a number below the order.
    fn multiple(factor: &Big) -> Point;
    /// A point with this abscissa.
    fn lift(x: &Big) -> Point;
    fn holds(key: &[Big; 2], digest: &[u8], r: &[u8], s: &[u8]) -> bool;

    fn modulus() -> Big {
        big(&Self::P)
    }

    fn encoded(number: &Big) -> Vec<u8> {
        to_bytes(number, Self::BYTES)
    }
}

macro_rules! judged {
    ($curve:ident, $words:ident, $judge:ident, $nist:ident) => {
        impl Judged<$words> for $curve {
            const ID: Id = Id::$curve;
            const CURVE: Self = $curve;

            fn prime_order() -> Big {
                let order = $judge::$nist::ORDER.to_be_bytes();
                from_bytes(order.as_ref())
            }

            fn multiple(factor: &Big) -> Point {
                let factor = Self::encoded(factor).as_slice().try_into().unwrap();
                let factor = $judge::Scalar::from_repr(factor).unwrap();
                let point = ($judge::ProjectivePoint::GENERATOR * factor).to_affine();
                let point = point.to_sec1_point(false);
                Some([from_bytes(point.x()?), from_bytes(point.y()?)])
            }

            fn lift(x: &Big) -> Point {
                let bytes = [&[2], &*Self::encoded(x)].concat();
                let point = $judge::PublicKey::from_sec1_bytes(&bytes).ok()?;
                let point = point.to_sec1_point(false);
                Some([from_bytes(point.x()?), from_bytes(point.y()?)])
            }

            fn holds([x, y]: &[Big; 2], digest: &[u8], r: &[u8], s: &[u8]) -> bool {
                let key = [&[4], &*Self::encoded(x), &*Self::encoded(y)].concat();
                let Ok(key) = $judge::ecdsa::VerifyingKey::from_sec1_bytes(&key) else {
                    return false;
                };
                $judge::ecdsa::Signature::from_slice(&[r, s].concat())
                    .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok())
            }
        }
    };
}

judged!(P256, WORDS_256, p256, NistP256);
judged!(P384, WORDS_384, p384, NistP384);
judged!(P521, WORDS_521, p521, NistP521);

/// `2^exponent`
pub(super) fn power(exponent: u32) -> Big {
    Big::ONE.shl_vartime(exponent)
}

#[test]
fn constants_are_those_of_the_curves() {
    let p256 = power(256)
        .wrapping_sub(&power(224))
        .wrapping_add(&power(192))
        .wrapping_add(&power(96))
        .wrapping_sub(&Big::ONE);
    let p384 = power(384)
        .wrapping_sub(&power(128))
        .wrapping_sub(&power(96))
        .wrapping_add(&power(32))
        .wrapping_sub(&Big::ONE);
    let p521 = power(521).wrapping_sub(&Big::ONE);
    check_constants::<P256, WORDS_256>(p256);
    check_constants::<P384, WORDS_384>(p384);
    check_constants::<P521, WORDS_521>(p521);
}

fn check_constants<C: Judged<N>, const N: usize>(p: Big) {
    assert_eq!(C::modulus(), p);
    let order = C::prime_order();
    assert_eq!(big(&C::ORDER), order);
    // What the verification takes for granted.
    assert!(order < p && p < order.wrapping_add(&order));
    assert_eq!(
        C::BYTES,
        usize::try_from(order.bit_width().div_ceil(8)).unwrap()
    );
    assert_eq!(
        C::multiple(&Big::ONE),
        Some(C::G.map(|number| big(&number)))
    );
    for factor in [1, 2, 3] {
        let [x, y] = C::multiple(&small(factor)).unwrap();
        // b = y^2 + 3 x - x^3
        let cube = product(&product(&x, &x, &p), &x, &p);
        let left = product(&y, &y, &p).wrapping_add(&small(3).wrapping_mul(&x));
        let b = modulo(&left.wrapping_add(&p).wrapping_sub(&cube), &p);
        assert_eq!(big(&C::B), b);
    }
}
