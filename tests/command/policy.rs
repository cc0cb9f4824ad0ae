//! The policy of `check` and `attest`: the options of `verify`, on files. The key of `-u` and
//! what else may vouch for it.

use serde_json::{Value, json};

use crate::tools::{
    Ran, base64, checks, data, facts, file, folder, hex, read, run, run_in, text, without_nonce,
};

const RSA: &str = "004-main-rsa2048-rsassa-sha256";
const ECC: &str = "005-main-p256-ecdsa-sha256";
const ATTRIBUTES: &str = "The key is known by its numbers alone: its attributes are unknown, and with them whether it signs only what a TPM made.";
const NO_NONCE: &str =
    "Freshness was not checked: the attestation has no nonce, and may be an old one.";
const AT: &str = "2030-01-01T00:00:00Z";

fn unhex(text: &str) -> Vec<u8> {
    let digits = |at| &text[at..at + 2];
    let bytes = (0..text.len()).step_by(2);
    bytes
        .map(|at| u8::from_str_radix(digits(at), 16).unwrap())
        .collect()
}

fn path(name: &str) -> String {
    data(name).into_os_string().into_string().unwrap()
}

/// `check` on a case with this key, and the JSON report.
fn check_with(case: &str, key: &[&str], more: &[&str]) -> Ran {
    let part = |name: &str| path(&format!("cases/{case}/{name}"));
    let (message, signature) = (part("quote.attest"), part("quote.sig"));
    let (pcrs, nonce) = (part("pcrs.serialized"), format!("@{}", part("nonce.bin")));
    let options = [
        "check", "-m", &message, "-s", &signature, "-f", &pcrs, "-q", &nonce, "-F", "json",
    ];
    run([&options[..], key, more].concat())
}

fn check(case: &str, more: &[&str]) -> Ran {
    let key = path(&format!("cases/{case}/ak.pub"));
    check_with(case, &["-u", &key], more)
}

/// `attest` on the evidence of a folder with this key, and the JSON report.
fn attest_with(case: &str, kind: &str, key: &[&str], more: &[&str]) -> Ran {
    let part = |name: &str| path(&format!("attest/{case}/{name}"));
    let (message, signature) = (part("attest"), part("sig"));
    let facts = attest_facts(case);
    let nonce = text(&facts["attest"]["extraData"]);
    let options = [
        "attest", "--kind", kind, "-m", &message, "-s", &signature, "--nonce", nonce, "--format",
        "json",
    ];
    run([&options[..], key, more].concat())
}

fn attest_facts(case: &str) -> Value {
    serde_json::from_slice(&read(&format!("attest/{case}/case.json"))).unwrap()
}

#[track_caller]
fn assert_refused(ran: &Ran, check: &str, says: &str) {
    let report = ran.json();
    assert_eq!(ran.status, 1, "{report:#}");
    assert_eq!(report["check"], check, "{report:#}");
    assert_eq!(report["quote"], Value::Null);
    assert!(text(&report["message"]).contains(says), "{report:#}");
}

#[track_caller]
fn assert_usage(ran: &Ran, says: &str) {
    assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
    assert!(ran.err.contains(says), "{ran:?}");
}

#[test]
fn baseline_that_check_taught_is_used_by_check() {
    let report = file("report.json", check(RSA, &[]).out);
    let learned = run(["baseline", "--report", &report]);
    assert_eq!((learned.status, &*learned.err), (0, ""));
    let values = &facts(RSA)["pcr_values"];
    assert_eq!(learned.json(), *values);
    let good = file("good.json", &learned.out);
    let ran = check(RSA, &["--baseline", &good]);
    assert_eq!((ran.status, &*ran.state("baseline")), (0, "ok"), "{ran:?}");
    assert_eq!(ran.json()["baseline"]["matched"], 3);

    let mut other = learned.json();
    other["sha256"]["7"] = "00".repeat(32).into();
    let ran = check(RSA, &["--baseline", &file("other.json", other.to_string())]);
    assert_refused(&ran, "baseline", "sha256:7 is ");
    let mismatched = &ran.json()["baseline"]["mismatched"];
    assert_eq!(mismatched.as_array().unwrap().len(), 1, "{ran:?}");
    assert_eq!(mismatched[0]["actual"], values["sha256"]["7"]);
    // A quote that does not cover a PCR of the baseline is not as good.
    other = learned.json();
    other["sha256"]["3"] = "00".repeat(32).into();
    let ran = check(RSA, &["--baseline", &file("more.json", other.to_string())]);
    assert_refused(&ran, "baseline", "");
    let ran = check(RSA, &["--baseline", &file("empty.json", "{}")]);
    assert_usage(&ran, "not a baseline");
}

#[test]
fn key_of_u_has_one_trust_in_check_and_attest() {
    let ak = path(&format!("cases/{RSA}/ak.pub"));
    let pem = path(&format!("cases/{RSA}/ak.pem"));
    let time = "016-gettime-rsa";
    for (key, trust, anchor) in [(&ak, "pinned", "ok"), (&pem, "pinned-key", "ok")] {
        let key = ["-u", key];
        for ran in [
            check_with(RSA, &key, &["--require-anchor"]),
            attest_with(time, "time", &key, &["--require-anchor"]),
        ] {
            assert_eq!(ran.status, 0, "{trust}: {ran:?}");
            let report = ran.json();
            assert_eq!(report["verdict"], "verified");
            assert_eq!(report["key"]["trust"], trust);
            assert_eq!(ran.state("key-anchor"), anchor);
            let warnings = match trust {
                "pinned" => json!([]),
                _ => json!([ATTRIBUTES]),
            };
            assert_eq!(report["warnings"], warnings);
        }
    }
}

#[test]
fn key_of_u_has_to_have_the_name_that_is_given_too() {
    let own = facts(RSA)["ak_name_hex"].clone();
    let other = facts(ECC)["ak_name_hex"].clone();
    let ran = check(RSA, &["--ak-name", text(&other), "--ak-name", text(&own)]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["key"]["trust"], "pinned");
    let ran = check(RSA, &["--ak-name", text(&other)]);
    assert_refused(&ran, "key-anchor", "the key's Name");
    assert_eq!(ran.json()["key"]["trust"], "self-asserted");
}

#[test]
fn key_by_its_numbers_has_no_name_that_an_option_could_be_about() {
    let pem = path(&format!("cases/{RSA}/ak.pem"));
    let key = ["-u", &*pem];
    let name = facts(RSA)["ak_name_hex"].clone();
    let report = file("report.json", check(RSA, &[]).out);
    let (public, message) = (path("zoo/001-ek-rsa2048-low-createek.pub"), "m");
    for (options, says) in [
        (
            &["--ak-name", text(&name)][..],
            "--ak-name needs the public area",
        ),
        (
            &["--hierarchy", "owner"],
            "--hierarchy needs the public area",
        ),
        (&["--since", &report], "--since needs the public area"),
        (
            &["--certified-by", &public, "--certify-attest", message],
            "--certify-sig",
        ),
    ] {
        assert_usage(&check_with(RSA, &key, options), says);
        assert_usage(&attest_with("016-gettime-rsa", "time", &key, options), says);
    }
    let case = "006-certify-ak-p256-by-rsa";
    let part = |name: &str| path(&format!("attest/{case}/{name}"));
    let (ak, attest, sig) = (part("ak.pub"), part("attest"), part("sig"));
    let certified = [
        "--certified-by",
        &ak,
        "--certify-attest",
        &attest,
        "--certify-sig",
        &sig,
        "--certify-nonce",
        "00ff55aa",
    ];
    let ran = check_with(RSA, &key, &certified);
    assert_usage(&ran, "--certified-by needs the public area");
    // Its report has no Name either, so that nothing can be compared with it.
    let report = file("plain.json", check_with(RSA, &key, &[]).out);
    assert_usage(&check(RSA, &["--since", &report]), "a key without a Name");
}

#[test]
fn check_has_certifications_of_its_key() {
    // 006 certifies the key of case 005.
    let case = "006-certify-ak-p256-by-rsa";
    let part = |name: &str| path(&format!("attest/{case}/{name}"));
    let (ak, attest, sig) = (part("ak.pub"), part("attest"), part("sig"));
    let options = [
        "--certify-nonce",
        "00ff55aa",
        "--certified-by",
        &ak,
        "--certify-attest",
        &attest,
        "--certify-sig",
        &sig,
    ];
    let ran = check(ECC, &options);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["key"]["trust"], "certified");
    assert_refused(&check(RSA, &options), "key-anchor", "");
    assert_usage(&check(ECC, &options[2..4]), "needs --certify-attest");
    // Without a nonce of its own, and none of the request, any old one would do.
    let part = |name: &str| path(&format!("cases/{ECC}/{name}"));
    let (key, message, signature) = (part("ak.pub"), part("quote.attest"), part("quote.sig"));
    let files = ["check", "-u", &key, "-m", &message, "-s", &signature];
    let ran = run([&files[..], &options[2..]].concat());
    assert_usage(&ran, "--certified-by needs --certify-nonce");
}

#[test]
fn check_has_clock_and_place() {
    let start = "146-clock-start-ecc-endorsement";
    let reset = "150-clock-reset-ecc-endorsement";
    let earlier = file("earlier.json", check(start, &[]).out);
    let since = ["--since", &*earlier];
    assert_refused(&check(reset, &since), "clock", "reset");
    let ran = check(reset, &[&since[..], &["--allow-reboots"]].concat());
    assert_eq!((ran.status, &*ran.state("clock")), (0, "ok"), "{ran:?}");
    let later = file("later.json", check(reset, &[]).out);
    let ran = check(start, &["--since", &later, "--allow-reboots"]);
    assert_refused(&ran, "clock", "");
    let version = text(&facts(start)["firmware_version"]).to_owned();
    let ran = check(start, &["--min-firmware", &version]);
    assert_eq!((ran.status, &*ran.state("clock")), (0, "ok"), "{ran:?}");
    let ran = check(start, &["--min-firmware", "ffffffffffffffff"]);
    assert_refused(&ran, "clock", "the firmware version");
    assert_eq!(check(start, &["--require-safe-clock"]).status, 0);
    let lost = "160-clock-power-loss-ecc-owner";
    assert_eq!(check(lost, &[]).status, 0);
    let ran = check(lost, &["--require-safe-clock"]);
    assert_refused(&ran, "clock", "");
    let ran = check(start, &["--hierarchy", "endorsement"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_refused(&check(start, &["--hierarchy", "owner"]), "signer", "");
}

/// A report on evidence that was not verified says nothing of a clock, whatever it has.
#[test]
fn report_that_is_not_verified_is_no_earlier_reading() {
    let verified = check(RSA, &[]).json();
    let since = |report: &Value| {
        let report = file("since.json", report.to_string());
        check(RSA, &["--since", &report])
    };
    assert_eq!(since(&verified).status, 0);
    for verdict in [
        json!("rejected"),
        json!("malformed"),
        json!("unsupported"),
        json!("unavailable"),
        json!("VERIFIED"),
        json!(null),
        json!(true),
    ] {
        let mut report = verified.clone();
        report["verdict"] = verdict;
        assert_usage(
            &since(&report),
            "not the JSON report on evidence that was verified",
        );
    }
    let mut report = verified.clone();
    report.as_object_mut().unwrap().shift_remove("verdict");
    assert_usage(
        &since(&report),
        "not the JSON report on evidence that was verified",
    );
    let text = "verified";
    assert_usage(
        &check(RSA, &["--since", &file("since.json", text)]),
        "not a JSON report",
    );
}

/// corpus/reports/12: WebAuthn and CSR attestations have no public area of their key.
#[test]
fn certification_is_verified_by_pem_or_a_certificate_alone() {
    let case = "006-certify-ak-p256-by-rsa";
    let pem = path(&format!("cases/{RSA}/ak.pem"));
    let object = path(&format!("attest/{case}/certified.pub"));
    let about = ["--object", &*object];
    let ran = attest_with(case, "certify", &["-u", &pem], &about);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["key"]["trust"], "pinned-key");
    assert_eq!(ran.state("key-attributes"), "not-asked-for");

    let certificate = path("certificates/ak-main-rsa.der");
    let root = path("certificates/root.der");
    let anchor = ["--ak-cert", &certificate, "--ca", &root, "--at", AT];
    for key in [&[][..], &["-u", &pem]] {
        let ran = attest_with(case, "certify", &[key, &anchor].concat(), &about);
        assert_eq!(ran.status, 0, "{ran:?}");
        let report = ran.json();
        assert_eq!(report["verdict"], "verified");
        assert_eq!(report["key"]["trust"], "certificate-key");
        assert_eq!(report["key"]["name"], Value::Null);
        assert_eq!(report["key"]["scheme"], "rsassa-sha256");
        assert_eq!(report["key"]["certificate"]["model"], "ST33");
        assert_eq!(report["warnings"], json!([ATTRIBUTES]));
        let states = "input ok, key-type ok, key-attributes not-asked-for, key-strength ok,
            key-scheme ok, key-anchor ok, signature-scheme ok, signature ok, magic ok, type ok,
            nonce ok, signer ok, object ok, clock not-asked-for";
        assert_eq!(report["checks"], checks(states));
    }
    let ran = check_with(RSA, &anchor, &["--require-anchor"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["key"]["trust"], "certificate-key");

    // Another key's certificate, a stranger's root.
    let other = path("certificates/ak-main-p256.der");
    let other = ["--ak-cert", &other, "--ca", &root, "--at", AT];
    let ran = attest_with(
        case,
        "certify",
        &[&["-u", &*pem], &other[..]].concat(),
        &about,
    );
    assert_refused(&ran, "key-anchor", "the certificate is for another key");
    let ran = attest_with(case, "certify", &other, &about);
    assert_refused(&ran, "key-scheme", "");
    let stranger = path("certificates/root-stranger.der");
    let stranger = ["--ak-cert", &certificate, "--ca", &stranger, "--at", AT];
    let ran = attest_with(case, "certify", &stranger, &about);
    assert_refused(&ran, "key-anchor", "");
    assert_eq!(ran.json()["key"], Value::Null);
    let ran = attest_with(case, "certify", &[], &about);
    assert_usage(&ran, "--public <FILE>");
}

#[test]
fn attest_takes_plain_signatures() {
    let case = "016-gettime-rsa";
    let part = |name: &str| path(&format!("attest/{case}/{name}"));
    let (key, message) = (part("ak.pub"), part("attest"));
    let pem = path(&format!("cases/{RSA}/ak.pem"));
    let signature = read(&format!("attest/{case}/sig"));
    assert_eq!(signature[..6], [0x00, 0x14, 0x00, 0x0b, 0x01, 0x00]);
    let signature = file("plain.sig", &signature[6..]);
    let nonce = attest_facts(case)["attest"]["extraData"].clone();
    let attest = |key: &str, more: &[&str]| {
        let options = [
            "attest",
            "--kind",
            "time",
            "-u",
            key,
            "-m",
            &message,
            "-s",
            &signature,
            "--nonce",
            text(&nonce),
            "--format",
            "json",
        ];
        run([&options[..], more].concat())
    };
    for (key, trust) in [(&key, "pinned"), (&pem, "pinned-key")] {
        let ran = attest(key, &[]);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(ran.json()["key"]["trust"], trust);
        assert!(ran.err.contains("signature: plain, RSA"), "{ran:?}");
    }
    let ran = attest(&pem, &["-g", "sha256", "--scheme", "rsassa"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    for options in [&["-g", "sha384"][..], &["--scheme", "rsapss"]] {
        assert_refused(&attest(&pem, options), "signature", "");
        // A key that tells is not told otherwise.
        assert_eq!(attest(&key, options).status, 0);
    }
}

#[test]
fn attestation_without_a_nonce_is_taken_if_that_is_said() {
    let [key, message, signature] = without_nonce(&read("attest/017-gettime-p256/attest"));
    let (key, signature) = (file("key.der", key), file("signature", signature));
    let message = file("message", message);
    let attest = |more: &[&str]| {
        let options = [
            "attest", "--kind", "time", "-u", &key, "-m", &message, "-s", &signature, "--format",
            "json",
        ];
        run([&options[..], more].concat())
    };
    let ran = attest(&["--dangerous-no-nonce"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let report = ran.json();
    assert_eq!(report["warnings"], json!([ATTRIBUTES, NO_NONCE]));
    assert_eq!(ran.state("nonce"), "not-asked-for");
    assert_eq!(report["attest"]["nonce"], "");
    assert_refused(&attest(&["--nonce", "00"]), "nonce", "");
    assert_usage(&attest(&[]), "--dangerous-no-nonce");
    assert_usage(
        &attest(&["--nonce", "00", "--dangerous-no-nonce"]),
        "cannot be used with",
    );
    // One that has a nonce was asked for by somebody.
    let case = "016-gettime-rsa";
    let part = |name: &str| path(&format!("attest/{case}/{name}"));
    let (key, message, signature) = (part("ak.pub"), part("attest"), part("sig"));
    let ran = run([
        "attest",
        "--kind",
        "time",
        "-u",
        &key,
        "-m",
        &message,
        "-s",
        &signature,
        "--format",
        "json",
        "--dangerous-no-nonce",
    ]);
    assert_refused(&ran, "nonce", "");
}

#[test]
fn nv_index_is_named_by_its_name() {
    let of = |case: &str| {
        let ak = path(&format!("attest/{case}/ak.pub"));
        let facts = attest_facts(case);
        // The digest of 025 is that of the index of 021.
        let index = match &case[..3] {
            "025" => attest_facts("021-nvcertify-plain-64-0-by-rsa"),
            _ => facts.clone(),
        };
        let name = text(&index["extra"]["nv_name_hex"]).to_owned();
        (ak, name, facts)
    };
    for case in [
        "021-nvcertify-plain-64-0-by-rsa",
        "022-nvcertify-plain-16-8-by-rsa",
        "025-nvcertify-digest-plain",
        "026-nvcertify-counter-8-0-by-rsa",
    ] {
        let (ak, name, _) = of(case);
        let ran = attest_with(case, "nv", &["-u", &ak], &["--nv-name", &name]);
        assert_eq!(
            (ran.status, &*ran.state("object")),
            (0, "ok"),
            "{case}: {ran:?}"
        );
        assert_eq!(ran.json()["verdict"], "verified");
        let other = name.replace(&name[4..8], "ffff");
        let ran = attest_with(case, "nv", &["-u", &ak], &["--nv-name", &other]);
        assert_refused(&ran, "object", &other);
    }
    let case = "022-nvcertify-plain-16-8-by-rsa";
    let (ak, name, facts) = of(case);
    let contents = unhex(text(&facts["attest"]["nvContents"]));
    let contents = file("contents", contents);
    let nv = |more: &[&str]| {
        let index = ["--nv-name", &*name];
        attest_with(case, "nv", &["-u", &ak], &[&index[..], more].concat())
    };
    let ran = nv(&["--contents", &contents, "--offset", "8"]);
    assert_eq!((ran.status, &*ran.state("contents")), (0, "ok"), "{ran:?}");
    let ran = nv(&["--contents", &contents, "--offset", "9"]);
    assert_refused(&ran, "contents", "");
    assert_usage(&nv(&["--nv-public", &contents]), "cannot be used with");
    let attest = |options: &[&str]| attest_with(case, "nv", &["-u", &ak], options);
    assert_usage(&attest(&[]), "needs --nv-public or --nv-name");
    assert_usage(
        &attest(&["--nv-name", "00"]),
        "not a hash id and its digest",
    );
    let ran = attest_with(
        "016-gettime-rsa",
        "time",
        &["-u", &ak],
        &["--nv-name", &name],
    );
    assert_usage(&ran, "--nv-name is not for --kind time");
    let ran = attest_with(
        "016-gettime-rsa",
        "time",
        &["-u", &ak],
        &["--contents", &contents],
    );
    assert_usage(&ran, "--contents is not for --kind time");
}

#[test]
fn string_of_keylime_is_evidence() {
    let string = |case: &str| {
        let parts = ["quote.attest", "quote.sig", "pcrs.serialized"];
        let parts = parts.map(|name| base64(&read(&format!("cases/{case}/{name}"))));
        format!("r{}", parts.join(":"))
    };
    let check = |key: &str, evidence: &str, more: &[&str]| {
        let evidence = file("quote.txt", evidence);
        let nonce = hex(&read(&format!("cases/{RSA}/nonce.bin")));
        let options = [
            "check",
            "-u",
            key,
            "--evidence",
            &evidence,
            "-q",
            &nonce,
            "-F",
            "json",
        ];
        run([&options[..], more].concat())
    };
    let (ak, pem) = (
        path(&format!("cases/{RSA}/ak.pub")),
        path(&format!("cases/{RSA}/ak.pem")),
    );
    let good = string(RSA);
    for end in ["", "\n", "\r\n", "\n\n"] {
        for (key, trust) in [(&ak, "pinned"), (&pem, "pinned-key")] {
            let ran = check(key, &format!("{good}{end}"), &["-l", "sha256:0,7,10"]);
            assert_eq!(ran.status, 0, "{end:?}: {ran:?}");
            let report = ran.json();
            assert_eq!(report["key"]["trust"], trust);
            assert_eq!(report["quote"]["pcrs"], facts(RSA)["pcr_values"]);
            assert!(
                ran.err
                    .contains("quote.txt: evidence: keylime, 1 quote, 3 values")
            );
        }
    }
    // Its key is not in it: that of -u has to fit.
    let other = path(&format!("cases/{ECC}/ak.pub"));
    assert_refused(&check(&other, &good, &[]), "signature-scheme", "");
    let cut = &good[..good.rfind(':').unwrap()];
    for (bad, says) in [
        (cut, "the PCR file is missing"),
        ("r", "the signature is missing"),
        (&*format!("{good} "), "base64"),
        (&*format!("{good}:AAAA"), "something follows the PCR file"),
    ] {
        let ran = check(&ak, bad, &[]);
        let report = ran.json();
        assert_eq!(
            (ran.status, &report["verdict"]),
            (2, &json!("malformed")),
            "{bad}"
        );
        assert_eq!(report["check"], "input");
        assert!(text(&report["message"]).contains(says), "{report:#}");
        assert!(ran.err.contains("quote.txt: "), "{ran:?}");
    }
}

#[test]
fn options_of_tpm2_checkquote_that_say_nothing_are_taken() {
    let ran = check(RSA, &["-Q", "-T", "device:/dev/tpm0"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.out, check(RSA, &[]).out);
    let ran = check(RSA, &["--quiet", "--tcti=none"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    // They do not hide a failure.
    let ran = check(RSA, &["-Q", "-T", "none", "-l", "sha256:all"]);
    assert_usage(&ran, "selects sha256:0,7,10");
}

#[test]
fn sets_of_pcrs_have_one_grammar_in_all_options() {
    let ran = check(RSA, &["-l", "SHA256:0,7,10"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let folder = folder("response");
    let response = crate::tools::response(RSA).to_string();
    std::fs::write(folder.join("response.json"), response).unwrap();
    let nonce = hex(&read(&format!("cases/{RSA}/nonce.bin")));
    let verify = |set: &str| {
        let options = [
            "verify",
            "response.json",
            "--nonce",
            &nonce,
            "--format",
            "json",
            "--require-pcrs",
        ];
        run_in(&folder, [&options[..], &[set]].concat())
    };
    assert_eq!(verify("SHA256:0,7").status, 0);
    assert_refused(&verify("sha256:all"), "selection", "sha256:1");
    assert_refused(&verify("Sha384:all"), "selection", "sha384:0");
    assert_usage(&verify("sha256:any"), "expected a PCR from 0 to 23");
}
