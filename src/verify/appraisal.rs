//! [`Appraisal`]: the result of a verification, check by check, whether or not the evidence
//! was accepted.

use core::fmt;

use super::{
    attestation_key::{AttestationKey, KeyAlgorithm, KeySummary, KeyTrust},
    error::{Check, CheckSet, Error, Verdict},
    policy::BaselineComparison,
};
use crate::types::TpmAlgId;

/// The full result of a verification: the state of every check, the key as it was judged,
/// the differences from the baseline, warnings, and the verified value or the error.
///
/// Only a verification can make one. `verify_quote` and the other functions that return a
/// `Result` run the same checks and return only the verified value or the error.
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

/// The state of a check after a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckState {
    /// It ran and passed.
    Ok,
    /// It ran and failed.
    Failed,
    /// It could not run: the evidence uses something that is not supported.
    Unsupported,
    /// It did not run: an earlier check failed.
    NotReached,
    /// The policy does not ask for it, or there is nothing to check.
    NotAskedFor,
}

impl CheckState {
    /// Returns the stable name: `ok`, `failed`, `unsupported`, `not-reached` or `not-asked-for`.
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

/// Something that accepted evidence does not show, although a reader might assume it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Warning {
    /// Nothing vouches for the key.
    SelfAsserted,
    /// Only the key's numbers are known: its attributes are not.
    AttributesUnknown,
    /// The key's attributes and Name come from the sender: the certificate does not cover
    /// them.
    CertificateNumbers,
    /// The attestation has no nonce, and the policy asks for none.
    NoNonce,
    /// The nonce was not compared.
    AnyNonce,
    /// The quote covers some of the PCRs 16 to 23, which the policy does not name.
    ResettablePcrs,
    /// The quote covers PCRs of the SHA-1 bank, which the policy does not name.
    Sha1Bank,
    /// The certified object was loaded into the TPM from outside.
    ExternalObject,
    /// The key signs with SHA-1, and the policy accepts that.
    Sha1Signature,
    /// The key's Name is made with SHA-1, and the rules accept that.
    Sha1Name,
    /// The key is an RSA key of 1024 bits, and the rules accept that.
    WeakKey,
    /// Secure Boot was on, and shim was told not to check what it starts.
    SecureBootNotEnforced,
    /// The attestation does not name its signer, and the policy accepts that.
    EmptySigner,
    /// A certificate above the key is signed with SHA-1, and the chain accepts that.
    Sha1Certificate,
    /// A key that vouches for the key is weak in one of these ways, and the rules accept that.
    WeakLink,
}

impl Warning {
    const ALL: [Self; 15] = [
        Self::SelfAsserted,
        Self::AttributesUnknown,
        Self::CertificateNumbers,
        Self::NoNonce,
        Self::AnyNonce,
        Self::ResettablePcrs,
        Self::Sha1Bank,
        Self::ExternalObject,
        Self::Sha1Signature,
        Self::Sha1Name,
        Self::WeakKey,
        Self::SecureBootNotEnforced,
        Self::EmptySigner,
        Self::Sha1Certificate,
        Self::WeakLink,
    ];

    const fn bit(self) -> u16 {
        match self {
            Self::SelfAsserted => 1,
            Self::AttributesUnknown => 1 << 1,
            Self::CertificateNumbers => 1 << 2,
            Self::NoNonce => 1 << 3,
            Self::AnyNonce => 1 << 4,
            Self::ResettablePcrs => 1 << 5,
            Self::Sha1Bank => 1 << 6,
            Self::ExternalObject => 1 << 7,
            Self::Sha1Signature => 1 << 8,
            Self::Sha1Name => 1 << 9,
            Self::WeakKey => 1 << 10,
            Self::SecureBootNotEnforced => 1 << 11,
            Self::EmptySigner => 1 << 12,
            Self::Sha1Certificate => 1 << 13,
            Self::WeakLink => 1 << 14,
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
            Self::ExternalObject => {
                "The object was loaded into the TPM from outside: its qualified name is its Name. Whoever loaded it may hold its private part, whatever its attributes say."
            }
            Self::Sha1Signature => {
                "The key signs with SHA-1, for which collisions can be made: who chooses what is signed may have a signature of something else."
            }
            Self::Sha1Name => {
                "The key's Name is made with SHA-1, for which collisions can be made: another key can have the same Name."
            }
            Self::WeakKey => "The key is an RSA key of 1024 bits, which can be broken.",
            Self::SecureBootNotEnforced => {
                "Secure Boot was on, and not enforced: shim was told not to check what it starts (MokSBState)."
            }
            Self::EmptySigner => {
                "The attestation does not name its signer: only the signature shows which key made it."
            }
            Self::Sha1Certificate => {
                "A certificate on the way to the root is signed with SHA-1, for which collisions can be made: it may be for another key than its issuer meant."
            }
            Self::WeakLink => {
                "A key that vouches for this one is weak: it is an RSA key of 1024 bits, or its Name is made with SHA-1. Neither key is worth more."
            }
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// What was found so far, whatever the result will be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Findings<'a> {
    /// The checks of this kind of evidence.
    pub(crate) checks: CheckSet,
    /// The checks that are asked for.
    pub(crate) asked: CheckSet,
    /// The checks that ran and passed.
    pub(crate) passed: CheckSet,
    pub(crate) key: Option<KeySummary>,
    pub(crate) baseline: Option<BaselineComparison<'a>>,
    warnings: u16,
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

/// The checks of a key that are always asked for.
const KEY_DEMANDS: CheckSet = CheckSet::of(&[
    Check::Input,
    Check::KeyType,
    Check::KeyAttributes,
    Check::KeyStrength,
    Check::KeyScheme,
]);

impl Findings<'_> {
    /// The state before a key is judged.
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
            KeyTrust::PinnedKey | KeyTrust::CertificateKey | KeyTrust::BoundToHardware => {
                Some(Warning::AttributesUnknown)
            }
            KeyTrust::Certificate => Some(Warning::CertificateNumbers),
            _ => None,
        });
        let weak = self.key.map_or(0, |key| {
            let broken = TpmAlgId::SHA1;
            let weak = [
                (key.scheme().hash == broken, Warning::Sha1Signature),
                (key.name().name_alg() == Some(broken), Warning::Sha1Name),
                (key.algorithm() == KeyAlgorithm::Rsa(1024), Warning::WeakKey),
                (key.is_by_sha1(), Warning::Sha1Certificate),
                (key.has_weak_link(), Warning::WeakLink),
            ];
            let weak = weak.into_iter().filter(|(is_so, _)| *is_so);
            weak.fold(0, |set, (_, warning)| set | warning.bit())
        });
        let set = self.warnings | weak | of_key.map_or(0, Warning::bit);
        // Without a key no evidence was judged: there is nothing to warn of.
        let set = if accepted && self.key.is_some() {
            set
        } else {
            0
        };
        Warning::ALL
            .into_iter()
            .filter(move |warning| set & warning.bit() != 0)
    }
}

impl<'a, T> Appraisal<'a, T> {
    pub(crate) const fn new(findings: Findings<'a>, result: Result<T, Error>) -> Self {
        Self { findings, result }
    }

    /// Returns the state of each check that this kind of evidence has, in the order in which
    /// the checks run.
    pub fn checks(&self) -> impl Iterator<Item = (Check, CheckState)> {
        let checks = self.findings.checks();
        checks.map(|check| (check, self.state(check)))
    }

    /// Returns the state of a check.
    #[must_use]
    pub fn state(&self, check: Check) -> CheckState {
        self.findings.state(check, self.error())
    }

    /// Returns the key, if it passed its own checks. If the requested anchor does not vouch
    /// for it, its trust is `self-asserted`.
    #[must_use]
    pub const fn key(&self) -> Option<&KeySummary> {
        self.findings.key.as_ref()
    }

    /// Returns the comparison with the baseline, if the policy has one and the check
    /// `pcr-digest` passed.
    #[must_use]
    pub const fn baseline(&self) -> Option<&BaselineComparison<'a>> {
        self.findings.baseline.as_ref()
    }

    /// Returns what the evidence does not show although it was accepted. Refused evidence has
    /// no warnings.
    pub fn warnings(&self) -> impl Iterator<Item = Warning> + use<T> {
        self.findings.warnings(self.result.is_ok())
    }

    /// Returns the verified value, if the evidence was accepted.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        match &self.result {
            Ok(value) => Some(value),
            Err(_) => None,
        }
    }

    /// Returns why the evidence was refused, if it was.
    #[must_use]
    pub const fn error(&self) -> Option<&Error> {
        match &self.result {
            Ok(_) => None,
            Err(error) => Some(error),
        }
    }

    /// Replaces the verified value with an error and keeps the findings: for a caller who
    /// cannot read another part of the evidence. An earlier error is kept.
    pub fn fail(self, error: Error) -> Self {
        let result = self.result.and(Err(error));
        Self { result, ..self }
    }

    /// Returns the verified value, or why the evidence was refused.
    ///
    /// # Errors
    /// The evidence was refused.
    pub fn into_result(self) -> Result<T, Error> {
        self.result
    }
}

/// Converts a key that was judged before.
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

/// Converts the error of evidence that cannot be read, before any of it is judged.
impl<T> From<Error> for Appraisal<'_, T> {
    fn from(error: Error) -> Self {
        Self::new(Findings::new(), Err(error))
    }
}
