//! Runs the command, and finds the evidence and its facts.

use std::{
    ffi::OsStr,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use base64ct::{Base64, Encoding as _};
use p256::ecdsa::signature::Signer as _;
use serde_json::{Map, Value, json};

use crate::schema;

/// The keys of a report on a response; a report on other evidence has `attest` after
/// `ima`.
pub const KEYS: [&str; 17] = [
    "version", "source", "verdict", "check", "problem", "message", "help", "place", "field",
    "notes", "key", "quote", "baseline", "boot", "ima", "checks", "warnings",
];

pub const SELF_ASSERTED: &str = "The key is self-asserted: the evidence is consistent, but nothing shows that a TPM made it. Anyone can make such a key in software.";

/// What came of running the command.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Standard output as the one JSON object that it has to be.
    pub fn json(&self) -> Value {
        let value: Value = serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("not one JSON value: {error}: {self:?}"));
        assert!(value.is_object(), "{self:?}");
        value
    }

    /// The state of this check in the JSON report.
    #[track_caller]
    pub fn state(&self, name: &str) -> String {
        state(&self.json(), name)
    }

    /// The line of the text report on this check, without the check's name.
    pub fn check(&self, name: &str) -> &str {
        let mut lines = self.out.lines().filter_map(|line| {
            let (first, rest) = line.trim_start().split_once(' ')?;
            (first == name && line.starts_with("  ")).then_some(rest.trim())
        });
        let line = lines.next();
        line.unwrap_or_else(|| panic!("no line on {name}: {self:?}"))
    }
}

pub fn command<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tpm-quote"));
    command.args(args);
    command
}

/// Runs the command with an empty standard input.
pub fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    run_on(args, b"")
}

/// Runs the command with this standard input.
pub fn run_on<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>, input: &[u8]) -> Ran {
    run_command(&mut command(args), input)
}

/// Runs the command in a folder.
pub fn run_in<S: AsRef<OsStr>>(folder: &Path, args: impl IntoIterator<Item = S>) -> Ran {
    run_command(command(args).current_dir(folder), b"")
}

fn run_command(command: &mut Command, input: &[u8]) -> Ran {
    let mut child = start(command);
    let mut stdin = child.stdin.take().unwrap();
    let output = thread::scope(|scope| {
        // It may write before it has read all. If it was used wrongly, it ends
        // without reading.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    });
    let out = String::from_utf8(output.stdout).unwrap();
    schema::hold(&out);
    Ran {
        status: output.status.code().expect("killed by a signal"),
        out,
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub fn start(command: &mut Command) -> Child {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    pipes.stderr(Stdio::piped()).spawn().unwrap()
}

/// A file of the evidence.
pub fn data(path: &str) -> PathBuf {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    PathBuf::from(root).join(path)
}

pub fn read(path: &str) -> Vec<u8> {
    let path = data(path);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn read_json(path: &str) -> Value {
    serde_json::from_slice(&read(path)).unwrap()
}

/// An attestation from which the nonce was taken, signed by a key of our own: the key in
/// DER, what it signed, and the plain signature.
pub fn without_nonce(attest: &[u8]) -> [Vec<u8>; 3] {
    let mut attest = attest.to_vec();
    let signer = usize::from(u16::from_be_bytes([attest[6], attest[7]]));
    let at = 8 + signer;
    let size = usize::from(u16::from_be_bytes([attest[at], attest[at + 1]]));
    attest.splice(at..at + 2 + size, [0, 0]);
    let key = p256::ecdsa::SigningKey::from_slice(&[0x42; 32]).unwrap();
    let signature: p256::ecdsa::Signature = key.sign(&attest);
    let point = key.verifying_key().to_sec1_point(false);
    let spki = [
        &[
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
        ][..],
        &[
            0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ],
        point.as_bytes(),
    ]
    .concat();
    [spki, attest, signature.to_der().as_bytes().to_vec()]
}

/// A file of its own for a test.
pub fn file(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = own_path(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// A folder of its own for a test.
pub fn folder(name: &str) -> PathBuf {
    let path = own_path(name);
    fs::create_dir(&path).unwrap();
    PathBuf::from(path)
}

fn own_path(name: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let id = std::process::id();
    format!("{}/{id}-{count}-{name}", env!("CARGO_TARGET_TMPDIR"))
}

/// The path of a block.
pub fn block_path(name: &str) -> String {
    data(&format!("blocks/{name}.json"))
        .into_os_string()
        .into_string()
        .unwrap()
}

/// A block, as a server sends it.
pub fn block(name: &str) -> Value {
    read_json(&format!("blocks/{name}.json"))
}

/// The facts about the quote in a block.
pub fn facts_of_block(name: &str) -> Value {
    let info = read_json(&format!("blocks/{name}.info.json"));
    read_json(&format!("{}/case.json", info["case"].as_str().unwrap()))
}

/// The facts about a case.
pub fn facts(case: &str) -> Value {
    read_json(&format!("cases/{case}/case.json"))
}

/// The response that a server would send with the quote of a case.
pub fn response(case: &str) -> Value {
    let facts = facts(case);
    let banks = facts["pcr_selection_list"].as_array().unwrap();
    let banks = banks.iter().map(|bank| {
        let pcrs = bank["pcrs"].as_array().unwrap();
        let pcrs: Vec<String> = pcrs.iter().map(ToString::to_string).collect();
        format!("{}:{}", text(&bank["bank"]), pcrs.join(","))
    });
    let part = |name| base64(&read(&format!("cases/{case}/{name}")));
    json!({"_metadata": {"tpm_attestation": {
        "is_available": true,
        "pcr_banks": banks.collect::<Vec<_>>().join("+"),
        "pcr_values": facts["pcr_values"],
        "aik_pubkey_b64": part("ak.pub"),
        "quote_b64": part("quote.attest2b"),
        "signature_b64": part("quote.sig"),
    }}})
}

pub fn base64(bytes: &[u8]) -> String {
    let mut room = vec![0; bytes.len() * 2 + 4];
    Base64::encode(bytes, &mut room).unwrap().to_owned()
}

pub fn unbase64(text: &Value) -> Vec<u8> {
    let mut room = vec![0; 4096];
    let text = text.as_str().unwrap();
    Base64::decode(text, &mut room).unwrap().to_owned()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

/// The part of a response in which the evidence lies.
pub fn attestation(response: &mut Value) -> &mut Map<String, Value> {
    let block = &mut response["_metadata"]["tpm_attestation"];
    block.as_object_mut().unwrap()
}

/// The member `checks` of a JSON report, from text as in `input ok, tier failed`.
pub fn checks(states: &str) -> Value {
    let states = states.split(',').map(|check| {
        let (name, state) = check.trim().split_once(' ').unwrap();
        json!({"name": name, "state": state})
    });
    states.collect()
}

/// The state of this check in a JSON report.
#[track_caller]
pub fn state(report: &Value, name: &str) -> String {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name);
    let check = check.unwrap_or_else(|| panic!("nothing on {name}: {report:#}"));
    text(&check["state"]).to_owned()
}

pub fn keys(object: &Value) -> Vec<&str> {
    let object = object.as_object().unwrap_or_else(|| panic!("{object}"));
    object.keys().map(String::as_str).collect()
}
