//! The crates of RustCrypto compute everything once more.

extern crate std;

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
    curves::{Curve, Field, Numbers, P256, P384, P521, WORDS_256, WORDS_384, WORDS_521},
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
type Big = U2048;
const BIG_BYTES: usize = 256;

fn big(words: &[Word]) -> Big {
    let mut bytes = [0; BIG_BYTES];
    for (to, word) in bytes.rchunks_exact_mut(WORD_BYTES).zip(words) {
        to.copy_from_slice(&word.to_be_bytes());
    }
    Big::from_be_slice(&bytes)
}

fn words<const N: usize>(number: &Big) -> [Word; N] {
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

fn modulo(number: &Big, m: &Big) -> Big {
    number.rem_vartime(&NonZero::new(*m).unwrap())
}

fn product(a: &Big, b: &Big, m: &Big) -> Big {
    modulo(&a.wrapping_mul(b), m)
}

fn small(number: u32) -> Big {
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

fn any_number<const N: usize>() -> impl Strategy<Value = [Word; N]> {
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

fn cases(cases: u32) -> ProptestConfig {
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
trait Judged<const N: usize>: Numbers<N> {
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
fn power(exponent: u32) -> Big {
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

#[test]
fn tables_are_odd_multiples_of_the_base_points() {
    check_table::<P256, WORDS_256>();
    check_table::<P384, WORDS_384>();
    check_table::<P521, WORDS_521>();
}

fn check_table<C: Judged<N>, const N: usize>() {
    let middle = power(C::MIDDLE.try_into().unwrap());
    for (points, times) in [(C::BASE, Big::ONE), (C::UPPER_BASE, middle)] {
        assert_eq!(points.len(), table::LEN);
        for (factor, point) in (1..).step_by(2).zip(&points) {
            let factor = product(&small(factor), &times, &C::prime_order());
            let expected = C::multiple(&factor).unwrap();
            assert_eq!([plain(&point.x), plain(&point.y)], expected, "{factor}");
            // Not one of more than the modulus, which would be the same number.
            let field = C::CURVE.field();
            assert!(point.x == residue(&expected[0], field), "{factor}");
            assert!(point.y == residue(&expected[1], field), "{factor}");
        }
    }
}

#[test]
fn digits_add_up_to_the_number() {
    check_digits::<P256, WORDS_256, 5>();
    check_digits::<P256, WORDS_256, 7>();
    check_digits::<P384, WORDS_384, 5>();
    check_digits::<P521, WORDS_521, 7>();
}

fn check_digits<C: Judged<N>, const N: usize, const WIDTH: u32>() {
    proptest!(cases(200), |(number in below::<N>(C::prime_order()))| {
        let mut digits = [0; DIGITS];
        non_adjacent::<N>(&words(&number), WIDTH, &mut digits).unwrap();
        let mut sum = Big::ZERO;
        for digit in digits.iter().rev() {
            sum = sum.shl_vartime(1);
            let size = small(digit.unsigned_abs().into());
            sum = match *digit < 0 {
                true => sum.wrapping_sub(&size),
                false => sum.wrapping_add(&size),
            };
            prop_assert!(*digit == 0 || digit % 2 != 0);
            prop_assert!(digit.unsigned_abs() < 1 << (WIDTH - 1));
        }
        prop_assert_eq!(sum, number);
        let width = usize::try_from(WIDTH).unwrap();
        for window in digits.windows(width) {
            prop_assert!(window.iter().filter(|digit| **digit != 0).count() <= 1);
        }
    });
}

fn affine<C: Judged<N>, const N: usize>([x, y]: &[Big; 2]) -> Affine<Field<C>, N> {
    let field = C::CURVE.field();
    Affine {
        x: residue(x, field),
        y: residue(y, field),
    }
}

/// The same point with another z.
fn scaled<C: Judged<N>, const N: usize>(point: Point, z: &Big) -> Jacobian<Field<C>, N> {
    let Some(point) = point else {
        return Jacobian {
            z: Residue::zero(C::CURVE.field()),
            ..scaled::<C, N>(C::multiple(&Big::ONE), z)
        };
    };
    let p = C::modulus();
    let (square, [x, y]) = (product(z, z, &p), point);
    let field = C::CURVE.field();
    Jacobian {
        x: residue(&product(&x, &square, &p), field),
        y: residue(&product(&product(&y, &square, &p), z, &p), field),
        z: residue(z, field),
    }
}

fn unscaled<F: Modulus<N>, const N: usize>(point: &Jacobian<F, N>) -> Point {
    let (p, z) = (big(&point.z.modulus().prime().m), plain(&point.z));
    if point.is_infinity() {
        return None;
    }
    let inverse = z.invert_odd_mod(&p.to_odd().unwrap()).unwrap();
    let square = product(&inverse, &inverse, &p);
    let y = product(&plain(&point.y), &product(&square, &inverse, &p), &p);
    Some([product(&plain(&point.x), &square, &p), y])
}

#[test]
fn sums_of_points_of_p256() {
    check_sums::<P256, WORDS_256>();
}

#[test]
fn sums_of_points_of_p384() {
    check_sums::<P384, WORDS_384>();
}

#[test]
fn sums_of_points_of_p521() {
    check_sums::<P521, WORDS_521>();
}

/// Few and small factors beside any: equal points, opposite ones and infinity meet.
fn check_sums<C: Judged<N>, const N: usize>() {
    let (n, p) = (C::prime_order(), C::modulus());
    let factor = || {
        prop_oneof![
            below::<N>(n),
            (0_u32..3).prop_map(small),
            (1_u32..3).prop_map(move |less| n.wrapping_sub(&small(less))),
        ]
    };
    let z = || below::<N>(p).prop_filter("no point", |z| *z != Big::ZERO);
    proptest!(cases(60), |(a in factor(), b in factor(), z in z(), other_z in z())| {
        let point = scaled::<C, N>(C::multiple(&a), &z);
        let other = scaled::<C, N>(C::multiple(&b), &other_z);
        let sum = C::multiple(&modulo(&a.wrapping_add(&b), &n));
        let twice = C::multiple(&modulo(&a.wrapping_add(&a), &n));
        prop_assert_eq!(unscaled(&point.double()), twice);
        if let Some(flat) = C::multiple(&b) {
            let flat = affine::<C, N>(&flat);
            prop_assert_eq!(unscaled(&point.add_affine(&flat)), sum);
            let difference = C::multiple(&modulo(&a.wrapping_add(&n).wrapping_sub(&b), &n));
            prop_assert_eq!(unscaled(&point.add_affine(&flat.negated())), difference);
            prop_assert_eq!(unscaled(&other.add_affine(&flat)), C::multiple(&modulo(&b.wrapping_add(&b), &n)));
            prop_assert_eq!(unscaled(&other.add_affine(&flat.negated())), None);

            let mut multiples = [flat; KEY_POINTS];
            odd_multiples(&other, &mut multiples).unwrap();
            for (factor, multiple) in (1..).step_by(2).zip(&multiples) {
                let expected = C::multiple(&product(&small(factor), &b, &n)).unwrap();
                prop_assert_eq!([plain(&multiple.x), plain(&multiple.y)], expected);
            }
            check_double_scalar::<C, N>(&a, &modulo(&other_z, &n), &b);
        }
    });
    assert!(Jacobian::infinity(C::CURVE.field()).is_infinity());
}

/// u G + v (b G), in three ways.
fn check_double_scalar<C: Judged<N>, const N: usize>(u: &Big, v: &Big, b: &Big) {
    let key = C::multiple(b).unwrap();
    let expected = modulo(
        &u.wrapping_add(&product(v, b, &C::prime_order())),
        &C::prime_order(),
    );
    let expected = C::multiple(&expected);

    let sum =
        double_scalar::<C, N, KEY_POINTS>(&C::CURVE, &words(u), &words(v), &affine::<C, N>(&key));
    assert_eq!(unscaled(&sum.unwrap()), expected, "{u} G + {v} {b} G");

    let [x, y] = &key.map(|number| C::encoded(&number));
    let prepared = Prepared::<C, N>::new(C::CURVE, [x, y]).unwrap();
    let sum = prepared.double_scalar(&words(u), &words(v));
    assert_eq!(
        unscaled(&sum.unwrap()),
        expected,
        "{u} G + {v} {b} G, prepared"
    );

    let sum = compact::on(C::ID, |curve| {
        let [x, y] = key.map(|number| residue(&number, curve.field()));
        let key = Affine { x, y };
        let sum = double_scalar::<_, _, { compact::POINTS }>(curve, &words(u), &words(v), &key);
        sum.map(|sum| unscaled(&sum))
    });
    assert_eq!(sum.unwrap(), expected, "{u} G + {v} {b} G, compact");
}

#[test]
fn sums_in_which_points_meet() {
    check_meetings::<P256, WORDS_256>();
    check_meetings::<P384, WORDS_384>();
    check_meetings::<P521, WORDS_521>();
}

/// Partial sums that equal a point to be added, or the opposite of it. With a key of
/// 2^MIDDLE G, or the other way round, points of one half meet those of the other.
fn check_meetings<C: Judged<N>, const N: usize>() {
    let n = C::prime_order();
    let middle = power(C::MIDDLE.try_into().unwrap());
    let inverse = middle.invert_odd_mod(&n.to_odd().unwrap()).unwrap();
    let with_opposite = |number: Big| [number, n.wrapping_sub(&number)];
    let keys = [Big::ONE, middle, inverse].map(with_opposite);
    let factors = [Big::ONE, middle, middle.wrapping_sub(&Big::ONE)].map(with_opposite);
    for key in keys.as_flattened() {
        for factor in factors.as_flattened() {
            check_double_scalar::<C, N>(&Big::ZERO, factor, key);
            check_double_scalar::<C, N>(factor, &Big::ZERO, key);
            for other in factors.as_flattened() {
                check_double_scalar::<C, N>(factor, other, key);
            }
        }
    }
}

/// Numbers of a signature that holds, by FIPS 186-5, 6.4.1.
fn sign<C: Judged<N>, const N: usize>(secret: &Big, nonce: &Big, digest: &[u8]) -> [Big; 2] {
    let n = C::prime_order();
    let e = modulo(&from_bytes(&digest[..digest.len().min(C::BYTES)]), &n);
    let [x, _] = C::multiple(nonce).unwrap();
    let r = modulo(&x, &n);
    let inverse = nonce.invert_odd_mod(&n.to_odd().unwrap()).unwrap();
    let s = product(&inverse, &e.wrapping_add(&product(&r, secret, &n)), &n);
    [r, s]
}

/// Our verdict, for numbers of full length.
fn holds<C: Judged<N>, const N: usize>(
    [x, y]: &[Big; 2],
    digest: &[u8],
    [r, s]: [&[u8]; 2],
) -> bool {
    let point = [&*C::encoded(x), &C::encoded(y)];
    verdict::<C, N>(point, digest, [r, s])
}

/// Our verdict, in three ways.
fn verdict<C: Judged<N>, const N: usize>(
    point: [&[u8]; 2],
    digest: &[u8],
    signature: [&[u8]; 2],
) -> bool {
    let ours = verify_on::<C, N, KEY_POINTS>(&C::CURVE, point, digest, signature);
    let prepared = Prepared::<C, N>::new(C::CURVE, point);
    let prepared = prepared.and_then(|key| key.verify(digest, signature));
    assert_eq!(
        prepared, ours,
        "{point:02x?} {digest:02x?} {signature:02x?}"
    );
    let compact = compact::verify(C::ID, point, Some((digest, signature)));
    assert_eq!(compact, ours, "{point:02x?} {digest:02x?} {signature:02x?}");
    ours == Some(true)
}

#[test]
fn signatures_of_p256() {
    check_signatures::<P256, WORDS_256>();
}

#[test]
fn signatures_of_p384() {
    check_signatures::<P384, WORDS_384>();
}

#[test]
fn signatures_of_p521() {
    check_signatures::<P521, WORDS_521>();
}

fn check_signatures<C: Judged<N>, const N: usize>() {
    let n = C::prime_order();
    let secret = || below::<N>(n).prop_filter("no key", |k| *k != Big::ZERO);
    let digest = prop::collection::vec(any::<u8>(), 0..=64);
    let flip = (0..6_usize, 0..C::BYTES, 0..8_u32);
    proptest!(cases(40), |(secret in secret(), nonce in secret(), digest in digest, flip in flip)| {
        let key = C::multiple(&secret).unwrap();
        let [r, s] = sign::<C, N>(&secret, &nonce, &digest);
        prop_assume!(s != Big::ZERO);
        let opposite = C::encoded(&n.wrapping_sub(&s));
        let numbers = [key[0], key[1], r, s].map(|number| C::encoded(&number));
        let holds = |[x, y, r, s]: &[Vec<u8>; 4], digest: &[u8]| {
            let judged = C::holds(&[x, y].map(|n| from_bytes(n)), digest, r, s);
            let ours = verdict::<C, N>([x, y], digest, [r, s]);
            assert_eq!(ours, judged, "{numbers:02x?} {digest:02x?}");
            ours
        };
        prop_assert!(holds(&numbers, &digest));
        let [x, y, r, _] = numbers.clone();
        prop_assert!(holds(&[x, y, r, opposite], &digest));

        // One bit of one number is another.
        let (which, byte, bit) = flip;
        let (mut changed, mut changed_digest) = (numbers.clone(), digest.clone());
        changed_digest.resize(digest.len().max(1), 0);
        let target = changed.get_mut(which).unwrap_or(&mut changed_digest);
        let at = byte.min(target.len() - 1);
        target[at] ^= 1 << bit;
        prop_assert!(!holds(&changed, &changed_digest));
    });
}

#[test]
fn numbers_out_of_range_are_refused() {
    check_range::<P256, WORDS_256>();
    check_range::<P384, WORDS_384>();
    check_range::<P521, WORDS_521>();
}

fn check_range<C: Judged<N>, const N: usize>() {
    let (n, digest) = (C::prime_order(), [0x5a; 64]);
    let key = C::multiple(&small(12345)).unwrap();
    let [r, s] = sign::<C, N>(&small(12345), &small(54321), &digest);
    let with = |numbers: [&Big; 2]| {
        let [r, s] = numbers.map(C::encoded);
        let ours = holds::<C, N>(&key, &digest, [&r, &s]);
        assert_eq!(ours, C::holds(&key, &digest, &r, &s));
        ours
    };
    assert!(with([&r, &s]));
    for edge in [
        Big::ZERO,
        Big::ONE,
        n.wrapping_sub(&Big::ONE),
        n,
        n.wrapping_add(&Big::ONE),
        from_bytes(&std::vec![0xff; C::BYTES]),
    ] {
        assert!(!with([&edge, &s]), "r = {edge}");
        assert!(!with([&r, &edge]), "s = {edge}");
        assert!(!with([&edge, &edge]), "r = s = {edge}");
    }
    // The same numbers modulo the order, where they still fit.
    if C::BYTES == 66 {
        assert!(!with([&r.wrapping_add(&n), &s]));
        assert!(!with([&r, &s.wrapping_add(&n)]));
    }

    // Leading zeros: fewer are taken, more are not.
    let (r, s) = (C::encoded(&r), C::encoded(&s));
    let long = |number: &[u8]| [&[0], number].concat();
    assert!(!holds::<C, N>(&key, &digest, [&long(&r), &s]));
    assert!(!holds::<C, N>(&key, &digest, [&r, &long(&s)]));
    let short = (1_u32..)
        .map(|nonce| sign::<C, N>(&small(12345), &small(nonce), &digest))
        .find(|[r, _]| r.bit_width() <= n.bit_width() - n.bit_width() % 8 - 8)
        .map(|numbers| numbers.map(|number| C::encoded(&number)))
        .unwrap();
    let [r, s] = &short;
    assert_eq!(r[0], 0);
    assert!(holds::<C, N>(&key, &digest, [r, s]));
    assert!(holds::<C, N>(&key, &digest, [&r[1..], s]));
    assert!(!holds::<C, N>(&key, &digest, [&[], s]));
    assert!(!holds::<C, N>(&key, &digest, [r, &[]]));
}

#[test]
fn points_that_are_no_keys_are_refused() {
    check_keys::<P256, WORDS_256>();
    check_keys::<P384, WORDS_384>();
    check_keys::<P521, WORDS_521>();
}

fn check_keys<C: Judged<N>, const N: usize>() {
    let (p, digest) = (C::modulus(), Hasher::digest(TpmAlgId::SHA512, b"").unwrap());
    let [r, s] = sign::<C, N>(&small(77), &small(78), digest.as_ref()).map(|n| C::encoded(&n));
    let [x, y] = C::multiple(&small(77)).unwrap().map(|n| C::encoded(&n));
    let is_key = |x: &[u8], y: &[u8]| {
        let is_key = check_key(C::ID, x, y);
        assert!(matches!(is_key, Ok(()) | Err(SignatureError::Invalid)));
        assert_eq!(check_key_compactly(C::ID, x, y), is_key);
        assert_eq!(PreparedKey::new(C::ID, x, y).is_some(), is_key.is_ok());
        let holds = verify(C::ID, x, y, &digest, &r, &s);
        assert!(holds == is_key || holds == Err(SignatureError::Invalid));
        is_key.is_ok()
    };
    assert!(is_key(&x, &y));
    assert_eq!(verify(C::ID, &x, &y, &digest, &r, &s), Ok(()));

    let zero = C::encoded(&Big::ZERO);
    let long = |number: &[u8]| [&[0], number].concat();
    assert!(!is_key(&y, &x));
    assert!(!is_key(&zero, &zero) && !is_key(&[], &[]));
    assert!(!is_key(&long(&x), &y) && !is_key(&x, &long(&y)));
    for at in 0..C::BYTES {
        let mut wrong = y.clone();
        wrong[at] ^= 1;
        assert!(!is_key(&x, &wrong), "{at}");
    }
    // x = 0 is on the curves. With p for 0 it is the same point, not reduced.
    let [zero_x, root] = C::lift(&Big::ZERO).unwrap();
    assert_eq!(zero_x, Big::ZERO);
    let root = C::encoded(&root);
    assert!(is_key(&zero, &root) && is_key(&[], &root) && is_key(&[0], &root));
    assert!(!is_key(&C::encoded(&p), &root));
    let other = C::encoded(&p.wrapping_sub(&from_bytes(&root)));
    assert!(is_key(&zero, &other));
}

#[test]
fn abscissa_above_the_order_is_taken_for_its_rest() {
    check_rest::<P256, WORDS_256>();
    check_rest::<P384, WORDS_384>();
    check_rest::<P521, WORDS_521>();
}

/// No nonce is known whose point R has an abscissa between the order and the field's
/// modulus. But a key can be made for such a point: R - 5 G. Then R is the key and 5
/// times the base point, so that s = r and the digest is 5 r.
fn check_rest<C: Judged<N>, const N: usize>() {
    let (n, p) = (C::prime_order(), C::modulus());
    let [x, y] = (1_u32..)
        .find_map(|more| C::lift(&n.wrapping_add(&small(more))))
        .unwrap();
    assert!(n < x && x < p);
    let r = x.wrapping_sub(&n);
    let [base_x, base_y] = C::multiple(&n.wrapping_sub(&small(5))).unwrap();
    let slope = product(
        &p.wrapping_add(&y).wrapping_sub(&base_y),
        &modulo(&p.wrapping_add(&x).wrapping_sub(&base_x), &p)
            .invert_odd_mod(&p.to_odd().unwrap())
            .unwrap(),
        &p,
    );
    let twice = p.wrapping_add(&p);
    let key_x = product(&slope, &slope, &p)
        .wrapping_add(&twice)
        .wrapping_sub(&x)
        .wrapping_sub(&base_x);
    let key_x = modulo(&key_x, &p);
    let run = p.wrapping_add(&x).wrapping_sub(&key_x);
    let key_y = modulo(
        &product(&slope, &run, &p).wrapping_add(&p).wrapping_sub(&y),
        &p,
    );
    let key = [key_x, key_y];
    let digest = C::encoded(&product(&r, &small(5), &n));
    let numbers = C::encoded(&r);
    assert!(C::holds(&key, &digest, &numbers, &numbers));
    assert!(holds::<C, N>(&key, &digest, [&numbers, &numbers]));
    // The abscissa itself is not below the order.
    let above = C::encoded(&x);
    assert!(!C::holds(&key, &digest, &above, &numbers));
    assert!(!holds::<C, N>(&key, &digest, [&above, &numbers]));
    let next = C::encoded(&r.wrapping_add(&Big::ONE));
    assert!(!holds::<C, N>(&key, &digest, [&next, &numbers]));
}

#[test]
fn abscissa_is_not_taken_modulo_what_the_words_hold() {
    check_wrapped::<P256, WORDS_256>(256);
    check_wrapped::<P384, WORDS_384>(384);
}

/// All fits but r: it is so much more than the abscissa of the nonce's point that with
/// the order on top only the words' last carry tells them apart.
fn check_wrapped<C: Judged<N>, const N: usize>(bits: u32) {
    let n = C::prime_order();
    let (secret, nonce, digest) = (small(77), small(78), small(79));
    let key = C::multiple(&secret).unwrap();
    let [x, _] = C::multiple(&nonce).unwrap();
    let inverse = nonce.invert_odd_mod(&n.to_odd().unwrap()).unwrap();
    let signed = |r: Big| {
        let s = digest.wrapping_add(&product(&r, &secret, &n));
        let [digest, r, s] = [digest, r, product(&inverse, &s, &n)].map(|n| C::encoded(&n));
        let ours = holds::<C, N>(&key, &digest, [&r, &s]);
        assert_eq!(ours, C::holds(&key, &digest, &r, &s));
        ours
    };
    assert!(signed(x));
    let wrapped = x.wrapping_add(&power(bits)).wrapping_sub(&n);
    assert!(wrapped < n);
    assert!(!signed(wrapped));
}
