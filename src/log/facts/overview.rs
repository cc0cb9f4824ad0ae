//! All facts together: which are not known, and which events are not.

use super::{
    fact::Fact,
    walk::{Automaton, Is},
};
use crate::{
    log::{proven::ProvenEvent, replay::Replay},
    verify::error::Unknown,
};

impl<'a> Replay<'a> {
    /// Returns the facts of a report that are not known, by their names in it, and why:
    /// `secure_boot`, `mok_validation`, `images`, `command_lines` and `authorities`.
    pub fn unknown_facts(&self) -> impl Iterator<Item = (&'static str, Unknown)> + use<> {
        let facts = [
            ("secure_boot", self.secure_boot().unknown()),
            ("mok_validation", self.mok_validation().unknown()),
            ("images", self.images().unknown()),
            ("command_lines", self.command_lines().unknown()),
            ("authorities", self.authorities().unknown()),
        ];
        let known = |(name, reason): (_, Option<Unknown>)| Some((name, reason?));
        facts.into_iter().filter_map(known)
    }

    /// Returns the events of PCRs that the quote proves, of which nothing is known but what they
    /// were extended with: they are of a kind that is not measured into their PCR, or their data
    /// are not what was hashed.
    pub fn unexplained_events(&self) -> impl Iterator<Item = ProvenEvent<'a>> {
        let mut automaton = Automaton::default();
        self.events().filter(move |event| {
            let step = automaton.step(*event);
            matches!(step.is, Is::Data | Is::Unexplained)
        })
    }

    /// Returns whether a PCR has all of its facts: it is quoted and explained in every bank.
    #[must_use]
    pub fn pcr_is_known(&self, pcr: u8) -> Fact<()> {
        self.walk(pcr).map(|_| ()).into()
    }
}
