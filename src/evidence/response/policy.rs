//! [`ResponsePolicy`]: what a response has to be.

#[cfg(feature = "certificate")]
use crate::verify::AkCertificate;
use crate::{
    types::Tpm2bCreationData,
    verify::{
        Ancestry, Anchor, AttestPolicy, AttestSignature, AttestationKey, Baseline, ClockPolicy,
        Error, KeyNames, Nonce, PcrSet, Pcrs, QuotePolicy, SignedAttest,
    },
};

/// What a response has to be.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct ResponsePolicy<'a> {
    attest: AttestPolicy<'a>,
    required: Option<PcrSet>,
    baseline: Option<Baseline<'a>>,
    pub(super) anchor: Anchor<'a>,
}

impl<'a> ResponsePolicy<'a> {
    /// An answer to the request with this payload id, which has to come from the
    /// client's own records; the one that the response echoes is not used.
    ///
    /// The quote has to cover the PCRs that the response claims, and none of the
    /// SHA-1 bank or of 16 to 23.
    ///
    /// # Errors
    /// The id is empty.
    pub fn new(payload_id: &str) -> Result<Self, Error> {
        Nonce::from_payload_id(payload_id).map(Self::with_nonce)
    }

    /// An answer with this nonce, which was made in another way than of a payload id.
    pub fn with_nonce(nonce: Nonce) -> Self {
        Self {
            attest: AttestPolicy::new(nonce),
            required: None,
            baseline: None,
            anchor: Anchor::new(),
        }
    }

    /// Requires the quote to cover at least these PCRs.
    pub fn require_pcrs(self, required: PcrSet) -> Self {
        Self {
            required: Some(required),
            ..self
        }
    }

    /// Requires these PCR values: see [`QuotePolicy::baseline`].
    pub fn baseline(self, baseline: &Baseline<'a>) -> Self {
        Self {
            baseline: Some(*baseline),
            ..self
        }
    }

    /// Requires this of the TPM's clock and counters: see [`AttestPolicy::clock`].
    pub fn clock(self, clock: ClockPolicy<'a>) -> Self {
        let attest = self.attest.clock(clock);
        Self { attest, ..self }
    }

    /// Requires the key to stand here in its TPM: see [`AttestPolicy::ancestry`].
    pub fn ancestry(self, ancestry: Ancestry) -> Self {
        let attest = self.attest.ancestry(ancestry);
        Self { attest, ..self }
    }

    /// Requires the key to have one of these Names: see [`AttestationKey::pinned`].
    pub fn pinned(self, names: impl Into<KeyNames<'a>>) -> Self {
        let anchor = self.anchor.pinned(names);
        Self { anchor, ..self }
    }

    /// Requires this key, which is anchored itself, to certify the response's own: see
    /// [`AttestationKey::certified_by`]. The response has the certification
    /// (`aik_certify_b64` and `aik_certify_signature_b64`), with the nonce of this request.
    /// One that is signed with SHA-1 never counts.
    pub fn certified_by(self, certifier: &'a AttestationKey<'a>) -> Self {
        let anchor = self.anchor.certified_by(certifier, self.attest.nonce);
        Self { anchor, ..self }
    }

    /// Requires this key to certify the response's own, with another nonce than that of the
    /// request: for a certification that was made beforehand.
    pub fn certified_by_with_nonce(self, certifier: &'a AttestationKey<'a>, nonce: Nonce) -> Self {
        let anchor = self.anchor.certified_by(certifier, nonce);
        Self { anchor, ..self }
    }

    /// Takes the certification from here, and does not look at that of the response.
    /// Without [`certified_by`](Self::certified_by) it is not looked at either.
    pub fn certification<S: Copy + Into<AttestSignature<'a>>>(
        self,
        certification: &SignedAttest<'a, S>,
    ) -> Self {
        let anchor = self.anchor.without_creation().certification(certification);
        Self { anchor, ..self }
    }

    /// Takes the certification from here, and it is one of how the key was made: see
    /// [`AttestationKey::created_under`].
    pub fn certification_of_creation<S: Copy + Into<AttestSignature<'a>>>(
        self,
        certification: &SignedAttest<'a, S>,
        creation: &'a Tpm2bCreationData<'a>,
    ) -> Self {
        let anchor = self.anchor.certification(certification).creation(creation);
        Self { anchor, ..self }
    }

    /// Requires a certificate for the key: see `AttestationKey::from_certificate`. Names
    /// that are [`pinned`](Self::pinned) have to fit as well, and tell more.
    #[cfg(feature = "certificate")]
    pub fn certificate(self, certificate: &'a AkCertificate<'a>) -> Self {
        let anchor = self.anchor.certificate(certificate);
        Self { anchor, ..self }
    }

    /// Requires this to vouch for the key, instead of what was named before.
    pub fn anchor(self, anchor: Anchor<'a>) -> Self {
        Self { anchor, ..self }
    }

    /// Refuses a key that nothing but its own message vouches for: see
    /// [`AttestPolicy::require_anchored_key`].
    pub fn require_anchored_key(self) -> Self {
        let attest = self.attest.require_anchored_key();
        Self { attest, ..self }
    }

    /// Accepts signatures made with SHA-1: see
    /// [`AttestPolicy::dangerous_allow_sha1_signatures`].
    #[cfg(feature = "sha1")]
    pub fn dangerous_allow_sha1_signatures(self) -> Self {
        let attest = self.attest.dangerous_allow_sha1_signatures();
        Self { attest, ..self }
    }

    /// The policy for the quote of a response that claims these PCRs.
    pub(super) fn for_claim(&self, claimed: Option<PcrSet>) -> QuotePolicy<'a> {
        QuotePolicy {
            attest: self.attest,
            pcrs: Pcrs {
                required: self.required,
                any: false,
                claimed,
            },
            baseline: self.baseline,
        }
    }
}
