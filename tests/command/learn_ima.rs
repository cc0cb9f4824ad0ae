//! `baseline --ima`: an allow list from a list that a quote of an anchored key proves. What it has
//! to be comes from the kernel's ASCII form of the same list.

use std::{collections::HashSet, fs, path::Path};

use serde_json::json;

use crate::{
    boot::{ALL, path, quote, response, verify},
    ima::{FEW, OTHER, allow, lines},
    tools::{Ran, folder, read, read_json, run, text},
};

const NONCE: &str = "b7154f895a4c4ce055494a2b023571a520caecc36ff541d534d0e25657eaa907";
const LATER: &str = "4b53dbd5e363657c4d5b52937b39b3e515856de87f078868e2711a95eecc8484";

fn server(name: &str) -> String {
    path("../server", name)
}

fn server_key() -> String {
    let policy = read_json("server/policy.json");
    text(&policy["ak_name"][0]).to_owned()
}

fn verify_server(response: &str, nonce: &str, more: &[&str]) -> Ran {
    let file = server(response);
    let options = ["verify", &file, "--nonce", nonce, "--format", "json"];
    run([&options[..], &["--ima-list", "response"], more].concat())
}

/// Learns from a machine in `boot` or beside it.
fn learn(machine: &str, name: &str, more: &[&str]) -> Ran {
    let (response, list) = (response(machine, name), path(machine, "ima.bin"));
    let quote = quote(machine, name);
    let options = ["baseline", &response, "--nonce", text(&quote["nonce"])];
    run([&options[..], &["--ima-list", &list, "--ima"], more].concat())
}

fn new(name: &str) -> String {
    let path = folder("learned").join(name);
    path.into_os_string().into_string().unwrap()
}

/// The whole circle: learned, verified by what was learned, and refused later.
#[test]
fn learned_list_allows_that_machine_and_refuses_an_unknown_program() {
    let (file, key) = (new("allow.txt"), server_key());
    let response = server("response.json");
    let from = [
        "baseline",
        &response,
        "--nonce",
        NONCE,
        "--ima-list",
        "response",
        "--ima",
    ];
    let ran = run([&from[..], &["--ak-name", &key, "-o", &file]].concat());
    assert_eq!((ran.status, &*ran.out), (0, ""), "{ran:?}");
    let ran = verify_server("response.json", NONCE, &["--ima-allow", &file]);
    let report = ran.json();
    assert_eq!(
        (ran.status, &report["ima"]["unknown"]),
        (0, &json!(0)),
        "{report:#}"
    );
    let ran = verify_server("later.json", LATER, &["--ima-allow", &file]);
    let report = ran.json();
    assert_eq!(
        (ran.status, &report["problem"]),
        (1, &json!("ima-not-allowed")),
        "{report:#}"
    );
    assert_eq!(
        report["ima"]["first_unknown"][0]["name"],
        "/opt/app/later-1.sh"
    );
    assert_eq!(report["ima"]["unknown"], 3);

    // What follows the proven entries is not learned.
    let longer = server("ima-later.bin");
    let from = [
        "baseline",
        &response,
        "--nonce",
        NONCE,
        "--ima-list",
        &longer,
        "--ima",
    ];
    let ran = run([&from[..], &["--ak-name", &key]].concat());
    assert_eq!(
        (ran.status, &*ran.out),
        (0, &*fs::read_to_string(&file).unwrap())
    );
    assert!(!ran.out.contains("later-1.sh"));
}

#[test]
fn list_is_what_sha256sum_would_write() {
    let key = read_json(&format!("boot/{OTHER}/case.json"))["aks"]["ecc"]["name"].clone();
    let ran = learn(OTHER, FEW, &["--ak-name", text(&key)]);
    let expected = fs::read_to_string(allow("allow.txt", &lines(OTHER)[1..])).unwrap();
    assert_eq!((ran.status, &*ran.out), (0, &*expected), "{ran:?}");
}

#[test]
fn nothing_is_learned_from_what_is_not_proven_or_not_anchored() {
    let file = new("allow.txt");
    let to = ["-o", &*file];
    let ran = learn(OTHER, ALL, &to);
    assert_eq!(
        (ran.status, Path::new(&file).exists()),
        (1, false),
        "{ran:?}"
    );
    assert!(
        ran.err.contains("--dangerous-learn-self-asserted"),
        "{}",
        ran.err
    );
    let other = path("01-secureboot-grub", "ima.bin");
    let (response, nonce) = (response(OTHER, ALL), quote(OTHER, ALL)["nonce"].clone());
    let key = read_json(&format!("boot/{OTHER}/case.json"))["aks"]["rsa"]["name"].clone();
    let options = [
        "baseline",
        &response,
        "--ima",
        "--ak-name",
        text(&key),
        "-o",
        &file,
    ];
    for (nonce, list) in [(text(&nonce), &other), ("00", &path(OTHER, "ima.bin"))] {
        let more = ["--nonce", nonce, "--ima-list", list];
        let ran = run([&options[..], &more].concat());
        assert_eq!(
            (ran.status, Path::new(&file).exists()),
            (1, false),
            "{ran:?}"
        );
    }
    // At the caller's risk.
    let ran = learn(
        OTHER,
        ALL,
        &[&to[..], &["--dangerous-learn-self-asserted"]].concat(),
    );
    assert_eq!(
        (ran.status, Path::new(&file).exists()),
        (0, true),
        "{ran:?}"
    );
    let list = path(OTHER, "ima.bin");
    let ran = verify(OTHER, ALL, &["--ima-list", &list, "--ima-allow", &file]);
    assert_eq!(ran.status, 0, "{ran:?}");
}

/// A name is a label: it never makes a line of its own, which would allow another digest.
#[test]
fn odd_names_stay_on_their_lines_and_violations_are_said() {
    let machine = "../ima/11-ima-odd-names";
    let dangerous = ["--dangerous-learn-self-asserted"];
    let ran = learn(machine, FEW, &dangerous);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.err.contains("not learned: 2 violations"), "{}", ran.err);
    assert!(ran.out.contains("  /odd/new\\u{a}line\n"), "{}", ran.out);
    assert!(
        ran.out.contains("  /odd/latin1-\\xe9\\xff\n"),
        "{}",
        ran.out
    );
    let digests: HashSet<&str> = ran
        .out
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(digests.len(), ran.out.lines().count());
    let ascii = read("boot/../ima/11-ima-odd-names/ima.ascii");
    let words = ascii.split(|byte| *byte == b' ');
    let words = words.filter_map(|word| std::str::from_utf8(word).ok()?.strip_prefix("sha256:"));
    let listed: HashSet<&str> = words
        .filter(|digest| !digest.starts_with("000000"))
        .collect();
    // All of them but boot_aggregate.
    assert!(digests.is_subset(&listed));
    assert_eq!(digests.len(), listed.len() - 1, "{digests:?}");

    let file = new("allow.txt");
    fs::write(&file, &ran.out).unwrap();
    let list = path(machine, "ima.bin");
    let more = ["--ima-list", &list, "--ima-allow", &file];
    let ran = verify(machine, FEW, &more);
    assert_eq!(ran.json()["problem"], "ima-violation", "{ran:?}");
    let ran = verify(
        machine,
        FEW,
        &[&more[..], &["--dangerous-ima-violations"]].concat(),
    );
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn digests_of_other_kinds_are_learned_with_their_names() {
    for (machine, begins) in [
        ("../ima/10-ima-ngv2-verity", "verity:sha256:"),
        ("../ima/07-ima-sha1", ""),
        ("../ima/09-ima-buf", ""),
    ] {
        let file = new("allow.txt");
        let dangerous = ["--dangerous-learn-self-asserted", "-o", &file];
        let ran = learn(machine, FEW, &dangerous);
        assert_eq!(ran.status, 0, "{machine}: {ran:?}");
        let learned = fs::read_to_string(&file).unwrap();
        assert!(
            learned.lines().any(|line| line.starts_with(begins)),
            "{learned}"
        );
        let list = path(machine, "ima.bin");
        let ran = verify(machine, FEW, &["--ima-list", &list, "--ima-allow", &file]);
        assert_eq!(ran.status, 0, "{machine}: {ran:?}");
    }
}

#[test]
fn options_that_do_not_fit_are_wrong_usage() {
    let response = server("response.json");
    let from = ["baseline", &response, "--nonce", NONCE];
    for (more, says) in [
        (&["--ima"][..], "--ima-list"),
        (
            &["--ima", "--ima-list", "response", "--merge", "x"],
            "cannot be used with",
        ),
    ] {
        let ran = run([&from[..], more].concat());
        assert_eq!((ran.status, &*ran.out), (2, ""), "{ran:?}");
        assert!(ran.err.contains(says), "{}", ran.err);
    }
    let ran = run(["baseline", "--report", "x", "--ima"]);
    assert_eq!(ran.status, 2, "{ran:?}");
}
