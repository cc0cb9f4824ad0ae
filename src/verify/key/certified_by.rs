//! Keys that another key certifies: `TPM2_Certify`.

use crate::{
    crypto::Name,
    types::Tpm2bPublic,
    verify::{
        attestation_key::{AttestationKey, KeyTrust},
        error::{AnchorProblem, Error},
        kinds::{AttestSignature, Certify, SignedAttest},
        policy::{AttestPolicy, Nonce},
        verifier::Verifier,
    },
};

impl<'a> AttestationKey<'a> {
    /// Judges a key and the certification by another, anchored key that both are in the same
    /// TPM: `TPM2_Certify` with this nonce as `qualifyingData`.
    ///
    /// This suits a key that is made afresh for each request: only the other key has to be
    /// kept. The TPM vouches for the key's Name, attributes and qualified name. Every
    /// attestation by the key must then name the same qualified name as its signer.
    ///
    /// ```
    /// use tpm_quote::{
    ///     AttestationKey, KeyTrust, Nonce, Tpm2bPublic, Unmarshal, verify::SignedAttest,
    /// };
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let case = "tests/data/attest/006-certify-ak-p256-by-rsa";
    /// let read = |file| std::fs::read(format!("{case}/{file}"));
    /// let (lasting, name) = (read("ak.pub")?, read("ak.name")?); // known beforehand
    /// let (fresh, attest, signature) = (read("certified.pub")?, read("attest")?, read("sig")?);
    ///
    /// let lasting = AttestationKey::pinned(&Tpm2bPublic::from_bytes(&lasting)?, &[name])?;
    /// let fresh = Tpm2bPublic::from_bytes(&fresh)?;
    /// let certify = SignedAttest { attest: &attest, signature: &signature };
    /// let nonce = Nonce::from([0x00, 0xff, 0x55, 0xaa]);
    /// let key = AttestationKey::certified_by(&fresh, &certify, &lasting, nonce)?;
    /// assert_eq!(key.trust(), KeyTrust::Certified);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Same errors as [`self_asserted`](Self::self_asserted); or the other key is
    /// self-asserted or known by its numbers alone, its certification fails a check, or the
    /// key was loaded into the TPM from outside.
    pub fn certified_by<'s, S: Copy + Into<AttestSignature<'s>>>(
        public: &Tpm2bPublic<'a>,
        certify: &SignedAttest<'s, S>,
        trusted: &AttestationKey<'_>,
        nonce: Nonce,
    ) -> Result<Self, Error> {
        Verifier::new().certified_by(public, certify, trusted, nonce)
    }
}

impl Verifier<'_> {
    /// Judges a key and the certification by another, anchored key: see
    /// [`AttestationKey::certified_by`].
    ///
    /// # Errors
    /// Same errors as [`AttestationKey::certified_by`].
    pub fn certified_by<'a, 's, S: Copy + Into<AttestSignature<'s>>>(
        &self,
        public: &Tpm2bPublic<'a>,
        certify: &SignedAttest<'s, S>,
        trusted: &AttestationKey<'_>,
        nonce: Nonce,
    ) -> Result<AttestationKey<'a>, Error> {
        let key = self.self_asserted(public)?;
        certified(self, key, public, certify, trusted, nonce)
    }
}

/// The judged key, if the other key certifies it.
pub(super) fn certified<'a, 's, S: Copy + Into<AttestSignature<'s>>>(
    verifier: &Verifier<'_>,
    key: AttestationKey<'a>,
    public: &Tpm2bPublic<'a>,
    certify: &SignedAttest<'s, S>,
    trusted: &AttestationKey<'_>,
    nonce: Nonce,
) -> Result<AttestationKey<'a>, Error> {
    let kind = Certify::of(public);
    let policy = certification_policy(verifier, trusted, nonce)?;
    let certified = verifier
        .attest(trusted, certify, &kind, &policy)
        .map_err(Error::in_certification)?;
    let qualified_name = Name::new(certified.facts().qualified_name);
    // What a TPM did not make or import has no parent: its qualified name is its name.
    if qualified_name == *key.name() {
        return Err(AnchorProblem::External.into());
    }
    Ok(key.anchored_by(trusted.summary(), KeyTrust::Certified, qualified_name))
}

/// The policy for a certification.
pub(super) fn certification_policy(
    verifier: &Verifier<'_>,
    trusted: &AttestationKey<'_>,
    nonce: Nonce,
) -> Result<AttestPolicy<'static>, AnchorProblem> {
    match trusted.trust() {
        KeyTrust::SelfAsserted => Err(AnchorProblem::CertifierNotAnchored),
        // If it is not restricted, whoever may use it signs whatever they like.
        KeyTrust::PinnedKey | KeyTrust::CertificateKey | KeyTrust::BoundToHardware => {
            Err(AnchorProblem::CertifierAttributesUnknown)
        }
        KeyTrust::Pinned
        | KeyTrust::Certified
        | KeyTrust::Created
        | KeyTrust::Activated
        | KeyTrust::Certificate => {
            if trusted.is_last() {
                return Err(AnchorProblem::ChainTooLong);
            }
            let mut policy = AttestPolicy::new(nonce);
            policy.sha1_names = verifier.rules.sha1_names;
            Ok(policy)
        }
    }
}
