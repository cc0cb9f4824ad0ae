//! Logs in an [`Appraisal`]: first the quote is verified, then the logs are replayed.

use super::{
    facts::{MokValidation, SecureBoot},
    logs::Logs,
    policy::BootPolicy,
    replay::Replay,
};
use crate::verify::{Appraisal, Check, Error, VerifiedQuote, Warning};

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
    /// boot with a policy: the check `boot-log`. Without logs and policy it is not asked for.
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
        self.findings.asked.insert(Check::BootLog);
        let Some(quote) = self.value().and_then(Quoted::quote) else {
            return (self, None);
        };
        let replay = match logs.and_then(|logs| quote.replay(&logs.unwrap_or_default())) {
            Ok(replay) => replay,
            Err(error) => return (self.fail(error), None),
        };
        let is_on = replay.secure_boot().known() == Some(SecureBoot::On);
        if is_on && replay.mok_validation().known() == Some(MokValidation::Disabled) {
            self.findings.warn(Warning::SecureBootNotEnforced);
        }
        match policy.map_or(Ok(()), |policy| replay.appraise(policy)) {
            Ok(()) => self.findings.passed.insert(Check::BootLog),
            Err(error) => self = self.fail(error),
        }
        (self, Some(replay))
    }
}
