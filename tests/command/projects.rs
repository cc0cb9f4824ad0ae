//! `check --evidence`: the JSON of other projects.

use serde_json::{Value, json};

use crate::{
    common::{Vector, case, cases, quote::Quote},
    json::{azure, azure_numbers, confidential_containers, go, go_dump},
    tools::{Ran, data, file, run, text},
};

fn path(case: &Vector, name: &str) -> String {
    let path = data(&format!("cases/{}/{name}", case.name));
    path.into_os_string().into_string().unwrap()
}

/// `check` on this evidence, with the nonce of the case.
fn check(case: &Vector, evidence: &Value, more: &[&str]) -> Ran {
    let evidence = file("evidence.json", evidence.to_string());
    let nonce = format!("@{}", path(case, "nonce.bin"));
    let options = ["check", "--evidence", &evidence, "-q", &nonce];
    // It has to be named, and nothing in the evidence stands for it.
    let own = path(case, "ak.pub");
    let key: &[&str] = if more.contains(&"-u") {
        &[]
    } else {
        &["-u", &own]
    };
    run(options.iter().chain(key).chain(more))
}

fn rsa() -> (Vector, Quote) {
    let case = case("004");
    let quote = Quote::of(&case);
    (case, quote)
}

#[test]
fn every_case_has_its_verdict_from_the_json_of_go_attestation() {
    let mut accepted = 0;
    for case in cases() {
        let quote = Quote::of(&case);
        let ran = check(&case, &go(&quote).unwrap(), &["-F", "json"]);
        let report = ran.json();
        let other_exponent = ["081", "082", "084"].contains(&&case.name[..3]);
        if case.json["reference_policy_verdict"] == "accept" && !other_exponent {
            accepted += 1;
            assert_eq!(ran.status, 0, "{}: {report:#}", case.name);
            assert_eq!(
                report["quote"]["pcrs"], case.json["pcr_values"],
                "{}",
                case.name
            );
            assert_eq!(
                report["key"]["name"], case.json["ak_name_hex"],
                "{}",
                case.name
            );
            assert_eq!(report["key"]["trust"], "pinned");
        } else {
            assert_eq!(
                (ran.status, &report["quote"]),
                (1, &Value::Null),
                "{}",
                case.name
            );
        }
    }
    assert_eq!(accepted, 96);
}

#[test]
fn format_of_the_evidence_is_told_and_shown() {
    let (case, quote) = rsa();
    let key = path(&case, "ak.pub");
    for (evidence, form, values) in [
        (go(&quote), "go-attestation", 3),
        (go_dump(&quote), "dump of go-attestation's attest-tool", 3),
        (
            confidential_containers(&case, &quote),
            "confidential-containers, tpm",
            24,
        ),
        (
            azure(&case, &quote),
            "confidential-containers, Azure vTPM",
            24,
        ),
        (
            azure_numbers(&case, &quote),
            "confidential-containers, Azure vTPM",
            24,
        ),
    ] {
        let ran = check(
            &case,
            &evidence.unwrap(),
            &["-u", &key, "-l", "sha256:0,7,10", "--verbose"],
        );
        assert_eq!(ran.status, 0, "{ran:?}");
        let says = format!(": evidence: {form}, 1 quote, {values} values\n");
        assert!(ran.err.contains(&says), "{}", ran.err);
        assert!(ran.out.contains(&format!(" ({form})\n")), "{}", ran.out);
        assert_eq!(ran.check("key-anchor"), "ok");
        assert!(
            ran.out.contains("key: rsa-2048, rsassa-sha256, pinned\n"),
            "{}",
            ran.out
        );
    }
}

#[test]
fn key_has_to_be_named() {
    let (case, quote) = rsa();
    let list = ["-l", "sha256:0,7,10"];
    for evidence in [
        go(&quote).unwrap(),
        confidential_containers(&case, &quote).unwrap(),
        azure(&case, &quote).unwrap(),
    ] {
        let pem = path(&case, "ak.pem");
        let ran = check(
            &case,
            &evidence,
            &[&list[..], &["-u", &pem, "-F", "json"]].concat(),
        );
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(ran.json()["key"]["trust"], "pinned-key");

        let evidence = file("evidence.json", evidence.to_string());
        let ran = run(["check", "--evidence", &evidence, "-q", "00"]);
        assert_eq!((ran.status, &*ran.out), (2, ""));
        assert!(ran.err.contains("--public <FILE>"), "{}", ran.err);
    }
}

/// Of the same kind, or of another; and in each form in which a key is named.
#[test]
fn other_key_than_the_one_that_is_named_is_refused() {
    let (case, quote) = rsa();
    for other in ["005", "009"] {
        let other = crate::common::case(other);
        for name in ["ak.pub", "ak.pem"] {
            let key = path(&other, name);
            for evidence in [
                go(&quote).unwrap(),
                confidential_containers(&case, &quote).unwrap(),
            ] {
                let ran = check(&case, &evidence, &["-u", &key, "-F", "json"]);
                let report = ran.json();
                assert_eq!(
                    (ran.status, &report["check"]),
                    (1, &json!("key-anchor")),
                    "{ran:?}"
                );
                assert_eq!(report["verdict"], "rejected");
                let says = "the key in the evidence is not the one that was given";
                assert_eq!(report["message"], says);
                assert_eq!(report["problem"], "key-differs");
                let help = text(&report["help"]);
                assert!(
                    help.starts_with("The evidence has to be by the key of -u"),
                    "{help}"
                );
            }
        }
    }
    // The same numbers with another attribute: noDA.
    let mut public = case.file("ak.pub");
    public[8] ^= 0x04;
    let key = file("ak.pub", public);
    let ran = check(&case, &go(&quote).unwrap(), &["-u", &key]);
    assert_eq!(
        (ran.status, ran.check("key-anchor")),
        (1, "FAILED"),
        "{ran:?}"
    );
    // The same key in another form is the same.
    let key = path(&case, "ak.pem");
    let ran = check(&case, &go(&quote).unwrap(), &["-u", &key]);
    assert_eq!(
        (ran.status, ran.check("key-attributes")),
        (0, "not asked for"),
        "{ran:?}"
    );
}

#[test]
fn values_that_are_not_signed_are_refused_unless_the_signed_are_named() {
    let (case, quote) = rsa();
    let key = path(&case, "ak.pub");
    let evidence = confidential_containers(&case, &quote).unwrap();
    let ran = check(&case, &evidence, &["-u", &key]);
    assert_eq!(
        (ran.status, ran.check("selection")),
        (1, "FAILED"),
        "{ran:?}"
    );
    assert!(
        ran.out.contains("help: Name with -l exactly the PCR"),
        "{}",
        ran.out
    );
    for list in ["sha256:0,7", "sha256:0,7,10,11", "sha1:0"] {
        let ran = check(&case, &evidence, &["-u", &key, "-l", list]);
        assert_eq!(
            (ran.status, ran.check("selection")),
            (1, "FAILED"),
            "{list}: {ran:?}"
        );
    }
    let list = ["-u", &key, "-l", "sha256:0,7,10", "-F", "json"];
    let report = check(&case, &evidence, &list).json();
    assert_eq!(report["quote"]["pcrs"], case.json["pcr_values"]);
}

#[test]
fn one_of_several_quotes_is_named_by_its_selection() {
    let (case, quote) = rsa();
    let other = crate::common::case("094");
    let mut evidence = go(&quote).unwrap();
    for list in ["Quotes", "PCRs"] {
        let more = go(&Quote::of(&other)).unwrap()[list].clone();
        let more = more.as_array().unwrap().iter().cloned();
        evidence[list].as_array_mut().unwrap().extend(more);
    }
    for (case, bank) in [(&case, "sha256"), (&other, "sha512")] {
        let list = format!("{bank}:0,7,10");
        let ran = check(case, &evidence, &["-l", &list, "-F", "json"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        // Nothing of the other quote's.
        assert_eq!(ran.json()["quote"]["pcrs"], case.json["pcr_values"]);
    }
    let mut same = evidence.clone();
    same["Quotes"][1] = same["Quotes"][0].clone();
    for (evidence, list, says) in [
        (&evidence, &[][..], "has 2 quotes\nhelp: Name with -l"),
        (
            &evidence,
            &["-l", "sha384:0"],
            "none of its 2 quotes covers -l sha384:0",
        ),
        (
            &same,
            &["-l", "sha256:0,7,10"],
            "more than one of its 2 quotes covers",
        ),
    ] {
        let ran = check(&case, evidence, list);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
        assert!(ran.err.contains(says), "{}", ran.err);
    }
}

#[test]
fn evidence_that_cannot_be_read_is_reported() {
    let (case, quote) = rsa();
    let mut evidence = go(&quote).unwrap();
    evidence["PCRs"][0]["DigestAlg"] = 4.into();
    let ran = check(&case, &evidence, &["-F", "json"]);
    let report = ran.json();
    assert_eq!(
        (ran.status, &report["verdict"]),
        (1, &json!("unsupported")),
        "{ran:?}"
    );
    assert!(text(&report["message"]).ends_with("Go's hash 4 is not supported as a PCR bank"));
    // The key in the evidence, and not that of -u.
    let mut evidence = go(&quote).unwrap();
    evidence["Public"] = "AAEACw==".into();
    let ran = check(&case, &evidence, &["-F", "json"]);
    assert_eq!(
        (ran.status, ran.json()["check"].clone()),
        (2, "input".into()),
        "{ran:?}"
    );
    assert!(
        ran.err
            .contains("evidence.json: attestation key: TPMT_PUBLIC"),
        "{}",
        ran.err
    );
    let ran = check(&case, &json!({"x": 1}), &["-F", "json"]);
    let report = ran.json();
    assert_eq!(
        (ran.status, &report["check"]),
        (2, &json!("input")),
        "{ran:?}"
    );
    assert_eq!(report["message"], "not evidence of a supported project");
}

#[test]
fn evidence_stands_alone() {
    let (case, quote) = rsa();
    let evidence = go(&quote).unwrap();
    let message = path(&case, "quote.attest");
    for (option, value, says) in [
        ("-m", &*message, "cannot be used with"),
        ("-s", &message, "cannot be used with"),
        ("-f", &message, "cannot be used with"),
        ("-F", "serialized", "--evidence has no PCR file"),
    ] {
        let ran = check(&case, &evidence, &[option, value]);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
        assert!(ran.err.contains(says), "{}", ran.err);
    }
}
