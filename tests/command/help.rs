//! The help of every command: on a terminal of 80 columns, with examples that can be pasted.

use std::{fs, process::Command};

use crate::tools::{block_path, command, data, facts_of_block, folder, run, run_in, text};

const RSA: &str = "rsa-main-aik-tpm2b";

/// What the command shows on a terminal of this width.
fn help(columns: usize, args: &[&str]) -> String {
    let output = command(args).env("COLUMNS", columns.to_string()).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0), "{args:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// All commands, by the help of the whole.
fn commands() -> Vec<String> {
    let whole = help(80, &["--help"]);
    let (_, commands) = whole.split_once("\nCommands:\n").unwrap();
    let lines = commands.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| {
        let line = line.strip_prefix("  ").unwrap();
        (!line.starts_with(' ')).then(|| line.split(' ').next().unwrap().to_owned())
    });
    names.collect()
}

/// The lines of the examples in a command's help.
fn example_lines(columns: usize, command: &str) -> Vec<String> {
    let help = help(columns, &[command, "--help"]);
    let mut lines = help.lines().skip_while(|line| !line.starts_with("Example"));
    let examples: Vec<_> = lines.by_ref().map(str::to_owned).collect();
    assert!(!examples.is_empty(), "no example in the help of {command}");
    examples
}

/// What can be pasted into a shell, a command each.
fn examples(command: &str) -> Vec<String> {
    let mut examples: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in example_lines(80, command) {
        let Some(code) = line.strip_prefix("  ") else {
            assert!(!goes_on, "{command}: {line}");
            continue;
        };
        // Another sentence about what follows.
        if !goes_on && code.ends_with(':') {
            continue;
        }
        match examples.last_mut().filter(|_| goes_on) {
            Some(last) => *last += code,
            None => examples.push(code.to_owned()),
        }
        goes_on = code.ends_with('\\');
        if goes_on {
            let last = examples.last_mut().unwrap();
            last.pop();
        }
    }
    examples
}

#[test]
fn all_commands_are_there() {
    let expected = [
        "verify",
        "check",
        "attest",
        "baseline",
        "name",
        "nonce",
        "makecredential",
        "activate",
        "print",
    ];
    assert_eq!(commands(), expected);
}

#[test]
fn help_fits_80_columns() {
    let mut pages = vec![vec!["--help".to_owned()], vec!["-h".to_owned()]];
    for command in commands() {
        pages.push(vec![command.clone(), "--help".to_owned()]);
        pages.push(vec![command, "-h".to_owned()]);
    }
    for page in pages {
        let args: Vec<&str> = page.iter().map(String::as_str).collect();
        for line in help(80, &args).lines() {
            assert!(line.chars().count() <= 80, "{args:?}: {line}");
            assert!(!line.contains('\t'), "{args:?}: {line}");
        }
    }
}

/// A line that is broken to fit is no longer what has to be typed.
#[test]
fn examples_are_not_wrapped() {
    for command in commands() {
        let code = |columns| {
            let lines = example_lines(columns, &command).into_iter();
            let code: Vec<_> = lines.filter(|line| line.starts_with("  ")).collect();
            code
        };
        assert_eq!(code(80), code(500), "{command}");
    }
}

#[test]
fn what_a_file_called_like_an_option_needs_is_said() {
    for command in ["verify", "baseline", "name", "print"] {
        let help = help(80, &[command, "--help"]);
        let words: Vec<&str> = help.split_whitespace().collect();
        let says = "A file whose name begins with - stands behind --, as the last: -- --help";
        assert!(words.join(" ").contains(says), "{command}: {help}");
    }
    let folder = folder("option");
    let public = data("cases/005-main-p256-ecdsa-sha256/ak.pub");
    fs::copy(public, folder.join("--help")).unwrap();
    fs::copy(block_path(RSA), folder.join("--version")).unwrap();
    let id = facts_of_block(RSA)["payload_id"].clone();
    let id = text(&id);
    for (args, says) in [
        (&["name", "--", "--help"][..], "000b"),
        (&["print", "--", "--help"], "TPM2B_PUBLIC"),
        (
            &["verify", "--payload-id", id, "--", "--version"],
            "verified",
        ),
        (
            &[
                "baseline",
                "--dangerous-learn-self-asserted",
                "--payload-id",
                id,
                "--",
                "--version",
            ],
            "sha256",
        ),
    ] {
        let ran = run_in(&folder, args);
        assert_eq!(ran.status, 0, "{args:?}: {ran:?}");
        assert!(ran.out.contains(says), "{args:?}: {ran:?}");
    }
}

/// Each is run by a shell where the files that it names are. Programs of others do nothing.
#[cfg(unix)]
#[test]
fn o6_examples_can_be_pasted() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = folder("examples");
    let programs = folder.join("programs");
    fs::create_dir(&programs).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tpm-quote"), programs.join("tpm-quote"))
        .unwrap();
    let case = "cases/005-main-p256-ecdsa-sha256";
    let copy = |from: String, to: &str| fs::copy(data(&from), folder.join(to)).unwrap();
    copy(format!("{case}/ak.pub"), "ak.pub");
    copy("ek/ek-rsa2048.pub".to_owned(), "ek.pub");
    copy("ek/ek-rsa2048.pub".to_owned(), "known-ek.pub");
    fs::copy(block_path(RSA), folder.join("response.json")).unwrap();
    let facts = facts_of_block(RSA);
    fs::write(folder.join("good.json"), facts["pcr_values"].to_string()).unwrap();
    let id = text(&facts["payload_id"]).to_owned();
    let response = fs::read_to_string(block_path(RSA))
        .unwrap()
        .replace('\n', " ");
    let line = format!("{{\"id\": \"{id}\", \"response\": {response}}}\n");
    fs::write(folder.join("responses.ndjson"), line).unwrap();

    // What these print is not known here: that their options are right is all that is seen.
    let without_evidence = [
        "check", "attest", "activate", "tpm2_", "--type", "nonce=", "--report",
    ];
    let mut ran_well = 0;
    for command in commands() {
        for example in examples(&command) {
            for word in example.split(' ').filter(|word| word.starts_with("tpm2_")) {
                let program = programs.join(word);
                fs::write(&program, "#!/bin/sh\n").unwrap();
                fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
            }
            let pasted = example
                .replace("--payload-id ID", &format!("--payload-id {id}"))
                .replace(
                    "--ak-name NAME",
                    &format!("--ak-name {}", text(&facts["ak_name_hex"])),
                )
                .replace("-q NONCE", "-q 00")
                .replace("$(tpm-quote name ak.pub)", text(&facts["ak_name_hex"]))
                .replace("000b...", &format!("000b{}", "00".repeat(32)));
            let path = format!("{}:/usr/bin:/bin", programs.display());
            let output = Command::new("sh")
                .args(["-c", &pasted])
                .current_dir(&folder)
                .env("PATH", path)
                .output()
                .unwrap();
            let err = String::from_utf8_lossy(&output.stderr);
            assert!(
                !err.contains("Usage:") && !err.contains("error:") && !err.contains("not found"),
                "{example}\n{err}"
            );
            if !without_evidence.iter().any(|word| example.contains(word)) {
                assert_eq!(output.status.code(), Some(0), "{example}\n{err}");
                ran_well += 1;
            }
        }
    }
    assert!(ran_well >= 8, "{ran_well}");
}

#[test]
fn help_is_exit_status_0_and_wrong_usage_2() {
    for command in commands() {
        for option in ["--help", "-h"] {
            let ran = run([&*command, option]);
            assert_eq!((ran.status, &*ran.err), (0, ""), "{command}");
        }
        let ran = run([&*command, "--surprise"]);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{command}");
        assert!(ran.err.contains("'--surprise'"), "{command}: {}", ran.err);
    }
}
