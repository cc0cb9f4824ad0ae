//! [`ResponsePolicy`]: what a response has to fulfil.

#[cfg(feature = "certificate")]
use crate::verify::AkCertificate;
use crate::{
    types::Tpm2bCreationData,
    verify::{
        Ancestry, Anchor, AttestPolicy, AttestSignature, AttestationKey, Baseline, ClockPolicy,
        Error, KeyNames, Nonce, PcrSet, Pcrs, QuotePolicy, SignedAttest,
    },
};

/// The requirements that a response has to fulfil.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct ResponsePolicy<'a> {
    attest: AttestPolicy<'a>,
    required: Option<PcrSet>,
    baseline: Option<Baseline<'a>>,
    pub(super) anchor: Anchor<'a>,
}

impl<'a> ResponsePolicy<'a> {
    /// Requires an answer to the request with this payload id, which has to come from your own
    /// records. The payload id in the response is not used.
    ///
    /// The quote has to cover exactly the PCRs that the response claims. PCRs of the SHA-1 bank
    /// and PCRs 16 to 23 are refused unless they are [required](Self::require_pcrs).
    ///
    /// # Errors
    /// The id is empty.
    pub fn new(payload_id: &str) -> Result<Self, Error> {
        Nonce::from_payload_id(payload_id).map(Self::with_nonce)
    }

    /// Requires an answer with this nonce, for nonces that are not made from a payload id.
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

    /// Requires the PCR values of this baseline: see [`QuotePolicy::baseline`].
    pub fn baseline(self, baseline: &Baseline<'a>) -> Self {
        Self {
            baseline: Some(*baseline),
            ..self
        }
    }

    /// Sets requirements on the TPM's clock and counters: see [`AttestPolicy::clock`].
    pub fn clock(self, clock: ClockPolicy<'a>) -> Self {
        let attest = self.attest.clock(clock);
        Self { attest, ..self }
    }

    /// Requires the key to have this place in its TPM: see [`AttestPolicy::ancestry`].
    pub fn ancestry(self, ancestry: Ancestry) -> Self {
        let attest = self.attest.ancestry(ancestry);
        Self { attest, ..self }
    }

    /// Requires the key to have one of these Names: see [`AttestationKey::pinned`].
    pub fn pinned(self, names: impl Into<KeyNames<'a>>) -> Self {
        let anchor = self.anchor.pinned(names);
        Self { anchor, ..self }
    }

    /// Requires another key, which is anchored itself, to certify the key of the response: see
    /// [`AttestationKey::certified_by`]. The certification is in the response
    /// (`aik_certify_b64` and `aik_certify_signature_b64`) and has the nonce of this request. A
    /// certification that is signed with SHA-1 is always refused.
    pub fn certified_by(self, certifier: &'a AttestationKey<'a>) -> Self {
        let anchor = self.anchor.certified_by(certifier, self.attest.nonce);
        Self { anchor, ..self }
    }

    /// Requires another key to certify the key of the response, with this nonce instead of
    /// that of the request: for a certification that was made beforehand.
    pub fn certified_by_with_nonce(self, certifier: &'a AttestationKey<'a>, nonce: Nonce) -> Self {
        let anchor = self.anchor.certified_by(certifier, nonce);
        Self { anchor, ..self }
    }

    /// Gives the certification, and ignores the one in the response. Without
    /// [`certified_by`](Self::certified_by) nobody would look at it: that is an error
    /// (`certification-without-certifier`).
    pub fn certification<S: Copy + Into<AttestSignature<'a>>>(
        self,
        certification: &SignedAttest<'a, S>,
    ) -> Self {
        let anchor = self.anchor.without_creation().certification(certification);
        Self { anchor, ..self }
    }

    /// Gives a certification of the key's creation, and ignores the one in the response: see
    /// [`AttestationKey::created_under`].
    pub fn certification_of_creation<S: Copy + Into<AttestSignature<'a>>>(
        self,
        certification: &SignedAttest<'a, S>,
        creation: &'a Tpm2bCreationData<'a>,
    ) -> Self {
        let anchor = self.anchor.certification(certification).creation(creation);
        Self { anchor, ..self }
    }

    /// Requires a certificate for the key: see `AttestationKey::from_certificate`. If Names are
    /// [`pinned`](Self::pinned) as well, the key needs both, and its trust is `pinned`.
    #[cfg(feature = "certificate")]
    pub fn certificate(self, certificate: &'a AkCertificate<'a>) -> Self {
        let anchor = self.anchor.certificate(certificate);
        Self { anchor, ..self }
    }

    /// Sets what has to vouch for the key, instead of the anchors that were set before.
    pub fn anchor(self, anchor: Anchor<'a>) -> Self {
        Self { anchor, ..self }
    }

    /// Refuses a key that is self-asserted: see
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

    /// The policy for the quote in a response that claims these PCRs.
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
