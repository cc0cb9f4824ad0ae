//! Keys whose numbers the caller knew beforehand.

use crate::verify::{
    attestation_key::{AttestationKey, KeyTrust, PlainKey, SigningScheme},
    error::{AnchorProblem, Error},
    verifier::Verifier,
};

/// A key by its numbers that the caller knew beforehand. The known keys cannot be left out:
///
/// ```
/// # use tpm_quote::{AttestationKey, Error, TpmAlgId, verify::{PlainKey, SigningScheme}};
/// fn pinned<'a>(key: &PlainKey<'a>, known: &[PlainKey<'_>]) -> Result<AttestationKey<'a>, Error> {
///     AttestationKey::pinned_key(key, SigningScheme::ecdsa(TpmAlgId::SHA256), known)
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Error, TpmAlgId, verify::{PlainKey, SigningScheme}};
/// fn pinned<'a>(key: &PlainKey<'a>) -> Result<AttestationKey<'a>, Error> {
///     AttestationKey::pinned_key(key, SigningScheme::ecdsa(TpmAlgId::SHA256)) // known to whom?
/// }
/// ```
impl<'a> AttestationKey<'a> {
    /// Judges a key by its numbers, which has to be one of `known`, the keys in your own
    /// records. `scheme` is the scheme and hash that its signatures must have.
    ///
    /// The key's attributes are unknown, and it has no Name: you have to know that it is a
    /// restricted key of a TPM, which signs only what its TPM made. If you have its public
    /// area, [`pinned`](Self::pinned) shows more.
    ///
    /// A key that only came with the message must not be compared with itself: use
    /// [`self_asserted_key`](Self::self_asserted_key) for it.
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
    /// Judges a key by its numbers, which has to be one of `known`: see
    /// [`AttestationKey::pinned_key`].
    ///
    /// # Errors
    /// Same errors as [`AttestationKey::pinned_key`].
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

/// The judged key, if it is one of the known keys.
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
