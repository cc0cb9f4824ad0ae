//! A kernel in software that measures: its IMA list, its PCRs, and quotes of them. Written
//! from the kernel's documents, without the crate under test.

use super::{
    forge::{Key, SHA1, SHA256, SHA384, SHA512, hash},
    scene::Scene,
};

/// What a kernel extends in a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Own,
    Padded,
    /// As `Padded`, and before Linux 5.8 for violations too.
    PaddedOnes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub pcr: u32,
    pub is_violation: bool,
    pub template: &'static str,
    pub fields: Vec<Vec<u8>>,
}

impl Entry {
    /// Of the template `ima-ng`, with this digest of SHA-256.
    pub fn of(name: &[u8], digest: &[u8]) -> Self {
        Self {
            pcr: 10,
            is_violation: false,
            template: "ima-ng",
            fields: vec![named("sha256:", digest), text(name)],
        }
    }

    /// Of a file with these contents.
    pub fn file(name: &str, contents: &str) -> Self {
        Self::of(name.as_bytes(), &hash(SHA256, contents.as_bytes()))
    }

    pub fn violation(name: &str) -> Self {
        let mut entry = Self::of(name.as_bytes(), &[0; 32]);
        entry.is_violation = true;
        entry
    }

    /// What the template digest covers.
    fn hashed(&self, big: bool) -> Vec<u8> {
        if self.template == "ima" {
            let mut name = self.fields[1].clone();
            name.resize(256, 0);
            return [&self.fields[0][..], &name].concat();
        }
        let mut data = Vec::new();
        for field in &self.fields {
            data.extend(word(field.len(), big));
            data.extend(field);
        }
        data
    }

    pub fn digest(&self, alg: u16, big: bool) -> Vec<u8> {
        match self.is_violation {
            true => vec![0; hash(alg, &[]).len()],
            false => hash(alg, &self.hashed(big)),
        }
    }
}

pub fn named(names: &str, digest: &[u8]) -> Vec<u8> {
    [names.as_bytes(), &[0], digest].concat()
}

pub fn text(text: &[u8]) -> Vec<u8> {
    [text, &[0]].concat()
}

fn word(number: usize, big: bool) -> [u8; 4] {
    let number = number as u32;
    match big {
        true => number.to_be_bytes(),
        false => number.to_le_bytes(),
    }
}

/// A list, and the machine that has it.
#[derive(Clone, Debug)]
pub struct List {
    pub entries: Vec<Entry>,
    /// A big-endian machine.
    pub big: bool,
    /// The bank of the template digests in the list.
    pub listed: u16,
}

impl List {
    /// A list of six entries of one machine.
    pub fn new() -> Self {
        let mut entries = vec![Entry::file("boot_aggregate", "PCRs")];
        for name in [
            "/init",
            "/bin/sh",
            "/usr/bin/app",
            "/lib/libc.so",
            "/etc/app.conf",
        ] {
            entries.push(Entry::file(name, &format!("contents of {name}")));
        }
        Self {
            entries,
            big: false,
            listed: SHA1,
        }
    }

    /// Where each entry begins, and where the last one ends.
    pub fn starts(&self) -> Vec<usize> {
        let mut starts = vec![0];
        for entry in &self.entries {
            let end = starts.last().unwrap() + self.record(entry).len();
            starts.push(end);
        }
        starts
    }

    fn record(&self, entry: &Entry) -> Vec<u8> {
        let big = self.big;
        let mut bytes = word(entry.pcr as usize, big).to_vec();
        bytes.extend(entry.digest(self.listed, big));
        bytes.extend(word(entry.template.len(), big));
        bytes.extend(entry.template.bytes());
        if entry.template == "ima" {
            bytes.extend(&entry.fields[0]);
            bytes.extend(word(entry.fields[1].len(), big));
            bytes.extend(&entry.fields[1]);
        } else {
            let data = entry.hashed(big);
            bytes.extend(word(data.len(), big));
            bytes.extend(data);
        }
        bytes
    }

    /// The binary list.
    pub fn bytes(&self) -> Vec<u8> {
        let records = self.entries.iter().map(|entry| self.record(entry));
        records.collect::<Vec<_>>().concat()
    }

    /// The list in ASCII, of templates whose fields are digests, names and bytes.
    pub fn ascii(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        for entry in &self.entries {
            let digest = digits(&entry.digest(self.listed, self.big));
            lines.extend(format!("{:2} {digest} {}", entry.pcr, entry.template).bytes());
            for (place, field) in entry.fields.iter().enumerate() {
                lines.push(b' ');
                match place {
                    0 if entry.template == "ima" => lines.extend(digits(field).bytes()),
                    0 => {
                        let zero = field.iter().position(|byte| *byte == 0).unwrap();
                        lines.extend(&field[..zero]);
                        lines.extend(digits(&field[zero + 1..]).bytes());
                    }
                    1 => lines.extend(field.strip_suffix(&[0]).unwrap_or(field)),
                    _ => lines.extend(digits(field).bytes()),
                }
            }
            lines.push(b'\n');
        }
        lines
    }

    /// The list as kexec carries it over.
    pub fn carried(&self) -> Vec<u8> {
        let bytes = self.bytes();
        let numbers = [bytes.len() as u64 + 24, self.entries.len() as u64];
        let mut header = match self.big {
            true => vec![0, 1, 0, 0, 0, 0, 0, 0],
            false => vec![1, 0, 0, 0, 0, 0, 0, 0],
        };
        for number in numbers {
            match self.big {
                true => header.extend(number.to_be_bytes()),
                false => header.extend(number.to_le_bytes()),
            }
        }
        [header, bytes].concat()
    }

    /// The value of a PCR after all entries.
    pub fn pcr(&self, index: u32, bank: u16, rule: Rule) -> Vec<u8> {
        let size = hash(bank, &[]).len();
        let mut pcr = vec![0; size];
        for entry in self.entries.iter().filter(|entry| entry.pcr == index) {
            let mut extended = match (entry.is_violation, rule) {
                (true, Rule::PaddedOnes) => vec![0xff; 20],
                (true, _) => vec![0xff; size],
                (false, Rule::Own) => entry.digest(bank, self.big),
                (false, _) => entry.digest(SHA1, self.big),
            };
            extended.resize(size, 0);
            pcr = hash(bank, &[pcr, extended].concat());
        }
        pcr
    }

    /// A quote of PCR 10 in these banks.
    pub fn quote(&self, banks: &[(u16, Rule)]) -> Scene {
        let values = banks.iter();
        let values = values.map(|(bank, rule)| (*bank, 10, self.pcr(10, *bank, *rule)));
        Scene::with_values(Key::p256(SHA256), values.collect())
    }

    /// A quote of PCR 10 by the rule of today's kernels.
    pub fn quoted(&self) -> Scene {
        self.quote(&[(SHA256, Rule::Own)])
    }
}

pub const ALL_BANKS: [u16; 4] = [SHA1, SHA256, SHA384, SHA512];

pub fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
