//! The report as JSON. Nothing is built of it but the text: with many responses,
//! that would take longer than it takes to judge them.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use tpm_quote::{
    AkCertificate, Check, TpmAlgId, VerifiedQuote, types::TpmsClockInfo, verify::bank_name,
};

use super::{Compared, Key, Message, Mismatch, Outcome, Report};
use crate::{certificate, input::Hex};

/// The report as one JSON object, on several lines.
pub(crate) fn json(report: &Report<'_>) -> String {
    // Nothing can fail in writing to memory.
    let text = serde_json::to_string_pretty(report).unwrap_or_default();
    text + "\n"
}

impl Report<'_> {
    /// Writes its members to an object.
    pub(crate) fn members<M: SerializeMap>(&self, object: &mut M) -> Result<(), M::Error> {
        let error = self.outcome.error();
        object.serialize_entry("verdict", self.outcome.verdict())?;
        object.serialize_entry("check", &error.map(|error| error.check().name()))?;
        object.serialize_entry("message", &Shown(Message(&self.outcome)))?;
        object.serialize_entry("help", &error.map(|error| self.help_for(error)))?;
        let key = self
            .key
            .as_ref()
            .map(|key| WithCertificate(key, self.certificate()));
        object.serialize_entry("key", &key)?;
        object.serialize_entry("quote", &self.outcome.quote().map(Quote))?;
        object.serialize_entry("baseline", &self.baseline)?;
        // A response has no other attestation.
        if !self.checks.contains(&Check::Tier) {
            let attest = match &self.outcome {
                Outcome::Attested(attested) => Some(&attested.shown),
                _ => None,
            };
            object.serialize_entry("attest", &attest)?;
        }
        Ok(())
    }
}

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_map(None)?;
        self.members(&mut object)?;
        object.end()
    }
}

/// What it is as text.
struct Shown<T>(T);

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

/// Only a key with a certificate has one to speak of.
struct WithCertificate<'r>(&'r Key, Option<&'r AkCertificate<'r>>);

impl Serialize for WithCertificate<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_map(None)?;
        object.serialize_entry("name", &self.0.name().map(|name| Hex(name.as_ref())))?;
        object.serialize_entry("algorithm", &Shown(self.0.algorithm))?;
        object.serialize_entry("scheme", &Shown(self.0.scheme))?;
        object.serialize_entry("trust", self.0.trust.name())?;
        if let Some(certificate) = self.1 {
            object.serialize_entry("certificate", &certificate::report(certificate))?;
        }
        object.end()
    }
}

struct Quote<'r>(&'r VerifiedQuote<'r>);

impl Serialize for Quote<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self(quote) = self;
        let mut object = to.serialize_map(None)?;
        object.serialize_entry("nonce", &Hex(quote.nonce()))?;
        object.serialize_entry("pcrs", &Pcrs(quote))?;
        object.serialize_entry("pcr_digest", &Hex(quote.pcr_digest()))?;
        object.serialize_entry("clock", &Clock(quote.clock_info()))?;
        let version = quote.firmware_version().to_be_bytes();
        object.serialize_entry("firmware_version", &Hex(&version))?;
        object.end()
    }
}

/// The banks, in the order of the quote.
struct Pcrs<'r>(&'r VerifiedQuote<'r>);

impl Serialize for Pcrs<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self(quote) = *self;
        let mut object = to.serialize_map(None)?;
        let mut last = None;
        for bank in quote.pcrs().map(|pcr| pcr.bank) {
            if last.replace(bank) != Some(bank) {
                let name = bank_name(bank).unwrap_or_default();
                object.serialize_entry(name, &Bank { quote, bank })?;
            }
        }
        object.end()
    }
}

struct Bank<'r> {
    quote: &'r VerifiedQuote<'r>,
    bank: TpmAlgId,
}

impl Serialize for Bank<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let pcrs = self.quote.pcrs().filter(|pcr| pcr.bank == self.bank);
        to.collect_map(pcrs.map(|pcr| (pcr.index, Hex(pcr.digest))))
    }
}

pub(crate) struct Clock<'r>(pub(crate) &'r TpmsClockInfo);

impl Serialize for Clock<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_map(None)?;
        object.serialize_entry("clock", &self.0.clock)?;
        object.serialize_entry("reset_count", &self.0.reset_count)?;
        object.serialize_entry("restart_count", &self.0.restart_count)?;
        object.serialize_entry("safe", &self.0.safe)?;
        object.end()
    }
}

impl Serialize for Compared<'_, '_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_map(None)?;
        object.serialize_entry("matched", &self.matched)?;
        object.serialize_entry("mismatched", &self.mismatched)?;
        object.end()
    }
}

impl Serialize for Mismatch<'_, '_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let good: Vec<_> = self.entry.values.iter().map(|good| Hex(good)).collect();
        let mut object = to.serialize_map(None)?;
        object.serialize_entry("bank", self.entry.bank_name())?;
        object.serialize_entry("index", &self.entry.index)?;
        object.serialize_entry("expected", &good)?;
        object.serialize_entry("actual", &self.actual.map(Hex))?;
        object.end()
    }
}
