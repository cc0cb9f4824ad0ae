//! [`AttestPolicy`]: what an attestation of any kind has to be.

use super::{ancestry::Ancestry, clock::ClockPolicy, nonce::Nonce};
use crate::verify::error::{Check, CheckSet};

/// What any attestation has to be for it to be accepted.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct AttestPolicy<'a> {
    pub(crate) nonce: Nonce,
    pub(crate) ancestry: Option<Ancestry>,
    pub(crate) clock: ClockPolicy<'a>,
    pub(crate) anchored_key: bool,
    pub(crate) sha1_signatures: bool,
    pub(crate) sha1_names: bool,
}

impl<'a> AttestPolicy<'a> {
    /// An attestation with this nonce.
    pub fn new(nonce: Nonce) -> Self {
        Self {
            nonce,
            ancestry: None,
            clock: ClockPolicy::new(),
            anchored_key: false,
            sha1_signatures: false,
            sha1_names: false,
        }
    }

    /// Requires the key to stand here in its TPM: the qualified name of the signer is
    /// computed from it, and compared.
    pub fn ancestry(self, ancestry: Ancestry) -> Self {
        Self {
            ancestry: Some(ancestry),
            ..self
        }
    }

    /// Requires this of the TPM's clock and counters.
    pub fn clock(self, clock: ClockPolicy<'a>) -> Self {
        Self { clock, ..self }
    }

    /// Refuses a key that nothing but its own message vouches for.
    pub fn require_anchored_key(self) -> Self {
        Self {
            anchored_key: true,
            ..self
        }
    }

    /// Accepts signatures made with SHA-1, for which collisions can be bought.
    #[cfg(feature = "sha1")]
    pub fn dangerous_allow_sha1_signatures(self) -> Self {
        Self {
            sha1_signatures: true,
            ..self
        }
    }

    /// Accepts objects and NV indices whose name is made with SHA-1: two of them can
    /// have one name.
    #[cfg(feature = "sha1")]
    pub fn dangerous_allow_sha1_names(self) -> Self {
        Self {
            sha1_names: true,
            ..self
        }
    }

    /// The checks that are asked for only by this policy.
    pub(crate) fn asked(&self) -> CheckSet {
        let mut asked = CheckSet::NONE;
        if !self.nonce.is_any() && !self.nonce.is_none() {
            asked.insert(Check::Nonce);
        }
        if self.clock.is_asked() {
            asked.insert(Check::Clock);
        }
        if self.anchored_key {
            asked.insert(Check::KeyAnchor);
        }
        asked
    }
}
