//! What became of a response, as text for a person or as JSON.
//!
//! The keys and words of the JSON report are a contract: all keys are always
//! there, and what there is nothing to say of is null.

use std::fmt::{self, Write as _};

use serde_json::{Map, Value, json};
use tpm_quote::{
    AttestationKey, Check, KeyTrust, ResponseError, VerifiedQuote, VerifyError,
    types::TpmsClockInfo,
    verify::{Part, Verdict, bank_name},
};

use crate::{baseline::Entry, input::Hex, yaml::yaml};

/// A response and what became of it.
pub(crate) struct Report<'a> {
    /// Where the response came from.
    pub(crate) source: &'a str,
    /// Its form, if it could be told.
    pub(crate) form: Option<String>,
    /// The checks that can be run, in their order.
    pub(crate) checks: &'a [Check],
    pub(crate) asked: Asked,
    /// The key, if there is one and it passed its own checks.
    pub(crate) key: Option<AttestationKey<'a>>,
    /// The baseline, if there is one and its check was reached.
    pub(crate) baseline: Option<Compared<'a, 'a>>,
    pub(crate) outcome: Outcome<'a>,
}

/// Which of the checks that nothing demands the options ask for.
pub(crate) struct Asked {
    pub(crate) anchor: bool,
    pub(crate) baseline: bool,
    pub(crate) clock: bool,
}

/// Another kind of attestation than a quote, verified.
pub(crate) struct Attested {
    pub(crate) trust: KeyTrust,
    /// What it says.
    pub(crate) shown: Map<String, Value>,
}

pub(crate) enum Outcome<'a> {
    Verified(VerifiedQuote<'a>),
    Attested(Attested),
    /// There is no quote, and the tier goes on without one.
    Unavailable,
    Failed(ResponseError),
}

/// A baseline and the quote.
pub(crate) struct Compared<'e, 'a> {
    pub(crate) matched: usize,
    pub(crate) mismatched: Vec<Mismatch<'e, 'a>>,
}

/// A PCR whose value is not known to be good.
pub(crate) struct Mismatch<'e, 'a> {
    pub(crate) entry: &'e Entry,
    /// `None` if the quote does not cover it.
    pub(crate) actual: Option<&'a [u8]>,
}

/// The checks of a response, in their order.
pub(crate) const QUOTE_CHECKS: &[Check] = &[
    Check::Input,
    Check::Tier,
    Check::KeyType,
    Check::KeyAttributes,
    Check::KeyStrength,
    Check::KeyScheme,
    Check::KeyAnchor,
    Check::SignatureScheme,
    Check::Signature,
    Check::Magic,
    Check::Type,
    Check::Nonce,
    Check::Signer,
    Check::Selection,
    Check::PcrValues,
    Check::PcrDigest,
    Check::Baseline,
    Check::Clock,
];

const NOTHING_KNOWN: &str = "the response has no TPM attestation: nothing is known of the machine";
const SELF_ASSERTED: &str =
    "The key is self-asserted: the quote is consistent, but nothing shows that a TPM made it.";
const SELF_ASSERTED_ATTEST: &str = "The key is self-asserted: the attestation is consistent, but nothing shows that a TPM made it.";

impl Outcome<'_> {
    fn verdict(&self) -> &'static str {
        match self {
            Self::Verified(_) | Self::Attested(_) => "verified",
            Self::Unavailable => "unavailable",
            Self::Failed(error) => match error.verdict() {
                Verdict::Rejected => "rejected",
                Verdict::Unsupported => "unsupported",
                Verdict::Malformed => "malformed",
            },
        }
    }

    fn error(&self) -> Option<&ResponseError> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Verified(_) | Self::Attested(_) | Self::Unavailable => None,
        }
    }

    fn quote(&self) -> Option<&VerifiedQuote<'_>> {
        match self {
            Self::Verified(quote) => Some(quote),
            Self::Attested(_) | Self::Unavailable | Self::Failed(_) => None,
        }
    }

    fn noun(&self) -> &'static str {
        match self {
            Self::Attested(_) => "the attestation",
            _ => "the quote",
        }
    }

    /// What has to be said if nothing vouches for the key.
    fn self_asserted(&self) -> Option<&'static str> {
        let (trust, note) = match self {
            Self::Verified(quote) => (quote.key_trust(), SELF_ASSERTED),
            Self::Attested(attested) => (attested.trust, SELF_ASSERTED_ATTEST),
            Self::Unavailable | Self::Failed(_) => return None,
        };
        (trust == KeyTrust::SelfAsserted).then_some(note)
    }

    fn message(&self) -> String {
        match self {
            Self::Verified(_) | Self::Attested(_) => match self.self_asserted() {
                Some(note) => format!("{} passed every check. {note}", self.noun()),
                None => format!("{} passed every check", self.noun()),
            },
            Self::Unavailable => NOTHING_KNOWN.to_owned(),
            Self::Failed(error) => error.to_string(),
        }
    }
}

/// The report as one JSON object.
pub(crate) fn json(report: &Report<'_>) -> String {
    let error = report.outcome.error();
    let attest = match &report.outcome {
        Outcome::Attested(attested) => Some(attested.shown.clone()),
        _ => None,
    };
    let mut value = json!({
        "verdict": report.outcome.verdict(),
        "check": error.map(|error| error.check().name()),
        "message": report.outcome.message(),
        "help": error.map(ResponseError::help),
        "key": report.key.as_ref().map(json_key),
        "quote": report.outcome.quote().map(json_quote),
        "baseline": report.baseline.as_ref().map(json_baseline),
    });
    // A response has no other attestation.
    if let (Value::Object(report), false) = (&mut value, report.checks.contains(&Check::Tier)) {
        report.insert("attest".to_owned(), attest.into());
    }
    format!("{value:#}\n")
}

fn json_key(key: &AttestationKey<'_>) -> Value {
    json!({
        "name": key.name().to_string(),
        "algorithm": key.algorithm().to_string(),
        "scheme": key.scheme().to_string(),
        "trust": key.trust().name(),
    })
}

fn json_quote(quote: &VerifiedQuote<'_>) -> Value {
    let mut banks = Map::new();
    for pcr in quote.pcrs() {
        let bank = bank_name(pcr.bank).unwrap_or_default();
        let values = banks.entry(bank).or_insert_with(|| json!({}));
        if let Value::Object(values) = values {
            values.insert(pcr.index.to_string(), hex(pcr.digest));
        }
    }
    json!({
        "nonce": hex(quote.nonce()),
        "pcrs": banks,
        "pcr_digest": hex(quote.pcr_digest()),
        "clock": json_clock(quote.clock_info()),
        "firmware_version": format!("{:016x}", quote.firmware_version()),
    })
}

pub(crate) fn json_clock(clock: &TpmsClockInfo) -> Value {
    json!({
        "clock": clock.clock,
        "reset_count": clock.reset_count,
        "restart_count": clock.restart_count,
        "safe": clock.safe,
    })
}

fn json_baseline(baseline: &Compared<'_, '_>) -> Value {
    let mismatched = baseline.mismatched.iter().map(|pcr| {
        let good = pcr.entry.values.iter().map(|good| hex(good));
        json!({
            "bank": pcr.entry.bank_name(),
            "index": pcr.entry.index,
            "expected": good.collect::<Value>(),
            "actual": pcr.actual.map(hex),
        })
    });
    json!({
        "matched": baseline.matched,
        "mismatched": mismatched.collect::<Value>(),
    })
}

fn hex(bytes: &[u8]) -> Value {
    Hex(bytes).to_string().into()
}

/// The report for a person.
pub(crate) fn text(report: &Report<'_>) -> String {
    let mut out = String::new();
    // Nothing can fail in writing to a string.
    let _ = write_text(report, &mut out);
    out
}

fn write_text(report: &Report<'_>, out: &mut String) -> fmt::Result {
    write!(out, "{}: {}", report.outcome.verdict(), report.source)?;
    if let Some(form) = &report.form {
        write!(out, " ({form})")?;
    }
    out.push_str("\n\n");

    for &check in report.checks {
        writeln!(out, "  {check:18}{}", report.status(check))?;
    }
    out.push('\n');

    if let Some(key) = &report.key {
        let (algorithm, scheme) = (key.algorithm(), key.scheme());
        writeln!(out, "key: {algorithm}, {scheme}, {}", key.trust())?;
        writeln!(out, "  name              {}", key.name())?;
    }
    if let Some(quote) = report.outcome.quote() {
        write_quote(quote, out)?;
    }
    if let Some(baseline) = &report.baseline {
        write_baseline(baseline, out)?;
    }
    if let Outcome::Attested(attested) = &report.outcome {
        write!(out, "\nattestation:\n{}", indented(&attested.shown))?;
    }
    match &report.outcome {
        Outcome::Verified(_) | Outcome::Attested(_) => match report.outcome.self_asserted() {
            Some(note) => writeln!(out, "\n{note} Anyone can make such a key in software."),
            None => Ok(()),
        },
        Outcome::Unavailable => writeln!(out, "{NOTHING_KNOWN}"),
        Outcome::Failed(error) => {
            if report.key.is_some() {
                out.push('\n');
            }
            writeln!(out, "{}: {error}\nhelp: {}", error.check(), error.help())
        }
    }
}

fn write_quote(quote: &VerifiedQuote<'_>, out: &mut String) -> fmt::Result {
    let clock = quote.clock_info();
    let safe = if clock.safe { "safe" } else { "not safe" };
    writeln!(out, "\nquote:")?;
    writeln!(out, "  nonce             {}", Hex(quote.nonce()))?;
    for pcr in quote.pcrs() {
        let name = format!("{}:{}", bank_name(pcr.bank).unwrap_or_default(), pcr.index);
        writeln!(out, "  {name:18}{}", Hex(pcr.digest))?;
    }
    writeln!(out, "  PCR digest        {}", Hex(quote.pcr_digest()))?;
    writeln!(
        out,
        "  clock             {} ms, {} resets, {} restarts, {safe}",
        clock.clock, clock.reset_count, clock.restart_count
    )?;
    let version = quote.firmware_version();
    writeln!(out, "  firmware version  {version:016x}")
}

/// What an attestation says, below a heading.
fn indented(shown: &Map<String, Value>) -> String {
    let lines = yaml(&shown.clone().into());
    lines.lines().map(|line| format!("  {line}\n")).collect()
}

fn write_baseline(baseline: &Compared<'_, '_>, out: &mut String) -> fmt::Result {
    let (matched, mismatched) = (baseline.matched, baseline.mismatched.len());
    writeln!(
        out,
        "\nbaseline: {matched} matched, {mismatched} mismatched"
    )?;
    for pcr in &baseline.mismatched {
        let name = format!("{}:{}", pcr.entry.bank_name(), pcr.entry.index);
        match pcr.actual {
            Some(actual) => writeln!(out, "  {name:18}{}", Hex(actual))?,
            None => writeln!(out, "  {name:18}not covered by the quote")?,
        }
        let mut label = "expected";
        for good in &pcr.entry.values {
            writeln!(out, "  {label:>16}  {}", Hex(good))?;
            label = "or";
        }
    }
    Ok(())
}

impl Report<'_> {
    fn is_malformed_inside(&self) -> bool {
        matches!(
            self.outcome.error(),
            Some(ResponseError::Evidence(VerifyError::Malformed {
                part: Part::Signed,
                ..
            }))
        )
    }

    /// What became of a check.
    fn status(&self, check: Check) -> &'static str {
        let failed = self.outcome.error().map(ResponseError::check);
        if failed == Some(check) {
            return "FAILED";
        }
        // A key that could be made has passed them, whatever came after it.
        let of_key = (Check::KeyType..=Check::KeyScheme).contains(&check);
        // What was signed is only read once the signature holds.
        let of_signed = self.is_malformed_inside() && check <= Check::Signature;
        let passed = match &self.outcome {
            Outcome::Verified(_) | Outcome::Attested(_) => true,
            Outcome::Unavailable => check <= Check::Tier,
            Outcome::Failed(_) => {
                failed > Some(check) || (of_key && self.key.is_some()) || of_signed
            }
        };
        let asked = match check {
            Check::KeyAnchor => self.asked.anchor,
            Check::Baseline => self.asked.baseline,
            Check::Clock => self.asked.clock,
            _ => true,
        };
        match (asked, passed) {
            (false, _) => "not asked for",
            (true, true) => "ok",
            (true, false) => "not reached",
        }
    }
}
