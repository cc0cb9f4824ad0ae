//! The certification in the block of a response, the one that is given beforehand, and
//! what is said of those that prove nothing.

use serde_json::{Value, json};
use tpm_quote::{
    Attestation, Check, Error, KeyTrust, Nonce, PcrSet, PcrValue, Problem, ResponsePolicy, Scratch,
    Tier, Tpm2bPublic, TpmAlgId, TpmAttestation, Unmarshal, Verifier,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier, Software},
    evidence::{BlockEvidence, Form},
    types::Tpm2bCreationData,
    verify::{
        Anchor, AnchorLine, Excerpt, Part, PlainKey, SignedAttest, SigningScheme, Verdict,
        error::{
            AnchorProblem, AttestProblem, FieldProblem, KeyProblem, ObjectProblem, SettingProblem,
        },
    },
    verify_response_for_tier,
};

use super::{
    anchors::certification,
    forge::{Key, NULL, SHA256, sized},
    machine::{Machine, Signed, base64, policy, response, stranger, verify_block},
    said::{Said, said},
    scene::AlwaysYes,
};

const CERTIFY: &str = "aik_certify_b64";
const SIGNATURE: &str = "aik_certify_signature_b64";

/// What comes of a text, by a policy that asks for no certification.
fn problem(text: &str) -> (&'static str, FieldProblem) {
    let mut scratch = Scratch::new();
    let refused = tpm_quote::verify_response(text, &policy(), &mut scratch);
    match *refused.unwrap_err().problem() {
        Problem::Field { field, problem } => (field, problem),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn k1_certification_that_is_not_asked_for_proves_nothing() {
    let machine = Machine::new();
    let block = machine.block(&machine.certification());
    assert_eq!(verify_block(&block, &policy()), Ok(KeyTrust::SelfAsserted));
    let error = verify_block(&block, &policy().require_anchored_key());
    assert_eq!(said(error.unwrap_err()), AnchorProblem::NotAnchored);
}

/// One that is given would be looked at by nobody, if nobody has to make it.
#[test]
fn o3_certification_without_a_certifier_is_an_error() {
    let machine = Machine::new();
    let block = machine.block(&machine.certification());
    let certified = machine.certification();
    let data = sized(&machine.creation_data());
    let data = Tpm2bCreationData::from_bytes(&data).unwrap();
    let name = machine.fresh.name();
    let names = [&*name];
    let policies = [
        policy().certification(&certified.borrowed()),
        policy().certification_of_creation(&certified.borrowed(), &data),
        policy().anchor(Anchor::new().creation(&data)),
        policy().anchor(Anchor::new().certification(&certified.borrowed())),
        policy().anchor(Anchor::new().failed_certification(Nonce::exact(&[]).unwrap_err())),
        // Another anchor does not make it count.
        policy()
            .anchor(Anchor::new().certification(&certified.borrowed()))
            .pinned(&names),
    ];
    for policy in policies {
        let error = verify_block(&block, &policy).unwrap_err();
        assert_eq!(said(error), SettingProblem::CertificationUnused);
        assert_eq!(
            (error.check(), error.verdict()),
            (Check::Input, Verdict::Malformed)
        );
    }
}

#[test]
fn k1_certifier_of_which_there_is_no_certification_refuses_the_key() {
    let machine = Machine::new();
    let block = machine.block_of(&machine.scene());
    let error = machine.verify(&block, |policy| policy).unwrap_err();
    assert_eq!(said(error), AnchorProblem::NoCertification);
    assert_eq!(
        (error.check(), error.verdict()),
        (Check::KeyAnchor, Verdict::Rejected)
    );
    // Whatever the tier.
    machine.with_fresh(|_, trusted, _| {
        for tier in [Tier::Standard, Tier::High, Tier::Maximum] {
            let policy = policy().certified_by(trusted);
            let mut scratch = Scratch::new();
            let text = response(&block);
            match verify_response_for_tier(&text, &policy, tier, &mut scratch) {
                Err(found) => assert_eq!(found, error),
                Ok(Attestation::Verified(_) | Attestation::Unavailable) => panic!("{tier}"),
            }
        }
    });
}

#[test]
fn k1_certification_in_a_response_has_the_nonce_of_the_request() {
    let mut machine = Machine::new();
    machine.signed_nonce = b"another".to_vec();
    let block = machine.block(&machine.certification());
    machine.with_fresh(|_, trusted, request| {
        let error = AttestProblem::Nonce {
            expected: Excerpt::new(request.as_ref()),
            found: Excerpt::new(b"another"),
        };
        let refused = verify_block(&block, &policy().certified_by(trusted)).unwrap_err();
        assert_eq!(said(refused), certification(error));
        assert!(
            refused
                .help()
                .starts_with("The certification was made for another request")
        );
        let another = Nonce::exact(b"another").unwrap();
        let given = policy().certified_by_with_nonce(trusted, another);
        assert_eq!(verify_block(&block, &given), Ok(KeyTrust::Certified));
        // The quote has to have that of the request all the same.
        let error = AttestProblem::Nonce {
            expected: Excerpt::new(b"another"),
            found: Excerpt::new(request.as_ref()),
        };
        let policy = ResponsePolicy::with_nonce(another).certified_by(trusted);
        assert_eq!(said(verify_block(&block, &policy).unwrap_err()), error);
    });
}

#[test]
fn k1_certification_that_was_given_is_the_one_that_counts() {
    let mut machine = Machine::new();
    machine.signed_nonce = b"long before".to_vec();
    machine.nonce = machine.signed_nonce.clone();
    let (certified, created) = (machine.certification(), machine.creation());
    let data = sized(&machine.creation_data());
    let data = Tpm2bCreationData::from_bytes(&data).unwrap();
    let given = |block: &Value, is_creation: bool, signed: SignedAttest<'_>| {
        machine.with_fresh(|_, trusted, nonce| {
            let policy = policy().certified_by_with_nonce(trusted, nonce);
            let policy = match is_creation {
                true => policy.certification_of_creation(&signed, &data),
                false => policy.certification(&signed),
            };
            verify_block(block, &policy)
        })
    };
    let without = machine.block_of(&machine.scene());
    let mut other = machine.clone();
    other.certifier = stranger();
    let with = machine.block(&other.certification());
    for block in [&without, &with] {
        let certified = certified.borrowed();
        assert_eq!(given(block, false, certified), Ok(KeyTrust::Certified));
        assert_eq!(
            given(block, true, created.borrowed()),
            Ok(KeyTrust::Created)
        );
    }
    // A good one in the response does not help a bad one that was given.
    let good = machine.block(&certified);
    let error = given(&good, false, other.certification().borrowed()).unwrap_err();
    assert_eq!(said(error), certification(AttestProblem::Signature));
}

/// The verifier of the caller is asked for the certification too.
#[test]
fn k1_certification_is_checked_by_the_verifier_of_the_caller() {
    let mut machine = Machine::new();
    machine.certifier = stranger();
    let text = response(&machine.block(&machine.certification()));
    let (creation, data) = (machine.creation(), sized(&machine.creation_data()));
    let data = Tpm2bCreationData::from_bytes(&data).unwrap();
    machine.with_trusted(|trusted| {
        let certified = policy().certified_by(trusted);
        let created = certified.certification_of_creation(&creation.borrowed(), &data);
        for (policy, trust) in [
            (certified, KeyTrust::Certified),
            (created, KeyTrust::Created),
        ] {
            let verify = |engine: &dyn SignatureVerifier| {
                let mut scratch = Scratch::new();
                let verifier = Verifier::new().crypto(engine);
                let quote = verifier.response(&text, &policy, &mut scratch);
                quote.map(|quote| quote.key_trust()).map_err(said)
            };
            let error = certification(AttestProblem::Signature);
            assert_eq!(verify(&Software), Err(error));
            assert_eq!(verify(&AlwaysYes), Ok(trust));
        }
    });
}

#[test]
fn k1_pinned_names_and_a_certifier_both_have_to_hold() {
    let machine = Machine::new();
    let certified = machine.block(&machine.certification());
    let alone = machine.block_of(&machine.scene());
    let mut replayed = machine.clone();
    replayed.subject = Key::p521(SHA256).name();
    let replayed = machine.block(&replayed.certification());
    let (name, other) = (machine.fresh.name(), Key::p521(SHA256).name());
    let (good, bad) = ([&name[..]], [&other[..]]);
    let not_pinned = AnchorProblem::NameNotPinned {
        name: Excerpt::new(&name),
    };
    let other_key = ObjectProblem::Name {
        expected: Excerpt::new(&name),
        found: Excerpt::new(&other),
    };
    let other_key = certification(other_key);
    for (names, block, expected) in [
        (&good[..], &certified, Ok(KeyTrust::Certified)),
        (&good, &alone, Err(AnchorProblem::NoCertification.into())),
        (&good, &replayed, Err(other_key)),
        (&bad, &certified, Err(not_pinned.into())),
        (&bad, &alone, Err(not_pinned.into())),
        (&[], &certified, Err(AnchorProblem::NoPinnedNames.into())),
    ] {
        machine.with_fresh(|_, trusted, _| {
            let policy = policy();
            let one = policy.pinned(names).certified_by(trusted);
            let other = policy.certified_by(trusted).pinned(names);
            assert_eq!(verify_block(block, &one).map_err(said), expected);
            assert_eq!(verify_block(block, &other).map_err(said), expected);
        });
    }
}

#[test]
fn c2_certification_whose_size_and_content_disagree_is_malformed() {
    let machine = Machine::new();
    let certified = machine.certification();
    let whole = sized(&certified.attest);
    let mut one_more = whole.clone();
    one_more[1] += 1;
    let mut one_less = whole.clone();
    one_less[1] -= 1;
    for attest in [
        Vec::new(),
        vec![0],
        certified.attest.clone(), // without its size
        one_more,
        one_less,
        [&whole[..], &[0]].concat(),
    ] {
        let mut block = machine.block(&certified);
        block[CERTIFY] = base64(&attest).into();
        let error = machine.verify(&block, |policy| policy).unwrap_err();
        assert_eq!(error.part(), Part::Certification);
        assert!(
            matches!(error.problem(), Problem::Structure(_)),
            "{error:?}"
        );
        assert_eq!(
            (error.check(), error.verdict()),
            (Check::Input, Verdict::Malformed)
        );
        let text = error.to_string();
        assert!(text.starts_with("certification of the key: "), "{text}");
        // Nobody reads what nobody asked for.
        verify_block(&block, &policy()).unwrap();
    }
}

#[test]
fn c2_signature_of_a_certification_is_read_to_its_end() {
    let machine = Machine::new();
    let certified = machine.certification();
    for signature in [
        Vec::new(),
        certified.signature[..certified.signature.len() - 1].to_vec(),
        [&certified.signature[..], &[0]].concat(),
    ] {
        let mut block = machine.block(&certified);
        block[SIGNATURE] = base64(&signature).into();
        let error = machine.verify(&block, |policy| policy).unwrap_err();
        assert_eq!(error.part(), Part::CertificationSignature);
        assert!(
            matches!(error.problem(), Problem::Structure(_)),
            "{error:?}"
        );
        assert_eq!(
            (error.check(), error.verdict()),
            (Check::Input, Verdict::Malformed)
        );
    }
}

/// A field of the block is refused.
fn of_field(field: &'static str, problem: FieldProblem) -> Said {
    Said {
        check: Check::Input,
        part: Part::Response,
        problem: Problem::Field { field, problem },
    }
}

#[test]
fn j7_certification_and_its_signature_are_both_there_or_both_absent() {
    let machine = Machine::new();
    let block = machine.block(&machine.certification());
    verify_block(&block, &policy()).unwrap();
    for (field, other) in [(CERTIFY, SIGNATURE), (SIGNATURE, CERTIFY)] {
        let mut half = block.clone();
        half.as_object_mut().unwrap().remove(field).unwrap();
        let error = verify_block(&half, &policy()).unwrap_err();
        assert_eq!(said(error), of_field(field, FieldProblem::Missing));
        assert_eq!(machine.verify(&half, |policy| policy), Err(error));
        assert_eq!(error.verdict(), Verdict::Malformed);
        assert!(error.help().contains(other));
    }
}

#[test]
fn j7_server_without_a_tpm_has_no_certification() {
    let machine = Machine::new();
    let block = machine.block(&machine.certification());
    for tier in [Tier::Standard, Tier::High, Tier::Maximum] {
        for field in [CERTIFY, SIGNATURE] {
            let block = json!({"is_available": false, field: block[field]});
            let mut scratch = Scratch::new();
            let text = response(&block);
            let outcome = verify_response_for_tier(&text, &policy(), tier, &mut scratch);
            let error = of_field(field, FieldProblem::Contradiction);
            assert_eq!(said(outcome.unwrap_err()), error);
        }
    }
}

#[test]
fn j1_certification_is_there_once() {
    let machine = Machine::new();
    let block = machine.block(&machine.certification());
    for field in [CERTIFY, SIGNATURE] {
        for again in [field, &field.replacen('_', "\\u005f", 1)] {
            let text = response(&block);
            let twice = format!(r#"{{"{again}":{},"#, block[field]);
            let text = text.replacen(
                r#"{"is_available""#,
                &format!(r#"{twice}"is_available""#),
                1,
            );
            assert_eq!(problem(&text), (field, FieldProblem::Repeated), "{text}");
        }
    }
}

#[test]
fn j3_certification_is_a_string_under_its_exact_name() {
    let machine = Machine::new();
    let block = machine.block(&machine.certification());
    for field in [CERTIFY, SIGNATURE] {
        for wrong in [json!(null), json!(true), json!(7), json!([]), json!({})] {
            let mut block = block.clone();
            block[field] = wrong;
            match problem(&response(&block)) {
                (found, FieldProblem::Json(_)) => assert_eq!(found, field),
                other => panic!("{other:?}"),
            }
        }
        for alike in [
            field.to_uppercase(),
            format!("{field} "),
            field.replace("_b64", ""),
        ] {
            let mut block = block.clone();
            let value = block.as_object_mut().unwrap().remove(field).unwrap();
            block[&alike] = value;
            assert_eq!(
                problem(&response(&block)),
                ("tpm_attestation", FieldProblem::Unknown)
            );
        }
        // Where it does not belong, with no block where that belongs.
        let text = json!({"_metadata": {field: block[field]}}).to_string();
        assert_eq!(problem(&text), (field, FieldProblem::Misplaced));
    }
}

#[test]
fn j5_certification_is_base64_like_the_rest() {
    let machine = Machine::new();
    let block = machine.block(&machine.certification());
    for field in [CERTIFY, SIGNATURE] {
        let good = block[field].as_str().unwrap();
        for bad in [
            format!("{good}="),
            format!(" {good}"),
            format!("{good}\n"),
            good[..good.len() - 1].to_owned(),
            format!("-{}", &good[1..]),
        ] {
            let mut block = block.clone();
            block[field] = bad.into();
            assert_eq!(problem(&response(&block)), (field, FieldProblem::Base64));
        }
    }
}

#[test]
fn c7_certification_that_is_written_is_read_back() {
    let machine = Machine::new();
    let block = machine.block(&machine.certification());
    let read = |text: &str, form| {
        let mut scratch = Scratch::new();
        let block = TpmAttestation::from_json(text.as_bytes(), form, &mut scratch);
        let block = block.unwrap().unwrap();
        let mut written = String::new();
        block.write_json(&mut written).unwrap();
        written
    };
    let written = read(&response(&block), Form::Response);
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), block);
    assert_eq!(read(&written, Form::Block), written);
    assert!(written.find(CERTIFY) < written.find(SIGNATURE));
}

#[test]
fn c7_half_a_certification_is_not_written() {
    let value = [PcrValue {
        bank: TpmAlgId::SHA256,
        index: 0,
        digest: &[7; 32],
    }];
    let write = |aik_certify, aik_certify_signature| {
        let block = TpmAttestation::Available(BlockEvidence {
            pcr_banks: PcrSet::parse("sha256:0").unwrap(),
            pcr_values: (&value[..]).into(),
            aik_pubkey: b"key",
            quote: b"quote",
            signature: b"signature",
            aik_certify,
            aik_certify_signature,
        });
        let mut out = String::new();
        block.write_json(&mut out).map(|()| out)
    };
    let (one, two) = (Some(&b"one"[..]), Some(&b"two"[..]));
    assert!(!write(None, None).unwrap().contains("certify"));
    assert!(
        write(one, two)
            .unwrap()
            .ends_with(r#""aik_certify_b64":"b25l","aik_certify_signature_b64":"dHdv"}"#)
    );
    write(one, None).unwrap_err();
    write(None, two).unwrap_err();
}

#[test]
fn k1_what_cannot_be_read_is_malformed_and_what_is_unknown_is_unsupported() {
    let machine = Machine::new();
    let certified = machine.certification();
    let cut = Signed::by(
        &machine.certifier,
        certified.attest[..certified.attest.len() - 1].to_vec(),
    );
    let mut short = certified.clone();
    short.signature.truncate(10);
    let mut unknown = certified.clone();
    unknown.signature[..2].copy_from_slice(&[0x77, 0x77]);
    for (signed, part, check, verdict) in [
        (
            &cut,
            Part::CertificationSigned,
            Check::Input,
            Verdict::Malformed,
        ),
        (
            &short,
            Part::CertificationSignature,
            Check::Input,
            Verdict::Malformed,
        ),
        (
            &unknown,
            Part::CertificationSignature,
            Check::KeyAnchor,
            Verdict::Unsupported,
        ),
    ] {
        let error = machine.certified_by(signed).unwrap_err();
        assert!(
            matches!(error.problem(), Problem::Structure(_)),
            "{error:?}"
        );
        assert_eq!(error.part(), part);
        assert_eq!((error.check(), error.verdict()), (check, verdict));
    }
}

/// Supports every key and no signature.
struct NoSignature;

impl SignatureVerifier for NoSignature {
    fn check_key(&self, _: &PublicKey<'_>) -> Result<(), SignatureError> {
        Ok(())
    }

    fn verify(
        &self,
        _: &PublicKey<'_>,
        _: TpmAlgId,
        _: &[u8],
        _: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        Err(SignatureError::Unsupported)
    }
}

/// What comes of the key of this machine with this certification, if there is one.
fn judge(machine: &Machine, signed: Option<&Signed>, engine: &dyn SignatureVerifier) -> Error {
    machine.with_fresh(|public, trusted, nonce| {
        let mut anchor = Anchor::new().certified_by(trusted, nonce);
        if let Some(signed) = signed {
            anchor = anchor.certification(&signed.borrowed());
        }
        let verifier = Verifier::new().crypto(engine);
        let key = verifier.appraise_key(public, &anchor);
        key.into_result().expect_err("the key was accepted")
    })
}

#[test]
fn k1_error_says_what_does_not_vouch_for_the_key() {
    let machine = Machine::new();
    let certified = machine.certification();
    let mut asserted = machine.clone();
    asserted.is_pinned = false;
    let mut external = machine.clone();
    external.qualified_name = external.fresh.name();
    let mut other = machine.clone();
    other.certifier = stranger();
    let mut nameless = machine.clone();
    nameless.fresh.name_alg = NULL;

    let rejected = (Check::KeyAnchor, Verdict::Rejected);
    let error = |machine: &Machine| judge(machine, Some(&machine.certification()), &Software);
    for (error, expected, check_and_verdict, says) in [
        (
            error(&asserted),
            AnchorProblem::CertifierNotAnchored.into(),
            rejected,
            "the key that has to vouch for this one is itself self-asserted",
        ),
        (
            judge(&machine, None, &Software),
            AnchorProblem::NoCertification.into(),
            rejected,
            "there is no certification by the key that has to vouch for this one",
        ),
        (
            error(&external),
            AnchorProblem::External.into(),
            rejected,
            "the key was loaded into the TPM from outside: its qualified name is its Name",
        ),
        (
            error(&other),
            certification(AttestProblem::Signature),
            rejected,
            "the certification of the key fails its check signature: the signature does not match",
        ),
        (
            judge(&machine, Some(&certified), &NoSignature),
            certification(AttestProblem::SignatureUnsupported),
            (Check::KeyAnchor, Verdict::Unsupported),
            "the certification of the key fails its check signature-scheme: \
             the verifier does not support the signature's algorithm",
        ),
        (
            error(&nameless),
            KeyProblem::NoName.into(),
            (Check::KeyScheme, Verdict::Rejected),
            "the key has no Name: its nameAlg is TPM_ALG_NULL",
        ),
    ] {
        assert_eq!(said(error), expected);
        assert_eq!((error.check(), error.verdict()), check_and_verdict);
        assert_eq!(error.to_string(), says);
        assert!(error.help().ends_with('.'));
    }
}

/// A trust file whose lines ask for nothing, or that has none, lets nobody in.
#[test]
fn x7_lines_that_require_nothing_vouch_for_nothing() {
    let key = stranger();
    let public = key.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let plain = PlainKey::of_public(public.value()).unwrap();
    let nonce = Nonce::exact(b"nonce").unwrap();
    let within = [AnchorLine::new(1, Anchor::new())];
    let lines: [(&[AnchorLine<'_>], AnchorProblem); 3] = [
        (&[], AnchorProblem::NoLines),
        (&within, AnchorProblem::NotAnchored),
        (
            &[AnchorLine::new(1, Anchor::new().any_of(&within, nonce))],
            AnchorProblem::NotAnchored,
        ),
    ];
    for (lines, expected) in lines {
        let anchor = Anchor::new().any_of(lines, nonce);
        let verifier = Verifier::new();
        let by_area = verifier.appraise_key(&public, &anchor).into_result();
        assert_eq!(said(by_area.unwrap_err()), expected);
        let scheme = SigningScheme::ecdsa(TpmAlgId::SHA256);
        let by_numbers = verifier.appraise_anchored_plain_key(&plain, scheme, &anchor);
        assert_eq!(said(by_numbers.into_result().unwrap_err()), expected);
    }
}
