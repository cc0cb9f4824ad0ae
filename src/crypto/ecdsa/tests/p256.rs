//! Tests of the arithmetic of P-256 for words of 64 bits, with numbers up to R.

use proptest::prelude::*;

use super::{
    constants::{Field, Numbers, P256},
    field::Modulus,
    p256::{LEN, Number, reduced},
    tests::{Big, any_number, big, cases, modulo, power, product, small, words},
};

const FIELD: Field<P256> = Field::NEW;

fn p() -> Big {
    big(&P256::P)
}

/// Numbers near the ends: of what is below the prime, and of what is below R.
fn ends() -> [Number; 18] {
    let (p, r) = (p(), power(256));
    let missing = r.wrapping_sub(&p);
    let above = [Big::ZERO, missing, p];
    let above = above.map(|end| [0, 1, 2].map(|more| words(&end.wrapping_add(&small(more)))));
    let below = [missing, p, r];
    let below = below.map(|end| [1, 2, 3].map(|less| words(&end.wrapping_sub(&small(less)))));
    let mut ends = above.as_flattened().iter().chain(below.as_flattened());
    [(); 18].map(|()| *ends.next().unwrap())
}

fn any_below_r() -> impl Strategy<Value = Number> {
    let end = any::<prop::sample::Index>().prop_map(|index| *index.get(&ends()));
    prop_oneof![any_number(), end]
}

fn check(a: &Number, b: &Number) {
    let (p, field) = (p(), FIELD);
    let (a_big, b_big) = (big(a), big(b));
    let value = |number: Number| modulo(&big(&number), &p);
    let times_r = |number: Number| product(&big(&number), &power(256), &p);

    assert_eq!(
        value(field.add(a, b)),
        modulo(&a_big.wrapping_add(&b_big), &p),
        "{a:x?} {b:x?}"
    );
    let difference = a_big.wrapping_add(&product(&b_big, &p.wrapping_sub(&Big::ONE), &p));
    assert_eq!(
        value(field.sub(a, b)),
        modulo(&difference, &p),
        "{a:x?} {b:x?}"
    );
    assert_eq!(
        product(&value(field.half(a)), &small(2), &p),
        value(*a),
        "{a:x?} {b:x?}"
    );
    assert_eq!(
        times_r(field.multiply(a, b)),
        product(&a_big, &b_big, &p),
        "{a:x?} {b:x?}"
    );
    assert_eq!(
        times_r(field.square(a)),
        product(&a_big, &a_big, &p),
        "{a:x?} {b:x?}"
    );
    assert_eq!(
        field.are_equal(a, b),
        value(*a) == value(*b),
        "{a:x?} {b:x?}"
    );
    assert_eq!(field.is_zero(a), value(*a) == Big::ZERO, "{a:x?} {b:x?}");

    let reduced = field.mul_number(a, b);
    assert!(big(&reduced) < p, "{a:x?} {b:x?}");
    assert_eq!(
        times_r(reduced),
        product(&a_big, &b_big, &p),
        "{a:x?} {b:x?}"
    );
}

#[test]
fn numbers_above_the_prime_are_numbers() {
    for a in ends() {
        for b in ends() {
            check(&a, &b);
        }
    }
    proptest!(cases(2000), |(a in any_below_r(), b in any_below_r())| check(&a, &b));
}

#[test]
fn products_are_reduced() {
    let p = p();
    proptest!(cases(2000), |(low in any_below_r(), high in any_below_r())| {
        let product = [low, high];
        let times_r = super::tests::product(&big(&reduced(product)), &power(256), &p);
        prop_assert_eq!(times_r, modulo(&big(product.as_flattened()), &p));
    });
}

#[test]
fn zero_is_known_in_each_form() {
    for zero in [[0; LEN], P256::P] {
        assert!(FIELD.is_zero(&zero));
        for at in 0..LEN {
            for bit in [1, 1 << 31, 1 << 32, 1 << 63] {
                let mut other = zero;
                other[at] ^= bit;
                assert!(!FIELD.is_zero(&other), "{other:x?}");
            }
        }
    }
}
