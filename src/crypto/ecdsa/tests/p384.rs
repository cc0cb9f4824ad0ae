//! Tests of the arithmetic of P-384 for words of 64 bits.

use proptest::prelude::*;

use super::{
    constants::{Field, Numbers, P384},
    field::Modulus,
    p384::{LEN, Number, reduced},
    tests::{Big, any_number, big, cases, modulo, power, product, small, words},
};

const FIELD: Field<P384> = Field::NEW;

/// Any number below p R.
fn any_product() -> impl Strategy<Value = [Number; 2]> {
    [any_number(), any_number()].prop_map(|[low, high]| {
        let high = modulo(&big(&high), &big(&P384::P));
        [low, words(&high)]
    })
}

#[test]
fn products_are_reduced() {
    let p = big(&P384::P);
    proptest!(cases(2000), |(t in any_product())| {
        let reduced = big(&reduced(t));
        prop_assert!(reduced < p);
        let times_r = product(&reduced, &power(384), &p);
        prop_assert_eq!(times_r, modulo(&big(t.as_flattened()), &p));
    });
}

#[test]
fn products_are_those_of_numbers() {
    let p = big(&P384::P);
    let number = || any_number::<LEN>().prop_map(move |number| words(&modulo(&big(&number), &p)));
    proptest!(cases(1000), |(a in number(), b in number())| {
        let (a_big, b_big) = (big(&a), big(&b));
        let times_r = |number: Number| product(&big(&number), &power(384), &p);
        prop_assert_eq!(times_r(FIELD.multiply(&a, &b)), product(&a_big, &b_big, &p));
        prop_assert_eq!(times_r(FIELD.square(&a)), product(&a_big, &a_big, &p));
    });
}

/// The last step of the reduction leaves a number from p up to R: p has to be subtracted.
#[test]
fn what_is_left_is_below_the_prime() {
    let (p, r) = (big(&P384::P), power(384));
    let near = |number: &Big, more: u32| number.wrapping_add(&small(more));
    let most = r.wrapping_sub(&Big::ONE);
    for t in [p, near(&p, 1), near(&p, 5), most] {
        for q in [most, r.wrapping_sub(&small(2)), power(383), near(&p, 7)] {
            // The number to reduce for which q p makes the lower half zero, and leaves t.
            let product = t.wrapping_mul(&r).wrapping_sub(&q.wrapping_mul(&p));
            assert!(product < p.wrapping_mul(&r));
            let low = words(&modulo(&product, &r));
            let high = words(&product.shr_vartime(384));
            assert_eq!(big(&reduced([low, high])), t.wrapping_sub(&p), "{t} {q}");
        }
    }
}

/// In the seventh word of the first step, the sum is exactly 2^64 and there is a borrow from it, so
/// that nothing is carried.
#[test]
fn borrow_takes_the_carry_back() {
    let p = big(&P384::P);
    for lowest in [1, 2, 0xffff_ffff, 1 << 32, u64::MAX - 1, u64::MAX] {
        let q = lowest.wrapping_add(lowest << 32);
        let product = [[lowest, 0, 0, 0, 0, 0], [q.wrapping_neg(), 0, 0, 0, 0, 0]];
        let times_r = super::tests::product(&big(&reduced(product)), &power(384), &p);
        assert_eq!(
            times_r,
            modulo(&big(product.as_flattened()), &p),
            "{lowest:x}"
        );
    }
}
