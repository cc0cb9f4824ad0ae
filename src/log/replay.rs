//! [`Replay`]: logs that explain the PCRs of a quote.

use core::fmt;

use super::{
    bank::{Bank, State},
    event_log::EventLog,
    findings::{Findings, ProvenEvents, bit},
    logs::{Logs, Suffix},
    proven::ProvenEvent,
    start::{Start, StartupLocality},
};
#[cfg(feature = "ima")]
use super::{
    ima::ImaList,
    ima_replay::{
        self, Explained, ImaJudgement, ImaPolicy, ImaProof, ImaState, ImaStream, ProvenIma,
    },
};
use crate::{
    types::TpmAlgId,
    verify::{Error, Excerpt, Pcr, PcrSet, Problem, Quote, Verified, error::LogProblem},
};

/// The last PCR of those that firmware measures into.
const LAST_OF_FIRMWARE: u8 = 7;

/// What the logs say of a PCR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PcrState {
    /// The events of the logs come to the quoted value.
    Explained,
    /// The quoted value is the one with which the PCR begins, and the logs have no events.
    NeverExtended,
    /// The logs have no events, and the quoted value is another one than the first.
    Unexplained,
    /// The quote does not cover the PCR: the logs may say anything.
    NotQuoted,
}

/// Logs whose events come to the PCRs of a verified quote. It can only be made by
/// [`replay`](Verified::replay).
///
/// For each PCR that is [`Explained`](PcrState::Explained), the quote proves the list of
/// digests, their order, and that none is missing. It does not prove types of events, data that
/// no digest covers, or the order of events in different PCRs.
///
/// ```compile_fail,E0451
/// # use tpm_quote::{PcrSet, log::{Logs, Replay}};
/// fn made<'a>(replay: Replay<'a>, explained: PcrSet) -> Replay<'a> {
///     Replay { explained, ..replay }
/// }
/// ```
#[derive(Clone, Copy)]
pub struct Replay<'a> {
    pub(super) logs: Logs<'a>,
    pub(super) selection: PcrSet,
    pub(super) explained: PcrSet,
    never_extended: PcrSet,
    unexplained: PcrSet,
    exited: PcrSet,
    separated: PcrSet,
    locality: Option<StartupLocality>,
    findings: Findings,
    #[cfg(feature = "ima")]
    ima: Option<ProvenIma<'a>>,
    #[cfg(feature = "ima")]
    ima_proof: Option<ImaProof>,
}

impl<'a> Verified<'a, Quote<'a>> {
    /// Compares logs with the PCRs that the quote covers, bank by bank.
    ///
    /// Every quoted PCR of 0 to 7 must be explained: the log has events for it, and they come
    /// to its value. A quoted PCR of 8 to 23 for which the log has events must match as well;
    /// one without events is listed, see [`Replay::unexplained_pcrs`]. What the quote does not
    /// cover is not looked at. In each PCR, the firmware's events come first, then those of the
    /// userspace log or of IMA's list, of which the quote may prove only a beginning.
    ///
    /// A log of another boot, or with one event more, less or changed, is refused. So are logs
    /// of a machine that extended PCRs without a log of it, unless
    /// [`Logs::allow_suffix`] names what it was.
    ///
    /// # Errors
    /// The check `boot-log` fails for a PCR, or a bank that the quote covers is not in the log
    /// or not supported.
    pub fn replay<'l>(&self, logs: &Logs<'l>) -> Result<Replay<'l>, Error> {
        let (mut replay, start) = Replay::new(self, logs)?;
        replay.judge_pcrs(self, &start, |index| !logs.is_of_ima(index))?;
        #[cfg(feature = "ima")]
        if let Some(list) = logs.ima {
            let ima = replay.of_ima(self, &start, list)?;
            replay.ima_proof = Some(*ima.proof());
            replay.ima = Some(ima);
        }
        replay.find();
        Ok(replay)
    }

    /// As [`replay`](Self::replay), with an IMA list that comes in pieces, so that it may be
    /// longer than the memory: `feed` gives it piece by piece. The list is read once, and what
    /// the policy says is only of the beginning that the quote proves.
    ///
    /// The buffer holds an entry: see [`ImaChunks`](super::ImaChunks). Of the logs, a list is
    /// not looked at. The entries are not there afterwards: [`Replay::ima`] is `None`, and
    /// [`Replay::ima_proof`] has the counts.
    ///
    /// ```
    /// use tpm_quote::{
    ///     Error, VerifiedQuote,
    ///     log::{ImaChunks, ImaPolicy, Logs},
    /// };
    ///
    /// fn all_allowed<'p>(
    ///     quote: &VerifiedQuote<'_>,
    ///     pieces: impl Iterator<Item = &'p [u8]>,
    ///     policy: &ImaPolicy<'_>,
    /// ) -> Result<u32, Error> {
    ///     let mut buffer = vec![0; ImaChunks::MAX_ENTRY];
    ///     let (replay, judgement) =
    ///         quote.replay_streamed(&Logs::new(), Some(policy), &mut buffer, |stream| {
    ///             pieces.into_iter().try_for_each(|piece| stream.push(piece))
    ///         })?;
    ///     judgement.expect("there is a policy").check()?;
    ///     Ok(replay.ima_proof().expect("there is a list").proven())
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`replay`](Self::replay), those of `feed`, and if the policy requires more than 128
    /// digests.
    #[cfg(feature = "ima")]
    pub fn replay_streamed<'l>(
        &self,
        logs: &Logs<'l>,
        policy: Option<&ImaPolicy<'_>>,
        buffer: &mut [u8],
        feed: impl FnOnce(&mut ImaStream<'_>) -> Result<(), Error>,
    ) -> Result<(Replay<'l>, Option<ImaJudgement<'static>>), Error> {
        let (replay, judgement, _) = self.replay_resumed(logs, policy, None, buffer, feed)?;
        Ok((replay, judgement))
    }

    /// As [`replay_streamed`](Self::replay_streamed), with a list that continues one that an
    /// earlier quote of this key proved: see [`ImaState`]. `feed` gives what follows the entries
    /// of the state. Without a state, it gives the list from its start.
    ///
    /// What was said of the entries before counts. The state that is returned stands for these
    /// and for the new ones that are proven; there is none if the policy does not accept all of
    /// them, or the key has no Name.
    ///
    /// # Errors
    /// As [`replay_streamed`](Self::replay_streamed), and if the state is of another key, of
    /// another start of the TPM, of other PCRs or of another policy: only the digests that a
    /// policy allows may change.
    #[cfg(feature = "ima")]
    pub fn replay_resumed<'l>(
        &self,
        logs: &Logs<'l>,
        policy: Option<&ImaPolicy<'_>>,
        state: Option<&ImaState>,
        buffer: &mut [u8],
        feed: impl FnOnce(&mut ImaStream<'_>) -> Result<(), Error>,
    ) -> Result<Resumed<'l>, Error> {
        let logs = &logs.with_streamed_ima();
        let (mut replay, start) = Replay::new(self, logs)?;
        replay.judge_pcrs(self, &start, |index| index <= LAST_OF_FIRMWARE)?;
        let mut stream = ImaStream::new(self, *logs, start, policy, state, buffer)?;
        feed(&mut stream)?;
        let streamed = stream.finish()?;
        replay.judge_pcrs(self, &start, |index| {
            index > LAST_OF_FIRMWARE && !streamed.extends(index)
        })?;
        let proof = streamed.proof(self, logs, &start, replay.known_to_ima());
        replay.explained_by_ima(self, &start, &proof, |index| streamed.extends(index))?;
        replay.ima_proof = Some(proof);
        replay.find();
        let judgement = streamed.judgement.map(|judgement| match policy {
            Some(policy) => replay.in_judgement(judgement, policy),
            None => judgement,
        });
        let state = streamed.state(self, policy.zip(judgement.as_ref()));
        Ok((replay, judgement, state))
    }
}

/// What came of a list that continues another, and the state after it.
#[cfg(feature = "ima")]
pub(super) type Resumed<'l> = (Replay<'l>, Option<ImaJudgement<'static>>, Option<ImaState>);

impl<'a> Replay<'a> {
    /// Nothing is explained yet.
    fn new(quote: &Verified<'_, Quote<'_>>, logs: &Logs<'a>) -> Result<(Self, Start), Error> {
        let start = match &logs.firmware {
            Some(log) => Start::of(log)?,
            None => Start::NONE,
        };
        let replay = Self {
            logs: *logs,
            selection: *quote.selection(),
            explained: PcrSet::NONE,
            never_extended: PcrSet::NONE,
            unexplained: PcrSet::NONE,
            exited: PcrSet::NONE,
            separated: PcrSet::NONE,
            locality: start.locality,
            findings: Findings::NONE,
            #[cfg(feature = "ima")]
            ima: None,
            #[cfg(feature = "ima")]
            ima_proof: None,
        };
        Ok((replay, start))
    }

    /// Judges these PCRs by the logs, without IMA's list.
    fn judge_pcrs(
        &mut self,
        quote: &Verified<'_, Quote<'_>>,
        start: &Start,
        which: impl Fn(u8) -> bool,
    ) -> Result<(), Error> {
        let mut bank: Option<Bank> = None;
        let selection = self.selection;
        for pcr in selection.iter() {
            // The PCRs of a bank follow each other.
            let bank = match &mut bank {
                Some(bank) if bank.hash == pcr.bank() => bank,
                other => other.insert(Bank::run(pcr.bank(), &self.logs, start)?),
            };
            let quoted = quote.pcr(pcr.bank(), pcr.index()).unwrap_or_default();
            if let Some(state) = bank.pcr(pcr.index())
                && which(pcr.index())
            {
                self.judge(pcr, bank, state, quoted)?;
            }
        }
        Ok(())
    }

    /// Finds what the digests of the firmware's events cover, once it is known which PCRs are
    /// explained.
    fn find(&mut self) {
        if let Some(log) = &self.logs.firmware {
            self.findings = Findings::of(log, &self.explained);
        }
    }

    /// What this PCR is, or the error if it has to be explained and is not.
    fn judge(&mut self, pcr: Pcr, bank: &Bank, state: &State, quoted: &[u8]) -> Result<(), Error> {
        let explained = suffixes(&self.logs, pcr, bank, state, quoted);
        if state.events == 0 && pcr.index() > LAST_OF_FIRMWARE {
            let set = match explained {
                Some(Used::NONE) => &mut self.never_extended,
                Some(used) => {
                    self.explain(pcr, used);
                    return Ok(());
                }
                None => &mut self.unexplained,
            };
            set.insert(pcr.bank(), pcr.index());
            return Ok(());
        }
        if let Some(missing) = state.missing {
            let event = missing.event;
            let problem = Problem::Log(LogProblem::DigestMissing { event, pcr });
            return Err(Error::new(missing.part, problem).at(missing.offset));
        }
        let quoted = Excerpt::new(quoted);
        let is_of_firmware = pcr.index() <= LAST_OF_FIRMWARE;
        if is_of_firmware && bank.of_firmware(pcr.index()) == 0 {
            if self.logs.is_ima_alone() {
                self.unexplained.insert(pcr.bank(), pcr.index());
                return Ok(());
            }
            return Err(LogProblem::Unexplained { pcr, quoted }.into());
        }
        let Some(used) = explained else {
            return Err(LogProblem::Mismatch {
                pcr,
                events: state.events,
                computed: Excerpt::new(state.value()),
                quoted,
            }
            .into());
        };
        self.explain(pcr, used);
        Ok(())
    }

    /// The IMA list: it explains the PCRs that its proven entries extend.
    #[cfg(feature = "ima")]
    fn of_ima(
        &mut self,
        quote: &Verified<'_, Quote<'_>>,
        start: &Start,
        list: ImaList<'a>,
    ) -> Result<ProvenIma<'a>, Error> {
        let known = self.known_to_ima();
        let ima = ima_replay::replay(quote, &self.logs, start, list, known)?;
        self.explained_by_ima(quote, start, ima.proof(), |index| list.extends(index))?;
        Ok(ima)
    }

    #[cfg(feature = "ima")]
    const fn known_to_ima(&self) -> Explained<'_> {
        Explained {
            explained: &self.explained,
            never_extended: &self.never_extended,
            exited: &self.exited,
        }
    }

    /// Judges the PCRs that the list extends.
    #[cfg(feature = "ima")]
    fn explained_by_ima(
        &mut self,
        quote: &Verified<'_, Quote<'_>>,
        start: &Start,
        proof: &ImaProof,
        extends: impl Fn(u8) -> bool,
    ) -> Result<(), Error> {
        let selection = self.selection;
        for pcr in selection.iter() {
            if proof.covers(pcr.index()) {
                self.explained.insert(pcr.bank(), pcr.index());
            } else if extends(pcr.index()) && pcr.index() > LAST_OF_FIRMWARE {
                // Its entries are in the tail alone.
                let bank = Bank::run(pcr.bank(), &self.logs, start)?;
                let quoted = quote.pcr(pcr.bank(), pcr.index()).unwrap_or_default();
                if let Some(state) = bank.pcr(pcr.index()) {
                    self.judge(pcr, &bank, state, quoted)?;
                }
            }
        }
        Ok(())
    }

    /// Returns how much of the IMA list is proven, or `None` if there is no list.
    #[cfg(feature = "ima")]
    #[must_use]
    pub const fn ima_proof(&self) -> Option<&ImaProof> {
        self.ima_proof.as_ref()
    }

    /// Returns the proven part of the IMA list, or `None` if the logs have no list, or it came in
    /// pieces.
    #[cfg(feature = "ima")]
    #[must_use]
    pub const fn ima(&self) -> Option<&ProvenIma<'a>> {
        self.ima.as_ref()
    }

    fn explain(&mut self, pcr: Pcr, used: Used) {
        self.explained.insert(pcr.bank(), pcr.index());
        if used.exit {
            self.exited.insert(pcr.bank(), pcr.index());
        }
        if used.separator {
            self.separated.insert(pcr.bank(), pcr.index());
        }
    }

    /// Returns whether there are boot logs, and not only a list of IMA.
    #[must_use]
    pub const fn has_boot_logs(&self) -> bool {
        !self.logs.is_ima_alone()
    }

    /// Returns what the logs say of a PCR.
    #[must_use]
    pub fn pcr_state(&self, bank: TpmAlgId, index: u8) -> PcrState {
        if self.explained.contains(bank, index) {
            PcrState::Explained
        } else if self.never_extended.contains(bank, index) {
            PcrState::NeverExtended
        } else if self.unexplained.contains(bank, index) {
            PcrState::Unexplained
        } else {
            PcrState::NotQuoted
        }
    }

    /// Returns the quoted PCRs to which the events of the logs come.
    #[must_use]
    pub const fn explained_pcrs(&self) -> &PcrSet {
        &self.explained
    }

    /// Returns the quoted PCRs that the logs do not explain: they have no events, and the PCR has
    /// another value than it begins with. Nothing is known of what was extended. They are of 8
    /// to 23, unless an IMA list is the only log.
    #[must_use]
    pub const fn unexplained_pcrs(&self) -> &PcrSet {
        &self.unexplained
    }

    /// Returns the quoted PCRs, of 8 to 23, that were never extended.
    #[must_use]
    pub const fn never_extended_pcrs(&self) -> &PcrSet {
        &self.never_extended
    }

    /// Returns the PCRs that are explained only with this suffix, which the caller allowed.
    #[must_use]
    pub const fn suffixed_pcrs(&self, suffix: Suffix) -> &PcrSet {
        match suffix {
            Suffix::ExitBootServices => &self.exited,
            Suffix::OsSeparator => &self.separated,
        }
    }

    /// Returns the locality at which the TPM was started, if the log has it and the quote
    /// covers PCR 0.
    #[must_use]
    pub fn startup_locality(&self) -> Option<StartupLocality> {
        self.locality.filter(|_| self.is_proven(0))
    }

    /// Returns how many bytes of padding follow the firmware's log.
    #[must_use]
    pub fn tail_bytes(&self) -> usize {
        self.logs.firmware.map_or(0, |log| log.tail_bytes())
    }

    /// Returns the firmware's events that the quote proves, in the order of the log: of PCRs that
    /// are explained in every bank in which the quote covers them.
    pub fn events(&self) -> impl Iterator<Item = ProvenEvent<'a>> {
        let proven = (0..24).filter(|index| self.is_proven(*index));
        let proven = proven.fold(0, |mask, index| mask | bit(index));
        let log = self.logs.firmware.into_iter();
        log.flat_map(move |log| self.events_of(log, proven))
    }

    /// The events of the firmware's log in PCRs that are explained, each a bit of the mask.
    pub(super) fn events_of(&self, log: EventLog<'a>, mask: u32) -> ProvenEvents<'_, 'a> {
        self.findings.events(log, &self.explained, mask)
    }

    /// Whether the PCR is explained in all banks in which it is quoted, of which there is one.
    fn is_proven(&self, index: u8) -> bool {
        let mut quoted = self.selection.iter().filter(|pcr| pcr.index() == index);
        let is_explained = |pcr: Pcr| self.explained.contains(pcr.bank(), index);
        quoted.next().is_some_and(is_explained) && quoted.all(is_explained)
    }
}

/// The suffixes that were needed.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Used {
    exit: bool,
    separator: bool,
}

impl Used {
    const NONE: Self = Self {
        exit: false,
        separator: false,
    };

    /// What the caller may allow, from the least on.
    const ALL: [Self; 4] = [
        Self::NONE,
        Self {
            exit: true,
            separator: false,
        },
        Self {
            exit: false,
            separator: true,
        },
        Self {
            exit: true,
            separator: true,
        },
    ];

    const fn has(self, suffix: Suffix) -> bool {
        match suffix {
            Suffix::ExitBootServices => self.exit,
            Suffix::OsSeparator => self.separator,
        }
    }
}

/// The suffixes with which the PCR has the quoted value: as few as possible, and none that the
/// caller does not allow.
fn suffixes(logs: &Logs<'_>, pcr: Pcr, bank: &Bank, state: &State, quoted: &[u8]) -> Option<Used> {
    let can_be = |suffix: Suffix| logs.allows(suffix) && !suffix.texts(pcr.index()).is_empty();
    let is_allowed = |used: &Used| {
        let mut suffixes = Suffix::ALL.into_iter();
        suffixes.all(|suffix| !used.has(suffix) || can_be(suffix))
    };
    Used::ALL.into_iter().filter(is_allowed).find(|used| {
        // What PCR 5 is by the rule was extended before the operating system's events.
        let mut state = if used.exit { bank.exited } else { *state };
        if used.separator {
            for text in Suffix::OsSeparator.texts(pcr.index()) {
                state.extend_text(pcr.bank(), text);
            }
        }
        state.value() == quoted
    })
}

impl fmt::Debug for Replay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("explained", &self.explained)
            .field("never_extended", &self.never_extended)
            .field("unexplained", &self.unexplained)
            .finish_non_exhaustive()
    }
}
