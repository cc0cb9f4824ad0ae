//! Options: which are wrong, and that wrong ones print no report.

use crate::tools::{block_path, run};

const ID: &str = "22c4a258-d445-5bdd-885d-40980abcee2d";

#[test]
fn wrong_usage_is_exit_status_2_and_prints_no_report() {
    let path = block_path("rsa-main-aik-tpm2b");
    let (long, odd) = ("00".repeat(67), "000");
    let name = format!("000b{}", "00".repeat(31));
    let unknown = format!("ffff{}", "00".repeat(32));
    for (args, says) in [
        (&[][..], "--payload-id <ID>|--nonce <HEX>"),
        (
            &["--payload-id", ID, "--nonce", "00"],
            "cannot be used with",
        ),
        (&["--payload-id", ID, "--payload-id", ID], "multiple times"),
        (&["--payload-id", ""], "the payload id is empty"),
        (&["--nonce", ""], "a nonce of 0 bytes, expected 1 to 66"),
        (&["--nonce", &long], "a nonce of 67 bytes, expected 1 to 66"),
        (
            &["--nonce", odd],
            "3 hexadecimal digits, expected two per byte",
        ),
        (
            &["--nonce", "0x00"],
            "'x', character 2, is not a hexadecimal digit",
        ),
        (
            &["--nonce", "0 "],
            "' ', character 2, is not a hexadecimal digit",
        ),
        (
            &["--nonce", "00", "--tier", "low"],
            "standard, high, maximum",
        ),
        (
            &["--nonce", "00", "--tier", "Maximum"],
            "standard, high, maximum",
        ),
        (&["--nonce", "00", "--format", "yaml"], "text, json"),
        (
            &["--nonce", "00", "--require-pcrs", ""],
            "at character 1: expected a bank",
        ),
        (
            &["--nonce", "00", "--require-pcrs", "sha256:0,07"],
            "at character 10: expected a PCR from 0 to 23",
        ),
        (
            &["--nonce", "00", "--require-pcrs", "sha256:7,0"],
            "at character 10: expected a larger index",
        ),
        (
            &["--nonce", "00", "--require-pcrs", "sha256:24"],
            "at character 8: expected a PCR from 0 to 23",
        ),
        (
            &["--nonce", "00", "--require-pcrs", "SHA257:0"],
            "at character 1: expected the name of a bank",
        ),
        (
            &["--nonce", "00", "--ak-name", ""],
            "0 bytes are not a hash id and its digest",
        ),
        (
            &["--nonce", "00", "--ak-name", "40000001"],
            "4 bytes are not a hash id and its digest",
        ),
        (
            &["--nonce", "00", "--ak-name", &name],
            "33 bytes are not a hash id and its digest",
        ),
        (
            &["--nonce", "00", "--ak-name", &unknown],
            "34 bytes are not a hash id and its digest",
        ),
        (
            &["--nonce", "00", "--ak-name", "zz"],
            "character 1 is not a hexadecimal digit",
        ),
        (
            &["--nonce", "00", "--surprise"],
            "unexpected argument '--surprise'",
        ),
        (
            &["--nonce", "00", "another-file"],
            "unexpected argument 'another-file'",
        ),
    ] {
        for format in [&[][..], &["--format", "json"]] {
            // Not twice: that would be wrong in itself.
            let format = if args.contains(&"--format") {
                &[]
            } else {
                format
            };
            let ran = run([&["verify", &path], args, format].concat());
            assert_eq!((ran.status, &*ran.out), (2, ""), "{args:?}");
            assert!(ran.err.contains(says), "{args:?}: {}", ran.err);
        }
    }
}

#[test]
fn nonces_of_1_and_66_bytes_are_taken() {
    let path = block_path("rsa-main-aik-tpm2b");
    for nonce in ["00".to_owned(), "00".repeat(66)] {
        let ran = run(["verify", &path, "--nonce", &nonce]);
        assert_eq!(ran.status, 1, "{}", ran.err);
        assert_eq!(ran.check("nonce"), "FAILED");
    }
}

#[test]
fn file_that_is_not_there_is_named_and_not_reported_on() {
    for args in [
        &[
            "verify",
            "/nonexistent/file",
            "--nonce",
            "00",
            "--format",
            "json",
        ][..],
        &["verify", "/nonexistent/file", "--nonce", "00"],
        &["print", "/nonexistent/file"],
    ] {
        let ran = run(args);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{args:?}");
        let start = "tpm-quote: /nonexistent/file: cannot be read: ";
        assert!(ran.err.starts_with(start), "{}", ran.err);
    }
}

/// Numbers are digits: no sign, no space.
#[test]
fn number_with_a_sign_is_wrong_usage() {
    for number in [
        "+2",
        "-2",
        " 2",
        "2 ",
        "0x2",
        "",
        "0",
        "99999999999999999999999",
    ] {
        let threads = format!("--threads={number}");
        let ran = run(["verify", "--ndjson", "--payload-id-field", "id", &threads]);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{number:?}");
        assert!(ran.err.contains("--threads"), "{number:?}: {}", ran.err);
    }
}

#[test]
fn no_command_and_an_unknown_one_are_wrong_usage() {
    for args in [&[][..], &["attest"]] {
        let ran = run(args);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{args:?}");
        assert!(ran.err.contains("Usage: tpm-quote"), "{}", ran.err);
    }
}

#[test]
fn version_is_that_of_the_package() {
    let ran = run(["--version"]);
    let version = format!("tpm-quote {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((ran.status, ran.out), (0, version));
}

#[test]
fn help_says_what_has_to_be_known() {
    let ran = run(["verify", "--help"]);
    assert_eq!((ran.status, &*ran.err), (0, ""));
    // Lines are wrapped to the width of the terminal.
    let words: Vec<&str> = ran.out.split_whitespace().collect();
    let help = words.join(" ");
    for says in [
        "--payload-id <ID>",
        "--nonce <HEX>",
        "--tier <TIER>",
        "--baseline <FILE>",
        "--require-pcrs <SET>",
        "--ak-name <HEX>",
        "--require-anchor",
        "--format <FORMAT>",
        "[default: maximum]",
        "Take it from your own records",
        "Of no use for a key that is made afresh for each request",
        "nothing shows that a TPM made it",
        "Exit status: 0 accepted",
        "1 rejected or unsupported",
        "2 something cannot be read",
        "Example: tpm-quote verify response.json \\ --payload-id",
    ] {
        assert!(help.contains(says), "{says}: {help}");
    }
    let ran = run(["check", "--help"]);
    let words: Vec<&str> = ran.out.split_whitespace().collect();
    let help = words.join(" ");
    for says in [
        "-u, --public <FILE>",
        "-m, --message <FILE>",
        "-s, --signature <FILE>",
        "-f, --pcr <FILE>",
        "-F, --format <FORMAT>",
        "-l, --pcr-list <SET>",
        "-q, --qualification <HEX|@FILE>",
        "-g, --hash-algorithm <HASH>",
        "only a quote that has no nonce passes",
        "Its attributes are not, and with them whether it signs only what a TPM made",
        "Stricter than tpm2_checkquote",
        "Exit status: 0 accepted",
    ] {
        assert!(help.contains(says), "{says}: {help}");
    }
    let help = run(["print", "--help"]).out;
    for says in [
        "TPM2B_PUBLIC",
        "TPMS_TIME_INFO",
        "--type <TYPE>",
        "yaml",
        "Exit status",
    ] {
        assert!(help.contains(says), "{says}: {help}");
    }
}
