//! Our own machines, in `tests/data/boot`, and more of them where `TPM_QUOTE_CORPUS` is: their
//! logs against their quotes.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::Value;
use tpm_quote::{
    AttestationKey, Error, Evidence, Nonce, PcrValue, QuotePolicy, Tpm2bPublic, TpmAlgId,
    Unmarshal, VerifiedQuote,
    log::{EventLog, Logs, PcrState, Replay, Suffix, UserspaceLog},
    verify_quote,
};

use crate::{
    common::{alg, alg_name},
    corpus,
};

/// The machines that have an event log.
pub const MACHINES: &[&str] = &[
    "01-secureboot-grub",
    "03-sdboot-uki",
    "05-efistub-shell",
    "13-os-separator",
    "15-trixie-secureboot",
    "18-ownkeys-uki",
    "19-systemd262-uki",
    "24-mok-validation-off",
];

pub fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/boot")
}

/// The firmware's event log of a machine.
pub fn log_of(machine: &str) -> Vec<u8> {
    Machine::new(here().join(machine)).file("eventlog.bin")
}

/// A machine, and what another program says of it.
pub struct Machine {
    folder: PathBuf,
    pub json: Value,
}

impl Machine {
    pub fn new(folder: PathBuf) -> Self {
        let json = fs::read(folder.join("case.json")).unwrap();
        let json = serde_json::from_slice(&json).unwrap();
        Self { folder, json }
    }

    /// All machines in a folder.
    pub fn all(folder: PathBuf) -> Vec<Self> {
        let entries = fs::read_dir(&folder).unwrap();
        let folders = entries.map(|entry| entry.unwrap().path());
        let mut folders: Vec<_> = folders.filter(|path| path.is_dir()).collect();
        folders.sort();
        folders.into_iter().map(Self::new).collect()
    }

    pub fn file(&self, name: &str) -> Vec<u8> {
        let path = self.folder.join(name);
        fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    pub fn name(&self) -> &str {
        self.json["name"].as_str().unwrap()
    }

    pub fn number(&self) -> &str {
        &self.name()[..2]
    }

    pub fn quotes(&self) -> Vec<Quoted> {
        let quotes = self.json["quotes"].as_array().unwrap().iter();
        // One is of a bank that the TPM does not have.
        let quotes = quotes.filter(|quote| !quote["select"].as_array().unwrap().is_empty());
        quotes.map(|quote| Quoted::new(self, quote)).collect()
    }

    /// Replays all logs of the machine, with the rule that machine 13 needs.
    pub fn replayed<T>(&self, quote: &Quoted, then: impl FnOnce(&Replay<'_>) -> T) -> T {
        let log = self.file("eventlog.bin");
        let mut logs = Logs::new().firmware(EventLog::parse(&log).unwrap());
        let later;
        match self.number() {
            "13" => logs = logs.allow_suffix(Suffix::OsSeparator),
            "19" => {
                later = self.file("tpm2-measure.log");
                logs = logs.userspace(UserspaceLog::parse(&later).unwrap());
            }
            _ => {}
        }
        then(&quote.replay(&logs).unwrap())
    }

    /// The indices for which the log has events, in a bank, as the other program counts them.
    fn logged(&self, bank: &str) -> BTreeSet<u8> {
        let replay = self.json["eventlog"]["replay"][bank].as_object();
        let indices = replay.into_iter().flat_map(|pcrs| pcrs.keys());
        let later = self.json["userspace_log"]["entries"].as_array();
        let later = later.into_iter().flatten();
        let later = later.map(|entry| entry["pcr"].as_u64().unwrap() as u8);
        let firmware = indices.map(|index| index.parse().unwrap());
        firmware.chain(later).collect()
    }
}

/// A quote of a machine, and all that is needed to verify it.
pub struct Quoted {
    pub name: String,
    public: Vec<u8>,
    attest: Vec<u8>,
    signature: Vec<u8>,
    nonce: Vec<u8>,
    pub values: Vec<(TpmAlgId, u8, Vec<u8>)>,
    /// How the log compares with it, in the words of the other program.
    said: String,
    /// What it proves of each IMA list, in the words of the other program.
    pub ima: Vec<Value>,
}

impl Quoted {
    fn new(machine: &Machine, quote: &Value) -> Self {
        let dir = quote["dir"].as_str().unwrap();
        let file = |name: &str| machine.file(&format!("{dir}/{name}"));
        let bytes = file("pcrs.values");
        let mut rest = &bytes[..];
        let mut values = Vec::new();
        for bank in quote["select"].as_array().unwrap() {
            let hash = alg(bank["bank"].as_str().unwrap());
            for index in bank["pcrs"].as_array().unwrap() {
                let (value, more) = rest.split_at(hash.digest_size().unwrap());
                values.push((hash, index.as_u64().unwrap() as u8, value.to_vec()));
                rest = more;
            }
        }
        assert!(rest.is_empty());
        Self {
            name: format!("{} {dir}", machine.name()),
            public: machine.file(quote["ak"].as_str().unwrap()),
            attest: file("quote.attest"),
            signature: file("quote.sig"),
            nonce: file("nonce.bin"),
            values,
            said: quote["eventlog"].as_str().unwrap().to_owned(),
            ima: quote["ima"].as_array().cloned().unwrap_or_default(),
        }
    }

    /// Verifies it, with its own PCRs as those that are required.
    pub fn verified<T>(&self, then: impl FnOnce(&VerifiedQuote<'_>) -> T) -> T {
        let public = Tpm2bPublic::from_bytes(&self.public).unwrap();
        let key = AttestationKey::self_asserted(&public).unwrap();
        let values = self.values.iter();
        let values: Vec<_> = values
            .map(|(bank, index, digest)| PcrValue {
                bank: *bank,
                index: *index,
                digest,
            })
            .collect();
        let evidence = Evidence {
            attest: &self.attest,
            signature: &self.signature[..],
            pcrs: &values,
        };
        let nonce = Nonce::exact(&self.nonce).unwrap();
        let policy = QuotePolicy::dangerous_any_pcrs(nonce);
        let quote = verify_quote(&key, &evidence, &policy);
        then(&quote.unwrap_or_else(|e| panic!("{}: {e}", self.name)))
    }

    pub fn replay<'l>(&self, logs: &Logs<'l>) -> Result<Replay<'l>, Error> {
        self.verified(|quote| quote.replay(logs))
    }
}

/// Every quoted PCR is in one list, and in the right one.
fn explained(machine: &Machine, quote: &Quoted, replay: &Replay<'_>, suffixed: &[u8]) {
    for (bank, index, value) in &quote.values {
        let name = alg_name(*bank);
        let is_logged = machine.logged(name).contains(index) || suffixed.contains(index);
        let is_zero = value.iter().all(|byte| *byte == 0);
        let expected = match (is_logged, is_zero) {
            (true, _) => PcrState::Explained,
            (false, true) => PcrState::NeverExtended,
            (false, false) => PcrState::Unexplained,
        };
        let found = replay.pcr_state(*bank, *index);
        assert_eq!(found, expected, "{} {name}:{index}", quote.name);
        // IMA's list is not among the logs.
        assert!(
            found != PcrState::Unexplained || *index == 10,
            "{}",
            quote.name
        );
        let is_suffixed = replay
            .suffixed_pcrs(Suffix::OsSeparator)
            .contains(*bank, *index);
        assert_eq!(
            is_suffixed,
            suffixed.contains(index),
            "{} {name}:{index}",
            quote.name
        );
    }
    let lists = [
        replay.explained_pcrs(),
        replay.never_extended_pcrs(),
        replay.unexplained_pcrs(),
    ];
    let count: usize = lists.iter().map(|list| list.iter().count()).sum();
    assert_eq!(count, quote.values.len());
}

/// The problem for which the logs are refused, and the PCR that its text begins with.
#[track_caller]
fn refused(quote: &Quoted, logs: &Logs<'_>, name: &str, text: &str) {
    let error = quote.replay(logs).unwrap_err();
    assert_eq!(error.problem_name(), name, "{}: {error}", quote.name);
    assert_eq!(error.check(), tpm_quote::Check::BootLog);
    assert!(error.to_string().contains(text), "{}: {error}", quote.name);
}

fn replays(machine: &Machine) -> usize {
    let quotes = machine.quotes();
    for quote in &quotes {
        let (bank, first, _) = &quote.values[0];
        let first = format!("{}:{first}", alg_name(*bank));
        if machine.json["eventlog"].is_null() || machine.number() == "17" {
            assert_eq!(quote.said, "no log");
            let text = format!("the logs have no events for {first}, the quote has ");
            refused(quote, &Logs::new(), "log-unexplained", &text);
            continue;
        }
        let log = machine.file("eventlog.bin");
        let log = EventLog::parse(&log).unwrap();
        let logs = Logs::new().firmware(log);
        let text = format!("{first} is ");
        match &*quote.said {
            "matched" => explained(machine, quote, &quote.replay(&logs).unwrap(), &[]),
            said if said.starts_with("PCRs extended after the log") => {
                assert_eq!(machine.number(), "13");
                refused(quote, &logs, "log-mismatch", &text);
                let other = logs.allow_suffix(Suffix::ExitBootServices);
                refused(quote, &other, "log-mismatch", &text);
                let logs = logs.allow_suffix(Suffix::OsSeparator);
                let replay = quote.replay(&logs).unwrap();
                let suffixed = [0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 14];
                explained(machine, quote, &replay, &suffixed);
            }
            "matched together with the userspace log" => {
                refused(quote, &logs, "log-mismatch", &text);
                // Some PCRs have other events than the separator.
                let rule = logs.allow_suffix(Suffix::OsSeparator);
                if quote.values.iter().any(|(_, index, _)| *index == 9) {
                    refused(quote, &rule, "log-mismatch", ":9 is ");
                } else {
                    quote.replay(&rule).unwrap();
                }
                let later = machine.file("tpm2-measure.log");
                let later = UserspaceLog::parse(&later).unwrap();
                let replay = quote.replay(&logs.userspace(later)).unwrap();
                explained(machine, quote, &replay, &[]);
            }
            said => panic!("{}: {said}", quote.name),
        }
    }
    quotes.len()
}

#[test]
fn our_machines_replay_to_their_quotes() {
    let machines = Machine::all(here());
    assert_eq!(machines.len(), MACHINES.len() + 1);
    let quotes: usize = machines.iter().map(replays).sum();
    assert_eq!(quotes, 4 * machines.len());
}

#[test]
fn more_machines_replay_to_their_quotes() {
    if let Some(folder) = corpus::folder("boot") {
        let machines = Machine::all(folder);
        let quotes: usize = machines.iter().map(replays).sum();
        println!("{} machines, {quotes} quotes", machines.len());
        assert!(machines.len() >= 17 && quotes >= 153);
    }
}

#[test]
fn log_of_another_boot_is_refused() {
    let machine = Machine::new(here().join("01-secureboot-grub"));
    let other = log_of("15-trixie-secureboot");
    for quote in machine.quotes() {
        let logs = Logs::new().firmware(EventLog::parse(&other).unwrap());
        let error = quote.replay(&logs).unwrap_err();
        assert_eq!(error.problem_name(), "log-mismatch", "{error}");
    }
}
