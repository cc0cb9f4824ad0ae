//! What became of a quote, as text for a person or as JSON.
//!
//! The keys and words of the JSON report are a contract: all keys are always
//! there, and what there is nothing to say of is null.

mod json;

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
};

use serde_json::Value;
use tpm_quote::{
    AkCertificate, AttestationKey, CertificateError, Check, KeyTrust, Name, ResponseError,
    VerifiedQuote, VerifyError,
    evidence::{JwkError, ProjectError, SpkiError, ToolsError},
    verify::{EndorsementError, KeyAlgorithm, Part, SigningScheme, Verdict, Verified, bank_name},
};

pub(crate) use self::json::{Clock, json};
use crate::{baseline::Entry, certificate, input::Hex, yaml::yaml};

/// A quote and what became of it.
pub(crate) struct Report<'a> {
    /// Where it came from.
    pub(crate) source: &'a str,
    /// Its form, if it could be told.
    pub(crate) form: Option<Cow<'static, str>>,
    /// The checks that can be run, in their order.
    pub(crate) checks: &'a [Check],
    pub(crate) asked: Asked,
    /// Whether only the numbers of the key are known.
    pub(crate) plain_key: bool,
    /// What to do about the failure, where the command knows better.
    pub(crate) help: Option<&'static str>,
    /// The key, if there is one and it passed its own checks.
    pub(crate) key: Option<Key>,
    /// Its certificate, if there is one.
    pub(crate) certificate: Option<AkCertificate<'a>>,
    /// The baseline, if there is one and its check was reached.
    pub(crate) baseline: Option<Compared<'a, 'a>>,
    pub(crate) outcome: Outcome<'a>,
}

/// What there is to say of a key.
pub(crate) struct Key {
    /// Empty if only its numbers are known.
    name: Name,
    algorithm: KeyAlgorithm,
    scheme: SigningScheme,
    trust: KeyTrust,
}

impl From<&AttestationKey<'_>> for Key {
    fn from(key: &AttestationKey<'_>) -> Self {
        Self {
            name: *key.name(),
            algorithm: key.algorithm(),
            scheme: key.scheme(),
            trust: key.trust(),
        }
    }
}

impl<F> From<&Verified<'_, F>> for Key {
    fn from(verified: &Verified<'_, F>) -> Self {
        Self {
            name: *verified.key_name(),
            algorithm: verified.key_algorithm(),
            scheme: verified.key_scheme(),
            trust: verified.key_trust(),
        }
    }
}

impl Key {
    /// Its Name, if it has one.
    fn name(&self) -> Option<&Name> {
        Some(&self.name).filter(|name| **name != Name::EMPTY)
    }
}

/// Which of the checks that nothing demands the options ask for.
pub(crate) struct Asked {
    pub(crate) tier: bool,
    pub(crate) anchor: bool,
    pub(crate) baseline: bool,
    pub(crate) clock: bool,
}

/// Another kind of attestation than a quote, verified.
pub(crate) struct Attested {
    pub(crate) trust: KeyTrust,
    /// What it says.
    pub(crate) shown: Value,
}

pub(crate) enum Outcome<'a> {
    Verified(VerifiedQuote<'a>),
    Attested(Attested),
    /// There is nothing but a key, which was activated.
    Activated,
    /// There is no quote, and the tier goes on without one.
    Unavailable,
    Failed(Failure),
}

/// Why a quote was not accepted.
#[derive(Clone)]
pub(crate) enum Failure {
    /// A line of many is not what it has to be.
    Line(String),
    /// The response, or the evidence in it.
    Response(ResponseError),
    /// A file of tpm2-tools cannot be read.
    Tools(ToolsError),
    /// A key without a public area cannot be read.
    Spki(SpkiError),
    /// The same of a JSON Web Key.
    Jwk(JwkError),
    /// The endorsement key that is to vouch for the key.
    Endorsement(EndorsementError),
    /// The evidence of another project cannot be read.
    Project(ProjectError),
    /// The key in it is another one than that which was named.
    OtherKey,
}

const OTHER_KEY: &str = "the key in the evidence is another one than that of -u";
const OTHER_KEY_HELP: &str = "Another machine may have answered, or its TPM has a new key.";

impl Failure {
    pub(crate) fn check(&self) -> Check {
        match self {
            Self::Line(_) => Check::Input,
            Self::Response(error) => error.check(),
            Self::Tools(error) => error.check(),
            Self::Spki(error) => error.check(),
            Self::Jwk(error) => error.check(),
            // Whatever is wrong with that one, this one is not vouched for.
            Self::Endorsement(_) => Check::KeyAnchor,
            Self::Project(error) => error.check(),
            Self::OtherKey => Check::KeyAnchor,
        }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        match self {
            Self::Line(_) => Verdict::Malformed,
            Self::Response(error) => error.verdict(),
            Self::Tools(error) => error.verdict(),
            Self::Spki(error) => error.verdict(),
            Self::Jwk(error) => error.verdict(),
            Self::Endorsement(error) => error.verdict(),
            Self::Project(error) => error.verdict(),
            Self::OtherKey => Verdict::Rejected,
        }
    }

    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::Line(_) => LINE_HELP,
            Self::Response(error) => error.help(),
            Self::Tools(error) => error.help(),
            Self::Spki(error) => error.help(),
            Self::Jwk(error) => error.help(),
            Self::Endorsement(error) => error.help(),
            Self::Project(error) => error.help(),
            Self::OtherKey => OTHER_KEY_HELP,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(problem) => f.write_str(problem),
            Self::Response(error) => error.fmt(f),
            Self::Tools(error) => error.fmt(f),
            Self::Spki(error) => error.fmt(f),
            Self::Jwk(error) => error.fmt(f),
            Self::Endorsement(error) => error.fmt(f),
            Self::Project(error) => error.fmt(f),
            Self::OtherKey => f.write_str(OTHER_KEY),
        }
    }
}

impl From<ResponseError> for Failure {
    fn from(error: ResponseError) -> Self {
        Self::Response(error)
    }
}

impl From<CertificateError> for Failure {
    fn from(error: CertificateError) -> Self {
        Self::Response(error.into())
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        Self::Response(error.into())
    }
}

impl From<ToolsError> for Failure {
    fn from(error: ToolsError) -> Self {
        Self::Tools(error)
    }
}

impl From<JwkError> for Failure {
    fn from(error: JwkError) -> Self {
        Self::Jwk(error)
    }
}

impl From<ProjectError> for Failure {
    fn from(error: ProjectError) -> Self {
        Self::Project(error)
    }
}

impl From<SpkiError> for Failure {
    fn from(error: SpkiError) -> Self {
        Self::Spki(error)
    }
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

const LINE_HELP: &str =
    "Each line is a JSON object with the payload id, as a string, and the response.";
const NOTHING_KNOWN: &str = "the response has no TPM attestation: nothing is known of the machine";
const SELF_ASSERTED: &str =
    "The key is self-asserted: the quote is consistent, but nothing shows that a TPM made it.";
const SELF_ASSERTED_ATTEST: &str = "The key is self-asserted: the attestation is consistent, but nothing shows that a TPM made it.";
const CERTIFICATE: &str = "The certificate has the key's numbers alone: its attributes and its name are the sender's word.";
const PLAIN_KEY: &str = "The key is known by its numbers alone: its attributes are unknown, and with them whether it signs only what a TPM made.";

impl Outcome<'_> {
    fn verdict(&self) -> &'static str {
        match self {
            Self::Verified(_) | Self::Attested(_) | Self::Activated => "verified",
            Self::Unavailable => "unavailable",
            Self::Failed(error) => match error.verdict() {
                Verdict::Rejected => "rejected",
                Verdict::Unsupported => "unsupported",
                Verdict::Malformed => "malformed",
            },
        }
    }

    fn error(&self) -> Option<&Failure> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Verified(_) | Self::Attested(_) | Self::Activated | Self::Unavailable => None,
        }
    }

    fn quote(&self) -> Option<&VerifiedQuote<'_>> {
        match self {
            Self::Verified(quote) => Some(quote),
            Self::Attested(_) | Self::Activated | Self::Unavailable | Self::Failed(_) => None,
        }
    }

    fn noun(&self) -> &'static str {
        match self {
            Self::Attested(_) => "the attestation",
            Self::Activated => "the key",
            _ => "the quote",
        }
    }

    /// What has to be said of the key, if it is worth less than one might think.
    fn caveat(&self) -> Option<&'static str> {
        let (trust, self_asserted) = match self {
            Self::Verified(quote) => (quote.key_trust(), SELF_ASSERTED),
            Self::Attested(attested) => (attested.trust, SELF_ASSERTED_ATTEST),
            Self::Activated | Self::Unavailable | Self::Failed(_) => return None,
        };
        match trust {
            KeyTrust::SelfAsserted => Some(self_asserted),
            KeyTrust::PinnedKey => Some(PLAIN_KEY),
            KeyTrust::Certificate => Some(CERTIFICATE),
            _ => None,
        }
    }
}

/// The outcome in a sentence or two.
struct Message<'o>(&'o Outcome<'o>);

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Outcome::Verified(_) | Outcome::Attested(_) | Outcome::Activated => {
                write!(f, "{} passed every check", self.0.noun())?;
                match self.0.caveat() {
                    Some(caveat) => write!(f, ". {caveat}"),
                    None => Ok(()),
                }
            }
            Outcome::Unavailable => f.write_str(NOTHING_KNOWN),
            Outcome::Failed(error) => error.fmt(f),
        }
    }
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
        let Key {
            algorithm,
            scheme,
            trust,
            ..
        } = key;
        writeln!(out, "key: {algorithm}, {scheme}, {trust}")?;
        if let Some(name) = key.name() {
            writeln!(out, "  name              {name}")?;
        }
        if let Some(certificate) = report.certificate() {
            writeln!(
                out,
                "  TPM               {}",
                certificate::line(certificate)
            )?;
        }
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
        Outcome::Verified(_) | Outcome::Attested(_) | Outcome::Activated => {
            match report.outcome.caveat() {
                Some(caveat @ (PLAIN_KEY | CERTIFICATE)) => writeln!(out, "\n{caveat}"),
                Some(caveat) => writeln!(out, "\n{caveat} Anyone can make such a key in software."),
                None => Ok(()),
            }
        }
        Outcome::Unavailable => writeln!(out, "{NOTHING_KNOWN}"),
        Outcome::Failed(error) => {
            if report.key.is_some() {
                out.push('\n');
            }
            let help = report.help_for(error);
            writeln!(out, "{}: {error}\nhelp: {help}", error.check())
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
fn indented(shown: &Value) -> String {
    let lines = yaml(shown);
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
    /// The certificate, if it is what vouches for the key.
    fn certificate(&self) -> Option<&AkCertificate<'_>> {
        let trust = self.key.as_ref()?.trust;
        self.certificate
            .as_ref()
            .filter(|_| trust == KeyTrust::Certificate)
    }

    /// What to do about a failure.
    pub(crate) fn help_for(&self, error: &Failure) -> &'static str {
        self.help.unwrap_or(error.help())
    }

    fn is_malformed_inside(&self) -> bool {
        matches!(
            self.outcome.error(),
            Some(Failure::Response(ResponseError::Evidence(
                VerifyError::Malformed {
                    part: Part::Signed,
                    ..
                }
            )))
        )
    }

    /// What became of a check.
    fn status(&self, check: Check) -> &'static str {
        let failed = self.outcome.error().map(Failure::check);
        if failed == Some(check) {
            return "FAILED";
        }
        // A key that could be made has passed them, whatever came after it.
        let of_key = (Check::KeyType..=Check::KeyScheme).contains(&check);
        // What was signed is only read once the signature holds.
        let of_signed = self.is_malformed_inside() && check <= Check::Signature;
        let passed = match &self.outcome {
            Outcome::Verified(_) | Outcome::Attested(_) | Outcome::Activated => true,
            Outcome::Unavailable => check <= Check::Tier,
            Outcome::Failed(_) => {
                failed > Some(check) || (of_key && self.key.is_some()) || of_signed
            }
        };
        if check == Check::KeyAttributes && self.plain_key && passed {
            return "unknown";
        }
        let asked = match check {
            Check::Tier => self.asked.tier,
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
