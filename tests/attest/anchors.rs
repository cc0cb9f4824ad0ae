//! A key that another one vouches for, by `TPM2_Certify` or `TPM2_CertifyCreation`.

use tpm_quote::{
    AttestationKey, Check, Error, KeyTrust, Nonce, Problem, Tpm2bPublic, Unmarshal, Verdict,
    types::{Tpm2bCreationData, TpmSt},
    verify::{
        Excerpt, Part, Time, VerifiedTime,
        error::{AnchorProblem, AttestProblem, CreationProblem, KeyProblem, ObjectProblem},
        verify_attest,
    },
};

use crate::{
    creations::creation_data,
    forge::{Key, SHA256, SHA384, hash},
    forged::{CERTIFY, CREATION, ENDORSEMENT, Forged, NONCE, OWNER, TIME, name_of, qualified},
};

/// A TPM with a lasting key, and a key that it made below another.
struct Machine {
    lasting: Key,
    fresh: Key,
    /// What the lasting key signs, of either kind.
    certify: Forged,
    creation: Forged,
    /// `TPM2B_CREATION_DATA`.
    data: Vec<u8>,
}

fn parent() -> Vec<u8> {
    qualified(SHA256, &ENDORSEMENT, &name_of(SHA256, "a parent"))
}

impl Machine {
    fn new() -> Self {
        let (lasting, fresh) = (Key::p384(SHA384), Key::p256(SHA256));
        let place = qualified(SHA256, &parent(), &fresh.name());
        let data = creation_data(b"", &parent());
        let by = |forged: Forged| Forged::by(lasting.clone(), forged.kind, forged.body);
        Self {
            certify: by(Forged::certify(&fresh.name(), &place)),
            creation: by(Forged::creation(&fresh.name(), &hash(SHA256, &data[2..]))),
            lasting,
            fresh,
            data,
        }
    }

    /// By one of the two, and with the name of the lasting key pinned.
    fn anchor<T>(
        &self,
        trust: KeyTrust,
        show: impl FnOnce(AttestationKey<'_>) -> T,
    ) -> Result<T, Error> {
        let lasting = self.lasting.public();
        let lasting = Tpm2bPublic::from_bytes(&lasting).unwrap();
        let lasting = AttestationKey::pinned(&lasting, &[self.lasting.name()]).unwrap();
        self.anchor_by(&lasting, trust, show)
    }

    fn anchor_by<T>(
        &self,
        lasting: &AttestationKey<'_>,
        trust: KeyTrust,
        show: impl FnOnce(AttestationKey<'_>) -> T,
    ) -> Result<T, Error> {
        let public = self.fresh.public();
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        let nonce = Nonce::exact(&NONCE).unwrap();
        let key = if trust == KeyTrust::Certified {
            let signed = self.certify.sign();
            AttestationKey::certified_by(&public, &signed.evidence(), lasting, nonce)?
        } else {
            let signed = self.creation.sign();
            let data = Tpm2bCreationData::from_bytes(&self.data).unwrap();
            AttestationKey::created_under(&public, &data, &signed.evidence(), lasting, nonce)?
        };
        Ok(show(key))
    }

    /// The error of both.
    #[track_caller]
    fn refused(&self, problem: Problem, part: Part, check: Check) {
        for trust in BOTH {
            let error = self.anchor(trust, |_| ()).unwrap_err();
            assert_eq!(*error.problem(), problem, "{trust}");
            assert_eq!((error.part(), error.check()), (part, check));
            assert_eq!(error.verdict(), Verdict::Rejected);
        }
    }
}

const BOTH: [KeyTrust; 2] = [KeyTrust::Certified, KeyTrust::Created];

#[test]
fn key_is_anchored_by_its_certification_or_creation() {
    let machine = Machine::new();
    let place = qualified(SHA256, &parent(), &machine.fresh.name());
    for trust in BOTH {
        let show = |key: AttestationKey<'_>| {
            assert_eq!(key.trust(), trust);
            assert_eq!(key.name().as_ref(), machine.fresh.name());
            assert_eq!(key.qualified_name().unwrap().as_ref(), place);
        };
        machine.anchor(trust, show).unwrap();
    }
    let public = machine.fresh.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let key = AttestationKey::self_asserted(&public).unwrap();
    assert_eq!(key.qualified_name(), None);
    let key = AttestationKey::pinned(&public, &[machine.fresh.name()]).unwrap();
    assert_eq!(key.qualified_name(), None);
}

/// The anchor tells the key's qualified name: only with that does it sign.
#[test]
fn anchored_key_that_signs_elsewhere_is_refused() {
    let machine = Machine::new();
    let fresh = &machine.fresh;
    let time = Forged::by(fresh.clone(), TIME, Forged::time(0).body);
    let place = qualified(SHA256, &parent(), &fresh.name());
    for trust in BOTH {
        let judge = |time: &Forged| {
            let signed = time.sign();
            let policy = signed.policy().require_anchored_key();
            let show = |key: AttestationKey<'_>| {
                let time = verify_attest(&key, &signed.evidence(), &Time, &policy);
                time.map(|time: VerifiedTime<'_>| time.key_trust())
            };
            machine.anchor(trust, show).unwrap()
        };
        let genuine = time.clone().below(&parent());
        assert_eq!(judge(&genuine), Ok(trust));
        for other in [&OWNER[..], &ENDORSEMENT, &name_of(SHA256, "a parent")] {
            let elsewhere = time.clone().below(other);
            let error = judge(&elsewhere).unwrap_err();
            let problem = AttestProblem::QualifiedSigner {
                expected: Excerpt::new(&place),
                found: Excerpt::new(&elsewhere.qualified_signer),
            };
            assert_eq!(*error.problem(), Problem::Attest(problem));
            assert_eq!((error.part(), error.check()), (Part::Signed, Check::Signer));
            assert_eq!(error.verdict(), Verdict::Rejected);
        }
    }
}

#[test]
fn key_that_is_none_is_not_anchored() {
    let mut machine = Machine::new();
    machine.fresh.attributes = 0x0004_0072; // not restricted
    for trust in BOTH {
        let error = machine.anchor(trust, |_| ()).unwrap_err();
        assert!(
            matches!(error.problem(), Problem::Key(KeyProblem::Attributes { .. })),
            "{error:?}"
        );
        assert_eq!(
            (error.part(), error.check()),
            (Part::Key, Check::KeyAttributes)
        );
    }
    let mut machine = Machine::new();
    machine.fresh.name_alg = 0x0004;
    let problem = Problem::Key(KeyProblem::NameSha1);
    machine.refused(problem, Part::Key, Check::KeyScheme);
}

#[test]
fn self_asserted_key_vouches_for_none() {
    let machine = Machine::new();
    let lasting = machine.lasting.public();
    let lasting = Tpm2bPublic::from_bytes(&lasting).unwrap();
    let lasting = AttestationKey::self_asserted(&lasting).unwrap();
    for trust in BOTH {
        let error = machine.anchor_by(&lasting, trust, |_| ()).unwrap_err();
        let problem = Problem::Anchor(AnchorProblem::CertifierNotAnchored);
        assert_eq!(*error.problem(), problem);
        assert_eq!((error.part(), error.check()), (Part::Key, Check::KeyAnchor));
        assert_eq!(error.verdict(), Verdict::Rejected);
    }
}

#[test]
fn x4_key_that_was_loaded_from_outside_is_not_anchored() {
    let mut machine = Machine::new();
    let name = machine.fresh.name();
    machine.certify.body = Forged::certify(&name, &name).body;
    let error = machine.anchor(KeyTrust::Certified, |_| ()).unwrap_err();
    assert_eq!(*error.problem(), Problem::Anchor(AnchorProblem::External));
    assert_eq!((error.part(), error.check()), (Part::Key, Check::KeyAnchor));
    assert_eq!(error.verdict(), Verdict::Rejected);
}

#[test]
fn proof_of_another_key_is_none() {
    let mut machine = Machine::new();
    let other = Key::p521(SHA256).name();
    let place = qualified(SHA256, &parent(), &other);
    machine.certify.body = Forged::certify(&other, &place).body;
    let digest = hash(SHA256, &machine.data[2..]);
    machine.creation.body = Forged::creation(&other, &digest).body;
    let problem = ObjectProblem::Name {
        expected: Excerpt::new(&machine.fresh.name()),
        found: Excerpt::new(&other),
    };
    let problem = Problem::Object(problem);
    machine.refused(problem, Part::CertificationSigned, Check::KeyAnchor);
}

#[test]
fn proof_by_another_key_is_none() {
    let mut machine = Machine::new();
    let mut other = Key::p384(SHA384);
    other.secret =
        crate::forge::Secret::P384(p384::ecdsa::SigningKey::from_slice(&[0x43; 48]).unwrap());
    machine.certify.key = other.clone();
    machine.creation.key = other;
    let problem = Problem::Attest(AttestProblem::Signature);
    machine.refused(problem, Part::CertificationSignature, Check::KeyAnchor);
}

#[test]
fn proof_for_another_request_is_none() {
    let mut machine = Machine::new();
    machine.certify.extra_data = b"another request".to_vec();
    machine.creation.extra_data = b"another request".to_vec();
    let problem = Problem::Attest(AttestProblem::Nonce {
        expected: Excerpt::new(&NONCE),
        found: Excerpt::new(b"another request"),
    });
    machine.refused(problem, Part::CertificationSigned, Check::KeyAnchor);
}

#[test]
fn proof_of_one_kind_is_none_of_the_other() {
    let mut machine = Machine::new();
    std::mem::swap(&mut machine.certify, &mut machine.creation);
    for (trust, expected, found) in [
        (KeyTrust::Certified, CERTIFY, CREATION),
        (KeyTrust::Created, CREATION, CERTIFY),
    ] {
        let error = machine.anchor(trust, |_| ()).unwrap_err();
        let (expected, found) = (TpmSt(expected), TpmSt(found));
        let problem = AttestProblem::Type { expected, found };
        assert_eq!(*error.problem(), Problem::Attest(problem));
        let place = (Part::CertificationSigned, Check::KeyAnchor);
        assert_eq!((error.part(), error.check()), place);
        assert_eq!(error.verdict(), Verdict::Rejected);
    }
}

#[test]
fn other_creation_data_are_no_proof() {
    let mut machine = Machine::new();
    let signed = hash(SHA256, &machine.data[2..]);
    machine.data = creation_data(b"", &OWNER);
    let error = machine.anchor(KeyTrust::Created, |_| ()).unwrap_err();
    let problem = CreationProblem::Hash {
        computed: Excerpt::new(&hash(SHA256, &machine.data[2..])),
        signed: Excerpt::new(&signed),
    };
    assert_eq!(*error.problem(), Problem::Creation(problem));
    let place = (Part::CertificationSigned, Check::KeyAnchor);
    assert_eq!((error.part(), error.check()), place);
    assert_eq!(error.verdict(), Verdict::Rejected);
}

/// What cannot be read is not a matter of trust.
#[test]
fn proof_that_cannot_be_read_is_malformed() {
    let mut machine = Machine::new();
    machine.certify.body.push(0);
    machine.creation.body.push(0);
    for trust in BOTH {
        let error = machine.anchor(trust, |_| ()).unwrap_err();
        assert!(
            matches!(error.problem(), Problem::Structure(_)),
            "{error:?}"
        );
        let place = (Part::CertificationSigned, Check::Input);
        assert_eq!((error.part(), error.check()), place);
        assert_eq!(error.verdict(), Verdict::Malformed);
    }
}
