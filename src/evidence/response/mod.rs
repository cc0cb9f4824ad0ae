//! The `tpm_attestation` block of an inference server's JSON response.
//!
//! It stands at `_metadata.tpm_attestation`, has exactly the keys that
//! [`TpmAttestation`] has, each once, and is read strictly: whatever is not as
//! documented here is an error. The rest of the response may be anything that
//! JSON can be, of any size.
//!
//! Base64 is the standard alphabet with padding; hexadecimal has two digits a
//! byte, of either case; escapes are decoded before anything is compared.

mod block;
mod error;
mod form;
mod record;

use core::fmt;

pub use self::{
    block::{BlockEvidence, Scratch, TpmAttestation},
    error::{FieldProblem, ResponseError},
    form::Form,
    record::Record,
};
#[cfg(feature = "certificate")]
use crate::verify::AkCertificate;
use crate::{
    crypto::{SignatureVerifier, Software},
    types::{Tpm2bAttest, Tpm2bCreationData, Tpm2bPublic},
    verify::{
        Ancestry, AnchorError, AttestPolicy, AttestationKey, BaselineEntry, ClockPolicy, KeyRules,
        Nonce, NonceError, Part, PcrSet, Pcrs, QuotePolicy, SignedAttest, VerifiedQuote,
        VerifyError, verify_values,
    },
    wire::Unmarshal,
};

/// How much a client needs of the server's TPM. There is no default, and the
/// response is never asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Goes on without a TPM.
    Standard,
    /// Goes on without a TPM.
    High,
    /// Requires a verified quote.
    Maximum,
}

impl Tier {
    /// The name: `standard`, `high` or `maximum`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::High => "high",
            Self::Maximum => "maximum",
        }
    }

    /// Whether a response without a quote is refused.
    #[must_use]
    pub const fn requires_tpm(self) -> bool {
        match self {
            Self::Standard | Self::High => false,
            Self::Maximum => true,
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What came of a response whose tier may go without a TPM.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub enum Attestation<'a> {
    /// It has a quote, and the quote passed every check.
    Verified(VerifiedQuote<'a>),
    /// The server says that it has no TPM, or says nothing: nothing is known of
    /// the machine.
    Unavailable,
}

/// What a response has to be for it to be accepted.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct ResponsePolicy<'a> {
    attest: AttestPolicy<'a>,
    required: Option<PcrSet>,
    baseline: &'a [BaselineEntry<'a>],
    names: Option<&'a [&'a [u8]]>,
    certifier: Option<&'a AttestationKey<'a>>,
    certification: Option<SignedAttest<'a>>,
    creation: Option<&'a Tpm2bCreationData<'a>>,
    certification_nonce: Nonce,
    #[cfg(feature = "certificate")]
    certificate: Option<&'a AkCertificate<'a>>,
    rules: KeyRules,
}

impl<'a> ResponsePolicy<'a> {
    /// An answer to the request with this payload id, which has to come from the
    /// client's own records; the one that the response echoes is not used.
    ///
    /// The quote has to cover the PCR that the response claims, and none of the
    /// SHA-1 bank or of 16 to 23.
    ///
    /// # Errors
    /// The id is empty.
    pub fn new(payload_id: &str) -> Result<Self, NonceError> {
        Nonce::from_payload_id(payload_id).map(Self::with_nonce)
    }

    /// As [`new`](Self::new), with a nonce that was made in another way.
    pub fn with_nonce(nonce: Nonce) -> Self {
        Self {
            attest: AttestPolicy::new(nonce),
            required: None,
            baseline: &[],
            names: None,
            certifier: None,
            certification: None,
            creation: None,
            certification_nonce: nonce,
            #[cfg(feature = "certificate")]
            certificate: None,
            rules: KeyRules::new(),
        }
    }

    /// PCR that the quote has to cover at least.
    pub fn require_pcrs(self, required: PcrSet) -> Self {
        Self {
            required: Some(required),
            ..self
        }
    }

    /// As [`QuotePolicy::baseline`].
    pub fn baseline(self, baseline: &'a [BaselineEntry<'a>]) -> Self {
        Self { baseline, ..self }
    }

    /// As [`AttestPolicy::clock`].
    pub fn clock(self, clock: ClockPolicy<'a>) -> Self {
        let attest = self.attest.clock(clock);
        Self { attest, ..self }
    }

    /// As [`AttestPolicy::ancestry`].
    pub fn ancestry(self, ancestry: Ancestry) -> Self {
        let attest = self.attest.ancestry(ancestry);
        Self { attest, ..self }
    }

    /// Names of which the key has to have one, as [`AttestationKey::pinned`].
    pub fn pinned(self, names: &'a [&'a [u8]]) -> Self {
        Self {
            names: Some(names),
            ..self
        }
    }

    /// A key that has to certify the response's own, as [`AttestationKey::certified_by`]:
    /// the response has the certification (`aik_certify_b64` and
    /// `aik_certify_signature_b64`), and it has the nonce of this request. One that is
    /// signed with SHA-1 never counts.
    pub fn certified_by(self, certifier: &'a AttestationKey<'a>) -> Self {
        Self {
            certifier: Some(certifier),
            ..self
        }
    }

    /// Takes the certification from here, and does not look at that of the response.
    /// Without [`certified_by`](Self::certified_by) it is not looked at either.
    pub fn certification(self, certification: SignedAttest<'a>) -> Self {
        Self {
            certification: Some(certification),
            creation: None,
            ..self
        }
    }

    /// Takes the certification from here, and it is one of how the key was made, as
    /// [`AttestationKey::created_under`].
    pub fn certification_of_creation(
        self,
        certification: SignedAttest<'a>,
        creation: &'a Tpm2bCreationData<'a>,
    ) -> Self {
        Self {
            certification: Some(certification),
            creation: Some(creation),
            ..self
        }
    }

    /// The nonce that the certification has, if it was made for something else than this
    /// request.
    pub fn certification_nonce(self, nonce: Nonce) -> Self {
        Self {
            certification_nonce: nonce,
            ..self
        }
    }

    /// A certificate that has to be for the key, as [`AttestationKey::from_certificate`].
    /// Names that are [`pinned`](Self::pinned) have to fit as well, and tell more.
    #[cfg(feature = "certificate")]
    pub fn certificate(self, certificate: &'a AkCertificate<'a>) -> Self {
        Self {
            certificate: Some(certificate),
            ..self
        }
    }

    /// As [`AttestPolicy::require_anchored_key`].
    pub fn require_anchored_key(self) -> Self {
        let attest = self.attest.require_anchored_key();
        Self { attest, ..self }
    }

    /// As [`AttestPolicy::dangerous_allow_sha1_signatures`].
    pub fn dangerous_allow_sha1_signatures(self) -> Self {
        let attest = self.attest.dangerous_allow_sha1_signatures();
        Self { attest, ..self }
    }

    /// Other rules for the key than the strict ones.
    pub fn dangerous_key_rules(self, rules: KeyRules) -> Self {
        Self { rules, ..self }
    }

    fn for_claim(&self, claimed: PcrSet) -> QuotePolicy<'a> {
        QuotePolicy {
            attest: self.attest,
            pcrs: Pcrs {
                required: self.required,
                claimed: Some(claimed),
            },
            baseline: self.baseline,
        }
    }
}

/// Verifies the quote in a response.
///
/// ```no_run
/// use tpm_quote::{ResponsePolicy, Scratch, TpmAlgId, verify_response};
///
/// fn firmware(response: &str, payload_id: &str) -> Result<(), Box<dyn std::error::Error>> {
///     let mut scratch = Scratch::new();
///     let quote = verify_response(response, &ResponsePolicy::new(payload_id)?, &mut scratch)?;
///     println!("PCR 0 is {:02x?}", quote.pcr(TpmAlgId::SHA256, 0));
///     Ok(())
/// }
/// ```
///
/// # Errors
/// The response cannot be read, has no quote, or its quote fails a check.
pub fn verify_response<'a>(
    json: &(impl AsRef<[u8]> + ?Sized),
    policy: &ResponsePolicy<'_>,
    scratch: &'a mut Scratch,
) -> Result<VerifiedQuote<'a>, ResponseError> {
    verify_response_with(&Software, json, policy, scratch)
}

/// As [`verify_response`], with a verifier of the caller's.
///
/// # Errors
/// As there.
pub fn verify_response_with<'a>(
    verifier: &dyn SignatureVerifier,
    json: &(impl AsRef<[u8]> + ?Sized),
    policy: &ResponsePolicy<'_>,
    scratch: &'a mut Scratch,
) -> Result<VerifiedQuote<'a>, ResponseError> {
    let tier = Tier::Maximum;
    match verify_response_for_tier_with(verifier, json, policy, tier, scratch)? {
        Attestation::Verified(quote) => Ok(quote),
        Attestation::Unavailable => Err(ResponseError::Unavailable { tier }),
    }
}

/// Verifies the quote in a response, or says that there is none if the tier
/// allows it. A quote that is there is verified in every tier.
///
/// The tier is the caller's, and there is no way to take it from the response:
///
/// ```compile_fail
/// # use tpm_quote::{ResponsePolicy, Scratch, verify_response_for_tier};
/// let mut scratch = Scratch::new();
/// let policy = ResponsePolicy::new("an id")?;
/// verify_response_for_tier("{}", &policy, &mut scratch)?; // no tier
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The response cannot be read, has no quote though the tier requires one, or
/// its quote fails a check.
pub fn verify_response_for_tier<'a>(
    json: &(impl AsRef<[u8]> + ?Sized),
    policy: &ResponsePolicy<'_>,
    tier: Tier,
    scratch: &'a mut Scratch,
) -> Result<Attestation<'a>, ResponseError> {
    verify_response_for_tier_with(&Software, json, policy, tier, scratch)
}

/// As [`verify_response_for_tier`], with a verifier of the caller's.
///
/// # Errors
/// As there.
pub fn verify_response_for_tier_with<'a>(
    verifier: &dyn SignatureVerifier,
    json: &(impl AsRef<[u8]> + ?Sized),
    policy: &ResponsePolicy<'_>,
    tier: Tier,
    scratch: &'a mut Scratch,
) -> Result<Attestation<'a>, ResponseError> {
    match TpmAttestation::from_json(json.as_ref(), Form::Response, scratch)? {
        Some(TpmAttestation::Available(evidence)) => Ok(Attestation::Verified(
            evidence.verify_with(verifier, policy)?,
        )),
        Some(TpmAttestation::Unavailable) | None => {
            if tier.requires_tpm() {
                Err(ResponseError::Unavailable { tier })
            } else {
                Ok(Attestation::Unavailable)
            }
        }
    }
}

impl<'a> BlockEvidence<'a> {
    /// The key, with the trust that the policy can give it.
    ///
    /// # Errors
    /// It cannot be read, fails a check of a key, or is not vouched for as it has to be.
    pub fn key(&self, policy: &ResponsePolicy<'_>) -> Result<AttestationKey<'a>, ResponseError> {
        self.key_with(&Software, policy)
    }

    fn key_with(
        &self,
        verifier: &dyn SignatureVerifier,
        policy: &ResponsePolicy<'_>,
    ) -> Result<AttestationKey<'a>, ResponseError> {
        let public =
            Tpm2bPublic::from_bytes(self.aik_pubkey).map_err(|error| VerifyError::Malformed {
                part: Part::Public,
                error,
            })?;
        let rules = policy.rules;
        let key = match policy.names {
            Some(names) => AttestationKey::pinned_with(&public, names, rules, verifier)?,
            None => AttestationKey::self_asserted_with(&public, rules, verifier)?,
        };
        #[cfg(feature = "certificate")]
        let key = match policy.certificate {
            Some(certificate) => {
                let certified =
                    AttestationKey::from_certificate_with(&public, certificate, rules, verifier)?;
                if policy.names.is_some() {
                    key
                } else {
                    certified
                }
            }
            None => key,
        };
        let Some(certifier) = policy.certifier else {
            return Ok(key);
        };
        let certification = match policy.certification {
            Some(certification) => certification,
            None => self.certification()?,
        };
        let nonce = policy.certification_nonce;
        Ok(match policy.creation {
            Some(creation) => AttestationKey::created_under_with(
                &public,
                creation,
                &certification,
                certifier,
                nonce,
                rules,
                verifier,
            ),
            None => AttestationKey::certified_by_with(
                &public,
                &certification,
                certifier,
                nonce,
                rules,
                verifier,
            ),
        }?)
    }

    /// What the response has to vouch for its key.
    fn certification(&self) -> Result<SignedAttest<'a>, AnchorError> {
        let (Some(attest), Some(signature)) = (self.aik_certify, self.aik_certify_signature) else {
            return Err(AnchorError::NoProof);
        };
        let attest = open(attest).map_err(AnchorError::Proof)?;
        Ok(SignedAttest { attest, signature })
    }

    /// Verifies the quote.
    ///
    /// # Errors
    /// A part cannot be read, or a check fails.
    pub fn verify(&self, policy: &ResponsePolicy<'_>) -> Result<VerifiedQuote<'a>, ResponseError> {
        self.verify_with(&Software, policy)
    }

    /// As [`verify`](Self::verify), with a verifier of the caller's.
    ///
    /// # Errors
    /// As there.
    pub fn verify_with(
        &self,
        verifier: &dyn SignatureVerifier,
        policy: &ResponsePolicy<'_>,
    ) -> Result<VerifiedQuote<'a>, ResponseError> {
        let signed = SignedAttest {
            attest: open(self.quote)?,
            signature: self.signature,
        };
        let key = self.key_with(verifier, policy)?;
        let policy = policy.for_claim(self.pcr_banks);
        Ok(verify_values(
            verifier,
            &key,
            &signed,
            self.pcr_values,
            &policy,
        )?)
    }
}

/// What a `TPM2B_ATTEST` holds.
fn open(attest: &[u8]) -> Result<&[u8], VerifyError> {
    let attest = Tpm2bAttest::from_bytes(attest).map_err(|error| VerifyError::Malformed {
        part: Part::Attest,
        error,
    })?;
    Ok(attest.bytes())
}
