//! The baseline file: PCR values that are known to be good.
//!
//! `{"sha256": {"0": "hex", "7": ["hex", "hex"]}}`; a list means any of them. It
//! is read strictly, because whatever it does not say is not compared: a key
//! that is there twice, of which a plain map would keep one, is an error, as is
//! a bank, a list or a file in which nothing stands.

use std::{ffi::OsStr, fmt};

use serde_core::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use tpm_quote::{
    Pcr,
    verify::{bank_by_name, bank_name},
    wire::Hex,
};

use crate::input::{Input, unhex};

/// A PCR and the values that are good for it.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) pcr: Pcr,
    pub(crate) values: Vec<Vec<u8>>,
}

/// Reads a baseline file. The message of an error names the file, the line and
/// the column.
pub(crate) fn read(file: &OsStr) -> Result<Vec<Entry>, String> {
    let input = Input::read_file(file)?;
    parse(input.json()?).map_err(|error| format!("{}: not a baseline: {error}", input.name))
}

/// What is in such a file.
pub(crate) fn parse(text: &[u8]) -> serde_json::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut json = serde_json::Deserializer::from_slice(text);
    Banks(&mut entries).deserialize(&mut json)?;
    json.end()?;
    Ok(entries)
}

/// The text of such a file: its banks in the order of their ids, a line for each PCR.
pub(crate) fn text(entries: &[Entry]) -> String {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort_by_key(|entry| entry.pcr);
    let banks = entries.chunk_by(|one, next| one.pcr.bank() == next.pcr.bank());
    let banks = banks.map(|bank| {
        let name = bank.first().and_then(|entry| bank_name(entry.pcr.bank()));
        let name = name.unwrap_or_default();
        let pcrs = bank
            .iter()
            .map(|entry| format!("    \"{}\": {}", entry.pcr.index(), entry.values_text()));
        let pcrs: Vec<_> = pcrs.collect();
        format!("  \"{name}\": {{\n{}\n  }}", pcrs.join(",\n"))
    });
    let banks: Vec<_> = banks.collect();
    format!("{{\n{}\n}}\n", banks.join(",\n"))
}

impl Entry {
    /// Its values as JSON: one alone, or a list.
    fn values_text(&self) -> String {
        let values = self.values.iter();
        let values: Vec<_> = values.map(|value| format!("\"{}\"", Hex(value))).collect();
        match &*values {
            [value] => value.clone(),
            values => format!("[{}]", values.join(",")),
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
            if self.0.iter().any(|known| known.pcr.bank() == bank) {
                return Err(A::Error::custom(format_args!("{name}: there twice")));
            }
            map.next_value_seed(Bank {
                name: &name,
                entries: self.0,
            })?;
        }
        if self.0.is_empty() {
            return Err(A::Error::custom("no PCRs, so that nothing is compared"));
        }
        Ok(())
    }
}

/// The PCRs of one bank.
struct Bank<'e> {
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
        write!(f, "{}: an object of PCRs, as {{\"0\": \"...\"}}", self.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { name, entries } = self;
        let before = entries.len();
        while let Some(key) = map.next_key::<String>()? {
            let pcr: Pcr = format!("{name}:{key}").parse().map_err(|_| {
                A::Error::custom(format_args!(
                    "{name}.{key:?}: not a PCR, 0 to 23 in decimal digits only"
                ))
            })?;
            let path = format!("{name}.{}", pcr.index());
            if entries.iter().any(|known| known.pcr == pcr) {
                return Err(A::Error::custom(format_args!("{path}: there twice")));
            }
            let size = pcr.digest_size();
            let values = map.next_value_seed(Values { path: &path, size })?;
            entries.push(Entry { pcr, values });
        }
        if entries.len() == before {
            return Err(A::Error::custom(format_args!("{name}: no PCRs")));
        }
        Ok(())
    }
}

/// The good values of one PCR.
#[derive(Clone, Copy)]
struct Values<'e> {
    path: &'e str,
    size: usize,
}

impl Values<'_> {
    fn value<E: serde_core::de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
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

    fn visit_str<E: serde_core::de::Error>(self, text: &str) -> Result<Self::Value, E> {
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

    fn visit_str<E: serde_core::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        self.0.value(text)
    }
}
