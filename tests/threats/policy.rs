//! Policies for a response: every setting counts, in whatever order they are
//! made.

use tpm_quote::{
    KeyTrust, Nonce, PcrSet, PcrValue, ResponseError, ResponsePolicy, TpmAlgId, VerifyError,
    evidence::BlockEvidence,
    verify::{BaselineEntry, Excerpt, KeyRules, KeySchemeProblem, SelectionProblem},
};

use super::{
    forge::{Key, SHA1, sized},
    scene::Scene,
};

const SHA256: TpmAlgId = TpmAlgId::SHA256;

/// What a verifier wishes, in the words of the policy.
#[derive(Clone, Copy)]
struct Wishes<'a> {
    required: PcrSet,
    baseline: &'a [BaselineEntry<'a>],
    names: &'a [&'a [u8]],
}

type Setting = for<'a> fn(ResponsePolicy<'a>, &Wishes<'a>) -> ResponsePolicy<'a>;

const SETTINGS: [Setting; 6] = [
    |policy, wishes| policy.require_pcrs(wishes.required),
    |policy, wishes| policy.baseline(wishes.baseline),
    |policy, wishes| policy.pinned(wishes.names),
    |policy, _| policy.require_anchored_key(),
    |policy, _| policy.dangerous_allow_sha1_signatures(),
    |policy, _| policy.dangerous_key_rules(KeyRules::new().dangerous_allow_sha1_names()),
];
const REQUIRED: usize = 0;
const BASELINE: usize = 1;
const PINNED: usize = 2;
const ANCHORED: usize = 3;
const SIGNATURES: usize = 4;
const RULES: usize = 5;

/// What is shown of a quote that was accepted: the key's trust, how many
/// baseline entries held, how many PCR it covers.
type Seen = Result<(KeyTrust, usize, usize), VerifyError>;

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
    let mut order = [0, 1, 2, 3, 4, 5];
    for turn in 0..12 {
        order.rotate_left(1);
        if turn == 6 {
            order.reverse();
        }
        let mut policy = ResponsePolicy::with_nonce(nonce);
        for setting in order.iter().filter(|setting| !without.contains(setting)) {
            policy = SETTINGS[*setting](policy, wishes);
        }
        let outcome = evidence.verify(&policy).map_err(|error| match error {
            ResponseError::Evidence(error) => error,
            other => panic!("{other}"),
        });
        outcomes.push(outcome.map(|quote| {
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
/// dangerous settings.
fn weak_scene() -> Scene {
    let mut key = Key::p256(SHA1);
    key.name_alg = SHA1;
    Scene::by(key)
}

#[test]
fn every_setting_of_a_policy_counts_in_every_order() {
    let scene = weak_scene();
    let (name, other) = (scene.key.name(), Key::p256(SHA1).name());
    // The values of the scene.
    let (zero, seven) = ([0x10; 32], [0x17; 32]);
    let good: [BaselineEntry<'_>; 2] = [(SHA256, 0, &[&zero]), (SHA256, 7, &[&seven])];
    let bad: [BaselineEntry<'_>; 2] = [(SHA256, 0, &[&zero]), (SHA256, 7, &[&zero])];
    let set = |text| PcrSet::parse(text).unwrap();
    let wishes = Wishes {
        required: set("sha256:0,10"),
        baseline: &good,
        names: &[&name],
    };
    with_evidence(&scene, |evidence, nonce| {
        let outcome = |wishes, without: &[usize]| outcome(&evidence, nonce, &wishes, without);
        assert_eq!(outcome(wishes, &[]), Ok((KeyTrust::Pinned, 2, 3)));

        let more = Wishes {
            required: set("sha256:0,8"),
            ..wishes
        };
        let not_covered = VerifyError::Selection {
            problem: SelectionProblem::NotCovered(SHA256, 8),
            expected: set("sha256:0,8"),
            found: set("sha256:0,7,10"),
        };
        assert_eq!(outcome(more, &[]), Err(not_covered));
        assert_eq!(outcome(more, &[REQUIRED]), Ok((KeyTrust::Pinned, 2, 3)));

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
        assert_eq!(outcome(changed, &[]), Err(differs));
        assert_eq!(outcome(changed, &[BASELINE]), Ok((KeyTrust::Pinned, 0, 3)));

        let stranger = Wishes {
            names: &[&other],
            ..wishes
        };
        let name = Excerpt::new(&name);
        assert_eq!(
            outcome(stranger, &[]),
            Err(VerifyError::KeyNotPinned { name })
        );
        assert_eq!(
            outcome(stranger, &[PINNED]),
            Err(VerifyError::KeyNotAnchored)
        );
        assert_eq!(
            outcome(stranger, &[PINNED, ANCHORED]),
            Ok((KeyTrust::SelfAsserted, 2, 3))
        );

        assert_eq!(
            outcome(wishes, &[SIGNATURES]),
            Err(VerifyError::SignatureSha1)
        );
        let weak_name = VerifyError::KeyScheme(KeySchemeProblem::NameSha1);
        assert_eq!(outcome(wishes, &[RULES]), Err(weak_name));
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
