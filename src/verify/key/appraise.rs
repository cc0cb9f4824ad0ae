//! Appraisals of keys.

use super::{anchor::Anchor, pinned_key};
use crate::{
    types::Tpm2bPublic,
    verify::{
        appraisal::{Appraisal, Findings},
        attestation_key::{AttestationKey, PlainKey, SigningScheme},
        error::{AnchorProblem, Check, CheckSet, Error},
        verifier::Verifier,
    },
};

impl Verifier<'_> {
    /// Judges a key and what has to vouch for it, and returns the state of each check.
    pub fn appraise_key<'a, 'f>(
        &self,
        public: &Tpm2bPublic<'a>,
        anchor: &Anchor<'_>,
    ) -> Appraisal<'f, AttestationKey<'a>> {
        let mut findings = Findings::new();
        if anchor.is_asked() {
            findings.asked.insert(Check::KeyAnchor);
        }
        let result = self.vouched_key(public, &mut findings, |key| {
            if anchor.is_set() {
                anchor.vouch(self, key, public)
            } else {
                Ok(key)
            }
        });
        Appraisal::new(findings, result)
    }

    /// Judges a key, and then has it vouched for.
    #[inline]
    pub(crate) fn vouched_key<'a>(
        &self,
        public: &Tpm2bPublic<'a>,
        findings: &mut Findings<'_>,
        vouch: impl FnOnce(AttestationKey<'a>) -> Result<AttestationKey<'a>, Error>,
    ) -> Result<AttestationKey<'a>, Error> {
        let key = AttestationKey::judge(public, self, &mut findings.passed)?;
        findings.key = Some(*key.summary());
        let key = vouch(key)?;
        findings.key = Some(*key.summary());
        findings.passed.insert(Check::KeyAnchor);
        Ok(key)
    }

    /// Judges a key by its numbers and what has to vouch for it, and returns the state of each
    /// check. What needs a public area (a Name, a certification by another key) does not vouch
    /// for it.
    pub fn appraise_anchored_plain_key<'a, 'f>(
        &self,
        key: &PlainKey<'a>,
        scheme: SigningScheme,
        anchor: &Anchor<'_>,
    ) -> Appraisal<'f, AttestationKey<'a>> {
        let mut findings = Findings::new();
        findings.asked.remove(Check::KeyAttributes);
        findings.asked.insert(Check::KeyAnchor);
        let mut judge = |passed: &mut CheckSet| -> Result<_, Error> {
            let judged = key.judge_as_attestation_key(scheme, self, passed)?;
            findings.key = Some(*judged.summary());
            if !anchor.is_asked() {
                return Err(AnchorProblem::NotAnchored.into());
            }
            let vouched = anchor.vouch_plain(judged, key)?;
            findings.key = Some(*vouched.summary());
            passed.insert(Check::KeyAnchor);
            Ok(vouched)
        };
        let mut passed = CheckSet::NONE;
        let result = judge(&mut passed);
        findings.passed = passed;
        Appraisal::new(findings, result)
    }

    /// Judges a key by its numbers, and returns the state of each check.
    ///
    /// With `known`, the key has to be one of these: see [`AttestationKey::pinned_key`].
    /// Without, nothing vouches for it: see [`AttestationKey::self_asserted_key`].
    pub fn appraise_plain_key<'a, 'f>(
        &self,
        key: &PlainKey<'a>,
        scheme: SigningScheme,
        known: Option<&[PlainKey<'_>]>,
    ) -> Appraisal<'f, AttestationKey<'a>> {
        let mut findings = Findings::new();
        findings.asked.remove(Check::KeyAttributes);
        if known.is_some() {
            findings.asked.insert(Check::KeyAnchor);
        }
        let mut judge = |passed: &mut CheckSet| -> Result<_, Error> {
            let judged = key.judge_as_attestation_key(scheme, self, passed)?;
            findings.key = Some(*judged.summary());
            let Some(known) = known else {
                return Ok(judged);
            };
            let pinned = pinned_key::pin(judged, key, known)?;
            findings.key = Some(*pinned.summary());
            passed.insert(Check::KeyAnchor);
            Ok(pinned)
        };
        let mut passed = CheckSet::NONE;
        let result = judge(&mut passed);
        findings.passed = passed;
        Appraisal::new(findings, result)
    }
}
