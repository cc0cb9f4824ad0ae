//! Files that are written: whole or not at all, and over nothing that was read.

use std::{fs, path::Path};

use crate::tools::{Ran, block_path, data, facts_of_block, file, folder, run, run_in, text};

const RSA: &str = "rsa-main-aik-tpm2b";
const ID: &str = "22c4a258-d445-5bdd-885d-40980abcee2d";
const OLD: &str =
    "{\"sha256\": {\"1\": \"0000000000000000000000000000000000000000000000000000000000000000\"}}";

fn path(of: &str) -> String {
    data(of).into_os_string().into_string().unwrap()
}

fn learn() -> Vec<String> {
    let id = facts_of_block(RSA)["payload_id"].clone();
    let args = [
        "baseline",
        &block_path(RSA),
        "--payload-id",
        text(&id),
        "--dangerous-learn-self-asserted",
    ];
    args.map(str::to_owned).to_vec()
}

/// Learns into a file.
fn learn_to(folder: &Path, more: &[&str]) -> Ran {
    let args = learn();
    let args: Vec<&str> = args
        .iter()
        .map(String::as_str)
        .chain(more.iter().copied())
        .collect();
    run_in(folder, args)
}

fn make(more: &[&str]) -> Vec<String> {
    let (ek, ak) = (
        path("ek/ek-rsa2048.pub"),
        path("cases/005-main-p256-ecdsa-sha256/ak.pub"),
    );
    let args = ["makecredential", "-u", &ek, "--ak", &ak];
    let args = args.iter().chain(more);
    args.map(|arg| (*arg).to_owned()).collect()
}

/// The names of the files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[cfg(unix)]
mod on_a_full_disk {
    use super::*;
    use std::process::{Command, Stdio};

    /// Runs the command where no file can grow.
    fn run_full(folder: &Path, args: &[String]) -> Ran {
        let script = "ulimit -f 0; trap '' XFSZ; exec \"$0\" \"$@\"";
        let mut shell = Command::new("sh");
        shell
            .args(["-c", script, env!("CARGO_BIN_EXE_tpm-quote")])
            .args(args)
            .current_dir(folder);
        let output = shell.stdin(Stdio::null()).output().unwrap();
        Ran {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[test]
    fn o7_baseline_that_is_merged_into_itself_stays() {
        let folder = folder("full");
        fs::write(folder.join("good.json"), OLD).unwrap();
        let more = ["--merge", "good.json", "-o", "good.json"].map(str::to_owned);
        let ran = run_full(&folder, &[learn(), more.to_vec()].concat());
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(
            ran.err
                .contains("tpm-quote: good.json: cannot be written: "),
            "{ran:?}"
        );
        assert_eq!(fs::read_to_string(folder.join("good.json")).unwrap(), OLD);
        assert_eq!(names(&folder), ["good.json"]);
    }

    #[test]
    fn o7_neither_challenge_nor_credential_is_written() {
        let folder = folder("full");
        fs::write(folder.join("credential"), "old").unwrap();
        let ran = run_full(
            &folder,
            &make(&["--fresh", "challenge", "-o", "credential"]),
        );
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(
            ran.err.contains("challenge: cannot be written: "),
            "{ran:?}"
        );
        assert_eq!(
            fs::read_to_string(folder.join("credential")).unwrap(),
            "old"
        );
        assert_eq!(names(&folder), ["credential"]);
    }
}

#[test]
fn o7_challenge_and_credential_in_one_file_are_refused() {
    let folder = folder("one");
    let out = folder.join("out");
    fs::create_dir(&out).unwrap();
    let out = out.into_os_string().into_string().unwrap();
    let mut pairs = vec![
        ("x".to_owned(), "x".to_owned()),
        ("x".to_owned(), "./x".to_owned()),
        ("out/../x".to_owned(), "x".to_owned()),
        (format!("{out}/x"), "out/x".to_owned()),
    ];
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink("out", folder.join("link")).unwrap();
        // To a file that is not there yet.
        symlink("out/y", folder.join("to-y")).unwrap();
        pairs.push(("out/x".to_owned(), "link/x".to_owned()));
        pairs.push(("out/y".to_owned(), "to-y".to_owned()));
    }
    let before = names(&folder);
    for (challenge, credential) in pairs {
        let ran = run_in(&folder, make(&["--fresh", &challenge, "-o", &credential]));
        assert_eq!((ran.status, &*ran.out), (2, ""), "{challenge} {credential}");
        let said = format!(
            "tpm-quote: {credential}: the challenge and the credential cannot be one file\nhelp: "
        );
        assert!(ran.err.contains(&said), "{challenge} {credential}: {ran:?}");
        assert_eq!(names(&folder), before);
        assert!(names(Path::new(&out)).is_empty());
    }
}

#[test]
fn o7_nothing_is_written_over_what_was_read() {
    let folder = folder("inputs");
    let copy = |from: &str, to: &str| fs::copy(path(from), folder.join(to)).unwrap();
    copy("ek/ek-rsa2048.pub", "ek.pub");
    copy("cases/005-main-p256-ecdsa-sha256/ak.pub", "ak.pub");
    fs::write(folder.join("secret"), "secret").unwrap();
    fs::copy(block_path(RSA), folder.join("response.json")).unwrap();
    let id = facts_of_block(RSA)["payload_id"].clone();
    let id = text(&id);
    let report = run([
        "verify",
        &block_path(RSA),
        "--payload-id",
        id,
        "--format",
        "json",
    ]);
    fs::write(folder.join("report.json"), &report.out).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("ek.pub", folder.join("soft")).unwrap();
        fs::hard_link(folder.join("ek.pub"), folder.join("hard")).unwrap();
    }

    let make = [
        "makecredential",
        "-u",
        "ek.pub",
        "--ak",
        "ak.pub",
        "-s",
        "secret",
        "-o",
    ];
    let anyway = "--dangerous-learn-self-asserted";
    let learn = [
        "baseline",
        "response.json",
        "--payload-id",
        id,
        anyway,
        "-o",
    ];
    let of_report = ["baseline", "--report", "report.json", anyway, "-o"];
    let mut cases = vec![
        (&make[..], "ek.pub"),
        (&make, "./ek.pub"),
        (&make, "ak.pub"),
        (&make, "secret"),
        (&learn, "response.json"),
        (&of_report, "report.json"),
    ];
    if cfg!(unix) {
        cases.extend([(&make[..], "soft"), (&make, "hard")]);
    }
    let read = || {
        let names = names(&folder);
        let files = names
            .iter()
            .map(|name| fs::read(folder.join(name)).unwrap());
        files.collect::<Vec<_>>()
    };
    let before = read();
    for (args, output) in cases {
        let ran = run_in(&folder, args.iter().chain([&output]));
        assert_eq!((ran.status, &*ran.out), (2, ""), "{output}: {ran:?}");
        let said = format!("{output}: this file is read as well, and would be lost\nhelp: ");
        assert!(ran.err.contains(&said), "{output}: {ran:?}");
        assert_eq!(read(), before, "{output}");
    }
}

#[test]
fn file_that_is_replaced_keeps_its_permissions_and_its_links() {
    let folder = folder("kept");
    let good = folder.join("good.json");
    fs::write(&good, OLD).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        fs::set_permissions(&good, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("good.json", folder.join("link.json")).unwrap();
        let ran = learn_to(&folder, &["--merge", "link.json", "-o", "link.json"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let link = fs::symlink_metadata(folder.join("link.json")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(
            fs::metadata(&good).unwrap().permissions().mode() & 0o777,
            0o640
        );
    }
    #[cfg(not(unix))]
    {
        let ran = learn_to(&folder, &["--merge", "good.json", "-o", "good.json"]);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    let written = fs::read_to_string(&good).unwrap();
    assert!(
        written.contains("\"1\": \"00") && written.contains("\"7\": "),
        "{written}"
    );
}

/// Others may read a new one, as the system has it.
#[cfg(unix)]
#[test]
fn new_file_has_the_permissions_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder("new");
    let ran = learn_to(&folder, &["-o", "good.json"]);
    assert_eq!((ran.status, &*ran.out), (0, ""), "{ran:?}");
    fs::write(folder.join("any"), "").unwrap();
    let mode = |name| {
        fs::metadata(folder.join(name))
            .unwrap()
            .permissions()
            .mode()
    };
    assert_eq!(mode("good.json"), mode("any"));
    assert_eq!(names(&folder), ["any", "good.json"]);
}

/// A pipe or a device stays what it is.
#[cfg(target_os = "linux")]
#[test]
fn what_is_no_file_is_written_to_and_not_replaced() {
    let ran = learn_to(&folder("pipe"), &["-o", "/dev/stdout"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json(), facts_of_block(RSA)["pcr_values"]);
    let ran = learn_to(&folder("null"), &["-o", "/dev/null"]);
    assert_eq!((ran.status, &*ran.out), (0, ""), "{ran:?}");
    let null = fs::metadata("/dev/null").unwrap();
    assert!(!null.is_file());
    let ran = learn_to(&folder("full"), &["-o", "/dev/full"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(
        ran.err.contains("/dev/full: cannot be written: "),
        "{ran:?}"
    );

    // What was in a log stays there.
    let log = file("log", "before\n");
    let script = "exec \"$0\" \"$@\" -o /dev/stdout >> \"$LOG\"";
    let status = std::process::Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_tpm-quote")])
        .args(learn())
        .env("LOG", &log)
        .stderr(std::process::Stdio::null())
        .status();
    assert!(status.unwrap().success());
    let log = fs::read_to_string(&log).unwrap();
    assert!(log.starts_with("before\n{"), "{log}");
}

/// On standard error and in the report, whether it is read or written.
#[cfg(unix)]
#[test]
fn o4_name_of_a_file_is_shown_without_what_misleads() {
    let folder = folder("names");
    for odd in [
        "\u{1b}[2J",
        "\n",
        "\u{7f}",
        "\u{80}",
        "\u{85}",
        "\u{9b}31m",
        "\u{9f}",
        "\u{202e}",
        "\u{2066}",
        "\u{2028}",
        "\u{200f}",
        "\u{feff}",
    ] {
        let name = format!("a{odd}b");
        let id = "another";
        fs::copy(block_path(RSA), folder.join(&name)).unwrap();
        for args in [
            &["verify", &name, "--payload-id", id][..],
            &["verify", &name, "--payload-id", id, "--format", "json"],
            &["name", &name],
            &["print", &name],
            &["baseline", "--report", &name],
            &["verify", "--ndjson", "--payload-id-field", "id", &name],
            &["verify", "--baseline", &name, "--payload-id", id],
            &["verify", &format!("{name}-missing"), "--payload-id", id],
            &[
                "baseline",
                &block_path(RSA),
                "--payload-id",
                ID,
                "--dangerous-learn-self-asserted",
                "-o",
                &format!("{name}/x"),
            ],
        ] {
            let ran = run_in(&folder, args);
            let c = odd.chars().next().unwrap();
            for text in [&ran.out, &ran.err] {
                let is_shown = match c {
                    '\n' => text.contains("a\nb"),
                    c => text.contains(c),
                };
                assert!(!is_shown, "{odd:?} {args:?}: {text:?}");
            }
            assert!(!ran.err.is_empty() || !ran.out.is_empty(), "{args:?}");
        }
        fs::remove_file(folder.join(&name)).unwrap();
    }
}
