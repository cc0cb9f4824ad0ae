//! [`LogTerms`]: the logs of a machine's boot.

use alloc::vec::Vec;

use tpm_quote::{
    Appraisal, Error,
    evidence::FileKind,
    log::{EventLog, ImaJudgement, ImaList, Logs, Quoted, Replay, Suffix, UserspaceLog},
    verify::Part,
};

use crate::{boot::BootRules, ima::ImaTerms};

/// The logs of a machine, as bytes, and what may follow them without a log of it.
#[derive(Default)]
pub struct LogTerms {
    pub boot: Option<Vec<u8>>,
    pub userspace: Option<Vec<u8>>,
    pub suffixes: Vec<Suffix>,
    pub padding: bool,
    pub rules: Option<BootRules>,
    pub ima: Option<ImaTerms>,
}

impl LogTerms {
    /// Returns the name of a setting that was given without the log that it is about.
    #[must_use]
    pub fn lonely(&self) -> Option<&'static str> {
        if self.padding && self.boot.is_none() {
            return Some("allow_padding");
        }
        if self.rules.is_some() && self.boot.is_none() {
            return Some("boot of the policy");
        }
        let has_log = self.boot.is_some() || self.userspace.is_some();
        (!self.suffixes.is_empty() && !has_log).then_some("allow_suffix")
    }

    /// Replays the logs against a quote, compares the boot with the rules, and judges the list
    /// of IMA.
    pub(crate) fn replay<'l, 'a, T: Quoted>(
        &'l self,
        appraisal: Appraisal<'a, T>,
    ) -> (
        Appraisal<'a, T>,
        Option<Replay<'l>>,
        Option<ImaJudgement<'l>>,
    ) {
        let (appraisal, replay) = match &self.rules {
            Some(rules) => rules.with(|policy| appraisal.replay(self.logs(), Some(policy))),
            None => appraisal.replay(self.logs(), None),
        };
        let (appraisal, judgement) = match &self.ima {
            Some(ima) => ima.judge(appraisal, replay.as_ref()),
            None => (appraisal, None),
        };
        (appraisal, replay, judgement)
    }

    /// The logs, if there are any, or why one cannot be read.
    fn logs(&self) -> Result<Option<Logs<'_>>, Error> {
        if self.boot.is_none() && self.userspace.is_none() && self.ima.is_none() {
            return Ok(None);
        }
        let mut logs = Logs::new();
        if let Some(bytes) = &self.boot {
            let seen = FileKind::of(bytes).filter(|seen| seen.is_no_boot_log());
            refuse(seen, "the firmware's event log", Part::EventLog)?;
            logs = logs.firmware(match self.padding {
                true => EventLog::parse_padded(bytes)?,
                false => EventLog::parse(bytes)?,
            });
        }
        if let Some(bytes) = &self.userspace {
            let seen = FileKind::of(bytes).filter(|seen| seen.is_no_userspace_log());
            refuse(seen, "systemd's log of what it extends", Part::UserspaceLog)?;
            logs = logs.userspace(UserspaceLog::parse(bytes)?);
        }
        if let Some(ima) = &self.ima {
            let seen = FileKind::of(&ima.list).filter(|seen| seen.is_no_ima_list());
            refuse(seen, "a list of IMA", Part::ImaList)?;
            logs = logs.ima(ImaList::parse(&ima.list)?);
        }
        let suffixes = self.suffixes.iter();
        Ok(Some(
            suffixes.fold(logs, |logs, suffix| logs.allow_suffix(*suffix)),
        ))
    }
}

/// A file of the wrong kind is named as what it is.
fn refuse(seen: Option<FileKind>, wanted: &'static str, part: Part) -> Result<(), Error> {
    match seen {
        Some(seen) => Err(seen.instead_of(wanted, part)),
        None => Ok(()),
    }
}
