//! [`Appraisal`]: what a verification found, check by check, whether or not the evidence
//! was accepted.

use core::fmt;

use super::{
    attestation_key::{AttestationKey, KeySummary, KeyTrust},
    error::{Check, CheckSet, Error, Verdict},
    policy::BaselineComparison,
};

/// What a verification found: every check and its state, the key as it was judged, what
/// differs from the baseline, warnings; and the verified value or the error.
///
/// Only verification makes one. `verify_quote` and the other functions that give a `Result`
/// run the same checks and keep that alone.
///
/// ```
/// use tpm_quote::{
///     AttestationKey, Check, CheckState, Evidence, QuotePolicy, Verifier,
/// };
///
/// fn report(key: &AttestationKey<'_>, evidence: &Evidence<'_, '_>, policy: &QuotePolicy<'_>) {
///     let appraisal = Verifier::new().appraise_quote(*key, evidence, policy);
///     for (check, state) in appraisal.checks() {
///         println!("{check:18}{state}");
///     }
///     if let Some(baseline) = appraisal.baseline() {
///         for mismatch in baseline.mismatches() {
///             println!("{} differs", mismatch.pcr);
///         }
///     }
///     match appraisal.into_result() {
///         Ok(quote) => println!("verified, by a key that is {}", quote.key_trust()),
///         Err(error) => println!("{error}\nhelp: {}", error.help()),
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Appraisal<'a, T> {
    pub(crate) findings: Findings<'a>,
    pub(crate) result: Result<T, Error>,
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckState {
    /// It was run, and holds.
    Ok,
    /// It was run, and does not hold.
    Failed,
    /// It cannot be run: the evidence uses something that is not supported.
    Unsupported,
    /// An earlier check failed.
    NotReached,
    /// Nothing asked for it, or there is nothing to check.
    NotAskedFor,
}

impl CheckState {
    /// The stable name: `ok`, `failed`, `unsupported`, `not-reached` or `not-asked-for`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Unsupported => "unsupported",
            Self::NotReached => "not-reached",
            Self::NotAskedFor => "not-asked-for",
        }
    }
}

impl fmt::Display for CheckState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What accepted evidence does not show, although one might think so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Warning {
    /// Nothing vouches for the key.
    SelfAsserted,
    /// The key's attributes are unknown: only its numbers are known.
    AttributesUnknown,
    /// The key's attributes and Name are the sender's word: the certificate does not cover
    /// them.
    CertificateNumbers,
    /// The attestation has no nonce, and none was asked for.
    NoNonce,
    /// The nonce was not compared.
    AnyNonce,
    /// The quote covers PCRs from 16 to 23, which nobody required by number.
    ResettablePcrs,
    /// The quote covers PCRs of the SHA-1 bank, which nobody required by name.
    Sha1Bank,
}

impl Warning {
    const ALL: [Self; 7] = [
        Self::SelfAsserted,
        Self::AttributesUnknown,
        Self::CertificateNumbers,
        Self::NoNonce,
        Self::AnyNonce,
        Self::ResettablePcrs,
        Self::Sha1Bank,
    ];

    const fn bit(self) -> u8 {
        match self {
            Self::SelfAsserted => 1,
            Self::AttributesUnknown => 1 << 1,
            Self::CertificateNumbers => 1 << 2,
            Self::NoNonce => 1 << 3,
            Self::AnyNonce => 1 << 4,
            Self::ResettablePcrs => 1 << 5,
            Self::Sha1Bank => 1 << 6,
        }
    }

    /// The warning, as one or two sentences.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::SelfAsserted => {
                "The key is self-asserted: the evidence is consistent, but nothing shows that a TPM made it. Anyone can make such a key in software."
            }
            Self::AttributesUnknown => {
                "The key is known by its numbers alone: its attributes are unknown, and with them whether it signs only what a TPM made."
            }
            Self::CertificateNumbers => {
                "The certificate has the key's numbers alone: its attributes and its Name are the sender's word."
            }
            Self::NoNonce => {
                "Freshness was not checked: the attestation has no nonce, and may be an old one."
            }
            Self::AnyNonce => "Freshness was not checked: the nonce was not compared.",
            Self::ResettablePcrs => {
                "Software can reset PCRs 16 to 23, and the quote covers some of them: require by number what you rely on."
            }
            Self::Sha1Bank => {
                "The quote covers PCRs of the SHA-1 bank, for which collisions can be made: require by name what you rely on."
            }
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// What was found on the way, whatever came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Findings<'a> {
    /// The checks of this kind of evidence.
    pub(crate) checks: CheckSet,
    /// Those that something asks for.
    pub(crate) asked: CheckSet,
    /// Those that were run and hold.
    pub(crate) passed: CheckSet,
    pub(crate) key: Option<KeySummary>,
    pub(crate) baseline: Option<BaselineComparison<'a>>,
    warnings: u8,
}

/// The checks of a key.
const KEY_CHECKS: CheckSet = CheckSet::of(&[
    Check::Input,
    Check::KeyType,
    Check::KeyAttributes,
    Check::KeyStrength,
    Check::KeyScheme,
    Check::KeyAnchor,
]);

/// Those of them that nothing has to ask for.
const KEY_DEMANDS: CheckSet = CheckSet::of(&[
    Check::Input,
    Check::KeyType,
    Check::KeyAttributes,
    Check::KeyStrength,
    Check::KeyScheme,
]);

impl Findings<'_> {
    /// Nothing was found yet about a key.
    pub(crate) const fn new() -> Self {
        Self {
            checks: KEY_CHECKS,
            asked: KEY_DEMANDS,
            passed: CheckSet::NONE,
            key: None,
            baseline: None,
            warnings: 0,
        }
    }

    pub(crate) fn warn(&mut self, warning: Warning) {
        self.warnings |= warning.bit();
    }

    /// The checks of this kind of evidence, in the order in which they run.
    pub(crate) fn checks(&self) -> impl Iterator<Item = Check> + use<> {
        let of = self.checks;
        let checks = Check::ALL.into_iter();
        checks.filter(move |check| of.contains(*check))
    }

    /// What became of a check, if the evidence was refused for this reason or for none.
    pub(crate) fn state(&self, check: Check, error: Option<&Error>) -> CheckState {
        match error {
            Some(error) if error.check() == check => match error.verdict() {
                Verdict::Unsupported => CheckState::Unsupported,
                Verdict::Rejected | Verdict::Malformed => CheckState::Failed,
            },
            _ if !self.asked.contains(check) => CheckState::NotAskedFor,
            // Everything that was looked at can be read.
            _ if check == Check::Input || self.passed.contains(check) => CheckState::Ok,
            _ => CheckState::NotReached,
        }
    }

    /// What evidence that was accepted does not show.
    pub(crate) fn warnings(&self, accepted: bool) -> impl Iterator<Item = Warning> + use<> {
        let of_key = self.key.and_then(|key| match key.trust() {
            KeyTrust::SelfAsserted => Some(Warning::SelfAsserted),
            KeyTrust::PinnedKey => Some(Warning::AttributesUnknown),
            KeyTrust::Certificate => Some(Warning::CertificateNumbers),
            _ => None,
        });
        let set = self.warnings | of_key.map_or(0, Warning::bit);
        let set = if accepted { set } else { 0 };
        Warning::ALL
            .into_iter()
            .filter(move |warning| set & warning.bit() != 0)
    }
}

impl<'a, T> Appraisal<'a, T> {
    pub(crate) const fn new(findings: Findings<'a>, result: Result<T, Error>) -> Self {
        Self { findings, result }
    }

    /// What became of each check that this kind of evidence has, in the order in which they
    /// run.
    pub fn checks(&self) -> impl Iterator<Item = (Check, CheckState)> {
        let checks = self.findings.checks();
        checks.map(|check| (check, self.state(check)))
    }

    /// What became of a check.
    #[must_use]
    pub fn state(&self, check: Check) -> CheckState {
        self.findings.state(check, self.error())
    }

    /// The key, if it passed its own checks. If what was asked for does not vouch for it,
    /// its trust is `self-asserted`.
    #[must_use]
    pub const fn key(&self) -> Option<&KeySummary> {
        self.findings.key.as_ref()
    }

    /// The baseline beside the values, if there is one and the check `pcr-digest` holds:
    /// all that differs.
    #[must_use]
    pub const fn baseline(&self) -> Option<&BaselineComparison<'a>> {
        self.findings.baseline.as_ref()
    }

    /// What the evidence does not show although it was accepted; nothing if it was not.
    pub fn warnings(&self) -> impl Iterator<Item = Warning> + use<T> {
        self.findings.warnings(self.result.is_ok())
    }

    /// The verified value, if the evidence was accepted.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        match &self.result {
            Ok(value) => Some(value),
            Err(_) => None,
        }
    }

    /// Why the evidence was not accepted.
    #[must_use]
    pub const fn error(&self) -> Option<&Error> {
        match &self.result {
            Ok(_) => None,
            Err(error) => Some(error),
        }
    }

    /// The same findings, and this error in place of the verified value: for a caller who
    /// cannot read another part of the evidence. An earlier error stays.
    pub fn fail(self, error: Error) -> Self {
        let result = self.result.and(Err(error));
        Self { result, ..self }
    }

    /// The verified value, or why there is none.
    ///
    /// # Errors
    /// The evidence was not accepted.
    pub fn into_result(self) -> Result<T, Error> {
        self.result
    }
}

/// A key that was judged before.
impl<'k> From<AttestationKey<'k>> for Appraisal<'_, AttestationKey<'k>> {
    fn from(key: AttestationKey<'k>) -> Self {
        let mut findings = Findings::new();
        findings.passed = KEY_DEMANDS;
        findings.key = Some(*key.summary());
        if key.trust().is_anchored() {
            findings.asked.insert(Check::KeyAnchor);
            findings.passed.insert(Check::KeyAnchor);
        }
        if *key.name() == crate::crypto::Name::EMPTY {
            findings.asked.remove(Check::KeyAttributes);
        }
        Self::new(findings, Ok(key))
    }
}

/// Evidence of which a part cannot be read, before anything of it is judged.
impl<T> From<Error> for Appraisal<'_, T> {
    fn from(error: Error) -> Self {
        Self::new(Findings::new(), Err(error))
    }
}
