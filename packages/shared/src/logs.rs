//! [`LogTerms`]: the logs of a machine's boot.

use alloc::{boxed::Box, string::String, vec, vec::Vec};

use tpm_quote::{
    Appraisal, Error,
    evidence::{CarriedLog, FileKind, ResponseLogs},
    log::{
        BootPolicy, EventLog, ImaChunks, ImaJudgement, ImaList, ImaState, Logs, Quoted, Replay,
        Suffix, UserspaceLog,
    },
    verify::Part,
};

use crate::{boot::BootRules, ima::ImaTerms};

/// What the rules for a boot are called, which are no argument of their own.
pub const RULES: &str = "the rules under 'boot' in the policy";

/// A log.
pub enum Log {
    Bytes(Vec<u8>),
    /// The log that the response carries.
    Response,
}

impl Log {
    fn read<'l>(&'l self, carried: &'l Found) -> Result<&'l [u8], Error> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Response => match carried {
                Ok(bytes) => Ok(bytes),
                Err(error) => Err(*error),
            },
        }
    }
}

/// A log in a response, or why there is none.
type Found = Result<Vec<u8>, Error>;

/// The logs that a response carries.
pub(crate) struct Carried {
    event_log: Found,
    ima_log: Found,
}

fn decoded(log: &CarriedLog<'_>) -> Found {
    let mut room = vec![0; log.max_len()];
    let len = log.decode(&mut room)?.len();
    room.truncate(len);
    Ok(room)
}

/// The results of replaying the logs. The large ones are boxed, because most calls have no logs.
#[derive(Default)]
pub(crate) struct Replayed<'l> {
    pub(crate) replay: Option<Box<Replay<'l>>>,
    pub(crate) judgement: Option<Box<ImaJudgement<'l>>>,
    /// The proven entries of the IMA list as lines of JSON, if the caller asked for them.
    pub(crate) entries: Option<String>,
    /// How far the IMA list was proven, if that is kept and the list was accepted.
    pub(crate) state: Option<Vec<u8>>,
}

/// The logs of a machine, and what may follow them without a log of it.
#[derive(Default)]
pub struct LogTerms {
    pub boot: Option<Log>,
    pub userspace: Option<Vec<u8>>,
    pub suffixes: Vec<Suffix>,
    pub padding: bool,
    pub rules: Option<BootRules>,
    /// Boxed for its size.
    pub ima: Option<Box<ImaTerms>>,
}

impl LogTerms {
    /// Returns the name of a setting that was given without the log that it is about.
    #[must_use]
    pub fn lonely(&self) -> Option<&'static str> {
        if self.padding && self.boot.is_none() {
            return Some("allow_padding");
        }
        if self.rules.is_some() && self.boot.is_none() {
            return Some(RULES);
        }
        let in_force = self.ima.as_ref().map(|ima| ima.in_force.as_slice());
        if !in_force.unwrap_or_default().is_empty() && self.boot.is_none() {
            return Some("ima_require_policy");
        }
        let has_log = self.boot.is_some() || self.userspace.is_some();
        (!self.suffixes.is_empty() && !has_log).then_some("allow_suffix")
    }

    /// Returns the name of a setting that asks for a log of the response.
    #[must_use]
    pub fn of_response(&self) -> Option<&'static str> {
        let is_of_response = |log: Option<&Log>| matches!(log, Some(Log::Response));
        if is_of_response(self.boot.as_ref()) {
            return Some("boot_log");
        }
        is_of_response(self.ima.as_ref().map(|ima| &ima.list)).then_some("ima_list")
    }

    /// Returns the name of a setting that has the log of one machine.
    #[must_use]
    pub fn of_one(&self) -> Option<&'static str> {
        let is_of_one = |log: Option<&Log>| matches!(log, Some(Log::Bytes(_)));
        if is_of_one(self.boot.as_ref()) {
            return Some("boot_log");
        }
        if self.userspace.is_some() {
            return Some("userspace_log");
        }
        if is_of_one(self.ima.as_ref().map(|ima| &ima.list)) {
            return Some("ima_list");
        }
        let is_streamed = self.ima.as_ref().is_some_and(|ima| ima.is_streamed());
        is_streamed.then_some("ima_state")
    }

    /// The logs in a response, as far as they are asked for.
    pub(crate) fn carried(&self, response: &[u8]) -> Carried {
        let logs = match self.of_response() {
            Some(_) => ResponseLogs::from_any_json(response),
            None => Ok(ResponseLogs::default()),
        };
        Carried {
            event_log: logs.and_then(|logs| decoded(&logs.event_log()?)),
            ima_log: logs.and_then(|logs| decoded(&logs.ima_log()?)),
        }
    }

    /// Replays the logs against a quote, compares the boot with the rules, and judges the list
    /// of IMA.
    pub(crate) fn replay<'l, 'a, T: Quoted>(
        &'l self,
        carried: &'l Carried,
        appraisal: Appraisal<'a, T>,
    ) -> (Appraisal<'a, T>, Replayed<'l>) {
        if !self.has_logs() && self.rules.is_none() {
            return (appraisal, Replayed::default());
        }
        if let Some(ima) = self.ima.as_ref().filter(|ima| ima.is_streamed()) {
            let judge = |boot: Option<&BootPolicy<'_>>| self.go_on(ima, carried, appraisal, boot);
            return match &self.rules {
                Some(rules) => rules.with(|policy| judge(Some(policy))),
                None => judge(None),
            };
        }
        let logs = self.logs(carried);
        let (appraisal, replay) = match &self.rules {
            Some(rules) => rules.with(|policy| appraisal.replay(logs, Some(policy))),
            None => appraisal.replay(logs, None),
        };
        let (appraisal, judgement, entries) = match &self.ima {
            Some(ima) => ima.judge(appraisal, replay.as_ref()),
            None => (appraisal, None, None),
        };
        let replayed = Replayed {
            replay: replay.map(Box::new),
            judgement: judgement.map(Box::new),
            entries,
            state: None,
        };
        (appraisal, replayed)
    }

    /// The same with a list of IMA that may go on from another, and with the state behind it.
    fn go_on<'l, 'a, T: Quoted>(
        &'l self,
        ima: &ImaTerms,
        carried: &'l Carried,
        appraisal: Appraisal<'a, T>,
        boot: Option<&BootPolicy<'_>>,
    ) -> (Appraisal<'a, T>, Replayed<'l>) {
        let logs = self.logs(carried).map(Option::unwrap_or_default);
        let mut buffer = vec![0; ImaChunks::MAX_ENTRY];
        let (appraisal, resumed) = ima.with_policy(|policy| {
            let state = ima.state.as_ref();
            appraisal.replay_resumed(logs, boot, policy, state, &mut buffer, |stream| {
                stream.push(ima_list(ima, carried)?)
            })
        });
        let (replay, judgement, state) = match resumed {
            Some((replay, judgement, state)) => (Some(replay), judgement, state),
            None => (None, None, None),
        };
        let mut room = [0; ImaState::MAX_SIZE];
        let state = state.and_then(|state| Some(state.write(&mut room).ok()?.to_vec()));
        let replayed = Replayed {
            replay: replay.map(Box::new),
            judgement: judgement.map(Box::new),
            entries: None,
            state,
        };
        (appraisal, replayed)
    }

    fn has_logs(&self) -> bool {
        self.boot.is_some() || self.userspace.is_some() || self.ima.is_some()
    }

    /// The logs, if there are any, or why one cannot be read.
    fn logs<'l>(&'l self, carried: &'l Carried) -> Result<Option<Logs<'l>>, Error> {
        if !self.has_logs() {
            return Ok(None);
        }
        let mut logs = Logs::new();
        if let Some(log) = &self.boot {
            let bytes = log.read(&carried.event_log)?;
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
        if let Some(ima) = self.ima.as_ref().filter(|ima| !ima.is_streamed()) {
            logs = logs.ima(ImaList::parse(ima_list(ima, carried)?)?);
        }
        let suffixes = self.suffixes.iter();
        Ok(Some(
            suffixes.fold(logs, |logs, suffix| logs.allow_suffix(*suffix)),
        ))
    }
}

/// Reads the IMA list of the settings or of the response. A file of another kind is an error that
/// names the kind.
fn ima_list<'l>(ima: &'l ImaTerms, carried: &'l Carried) -> Result<&'l [u8], Error> {
    let bytes = ima.list.read(&carried.ima_log)?;
    let seen = FileKind::of(bytes).filter(|seen| seen.is_no_ima_list());
    refuse(seen, "a list of IMA", Part::ImaList)?;
    Ok(bytes)
}

/// A file of the wrong kind is named as what it is.
fn refuse(seen: Option<FileKind>, wanted: &'static str, part: Part) -> Result<(), Error> {
    match seen {
        Some(seen) => Err(seen.instead_of(wanted, part)),
        None => Ok(()),
    }
}
