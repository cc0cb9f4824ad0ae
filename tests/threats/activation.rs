//! K: what a sender tries where a credential is to vouch for a key.

use tpm_quote::{
    AttestationKey, Error, KeyTrust, Name, Problem, Tpm2bPublic, Unmarshal, Verifier,
    crypto::{SignatureVerifier, Software},
    types::{Tpm2bName, TpmaObject},
    verify::{
        Challenge, EndorsementKey, Excerpt, KeyRules, Verdict,
        error::{AnchorProblem, CredentialProblem, EndorsementProblem, KeyProblem},
    },
};

use super::{
    endorsement::{Endorsement, Given, hmac},
    forge::{Key, RSAPSS, RSASSA, SHA1, SHA256, SHA384, SHA512, sized},
    machine::{Machine, policy, says, verify_block},
    said::{Said, said},
    scene::{AlwaysYes, Scene},
};

const CHALLENGE: [u8; 32] = *b"what a verifier keeps in secret.";

/// A TPM with an endorsement key and an attestation key, what the verifier knows of
/// both, and what it is shown.
#[derive(Clone)]
struct Tpm {
    ek: Endorsement,
    /// The key that is in the TPM.
    ak: Key,
    /// The key that is shown to the verifier.
    shown: Key,
    /// The names of endorsement keys that the verifier trusts.
    names: Vec<Vec<u8>>,
    challenge: [u8; 32],
}

impl Tpm {
    fn new() -> Self {
        Self::with(Endorsement::p256(SHA256, 128), Key::p256(SHA256))
    }

    fn with(ek: Endorsement, ak: Key) -> Self {
        Self {
            names: vec![ek.name()],
            ek,
            shown: ak.clone(),
            ak,
            challenge: CHALLENGE,
        }
    }

    fn endorsement<T>(&self, test: impl FnOnce(&EndorsementKey<'_>) -> T) -> Result<T, Error> {
        let public = self.ek.public();
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        EndorsementKey::pinned(&public, &self.names).map(|key| test(&key))
    }

    /// What the TPM gives for the credential that the verifier makes for the shown key.
    fn answer(&self) -> Option<Vec<u8>> {
        let name = self.shown.name();
        let made = self.endorsement(|ek| {
            let name = Name::new(Tpm2bName::new(&name).unwrap());
            let challenge = Challenge::kept(&self.challenge).unwrap();
            let made = challenge.credential(ek, &name, &mut Given::plenty(1));
            let made = made.unwrap();
            (made.id_object().to_vec(), made.encrypted_secret().to_vec())
        });
        let (id_object, encrypted) = made.unwrap();
        self.ek.activate(&self.ak.name(), &id_object, &encrypted)
    }

    fn judge(&self, answer: &[u8]) -> Result<KeyTrust, Error> {
        self.judge_area(&self.shown.public(), answer)
    }

    fn judge_area(&self, public: &[u8], answer: &[u8]) -> Result<KeyTrust, Error> {
        let public = Tpm2bPublic::from_bytes(public).unwrap();
        let challenge = Challenge::kept(&self.challenge).unwrap();
        self.endorsement(|ek| {
            let key = AttestationKey::activated(&public, ek, &challenge, answer);
            let trust = key.map(|key| key.trust());
            // An appraisal says the same.
            let appraisal = Verifier::new().appraise_activated(&public, Ok(ek), &challenge, answer);
            let appraised = says(&appraisal).map(|key| key.trust());
            assert_eq!(appraised, trust.map_err(said));
            trust
        })
        .unwrap()
    }
}

#[test]
fn k1_trust_that_comes_out_is_activated() {
    for (ek, ak) in [
        (Endorsement::rsa(2048, SHA256, 128), Key::p256(SHA256)),
        (
            Endorsement::rsa(3072, SHA384, 256),
            Key::rsa(2048, RSASSA, SHA256),
        ),
        (Endorsement::p256(SHA256, 128), Key::p521(SHA512)),
        (
            Endorsement::p384(SHA384, 256),
            Key::rsa(3072, RSAPSS, SHA384),
        ),
        (Endorsement::p521(SHA512, 256), Key::p384(SHA384)),
    ] {
        let tpm = Tpm::with(ek, ak);
        let answer = tpm.answer().unwrap();
        assert_eq!(answer.len(), 32);
        assert_eq!(tpm.judge(&answer), Ok(KeyTrust::Activated));

        let public = tpm.ak.public();
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        let challenge = Challenge::kept(&CHALLENGE).unwrap();
        let seen = tpm.endorsement(|ek| {
            let key = AttestationKey::activated(&public, ek, &challenge, &answer).unwrap();
            assert_eq!(key.name().as_ref(), tpm.ak.name());
            assert_eq!(key.qualified_name(), None);
            Scene::by(tpm.ak.clone()).verify_by(&key).unwrap()
        });
        assert_eq!(seen.unwrap().trust, KeyTrust::Activated);
    }
    assert!(KeyTrust::Activated.is_anchored());
    assert_eq!(KeyTrust::Activated.to_string(), "activated");
}

#[test]
fn k1_activated_key_vouches_for_others() {
    let machine = Machine::new();
    let tpm = Tpm::with(Endorsement::p384(SHA384, 256), machine.trusted.clone());
    let answer = tpm.answer().unwrap();
    let public = machine.trusted.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let challenge = Challenge::kept(&CHALLENGE).unwrap();
    let trust = tpm.endorsement(|ek| {
        let lasting = AttestationKey::activated(&public, ek, &challenge, &answer).unwrap();
        let nonce = tpm_quote::Nonce::exact(&machine.nonce).unwrap();
        let policy = policy().certified_by_with_nonce(&lasting, nonce);
        verify_block(&machine.block(&machine.certification()), &policy)
    });
    assert_eq!(trust, Ok(Ok(KeyTrust::Certified)));
}

#[test]
fn k1_any_other_answer_is_refused() {
    let tpm = Tpm::new();
    let answer = tpm.answer().unwrap();
    let mut others = vec![
        Vec::new(),
        answer[..31].to_vec(),
        answer[1..].to_vec(),
        [&answer[..], &[0]].concat(),
        vec![0; 32],
        // What the verifier keeps is not what the TPM gives.
        CHALLENGE.to_vec(),
    ];
    for bit in 0..256 {
        let mut other = answer.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        others.push(other);
    }
    for other in others {
        let error = tpm.judge(&other).unwrap_err();
        assert_eq!(said(error), AnchorProblem::Answer);
        assert_eq!(error.verdict(), Verdict::Rejected);
    }
    tpm.judge(&answer).unwrap();
}

#[test]
fn k1_key_that_is_not_in_the_tpm_gets_no_answer() {
    let mut tpm = Tpm::new();
    tpm.shown = Key::p384(SHA384);
    assert_eq!(tpm.answer(), None);
}

/// Someone with a TPM has a key of theirs activated, and shows another one with the
/// answer, to a verifier that takes the key from the message.
#[test]
fn k1_answer_for_one_key_is_none_for_another() {
    let mut tpm = Tpm::new();
    let answer = tpm.answer().unwrap();
    tpm.shown = Key::p384(SHA384);
    assert_eq!(said(tpm.judge(&answer).unwrap_err()), AnchorProblem::Answer);
}

/// The same with two endorsement keys, both of which the verifier trusts.
#[test]
fn k1_answer_of_one_tpm_is_none_of_another() {
    let (one, mut other) = (Tpm::new(), Tpm::new());
    other.ek = Endorsement::rsa(2048, SHA256, 128);
    other.names = vec![one.ek.name(), other.ek.name()];
    let answer = one.answer().unwrap();
    let error = other.judge(&answer).unwrap_err();
    assert_eq!(said(error), AnchorProblem::Answer);
    other.judge(&other.answer().unwrap()).unwrap();
}

#[test]
fn k1_answer_to_another_challenge_is_a_replay() {
    let mut tpm = Tpm::new();
    let old = tpm.answer().unwrap();
    tpm.challenge[31] ^= 1;
    assert_eq!(said(tpm.judge(&old).unwrap_err()), AnchorProblem::Answer);
    tpm.judge(&tpm.answer().unwrap()).unwrap();
}

#[test]
fn k1_made_up_endorsement_key_vouches_for_nothing() {
    let mut tpm = Tpm::new();
    let answer = tpm.answer().unwrap();
    let public = tpm.ak.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let challenge = Challenge::kept(&CHALLENGE).unwrap();
    // Nor does it for a caller who goes on with the error.
    let judge = |error| {
        let verifier = Verifier::new();
        let appraisal = verifier.appraise_activated(&public, Err(error), &challenge, &answer);
        let shown = appraisal.key().map(|key| key.trust());
        assert_eq!(shown, Some(KeyTrust::SelfAsserted));
        says(&appraisal).map(|key| key.trust()).unwrap_err()
    };
    tpm.names = vec![Endorsement::rsa(2048, SHA256, 128).name()];
    let name = Excerpt::new(&tpm.ek.name());
    let error = tpm.endorsement(|_| ()).unwrap_err();
    assert_eq!(said(error), EndorsementProblem::NotPinned { name });
    assert_eq!(judge(error), EndorsementProblem::NotPinned { name });
    tpm.names.clear();
    let error = tpm.endorsement(|_| ()).unwrap_err();
    assert_eq!(said(error), EndorsementProblem::NoPinnedNames);
    assert_eq!(judge(error), EndorsementProblem::NoPinnedNames);
}

/// Where the answer follows from what is kept, as a verifier of another make, or an
/// older version of this one, has to have it.
#[test]
fn k1_answer_depends_on_all_that_is_kept_and_on_both_names() {
    for tpm in [
        Tpm::new(),
        Tpm::with(Endorsement::p384(SHA384, 256), Key::p384(SHA384)),
    ] {
        // KDFa: one block of HMAC with SHA-256.
        let (ek, ak) = (tpm.ek.name(), tpm.ak.name());
        let parts = [&[0, 0, 0, 1][..], b"CHALLENGE\0", &ek, &ak, &[0, 0, 1, 0]];
        let expected = hmac(SHA256, &CHALLENGE, &parts.concat());
        assert_eq!(tpm.answer(), Some(expected));
    }
}

#[test]
fn k1_challenge_is_random_and_as_long_as_it_has_to_be() {
    let fresh = Challenge::fresh(&mut Given::new(&[&CHALLENGE])).unwrap();
    assert_eq!(fresh.as_bytes(), CHALLENGE);
    assert_eq!(format!("{fresh:?}"), "Challenge");
    for len in [0, 31] {
        let error = Challenge::fresh(&mut Given::new(&[&CHALLENGE[..len]]));
        assert_eq!(said(error.unwrap_err()), CredentialProblem::Random);
    }
    for found in [0, 31, 33, 64, 65] {
        let error = Challenge::kept(&vec![1; found]).unwrap_err();
        assert_eq!(said(error), CredentialProblem::Challenge { found });
    }
}

/// A real endorsement key, pinned and with a certificate of its maker, beside a key that
/// anyone made: there is nothing to show that they belong together.
#[test]
fn k2_endorsement_key_beside_a_made_up_key_raises_no_trust() {
    let data = |file: &str| {
        let path = format!("{}/tests/data/ek/{file}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(path).unwrap()
    };
    let public = data("ek-rsa2048.pub");
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let ek = EndorsementKey::pinned(&public, &[data("ek-rsa2048.name")]).unwrap();

    let key = Key::p256(SHA256);
    let public = key.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let challenge = Challenge::kept(&CHALLENGE).unwrap();
    let name = Name::of_public(&public).unwrap();
    let made = challenge
        .credential(&ek, &name, &mut Given::plenty(1))
        .unwrap();
    for answer in [&[][..], &[0; 32], made.id_object(), made.encrypted_secret()] {
        let outcome = AttestationKey::activated(&public, &ek, &challenge, answer);
        assert_eq!(said(outcome.unwrap_err()), AnchorProblem::Answer);
    }
    let seen = Scene::by(key).verify().unwrap();
    assert_eq!(seen.trust, KeyTrust::SelfAsserted);
    assert!(!seen.trust.is_anchored());
}

#[test]
fn k3_key_with_the_right_answer_is_judged_like_any_other() {
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
        let mut ak = Key::p256(SHA256);
        ak.attributes ^= bit.0;
        let tpm = Tpm::with(Endorsement::p256(SHA256, 128), ak);
        let (missing, forbidden) = match is_required {
            true => (bit, none),
            false => (none, bit),
        };
        let problem = KeyProblem::Attributes { missing, forbidden };
        // Whatever the answer.
        for answer in [tpm.answer().unwrap(), vec![]] {
            assert_eq!(said(tpm.judge(&answer).unwrap_err()), problem);
        }
    }
}

#[test]
fn k3_rules_and_verifier_of_the_caller_are_the_ones_that_count() {
    let mut ak = Key::p256(SHA256);
    ak.name_alg = SHA1;
    let tpm = Tpm::with(Endorsement::p256(SHA256, 128), ak);
    let answer = tpm.answer().unwrap();
    let weak_name = Said::from(KeyProblem::NameSha1);
    assert_eq!(said(tpm.judge(&answer).unwrap_err()), weak_name);

    let off = {
        let mut public = tpm.ak.public();
        *public.last_mut().unwrap() ^= 1;
        public
    };
    let judge = |public: &[u8], rules, answer: &[u8], any: bool| {
        let public = Tpm2bPublic::from_bytes(public).unwrap();
        let challenge = Challenge::kept(&CHALLENGE).unwrap();
        let engine: &dyn SignatureVerifier = match any {
            false => &Software,
            true => &AlwaysYes,
        };
        let verifier = Verifier::new().crypto(engine).key_rules(rules);
        let key = tpm.endorsement(|ek| verifier.activated(&public, ek, &challenge, answer));
        key.unwrap().map(|key| key.trust()).map_err(said)
    };
    let rules = KeyRules::new().dangerous_allow_sha1_names();
    let own = tpm.ak.public();
    assert_eq!(judge(&own, rules, &answer, false), Ok(KeyTrust::Activated));
    let strict = KeyRules::new();
    assert_eq!(judge(&own, strict, &answer, true), Err(weak_name));
    let point = Err(KeyProblem::Point.into());
    assert_eq!(judge(&off, rules, &answer, false), point);
    // A verifier that takes any key does not take any answer.
    let refused = Err(AnchorProblem::Answer.into());
    assert_eq!(judge(&off, rules, &answer, true), refused);
    assert_eq!(judge(&own, rules, &[], true), refused);
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
        let mut tpm = Tpm::new();
        let answer = tpm.answer().unwrap();
        change(&mut tpm.shown);
        assert_eq!(said(tpm.judge(&answer).unwrap_err()), AnchorProblem::Answer);
        // Nor does the TPM answer for it.
        assert_eq!(tpm.answer(), None);
    }
}

/// Of 90 bytes, most are in the name alone; the others make no attestation key.
#[test]
fn k4_answer_covers_every_bit_of_the_public_area() {
    let tpm = Tpm::new();
    let answer = tpm.answer().unwrap();
    let area = tpm.ak.public_area();
    let mut others = 0;
    for bit in 0..area.len() * 8 {
        let mut area = area.clone();
        area[bit / 8] ^= 1 << (bit % 8);
        let public = sized(&area);
        let Ok(public) = Tpm2bPublic::from_bytes(&public) else {
            continue;
        };
        let challenge = Challenge::kept(&CHALLENGE).unwrap();
        // Any point is taken for one of the curve.
        let verifier = Verifier::new().crypto(&AlwaysYes);
        let outcome = tpm
            .endorsement(|ek| verifier.activated(&public, ek, &challenge, &answer))
            .unwrap();
        match *outcome.unwrap_err().problem() {
            Problem::Anchor(AnchorProblem::Answer) => others += 1,
            Problem::Key(_) => {}
            wrong => panic!("bit {bit}: {wrong:?}"),
        }
    }
    // All bits of both coordinates at least.
    assert!(others >= 2 * 256, "{others}");
}

#[test]
fn k4_pinned_name_covers_every_bit_of_the_endorsement_key() {
    for ek in [
        Endorsement::p256(SHA256, 128),
        Endorsement::rsa(2048, SHA256, 128),
    ] {
        let (area, names) = (ek.public_area(), [ek.name()]);
        let mut others = 0;
        for bit in 0..area.len() * 8 {
            let mut area = area.clone();
            area[bit / 8] ^= 1 << (bit % 8);
            let public = sized(&area);
            let Ok(public) = Tpm2bPublic::from_bytes(&public) else {
                continue;
            };
            match EndorsementKey::pinned(&public, &names).map_err(|error| *error.problem()) {
                Err(Problem::Endorsement(EndorsementProblem::NotPinned { .. })) => others += 1,
                Err(_) => {}
                Ok(_) => panic!("bit {bit}"),
            }
        }
        assert!(others >= 2 * 256, "{others}");
    }
}

#[test]
fn k8_invalid_point_of_an_endorsement_key_gets_no_credential() {
    let ek = Endorsement::p256(SHA256, 128);
    let mut public = ek.public();
    *public.last_mut().unwrap() ^= 1;
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let name = Name::of_public(&public).unwrap();
    // Even one that someone trusts.
    let key = EndorsementKey::pinned(&public, &[name]).unwrap();
    let challenge = Challenge::kept(&CHALLENGE).unwrap();
    let object = Key::p256(SHA256).name();
    let object = Name::new(Tpm2bName::new(&object).unwrap());
    let made = challenge.credential(&key, &object, &mut Given::plenty(1));
    let problem = EndorsementProblem::Strength(KeyProblem::Point);
    assert_eq!(said(made.map(|_| ()).unwrap_err()), problem);
}
