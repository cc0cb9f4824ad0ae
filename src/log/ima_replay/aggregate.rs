//! [`BootAggregate`]: what IMA saw of the boot when it started.

use core::fmt;

use crate::{
    crypto::Hasher,
    log::{
        bank::Bank,
        ima::{ImaDigest, ImaEntry},
        logs::Logs,
        start::Start,
    },
    types::TpmAlgId,
    verify::{PcrSet, Quote, Verified},
};

/// How the first entry of a list, `boot_aggregate`, compares with the quoted PCRs.
///
/// The entry has the digest of PCRs 0 to 7, or 0 to 9, as they were when IMA started. The quote
/// proves the PCRs itself: what the entry says never makes more of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BootAggregate {
    /// `ok`: it is the digest of the quoted PCRs, or of what the firmware's log leaves in them.
    Same,
    /// `differs`: it is not, or the list has no such entry at its start. PCRs may have been
    /// extended later, as systemd does from version 261 on.
    Differs,
    /// `not-quoted`: the quote does not cover these PCRs in the bank of the entry.
    NotQuoted,
}

impl BootAggregate {
    /// Returns the stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "ok",
            Self::Differs => "differs",
            Self::NotQuoted => "not-quoted",
        }
    }
}

impl fmt::Display for BootAggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The name of the entry.
const NAME: &[u8] = b"boot_aggregate";
/// The PCRs that it covers, at least and at most: their number, counted from PCR 0.
const COUNTS: [u8; 2] = [8, 10];

/// Whether this is the entry with which the kernel begins a list.
pub(super) fn is_boot_aggregate(entry: &ImaEntry<'_>, ima_pcr: u8) -> bool {
    entry.number() == 0 && has_its_name(entry, ima_pcr)
}

/// Whether it is the same entry once more: a kernel that kexec started begins anew. Only a digest
/// of a hash that is known is kept to compare it with.
pub(super) fn is_again(entry: &ImaEntry<'_>, ima_pcr: u8, first: Option<ImaDigest<'_>>) -> bool {
    has_its_name(entry, ima_pcr) && first.is_some_and(|first| entry.digest() == Some(first))
}

fn has_its_name(entry: &ImaEntry<'_>, ima_pcr: u8) -> bool {
    entry.pcr() == ima_pcr && entry.name() == NAME && !entry.is_violation()
}

/// Which of the quoted PCRs other logs explain, and which of them only with the events of
/// `ExitBootServices`.
#[derive(Clone, Copy)]
pub(in crate::log) struct Explained<'r> {
    pub(in crate::log) explained: &'r PcrSet,
    pub(in crate::log) never_extended: &'r PcrSet,
    pub(in crate::log) exited: &'r PcrSet,
}

/// Compares the digest of the entry.
pub(super) fn compare(
    quote: &Verified<'_, Quote<'_>>,
    logs: &Logs<'_>,
    start: &Start,
    explained: Explained<'_>,
    digest: Option<ImaDigest<'_>>,
) -> BootAggregate {
    let Some(digest) = digest else {
        return BootAggregate::Differs;
    };
    let Some(bank) = digest.hash() else {
        return BootAggregate::NotQuoted;
    };
    let [few, many] = COUNTS;
    let is_quoted = |count: u8| (0..count).all(|index| quote.selection().contains(bank, index));
    if !is_quoted(few) {
        return BootAggregate::NotQuoted;
    }
    let quoted = |index| quote.pcr(bank, index);
    if is_of(bank, &digest, quoted) {
        return BootAggregate::Same;
    }
    // What was extended after IMA started is not in it: the firmware's events alone.
    if logs.firmware.is_some()
        && let Ok(states) = Bank::run(bank, &logs.without_userspace(), start)
    {
        let value = |index: u8| {
            let is_known = explained.explained.contains(bank, index)
                || explained.never_extended.contains(bank, index);
            let state = if explained.exited.contains(bank, index) {
                Some(&states.exited)
            } else {
                states.pcr(index)
            };
            state.filter(|_| is_known).map(|state| state.value())
        };
        if is_of(bank, &digest, value) {
            return BootAggregate::Same;
        }
    }
    if is_quoted(many) {
        BootAggregate::Differs
    } else {
        BootAggregate::NotQuoted
    }
}

/// Whether it is the digest of these PCRs, 0 to 7 or 0 to 9.
fn is_of<'v>(
    bank: TpmAlgId,
    digest: &ImaDigest<'_>,
    value: impl Fn(u8) -> Option<&'v [u8]>,
) -> bool {
    COUNTS.into_iter().any(|count| {
        let Some(mut hasher) = Hasher::new(bank) else {
            return false;
        };
        for index in 0..count {
            let Some(value) = value(index) else {
                return false;
            };
            hasher.update(value);
        }
        hasher.finish().as_ref() == digest.bytes()
    })
}
