//! [`Anchor`]: what has to vouch for a key, where that is known only at run time.

#[cfg(feature = "certificate")]
use super::from_certificate;
use super::{certified_by, created_under, pinned, pinned_key};
#[cfg(feature = "certificate")]
use crate::verify::{appraisal::Warning, certificate::AkCertificate};
use crate::{
    types::{Tpm2bCreationData, Tpm2bPublic},
    verify::{
        appraisal::{Appraisal, Findings},
        attestation_key::{AttestationKey, PlainKey, SigningScheme},
        error::{AnchorProblem, Check, CheckSet, Error, Part, SettingProblem},
        kinds::{AttestSignature, SignedAttest},
        policy::{KeyNames, Nonce},
        verifier::Verifier,
    },
};

/// What has to vouch for a key. By default nothing has to: the key is self-asserted.
///
/// If several anchors are named, each of them has to vouch for the key. This is for programs
/// that learn from options or a policy file what to require; where it is known beforehand,
/// the constructors of [`AttestationKey`] are simpler.
///
/// ```
/// use tpm_quote::{AttestationKey, Error, Name, Tpm2bPublic, Verifier, verify::Anchor};
///
/// fn key<'a>(public: &Tpm2bPublic<'a>, known: &[Name]) -> Result<AttestationKey<'a>, Error> {
///     let mut anchor = Anchor::new();
///     if !known.is_empty() {
///         anchor = anchor.pinned(known);
///     }
///     Verifier::new().appraise_key(public, &anchor).into_result()
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct Anchor<'a> {
    names: Option<KeyNames<'a>>,
    certifier: Option<&'a AttestationKey<'a>>,
    certification: Option<Result<SignedAttest<'a, AttestSignature<'a>>, Error>>,
    creation: Option<&'a Tpm2bCreationData<'a>>,
    nonce: Option<Nonce>,
    #[cfg(feature = "certificate")]
    certificate: Option<Result<&'a AkCertificate<'a>, Error>>,
}

impl<'a> Anchor<'a> {
    /// Requires nothing to vouch for the key.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires the key to have one of these Names: see [`AttestationKey::pinned`].
    pub fn pinned(self, names: impl Into<KeyNames<'a>>) -> Self {
        Self {
            names: Some(names.into()),
            ..self
        }
    }

    /// Requires another key, which is anchored itself, to certify the key with this nonce:
    /// see [`AttestationKey::certified_by`].
    pub fn certified_by(self, certifier: &'a AttestationKey<'a>, nonce: Nonce) -> Self {
        Self {
            certifier: Some(certifier),
            nonce: Some(nonce),
            ..self
        }
    }

    /// Gives the certification by the other key. Without [`certified_by`](Self::certified_by)
    /// nobody would look at it: that is an error (`certification-without-certifier`).
    pub fn certification<S: Copy + Into<AttestSignature<'a>>>(
        self,
        certification: &SignedAttest<'a, S>,
    ) -> Self {
        Self {
            certification: Some(Ok(certification.erased())),
            ..self
        }
    }

    /// Gives the creation data of the key. The certification is then one of its creation:
    /// see [`AttestationKey::created_under`].
    pub fn creation(self, creation: &'a Tpm2bCreationData<'a>) -> Self {
        Self {
            creation: Some(creation),
            ..self
        }
    }

    /// Takes back the creation data: the certification is one by `TPM2_Certify`.
    #[cfg(feature = "response")]
    pub(crate) fn without_creation(self) -> Self {
        Self {
            creation: None,
            ..self
        }
    }

    /// Requires a certificate for the key: see [`AttestationKey::from_certificate`]. If Names
    /// are [`pinned`](Self::pinned) as well, the key needs both, and its trust is `pinned`.
    #[cfg(feature = "certificate")]
    pub fn certificate(self, certificate: &'a AkCertificate<'a>) -> Self {
        Self {
            certificate: Some(Ok(certificate)),
            ..self
        }
    }

    /// Records that the certificate for the key was refused: the check `key-anchor` fails
    /// with this error, after the checks of the key itself.
    #[cfg(feature = "certificate")]
    pub fn failed_certificate(self, error: Error) -> Self {
        Self {
            certificate: Some(Err(error)),
            ..self
        }
    }

    /// Records that the certification by the other key cannot be read: the verification
    /// fails with this error, after the checks of the key itself.
    pub fn failed_certification(self, error: Error) -> Self {
        Self {
            certification: Some(Err(error.in_part(Part::Certification))),
            ..self
        }
    }

    /// Whether another key has to certify the key, and its certification was not given.
    #[cfg(feature = "response")]
    pub(crate) const fn lacks_certification(&self) -> bool {
        self.certifier.is_some() && self.certification.is_none()
    }

    /// Whether anything is set, be it of use or not.
    pub(crate) const fn is_set(&self) -> bool {
        self.is_asked() || self.has_unused()
    }

    /// Whether there is a certification, or a part of one, and no key that has to make it.
    const fn has_unused(&self) -> bool {
        self.certifier.is_none() && (self.certification.is_some() || self.creation.is_some())
    }

    /// Returns whether anything has to vouch for the key.
    #[must_use]
    pub const fn is_asked(&self) -> bool {
        #[cfg(feature = "certificate")]
        if self.certificate.is_some() {
            return true;
        }
        self.names.is_some() || self.certifier.is_some()
    }

    /// Warns of what the anchors do not show.
    #[inline]
    pub(crate) fn warn(&self, findings: &mut Findings<'_>) {
        #[cfg(feature = "certificate")]
        if self
            .certificate
            .is_some_and(|certificate| certificate.is_ok_and(AkCertificate::is_by_sha1))
        {
            findings.warn(Warning::Sha1Certificate);
        }
        #[cfg(not(feature = "certificate"))]
        let _ = findings;
    }

    /// The key, which was judged, if what has to vouch for it does.
    ///
    /// Not a part of its callers, who ask [`is_set`](Self::is_set) before: where nothing
    /// is ever asked, the kinds of attestation by another key are then not linked.
    #[inline(never)]
    pub(crate) fn vouch<'k>(
        &self,
        verifier: &Verifier<'_>,
        key: AttestationKey<'k>,
        public: &Tpm2bPublic<'k>,
    ) -> Result<AttestationKey<'k>, Error> {
        if self.has_unused() {
            return Err(SettingProblem::CertificationUnused.into());
        }
        let mut vouched = key;
        if let Some(names) = self.names {
            let is_known = names.contains(key.name());
            vouched = pinned::pin(key, names.is_empty(), is_known)?;
        }
        #[cfg(feature = "certificate")]
        if let Some(certificate) = self.certificate {
            let certified = from_certificate::certified(key, public, certificate?)?;
            // That the Name is pinned tells more.
            if self.names.is_none() {
                vouched = certified;
            }
        }
        let Some(certifier) = self.certifier else {
            return Ok(vouched);
        };
        let certification = self.certification.ok_or(AnchorProblem::NoCertification)??;
        let nonce = self.nonce.ok_or(AnchorProblem::NoCertification)?;
        match self.creation {
            Some(creation) => {
                let object = (public, creation);
                created_under::created(verifier, key, object, &certification, certifier, nonce)
            }
            None => {
                certified_by::certified(verifier, key, public, &certification, certifier, nonce)
            }
        }
    }
}

impl Verifier<'_> {
    /// Judges a key and what has to vouch for it, and returns the state of each check.
    pub fn appraise_key<'a, 'f>(
        &self,
        public: &Tpm2bPublic<'a>,
        anchor: &Anchor<'_>,
    ) -> Appraisal<'f, AttestationKey<'a>> {
        let mut findings = Findings::new();
        if anchor.is_asked() {
            findings.asked.insert(Check::KeyAnchor);
        }
        anchor.warn(&mut findings);
        let result = self.vouched_key(public, &mut findings, |key| {
            if anchor.is_set() {
                anchor.vouch(self, key, public)
            } else {
                Ok(key)
            }
        });
        Appraisal::new(findings, result)
    }

    /// Judges a key, and then has it vouched for.
    #[inline]
    pub(crate) fn vouched_key<'a>(
        &self,
        public: &Tpm2bPublic<'a>,
        findings: &mut Findings<'_>,
        vouch: impl FnOnce(AttestationKey<'a>) -> Result<AttestationKey<'a>, Error>,
    ) -> Result<AttestationKey<'a>, Error> {
        let key = AttestationKey::judge(public, self, &mut findings.passed)?;
        findings.key = Some(*key.summary());
        let key = vouch(key)?;
        findings.key = Some(*key.summary());
        findings.passed.insert(Check::KeyAnchor);
        Ok(key)
    }

    /// Judges a key by its numbers, and returns the state of each check.
    ///
    /// With `known`, the key has to be one of these: see [`AttestationKey::pinned_key`].
    /// Without, nothing vouches for it: see [`AttestationKey::self_asserted_key`].
    pub fn appraise_plain_key<'a, 'f>(
        &self,
        key: &PlainKey<'a>,
        scheme: SigningScheme,
        known: Option<&[PlainKey<'_>]>,
    ) -> Appraisal<'f, AttestationKey<'a>> {
        let mut findings = Findings::new();
        findings.asked.remove(Check::KeyAttributes);
        if known.is_some() {
            findings.asked.insert(Check::KeyAnchor);
        }
        let mut judge = |passed: &mut CheckSet| -> Result<_, Error> {
            let judged = key.judge_as_attestation_key(scheme, self, passed)?;
            findings.key = Some(*judged.summary());
            let Some(known) = known else {
                return Ok(judged);
            };
            let pinned = pinned_key::pin(judged, key, known)?;
            findings.key = Some(*pinned.summary());
            passed.insert(Check::KeyAnchor);
            Ok(pinned)
        };
        let mut passed = CheckSet::NONE;
        let result = judge(&mut passed);
        findings.passed = passed;
        Appraisal::new(findings, result)
    }
}
