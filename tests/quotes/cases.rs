//! The cases as they are, and the other kinds of attestation.

use tpm_quote::{
    AttestationKey, Check, Error, Evidence, KeyTrust, Nonce, Pcr, PcrSet, PcrValue, Problem,
    QuotePolicy, Tpm2bAttest, Tpm2bPublic, TpmAlgId, Unmarshal, Verdict, VerifiedQuote,
    types::{TpmEccCurve, TpmSt, TpmaObject, TpmsClockInfo},
    verify::{
        KeyRules, Part,
        error::{AttestProblem, KeyProblem, SelectionProblem},
    },
    verify_quote,
};

use crate::{
    SHA1, SHA256, assert_same,
    common::{
        Vector, alg, attestations, case, cases, curve, digits, hex,
        quote::{Quote, pcr_values},
        specimens,
    },
    selection,
};

/// Where this crate says something else than the verifier that judged the cases
/// when they were made.
fn deviation(case: &Vector) -> Option<Problem> {
    let exponent = || case.json["ak_public"]["exponent"].as_u64().unwrap();
    Some(Problem::Key(match &case.name[..3] {
        // The key is judged before the signature.
        "016" => KeyProblem::RsaBits(1024),
        // The curve is judged before the scheme.
        "036" => KeyProblem::Curve(TpmEccCurve::SM2_P256),
        "038" => KeyProblem::Curve(TpmEccCurve::BN_P256),
        // The other verifier takes any odd exponent (K7).
        "081" | "082" | "084" => KeyProblem::Exponent(u32::try_from(exponent()).unwrap()),
        _ => return None,
    }))
}

/// What the verdict in a case.json means here; `None` if it is to accept.
fn expected(case: &Vector) -> Option<Problem> {
    let verdict = case.text("reference_policy_verdict");
    let public = &case.json["ak_public"];
    if let Some(problem) = deviation(case) {
        return Some(problem);
    }
    let reason = match verdict.strip_prefix("reject: ") {
        Some(reason) => reason,
        None => {
            assert_eq!(verdict, "accept", "{}", case.name);
            return None;
        }
    };
    Some(match reason {
        "pub-type-not-asymmetric" => Problem::Key(KeyProblem::Type {
            found: alg(public["type"].as_str().unwrap()),
        }),
        "policy-attr-missing-fixedtpm" | "policy-attr-missing-restricted" => {
            let attributes = u32::try_from(public["attributes"].as_u64().unwrap()).unwrap();
            // fixedTPM, fixedParent, sensitiveDataOrigin, restricted, sign, and
            // never decrypt.
            Problem::Key(KeyProblem::Attributes {
                missing: TpmaObject(0x0005_0032 & !attributes),
                forbidden: TpmaObject(0x0002_0000 & attributes),
            })
        }
        "policy-namealg-sha1" => Problem::Key(KeyProblem::NameSha1),
        "policy-sha1" => Problem::Attest(AttestProblem::SignatureSha1),
        "attest-selection-count" => selection(SelectionProblem::Empty),
        "attest-empty-selection" => selection(SelectionProblem::EmptyBank(SHA1)),
        "attest-duplicate-bank" => selection(SelectionProblem::DuplicateBank(SHA256)),
        reason => match reason.strip_prefix("policy-curve-") {
            Some(name) => Problem::Key(KeyProblem::Curve(curve(name))),
            None => {
                let scheme = reason.strip_prefix("policy-scheme-").expect(reason);
                Problem::Key(match scheme {
                    "null" => KeyProblem::SchemeNotFixed,
                    "ecdaa" | "ecschnorr" | "sm2" => KeyProblem::SchemeUnsupported(alg(scheme)),
                    other => KeyProblem::SchemeNotSigning(alg(other)),
                })
            }
        },
    })
}

#[test]
fn every_quote_is_accepted_or_refused_as_its_case_says() {
    let (mut accepted, mut refused) = (0, Vec::new());
    for case in cases() {
        let quote = Quote::of(&case);
        match (quote.verify(), expected(&case)) {
            (Ok(()), None) => accepted += 1,
            (Err(found), Some(expected)) => {
                refused.push(found.check());
                assert_same(&found, &expected, &case.name);
            }
            (found, expected) => panic!("{}: {found:?}, not {expected:?}", case.name),
        }
    }
    assert_eq!((accepted, refused.len()), (96, 37));
    refused.sort_unstable();
    refused.dedup();
    let checks = [
        Check::KeyType,
        Check::KeyAttributes,
        Check::KeyStrength,
        Check::KeyScheme,
        Check::SignatureScheme,
        Check::Selection,
    ];
    assert_eq!(refused, checks);
}

#[test]
fn accepted_quotes_say_what_their_case_says() {
    let mut count = 0;
    for case in cases() {
        let quote = Quote::of(&case);
        if expected(&case).is_some() {
            continue;
        }
        count += 1;
        let what = &case.name;
        let show = |verified: &VerifiedQuote<'_>| {
            let values = pcr_values(&quote.values);
            assert_eq!(verified.pcrs().collect::<Vec<_>>(), values, "{what}");
            for bank in [SHA1, SHA256, TpmAlgId::SHA384, TpmAlgId::SHA512] {
                for index in 0..=255 {
                    let value = values.iter().find(|v| (v.bank, v.index) == (bank, index));
                    let value = value.map(|value| value.digest);
                    assert_eq!(verified.pcr(bank, index), value, "{what} {bank} {index}");
                }
            }
            assert_eq!(verified.selection().to_string(), quote.selection);
            let bitmaps: Vec<_> = verified
                .pcr_select()
                .iter()
                .map(|s| (s.hash, digits(s.pcr_select())))
                .collect();
            let banks = case.json["pcr_selection_list"].as_array().unwrap();
            let banks: Vec<_> = banks
                .iter()
                .map(|b| {
                    (
                        alg(b["bank"].as_str().unwrap()),
                        b["bitmap_hex"].as_str().unwrap().to_owned(),
                    )
                })
                .collect();
            assert_eq!(bitmaps, banks, "{what}");

            assert_eq!(verified.pcr_digest(), case.bytes("pcr_digest_hex"));
            assert_eq!(verified.nonce(), quote.nonce);
            let signer = case.bytes("qualified_signer_hex");
            assert_eq!(verified.qualified_signer(), signer);
            assert_eq!(verified.key_name().to_string(), case.text("ak_name_hex"));
            assert_eq!(verified.key_name().as_ref(), case.file("ak.name"));
            assert_eq!(verified.key_trust(), KeyTrust::SelfAsserted);
            let clock = &case.json["clock_info"];
            let number = |key: &str| clock[key].as_u64().unwrap();
            let expected = TpmsClockInfo {
                clock: number("clock"),
                reset_count: number("reset_count").try_into().unwrap(),
                restart_count: number("restart_count").try_into().unwrap(),
                safe: clock["safe"].as_bool().unwrap(),
            };
            assert_eq!(*verified.clock_info(), expected, "{what}");
            let version = format!("{:016x}", verified.firmware_version());
            assert_eq!(version, case.text("firmware_version"));
            assert_eq!(verified.baseline_matched(), 0);
        };
        let verified = quote.verify_as(KeyRules::new(), &quote.policy(), show);
        verified.unwrap_or_else(|e| panic!("{what}: {e:?}"));
    }
    assert_eq!(count, 96);
}

#[test]
fn sized_and_bare_files_of_a_quote_hold_the_same_bytes() {
    for case in cases() {
        let sized = case.file("quote.attest2b");
        let attest = Tpm2bAttest::from_bytes(&sized).unwrap();
        assert_eq!(attest.bytes(), case.file("quote.attest"), "{}", case.name);
    }
}

/// The nonces of the cases come from payload ids, which they give.
#[test]
fn nonce_of_a_payload_id_is_the_one_that_was_quoted() {
    let mut count = 0;
    for case in cases() {
        let derivation = case.json["nonce_derivation"].as_str();
        // One has the whole hash for its nonce.
        if derivation == Some("SHA-256(ascii payload_id)[:16]") && !case.name.starts_with("144") {
            count += 1;
            let nonce = Nonce::from_payload_id(case.text("payload_id")).unwrap();
            assert_eq!(nonce.as_ref(), case.file("nonce.bin"), "{}", case.name);
        }
    }
    assert_eq!(count, 117);
}

#[test]
fn sha1_signatures_pass_with_their_opt_in_and_only_then() {
    for start in ["008", "012", "024"] {
        let quote = Quote::of(&case(start));
        let strict = quote.policy();
        let lax = strict.dangerous_allow_sha1_signatures();
        let rules = KeyRules::new();
        let other_rules = rules
            .dangerous_allow_sha1_names()
            .dangerous_allow_rsa_1024();
        quote.verify_as(rules, &lax, |_| ()).unwrap();
        for rules in [rules, other_rules] {
            let error = quote.verify_as(rules, &strict, |_| ()).unwrap_err();
            assert_eq!(error, AttestProblem::SignatureSha1.into());
            assert_eq!(error.verdict(), Verdict::Rejected);
        }
    }
}

#[test]
fn key_of_1024_bits_that_signs_with_sha1_needs_both_opt_ins() {
    let quote = Quote::of(&case("016"));
    let strict = quote.policy();
    let lax = strict.dangerous_allow_sha1_signatures();
    let (rules, lax_rules) = (KeyRules::new(), KeyRules::new().dangerous_allow_rsa_1024());
    let too_short = Error::from(KeyProblem::RsaBits(1024));
    for rules in [rules, rules.dangerous_allow_sha1_names()] {
        assert_eq!(quote.verify_as(rules, &lax, |_| ()), Err(too_short));
    }
    let sha1 = Error::from(AttestProblem::SignatureSha1);
    assert_eq!(quote.verify_as(lax_rules, &strict, |_| ()), Err(sha1));
    quote.verify_as(lax_rules, &lax, |_| ()).unwrap();
}

#[test]
fn sha1_name_passes_with_its_opt_in_and_only_then() {
    let quote = Quote::of(&case("074"));
    let policy = quote.policy();
    let rules = KeyRules::new();
    let error = Error::from(KeyProblem::NameSha1);
    let lax = policy.dangerous_allow_sha1_signatures();
    for rules in [rules, rules.dangerous_allow_rsa_1024()] {
        assert_eq!(quote.verify_as(rules, &lax, |_| ()), Err(error));
    }
    let rules = rules.dangerous_allow_sha1_names();
    let name = quote.verify_as(rules, &policy, |verified| *verified.key_name());
    assert_eq!(name.unwrap().as_ref(), case("074").file("ak.name"));
}

/// Q2. The check `type` comes after `signature`, so their signatures hold; one
/// bit of what was signed shows that they were looked at.
#[test]
fn q2_other_attestations_are_refused_as_quotes_by_their_type() {
    let mut kinds = Vec::new();
    for case in attestations() {
        if !case.has("ak.pub") {
            continue;
        }
        let kind = u16::try_from(case.json["attest"]["type"].as_u64().unwrap()).unwrap();
        let mut quote = Quote {
            public: case.file("ak.pub"),
            attest: case.file("attest"),
            signature: case.file("sig"),
            nonce: hex(case.json["attest"]["extraData"].as_str().unwrap()),
            values: Vec::new(),
            selection: String::new(),
        };
        let error = quote.verify().unwrap_err();
        let found = TpmSt(kind);
        assert_eq!(error, other_type(found), "{}", case.name);
        assert_eq!(error.check(), Check::Type);
        *quote.attest.last_mut().unwrap() ^= 1;
        let signature = Error::from(AttestProblem::Signature);
        assert_eq!(quote.verify(), Err(signature), "{}", case.name);
        kinds.push(kind);
    }
    assert_eq!(kinds.len(), 27);
    kinds.sort_unstable();
    kinds.dedup();
    let all = [0x8014, 0x8015, 0x8016, 0x8017, 0x8019, 0x801a, 0x801c];
    assert_eq!(kinds, all);
}

/// Without a key a TPM "signs" with `TPM_ALG_NULL`.
#[test]
fn q9_attestation_without_a_signer_is_refused_by_its_scheme() {
    let null = attestations().into_iter().find(|case| !case.has("ak.pub"));
    let null = null.unwrap();
    for (key, scheme) in [("004", "rsassa"), ("005", "ecdsa")] {
        let mut quote = Quote::of(&case(key));
        quote.attest = null.file("attest");
        quote.signature = null.file("sig");
        let error = quote.verify().unwrap_err();
        let expected = Error::from(AttestProblem::SignatureScheme {
            expected: (alg(scheme), SHA256),
            found: (TpmAlgId::NULL, None),
        });
        assert_eq!(error, expected);
        assert_eq!(error.check(), Check::SignatureScheme);
        assert_eq!(error.verdict(), Verdict::Rejected);
    }
}

/// The printed specimen covers PCR 23, which software can reset.
#[test]
fn printed_quote_passes_where_its_resettable_pcr_is_required() {
    let public = Tpm2bPublic::from_unsized(&specimens::PUBLIC).unwrap();
    let key = AttestationKey::self_asserted(&public).unwrap();
    let values = [0, 23].map(|index| PcrValue {
        bank: SHA256,
        index,
        digest: &[0; 32],
    });
    let evidence = Evidence {
        attest: &specimens::QUOTE,
        signature: &specimens::QUOTE_SIGNATURE[..],
        pcrs: &values,
    };
    let nonce = Nonce::from([0xc0, 0xff, 0xee]);
    let policy = |pcrs| QuotePolicy::new(nonce, PcrSet::parse(pcrs).unwrap());
    let quote = verify_quote(&key, &evidence, &policy("sha256:0,23")).unwrap();
    assert_eq!(quote.qualified_signer(), specimens::QUALIFIED_NAME);
    assert_eq!(quote.key_name().as_ref(), specimens::NAME);
    assert_eq!(quote.pcr(SHA256, 23), Some(&[0; 32][..]));

    let error = verify_quote(&key, &evidence, &policy("sha256:0")).unwrap_err();
    let expected = Problem::Selection {
        problem: SelectionProblem::Resettable(Pcr::new(SHA256, 23).unwrap()),
        expected: PcrSet::parse("sha256:0").unwrap(),
        found: PcrSet::parse("sha256:0,23").unwrap(),
    };
    assert_eq!((error.problem(), error.part()), (&expected, Part::Signed));

    let others = [
        (
            &specimens::CERTIFY[..],
            &specimens::CERTIFY_SIGNATURE,
            TpmSt::ATTEST_CERTIFY,
        ),
        (
            &specimens::CREATION,
            &specimens::CREATION_SIGNATURE,
            TpmSt::ATTEST_CREATION,
        ),
        (
            &specimens::TIME,
            &specimens::TIME_SIGNATURE,
            TpmSt::ATTEST_TIME,
        ),
    ];
    for (attest, signature, found) in others {
        let evidence = Evidence {
            attest,
            signature,
            pcrs: &values,
        };
        let error = verify_quote(&key, &evidence, &policy("sha256:0,23")).unwrap_err();
        assert_eq!(error, other_type(found));
    }
}

/// The error for another kind of attestation than a quote.
fn other_type(found: TpmSt) -> Error {
    let expected = TpmSt::ATTEST_QUOTE;
    AttestProblem::Type { expected, found }.into()
}
