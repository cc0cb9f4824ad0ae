//! `--boot-log`, `--userspace-log` and what goes with them, on whole machines. What is expected
//! comes from their `case.json`, which another program wrote.

use serde_json::{Value, json};

use crate::tools::{Ran, base64, data, file, hex, read, read_json, run, state, text};

pub const SHIM: &str = "01-secureboot-grub";
const SEPARATED: &str = "13-os-separator";
const NO_LOG: &str = "17-no-event-log";
const SYSTEMD: &str = "19-systemd262-uki";
/// PCRs 0 to 14 of the SHA-256 bank.
pub const ALL: &str = "rsa-sha256-0to14";

pub fn path(machine: &str, name: &str) -> String {
    let path = data(&format!("boot/{machine}/{name}"));
    path.into_os_string().into_string().unwrap()
}

fn case(machine: &str) -> Value {
    read_json(&format!("boot/{machine}/case.json"))
}

/// A quote of a machine, as the other program describes it.
pub fn quote(machine: &str, name: &str) -> Value {
    let case = case(machine);
    let mut quotes = case["quotes"].as_array().unwrap().iter();
    let dir = format!("quotes/{name}");
    quotes.find(|quote| quote["dir"] == *dir).unwrap().clone()
}

/// `-l`, or the claim of a block.
fn selection(quote: &Value) -> String {
    let banks = quote["select"].as_array().unwrap().iter().map(|bank| {
        let pcrs = bank["pcrs"].as_array().unwrap().iter();
        let pcrs: Vec<String> = pcrs.map(ToString::to_string).collect();
        format!("{}:{}", text(&bank["bank"]), pcrs.join(","))
    });
    banks.collect::<Vec<_>>().join("+")
}

/// `check` of a machine's quote.
pub fn check(machine: &str, name: &str, more: &[&str]) -> Ran {
    let quote = quote(machine, name);
    let part = |part: &str| path(machine, &format!("quotes/{name}/{part}"));
    run([
        &[
            "check",
            "-u",
            &path(machine, text(&quote["ak"])),
            "-m",
            &part("quote.attest"),
            "-s",
            &part("quote.sig"),
            "-f",
            &part("pcrs.values"),
            "-l",
            &selection(&quote),
            "-q",
            text(&quote["nonce"]),
        ],
        more,
    ]
    .concat())
}

/// The same with the JSON report.
pub fn check_json(machine: &str, name: &str, more: &[&str]) -> Ran {
    check(machine, name, &[&["--format", "json"], more].concat())
}

/// The response that a server would send with the quote: its path.
pub fn response(machine: &str, name: &str) -> String {
    let quote = quote(machine, name);
    let part = |part: &str| read(&format!("boot/{machine}/quotes/{name}/{part}"));
    let values = part("pcrs.values");
    let mut rest = &values[..];
    let mut banks = serde_json::Map::new();
    for bank in quote["select"].as_array().unwrap() {
        let size = match text(&bank["bank"]) {
            "sha256" => 32,
            _ => 48,
        };
        let mut pcrs = serde_json::Map::new();
        for index in bank["pcrs"].as_array().unwrap() {
            let (value, behind) = rest.split_at(size);
            pcrs.insert(index.to_string(), hex(value).into());
            rest = behind;
        }
        banks.insert(text(&bank["bank"]).to_owned(), pcrs.into());
    }
    let attest = part("quote.attest");
    let size = u16::try_from(attest.len()).unwrap().to_be_bytes();
    let block = json!({"tpm_attestation": {
        "is_available": true,
        "pcr_banks": selection(&quote),
        "pcr_values": banks,
        "aik_pubkey_b64": base64(&read(&format!("boot/{machine}/{}", text(&quote["ak"])))),
        "quote_b64": base64(&[&size[..], &attest].concat()),
        "signature_b64": base64(&part("quote.sig")),
    }});
    file("response.json", json!({"_metadata": block}).to_string())
}

/// `verify` of a machine's quote.
pub fn verify(machine: &str, name: &str, more: &[&str]) -> Ran {
    let response = response(machine, name);
    let quote = quote(machine, name);
    let nonce = text(&quote["nonce"]);
    let options = ["verify", &response, "--nonce", nonce, "--format", "json"];
    run([&options[..], more].concat())
}

/// PCRs of one bank, as reports have them.
fn pcrs(bank: &str, indices: impl IntoIterator<Item = u8>) -> Value {
    let pcrs = indices.into_iter();
    pcrs.map(|index| json!({"bank": bank, "index": index}))
        .collect()
}

/// The PCRs for which a log has events, by the other program.
fn logged(machine: &str) -> Vec<u8> {
    let case = case(machine);
    let replay = case["eventlog"]["replay"]["sha256"].as_object().unwrap();
    let mut indices: Vec<u8> = replay.keys().map(|index| index.parse().unwrap()).collect();
    indices.sort_unstable();
    indices
}

#[track_caller]
fn assert_refused(ran: &Ran, status: i32, verdict: &str, check: &str, problem: &str, says: &str) {
    let report = ran.json();
    assert_eq!(ran.status, status, "{report:#}");
    assert_eq!(report["verdict"], verdict, "{report:#}");
    assert_eq!(report["check"], check);
    assert_eq!(report["problem"], problem);
    assert!(text(&report["message"]).contains(says), "{report:#}");
    assert_eq!(report["boot"], Value::Null);
    assert_eq!(report["quote"], Value::Null);
    let boot = match check {
        "boot-log" if verdict == "unsupported" => "unsupported",
        "boot-log" => "failed",
        _ => "not-reached",
    };
    assert_eq!(state(&report, "boot-log"), boot);
}

#[test]
fn log_of_the_same_boot_explains_the_quote() {
    let log = path(SHIM, "eventlog.bin");
    for ran in [
        check_json(SHIM, ALL, &["--boot-log", &log]),
        check_json(SHIM, ALL, &["-e", &log]),
        check_json(SHIM, ALL, &["--eventlog", &log]),
        verify(SHIM, ALL, &["--boot-log", &log]),
    ] {
        let report = ran.json();
        assert_eq!(ran.status, 0, "{report:#}");
        assert_eq!(state(&report, "boot-log"), "ok");
        let boot = &report["boot"];
        assert_eq!(boot["explained_pcrs"], pcrs("sha256", logged(SHIM)));
        // IMA extended it, and its list is no boot log.
        assert_eq!(boot["unexplained_pcrs"], pcrs("sha256", [10]));
        assert_eq!(boot["never_extended_pcrs"], pcrs("sha256", [11, 12, 13]));
        assert_eq!(boot["suffixes"], json!([]));
        assert_eq!(boot["tail_bytes"], 0);
    }
}

#[test]
fn without_logs_nothing_is_asked_for() {
    for ran in [check_json(SHIM, ALL, &[]), verify(SHIM, ALL, &[])] {
        let report = ran.json();
        assert_eq!(ran.status, 0, "{report:#}");
        assert_eq!(state(&report, "boot-log"), "not-asked-for");
        assert_eq!(report["boot"], Value::Null);
    }
    assert!(!check(SHIM, ALL, &[]).out.contains("boot log"));
}

/// DESIGN: `os-separator` is believed by its log or by the caller's word, and that is repeated.
#[test]
fn suffix_is_allowed_by_name_alone_and_reported() {
    let log = path(SEPARATED, "eventlog.bin");
    for ran in [
        check_json(SEPARATED, ALL, &["-e", &log]),
        check_json(
            SEPARATED,
            ALL,
            &["-e", &log, "--allow-suffix", "exit-boot-services"],
        ),
        verify(SEPARATED, ALL, &["--boot-log", &log]),
    ] {
        assert_refused(
            &ran,
            1,
            "rejected",
            "boot-log",
            "log-mismatch",
            "sha256:0 is ",
        );
        assert!(ran.err.contains("eventlog.bin: boot-log: "), "{}", ran.err);
        let help = text(&ran.json()["help"]).to_owned();
        assert!(help.contains("--allow-suffix os-separator"), "{help}");
    }
    let allowed = ["--allow-suffix", "os-separator"];
    for ran in [
        check_json(SEPARATED, ALL, &[&["-e", &log], &allowed[..]].concat()),
        verify(
            SEPARATED,
            ALL,
            &[&["--boot-log", &log], &allowed[..]].concat(),
        ),
    ] {
        let report = ran.json();
        assert_eq!(ran.status, 0, "{report:#}");
        // Where it was extended by hand, says `what` of the case; PCR 10 is IMA's.
        let extended = (0..=7).chain([9, 12, 13, 14]);
        let expected = json!([{"name": "os-separator", "pcrs": pcrs("sha256", extended)}]);
        assert_eq!(report["boot"]["suffixes"], expected);
    }
    let ran = check(SEPARATED, ALL, &[&["-e", &log], &allowed[..]].concat());
    let says = "os-separator is the end of sha256:0,1,2,3,4,5,6,7,9,12,13,14\n";
    assert!(ran.out.contains(says), "{}", ran.out);
}

#[test]
fn log_of_systemd_explains_what_it_extended() {
    let (log, later) = (
        path(SYSTEMD, "eventlog.bin"),
        path(SYSTEMD, "tpm2-measure.log"),
    );
    let alone = check_json(SYSTEMD, ALL, &["-e", &log]);
    assert_refused(
        &alone,
        1,
        "rejected",
        "boot-log",
        "log-mismatch",
        "sha256:0 is ",
    );
    let both = ["--boot-log", &*log, "--userspace-log", &later];
    for ran in [check_json(SYSTEMD, ALL, &both), verify(SYSTEMD, ALL, &both)] {
        let report = ran.json();
        assert_eq!(ran.status, 0, "{report:#}");
        assert_eq!(report["boot"]["suffixes"], json!([]));
        let explained = report["boot"]["explained_pcrs"].as_array().unwrap();
        for index in [0, 7, 11] {
            assert!(explained.contains(&json!({"bank": "sha256", "index": index})));
        }
    }
    // The firmware's PCRs have no log.
    let ran = check_json(SYSTEMD, ALL, &["--userspace-log", &later]);
    assert_refused(
        &ran,
        1,
        "rejected",
        "boot-log",
        "log-unexplained",
        "no events for sha256:0",
    );
    assert!(text(&ran.json()["help"]).contains("--boot-log"));
}

#[test]
fn log_of_another_boot_is_refused() {
    let log = path("15-trixie-secureboot", "eventlog.bin");
    let ran = check_json(SHIM, ALL, &["-e", &log]);
    assert_refused(&ran, 1, "rejected", "boot-log", "log-mismatch", "by the ");
    // A machine without a log, and none or another's.
    let empty = file("empty", "");
    let ran = check_json(NO_LOG, ALL, &["-e", &empty]);
    assert_refused(
        &ran,
        2,
        "malformed",
        "input",
        "log-empty",
        "the log has no events",
    );
    let ran = verify(NO_LOG, ALL, &["--boot-log", &log]);
    assert_refused(&ran, 1, "rejected", "boot-log", "log-mismatch", "sha256:");
}

#[test]
fn log_that_is_cut_padded_or_of_other_banks_says_so() {
    let whole = read(&format!("boot/{SHIM}/eventlog.bin"));
    let cut = file("cut.bin", &whole[..whole.len() - 1]);
    let ran = check_json(SHIM, ALL, &["-e", &cut]);
    assert_refused(
        &ran,
        2,
        "malformed",
        "input",
        "log-truncated",
        "within event",
    );
    let offset = ran.json()["place"]["offset"].as_u64().unwrap();
    assert!((20_000..20_807).contains(&offset), "{offset}");
    assert_eq!(ran.json()["place"]["source"], cut);
    assert_eq!(state(&ran.json(), "signature"), "ok");

    let padded = file("padded.bin", [&whole[..], &[0xff; 777]].concat());
    let ran = check_json(SHIM, ALL, &["-e", &padded]);
    assert_refused(&ran, 2, "malformed", "input", "log-tail", "777 bytes 0xff");
    assert!(text(&ran.json()["help"]).contains("--allow-padding"));
    let ran = check_json(SHIM, ALL, &["-e", &padded, "--allow-padding"]);
    assert_eq!(
        (ran.status, &ran.json()["boot"]["tail_bytes"]),
        (0, &json!(777))
    );
    let ran = check(SHIM, ALL, &["-e", &padded, "--allow-padding"]);
    assert!(
        ran.out.contains("777 bytes after the last event"),
        "{}",
        ran.out
    );

    // The same events in the form of TPM 1.2, for a quote of another bank.
    let legacy = [&[0, 0, 0, 0, 8, 0, 0, 0][..], &[7; 20], &[0; 4]].concat();
    let legacy = file("legacy.bin", legacy);
    let ran = check_json(SHIM, ALL, &["-e", &legacy]);
    assert_refused(
        &ran,
        1,
        "unsupported",
        "boot-log",
        "log-unsupported",
        "bank sha256",
    );
}

#[test]
fn o8_file_that_is_no_log_says_what_it_looks_like() {
    let log = path(SHIM, "eventlog.bin");
    let ima = [
        &[10, 0, 0, 0][..],
        &[7; 20],
        &[6, 0, 0, 0],
        b"ima-ng",
        &[1, 0, 0, 0, 0],
    ]
    .concat();
    let ascii = format!(
        "10 {} ima-ng sha256:{} boot_aggregate\n",
        "ab".repeat(20),
        "cd".repeat(32)
    );
    let later = path(SYSTEMD, "tpm2-measure.log");
    for (wrong, seen) in [
        (file("ima", ima), "a list of IMA (binary)"),
        (file("ascii", ascii), "a list of IMA (ASCII)"),
        (file("json", "{}"), "JSON"),
        (
            file("pem", "-----BEGIN CERTIFICATE-----\nMAA=\n"),
            "PEM (a certificate)",
        ),
        (
            file("yaml", "---\nversion: 1\nevents:\n- EventNum: 0\n"),
            "YAML (tpm2_eventlog)",
        ),
        (path(SHIM, "ak-rsa.pub"), "a TPM2B_PUBLIC"),
        (later, "systemd's log of what it extends"),
    ] {
        for ran in [
            check_json(SHIM, ALL, &["-e", &wrong]),
            verify(SHIM, ALL, &["--boot-log", &wrong]),
        ] {
            assert_refused(&ran, 2, "malformed", "input", "wrong-file", seen);
            assert_eq!(state(&ran.json(), "signature"), "not-reached", "{seen}");
            assert!(ran.err.contains(&wrong), "{}", ran.err);
        }
    }
    let ran = check_json(SHIM, ALL, &["-e", &log, "--userspace-log", &log]);
    assert_refused(
        &ran,
        2,
        "malformed",
        "input",
        "wrong-file",
        "the firmware's event log",
    );
    // And where another file is wanted.
    let quote = quote(SHIM, ALL);
    let key = path(SHIM, text(&quote["ak"]));
    let ran = run(["check", "-u", &key, "-m", &log, "-s", &log, "-F", "json"]);
    assert_eq!(
        (ran.status, &ran.json()["problem"]),
        (2, &json!("wrong-file"))
    );
}

#[test]
fn options_without_a_log_and_one_log_for_many_lines_are_wrong_usage() {
    let log = path(SHIM, "eventlog.bin");
    for (more, says) in [
        (
            &["--allow-suffix", "os-separator"][..],
            "--allow-suffix is for logs",
        ),
        (&["--allow-padding"], "--allow-padding is for the log"),
        (
            &["--userspace-log", "x", "--allow-padding"],
            "--allow-padding is for the log",
        ),
        (&["-e", "x", "--boot-log", "x"], "cannot be used with"),
        (&["-e", "/nonexistent/log"], "cannot be read"),
        (
            &["-e", &log, "--allow-suffix", "anything"],
            "exit-boot-services, os-separator",
        ),
    ] {
        let ran = check(SHIM, ALL, more);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{more:?}");
        assert!(ran.err.contains(says), "{more:?}: {}", ran.err);
    }
    let lines = file("lines", "{}\n");
    let ndjson = ["verify", &lines, "--ndjson", "--payload-id-field", "id"];
    for option in [&["--boot-log", &*log][..], &["--userspace-log", &log]] {
        let ran = run([&ndjson[..], option].concat());
        assert_eq!((ran.status, &*ran.out), (2, ""), "{option:?}");
        let says = format!("{} is for one response", option[0]);
        assert!(ran.err.contains(&says), "{}", ran.err);
    }
}

/// What a log says of a quote that was refused is of no interest.
#[test]
fn quote_is_judged_before_its_log() {
    let log = path(SHIM, "eventlog.bin");
    let response = response(SHIM, ALL);
    let ran = run([
        "verify",
        &response,
        "--nonce",
        "00",
        "--boot-log",
        &log,
        "--format",
        "json",
    ]);
    let report = ran.json();
    assert_eq!((ran.status, &report["check"]), (1, &json!("nonce")));
    assert_eq!(state(&report, "boot-log"), "not-reached");
    assert_eq!(report["boot"], Value::Null);
    // Without a TPM there is nothing that could be replayed.
    let none = file(
        "none.json",
        r#"{"_metadata": {"tpm_attestation": {"is_available": false}}}"#,
    );
    let tier = ["--tier", "high", "--format", "json"];
    let ran = run([
        &["verify", &none, "--nonce", "00", "--boot-log", &log],
        &tier[..],
    ]
    .concat());
    assert_eq!(
        (ran.status, &ran.json()["verdict"]),
        (0, &json!("unavailable"))
    );
    assert_eq!(state(&ran.json(), "boot-log"), "not-reached");
}

/// The logs that explain the quotes of a machine.
fn logs(machine: &str) -> Vec<String> {
    let log = path(machine, "eventlog.bin");
    let mut options = vec!["--boot-log".to_owned(), log];
    match machine {
        SYSTEMD => options.extend([
            "--userspace-log".to_owned(),
            path(SYSTEMD, "tpm2-measure.log"),
        ]),
        SEPARATED => options.extend(["--allow-suffix", "os-separator"].map(str::to_owned)),
        _ => {}
    }
    options
}

/// `check` of a machine with its logs.
pub fn booted(machine: &str, name: &str, more: &[&str]) -> Ran {
    let logs = logs(machine);
    let logs: Vec<&str> = logs.iter().map(String::as_str).collect();
    check(machine, name, &[&logs, more].concat())
}

/// Digests of SHA-256 of a list of another program's.
fn digests(list: &Value) -> Vec<&str> {
    let of_boot = list.as_array().unwrap().iter();
    let of_boot = of_boot.filter(|image| image["pcr"] == 4);
    of_boot.map(|image| text(&image["sha256"])).collect()
}

#[test]
fn facts_are_those_of_another_program() {
    let mut seen = (0, 0, 0);
    for machine in [
        SHIM,
        "03-sdboot-uki",
        "05-efistub-shell",
        SEPARATED,
        "15-trixie-secureboot",
        "18-ownkeys-uki",
        SYSTEMD,
        "24-mok-validation-off",
    ] {
        let ran = booted(machine, ALL, &["--format", "json"]);
        let report = ran.json();
        assert_eq!(ran.status, 0, "{machine}: {report:#}");
        let (boot, facts) = (&report["boot"], &case(machine)["facts"]);
        let state = match facts["secure_boot"].as_bool() {
            Some(true) => "on",
            _ => "off",
        };
        assert_eq!(boot["secure_boot"], state, "{machine}");
        let disabled = machine.starts_with("24-");
        let validation = ["not-disabled", "disabled"][usize::from(disabled)];
        assert_eq!(boot["mok_validation"], validation, "{machine}");

        let images = boot["images"].as_array().unwrap();
        let found: Vec<&str> = images.iter().map(|image| text(&image["digest"])).collect();
        assert_eq!(found, digests(&facts["images_loaded"]), "{machine}");
        assert!(images.iter().all(|image| image["algorithm"] == "sha256"));
        seen.0 += images.len();

        let authorities = boot["authorities"].as_array().unwrap();
        let expected = facts["authorities"].as_array().unwrap();
        assert_eq!(authorities.len(), expected.len(), "{machine}");
        for (found, expected) in authorities.iter().zip(expected) {
            assert_eq!(found["name"], expected["name"]);
            assert_eq!(found["guid"], expected["guid"]);
            let fingerprint = expected.pointer("/certificate/sha256");
            assert_eq!(
                found["certificate_sha256"],
                *fingerprint.unwrap_or(&Value::Null)
            );
            assert_eq!(found["side"], "after-separator");
            seen.1 += 1;
        }
        for line in expected.iter().filter(|line| line["name"] == "SbatLevel") {
            let found = authorities.iter().find(|one| one["name"] == "SbatLevel");
            assert_eq!(found.unwrap()["sbat"], line["text"], "{machine}");
        }

        let grub = facts["measured_texts"].as_array().unwrap().iter();
        let mut grub = grub.filter(|text| text["kind"] == "kernel_cmdline");
        if let Some(line) = grub.next() {
            let lines = boot["command_lines"].as_array().unwrap();
            let line = json!({"text": line["text"], "proven_by": "grub"});
            assert!(lines.contains(&line), "{machine}: {boot:#}");
            seen.2 += 1;
        }
        let unknown = boot["unknown"].as_array().unwrap();
        for fact in [
            "secure_boot",
            "mok_validation",
            "images",
            "command_lines",
            "authorities",
        ] {
            let is_unknown = unknown.iter().any(|one| one["fact"] == fact);
            assert_eq!(is_unknown, boot[fact].is_null(), "{machine}: {fact}");
        }
    }
    assert_eq!(seen, (23, 13, 4));
}

/// A quote that leaves PCRs out says nothing of them, whatever the log says.
#[test]
fn fact_of_a_pcr_that_is_not_quoted_is_unknown_and_says_why() {
    let ran = booted(SHIM, "ecc-sha256-few", &["--format", "json"]);
    let report = ran.json();
    let boot = &report["boot"];
    assert_eq!((ran.status, &boot["secure_boot"]), (0, &json!("on")));
    assert_eq!(boot["images"], Value::Null);
    let unknown = boot["unknown"].as_array().unwrap();
    let images = unknown.iter().find(|one| one["fact"] == "images").unwrap();
    assert_eq!(images["reason"], "not-quoted");
    assert_eq!(images["message"], "the quote does not cover PCR 4");
    let ran = booted(SHIM, "ecc-sha256-few", &[]);
    let says = "  images            unknown: the quote does not cover PCR 4\n";
    assert!(ran.out.contains(says), "{}", ran.out);

    // In both banks each image has both digests.
    let ran = booted(SHIM, "ecc-both-full", &["--format", "json"]);
    let report = ran.json();
    let images = report["boot"]["images"].as_array().unwrap();
    let banks = images.iter().map(|image| text(&image["algorithm"]));
    assert_eq!(banks.collect::<Vec<_>>(), ["sha256", "sha384"].repeat(4));
}

#[test]
fn text_says_what_secure_boot_was_and_what_that_is_not() {
    let out = booted(SHIM, ALL, &[]).out;
    let says = "  Secure Boot       on, as the firmware measured it; nothing here shows that it was enforced\n";
    assert!(out.contains(says), "{out}");
    let db = "48e99b991f57fc52f76149599bff0a58c47154229b9f8d603ac40d3500248507";
    assert!(
        out.contains(&format!("  authority         db, certificate {db}\n")),
        "{out}"
    );
    assert!(
        out.contains("  command line      /vmlinuz console=ttyS0 "),
        "{out}"
    );
    let out = booted("24-mok-validation-off", ALL, &[]).out;
    assert!(
        out.contains("  shim              was told not to check what it starts\n"),
        "{out}"
    );
}

/// LOGS.md, 7: the kernel of machine 24 says "Secure boot disabled".
#[test]
fn secure_boot_that_was_not_enforced_is_warned_of() {
    let says = "Secure Boot was on, and not enforced: shim was told not to check what it starts (MokSBState).";
    let ran = booted("24-mok-validation-off", ALL, &["--format", "json"]);
    assert_eq!((ran.status, &ran.json()["warnings"]), (0, &json!([says])));
    assert!(ran.err.contains(says), "{}", ran.err);
    for machine in [SHIM, "05-efistub-shell"] {
        let ran = booted(machine, ALL, &["--format", "json"]);
        assert_eq!(ran.json()["warnings"], json!([]), "{machine}");
    }
    let out = booted(SHIM, ALL, &[]).out;
    assert!(
        out.contains(": sbat,1,2025021800; shim,4; grub,5\n"),
        "{out}"
    );
}
