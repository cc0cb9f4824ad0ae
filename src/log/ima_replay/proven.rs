//! [`ProvenIma`]: the beginning of an IMA list that a quote proves.

use core::fmt;

use super::{
    aggregate::{BootAggregate, Explained, compare, is_again, is_boot_aggregate},
    lane::ImaStrength,
    lanes::{IMA_PCR, Lanes, Match},
};
use crate::{
    log::{
        ima::{ImaDigest, ImaEntry, ImaList},
        logs::Logs,
        start::Start,
    },
    types::TpmAlgId,
    verify::{Error, Quote, Verified},
};

/// The beginning of an IMA list to which the quoted PCRs come. It can only be made by
/// [`replay`](Verified::replay).
///
/// The quote proves that IMA measured these files, under these digests, since the machine was
/// started. It does not prove that a program runs now, that nothing ran which IMA's policy
/// leaves out, or that a name is that of the file which its reader has in mind.
#[derive(Clone, Copy)]
pub struct ProvenIma<'a> {
    list: ImaList<'a>,
    proof: ImaProof,
}

/// How much of a list a quote proves, and what the proof rests on. It can only be made by
/// [`replay`](Verified::replay) and [`replay_streamed`](Verified::replay_streamed).
#[derive(Clone, Copy)]
pub struct ImaProof {
    found: Match,
    total: u32,
    boot_aggregate: BootAggregate,
}

impl ImaProof {
    /// Returns how many entries the list has, proven or not.
    #[must_use]
    pub const fn total(&self) -> u32 {
        self.total
    }

    /// Returns how many entries are proven.
    #[must_use]
    pub const fn proven(&self) -> u32 {
        self.found.counts.proven
    }

    /// Returns how many entries follow the last one that is proven. The list was read after
    /// the quote was made, or somebody added them: they are never judged.
    #[must_use]
    pub const fn tail_entries(&self) -> u32 {
        self.total.saturating_sub(self.found.counts.entries)
    }

    /// Returns how many of the proven entries are violations, of which only their number and
    /// place is known.
    #[must_use]
    pub const fn violations(&self) -> u32 {
        self.found.counts.violations
    }

    /// Returns what the proof rests on in a bank, or `None` if the quote does not cover the
    /// list's PCRs in this bank.
    #[must_use]
    pub fn strength(&self, bank: TpmAlgId) -> Option<ImaStrength> {
        self.strengths()
            .find_map(|(known, strength)| (known == bank).then_some(strength))
    }

    /// Returns the banks in which the quote covers the list's PCRs, and what the proof rests
    /// on in each.
    pub fn strengths(&self) -> impl Iterator<Item = (TpmAlgId, ImaStrength)> + use<> {
        self.found.strengths.into_iter().flatten()
    }

    /// Returns how the first entry compares with the quoted PCRs 0 to 9.
    #[must_use]
    pub const fn boot_aggregate(&self) -> BootAggregate {
        self.boot_aggregate
    }

    pub(super) const fn new(found: Match, total: u32, boot_aggregate: BootAggregate) -> Self {
        Self {
            found,
            total,
            boot_aggregate,
        }
    }

    /// Whether entries of this PCR are proven.
    pub(in crate::log) fn covers(&self, index: u8) -> bool {
        index < 24 && self.found.pcrs & 1_u32.wrapping_shl(u32::from(index)) != 0
    }
}

impl fmt::Debug for ImaProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImaProof")
            .field("total", &self.total())
            .field("proven", &self.proven())
            .field("tail_entries", &self.tail_entries())
            .field("violations", &self.violations())
            .field("boot_aggregate", &self.boot_aggregate())
            .finish_non_exhaustive()
    }
}

impl<'a> ProvenIma<'a> {
    /// Returns how much of the list is proven, without its entries.
    #[must_use]
    pub const fn proof(&self) -> &ImaProof {
        &self.proof
    }

    /// Returns how many entries the list has, proven or not.
    #[must_use]
    pub const fn total(&self) -> u32 {
        self.proof.total()
    }

    /// Returns how many entries are proven.
    #[must_use]
    pub const fn proven(&self) -> u32 {
        self.proof.proven()
    }

    /// Returns how many entries follow the last one that is proven. The list was read after
    /// the quote was made, or somebody added them: they are never judged.
    #[must_use]
    pub const fn tail_entries(&self) -> u32 {
        self.proof.tail_entries()
    }

    /// Returns how many of the proven entries are violations, of which only their number and
    /// place is known.
    #[must_use]
    pub const fn violations(&self) -> u32 {
        self.proof.violations()
    }

    /// Returns what the proof rests on in a bank, or `None` if the quote does not cover the
    /// list's PCRs in this bank.
    #[must_use]
    pub fn strength(&self, bank: TpmAlgId) -> Option<ImaStrength> {
        self.proof.strength(bank)
    }

    /// Returns the banks in which the quote covers the list's PCRs, and what the proof rests
    /// on in each.
    pub fn strengths(&self) -> impl Iterator<Item = (TpmAlgId, ImaStrength)> + use<> {
        self.proof.strengths()
    }

    /// Returns how the first entry compares with the quoted PCRs 0 to 9.
    #[must_use]
    pub const fn boot_aggregate(&self) -> BootAggregate {
        self.proof.boot_aggregate()
    }

    /// Returns the entries that are proven, in their order. That entries of different PCRs
    /// were measured in this order is not proven.
    pub fn entries(&self) -> impl Iterator<Item = ProvenImaEntry<'a>> + use<'a> {
        let Match { counts, pcrs, .. } = self.proof.found;
        let all = usize::try_from(counts.entries).unwrap_or(usize::MAX);
        let entries = self.list.entries().take(all);
        let mut aggregate = None;
        entries.filter_map(move |entry| {
            let bit = 1_u32.wrapping_shl(u32::from(entry.pcr()));
            let is_first = is_boot_aggregate(&entry, IMA_PCR);
            if is_first {
                aggregate = entry.digest().and_then(|digest| digest.kept());
            }
            let is_again = is_first || is_again(&entry, IMA_PCR, aggregate);
            (pcrs & bit != 0).then_some(ProvenImaEntry {
                entry,
                is_boot_aggregate: is_again,
            })
        })
    }
}

impl fmt::Debug for ProvenIma<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvenIma")
            .field("total", &self.total())
            .field("proven", &self.proven())
            .field("tail_entries", &self.tail_entries())
            .field("violations", &self.violations())
            .field("boot_aggregate", &self.boot_aggregate())
            .finish_non_exhaustive()
    }
}

/// An entry that the quote proves.
#[derive(Clone, Copy)]
pub struct ProvenImaEntry<'a> {
    entry: ImaEntry<'a>,
    is_boot_aggregate: bool,
}

impl<'a> ProvenImaEntry<'a> {
    /// Of a list that is read in pieces: it counts once the quote proves it.
    pub(super) const fn pending(entry: ImaEntry<'a>, is_boot_aggregate: bool) -> Self {
        Self {
            entry,
            is_boot_aggregate,
        }
    }

    /// Returns the number of the entry in its list, counted from 0.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.entry.number()
    }

    /// Returns the PCR that was extended.
    #[must_use]
    pub const fn pcr(&self) -> u8 {
        self.entry.pcr()
    }

    /// Returns whether the entry is a violation: a file was written while it was in use. That
    /// there was one is proven, and nothing of which file it was.
    #[must_use]
    pub fn is_violation(&self) -> bool {
        self.entry.is_violation()
    }

    /// Returns the digest of the file or buffer; `None` for a violation.
    #[must_use]
    pub fn digest(&self) -> Option<ImaDigest<'a>> {
        self.entry.digest().filter(|_| !self.is_violation())
    }

    /// Returns the name under which the kernel measured it, with `_` in the place of spaces;
    /// `None` for a violation.
    ///
    /// It is a label: whoever can make files or name spaces of their own can give a program
    /// any name.
    #[must_use]
    pub fn name(&self) -> Option<&'a [u8]> {
        (!self.is_violation()).then(|| self.entry.name())
    }

    /// Writes the signature of the file to the start of the buffer. `None` if there is none,
    /// it is longer, or the entry is a violation.
    #[must_use]
    pub fn signature<'b>(&self, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        if self.is_violation() {
            return None;
        }
        self.entry.signature(buffer)
    }

    /// Writes the buffer that was measured to the start of `buffer`. `None` if there is none,
    /// it is longer, or the entry is a violation.
    #[must_use]
    pub fn buffer<'b>(&self, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        if self.is_violation() {
            return None;
        }
        self.entry.buffer(buffer)
    }

    /// Returns whether it is the entry with which IMA started, which is about PCRs and not
    /// about a file, or the same once more after kexec.
    #[must_use]
    pub const fn is_boot_aggregate(&self) -> bool {
        self.is_boot_aggregate
    }

    /// Whether it is of the PCR that IMA extends unless its policy names another.
    pub(super) const fn is_of_ima_pcr(&self) -> bool {
        self.pcr() == IMA_PCR
    }

    /// Returns the entry as the list has it. Of a violation, nothing of it is proven.
    #[must_use]
    pub const fn claimed(&self) -> &ImaEntry<'a> {
        &self.entry
    }
}

impl fmt::Debug for ProvenImaEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entry.fmt(f)
    }
}

/// Finds the beginning of the list that the quote proves.
pub(in crate::log) fn replay<'l>(
    quote: &Verified<'_, Quote<'_>>,
    logs: &Logs<'l>,
    start: &Start,
    list: ImaList<'l>,
    explained: Explained<'_>,
) -> Result<ProvenIma<'l>, Error> {
    let mut lanes = Lanes::new(quote, *logs, *start)?;
    for entry in list.entries() {
        lanes.entry(&entry)?;
    }
    let (found, total) = lanes.finish()?;
    let first = list.entries().next();
    let first = first.filter(|entry| is_boot_aggregate(entry, IMA_PCR));
    // As of a list in pieces, of which no other digest is kept.
    let digest = first.and_then(|entry| entry.digest()?.kept());
    let aggregate = compare(quote, logs, start, explained, digest);
    let proof = ImaProof::new(found, total, aggregate);
    Ok(ProvenIma { list, proof })
}
