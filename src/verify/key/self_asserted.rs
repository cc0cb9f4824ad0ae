//! A public area that came with the message, and nothing else.

use crate::{
    types::Tpm2bPublic,
    verify::{
        attestation_key::AttestationKey,
        error::{CheckSet, Error},
        verifier::Verifier,
    },
};

impl<'a> AttestationKey<'a> {
    /// A key that nothing but its own message vouches for: neither another key, nor a
    /// certificate that came along. That of an endorsement key says nothing of this one.
    ///
    /// # Errors
    /// The key fails one of the checks `key-type`, `key-attributes`,
    /// `key-strength` and `key-scheme`.
    pub fn self_asserted(public: &Tpm2bPublic<'a>) -> Result<Self, Error> {
        Verifier::new().self_asserted(public)
    }
}

impl Verifier<'_> {
    /// A key that nothing but its own message vouches for: see
    /// [`AttestationKey::self_asserted`].
    ///
    /// # Errors
    /// The key fails one of the checks `key-type`, `key-attributes`,
    /// `key-strength` and `key-scheme`.
    pub fn self_asserted<'a>(&self, public: &Tpm2bPublic<'a>) -> Result<AttestationKey<'a>, Error> {
        AttestationKey::judge(public, self, &mut CheckSet::default())
    }
}
