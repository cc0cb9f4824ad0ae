//! [`KeyLink`]: what vouches for a key, link by link.

use super::{
    scheme::{KeyAlgorithm, SigningScheme},
    trust::KeyTrust,
};
use crate::{crypto::Name, types::TpmAlgId};

/// A key, and what vouches for it: one link of several, where another key certifies or
/// activated a key. [`KeySummary::links`] returns all of them.
///
/// [`KeySummary::links`]: super::KeySummary::links
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLink {
    pub(super) name: Name,
    pub(super) algorithm: KeyAlgorithm,
    pub(super) scheme: Option<SigningScheme>,
    pub(super) trust: KeyTrust,
    pub(super) by_sha1: bool,
}

impl KeyLink {
    /// The link of an endorsement key, which signs nothing.
    #[cfg(feature = "credential")]
    pub(crate) const fn endorsement(
        name: Name,
        algorithm: KeyAlgorithm,
        trust: KeyTrust,
        by_sha1: bool,
    ) -> Self {
        let scheme = None;
        Self {
            name,
            algorithm,
            scheme,
            trust,
            by_sha1,
        }
    }

    /// Returns the key's Name, which is empty if only its numbers are known.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Returns the key's kind and size.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Returns the scheme and hash that the key is bound to; `None` for an endorsement key,
    /// which signs nothing.
    #[must_use]
    pub const fn scheme(&self) -> Option<SigningScheme> {
        self.scheme
    }

    /// Returns what vouches for this key: for `certified`, `created` and `activated` that is
    /// the key of the next link.
    #[must_use]
    pub const fn trust(&self) -> KeyTrust {
        self.trust
    }

    /// Returns whether a certificate that vouches for this key is vouched for by a signature
    /// with SHA-1, which `CertificateChain::dangerous_allow_sha1_signatures` accepted.
    #[must_use]
    pub const fn is_by_sha1(&self) -> bool {
        self.by_sha1
    }

    /// Whether the key is one that only rules of the caller's accept.
    pub(super) fn is_weak(&self) -> bool {
        let broken = TpmAlgId::SHA1;
        self.algorithm == KeyAlgorithm::Rsa(1024) || self.name.name_alg() == Some(broken)
    }
}

/// The links behind that of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Behind([Option<KeyLink>; 3]);

impl Behind {
    pub(super) const NONE: Self = Self([None; 3]);

    /// These, behind another one. One for which there is no room is left out: who makes a
    /// longer chain asks [`is_full`](Self::is_full) before.
    pub(super) const fn of(link: KeyLink, Self([first, second, _]): Self) -> Self {
        Self([Some(link), first, second])
    }

    pub(super) const fn is_full(&self) -> bool {
        let Self([.., last]) = self;
        last.is_some()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = KeyLink> + use<> {
        let Self(links) = *self;
        links.into_iter().flatten()
    }
}
