//! Lines of trust files, beyond those of three machines: processors, `attest`, and
//! certificates that are signed with SHA-1.

use std::fs;

use serde_json::{Value, json};

use crate::{
    anchors::response_by_p256,
    common::quote::Quote,
    hardware::{der, evidence, hex},
    made::{CHIP, Guest, ID_KEY, MEASUREMENT},
    tools::{Ran, data, file, folder, read, run, text},
};

const AT: &str = "2030-01-01T00:00:00Z";

/// A trust file with these lines, beside the certificates that they name.
fn trust(lines: &str) -> String {
    let folder = folder("lines");
    let amd = [der("ask"), der("ark")].concat();
    fs::write(folder.join("amd.der"), amd).unwrap();
    for name in ["root", "issuing", "root-stranger"] {
        let root = read(&format!("certificates/{name}.der"));
        fs::write(folder.join(format!("{name}.der")), root).unwrap();
    }
    let path = folder.join("lines.trust");
    fs::write(&path, lines).unwrap();
    path.into_os_string().into_string().unwrap()
}

fn path(name: &str) -> String {
    data(name).into_os_string().into_string().unwrap()
}

/// The line that vouched, by its number and its name, or the problem.
#[track_caller]
fn outcome(ran: &Ran) -> Result<(u64, String), String> {
    let report = ran.json();
    if ran.status == 0 {
        assert_eq!(report["verdict"], "verified", "{report:#}");
        let by = &report["key"]["vouched_by"];
        return Ok((by["line"].as_u64().unwrap(), text(&by["name"]).to_owned()));
    }
    assert_eq!(
        (ran.status, text(&report["check"])),
        (1, "key-anchor"),
        "{report:#}"
    );
    // Of claims that were changed no key is judged.
    let trust = report["key"]["trust"].as_str();
    assert!(
        trust.is_none_or(|trust| trust == "self-asserted"),
        "{report:#}"
    );
    assert_eq!(report["key"].get("vouched_by"), None);
    Err(text(&report["problem"]).to_owned())
}

fn by(line: u64, name: &str) -> Result<(u64, String), String> {
    Ok((line, name.to_owned()))
}

fn refused(problem: &str) -> Result<(u64, String), String> {
    Err(problem.to_owned())
}

/// `check` of Azure's evidence.
fn azure((json, quote): &(Value, Quote), trust: &str, more: &[&str]) -> Ran {
    let (evidence, nonce) = (file("azure.json", json.to_string()), hex(&quote.nonce));
    let options = [
        "check",
        "--evidence",
        &evidence,
        "-l",
        &quote.selection,
        "-q",
        &nonce,
        "--trust",
        trust,
        "--at",
        AT,
        "-F",
        "json",
    ];
    run([&options[..], more].concat())
}

/// Two machines with firmware of different signers, on one kind of processor.
fn two() -> String {
    let (measurement, id_key, other) = (hex(&MEASUREMENT), hex(&ID_KEY), "ab".repeat(48));
    trust(&format!(
        "vm-1 hardware-root amd.der measurement={other},{measurement} tcb=4.0.24.219\n\
         vm-2 hardware-root amd.der id-key={other} valid-before=20310101\n\
         vm-2 hardware-root amd.der id-key={id_key}\n"
    ))
}

#[test]
fn processor_vouches_for_a_key_by_a_line() {
    let (trust, evidence) = (two(), evidence(|_| ()));
    for (machine, line, name) in [
        (&[][..], 1, "vm-1"),
        (&["--machine", "vm-1"], 1, "vm-1"),
        (&["--machine", "vm-2"], 3, "vm-2"),
    ] {
        let ran = azure(&evidence, &trust, machine);
        assert_eq!(outcome(&ran), by(line, name), "{machine:?}");
        let report = ran.json();
        assert_eq!(report["key"]["trust"], "bound-to-hardware");
        let hardware = &report["key"]["hardware"];
        assert_eq!(hardware["chip"], hex(&CHIP));
        assert_eq!(hardware["measurement"], hex(&MEASUREMENT));
    }
    // A key that is named as well has to be the one in the evidence.
    for (case, expected) in [
        ("004-main-rsa2048-rsassa-sha256", by(1, "vm-1")),
        ("009-ak-rsa2048-rsapss-sha256", refused("key-differs")),
    ] {
        let key = path(&format!("cases/{case}/ak.pub"));
        let ran = azure(&evidence, &trust, &["-u", &key]);
        assert_eq!(outcome(&ran), expected);
    }
}

/// Each check of the processor is one of the line's as well; that of another chip is not the
/// operator's word, but that of the certificate.
#[test]
fn h2_line_refuses_what_its_processor_does_not_say() {
    type Change = fn(&mut Guest);
    let changes: [(Change, &str); 6] = [
        (|guest| guest.policy |= 1 << 19, "snp-debug"),
        (|guest| guest.vmpl = 1, "snp-vmpl"),
        (|guest| guest.measurement[0] ^= 1, "snp-measurement"),
        (|guest| guest.chip[0] ^= 1, "snp-chip"),
        (|guest| guest.tcb[7] -= 1, "snp-tcb"),
        (|guest| guest.data[0] ^= 1, "hcl-claims"),
    ];
    let trust_file = two();
    for (change, problem) in changes {
        let ran = azure(&evidence(change), &trust_file, &["--machine", "vm-1"]);
        assert_eq!(outcome(&ran), refused(problem));
    }
    let genuine = evidence(|_| ());
    let digest = hex(&MEASUREMENT);
    let line = |options: &str| trust(&format!("vm hardware-root amd.der {options}\n"));
    for (options, expected) in [
        (format!("measurement={digest}"), by(1, "vm")),
        (
            format!("measurement={digest} tcb=4.0.24.220"),
            refused("snp-tcb-too-old"),
        ),
        (
            format!("measurement={digest} id-key={digest}"),
            refused("snp-id-key"),
        ),
        (
            format!("measurement={digest} valid-before=20300101"),
            refused("trust-line-expired"),
        ),
        (
            format!("measurement={digest} valid-after=20300102"),
            refused("trust-line-not-yet-valid"),
        ),
    ] {
        let ran = azure(&genuine, &line(&options), &[]);
        assert_eq!(outcome(&ran), expected, "{options}");
    }
}

/// The keys of other machines, and other evidence, are none for a line of a processor.
#[test]
fn x7_processor_does_not_answer_for_another_machine() {
    let measurement = hex(&MEASUREMENT);
    let name = fs::read(data("attest/016-gettime-rsa/ak.name")).unwrap();
    let lines = trust(&format!(
        "web ak-name {}\nvm hardware-root amd.der measurement={measurement}\n",
        hex(&name)
    ));
    let genuine = evidence(|_| ());
    assert_eq!(outcome(&azure(&genuine, &lines, &[])), by(2, "vm"));
    // In the evidence there are the numbers of the key alone.
    let ran = azure(&genuine, &lines, &["--machine", "web"]);
    assert_eq!(outcome(&ran), refused("key-name-unknown"));
    // A response has no processor.
    let response = file("response.json", response_by_p256().to_string());
    let ran = run([
        "verify",
        &response,
        "--nonce",
        "6e6f6e6365206f662072657175657374",
        "--trust",
        &lines,
        "--at",
        AT,
        "--machine",
        "vm",
        "--format",
        "json",
    ]);
    assert_eq!(outcome(&ran), refused("hardware-missing"));
    // Nor is one vouched for by the certificate of another chip.
    let mut other = evidence(|_| ());
    other.0["vcek"] = crate::json::base64url(&der("vcek-other-chip")).into();
    let ran = azure(&other, &lines, &["--machine", "vm"]);
    assert_eq!(outcome(&ran), refused("snp-chip"));
}

/// `attest` of a reading of the clock by the RSA key or the key on P-256.
fn attest(case: &str, trust: &str, more: &[&str]) -> Ran {
    let folder = format!("attest/{case}");
    let facts = crate::tools::read_json(&format!("{folder}/case.json"));
    let nonce = text(&facts["attest"]["extraData"]).to_owned();
    let part = |name: &str| path(&format!("{folder}/{name}"));
    let (key, message, signature) = (part("ak.pub"), part("attest"), part("sig"));
    let options = [
        "attest", "--kind", "time", "-u", &key, "-m", &message, "-s", &signature, "--nonce",
        &nonce, "--trust", trust, "--at", AT, "--format", "json",
    ];
    run([&options[..], more].concat())
}

const RSA: &str = "016-gettime-rsa";
const P256: &str = "017-gettime-p256";

fn name(case: &str) -> String {
    hex(&fs::read(data(&format!("attest/{case}/ak.name"))).unwrap())
}

/// That the key is named with -u vouches for nothing beside a trust file.
#[test]
fn attestation_is_vouched_for_by_a_line() {
    let lines = trust(&format!(
        "rsa ak-name {}\np256 ak-key \"{}\"\nfleet ak-ca root.der\n",
        name(RSA),
        path("cases/005-main-p256-ecdsa-sha256/ak.pem"),
    ));
    let certificate = path("certificates/ak-main-rsa.der");
    for (case, more, trust, line, name) in [
        (RSA, &[][..], "pinned", 1, "rsa"),
        (RSA, &["--machine", "rsa"], "pinned", 1, "rsa"),
        (P256, &[], "pinned-key", 2, "p256"),
        (P256, &["--machine", "p256"], "pinned-key", 2, "p256"),
        (
            RSA,
            &["--machine", "fleet", "--ak-cert", &certificate],
            "certificate",
            3,
            "fleet",
        ),
    ] {
        let ran = attest(case, &lines, more);
        assert_eq!(outcome(&ran), by(line, name), "{case} {more:?}");
        assert_eq!(ran.json()["key"]["trust"], trust);
        assert_eq!(ran.json()["attest"]["type"], "TPM_ST_ATTEST_TIME");
    }
}

#[test]
fn x7_attestation_of_one_machine_is_none_of_another() {
    let lines = trust(&format!(
        "rsa ak-name {}\np256 ak-key \"{}\"\nfleet ak-ca root.der\nstrange ak-ca root-stranger.der\nlab certified-by \"{}\"\n",
        name(RSA),
        path("cases/005-main-p256-ecdsa-sha256/ak.pem"),
        path("attest/006-certify-ak-p256-by-rsa/ak.pub"),
    ));
    let (own, other) = (
        path("certificates/ak-main-p256.der"),
        path("certificates/ak-main-rsa.der"),
    );
    for (case, more, problem) in [
        (P256, &["--machine", "rsa"][..], "key-name-not-pinned"),
        (RSA, &["--machine", "p256"], "key-not-pinned"),
        (P256, &["--machine", "fleet"], "certificate-missing"),
        (
            P256,
            &["--machine", "fleet", "--ak-cert", &other],
            "certificate-of-other-key",
        ),
        (
            P256,
            &["--machine", "strange", "--ak-cert", &own],
            "certificate-unknown-issuer",
        ),
        (P256, &["--machine", "lab"], "certification-missing"),
    ] {
        let ran = attest(case, &lines, more);
        assert_eq!(outcome(&ran), refused(problem), "{case} {more:?}");
        assert_eq!(ran.json()["attest"], Value::Null);
    }
    let ran = attest(RSA, &lines, &["--machine", "nobody"]);
    assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
    assert!(ran.err.contains("no line for \"nobody\""), "{}", ran.err);
}

/// A response by a key whose certificate is signed with SHA-1.
fn by_sha1(trust: &str, more: &[&str]) -> Ran {
    let response = file("response.json", response_by_p256().to_string());
    let certificate = path("certificates/ak-sha1.der");
    let options = [
        "verify",
        &response,
        "--nonce",
        "6e6f6e6365206f662072657175657374",
        "--ak-cert",
        &certificate,
        "--trust",
        trust,
        "--at",
        AT,
        "--format",
        "json",
    ];
    run([&options[..], more].concat())
}

#[test]
fn sha1_signs_certificates_of_the_lines_that_say_so() {
    let allowed = "old ak-ca issuing.der dangerous-sha1-certificates\n";
    let ran = by_sha1(&trust(allowed), &[]);
    assert_eq!(outcome(&ran), by(1, "old"));
    let report = ran.json();
    assert_eq!(report["key"]["trust"], "certificate");
    let warnings = report["warnings"].as_array().unwrap();
    let says = "A certificate on the way to the root is signed with SHA-1, ";
    let count = |text: &str| {
        let warnings = warnings.iter().map(text_of);
        warnings.filter(|warning| warning.starts_with(text)).count()
    };
    assert_eq!(count(says), 1, "{warnings:?}");
    // Another line does not say it, and neither does one of the same name.
    let strict = "old ak-ca issuing.der\n";
    let ran = by_sha1(&trust(strict), &[]);
    assert_eq!(outcome(&ran), refused("certificate-signature-sha1"));
    let ran = by_sha1(&trust(&format!("{strict}{allowed}")), &[]);
    assert_eq!(outcome(&ran), by(2, "old"));
    // It allows nothing else.
    let other = "old ak-ca root-stranger.der dangerous-sha1-certificates\n";
    let ran = by_sha1(&trust(other), &[]);
    assert_eq!(outcome(&ran), refused("certificate-unknown-issuer"));
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The option of the command line is for no line: which one is meant has to be said.
#[test]
fn o3_sha1_option_beside_a_trust_file_is_wrong_usage() {
    let lines = trust("old ak-ca issuing.der dangerous-sha1-certificates\n");
    let ran = by_sha1(&lines, &["--dangerous-sha1-certificates"]);
    assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
    let says = "write dangerous-sha1-certificates behind the ak-ca lines";
    assert!(ran.err.contains(says), "{}", ran.err);
    // By a policy file as well.
    let policy = file(
        "policy.json",
        json!({"trust": lines, "dangerous_sha1_certificates": true}).to_string(),
    );
    let response = file("response.json", response_by_p256().to_string());
    let certificate = path("certificates/ak-sha1.der");
    let ran = run([
        "verify",
        &response,
        "--nonce",
        "6e6f6e6365206f662072657175657374",
        "--ak-cert",
        &certificate,
        "--policy",
        &policy,
    ]);
    assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
    assert!(ran.err.contains(says), "{}", ran.err);
}
