//! [`Report`]: an appraisal and where its evidence came from.

use core::fmt;

use super::{
    place::Place,
    subject::{Outcome, Reportable, Subject},
};
#[cfg(feature = "boot-log")]
use crate::log::Replay;
#[cfg(feature = "ima")]
use crate::log::{ImaJudgement, ImaProof};
#[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
use crate::verify::Problem;
#[cfg(feature = "certificate")]
use crate::verify::{AkCertificate, VerifiedHardware};
use crate::verify::{Appraisal, Check, CheckState, Error, Findings, KeyTrust, Warning};

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
    pub(super) is_response: bool,
    pub(super) source: &'r str,
    pub(super) form: Option<&'r str>,
    help: Option<&'static str>,
    place: Option<Place<'r>>,
    field: Option<&'r str>,
    notes: &'r [&'r str],
    pub(super) verbose: bool,
    #[cfg(feature = "certificate")]
    certificate: Option<&'r AkCertificate<'r>>,
    #[cfg(feature = "boot-log")]
    boot: Option<&'r Replay<'r>>,
    #[cfg(feature = "ima")]
    ima: Option<&'r ImaJudgement<'r>>,
    #[cfg(feature = "certificate")]
    hardware: Option<&'r VerifiedHardware<'r>>,
    pub(super) line: Option<(u64, Option<&'r str>)>,
    vouched_by: Option<VouchedBy<'r>>,
}

/// The line of a trust file that vouches for a key.
#[derive(Clone, Copy, Debug)]
pub struct VouchedBy<'r> {
    /// The name of the file.
    pub file: &'r str,
    /// The number of the line.
    pub line: u32,
    /// The machine or authority that the line names.
    pub name: &'r str,
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
            place: None,
            field: None,
            notes: &[],
            verbose: false,
            #[cfg(feature = "certificate")]
            certificate: None,
            #[cfg(feature = "boot-log")]
            boot: None,
            #[cfg(feature = "ima")]
            ima: None,
            #[cfg(feature = "certificate")]
            hardware: None,
            line: None,
            vouched_by: None,
        }
    }

    /// The line of a trust file that vouches for the key; it is shown if it is the one that
    /// the appraisal found: see [`KeySummary::vouched_by`](crate::verify::KeySummary::vouched_by).
    pub fn vouched_by(self, vouched_by: Option<VouchedBy<'r>>) -> Self {
        Self { vouched_by, ..self }
    }

    /// The line, if it vouches for the key.
    pub(super) fn vouching_line(&self) -> Option<VouchedBy<'r>> {
        let line = self.findings.key.and_then(|key| key.vouched_by());
        self.vouched_by.filter(|by| Some(by.line) == line)
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

    /// Where a failure lies, if the caller knows more than the source and the error's offset.
    pub fn place(self, place: Option<Place<'r>>) -> Self {
        Self { place, ..self }
    }

    /// The field that a failure is about, such as `aik_pubkey_b64`.
    pub fn field(self, field: Option<&'r str>) -> Self {
        Self { field, ..self }
    }

    /// What else the caller knows of a failure, a sentence each.
    pub fn notes(self, notes: &'r [&'r str]) -> Self {
        Self { notes, ..self }
    }

    /// Whether the text has a line for each check, instead of one for all of them.
    pub fn verbose(self, verbose: bool) -> Self {
        Self { verbose, ..self }
    }

    /// The verified certificate of the key; it is shown if it vouches for the key.
    #[cfg(feature = "certificate")]
    pub fn certificate(self, certificate: Option<&'r AkCertificate<'r>>) -> Self {
        Self {
            certificate,
            ..self
        }
    }

    /// What the logs of the machine explain of the quote: see
    /// [`Appraisal::replay`].
    #[cfg(feature = "boot-log")]
    pub fn boot(self, replay: Option<&'r Replay<'r>>) -> Self {
        Self {
            boot: replay,
            ..self
        }
    }

    /// What a policy says of the list of IMA in that replay: see [`Appraisal::judge_ima`].
    #[cfg(feature = "ima")]
    pub fn ima(self, judgement: Option<&'r ImaJudgement<'r>>) -> Self {
        Self {
            ima: judgement,
            ..self
        }
    }

    /// The replay, if it is of more than the list of IMA.
    #[cfg(feature = "boot-log")]
    pub(super) fn boot_logs(&self) -> Option<&'r Replay<'r>> {
        self.boot.filter(|replay| replay.has_boot_logs())
    }

    /// What is proven of the list of IMA, and what the policy says of it.
    #[cfg(feature = "ima")]
    pub(super) fn judged_ima(&self) -> Option<(&'r ImaProof, Option<&'r ImaJudgement<'r>>)> {
        let ima = self.boot.and_then(Replay::ima_proof)?;
        Some((ima, self.ima))
    }

    /// What the processor says; it is shown if it vouches for the key.
    #[cfg(feature = "certificate")]
    pub fn hardware(self, hardware: Option<&'r VerifiedHardware<'r>>) -> Self {
        Self { hardware, ..self }
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

    /// Where the failure lies, if there is one.
    pub(super) fn failed_at(&self) -> Option<Place<'r>> {
        let offset = match self.outcome {
            Outcome::Failed(error) => error.offset(),
            Outcome::Unread(..) => None,
            _ => return None,
        };
        let mut place = self.place.unwrap_or(Place::new(self.source).offset(offset));
        place.line = place.line.or(self.line.map(|(number, _)| number));
        Some(place)
    }

    /// The field that the failure is about, by the caller or by the error.
    pub(super) fn failed_field(&self) -> Option<&'r str> {
        self.given_field()
            .or_else(|| match self.error()?.problem() {
                #[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
                Problem::Field { field, .. } => Some(field),
                _ => None,
            })
    }

    /// The field that the failure is about, if the error does not say it.
    pub(super) fn given_field(&self) -> Option<&'r str> {
        self.failed_at().and(self.field)
    }

    /// What else is known of the failure.
    pub(super) fn failure_notes(&self) -> &'r [&'r str] {
        match self.failed_at() {
            Some(_) => self.notes,
            None => &[],
        }
    }

    /// What the processor says, if it vouches for the key.
    #[cfg(feature = "certificate")]
    pub(super) fn vouching_hardware(&self) -> Option<&'r VerifiedHardware<'r>> {
        self.hardware
            .filter(|_| self.trust() == Some(KeyTrust::BoundToHardware))
    }

    /// The certificate, if it vouches for the key.
    #[cfg(feature = "certificate")]
    pub(super) fn vouching_certificate(&self) -> Option<&'r AkCertificate<'r>> {
        self.certificate.filter(|_| {
            matches!(
                self.trust(),
                // With a pinned Name the key needs both.
                Some(KeyTrust::Certificate | KeyTrust::CertificateKey | KeyTrust::Pinned)
            )
        })
    }
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
