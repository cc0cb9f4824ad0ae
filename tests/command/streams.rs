//! Standard output that is closed, cannot be written to or goes nowhere.

#![cfg(unix)]

use std::process::{Command, Stdio};

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
