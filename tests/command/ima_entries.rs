//! `--ima-entries`: a line for each entry that is proven, with its verdict.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    boot::{ALL, check_json, path, verify},
    ima::{FEW, OTHER, allow, lines},
    tools::{folder, run, text},
};

const APP: &str = "/opt/app/hello.sh";

fn place() -> String {
    let path = folder("entries").join("entries.ndjson");
    path.into_os_string().into_string().unwrap()
}

fn entries(path: &str) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn each_entry_has_its_verdict_also_in_a_list_that_is_rejected() {
    let all = lines(OTHER);
    let files: Vec<_> = all[1..]
        .iter()
        .filter(|(_, name)| name != APP)
        .cloned()
        .collect();
    let without = allow("allow.txt", &files);
    for list in ["ima.bin", "ima.ascii", "ima_sha512.bin"] {
        let (list, out) = (path(OTHER, list), place());
        let options = [
            "--ima-list",
            &list,
            "--ima-allow",
            &without,
            "--ima-entries",
            &out,
        ];
        for (ran, name) in [
            (check_json(OTHER, FEW, &options), FEW),
            (verify(OTHER, ALL, &options), ALL),
        ] {
            assert_eq!(
                (ran.status, &ran.json()["check"]),
                (1, &json!("ima")),
                "{name}"
            );
            let entries = entries(&out);
            assert_eq!(entries.len(), all.len());
            for (number, (entry, (digest, file))) in entries.iter().zip(&all).enumerate() {
                let verdict = match &**file {
                    "boot_aggregate" => "boot-aggregate",
                    APP => "unknown",
                    _ => "allowed",
                };
                let expected = json!({
                    "entry": number, "pcr": 10, "template": "ima-ng",
                    "digest": format!("sha256:{digest}"), "name": file, "verdict": verdict,
                });
                assert_eq!(*entry, expected);
            }
        }
    }
}

#[test]
fn what_is_not_proven_is_not_written() {
    let out = place();
    // A longer list than the quote proves, without a policy.
    let (response, list) = (
        path("../server", "response.json"),
        path("../server", "ima-later.bin"),
    );
    let nonce = "b7154f895a4c4ce055494a2b023571a520caecc36ff541d534d0e25657eaa907";
    let options = [
        "verify",
        &response,
        "--nonce",
        nonce,
        "--ima-list",
        &list,
        "--ima-entries",
        &out,
    ];
    let ran = run(options);
    assert_eq!(ran.status, 0, "{ran:?}");
    let found = entries(&out);
    assert_eq!(found.len(), 54);
    assert!(found.iter().all(|entry| entry["verdict"] == Value::Null));
    assert!(
        !found
            .iter()
            .any(|entry| text(&entry["name"]).contains("later"))
    );
    // Nothing of the violations, and names on one line.
    let machine = "../ima/11-ima-odd-names";
    let list = path(machine, "ima.bin");
    let ran = check_json(machine, FEW, &["--ima-list", &list, "--ima-entries", &out]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let found = entries(&out);
    assert_eq!(found.len(), 67);
    for at in [28, 29] {
        let nothing = json!({"entry": at, "pcr": 10, "template": null, "digest": null, "name": null, "verdict": null});
        assert_eq!(found[at], nothing);
    }
    assert!(
        found
            .iter()
            .any(|entry| entry["name"] == "/odd/latin1-\\xe9\\xff")
    );

    // The list of another boot, and a quote that is refused.
    let (other, out) = (path("01-secureboot-grub", "ima.bin"), place());
    let ran = verify(OTHER, ALL, &["--ima-list", &other, "--ima-entries", &out]);
    assert_eq!(
        (ran.status, Path::new(&out).exists()),
        (1, false),
        "{ran:?}"
    );
    assert!(
        ran.err
            .contains("is not written: no entry of the list is proven"),
        "{}",
        ran.err
    );
}

#[test]
fn place_that_is_wrong_is_wrong_usage() {
    let list = path(OTHER, "ima.bin");
    let ran = verify(OTHER, ALL, &["--ima-entries", "x"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.err.contains("--ima-list"), "{}", ran.err);
    let copy = place();
    fs::copy(&list, &copy).unwrap();
    let ran = verify(OTHER, ALL, &["--ima-list", &copy, "--ima-entries", &copy]);
    assert_eq!(
        (ran.status, fs::read(&copy).unwrap()),
        (2, fs::read(&list).unwrap())
    );
    assert!(ran.err.contains("would be lost"), "{}", ran.err);
    let ndjson = [
        "verify",
        "--ndjson",
        "--payload-id-field",
        "id",
        "--ima-list",
        "response",
    ];
    let ran = run([&ndjson[..], &["--ima-entries", "x"]].concat());
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(
        ran.err.contains("--ima-entries is for one response"),
        "{}",
        ran.err
    );
}
