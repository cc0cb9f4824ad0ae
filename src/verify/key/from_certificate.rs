//! Keys with a certificate.

use crate::{
    types::Tpm2bPublic,
    verify::{
        attestation_key::{AttestationKey, KeyTrust},
        certificate::AkCertificate,
        error::Error,
        verifier::Verifier,
    },
};

/// Certificates of attestation keys. They have to be verified first:
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Error, Tpm2bPublic};
/// # fn with<'a>(public: &Tpm2bPublic<'a>) -> Result<AttestationKey<'a>, tpm_quote::Error> {
/// AttestationKey::from_certificate(public) // the certificate is missing
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::X509Certificate};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, read: &X509Certificate<'_>) -> Result<AttestationKey<'a>, tpm_quote::Error> {
/// AttestationKey::from_certificate(public, read) // it was read, not verified
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::EkCertificate};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, endorsement: &EkCertificate<'_>) -> Result<AttestationKey<'a>, tpm_quote::Error> {
/// AttestationKey::from_certificate(public, endorsement) // it is for another kind of key
/// # }
/// ```
impl<'a> AttestationKey<'a> {
    /// Judges a key with a certificate.
    ///
    /// The certificate covers the key's numbers and nothing else. Attributes, scheme and
    /// Name are those of `public`, as its sender claims them, and are judged as for any key.
    /// The issuer vouches that the key is restricted and is in the TPM that the certificate
    /// names. To bind the Name, pin it too.
    ///
    /// # Errors
    /// Same errors as [`self_asserted`](Self::self_asserted); or the certificate is for
    /// another key.
    pub fn from_certificate(
        public: &Tpm2bPublic<'a>,
        certificate: &AkCertificate<'_>,
    ) -> Result<Self, Error> {
        Verifier::new().from_certificate(public, certificate)
    }
}

impl Verifier<'_> {
    /// Judges a key with a certificate: see [`AttestationKey::from_certificate`].
    ///
    /// # Errors
    /// Same errors as [`AttestationKey::from_certificate`].
    pub fn from_certificate<'a>(
        &self,
        public: &Tpm2bPublic<'a>,
        certificate: &AkCertificate<'_>,
    ) -> Result<AttestationKey<'a>, Error> {
        let key = self.self_asserted(public)?;
        certified(key, public, certificate)
    }
}

/// The judged key, if the certificate is for it.
pub(super) fn certified<'a>(
    key: AttestationKey<'a>,
    public: &Tpm2bPublic<'a>,
    certificate: &AkCertificate<'_>,
) -> Result<AttestationKey<'a>, Error> {
    certificate.check_key(public, key.name())?;
    let key = key.by_sha1(certificate.is_by_sha1());
    Ok(key.anchored(KeyTrust::Certificate, None))
}
