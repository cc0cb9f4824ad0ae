//! The report as JSON. Nothing is built of it but the text: with many responses,
//! that would take longer than it takes to judge them.

use tpm_quote::{
    AkCertificate, Check, TpmAlgId, VerifiedQuote, types::TpmsClockInfo, verify::bank_name,
};

use super::{Compared, Key, Message, Mismatch, Outcome, Report};
use crate::{
    certificate,
    input::Hex,
    json::{self, Json, Object, Plain, Shown},
};

/// The report as one JSON object, on several lines.
pub(crate) fn json(report: &Report<'_>) -> String {
    format!("{:#}\n", json::value(report))
}

impl Report<'_> {
    /// Writes its members to an object.
    pub(crate) fn members(&self, object: &mut Object<'_>) {
        let error = self.outcome.error();
        object.member("verdict", self.outcome.verdict());
        object.member("check", &error.map(|error| error.check().name()));
        object.member("message", &Shown(Message(&self.outcome)));
        object.member("help", &error.map(|error| self.help_for(error)));
        let key = self
            .key
            .as_ref()
            .map(|key| WithCertificate(key, self.certificate()));
        object.member("key", &key);
        object.member("quote", &self.outcome.quote().map(Quote));
        object.member("baseline", &self.baseline);
        // A response has no other attestation.
        if !self.checks.contains(&Check::Tier) {
            let attest = match &self.outcome {
                Outcome::Attested(attested) => Some(&attested.shown),
                _ => None,
            };
            object.member("attest", &attest);
        }
    }
}

impl Json for Report<'_> {
    fn write(&self, out: &mut String) {
        let mut object = Object::new(out);
        self.members(&mut object);
        object.end();
    }
}

/// Only a key with a certificate has one to speak of.
struct WithCertificate<'r>(&'r Key, Option<&'r AkCertificate<'r>>);

impl Json for WithCertificate<'_> {
    fn write(&self, out: &mut String) {
        let mut object = Object::new(out);
        object.member("name", &self.0.name().map(|name| Hex(name.as_ref())));
        object.member("algorithm", &Shown(self.0.algorithm));
        object.member("scheme", &Shown(self.0.scheme));
        object.member("trust", self.0.trust.name());
        if let Some(certificate) = self.1 {
            object.member("certificate", &certificate::report(certificate));
        }
        object.end();
    }
}

struct Quote<'r>(&'r VerifiedQuote<'r>);

impl Json for Quote<'_> {
    fn write(&self, out: &mut String) {
        let Self(quote) = self;
        let mut object = Object::new(out);
        object.member("nonce", &Hex(quote.nonce()));
        object.member("pcrs", &Pcrs(quote));
        object.member("pcr_digest", &Hex(quote.pcr_digest()));
        object.member("clock", &Clock(quote.clock_info()));
        let version = quote.firmware_version().to_be_bytes();
        object.member("firmware_version", &Hex(&version));
        object.end();
    }
}

/// The banks, in the order of the quote.
struct Pcrs<'r>(&'r VerifiedQuote<'r>);

impl Json for Pcrs<'_> {
    fn write(&self, out: &mut String) {
        let Self(quote) = *self;
        let mut object = Object::new(out);
        let mut last = None;
        for bank in quote.pcrs().map(|pcr| pcr.bank) {
            if last.replace(bank) != Some(bank) {
                let name = bank_name(bank).unwrap_or_default();
                object.member(name, &Bank { quote, bank });
            }
        }
        object.end();
    }
}

struct Bank<'r> {
    quote: &'r VerifiedQuote<'r>,
    bank: TpmAlgId,
}

impl Json for Bank<'_> {
    fn write(&self, out: &mut String) {
        let mut object = Object::new(out);
        for pcr in self.quote.pcrs().filter(|pcr| pcr.bank == self.bank) {
            object.member(&pcr.index.to_string(), &Hex(pcr.digest));
        }
        object.end();
    }
}

pub(crate) struct Clock<'r>(pub(crate) &'r TpmsClockInfo);

impl Json for Clock<'_> {
    fn write(&self, out: &mut String) {
        let mut object = Object::new(out);
        object.member("clock", &Plain(self.0.clock));
        object.member("reset_count", &Plain(self.0.reset_count));
        object.member("restart_count", &Plain(self.0.restart_count));
        object.member("safe", &Plain(self.0.safe));
        object.end();
    }
}

impl Json for Compared<'_, '_> {
    fn write(&self, out: &mut String) {
        let mut object = Object::new(out);
        object.member("matched", &Plain(self.matched));
        object.member("mismatched", &*self.mismatched);
        object.end();
    }
}

impl Json for Mismatch<'_, '_> {
    fn write(&self, out: &mut String) {
        let good: Vec<_> = self.entry.values.iter().map(|good| Hex(good)).collect();
        let mut object = Object::new(out);
        object.member("bank", self.entry.bank_name());
        object.member("index", &Plain(self.entry.index));
        object.member("expected", &*good);
        object.member("actual", &self.actual.map(Hex));
        object.end();
    }
}
