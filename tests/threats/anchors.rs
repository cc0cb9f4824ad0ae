//! K: what a sender tries against each way to vouch for a key, but for those of the
//! block, which are in `certification.rs`.

use tpm_quote::{
    AttestationKey, Check, KeyTrust, Problem, Tpm2bPublic, TpmAlgId, Unmarshal, Verifier,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier, Software},
    types::{Tpm2bCreationData, TpmSt, TpmaObject},
    verify::{
        Excerpt, KeyRules,
        error::{AnchorProblem, AttestProblem, CreationProblem, KeyProblem, ObjectProblem},
    },
};

use super::{
    forge::{ECDSA, Key, RSAPSS, RSASSA, SHA1, SHA256, SHA384, SHA512, hash, sized},
    machine::{Machine, Signed, base64, qualified, stranger},
    said::{Said, said},
    scene::{AlwaysYes, Scene},
};

/// Supports no key, and takes any signature.
pub struct NoKey;

impl SignatureVerifier for NoKey {
    fn check_key(&self, _: &PublicKey<'_>) -> Result<(), SignatureError> {
        Err(SignatureError::Unsupported)
    }

    fn verify(
        &self,
        _: &PublicKey<'_>,
        _: TpmAlgId,
        _: &[u8],
        _: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        Ok(())
    }
}

/// What was signed has this name, and the public area has that one.
fn other_name(expected: &[u8], found: &[u8]) -> Said {
    let (expected, found) = (Excerpt::new(expected), Excerpt::new(found));
    certification(ObjectProblem::Name { expected, found })
}

fn other_type(expected: TpmSt, found: TpmSt) -> Said {
    certification(AttestProblem::Type { expected, found })
}

/// The certification of the key has this problem.
pub fn certification(problem: impl Into<Said>) -> Said {
    problem.into().in_certification()
}

#[test]
fn k1_trust_that_comes_out_is_the_one_that_was_proved() {
    for (trusted, fresh) in [
        (Key::rsa(2048, RSASSA, SHA256), Key::p256(SHA256)),
        (Key::rsa(3072, RSAPSS, SHA384), Key::p521(SHA512)),
        (Key::p384(SHA384), Key::rsa(2048, RSAPSS, SHA256)),
    ] {
        let machine = Machine::with(trusted, fresh);
        let (certified, created) = (machine.certification(), machine.creation());
        let name = Some(machine.qualified_name.clone());
        assert_eq!(
            machine.certified_by(&certified),
            Ok((KeyTrust::Certified, name.clone()))
        );
        assert_eq!(
            machine.created_under(&created, &machine.creation_data()),
            Ok((KeyTrust::Created, name))
        );
        let verify = |block| machine.verify(&block, |policy| policy.require_anchored_key());
        assert_eq!(verify(machine.block(&certified)), Ok(KeyTrust::Certified));
    }
    for trust in [KeyTrust::Pinned, KeyTrust::Certified, KeyTrust::Created] {
        assert!(trust.is_anchored());
    }
}

#[test]
fn k1_made_up_key_vouches_for_nothing() {
    let mut machine = Machine::new();
    machine.certifier = stranger();
    machine.refused(certification(AttestProblem::Signature));
}

#[test]
fn k1_key_does_not_vouch_for_itself() {
    let mut machine = Machine::new();
    machine.trusted = Key::rsa(2048, RSASSA, SHA256);
    machine.certifier = machine.fresh.clone();
    machine.refused(certification(AttestProblem::SignatureScheme {
        expected: (TpmAlgId::RSASSA, TpmAlgId::SHA256),
        found: (TpmAlgId::ECDSA, Some(TpmAlgId::SHA256)),
    }));
}

#[test]
fn k1_what_is_said_of_another_key_is_not_said_of_this_one() {
    let mut machine = Machine::new();
    machine.subject = Key::p521(SHA256).name();
    machine.refused(other_name(&machine.fresh.name(), &machine.subject));
}

#[test]
fn k1_self_asserted_key_vouches_for_nothing() {
    let mut machine = Machine::new();
    machine.is_pinned = false;
    machine.refused(AnchorProblem::CertifierNotAnchored);
    // Neither attestation nor signature is looked at.
    let nothing = Signed {
        attest: Vec::new(),
        signature: Vec::new(),
    };
    let data = machine.creation_data();
    for refused in [
        machine.certified_by(&nothing),
        machine.created_under(&nothing, &data),
    ] {
        assert_eq!(
            said(refused.unwrap_err()),
            AnchorProblem::CertifierNotAnchored
        );
    }
}

#[test]
fn k1_what_was_said_for_another_nonce_is_a_replay() {
    let machine = Machine::new();
    for signed_nonce in [
        machine.nonce[..15].to_vec(),
        [&machine.nonce[..], &[0]].concat(),
        b"another request.".to_vec(),
        Vec::new(),
    ] {
        let mut machine = machine.clone();
        machine.signed_nonce = signed_nonce;
        machine.refused(certification(AttestProblem::Nonce {
            expected: Excerpt::new(&machine.nonce),
            found: Excerpt::new(&machine.signed_nonce),
        }));
        if !machine.signed_nonce.is_empty() {
            machine.nonce = machine.signed_nonce.clone();
            machine.certified_by(&machine.certification()).unwrap();
        }
    }
}

#[test]
fn k1_one_kind_of_attestation_does_not_stand_in_for_another() {
    const CERTIFY: TpmSt = TpmSt::ATTEST_CERTIFY;
    const CREATION: TpmSt = TpmSt::ATTEST_CREATION;
    const QUOTE: TpmSt = TpmSt::ATTEST_QUOTE;
    let machine = Machine::new();
    let (certified, created, quote) =
        (machine.certification(), machine.creation(), machine.quote());
    let data = machine.creation_data();
    for (signed, found) in [(&created, CREATION), (&quote, QUOTE)] {
        let error = machine.certified_by(signed).unwrap_err();
        assert_eq!(said(error), other_type(CERTIFY, found));
        let error = machine.verify(&machine.block(signed), |policy| policy);
        assert_eq!(said(error.unwrap_err()), other_type(CERTIFY, found));
    }
    for (signed, found) in [(&certified, CERTIFY), (&quote, QUOTE)] {
        let error = machine.created_under(signed, &data).unwrap_err();
        assert_eq!(said(error), other_type(CREATION, found));
    }
}

#[test]
fn k1_certification_is_no_quote() {
    // The fresh key attests something of itself, in the place of its quote.
    let mut machine = Machine::new();
    let block = machine.block(&machine.certification());
    machine.certifier = machine.fresh.clone();
    machine.signer = machine.qualified_name.clone();
    for (signed, found) in [
        (machine.certification(), TpmSt::ATTEST_CERTIFY),
        (machine.creation(), TpmSt::ATTEST_CREATION),
    ] {
        let mut block = block.clone();
        block["quote_b64"] = base64(&sized(&signed.attest)).into();
        block["signature_b64"] = base64(&signed.signature).into();
        let expected = TpmSt::ATTEST_QUOTE;
        let error = machine.verify(&block, |policy| policy).unwrap_err();
        assert_eq!(said(error), AttestProblem::Type { expected, found });
    }
}

#[test]
fn k1_creation_data_are_those_that_were_attested() {
    let machine = Machine::new();
    let data = machine.creation_data();
    let digest = Excerpt::new(&hash(SHA256, &data));
    // Every field, by one of its last bits: the data stay readable.
    for at in [37, 38, 40, 76, 110] {
        let mut other = data.clone();
        other[at] ^= 1;
        let error = machine.created_under(&machine.creation(), &other);
        assert_eq!(
            said(error.unwrap_err()),
            certification(CreationProblem::Hash {
                computed: Excerpt::new(&hash(SHA256, &other)),
                signed: digest,
            }),
            "byte {at}"
        );
    }
}

#[test]
fn k1_signature_with_sha1_vouches_for_nothing() {
    for trusted in [Key::p384(SHA1), Key::rsa(2048, RSASSA, SHA1)] {
        let machine = Machine::with(trusted, Key::p256(SHA256));
        let expected = certification(AttestProblem::SignatureSha1);
        machine.refused(expected);
        // What is allowed for the quote is not for what anchors its key.
        let error = machine.verify(&machine.block(&machine.certification()), |policy| {
            policy.dangerous_allow_sha1_signatures()
        });
        assert_eq!(said(error.unwrap_err()), expected);
    }
}

#[test]
fn k1_signature_is_over_all_of_what_is_signed() {
    let machine = Machine::new();
    let certified = machine.certification();
    for bit in 0..certified.attest.len() * 8 {
        let mut other = certified.clone();
        other.attest[bit / 8] ^= 1 << (bit % 8);
        let error = machine.certified_by(&other).unwrap_err();
        let expected = certification(AttestProblem::Signature);
        assert_eq!(said(error), expected, "bit {bit}");
    }
}

#[test]
fn k3_key_that_is_vouched_for_is_judged_like_any_other() {
    let none = TpmaObject(0);
    for (bit, is_required) in [
        (TpmaObject::FIXED_TPM, true),
        (TpmaObject::FIXED_PARENT, true),
        (TpmaObject::SENSITIVE_DATA_ORIGIN, true),
        (TpmaObject::RESTRICTED, true),
        (TpmaObject::SIGN, true),
        (TpmaObject::DECRYPT, false),
        (TpmaObject::ENCRYPTED_DUPLICATION, false),
        (TpmaObject(1 << 31), false),
    ] {
        let mut machine = Machine::new();
        machine.change_and_certify(|key| key.attributes ^= bit.0);
        let (missing, forbidden) = if is_required {
            (bit, none)
        } else {
            (none, bit)
        };
        let expected = Said::from(KeyProblem::Attributes { missing, forbidden });
        machine.refused(expected);
        assert_eq!(expected.check, Check::KeyAttributes);
        // Before all else that could be wrong.
        machine.is_pinned = false;
        machine.certifier = stranger();
        machine.signed_nonce = Vec::new();
        machine.refused(expected);
    }
}

#[test]
fn k3_rules_and_verifier_of_the_caller_are_the_ones_that_count() {
    let mut machine = Machine::new();
    machine.change_and_certify(|key| key.name_alg = SHA1);
    machine.refused(KeyProblem::NameSha1);
    let rules = KeyRules::new().dangerous_allow_sha1_names();
    let none = [&ECDSA.to_be_bytes()[..], &SHA256.to_be_bytes(), &[0; 4]].concat();
    let data = sized(&machine.creation_data());
    let data = Tpm2bCreationData::from_bytes(&data).unwrap();
    let (mut certified, mut created) = (machine.certification(), machine.creation());
    let verify = |certified: &Signed, created: &Signed, verifier: &dyn SignatureVerifier| {
        machine.with_fresh(|public, trusted, nonce| {
            let (signed, other) = (certified.borrowed(), created.borrowed());
            let verifier = Verifier::new().crypto(verifier).key_rules(rules);
            [
                verifier.certified_by(public, &signed, trusted, nonce),
                verifier.created_under(public, &data, &other, trusted, nonce),
            ]
            .map(|key| key.map(|key| key.trust()).map_err(said))
        })
    };
    let both = [Ok(KeyTrust::Certified), Ok(KeyTrust::Created)];
    assert_eq!(verify(&certified, &created, &Software), both);
    // The key is for the verifier to judge as well.
    let weak = Err(KeyProblem::NoEcdsa.into());
    assert_eq!(verify(&certified, &created, &NoKey), [weak; 2]);
    // By a signature over nothing.
    (certified.signature, created.signature) = (none.clone(), none);
    let refused = Err(certification(AttestProblem::Signature));
    assert_eq!(verify(&certified, &created, &Software), [refused; 2]);
    assert_eq!(verify(&certified, &created, &AlwaysYes), both);
}

#[test]
fn k4_same_point_with_another_public_area_is_another_key() {
    for change in [
        (|key| key.attributes |= TpmaObject::NO_DA.0) as fn(&mut Key),
        |key| key.attributes &= !TpmaObject::USER_WITH_AUTH.0,
        |key| key.auth_policy = vec![7; 32],
        |key| key.name_alg = SHA384,
        |key| key.hash = SHA384,
    ] {
        let mut machine = Machine::new();
        let name = machine.fresh.name();
        change(&mut machine.fresh);
        assert_eq!(machine.subject, name);
        machine.refused(other_name(&machine.fresh.name(), &name));
        // It is sound in itself, and may be vouched for as what it is.
        machine.change_and_certify(|_| ());
        machine.certified_by(&machine.certification()).unwrap();
    }
}

/// Of 112 bytes, most are in the name alone; the others make no attestation key.
#[test]
fn k4_what_vouches_for_a_key_covers_every_bit_of_its_public_area() {
    let mut machine = Machine::new();
    let area = machine.fresh.public_area();
    let (certified, created) = (machine.certification(), machine.creation());
    let data = machine.creation_data();
    let mut others = 0;
    for bit in 0..area.len() * 8 {
        let mut area = area.clone();
        area[bit / 8] ^= 1 << (bit % 8);
        let public = sized(&area);
        if Tpm2bPublic::from_bytes(&public).is_err() {
            continue;
        }
        machine.public = Some(public);
        let all = [
            machine.certified_by(&certified),
            machine.created_under(&created, &data),
            // Any point is taken for one of the curve.
            machine.by_any_signature(&certified),
        ];
        let digest = [&SHA256.to_be_bytes()[..], &hash(SHA256, &area)].concat();
        let other = other_name(&digest, &machine.subject);
        for outcome in all {
            match outcome.map_err(said) {
                Err(Said {
                    problem: Problem::Key(_),
                    ..
                }) => {}
                Err(error) if error == other => others += 1,
                wrong => panic!("bit {bit}: {wrong:?}"),
            }
        }
    }
    // All bits of both coordinates at least.
    assert!(others >= 2 * 256, "{others}");
}

#[test]
fn k5_quote_is_by_the_key_that_the_anchor_knows() {
    let machine = Machine::new();
    let (certified, created) = (machine.certification(), machine.creation());
    let data = machine.creation_data();
    let mut scene = machine.scene();
    let elsewhere = qualified(b"\x00\x0banother", &machine.fresh.name());
    let judge = |scene: &Scene| {
        let (signed, created) = (certified.borrowed(), created.borrowed());
        let data = sized(&data);
        let data = Tpm2bCreationData::from_bytes(&data).unwrap();
        machine.with_fresh(|public, trusted, nonce| {
            [
                AttestationKey::certified_by(public, &signed, trusted, nonce).unwrap(),
                AttestationKey::created_under(public, &data, &created, trusted, nonce).unwrap(),
                AttestationKey::pinned(public, &[machine.fresh.name()]).unwrap(),
            ]
            .map(|key| scene.verify_by(&key).map(|seen| seen.trust).map_err(said))
        })
    };
    assert_eq!(
        judge(&scene),
        [
            Ok(KeyTrust::Certified),
            Ok(KeyTrust::Created),
            Ok(KeyTrust::Pinned)
        ]
    );
    scene.quote.qualified_signer = elsewhere.clone();
    let error = Said::from(AttestProblem::QualifiedSigner {
        expected: Excerpt::new(&machine.qualified_name),
        found: Excerpt::new(&elsewhere),
    });
    assert_eq!(error.check, Check::Signer);
    // A pinned name does not tell the parents.
    assert_eq!(
        judge(&scene),
        [Err(error), Err(error), Ok(KeyTrust::Pinned)]
    );
    let mut block = machine.block_of(&scene);
    let good = machine.block(&certified);
    for field in ["aik_certify_b64", "aik_certify_signature_b64"] {
        block[field] = good[field].clone();
    }
    let refused = machine.verify(&block, |policy| policy).unwrap_err();
    assert_eq!(said(refused), error);
}

#[test]
fn k5_key_that_was_loaded_from_outside_is_not_the_tpms() {
    let mut machine = Machine::new();
    machine.qualified_name = machine.fresh.name();
    let certified = machine.certification();
    let error = machine.certified_by(&certified).unwrap_err();
    assert_eq!(said(error), AnchorProblem::External);
    let error = machine.verify(&machine.block(&certified), |policy| policy);
    assert_eq!(said(error.unwrap_err()), AnchorProblem::External);
}

#[test]
fn k5_qualified_name_of_the_key_is_one_by_its_own_hash() {
    let mut machine = Machine::new();
    let digest = |alg: u16, len: usize| [&alg.to_be_bytes()[..], &vec![9; len]].concat();
    for name in [
        Vec::new(),
        vec![0x40, 0, 0, 0x0b],
        digest(SHA1, 20),
        digest(SHA384, 48),
        digest(0x7777, 32),
    ] {
        machine.qualified_name = name;
        let problem = ObjectProblem::QualifiedNameForm {
            expected: TpmAlgId::SHA256,
            found: Excerpt::new(&machine.qualified_name),
        };
        let error = machine.certified_by(&machine.certification()).unwrap_err();
        assert_eq!(said(error), certification(problem));
    }
}

/// A pinned key certifies the first, which certifies the second, which signs the quote.
#[test]
fn k5_chain_of_keys_is_worth_what_its_first_one_is() {
    let first = Machine::new();
    let mut second = Machine::with(first.fresh.clone(), Key::p521(SHA512));
    let judge = |second: &Machine, is_pinned: bool| {
        let (one, two) = (first.certification(), second.certification());
        let public = second.fresh.public();
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        first.with_fresh(|middle, trusted, nonce| {
            let middle = match is_pinned {
                true => AttestationKey::certified_by(middle, &one.borrowed(), trusted, nonce),
                false => AttestationKey::self_asserted(middle),
            }
            .unwrap();
            let key = AttestationKey::certified_by(&public, &two.borrowed(), &middle, nonce);
            let key = key.map_err(said)?;
            Ok(second.scene().verify_by(&key).unwrap().trust)
        })
    };
    assert_eq!(judge(&second, true), Ok(KeyTrust::Certified));
    assert_eq!(
        judge(&second, false),
        Err(AnchorProblem::CertifierNotAnchored.into())
    );

    // The one between stands elsewhere when it certifies.
    second.signer = qualified(b"\x00\x0banother", &first.fresh.name());
    let error = AttestProblem::QualifiedSigner {
        expected: Excerpt::new(&first.qualified_name),
        found: Excerpt::new(&second.signer),
    };
    assert_eq!(judge(&second, true), Err(certification(error)));
}

#[test]
fn k5_certifier_names_itself_by_its_own_hash() {
    let mut machine = Machine::new();
    machine.signer = vec![0x40, 0, 0, 0x0b];
    machine.refused(certification(AttestProblem::Signer {
        expected: TpmAlgId::SHA256,
        found: Excerpt::new(&machine.signer),
    }));
}
