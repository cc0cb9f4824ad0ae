//! Keys of which only a certificate is known.

use crate::verify::{
    appraisal::{Appraisal, Findings},
    attestation_key::{AttestationKey, KeyTrust, PlainKey, SigningScheme},
    certificate::AkCertificate,
    error::{Check, CheckSet, Error},
    verifier::Verifier,
};

/// Certificates of attestation keys, without a public area. They have to be verified first:
///
/// ```
/// # use tpm_quote::{AkCertificate, AttestationKey, Error, TpmAlgId, verify::SigningScheme};
/// fn key<'c>(certificate: &AkCertificate<'c>) -> Result<AttestationKey<'c>, Error> {
///     AttestationKey::of_certificate(certificate, SigningScheme::ecdsa(TpmAlgId::SHA256))
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use tpm_quote::{AttestationKey, Error, TpmAlgId, verify::{SigningScheme, X509Certificate}};
/// fn key<'c>(read: &X509Certificate<'c>) -> Result<AttestationKey<'c>, Error> {
///     // it was read, not verified
///     AttestationKey::of_certificate(read, SigningScheme::ecdsa(TpmAlgId::SHA256))
/// }
/// ```
impl<'a> AttestationKey<'a> {
    /// Judges the key in a certificate, of which no public area is known. `scheme` is the
    /// scheme and hash that its signatures must have.
    ///
    /// The certificate has the key's numbers and nothing else: its attributes are unknown, and
    /// it has no Name. Whether it is a restricted key of a TPM is a matter of what the issuer
    /// checked. If you have its public area,
    /// [`from_certificate`](Self::from_certificate) shows more.
    ///
    /// # Errors
    /// The key fails one of the checks `key-strength` and `key-scheme`.
    pub fn of_certificate(
        certificate: &AkCertificate<'a>,
        scheme: SigningScheme,
    ) -> Result<Self, Error> {
        Verifier::new().of_certificate(certificate, scheme)
    }
}

impl Verifier<'_> {
    /// Judges the key in a certificate: see [`AttestationKey::of_certificate`].
    ///
    /// # Errors
    /// Same errors as [`AttestationKey::of_certificate`].
    pub fn of_certificate<'a>(
        &self,
        certificate: &AkCertificate<'a>,
        scheme: SigningScheme,
    ) -> Result<AttestationKey<'a>, Error> {
        self.appraise_certificate_key(certificate, scheme, None)
            .into_result()
    }

    /// Judges the key in a certificate, and returns the state of each check: see
    /// [`AttestationKey::of_certificate`]. With `named`, it is this key that is judged, and the
    /// certificate has to be for it.
    pub fn appraise_certificate_key<'a, 'f>(
        &self,
        certificate: &AkCertificate<'a>,
        scheme: SigningScheme,
        named: Option<&PlainKey<'a>>,
    ) -> Appraisal<'f, AttestationKey<'a>> {
        let mut findings = Findings::new();
        findings.asked.remove(Check::KeyAttributes);
        findings.asked.insert(Check::KeyAnchor);
        let key = named.unwrap_or(certificate.plain_key());
        let mut passed = CheckSet::NONE;
        let mut judge = || -> Result<_, Error> {
            let judged = key.judge_as_attestation_key(scheme, self, &mut passed)?;
            findings.key = Some(*judged.summary());
            certificate.check_plain_key(key)?;
            let judged = judged.by_sha1(certificate.is_by_sha1());
            let vouched = judged.anchored(KeyTrust::CertificateKey, None);
            findings.key = Some(*vouched.summary());
            passed.insert(Check::KeyAnchor);
            Ok(vouched)
        };
        let result = judge();
        findings.passed = passed;
        Appraisal::new(findings, result)
    }
}
