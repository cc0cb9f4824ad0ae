//! Keys that a TPM proved to hold, by activating a credential.

use crate::{
    crypto::is_same,
    types::Tpm2bPublic,
    verify::{
        appraisal::{Appraisal, Findings},
        attestation_key::AttestationKey,
        endorsement::{Challenge, EndorsementKey},
        error::{AnchorProblem, Check, Error},
        verifier::Verifier,
    },
};

/// Activation of a credential: the anchor by an endorsement key. It takes the verified
/// endorsement key, the challenge and the answer:
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
/// AttestationKey::activated(public, endorsement, challenge) // the answer is missing
/// # }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::EndorsementKey};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, endorsement: &EndorsementKey<'_>, answer: &[u8]) -> Result<AttestationKey<'a>, tpm_quote::Error> {
/// AttestationKey::activated(public, endorsement, answer) // the challenge is missing
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::Challenge};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, endorsement: &Tpm2bPublic<'_>, challenge: &Challenge, answer: &[u8]) -> Result<AttestationKey<'a>, tpm_quote::Error> {
/// AttestationKey::activated(public, endorsement, challenge, answer) // anyone can make such a key
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use tpm_quote::{Name, Tpm2bPublic, verify::{Challenge, Credential}};
/// # fn with(public: &Tpm2bPublic<'_>, name: &Name, challenge: &Challenge, rng: &mut impl rand_core::TryCryptoRng) -> Result<Credential, tpm_quote::Error> {
/// challenge.credential(public, name, rng) // nothing vouches for this endorsement key
/// # }
/// ```
impl<'a> AttestationKey<'a> {
    /// Judges a key and the proof that it is in the same TPM as an endorsement key: `answer`
    /// is what `TPM2_ActivateCredential` returned for a credential of this challenge. The
    /// key must have `fixedTPM`, so that TPM also made it.
    ///
    /// The key is worth as much as what vouches for the endorsement key. The proof does not
    /// expire: the Name of the key can be kept, and pinned from then on.
    ///
    /// # Errors
    /// Same errors as [`self_asserted`](Self::self_asserted); or `key-anchor`: the answer
    /// belongs to another challenge, another key or another TPM.
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
    /// Judges a key and the proof that it is in the same TPM as an endorsement key: see
    /// [`AttestationKey::activated`].
    ///
    /// # Errors
    /// Same errors as [`AttestationKey::activated`].
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
    /// Does the same as [`activated`](Self::activated), and returns the state of each check.
    /// If `endorsement` is an error, `key-anchor` fails with it.
    pub fn appraise_activated<'a, 'f>(
        &self,
        public: &Tpm2bPublic<'a>,
        endorsement: Result<&EndorsementKey<'_>, Error>,
        challenge: &Challenge,
        answer: &[u8],
    ) -> Appraisal<'f, AttestationKey<'a>> {
        let mut findings = Findings::new();
        findings.asked.insert(Check::KeyAnchor);
        let judged = AttestationKey::judge(public, self, &mut findings.passed);
        let key = judged.map_err(Error::from);
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
            Ok(key.activated_by(endorsement.link()))
        }
        _ => Err(AnchorProblem::Answer),
    }
}
