//! Numbers that came with the message, and nothing else.

use crate::verify::{
    attestation_key::{AttestationKey, PlainKey, SigningScheme},
    error::{CheckSet, Error},
    verifier::Verifier,
};

impl<'a> AttestationKey<'a> {
    /// A key by its numbers alone, as they came with the message, in PEM, as a JWK or in a
    /// certificate that nobody verified; and the scheme and hash that its signatures are
    /// expected to have. **Nothing vouches for it**, and its attributes are unknown: whether
    /// it signs only what a TPM made, or is in a TPM at all.
    ///
    /// If you hold the key yourself, from your own records, use
    /// [`pinned_key`](Self::pinned_key).
    ///
    /// ```
    /// use tpm_quote::{AttestationKey, KeyTrust, TpmAlgId, verify::{PlainKey, SigningScheme}};
    ///
    /// # fn f(plain: PlainKey<'_>) -> Result<(), tpm_quote::Error> {
    /// let scheme = SigningScheme::rsassa(TpmAlgId::SHA256);
    /// let key = AttestationKey::self_asserted_key(&plain, scheme)?;
    /// assert!(!key.trust().is_anchored()); // `require_anchored_key` refuses it
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The key fails one of the checks `key-strength` and `key-scheme`.
    pub fn self_asserted_key(key: &PlainKey<'a>, scheme: SigningScheme) -> Result<Self, Error> {
        Verifier::new().self_asserted_key(key, scheme)
    }
}

impl Verifier<'_> {
    /// A key by its numbers alone, as they came with the message: see
    /// [`AttestationKey::self_asserted_key`].
    ///
    /// # Errors
    /// The key fails one of the checks `key-strength` and `key-scheme`.
    pub fn self_asserted_key<'a>(
        &self,
        key: &PlainKey<'a>,
        scheme: SigningScheme,
    ) -> Result<AttestationKey<'a>, Error> {
        key.judge_as_attestation_key(scheme, self, &mut CheckSet::default())
    }
}
