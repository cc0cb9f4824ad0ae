//! Logs in an [`Appraisal`]: first the quote is verified, then the logs are replayed.

#[cfg(feature = "ima")]
use super::ima_replay::{ImaJudgement, ImaPolicy, ImaState, ImaStream};
#[cfg(feature = "ima")]
use super::replay::Resumed;
use super::{
    facts::{MokValidation, SecureBoot},
    logs::Logs,
    policy::BootPolicy,
    replay::Replay,
};
use crate::verify::{Appraisal, Check, Error, Part, VerifiedQuote, Warning};

/// A verified value that may hold a quote, against which logs can be replayed.
pub trait Quoted {
    /// Returns the quote, if there is one.
    fn quote(&self) -> Option<&VerifiedQuote<'_>>;
}

impl Quoted for VerifiedQuote<'_> {
    fn quote(&self) -> Option<&VerifiedQuote<'_>> {
        Some(self)
    }
}

impl<T: Quoted> Appraisal<'_, T> {
    /// Replays the logs of the machine against the quote, if it was verified, and compares the
    /// boot with a policy: the check `boot-log`, and `ima` for a list of IMA. Without logs and
    /// policy they are not asked for.
    ///
    /// Returns the appraisal with this check in it, and the replay if the logs explain the quote,
    /// also if the boot is not as the policy requires. The check fails if they do not, or if the
    /// logs cannot be read, or if there is a policy and there are no logs. An earlier error is
    /// kept.
    ///
    /// ```
    /// use tpm_quote::{Appraisal, Error, VerifiedQuote, log::{BootPolicy, EventLog, Logs}};
    ///
    /// fn with_log<'a>(
    ///     appraisal: Appraisal<'a, VerifiedQuote<'a>>,
    ///     log: &[u8],
    /// ) -> Result<VerifiedQuote<'a>, Error> {
    ///     let logs = EventLog::parse(log).map(|log| Some(Logs::new().firmware(log)));
    ///     let policy = BootPolicy::new().require_secure_boot();
    ///     let (appraisal, replay) = appraisal.replay(logs, Some(&policy));
    ///     if let Some(replay) = replay {
    ///         println!("explained: {}", replay.explained_pcrs());
    ///     }
    ///     appraisal.into_result()
    /// }
    /// ```
    pub fn replay<'l>(
        mut self,
        logs: Result<Option<Logs<'l>>, Error>,
        policy: Option<&BootPolicy<'_>>,
    ) -> (Self, Option<Replay<'l>>) {
        if matches!(logs, Ok(None)) && policy.is_none() {
            return (self, None);
        }
        let (of_boot, of_ima) = match &logs {
            Ok(Some(logs)) => (!logs.is_ima_alone(), logs.has_ima()),
            Ok(None) => (false, false),
            Err(error) => asked_of(error),
        };
        self.ask(of_boot || policy.is_some(), of_ima);
        let (appraisal, found) = self.replay_with(policy, |quote| {
            let replay = quote.replay(&logs?.unwrap_or_default())?;
            Ok((replay, ()))
        });
        (appraisal, found.map(|(replay, ())| replay))
    }

    /// As [`replay`](Self::replay) and [`judge_ima`](Self::judge_ima), with an IMA list that comes
    /// in pieces: see [`replay_streamed`](crate::verify::Verified::replay_streamed).
    ///
    /// If the quote was not verified, `feed` is not called.
    #[cfg(feature = "ima")]
    pub fn replay_streamed<'l>(
        self,
        logs: Result<Logs<'l>, Error>,
        boot: Option<&BootPolicy<'_>>,
        ima: Option<&ImaPolicy<'_>>,
        buffer: &mut [u8],
        feed: impl FnOnce(&mut ImaStream<'_>) -> Result<(), Error>,
    ) -> (Self, Option<Replay<'l>>, Option<ImaJudgement<'static>>) {
        let (appraisal, resumed) = self.replay_resumed(logs, boot, ima, None, buffer, feed);
        match resumed {
            Some((replay, judgement, _)) => (appraisal, Some(replay), judgement),
            None => (appraisal, None, None),
        }
    }

    /// The same with a list that continues another: see
    /// [`replay_resumed`](crate::verify::Verified::replay_resumed). There is no new state if the
    /// appraisal fails.
    #[cfg(feature = "ima")]
    pub fn replay_resumed<'l>(
        mut self,
        logs: Result<Logs<'l>, Error>,
        boot: Option<&BootPolicy<'_>>,
        ima: Option<&ImaPolicy<'_>>,
        state: Option<&ImaState>,
        buffer: &mut [u8],
        feed: impl FnOnce(&mut ImaStream<'_>) -> Result<(), Error>,
    ) -> (Self, Option<Resumed<'l>>) {
        let logs = logs.map(|logs| logs.with_streamed_ima());
        let of_boot = logs.as_ref().is_ok_and(|logs| !logs.is_ima_alone());
        let of_boot = of_boot || logs.is_err() || boot.is_some();
        self.ask(of_boot, true);
        let (mut appraisal, found) = self.replay_with(boot, |quote| {
            let resumed = quote.replay_resumed(&logs?, ima, state, buffer, feed)?;
            let (replay, judgement, state) = resumed;
            Ok((replay, (judgement, state)))
        });
        let Some((replay, (judgement, state))) = found else {
            return (appraisal, None);
        };
        if let Some(judgement) = &judgement {
            appraisal = appraisal.judged(judgement);
        }
        let state = state.filter(|_| appraisal.error().is_none());
        (appraisal, Some((replay, judgement, state)))
    }

    /// Marks checks as asked for.
    fn ask(&mut self, of_boot: bool, of_ima: bool) {
        if of_boot {
            self.findings.asked.insert(Check::BootLog);
        }
        if of_ima {
            self.findings.asked.insert(Check::Ima);
        }
    }

    /// Replays logs in this way, and compares the boot with a policy.
    fn replay_with<'l, J>(
        mut self,
        policy: Option<&BootPolicy<'_>>,
        replay: impl FnOnce(&VerifiedQuote<'_>) -> Result<(Replay<'l>, J), Error>,
    ) -> (Self, Option<(Replay<'l>, J)>) {
        let Some(quote) = self.value().and_then(Quoted::quote) else {
            return (self, None);
        };
        let (replay, judgement) = match replay(quote) {
            Ok(found) => found,
            Err(error) => {
                // The list is the last of the logs, and the boot is not compared any more.
                if error.check() == Check::Ima && policy.is_none() {
                    self.findings.passed.insert(Check::BootLog);
                }
                return (self.fail(error), None);
            }
        };
        let is_on = replay.secure_boot().known() == Some(SecureBoot::On);
        if is_on && replay.mok_validation().known() == Some(MokValidation::Disabled) {
            self.findings.warn(Warning::SecureBootNotEnforced);
        }
        match policy.map_or(Ok(()), |policy| replay.appraise(policy)) {
            Ok(()) => {
                self.findings.passed.insert(Check::BootLog);
                self.findings.passed.insert(Check::Ima);
            }
            Err(error) => self = self.fail(error),
        }
        (self, Some((replay, judgement)))
    }

    /// Judges what the quote proves of an IMA list by a policy, if there is one: the check `ima`,
    /// which [`replay`](Self::replay) began.
    ///
    /// Returns the appraisal, which fails if an entry is not allowed or a required one is
    /// missing, and what the policy says. An earlier error is kept.
    #[cfg(feature = "ima")]
    pub fn judge_ima<'l>(
        self,
        replay: Option<&Replay<'l>>,
        policy: Option<&ImaPolicy<'_>>,
    ) -> (Self, Option<ImaJudgement<'l>>) {
        let judgement = policy.and_then(|policy| replay?.judge_ima(policy));
        let Some(judgement) = judgement else {
            return (self, None);
        };
        (self.judged(&judgement), Some(judgement))
    }

    #[cfg(feature = "ima")]
    fn judged(mut self, judgement: &ImaJudgement<'_>) -> Self {
        match judgement.check() {
            Ok(()) => self,
            Err(error) => {
                self.findings.passed.remove(Check::Ima);
                self.fail(error)
            }
        }
    }
}

/// The checks that logs were for which cannot be read: of the boot, and of IMA.
fn asked_of(error: &Error) -> (bool, bool) {
    match error.part() {
        Part::ImaList => (false, true),
        // It could not be told which logs a response carries.
        Part::Response => (true, true),
        _ => (true, false),
    }
}
