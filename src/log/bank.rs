//! [`Bank`]: what the events of logs come to in the PCRs of one bank.

use super::start::Start;
use crate::{crypto::Hasher, types::TpmAlgId};

/// PCRs of a TPM.
const PCRS: usize = 24;
/// Bytes of the longest digest.
const MAX_SIZE: usize = 64;

/// A PCR during the replay.
#[derive(Clone, Copy)]
pub(super) struct State {
    bytes: [u8; MAX_SIZE],
    size: u8,
    /// How many events extended it.
    pub(super) events: u32,
    /// The first event of this PCR that has no digest of the bank.
    pub(super) without: Option<u32>,
}

impl State {
    fn new(size: u8, (last, others): (u8, u8)) -> Self {
        let mut bytes = [others; MAX_SIZE];
        let end = bytes.iter_mut().take(usize::from(size)).last();
        if let Some(end) = end {
            *end = last;
        }
        Self {
            bytes,
            size,
            events: 0,
            without: None,
        }
    }

    pub(super) fn value(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.size)).unwrap_or_default()
    }

    /// Extends the PCR, as `TPM2_PCR_Extend` does.
    pub(super) fn extend(&mut self, bank: TpmAlgId, digest: &[u8]) {
        if let Some(mut hasher) = Hasher::new(bank) {
            hasher.update(self.value());
            hasher.update(digest);
            let value = hasher.finish();
            for (to, from) in self.bytes.iter_mut().zip(value.as_ref()) {
                *to = *from;
            }
        }
    }
}

/// The PCRs of a bank.
pub(super) struct Bank {
    pub(super) hash: TpmAlgId,
    pcrs: [State; PCRS],
}

impl Bank {
    /// The PCRs as they begin, or `None` if this crate does not have the hash.
    pub(super) fn new(hash: TpmAlgId, start: &Start) -> Option<Self> {
        Hasher::new(hash)?;
        let size = u8::try_from(hash.digest_size()?).ok()?;
        let mut pcrs = [State::new(size, (0, 0)); PCRS];
        for (index, pcr) in (0..).zip(&mut pcrs) {
            *pcr = State::new(size, start.value(index));
        }
        Some(Self { hash, pcrs })
    }

    pub(super) fn pcr(&self, index: u8) -> Option<&State> {
        self.pcrs.get(usize::from(index))
    }

    /// An event of this PCR, with its digest if it has one of this bank.
    pub(super) fn extend(&mut self, index: u8, event: u32, digest: Option<&[u8]>) {
        let Some(state) = self.pcrs.get_mut(usize::from(index)) else {
            return;
        };
        match digest {
            Some(digest) => {
                state.events = state.events.saturating_add(1);
                state.extend(self.hash, digest);
            }
            None => state.without = state.without.or(Some(event)),
        }
    }
}
