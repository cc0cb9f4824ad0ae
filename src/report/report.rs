//! [`Report`]: an appraisal and where its evidence came from.

use core::fmt;

use super::{
    inspect,
    json::Json,
    subject::{Attested, Outcome, Reportable, Subject},
};
#[cfg(feature = "certificate")]
use crate::verify::AkCertificate;
use crate::{
    types::TpmsClockInfo,
    verify::{
        Appraisal, BaselineComparison, Check, CheckState, Error, Findings, KeySummary, KeyTrust,
        VerifiedQuote, Warning, bank_name,
    },
    wire::Hex,
};

/// A report on an appraisal, to be written as JSON or as text.
///
/// ```
/// use tpm_quote::{AttestationKey, Evidence, QuotePolicy, Verifier, report::Report};
///
/// fn report(key: &AttestationKey<'_>, evidence: &Evidence<'_, '_>, policy: &QuotePolicy<'_>) {
///     let appraisal = Verifier::new().appraise_quote(*key, evidence, policy);
///     let mut text = String::new();
///     Report::new(&appraisal)
///         .source("quote.msg")
///         .write_text(&mut text)
///         .expect("a string takes all of it");
///     println!("{text}");
/// }
/// ```
#[derive(Clone, Copy)]
#[must_use]
pub struct Report<'r> {
    pub(super) findings: Findings<'r>,
    pub(super) outcome: Outcome<'r>,
    is_response: bool,
    pub(super) source: &'r str,
    pub(super) form: Option<&'r str>,
    help: Option<&'static str>,
    #[cfg(feature = "certificate")]
    certificate: Option<&'r AkCertificate<'r>>,
    line: Option<(u64, Option<&'r str>)>,
}

impl<'r> Report<'r> {
    /// A report on this appraisal.
    pub fn new<T: Reportable>(appraisal: &'r Appraisal<'r, T>) -> Self {
        let outcome = match (appraisal.value(), appraisal.error()) {
            (Some(value), _) => value.outcome(),
            (None, Some(error)) => Outcome::Failed(error),
            (None, None) => Outcome::Key,
        };
        Self::of(appraisal.findings, outcome, <T as Subject>::IS_RESPONSE)
    }

    /// A report on a response of which something around it cannot be read, in words of the
    /// caller's: the verdict is `malformed`, the check `input`.
    pub fn unread(message: &'r str, help: &'static str) -> Self {
        Self::of(Findings::new(), Outcome::Unread(message, help), true)
    }

    fn of(findings: Findings<'r>, outcome: Outcome<'r>, is_response: bool) -> Self {
        Self {
            findings,
            outcome,
            is_response,
            source: "-",
            form: None,
            help: None,
            #[cfg(feature = "certificate")]
            certificate: None,
            line: None,
        }
    }

    /// Where the evidence came from: the name of a file, `-` for standard input.
    pub fn source(self, source: &'r str) -> Self {
        Self { source, ..self }
    }

    /// The form that the evidence has, for the text.
    pub fn form(self, form: Option<&'r str>) -> Self {
        Self { form, ..self }
    }

    /// Another sentence of help than the error's, where the caller knows better.
    pub fn help(self, help: Option<&'static str>) -> Self {
        Self { help, ..self }
    }

    /// The certificate of the key; it is shown if it is what vouches for the key.
    #[cfg(feature = "certificate")]
    pub fn certificate(self, certificate: Option<&'r AkCertificate<'r>>) -> Self {
        Self {
            certificate,
            ..self
        }
    }

    /// The number of the line of many that the response came from, and the payload id of its
    /// request: the first two members of the JSON report.
    pub fn line(self, number: u64, payload_id: Option<&'r str>) -> Self {
        Self {
            line: Some((number, payload_id)),
            ..self
        }
    }

    /// The verdict, as in the JSON report.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        match self.outcome {
            Outcome::Quote(_) | Outcome::Attest(_) | Outcome::Key => match self.trust() {
                Some(KeyTrust::SelfAsserted) => "verified-self-asserted",
                _ => "verified",
            },
            Outcome::Unavailable => "unavailable",
            Outcome::Failed(error) => error.verdict().name(),
            Outcome::Unread(..) => "malformed",
        }
    }

    fn trust(&self) -> Option<KeyTrust> {
        self.findings.key.map(|key| key.trust())
    }

    pub(super) fn error(&self) -> Option<&'r Error> {
        match self.outcome {
            Outcome::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// The checks and their states, if the evidence was looked at.
    pub(super) fn checks(&self) -> impl Iterator<Item = (Check, CheckState)> {
        let (findings, error) = (self.findings, self.error());
        let is_unread = matches!(self.outcome, Outcome::Unread(..));
        let checks = findings.checks().filter(move |_| !is_unread);
        checks.map(move |check| (check, findings.state(check, error)))
    }

    pub(super) fn warnings(&self) -> impl Iterator<Item = Warning> + use<> {
        let accepted = matches!(
            self.outcome,
            Outcome::Quote(_) | Outcome::Attest(_) | Outcome::Key
        );
        self.findings.warnings(accepted)
    }

    /// What the evidence is called in a sentence.
    fn noun(&self) -> &'static str {
        match self.outcome {
            Outcome::Attest(_) => "the attestation",
            Outcome::Key => "the key",
            _ => "the quote",
        }
    }

    /// What to do about a failure.
    pub(super) fn help_text(&self) -> Option<&'static str> {
        match self.outcome {
            Outcome::Failed(error) => Some(self.help.unwrap_or_else(|| error.help())),
            Outcome::Unread(_, help) => Some(help),
            _ => None,
        }
    }

    /// The certificate, if it is what vouches for the key.
    #[cfg(feature = "certificate")]
    pub(super) fn vouching_certificate(&self) -> Option<&'r AkCertificate<'r>> {
        self.certificate
            .filter(|_| self.trust() == Some(KeyTrust::Certificate))
    }

    /// Writes the report as one JSON object on one line, without a line feed behind it.
    ///
    /// # Errors
    /// `out` fails.
    pub fn write_json_line<W: fmt::Write + ?Sized>(&self, out: &mut W) -> fmt::Result {
        self.write_object(&mut Json::new(out, true))
    }

    /// Writes the report as one JSON object on several lines, with a line feed behind it.
    ///
    /// # Errors
    /// `out` fails.
    pub fn write_json<W: fmt::Write + ?Sized>(&self, out: &mut W) -> fmt::Result {
        self.write_object(&mut Json::new(out, false))?;
        out.write_str("\n")
    }

    /// Writes the report as text for a person.
    ///
    /// # Errors
    /// `out` fails.
    pub fn write_text<W: fmt::Write + ?Sized>(&self, out: &mut W) -> fmt::Result {
        super::text::write(self, out)
    }

    fn write_object<W: fmt::Write + ?Sized>(&self, json: &mut Json<'_, W>) -> fmt::Result {
        json.object(|json| {
            if let Some((number, payload_id)) = self.line {
                json.key("line")?;
                json.bare(number)?;
                json.key("payload_id")?;
                optional(json, payload_id, |json, id| json.string(id))?;
            }
            json.key("version")?;
            json.bare(1)?;
            json.key("source")?;
            json.string(self.source)?;
            json.key("verdict")?;
            json.word(self.verdict())?;
            let failure = match self.outcome {
                Outcome::Failed(error) => Some((error.check(), error.problem_name())),
                Outcome::Unread(..) => Some((Check::Input, "line-unreadable")),
                _ => None,
            };
            json.key("check")?;
            optional(json, failure, |json, (check, _)| json.word(check.name()))?;
            json.key("problem")?;
            optional(json, failure, |json, (_, problem)| json.word(problem))?;
            json.key("message")?;
            json.string(Message(self))?;
            json.key("help")?;
            optional(json, self.help_text(), |json, help| json.string(help))?;
            json.key("key")?;
            optional(json, self.findings.key.as_ref(), |json, key| {
                self.write_key(json, key)
            })?;
            json.key("quote")?;
            match self.outcome {
                Outcome::Quote(quote) => write_quote(json, quote)?,
                _ => json.null()?,
            }
            json.key("baseline")?;
            optional(json, self.findings.baseline.as_ref(), write_baseline)?;
            // A response has no other attestation.
            if !self.is_response {
                json.key("attest")?;
                match &self.outcome {
                    Outcome::Attest(attested) => write_attested(json, attested)?,
                    _ => json.null()?,
                }
            }
            json.key("checks")?;
            json.list(|json| {
                for (check, state) in self.checks() {
                    json.element()?;
                    json.object(|json| {
                        json.key("name")?;
                        json.word(check.name())?;
                        json.key("state")?;
                        json.word(state.name())
                    })?;
                }
                Ok(())
            })?;
            json.key("warnings")?;
            json.list(|json| {
                for warning in self.warnings() {
                    json.element()?;
                    json.string(warning)?;
                }
                Ok(())
            })
        })
    }

    fn write_key<W: fmt::Write + ?Sized>(
        &self,
        json: &mut Json<'_, W>,
        key: &KeySummary,
    ) -> fmt::Result {
        json.object(|json| {
            json.key("name")?;
            let name = Some(key.name().as_ref()).filter(|name| !name.is_empty());
            optional(json, name, |json, name| json.hex(name))?;
            json.key("algorithm")?;
            json.string(key.algorithm())?;
            json.key("scheme")?;
            json.string(key.scheme())?;
            json.key("trust")?;
            json.word(key.trust().name())?;
            #[cfg(feature = "certificate")]
            if let Some(certificate) = self.vouching_certificate() {
                json.key("certificate")?;
                write_certificate(json, certificate)?;
            }
            Ok(())
        })
    }
}

/// `null` if there is nothing.
fn optional<T, W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    value: Option<T>,
    write: impl FnOnce(&mut Json<'_, W>, T) -> fmt::Result,
) -> fmt::Result {
    match value {
        Some(value) => write(json, value),
        None => json.null(),
    }
}

#[cfg(feature = "certificate")]
fn write_certificate<W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    certificate: &AkCertificate<'_>,
) -> fmt::Result {
    let identity = certificate.identity();
    json.object(|json| {
        json.key("issuer")?;
        json.string(certificate.issuer())?;
        json.key("manufacturer")?;
        json.string(identity.manufacturer)?;
        json.key("maker")?;
        optional(json, identity.maker(), |json, maker| json.string(maker))?;
        json.key("model")?;
        json.string(identity.model)?;
        json.key("version")?;
        json.string(identity.version)
    })
}

fn write_quote<W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    quote: &VerifiedQuote<'_>,
) -> fmt::Result {
    json.object(|json| {
        json.key("nonce")?;
        json.hex(quote.nonce())?;
        json.key("pcrs")?;
        json.object(|json| {
            let mut last = None;
            for bank in quote.pcrs().map(|pcr| pcr.bank) {
                if last.replace(bank) == Some(bank) {
                    continue;
                }
                match bank_name(bank) {
                    Some(name) => json.key(name)?,
                    None => json.key(bank)?,
                }
                json.object(|json| {
                    for pcr in quote.pcrs().filter(|pcr| pcr.bank == bank) {
                        json.key(pcr.index)?;
                        json.hex(pcr.digest)?;
                    }
                    Ok(())
                })?;
            }
            Ok(())
        })?;
        json.key("pcr_digest")?;
        json.hex(quote.pcr_digest())?;
        json.key("clock")?;
        write_clock(json, quote.clock_info())?;
        json.key("firmware_version")?;
        json.hex(&quote.firmware_version().to_be_bytes())
    })
}

fn write_clock<W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    clock: &TpmsClockInfo,
) -> fmt::Result {
    json.object(|json| {
        json.key("clock")?;
        json.string(clock.clock)?;
        json.key("reset_count")?;
        json.bare(clock.reset_count)?;
        json.key("restart_count")?;
        json.bare(clock.restart_count)?;
        json.key("safe")?;
        json.bare(clock.safe)
    })
}

fn write_baseline<W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    baseline: &BaselineComparison<'_>,
) -> fmt::Result {
    json.object(|json| {
        json.key("matched")?;
        json.bare(baseline.matched())?;
        json.key("mismatched")?;
        json.list(|json| {
            for mismatch in baseline.mismatches() {
                json.element()?;
                json.object(|json| {
                    let bank = mismatch.pcr.bank();
                    json.key("bank")?;
                    match bank_name(bank) {
                        Some(name) => json.word(name)?,
                        None => json.string(bank)?,
                    }
                    json.key("index")?;
                    json.bare(mismatch.pcr.index())?;
                    json.key("expected")?;
                    json.list(|json| {
                        for good in mismatch.expected {
                            json.element()?;
                            json.hex(good)?;
                        }
                        Ok(())
                    })?;
                    json.key("actual")?;
                    optional(json, mismatch.actual, |json, value| json.hex(value))
                })?;
            }
            Ok(())
        })
    })
}

fn write_attested<W: fmt::Write + ?Sized>(
    json: &mut Json<'_, W>,
    attested: &Attested<'_>,
) -> fmt::Result {
    json.object(|json| {
        json.key("type")?;
        json.string(attested.tag)?;
        json.key("nonce")?;
        json.hex(attested.nonce)?;
        json.key("qualified_signer")?;
        json.hex(attested.qualified_signer)?;
        json.key("hierarchy")?;
        optional(json, attested.hierarchy, |json, handle| json.string(handle))?;
        json.key("clock")?;
        write_clock(json, attested.clock)?;
        json.key("firmware_version")?;
        json.hex(&attested.firmware_version.to_be_bytes())?;
        json.key("attested")?;
        inspect::write_to(attested.facts, json)
    })
}

/// The outcome in a sentence or two.
pub(super) struct Message<'m, 'r>(pub(super) &'m Report<'r>);

impl fmt::Display for Message<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.outcome {
            Outcome::Quote(_) | Outcome::Attest(_) | Outcome::Key => {
                write!(f, "{} passed every check", self.0.noun())?;
                for warning in self.0.warnings() {
                    write!(f, ". {}", Sentence(warning))?;
                }
                Ok(())
            }
            Outcome::Unavailable => f.write_str(NOTHING_KNOWN),
            Outcome::Failed(error) => error.fmt(f),
            Outcome::Unread(message, _) => f.write_str(message),
        }
    }
}

pub(super) const NOTHING_KNOWN: &str =
    "the response has no TPM attestation: nothing is known of the machine";

/// A warning without its full stop.
struct Sentence(Warning);

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.text();
        f.write_str(text.strip_suffix('.').unwrap_or(text))
    }
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("source", &self.source)
            .field("verdict", &self.verdict())
            .finish_non_exhaustive()
    }
}

/// A firmware version as reports show it.
pub(super) struct FirmwareVersion(pub(super) u64);

impl fmt::Display for FirmwareVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0.to_be_bytes()).fmt(f)
    }
}
