//! Logs in an [`Appraisal`]: first the quote is verified, then the logs are replayed.

#[cfg(feature = "ima")]
use super::ima_replay::{ImaJudgement, ImaPolicy};
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
            Err(error) => match error.part() {
                Part::ImaList => (false, true),
                // It could not be told which logs a response carries.
                Part::Response => (true, true),
                _ => (true, false),
            },
        };
        if of_boot || policy.is_some() {
            self.findings.asked.insert(Check::BootLog);
        }
        if of_ima {
            self.findings.asked.insert(Check::Ima);
        }
        let Some(quote) = self.value().and_then(Quoted::quote) else {
            return (self, None);
        };
        let replay = match logs.and_then(|logs| quote.replay(&logs.unwrap_or_default())) {
            Ok(replay) => replay,
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
        (self, Some(replay))
    }
    /// Judges what the quote proves of an IMA list by a policy, if there is one: the check `ima`,
    /// which [`replay`](Self::replay) began.
    ///
    /// Returns the appraisal, which fails if an entry is not allowed or a required one is
    /// missing, and what the policy says. An earlier error is kept.
    #[cfg(feature = "ima")]
    pub fn judge_ima<'l>(
        mut self,
        replay: Option<&Replay<'l>>,
        policy: Option<&ImaPolicy<'_>>,
    ) -> (Self, Option<ImaJudgement<'l>>) {
        let (Some(ima), Some(policy)) = (replay.and_then(Replay::ima), policy) else {
            return (self, None);
        };
        let judgement = ima.judge(policy);
        match judgement.check() {
            Ok(()) => (self, Some(judgement)),
            Err(error) => {
                self.findings.passed.remove(Check::Ima);
                (self.fail(error), Some(judgement))
            }
        }
    }
}
