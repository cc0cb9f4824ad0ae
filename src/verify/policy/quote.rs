//! [`QuotePolicy`]: what a quote has to fulfil.

use super::{
    ancestry::Ancestry, attest::AttestPolicy, baseline::Baseline, clock::ClockPolicy, nonce::Nonce,
};
use crate::verify::pcr::PcrSet;

/// The requirements that a quote has to fulfil.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct QuotePolicy<'a> {
    pub(crate) attest: AttestPolicy<'a>,
    pub(crate) pcrs: Pcrs,
    pub(crate) baseline: Option<Baseline<'a>>,
}

/// Which PCRs a quote has to cover.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pcrs {
    /// At least these.
    pub(crate) required: Option<PcrSet>,
    /// Whether the SHA-1 bank and PCRs 16 to 23 count without being required.
    pub(crate) any: bool,
    /// Exactly these: what the message says of itself.
    pub(crate) claimed: Option<PcrSet>,
}

impl<'a> QuotePolicy<'a> {
    /// Requires a quote with this nonce that covers at least these PCRs.
    ///
    /// The quote may cover more PCRs, except for PCRs of the SHA-1 bank and PCRs 16 to 23:
    /// these have to be required.
    pub fn new(nonce: Nonce, required: PcrSet) -> Self {
        Self::of(nonce, Some(required), false)
    }

    /// Requires a quote with this nonce that covers any PCRs, including those of the SHA-1
    /// bank and PCRs 16 to 23: **the sender chooses what it covers**. Look at
    /// [`selection`](crate::verify::Verified::selection) of the verified quote.
    pub fn dangerous_any_pcrs(nonce: Nonce) -> Self {
        Self::of(nonce, None, true)
    }

    fn of(nonce: Nonce, required: Option<PcrSet>, any: bool) -> Self {
        Self {
            attest: AttestPolicy::new(nonce),
            pcrs: Pcrs {
                required,
                any,
                claimed: None,
            },
            baseline: None,
        }
    }

    /// Requires the PCR values of this baseline. Other PCRs are not compared.
    pub fn baseline(self, baseline: &Baseline<'a>) -> Self {
        Self {
            baseline: Some(*baseline),
            ..self
        }
    }

    /// Requires the key to have this place in its TPM: see [`AttestPolicy::ancestry`].
    pub fn ancestry(self, ancestry: Ancestry) -> Self {
        let attest = self.attest.ancestry(ancestry);
        Self { attest, ..self }
    }

    /// Sets requirements on the TPM's clock and counters: see [`AttestPolicy::clock`].
    pub fn clock(self, clock: ClockPolicy<'a>) -> Self {
        let attest = self.attest.clock(clock);
        Self { attest, ..self }
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
}
