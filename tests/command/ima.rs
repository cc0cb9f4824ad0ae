//! `--ima-list` and what goes with it, on whole machines.

use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::{
    boot::{check_json, path, verify},
    tools::{Ran, file, read, state, text},
};

const SHIM: &str = "01-secureboot-grub";
pub const OTHER: &str = "15-trixie-secureboot";
/// PCRs 0, 7 and 10 of the SHA-256 bank.
pub const FEW: &str = "ecc-sha256-few";
/// PCRs 0 to 14 of the SHA-256 bank.
const ALL: &str = "rsa-sha256-0to14";

/// The entries of a list of `ima-ng`, in ASCII: digest and name.
pub fn lines(machine: &str) -> Vec<(String, String)> {
    let text = String::from_utf8(read(&format!("boot/{machine}/ima.ascii"))).unwrap();
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let digest = words[3].strip_prefix("sha256:").unwrap();
        (digest.to_owned(), words[4].to_owned())
    });
    lines.collect()
}

/// What sha256sum would write of these files.
pub fn allow(name: &str, lines: &[(String, String)]) -> String {
    let lines = lines.iter();
    let lines = lines.map(|(digest, name)| format!("{digest}  {name}\n"));
    file(name, lines.collect::<String>())
}

fn both(machine: &str, name: &str, more: &[&str], then: impl Fn(&Ran)) {
    then(&check_json(machine, name, more));
    then(&verify(machine, name, more));
}

#[track_caller]
fn assert_refused(ran: &Ran, status: i32, verdict: &str, check: &str, problem: &str, says: &str) {
    let report = ran.json();
    assert_eq!(ran.status, status, "{report:#}");
    assert_eq!(report["verdict"], verdict, "{report:#}");
    assert_eq!(report["check"], check);
    assert_eq!(report["problem"], problem);
    assert!(text(&report["message"]).contains(says), "{report:#}");
    assert_eq!(report["quote"], Value::Null);
    let expected = match check {
        "ima" => "failed",
        _ => "not-reached",
    };
    assert_eq!(state(&report, "ima"), expected);
}

#[test]
fn list_alone_is_proven_and_counted() {
    let list = path(SHIM, "ima.bin");
    for (name, strength, aggregate) in [
        (FEW, json!({"sha256": "own"}), "not-quoted"),
        (ALL, json!({"sha256": "own"}), "ok"),
        (
            "ecc-both-full",
            json!({"sha256": "own", "sha384": "padded-sha1"}),
            "ok",
        ),
    ] {
        both(SHIM, name, &["--ima-list", &list], |ran| {
            let report = ran.json();
            assert_eq!(ran.status, 0, "{report:#}");
            assert_eq!(
                report["ima"],
                json!({
                    "entries": 56, "proven": 56, "tail_entries": 0, "violations": 0,
                    "unknown": null, "unprotected": 0, "strength": strength,
                    "boot_aggregate": aggregate, "first_unknown": [],
                })
            );
            assert_eq!(report["boot"], Value::Null);
            assert_eq!(state(&report, "ima"), "ok");
            assert_eq!(state(&report, "boot-log"), "not-asked-for");
        });
    }
}

#[test]
fn list_and_boot_log_go_together() {
    let (list, log) = (path(SHIM, "ima.bin"), path(SHIM, "eventlog.bin"));
    let options = ["--ima-list", &list, "--boot-log", &log];
    both(SHIM, ALL, &options, |ran| {
        let report = ran.json();
        assert_eq!(ran.status, 0, "{report:#}");
        assert_eq!(report["ima"]["proven"], 56);
        assert_eq!(report["boot"]["unexplained_pcrs"], json!([]));
        assert_eq!(state(&report, "ima"), "ok");
        assert_eq!(state(&report, "boot-log"), "ok");
    });
    // The log is of this boot, and the list is not.
    let other = path(OTHER, "ima.bin");
    let options = ["--ima-list", &other, "--boot-log", &log];
    both(SHIM, ALL, &options, |ran| {
        assert_refused(
            ran,
            1,
            "rejected",
            "ima",
            "ima-mismatch",
            "no entry of the list",
        );
        assert_eq!(state(&ran.json(), "boot-log"), "ok");
    });
}

#[test]
fn list_of_another_boot_is_rejected() {
    let other = path(OTHER, "ima.bin");
    both(SHIM, FEW, &["--ima-list", &other], |ran| {
        assert_refused(
            ran,
            1,
            "rejected",
            "ima",
            "ima-mismatch",
            "no entry of the list",
        );
        assert_eq!(state(&ran.json(), "boot-log"), "not-asked-for");
        assert_eq!(ran.json()["ima"], Value::Null);
    });
}

#[test]
fn other_files_are_no_lists() {
    let log = path(SHIM, "eventlog.bin");
    both(SHIM, FEW, &["--ima-list", &log], |ran| {
        assert_refused(ran, 2, "malformed", "input", "wrong-file", "a list of IMA");
    });
    let cut = file("cut.bin", &read("boot/01-secureboot-grub/ima.bin")[..1000]);
    both(SHIM, FEW, &["--ima-list", &cut], |ran| {
        assert_refused(
            ran,
            2,
            "malformed",
            "input",
            "ima-truncated",
            "ends within entry",
        );
    });
}

#[test]
fn every_entry_has_to_be_allowed() {
    let lists = ["ima.bin", "ima.ascii", "ima_sha256.bin"].map(|name| path(OTHER, name));
    let good = lines(OTHER);
    let files = &good[1..];
    let whole = allow("allow.txt", files);
    let without: Vec<_> = files
        .iter()
        .filter(|(_, name)| name != "/opt/app/hello.sh")
        .cloned()
        .collect();
    assert_eq!(without.len(), files.len() - 1);
    let (app, _) = files
        .iter()
        .find(|(_, name)| name == "/opt/app/hello.sh")
        .unwrap();
    let app = format!("sha256:{app}");
    let without = allow("without.txt", &without);
    for list in &lists {
        let options = [
            "--ima-list",
            list,
            "--ima-allow",
            &whole,
            "--ima-require",
            &app,
        ];
        both(OTHER, ALL, &options, |ran| {
            let report = ran.json();
            assert_eq!(ran.status, 0, "{report:#}");
            assert_eq!(report["ima"]["unknown"], 0);
            assert_eq!(state(&report, "ima"), "ok");
        });
    }
    // One program is not allowed: the first user's question.
    let options = ["--ima-list", &lists[0], "--ima-allow", &without];
    both(OTHER, ALL, &options, |ran| {
        assert_refused(
            ran,
            1,
            "rejected",
            "ima",
            "ima-not-allowed",
            "/opt/app/hello.sh",
        );
        let report = ran.json();
        let unknown = report["ima"]["first_unknown"].as_array().unwrap();
        assert_eq!((unknown.len(), &report["ima"]["unknown"]), (1, &json!(1)));
        assert_eq!(text(&unknown[0]["name"]), "/opt/app/hello.sh");
        assert_eq!(text(&unknown[0]["digest"]), app);
    });
    // Two lists are one.
    let (first, second) = files.split_at(20);
    let (first, second) = (allow("first.txt", first), allow("second.txt", second));
    let options = [
        "--ima-list",
        &lists[0],
        "--ima-allow",
        &first,
        "--ima-allow",
        &second,
    ];
    both(OTHER, ALL, &options, |ran| assert_eq!(ran.status, 0));
    // What was not measured is missing.
    let never = format!("sha256:{}", "ab".repeat(32));
    let more = file("more.txt", format!("{} x\n", never));
    let options = [
        "--ima-list",
        &lists[0],
        "--ima-allow",
        &whole,
        "--ima-allow",
        &more,
        "--ima-require",
        &never,
    ];
    both(OTHER, ALL, &options, |ran| {
        assert_refused(
            ran,
            1,
            "rejected",
            "ima",
            "ima-required",
            "no file with the required digest",
        );
    });
}

#[test]
fn options_that_do_nothing_are_errors() {
    let list = path(OTHER, "ima.bin");
    let allowed = allow("allow.txt", &lines(OTHER)[1..]);
    let excludes = file(
        "keylime.json",
        r#"{"digests": {}, "excludes": ["/tmp/.*"]}"#,
    );
    let digest = format!("sha256:{}", "ab".repeat(32));
    for (options, says) in [
        (&["--ima-allow", &allowed][..], "--ima-list"),
        (
            &["--ima-list", &list, "--ima-require", &digest],
            "--ima-allow",
        ),
        (
            &["--ima-list", &list, "--dangerous-ima-violations"],
            "--ima-allow",
        ),
        (
            &[
                "--ima-list",
                &list,
                "--ima-allow",
                &allowed,
                "--ima-require",
                "abcd",
            ],
            "expected a digest",
        ),
        (
            &["--ima-list", &list, "--ima-allow", &list],
            "is not a digest and a name",
        ),
        (
            &["--ima-list", &list, "--ima-allow", &excludes],
            "excludes leaves files out",
        ),
    ] {
        both(OTHER, FEW, options, |ran| {
            assert_eq!(ran.status, 2, "{}", ran.err);
            assert!(ran.err.contains(says), "{options:?}: {}", ran.err);
        });
    }
}

#[test]
fn keys_that_signed_files_allow_their_entries() {
    const SIGNED: &str = "../ima/08-ima-sig";
    let list = path(SIGNED, "ima.bin");
    let [rsa, ec] = ["ima-rsa.der", "ima-ec.der"].map(|name| path(SIGNED, name));
    // All that has no good signature: the digests of the others.
    let text = String::from_utf8(read("ima/08-ima-sig/ima.ascii")).unwrap();
    let entries = text.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        (
            words[3].strip_prefix("sha256:").unwrap().to_owned(),
            words[4].to_owned(),
        )
    });
    let entries: Vec<_> = entries.skip(1).collect();
    let of = |names: &[&str]| -> Vec<_> {
        let signed = |name: &str| names.contains(&name);
        entries
            .iter()
            .filter(|(_, name)| !signed(name))
            .cloned()
            .collect()
    };
    let of_rsa = [
        "/disk/bin/portable.sh",
        "/disk/bin/rsa.sh",
        "/disk/etc/signed.conf",
    ];
    let all = [&of_rsa[..], &["/disk/bin/ec.sh"]].concat();
    let rest = allow("unsigned.txt", &of(&all));
    let options = [
        "--ima-list",
        &list,
        "--ima-allow",
        &rest,
        "--ima-key",
        &rsa,
        "--ima-key",
        &ec,
    ];
    both(SIGNED, FEW, &options, |ran| {
        let report = ran.json();
        assert_eq!(ran.status, 0, "{report:#}");
        assert_eq!(report["ima"]["signed"], 4);
        assert_eq!(report["ima"]["unknown"], 0);
        assert_eq!(report["ima"]["signatures_not_judged"], 0);
        // openssl x509 -inform DER -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum
        assert_eq!(
            report["ima"]["signers"],
            json!([
                { "fingerprint": "a2a8509808bbba6de058c7e7cc375a28510ddafa435aaf716d3975631382a136", "entries": 1 },
                { "fingerprint": "5aac4944bed76d2fe2152ad89a21abbb8d6b0219b4b3d337b758576f8ca84261", "entries": 3 },
            ])
        );
    });
    // The key of another signer, and no list: the stale signature, the other key, and no signature.
    both(
        SIGNED,
        FEW,
        &["--ima-list", &list, "--ima-key", &rsa],
        |ran| {
            assert_refused(
                ran,
                1,
                "rejected",
                "ima",
                "ima-not-allowed",
                "entries are not allowed",
            );
            assert_eq!(ran.json()["ima"]["signed"], 3);
        },
    );
    let bad = of(&[&all[..], &["/disk/bin/badsig.sh"]].concat());
    let bad = allow("no-bad.txt", &bad);
    let options = ["--ima-list", &list, "--ima-allow", &bad, "--ima-key", &rsa];
    both(SIGNED, FEW, &options, |ran| {
        assert_refused(
            ran,
            1,
            "rejected",
            "ima",
            "ima-not-allowed",
            "/disk/bin/badsig.sh",
        );
        let unknown = ran.json()["ima"]["first_unknown"].clone();
        let states = unknown.as_array().unwrap().iter();
        let states: Vec<_> = states.map(|entry| entry["signature"].clone()).collect();
        assert_eq!(states, ["invalid", "unknown-key"]);
    });
    let options = ["--ima-list", &list, "--ima-key", &list];
    both(SIGNED, FEW, &options, |ran| {
        assert_eq!(ran.status, 2, "{}", ran.err);
        assert!(ran.err.contains("--ima-key"), "{}", ran.err);
    });
}

#[test]
fn policy_of_ima_has_to_have_been_in_force() {
    let (list, log) = (path(OTHER, "ima.bin"), path(OTHER, "eventlog.bin"));
    let allowed = allow("allow-all.txt", &lines(OTHER)[1..]);
    let all = [
        "--ima-list",
        &list,
        "--ima-allow",
        &allowed,
        "--boot-log",
        &log,
    ];
    // quiet ima_policy=tcb ima_hash=sha256 ..
    let with = |name: &'static str| [&all[..], &["--ima-require-policy", name]].concat();
    both(OTHER, ALL, &with("tcb"), |ran| {
        assert_eq!(ran.status, 0, "{:#}", ran.json());
        assert_eq!(state(&ran.json(), "ima"), "ok");
    });
    both(OTHER, ALL, &with("secure_boot"), |ran| {
        assert_refused(
            ran,
            1,
            "rejected",
            "ima",
            "ima-policy-missing",
            "ima_policy=secure_boot",
        );
    });
    // PCR 8 is not quoted.
    both(OTHER, FEW, &with("tcb"), |ran| {
        assert_refused(ran, 1, "rejected", "ima", "ima-policy-unknown", "PCR 8");
    });
    let alone = [
        "--ima-list",
        &list,
        "--ima-allow",
        &allowed,
        "--ima-require-policy",
        "tcb",
    ];
    both(OTHER, ALL, &alone, |ran| {
        assert_eq!(ran.status, 2, "{}", ran.err);
        assert!(ran.err.contains("--boot-log"), "{}", ran.err);
    });
}

/// More than the memory is meant for: it is read in pieces, with the same report.
#[test]
fn long_list_is_read_in_pieces() {
    let whole = read("boot/15-trixie-secureboot/ima.bin");
    // What follows the proven entries: they are not judged.
    let entry = |number: u32| {
        let mut data = vec![40, 0, 0, 0];
        data.extend(b"sha256:\0");
        data.extend(number.to_le_bytes());
        data.extend([7; 28]);
        let name = format!("/tmp/later-{number}\0");
        data.extend((name.len() as u32).to_le_bytes());
        data.extend(name.bytes());
        let mut entry = vec![10, 0, 0, 0];
        entry.extend(Sha1::digest(&data));
        entry.extend([6, 0, 0, 0]);
        entry.extend(b"ima-ng");
        entry.extend((data.len() as u32).to_le_bytes());
        entry.extend(data);
        entry
    };
    let later: Vec<u8> = (0..15_000).flat_map(entry).collect();
    let long = file("long.bin", [&whole[..], &later].concat());
    let proven = lines(OTHER).len();
    let allowed = allow("allow-long.txt", &lines(OTHER)[1..]);
    let (good, bad) = (lines(OTHER)[5].0.clone(), "ab".repeat(32));
    for (name, required, status) in [(FEW, &good, 0), (ALL, &good, 0), (ALL, &bad, 1)] {
        let required = format!("sha256:{required}");
        let options = [
            "--ima-list",
            &long,
            "--ima-allow",
            &allowed,
            "--ima-require",
            &required,
        ];
        both(OTHER, name, &options, |ran| {
            let report = ran.json();
            assert_eq!(ran.status, status, "{report:#}");
            assert_eq!(report["ima"]["entries"], 15_000 + proven);
            assert_eq!(report["ima"]["proven"], proven);
            assert_eq!(report["ima"]["tail_entries"], 15_000);
            assert_eq!(report["ima"]["unknown"], 0);
            let problem = if status == 0 {
                Value::Null
            } else {
                json!("ima-required")
            };
            assert_eq!(report["problem"], problem);
        });
    }
    // It ends within an entry.
    let cut = file(
        "long-cut.bin",
        [&whole[..], &later[..later.len() - 3]].concat(),
    );
    both(OTHER, FEW, &["--ima-list", &cut], |ran| {
        assert_refused(
            ran,
            2,
            "malformed",
            "input",
            "ima-truncated",
            &format!("ends within entry {}", proven + 14_999),
        );
    });
    // Another boot.
    let other = read("boot/01-secureboot-grub/ima.bin");
    let other = file("long-other.bin", [&other[..], &later].concat());
    both(
        OTHER,
        FEW,
        &["--ima-list", &other, "--ima-allow", &allowed],
        |ran| {
            assert_refused(
                ran,
                1,
                "rejected",
                "ima",
                "ima-mismatch",
                "no entry of the list",
            );
        },
    );
}
