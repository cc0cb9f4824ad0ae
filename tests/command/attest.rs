//! `attest` on real evidence: each kind as itself and as no other, what is wrong with
//! each, the options. The facts are those that another program read.

use serde_json::{Value, json};

use crate::tools::{KEYS, Ran, data, file, hex, keys, read, read_json, run, text};

/// A folder of evidence, by its number, and the kind that it is.
const ALL: &[(&str, &str)] = &[
    ("001-certify-ecdsa-signing-key-by-rsa", "certify"),
    ("002-certify-ecdsa-signing-key-by-p256", "certify"),
    ("004-certify-ecdsa-signing-key-by-rsapss", "certify"),
    ("005-certify-rsa-storage-key-by-rsa", "certify"),
    ("006-certify-ak-p256-by-rsa", "certify"),
    ("008-certify-hmac-key-by-rsa", "certify"),
    ("009-certify-sealed-data-by-rsa", "certify"),
    ("010-certify-rsa-nullscheme-by-rsa", "certify"),
    ("012-certifycreation-primary-ecc-by-rsa", "creation"),
    ("013-certifycreation-primary-rsa-storage-by-rsa", "creation"),
    ("014-certifycreation-primary-ecc-by-p256", "creation"),
    ("016-gettime-rsa", "time"),
    ("017-gettime-p256", "time"),
    ("018-gettime-p384", "time"),
    ("020-gettime-owner-p256", "time"),
    ("021-nvcertify-plain-64-0-by-rsa", "nv"),
    ("022-nvcertify-plain-16-8-by-rsa", "nv"),
    ("024-nvcertify-plain-64-0-by-p256", "nv"),
    ("025-nvcertify-digest-plain", "nv"),
    ("026-nvcertify-counter-8-0-by-rsa", "nv"),
    ("028-nvcertify-digest-counter", "nv"),
    ("029-nvcertify-extend-32-0-by-rsa", "nv"),
    ("030-nvcertify-extend-32-0-by-p256", "nv"),
    ("032-nvcertify-bits-8-0-by-p256", "nv"),
    ("033-sessionaudit-rsa", "audit"),
    ("034-commandaudit-rsa", "audit"),
    ("036-commandaudit-p256", "audit"),
];

const OBJECT: &str = "001-certify-ecdsa-signing-key-by-rsa/certified.pub";
const CREATION: &str = "012-certifycreation-primary-ecc-by-rsa/creation.data";
const INDEX: &str = "021-nvcertify-plain-64-0-by-rsa/nv.public";

fn path(name: &str) -> String {
    let path = data(&format!("attest/{name}"));
    path.into_os_string().into_string().unwrap()
}

fn facts(case: &str) -> Value {
    read_json(&format!("attest/{case}/case.json"))
}

/// The options that name what a case is about, or something of that kind.
fn about(case: &str, kind: &str) -> Vec<String> {
    let own = |name: &str, other: &str| {
        let own = format!("{case}/{name}");
        let has = data(&format!("attest/{own}")).exists();
        path(if has { &own } else { other })
    };
    match kind {
        "certify" => vec!["--object".into(), own("certified.pub", OBJECT)],
        "creation" => vec![
            "--object".into(),
            own("created.pub", OBJECT),
            "--creation-data".into(),
            own("creation.data", CREATION),
        ],
        "nv" => vec!["--nv-public".into(), own("nv.public", INDEX)],
        _ => Vec::new(),
    }
}

/// Verifies a case as a kind, with the JSON report.
fn attest(case: &str, kind: &str, more: &[&str]) -> Ran {
    let nonce = facts(case)["attest"]["extraData"].clone();
    attest_nonce(case, kind, text(&nonce), more)
}

fn attest_nonce(case: &str, kind: &str, nonce: &str, more: &[&str]) -> Ran {
    let (ak, message, signature) = (
        path(&format!("{case}/ak.pub")),
        path(&format!("{case}/attest")),
        path(&format!("{case}/sig")),
    );
    let options = [
        "attest", "--kind", kind, "-u", &ak, "-m", &message, "-s", &signature, "--nonce", nonce,
        "--format", "json",
    ];
    let about = about(case, kind);
    let about: Vec<&str> = about.iter().map(String::as_str).collect();
    run([&options[..], &about, more].concat())
}

#[track_caller]
fn assert_fails(ran: &Ran, check: &str, message: &str) {
    assert_eq!(ran.status, 1, "{ran:?}");
    let report = ran.json();
    assert_eq!(report["verdict"], "rejected", "{report:#}");
    assert_eq!(report["check"], check, "{report:#}");
    assert_eq!(ran.state(check), "failed");
    assert_eq!(report["warnings"], json!([]));
    assert_eq!(report["attest"], Value::Null);
    assert!(text(&report["message"]).contains(message), "{report:#}");
    assert!(ran.err.contains(&format!(": {check}: ")), "{ran:?}");
}

/// An object of the red team's, which `TPM2_LoadExternal` loaded: whoever has its private
/// part is not the TPM.
#[test]
fn x4_object_that_was_loaded_from_outside_is_verified_with_a_warning() {
    let path = |name: &str| {
        let path = data(&format!("reports/certify-external-object/{name}"));
        path.into_os_string().into_string().unwrap()
    };
    let [ak, message, signature, object] = ["ak.pub", "m", "s", "obj.pub"].map(path);
    let nonce = "ba7816bf8f01cfea414140de5dae2223";
    let options = [
        "attest", "--kind", "certify", "-u", &ak, "-m", &message, "-s", &signature, "--object",
        &object, "--nonce", nonce,
    ];
    let warning = "The object was loaded into the TPM from outside: its qualified name is its Name. Whoever loaded it may hold its private part, whatever its attributes say.";
    let ran = run([&options[..], &["--format", "json"]].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["warnings"], json!([warning]));
    let ran = run(options);
    assert!(
        ran.out.contains("loaded into the TPM from outside"),
        "{ran:?}"
    );
    // A place in the TPM is what it does not have.
    let ran = run([
        &options[..],
        &["--object-hierarchy", "owner", "--format", "json"],
    ]
    .concat());
    assert_fails(&ran, "object", "qualified name");
}

#[test]
fn each_kind_is_verified_as_itself() {
    for (case, kind) in ALL {
        let ran = attest(case, kind, &[]);
        assert_eq!(ran.status, 0, "{case}: {ran:?}");
        let report = ran.json();
        let expected = [&KEYS[..15], &["attest"], &KEYS[15..]].concat();
        assert_eq!(keys(&report), expected);
        assert_eq!(report["verdict"], "verified", "{case}");
        assert_eq!(report["warnings"], json!([]));
        assert_eq!(report["check"], Value::Null);
        assert_eq!(report["quote"], Value::Null);
        // What was not asked for was not compared.
        for check in ["contents", "audit"] {
            let checks = report["checks"].as_array().unwrap();
            if let Some(found) = checks.iter().find(|it| it["name"] == check) {
                assert_eq!(found["state"], "not-asked-for", "{case}");
            }
        }
        let facts = facts(case);
        assert_eq!(report["key"]["name"], facts["ak_name_hex"]);
        assert_eq!(report["key"]["trust"], "pinned");
        let (shown, expected) = (&report["attest"], &facts["attest"]);
        let tag = format!("TPM_ST_{}", text(&facts["attest_type"]));
        assert_eq!(shown["type"], tag, "{case}");
        assert_eq!(shown["nonce"], expected["extraData"]);
        assert_eq!(shown["qualified_signer"], expected["qualifiedSigner"]);
        assert_eq!(shown["firmware_version"], expected["firmwareVersion"]);
        let clock = &expected["clockInfo"];
        assert_eq!(shown["clock"]["clock"], clock["clock"].to_string());
        assert_eq!(shown["clock"]["reset_count"], clock["resetCount"]);
        assert_eq!(shown["clock"]["restart_count"], clock["restartCount"]);
        assert_eq!(shown["clock"]["safe"], clock["safe"] == 1);
        for (field, key) in [
            ("name", "name"),
            ("qualifiedName", "qualified_name"),
            ("objectName", "object_name"),
            ("indexName", "index_name"),
            ("offset", "offset"),
            ("nvContents", "nv_contents"),
            ("nvDigest", "nv_digest"),
            ("sessionDigest", "session_digest"),
            ("auditDigest", "audit_digest"),
            ("commandDigest", "command_digest"),
        ] {
            if let Some(expected) = expected.get(field) {
                assert_eq!(&shown["attested"][key], expected, "{case}: {key}");
            }
        }
        // 64 bits: digits, of which none can be lost.
        if let Some(counter) = expected.get("auditCounter") {
            let counter = json!(counter.to_string());
            assert_eq!(shown["attested"]["audit_counter"], counter, "{case}");
        }
        if let Some(time) = expected.get("time") {
            let shown = &shown["attested"]["time"];
            assert_eq!(shown["time"], json!(time.to_string()), "{case}");
            let plain = &expected["timeClockInfo"]["resetCount"];
            assert_eq!(&shown["clock_info"]["reset_count"], plain, "{case}");
        }
    }
}

#[test]
fn each_kind_is_refused_as_any_other() {
    for (case, own) in ALL {
        for kind in ["certify", "creation", "nv", "time", "audit"] {
            if kind != *own {
                let tag = text(&facts(case)["attest_type"]).to_owned();
                let message = format!("the signed bytes are a TPM_ST_{tag}, expected a ");
                assert_fails(&attest(case, kind, &[]), "type", &message);
            }
        }
    }
}

#[test]
fn attestation_without_a_signer_is_refused() {
    let nonce = facts("037-gettime-null-signer")["attest"]["extraData"].clone();
    let (ak, message, signature) = (
        path("016-gettime-rsa/ak.pub"),
        path("037-gettime-null-signer/attest"),
        path("037-gettime-null-signer/sig"),
    );
    let ran = run([
        "attest",
        "--kind",
        "time",
        "-u",
        &ak,
        "-m",
        &message,
        "-s",
        &signature,
        "--nonce",
        text(&nonce),
        "--format",
        "json",
    ]);
    assert_fails(&ran, "signature-scheme", "the signature is TPM_ALG_NULL");
}

#[test]
fn each_check_fails_by_its_name() {
    let certify = "006-certify-ak-p256-by-rsa";
    let creation = "012-certifycreation-primary-ecc-by-rsa";
    let nv = "022-nvcertify-plain-16-8-by-rsa";
    let digest = "025-nvcertify-digest-plain";
    let (session, commands) = ("033-sessionaudit-rsa", "034-commandaudit-rsa");
    let other_object = path("012-certifycreation-primary-ecc-by-rsa/created.pub");
    let other_data = path("013-certifycreation-primary-rsa-storage-by-rsa/creation.data");
    let other_index = path("026-nvcertify-counter-8-0-by-rsa/nv.public");
    let other_contents = file("contents", [0x08; 16]);
    let right = file("right", (8..24).collect::<Vec<u8>>());
    let replaced = |case: &str, kind: &str, option: &str, value: &str| {
        let nonce = facts(case)["attest"]["extraData"].clone();
        let mut about = about(case, kind);
        let at = about.iter().position(|it| it == option).unwrap();
        about[at + 1] = value.to_owned();
        let part = |name: &str| path(&format!("{case}/{name}"));
        let (ak, message, signature) = (part("ak.pub"), part("attest"), part("sig"));
        let options = [
            "attest",
            "--kind",
            kind,
            "-u",
            &ak,
            "-m",
            &message,
            "-s",
            &signature,
            "--nonce",
            text(&nonce),
            "--format",
            "json",
        ];
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        run([&options[..], &about].concat())
    };
    let fails = assert_fails;
    fails(
        &attest_nonce(certify, "certify", "00ff55ab", &[]),
        "nonce",
        "the nonce is 00ff55aa",
    );
    fails(
        &replaced(certify, "certify", "--object", &other_object),
        "object",
        "the attested Name is",
    );
    fails(
        &attest(certify, "certify", &["--object-hierarchy", "owner"]),
        "object",
        "the object's qualified name is",
    );
    fails(
        &attest(certify, "certify", &["--hierarchy", "endorsement"]),
        "signer",
        "qualifiedSigner is",
    );
    fails(
        &replaced(creation, "creation", "--creation-data", &other_data),
        "creation",
        "the digest of the creation data is",
    );
    fails(
        &attest(creation, "creation", &["--outside-info", "00"]),
        "creation",
        "outsideInfo is",
    );
    fails(
        &attest(creation, "creation", &["--object-hierarchy", "platform"]),
        "creation",
        "the qualified name of the parent is",
    );
    fails(
        &replaced(nv, "nv", "--nv-public", &other_index),
        "object",
        "the attested Name is",
    );
    fails(
        &attest(nv, "nv", &["--contents", &other_contents, "--offset", "8"]),
        "contents",
        "the NV index holds 08090a",
    );
    fails(
        &attest(nv, "nv", &["--contents", &right]),
        "contents",
        "the contents begin at byte 8, expected 0",
    );
    fails(
        &attest(digest, "nv", &["--contents", &right]),
        "contents",
        "the digest of the expected contents is",
    );
    fails(
        &attest(digest, "nv", &["--contents", &right, "--offset", "8"]),
        "type",
        "ATTEST_NV_DIGEST, expected a TPM_ST_ATTEST_NV",
    );
    fails(
        &attest(session, "audit", &["--audit-digest", "00"]),
        "audit",
        "expected 00",
    );
    fails(
        &attest(session, "audit", &["--exclusive"]),
        "audit",
        "the session was not exclusive",
    );
    fails(
        &attest(session, "audit", &["--audit-commands", "00000140"]),
        "type",
        "ATTEST_SESSION_AUDIT, expected a TPM_ST_ATTEST_COMMAND_AUDIT",
    );
    fails(
        &attest(commands, "audit", &["--exclusive"]),
        "type",
        "ATTEST_COMMAND_AUDIT, expected a TPM_ST_ATTEST_SESSION_AUDIT",
    );
    fails(
        &attest(commands, "audit", &["--audit-commands", "0000017b"]),
        "audit",
        "the digest of the expected commands is",
    );
    fails(
        &attest(commands, "audit", &["--audit-digest", "00"]),
        "audit",
        "expected 00",
    );
}

#[test]
fn what_is_expected_and_holds_is_verified() {
    let right = file("right", (8..24).collect::<Vec<u8>>());
    let whole = file("whole", (0..64).collect::<Vec<u8>>());
    let outside = hex(&read(
        "attest/012-certifycreation-primary-ecc-by-rsa/outside.info",
    ));
    let session = facts("033-sessionaudit-rsa")["attest"]["sessionDigest"].clone();
    let parts = creation_parent("012-certifycreation-primary-ecc-by-rsa");
    for (case, kind, more) in [
        (
            "022-nvcertify-plain-16-8-by-rsa",
            "nv",
            &["--contents", &right, "--offset", "8"][..],
        ),
        ("025-nvcertify-digest-plain", "nv", &["--contents", &whole]),
        (
            "012-certifycreation-primary-ecc-by-rsa",
            "creation",
            &["--outside-info", &outside, "--object-hierarchy", parts],
        ),
        (
            "033-sessionaudit-rsa",
            "audit",
            &["--audit-digest", text(&session)],
        ),
        (
            "036-commandaudit-p256",
            "audit",
            &["--audit-commands", "00000140,0000017b"],
        ),
    ] {
        let ran = attest(case, kind, more);
        assert_eq!(ran.status, 0, "{case}: {ran:?}");
        let check = match kind {
            "nv" => "contents",
            kind => kind,
        };
        assert_eq!(ran.state(check), "ok", "{case}");
    }
}

/// The hierarchy in the creation data of a primary object, whose parent's qualified
/// name is its handle: the last but one field with a size.
fn creation_parent(case: &str) -> &'static str {
    let data = read(&format!("attest/{case}/creation.data"));
    let handles = [
        ("owner", [0x40, 0, 0, 1]),
        ("endorsement", [0x40, 0, 0, 0x0b]),
        ("platform", [0x40, 0, 0, 0x0c]),
        ("null", [0x40, 0, 0, 7]),
    ];
    let mut found = handles
        .iter()
        .filter(|(_, handle)| data.windows(4).any(|window| window == handle));
    let (name, _) = found.next().unwrap();
    assert!(found.next().is_none());
    name
}

#[test]
fn key_is_anchored_as_for_a_quote() {
    let case = "016-gettime-rsa";
    let name = facts(case)["ak_name_hex"].clone();
    let ran = attest(
        case,
        "time",
        &["--ak-name", text(&name), "--require-anchor"],
    );
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["key"]["trust"], "pinned");
    // The key of -u is known to whoever names it; --ak-name has to agree.
    let ran = attest(case, "time", &["--require-anchor"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["key"]["trust"], "pinned");
    let other = facts("017-gettime-p256")["ak_name_hex"].clone();
    assert_fails(
        &attest(case, "time", &["--ak-name", text(&other)]),
        "key-anchor",
        "the key's Name",
    );

    // The key of 017 is the one that 006 certifies.
    let part = |name: &str| path(&format!("006-certify-ak-p256-by-rsa/{name}"));
    let (trusted, message, signature) = (part("ak.pub"), part("attest"), part("sig"));
    let options = [
        "--certified-by",
        &trusted,
        "--certify-attest",
        &message,
        "--certify-sig",
        &signature,
        "--certify-nonce",
        "00ff55aa",
    ];
    let ran = attest("017-gettime-p256", "time", &options);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["key"]["trust"], "certified");
    let ran = attest("018-gettime-p384", "time", &options);
    assert_fails(&ran, "key-anchor", "fails its check object");
    assert_eq!(ran.json()["key"]["trust"], "self-asserted");
    let ran = attest("017-gettime-p256", "time", &options[..2]);
    assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
    assert!(ran.err.contains("needs --certify-attest"), "{ran:?}");
}

#[test]
fn clock_is_compared_with_an_earlier_report() {
    let (earlier, later) = ("021-nvcertify-plain-64-0-by-rsa", "034-commandaudit-rsa");
    let report = file("earlier.json", attest(earlier, "nv", &[]).out);
    let ran = attest(
        later,
        "audit",
        &["--since", &report, "--require-safe-clock"],
    );
    assert_eq!(ran.status, 0, "{ran:?}");
    let report = file("later.json", attest(later, "audit", &[]).out);
    assert_fails(
        &attest(earlier, "nv", &["--since", &report]),
        "clock",
        "the clock went back from 43696 to ",
    );
    assert_fails(
        &attest("017-gettime-p256", "time", &["--since", &report]),
        "clock",
        "the earlier reading is by the key",
    );
    // In a time, the firmware version is plain; elsewhere only for a known hierarchy.
    let version = "2019102300163636";
    let owner = "020-gettime-owner-p256";
    assert_eq!(
        attest(owner, "time", &["--min-firmware", version]).status,
        0
    );
    assert_fails(
        &attest(owner, "time", &["--min-firmware", "2019102300163637"]),
        "clock",
        "the firmware version is 2019102300163636",
    );
    assert_fails(
        &attest(later, "audit", &["--min-firmware", version]),
        "clock",
        "may be obfuscated",
    );
    let refused = attest(later, "audit", &["--min-firmware", version]).out;
    for (name, text, says) in [
        (
            "refused.json",
            &*refused,
            "not the JSON report on evidence that was verified",
        ),
        ("no.json", "{", "not a JSON report"),
    ] {
        let report = file(name, text);
        let ran = attest(later, "audit", &["--since", &report]);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
        assert!(ran.err.contains(says), "{ran:?}");
    }
}

#[test]
fn evidence_that_cannot_be_read_is_malformed_and_named() {
    let case = "016-gettime-rsa";
    let nonce = facts(case)["attest"]["extraData"].clone();
    let part = |name: &str| path(&format!("{case}/{name}"));
    let (ak, message, signature) = (part("ak.pub"), part("attest"), part("sig"));
    let pem = file("ak.pem", "-----BEGIN PUBLIC KEY-----\n");
    let empty = file("empty", "");
    for (ak, message, signature, names, verdict, says) in [
        (
            &pem,
            &message,
            &signature,
            &pem,
            "malformed",
            "looks like PEM",
        ),
        (
            &ak,
            &empty,
            &signature,
            &empty,
            "malformed",
            "attestation: looks like an empty file, not a TPMS_ATTEST",
        ),
        (
            &ak,
            &message,
            &message,
            &message,
            "malformed",
            "not a TPMT_SIGNATURE",
        ),
        (
            &ak,
            &ak,
            &signature,
            &ak,
            "malformed",
            "attestation: looks like a TPM2B_PUBLIC, not a TPMS_ATTEST",
        ),
    ] {
        let ran = run([
            "attest",
            "--kind",
            "time",
            "-u",
            ak,
            "-m",
            message,
            "-s",
            signature,
            "--nonce",
            text(&nonce),
            "--format",
            "json",
        ]);
        let status = if verdict == "malformed" { 2 } else { 1 };
        assert_eq!(ran.status, status, "{ran:?}");
        assert_eq!(ran.json()["verdict"], verdict, "{ran:?}");
        assert!(
            ran.err.contains(&format!("tpm-quote: {names}: ")),
            "{ran:?}"
        );
        assert!(ran.err.contains(says), "{says}: {ran:?}");
    }
}

#[test]
fn options_of_another_kind_and_missing_ones_print_no_report() {
    let time = "016-gettime-rsa";
    let object = path(OBJECT);
    let index = path(INDEX);
    for (kind, options, says) in [
        ("certify", &[][..], "--kind certify needs --object"),
        (
            "creation",
            &["--object", &object],
            "--kind creation needs --creation-data",
        ),
        ("nv", &[], "--kind nv needs --nv-public"),
        (
            "time",
            &["--object", &object],
            "--object is not for --kind time",
        ),
        (
            "time",
            &["--nv-public", &index],
            "--nv-public is not for --kind time",
        ),
        (
            "time",
            &["--audit-digest", "00"],
            "--audit-digest is not for --kind time",
        ),
        (
            "time",
            &["--exclusive"],
            "--exclusive is not for --kind time",
        ),
        (
            "audit",
            &["--audit-commands", "140"],
            "expected 8 hexadecimal digits",
        ),
        (
            "audit",
            &["--audit-commands", "+0000140"],
            "expected 8 hexadecimal digits",
        ),
        ("nv", &["--offset", "0"], "--contents"),
        ("quote", &[], "certify, creation, nv, time, audit"),
        ("time", &["--parent", &object], "--hierarchy"),
        ("time", &["--min-firmware", "00"], "1 bytes, expected 8"),
        ("time", &["--allow-reboots"], "--since"),
    ] {
        let part = |name: &str| path(&format!("{time}/{name}"));
        let (ak, message, signature) = (part("ak.pub"), part("attest"), part("sig"));
        let common = [
            "attest", "--kind", kind, "-u", &ak, "-m", &message, "-s", &signature, "--nonce", "00",
        ];
        let ran = run([&common[..], options].concat());
        assert_eq!((ran.status, &*ran.out), (2, ""), "{options:?}: {ran:?}");
        assert!(ran.err.contains(says), "{says}: {ran:?}");
    }
}

#[test]
fn report_for_a_person_has_a_line_for_each_check_of_the_kind() {
    let case = "006-certify-ak-p256-by-rsa";
    let part = |name: &str| path(&format!("{case}/{name}"));
    let (ak, message, signature) = (part("ak.pub"), part("attest2b"), part("sig"));
    let object = part("certified.pub");
    let ran = run([
        "attest",
        "--kind",
        "certify",
        "-u",
        &ak,
        "-m",
        &message,
        "-s",
        &signature,
        "--nonce",
        "00ff55aa",
        "--object",
        &object,
        "--verbose",
    ]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let headline = "verified: ";
    assert!(ran.out.starts_with(headline), "{ran:?}");
    for check in [
        "input",
        "key-anchor",
        "signature",
        "type",
        "signer",
        "object",
    ] {
        assert_eq!(ran.check(check), "ok");
    }
    assert_eq!(ran.check("clock"), "not asked for");
    assert!(!ran.out.contains("selection"), "{ran:?}");
    assert!(
        ran.out.contains("\nattestation: TPM_ST_ATTEST_CERTIFY\n"),
        "{ran:?}"
    );
}

/// What the object has to be is the caller's: nothing of an attestation key is required.
#[test]
fn object_is_of_the_kind_that_the_options_require() {
    // fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, sign; ECC on P-256.
    let case = "001-certify-ecdsa-signing-key-by-rsa";
    let inside = "fixedTPM,fixedparent,sensitiveDataOrigin";
    let fits = [
        "--object-has",
        inside,
        "--object-lacks",
        "restricted,decrypt",
        "--object-strong-key",
    ];
    let ran = attest(case, "certify", &fits);
    assert_eq!(ran.status, 0, "{ran:?}");
    for (more, problem, message) in [
        (
            &["--object-has", "fixedTPM,restricted"][..],
            "object-attributes",
            "lacks restricted",
        ),
        (
            &["--object-lacks", "sign"],
            "object-attributes",
            "must not have sign",
        ),
    ] {
        let ran = attest(case, "certify", more);
        assert_fails(&ran, "object", message);
        assert_eq!(ran.json()["problem"], problem);
    }
    let sealed = "009-certify-sealed-data-by-rsa";
    assert_eq!(attest(sealed, "certify", &[]).status, 0);
    let ran = attest(sealed, "certify", &["--object-strong-key"]);
    assert_fails(&ran, "object", "expected an RSA or ECC key");
    let ran = attest(case, "certify", &["--object-has", "fixed"]);
    assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
    assert!(
        ran.err.contains("expected one of fixedTPM, stClear"),
        "{ran:?}"
    );
    let ran = attest("016-gettime-rsa", "time", &["--object-strong-key"]);
    assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
}

/// A plain signature, and a TPMT_SIGNATURE: as it is told where nobody says, and never as the
/// other where somebody does.
#[test]
fn form_of_a_signature_can_be_named() {
    let case = "001-certify-ecdsa-signing-key-by-rsa";
    let nonce = facts(case)["attest"]["extraData"].clone();
    let whole = read(&format!("attest/{case}/sig"));
    let plain = file("sig.plain", &whole[6..]);
    let tpmt = path(&format!("{case}/sig"));
    let attest = |signature: &str, more: &[&str]| {
        let (ak, message, object) = (
            path(&format!("{case}/ak.pub")),
            path(&format!("{case}/attest")),
            path(OBJECT),
        );
        let options = [
            "attest",
            "--kind",
            "certify",
            "-u",
            &ak,
            "-m",
            &message,
            "-s",
            signature,
            "--nonce",
            text(&nonce),
            "--object",
            &object,
            "--format",
            "json",
        ];
        run([&options[..], more].concat())
    };
    for (signature, form) in [(&*plain, "plain"), (&tpmt, "tpmt")] {
        assert_eq!(attest(signature, &[]).status, 0);
        let ran = attest(signature, &["--signature-form", form]);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    let ran = attest(&plain, &["--signature-form", "tpmt"]);
    assert_eq!(
        (ran.status, ran.json()["check"].clone()),
        (1, json!("signature-scheme"))
    );
    let ran = attest(&tpmt, &["--signature-form", "plain"]);
    assert_fails(&ran, "signature", "does not match");
}
