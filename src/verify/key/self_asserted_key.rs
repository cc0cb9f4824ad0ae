//! Keys of which only the numbers came, with the message.

use crate::verify::{
    attestation_key::{AttestationKey, PlainKey, SigningScheme},
    error::{CheckSet, Error},
    verifier::Verifier,
};

impl<'a> AttestationKey<'a> {
    /// Judges a key by its numbers, as they came with the message: in PEM, as a JWK or in a
    /// certificate that was not verified. `scheme` is the scheme and hash that its
    /// signatures must have.
    ///
    /// **Nothing vouches for it**, and its attributes are unknown: it may sign data that no
    /// TPM made, and may not be in a TPM at all. If you have the key in your own records,
    /// use [`pinned_key`](Self::pinned_key).
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
    /// Judges a key by its numbers, as they came with the message: see
    /// [`AttestationKey::self_asserted_key`].
    ///
    /// # Errors
    /// Same errors as [`AttestationKey::self_asserted_key`].
    pub fn self_asserted_key<'a>(
        &self,
        key: &PlainKey<'a>,
        scheme: SigningScheme,
    ) -> Result<AttestationKey<'a>, Error> {
        let passed = &mut CheckSet::default();
        Ok(key.judge_as_attestation_key(scheme, self, passed)?)
    }
}
