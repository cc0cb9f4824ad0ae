//! `--trust FILE` and `--machine NAME`: three machines, one pinned, one by certificate, one
//! certified.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};

use crate::{
    anchors::{certified_response, p256_public, response_by_p256},
    tools::{Ran, block_path, data, file, folder, read, run, run_on, state, text},
};

/// Of the RSA key of the blocks, from the facts beside them.
const NAME: &str = "000b4611c66b0daff40ebbe980b0c5ee42463e495debd13536864ab51a47916248e0";
const ID: &str = "22c4a258-d445-5bdd-885d-40980abcee2d";
const NONCE: &str = "6e6f6e6365206f662072657175657374";
const AT: &str = "2030-01-01T00:00:00Z";

/// The trust file of an operator with three machines, and the files that it names.
fn fleet(lines: &str) -> String {
    let folder = folder("fleet");
    let root = read("certificates/root.der");
    fs::write(folder.join("ca.der"), root).unwrap();
    fs::write(
        folder.join("other-ca.der"),
        read("certificates/root-stranger.der"),
    )
    .unwrap();
    fs::write(folder.join("lasting.pub"), certified_response().1).unwrap();
    fs::write(folder.join("lab key.pub"), p256_public()).unwrap();
    let path = folder.join("fleet.trust");
    fs::write(&path, lines).unwrap();
    path.into_os_string().into_string().unwrap()
}

fn three() -> String {
    fleet(&format!(
        "# The three machines.\nweb-01 ak-name {NAME}\nfleet ak-ca ca.der valid-before=20310101\n\nlab certified-by lasting.pub\n"
    ))
}

/// The response of the machine that is pinned.
fn pinned(trust: &str, more: &[&str]) -> Ran {
    let block = block_path("rsa-main-aik-tpm2b");
    let options = ["verify", &block, "--payload-id", ID, "--trust", trust];
    run([&options[..], &["--format", "json"], more].concat())
}

/// A response by the key on P-256.
fn by_p256(response: &Value, trust: &str, more: &[&str]) -> Ran {
    let response = file("response.json", response.to_string());
    let options = ["verify", &response, "--nonce", NONCE, "--trust", trust];
    run([&options[..], &["--at", AT, "--format", "json"], more].concat())
}

fn ak_cert() -> String {
    let path = data("certificates/ak-p256.der");
    path.into_os_string().into_string().unwrap()
}

#[track_caller]
fn vouched(ran: &Ran, trust: &str, (line, name): (u32, &str)) {
    let report = ran.json();
    assert_eq!(
        (ran.status, text(&report["verdict"])),
        (0, "verified"),
        "{ran:?}"
    );
    assert_eq!(report["key"]["trust"], trust, "{report:#}");
    assert_eq!(state(&report, "key-anchor"), "ok");
    let by = &report["key"]["vouched_by"];
    assert!(text(&by["file"]).ends_with("fleet.trust"), "{by}");
    assert_eq!((&by["line"], &by["name"]), (&json!(line), &json!(name)));
}

#[track_caller]
fn refused(ran: &Ran, problem: &str, says: &str) {
    let report = ran.json();
    let found = (ran.status, text(&report["verdict"]), text(&report["check"]));
    assert_eq!(found, (1, "rejected", "key-anchor"), "{report:#}");
    assert_eq!(report["problem"], problem, "{report:#}");
    let message = text(&report["message"]);
    assert!(message.starts_with(says), "{message}");
    assert_eq!(report["key"]["trust"], "self-asserted");
    assert_eq!(report["key"].get("vouched_by"), None);
    assert_eq!(report["quote"], Value::Null);
}

#[track_caller]
fn usage(ran: &Ran, says: &str) {
    assert_eq!((ran.status, &*ran.out), (2, ""), "{says}: {}", ran.err);
    assert!(ran.err.contains(says), "{says}: {}", ran.err);
}

#[test]
fn three_machines_are_each_vouched_for_by_their_own_line() {
    let trust = three();
    for machine in [&["--machine", "web-01"][..], &[]] {
        vouched(&pinned(&trust, machine), "pinned", (2, "web-01"));
    }
    let certificate = ak_cert();
    let certificate = ["--ak-cert", &certificate];
    let ran = by_p256(&response_by_p256(), &trust, &certificate);
    vouched(&ran, "certificate", (3, "fleet"));
    assert_eq!(ran.json()["key"]["certificate"]["issuer"], "CN=Root");
    let (response, _) = certified_response();
    let ran = by_p256(&response, &trust, &["--machine", "lab"]);
    vouched(&ran, "certified", (5, "lab"));
    // The text says the same.
    let block = block_path("rsa-main-aik-tpm2b");
    let ran = run(["verify", &block, "--payload-id", ID, "--trust", &trust]);
    let line = "fleet.trust, line 2 (web-01)\n";
    assert!(ran.out.contains(line), "{}", ran.out);
}

#[test]
fn x7_one_machine_does_not_answer_for_another() {
    let trust = three();
    let only = "the only one that counts, does not hold: ";
    let ran = pinned(&trust, &["--machine", "lab"]);
    refused(&ran, "certification-missing", &format!("line 5, {only}"));
    let (response, _) = certified_response();
    let ran = by_p256(&response, &trust, &["--machine", "web-01"]);
    refused(&ran, "key-name-not-pinned", &format!("line 2, {only}"));
    let certificate = ak_cert();
    let more = ["--ak-cert", &*certificate, "--machine", "web-01"];
    let ran = by_p256(&response_by_p256(), &trust, &more);
    refused(&ran, "key-name-not-pinned", &format!("line 2, {only}"));
    // Letter by letter.
    usage(
        &pinned(&trust, &["--machine", "WEB-01"]),
        "no line for \"WEB-01\"",
    );
    usage(
        &pinned(&trust, &["--machine", "web"]),
        "no line for \"web\"",
    );
}

/// Nothing self-asserted passes, and the line that comes nearest says why it does not hold.
#[test]
fn k1_key_that_no_line_vouches_for_is_refused() {
    let trust = three();
    let says = "none of the 3 lines that count holds; the nearest is line 2: the key's Name";
    refused(
        &by_p256(&response_by_p256(), &trust, &[]),
        "key-name-not-pinned",
        says,
    );
    let trust = fleet("a certified-by lasting.pub\nb ak-ca other-ca.der\n");
    let certificate = ak_cert();
    let ran = by_p256(&response_by_p256(), &trust, &["--ak-cert", &certificate]);
    let report = ran.json();
    assert_eq!((ran.status, text(&report["check"])), (1, "key-anchor"));
    let message = text(&report["message"]);
    let says = "none of the 2 lines that count holds; the nearest is line 2: ";
    assert!(message.starts_with(says), "{message}");
}

#[test]
fn line_counts_while_it_is_valid() {
    let key = format!("a ak-name {NAME}");
    let trust = fleet(&format!("{key} valid-after=2029 valid-before=20300101\n"));
    usage(&pinned(&trust, &[]), "fleet.trust:1:92: ");
    let trust = fleet(&format!(
        "{key} valid-after=20290101 valid-before=20300101\n"
    ));
    vouched(
        &pinned(&trust, &["--at", "2029-12-31T23:59:59Z"]),
        "pinned",
        (1, "a"),
    );
    vouched(
        &pinned(&trust, &["--at", "2029-01-01T00:00:00Z"]),
        "pinned",
        (1, "a"),
    );
    let ran = pinned(&trust, &["--at", "2030-01-01T00:00:00Z"]);
    let says = "line 1, the only one that counts, does not hold: it vouches for the key, but ";
    // By `date -u -d 2030-01-01 +%s`.
    refused(
        &ran,
        "trust-line-expired",
        &format!("{says}expired at 1893456000"),
    );
    let ran = pinned(&trust, &["--at", "2028-12-31T23:59:59Z"]);
    refused(
        &ran,
        "trust-line-not-yet-valid",
        &format!("{says}only from 1861920000 on"),
    );
    // Of another key it is not said that its line expired.
    let ran = by_p256(&response_by_p256(), &trust, &[]);
    refused(&ran, "key-name-not-pinned", "line 1, ");
    // Another line may go on.
    let trust = fleet(&format!("{key} valid-before=20290101\nb ak-name {NAME}\n"));
    vouched(&pinned(&trust, &["--at", AT]), "pinned", (2, "b"));
}

#[test]
fn key_of_check_has_to_be_vouched_for_as_well() {
    let part = |name: &str| {
        let path = data(&format!("cases/005-main-p256-ecdsa-sha256/{name}"));
        path.into_os_string().into_string().unwrap()
    };
    let (key, message, signature) = (part("ak.pub"), part("quote.attest"), part("quote.sig"));
    let (pcrs, nonce) = (part("pcrs.serialized"), format!("@{}", part("nonce.bin")));
    let check = |more: &[&str]| {
        let files = [
            "check", "-u", &key, "-m", &message, "-s", &signature, "-f", &pcrs,
        ];
        run([&files[..], &["-q", &nonce, "-F", "json", "--at", AT], more].concat())
    };
    let trust = three();
    let ran = check(&["--trust", &trust]);
    refused(
        &ran,
        "key-name-not-pinned",
        "none of the 3 lines that count holds",
    );
    let path = data("certificates/ak-main-p256.der");
    let ran = check(&["--trust", &trust, "--ak-cert", path.to_str().unwrap()]);
    let report = ran.json();
    assert_eq!(report["key"]["vouched_by"]["name"], "fleet", "{report:#}");
    assert_eq!(report["key"]["trust"], "certificate");
    // The file of the key, by its Name and by its numbers.
    let public = fleet(&format!("a ak-key \"{key}\"\n"));
    let report = check(&["--trust", &public]).json();
    assert_eq!(report["key"]["trust"], "pinned", "{report:#}");
    let spki = part("ak.pem");
    let numbers = fleet(&format!("a ak-key \"{spki}\"\n"));
    let report = check(&["--trust", &numbers]).json();
    assert_eq!(report["key"]["trust"], "pinned-key", "{report:#}");
    let other = fleet("a ak-key \"lab key.pub\"\n");
    refused(
        &check(&["--trust", &other]),
        "key-name-not-pinned",
        "line 1, ",
    );
}

#[test]
fn many_responses_are_each_judged_by_the_lines() {
    let trust = three();
    let block = fs::read_to_string(block_path("rsa-main-aik-tpm2b")).unwrap();
    let block: Value = serde_json::from_str(&block).unwrap();
    let line = json!({"id": ID, "response": block}).to_string();
    let options = [
        "verify",
        "--ndjson",
        "--payload-id-field",
        "id",
        "--trust",
        &trust,
    ];
    let ran = run_on(options, line.as_bytes());
    usage(&ran, "--trust with --ndjson needs --at");
    let ran = run_on([&options[..], &["--at", AT]].concat(), line.as_bytes());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["key"]["vouched_by"]["line"], 2);
    let more = ["--at", AT, "--machine", "lab"];
    let ran = run_on([&options[..], &more].concat(), line.as_bytes());
    assert_eq!(
        (ran.status, &ran.json()["problem"]),
        (1, &json!("certification-missing"))
    );
}

#[test]
fn o3_what_would_have_no_effect_is_wrong_usage() {
    let trust = three();
    usage(&pinned(&trust, &["--ak-name", NAME]), "cannot be used with");
    usage(
        &pinned(&trust, &["--certified-by", "x"]),
        "cannot be used with",
    );
    usage(
        &pinned(&trust, &["--ak-cert", "x", "--ca", "x"]),
        "cannot be used with",
    );
    usage(
        &pinned(&trust, &["--profile", "tcg", "--ak-cert", "x"]),
        "cannot be used with",
    );
    let block = block_path("rsa-main-aik-tpm2b");
    let ran = run(["verify", &block, "--payload-id", ID, "--machine", "web-01"]);
    usage(&ran, "--trust <FILE>");
    let twice = fleet(&format!(
        "a ak-name {NAME}\nb ak-key \"lab key.pub\"\na ak-name {NAME}\n"
    ));
    usage(
        &pinned(&twice, &[]),
        "fleet.trust:3:1: the line stands in the file already",
    );
    usage(
        &pinned(&fleet("a ak-key no.pub\n"), &[]),
        "fleet.trust:1:1: ak-key: ",
    );
    usage(
        &pinned(&fleet("a ak-nam no.pub\n"), &[]),
        "fleet.trust:1:3: trust file at byte 2: ",
    );
}

/// A policy file says it as well.
#[test]
fn policy_file_names_the_trust_file_and_the_machine() {
    let trust = three();
    let policy = file(
        "policy.json",
        json!({"trust": trust, "machine": "lab"}).to_string(),
    );
    let block = block_path("rsa-main-aik-tpm2b");
    let options = ["verify", &block, "--payload-id", ID, "--format", "json"];
    let ran = run([&options[..], &["--policy", &policy]].concat());
    refused(&ran, "certification-missing", "line 5, ");
}

/// What a policy file does not say, and why.
const LEFT_OUT: &[(&str, &[&str])] = &[
    (
        "the request's own",
        &["payload-id", "nonce", "qualification", "dangerous-no-nonce"],
    ),
    (
        "the evidence: that of one message",
        &[
            "message",
            "signature",
            "pcr",
            "evidence",
            "public",
            "eventlog",
            "boot-log",
            "userspace-log",
            "ima-list",
            "certify-attest",
            "certify-sig",
            "certify-creation",
            "creation-data",
            "report",
        ],
    ),
    (
        "what that evidence is, where it does not tell",
        &[
            "hash-algorithm",
            "scheme",
            "signature-form",
            "pcr-list",
            "kind",
        ],
    ),
    (
        "what one attestation is about",
        &[
            "object",
            "object-hierarchy",
            "object-parent",
            "object-has",
            "object-lacks",
            "object-strong-key",
            "allow-empty-signer",
            "outside-info",
            "nv-public",
            "nv-name",
            "contents",
            "offset",
            "audit-digest",
            "audit-commands",
            "exclusive",
        ],
    ),
    (
        "how input is read and results are written",
        &[
            "ndjson",
            "payload-id-field",
            "response-field",
            "allow-empty",
            "threads",
            "format",
            "verbose",
            "merge",
            "output",
            "ima",
            "ima-entries",
            "ima-state",
            "ima-state-out",
            "boot-policy",
            "dangerous-learn-self-asserted",
        ],
    ),
    ("no requirement", &["policy", "help", "quiet", "tcti"]),
];

#[test]
fn every_option_is_a_key_of_policy_files_or_left_out_for_a_reason() {
    let docs = fs::read_to_string("docs/policy.md").unwrap();
    let (_, docs) = docs.split_once("## Keys of the options").unwrap();
    let (docs, _) = docs.split_once("`false`").unwrap();
    let mut left_out: BTreeSet<&str> = BTreeSet::new();
    for (_, options) in LEFT_OUT {
        left_out.extend(*options);
    }
    let mut seen = BTreeSet::new();
    for command in ["verify", "check", "attest", "baseline"] {
        let help = run([command, "--help"]).out;
        for line in help.lines() {
            let line = line.trim_start();
            let line = match line.as_bytes() {
                [b'-', _, b',', b' ', ..] => &line[4..],
                _ => line,
            };
            let Some(option) = line.strip_prefix("--") else {
                continue;
            };
            let end = option.find([' ', '[', '=', '.']).unwrap_or(option.len());
            seen.insert(option[..end].to_owned());
        }
    }
    assert!(seen.len() > 60, "{seen:?}");
    for option in &seen {
        let key = option.replace('-', "_");
        let is_key = docs.contains(&format!("`{key}`"));
        let is_left_out = left_out.contains(option.as_str());
        assert!(
            is_key != is_left_out,
            "--{option}: a key: {is_key}, left out: {is_left_out}"
        );
    }
    for option in left_out {
        assert!(seen.contains(option), "no command has --{option}");
    }
}
