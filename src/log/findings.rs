//! [`Findings`]: what the digests of a log's events cover, which is found once for all facts.

use super::{event_log::EventLog, proven::ProvenEvent, rule::Found};
use crate::verify::PcrSet;

/// Events whose findings are kept: the logs of most machines have fewer. Those that follow are
/// hashed again for each fact.
const KEPT: usize = 128;

/// What the digests of the first events of a log cover, by their numbers.
#[derive(Clone, Copy)]
pub(super) struct Findings([Option<Found>; KEPT]);

impl Findings {
    pub(super) const NONE: Self = Self([None; KEPT]);

    /// Those of a log that was replayed: nothing is found in events of PCRs that are not explained.
    pub(super) fn of(log: &EventLog<'_>, explained: PcrSet) -> Self {
        let mut findings = Self::NONE;
        for (event, found) in log.events().zip(&mut findings.0) {
            let pcr = event.pcr();
            *found = pcr.map(|pcr| ProvenEvent::new(event, pcr, explained).find());
        }
        findings
    }

    /// What the digests of the event with this number cover, if it is kept.
    pub(super) fn get(&self, number: u32) -> Option<Found> {
        let number = usize::try_from(number).ok()?;
        self.0.get(number).copied().flatten()
    }
}
