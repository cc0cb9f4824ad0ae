//! The first user's story, as the README tells it: a response, the boot log, IMA's list and an
//! allow list in one command, on a good machine and on one on which an unknown program ran.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::tools::{Ran, file, read, read_json, run_in, state, text};

const UNKNOWN: &str = "/opt/app/later-1.sh";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The commands of the README that verify this machine, as words.
fn commands() -> Vec<Vec<String>> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = readme.split("```sh\n").skip(1);
    let blocks = blocks.filter_map(|block| {
        let (block, _) = block.split_once("```").unwrap();
        let words = block.split_whitespace().filter(|word| *word != "\\");
        let words: Vec<_> = words.map(str::to_owned).collect();
        let is_ours = words
            .iter()
            .any(|word| word.starts_with("tests/data/server/"));
        is_ours.then_some(words)
    });
    blocks.collect()
}

/// Runs one of them, with these options behind.
fn ran(command: &[String], more: &[&str]) -> Ran {
    let (program, args) = command.split_first().unwrap();
    assert_eq!(program, "tpm-quote");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    run_in(root(), [&args[..], more].concat())
}

/// One of them as a report.
fn report(command: &[String], more: &[&str]) -> (i32, Value) {
    let ran = ran(command, &[&["--format", "json"], more].concat());
    (ran.status, ran.json())
}

#[test]
fn good_machine_is_verified_and_unknown_program_is_named() {
    let commands = commands();
    assert_eq!(commands.len(), 2, "{commands:?}");
    let (status, good) = report(&commands[0], &[]);
    assert_eq!(
        (status, &good["verdict"]),
        (0, &json!("verified")),
        "{good:#}"
    );
    for check in ["key-anchor", "boot-log", "ima"] {
        assert_eq!(state(&good, check), "ok");
    }
    // The machine's own facts: what was booted, and how many entries each quote proves.
    let facts = read_json("ima/20-forky-secureboot/case.json");
    assert_eq!(good["ima"]["proven"], facts["ima"][0]["entries"]);
    assert_eq!(good["ima"]["unknown"], 0);
    assert_eq!(good["boot"]["secure_boot"], "on");
    let line = text(&good["boot"]["command_lines"][0]["text"]);
    assert!(line.contains("ima_policy=tcb"), "{line}");

    let (status, bad) = report(&commands[1], &[]);
    assert_eq!(
        (status, &bad["verdict"]),
        (1, &json!("rejected")),
        "{bad:#}"
    );
    assert_eq!(
        (&bad["check"], &bad["problem"]),
        (&json!("ima"), &json!("ima-not-allowed"))
    );
    assert!(text(&bad["message"]).contains(UNKNOWN), "{bad:#}");
    assert_eq!(bad["ima"]["unknown"], 1);
    assert_eq!(bad["ima"]["first_unknown"][0]["name"], UNKNOWN);
    assert_eq!(bad["ima"]["proven"], facts["ima"][1]["entries"]);

    // The line that the README shows is the one that is printed.
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, shown) = readme.split_once("```text\nima: ").unwrap();
    let (shown, _) = shown.split_once('\n').unwrap();
    let text = ran(&commands[1], &[]);
    assert_eq!(text.status, 1);
    assert!(
        text.out.contains(&format!("\nima: {shown}\n")),
        "{}",
        text.out
    );
}

/// Each part of the story is needed: without it, or with that of the other time, it fails.
#[test]
fn every_part_of_the_story_counts() {
    let good = &commands()[0];
    let with = |from: &str, to: &str| -> Vec<String> {
        let words = good.iter().map(|word| word.replace(from, to));
        words.collect()
    };
    // The list of later is longer: its tail is not proven, and not judged.
    let (status, later) = report(&with("ima.bin", "ima-later.bin"), &[]);
    assert_eq!(
        (status, &later["ima"]["tail_entries"]),
        (0, &json!(3)),
        "{later:#}"
    );
    // A response of later with the earlier list, whose end the quote does not prove.
    let (status, answer) = report(&with("response.json", "later.json"), &[]);
    assert_eq!((status, &answer["check"]), (1, &json!("nonce")));
    let other = with("server/ima.bin", "boot/15-trixie-secureboot/ima.bin");
    let (status, mismatch) = report(&other, &[]);
    assert_eq!((status, &mismatch["problem"]), (1, &json!("ima-mismatch")));
    let other = with(
        "server/eventlog.bin",
        "boot/15-trixie-secureboot/eventlog.bin",
    );
    let (status, mismatch) = report(&other, &[]);
    assert_eq!((status, &mismatch["check"]), (1, &json!("boot-log")));

    // A policy of IMA that another command line names.
    let mut rules = read_json("server/policy.json");
    let data = root().join("tests/data/server/allow.txt");
    rules["ima_allow"] = json!([data]);
    let policy = |rules: &Value| {
        let policy = file("policy.json", rules.to_string());
        with("tests/data/server/policy.json", &policy)
    };
    assert_eq!(report(&policy(&rules), &[]).0, 0);
    let line = text(&rules["boot"]["allow_command_lines"][0]).to_owned();
    let mut other = rules.clone();
    other["boot"]["allow_command_lines"] = json!([line.replace("ima_policy=tcb ", "")]);
    let (status, answer) = report(&policy(&other), &[]);
    assert_eq!(
        (status, &answer["problem"]),
        (1, &json!("command-line-not-allowed"))
    );
    // Another program that has to have run.
    let mut other = rules.clone();
    let allowed = String::from_utf8(read("server/allow.txt")).unwrap();
    let later = allowed
        .lines()
        .find(|line| line.ends_with("/opt/app/later-2.sh"));
    let (later, _) = later.unwrap().split_once(' ').unwrap();
    other["ima_require"] = json!([format!("sha256:{later}")]);
    let (status, answer) = report(&policy(&other), &[]);
    assert_eq!((status, &answer["problem"]), (1, &json!("ima-required")));
}
