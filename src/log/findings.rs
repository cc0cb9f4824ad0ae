//! [`Findings`]: where a log has its events and what their digests cover, found once for all facts.

use core::{iter::Zip, ops::RangeFrom, slice};

use super::{
    event_log::{EventLog, Events},
    proven::ProvenEvent,
    rule::Found,
};
use crate::verify::PcrSet;

/// Maximum number of events in the table; the logs of most machines have fewer. Events behind
/// these are read and hashed again for each fact.
const KEPT: usize = 128;

/// An event that extends a PCR.
#[derive(Clone, Copy)]
struct Finding {
    offset: u32,
    pcr: u8,
    /// A bit for each bank of the log: whether the logs explain the PCR in it.
    banks: u8,
    found: Found,
}

/// What is known of the first events of a log, by their numbers, so that a fact reads those of its
/// own PCR alone.
#[derive(Clone, Copy)]
pub(super) struct Findings {
    kept: [Option<Finding>; KEPT],
    /// Number and offset of the first event that did not fit into `kept`.
    rest: (u32, u32),
}

impl Findings {
    pub(super) const NONE: Self = Self {
        kept: [None; KEPT],
        rest: (u32::MAX, u32::MAX),
    };

    /// Those of a log that was replayed: nothing is found in events of PCRs that are not explained.
    pub(super) fn of(log: &EventLog<'_>, explained: &PcrSet) -> Self {
        let mut findings = Self::NONE;
        let mut places = findings.kept.iter_mut();
        for event in log.events() {
            let Some(place) = places.next() else {
                findings.rest = (event.number(), event.offset());
                break;
            };
            *place = event.pcr().map(|pcr| {
                let proven = ProvenEvent::new(event, pcr, explained);
                Finding {
                    offset: event.offset(),
                    pcr,
                    banks: proven.banks(),
                    found: proven.find(),
                }
            });
        }
        findings
    }

    /// Returns the events of the PCRs in `mask`, a bit each, in the order of the log. `log` and
    /// `explained` have to be those that were given to [`of`](Self::of).
    pub(super) fn events<'r, 'a>(
        &'r self,
        log: EventLog<'a>,
        explained: &'r PcrSet,
        mask: u32,
    ) -> ProvenEvents<'r, 'a> {
        let (number, offset) = self.rest;
        ProvenEvents {
            log,
            explained,
            mask,
            kept: (0..).zip(&self.kept),
            rest: log.events_from(number, offset),
        }
    }
}

/// The events of some PCRs.
#[derive(Clone)]
pub(super) struct ProvenEvents<'r, 'a> {
    log: EventLog<'a>,
    explained: &'r PcrSet,
    mask: u32,
    kept: Zip<RangeFrom<u32>, slice::Iter<'r, Option<Finding>>>,
    rest: Events<'a>,
}

impl<'a> Iterator for ProvenEvents<'_, 'a> {
    type Item = ProvenEvent<'a>;

    fn next(&mut self) -> Option<ProvenEvent<'a>> {
        let (mask, explained) = (self.mask, self.explained);
        let is_of = |pcr: &u8| mask & bit(*pcr) != 0;
        let of = |(number, kept): (_, &Option<Finding>)| {
            let kept = kept.filter(|kept| is_of(&kept.pcr))?;
            Some((number, kept))
        };
        if let Some((number, kept)) = self.kept.find_map(of) {
            let event = self.log.event_at(number, kept.offset)?;
            return Some(ProvenEvent::known(event, kept.pcr, kept.banks, kept.found));
        }
        self.rest.find_map(|event| {
            let pcr = event.pcr().filter(is_of)?;
            Some(ProvenEvent::new(event, pcr, explained))
        })
    }
}

/// The bit of a PCR, of which there are 24.
pub(super) fn bit(index: u8) -> u32 {
    1_u32.wrapping_shl(index.into())
}
