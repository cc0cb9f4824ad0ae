//! [`ImaStream`]: a list that comes in pieces, replayed and judged while it is read.

use core::fmt;

use super::{
    aggregate::{Explained, compare, is_again, is_boot_aggregate},
    judgement::ImaJudgement,
    lanes::{IMA_PCR, Lanes, Match},
    offender::ImaOffender,
    policy::ImaPolicy,
    proven::{ImaProof, ProvenImaEntry},
    state::ImaState,
};
use crate::{
    log::{
        ima::{ImaChunks, ImaDigest, ImaEntry},
        logs::Logs,
        start::Start,
    },
    verify::{
        Error, Excerpt, Quote, Verified,
        error::{ImaProblem, ImaUnsupported},
    },
};

/// An IMA list that comes in pieces, while it is replayed against a quote: see
/// [`replay_streamed`](Verified::replay_streamed).
pub struct ImaStream<'s> {
    chunks: ImaChunks<'s>,
    run: Run<'s>,
}

/// What is known of the list so far.
struct Run<'s> {
    lanes: Lanes<'s, 's>,
    /// The digest of the first entry, if it is about PCRs.
    aggregate: Option<ImaDigest<'static>>,
    judging: Option<Judging<'s>>,
    /// What the policy says of the longest beginning that the quote proves.
    proven: Option<Judged>,
}

/// Judges entries while they are read, before it is known whether the quote proves them.
struct Judging<'s> {
    policy: &'s ImaPolicy<'s>,
    judged: Judged,
}

#[derive(Clone, Copy)]
struct Judged {
    judgement: ImaJudgement<'static>,
    /// The required digests that were found in time, a bit each.
    found: u128,
}

/// What came of a whole list.
pub(in crate::log) struct Streamed {
    found: Match,
    total: u32,
    aggregate: Option<ImaDigest<'static>>,
    pub(in crate::log) judgement: Option<ImaJudgement<'static>>,
    pcrs: u32,
}

impl Streamed {
    pub(in crate::log) fn proof(
        &self,
        quote: &Verified<'_, Quote<'_>>,
        logs: &Logs<'_>,
        start: &Start,
        explained: Explained<'_>,
    ) -> ImaProof {
        let aggregate = compare(quote, logs, start, explained, self.aggregate);
        ImaProof::new(self.found, self.total, aggregate)
    }

    /// What a list that continues this one needs, if it was accepted.
    pub(in crate::log) fn state(
        &self,
        quote: &Verified<'_, Quote<'_>>,
        judged: Option<(&ImaPolicy<'_>, &ImaJudgement<'_>)>,
    ) -> Option<ImaState> {
        ImaState::of(quote, &self.found, self.aggregate, judged)
    }

    /// Whether an entry extends this PCR.
    pub(in crate::log) fn extends(&self, index: u8) -> bool {
        index < 24 && self.pcrs & 1_u32.wrapping_shl(u32::from(index)) != 0
    }
}

impl<'s> ImaStream<'s> {
    pub(in crate::log) fn new(
        quote: &'s Verified<'s, Quote<'s>>,
        logs: Logs<'s>,
        start: Start,
        policy: Option<&'s ImaPolicy<'s>>,
        state: Option<&ImaState>,
        buffer: &'s mut [u8],
    ) -> Result<Self, Error> {
        let accepted = match state {
            Some(state) => state.fits(quote, policy)?,
            None => None,
        };
        let judging = policy.map(|policy| Judging {
            policy,
            judged: match accepted {
                // All that is required was found.
                Some(accepted) => Judged {
                    judgement: ImaJudgement::resumed(policy, accepted),
                    found: u128::MAX,
                },
                None => Judged {
                    judgement: ImaJudgement::new(policy),
                    found: 0,
                },
            },
        });
        let is_too_many = policy.is_some_and(|policy| policy.required.len() > MAX_REQUIRED);
        if is_too_many {
            return Err(ImaProblem::Unsupported(ImaUnsupported::RequiredCount).into());
        }
        let lanes = match state {
            Some(state) => Lanes::resumed(quote, logs, start, &state.before)?,
            None => Lanes::new(quote, logs, start)?,
        };
        let judged = judging.as_ref().map(|judging| judging.judged);
        Ok(Self {
            chunks: ImaChunks::from_entry(buffer, state.map_or(0, ImaState::entries)),
            run: Run {
                proven: judged.filter(|_| lanes.has_match()),
                lanes,
                aggregate: state.and_then(|state| state.aggregate),
                judging,
            },
        })
    }

    /// Reads the next piece, of any size.
    ///
    /// # Errors
    /// The list is malformed, or an entry was changed; the buffer is too small for an entry.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        let Self { chunks, run } = self;
        chunks.push(piece, &mut |entry| run.entry(entry))
    }

    pub(in crate::log) fn finish(mut self) -> Result<Streamed, Error> {
        let Self { chunks, run } = &mut self;
        chunks.finish(&mut |entry| run.entry(entry))?;
        let (found, total) = run.lanes.finish()?;
        let policy = run.judging.as_ref().map(|judging| judging.policy);
        let judged = run.proven.zip(policy);
        Ok(Streamed {
            found,
            total,
            aggregate: run.aggregate,
            judgement: judged.map(|(judged, policy)| judged.finish(policy)),
            // Those of the entries before too.
            pcrs: chunks.pcrs() | found.seen,
        })
    }
}

/// Digests that can be required of a list in pieces.
const MAX_REQUIRED: usize = 128;

impl Run<'_> {
    fn entry(&mut self, entry: &ImaEntry<'_>) -> Result<(), Error> {
        let is_first = is_boot_aggregate(entry, IMA_PCR);
        if is_first {
            self.aggregate = entry.digest().and_then(|digest| digest.kept());
        }
        let is_proven = self.lanes.entry(entry)?;
        let Some(judging) = &mut self.judging else {
            return Ok(());
        };
        if self.lanes.is_over() || !self.lanes.has(entry.pcr()) {
            return Ok(());
        }
        let is_aggregate = is_first || is_again(entry, IMA_PCR, self.aggregate);
        judging.entry(&ProvenImaEntry::pending(*entry, is_aggregate));
        if is_proven {
            self.proven = Some(judging.judged);
        }
        Ok(())
    }
}

impl Judging<'_> {
    fn entry(&mut self, entry: &ProvenImaEntry<'_>) {
        let Judged { judgement, found } = &mut self.judged;
        judgement.judge(self.policy, entry, |state| ImaOffender::kept(entry, state));
        // The order of entries of different PCRs is not proven.
        let counts = entry.is_of_ima_pcr() && !entry.is_boot_aggregate();
        if !counts {
            return;
        }
        let digest = entry.digest();
        for (place, required) in (0..).zip(self.policy.required) {
            if digest == Some(*required) {
                *found |= 1_u128.wrapping_shl(place);
            }
        }
    }
}

impl Judged {
    fn finish(self, policy: &ImaPolicy<'_>) -> ImaJudgement<'static> {
        let has = |place: u32| self.found & 1_u128.wrapping_shl(place) != 0;
        let mut required = (0..).zip(policy.required);
        let missing = required.find(|(place, _)| !has(*place));
        let missing = missing.map(|(_, required)| Excerpt::new(required.bytes()));
        self.judgement.with_missing(missing)
    }
}

impl fmt::Debug for ImaStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ImaStream").field(&self.chunks).finish()
    }
}
