//! Certificates: what vouches for a key is said, and what does not has its own verdict.

use serde_json::{Value, json};

use crate::{
    anchors::response_by_p256,
    tools::{Ran, data, file, run},
};

const NONCE: &str = "6e6f6e6365206f662072657175657374";
const AT: &str = "2030-01-01T00:00:00Z";

fn path(name: &str) -> String {
    let path = data(&format!("certificates/{name}.der"));
    path.into_os_string().into_string().unwrap()
}

fn pem(names: &[&str]) -> String {
    let blocks = names.iter().map(|name| {
        let der = std::fs::read(path(name)).unwrap();
        let text = crate::tools::base64(&der);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let lines = lines.join("\n");
        format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    });
    file("bundle.pem", blocks.collect::<String>())
}

/// The response of the key on P-256, with these options.
fn verify(more: &[&str]) -> Ran {
    let response = file("response.json", response_by_p256().to_string());
    let options = ["verify", &response, "--nonce", NONCE, "--require-anchor"];
    run([&options[..], more].concat())
}

fn report(certificate: &str, root: &str, at: &str) -> (i32, Value) {
    let options = ["--ak-cert", certificate, "--ca", root, "--at", at];
    let ran = verify(&[&options[..], &["--format", "json"]].concat());
    (ran.status, ran.json())
}

#[test]
fn key_with_a_certificate_is_anchored_and_its_maker_named() {
    let bundle = pem(&["ak-p256-issued", "issuing"]);
    let roots = pem(&["root-stranger", "root"]);
    for (certificate, root, at, issuer) in [
        (&*path("ak-p256"), &*path("root"), AT, "CN=Root"),
        (&path("ak-p256"), &roots, "1893456000", "CN=Root"),
        (&bundle, &path("root"), AT, "CN=Issuing"),
    ] {
        let (status, report) = report(certificate, root, at);
        assert_eq!(status, 0, "{report:#}");
        assert_eq!(report["key"]["trust"], "certificate");
        let expected = json!({
            "profile": "tcg",
            "issuer": issuer,
            "vouches_for": "some TPM of this maker",
            "manufacturer": "id:53544D20",
            "maker": "STMicroelectronics",
            "model": "ST33",
            "version": "id:00010002",
        });
        assert_eq!(report["key"]["certificate"], expected);
    }
    let (certificate, root) = (path("ak-p256"), path("root"));
    let ran = verify(&[
        "--ak-cert",
        &certificate,
        "--ca",
        &root,
        "--at",
        AT,
        "--verbose",
    ]);
    assert_eq!(ran.check("key-anchor"), "ok");
    let line = "  TPM               STMicroelectronics ST33, version id:00010002, says CN=Root\n";
    assert!(ran.out.contains(line), "{ran:?}");
    assert!(ran.err.contains("ak-p256.der: certificate: DER"), "{ran:?}");
}

#[test]
fn what_a_certificate_does_not_say_is_said() {
    let (_, report) = report(&path("ak-p256"), &path("root"), AT);
    let caveat = "its attributes and its Name are the sender's word.";
    let message = report["message"].as_str().unwrap();
    assert!(message.ends_with(caveat.trim_end_matches('.')), "{message}");
    let warning = "The certificate has the key's numbers alone: its attributes and its Name are the sender's word.";
    assert_eq!(report["warnings"], json!([warning]));
    let (certificate, root) = (path("ak-p256"), path("root"));
    let ran = verify(&["--ak-cert", &certificate, "--ca", &root, "--at", AT]);
    assert!(ran.out.ends_with(&format!("{caveat}\n")), "{}", ran.out);
    assert!(!ran.out.contains("Anyone can make"), "{}", ran.out);
}

/// Beside another anchor too, where an option that is needed cannot be given.
#[test]
fn option_that_nothing_would_look_at_is_refused() {
    let name = format!("000b{}", "00".repeat(32));
    let (certificate, root) = (path("ak-p256"), path("root"));
    let certified = ["--ak-cert", &*certificate, "--ca", &*root];
    let named = ["--ak-name", &*name];
    for (anchor, more, says) in [
        (&named[..], &["--ca", &*root][..], "--ak-cert <FILE>"),
        (&named, &["--at", AT], "--ak-cert <FILE>"),
        (&named, &["--certify-nonce", "00"], "--certified-by <FILE>"),
        (
            &named,
            &["--certify-attest", &root, "--certify-sig", &root],
            "--certified-by <FILE>",
        ),
        (
            &certified,
            &["--certify-nonce", "00"],
            "--certified-by <FILE>",
        ),
    ] {
        let ran = verify(&[anchor, more].concat());
        assert_eq!((ran.status, &*ran.out), (2, ""), "{more:?}: {ran:?}");
        assert!(ran.err.contains(says), "{more:?}: {}", ran.err);
    }
}

#[test]
fn k1_certificate_that_does_not_hold_is_refused_by_its_own_verdict() {
    for (certificate, root, at, status, message) in [
        (
            "ak-p256",
            "root-stranger",
            AT,
            1,
            "no path leads from the certificate to a root certificate",
        ),
        (
            "ak-p256",
            "root-same-name",
            AT,
            1,
            "the signature of a certificate does not match",
        ),
        (
            "ak-rsa",
            "root",
            AT,
            1,
            "the certificate is for another key",
        ),
        (
            "ak-for-ek",
            "root",
            AT,
            1,
            "the extKeyUsage of the certificate, or of one that issued it, lacks 2.23.133.8.3 (tcg-kp-AIKCertificate)",
        ),
        (
            "ak-no-san",
            "root",
            AT,
            1,
            "the certificate has no subjectAltName",
        ),
        (
            "ak-sha1",
            "issuing",
            AT,
            1,
            "a certificate is signed with SHA-1",
        ),
        (
            "ak-p256",
            "root",
            "2036-01-01T00:00:01Z",
            1,
            "a certificate was valid until 2036-01-01T00:00:00Z, but the time is 2036-01-01T00:00:01Z",
        ),
        (
            "ak-p256",
            "root",
            "0",
            1,
            "a certificate is valid from 2026-01-01T00:00:00Z, but the time is 1970-01-01T00:00:00Z",
        ),
        (
            "ak-san-left-over",
            "root",
            AT,
            2,
            "certificate: Certificate.subjectAltName at byte 317: 1 byte left over at the end",
        ),
    ] {
        let (found, report) = report(&path(certificate), &path(root), at);
        assert_eq!(report["message"], message, "{certificate}");
        assert_eq!(found, status, "{report:#}");
        assert_eq!(report["key"].get("certificate"), None, "{report:#}");
        let verdict = match (status, certificate) {
            (2, _) => "malformed",
            _ => "rejected",
        };
        assert_eq!(report["verdict"], verdict, "{report:#}");
        let check = if status == 2 { "input" } else { "key-anchor" };
        assert_eq!(report["check"], check, "{report:#}");
    }
}

/// What is checked before the anchor is said first, whatever the certificate.
#[test]
fn k3_key_is_judged_before_its_certificate() {
    let mut response = response_by_p256();
    let block = crate::tools::attestation(&mut response);
    let mut public = crate::tools::unbase64(&block["aik_pubkey_b64"]);
    public[7] ^= 1; // restricted
    block["aik_pubkey_b64"] = crate::tools::base64(&public).into();
    let response = file("response.json", response.to_string());
    for root in ["root", "root-stranger"] {
        let (certificate, root) = (path("ak-p256"), path(root));
        let options = ["verify", &response, "--nonce", NONCE, "--format", "json"];
        let anchor = ["--ak-cert", &certificate, "--ca", &root, "--at", AT];
        let ran = run([&options[..], &anchor].concat());
        assert_eq!(ran.json()["check"], "key-attributes", "{ran:?}");
    }
}

#[test]
fn files_of_tpm2_tools_and_other_attestations_have_certificates_too() {
    let case = |file: &str| {
        let path = data(&format!("cases/005-main-p256-ecdsa-sha256/{file}"));
        path.into_os_string().into_string().unwrap()
    };
    let (key, message, signature) = (case("ak.pub"), case("quote.attest"), case("quote.sig"));
    let (pcrs, pem) = (case("pcrs.serialized"), case("ak.pem"));
    let (certificate, root) = (path("ak-main-p256"), path("root"));
    let anchor = ["--ak-cert", &certificate, "--ca", &root, "--at", AT];
    let nonce = format!("@{}", case("nonce.bin"));
    let check = |key: &str, anchor: &[&str]| {
        let options = [
            "check", "-u", key, "-m", &message, "-s", &signature, "-f", &pcrs, "-q", &nonce, "-F",
            "json",
        ];
        run([&options[..], anchor].concat())
    };
    let ran = check(&key, &anchor);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["key"]["trust"], "certificate");
    assert_eq!(ran.json()["key"]["certificate"]["model"], "ST33");
    let other = path("ak-p256");
    let ran = check(&key, &["--ak-cert", &other, "--ca", &root, "--at", AT]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert_eq!(ran.json()["message"], "the certificate is for another key");
    assert!(ran.err.contains("ak-p256.der: key-anchor: "), "{ran:?}");
    // The numbers alone have no attributes that could be judged: the report says so.
    let ran = check(&pem, &anchor);
    assert_eq!(ran.status, 0, "{ran:?}");
    let report = ran.json();
    assert_eq!(report["key"]["trust"], "certificate-key");
    assert_eq!(report["key"]["name"], Value::Null);
    assert_eq!(report["key"]["certificate"]["model"], "ST33");
    let warnings = report["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{report:#}");
    let says = "its attributes are unknown";
    assert!(
        crate::tools::text(&warnings[0]).contains(says),
        "{report:#}"
    );
    let ran = check(&pem, &["--ak-cert", &other, "--ca", &root, "--at", AT]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let report = ran.json();
    assert_eq!(report["message"], "the certificate is for another key");
    assert_eq!(report["key"]["trust"], "self-asserted");
    let stranger = path("root-stranger");
    let ran = check(
        &pem,
        &["--ak-cert", &certificate, "--ca", &stranger, "--at", AT],
    );
    assert_eq!(ran.status, 1, "{ran:?}");
    let report = ran.json();
    assert_eq!(report["check"], "key-anchor", "{report:#}");
    assert_eq!(report["key"]["trust"], "self-asserted");

    let part = |file: &str| {
        let path = data(&format!("attest/006-certify-ak-p256-by-rsa/{file}"));
        path.into_os_string().into_string().unwrap()
    };
    let (key, message, signature) = (part("ak.pub"), part("attest"), part("sig"));
    let object = part("certified.pub");
    for (certificate, status, trust) in [
        ("ak-main-rsa", 0, "certificate"),
        ("ak-p256", 1, "self-asserted"),
    ] {
        let certificate = path(certificate);
        let options = [
            "attest", "--kind", "certify", "-u", &key, "-m", &message, "-s", &signature,
            "--object", &object, "--nonce", "00ff55aa", "--format", "json",
        ];
        let anchor = ["--ak-cert", &certificate, "--ca", &root, "--at", AT];
        let ran = run([&options[..], &anchor].concat());
        assert_eq!(ran.status, status, "{ran:?}");
        assert_eq!(ran.json()["key"]["trust"], trust, "{ran:?}");
    }
}

#[test]
fn wrong_options_for_a_certificate_print_no_report() {
    let (certificate, root) = (path("ak-p256"), path("root"));
    let broken = file("broken.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
    for (options, message) in [
        (&["--ak-cert", &*certificate][..], "--ca <FILE>"),
        (&["--ca", &root], "--ak-cert <FILE>"),
        (
            &[
                "--ak-cert",
                &certificate,
                "--ca",
                &root,
                "--certified-by",
                &root,
            ],
            "--certified-by",
        ),
        (
            &["--ak-cert", &certificate, "--ca", &root, "--at", "noon"],
            "expected a time as 2030-01-01T00:00:00Z",
        ),
        (
            &["--ak-cert", &broken, "--ca", &root],
            "certificate 1: certificate at byte 33: expected -----END CERTIFICATE-----",
        ),
        (
            &["--ak-cert", "nowhere.der", "--ca", &root],
            "nowhere.der: cannot be read",
        ),
    ] {
        let ran = verify(options);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
        assert!(ran.err.contains(message), "{message}: {ran:?}");
    }
}

#[test]
fn print_shows_what_a_certificate_says_of_a_tpm() {
    let ek = data("ek/ek-rsa2048.crt.der");
    let ran = run([std::ffi::OsStr::new("print"), ek.as_os_str()]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(
        ran.out,
        "type: Certificate
value:
  issuer: \"CN=swtpm-localca\"
  subject: \"CN=unknown\"
  extKeyUsage: [\"tcg-kp-EKCertificate\"]
  tpm:
    tpmManufacturer: \"id:00001014\"
    maker: swtpm
    tpmModel: swtpm
    tpmVersion: \"id:20191023\"
  tpmSpecification:
    family: \"2.0\"
    level: 0
    revision: 164
"
    );
    // As IBM writes it, without the SEQUENCE: the rest is shown, and this is named.
    let mut der = std::fs::read(&ek).unwrap();
    let specification = b"\x30\x0c\x0c\x03\x32\x2e\x30";
    let at = der.windows(7).position(|part| part == specification);
    der.splice(
        at.unwrap()..at.unwrap() + 7,
        *b"\x0c\x05\x32\x2e\x30\x2e\x30",
    );
    let ran = run(["print", &file("ibm.der", der), "--format", "json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let shown = &ran.json()["value"];
    assert_eq!(shown["tpm"]["tpmModel"], "swtpm");
    assert_eq!(shown["tpmSpecification"], Value::Null);
    let unreadable = shown["unreadable"][0].as_str().unwrap();
    assert!(
        unreadable.starts_with("Certificate.subjectDirectoryAttributes at byte "),
        "{unreadable}"
    );
    let bundle = pem(&["ak-p256-issued", "issuing"]);
    let ran = run(["print", &bundle, "--format", "json"]);
    let shown = ran.json();
    assert_eq!(shown["value"][0]["tpm"]["tpmModel"], "ST33", "{ran:?}");
    assert_eq!(shown["value"][0]["extKeyUsage"][0], "tcg-kp-AIKCertificate");
    assert_eq!(shown["value"][1]["subject"], "CN=Issuing");
    assert_eq!(shown["value"][1]["tpm"], Value::Null);
}

/// SHA-1 in certificates has an option of its own, and is warned of.
#[test]
fn sha1_signs_certificates_only_by_its_own_option() {
    let (certificate, root) = (path("ak-sha1"), path("issuing"));
    let options = [
        "--ak-cert",
        &certificate,
        "--ca",
        &root,
        "--at",
        AT,
        "--format",
        "json",
    ];
    let judge = |more: &[&str]| verify(&[&options[..], more].concat());
    // That for keys is not it.
    for more in [&[][..], &["--dangerous-sha1"]] {
        let ran = judge(more);
        assert_eq!(ran.status, 1, "{ran:?}");
        assert_eq!(ran.json()["problem"], "certificate-signature-sha1");
    }
    let ran = judge(&["--dangerous-sha1-certificates"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let warnings = ran.json()["warnings"].to_string();
    assert!(warnings.contains("signed with SHA-1"), "{warnings}");
    let ran = verify(&["--ak-name", "000b", "--dangerous-sha1-certificates"]);
    assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
}
