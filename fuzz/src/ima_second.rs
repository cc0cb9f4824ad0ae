//! A second judge of IMA lists: simple, and slow.

use std::collections::BTreeSet;

use sha1::{Digest as _, Sha1};
use tpm_quote::TpmAlgId;

use crate::parts::{Value, hash};

/// How a kernel extends a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Own,
    Padded,
    PaddedOnes,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) number: usize,
    pub(crate) offset: usize,
    pub(crate) pcr: u8,
    listed: Vec<u8>,
    template: String,
    hashed: Vec<u8>,
    fields: Vec<Vec<u8>>,
}

/// A beginning of a list that a quote proves.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) entries: usize,
    /// The quoted PCRs that its entries extend.
    pub(crate) pcrs: BTreeSet<u8>,
    pub(crate) modes: Vec<(u16, Mode)>,
}

/// What a policy asks for.
pub(crate) struct Terms {
    pub(crate) allowed: BTreeSet<String>,
    pub(crate) required: Vec<String>,
    /// The identifiers of keys, and whether they signed.
    pub(crate) keys: Vec<([u8; 4], bool)>,
    pub(crate) allows_violations: bool,
}

/// What a policy says of each proven entry, and of all.
pub(crate) struct Said {
    pub(crate) verdicts: Vec<String>,
    pub(crate) not_judged: u32,
    pub(crate) refused: Option<usize>,
    pub(crate) is_missing: bool,
}

/// The entries of a little-endian list with digests of 20 bytes.
pub(crate) fn read(list: &[u8]) -> Option<Vec<Entry>> {
    let word = |at: usize| {
        let bytes = list.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
    };
    let part = |at: usize, len: usize| Some(list.get(at..at.checked_add(len)?)?.to_vec());
    let mut entries = Vec::new();
    let mut at = 0;
    while at < list.len() {
        let offset = at;
        let pcr = u8::try_from(word(at)?).ok()?;
        let listed = part(at + 4, 20)?;
        let len = word(at + 24)?;
        let template = String::from_utf8(part(at + 28, len)?).ok()?;
        at += 28 + len;
        let (hashed, fields) = if template == "ima" {
            let digest = part(at, 20)?;
            let len = word(at + 20)?;
            let name = part(at + 24, len)?;
            at += 24 + len;
            let mut padded = name.clone();
            padded.resize(256.max(name.len()), 0);
            ([&digest[..], &padded].concat(), vec![digest, name])
        } else {
            let end = (at + 4).checked_add(word(at)?)?;
            let hashed = list.get(at + 4..end)?.to_vec();
            at += 4;
            let mut fields = Vec::new();
            while at < end {
                let len = word(at)?;
                fields.push(part(at + 4, len)?);
                at += 4 + len;
            }
            if at != end {
                return None;
            }
            (hashed, fields)
        };
        entries.push(Entry {
            number: entries.len(),
            offset,
            pcr,
            listed,
            template,
            hashed,
            fields,
        });
    }
    Some(entries)
}

impl Entry {
    pub(crate) fn is_violation(&self) -> bool {
        self.listed == [0; 20]
    }

    /// The digest of the file, as text.
    fn digest(&self) -> String {
        let field = &self.fields[0];
        if self.template == "ima" {
            return format!("sha1:{}", digits(field));
        }
        let zero = field.iter().position(|byte| *byte == 0).expect("a zero");
        let names = core::str::from_utf8(&field[..zero]).expect("names");
        let names = names.strip_prefix("ima:").unwrap_or(names);
        format!("{names}{}", digits(&field[zero + 1..]))
    }

    fn is_aggregate(&self) -> bool {
        let name = &self.fields[1];
        let has_name = name == b"boot_aggregate\0" || name == b"boot_aggregate";
        has_name && self.pcr == 10 && !self.is_violation()
    }
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The value of a PCR after these entries.
pub(crate) fn pcr_after(entries: &[Entry], bank: u16, mode: Mode, pcr: u8) -> Vec<u8> {
    let bank = TpmAlgId(bank);
    let size = bank.digest_size().expect("a bank");
    let of_pcr = entries.iter().filter(|entry| entry.pcr == pcr);
    of_pcr.fold(vec![0; size], |value, entry| {
        let mut digest = match (entry.is_violation(), mode) {
            (true, Mode::PaddedOnes) => vec![0xff; 20],
            (true, _) => vec![0xff; size],
            (false, Mode::Own) => hash(bank, &entry.hashed),
            (false, _) => Sha1::digest(&entry.hashed).to_vec(),
        };
        digest.resize(size, 0);
        hash(bank, &[value, digest].concat())
    })
}

/// The longest beginning of the list that comes to all quoted values, if what the list says of
/// its digests is right so far.
pub(crate) fn found(entries: &[Entry], quoted: &[Value]) -> Option<Found> {
    if quoted
        .iter()
        .any(|value| value.index == 10 && value.digest.iter().all(|byte| *byte == 0))
    {
        return None;
    }
    let is_quoted = |pcr: u8| quoted.iter().any(|value| value.index == pcr);
    let matches = |count: usize| {
        let proven = &entries[..count];
        let mut pcrs: BTreeSet<u8> = proven.iter().map(|entry| entry.pcr).collect();
        pcrs.retain(|pcr| is_quoted(*pcr));
        pcrs.insert(10);
        let last = proven.last().is_some_and(|entry| is_quoted(entry.pcr));
        if !last {
            return None;
        }
        let mut banks: Vec<u16> = Vec::new();
        for value in quoted {
            if !banks.contains(&value.bank.0) {
                banks.push(value.bank.0);
            }
        }
        let mode_of = |bank: u16| {
            let all = [Mode::Own, Mode::Padded, Mode::PaddedOnes];
            let modes = &all[..if bank == 4 { 1 } else { 3 }];
            let of_bank = quoted.iter().filter(|value| value.bank.0 == bank);
            let of_bank: Vec<_> = of_bank
                .filter(|value| pcrs.contains(&value.index))
                .collect();
            let mut modes = modes.iter().copied();
            let fits = |mode: &Mode| {
                let mut values = of_bank.iter();
                values.all(|value| pcr_after(proven, bank, *mode, value.index) == value.digest)
            };
            Some((bank, modes.find(fits)?))
        };
        let modes: Option<Vec<_>> = banks.iter().map(|bank| mode_of(*bank)).collect();
        modes.map(|modes| Found {
            entries: count,
            pcrs,
            modes,
        })
    };
    let found = (1..=entries.len()).rev().find_map(matches)?;
    // Behind it nothing is looked at any more.
    let mut behind = entries[found.entries..].iter();
    let over = behind.position(|entry| found.pcrs.contains(&entry.pcr));
    let end = over.map_or(entries.len(), |over| found.entries + over);
    let mut checked = entries[..end].iter().filter(|entry| is_quoted(entry.pcr));
    let is_right =
        |entry: &Entry| entry.is_violation() || entry.listed == Sha1::digest(&entry.hashed)[..];
    checked.all(is_right).then_some(found)
}

/// What a policy says of the entries that are proven.
pub(crate) fn said(proven: &[&Entry], terms: &Terms) -> Said {
    let first = proven
        .first()
        .filter(|entry| entry.number == 0 && entry.is_aggregate());
    let mut said = Said {
        verdicts: Vec::new(),
        not_judged: 0,
        refused: None,
        is_missing: false,
    };
    let mut measured = BTreeSet::new();
    for entry in proven {
        let is_start = entry.number == 0 && entry.is_aggregate();
        let is_again = entry.is_aggregate()
            && first.is_some_and(|first| {
                first.digest() == entry.digest() && !entry.digest().starts_with("new")
            });
        let (verdict, refuses) = if entry.is_violation() {
            ("unprotected".to_owned(), !terms.allows_violations)
        } else if is_start || is_again {
            ("boot-aggregate".to_owned(), false)
        } else if terms.allowed.contains(&entry.digest()) {
            ("allowed".to_owned(), false)
        } else {
            match signature(entry, terms) {
                Signature::Good(key) => (format!("signed {key}"), false),
                Signature::NotJudged => {
                    said.not_judged += 1;
                    ("unknown".to_owned(), true)
                }
                Signature::Bad => ("unknown".to_owned(), true),
            }
        };
        if refuses {
            said.refused = said.refused.or(Some(entry.number));
        }
        let counts = entry.pcr == 10 && !entry.is_violation() && verdict != "boot-aggregate";
        if said.refused.is_none() && counts {
            measured.insert(entry.digest());
        }
        said.verdicts.push(verdict);
    }
    said.is_missing = terms.required.iter().any(|text| !measured.contains(text));
    said
}

enum Signature {
    Good(usize),
    NotJudged,
    Bad,
}

/// By the offsets of `struct signature_v2_hdr`.
fn signature(entry: &Entry, terms: &Terms) -> Signature {
    let has_field = entry.template.starts_with("ima-sig");
    let Some(bytes) = entry
        .fields
        .get(2)
        .filter(|field| has_field && !field.is_empty())
    else {
        return Signature::Bad;
    };
    let (kind, version) = (bytes[0], bytes.get(1).copied().unwrap_or(0));
    if !matches!((kind, version), (3 | 6, 2 | 3)) {
        return Signature::NotJudged;
    }
    if bytes.len() <= 9 || bytes.len() != 9 + usize::from(bytes[7]) * 256 + usize::from(bytes[8]) {
        return Signature::Bad;
    }
    let name = match bytes[2] {
        1 => "md5",
        2 => "sha1",
        3 => "rmd160",
        4 => "sha256",
        5 => "sha384",
        6 => "sha512",
        7 => "sha224",
        17 => "sm3",
        _ => return Signature::Bad,
    };
    let prefix = match (kind, version) {
        (6, 3) => format!("verity:{name}:"),
        (6, _) => return Signature::Bad,
        _ => format!("{name}:"),
    };
    if !entry.digest().starts_with(&prefix) {
        return Signature::Bad;
    }
    if !matches!(bytes[2], 4..=6) {
        return Signature::NotJudged;
    }
    let mut keys = terms.keys.iter().enumerate();
    let key = keys.find(|(_, (id, signs))| bytes[3..7] == *id && *signs);
    key.map_or(Signature::Bad, |(place, _)| Signature::Good(place))
}
