//! The verification of responses.

use super::{
    block::{BlockEvidence, TpmAttestation},
    form::Form,
    policy::ResponsePolicy,
    scratch::Scratch,
    tier::Tier,
};
use crate::{
    types::{Tpm2bAttest, Tpm2bPublic},
    verify::{
        Anchor, Appraisal, AttestSignature, AttestationKey, Check, Error, Findings, Part, Problem,
        QuoteRun, SignedAttest, VerifiedQuote, Verifier, quote_checks,
    },
    wire::Unmarshal,
};

/// Result of [`verify_response_for_tier`].
#[derive(Clone, Copy, Debug)]
#[must_use]
pub enum Attestation<'a> {
    /// The response has a quote, and the quote passed every check.
    Verified(VerifiedQuote<'a>),
    /// The response says that the server has no TPM, or has no block: nothing is known about
    /// the machine.
    Unavailable,
}

/// Without a TPM there is nothing against which logs could be replayed.
#[cfg(feature = "boot-log")]
impl crate::log::Quoted for Attestation<'_> {
    fn quote(&self) -> Option<&VerifiedQuote<'_>> {
        match self {
            Self::Verified(quote) => Some(quote),
            Self::Unavailable => None,
        }
    }
}

/// Verifies the quote in a response: the same as [`Verifier::response`] of
/// [`Verifier::new`].
///
/// ```
/// use tpm_quote::{Error, PcrSet, ResponsePolicy, Scratch, TpmAlgId, verify_response};
///
/// fn firmware(response: &str, payload_id: &str) -> Result<Vec<u8>, Error> {
///     let policy = ResponsePolicy::new(payload_id)?.require_pcrs(PcrSet::parse("sha256:0")?);
///     let mut scratch = Scratch::new();
///     let quote = verify_response(response, &policy, &mut scratch)?;
///     let pcr0 = quote.pcr(TpmAlgId::SHA256, 0);
///     Ok(pcr0.expect("the policy requires it").to_vec())
/// }
/// ```
///
/// # Errors
/// The response cannot be read, has no quote, or its quote fails a check.
pub fn verify_response<'a>(
    json: &(impl AsRef<[u8]> + ?Sized),
    policy: &ResponsePolicy<'_>,
    scratch: &'a mut Scratch,
) -> Result<VerifiedQuote<'a>, Error> {
    Verifier::new().response(json, policy, scratch)
}

/// Verifies the quote in a response, which the tier may allow to be absent: the same as
/// [`Verifier::response_for_tier`] of [`Verifier::new`]. If there is a quote, it is verified in
/// every tier.
///
/// The caller has to choose the tier; it cannot be taken from the response:
///
/// ```compile_fail,E0061
/// # use tpm_quote::{ResponsePolicy, Scratch, verify_response_for_tier};
/// let mut scratch = Scratch::new();
/// let policy = ResponsePolicy::new("an id")?;
/// let _ = verify_response_for_tier("{}", &policy, &mut scratch)?; // the tier is missing
/// # Ok::<(), tpm_quote::Error>(())
/// ```
///
/// # Errors
/// The response cannot be read, has no quote although the tier requires one, or its quote
/// fails a check.
pub fn verify_response_for_tier<'a>(
    json: &(impl AsRef<[u8]> + ?Sized),
    policy: &ResponsePolicy<'_>,
    tier: Tier,
    scratch: &'a mut Scratch,
) -> Result<Attestation<'a>, Error> {
    Verifier::new().response_for_tier(json, policy, tier, scratch)
}

impl Verifier<'_> {
    /// Verifies the quote in a response: see [`verify_response`].
    ///
    /// # Errors
    /// Same errors as [`verify_response`].
    pub fn response<'a>(
        &self,
        json: &(impl AsRef<[u8]> + ?Sized),
        policy: &ResponsePolicy<'_>,
        scratch: &'a mut Scratch,
    ) -> Result<VerifiedQuote<'a>, Error> {
        match TpmAttestation::from_json(json.as_ref(), Form::Response, scratch)? {
            Some(TpmAttestation::Available(evidence)) => self.block(&evidence, policy),
            Some(TpmAttestation::Unavailable) | None => Err(unavailable()),
        }
    }

    /// Verifies the quote in a response, which the tier may allow to be absent: see
    /// [`verify_response_for_tier`].
    ///
    /// # Errors
    /// Same errors as [`verify_response_for_tier`].
    pub fn response_for_tier<'a>(
        &self,
        json: &(impl AsRef<[u8]> + ?Sized),
        policy: &ResponsePolicy<'_>,
        tier: Tier,
        scratch: &'a mut Scratch,
    ) -> Result<Attestation<'a>, Error> {
        match TpmAttestation::from_json(json.as_ref(), Form::Response, scratch)? {
            Some(TpmAttestation::Available(evidence)) => {
                self.block(&evidence, policy).map(Attestation::Verified)
            }
            Some(TpmAttestation::Unavailable) | None if tier.requires_tpm() => Err(unavailable()),
            Some(TpmAttestation::Unavailable) | None => Ok(Attestation::Unavailable),
        }
    }

    /// Verifies the quote in a block that was read.
    ///
    /// # Errors
    /// A part cannot be read, or a check fails.
    pub fn block<'a>(
        &self,
        evidence: &BlockEvidence<'a>,
        policy: &ResponsePolicy<'_>,
    ) -> Result<VerifiedQuote<'a>, Error> {
        let mut findings = Findings::new();
        self.run_block(evidence, policy, &mut findings, |run, key, findings| {
            run.verify(self.crypto, key, &mut findings.passed)
        })
    }

    /// Verifies a block that was read, which the tier may allow to be absent, and returns the
    /// state of each check.
    ///
    /// ```
    /// use tpm_quote::{Check, CheckState, ResponsePolicy, Scratch, Tier, TpmAttestation, Verifier};
    ///
    /// # fn main() -> Result<(), tpm_quote::Error> {
    /// let mut scratch = Scratch::new();
    /// let read = TpmAttestation::from_any_json(br#"{"_metadata": {}}"#, &mut scratch);
    /// let block = read.map(|(_, block)| block);
    /// let policy = ResponsePolicy::new("22c4a258-d445-5bdd-885d-40980abcee2d")?;
    /// let appraisal = Verifier::new().appraise_response(block, &policy, Tier::Maximum);
    /// assert_eq!(appraisal.state(Check::Input), CheckState::Ok);
    /// assert_eq!(appraisal.state(Check::Tier), CheckState::Failed);
    /// assert_eq!(appraisal.state(Check::Signature), CheckState::NotReached);
    /// # Ok(())
    /// # }
    /// ```
    pub fn appraise_response<'a>(
        &self,
        block: Result<Option<TpmAttestation<'a>>, Error>,
        policy: &ResponsePolicy<'a>,
        tier: Tier,
    ) -> Appraisal<'a, Attestation<'a>> {
        let mut findings = Findings::new();
        quote_checks(&mut findings, &policy.for_claim(None));
        findings.checks.insert(Check::Tier);
        findings.asked.insert(Check::Tier);
        if policy.anchor.is_asked() {
            findings.asked.insert(Check::KeyAnchor);
        }
        let result = match block {
            Err(error) => Err(error),
            Ok(Some(TpmAttestation::Available(evidence))) => {
                findings.passed.insert(Check::Tier);
                let baseline = policy.for_claim(None).baseline;
                let quote =
                    self.run_block(&evidence, policy, &mut findings, |run, key, findings| {
                        run.appraise(self.crypto, key, baseline, findings)
                    });
                quote.map(Attestation::Verified)
            }
            Ok(Some(TpmAttestation::Unavailable) | None) if tier.requires_tpm() => {
                Err(unavailable())
            }
            Ok(Some(TpmAttestation::Unavailable) | None) => {
                findings.passed.insert(Check::Tier);
                Ok(Attestation::Unavailable)
            }
        };
        Appraisal::new(findings, result)
    }

    /// Judges the key of a block, then its quote.
    fn run_block<'a, 'f>(
        &self,
        evidence: &BlockEvidence<'a>,
        policy: &ResponsePolicy<'_>,
        findings: &mut Findings<'f>,
        quote: impl FnOnce(
            &QuoteRun<'a, '_>,
            &AttestationKey<'_>,
            &mut Findings<'f>,
        ) -> Result<VerifiedQuote<'a>, Error>,
    ) -> Result<VerifiedQuote<'a>, Error> {
        let attest = open(evidence.quote);
        let public = Tpm2bPublic::from_bytes(evidence.aik_pubkey)
            .map_err(|error| Error::structure(Part::Key, error));
        // The key is judged, to be shown, even if the quote cannot be read.
        let key = public.and_then(|public| {
            self.vouched_key(&public, findings, |key| {
                if policy.anchor.is_set() {
                    with_certification(policy.anchor, evidence).vouch(self, key, &public)
                } else {
                    Ok(key)
                }
            })
        });
        let (attest, key) = (attest?, key?);
        let signature = AttestSignature::from(evidence.signature);
        let run = QuoteRun {
            signed: SignedAttest { attest, signature },
            pcrs: evidence.pcr_values,
            policy: &policy.for_claim(Some(evidence.pcr_banks)),
        };
        quote(&run, &key, findings)
    }
}

/// The anchor, with the certification of the block if it has no other.
fn with_certification<'a>(anchor: Anchor<'a>, evidence: &BlockEvidence<'a>) -> Anchor<'a> {
    let certification = (evidence.aik_certify, evidence.aik_certify_signature);
    match certification {
        (Some(attest), Some(signature)) if anchor.lacks_certification() => match open(attest) {
            Ok(attest) => anchor.certification(&SignedAttest { attest, signature }),
            Err(error) => anchor.failed_certification(error),
        },
        _ => anchor,
    }
}

fn unavailable() -> Error {
    Error::new(Part::Response, Problem::Unavailable)
}

/// The contents of a `TPM2B_ATTEST`.
fn open(attest: &[u8]) -> Result<&[u8], Error> {
    let attest =
        Tpm2bAttest::from_bytes(attest).map_err(|error| Error::structure(Part::Attest, error))?;
    Ok(attest.bytes())
}
