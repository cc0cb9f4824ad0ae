//! Keys that only came with the message.

use crate::{
    types::Tpm2bPublic,
    verify::{
        attestation_key::AttestationKey,
        error::{CheckSet, Error},
        verifier::Verifier,
    },
};

impl<'a> AttestationKey<'a> {
    /// Judges a key that came with its own message. **Nothing vouches for it**: anyone can
    /// make such a key. The certificate of an endorsement key that came along says nothing
    /// about this key.
    ///
    /// # Errors
    /// The key fails one of the checks `key-type`, `key-attributes`,
    /// `key-strength` and `key-scheme`.
    pub fn self_asserted(public: &Tpm2bPublic<'a>) -> Result<Self, Error> {
        Verifier::new().self_asserted(public)
    }
}

impl Verifier<'_> {
    /// Judges a key that came with its own message: see [`AttestationKey::self_asserted`].
    ///
    /// # Errors
    /// Same errors as [`AttestationKey::self_asserted`].
    pub fn self_asserted<'a>(&self, public: &Tpm2bPublic<'a>) -> Result<AttestationKey<'a>, Error> {
        let passed = &mut CheckSet::default();
        Ok(AttestationKey::judge(public, self, passed)?)
    }
}
