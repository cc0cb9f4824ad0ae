//! [`Anchor`]: what has to vouch for a key, where that is known only at run time.

use core::time::Duration;

#[cfg(feature = "certificate")]
use super::from_certificate;
use super::{any_of::Nearest, certified_by, created_under, pinned, pinned_key};
#[cfg(feature = "certificate")]
use crate::verify::attestation_key::KeyTrust;
#[cfg(feature = "certificate")]
use crate::verify::certificate::AkCertificate;
#[cfg(all(feature = "projects", feature = "certificate"))]
use crate::verify::{
    error::HardwareProblem,
    hardware::{HclReport, VerifiedHardware},
};
use crate::{
    types::{Tpm2bCreationData, Tpm2bPublic},
    verify::{
        attestation_key::{AttestationKey, PlainKey},
        error::{AnchorProblem, Error, Part, SettingProblem},
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
    known: Option<PlainKey<'a>>,
    #[cfg(all(feature = "projects", feature = "certificate"))]
    hardware: Option<Bound<'a>>,
    lines: Option<&'a [AnchorLine<'a>]>,
}

/// The claims of Azure's virtual TPM, and the processor's report on them.
#[cfg(all(feature = "projects", feature = "certificate"))]
type Bound<'a> = (&'a HclReport<'a>, Result<&'a VerifiedHardware<'a>, Error>);

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

    /// Requires this key to be the known one, by its numbers: see
    /// [`AttestationKey::pinned_key`]. If the key came with a public area, its attributes and
    /// its Name are the sender's word: its trust is `pinned-key` all the same.
    pub fn known_key(self, key: PlainKey<'a>) -> Self {
        Self {
            known: Some(key),
            ..self
        }
    }

    /// Requires the processor to vouch for the key: see [`AttestationKey::bound_to_hardware`].
    /// With an error, its report was refused. If the key came with a public area, its attributes
    /// and its Name are the sender's word: its trust is `bound-to-hardware` all the same.
    #[cfg(all(feature = "projects", feature = "certificate"))]
    pub fn hardware(
        self,
        report: &'a HclReport<'a>,
        hardware: Result<&'a VerifiedHardware<'a>, Error>,
    ) -> Self {
        Self {
            hardware: Some((report, hardware)),
            ..self
        }
    }

    /// Requires at least one of these lines, as of a trust file, to vouch for the key. The
    /// first that does counts; [`KeySummary::vouched_by`] returns its number.
    ///
    /// `nonce` is the nonce of certifications by other keys. A line that requires a
    /// certification uses the certification and creation data of this anchor.
    ///
    /// ```
    /// use tpm_quote::{
    ///     AttestationKey, Error, Name, Nonce, Tpm2bPublic, Verifier,
    ///     verify::{Anchor, AnchorLine},
    /// };
    ///
    /// fn key<'a>(public: &Tpm2bPublic<'a>, web: &[Name], lab: &[Name]) -> Result<AttestationKey<'a>, Error> {
    ///     let lines = [
    ///         AnchorLine::new(1, Anchor::new().pinned(web)),
    ///         AnchorLine::new(2, Anchor::new().pinned(lab)),
    ///     ];
    ///     let anchor = Anchor::new().any_of(&lines, Nonce::dangerous_none());
    ///     Verifier::new().appraise_key(public, &anchor).into_result()
    /// }
    /// ```
    ///
    /// [`KeySummary::vouched_by`]: crate::verify::KeySummary::vouched_by
    pub fn any_of(self, lines: &'a [AnchorLine<'a>], nonce: Nonce) -> Self {
        Self {
            lines: Some(lines),
            nonce: Some(nonce),
            ..self
        }
    }

    /// Requires another key, which is anchored itself, to certify the key: for a line of
    /// [`any_of`](Self::any_of), which has the nonce.
    pub fn certifier(self, certifier: &'a AttestationKey<'a>) -> Self {
        Self {
            certifier: Some(certifier),
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
    pub(crate) fn lacks_certification(&self) -> bool {
        self.certification.is_none() && self.has_certifier()
    }

    /// Whether another key has to certify the key, or may be what does.
    #[cfg(feature = "response")]
    fn has_certifier(&self) -> bool {
        let lines = self.lines.unwrap_or_default();
        self.certifier.is_some() || lines.iter().any(AnchorLine::has_certifier)
    }

    /// Whether anything is set, be it of use or not.
    pub(crate) const fn is_set(&self) -> bool {
        self.is_asked() || self.has_unused()
    }

    /// Whether there is a certification, or a part of one, and no key that has to make it.
    const fn has_unused(&self) -> bool {
        self.certifier.is_none()
            && self.lines.is_none()
            && (self.certification.is_some() || self.creation.is_some())
    }

    /// Returns whether anything has to vouch for the key.
    #[must_use]
    pub const fn is_asked(&self) -> bool {
        #[cfg(feature = "certificate")]
        if self.certificate.is_some() {
            return true;
        }
        #[cfg(all(feature = "projects", feature = "certificate"))]
        if self.hardware.is_some() {
            return true;
        }
        self.names.is_some()
            || self.certifier.is_some()
            || self.known.is_some()
            || self.lines.is_some()
    }

    /// The anchor of a line, with what this one has for all of them.
    fn of_line(&self, line: &Self) -> Self {
        if line.certifier.is_none() {
            return *line;
        }
        Self {
            certification: line.certification.or(self.certification),
            creation: line.creation.or(self.creation),
            nonce: line.nonce.or(self.nonce),
            ..*line
        }
    }

    /// Whether the certificate is vouched for by a signature with SHA-1.
    #[cfg(feature = "certificate")]
    fn is_by_sha1(&self) -> bool {
        self.certificate
            .is_some_and(|certificate| certificate.is_ok_and(AkCertificate::is_by_sha1))
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
        let Some(lines) = self.lines else {
            return self.vouch_alone(verifier, key, public);
        };
        first(lines, |line| {
            self.of_line(line).vouch_alone(verifier, key, public)
        })
    }

    /// The same, where the anchor is one of itself.
    fn vouch_alone<'k>(
        &self,
        verifier: &Verifier<'_>,
        key: AttestationKey<'k>,
        public: &Tpm2bPublic<'k>,
    ) -> Result<AttestationKey<'k>, Error> {
        // Lines in a line are not looked at.
        if self.lines.is_some() {
            return Err(AnchorProblem::NotAnchored.into());
        }
        #[cfg(feature = "certificate")]
        let key = key.by_sha1(self.is_by_sha1());
        let mut vouched = key;
        #[cfg(all(feature = "projects", feature = "certificate"))]
        if let Some(hardware) = self.hardware {
            let plain = PlainKey::of_public(public.value()).ok_or(HardwareProblem::Claims)?;
            vouched = bound(key, &plain, hardware)?;
        }
        if let Some(known) = self.known {
            let plain = PlainKey::of_public(public.value()).ok_or(AnchorProblem::KeyNotPinned)?;
            vouched = pinned_key::pin(key, &plain, &[known])?;
        }
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

impl<'a> Anchor<'a> {
    /// The key by its numbers, which was judged, if what has to vouch for it does.
    pub(super) fn vouch_plain<'k>(
        &self,
        key: AttestationKey<'k>,
        plain: &PlainKey<'k>,
    ) -> Result<AttestationKey<'k>, Error> {
        let Some(lines) = self.lines else {
            return self.vouch_plain_alone(key, plain);
        };
        first(lines, |line| line.vouch_plain_alone(key, plain))
    }

    fn vouch_plain_alone<'k>(
        &self,
        key: AttestationKey<'k>,
        plain: &PlainKey<'k>,
    ) -> Result<AttestationKey<'k>, Error> {
        if self.lines.is_some() {
            return Err(AnchorProblem::NotAnchored.into());
        }
        if self.names.is_some() || self.certifier.is_some() {
            return Err(AnchorProblem::NameUnknown.into());
        }
        #[cfg(feature = "certificate")]
        let key = key.by_sha1(self.is_by_sha1());
        let mut vouched = key;
        if let Some(known) = self.known {
            vouched = pinned_key::pin(key, plain, &[known])?;
        }
        #[cfg(feature = "certificate")]
        if let Some(certificate) = self.certificate {
            certificate?.check_plain_key(plain)?;
            vouched = key.anchored(KeyTrust::CertificateKey, None);
        }
        #[cfg(all(feature = "projects", feature = "certificate"))]
        if let Some(hardware) = self.hardware {
            vouched = bound(key, plain, hardware)?;
        }
        Ok(vouched)
    }
}

/// The key, which was judged, if it is the one in the claims, and the processor vouches for
/// them.
#[cfg(all(feature = "projects", feature = "certificate"))]
fn bound<'k>(
    key: AttestationKey<'k>,
    plain: &PlainKey<'_>,
    (report, hardware): Bound<'_>,
) -> Result<AttestationKey<'k>, Error> {
    let data = hardware?.report_data();
    if !report.is_bound_to(data) || !report.key().is_same(plain) {
        return Err(HardwareProblem::Claims.into());
    }
    Ok(key.anchored(KeyTrust::BoundToHardware, None))
}

/// One of several anchors, any of which may vouch for a key: a line of a trust file. See
/// [`Anchor::any_of`].
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct AnchorLine<'a> {
    number: u32,
    anchor: Result<Anchor<'a>, Error>,
    in_force: Result<(), AnchorProblem>,
}

impl<'a> AnchorLine<'a> {
    /// A line with this number, by which [`KeySummary::vouched_by`] names it.
    ///
    /// [`KeySummary::vouched_by`]: crate::verify::KeySummary::vouched_by
    pub const fn new(number: u32, anchor: Anchor<'a>) -> Self {
        Self {
            number,
            anchor: Ok(anchor),
            in_force: Ok(()),
        }
    }

    /// A line that vouches for no key, because of this error.
    pub const fn failed(number: u32, error: Error) -> Self {
        Self {
            number,
            anchor: Err(error),
            in_force: Ok(()),
        }
    }

    /// Lets the line count from one time on, and up to another one; `at` is the time at which
    /// keys are judged. All are since 1970.
    pub fn valid(self, after: Option<Duration>, before: Option<Duration>, at: Duration) -> Self {
        let seconds = |time: Duration| time.as_secs();
        let in_force = match (after, before) {
            (Some(after), _) if at < after => Err(AnchorProblem::LineNotYetValid {
                at: seconds(at),
                after: seconds(after),
            }),
            (_, Some(before)) if at >= before => Err(AnchorProblem::LineExpired {
                at: seconds(at),
                before: seconds(before),
            }),
            _ => Ok(()),
        };
        Self { in_force, ..self }
    }

    /// Whether another key has to certify the key.
    #[cfg(feature = "response")]
    fn has_certifier(&self) -> bool {
        self.anchor.is_ok_and(|anchor| anchor.certifier.is_some())
    }
}

/// The key by the first line that vouches for it, or why none does.
fn first<'a, 'k>(
    lines: &[AnchorLine<'a>],
    mut vouch: impl FnMut(&Anchor<'a>) -> Result<AttestationKey<'k>, Error>,
) -> Result<AttestationKey<'k>, Error> {
    let mut nearest = Nearest::default();
    for line in lines {
        let vouched = line.anchor.and_then(|anchor| match anchor.is_asked() {
            true => vouch(&anchor),
            // A line that requires nothing vouches for nothing.
            false => Err(AnchorProblem::NotAnchored.into()),
        });
        match (vouched, line.in_force) {
            (Ok(key), Ok(())) => return Ok(key.by_line(line.number)),
            (Ok(_), Err(problem)) => nearest.add(line.number, problem.into()),
            (Err(error), _) => nearest.add(line.number, error),
        }
    }
    Err(nearest.error())
}
