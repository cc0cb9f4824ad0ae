//! [`AttestPolicy`]: what every kind of attestation has to fulfil.

use super::{ancestry::Ancestry, clock::ClockPolicy, nonce::Nonce};
use crate::verify::error::{Check, CheckSet};

/// The requirements that any kind of attestation has to fulfil.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct AttestPolicy<'a> {
    pub(crate) nonce: Nonce,
    pub(crate) ancestry: Option<Ancestry>,
    pub(crate) clock: ClockPolicy<'a>,
    pub(crate) anchored_key: bool,
    pub(crate) sha1_signatures: bool,
    pub(crate) sha1_names: bool,
    pub(crate) empty_signer: bool,
}

impl<'a> AttestPolicy<'a> {
    /// Requires this nonce, and nothing else.
    pub fn new(nonce: Nonce) -> Self {
        Self {
            nonce,
            ancestry: None,
            clock: ClockPolicy::new(),
            anchored_key: false,
            sha1_signatures: false,
            sha1_names: false,
            empty_signer: false,
        }
    }

    /// Requires the key to have this place in its TPM: the qualified name of the signer is
    /// computed from it and compared.
    pub fn ancestry(self, ancestry: Ancestry) -> Self {
        Self {
            ancestry: Some(ancestry),
            ..self
        }
    }

    /// Sets requirements on the TPM's clock and counters.
    pub fn clock(self, clock: ClockPolicy<'a>) -> Self {
        Self { clock, ..self }
    }

    /// Refuses a key that is self-asserted: something outside the message has to vouch for it.
    pub fn require_anchored_key(self) -> Self {
        Self {
            anchored_key: true,
            ..self
        }
    }

    /// Accepts signatures made with SHA-1, for which collisions can be made.
    #[cfg(feature = "sha1")]
    pub fn dangerous_allow_sha1_signatures(self) -> Self {
        Self {
            sha1_signatures: true,
            ..self
        }
    }

    /// Accepts objects and NV indices whose Name is made with SHA-1: two different ones can
    /// have the same Name.
    #[cfg(feature = "sha1")]
    pub fn dangerous_allow_sha1_names(self) -> Self {
        Self {
            sha1_names: true,
            ..self
        }
    }

    /// Accepts an attestation that does not name its signer: `qualifiedSigner` is empty, as in
    /// WebAuthn statements of some makers. The report then warns, and says of the check
    /// `signer` that it was not asked for. A signer that is named is checked as ever.
    ///
    /// It is not accepted where the signer is known: with an [`ancestry`](Self::ancestry), or
    /// by a key whose anchor tells its qualified name.
    pub fn allow_empty_signer(self) -> Self {
        Self {
            empty_signer: true,
            ..self
        }
    }

    /// The checks that only this policy asks for.
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
