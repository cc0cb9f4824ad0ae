//! The baseline file: PCR values that are known to be good.
//!
//! `{"sha256": {"0": "hex", "7": ["hex", "hex"]}}`; a list means any of them. It
//! is read strictly, because whatever it does not say is not compared: a key
//! that is there twice, of which a plain map would keep one, is an error, as is
//! a bank, a list or a file in which nothing stands.

use std::{ffi::OsStr, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use tpm_quote::{
    PcrSet, TpmAlgId,
    verify::{bank_by_name, bank_name},
};

use crate::{
    input::{Hex, Input, unhex},
    json::Json,
};

/// A PCR and the values that are good for it.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) bank: TpmAlgId,
    pub(crate) index: u8,
    pub(crate) values: Vec<Vec<u8>>,
}

impl Entry {
    pub(super) fn is_same_pcr(&self, other: &Self) -> bool {
        (self.bank, self.index) == (other.bank, other.index)
    }

    /// The bank's name, as in the file.
    pub(crate) fn bank_name(&self) -> &'static str {
        bank_name(self.bank).unwrap_or_default()
    }
}

/// Reads a baseline file. The message of an error names the file, the line and
/// the column.
pub(crate) fn read(file: &OsStr) -> Result<Vec<Entry>, String> {
    let input = Input::read_file(file)?;
    parse(&input.bytes).map_err(|error| format!("{}: not a baseline: {error}", input.name))
}

/// What is in such a file.
pub(super) fn parse(text: &[u8]) -> serde_json::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut json = serde_json::Deserializer::from_slice(text);
    Banks(&mut entries).deserialize(&mut json)?;
    json.end()?;
    Ok(entries)
}

/// The text of such a file: its banks in the order of their ids, a line for each PCR.
pub(super) fn text(entries: &[Entry]) -> String {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort_by_key(|entry| (entry.bank.0, entry.index));
    let banks = entries.chunk_by(|one, next| one.bank == next.bank);
    let banks = banks.map(|bank| {
        let name = bank.first().map_or("", |entry| entry.bank_name());
        let pcrs = bank.iter().map(|entry| {
            let mut line = format!("    \"{}\": ", entry.index);
            entry.write(&mut line);
            line
        });
        let pcrs: Vec<_> = pcrs.collect();
        format!("  \"{name}\": {{\n{}\n  }}", pcrs.join(",\n"))
    });
    let banks: Vec<_> = banks.collect();
    format!("{{\n{}\n}}\n", banks.join(",\n"))
}

/// Its values: one alone, or a list.
impl Json for Entry {
    fn write(&self, out: &mut String) {
        match &*self.values {
            [value] => Hex(value).write(out),
            values => {
                let values: Vec<_> = values.iter().map(|value| Hex(value)).collect();
                values.write(out);
            }
        }
    }
}

/// The whole file.
struct Banks<'e>(&'e mut Vec<Entry>);

impl<'de> DeserializeSeed<'de> for Banks<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Banks<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of banks, as {\"sha256\": {\"0\": \"...\"}}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let bank = bank_by_name(&name).ok_or_else(|| {
                A::Error::custom(format_args!(
                    "{name:?}: not the name of a bank, as sha256 is"
                ))
            })?;
            if self.0.iter().any(|known| known.bank == bank) {
                return Err(A::Error::custom(format_args!("{name}: there twice")));
            }
            map.next_value_seed(Bank {
                bank,
                name: &name,
                entries: self.0,
            })?;
        }
        if self.0.is_empty() {
            return Err(A::Error::custom("no PCR, so that nothing is compared"));
        }
        Ok(())
    }
}

/// The PCR of one bank.
struct Bank<'e> {
    bank: TpmAlgId,
    name: &'e str,
    entries: &'e mut Vec<Entry>,
}

impl<'de> DeserializeSeed<'de> for Bank<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Bank<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: an object of PCR, as {{\"0\": \"...\"}}", self.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self {
            bank,
            name,
            entries,
        } = self;
        let before = entries.len();
        while let Some(key) = map.next_key::<String>()? {
            let index = index(name, &key).ok_or_else(|| {
                A::Error::custom(format_args!(
                    "{name}.{key:?}: not a PCR, 0 to 23 in decimal digits only"
                ))
            })?;
            let path = format!("{name}.{index}");
            if entries
                .iter()
                .any(|known| known.bank == bank && known.index == index)
            {
                return Err(A::Error::custom(format_args!("{path}: there twice")));
            }
            let size = bank.digest_size().unwrap_or_default();
            let values = map.next_value_seed(Values { path: &path, size })?;
            entries.push(Entry {
                bank,
                index,
                values,
            });
        }
        if entries.len() == before {
            return Err(A::Error::custom(format_args!("{name}: no PCR")));
        }
        Ok(())
    }
}

/// The index that a key is, by the library's grammar for sets of PCR.
fn index(bank: &str, key: &str) -> Option<u8> {
    let set = PcrSet::parse(&format!("{bank}:{key}")).ok()?;
    let mut pcrs = set.iter();
    match (pcrs.next(), pcrs.next()) {
        (Some((_, index)), None) => Some(index),
        _ => None,
    }
}

/// The good values of one PCR.
#[derive(Clone, Copy)]
struct Values<'e> {
    path: &'e str,
    size: usize,
}

impl Values<'_> {
    fn value<E: serde::de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
        let Self { path, size } = self;
        let value = unhex(text).map_err(|problem| E::custom(format_args!("{path}: {problem}")))?;
        if value.len() == size {
            Ok(value)
        } else {
            let found = value.len();
            Err(E::custom(format_args!(
                "{path}: {found} bytes, expected {size}, the size of the bank's digests"
            )))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = Vec<Vec<u8>>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = Vec<Vec<u8>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path;
        write!(
            f,
            "{path}: a value in hexadecimal, or a list of such values"
        )
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(vec![self.value(text)?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(One(self))? {
            values.push(value);
        }
        if values.is_empty() {
            let path = self.path;
            return Err(A::Error::custom(format_args!("{path}: an empty list")));
        }
        Ok(values)
    }
}

/// One of the good values in a list.
struct One<'e>(Values<'e>);

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = Vec<u8>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: a value in hexadecimal", self.0.path)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        self.0.value(text)
    }
}
