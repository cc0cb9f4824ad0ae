//! Standard output that is closed, cannot be written to or goes nowhere.

#![cfg(unix)]

use std::{
    fs::{File, OpenOptions},
    io::Read as _,
    process::{Command, Stdio},
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::tools::{Ran, block_path, facts_of_block, text};

const RSA: &str = "rsa-main-aik-tpm2b";

/// Runs the command with what a shell makes of its standard output.
fn run_to(redirection: &str, args: &[&str]) -> Ran {
    let script = format!("exec \"$0\" \"$@\" {redirection}");
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &script, env!("CARGO_BIN_EXE_tpm-quote")])
        .args(args);
    let output = shell.stdin(Stdio::null()).output().unwrap();
    Ran {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn verify() -> [String; 4] {
    let id = facts_of_block(RSA)["payload_id"].clone();
    let [verify, option] = ["verify", "--payload-id"].map(str::to_owned);
    [verify, block_path(RSA), option, text(&id).to_owned()]
}

#[test]
fn o6_report_that_goes_nowhere_is_exit_status_2() {
    let verify = verify();
    let verify: Vec<&str> = verify.iter().map(String::as_str).collect();
    for (redirection, says) in [
        (">&-", "it is closed"),
        ("1</dev/null", "Bad file descriptor"),
        #[cfg(target_os = "linux")]
        (">/dev/full", "No space left on device"),
    ] {
        for args in [
            &verify[..],
            &[&verify[..], &["--format", "json"]].concat(),
            &["name", "tests/data/cases/005-main-p256-ecdsa-sha256/ak.pub"],
            &[
                "print",
                "tests/data/cases/005-main-p256-ecdsa-sha256/ak.pub",
            ],
            &["--help"],
            &["verify", "--help"],
            &["--version"],
        ] {
            let ran = run_to(redirection, args);
            assert_eq!(ran.status, 2, "{redirection} {args:?}: {ran:?}");
            let said = format!("tpm-quote: standard output: {says}");
            assert!(ran.err.contains(&said), "{redirection} {args:?}: {ran:?}");
        }
    }
}

#[test]
fn report_that_nobody_wants_is_not_missing() {
    let verify = verify();
    let verify: Vec<&str> = verify.iter().map(String::as_str).collect();
    // Read and write is what Python and Node.js give a child for no output.
    for redirection in [">/dev/null", "1<>/dev/null"] {
        for args in [&verify[..], &["--help"], &["--version"]] {
            let ran = run_to(redirection, args);
            assert_eq!((ran.status, &*ran.err), (0, ""), "{redirection} {args:?}");
        }
    }
}

#[test]
fn o6_reports_on_lines_that_go_nowhere_are_exit_status_2() {
    let input = r#"{"id": "a", "response": {"tpm_attestation": {"is_available": false}}}"#;
    let lines = crate::tools::file("lines.ndjson", format!("{input}\n"));
    let args = [
        "verify",
        "--ndjson",
        "--payload-id-field",
        "id",
        "--tier",
        "standard",
        &lines,
    ];
    for redirection in [">&-", "1</dev/null"] {
        let ran = run_to(redirection, &args);
        assert_eq!(ran.status, 2, "{redirection}: {ran:?}");
        assert!(
            ran.err.starts_with("tpm-quote: standard output: "),
            "{ran:?}"
        );
    }
    let ran = run_to(">/dev/null", &args);
    assert_eq!(ran.status, 0, "{ran:?}");
}

/// Runs the command with standard output and standard error on a terminal. Returns the exit
/// status and what the terminal shows.
fn run_on_terminal(args: &[&str]) -> (i32, String) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let mut options = OpenOptions::new();
    let side = options.read(true).write(true);
    let side = side.open(name.to_str().unwrap()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tpm-quote"));
    let command = command.args(args).stdin(Stdio::null());
    let command = command.stdout(side.try_clone().unwrap()).stderr(side);
    let mut child = command.spawn().unwrap();
    // The last ends of the terminal are the child's: reading it ends when the child does.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (mut shown, mut part) = (Vec::new(), [0; 4096]);
    let mut terminal = File::from(terminal);
    // On Linux the end is an error, as there is nobody left to write.
    while let Ok(len @ 1..) = terminal.read(&mut part) {
        shown.extend_from_slice(&part[..len]);
    }
    let status = child.wait().unwrap().code().unwrap();
    (
        status,
        String::from_utf8(shown).unwrap().replace("\r\n", "\n"),
    )
}

#[test]
fn failure_is_told_once_on_a_terminal_with_its_reason_under_the_headline() {
    let path = block_path(RSA);
    let args = ["verify", &path, "--payload-id", "another"];
    let (status, shown) = run_on_terminal(&args);
    assert_eq!(status, 1, "{shown}");
    let mut lines = shown.lines();
    assert_eq!(lines.next(), Some(&*format!("rejected: {path} (response)")));
    let reason = lines.next().unwrap();
    assert!(reason.starts_with("nonce: "), "{shown}");
    let what = reason.strip_prefix("nonce: ").unwrap();
    assert_eq!(shown.matches(what).count(), 1, "{shown}");
    assert!(
        shown.contains("\nchecks: ") && !shown.contains("\n  signature "),
        "{shown}"
    );
    // With a line for each check where that was asked for.
    let (_, shown) = run_on_terminal(&[&args[..], &["--verbose"]].concat());
    assert!(shown.contains("\n  signature         ok\n"), "{shown}");
    assert_eq!(shown.matches(what).count(), 1, "{shown}");

    // Where standard output is not what a person sees, standard error says it too.
    let ran = run_to("", &args);
    assert!(ran.out.contains(what) && ran.err.contains(what), "{ran:?}");

    // What was accepted is no news for standard error.
    let verify = verify();
    let verify: Vec<&str> = verify.iter().map(String::as_str).collect();
    let (status, shown) = run_on_terminal(&verify);
    assert_eq!(status, 0, "{shown}");
    assert!(shown.starts_with("verified"), "{shown}");
}
