//! The two main cases with something changed that is not signed: the nonce that
//! was asked for, the values, the key.

use tpm_quote::{
    Check, Error, Nonce, Pcr, PcrSet, Problem, QuotePolicy, TpmAlgId, VerifiedQuote,
    verify::{
        Excerpt, KeyRules, Part,
        error::{AttestProblem, QuoteProblem, SelectionProblem},
    },
};

use crate::{
    SHA1, SHA256, assert_same,
    common::{
        Vector, alg, case,
        quote::{Quote, pcr_values},
    },
    selection,
};

/// The two main cases: RSA and ECC.
fn main_cases() -> [Quote; 2] {
    ["004", "005"].map(|start| Quote::of(&case(start)))
}

#[test]
fn another_nonce_is_refused() {
    for quote in main_cases() {
        let mut last_bit = quote.nonce.clone();
        *last_bit.last_mut().unwrap() ^= 1;
        let others = [
            last_bit,
            quote.nonce[..15].to_vec(),
            quote.nonce[..1].to_vec(),
            [&quote.nonce[..], &[0]].concat(),
            [&quote.nonce[..], &[0; 16]].concat(),
            vec![0; 16],
            vec![0xff; 66],
        ];
        for other in others {
            let nonce = Nonce::exact(&other).unwrap();
            let policy = QuotePolicy::new(nonce, PcrSet::parse(&quote.selection).unwrap());
            let error = quote
                .verify_as(KeyRules::new(), &policy, |_| ())
                .unwrap_err();
            let expected = AttestProblem::Nonce {
                expected: Excerpt::new(&other),
                found: Excerpt::new(&quote.nonce),
            };
            assert_eq!((error, error.check()), (expected.into(), Check::Nonce));
        }
    }
}

#[test]
fn each_missing_value_is_named() {
    for mut quote in main_cases() {
        let all = quote.values.clone();
        for missing in 0..all.len() {
            let (bank, index, _) = all[missing];
            quote.values = all.clone();
            quote.values.remove(missing);
            let indices: Vec<_> = quote.values.iter().map(|v| v.1.to_string()).collect();
            let found = format!("sha256:{}", indices.join(","));
            let expected = Problem::Selection {
                problem: SelectionProblem::MissingValue(Pcr::new(bank, index).unwrap()),
                expected: PcrSet::parse("sha256:0,7,10").unwrap(),
                found: PcrSet::parse(&found).unwrap(),
            };
            let error = quote.verify().unwrap_err();
            assert_eq!(*error.problem(), expected);
            assert_eq!(error.part(), Part::PcrValues);
        }
        quote.values.clear();
        let error = quote.verify().expect_err("accepted without values");
        let Problem::Selection { problem, .. } = *error.problem() else {
            panic!("{error:?}");
        };
        let pcr0 = Pcr::new(SHA256, 0).unwrap();
        assert_eq!(problem, SelectionProblem::MissingValue(pcr0));
    }
}

#[test]
fn surplus_and_repeated_values_are_named() {
    for mut quote in main_cases() {
        let all = quote.values.clone();
        let surplus = [
            (SHA256, 1, 32),
            (SHA256, 23, 32),
            (TpmAlgId::SHA384, 7, 48),
            (SHA1, 0, 20),
        ];
        for (bank, index, size) in surplus {
            quote.values = all.clone();
            quote.values.insert(1, (bank, index, vec![0; size]));
            let error = quote.verify().expect_err("a surplus value was accepted");
            let Problem::Selection {
                problem,
                expected,
                found,
            } = *error.problem()
            else {
                panic!("{error:?}");
            };
            assert_eq!(problem, SelectionProblem::Surplus { bank, index });
            assert_eq!(error.part(), Part::PcrValues);
            assert_eq!(expected, PcrSet::parse("sha256:0,7,10").unwrap());
            assert!(found.contains(bank, index));
        }
        // No TPM has such a PCR.
        for index in [24, 32, 255] {
            quote.values = all.clone();
            quote.values.push((SHA256, index, vec![0; 32]));
            let bank = SHA256;
            let expected = selection(SelectionProblem::Surplus { bank, index });
            assert_same(&quote.verify().unwrap_err(), &expected, "no such PCR");
        }
        for again in &all {
            quote.values = all.clone();
            quote.values.push(again.clone());
            let pcr = Pcr::new(again.0, again.1).unwrap();
            let expected = selection(SelectionProblem::DuplicateValue(pcr));
            assert_same(&quote.verify().unwrap_err(), &expected, "a value twice");
        }
    }
}

/// All six orders of three values, and two of all the 96 values of 101.
#[test]
fn order_of_the_values_does_not_matter() {
    let mut quotes = Vec::new();
    for start in ["004", "005"] {
        for order in [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ] {
            let mut quote = Quote::of(&case(start));
            let signed = quote.values.clone();
            quote.values = order.map(|i| signed[i].clone()).to_vec();
            quotes.push((quote, signed));
        }
    }
    for half in [0, 48] {
        let mut quote = Quote::of(&case("101"));
        let signed = quote.values.clone();
        assert_eq!(signed.len(), 96);
        quote.values.rotate_left(half);
        quote.values.reverse();
        quotes.push((quote, signed));
    }
    for (quote, signed) in quotes {
        let show = |verified: &VerifiedQuote<'_>| {
            assert!(verified.pcrs().eq(pcr_values(&signed)));
            for (bank, index, digest) in &signed {
                assert_eq!(verified.pcr(*bank, *index), Some(&digest[..]));
            }
        };
        quote
            .verify_as(KeyRules::new(), &quote.policy(), show)
            .unwrap();
    }
}

#[test]
fn changed_value_does_not_have_the_signed_digest() {
    for mut quote in main_cases() {
        let signed = quote.attest[quote.attest.len() - 32..].to_vec();
        for (changed, byte) in [(0, 0), (1, 17), (2, 31)] {
            let all = quote.values.clone();
            quote.values[changed].2[byte] ^= 0x10;
            let error = quote.verify().unwrap_err();
            let Problem::Quote(QuoteProblem::Digest {
                computed,
                signed: found,
            }) = *error.problem()
            else {
                panic!("{error:?}");
            };
            assert_eq!(found, Excerpt::new(&signed));
            assert_ne!(computed, found);
            assert_eq!(error.check(), Check::PcrDigest);
            quote.values = all;
        }
        // Two values change places.
        let (first, second) = (quote.values[0].2.clone(), quote.values[1].2.clone());
        (quote.values[0].2, quote.values[1].2) = (second, first);
        assert_eq!(quote.verify().unwrap_err().check(), Check::PcrDigest);
    }
}

/// P6: the values follow one another without a border, so 33 and 31 bytes would
/// give the same digest as 32 and 32.
#[test]
fn p6_border_between_two_values_cannot_move() {
    for mut quote in main_cases() {
        let all = quote.values.clone();
        let both = [&all[0].2[..], &all[1].2[..]].concat();
        for border in [0, 31, 33, 64] {
            quote.values[0].2 = both[..border].to_vec();
            quote.values[1].2 = both[border..].to_vec();
            let expected = Error::from(QuoteProblem::ValueLength {
                pcr: Pcr::new(SHA256, 0).unwrap(),
                expected: 32,
                found: border,
            });
            assert_eq!(quote.verify(), Err(expected));
            assert_eq!(quote.verify().unwrap_err().check(), Check::PcrValues);
        }
    }
}

#[test]
fn quote_that_does_not_cover_what_is_required_is_refused() {
    for quote in main_cases() {
        let nonce = Nonce::exact(&quote.nonce).unwrap();
        for (required, bank, index) in [
            ("sha256:0,7,10,11", SHA256, 11),
            ("sha256:1", SHA256, 1),
            ("sha256:0,7,10+sha384:0", TpmAlgId::SHA384, 0),
            ("sha1:0,7,10", SHA1, 0),
        ] {
            let required = PcrSet::parse(required).unwrap();
            let policy = QuotePolicy::new(nonce, required);
            let expected = Problem::Selection {
                problem: SelectionProblem::NotCovered(Pcr::new(bank, index).unwrap()),
                expected: required,
                found: PcrSet::parse("sha256:0,7,10").unwrap(),
            };
            let result = quote.verify_as(KeyRules::new(), &policy, |_| ());
            let error = result.unwrap_err();
            assert_eq!(*error.problem(), expected);
            assert_eq!(error.part(), Part::Signed);
        }
        // A part of what was quoted is enough.
        let policy = QuotePolicy::new(nonce, PcrSet::parse("sha256:7").unwrap());
        quote.verify_as(KeyRules::new(), &policy, |_| ()).unwrap();
    }
}

#[test]
fn another_key_does_not_verify_the_quote() {
    let [rsa, ecc] = main_cases();
    let (rsa_scheme, ecc_scheme) = ((alg("rsassa"), SHA256), (alg("ecdsa"), SHA256));
    let with = |quote: &Quote, key: &Vector| {
        Quote {
            public: key.file("ak.pub"),
            attest: quote.attest.clone(),
            signature: quote.signature.clone(),
            nonce: quote.nonce.clone(),
            values: quote.values.clone(),
            selection: quote.selection.clone(),
        }
        .verify()
    };
    // Of the same kind, with the same scheme and hash.
    assert_eq!(
        with(&rsa, &case("044")),
        Err(AttestProblem::Signature.into())
    );
    assert_eq!(
        with(&ecc, &case("045")),
        Err(AttestProblem::Signature.into())
    );
    // Of the other kind.
    let expected = AttestProblem::SignatureScheme {
        expected: ecc_scheme,
        found: (rsa_scheme.0, Some(SHA256)),
    };
    assert_eq!(with(&rsa, &case("005")), Err(expected.into()));
    let expected = AttestProblem::SignatureScheme {
        expected: rsa_scheme,
        found: (ecc_scheme.0, Some(SHA256)),
    };
    assert_eq!(with(&ecc, &case("004")), Err(expected.into()));
    // Of the same kind, with another hash.
    let expected = AttestProblem::SignatureScheme {
        expected: (rsa_scheme.0, TpmAlgId::SHA384),
        found: (rsa_scheme.0, Some(SHA256)),
    };
    assert_eq!(with(&rsa, &case("006")), Err(expected.into()));
}
