//! Q8: the clock set back, power lost, reboots between quotes.

use tpm_quote::{
    AttestationKey, Check, Error, Nonce, Problem, ResponsePolicy, TpmAlgId, Unmarshal, Verifier,
    evidence::BlockEvidence,
    types::{TpmHandle, TpmsClockInfo},
    verify::{
        ClockPolicy, ClockReading, Excerpt, KeyRules, Verdict,
        error::{ClockProblem, SettingProblem},
    },
};

use super::{
    forge::{Key, SHA256, hash, sized},
    said::said,
    scene::Scene,
};
use crate::common::{case, quote::Quote};

/// What a TPM said of its clock, by number of the case: the reading of its quote.
fn reading(number: &str) -> ClockReading {
    let case = case(number);
    let quote = Quote::of(&case);
    let reading = quote
        .verify_as(KeyRules::new(), &quote.policy(), |quote| {
            quote.clock_reading()
        })
        .unwrap();
    let facts = &case.json["clock_info"];
    assert_eq!(reading.clock_info.clock, facts["clock"].as_u64().unwrap());
    assert_eq!(reading.key_name.to_string(), case.text("ak_name_hex"));
    reading
}

/// What comes of the quote of a case.
fn judge(number: &str, clock: ClockPolicy<'_>) -> Result<(), Error> {
    let quote = Quote::of(&case(number));
    quote.verify_as(KeyRules::new(), &quote.policy().clock(clock), |_| ())
}

#[track_caller]
fn refused(number: &str, clock: ClockPolicy<'_>, problem: ClockProblem) {
    let error = judge(number, clock).unwrap_err();
    assert_eq!(said(error), problem, "{number}");
}

const NEW: fn() -> ClockPolicy<'static> = ClockPolicy::new;

#[test]
fn q8_nothing_is_asked_for_by_default() {
    for number in ["158", "160", "166", "168", "169"] {
        judge(number, NEW()).unwrap();
    }
}

#[test]
fn q8_clock_after_a_loss_of_power_is_not_safe_until_it_has_caught_up() {
    refused("158", NEW().require_safe(), ClockProblem::NotSafe);
    refused("160", NEW().require_safe(), ClockProblem::NotSafe);
    for number in ["145", "149", "161", "162"] {
        judge(number, NEW().require_safe()).unwrap();
    }
}

#[test]
fn q8_later_quote_without_a_reboot_is_accepted() {
    let start = reading("145");
    judge("148", NEW().since(&start).require_safe()).unwrap();
    judge("145", NEW().since(&start)).unwrap();
}

#[test]
fn q8_clock_that_went_back_is_refused_even_if_reboots_are_allowed() {
    // 148 is later than 145; by 158 power was lost and the clock behind that of 156;
    // by 168 the owner was cleared.
    for (number, since) in [("145", "148"), ("160", "157"), ("168", "165")] {
        let since = reading(since);
        let problem = ClockProblem::WentBack {
            earlier: since.clock_info.clock,
            found: reading(number).clock_info.clock,
        };
        refused(number, NEW().since(&since), problem);
        refused(number, NEW().since(&since).allow_reboots(), problem);
    }
}

#[test]
fn q8_reset_resumption_and_restart_are_seen() {
    // By a primary key of the endorsement hierarchy: 2/0, 3/0, 3/1, 3/2, 4/0.
    for (since, number, earlier, found) in [
        ("146", "150", (2, 0), (3, 0)),
        ("150", "153", (3, 0), (3, 1)),
        ("153", "156", (3, 1), (3, 2)),
        ("156", "162", (3, 2), (4, 0)),
    ] {
        let since = reading(since);
        let policy = NEW().since(&since);
        refused(number, policy, ClockProblem::Rebooted { earlier, found });
        judge(number, policy.allow_reboots()).unwrap();
    }
}

/// Obfuscated counters, and those of a key of which the quote does not tell whether
/// they are: a difference is a reboot, and which came first is not judged.
#[test]
fn q8_order_of_counters_that_may_be_obfuscated_is_not_judged() {
    for (since, number) in [("154", "157"), ("145", "149")] {
        let (earlier, found) = (reading(since).clock_info, reading(number).clock_info);
        let since = reading(since);
        let policy = NEW().since(&since);
        refused(
            number,
            policy,
            ClockProblem::Rebooted {
                earlier: (earlier.reset_count, earlier.restart_count),
                found: (found.reset_count, found.restart_count),
            },
        );
        refused(number, policy.allow_reboots(), ClockProblem::Obfuscated);
    }
    // Nothing to order.
    let start = reading("145");
    judge("148", NEW().since(&start).allow_reboots()).unwrap();
}

/// Since what?
#[test]
fn o3_reboots_are_allowed_since_an_attestation_or_not_at_all() {
    let problem = SettingProblem::RebootsWithoutSince;
    for policy in [
        NEW().allow_reboots(),
        NEW().allow_reboots().require_safe().minimum_firmware(1),
    ] {
        let error = judge("145", policy).unwrap_err();
        assert_eq!(*error.problem(), Problem::Setting(problem));
        assert_eq!(
            (error.check(), error.verdict()),
            (Check::Input, Verdict::Malformed)
        );
    }
    // In whichever order.
    let start = reading("145");
    judge("148", NEW().allow_reboots().since(&start)).unwrap();
}

#[test]
fn q8_quote_by_another_key_is_no_later_quote() {
    let since = reading("145");
    refused(
        "150",
        NEW().since(&since).allow_reboots(),
        ClockProblem::OtherKey {
            expected: Excerpt::new(since.key_name.as_ref()),
            found: Excerpt::new(reading("150").key_name.as_ref()),
        },
    );
}

#[test]
fn q8_firmware_version_has_a_minimum_where_it_is_not_obfuscated() {
    const FOUND: u64 = 0x2019_1023_0016_3636;
    judge("146", NEW().minimum_firmware(FOUND)).unwrap();
    let minimum = FOUND + 1;
    refused(
        "146",
        NEW().minimum_firmware(minimum),
        ClockProblem::Firmware {
            minimum,
            found: FOUND,
        },
    );
    for number in ["145", "154"] {
        refused(number, NEW().minimum_firmware(0), ClockProblem::Obfuscated);
    }
}

/// A quote whose qualified signer is that of a primary key of this hierarchy.
fn primary(hierarchy: TpmHandle) -> Scene {
    let mut scene = Scene::by(Key::p256(SHA256));
    let name = [
        &SHA256.to_be_bytes()[..],
        &hash(SHA256, &scene.key.public()[2..]),
    ]
    .concat();
    let qualified = hash(SHA256, &[&hierarchy.0.to_be_bytes()[..], &name].concat());
    scene.quote.qualified_signer = [&SHA256.to_be_bytes()[..], &qualified].concat();
    scene
}

/// A reading by the scene's key.
fn earlier(scene: &Scene, clock: u64, reset_count: u32, restart_count: u32) -> ClockReading {
    let public = scene.key.public();
    let public = tpm_quote::Tpm2bPublic::from_bytes(&public).unwrap();
    ClockReading::new(
        *AttestationKey::self_asserted(&public).unwrap().name(),
        TpmsClockInfo {
            clock,
            reset_count,
            restart_count,
            safe: true,
        },
    )
}

#[test]
fn q8_counters_that_went_back_are_refused() {
    // The quote has 3/1.
    for hierarchy in [TpmHandle::RH_ENDORSEMENT, TpmHandle::RH_PLATFORM] {
        let mut scene = primary(hierarchy);
        for before in [(3, 2), (4, 0), (u32::MAX, 0)] {
            let since = earlier(&scene, scene.quote.clock, before.0, before.1);
            let error = scene.verify_at(NEW().since(&since).allow_reboots());
            assert_eq!(
                said(error.unwrap_err()),
                ClockProblem::CountersBack {
                    earlier: before,
                    found: (3, 1),
                }
            );
        }
        for before in [(3, 1), (3, 0), (2, 7)] {
            let since = earlier(&scene, scene.quote.clock, before.0, before.1);
            scene
                .verify_at(NEW().since(&since).allow_reboots())
                .unwrap();
        }
        scene.quote.clock -= 1;
        let since = earlier(&scene, scene.quote.clock + 1, 3, 1);
        let error = scene.verify_at(NEW().since(&since)).unwrap_err();
        assert!(matches!(
            error.problem(),
            Problem::Clock(ClockProblem::WentBack { .. })
        ));
    }
    for hierarchy in [TpmHandle::RH_OWNER, TpmHandle::RH_NULL] {
        let scene = primary(hierarchy);
        let since = earlier(&scene, scene.quote.clock, 4, 0);
        let error = scene.verify_at(NEW().since(&since).allow_reboots());
        assert_eq!(said(error.unwrap_err()), ClockProblem::Obfuscated);
    }
}

#[test]
fn q8_policy_for_a_response_asks_the_same() {
    let scene = primary(TpmHandle::RH_ENDORSEMENT);
    let (public, attest) = (scene.key.public(), sized(&scene.attest()));
    let signature = scene.key.sign(&scene.attest());
    let values = scene.pcr_values();
    let evidence = BlockEvidence {
        pcr_banks: tpm_quote::PcrSet::parse(&scene.required).unwrap(),
        pcr_values: (&values[..]).into(),
        aik_pubkey: &public,
        quote: &attest,
        signature: &signature,
        aik_certify: None,
        aik_certify_signature: None,
    };
    assert!(values.iter().all(|value| value.bank == TpmAlgId::SHA256));
    let since = earlier(&scene, u64::MAX, 3, 1);
    let policy = ResponsePolicy::with_nonce(Nonce::exact(&scene.nonce).unwrap());
    let verifier = Verifier::new();
    verifier.block(&evidence, &policy).unwrap();
    let error = verifier.block(&evidence, &policy.clock(NEW().since(&since)));
    assert_eq!(
        said(error.unwrap_err()),
        ClockProblem::WentBack {
            earlier: u64::MAX,
            found: scene.quote.clock,
        }
    );
}
