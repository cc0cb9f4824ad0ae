//! [`EndorsementKey`]: an endorsement key that something vouches for.

use super::recipient::recipient;
#[cfg(feature = "certificate")]
use crate::verify::certificate::EkCertificate;
use crate::{
    crypto::Name,
    types::Tpm2bPublic,
    verify::{
        attestation_key::{KeyAlgorithm, KeyLink, KeyTrust},
        error::{EndorsementProblem, Error, Excerpt},
    },
};

/// The endorsement key of a TPM, with something that vouches for it: anyone can make a key
/// that only looks like one.
///
/// It signs nothing. It is used for a [`Challenge`](crate::verify::Challenge), which only its
/// TPM can answer.
///
/// ```compile_fail,E0061
/// # use tpm_quote::{Tpm2bPublic, verify::EndorsementKey};
/// fn endorsement<'a>(public: &Tpm2bPublic<'a>) -> EndorsementKey<'a> {
///     EndorsementKey::pinned(public).unwrap() // the Names are missing
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use tpm_quote::verify::{EkTrust, EndorsementKey};
/// fn endorsement<'a>(other: EndorsementKey<'a>) -> EndorsementKey<'a> {
///     EndorsementKey { trust: EkTrust::Pinned, ..other } // the fields are private
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct EndorsementKey<'a> {
    public: Tpm2bPublic<'a>,
    name: Name,
    algorithm: KeyAlgorithm,
    trust: EkTrust,
    by_sha1: bool,
}

/// What vouches for an endorsement key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EkTrust {
    /// Its Name, which the caller knew beforehand.
    Pinned,
    /// A certificate by the TPM's maker.
    Certificate,
}

impl<'a> EndorsementKey<'a> {
    /// Judges a key whose Name has to be one of `names`, each two bytes of hash id and a
    /// digest.
    ///
    /// # Errors
    /// The key is not an endorsement key or not supported, its Name is not in the list, or the
    /// list is empty.
    pub fn pinned<N: AsRef<[u8]>>(public: &Tpm2bPublic<'a>, names: &[N]) -> Result<Self, Error> {
        let key = Self::new(public, EkTrust::Pinned)?;
        if names.is_empty() {
            return Err(EndorsementProblem::NoPinnedNames.into());
        }
        let name = key.name.as_ref();
        if !names.iter().any(|pinned| pinned.as_ref() == name) {
            let name = Excerpt::new(name);
            return Err(EndorsementProblem::NotPinned { name }.into());
        }
        Ok(key)
    }

    /// Judges a key with a certificate, which covers the key's numbers and nothing else: the
    /// attributes are those of `public`, as its sender claims them. The maker vouches that it
    /// is a restricted key in a TPM; with any other key, its owner could answer for any
    /// attestation key.
    ///
    /// # Errors
    /// The key is not an endorsement key or not supported, or the certificate is for another
    /// key.
    #[cfg(feature = "certificate")]
    pub fn from_certificate(
        public: &Tpm2bPublic<'a>,
        certificate: &EkCertificate<'_>,
    ) -> Result<Self, Error> {
        let key = Self {
            by_sha1: certificate.is_by_sha1(),
            ..Self::new(public, EkTrust::Certificate)?
        };
        if certificate.is_for(public) {
            Ok(key)
        } else {
            Err(EndorsementProblem::OtherKey.into())
        }
    }

    fn new(public: &Tpm2bPublic<'a>, trust: EkTrust) -> Result<Self, Error> {
        let (_, algorithm) = recipient(public)?;
        let name_alg = public.value().name_alg;
        Ok(Self {
            public: *public,
            name: Name::of_public(public)
                .ok_or(EndorsementProblem::NameAlgUnsupported(name_alg))?,
            algorithm,
            trust,
            by_sha1: false,
        })
    }

    /// The link of a key that was activated with this one.
    pub(crate) const fn link(&self) -> KeyLink {
        let trust = match self.trust {
            EkTrust::Pinned => KeyTrust::Pinned,
            EkTrust::Certificate => KeyTrust::Certificate,
        };
        KeyLink::endorsement(self.name, self.algorithm, trust, self.by_sha1)
    }

    /// Returns the key's Name.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Returns the key's public area.
    #[must_use]
    pub const fn public(&self) -> &Tpm2bPublic<'a> {
        &self.public
    }

    /// Returns whether its certificate is vouched for by a signature with SHA-1, which
    /// `CertificateChain::dangerous_allow_sha1_signatures` accepted.
    #[must_use]
    pub const fn is_by_sha1(&self) -> bool {
        self.by_sha1
    }

    /// Returns what vouches for the key.
    #[must_use]
    pub const fn trust(&self) -> EkTrust {
        self.trust
    }
}
