//! A key whose creation another one certifies: `TPM2_CertifyCreation`.

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
    /// A key of which another one, which is anchored itself, attests that the same TPM
    /// made it: `TPM2_CertifyCreation` with this nonce as `qualifyingData`. `creation` is
    /// what the TPM gave when it made the key.
    ///
    /// The qualified name that follows from the creation data is then compared with that
    /// of the signer of each attestation by the key.
    ///
    /// # Errors
    /// Same errors as [`self_asserted`](Self::self_asserted); the other key is self-asserted; or its
    /// attestation fails a check.
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
    /// A key of which another one, which is anchored itself, certifies that the same TPM
    /// made it: see [`AttestationKey::created_under`].
    ///
    /// # Errors
    /// Same errors as there.
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

/// The key, which was judged, if the other one certifies its creation.
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
    Ok(key.anchored(KeyTrust::Created, Some(qualified_name)))
}
