//! `--policy FILE`: what the options say, in a file, and the rules for a boot.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    boot::{ALL, SHIM, booted, path, quote, response},
    tools::{Ran, block_path, data, file, folder, hex, read, run, state, text},
};

const RSA: &str = "rsa-main-aik-tpm2b";
const ID: &str = "22c4a258-d445-5bdd-885d-40980abcee2d";
const NAME: &str = "000b4611c66b0daff40ebbe980b0c5ee42463e495debd13536864ab51a47916248e0";

fn policy(value: &Value) -> String {
    file("policy.json", value.to_string())
}

/// `verify` of a block with a policy file.
fn verify(policy: &str, more: &[&str]) -> Ran {
    let block = block_path(RSA);
    let options = [
        "verify",
        &block,
        "--payload-id",
        ID,
        "--format",
        "json",
        "--policy",
        policy,
    ];
    run([&options[..], more].concat())
}

/// A machine with its logs, and rules for its boot.
fn ruled(machine: &str, name: &str, rules: &Value) -> Ran {
    let policy = policy(&json!({"boot": rules}));
    booted(machine, name, &["--format", "json", "--policy", &policy])
}

#[track_caller]
fn assert_rule_fails(ran: &Ran, problem: &str) {
    let report = ran.json();
    assert_eq!(
        (ran.status, &report["check"]),
        (1, &json!("boot-log")),
        "{report:#}"
    );
    assert_eq!(report["verdict"], "rejected");
    assert_eq!(report["problem"], problem, "{report:#}");
    assert_eq!(state(&report, "boot-log"), "failed");
    // What was found before is still told.
    assert_eq!(report["boot"]["tail_bytes"], 0);
    assert_eq!(report["quote"], Value::Null);
}

#[track_caller]
fn assert_usage(ran: &Ran, says: &str) {
    assert_eq!((ran.status, &*ran.out), (2, ""), "{says}: {}", ran.err);
    assert!(ran.err.contains(says), "{says}: {}", ran.err);
}

#[test]
fn setting_means_what_its_option_means() {
    let good = policy(&json!({"require_pcrs": "sha256:0,7", "ak_name": [NAME], "tier": "maximum"}));
    let ran = verify(&good, &[]);
    assert_eq!(
        (ran.status, &ran.json()["key"]["trust"]),
        (0, &json!("pinned"))
    );
    for (setting, check) in [
        (json!({"require_pcrs": "sha256:0,5"}), "selection"),
        (
            json!({"ak_name": [format!("000b{}", "11".repeat(32))]}),
            "key-anchor",
        ),
        (json!({"require_anchor": true}), "key-anchor"),
        (json!({"min_firmware": "f".repeat(16)}), "clock"),
    ] {
        let ran = verify(&policy(&setting), &[]);
        assert_eq!(
            (ran.status, &ran.json()["check"]),
            (1, &json!(check)),
            "{setting}"
        );
    }
    // What is false is not asked for.
    let ran = verify(
        &policy(&json!({"require_anchor": false, "tier": "high"})),
        &[],
    );
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn names_of_files_are_relative_to_the_policy_file() {
    let folder = folder("policy");
    let bad = json!({"sha256": {"0": "11".repeat(32)}});
    fs::write(folder.join("bad.json"), bad.to_string()).unwrap();
    fs::write(folder.join("policy.json"), r#"{"baseline": "bad.json"}"#).unwrap();
    let policy = folder.join("policy.json");
    let ran = verify(policy.to_str().unwrap(), &[]);
    assert_eq!((ran.status, &ran.json()["check"]), (1, &json!("baseline")));
    // The same by the other spelling.
    let option = format!("--policy={}", policy.display());
    let ran = run([
        "verify",
        &block_path(RSA),
        "--payload-id",
        ID,
        &option,
        "--format",
        "json",
    ]);
    assert_eq!((ran.status, &ran.json()["check"]), (1, &json!("baseline")));
}

#[test]
fn file_that_is_not_as_documented_is_wrong_usage_with_its_place() {
    let bad = |text: &str| file("policy.json", text);
    for (text, says) in [
        (
            "{\n  \"require_pcr\": \"sha256:0\"\n}",
            ":2:3: policy at byte 4: unknown field \"require_pcr\"",
        ),
        (
            "{\"boot\": {\"secure_boot\": true}}",
            ":1:11: boot at byte 10: unknown field \"secure_boot\"",
        ),
        (
            "{\"tier\": \"high\", \"tier\": \"high\"}",
            "tier at byte 17: given twice",
        ),
        ("{\"tier\": true}", "expected a string"),
        ("{\"ak_name\": \"00\"}", "expected an array"),
        ("{\"require_anchor\": 1}", "expected true or false"),
        ("{\"ak_name\": []}", "a list with an element in it"),
        ("{}", "the policy asks for nothing"),
        ("{\"require_anchor\": false}", "the policy asks for nothing"),
        ("[]", "expected an object"),
        ("{\"tier\": \"high\"} x", "expected the end of the text"),
        ("", "the JSON text ends too early"),
        (
            "{\"tier\": \"highest\"}",
            "invalid value 'highest' for '--tier",
        ),
        (
            "{\"require_pcrs\": \"sha256:99\"}",
            "expected a PCR from 0 to 23",
        ),
        (
            "{\"baseline\": \"missing.json\"}",
            "missing.json: cannot be read",
        ),
        (
            "{\"boot\": {\"allow_images\": [\"80a6\"]}}",
            ":1:28: allow_images: expected a hash and a digest",
        ),
        (
            "{\"boot\": {\"allow_images\": [\"sha256:80\"]}}",
            "1 bytes, expected 32 of sha256",
        ),
        (
            "{\"boot\": {\"allow_authorities\": [\"80\"]}}",
            "1 bytes, expected 32",
        ),
        (
            "{\"boot\": {\"explained_pcrs\": [24]}}",
            "not a PCR, expected 0 to 23",
        ),
    ] {
        let ran = verify(&bad(text), &[]);
        assert_usage(&ran, says);
    }
    assert_usage(
        &verify("/nonexistent/policy", &[]),
        "/nonexistent/policy: cannot be read",
    );
    let ran = run(["verify", &block_path(RSA), "--payload-id", ID, "--policy"]);
    assert_usage(&ran, "--policy");
}

#[test]
fn what_file_and_option_both_say_is_wrong_usage() {
    let good = policy(&json!({"ak_name": [NAME]}));
    for more in [
        ["--ak-name", NAME].as_slice(),
        &[&format!("--ak-name={NAME}")],
    ] {
        assert_usage(&verify(&good, more), "ak_name: also given as --ak-name");
    }
    // Different things go together, and what contradicts itself does not.
    let ran = verify(&good, &["--require-anchor"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = verify(&good, &["--certified-by", "x"]);
    assert_usage(&ran, "cannot be used with");
    assert!(
        ran.err.contains("some options are from the policy file"),
        "{}",
        ran.err
    );
    // Behind -- there are no options.
    let ran = run(["verify", "--payload-id", ID, "--", "--policy"]);
    assert_usage(&ran, "--policy: cannot be read");
}

/// A setting that nothing would look at is an error.
#[test]
fn setting_that_a_command_does_not_look_at_is_wrong_usage() {
    let part = |name: &str| {
        let path = data(&format!("attest/022-nvcertify-plain-16-8-by-rsa/{name}"));
        path.into_os_string().into_string().unwrap()
    };
    let (key, attest, signature) = (part("ak.pub"), part("attest"), part("sig"));
    let files = ["-u", &key, "-m", &attest, "-s", &signature, "--nonce", "00"];
    let attest = [&["attest", "--kind", "nv"], &files[..]].concat();
    for setting in [
        json!({"baseline": "x"}),
        json!({"boot": {"refuse_weakened": true}}),
        json!({"tier": "high"}),
    ] {
        let file = policy(&setting);
        let ran = run([&attest[..], &["--policy", &file]].concat());
        assert_usage(&ran, "not for tpm-quote attest");
    }
    let tier = policy(&json!({"tier": "high"}));
    assert_usage(
        &booted(SHIM, ALL, &["--policy", &tier]),
        "tier: not for tpm-quote check",
    );
    // Rules for a boot need a log.
    let rules = policy(&json!({"boot": {"refuse_weakened": true}}));
    assert_usage(&verify(&rules, &[]), "give --boot-log");
}

#[test]
fn required_pcrs_are_those_of_check_as_well() {
    let wanted = policy(&json!({"require_pcrs": "sha256:0,4"}));
    let ran = booted(SHIM, ALL, &["--policy", &wanted, "--format", "json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = booted(
        SHIM,
        "ecc-sha256-few",
        &["--require-pcrs", "sha256:0,4", "--format", "json"],
    );
    assert_eq!((ran.status, &ran.json()["check"]), (1, &json!("selection")));
}

/// The example in `docs/policy.md`.
#[test]
fn documented_policy_is_one_that_a_machine_fulfils() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_to_string(root.join("docs/policy.md")).unwrap();
    let (_, example) = docs.split_once("```json\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let folder = folder("documented");
    let values = read(&format!("boot/{SHIM}/quotes/{ALL}/pcrs.values"));
    let good = json!({"sha256": {"0": hex(&values[..32])}});
    fs::write(folder.join("good.json"), good.to_string()).unwrap();
    fs::write(folder.join("policy.json"), example).unwrap();
    let policy = folder
        .join("policy.json")
        .into_os_string()
        .into_string()
        .unwrap();
    let ran = booted(SHIM, ALL, &["--policy", &policy, "--format", "json"]);
    let report = ran.json();
    assert_eq!(ran.status, 0, "{report:#}");
    assert_eq!(report["baseline"]["matched"], 1);
    assert_eq!(state(&report, "boot-log"), "ok");
    // In a response as well.
    let quote = quote(SHIM, ALL);
    let log = path(SHIM, "eventlog.bin");
    let name = text(&report["key"]["name"]);
    let ran = run([
        "verify",
        &response(SHIM, ALL),
        "--nonce",
        text(&quote["nonce"]),
        "--boot-log",
        &log,
        "--ak-name",
        name,
        "--policy",
        &policy,
        "--format",
        "json",
    ]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.state("boot-log"), "ok");
}

#[test]
fn l13_each_image_authority_and_command_line_has_to_be_allowed() {
    let digest = |byte: &str| format!("sha256:{}", byte.repeat(32));
    let shim = "sha256:80a66d53a945d2286fcadd780fae1c225aa732079cd67b5225dc78aaab4e2ff8";
    let other = "11".repeat(32);
    for (rules, problem) in [
        (json!({"allow_images": [shim]}), "image-not-allowed"),
        (json!({"allow_images": [digest("11")]}), "image-not-allowed"),
        (
            json!({"allow_authorities": [other]}),
            "authority-not-allowed",
        ),
        (
            json!({"allow_command_lines": ["quiet"]}),
            "command-line-not-allowed",
        ),
        (json!({"sbat_at_least": ["shim,5"]}), "sbat-too-old"),
        (json!({"dbx_has": [other]}), "dbx-entry-missing"),
    ] {
        assert_rule_fails(&ruled(SHIM, ALL, &rules), problem);
    }
    let off = ruled(
        "05-efistub-shell",
        ALL,
        &json!({"require_secure_boot": true}),
    );
    assert_rule_fails(&off, "secure-boot-off");
    let off = ruled(
        "24-mok-validation-off",
        ALL,
        &json!({"require_mok_validation": true}),
    );
    assert_rule_fails(&off, "mok-validation-disabled");
    // A rule on what the quote does not cover fails.
    let unknown = ruled(SHIM, "ecc-sha256-few", &json!({"allow_images": [shim]}));
    assert_rule_fails(&unknown, "fact-unknown");
    // A rule that contradicts itself is none.
    let ran = ruled(SHIM, ALL, &json!({"require_images": [shim]}));
    assert_eq!(
        (ran.status, &ran.json()["check"]),
        (2, &json!("input")),
        "{ran:?}"
    );
}

/// What is learned from a boot allows that boot, and no other.
#[test]
fn boot_policy_is_learned_from_a_verified_log_of_an_anchored_key() {
    let machine = "15-trixie-secureboot";
    let of_report = booted(machine, ALL, &["--format", "json"]);
    let report = file("report.json", &of_report.out);
    let folder = folder("learned");
    let learned = |name: &str| folder.join(name).into_os_string().into_string().unwrap();
    let (policy, other) = (learned("policy.json"), learned("other.json"));
    let ran = run(["baseline", "--report", &report, "--boot-policy", &policy]);
    assert_eq!(ran.status, 0, "{ran:?}");

    // The same from a response, its log and a key that is pinned.
    let (response, log) = (response(machine, ALL), path(machine, "eventlog.bin"));
    let quote = quote(machine, ALL);
    let from = [
        "baseline",
        &response,
        "--nonce",
        text(&quote["nonce"]),
        "--boot-log",
        &log,
    ];
    let report = of_report.json();
    let name = text(&report["key"]["name"]);
    let more = ["--boot-policy", &other];
    let ran = run([&from[..], &more, &["--ak-name", name]].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    let [one, two] = [&policy, &other].map(|file| fs::read_to_string(file).unwrap());
    assert_eq!(one, two);
    let rules: Value = serde_json::from_str(&one).unwrap();
    let facts: Value = serde_json::from_slice(&read(&format!("boot/{machine}/case.json"))).unwrap();
    let shim = text(&facts["facts"]["images_loaded"][0]["sha256"]);
    assert_eq!(rules["boot"]["allow_images"][0], format!("sha256:{shim}"));
    assert_eq!(rules["boot"]["require_secure_boot"], true);

    let ran = booted(machine, ALL, &["--policy", &policy, "--format", "json"]);
    assert_eq!((ran.status, &*ran.state("boot-log")), (0, "ok"), "{ran:?}");
    let ran = booted(SHIM, ALL, &["--policy", &policy, "--format", "json"]);
    assert_eq!((ran.status, &ran.json()["check"]), (1, &json!("boot-log")));

    // Not from a key that nothing vouches for, another's log, or no log.
    let new = learned("none.json");
    let more = ["--boot-policy", &new];
    let ran = run([&from[..], &more].concat());
    assert_eq!(
        (ran.status, Path::new(&new).exists()),
        (1, false),
        "{ran:?}"
    );
    let others = path(SHIM, "eventlog.bin");
    let with_others = [&from[..5], &[&others, "--ak-name", name]].concat();
    let ran = run([&with_others[..], &more].concat());
    assert_eq!(
        (ran.status, Path::new(&new).exists()),
        (1, false),
        "{ran:?}"
    );
    let ran = run([&from[..4], &["--ak-name", name], &more].concat());
    assert_usage(&ran, "give --boot-log");
    assert!(!Path::new(&new).exists());
}

/// The suffix without which the log explains nothing is a part of what is learned.
#[test]
fn what_is_not_known_of_a_boot_is_not_learned_and_said() {
    let report = file(
        "report.json",
        booted("13-os-separator", "ecc-sha256-few", &["--format", "json"]).out,
    );
    let policy = folder("partly").join("policy.json");
    let policy = policy.to_str().unwrap();
    let ran = run(["baseline", "--report", &report, "--boot-policy", policy]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let says = "not learned: allow_images: the quote does not cover PCR 4\n";
    assert!(ran.err.contains(says), "{}", ran.err);
    let rules: Value = serde_json::from_slice(&fs::read(policy).unwrap()).unwrap();
    assert_eq!(rules["allow_suffix"], json!(["os-separator"]));
    assert_eq!(rules["boot"].get("allow_images"), None);
    // On the command line it is said once already.
    let ran = check_alone(policy);
    assert_eq!(
        (ran.status, &ran.json()["verdict"]),
        (0, &json!("verified")),
        "{ran:?}"
    );
}

/// Machine 13 by a policy file that allows its suffix.
fn check_alone(policy: &str) -> Ran {
    let machine = "13-os-separator";
    let log = path(machine, "eventlog.bin");
    crate::boot::check(
        machine,
        "ecc-sha256-few",
        &["-e", &log, "--policy", policy, "-F", "json"],
    )
}

/// The keys in the tables of `docs/policy.md`: in the file itself, or in `boot`.
fn documented(heading: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_to_string(root.join("docs/policy.md")).unwrap();
    let (_, behind) = docs.split_once(heading).unwrap();
    let rows = behind.lines().skip_while(|line| !line.starts_with("| `"));
    let rows = rows.take_while(|line| line.starts_with("| `"));
    let keys = rows.flat_map(|row| {
        let (keys, rest) = row[1..].split_once('|').unwrap();
        let keys = keys
            .split(',')
            .map(|key| key.trim().trim_matches('`').to_owned());
        keys.map(|key| (key, rest.to_owned())).collect::<Vec<_>>()
    });
    keys.collect()
}

/// A value of another type is refused with the key's own place: so the key is known. Each one of
/// the file itself is an option that the command has.
#[test]
fn every_documented_key_is_known_and_is_an_option() {
    let keys = documented("## Keys of the options");
    assert!(keys.len() > 20, "{keys:?}");
    for (key, wants) in keys {
        let value = match &*wants {
            wants if wants.contains("a list") => json!(["\u{1}"]),
            wants if wants.contains("`true`") => json!(true),
            _ => json!("\u{1}"),
        };
        let ran = verify(&policy(&json!({&key: value})), &[]);
        assert!(
            !ran.err.contains("unexpected argument"),
            "{key}: {}",
            ran.err
        );
        assert!(!ran.err.contains("unknown field"), "{key}: {}", ran.err);
        assert!(!ran.err.contains("expected a string"), "{key}: {}", ran.err);
        let ran = verify(&policy(&json!({&key: {}})), &[]);
        assert_usage(&ran, "policy.json:1:");
        assert!(ran.err.contains("expected"), "{key}: {}", ran.err);
    }
    let rules = documented("## Rules for a boot");
    assert_eq!(rules.len(), 12, "{rules:?}");
    for (key, _) in rules {
        let ran = verify(&policy(&json!({"boot": {&key: {}}})), &[]);
        assert!(!ran.err.contains("unknown field"), "{key}: {}", ran.err);
    }
}
