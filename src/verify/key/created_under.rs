//! Keys whose creation another key certifies: `TPM2_CertifyCreation`.

use super::certified_by::certification_policy;
use crate::{
    types::{Tpm2bCreationData, Tpm2bPublic},
    verify::{
        attestation_key::{AttestationKey, KeyTrust},
        error::Error,
        kinds::{AttestSignature, Creation, SignedAttest},
        policy::Nonce,
        verifier::Verifier,
    },
};

impl<'a> AttestationKey<'a> {
    /// Judges a key and the certification by another, anchored key that the same TPM created
    /// it: `TPM2_CertifyCreation` with this nonce as `qualifyingData`. `creation` is what the
    /// TPM returned when it created the key.
    ///
    /// The qualified name follows from the creation data. Every attestation by the key must
    /// then name the same qualified name as its signer.
    ///
    /// # Errors
    /// Same errors as [`self_asserted`](Self::self_asserted); or the other key is
    /// self-asserted or known by its numbers alone, or its certification fails a check.
    pub fn created_under<'s, S: Copy + Into<AttestSignature<'s>>>(
        public: &Tpm2bPublic<'a>,
        creation: &Tpm2bCreationData<'_>,
        certify: &SignedAttest<'s, S>,
        trusted: &AttestationKey<'_>,
        nonce: Nonce,
    ) -> Result<Self, Error> {
        Verifier::new().created_under(public, creation, certify, trusted, nonce)
    }
}

impl Verifier<'_> {
    /// Judges a key and the certification by another, anchored key that the same TPM created
    /// it: see [`AttestationKey::created_under`].
    ///
    /// # Errors
    /// Same errors as [`AttestationKey::created_under`].
    pub fn created_under<'a, 's, S: Copy + Into<AttestSignature<'s>>>(
        &self,
        public: &Tpm2bPublic<'a>,
        creation: &Tpm2bCreationData<'_>,
        certify: &SignedAttest<'s, S>,
        trusted: &AttestationKey<'_>,
        nonce: Nonce,
    ) -> Result<AttestationKey<'a>, Error> {
        let key = self.self_asserted(public)?;
        created(self, key, (public, creation), certify, trusted, nonce)
    }
}

/// The judged key, if the other key certifies its creation.
pub(super) fn created<'a, 's, S: Copy + Into<AttestSignature<'s>>>(
    verifier: &Verifier<'_>,
    key: AttestationKey<'a>,
    (public, creation): (&Tpm2bPublic<'a>, &Tpm2bCreationData<'_>),
    certify: &SignedAttest<'s, S>,
    trusted: &AttestationKey<'_>,
    nonce: Nonce,
) -> Result<AttestationKey<'a>, Error> {
    let kind = Creation::of(public, creation);
    let policy = certification_policy(verifier, trusted, nonce)?;
    let created = verifier
        .attest(trusted, certify, &kind, &policy)
        .map_err(Error::in_certification)?;
    let qualified_name = created.facts().qualified_name;
    Ok(key.anchored_by(trusted.summary(), KeyTrust::Created, qualified_name))
}
