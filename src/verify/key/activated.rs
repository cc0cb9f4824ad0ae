//! A key of which the TPM with an endorsement key proved that it has it.

use crate::{
    crypto::is_same,
    types::Tpm2bPublic,
    verify::{
        appraisal::{Appraisal, Findings},
        attestation_key::{AttestationKey, KeyTrust},
        endorsement::{Challenge, EndorsementKey},
        error::{AnchorProblem, Check, Error},
        verifier::Verifier,
    },
};

/// Activation: the anchor by an endorsement key. There is none without the key, the
/// challenge and its answer:
///
/// ```
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::{Challenge, EndorsementKey}};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, endorsement: &EndorsementKey<'_>, challenge: &Challenge, answer: &[u8]) -> Result<AttestationKey<'a>, tpm_quote::Error> {
/// AttestationKey::activated(public, endorsement, challenge, answer)
/// # }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::{Challenge, EndorsementKey}};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, endorsement: &EndorsementKey<'_>, challenge: &Challenge) -> Result<AttestationKey<'a>, tpm_quote::Error> {
/// AttestationKey::activated(public, endorsement, challenge) // what was answered?
/// # }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::EndorsementKey};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, endorsement: &EndorsementKey<'_>, answer: &[u8]) -> Result<AttestationKey<'a>, tpm_quote::Error> {
/// AttestationKey::activated(public, endorsement, answer) // to what?
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::Challenge};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, endorsement: &Tpm2bPublic<'_>, challenge: &Challenge, answer: &[u8]) -> Result<AttestationKey<'a>, tpm_quote::Error> {
/// AttestationKey::activated(public, endorsement, challenge, answer) // anyone can make one
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use tpm_quote::{Name, Tpm2bPublic, verify::{Challenge, Credential}};
/// # fn with(public: &Tpm2bPublic<'_>, name: &Name, challenge: &Challenge, rng: &mut impl rand_core::TryCryptoRng) -> Result<Credential, tpm_quote::Error> {
/// challenge.credential(public, name, rng) // whose endorsement key is it?
/// # }
/// ```
impl<'a> AttestationKey<'a> {
    /// A key that is in the TPM that has an endorsement key: `answer` is what
    /// `TPM2_ActivateCredential` gave for a credential of this challenge. With
    /// `fixedTPM`, which the key must have, it was made there.
    ///
    /// It is worth what vouches for the endorsement key. The proof does not age, so that
    /// the Name of the key can be kept and pinned from then on.
    ///
    /// # Errors
    /// Same errors as [`self_asserted`](Self::self_asserted), or `key-anchor`: it is the answer to
    /// another challenge, for another key or by another TPM.
    pub fn activated(
        public: &Tpm2bPublic<'a>,
        endorsement: &EndorsementKey<'_>,
        challenge: &Challenge,
        answer: &[u8],
    ) -> Result<Self, Error> {
        Verifier::new().activated(public, endorsement, challenge, answer)
    }
}

impl Verifier<'_> {
    /// A key that is in the TPM that has an endorsement key: see
    /// [`AttestationKey::activated`].
    ///
    /// # Errors
    /// Same errors as [`self_asserted`](Self::self_asserted), or `key-anchor`: it is the
    /// answer to another challenge, for another key or by another TPM.
    pub fn activated<'a>(
        &self,
        public: &Tpm2bPublic<'a>,
        endorsement: &EndorsementKey<'_>,
        challenge: &Challenge,
        answer: &[u8],
    ) -> Result<AttestationKey<'a>, Error> {
        let key = self.self_asserted(public)?;
        Ok(activated(key, endorsement, challenge, answer)?)
    }
}

impl Verifier<'_> {
    /// Judges a key and whether it is in the TPM that has an endorsement key, and says what
    /// each check found: see [`AttestationKey::activated`]. If the endorsement key itself is
    /// refused, `key-anchor` fails with that.
    pub fn appraise_activated<'a, 'f>(
        &self,
        public: &Tpm2bPublic<'a>,
        endorsement: Result<&EndorsementKey<'_>, Error>,
        challenge: &Challenge,
        answer: &[u8],
    ) -> Appraisal<'f, AttestationKey<'a>> {
        let mut findings = Findings::new();
        findings.asked.insert(Check::KeyAnchor);
        let key = AttestationKey::judge(public, self, &mut findings.passed);
        findings.key = key.as_ref().ok().map(|key| *key.summary());
        let result = key.and_then(|key| Ok(activated(key, endorsement?, challenge, answer)?));
        if let Ok(key) = &result {
            findings.key = Some(*key.summary());
            findings.passed.insert(Check::KeyAnchor);
        }
        Appraisal::new(findings, result)
    }
}

/// The key, which was judged, if this is the answer.
fn activated<'a>(
    key: AttestationKey<'a>,
    endorsement: &EndorsementKey<'_>,
    challenge: &Challenge,
    answer: &[u8],
) -> Result<AttestationKey<'a>, AnchorProblem> {
    match challenge.answer(endorsement, key.name()) {
        Some(expected) if is_same(expected.as_ref(), answer) => {
            Ok(key.anchored(KeyTrust::Activated, None))
        }
        _ => Err(AnchorProblem::Answer),
    }
}
