//! [`AkCertificate`]: the certificate of an attestation key.

use core::time::Duration;

use super::{
    chain::{CertificateChain, Verified},
    identity::TpmIdentity,
    name::DistinguishedName,
    profile::{Holder, Profile},
};
use crate::{
    crypto::Name,
    types::Tpm2bPublic,
    verify::{
        attestation_key::PlainKey,
        error::{AnchorProblem, CertificateProblem, Error, Excerpt},
        verifier::Verifier,
    },
};

/// The verified certificate of an attestation key, which leads to one of the caller's roots.
///
/// It has `tcg-kp-AIKCertificate` in its `extKeyUsage`, `digitalSignature` in its
/// `keyUsage` if it has one, and the maker, model and version of the TPM in its
/// `subjectAltName`. A certificate of an IAK, which may have a `HardwareModuleName` instead
/// of the latter, is refused. Clouds issue others: see [`Profile`].
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
/// ```compile_fail,E0560
/// # use tpm_quote::verify::{AkCertificate, X509Certificate};
/// fn believe<'c>(certificate: X509Certificate<'c>) -> AkCertificate<'c> {
///     AkCertificate { certificate }
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct AkCertificate<'c> {
    verified: Verified<'c>,
    identity: TpmIdentity<'c>,
    profile: Profile<'c>,
}

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

    /// Returns which TPM the key is in, according to the issuer. Its texts are empty if the
    /// certificate does not say that: see [`holder`](Self::holder).
    #[must_use]
    pub const fn identity(&self) -> &TpmIdentity<'c> {
        &self.identity
    }

    /// Returns what the key is in, according to the issuer: some TPM of a maker, or the VM of
    /// a cloud.
    #[must_use]
    pub const fn holder(&self) -> &Holder<'c> {
        &self.verified.holder
    }

    /// Returns the profile by which the certificate was judged.
    pub const fn profile(&self) -> &Profile<'c> {
        &self.profile
    }

    /// Returns the issuer.
    #[must_use]
    pub const fn issuer(&self) -> &DistinguishedName<'c> {
        self.verified.certificate.issuer()
    }

    /// Returns the key that the certificate is for: its numbers.
    #[must_use]
    pub const fn plain_key(&self) -> &PlainKey<'c> {
        &self.verified.key
    }

    /// Returns whether a certificate on the path is signed with SHA-1, which
    /// [`CertificateChain::dangerous_allow_sha1_signatures`] accepted.
    #[must_use]
    pub const fn is_by_sha1(&self) -> bool {
        self.verified.by_sha1
    }

    /// Checks that the certificate vouches for the key with this public area and Name.
    pub(crate) fn check_key(&self, public: &Tpm2bPublic<'_>, name: &Name) -> Result<(), Error> {
        if !self.verified.is_for(public) {
            return Err(CertificateProblem::OtherKey.into());
        }
        match self.profile.names() {
            Some(names) if names.is_empty() => Err(AnchorProblem::NoPinnedNames.into()),
            Some(names) if !names.contains(name) => {
                let name = Excerpt::new(name.as_ref());
                Err(AnchorProblem::NameNotPinned { name }.into())
            }
            _ => Ok(()),
        }
    }

    /// Checks that the certificate vouches for a key of which only these numbers are known.
    pub(crate) fn check_plain_key(&self, key: &PlainKey<'_>) -> Result<(), Error> {
        if !self.plain_key().is_same(key) {
            return Err(CertificateProblem::OtherKey.into());
        }
        if self.profile.names().is_some() {
            return Err(CertificateProblem::NameUnknown.into());
        }
        Ok(())
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
        let profile = chain.profile;
        let verified = chain.verify(profile.purpose(), roots, at, self)?;
        let (usage, expected) = profile.purpose().usage();
        verified.allows(usage, expected)?;
        Ok(AkCertificate {
            identity: match verified.holder {
                Holder::Tpm(identity) => identity,
                _ => TpmIdentity::UNKNOWN,
            },
            verified,
            profile,
        })
    }
}
