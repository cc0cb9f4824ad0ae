//! [`Bank`]: what the events of logs come to in the PCRs of one bank.

use super::{
    logs::{Logs, Suffix},
    start::Start,
};
use crate::{
    crypto::Hasher,
    types::TpmAlgId,
    verify::{
        Error, Part,
        error::{LogProblem, LogUnsupported},
    },
};

/// PCRs of a TPM.
const PCRS: usize = 24;
/// Bytes of the longest digest.
const MAX_SIZE: usize = 64;

/// An event without a digest of the bank.
#[derive(Clone, Copy)]
pub(super) struct Missing {
    pub(super) part: Part,
    /// The number of the event in its log, and where it begins.
    pub(super) event: u32,
    pub(super) offset: usize,
}

/// A PCR during the replay.
#[derive(Clone, Copy)]
pub(super) struct State {
    bytes: [u8; MAX_SIZE],
    size: u8,
    /// How many events extended it.
    pub(super) events: u32,
    /// The first event of this PCR that has no digest of the bank.
    pub(super) missing: Option<Missing>,
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
            missing: None,
        }
    }

    pub(super) fn value(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.size)).unwrap_or_default()
    }

    /// Extends the PCR, as `TPM2_PCR_Extend` does.
    pub(super) fn extend(&mut self, bank: TpmAlgId, digest: &[u8]) {
        if let Some(value) = Hasher::digest_of_parts(bank, &[self.value(), digest]) {
            for (to, from) in self.bytes.iter_mut().zip(value.as_ref()) {
                *to = *from;
            }
        }
    }

    /// Extends the PCR with the digest of a text.
    pub(super) fn extend_text(&mut self, bank: TpmAlgId, text: &str) {
        if let Some(digest) = Hasher::digest_of_parts(bank, &[text.as_bytes()]) {
            self.extend(bank, digest.as_ref());
        }
    }
}

/// The PCRs of a bank.
pub(super) struct Bank {
    pub(super) hash: TpmAlgId,
    pcrs: [State; PCRS],
    /// How many events of each PCR are the firmware's.
    firmware: [u32; PCRS],
    /// PCR 5, if it was extended with the events of `ExitBootServices` after the firmware's log.
    pub(super) exited: State,
}

/// The PCR of `ExitBootServices`.
pub(super) const EXIT_PCR: u8 = 5;

impl Bank {
    /// The PCRs as they begin, or `None` if this crate does not have the hash.
    pub(super) fn new(hash: TpmAlgId, start: &Start) -> Option<Self> {
        Hasher::new(hash)?;
        let size = u8::try_from(hash.digest_size()?).ok()?;
        let mut pcrs = [State::new(size, (0, 0)); PCRS];
        for (index, pcr) in (0..).zip(&mut pcrs) {
            *pcr = State::new(size, start.value(index));
        }
        Some(Self {
            hash,
            pcrs,
            firmware: [0; PCRS],
            exited: State::new(size, (0, 0)),
        })
    }

    /// The PCRs as the events of all logs leave them.
    pub(super) fn run(hash: TpmAlgId, logs: &Logs<'_>, start: &Start) -> Result<Self, Error> {
        let unsupported = |problem| Error::from(LogProblem::Unsupported(problem));
        let Some(mut bank) = Self::new(hash, start) else {
            return Err(unsupported(LogUnsupported::Bank(hash)));
        };
        if let Some(log) = &logs.firmware {
            if !log.banks().any(|known| known == hash) {
                return Err(unsupported(LogUnsupported::NoBank(hash)));
            }
            for event in log.events() {
                if let Some(index) = event.pcr() {
                    let missing = Missing {
                        part: Part::EventLog,
                        event: event.number(),
                        offset: usize::try_from(event.offset()).unwrap_or(usize::MAX),
                    };
                    bank.extend(index, event.digest(hash), missing);
                }
            }
        }
        bank.exit();
        let records = logs.userspace.into_iter();
        for entry in records.flat_map(|log| log.entries(hash)) {
            let missing = Missing {
                part: Part::UserspaceLog,
                event: entry.number,
                offset: entry.at,
            };
            bank.extend(
                entry.index,
                entry.digest.as_ref().map(AsRef::as_ref),
                missing,
            );
        }
        Ok(bank)
    }

    pub(super) fn pcr(&self, index: u8) -> Option<&State> {
        self.pcrs.get(usize::from(index))
    }

    /// An event of this PCR, with its digest if it has one of this bank.
    pub(super) fn extend(&mut self, index: u8, digest: Option<&[u8]>, event: Missing) {
        let Some(state) = self.pcrs.get_mut(usize::from(index)) else {
            return;
        };
        match digest {
            Some(digest) => {
                state.events = state.events.saturating_add(1);
                state.extend(self.hash, digest);
                if index == EXIT_PCR {
                    self.exited.extend(self.hash, digest);
                }
            }
            None => state.missing = state.missing.or(Some(event)),
        }
    }

    /// The firmware's log ends here: PCR 5 may have been extended with these texts.
    pub(super) fn exit(&mut self) {
        for (state, events) in self.pcrs.iter().zip(&mut self.firmware) {
            *events = state.events;
        }
        if let Some(state) = self.pcrs.get(usize::from(EXIT_PCR)) {
            self.exited = *state;
        }
        for text in Suffix::ExitBootServices.texts(EXIT_PCR) {
            self.exited.extend_text(self.hash, text);
        }
    }

    /// How many events of the firmware's log extended this PCR.
    pub(super) fn of_firmware(&self, index: u8) -> u32 {
        self.firmware
            .get(usize::from(index))
            .map_or(0, |events| *events)
    }
}
