//! [`QuotePolicy`]: what a quote has to be.

use super::{
    ancestry::Ancestry, attest::AttestPolicy, baseline::Baseline, clock::ClockPolicy, nonce::Nonce,
};
use crate::verify::pcr::PcrSet;

/// What a quote has to be for it to be accepted.
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
    /// Whether PCRs count that only count if they are required.
    pub(crate) any: bool,
    /// Exactly these: what the message says of itself.
    pub(crate) claimed: Option<PcrSet>,
}

impl<'a> QuotePolicy<'a> {
    /// A quote with this nonce that covers at least these PCRs.
    ///
    /// Others may be covered as well, but for the SHA-1 bank and for PCRs 16 to
    /// 23, which count only if they are required.
    pub fn new(nonce: Nonce, required: PcrSet) -> Self {
        Self::of(nonce, Some(required), false)
    }

    /// A quote with this nonce that covers any PCRs, of the SHA-1 bank and from 16 to 23 as
    /// well: **what it covers, the sender chose**. Look at
    /// [`selection`](crate::verify::Verified::selection) of what was verified.
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

    /// Requires these PCR values. PCRs that the baseline does not name are not compared.
    pub fn baseline(self, baseline: &Baseline<'a>) -> Self {
        Self {
            baseline: Some(*baseline),
            ..self
        }
    }

    /// Requires the key to stand here in its TPM: see [`AttestPolicy::ancestry`].
    pub fn ancestry(self, ancestry: Ancestry) -> Self {
        let attest = self.attest.ancestry(ancestry);
        Self { attest, ..self }
    }

    /// Requires this of the TPM's clock and counters: see [`AttestPolicy::clock`].
    pub fn clock(self, clock: ClockPolicy<'a>) -> Self {
        let attest = self.attest.clock(clock);
        Self { attest, ..self }
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
}
