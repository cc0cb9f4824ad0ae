//! [`Lanes`]: all PCRs that a list extends, entry by entry.

use super::lane::{Extended, ImaStrength, Known, Lane, Rule};
use crate::{
    crypto::Digest,
    log::{bank::Bank, ima::ImaEntry, logs::Logs, start::Start},
    types::TpmAlgId,
    verify::{
        Error, Excerpt, Part, Pcr, Problem, Quote, Verified,
        error::{ImaProblem, ImaStateProblem, ImaUnsupported, LogProblem},
    },
};

/// The PCR that IMA extends unless its policy names another.
pub(in crate::log) const IMA_PCR: u8 = 10;
/// The last PCR of those that firmware measures into.
const LAST_OF_FIRMWARE: u8 = 7;
/// PCRs of all banks that are kept: three of each of the four banks that there are, and more.
pub(super) const MAX_LANES: usize = 16;

/// The banks in which the quote covers what a list extends, and how strong each is.
pub(super) type Strengths = [Option<(TpmAlgId, ImaStrength)>; MAX_BANKS];
/// Banks that can be replayed.
const MAX_BANKS: usize = 4;

/// What has been counted up to an entry.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// All entries.
    pub(super) entries: u32,
    /// Entries of quoted PCRs.
    pub(super) proven: u32,
    /// Violations among these.
    pub(super) violations: u32,
}

/// A beginning of the list to which all quoted PCRs come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub(super) counts: Counts,
    pub(super) strengths: Strengths,
    /// The PCRs that its entries extend and the quote covers.
    pub(super) pcrs: u32,
    /// The PCRs that its entries extend, quoted or not.
    pub(super) seen: u32,
    /// What is known of the rule of each.
    pub(super) lanes: [Option<(Pcr, Known)>; MAX_LANES],
}

/// A PCR of one bank after the last proven entry.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    pub(super) pcr: Pcr,
    pub(super) known: Known,
    pub(super) value: Digest,
}

/// What an earlier list left, which another continues.
#[derive(Clone, Copy)]
pub(super) struct Before {
    pub(super) counts: Counts,
    /// The PCRs that entries extended, a bit each.
    pub(super) seen: u32,
    pub(super) lanes: [Option<Kept>; MAX_LANES],
}

impl Before {
    pub(super) fn lanes(&self) -> impl Iterator<Item = &Kept> {
        self.lanes.iter().flatten()
    }
}

/// The PCRs that a list extends and a quote covers.
pub(super) struct Lanes<'q, 'l> {
    quote: &'q Verified<'q, Quote<'q>>,
    logs: Logs<'l>,
    start: Start,
    /// Those in use come first.
    lanes: [Option<Lane<'q>>; MAX_LANES],
    /// The PCRs that entries were seen of.
    seen: u32,
    counts: Counts,
    found: Option<Match>,
    /// No further entry can come to the quoted values.
    is_over: bool,
}

const fn bit(index: u8) -> u32 {
    1_u32.wrapping_shl(u32::from_le_bytes([index, 0, 0, 0]))
}

impl<'q, 'l> Lanes<'q, 'l> {
    /// The PCR of IMA, in each bank that the quote covers.
    pub(super) fn new(
        quote: &'q Verified<'q, Quote<'q>>,
        logs: Logs<'l>,
        start: Start,
    ) -> Result<Self, Error> {
        let mut lanes = Self {
            quote,
            logs,
            start,
            lanes: [None; MAX_LANES],
            seen: 0,
            counts: Counts::default(),
            found: None,
            is_over: false,
        };
        lanes.open(IMA_PCR)?;
        let Some(_) = lanes.all().next() else {
            return Err(ImaProblem::NotQuoted { index: IMA_PCR }.into());
        };
        // In no bank, or what the list says of one would be proven by another.
        if let Some(lane) = lanes.all().find(|lane| lane.fits_any()) {
            return Err(ImaProblem::NothingMeasured { pcr: lane.pcr }.into());
        }
        Ok(lanes)
    }

    /// The PCRs as an earlier list left them, which this one continues.
    pub(super) fn resumed(
        quote: &'q Verified<'q, Quote<'q>>,
        logs: Logs<'l>,
        start: Start,
        before: &Before,
    ) -> Result<Self, Error> {
        let problem = |pcr| Error::from(ImaProblem::State(ImaStateProblem::Pcrs { pcr }));
        let mut lanes = Self {
            quote,
            logs,
            start,
            lanes: [None; MAX_LANES],
            seen: before.seen,
            counts: before.counts,
            found: None,
            is_over: false,
        };
        for (place, kept) in lanes.lanes.iter_mut().zip(before.lanes()) {
            let quoted = quote.pcr(kept.pcr.bank(), kept.pcr.index());
            let quoted = quoted.ok_or(problem(kept.pcr))?;
            let value = kept.value.as_ref();
            *place = Some(Lane::resumed(kept.pcr, value, quoted, kept.known));
        }
        // What a bank had before is not known.
        let is_known = |pcr: &Pcr| before.lanes().any(|kept| kept.pcr == *pcr);
        let mut quoted = quote.selection().iter();
        let unknown = quoted.find(|pcr| before.seen & bit(pcr.index()) != 0 && !is_known(pcr));
        if let Some(pcr) = unknown {
            return Err(problem(pcr));
        }
        // Nothing may be new.
        lanes.compare();
        Ok(lanes)
    }

    /// Whether the quote proves the list up to here, or up to an earlier entry.
    pub(super) const fn has_match(&self) -> bool {
        self.found.is_some()
    }

    fn all(&self) -> impl Iterator<Item = &Lane<'q>> {
        self.lanes.iter().map_while(Option::as_ref)
    }

    fn of_pcr(&mut self, index: u8) -> impl Iterator<Item = &mut Lane<'q>> {
        let lanes = self.lanes.iter_mut().map_while(Option::as_mut);
        lanes.filter(move |lane| lane.pcr.index() == index)
    }

    /// A PCR that an entry extends for the first time.
    fn open(&mut self, index: u8) -> Result<(), Error> {
        self.seen |= bit(index);
        let quote = self.quote;
        let quoted = quote.selection().iter().filter(|pcr| pcr.index() == index);
        for pcr in quoted {
            let lane = self.lane(pcr)?;
            let free = self.lanes.iter_mut().find(|lane| lane.is_none());
            let free = free.ok_or(unsupported(ImaUnsupported::PcrCount))?;
            *free = Some(lane);
        }
        Ok(())
    }

    /// A quoted PCR, as other logs leave it.
    fn lane(&self, pcr: Pcr) -> Result<Lane<'q>, Error> {
        if pcr.index() <= LAST_OF_FIRMWARE {
            return Err(unsupported(ImaUnsupported::Firmware(pcr)));
        }
        let bank = Bank::run(pcr.bank(), &self.logs, &self.start)
            .map_err(|_| unsupported(ImaUnsupported::Bank(pcr.bank())))?;
        let Some(state) = bank.pcr(pcr.index()) else {
            return Err(unsupported(ImaUnsupported::Bank(pcr.bank())));
        };
        if state.events != bank.of_firmware(pcr.index()) {
            return Err(unsupported(ImaUnsupported::Userspace(pcr)));
        }
        if let Some(missing) = state.missing {
            let event = missing.event;
            let problem = Problem::Log(LogProblem::DigestMissing { event, pcr });
            return Err(Error::new(missing.part, problem).at(missing.offset));
        }
        let quoted = self.quote.pcr(pcr.bank(), pcr.index()).unwrap_or_default();
        Ok(Lane::new(pcr, state.value(), quoted))
    }

    /// Whether the quote covers this PCR, of which there was an entry.
    pub(super) fn has(&self, index: u8) -> bool {
        self.all().any(|lane| lane.pcr.index() == index)
    }

    /// Whether no further entry can be proven.
    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// The next entry of the list. Returns whether the quote proves the list up to here.
    pub(super) fn entry(&mut self, entry: &ImaEntry<'_>) -> Result<bool, Error> {
        self.counts.entries = self.counts.entries.saturating_add(1);
        if self.is_over {
            return Ok(false);
        }
        let index = entry.pcr();
        if self.seen & bit(index) == 0 {
            self.open(index)?;
        }
        if !self.has(index) {
            return Ok(false);
        }
        // What had its value and is extended never has it again.
        let had = self.of_pcr(index).any(|lane| lane.is_hit);
        if had && (self.found.is_some() || self.all().all(|lane| lane.is_hit)) {
            self.is_over = true;
            return Ok(false);
        }

        let is_violation = entry.is_violation();
        let short = entry
            .template_digest(TpmAlgId::SHA1)
            .unwrap_or(Digest::new(&[]));
        if !is_violation && !entry.has_its_digest(&short) {
            let at = usize::try_from(entry.offset()).unwrap_or(usize::MAX);
            let entry = entry.number();
            return Err(Error::from(ImaProblem::Digest { entry }).at(at));
        }
        for lane in self.of_pcr(index) {
            if is_violation {
                lane.extend(Extended::Violation);
                continue;
            }
            let own = match lane.pcr.bank() {
                TpmAlgId::SHA1 => Some(short),
                bank => entry.template_digest(bank),
            };
            let own = &own.unwrap_or(Digest::new(&[]));
            let short = &short;
            lane.extend(Extended::Digests { own, short });
        }
        self.counts.proven = self.counts.proven.saturating_add(1);
        if is_violation {
            self.counts.violations = self.counts.violations.saturating_add(1);
        }
        Ok(self.compare())
    }

    /// Whether all quoted PCRs have their values after this entry.
    fn compare(&mut self) -> bool {
        if !self.all().all(Lane::fits_any) {
            return false;
        }
        let mut strengths: Strengths = [None; MAX_BANKS];
        let mut pcrs = 0;
        let mut lanes = [None; MAX_LANES];
        for (lane, known) in self.all().zip(&mut lanes) {
            pcrs |= bit(lane.pcr.index());
            let bank = lane.pcr.bank();
            // One kernel extends a bank by one rule.
            let fits = |rule: &Rule| {
                let mut of_bank = self.all().filter(|lane| lane.pcr.bank() == bank);
                of_bank.all(|lane| lane.fits(*rule))
            };
            let Some(rule) = Rule::ALL.into_iter().find(fits) else {
                return false;
            };
            *known = Some((lane.pcr, lane.known_by(rule)));
            let is_its = |place: &Option<_>| place.is_none_or(|(known, _)| known == bank);
            if let Some(place) = strengths.iter_mut().find(|place| is_its(place)) {
                *place = Some((bank, rule.strength()));
            }
        }
        self.found = Some(Match {
            counts: self.counts,
            strengths,
            pcrs,
            seen: self.seen,
            lanes,
        });
        true
    }

    /// The longest beginning of the list that the quote proves, and how many entries there are
    /// in all.
    pub(super) fn finish(&self) -> Result<(Match, u32), Error> {
        if let Some(found) = self.found {
            return Ok((found, self.counts.entries));
        }
        let problem = match self.all().find(|lane| !lane.is_hit) {
            Some(lane) => ImaProblem::Mismatch {
                pcr: lane.pcr,
                entries: lane.entries,
                quoted: Excerpt::new(lane.quoted),
            },
            None => {
                let mut pcrs = self.all().map(|lane| lane.pcr);
                let first = pcrs.next();
                let other = pcrs.next().or(first);
                match (first, other) {
                    (Some(first), Some(other)) => ImaProblem::Apart { first, other },
                    _ => ImaProblem::NotQuoted { index: IMA_PCR },
                }
            }
        };
        Err(Error::new(Part::ImaList, Problem::Ima(problem)))
    }
}

#[cold]
fn unsupported(problem: ImaUnsupported) -> Error {
    ImaProblem::Unsupported(problem).into()
}
