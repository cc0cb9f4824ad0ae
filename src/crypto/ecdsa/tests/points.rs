//! Digits of factors, tables and sums of points.

use super::*;

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
        for (factor, point) in (1..).step_by(2).zip(points) {
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

fn affine<C: Judged<N>, const N: usize>([x, y]: &[Big; 2]) -> Affine<C::Field, N> {
    let field = C::CURVE.field();
    Affine {
        x: residue(x, field),
        y: residue(y, field),
    }
}

/// The same point with another z.
fn scaled<C: Judged<N>, const N: usize>(point: Point, z: &Big) -> Jacobian<C::Field, N> {
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

fn added<F: Modulus<N>, const N: usize>(
    mut point: Jacobian<F, N>,
    other: &Affine<F, N>,
) -> Jacobian<F, N> {
    point.add_affine(other);
    point
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
        let mut doubled = point;
        doubled.double();
        prop_assert_eq!(unscaled(&doubled), twice);
        if let Some(flat) = C::multiple(&b) {
            let flat = affine::<C, N>(&flat);
            prop_assert_eq!(unscaled(&added(point, &flat)), sum);
            let difference = C::multiple(&modulo(&a.wrapping_add(&n).wrapping_sub(&b), &n));
            prop_assert_eq!(unscaled(&added(point, &flat.negated())), difference);
            prop_assert_eq!(unscaled(&added(other, &flat)), C::multiple(&modulo(&b.wrapping_add(&b), &n)));
            prop_assert_eq!(unscaled(&added(other, &flat.negated())), None);

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
