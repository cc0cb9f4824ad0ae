//! `verify --baseline`: what is compared, and which files are none.

use serde_json::{Value, json};

use crate::tools::{Ran, block_path, facts_of_block, file, run, text};

const RSA: &str = "rsa-main-aik-tpm2b";

fn verify(baseline: &str, format: &str) -> Ran {
    let id = facts_of_block(RSA)["payload_id"].clone();
    let path = block_path(RSA);
    let format = ["--format", format, "--verbose", "--payload-id", text(&id)];
    run([&["verify", &path, "--baseline", baseline][..], &format].concat())
}

fn value(index: &str) -> String {
    text(&facts_of_block(RSA)["pcr_values"]["sha256"][index]).to_owned()
}

#[test]
fn matching_baseline_is_counted_by_pcr() {
    let zeros = "0".repeat(64);
    for (baseline, matched) in [
        (json!({"sha256": {"0": value("0")}}), 1),
        (json!({"sha256": {"7": value("7").to_uppercase()}}), 1),
        (
            json!({"sha256": {"10": [zeros, value("10")], "0": [value("0")], "7": value("7")}}),
            3,
        ),
    ] {
        let path = file("good.json", baseline.to_string());
        let ran = verify(&path, "json");
        assert_eq!((ran.status, &*ran.err), (0, ""), "{baseline}");
        let report = ran.json();
        assert_eq!(report["verdict"], "verified-self-asserted");
        assert_eq!(
            report["baseline"],
            json!({"matched": matched, "mismatched": []})
        );
        let ran = verify(&path, "text");
        assert_eq!((ran.status, ran.check("baseline")), (0, "ok"));
    }
}

#[test]
fn every_mismatch_is_listed_with_expected_and_actual() {
    let (ones, twos) = ("11".repeat(32), "22".repeat(32));
    let baseline = json!({
        "sha384": {"0": "33".repeat(48)},
        "sha256": {
            "10": value("10"),
            "7": [ones, twos.to_uppercase()],
            "4": ones,
            "0": twos,
        },
    });
    let path = file("bad.json", baseline.to_string());
    let ran = verify(&path, "json");
    assert_eq!(ran.status, 1);
    let report = ran.json();
    assert_eq!(report["verdict"], "rejected");
    assert_eq!(report["check"], "baseline");
    assert_eq!(report["quote"], Value::Null);
    assert_eq!(report["key"]["name"], facts_of_block(RSA)["ak_name_hex"]);
    assert_eq!(
        report["baseline"],
        json!({"matched": 1, "mismatched": [
            {"bank": "sha384", "index": 0, "expected": ["33".repeat(48)], "actual": null},
            {"bank": "sha256", "index": 7, "expected": [ones, twos], "actual": value("7")},
            {"bank": "sha256", "index": 4, "expected": [ones], "actual": null},
            {"bank": "sha256", "index": 0, "expected": [twos], "actual": value("0")},
        ]})
    );
    let message = text(&report["message"]);
    assert!(message.contains("4 PCRs differ from the baseline; the first, sha384:0, is not covered by the quote, expected 33"));
}

#[test]
fn wrong_value_is_rejected_with_expected_and_actual_in_the_message() {
    let ones = "11".repeat(32);
    let baseline = json!({"sha256": {"0": value("0"), "7": ones}}).to_string();
    let path = file("wrong.json", baseline);
    let message = format!("sha256:7 is {}, expected {ones}", value("7"));
    let ran = verify(&path, "json");
    assert_eq!((ran.status, &ran.json()["message"]), (1, &json!(message)));

    let ran = verify(&path, "text");
    assert_eq!(ran.status, 1);
    assert_eq!(ran.check("pcr-digest"), "ok");
    assert_eq!(ran.check("baseline"), "FAILED");
    assert_eq!(ran.check("sha256:7"), value("7"));
    assert_eq!(ran.check("expected"), ones);
    let evidence = block_path(RSA);
    assert_eq!(
        ran.err,
        format!("tpm-quote: {evidence}: baseline: {message}\n")
    );
}

#[test]
fn baseline_that_was_not_reached_is_not_reported() {
    let path = file(
        "good.json",
        json!({"sha256": {"0": value("0")}}).to_string(),
    );
    let evidence = block_path(RSA);
    let args = ["verify", &evidence, "--baseline", &path, "--payload-id"];
    let ran = run([&args[..], &["another", "--format", "json"]].concat());
    assert_eq!((ran.status, &ran.json()["check"]), (1, &json!("nonce")));
    assert_eq!(ran.json()["baseline"], Value::Null);
    let ran = run([&args[..], &["another", "--verbose"]].concat());
    assert_eq!(ran.check("baseline"), "not reached");
}

#[test]
fn file_that_is_no_baseline_is_wrong_usage() {
    let (good, short) = ("11".repeat(32), "11".repeat(31));
    let good = format!("\"{good}\"");
    for (json, line, says) in [
        ("{".to_owned(), 1, "EOF"),
        ("[]".to_owned(), 1, "an object of banks"),
        ("{}".to_owned(), 1, "no PCR"),
        ("{\"sha256\": {}}".to_owned(), 1, "sha256: no PCR"),
        ("{\"sha256\": []}".to_owned(), 1, "sha256: an object of PCR"),
        (
            format!("{{\"SHA256\": {{\"0\": {good}}}}}"),
            1,
            "\"SHA256\": not the name of a bank",
        ),
        (
            format!("{{\"md5\": {{\"0\": {good}}}}}"),
            1,
            "\"md5\": not the name of a bank",
        ),
        (
            format!("{{\"sha256\": {{\"07\": {good}}}}}"),
            1,
            "sha256.\"07\": not a PCR",
        ),
        (
            format!("{{\"sha256\": {{\"+7\": {good}}}}}"),
            1,
            "sha256.\"+7\": not a PCR",
        ),
        (
            format!("{{\"sha256\": {{\"24\": {good}}}}}"),
            1,
            "sha256.\"24\": not a PCR",
        ),
        (
            format!("{{\"sha256\": {{\"\": {good}}}}}"),
            1,
            "sha256.\"\": not a PCR",
        ),
        (
            format!("{{\"sha256\": {{\"0,7\": {good}}}}}"),
            1,
            "sha256.\"0,7\": not a PCR",
        ),
        (
            format!("{{\"sha256\": {{\"0+sha1:0\": {good}}}}}"),
            1,
            "sha256.\"0+sha1:0\": not a PCR",
        ),
        (
            format!("{{\"sha256\": {{\"0\": {good},\n\"0\": {good}}}}}"),
            2,
            "sha256.0: there twice",
        ),
        (
            format!("{{\"sha256\": {{\"0\": {good},\n\"\\u0030\": {good}}}}}"),
            2,
            "sha256.0: there twice",
        ),
        (
            format!("{{\"sha256\": {{\"0\": {good}}},\n\"sha256\": {{\"7\": {good}}}}}"),
            2,
            "sha256: there twice",
        ),
        (
            format!("{{\"sha256\": {{\"0\": {good},\n\"7\": \"{short}\"}}}}"),
            2,
            "sha256.7: 31 bytes, expected 32",
        ),
        (
            format!("{{\"sha384\": {{\"7\": {good}}}}}"),
            1,
            "sha384.7: 32 bytes, expected 48",
        ),
        (
            "{\"sha256\": {\"7\": \"11\\n11\"}}".to_owned(),
            1,
            "sha256.7: '\\n', character 3",
        ),
        (
            "{\"sha256\": {\"7\": \"111\"}}".to_owned(),
            1,
            "sha256.7: 3 hexadecimal digits",
        ),
        (
            "{\"sha256\": {\"7\": []}}".to_owned(),
            1,
            "sha256.7: an empty list",
        ),
        (
            "{\"sha256\": {\"7\": null}}".to_owned(),
            1,
            "sha256.7: a value in hexadecimal",
        ),
        (
            "{\"sha256\": {\"7\": [[]]}}".to_owned(),
            1,
            "sha256.7: a value in hexadecimal",
        ),
        (
            format!("{{\"sha256\": {{\"7\": [{good}, 1]}}}}"),
            1,
            "sha256.7: a value in hexadecimal",
        ),
        (
            format!("{{\"sha256\": {{\"7\": {good}}}}}\nx"),
            2,
            "trailing characters",
        ),
    ] {
        let path = file("no-baseline.json", &json);
        let ran = verify(&path, "json");
        assert_eq!((ran.status, &*ran.out), (2, ""), "{json}");
        let start = format!("tpm-quote: {path}: not a baseline: ");
        assert!(ran.err.starts_with(&start), "{json}: {}", ran.err);
        assert!(ran.err.contains(says), "{json}: {}", ran.err);
        let place = format!(" at line {line} column ");
        assert!(ran.err.contains(&place), "{json}: {}", ran.err);
    }
}

#[test]
fn baseline_that_is_not_there_is_named() {
    let ran = verify("/nonexistent/baseline.json", "json");
    assert_eq!((ran.status, &*ran.out), (2, ""));
    let start = "tpm-quote: /nonexistent/baseline.json: cannot be read: ";
    assert!(ran.err.starts_with(start), "{}", ran.err);
}
