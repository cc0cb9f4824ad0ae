//! A public area with a certificate.

use crate::{
    types::Tpm2bPublic,
    verify::{
        attestation_key::{AttestationKey, KeyTrust},
        certificate::AkCertificate,
        error::{CertificateProblem, Error},
        verifier::Verifier,
    },
};

/// Certificates.
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Error, Tpm2bPublic};
/// # fn with<'a>(public: &Tpm2bPublic<'a>) -> Result<AttestationKey<'a>, tpm_quote::Error> {
/// AttestationKey::from_certificate(public) // which one?
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
    /// A key with a certificate.
    ///
    /// The certificate has the key's numbers, and nothing else of it: attributes, scheme
    /// and Name are those of `public`, by the word of whoever sent it, and are judged as
    /// for any key. That the key is restricted, and in the TPM that the certificate names,
    /// is the word of whoever issued it. To bind the Name, pin it too.
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
    /// A key with a certificate: see [`AttestationKey::from_certificate`].
    ///
    /// # Errors
    /// Same errors as [`self_asserted`](Self::self_asserted); or the certificate is for
    /// another key.
    pub fn from_certificate<'a>(
        &self,
        public: &Tpm2bPublic<'a>,
        certificate: &AkCertificate<'_>,
    ) -> Result<AttestationKey<'a>, Error> {
        let key = self.self_asserted(public)?;
        Ok(certified(key, public, certificate)?)
    }
}

/// The key, which was judged, if the certificate is for it.
pub(super) fn certified<'a>(
    key: AttestationKey<'a>,
    public: &Tpm2bPublic<'a>,
    certificate: &AkCertificate<'_>,
) -> Result<AttestationKey<'a>, CertificateProblem> {
    if certificate.is_for(public) {
        Ok(key.anchored(KeyTrust::Certificate, None))
    } else {
        Err(CertificateProblem::OtherKey)
    }
}
