//! What tests/data/expectations.json says of responses, quotes and attestations holds for the
//! command, as it does for the library and the packages for other languages.

use std::fs;

use serde_json::{Value, json};

use crate::{
    expected::{DATA, response, rows, text},
    tools::{Ran, folder, read_json, run, run_on},
};

/// What a report says of this, and that the exit status says the same.
fn verdict(ran: &Ran) -> Value {
    let report = ran.json();
    let status = match text(&report["verdict"]) {
        "rejected" | "unsupported" => 1,
        "malformed" => 2,
        _ => 0,
    };
    assert_eq!(ran.status, status, "{ran:?}");
    json!({
        "verdict": report["verdict"],
        "check": report["check"],
        "problem": report["problem"],
    })
}

#[test]
fn responses_come_to_what_the_table_says() {
    let folder = folder("table");
    let (mut refused, mut wrong) = (Vec::new(), Vec::new());
    for row in rows("responses", 65) {
        let options = &row["options"];
        let mut args: Vec<String> = ["verify", "-", "--format", "json"]
            .map(str::to_owned)
            .into();
        let mut give = |option: &str, value: &str| {
            args.extend([option.to_owned(), value.to_owned()]);
        };
        if let Some(id) = row["payload_id"].as_str() {
            give("--payload-id", id);
        }
        for (name, value) in options.as_object().unwrap() {
            match &**name {
                "nonce" => give("--nonce", text(value)),
                "tier" => give("--tier", text(value)),
                "require_pcrs" => give("--require-pcrs", text(value)),
                "certified_by" => give("--certified-by", &format!("{DATA}/{}", text(value))),
                "ak_names" => {
                    for one in value.as_array().unwrap() {
                        give("--ak-name", text(one));
                    }
                }
                "baseline" => {
                    let file = folder.join("baseline.json");
                    fs::write(&file, value.to_string()).unwrap();
                    give("--baseline", file.to_str().unwrap());
                }
                "require_anchor" => {}
                other => panic!("the command has no option for {other}"),
            }
        }
        if options["require_anchor"] == true {
            args.push("--require-anchor".to_owned());
        }
        let ran = run_on(&args, response(&row).as_bytes());
        if ran.out.is_empty() {
            // An option that makes no sense is wrong usage: nothing is read.
            assert_eq!(ran.status, 2, "{}: {ran:?}", row["name"]);
            assert_eq!(row["expect"]["verdict"], "malformed", "{}", row["name"]);
            assert!(!ran.err.is_empty());
            refused.push(text(&row["expect"]["problem"]).to_owned());
            continue;
        }
        let found = verdict(&ran);
        if found["problem"] == "wrong-file" {
            // The command also names a file that is something else: the verdict is the same.
            assert_eq!(
                row["expect"]["verdict"], found["verdict"],
                "{}",
                row["name"]
            );
            assert_eq!(row["expect"]["check"], found["check"], "{}", row["name"]);
            wrong.push(text(&row["name"]).to_owned());
            continue;
        }
        assert_eq!(found, row["expect"], "{}", row["name"]);
    }
    assert_eq!(wrong, ["nothing", "not JSON"]);
    assert_eq!(
        refused,
        [
            "payload-id-empty",
            "baseline-empty",
            "baseline-value-length",
            "pcr-set"
        ]
    );
}

/// `check` and `attest` take a key that the caller names to be the right one: nothing else
/// changes.
fn named(expected: &Value) -> Value {
    let mut expected = expected.clone();
    if expected["verdict"] == "verified-self-asserted" {
        expected["verdict"] = "verified".into();
    }
    expected
}

#[test]
fn quotes_come_to_what_the_table_says() {
    for row in rows("quotes", 133) {
        let case = text(&row["case"]);
        let file = |name: &str| format!("{DATA}/cases/{case}/{name}");
        for form in ["quote.attest", "quote.attest2b"] {
            let mut args: Vec<String> = [
                "check",
                "-u",
                &file("ak.pub"),
                "-m",
                &file(form),
                "-s",
                &file("quote.sig"),
                "-f",
                &file("pcrs.serialized"),
                "-q",
                &format!("@{}", file("nonce.bin")),
                "--format",
                "json",
            ]
            .map(str::to_owned)
            .into();
            // The option has to agree with the file, which it does not where the selection
            // is one that no verifier takes: what the file selects counts there.
            if row["expect"]["check"] != "selection" {
                args.extend(["-l".to_owned(), text(&row["require_pcrs"]).to_owned()]);
            }
            let ran = run(&args);
            assert_eq!(verdict(&ran), named(&row["expect"]), "{case}: {ran:?}");
        }
    }
}

#[test]
fn attestations_come_to_what_the_table_says() {
    for row in rows("attests", 50) {
        let (case, kind) = (text(&row["case"]), text(&row["kind"]));
        let file = |name: &str| format!("{DATA}/attest/{case}/{name}");
        let told = read_json(&format!("attest/{case}/case.json"));
        let mut args: Vec<String> = ["attest", "--format", "json"].map(str::to_owned).into();
        let mut give = |option: &str, value: &str| {
            args.extend([option.to_owned(), value.to_owned()]);
        };
        give("--kind", kind);
        give("-u", &file("ak.pub"));
        give("-m", &file("attest"));
        give("-s", &file("sig"));
        give("--nonce", text(&told["attest"]["extraData"]));
        match kind {
            "certify" => give("--object", &file("certified.pub")),
            "creation" => {
                give("--object", &file("created.pub"));
                give("--creation-data", &file("creation.data"));
            }
            "nv" => give("--nv-public", &file("nv.public")),
            _ => {}
        }
        let ran = run(&args);
        assert_eq!(
            verdict(&ran),
            named(&row["expect"]),
            "{case} as {kind}: {ran:?}"
        );
    }
}

/// What an option of a row of calls is called here.
const RENAMED: &[(&str, &str)] = &[
    ("key", "-u"),
    ("attest", "-m"),
    ("signature", "-s"),
    ("pcrs", "-f"),
    ("require_pcrs", "-l"),
    ("ak_names", "--ak-name"),
    (
        "dangerous_allow_sha1_certificates",
        "--dangerous-sha1-certificates",
    ),
];

/// The digests of a list of IMA as text, but of the files with these names.
fn digests(value: &Value) -> Vec<String> {
    let but: Vec<&str> = value["but"]
        .as_array()
        .into_iter()
        .flatten()
        .map(text)
        .collect();
    let list = fs::read_to_string(format!("{DATA}/{}", text(&value["digests"]))).unwrap();
    let entries = list.lines().skip(1).map(|line| {
        let mut words = line.split(' ').skip(3);
        (words.next().unwrap(), words.next().unwrap())
    });
    let entries = entries.filter(|(_, name)| !but.contains(name));
    entries.map(|(digest, _)| digest.to_owned()).collect()
}

fn unhex(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len()).step_by(2);
    let bytes = pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16));
    bytes.map(Result::unwrap).collect()
}

/// The arguments of a row of calls: what is in no file is put into one in this folder.
struct Call<'r> {
    folder: &'r std::path::Path,
    args: Vec<String>,
}

impl Call<'_> {
    fn own(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let file = self.folder.join(name);
        fs::write(&file, bytes).unwrap();
        file.to_str().unwrap().to_owned()
    }

    fn give(&mut self, option: &str, value: String) {
        self.args.extend([option.to_owned(), value]);
    }

    fn option(&mut self, name: &str, value: &Value) {
        let renamed = RENAMED.iter().find(|(known, _)| *known == name);
        let dashed = format!("--{}", name.replace('_', "-"));
        let option = renamed.map_or(dashed, |(_, option)| (*option).to_owned());
        let bytes = |file: &Value| fs::read(format!("{DATA}/{}", text(file))).unwrap();
        match value {
            Value::Bool(true) => self.args.push(option),
            Value::Number(number) => self.give(&option, number.to_string()),
            Value::Array(several) => {
                for one in several {
                    self.option(name, one);
                }
            }
            Value::String(one) if name == "nonce" && self.args[0] == "check" => {
                self.give("-q", one.clone());
            }
            Value::String(lines) if name == "trust" => {
                let file = self.own("trust", lines);
                self.give("--trust", file);
            }
            Value::String(one) => self.give(&option, one.clone()),
            // These lie beside the trust file.
            Value::Object(files) if name == "trust_files" => {
                for (name, file) in files {
                    self.own(name, bytes(&file["file"]));
                }
            }
            Value::Object(given) if name == "policy" => {
                let file = self.own("policy.json", Value::from(given.clone()).to_string());
                self.give("--policy", file);
            }
            Value::Object(given) if given.contains_key("digests") => {
                let allowed: Vec<_> = digests(value)
                    .iter()
                    .map(|one| format!("{one}\n"))
                    .collect();
                let file = self.own("allowed", allowed.concat());
                self.give(&option, file);
            }
            Value::Object(given) => {
                let bytes = match (given.get("file"), given.get("files"), given.get("hex")) {
                    (Some(file), ..) => {
                        let mut bytes = bytes(file);
                        if let Some(take) = given.get("take") {
                            bytes.truncate(take.as_u64().unwrap().try_into().unwrap());
                        }
                        bytes
                    }
                    (_, Some(files), _) => {
                        files.as_array().unwrap().iter().flat_map(bytes).collect()
                    }
                    (.., digits) => unhex(text(digits.unwrap())),
                };
                let file = self.own(name, bytes);
                self.give(&option, file);
            }
            other => panic!("{name}: {other}"),
        }
    }
}

/// A key that `-u` names is known: it is pinned, where nothing vouches for it in the packages.
#[test]
fn calls_come_to_what_the_table_says() {
    let mut wrong = Vec::new();
    for row in rows("calls", 51) {
        let folder = folder("call");
        let command = match text(&row["call"]) {
            "quote" => "check",
            other => other,
        };
        let mut call = Call {
            folder: &folder,
            args: [command, "--format", "json"].map(str::to_owned).into(),
        };
        for (name, value) in row["options"].as_object().unwrap() {
            call.option(name, value);
        }
        let mut found = verdict(&run(&call.args));
        let is_known = row["expect"]["verdict"] == "verified-self-asserted";
        if is_known && found["verdict"] == "verified" {
            found["verdict"] = "verified-self-asserted".into();
        }
        if found != row["expect"] {
            wrong.push(format!("{}: {found}: {:?}", row["name"], call.args));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
