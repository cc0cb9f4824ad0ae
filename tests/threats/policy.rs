//! Policies for a response: every setting counts, in whatever order they are
//! made.

use tpm_quote::{
    AttestationKey, Baseline, BaselineEntry, KeyTrust, Nonce, Pcr, PcrSet, PcrValue,
    ResponsePolicy, TpmAlgId, Unmarshal, Verifier,
    evidence::BlockEvidence,
    types::{Tpm2bCreationData, TpmHandle},
    verify::{
        Ancestry, Anchor, ClockPolicy, Excerpt, KeyRules, SignedAttest,
        error::{
            AnchorProblem, AttestProblem, ClockProblem, KeyProblem, QuoteProblem, SelectionProblem,
            SettingProblem,
        },
    },
};

use super::{
    anchors::certification,
    forge::{Key, SHA1, sized},
    machine::{Machine, qualified},
    said::{Said, said, selection},
    scene::Scene,
};

const SHA256: TpmAlgId = TpmAlgId::SHA256;

/// What a verifier wishes, in the words of the policy.
#[derive(Clone, Copy)]
struct Wishes<'a> {
    rules: KeyRules,
    required: PcrSet,
    baseline: &'a Baseline<'a>,
    names: &'a [&'a [u8]],
    certifier: &'a AttestationKey<'a>,
    certification: SignedAttest<'a>,
    /// That of the request, if it is not named.
    certification_nonce: Option<Nonce>,
    hierarchy: TpmHandle,
    firmware: u64,
}

type Setting = for<'a> fn(ResponsePolicy<'a>, &Wishes<'a>) -> ResponsePolicy<'a>;

const SETTINGS: [Setting; 9] = [
    |policy, wishes| policy.require_pcrs(wishes.required),
    |policy, wishes| policy.baseline(wishes.baseline),
    |policy, wishes| policy.pinned(wishes.names),
    |policy, _| policy.require_anchored_key(),
    |policy, _| policy.dangerous_allow_sha1_signatures(),
    |policy, wishes| match wishes.certification_nonce {
        Some(nonce) => policy.certified_by_with_nonce(wishes.certifier, nonce),
        None => policy.certified_by(wishes.certifier),
    },
    |policy, wishes| policy.certification(&wishes.certification),
    |policy, wishes| policy.ancestry(Ancestry::under(wishes.hierarchy)),
    |policy, wishes| policy.clock(ClockPolicy::new().minimum_firmware(wishes.firmware)),
];
const REQUIRED: usize = 0;
const BASELINE: usize = 1;
const PINNED: usize = 2;
const ANCHORED: usize = 3;
const SIGNATURES: usize = 4;
const CERTIFIED: usize = 5;
const CERTIFICATION: usize = 6;
const ANCESTRY: usize = 7;
const CLOCK: usize = 8;

/// What is shown of a quote that was accepted: the key's trust, how many
/// baseline entries held, how many PCRs it covers.
type Seen = Result<(KeyTrust, usize, usize), Said>;

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
        let verifier = Verifier::new().key_rules(wishes.rules);
        let outcome = verifier.block(evidence, &policy).map(|quote| {
            (
                quote.key_trust(),
                quote.baseline_matched(),
                quote.pcrs().count(),
            )
        });
        outcomes.push(outcome.map_err(said));
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

/// A key whose Name and signatures are made with SHA-1: it needs the dangerous
/// setting and the dangerous rule. It is a primary key of the endorsement hierarchy.
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
    let (zero, seven): ([&[u8]; 1], [&[u8]; 1]) = ([&zero], [&seven]);
    let pcr = |index| Pcr::new(SHA256, index).unwrap();
    let good = [
        BaselineEntry::new(pcr(0), &zero),
        BaselineEntry::new(pcr(7), &seven),
    ];
    let bad = [
        BaselineEntry::new(pcr(0), &zero),
        BaselineEntry::new(pcr(7), &zero),
    ];
    let (good, bad) = (Baseline::new(&good).unwrap(), Baseline::new(&bad).unwrap());
    let set = |text| PcrSet::parse(text).unwrap();
    machine.with_trusted(|certifier| {
        let wishes = Wishes {
            rules: KeyRules::new().dangerous_allow_sha1_names(),
            required: set("sha256:0,10"),
            baseline: &good,
            names: &[&name],
            certifier,
            certification: certified.borrowed(),
            certification_nonce: Some(Nonce::exact(b"long before").unwrap()),
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
            let not_covered = selection(
                SelectionProblem::NotCovered(pcr(8)),
                set("sha256:0,8"),
                set("sha256:0,7,10"),
            );
            assert_eq!(outcome(more, &[]), Err(not_covered));
            assert_eq!(outcome(more, &[REQUIRED]), fine);

            let changed = Wishes {
                baseline: &bad,
                ..wishes
            };
            let differs = QuoteProblem::Baseline {
                matched: 1,
                mismatched: 1,
                first: pcr(7),
                expected: Excerpt::new(&[0x10; 32]),
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
            let not_pinned = AnchorProblem::NameNotPinned {
                name: Excerpt::new(&name),
            };
            assert_eq!(outcome(stranger, &[]), Err(not_pinned.into()));
            assert_eq!(outcome(stranger, &[PINNED]), fine);
            // A certification that nobody has to make is an error.
            assert_eq!(
                outcome(wishes, &[CERTIFIED]),
                Err(SettingProblem::CertificationUnused.into())
            );
            let uncertified = [CERTIFIED, CERTIFICATION];
            assert_eq!(outcome(wishes, &uncertified), Ok((KeyTrust::Pinned, 2, 3)));
            assert_eq!(
                outcome(stranger, &[PINNED, CERTIFIED, CERTIFICATION]),
                Err(AnchorProblem::NotAnchored.into())
            );
            assert_eq!(
                outcome(stranger, &[PINNED, CERTIFIED, CERTIFICATION, ANCHORED]),
                Ok((KeyTrust::SelfAsserted, 2, 3))
            );

            assert_eq!(
                outcome(wishes, &[CERTIFICATION]),
                Err(AnchorProblem::NoCertification.into())
            );
            let replayed = AttestProblem::Nonce {
                expected: Excerpt::new(nonce.as_ref()),
                found: Excerpt::new(b"long before"),
            };
            let of_the_request = Wishes {
                certification_nonce: None,
                ..wishes
            };
            assert_eq!(outcome(of_the_request, &[]), Err(certification(replayed)));

            assert_eq!(
                outcome(wishes, &[SIGNATURES]),
                Err(AttestProblem::SignatureSha1.into())
            );
            let strict = Wishes {
                rules: KeyRules::new(),
                ..wishes
            };
            assert_eq!(outcome(strict, &[]), Err(KeyProblem::NameSha1.into()));

            let elsewhere = Wishes {
                hierarchy: TpmHandle::RH_OWNER,
                ..wishes
            };
            let owner = qualified(&[0x40, 0x00, 0x00, 0x01], &name);
            let other_place = AttestProblem::QualifiedSigner {
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
            assert_eq!(outcome(newer, &[]), Err(old.into()));
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
                .certification_of_creation(&created, &data)
                .certification(&certified);
            let created_last = policy
                .certification(&certified)
                .certification_of_creation(&created, &data);
            for (policy, trust) in [
                (certified_last, KeyTrust::Certified),
                (created_last, KeyTrust::Created),
            ] {
                let quote = Verifier::new().block(&evidence, &policy).unwrap();
                assert_eq!(quote.key_trust(), trust);
            }
        });
    });
}

/// An anchor takes the place of everything that was named to vouch for the key before it,
/// and of nothing else.
#[test]
fn anchor_replaces_what_was_to_vouch_for_the_key_before() {
    let machine = Machine::new();
    let certified = machine.certification();
    let (name, other) = (machine.fresh.name(), Key::p521(0x000b).name());
    let (own, others) = ([&name[..]], [&other[..]]);
    machine.with_fresh(|_, trusted, of_certification| {
        with_evidence(&machine.scene(), |evidence, nonce| {
            let policy = ResponsePolicy::with_nonce(nonce).require_anchored_key();
            let judge = |policy: ResponsePolicy<'_>| {
                let quote = Verifier::new().block(&evidence, &policy);
                quote.map(|quote| quote.key_trust()).map_err(said)
            };
            let not_pinned = Err(AnchorProblem::NameNotPinned {
                name: Excerpt::new(&name),
            }
            .into());
            let not_anchored = Err(AnchorProblem::NotAnchored.into());
            let (strict, right) = (Anchor::new().pinned(&others), Anchor::new().pinned(&own));
            assert_eq!(judge(policy.pinned(&own).anchor(strict)), not_pinned);
            assert_eq!(
                judge(policy.pinned(&others).anchor(right)),
                Ok(KeyTrust::Pinned)
            );
            let nothing = policy.certified_by(trusted).anchor(Anchor::new());
            assert_eq!(judge(nothing), not_anchored);
            let by_trusted = Anchor::new()
                .certified_by(trusted, of_certification)
                .certification(&certified.borrowed());
            assert_eq!(
                judge(policy.pinned(&others).anchor(by_trusted)),
                Ok(KeyTrust::Certified)
            );
            // What is named after it counts beside it.
            assert_eq!(judge(policy.anchor(by_trusted).pinned(&others)), not_pinned);
        });
    });
}

/// P1: the claim is compared with what was signed, not only with the values.
#[test]
fn p1_claim_of_fewer_or_more_pcr_than_were_signed() {
    let set = |text| PcrSet::parse(text).unwrap();
    with_evidence(&Scene::by(Key::p256(0x000b)), |evidence, nonce| {
        let policy = ResponsePolicy::with_nonce(nonce);
        let verifier = Verifier::new();
        verifier.block(&evidence, &policy).unwrap();
        for (claim, index) in [
            ("sha256:0,7", 10),
            ("sha256:0,7,10,11", 11),
            ("sha256:0,7,11", 11),
        ] {
            let claimed = BlockEvidence {
                pcr_banks: set(claim),
                ..evidence
            };
            let expected = selection(
                SelectionProblem::NotClaimed(Pcr::new(SHA256, index).unwrap()),
                set(claim),
                set("sha256:0,7,10"),
            );
            let error = verifier.block(&claimed, &policy).unwrap_err();
            assert_eq!(said(error), expected, "{claim}");
        }
    });
}
