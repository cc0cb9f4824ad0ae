//! [`ProvenEvent`]: an event of a PCR that a quote explains.

use core::fmt;

use super::{
    event::Event,
    event_type::EventType,
    rule::{Add, Found, Proven, Rule, find},
};
use crate::{
    crypto::{Digest, Hasher},
    types::TpmAlgId,
    verify::PcrSet,
};

/// An event of a PCR that the quote covers and the logs explain.
///
/// Its digests are proven, and its data where the digests cover them. Its type is not.
#[derive(Clone, Copy)]
pub struct ProvenEvent<'a> {
    event: Event<'a>,
    pcr: u8,
    /// A bit for each bank of the log, by its place: whether the PCR is explained in it.
    banks: u8,
    /// What its digests cover, if that was found before.
    found: Option<Found>,
}

impl<'a> ProvenEvent<'a> {
    pub(super) fn new(event: Event<'a>, pcr: u8, explained: &PcrSet) -> Self {
        let banks = (0..).zip(event.digests().banks.iter());
        let banks = banks.filter(|(_, (bank, _))| explained.contains(*bank, pcr));
        Self {
            event,
            pcr,
            banks: banks.fold(0, |banks, (place, _)| banks | bit(place)),
            found: None,
        }
    }

    /// The event of which this was found before.
    pub(super) const fn known(event: Event<'a>, pcr: u8, banks: u8, found: Found) -> Self {
        Self {
            event,
            pcr,
            banks,
            found: Some(found),
        }
    }

    pub(super) const fn banks(&self) -> u8 {
        self.banks
    }

    /// Finds what its digests cover.
    pub(super) fn find(&self) -> Found {
        let covers = |bytes: &[u8]| self.covers(bytes);
        find(self.pcr, self.event.data(), &covers, &|add| {
            self.covers_what(add)
        })
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
        self.digests()
            .find_map(|(known, digest)| (known == bank).then_some(digest))
    }

    /// Returns the digests with which the PCR was extended, in the banks that the quote covers.
    pub fn digests(&self) -> impl Iterator<Item = (TpmAlgId, &'a [u8])> + use<'a> {
        let banks = self.banks;
        let digests = self.event.digests().places();
        let explained = digests.filter(move |(place, ..)| banks & bit(*place) != 0);
        explained.map(|(_, bank, digest)| (bank, digest))
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

    /// Whether the event's digest in every explained bank is the digest of `bytes`.
    pub(super) fn covers(&self, bytes: &[u8]) -> bool {
        self.are_digests(|bank| Hasher::digest_of_parts(bank, &[bytes]))
    }

    /// Whether the digests are those of what is added to the hash, in every bank.
    pub(super) fn covers_what(&self, add: Add<'_>) -> bool {
        self.are_digests(|bank| {
            let mut hasher = Hasher::new(bank)?;
            add(&mut hasher);
            Some(hasher.finish())
        })
    }

    fn are_digests(&self, of: impl Fn(TpmAlgId) -> Option<Digest>) -> bool {
        let mut digests = self.digests().peekable();
        digests.peek().is_some()
            && digests.all(|(bank, digest)| of(bank).is_some_and(|of| of.as_ref() == digest))
    }
}

/// A mask with the bit of one bank: its position in the log's header, which lists at most 8.
fn bit(place: u32) -> u8 {
    1_u8.wrapping_shl(place)
}

impl fmt::Debug for ProvenEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.event.fmt(f)
    }
}
