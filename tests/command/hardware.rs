//! `--hardware-root`: the processor in Azure's evidence vouches for the key.

use serde_json::{Value, json};

use crate::{
    common::{case, quote::Quote},
    json::{azure, azure_numbers, claims},
    made::{Guest, ID_KEY, MEASUREMENT, hcl},
    tools::{Ran, data, file, run},
};

const AT: &str = "2030-01-01T00:00:00Z";

pub fn der(name: &str) -> Vec<u8> {
    std::fs::read(data(&format!("snp/{name}.der"))).unwrap()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Evidence of a machine with this guest, whose quote is a real one.
pub fn evidence(change: impl FnOnce(&mut Guest)) -> (Value, Quote) {
    let case = case("004");
    let quote = Quote::of(&case);
    let claims = claims(&case).unwrap().to_string();
    let mut guest = Guest::with(claims.as_bytes());
    change(&mut guest);
    let mut json = azure(&case, &quote).unwrap();
    let report = hcl(&guest.signed(), 2, claims.as_bytes());
    json["hcl_report"] = crate::json::base64url(&report).into();
    json["vcek"] = crate::json::base64url(&der("vcek")).into();
    (json, quote)
}

fn check(json: &Value, quote: &Quote, more: &[&str]) -> Ran {
    let evidence = file("azure.json", json.to_string());
    let roots = file("amd.der", [der("ask"), der("ark")].concat());
    let nonce = hex(&quote.nonce);
    let options = [
        "check",
        "--evidence",
        &evidence,
        "-l",
        &quote.selection,
        "-q",
        &nonce,
        "--hardware-root",
        &roots,
        "--at",
        AT,
        "-F",
        "json",
    ];
    run([&options[..], more].concat())
}

/// The evidence alone, without -u.
#[test]
fn key_in_the_evidence_is_bound_to_the_processor() {
    let (json, quote) = evidence(|_| ());
    let measurement = hex(&MEASUREMENT);
    let ran = check(&json, &quote, &["--hardware-measurement", &measurement]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let report = ran.json();
    assert_eq!(report["verdict"], "verified");
    assert_eq!(report["key"]["trust"], "bound-to-hardware");
    let expected = json!({
        "processor": "sev-snp",
        "measurement": measurement,
        "id_key": hex(&ID_KEY),
        "chip": hex(&crate::made::CHIP),
        "tcb": "4.0.24.219",
    });
    assert_eq!(report["key"]["hardware"], expected);
    let by_key = hex(&ID_KEY);
    let ran = check(
        &json,
        &quote,
        &["--hardware-id-key", &by_key, "--require-anchor"],
    );
    assert_eq!(ran.status, 0, "{ran:?}");
    // Padding of base64 is left out by some.
    let mut unpadded = json.clone();
    for member in ["hcl_report", "vcek"] {
        unpadded[member] = json[member].as_str().unwrap().trim_end_matches('=').into();
    }
    assert_ne!(unpadded, json);
    let ran = check(&unpadded, &quote, &["--hardware-measurement", &measurement]);
    assert_eq!(ran.status, 0, "{ran:?}");
    // A key that is named as well has to be the same.
    let (own, other) = (
        data("cases/004-main-rsa2048-rsassa-sha256/ak.pub"),
        data("cases/009-ak-rsa2048-rsapss-sha256/ak.pub"),
    );
    for (key, status) in [(own, 0), (other, 1)] {
        let key = key.to_str().unwrap();
        let ran = check(
            &json,
            &quote,
            &["-u", key, "--hardware-measurement", &measurement],
        );
        assert_eq!(ran.status, status, "{ran:?}");
    }
}

/// The form without a version, with the certificate in PEM.
#[test]
fn evidence_without_a_version_is_bound_as_well() {
    let (json, quote) = evidence(|_| ());
    let mut older = azure_numbers(&case("004"), &quote).unwrap();
    let claims = claims(&case("004")).unwrap().to_string();
    let report = hcl(
        &Guest::with(claims.as_bytes()).signed(),
        2,
        claims.as_bytes(),
    );
    older["report"] = report.into();
    let text = crate::tools::base64(&der("vcek"));
    older["vcek"] =
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n").into();
    let measurement = hex(&MEASUREMENT);
    let options = ["--hardware-measurement", &measurement];
    let ran = check(&older, &quote, &options);
    assert_eq!(ran.status, 0, "{ran:?}");
    // A certificate that cannot be read is told only where it is needed.
    let mut bad = json.clone();
    bad["vcek"] = "?".into();
    let ran = check(&bad, &quote, &options);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert_eq!(ran.json()["field"], "vcek");
    let mut none = json;
    none.as_object_mut().unwrap().remove("vcek");
    let ran = check(&none, &quote, &options);
    assert_eq!(
        (ran.status, &ran.json()["problem"]),
        (1, &json!("snp-no-certificate"))
    );
}

#[test]
fn h2_each_refusal_of_the_processor_has_its_problem() {
    let measurement = hex(&MEASUREMENT);
    let options = ["--hardware-measurement", &*measurement];
    type Change = fn(&mut Guest);
    let changes: [(Change, &str); 6] = [
        (|guest| guest.policy |= 1 << 19, "snp-debug"),
        (|guest| guest.vmpl = 1, "snp-vmpl"),
        (|guest| guest.measurement[0] ^= 1, "snp-measurement"),
        (|guest| guest.chip[0] ^= 1, "snp-chip"),
        (|guest| guest.tcb[7] -= 1, "snp-tcb"),
        (|guest| guest.data[0] ^= 1, "hcl-claims"),
    ];
    for (change, problem) in changes {
        let (json, quote) = evidence(change);
        let ran = check(&json, &quote, &options);
        assert_eq!(ran.status, 1, "{ran:?}");
        let report = ran.json();
        assert_eq!(report["problem"], problem);
        assert_eq!(report["check"], "key-anchor");
    }
    let (json, quote) = evidence(|_| ());
    let old = [&options[..], &["--hardware-tcb", "4.0.25.0"]].concat();
    let ran = check(&json, &quote, &old);
    assert_eq!(
        (ran.status, &ran.json()["problem"]),
        (1, &json!("snp-tcb-too-old"))
    );
}

/// Claims that are not those of the processor's report are noticed whoever vouches.
#[test]
fn h1_flipped_report_data_is_noticed_with_a_key_that_is_named() {
    let (json, quote) = evidence(|guest| guest.data[5] ^= 1);
    let evidence = file("flipped.json", json.to_string());
    let key = data("cases/004-main-rsa2048-rsassa-sha256/ak.pub");
    let nonce = hex(&quote.nonce);
    let args = [
        "check",
        "--evidence",
        &evidence,
        "-l",
        &quote.selection,
        "-q",
        &nonce,
        "-u",
    ];
    let ran = run([&args[..], &[key.to_str().unwrap(), "-F", "json"]].concat());
    assert_eq!(
        (ran.status, &ran.json()["problem"]),
        (1, &json!("hcl-claims")),
        "{ran:?}"
    );
}

#[test]
fn h5_options_without_what_was_launched_print_no_report() {
    let (json, quote) = evidence(|_| ());
    let (measurement, zeros) = (hex(&MEASUREMENT), "00".repeat(48));
    for (options, message) in [
        (&[][..], "needs --hardware-measurement or --hardware-id-key"),
        (
            &["--hardware-tcb", "4.0.24.219"],
            "needs --hardware-measurement",
        ),
        (&["--hardware-id-key", &*zeros], "a digest of zeros"),
        (&["--hardware-measurement", "6a"], "1 bytes, expected 48"),
        (
            &[
                "--hardware-measurement",
                &measurement,
                "--hardware-tcb",
                "4.0.24",
            ],
            "expected four numbers up to 255",
        ),
        (
            &["--hardware-measurement", &measurement, "--ak-name", "000b"],
            "",
        ),
    ] {
        let ran = check(&json, &quote, options);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
        assert!(ran.err.contains(message), "{message}: {ran:?}");
    }
    // Where there is no such evidence, the option would have no effect.
    let roots = file("amd.der", [der("ask"), der("ark")].concat());
    let case = "cases/004-main-rsa2048-rsassa-sha256";
    let part = |name: &str| data(&format!("{case}/{name}")).to_str().unwrap().to_owned();
    let [message, signature, pcrs] = [
        part("quote.attest"),
        part("quote.sig"),
        part("pcrs.serialized"),
    ];
    let args = [
        "check",
        "-m",
        &message,
        "-s",
        &signature,
        "-f",
        &pcrs,
        "--hardware-root",
        &roots,
        "--hardware-measurement",
        &measurement,
    ];
    let ran = run(args);
    assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
    assert!(
        ran.err
            .contains("--hardware-root is for the evidence of Azure"),
        "{ran:?}"
    );
    let response = data("blocks/rsa-main-aik-tpm2b.json")
        .to_str()
        .unwrap()
        .to_owned();
    let args = [
        "verify",
        &response,
        "--nonce",
        "00",
        "--hardware-root",
        &roots,
        "--hardware-measurement",
        &measurement,
    ];
    let ran = run(args);
    assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
    assert!(
        ran.err
            .contains("--hardware-root is for the evidence of Azure"),
        "{ran:?}"
    );
}
