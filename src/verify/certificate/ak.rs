//! [`AkCertificate`]: the certificate of an attestation key.

use core::time::Duration;

use super::{
    chain::{CertificateChain, Verified},
    identity::TpmIdentity,
    name::{DistinguishedName, Oid},
    reader::KeyUsage,
};
use crate::{
    types::Tpm2bPublic,
    verify::{attestation_key::PlainKey, error::Error, verifier::Verifier},
};

/// The verified certificate of an attestation key, which leads to one of the caller's roots.
///
/// It has `tcg-kp-AIKCertificate` in its `extKeyUsage`, `digitalSignature` in its
/// `keyUsage` if it has one, and the maker, model and version of the TPM in its
/// `subjectAltName`. A certificate of an IAK, which may have a `HardwareModuleName` instead
/// of the latter, is refused.
///
/// ```compile_fail,E0061
/// # use core::time::Duration;
/// # use tpm_quote::{AkCertificate, CertificateChain, Error};
/// # fn with<'c>(chain: CertificateChain<'c>, at: Duration) -> Result<AkCertificate<'c>, Error> {
/// AkCertificate::verify(&chain, at) // the roots are missing
/// # }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AkCertificate, CertificateChain, Error};
/// # fn with<'c>(chain: CertificateChain<'c>, roots: &[&[u8]]) -> Result<AkCertificate<'c>, Error> {
/// AkCertificate::verify(&chain, roots) // the time is missing
/// # }
/// ```
///
/// ```compile_fail,E0423
/// # use tpm_quote::verify::{AkCertificate, X509Certificate};
/// fn believe<'c>(certificate: X509Certificate<'c>) -> AkCertificate<'c> {
///     AkCertificate(certificate)
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct AkCertificate<'c>(Verified<'c>);

impl<'c> AkCertificate<'c> {
    /// Verifies a certificate against roots, each in DER, at the time `at`: the time since
    /// 1970, UTC, as `SystemTime::now().duration_since(UNIX_EPOCH)` returns it.
    ///
    /// # Errors
    /// A certificate cannot be read, no path leads to a root, or the certificate is not that
    /// of an attestation key.
    pub fn verify(
        chain: &CertificateChain<'c>,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
    ) -> Result<Self, Error> {
        Verifier::new().ak_certificate(chain, roots, at)
    }

    /// Returns which TPM the key is in, according to the issuer.
    #[must_use]
    pub const fn identity(&self) -> &TpmIdentity<'c> {
        &self.0.identity
    }

    /// Returns the issuer.
    #[must_use]
    pub const fn issuer(&self) -> &DistinguishedName<'c> {
        self.0.certificate.issuer()
    }

    /// Returns the key that the certificate is for: its numbers.
    #[must_use]
    pub const fn plain_key(&self) -> &PlainKey<'c> {
        &self.0.key
    }

    pub(crate) fn is_for(&self, public: &Tpm2bPublic<'_>) -> bool {
        self.0.is_for(public)
    }
}

impl Verifier<'_> {
    /// Verifies the certificate of an attestation key: see [`AkCertificate::verify`].
    ///
    /// # Errors
    /// Same errors as [`AkCertificate::verify`].
    pub fn ak_certificate<'c>(
        &self,
        chain: &CertificateChain<'c>,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
    ) -> Result<AkCertificate<'c>, Error> {
        let verified = chain.verify(Oid::AK_CERTIFICATE, roots, at, self)?;
        verified.allows(KeyUsage::DIGITAL_SIGNATURE, "digitalSignature")?;
        Ok(AkCertificate(verified))
    }
}
