//! The keys of a policy file that say what an IMA list has to be.

use std::fs;

use serde_json::{Value, json};

use crate::{
    boot::{ALL, check_json, path, verify},
    ima::{FEW, OTHER, allow, lines},
    tools::{Ran, file, folder, read, state, text},
};

const APP: &str = "/opt/app/hello.sh";
/// A machine whose list has violations.
const VIOLATIONS: &str = "../ima/11-ima-odd-names";

fn policy(value: &Value) -> String {
    file("policy.json", value.to_string())
}

/// `check` and `verify` of a machine with its list and a policy file.
fn both(machine: &str, policy: &str, then: impl Fn(&Ran)) {
    let list = path(machine, "ima.bin");
    let options = ["--ima-list", &list, "--policy", policy];
    then(&check_json(machine, ALL, &options));
    then(&verify(machine, ALL, &options));
}

#[track_caller]
fn assert_ok(ran: &Ran) {
    let report = ran.json();
    assert_eq!(
        (ran.status, &*state(&report, "ima")),
        (0, "ok"),
        "{report:#}"
    );
    assert_eq!(report["ima"]["unknown"], 0);
}

#[track_caller]
fn assert_rejected(ran: &Ran, problem: &str, says: &str) {
    let report = ran.json();
    assert_eq!(
        (ran.status, &report["check"]),
        (1, &json!("ima")),
        "{report:#}"
    );
    assert_eq!(report["problem"], problem);
    assert!(text(&report["message"]).contains(says), "{report:#}");
}

#[track_caller]
fn assert_usage(ran: &Ran, says: &str) {
    assert_eq!((ran.status, &*ran.out), (2, ""), "{says}: {}", ran.err);
    assert!(ran.err.contains(says), "{says}: {}", ran.err);
}

/// The digests of what a machine measured behind `boot_aggregate`, but for the program.
fn digests() -> (Vec<String>, String) {
    let all = lines(OTHER);
    let (app, rest): (Vec<_>, Vec<_>) = all[1..].iter().partition(|(_, name)| name == APP);
    let digest = |(digest, _): &&(String, String)| format!("sha256:{digest}");
    (rest.iter().map(digest).collect(), digest(&app[0]))
}

#[test]
fn allow_lists_are_relative_to_the_policy_file() {
    let folder = folder("lists");
    let all = lines(OTHER);
    let of = |lines: &[(String, String)]| {
        let lines = lines
            .iter()
            .map(|(digest, name)| format!("{digest}  {name}\n"));
        lines.collect::<String>()
    };
    let (first, second) = all[1..].split_at(20);
    fs::write(folder.join("first.txt"), of(first)).unwrap();
    fs::write(folder.join("sha256:second"), of(second)).unwrap();
    let write = |lists: Value| {
        let policy = folder.join("policy.json");
        fs::write(&policy, json!({"ima_allow": lists}).to_string()).unwrap();
        policy.into_os_string().into_string().unwrap()
    };
    // A name that begins as a digest does is one with a folder in front.
    let whole = write(json!(["first.txt", "./sha256:second"]));
    both(OTHER, &whole, assert_ok);
    let half = write(json!(["first.txt"]));
    both(OTHER, &half, |ran| {
        assert_rejected(ran, "ima-not-allowed", second[0].1.as_str());
    });
    let missing = write(json!(["third.txt"]));
    both(OTHER, &missing, |ran| {
        assert_usage(ran, "third.txt: cannot be read")
    });
}

#[test]
fn digests_are_allowed_by_themselves() {
    let (mut allowed, app) = digests();
    both(OTHER, &policy(&json!({"ima_allow": allowed})), |ran| {
        assert_rejected(ran, "ima-not-allowed", APP);
    });
    allowed.push(app.clone());
    both(OTHER, &policy(&json!({"ima_allow": allowed})), assert_ok);
    // As an option as well.
    let (list, without) = (path(OTHER, "ima.bin"), digests().0.join("\n"));
    let without = file("without.txt", without);
    let options = [
        "--ima-list",
        &list,
        "--ima-allow",
        &without,
        "--ima-allow",
        &app,
    ];
    assert_ok(&check_json(OTHER, ALL, &options));
}

#[test]
fn required_program_has_to_have_been_measured() {
    let (mut allowed, app) = digests();
    let never = format!("sha256:{}", "ab".repeat(32));
    allowed.extend([app.clone(), never.clone()]);
    let with = |required: &Value| policy(&json!({"ima_allow": allowed, "ima_require": required}));
    both(OTHER, &with(&json!([app])), assert_ok);
    both(OTHER, &with(&json!([app, never])), |ran| {
        assert_rejected(ran, "ima-required", "no file with the required digest");
    });
    both(OTHER, &with(&json!(["hello.sh"])), |ran| {
        assert_usage(ran, "expected a digest")
    });
}

#[test]
fn violations_are_accepted_by_name_alone() {
    // A name has a line break, so that its second half is a line of its own.
    let ascii = read("boot/../ima/11-ima-odd-names/ima.ascii");
    let words = ascii.split(|byte| *byte == b' ');
    let all = words.filter_map(|word| std::str::from_utf8(word).ok());
    let all: Vec<&str> = all.filter(|word| word.starts_with("sha256:")).collect();
    assert!(all.len() > 60, "{all:?}");
    let list = path(VIOLATIONS, "ima.bin");
    let with = |rules: Value| {
        let policy = policy(&rules);
        let options = ["--ima-list", &list, "--policy", &policy];
        check_json(VIOLATIONS, FEW, &options)
    };
    let ran = with(json!({"ima_allow": all}));
    assert_rejected(&ran, "ima-violation", "entry 28");
    let ran = with(json!({"ima_allow": all, "dangerous_ima_violations": true}));
    assert_ok(&ran);
    assert_eq!(ran.json()["ima"]["violations"], 2);
}

#[test]
fn key_that_nothing_would_look_at_is_wrong_usage() {
    let (allowed, app) = digests();
    let allow = json!({"ima_allow": allowed});
    for ran in [
        check_json(OTHER, ALL, &["--policy", &policy(&allow)]),
        verify(OTHER, ALL, &["--policy", &policy(&allow)]),
    ] {
        assert_usage(&ran, "--ima-list");
    }
    for (rules, says) in [
        (json!({"ima_require": [app]}), "--ima-allow"),
        (json!({"dangerous_ima_violations": true}), "--ima-allow"),
        (
            json!({"ima_allowed": allowed}),
            "unknown field \"ima_allowed\"",
        ),
        (json!({"ima_list": "ima.bin"}), "unknown field \"ima_list\""),
        (json!({"ima_allow": []}), "a list with an element in it"),
        (json!({"ima_allow": app}), "expected an array"),
        (json!({"ima_allow": [1]}), "expected a string"),
        (json!({"ima_require": app}), "expected an array"),
        (
            json!({"dangerous_ima_violations": "yes"}),
            "expected true or false",
        ),
        (
            json!({"ima_allow": ["sha256:66f7"]}),
            "sha256:66f7: expected a digest",
        ),
    ] {
        both(OTHER, &policy(&rules), |ran| assert_usage(ran, says));
    }
    let list = allow_file();
    let options = ["--ima-allow", &list, "--policy", &policy(&allow)];
    let with = ["--ima-list", &path(OTHER, "ima.bin")];
    let ran = check_json(OTHER, ALL, &[&with[..], &options].concat());
    assert_usage(&ran, "ima_allow: also given as --ima-allow");
}

fn allow_file() -> String {
    allow("allow.txt", &lines(OTHER)[1..])
}
