//! Logs in an [`Appraisal`]: first the quote is verified, then the logs are replayed.

use super::{logs::Logs, replay::Replay};
use crate::verify::{Appraisal, Check, Error, VerifiedQuote};

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
    /// Replays the logs of the machine against the quote, if it was verified: the check
    /// `boot-log`. Without logs it is not asked for; logs that cannot be read fail it.
    ///
    /// Returns the appraisal with this check in it, which fails if the logs do not explain the
    /// quote, and the replay if they do. An earlier error is kept.
    ///
    /// ```
    /// use tpm_quote::{Appraisal, Error, VerifiedQuote, log::{EventLog, Logs}};
    ///
    /// fn with_log<'a>(
    ///     appraisal: Appraisal<'a, VerifiedQuote<'a>>,
    ///     log: &[u8],
    /// ) -> Result<VerifiedQuote<'a>, Error> {
    ///     let logs = EventLog::parse(log).map(|log| Some(Logs::new().firmware(log)));
    ///     let (appraisal, replay) = appraisal.replay(logs);
    ///     if let Some(replay) = replay {
    ///         println!("explained: {}", replay.explained_pcrs());
    ///     }
    ///     appraisal.into_result()
    /// }
    /// ```
    pub fn replay<'l>(
        mut self,
        logs: Result<Option<Logs<'l>>, Error>,
    ) -> (Self, Option<Replay<'l>>) {
        let logs = match logs {
            Ok(None) => return (self, None),
            Ok(Some(logs)) => Ok(logs),
            Err(error) => Err(error),
        };
        self.findings.asked.insert(Check::BootLog);
        let Some(quote) = self.value().and_then(Quoted::quote) else {
            return (self, None);
        };
        match logs.and_then(|logs| quote.replay(&logs)) {
            Ok(replay) => {
                self.findings.passed.insert(Check::BootLog);
                (self, Some(replay))
            }
            Err(error) => (self.fail(error), None),
        }
    }
}
