//! What an appraisal says of quotes: the same as a verification, and the state of each
//! check, the key, the baseline and warnings besides.

use tpm_quote::{
    Appraisal, AttestationKey, Baseline, BaselineEntry, Check, CheckState, Error, Evidence,
    KeyTrust, Name, Nonce, PcrSet, Problem, QuotePolicy, Tpm2bPublic, Unmarshal, Verdict,
    VerifiedQuote, Verifier,
    types::TpmaObject,
    verify::{
        Anchor, AttestPolicy, ClockPolicy, Excerpt, Part, SignedAttest, Time, Warning,
        error::{AttestProblem, KeyProblem, QuoteProblem},
    },
    verify_quote,
};

use crate::{
    SHA256,
    common::{
        case, cases, digits, hex,
        quote::{Quote, pcr_values},
        specimens,
        states::are_those_of_the_error,
    },
    forge,
};

/// What nothing asks for: an anchor, a baseline, a clock.
const PLAIN: [Check; 3] = [Check::KeyAnchor, Check::Baseline, Check::Clock];

fn pcrs(text: &str) -> PcrSet {
    text.parse().unwrap()
}

/// Appraises a quote and its key, which has to have this anchor, and hands the result on.
fn appraise<T>(
    quote: &Quote,
    anchor: &Anchor<'_>,
    policy: &QuotePolicy<'_>,
    show: impl FnOnce(Appraisal<'_, VerifiedQuote<'_>>) -> T,
) -> T {
    let public = Tpm2bPublic::from_bytes(&quote.public).unwrap();
    let values = pcr_values(&quote.values);
    let evidence = Evidence {
        attest: &quote.attest,
        signature: &quote.signature[..],
        pcrs: &values,
    };
    let verifier = Verifier::new();
    let key = verifier.appraise_key(&public, anchor);
    show(verifier.appraise_quote(key, &evidence, policy))
}

#[test]
fn every_case_has_the_states_of_its_result() {
    let (mut accepted, mut refused) = (0, 0);
    for case in cases() {
        let quote = Quote::of(&case);
        let policy = quote.policy();
        let expected = quote.verify();
        appraise(&quote, &Anchor::new(), &policy, |appraisal| {
            are_those_of_the_error(&appraisal, &PLAIN, &quote.attest);
            // The key is known from where its own checks hold.
            let is_judged = match appraisal.error() {
                Some(error) => error.check() > Check::KeyScheme,
                None => true,
            };
            let trust = appraisal.key().map(|key| key.trust());
            assert_eq!(trust, is_judged.then_some(KeyTrust::SelfAsserted));
            assert!(appraisal.baseline().is_none());
            let warnings: Vec<_> = appraisal.warnings().collect();
            match appraisal.value() {
                Some(verified) => {
                    accepted += 1;
                    assert_eq!(warnings, [Warning::SelfAsserted]);
                    assert_eq!(Some(verified.key()), appraisal.key());
                }
                None => {
                    refused += 1;
                    assert_eq!(warnings, [], "{}", case.name);
                }
            }
            let result = appraisal.into_result().map(|_| ());
            assert_eq!(result, expected, "{}", case.name);
        });
    }
    assert_eq!((accepted, refused), (96, 37));
}

#[test]
fn pinned_key_shows_its_anchor_and_no_warning() {
    for start in ["004", "005"] {
        let case = case(start);
        let quote = Quote::of(&case);
        let name: Name = case.text("ak_name_hex").parse().unwrap();
        let other = Name::of_handle(tpm_quote::types::TpmHandle::RH_OWNER);
        let (names, others) = ([other, name], [other]);
        let policy = quote.policy().require_anchored_key();

        appraise(
            &quote,
            &Anchor::new().pinned(&names),
            &policy,
            |appraisal| {
                let unasked = [Check::Baseline, Check::Clock];
                are_those_of_the_error(&appraisal, &unasked, &quote.attest);
                assert_eq!(appraisal.key().unwrap().trust(), KeyTrust::Pinned);
                assert_eq!(appraisal.warnings().count(), 0);
                appraisal.into_result().unwrap();
            },
        );
        appraise(
            &quote,
            &Anchor::new().pinned(&others),
            &policy,
            |appraisal| {
                let unasked = [Check::Baseline, Check::Clock];
                are_those_of_the_error(&appraisal, &unasked, &quote.attest);
                assert_eq!(appraisal.key().unwrap().trust(), KeyTrust::SelfAsserted);
                let error = appraisal.into_result().unwrap_err();
                assert_eq!(error.problem_name(), "key-name-not-pinned");
            },
        );
        // Without an anchor, the policy's wish is what fails.
        appraise(&quote, &Anchor::new(), &policy, |appraisal| {
            let unasked = [Check::Baseline, Check::Clock];
            are_those_of_the_error(&appraisal, &unasked, &quote.attest);
            assert_eq!(appraisal.state(Check::KeyAnchor), CheckState::Failed);
            let error = appraisal.into_result().unwrap_err();
            assert_eq!(error.problem_name(), "key-not-anchored");
        });
    }
}

/// A key in software that signs what it is told to.
struct Forged {
    key: forge::Key,
    attest: forge::Quote,
}

const NONCE: [u8; 3] = [0xc0, 0xff, 0xee];

impl Forged {
    /// A good quote of PCRs 0 and 7.
    fn new() -> Self {
        let key = forge::Key::p256(forge::SHA256);
        let qualified_signer = key.name();
        Self {
            key,
            attest: forge::Quote {
                magic: 0xff54_4347,
                kind: 0x8018,
                qualified_signer,
                extra_data: NONCE.to_vec(),
                clock: 7,
                reset_count: 1,
                restart_count: 0,
                safe: 1,
                firmware_version: 2,
                selections: vec![(forge::SHA256, forge::bitmap(&[0, 7]))],
                pcr_digest: forge::hash(forge::SHA256, &[0x5a; 64]),
            },
        }
    }

    /// Signs these bytes, whatever they are.
    fn sign(&self, attest: Vec<u8>) -> Quote {
        Quote {
            public: self.key.public(),
            signature: self.key.sign(&attest),
            attest,
            nonce: NONCE.to_vec(),
            values: vec![(SHA256, 0, vec![0x5a; 32]), (SHA256, 7, vec![0x5a; 32])],
            selection: "sha256:0,7".to_owned(),
        }
    }

    fn quote(&self) -> Quote {
        self.sign(self.attest.bytes())
    }
}

/// Everything that can be asked for, but an anchor: a quote passes, and each change of it
/// fails at its own check, with all checks before it ok and none after it reached.
#[test]
fn each_check_fails_alone_and_stops_those_after_it() {
    let good: [&[u8]; 1] = [&[0x5a; 32]];
    let entries = [BaselineEntry::new("sha256:7".parse().unwrap(), &good)];
    let baseline = Baseline::new(&entries).unwrap();
    let policy = QuotePolicy::new(NONCE.into(), pcrs("sha256:0,7"))
        .baseline(&baseline)
        .clock(ClockPolicy::new().require_safe());

    let altered = |alter: &dyn Fn(&mut forge::Quote)| {
        let mut forged = Forged::new();
        alter(&mut forged.attest);
        forged.quote()
    };
    let key = |alter: &dyn Fn(&mut forge::Key)| {
        let mut forged = Forged::new();
        alter(&mut forged.key);
        forged.quote()
    };
    let outside = |alter: &dyn Fn(&mut Quote)| {
        let mut quote = Forged::new().quote();
        alter(&mut quote);
        quote
    };
    // A sealed object instead of a key: type, nameAlg, attributes, policy, scheme, digest.
    let sealed = hex("0010 0008 000b 00000012 0000 0010 0002 0000");
    let rsa = |public: &mut Quote| public.public = forge::Key::rsa(1024, 0x14, 0x0b).public();
    let wrong_values = |quote: &mut Quote| quote.values[0].2[31] ^= 1;
    let bad_pcr7 = |quote: &mut forge::Quote| {
        quote.pcr_digest = forge::hash(forge::SHA256, &[[0x5a; 32], [0x5b; 32]].concat());
    };
    let mut mismatch = altered(&bad_pcr7);
    mismatch.values[1].2 = vec![0x5b; 32];

    for (quote, fails) in [
        (Forged::new().quote(), None),
        (
            outside(&|quote| quote.public.clone_from(&sealed)),
            Some(Check::KeyType),
        ),
        (
            key(&|key| key.attributes ^= TpmaObject::RESTRICTED.0),
            Some(Check::KeyAttributes),
        ),
        (outside(&rsa), Some(Check::KeyStrength)),
        (
            key(&|key| key.name_alg = forge::SHA1),
            Some(Check::KeyScheme),
        ),
        (
            outside(&|quote| quote.signature[3] = 0x0c),
            Some(Check::SignatureScheme),
        ),
        (
            outside(&|quote| quote.signature[10] ^= 1),
            Some(Check::Signature),
        ),
        (altered(&|quote| quote.magic ^= 1), Some(Check::Magic)),
        (altered(&|quote| quote.kind = 0x8017), Some(Check::Type)),
        (
            altered(&|quote| quote.extra_data[0] ^= 1),
            Some(Check::Nonce),
        ),
        (
            altered(&|quote| quote.qualified_signer.clear()),
            Some(Check::Signer),
        ),
        (
            altered(&|quote| quote.selections[0].1 = forge::bitmap(&[0])),
            Some(Check::Selection),
        ),
        (
            outside(&|quote| {
                quote.values[0].2.pop();
            }),
            Some(Check::PcrValues),
        ),
        (outside(&wrong_values), Some(Check::PcrDigest)),
        (mismatch, Some(Check::Baseline)),
        (altered(&|quote| quote.safe = 0), Some(Check::Clock)),
    ] {
        appraise(&quote, &Anchor::new(), &policy, |appraisal| {
            are_those_of_the_error(&appraisal, &[Check::KeyAnchor], &quote.attest);
            assert_eq!(appraisal.error().map(Error::check), fails);
            // The values are compared as soon as they are known to be the signed ones.
            let compared = fails.is_none_or(|check| check >= Check::Baseline);
            assert_eq!(appraisal.baseline().is_some(), compared, "{fails:?}");
            assert_eq!(
                appraisal.into_result().map(|_| ()),
                quote.verify_as(Default::default(), &policy, |_| ())
            );
        });
    }
}

/// The signature holds, and what is signed is no `TPMS_ATTEST`.
#[test]
fn malformed_quote_that_is_signed_shows_a_good_signature_and_a_failed_input() {
    let forged = Forged::new();
    let whole = forged.attest.bytes();
    let policy = QuotePolicy::new(NONCE.into(), pcrs("sha256:0,7"));
    let cut = (0..whole.len()).map(|end| whole[..end].to_vec());
    let longer = [&whole[..], &[0]].concat();
    for attest in cut.chain([longer]) {
        let quote = forged.sign(attest);
        appraise(&quote, &Anchor::new(), &policy, |appraisal| {
            are_those_of_the_error(&appraisal, &PLAIN, &quote.attest);
            assert_eq!(appraisal.state(Check::Signature), CheckState::Ok);
            assert_eq!(appraisal.state(Check::Input), CheckState::Failed);
            assert_eq!(appraisal.state(Check::Nonce), CheckState::NotReached);
            let error = appraisal.into_result().unwrap_err();
            assert_eq!(error.part(), Part::Signed);
            assert_eq!(error.verdict(), Verdict::Malformed);
            assert!(matches!(error.problem(), Problem::Structure(_)));
            assert!(error.help().contains("do not trust the key"));
        });
    }
}

/// A signature that cannot be read is met after the checks of the key.
#[test]
fn malformed_signature_shows_a_good_key_and_a_failed_input() {
    let mut quote = Forged::new().quote();
    let policy = QuotePolicy::new(NONCE.into(), pcrs("sha256:0,7"));
    quote.signature.pop();
    appraise(&quote, &Anchor::new(), &policy, |appraisal| {
        are_those_of_the_error(&appraisal, &PLAIN, &quote.attest);
        assert_eq!(appraisal.state(Check::KeyScheme), CheckState::Ok);
        assert_eq!(appraisal.state(Check::Input), CheckState::Failed);
        assert_eq!(
            appraisal.state(Check::SignatureScheme),
            CheckState::NotReached
        );
        assert_eq!(appraisal.error().unwrap().part(), Part::Signature);
    });
}

/// A verification says which is the first one; an appraisal says all.
#[test]
fn all_mismatches_of_a_baseline_are_listed_once_the_digest_holds() {
    let mut quote = Quote::of(&case("004"));
    let pcr0 = quote.values[0].2.clone();
    let others: [&[u8]; 2] = [&[1; 32], &[2; 32]];
    let (good, longer): ([&[u8]; 2], [&[u8]; 1]) = ([&[3; 32], &pcr0], [&[4; 48]]);
    let entries = [
        BaselineEntry::new("sha256:7".parse().unwrap(), &others),
        BaselineEntry::new("sha256:0".parse().unwrap(), &good),
        BaselineEntry::new("sha384:0".parse().unwrap(), &longer),
        BaselineEntry::new("sha256:10".parse().unwrap(), &others[1..]),
    ];
    let baseline = Baseline::new(&entries).unwrap();
    let policy = quote.policy().baseline(&baseline);
    appraise(&quote, &Anchor::new(), &policy, |appraisal| {
        are_those_of_the_error(&appraisal, &[Check::KeyAnchor, Check::Clock], &quote.attest);
        let comparison = appraisal.baseline().unwrap();
        assert_eq!(comparison.matched(), 1);
        let found: Vec<_> = comparison.mismatches().collect();
        let shown = found.iter().map(|mismatch| {
            let actual = mismatch.actual.map(digits);
            (mismatch.pcr.to_string(), mismatch.expected, actual)
        });
        let shown: Vec<_> = shown.collect();
        let value = |at: usize| Some(digits(&quote.values[at].2));
        assert_eq!(
            shown,
            [
                ("sha256:7".to_owned(), &others[..], value(1)),
                ("sha384:0".to_owned(), &longer[..], None),
                ("sha256:10".to_owned(), &others[1..], value(2)),
            ]
        );
        let expected = QuoteProblem::Baseline {
            matched: 1,
            mismatched: 3,
            first: "sha256:7".parse().unwrap(),
            expected: Excerpt::new(&[1; 32]),
            found: Some(Excerpt::new(&quote.values[1].2)),
        };
        assert_eq!(appraisal.into_result().unwrap_err(), expected.into());
    });

    // Values that are not the signed ones are not compared with anything.
    quote.values[1].2[0] ^= 1;
    appraise(&quote, &Anchor::new(), &policy, |appraisal| {
        are_those_of_the_error(&appraisal, &[Check::KeyAnchor, Check::Clock], &quote.attest);
        assert_eq!(appraisal.state(Check::PcrDigest), CheckState::Failed);
        assert_eq!(appraisal.state(Check::Baseline), CheckState::NotReached);
        assert!(appraisal.baseline().is_none());
    });
    quote.values[1].2[0] ^= 1;

    // Where all match, that is said as well.
    let entries = [BaselineEntry::new("sha256:0".parse().unwrap(), &good)];
    let baseline = Baseline::new(&entries).unwrap();
    let policy = quote.policy().baseline(&baseline);
    appraise(&quote, &Anchor::new(), &policy, |appraisal| {
        assert_eq!(appraisal.state(Check::Baseline), CheckState::Ok);
        let comparison = appraisal.baseline().unwrap();
        assert_eq!(
            (comparison.matched(), comparison.mismatches().count()),
            (1, 0)
        );
        assert_eq!(appraisal.into_result().unwrap().baseline_matched(), 1);
    });
}

/// For a caller who compares it with the nonce of the request: a warning says that nobody
/// else did.
#[test]
fn any_nonce_is_not_compared_and_a_warning_says_so() {
    for case in cases() {
        let quote = Quote::of(&case);
        let Ok(()) = quote.verify() else { continue };
        let required = quote.selection.parse().unwrap();
        let policy = QuotePolicy::new(Nonce::dangerous_any(), required);
        appraise(&quote, &Anchor::new(), &policy, |appraisal| {
            let unasked = [&PLAIN[..], &[Check::Nonce]].concat();
            are_those_of_the_error(&appraisal, &unasked, &quote.attest);
            assert_eq!(appraisal.state(Check::Nonce), CheckState::NotAskedFor);
            let warnings: Vec<_> = appraisal.warnings().collect();
            assert_eq!(warnings, [Warning::SelfAsserted, Warning::AnyNonce]);
            assert_eq!(appraisal.into_result().unwrap().nonce(), quote.nonce);
        });
        // Everything else is looked at all the same.
        let mut other = quote;
        *other.attest.last_mut().unwrap() ^= 1;
        let error = other.verify_as(Default::default(), &policy, |_| ());
        assert_eq!(error, Err(AttestProblem::Signature.into()));
    }
}

/// No nonce is something else than any nonce.
#[test]
fn no_nonce_is_compared_and_a_warning_says_that_there_is_none() {
    let public = Tpm2bPublic::from_unsized(&specimens::PUBLIC).unwrap();
    let key = AttestationKey::self_asserted(&public).unwrap();
    let signed = SignedAttest {
        attest: &specimens::TIME,
        signature: &specimens::TIME_SIGNATURE,
    };
    let policy = AttestPolicy::new(Nonce::dangerous_none());
    let appraisal = Verifier::new().appraise_attest(key, &signed, &Time, &policy);
    assert_eq!(appraisal.state(Check::Nonce), CheckState::NotAskedFor);
    let warnings: Vec<_> = appraisal.warnings().collect();
    assert_eq!(warnings, [Warning::SelfAsserted, Warning::NoNonce]);
    appraisal.into_result().unwrap();

    // A quote with a nonce is not one without.
    let quote = Quote::of(&case("004"));
    let policy = QuotePolicy::new(Nonce::dangerous_none(), pcrs("sha256:0,7,10"));
    appraise(&quote, &Anchor::new(), &policy, |appraisal| {
        assert_eq!(appraisal.state(Check::Nonce), CheckState::Failed);
        assert_eq!(appraisal.warnings().count(), 0);
        let expected = AttestProblem::Nonce {
            expected: Excerpt::new(&[]),
            found: Excerpt::new(&quote.nonce),
        };
        assert_eq!(appraisal.into_result().unwrap_err(), expected.into());
    });
}

#[test]
fn pcrs_that_the_sender_chose_are_warned_of() {
    let any = QuotePolicy::dangerous_any_pcrs(NONCE.into());
    for (selections, values, expected) in [
        (
            vec![(forge::SHA256, forge::bitmap(&[0, 15]))],
            vec![(SHA256, 0, vec![0x5a; 32]), (SHA256, 15, vec![0x5a; 32])],
            &[Warning::SelfAsserted][..],
        ),
        (
            vec![(forge::SHA256, forge::bitmap(&[0, 16]))],
            vec![(SHA256, 0, vec![0x5a; 32]), (SHA256, 16, vec![0x5a; 32])],
            &[Warning::SelfAsserted, Warning::ResettablePcrs],
        ),
        (
            vec![(forge::SHA1, forge::bitmap(&[23, 7, 8]))],
            [7, 8, 23]
                .map(|index| (crate::SHA1, index, vec![0x5a; 20]))
                .to_vec(),
            &[
                Warning::SelfAsserted,
                Warning::ResettablePcrs,
                Warning::Sha1Bank,
            ],
        ),
    ] {
        let mut forged = Forged::new();
        forged.attest.selections = selections;
        let all: Vec<_> = values
            .iter()
            .flat_map(|(.., value)| value.clone())
            .collect();
        forged.attest.pcr_digest = forge::hash(forge::SHA256, &all);
        let mut quote = forged.quote();
        quote.values = values;
        appraise(&quote, &Anchor::new(), &any, |appraisal| {
            are_those_of_the_error(&appraisal, &PLAIN, &quote.attest);
            assert_eq!(appraisal.warnings().collect::<Vec<_>>(), expected);
            appraisal.into_result().unwrap();
        });
    }
}

/// A key that was made before says what it says of itself.
#[test]
fn key_that_was_judged_before_is_shown_as_it_was_judged() {
    let case = case("005");
    let quote = Quote::of(&case);
    let public = Tpm2bPublic::from_bytes(&quote.public).unwrap();
    let values = pcr_values(&quote.values);
    let evidence = Evidence {
        attest: &quote.attest,
        signature: &quote.signature[..],
        pcrs: &values,
    };
    let policy = quote.policy();
    let pinned = AttestationKey::pinned(&public, &[case.file("ak.name")]).unwrap();
    let alone = AttestationKey::self_asserted(&public).unwrap();
    for (key, unasked) in [(pinned, &PLAIN[1..]), (alone, &PLAIN)] {
        let appraisal = Verifier::new().appraise_quote(key, &evidence, &policy);
        are_those_of_the_error(&appraisal, unasked, &quote.attest);
        assert_eq!(appraisal.key(), Some(key.summary()));
        let found = appraisal.into_result().unwrap();
        let expected = verify_quote(&key, &evidence, &policy).unwrap();
        assert_eq!(found.key(), expected.key());
    }
}

/// A caller's error takes the place of the value, but not of an earlier error.
#[test]
fn error_of_the_caller_stands_in_for_the_value() {
    let quote = Forged::new().quote();
    let policy = QuotePolicy::new(NONCE.into(), pcrs("sha256:0,7"));
    let later = Error::from(KeyProblem::Point);
    appraise(&quote, &Anchor::new(), &policy, |appraisal| {
        let failed = appraisal.fail(later);
        assert_eq!(failed.error(), Some(&later));
        assert!(failed.value().is_none());
        assert_eq!(failed.state(Check::KeyStrength), CheckState::Failed);
        assert_eq!(failed.state(Check::Signature), CheckState::Ok);
        assert_eq!(failed.warnings().count(), 0);
    });
    let other = QuotePolicy::new([0].into(), pcrs("sha256:0,7"));
    appraise(&quote, &Anchor::new(), &other, |appraisal| {
        let failed = appraisal.fail(later);
        assert_eq!(failed.error().unwrap().check(), Check::Nonce);
    });
}
