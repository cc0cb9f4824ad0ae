//! `baseline`: what is learned, merged and said, and what is refused.

use std::fs;

use serde_json::{Value, json};

use crate::tools::{
    Ran, SELF_ASSERTED, attestation, block, block_path, facts_of_block, file, keys, run, run_on,
    text,
};

const RSA: &str = "rsa-main-aik-tpm2b";

/// Learns although nothing vouches for the key.
const ANYWAY: &str = "--dangerous-learn-self-asserted";

fn learn(more: &[&str]) -> Ran {
    let id = facts_of_block(RSA)["payload_id"].clone();
    let path = block_path(RSA);
    run([&["baseline", &path, "--payload-id", text(&id)], more].concat())
}

/// By the facts about the quote.
fn values() -> Value {
    facts_of_block(RSA)["pcr_values"].clone()
}

#[test]
fn values_of_a_verified_quote_are_learned_and_match_it() {
    let ran = learn(&[ANYWAY]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json(), values());
    assert!(ran.err.starts_with("warning: the key is self-asserted"));
    assert_eq!(ran.err.lines().count(), 1);

    let good = file("learned.json", &ran.out);
    let id = facts_of_block(RSA)["payload_id"].clone();
    let args = ["verify", &block_path(RSA), "--payload-id", text(&id)];
    let ran = run([&args[..], &["--baseline", &good, "--verbose"]].concat());
    assert_eq!((ran.status, ran.check("baseline")), (0, "ok"));
}

#[test]
fn key_that_is_anchored_needs_no_warning() {
    let name = facts_of_block(RSA)["ak_name_hex"].clone();
    let ran = learn(&["--ak-name", text(&name), "--require-anchor"]);
    assert_eq!((ran.status, &*ran.err), (0, ""));
    assert_eq!(ran.json(), values());
}

/// Whoever sent the quote could have chosen the values.
#[test]
fn o2_key_that_nothing_vouches_for_is_not_learned_from() {
    let output = file("untouched.json", "untouched");
    let ran = learn(&["-o", &output]);
    assert_eq!((ran.status, &*ran.out), (1, ""), "{ran:?}");
    assert!(
        ran.err
            .contains("nothing is learned: the key is self-asserted"),
        "{ran:?}"
    );
    assert!(ran.err.contains(ANYWAY), "{ran:?}");
    assert_eq!(fs::read(&output).unwrap(), b"untouched");

    let id = facts_of_block(RSA)["payload_id"].clone();
    let args = [
        "verify",
        &block_path(RSA),
        "--format",
        "json",
        "--payload-id",
    ];
    let report = run([&args[..], &[text(&id)]].concat()).json();
    let mut silent = report.clone();
    silent["key"].as_object_mut().unwrap().shift_remove("trust");
    for report in [report, silent] {
        let report = file("report.json", report.to_string());
        let ran = run(["baseline", "--report", &report, "-o", &output]);
        assert_eq!((ran.status, &*ran.out), (1, ""), "{ran:?}");
        assert!(
            ran.err
                .contains("nothing is learned: the key is self-asserted")
        );
        assert_eq!(fs::read(&output).unwrap(), b"untouched");
        let ran = run(["baseline", "--report", &report, ANYWAY]);
        assert_eq!((ran.status, ran.json()), (0, values()));
    }
}

#[test]
fn nothing_is_learned_from_what_is_not_verified() {
    let output = file("untouched.json", "untouched");
    let mut no_tpm = block(RSA);
    *attestation(&mut no_tpm) = json!({"is_available": false}).as_object().unwrap().clone();
    let mut other = block(RSA);
    attestation(&mut other)["pcr_values"]["sha256"]["7"] = "00".repeat(32).into();
    let id = facts_of_block(RSA)["payload_id"].clone();
    for (response, args, status, says) in [
        (block(RSA), &["--payload-id", "another"][..], 1, "nonce: "),
        (other, &["--payload-id", text(&id)], 1, "pcr-digest: "),
        (no_tpm, &["--payload-id", text(&id)], 1, "tier: "),
        (
            block(RSA),
            &["--payload-id", text(&id), "--require-anchor"],
            1,
            "key-anchor: ",
        ),
        (
            json!([]),
            &["--payload-id", text(&id)],
            2,
            "expected an object",
        ),
    ] {
        let args = [&["baseline", "-o", &output], args].concat();
        let ran = run_on(args, response.to_string().as_bytes());
        assert_eq!((ran.status, &*ran.out), (status, ""), "{says}: {ran:?}");
        assert!(ran.err.contains(says), "{says}: {}", ran.err);
        assert!(
            ran.err
                .contains("nothing is learned from a quote that is not verified")
        );
        assert_eq!(fs::read(&output).unwrap(), b"untouched");
    }
}

#[test]
fn other_baseline_is_merged_and_what_differs_is_said() {
    let values = &values()["sha256"];
    let (ones, twos) = ("11".repeat(32), "22".repeat(48));
    let known = json!({
        "sha384": {"3": twos},
        "sha256": {"0": values["0"], "7": ones, "14": [ones]},
    });
    let good = file("known.json", known.to_string());
    // It may be written where it was read.
    let ran = learn(&["--merge", &good, "-o", &good, ANYWAY]);
    assert_eq!((ran.status, &*ran.out), (0, ""));
    let said: Vec<_> = ran.err.lines().skip(1).collect();
    assert_eq!(
        said,
        [
            format!("{good}: sha256:7: another value: added"),
            format!("{good}: sha256:10: was not there: added"),
            format!("{good}: sha384:3: not in the quote: kept"),
            format!("{good}: sha256:14: not in the quote: kept"),
        ]
    );
    let merged: Value = serde_json::from_slice(&fs::read(&good).unwrap()).unwrap();
    let expected = json!({
        "sha256": {
            "0": values["0"],
            "7": [ones, values["7"]],
            "10": values["10"],
            "14": ones,
        },
        "sha384": {"3": twos},
    });
    assert_eq!(merged, expected);
    assert_eq!(keys(&merged), ["sha256", "sha384"]);
    assert_eq!(keys(&merged["sha256"]), ["0", "7", "10", "14"]);

    // Once more changes nothing.
    let before = fs::read(&good).unwrap();
    let ran = learn(&[
        "--merge", &good, "--merge", &good, "--output", &good, ANYWAY,
    ]);
    assert_eq!(ran.status, 0);
    assert_eq!(fs::read(&good).unwrap(), before);
    let same = file(
        "same.json",
        values.to_string().replace('{', "{\"sha256\": {") + "}",
    );
    let ran = learn(&["--merge", &same, ANYWAY]);
    assert_eq!(
        ran.err.lines().nth(1),
        Some(&*format!("{same}: nothing differs"))
    );
    assert_eq!(ran.json(), json!({"sha256": values}));
}

#[test]
fn report_on_a_quote_that_was_verified_is_learned_from() {
    let id = facts_of_block(RSA)["payload_id"].clone();
    let args = ["verify", &block_path(RSA), "--format", "json"];
    let verified = run([&args[..], &["--payload-id", text(&id)]].concat());
    let report = file("report.json", &verified.out);
    let ran = run(["baseline", "--report", &report, ANYWAY]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json(), values());
    assert!(ran.err.starts_with("warning: the key is self-asserted"));
    let name = facts_of_block(RSA)["ak_name_hex"].clone();
    let pinned = ["--payload-id", text(&id), "--ak-name", text(&name)];
    let pinned = run([&args[..], &pinned].concat());
    let ran = run(["baseline", "--report", &file("report.json", &pinned.out)]);
    assert_eq!((ran.status, &*ran.err), (0, ""));
    assert_eq!(ran.json(), values());

    let rejected = run([&args[..], &["--payload-id", "another"]].concat());
    let mut changed = verified.json();
    changed["verdict"] = "rejected".into();
    for report in [rejected.out, changed.to_string(), "{}".to_owned()] {
        let path = file("rejected.json", &report);
        let ran = run(["baseline", "--report", &path]);
        assert_eq!((ran.status, &*ran.out), (2, ""));
        assert!(
            ran.err
                .contains("not the JSON report on a quote that was verified")
        );
    }
    let path = file("nonsense.json", "nonsense");
    let ran = run(["baseline", "--report", &path]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
    assert!(ran.err.contains("not a JSON report"));
}

/// Whatever was accepted with a warning may be old, or chosen by somebody; but for a key
/// that nothing vouches for, which is said.
#[test]
fn o2_report_with_a_warning_is_not_learned_from() {
    let id = facts_of_block(RSA)["payload_id"].clone();
    let args = ["verify", &block_path(RSA), "--format", "json"];
    let report = run([&args[..], &["--payload-id", text(&id)]].concat()).json();
    assert_eq!(report["warnings"], json!([SELF_ASSERTED]));
    let old = "Freshness was not checked: the attestation has no nonce, and may be an old one.";
    let any = "Freshness was not checked: the nonce was not compared.";
    for (warnings, says) in [
        (json!([old]), old),
        (json!([any]), any),
        (json!([SELF_ASSERTED, old]), old),
        (json!(["of a newer version"]), "of a newer version"),
        (json!([1]), ""),
    ] {
        let mut report = report.clone();
        report["warnings"] = warnings;
        let path = file("report.json", report.to_string());
        let ran = run(["baseline", "--report", &path]);
        assert_eq!((ran.status, &*ran.out), (2, ""));
        let says = format!("tpm-quote: {path}: the report warns: {says}\n");
        assert_eq!(ran.err, says);
    }
    // What is said of the key alone takes nothing from the values.
    for of_key in [
        SELF_ASSERTED,
        "The certificate has the key's numbers alone: its attributes and its Name are the sender's word.",
        "The key is known by its numbers alone: its attributes are unknown, and with them whether it signs only what a TPM made.",
    ] {
        let mut report = report.clone();
        report["warnings"] = json!([of_key]);
        let report = file("report.json", report.to_string());
        let ran = run(["baseline", "--report", &report, ANYWAY]);
        assert_eq!(ran.status, 0, "{of_key}: {ran:?}");
    }
    for warnings in [None, Some(json!(null)), Some(json!(SELF_ASSERTED))] {
        let mut report = report.clone();
        let object = report.as_object_mut().unwrap();
        object.shift_remove("warnings");
        object.extend(warnings.map(|it| ("warnings".to_owned(), it)));
        let path = file("report.json", report.to_string());
        let ran = run(["baseline", "--report", &path]);
        assert_eq!((ran.status, &*ran.out), (2, ""));
        assert!(ran.err.contains("not the JSON report on a quote"));
    }
}

#[test]
fn wrong_usage_is_exit_status_2() {
    let bad = file("bad.json", r#"{"sha256": {}}"#);
    for (args, says) in [
        (
            &["baseline"][..],
            "--payload-id <ID>|--nonce <HEX>|--report <FILE>",
        ),
        (
            &["baseline", "--report", "a", "--nonce", "00"],
            "cannot be used with",
        ),
        (
            &["baseline", "--report", "a", "--require-pcrs", "sha256:0"],
            "cannot be used with",
        ),
        (
            &["baseline", "--report", "a", "--require-anchor"],
            "cannot be used with",
        ),
        (
            &["baseline", "--report", "a", "--require-safe-clock"],
            "cannot be used with",
        ),
        (
            &["baseline", "--report", "a", "--certify-nonce", "00"],
            "cannot be used with",
        ),
        (
            &["baseline", "--report", "a", "--hierarchy", "owner"],
            "cannot be used with",
        ),
        (
            &["baseline", "--report", "a", "response.json"],
            "cannot be used with",
        ),
        (
            &["baseline", "--nonce", "00", "--merge", &bad],
            "not a baseline: sha256: no PCR",
        ),
        (
            &["baseline", "--report", "/nowhere"],
            "/nowhere: cannot be read",
        ),
    ] {
        let ran = run(args);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.err.contains(says), "{args:?}: {}", ran.err);
    }
    let ran = learn(&["-o", "/nowhere/good.json", ANYWAY]);
    assert_eq!((ran.status, &*ran.out), (2, ""));
    assert!(ran.err.contains("/nowhere/good.json: cannot be written"));
}
