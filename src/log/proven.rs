//! [`ProvenEvent`]: an event of a PCR that a quote explains.

use core::fmt;

use super::{
    event::Event,
    event_type::EventType,
    rule::{Found, Proven, Rule, find},
};
use crate::{crypto::Hasher, types::TpmAlgId, verify::PcrSet};

/// An event of a PCR that the quote covers and the logs explain.
///
/// Its digests are proven, and its data where the digests cover them. Its type is not.
#[derive(Clone, Copy)]
pub struct ProvenEvent<'a> {
    event: Event<'a>,
    pcr: u8,
    explained: PcrSet,
    /// What its digests cover, if that was found before.
    found: Option<Found>,
}

impl<'a> ProvenEvent<'a> {
    pub(super) const fn new(event: Event<'a>, pcr: u8, explained: PcrSet) -> Self {
        Self {
            event,
            pcr,
            explained,
            found: None,
        }
    }

    /// The event, of which this was found before.
    pub(super) const fn with(self, found: Option<Found>) -> Self {
        Self { found, ..self }
    }

    /// Finds what its digests cover.
    pub(super) fn find(&self) -> Found {
        find(self.pcr, self.event.data(), &|hash| self.covers_what(hash))
    }

    /// Returns the number of the event in its log, counted from 0. That events of different
    /// PCRs happened in this order is not proven.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.event.number()
    }

    /// Returns the PCR that was extended.
    #[must_use]
    pub const fn pcr(&self) -> u8 {
        self.pcr
    }

    /// Returns the digest with which the PCR was extended in this bank, if the quote covers it.
    #[must_use]
    pub fn digest(&self, bank: TpmAlgId) -> Option<&'a [u8]> {
        let is_explained = self.explained.contains(bank, self.pcr);
        self.event.digest(bank).filter(|_| is_explained)
    }

    /// Returns the digests with which the PCR was extended, in the banks that the quote covers.
    pub fn digests(&self) -> impl Iterator<Item = (TpmAlgId, &'a [u8])> + use<'a> {
        let Self { pcr, explained, .. } = *self;
        let digests = self.event.digests().iter();
        digests.filter(move |(bank, _)| explained.contains(*bank, pcr))
    }

    /// Returns the data of the event, if they are what was hashed: in every bank that the quote
    /// covers. For many events something else was hashed, and their data are the log's word.
    #[must_use]
    pub fn data(&self) -> Option<&'a [u8]> {
        let proven = self.proven();
        proven.bytes().filter(|_| proven.rule() == Rule::Data)
    }

    /// Returns what the digests prove beside themselves, in every bank that the quote covers, and
    /// by which rule.
    #[must_use]
    pub fn proven(&self) -> Proven<'a> {
        let found = self.found.unwrap_or_else(|| self.find());
        found.proven(self.pcr, self.event.data())
    }

    /// Returns the type that the log gives to the event. Nothing proves it.
    #[must_use]
    pub const fn claimed_type(&self) -> EventType {
        self.event.event_type()
    }

    /// Returns the data that the log gives to the event. Nothing proves them, unless
    /// [`data`](Self::data) has them.
    #[must_use]
    pub const fn claimed_data(&self) -> &'a [u8] {
        self.event.data()
    }

    /// Whether the digests are those of what is added to the hash, in every bank.
    pub(super) fn covers_what(&self, add: &dyn Fn(&mut Hasher)) -> bool {
        let mut digests = self.digests().peekable();
        digests.peek().is_some()
            && digests.all(|(bank, digest)| {
                Hasher::new(bank).is_some_and(|mut hasher| {
                    add(&mut hasher);
                    hasher.finish().as_ref() == digest
                })
            })
    }
}

impl fmt::Debug for ProvenEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.event.fmt(f)
    }
}
