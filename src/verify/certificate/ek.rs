//! [`EkCertificate`]: the certificate of an endorsement key.

use core::time::Duration;

use super::{
    chain::{CertificateChain, Verified},
    identity::TpmIdentity,
    name::DistinguishedName,
    profile::{Holder, Purpose},
    reader::KeyUsage,
};
#[cfg(feature = "credential")]
use crate::types::Tpm2bPublic;
use crate::verify::{attestation_key::PlainKey, error::Error, verifier::Verifier};

/// The verified certificate of an endorsement key, which leads to one of the caller's roots.
///
/// It has `tcg-kp-EKCertificate` in its `extKeyUsage`, `keyEncipherment` or, for an ECC key,
/// `keyAgreement` in its `keyUsage` if it has one, and the maker, model and version of
/// the TPM in its `subjectAltName`, which is critical if the subject is empty.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct EkCertificate<'c> {
    verified: Verified<'c>,
    identity: TpmIdentity<'c>,
}

impl<'c> EkCertificate<'c> {
    /// Verifies a certificate against roots, each in DER, at the time `at`: the time since
    /// 1970, UTC.
    ///
    /// # Errors
    /// A certificate cannot be read, no path leads to a root, or the certificate is not that
    /// of an endorsement key.
    pub fn verify(
        chain: &CertificateChain<'c>,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
    ) -> Result<Self, Error> {
        Verifier::new().ek_certificate(chain, roots, at)
    }

    /// Returns which TPM the key is in, according to the issuer.
    #[must_use]
    pub const fn identity(&self) -> &TpmIdentity<'c> {
        &self.identity
    }

    /// Returns the issuer.
    #[must_use]
    pub const fn issuer(&self) -> &DistinguishedName<'c> {
        self.verified.certificate.issuer()
    }

    /// Returns whether a certificate on the path is signed with SHA-1, which
    /// [`CertificateChain::dangerous_allow_sha1_signatures`] accepted.
    #[must_use]
    pub const fn is_by_sha1(&self) -> bool {
        self.verified.by_sha1
    }

    #[cfg(feature = "credential")]
    pub(crate) fn is_for(&self, public: &Tpm2bPublic<'_>) -> bool {
        self.verified.is_for(public)
    }
}

impl Verifier<'_> {
    /// Verifies the certificate of an endorsement key: see [`EkCertificate::verify`].
    ///
    /// # Errors
    /// Same errors as [`EkCertificate::verify`].
    pub fn ek_certificate<'c>(
        &self,
        chain: &CertificateChain<'c>,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
    ) -> Result<EkCertificate<'c>, Error> {
        let verified = chain.verify(Purpose::Endorsement, roots, at, self)?;
        let enciphers = verified.allows(KeyUsage::KEY_ENCIPHERMENT, "keyEncipherment");
        match verified.key {
            PlainKey::Rsa { .. } => enciphers,
            // AMD's certificates have the use of an RSA key.
            PlainKey::Ecc { .. } => {
                enciphers.or(verified.allows(KeyUsage::KEY_AGREEMENT, "keyAgreement"))
            }
        }?;
        let identity = match verified.holder {
            Holder::Tpm(identity) => identity,
            _ => TpmIdentity::UNKNOWN,
        };
        Ok(EkCertificate { verified, identity })
    }
}
