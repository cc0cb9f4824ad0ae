//! `--ima-state` and `--ima-state-out`: a list that goes on where an earlier one ended.

use std::fs;

use serde_json::{Value, json};

use crate::{
    boot::{check_json, path, verify},
    ima::{FEW, OTHER, allow, lines},
    tools::{file, run, state, text},
};

fn out(name: &str) -> String {
    let out = file(name, "");
    fs::remove_file(&out).unwrap();
    out
}

#[test]
fn list_goes_on_from_a_state() {
    let list = path(OTHER, "ima.bin");
    let proven = lines(OTHER).len();
    let allowed = allow("allow-state.txt", &lines(OTHER)[1..]);
    let required = format!("sha256:{}", lines(OTHER)[5].0);
    let kept = out("state.bin");
    let judged = ["--ima-allow", &allowed, "--ima-require", &required];
    let first = ["--ima-list", &list, "--ima-state-out", &kept];
    let ran = check_json(OTHER, FEW, &[&first[..], &judged].concat());
    assert_eq!(ran.status, 0, "{}", ran.err);
    let whole = ran.json();
    assert_eq!(whole["ima"]["proven"], proven);

    // Nothing is new; what was found counts, and the state is that of before.
    let empty = file("nothing-new.bin", "");
    let before = fs::read(&kept).unwrap();
    let again = [
        "--ima-list",
        &empty,
        "--ima-state",
        &kept,
        "--ima-state-out",
        &kept,
    ];
    for ran in [
        check_json(OTHER, FEW, &[&again[..], &judged].concat()),
        verify(OTHER, FEW, &[&again[..], &judged].concat()),
    ] {
        let report = ran.json();
        assert_eq!(ran.status, 0, "{report:#}");
        assert_eq!(report["ima"], whole["ima"]);
        assert_eq!(state(&report, "ima"), "ok");
        assert_eq!(fs::read(&kept).unwrap(), before);
    }
    // What follows the quote is counted.
    let ran = check_json(OTHER, FEW, &["--ima-list", &list, "--ima-state", &kept]);
    let report = ran.json();
    assert_eq!(report["ima"]["entries"], 2 * proven);
    assert_eq!(report["ima"]["tail_entries"], proven);
    assert_eq!(report["ima"]["unknown"], Value::Null);

    // Another policy; another machine.
    let more = [
        "--ima-list",
        &empty,
        "--ima-state",
        &kept,
        "--ima-allow",
        &allowed,
    ];
    let ran = check_json(OTHER, FEW, &more);
    let report = ran.json();
    assert_eq!(
        (ran.status, &report["problem"]),
        (1, &json!("ima-state-policy"))
    );
    assert_eq!(state(&report, "ima"), "failed");
    let more = ["--ima-list", &empty, "--ima-state", &kept];
    let ran = check_json("01-secureboot-grub", FEW, &more);
    assert_eq!(
        (ran.status, &ran.json()["problem"]),
        (1, &json!("ima-state-key"))
    );
}

#[test]
fn state_is_kept_of_what_was_accepted_alone() {
    let list = path(OTHER, "ima.bin");
    let allowed = allow("allow-state-few.txt", &lines(OTHER)[1..9]);
    let kept = out("state-refused.bin");
    let options = [
        "--ima-list",
        &list,
        "--ima-allow",
        &allowed,
        "--ima-state-out",
        &kept,
    ];
    let ran = verify(OTHER, FEW, &options);
    assert_eq!(
        (ran.status, text(&ran.json()["problem"])),
        (1, "ima-not-allowed")
    );
    assert!(
        ran.err
            .contains("is not written: the list was not accepted"),
        "{}",
        ran.err
    );
    assert!(!fs::exists(&kept).unwrap());
    // No list, and no state.
    let bad = file("no-state.bin", "tpmqima\u{1}");
    let ran = verify(OTHER, FEW, &["--ima-list", &list, "--ima-state", &bad]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("are no state of a list"), "{}", ran.err);
    let ran = verify(OTHER, FEW, &["--ima-state", &bad]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("--ima-list"), "{}", ran.err);
    let ran = verify(OTHER, FEW, &["--ima-list", &list, "--ima-state-out", &list]);
    assert_eq!(ran.status, 2, "{}", ran.err);
    let ndjson = [
        "verify",
        "x",
        "--ndjson",
        "--payload-id-field",
        "id",
        "--ima-list",
        "response",
    ];
    let ran = run([&ndjson[..], &["--ima-state", &bad]].concat());
    assert!(
        ran.err.contains("--ima-state is for one response"),
        "{}",
        ran.err
    );
}
