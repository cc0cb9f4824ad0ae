//! Numbers that the caller knew beforehand.

use crate::verify::{
    attestation_key::{AttestationKey, KeyTrust, PlainKey, SigningScheme},
    error::{AnchorProblem, Error},
    verifier::Verifier,
};

impl<'a> AttestationKey<'a> {
    /// A key by its numbers that is one of `known`, the keys that the caller holds; and the
    /// scheme and hash that its signatures have to be made with.
    ///
    /// Its attributes are unknown: whether it is a restricted key, which signs
    /// only what its TPM made, or a key of a TPM at all, is for the caller to
    /// know. With the public area at hand, [`pinned`](Self::pinned) tells more.
    /// It has no Name.
    ///
    /// For a key that came with the message alone there is
    /// [`self_asserted_key`](Self::self_asserted_key): a key compared with itself is not a
    /// known one.
    ///
    /// # Errors
    /// The key fails one of the checks `key-strength` and `key-scheme`; or `key-anchor`: it
    /// is not one of the known keys, or there are none.
    pub fn pinned_key(
        key: &PlainKey<'a>,
        scheme: SigningScheme,
        known: &[PlainKey<'_>],
    ) -> Result<Self, Error> {
        Verifier::new().pinned_key(key, scheme, known)
    }
}

impl Verifier<'_> {
    /// A key by its numbers that is one of `known`: see [`AttestationKey::pinned_key`].
    ///
    /// # Errors
    /// The key fails one of the checks `key-strength` and `key-scheme`; or `key-anchor`: it
    /// is not one of the known keys, or there are none.
    pub fn pinned_key<'a>(
        &self,
        key: &PlainKey<'a>,
        scheme: SigningScheme,
        known: &[PlainKey<'_>],
    ) -> Result<AttestationKey<'a>, Error> {
        let judged = self.self_asserted_key(key, scheme)?;
        Ok(pin(judged, key, known)?)
    }
}

/// The key, if it is one of the known ones.
pub(super) fn pin<'a>(
    judged: AttestationKey<'a>,
    key: &PlainKey<'a>,
    known: &[PlainKey<'_>],
) -> Result<AttestationKey<'a>, AnchorProblem> {
    if known.is_empty() {
        return Err(AnchorProblem::NoPinnedKeys);
    }
    if !known.iter().any(|known| known.is_same(key)) {
        return Err(AnchorProblem::KeyNotPinned);
    }
    Ok(judged.anchored(KeyTrust::PinnedKey, None))
}
