//! Where the key stands, and the TPM's clock, on real quotes: options, reports.

use std::fs;

use serde_json::{Value, json};

use crate::tools::{Ran, data, facts, file, response, run, text};

const START: &str = "146-clock-start-ecc-endorsement";
const RESET: &str = "150-clock-reset-ecc-endorsement";

fn verify(case: &str, more: &[&str]) -> Ran {
    let path = file("response.json", response(case).to_string());
    let nonce = facts(case)["nonce_hex"].clone();
    let options = ["verify", &path, "--nonce", text(&nonce), "--format", "json"];
    run([&options[..], more].concat())
}

/// The report on a quote that was verified, as a file.
fn report(case: &str) -> String {
    let ran = verify(case, &[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    file("report.json", ran.out)
}

fn public(name: &str) -> String {
    let path = data(&format!("zoo/{name}.pub"));
    path.into_os_string().into_string().unwrap()
}

#[track_caller]
fn assert_fails(ran: &Ran, check: &str, message: &str) {
    assert_eq!(ran.status, 1, "{ran:?}");
    let report = ran.json();
    assert_eq!(report["check"], check, "{report:#}");
    assert_eq!(report["quote"], Value::Null);
    assert!(text(&report["message"]).contains(message), "{report:#}");
}

#[test]
fn k5_signer_follows_from_hierarchy_and_parents() {
    let rsa = public("001-ek-rsa2048-low-createek");
    let srk = public("016-srk-rsa2048-aes128cfb");
    let child = "052-child-of-srk-rsa";
    for (case, options) in [
        (
            "004-main-rsa2048-rsassa-sha256",
            &["--hierarchy", "endorsement", "--parent", &rsa][..],
        ),
        (child, &["--hierarchy", "owner", "--parent", &srk]),
        (START, &["--hierarchy", "endorsement"]),
    ] {
        let ran = verify(case, options);
        assert_eq!(ran.status, 0, "{case}: {ran:?}");
    }
    for options in [
        &["--hierarchy", "owner"][..],
        &["--hierarchy", "endorsement", "--parent", &srk],
        &["--hierarchy", "owner", "--parent", &rsa],
        &["--hierarchy", "owner", "--parent", &srk, "--parent", &rsa],
        &["--hierarchy", "owner", "--parent", &rsa, "--parent", &srk],
    ] {
        assert_fails(&verify(child, options), "signer", "qualifiedSigner is ");
    }
}

#[test]
fn q8_clock_is_held_against_an_earlier_report() {
    let (start, reset) = (report(START), report(RESET));
    assert_eq!(verify(START, &["--since", &start]).status, 0);
    assert_fails(
        &verify(RESET, &["--since", &start]),
        "clock",
        "2/0 and are 3/0",
    );
    let ran = verify(RESET, &["--since", &start, "--allow-reboots"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let back = verify(START, &["--since", &reset, "--allow-reboots"]);
    assert_fails(&back, "clock", "the clock went back from 2256 to 487 ms");
    let other = verify("148-clock-later-rsa-ek-child", &["--since", &start]);
    assert_fails(&other, "clock", "the earlier reading is by the key");
}

#[test]
fn q8_obfuscated_counters_are_not_judged() {
    let earlier = report("154-clock-resume-ecc-owner");
    let later = "157-clock-restart-ecc-owner";
    let ran = verify(later, &["--since", &earlier, "--allow-reboots"]);
    assert_fails(&ran, "clock", "may be obfuscated");
    let ran = verify(later, &["--min-firmware", "0000000000000000"]);
    assert_fails(&ran, "clock", "may be obfuscated");
    // Nor does it help to claim another hierarchy.
    let options = [
        "--hierarchy",
        "endorsement",
        "--min-firmware",
        "0000000000000000",
    ];
    assert_fails(&verify(later, &options), "signer", "qualifiedSigner is ");
}

#[test]
fn q8_firmware_and_safe_clock_are_required() {
    let version = facts(START)["firmware_version"].clone();
    assert_eq!(verify(START, &["--min-firmware", text(&version)]).status, 0);
    let ran = verify(START, &["--min-firmware", "2019102300163637"]);
    assert_fails(&ran, "clock", "expected at least 2019102300163637");
    assert_eq!(verify(START, &["--require-safe-clock"]).status, 0);
    let ran = verify("160-clock-power-loss-ecc-owner", &["--require-safe-clock"]);
    assert_fails(&ran, "clock", "the clock is not safe");
}

#[test]
fn clock_has_its_line_in_the_report() {
    let path = file("response.json", response(START).to_string());
    let nonce = facts(START)["nonce_hex"].clone();
    let options = ["verify", &path, "--nonce", text(&nonce)];
    assert_eq!(run(options).check("clock"), "not asked for");
    let ran = run([&options[..], &["--require-safe-clock", "--verbose"]].concat());
    assert_eq!(ran.check("clock"), "ok");
    let options = [&options[..], &["--min-firmware", "ffffffffffffffff"]].concat();
    assert_eq!(run(&options).check("clock"), "FAILED");
}

/// What was not verified says nothing of the clock, whatever numbers it has.
#[test]
fn q8_report_that_is_not_on_verified_evidence_is_no_earlier_reading() {
    let whole: Value = serde_json::from_slice(&fs::read(report(START)).unwrap()).unwrap();
    let with = |place: &str, value: Value| {
        let mut report = whole.clone();
        *report.pointer_mut(place).unwrap() = value;
        file("earlier.json", report.to_string())
    };
    let verdict = whole["verdict"].clone();
    assert_eq!(
        verify(START, &["--since", &with("/verdict", verdict)]).status,
        0
    );
    for (place, value) in [
        ("/verdict", json!("rejected")),
        ("/verdict", json!("unsupported")),
        ("/verdict", json!("malformed")),
        ("/verdict", json!("unavailable")),
        ("/verdict", json!("Verified")),
        ("/verdict", json!("")),
        ("/verdict", json!(null)),
        ("/verdict", json!(["verified"])),
        ("/quote", json!(null)),
        ("/quote/clock/clock", json!("+1")),
        ("/quote/clock/clock", json!("-1")),
        ("/quote/clock/clock", json!(" 1")),
        ("/quote/clock/clock", json!(1)),
        ("/quote/clock/reset_count", json!("2")),
        ("/quote/clock/reset_count", json!(4_294_967_296_u64)),
        ("/quote/clock/safe", json!("true")),
        ("/key/name", json!("zz")),
        ("/key", json!(null)),
    ] {
        let path = with(place, value.clone());
        let ran = verify(START, &["--since", &path]);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{place} {value}: {ran:?}");
        let says = format!("tpm-quote: {path}: not the JSON report on evidence that was verified");
        assert!(ran.err.starts_with(&says), "{place} {value}: {ran:?}");
    }
}
