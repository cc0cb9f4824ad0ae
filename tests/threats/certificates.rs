//! K: what a sender tries against certificates.

use std::{fs, time::Duration};

use tpm_quote::{
    AkCertificate, AttestationKey, CertificateChain, Check, CheckState, Error, KeyTrust, Name,
    Nonce, Problem, ResponsePolicy, Tpm2bPublic, TpmAlgId, Unmarshal, Verifier,
    types::{TpmEccCurve, TpmaObject},
    verify::{
        Anchor, EkCertificate, Excerpt, KeyRules, PlainKey, SignedAttest, SigningScheme, Warning,
        error::{AnchorProblem, CertificateProblem, KeyProblem},
    },
};

use super::{
    forge::{Key, RSASSA, SHA256, SHA384, hash, sized},
    machine::{Machine, says, verify_block},
    said::{Said, said},
    scene::{AlwaysYes, Scene},
};

/// 2030-01-01.
const AT: Duration = Duration::from_secs(1_893_456_000);

fn der(path: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/{path}.der", env!("CARGO_MANIFEST_DIR"));
    fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Calls `test` with the certificate of the key on P-256 that forges quotes.
fn with_certificate<T>(test: impl FnOnce(&AkCertificate<'_>) -> T) -> T {
    let (certificate, root) = (der("certificates/ak-p256"), der("certificates/root"));
    let chain = CertificateChain::new(&certificate);
    test(&AkCertificate::verify(&chain, &[root], AT).unwrap())
}

/// What the certificate makes of a key with this public area: its trust and its name. An
/// anchor with the certificate makes the same of it.
fn judge(public: &[u8]) -> Result<(KeyTrust, Vec<u8>), Said> {
    let public = Tpm2bPublic::from_bytes(public).unwrap();
    with_certificate(|certificate| {
        let shown = |key: &AttestationKey<'_>| (key.trust(), key.name().as_ref().to_vec());
        let key = AttestationKey::from_certificate(&public, certificate);
        let judged = key.map(|key| shown(&key)).map_err(said);
        let anchor = Anchor::new().certificate(certificate);
        let appraisal = Verifier::new().appraise_key(&public, &anchor);
        assert_eq!(says(&appraisal).map(shown), judged);
        judged
    })
}

/// What is wrong with a certificate.
fn refused(certificate: Result<AkCertificate<'_>, Error>) -> Said {
    said(certificate.map(|_| ()).expect_err("it was accepted"))
}

/// The verdict on a response with this quote, whose key has to be anchored.
fn respond(scene: &Scene) -> Result<KeyTrust, Said> {
    respond_with(scene, None)
}

/// The same, with these names pinned as well.
fn respond_with(scene: &Scene, names: Option<&[&[u8]]>) -> Result<KeyTrust, Said> {
    let machine = Machine::with(Key::p384(SHA256), scene.key.clone());
    let block = machine.block_of(scene);
    with_certificate(|certificate| {
        let mut policy = ResponsePolicy::with_nonce(Nonce::exact(&scene.nonce).unwrap())
            .certificate(certificate)
            .require_anchored_key();
        if let Some(names) = names {
            policy = policy.pinned(names);
        }
        verify_block(&block, &policy).map_err(said)
    })
}

#[test]
fn k1_key_with_a_certificate_is_anchored_by_it() {
    let scene = Scene::by(Key::p256(SHA256));
    let name = scene.key.name();
    assert_eq!(
        judge(&scene.key.public()),
        Ok((KeyTrust::Certificate, name))
    );
    assert_eq!(respond(&scene), Ok(KeyTrust::Certificate));
    let public = scene.key.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let seen = with_certificate(|certificate| {
        scene.verify_by(&AttestationKey::from_certificate(&public, certificate).unwrap())
    });
    assert_eq!(seen.unwrap().trust, KeyTrust::Certificate);
}

/// A certificate is all that is known of the key: its numbers. That is said.
#[test]
fn k3_key_of_a_certificate_alone_has_attributes_that_nobody_knows() {
    let scheme = SigningScheme::ecdsa(TpmAlgId::SHA256);
    let scene = Scene::by(Key::p256(SHA256));
    with_certificate(|certificate| {
        let key = AttestationKey::of_certificate(certificate, scheme).unwrap();
        assert_eq!(key.trust(), KeyTrust::CertificateKey);
        assert!(key.trust().is_anchored());
        assert_eq!(*key.name(), Name::EMPTY);
        let seen = scene.verify_by(&key).unwrap();
        assert_eq!(seen.trust, KeyTrust::CertificateKey);
        for named in [None, Some(certificate.plain_key())] {
            let appraisal = Verifier::new().appraise_certificate_key(certificate, scheme, named);
            let warnings: Vec<_> = appraisal.warnings().collect();
            assert_eq!(warnings, [Warning::AttributesUnknown]);
            assert_eq!(
                appraisal.state(Check::KeyAttributes),
                CheckState::NotAskedFor
            );
            assert_eq!(appraisal.state(Check::KeyAnchor), CheckState::Ok);
            assert_eq!(
                appraisal.value().map(AttestationKey::trust),
                Some(key.trust())
            );
        }
        // Another key of the same kind, by numbers of the sender's.
        let point = p256::ecdsa::SigningKey::from_slice(&[0x13; 32]).unwrap();
        let point = point.verifying_key().to_sec1_point(false);
        let other = PlainKey::from_sec1(TpmEccCurve::NIST_P256, point.as_bytes()).unwrap();
        let appraisal = Verifier::new().appraise_certificate_key(certificate, scheme, Some(&other));
        assert_eq!(
            appraisal.key().map(|key| key.trust()),
            Some(KeyTrust::SelfAsserted)
        );
        assert_eq!(appraisal.state(Check::KeyAnchor), CheckState::Failed);
        let error = said(appraisal.into_result().map(|_| ()).unwrap_err());
        assert_eq!(error, CertificateProblem::OtherKey);
        // Scheme and hash are the caller's.
        let rsa = SigningScheme::rsassa(TpmAlgId::SHA256);
        let error = said(AttestationKey::of_certificate(certificate, rsa).unwrap_err());
        assert_eq!(error, KeyProblem::SchemeOfOtherKey(TpmAlgId::RSASSA));
        let sha384 = SigningScheme::ecdsa(TpmAlgId::SHA384);
        let key384 = AttestationKey::of_certificate(certificate, sha384).unwrap();
        let error = said(scene.verify_by(&key384).unwrap_err());
        assert_eq!(error.check, Check::SignatureScheme);
        // It certifies no other key: it may sign what no TPM made.
        let public = Key::p384(SHA256).public();
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        let nothing = SignedAttest {
            attest: &[][..],
            signature: &[][..],
        };
        let nonce = Nonce::from([1]);
        let error = AttestationKey::certified_by(&public, &nothing, &key, nonce).unwrap_err();
        assert_eq!(said(error), AnchorProblem::CertifierAttributesUnknown);
    });
}

#[test]
fn k1_certificate_of_another_key_vouches_for_nothing() {
    for key in [
        Key::p384(SHA256),
        Key::p521(SHA256),
        Key::rsa(2048, RSASSA, SHA256),
    ] {
        let scene = Scene::by(key);
        let expected = Err(CertificateProblem::OtherKey.into());
        assert_eq!(judge(&scene.key.public()).map(|_| ()), expected);
        assert_eq!(respond(&scene).map(|_| ()), expected);
    }
}

#[test]
fn k1_authority_of_the_senders_own_is_none() {
    let certificate = der("certificates/ak-p256");
    let public = Key::p256(SHA256).public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    for (root, problem) in [
        (
            "certificates/root-stranger",
            CertificateProblem::UnknownIssuer,
        ),
        // The name is free to choose.
        ("certificates/root-same-name", CertificateProblem::Signature),
    ] {
        let chain = CertificateChain::new(&certificate);
        let error = AkCertificate::verify(&chain, &[der(root)], AT).unwrap_err();
        assert_eq!(said(error), problem);
        // A caller who goes on with that gets no key.
        let anchor = Anchor::new().failed_certificate(error);
        let appraisal = Verifier::new().appraise_key(&public, &anchor);
        assert_eq!(says(&appraisal).unwrap_err(), problem);
    }
    // Nor is it one because it comes along.
    let (certificate, root) = (
        der("certificates/ak-p256-by-p521"),
        der("certificates/root-p521"),
    );
    let along = [&root[..]];
    let chain = CertificateChain::new(&certificate).intermediates(&along);
    assert_eq!(
        refused(AkCertificate::verify(
            &chain,
            &[der("certificates/root")],
            AT
        )),
        CertificateProblem::UnknownIssuer
    );
}

#[test]
fn k1_key_with_a_certificate_issues_none() {
    // That of the attestation key stands in for an authority's.
    let (certificate, own) = (
        der("certificates/ak-p256-issued"),
        der("certificates/issuing-no-ca"),
    );
    let along = [&own[..]];
    let chain = CertificateChain::new(&certificate).intermediates(&along);
    assert_eq!(
        refused(AkCertificate::verify(
            &chain,
            &[der("certificates/root")],
            AT
        )),
        CertificateProblem::IssuerIsNoCa
    );
}

/// A chain of keys is worth what its weakest one is: here, the word of an authority on the
/// numbers of a key.
#[test]
fn x6_key_certified_by_one_with_a_certificate_is_worth_no_more_than_it() {
    let machine = Machine::with(Key::p256(SHA256), Key::p521(SHA256));
    let signed = machine.certification();
    let trusted = machine.trusted.public();
    let trusted = Tpm2bPublic::from_bytes(&trusted).unwrap();
    let judge = |trusted: &AttestationKey<'_>| {
        machine.with_fresh(|fresh, _, nonce| {
            AttestationKey::certified_by(fresh, &signed.borrowed(), trusted, nonce).map(|key| {
                let links = key.summary().links().map(|link| link.trust());
                (key.trust(), links.collect::<Vec<_>>())
            })
        })
    };
    let trusted = with_certificate(|certificate| {
        AttestationKey::from_certificate(&trusted, certificate).unwrap()
    });
    let links = vec![KeyTrust::Certified, KeyTrust::Certificate];
    assert_eq!(judge(&trusted), Ok((KeyTrust::Certificate, links)));
}

#[test]
fn k2_endorsement_certificate_is_none_of_an_attestation_key() {
    let expected = "2.23.133.8.3 (tcg-kp-AIKCertificate)";
    for (certificate, root) in [
        ("ek/ek-rsa2048.crt", "ek/issuercert"),
        ("ek/ek-ecc-p384.crt", "ek/issuercert"),
        // Even where it is for the very key that signs.
        ("certificates/ek-signs", "certificates/root"),
        ("certificates/ek-p256", "certificates/root"),
    ] {
        let (certificate, roots) = (der(certificate), [der(root)]);
        let chain = CertificateChain::new(&certificate);
        assert_eq!(
            refused(AkCertificate::verify(&chain, &roots, AT)),
            CertificateProblem::Purpose { expected }
        );
    }
    // That it is genuine changes nothing for the key beside it.
    let (certificate, root) = (der("ek/ek-rsa2048.crt"), der("ek/issuercert"));
    let chain = CertificateChain::new(&certificate);
    assert!(EkCertificate::verify(&chain, &[root], AT).is_ok());
    let seen = Scene::by(Key::p256(SHA256)).verify().unwrap();
    assert_eq!(seen.trust, KeyTrust::SelfAsserted);
}

#[test]
fn k3_key_with_a_certificate_is_judged_like_any_other() {
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
        let mut scene = Scene::by(Key::p256(SHA256));
        scene.key.attributes ^= bit.0;
        let (missing, forbidden) = if is_required {
            (bit, none)
        } else {
            (none, bit)
        };
        let error = KeyProblem::Attributes { missing, forbidden };
        assert_eq!(judge(&scene.key.public()), Err(error.into()));
        assert_eq!(respond(&scene), Err(error.into()));
    }
}

#[test]
fn k3_rules_and_verifier_of_the_caller_are_the_ones_that_count() {
    let mut key = Key::p256(SHA256);
    key.name_alg = super::forge::SHA1;
    let public = key.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let rules = KeyRules::new().dangerous_allow_sha1_names();
    with_certificate(|certificate| {
        let strict = AttestationKey::from_certificate(&public, certificate);
        assert_eq!(strict.unwrap_err().check(), Check::KeyScheme);
        let verify = |engine: &dyn tpm_quote::crypto::SignatureVerifier| {
            let verifier = Verifier::new().crypto(engine).key_rules(rules);
            let key = verifier.from_certificate(&public, certificate);
            key.map(|key| key.trust()).map_err(said)
        };
        assert_eq!(verify(&AlwaysYes), Ok(KeyTrust::Certificate));
        assert_eq!(
            verify(&super::anchors::NoKey),
            Err(KeyProblem::NoEcdsa.into())
        );
    });
}

/// A certificate has the numbers of a key and nothing else: another public area beside
/// them is another key by Name, and the certificate does not tell. A Name that is pinned
/// as well does.
#[test]
fn k4_certificate_covers_the_numbers_and_a_pinned_name_the_rest() {
    for change in [
        (|key| key.attributes |= TpmaObject::NO_DA.0) as fn(&mut Key),
        |key| key.attributes &= !TpmaObject::USER_WITH_AUTH.0,
        |key| key.auth_policy = vec![7; 32],
        |key| key.name_alg = SHA384,
        |key| key.hash = SHA384,
    ] {
        let own = Key::p256(SHA256).name();
        let mut key = Key::p256(SHA256);
        change(&mut key);
        let scene = Scene::by(key);
        let (trust, name) = judge(&scene.key.public()).unwrap();
        assert_eq!((trust, &name), (KeyTrust::Certificate, &scene.key.name()));
        assert_ne!(name, own);
        assert_eq!(respond(&scene), Ok(KeyTrust::Certificate));
        let names = [&own[..]];
        let name = Excerpt::new(&name);
        assert_eq!(
            respond_with(&scene, Some(&names)),
            Err(AnchorProblem::NameNotPinned { name }.into())
        );
    }
}

/// Every bit of the point makes another key; the others make one with another Name, or
/// none.
#[test]
fn k4_every_bit_of_the_numbers_counts() {
    let key = Key::p256(SHA256);
    let area = key.public_area();
    let mut accepted = 0;
    with_certificate(|certificate| {
        for bit in 0..area.len() * 8 {
            let mut area = area.clone();
            area[bit / 8] ^= 1 << (bit % 8);
            let public = sized(&area);
            let Ok(public) = Tpm2bPublic::from_bytes(&public) else {
                continue;
            };
            let is_in_point = bit / 8 >= area.len() - 66;
            // Any point is taken for one of the curve.
            let verifier = Verifier::new().crypto(&AlwaysYes);
            let key = verifier.from_certificate(&public, certificate);
            match key.map_err(said) {
                Ok(key) => {
                    assert!(!is_in_point, "bit {bit}");
                    let alg = u16::from_be_bytes([area[2], area[3]]);
                    let name = [&area[2..4], &hash(alg, &area)].concat();
                    assert_eq!(key.name().as_ref(), name);
                    accepted += 1;
                }
                Err(Said {
                    problem: Problem::Key(_),
                    ..
                }) => assert!(!is_in_point, "bit {bit}"),
                Err(error) => {
                    assert_eq!(error, CertificateProblem::OtherKey);
                    let is_curve = (area.len() - 72..area.len() - 70).contains(&(bit / 8));
                    assert!(is_in_point || is_curve, "bit {bit}");
                }
            }
        }
    });
    // The free attributes at least.
    assert!(accepted >= 7, "{accepted}");
}

/// Pinned and with a certificate: the Name tells more, and is what is said.
#[test]
fn k4_pinned_name_stays_what_vouches_for_the_key() {
    let scene = Scene::by(Key::p256(SHA256));
    let name = scene.key.name();
    assert_eq!(respond_with(&scene, Some(&[&name])), Ok(KeyTrust::Pinned));
    let other = Scene::by(Key::p384(SHA256));
    let name = other.key.name();
    assert_eq!(
        respond_with(&other, Some(&[&name])),
        Err(CertificateProblem::OtherKey.into())
    );
}
