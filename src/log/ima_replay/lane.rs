//! [`Lane`]: a PCR of one bank during the replay, by each rule that kernels have for it.

use core::fmt;

use crate::{
    crypto::{Digest, Hasher},
    types::TpmAlgId,
    verify::Pcr,
};

/// How a kernel extends the PCRs of a bank, and what the proof of its entries rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImaStrength {
    /// `own`: with the template digest by the bank's own hash.
    Own,
    /// `padded-sha1`: with the SHA-1 template digest and zeros behind it, so that the bank
    /// proves no more than SHA-1 does. Kernels before 5.8 do so, and later ones in banks
    /// whose hash they do not have.
    PaddedSha1,
}

impl ImaStrength {
    /// Returns the stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::PaddedSha1 => "padded-sha1",
        }
    }
}

impl fmt::Display for ImaStrength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What is extended for an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The template digest by the bank's hash; ones for a violation.
    Own,
    /// The SHA-1 template digest and zeros; ones for a violation.
    Padded,
    /// The same, but 20 bytes of ones and zeros for a violation, as before 5.8.
    PaddedOnes,
}

impl Rule {
    pub(super) const ALL: [Self; 3] = [Self::Own, Self::Padded, Self::PaddedOnes];

    const fn number(self) -> u8 {
        match self {
            Self::Own => 0,
            Self::Padded => 1,
            Self::PaddedOnes => 2,
        }
    }

    pub(super) const fn strength(self) -> ImaStrength {
        match self {
            Self::Own => ImaStrength::Own,
            Self::Padded | Self::PaddedOnes => ImaStrength::PaddedSha1,
        }
    }
}

/// The rule of a bank, as far as its entries decide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    One(Rule),
    /// There was no violation, in which the two padded rules differ.
    EitherPadded,
    /// All entries so far were violations, for which these two rules extend the same.
    OwnOrPadded,
}

impl Known {
    /// What is kept of it.
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::One(rule) => rule.number(),
            Self::EitherPadded => 3,
            Self::OwnOrPadded => 4,
        }
    }

    pub(super) fn of_number(number: u8) -> Option<Self> {
        let either = [Self::EitherPadded, Self::OwnOrPadded];
        let mut all = Rule::ALL.into_iter().map(Self::One).chain(either);
        all.find(|known| known.number() == number)
    }

    fn allows(self, rule: Rule) -> bool {
        match self {
            Self::One(only) => rule == only,
            Self::EitherPadded => rule != Rule::Own,
            Self::OwnOrPadded => rule != Rule::PaddedOnes,
        }
    }
}

/// Bytes of the longest digest, and of one of SHA-1.
const MAX_SIZE: usize = 64;
const SHA1_SIZE: usize = 20;

/// What an entry extends.
#[derive(Clone, Copy)]
pub(super) enum Extended<'d> {
    Violation,
    /// The template digests by the bank's hash and by SHA-1.
    Digests {
        own: &'d Digest,
        short: &'d Digest,
    },
}

/// A PCR of one bank that the quote covers.
#[derive(Clone, Copy)]
pub(super) struct Lane<'q> {
    pub(super) pcr: Pcr,
    pub(super) quoted: &'q [u8],
    /// How many entries extended it.
    pub(super) entries: u32,
    /// Whether it had the quoted value after one of them.
    pub(super) is_hit: bool,
    /// Whether it has it now, by any rule.
    has_quoted: bool,
    values: [[u8; MAX_SIZE]; 3],
    size: u8,
    had_violation: bool,
    /// The rule, where entries before these decided it.
    known: Option<Known>,
}

impl<'q> Lane<'q> {
    /// A PCR with the value that the events of other logs come to.
    pub(super) fn new(pcr: Pcr, value: &[u8], quoted: &'q [u8]) -> Self {
        let mut start = [0; MAX_SIZE];
        for (to, from) in start.iter_mut().zip(value) {
            *to = *from;
        }
        let mut lane = Self {
            pcr,
            quoted,
            entries: 0,
            is_hit: false,
            has_quoted: false,
            values: [start; 3],
            size: u8::try_from(value.len()).unwrap_or(0),
            had_violation: false,
            known: None,
        };
        lane.compare();
        lane
    }

    /// A PCR with the value that it had after earlier entries, by a rule that is known.
    pub(super) fn resumed(pcr: Pcr, value: &[u8], quoted: &'q [u8], known: Known) -> Self {
        let mut lane = Self {
            known: Some(known),
            had_violation: known != Known::EitherPadded,
            ..Self::new(pcr, value, quoted)
        };
        lane.compare();
        lane.is_hit = lane.has_quoted;
        lane
    }

    /// What is known of the rule once the PCR has its quoted value by this one: others may come
    /// to the same.
    pub(super) fn known_by(&self, rule: Rule) -> Known {
        let fits = |rule| self.fits(rule);
        match rule {
            Rule::Own if fits(Rule::Padded) => Known::OwnOrPadded,
            Rule::Padded if fits(Rule::PaddedOnes) => Known::EitherPadded,
            rule => Known::One(rule),
        }
    }

    /// Whether the kernel may extend the PCR by this rule.
    fn follows(&self, rule: Rule) -> bool {
        match self.known {
            Some(known) => known.allows(rule),
            None => rule == Rule::Own || !self.has_one_rule(),
        }
    }

    /// In the bank of SHA-1 all rules are one.
    fn has_one_rule(&self) -> bool {
        self.pcr.bank() == TpmAlgId::SHA1
    }

    fn value(&self, rule: Rule) -> &[u8] {
        let [own, padded, padded_ones] = &self.values;
        let value = match rule {
            Rule::Own => own,
            // Until there is a violation, the two are one.
            Rule::PaddedOnes if self.had_violation => padded_ones,
            Rule::Padded | Rule::PaddedOnes => padded,
        };
        value.get(..usize::from(self.size)).unwrap_or_default()
    }

    /// Whether the PCR has the quoted value by this rule.
    pub(super) fn fits(&self, rule: Rule) -> bool {
        self.follows(rule) && self.value(rule) == self.quoted
    }

    pub(super) const fn fits_any(&self) -> bool {
        self.has_quoted
    }

    fn compare(&mut self) {
        self.has_quoted = Rule::ALL.into_iter().any(|rule| self.fits(rule));
    }

    /// Extends the PCR, by each rule.
    pub(super) fn extend(&mut self, extended: Extended<'_>) {
        const ONES: [u8; MAX_SIZE] = [0xff; MAX_SIZE];
        match extended {
            Extended::Violation => {
                let ones = |size| Digest::new(ONES.get(..size).unwrap_or_default());
                let all = ones(usize::from(self.size));
                let [_, padded, padded_ones] = &mut self.values;
                if !self.had_violation {
                    *padded_ones = *padded;
                }
                self.had_violation = true;
                self.step(Rule::Own, &all);
                if !self.has_one_rule() {
                    self.step(Rule::Padded, &all);
                    self.step(Rule::PaddedOnes, &ones(SHA1_SIZE));
                }
            }
            Extended::Digests { own, short } => {
                self.step(Rule::Own, own);
                if !self.has_one_rule() {
                    self.step(Rule::Padded, short);
                    if self.had_violation {
                        self.step(Rule::PaddedOnes, short);
                    }
                }
            }
        }
        self.entries = self.entries.saturating_add(1);
        self.compare();
        self.is_hit |= self.has_quoted;
    }

    /// Extends the PCR by one rule, with the digest and zeros behind it.
    fn step(&mut self, rule: Rule, digest: &Digest) {
        if !self.follows(rule) {
            return;
        }
        let (padded, _) = digest.padded();
        let digest = padded.get(..usize::from(self.size)).unwrap_or_default();
        let parts = [self.value(rule), digest];
        let Some(value) = Hasher::digest_of_parts(self.pcr.bank(), &parts) else {
            return;
        };
        let [own, padded, padded_ones] = &mut self.values;
        let to = match rule {
            Rule::Own => own,
            Rule::Padded => padded,
            Rule::PaddedOnes => padded_ones,
        };
        let (padded, _) = value.padded();
        *to = *padded;
    }
}
