//! Tests of the arithmetic of P-521 for words of 64 bits, with limbs up to their bounds.

use proptest::prelude::*;

use super::{
    constants::{Field, P521},
    field::Modulus,
    p521::{LEN, LIMB, Number, P_LIMBS, carried, from_montgomery, from_words, to_words},
    tests::{self, Big, any_number, big, cases, modulo, power, product, small},
    word::Word,
};

const FIELD: Field<P521> = Field::NEW;

/// The largest limb that may occur.
const MOST: Word = LIMB + 1 + (1 << 6);

fn any_limbs() -> impl Strategy<Value = Number> {
    let limb = prop_oneof![0..=MOST, Just(0), Just(1), LIMB - 2..=MOST, Just(MOST)];
    prop::array::uniform9(limb)
}

fn p() -> Big {
    power(521).wrapping_sub(&Big::ONE)
}

/// The value of limbs, not reduced.
fn number(limbs: &Number) -> Big {
    let above = limbs.iter().rev();
    above.fold(Big::ZERO, |sum, limb| {
        sum.shl_vartime(58).wrapping_add(&Big::from(*limb))
    })
}

/// The value of limbs modulo p. Panics if a limb is out of bounds.
fn checked(limbs: Number) -> Big {
    assert!(limbs.iter().all(|limb| *limb <= MOST), "{limbs:x?}");
    modulo(&number(&limbs), &p())
}

#[test]
fn limbs_stay_in_their_bounds() {
    proptest!(cases(2000), |(a in any_limbs(), b in any_limbs())| {
        let (p, field) = (p(), FIELD);
        let (a_big, b_big) = (number(&a), number(&b));
        prop_assert_eq!(checked(field.add(&a, &b)), modulo(&a_big.wrapping_add(&b_big), &p));
        let difference = a_big.wrapping_add(&product(&b_big, &p.wrapping_sub(&Big::ONE), &p));
        prop_assert_eq!(checked(field.sub(&a, &b)), modulo(&difference, &p));
        prop_assert_eq!(product(&checked(field.half(&a)), &small(2), &p), modulo(&a_big, &p));
        prop_assert_eq!(checked(field.multiply(&a, &b)), product(&a_big, &b_big, &p));
        prop_assert_eq!(checked(field.square(&a)), product(&a_big, &a_big, &p));
        prop_assert_eq!(big(&to_words(&a)), modulo(&a_big, &p));
        prop_assert!(field.are_equal(&a, &from_words(&to_words(&a))));
        prop_assert_eq!(field.are_equal(&a, &b), modulo(&a_big, &p) == modulo(&b_big, &p));
        let product = field.mul_number(&a, &to_words(&b));
        prop_assert_eq!(big(&product), tests::product(&a_big, &b_big, &p));
    });
}

#[test]
fn words_become_limbs() {
    proptest!(cases(1000), |(words in any_number::<LEN>())| {
        let p = p();
        prop_assert_eq!(checked(from_words(&words)), modulo(&big(&words), &p));
        let below: Number = tests::words(&modulo(&big(&words), &p));
        let times_r = product(&checked(from_montgomery(&below)), &power(576), &p);
        prop_assert_eq!(times_r, big(&below));
    });
}

#[test]
fn zero_is_known_in_each_form() {
    let twice = P_LIMBS.map(|limb| limb * 2);
    for zero in [[0; LEN], P_LIMBS, carried(&twice)] {
        assert_eq!(checked(zero), Big::ZERO);
        assert!(FIELD.is_zero(&zero), "{zero:x?}");
        for at in 0..LEN {
            for limb in [zero[at] ^ 1, zero[at] ^ (1 << 57), MOST, 5] {
                let mut other = zero;
                other[at] = limb;
                let is_zero = checked(other) == Big::ZERO;
                assert_eq!(FIELD.is_zero(&other), is_zero, "{other:x?}");
            }
        }
    }
}
