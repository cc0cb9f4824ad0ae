//! Endorsement keys that something vouches for.

use super::recipient::recipient;
#[cfg(feature = "certificate")]
use crate::verify::certificate::EkCertificate;
use crate::{
    crypto::Name,
    types::Tpm2bPublic,
    verify::error::{EndorsementProblem, Error, Excerpt},
};

/// The endorsement key of a TPM, and something that vouches for that: a key that
/// anyone made is worth nothing as one.
///
/// It signs nothing. What it is good for is a [`Challenge`](crate::verify::Challenge): only the
/// TPM that has it can answer.
///
/// ```compile_fail,E0061
/// # use tpm_quote::{Tpm2bPublic, verify::EndorsementKey};
/// fn endorsement<'a>(public: &Tpm2bPublic<'a>) -> EndorsementKey<'a> {
///     EndorsementKey::pinned(public).unwrap() // to what?
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use tpm_quote::{Name, Tpm2bPublic, verify::{EkTrust, EndorsementKey}};
/// fn endorsement<'a>(public: Tpm2bPublic<'a>, name: Name) -> EndorsementKey<'a> {
///     EndorsementKey { public, name, trust: EkTrust::Pinned }
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct EndorsementKey<'a> {
    public: Tpm2bPublic<'a>,
    name: Name,
    trust: EkTrust,
}

/// What vouches for an endorsement key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EkTrust {
    /// The caller knew its Name beforehand.
    Pinned,
    /// A certificate of the TPM's maker.
    Certificate,
}

impl<'a> EndorsementKey<'a> {
    /// A key whose Name is one of `names`: each two bytes of hash id and a digest.
    ///
    /// # Errors
    /// It is no key that a credential can be for, its Name is not in the list, or the
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

    /// A key with a certificate, which has its numbers and nothing else of it: the
    /// attributes are those of `public`, by the word of whoever sent it. That the key is a
    /// restricted one, in a TPM, is the maker's word: were it not, its owner could answer
    /// for any key.
    ///
    /// # Errors
    /// It is no key that a credential can be for, or the certificate is for another one.
    #[cfg(feature = "certificate")]
    pub fn from_certificate(
        public: &Tpm2bPublic<'a>,
        certificate: &EkCertificate<'_>,
    ) -> Result<Self, Error> {
        let key = Self::new(public, EkTrust::Certificate)?;
        if certificate.is_for(public) {
            Ok(key)
        } else {
            Err(EndorsementProblem::OtherKey.into())
        }
    }

    fn new(public: &Tpm2bPublic<'a>, trust: EkTrust) -> Result<Self, Error> {
        recipient(public)?;
        let name_alg = public.value().name_alg;
        Ok(Self {
            public: *public,
            name: Name::of_public(public)
                .ok_or(EndorsementProblem::NameAlgUnsupported(name_alg))?,
            trust,
        })
    }

    /// Its Name.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Its public area.
    #[must_use]
    pub const fn public(&self) -> &Tpm2bPublic<'a> {
        &self.public
    }

    /// What vouches for it.
    #[must_use]
    pub const fn trust(&self) -> EkTrust {
        self.trust
    }
}
