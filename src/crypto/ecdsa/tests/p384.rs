//! The reduction of products modulo the prime of P-384.

use proptest::prelude::*;

use super::{
    constants::{Numbers, P384},
    p384::{LEN, Number, multiply, reduced, square},
    tests::{any_number, big, cases, modulo, power, product, words},
};

/// What is to be reduced is below p R.
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
        prop_assert_eq!(times_r(multiply(&a, &b)), product(&a_big, &b_big, &p));
        prop_assert_eq!(times_r(square(&a)), product(&a_big, &a_big, &p));
    });
}
