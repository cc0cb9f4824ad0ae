//! Policies for a response: every setting counts, in whatever order they are
//! made.

use tpm_quote::{
    AttestationKey, KeyTrust, Nonce, PcrSet, PcrValue, ResponseError, ResponsePolicy, TpmAlgId,
    Unmarshal, VerifyError,
    evidence::BlockEvidence,
    types::{Tpm2bCreationData, TpmHandle},
    verify::{
        Ancestry, AnchorError, BaselineEntry, ClockPolicy, ClockProblem, Excerpt, KeyRules,
        KeySchemeProblem, SelectionProblem, SignedAttest,
    },
};

use super::{
    forge::{Key, SHA1, sized},
    machine::{Machine, qualified},
    scene::Scene,
};

const SHA256: TpmAlgId = TpmAlgId::SHA256;

/// What a verifier wishes, in the words of the policy.
#[derive(Clone, Copy)]
struct Wishes<'a> {
    required: PcrSet,
    baseline: &'a [BaselineEntry<'a>],
    names: &'a [&'a [u8]],
    certifier: &'a AttestationKey<'a>,
    certification: SignedAttest<'a>,
    certification_nonce: Nonce,
    hierarchy: TpmHandle,
    firmware: u64,
}

type Setting = for<'a> fn(ResponsePolicy<'a>, &Wishes<'a>) -> ResponsePolicy<'a>;

const SETTINGS: [Setting; 11] = [
    |policy, wishes| policy.require_pcrs(wishes.required),
    |policy, wishes| policy.baseline(wishes.baseline),
    |policy, wishes| policy.pinned(wishes.names),
    |policy, _| policy.require_anchored_key(),
    |policy, _| policy.dangerous_allow_sha1_signatures(),
    |policy, _| policy.dangerous_key_rules(KeyRules::new().dangerous_allow_sha1_names()),
    |policy, wishes| policy.certified_by(wishes.certifier),
    |policy, wishes| policy.certification(wishes.certification),
    |policy, wishes| policy.certification_nonce(wishes.certification_nonce),
    |policy, wishes| policy.ancestry(Ancestry::under(wishes.hierarchy)),
    |policy, wishes| policy.clock(ClockPolicy::new().minimum_firmware(wishes.firmware)),
];
const REQUIRED: usize = 0;
const BASELINE: usize = 1;
const PINNED: usize = 2;
const ANCHORED: usize = 3;
const SIGNATURES: usize = 4;
const RULES: usize = 5;
const CERTIFIED: usize = 6;
const CERTIFICATION: usize = 7;
const CERTIFICATION_NONCE: usize = 8;
const ANCESTRY: usize = 9;
const CLOCK: usize = 10;

/// What is shown of a quote that was accepted: the key's trust, how many
/// baseline entries held, how many PCR it covers.
type Seen = Result<(KeyTrust, usize, usize), ResponseError>;

/// What comes of all settings but these, in every order of a circle, both ways
/// around: one and the same.
#[track_caller]
fn outcome(
    evidence: &BlockEvidence<'_>,
    nonce: Nonce,
    wishes: &Wishes<'_>,
    without: &[usize],
) -> Seen {
    let mut outcomes = Vec::new();
    let mut order: [usize; SETTINGS.len()] = std::array::from_fn(|setting| setting);
    for turn in 0..2 * order.len() {
        order.rotate_left(1);
        if turn == order.len() {
            order.reverse();
        }
        let mut policy = ResponsePolicy::with_nonce(nonce);
        for setting in order.iter().filter(|setting| !without.contains(setting)) {
            policy = SETTINGS[*setting](policy, wishes);
        }
        outcomes.push(evidence.verify(&policy).map(|quote| {
            (
                quote.key_trust(),
                quote.baseline_matched(),
                quote.pcrs().count(),
            )
        }));
    }
    assert!(
        outcomes.iter().all(|outcome| *outcome == outcomes[0]),
        "{outcomes:?}"
    );
    outcomes[0]
}

/// Calls `test` with a quote of sha256:0,7,10 as a server sends it.
fn with_evidence(scene: &Scene, test: impl FnOnce(BlockEvidence<'_>, Nonce)) {
    let (public, attest) = (scene.key.public(), scene.attest());
    let (signature, quote) = (scene.key.sign(&attest), sized(&attest));
    let values: Vec<PcrValue<'_>> = scene.pcr_values();
    let evidence = BlockEvidence {
        pcr_banks: PcrSet::parse("sha256:0,7,10").unwrap(),
        pcr_values: (&values[..]).into(),
        aik_pubkey: &public,
        quote: &quote,
        signature: &signature,
        aik_certify: None,
        aik_certify_signature: None,
    };
    test(evidence, Nonce::exact(&scene.nonce).unwrap());
}

/// A key whose Name and signatures are made with SHA-1: it needs both of the
/// dangerous settings. It is a primary key of the endorsement hierarchy.
fn weak_scene() -> Scene {
    let mut key = Key::p256(SHA1);
    key.name_alg = SHA1;
    let mut scene = Scene::by(key);
    let endorsement = [0x40, 0x00, 0x00, 0x0b];
    scene.quote.qualified_signer = qualified(&endorsement, &scene.key.name());
    scene
}

#[test]
fn every_setting_of_a_policy_counts_in_every_order() {
    let scene = weak_scene();
    let mut machine = Machine::with(Key::p384(0x000b), scene.key.clone());
    machine.qualified_name = scene.quote.qualified_signer.clone();
    machine.signed_nonce = b"long before".to_vec();
    let certified = machine.certification();
    let (name, other) = (scene.key.name(), Key::p256(SHA1).name());
    // The values of the scene.
    let (zero, seven) = ([0x10; 32], [0x17; 32]);
    let good: [BaselineEntry<'_>; 2] = [(SHA256, 0, &[&zero]), (SHA256, 7, &[&seven])];
    let bad: [BaselineEntry<'_>; 2] = [(SHA256, 0, &[&zero]), (SHA256, 7, &[&zero])];
    let set = |text| PcrSet::parse(text).unwrap();
    machine.with_trusted(|certifier| {
        let wishes = Wishes {
            required: set("sha256:0,10"),
            baseline: &good,
            names: &[&name],
            certifier,
            certification: certified.borrowed(),
            certification_nonce: Nonce::exact(b"long before").unwrap(),
            hierarchy: TpmHandle::RH_ENDORSEMENT,
            firmware: scene.quote.firmware_version,
        };
        with_evidence(&scene, |evidence, nonce| {
            let outcome = |wishes, without: &[usize]| outcome(&evidence, nonce, &wishes, without);
            let fine = Ok((KeyTrust::Certified, 2, 3));
            assert_eq!(outcome(wishes, &[]), fine);

            let more = Wishes {
                required: set("sha256:0,8"),
                ..wishes
            };
            let not_covered = VerifyError::Selection {
                problem: SelectionProblem::NotCovered(SHA256, 8),
                expected: set("sha256:0,8"),
                found: set("sha256:0,7,10"),
            };
            assert_eq!(outcome(more, &[]), Err(not_covered.into()));
            assert_eq!(outcome(more, &[REQUIRED]), fine);

            let changed = Wishes {
                baseline: &bad,
                ..wishes
            };
            let differs = VerifyError::Baseline {
                matched: 1,
                mismatched: 1,
                first: (SHA256, 7),
                expected: Some(Excerpt::new(&[0x10; 32])),
                found: Some(Excerpt::new(&[0x17; 32])),
            };
            assert_eq!(outcome(changed, &[]), Err(differs.into()));
            assert_eq!(
                outcome(changed, &[BASELINE]),
                Ok((KeyTrust::Certified, 0, 3))
            );

            let stranger = Wishes {
                names: &[&other],
                ..wishes
            };
            let not_pinned = VerifyError::KeyNotPinned {
                name: Excerpt::new(&name),
            };
            assert_eq!(outcome(stranger, &[]), Err(not_pinned.into()));
            assert_eq!(outcome(stranger, &[PINNED]), fine);
            assert_eq!(outcome(wishes, &[CERTIFIED]), Ok((KeyTrust::Pinned, 2, 3)));
            assert_eq!(
                outcome(stranger, &[PINNED, CERTIFIED]),
                Err(VerifyError::KeyNotAnchored.into())
            );
            assert_eq!(
                outcome(stranger, &[PINNED, CERTIFIED, ANCHORED]),
                Ok((KeyTrust::SelfAsserted, 2, 3))
            );

            assert_eq!(
                outcome(wishes, &[CERTIFICATION]),
                Err(AnchorError::NoProof.into())
            );
            let replayed = VerifyError::Nonce {
                expected: Excerpt::new(nonce.as_ref()),
                found: Excerpt::new(b"long before"),
            };
            assert_eq!(
                outcome(wishes, &[CERTIFICATION_NONCE]),
                Err(AnchorError::Proof(replayed).into())
            );

            assert_eq!(
                outcome(wishes, &[SIGNATURES]),
                Err(VerifyError::SignatureSha1.into())
            );
            let weak_name = VerifyError::KeyScheme(KeySchemeProblem::NameSha1);
            assert_eq!(outcome(wishes, &[RULES]), Err(weak_name.into()));

            let elsewhere = Wishes {
                hierarchy: TpmHandle::RH_OWNER,
                ..wishes
            };
            let owner = qualified(&[0x40, 0x00, 0x00, 0x01], &name);
            let other_place = VerifyError::QualifiedSigner {
                expected: Excerpt::new(&owner),
                found: Excerpt::new(&scene.quote.qualified_signer),
            };
            assert_eq!(outcome(elsewhere, &[]), Err(other_place.into()));
            assert_eq!(outcome(elsewhere, &[ANCESTRY]), fine);

            let found = scene.quote.firmware_version;
            let newer = Wishes {
                firmware: found + 1,
                ..wishes
            };
            let old = ClockProblem::Firmware {
                minimum: found + 1,
                found,
            };
            assert_eq!(outcome(newer, &[]), Err(VerifyError::Clock(old).into()));
            assert_eq!(outcome(newer, &[CLOCK]), fine);
        });
    });
}

/// Of the two settings for what was given beforehand, the last one counts.
#[test]
fn certification_and_one_of_the_creation_replace_each_other() {
    let machine = Machine::new();
    let (certified, created) = (machine.certification(), machine.creation());
    let (certified, created) = (certified.borrowed(), created.borrowed());
    let data = sized(&machine.creation_data());
    let data = Tpm2bCreationData::from_bytes(&data).unwrap();
    machine.with_trusted(|certifier| {
        with_evidence(&machine.scene(), |evidence, nonce| {
            let policy = ResponsePolicy::with_nonce(nonce).certified_by(certifier);
            let certified_last = policy
                .certification_of_creation(created, &data)
                .certification(certified);
            let created_last = policy
                .certification(certified)
                .certification_of_creation(created, &data);
            for (policy, trust) in [
                (certified_last, KeyTrust::Certified),
                (created_last, KeyTrust::Created),
            ] {
                assert_eq!(evidence.verify(&policy).unwrap().key_trust(), trust);
            }
        });
    });
}

/// P1: the claim is compared with what was signed, not only with the values.
#[test]
fn p1_claim_of_fewer_or_more_pcr_than_were_signed() {
    let set = |text| PcrSet::parse(text).unwrap();
    with_evidence(&Scene::by(Key::p256(0x000b)), |evidence, nonce| {
        let policy = ResponsePolicy::with_nonce(nonce);
        evidence.verify(&policy).unwrap();
        for (claim, index) in [
            ("sha256:0,7", 10),
            ("sha256:0,7,10,11", 11),
            ("sha256:0,7,11", 11),
        ] {
            let claimed = BlockEvidence {
                pcr_banks: set(claim),
                ..evidence
            };
            let expected = VerifyError::Selection {
                problem: SelectionProblem::NotClaimed(SHA256, index),
                expected: set(claim),
                found: set("sha256:0,7,10"),
            };
            assert_eq!(
                claimed.verify(&policy).unwrap_err(),
                expected.into(),
                "{claim}"
            );
        }
    });
}
