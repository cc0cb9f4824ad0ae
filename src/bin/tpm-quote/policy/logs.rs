//! The logs of a machine's boot: options, and the files that they name.

use std::ffi::{OsStr, OsString};

use clap::{ArgGroup, Args, builder::PossibleValuesParser, builder::TypedValueParser as _};
use tpm_quote::{
    Appraisal, Error, Problem,
    evidence::read_ima_key,
    log::{
        BootPolicy, EventLog, ImaChunks, ImaDigest, ImaJudgement, ImaKey, ImaList, ImaPolicy,
        ImaState, Logs, Quoted, Replay, Suffix, UserspaceLog,
    },
    verify::{
        Part,
        error::{ImaProblem, LogProblem, SettingProblem},
    },
};

use super::{
    allow::AllowSet,
    carried::{Carried, Log, is_carried},
    file::{boot_rules, boot_rules_file},
    ima_state::StateOptions,
};

use crate::{diagnosis::Diagnosis, ima_entries, input::Input, long::Stop, output::saw, wrong};

/// The logs of the machine.
#[derive(Args)]
#[command(group = ArgGroup::new("ima_judge").args(["ima_allow", "ima_key"]).multiple(true))]
pub(crate) struct LogOptions {
    /// The firmware's event log: the quoted PCRs 0 to 7 have to be what its events
    /// come to
    ///
    /// On Linux it is /sys/kernel/security/tpm0/binary_bios_measurements, of the
    /// same boot as the quote. What the quote does not cover is not believed.
    /// The word response stands for the log that the response carries
    /// (event_log_b64).
    #[arg(long, value_name = "FILE")]
    boot_log: Option<OsString>,

    /// systemd's log of what it extended later:
    /// /run/log/systemd/tpm2-measure.log
    #[arg(long, value_name = "FILE")]
    userspace_log: Option<OsString>,

    /// What may have been extended after the logs, without a log of it; may be
    /// given for each
    ///
    /// os-separator: systemd extends it from version 261 on, as the last event of
    /// PCRs 0 to 7, 9 and 12 to 14; its own log has it. exit-boot-services: old
    /// kernels leave these two events of PCR 5 out. Whether it was needed, and for
    /// which PCRs, is in the report.
    #[arg(
        long,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(Suffix::ALL.map(Suffix::name))
            .try_map(|name| Suffix::by_name(&name).ok_or("not a suffix"))
    )]
    allow_suffix: Vec<Suffix>,

    /// Accept an event log with padding behind it (all 0xff or all zeros), as it is
    /// taken from an area of a fixed size: CCEL, Windows
    #[arg(long)]
    allow_padding: bool,

    /// The list of Linux IMA: which files were run and read since the machine was
    /// started
    ///
    /// On Linux it is /sys/kernel/security/ima/binary_runtime_measurements, read
    /// after the quote was made; ascii_runtime_measurements does as well, unless a
    /// name has a line break. The quote has to cover PCR 10. How much of the list
    /// it proves is in the report; what follows is not looked at. The word response
    /// stands for the list that the response carries (ima_log_b64).
    #[arg(long, value_name = "FILE")]
    ima_list: Option<OsString>,

    /// Files that may be run and read, by their digests: each entry of the list has
    /// to be one of them; may be given several times
    ///
    /// What sha256sum writes, lines of sha256:DIGEST, or a runtime policy of
    /// keylime without excludes. Names are labels. A digest as sha256:DIGEST
    /// stands for itself.
    #[arg(long, value_name = "FILE", requires = "ima_list")]
    ima_allow: Vec<OsString>,

    /// A key that signs files: each entry of the list that --ima-allow does not allow
    /// has to be signed by it; may be given several times
    ///
    /// A certificate or a public key, in PEM or DER. Of a certificate, only its key
    /// is used. The signatures are those of the template ima-sig. A key allows
    /// all that it ever signed.
    #[arg(long, value_name = "FILE", requires = "ima_list")]
    ima_key: Vec<OsString>,

    /// A file that has to have been measured, as sha256:DIGEST; may be given
    /// several times
    ///
    /// It counts before the first entry that neither --ima-allow nor --ima-key
    /// allows: whoever runs later can extend PCR 10 with any digest.
    #[arg(long, value_name = "DIGEST", requires = "ima_judge")]
    ima_require: Vec<String>,

    /// A policy that IMA has to have been started with, such as tcb: it is in the
    /// kernel's command line (ima_policy=tcb), which --boot-log proves; may be
    /// given several times
    ///
    /// Without a policy, IMA measures next to nothing.
    #[arg(long, value_name = "NAME", requires = "ima_judge")]
    ima_require_policy: Vec<String>,

    /// Accept entries that are violations: files that were written while they were
    /// in use, of which nothing is known
    #[arg(long, requires = "ima_judge")]
    dangerous_ima_violations: bool,

    /// Where all entries that the quote proves are written, a JSON object a line with
    /// the verdict on each
    ///
    /// docs/report.md has its keys. It is written once the entries are proven, also if
    /// the list is rejected then.
    #[arg(long, value_name = "FILE", requires = "ima_list")]
    ima_entries: Option<OsString>,

    #[command(flatten)]
    state: StateOptions,
}

/// What came of the logs: the replay, and what the entries of the IMA list are worth.
pub(crate) type Judged<'l, 'a, T> = (
    Appraisal<'a, T>,
    Option<Replay<'l>>,
    Option<ImaJudgement<'l>>,
);

/// What the options name, as bytes.
pub(crate) struct LogFiles<'o> {
    options: &'o LogOptions,
    firmware: Option<Log>,
    userspace: Option<Input>,
    ima: Option<Log>,
    allowed: Option<AllowSet>,
    keys: Vec<ImaKey<'static>>,
    required: Vec<ImaDigest<'o>>,
    in_force: Vec<&'o str>,
    state: Option<ImaState>,
}

impl LogOptions {
    /// The first option that names a file for one log, if one does.
    pub(crate) fn of_file(&self) -> Option<&'static str> {
        let is_file = |log: &Option<OsString>| log.as_deref().is_some_and(|log| !is_carried(log));
        let options = [
            ("--boot-log", is_file(&self.boot_log)),
            ("--userspace-log", self.userspace_log.is_some()),
            ("--ima-list", is_file(&self.ima_list)),
            ("--ima-entries", self.ima_entries.is_some()),
        ];
        let given = options.into_iter().find(|(_, given)| *given);
        given.map(|(option, _)| option).or(self.state.given())
    }

    /// The first option that asks for a log of the response, if one does.
    pub(crate) fn of_response(&self) -> Option<&'static str> {
        let options = [
            ("--boot-log", &self.boot_log),
            ("--ima-list", &self.ima_list),
        ];
        let mut options = options.into_iter();
        let given = options.find(|(_, log)| log.as_deref().is_some_and(is_carried));
        given.map(|(option, _)| option)
    }

    /// Reads the files; a long list of IMA is read when it is judged. The event log may be named
    /// by another option.
    pub(crate) fn read(&self, event_log: Option<&OsStr>) -> Result<LogFiles<'_>, String> {
        // All entries are written in a second pass.
        match (&self.ima_list, &self.ima_entries) {
            (Some(list), None) => self.read_with(event_log, Some(Log::open_long(list)?)),
            _ => self.read_whole(event_log),
        }
    }

    /// The same, with all of the list of IMA.
    pub(crate) fn read_whole(&self, event_log: Option<&OsStr>) -> Result<LogFiles<'_>, String> {
        if let Some(option) = self.state.given() {
            return Err(format!("{option}: baselines are learned from a whole list"));
        }
        self.read_entries(event_log)
    }

    /// The same, for what is done with the entries in a second pass.
    fn read_entries(&self, event_log: Option<&OsStr>) -> Result<LogFiles<'_>, String> {
        let list = self.ima_list.as_deref().map(Log::open).transpose()?;
        self.read_with(event_log, list)
    }

    fn read_with(
        &self,
        event_log: Option<&OsStr>,
        ima: Option<Log>,
    ) -> Result<LogFiles<'_>, String> {
        let firmware = event_log.or(self.boot_log.as_deref());
        // An option that nothing would look at is not let pass.
        if self.allow_padding && firmware.is_none() {
            return Err("--allow-padding is for the log of --boot-log".to_owned());
        }
        if boot_rules().is_some() && firmware.is_none() {
            return Err("the policy file has rules for a boot: give --boot-log".to_owned());
        }
        if !self.allow_suffix.is_empty() && firmware.is_none() && self.userspace_log.is_none() {
            return Err("--allow-suffix is for logs: give --boot-log".to_owned());
        }
        let log = |log: &Option<OsString>| log.as_deref().map(Log::open).transpose();
        let userspace = self.userspace_log.as_deref().map(Input::read_file);
        if !self.ima_require_policy.is_empty() && firmware.is_none() {
            return Err(
                "--ima-require-policy is about the kernel's command line: give --boot-log"
                    .to_owned(),
            );
        }
        Ok(LogFiles {
            options: self,
            firmware: match event_log {
                Some(file) => Some(Log::File(Input::read_file(file)?)),
                None => log(&self.boot_log)?,
            },
            userspace: userspace.transpose()?,
            ima,
            allowed: AllowSet::read(&self.ima_allow)?,
            keys: self.keys()?,
            required: self.required()?,
            in_force: self.ima_require_policy.iter().map(String::as_str).collect(),
            state: self.state.read()?,
        })
    }

    /// Reads the keys that sign files.
    fn keys(&self) -> Result<Vec<ImaKey<'static>>, String> {
        let mut keys = Vec::new();
        for file in &self.ima_key {
            let input = Input::read_file(file).map_err(|error| format!("--ima-key: {error}"))?;
            let name = input.name.clone();
            // The keys are needed as long as the command runs.
            let room = vec![0; input.bytes.len()].leak();
            let (form, key) = read_ima_key(input.bytes.leak(), room)
                .map_err(|error| format!("--ima-key: {name}: {error}\nhelp: {}", error.help()))?;
            saw(format!("{name}: key that signs files: {form}"));
            keys.push(key);
        }
        Ok(keys)
    }

    fn required(&self) -> Result<Vec<ImaDigest<'_>>, String> {
        let digests = self.ima_require.iter();
        digests
            .map(|text| {
                ImaDigest::parse(text).ok_or_else(|| {
                    format!("--ima-require: {text}: expected a digest as sha256:66f751..")
                })
            })
            .collect()
    }
}

impl LogFiles<'_> {
    /// Refuses files of the wrong kind.
    pub(crate) fn fit(&self) -> Result<(), Error> {
        let firmware = self.firmware.as_ref().and_then(Log::file);
        firmware.map_or(Ok(()), wrong::boot_log)?;
        self.userspace
            .as_ref()
            .map_or(Ok(()), wrong::userspace_log)?;
        let ima = self.ima.as_ref().and_then(Log::file);
        ima.map_or(Ok(()), wrong::ima_list)
    }

    /// The logs that a response carries, if it has to carry one.
    pub(crate) fn carried(&self, response: &[u8]) -> Carried {
        match self.options.of_response() {
            Some(_) => Carried::read(response),
            None => Carried::none(),
        }
    }

    /// Whether a response has to carry a log.
    pub(crate) fn wants_carried(&self) -> bool {
        self.options.of_response().is_some()
    }

    /// Replays the logs against a quote, and compares the boot with the rules of the policy file.
    pub(crate) fn replay<'l, 'a, T: Quoted>(
        &'l self,
        carried: &'l Carried,
        appraisal: Appraisal<'a, T>,
    ) -> (Appraisal<'a, T>, Option<Replay<'l>>) {
        let logs = self.logs(carried);
        match boot_rules() {
            Some(rules) => rules.with(|policy| appraisal.replay(logs, Some(policy))),
            None => appraisal.replay(logs, None),
        }
    }

    /// Whether a list of IMA is read in pieces: a long one, and one that may go on from another.
    fn is_streamed(&self, list: &Log) -> bool {
        list.long().is_some() || self.options.state.given().is_some()
    }

    /// Replays the logs, judges the entries of the IMA list, and writes them if that is asked for.
    pub(crate) fn judged<'l, 'a, T: Quoted>(
        &'l self,
        carried: &'l Carried,
        appraisal: Appraisal<'a, T>,
    ) -> Result<Judged<'l, 'a, T>, String> {
        let policy = self.ima_policy();
        if let Some(list) = self.ima.as_ref().filter(|list| self.is_streamed(list)) {
            let judge = |boot: Option<&BootPolicy<'_>>| {
                self.in_pieces(list, carried, appraisal, (boot, policy.as_ref()))
            };
            return match boot_rules() {
                Some(rules) => rules.with(|boot| judge(Some(boot))),
                None => judge(None),
            };
        }
        let (appraisal, replay) = self.replay(carried, appraisal);
        let (appraisal, judgement) = appraisal.judge_ima(replay.as_ref(), policy.as_ref());
        self.write_entries(replay.as_ref(), policy.as_ref())?;
        Ok((appraisal, replay, judgement))
    }

    /// The same with a list of IMA that is read in pieces.
    fn in_pieces<'l, 'a, T: Quoted>(
        &'l self,
        list: &Log,
        carried: &'l Carried,
        appraisal: Appraisal<'a, T>,
        (boot, ima): (Option<&BootPolicy<'_>>, Option<&ImaPolicy<'_>>),
    ) -> Result<Judged<'l, 'a, T>, String> {
        let mut failed = None;
        let mut buffer = vec![0; ImaChunks::MAX_ENTRY];
        let logs = self.logs(carried).map(Option::unwrap_or_default);
        let state = self.state.as_ref();
        let (appraisal, resumed) =
            appraisal.replay_resumed(logs, boot, ima, state, &mut buffer, |stream| {
                let Some(long) = list.long() else {
                    let input = list.read(&carried.ima_log, wrong::ima_list)?;
                    return stream.push(&input.bytes);
                };
                long.each(|piece| stream.push(piece))
                    .map_err(|stop| match stop {
                        Stop::Refused(error) => error,
                        Stop::Unreadable(message) => {
                            failed = Some(message);
                            // What is said of the list does not matter any more.
                            ImaProblem::Empty.into()
                        }
                    })
            });
        if let Some(message) = failed {
            return Err(message);
        }
        let Some((replay, judgement, state)) = resumed else {
            self.options.state.write(None)?;
            return Ok((appraisal, None, None));
        };
        if let (Some(proof), Some(list)) = (replay.ima_proof(), list.file()) {
            let (name, count) = (&list.name, proof.total());
            saw(format!("{name}: IMA list, read in pieces, {count} entries"));
        }
        self.options.state.write(state.as_ref())?;
        Ok((appraisal, Some(replay), judgement))
    }

    /// The logs, if there are any, or why one cannot be read.
    fn logs<'l>(&'l self, carried: &'l Carried) -> Result<Option<Logs<'l>>, Error> {
        if self.firmware.is_none() && self.userspace.is_none() && self.ima.is_none() {
            return Ok(None);
        }
        let mut logs = Logs::new();
        if let Some(log) = &self.firmware {
            let input = log.read(&carried.event_log, wrong::boot_log)?;
            let log = match self.options.allow_padding {
                true => EventLog::parse_padded(&input.bytes)?,
                false => EventLog::parse(&input.bytes)?,
            };
            if self.firmware.as_ref().and_then(Log::file).is_some() {
                let events = log.events().count();
                saw(format!("{}: event log, {events} events", input.name));
            }
            logs = logs.firmware(log);
        }
        if let Some(input) = &self.userspace {
            logs = logs.userspace(UserspaceLog::parse(&input.bytes)?);
            saw(format!("{}: systemd's log", input.name));
        }
        if let Some(log) = self.ima.as_ref().filter(|log| !self.is_streamed(log)) {
            let input = log.read(&carried.ima_log, wrong::ima_list)?;
            let list = ImaList::parse(&input.bytes)?;
            if log.file().is_some() {
                let form = if list.is_ascii() { "ASCII" } else { "binary" };
                let (name, count) = (&input.name, list.count());
                saw(format!("{name}: IMA list ({form}), {count} entries"));
            }
            logs = logs.ima(list);
        }
        let suffixes = self.options.allow_suffix.iter();
        Ok(Some(
            suffixes.fold(logs, |logs, suffix| logs.allow_suffix(*suffix)),
        ))
    }

    /// What the entries of the IMA list have to be, if that is asked for.
    pub(crate) fn ima_policy(&self) -> Option<ImaPolicy<'_>> {
        let policy = match &self.allowed {
            Some(allowed) => ImaPolicy::new(allowed).keys(&self.keys),
            None if self.keys.is_empty() => return None,
            None => ImaPolicy::signed(&self.keys),
        };
        let policy = policy
            .require(&self.required)
            .require_in_force(&self.in_force);
        Some(match self.options.dangerous_ima_violations {
            true => policy.dangerous_allow_violations(),
            false => policy,
        })
    }

    /// Writes the entries that are proven to the file that an option names.
    pub(crate) fn write_entries(
        &self,
        replay: Option<&Replay<'_>>,
        policy: Option<&ImaPolicy<'_>>,
    ) -> Result<(), String> {
        let file = self.options.ima_entries.as_deref();
        file.map_or(Ok(()), |file| ima_entries::write(file, replay, policy))
    }

    /// What there is to say of an error about one of the logs.
    pub(crate) fn diagnosis<'d>(&'d self, error: &'d Error) -> Option<Diagnosis<'d>> {
        if let Problem::Setting(SettingProblem::BootPolicy(_)) = error.problem() {
            return Some(Diagnosis::of_file(error, boot_rules_file()?));
        }
        let diagnosis = Diagnosis::of(error, self.at_fault(error)?);
        Some(diagnosis.help(self.help(error)))
    }

    /// The same of an error about a log that the response carries: with its field.
    pub(crate) fn in_carried<'d>(&self, error: &Error, diagnosis: Diagnosis<'d>) -> Diagnosis<'d> {
        let (log, field) = match error.part() {
            Part::EventLog => (&self.firmware, "event_log_b64"),
            Part::ImaList => (&self.ima, "ima_log_b64"),
            _ => return diagnosis,
        };
        match log {
            Some(Log::Response) => diagnosis.in_log(field).help(self.help(error)),
            _ => diagnosis,
        }
    }

    /// The file that an error is about, if it is one of these.
    fn at_fault(&self, error: &Error) -> Option<&Input> {
        match error.part() {
            Part::EventLog => match &self.firmware {
                Some(log) => log.file(),
                None => self.userspace.as_ref(),
            },
            Part::UserspaceLog => self.userspace.as_ref(),
            Part::ImaList => self.ima.as_ref()?.file(),
            _ => None,
        }
    }

    /// What to do, where that follows from the options.
    fn help(&self, error: &Error) -> Option<&'static str> {
        let Problem::Log(problem) = error.problem() else {
            return None;
        };
        match problem {
            LogProblem::Tail { .. } => Some(
                "Give --allow-padding if the log was taken from an area of a fixed size, as CCEL is.",
            ),
            LogProblem::Unexplained { .. } if self.firmware.is_none() => {
                Some("Give the firmware's log with --boot-log as well: it explains PCRs 0 to 7.")
            }
            LogProblem::Mismatch { .. } if self.userspace.is_none() => Some(
                "Give the quote and the log of the same boot; what systemd extends later (from version 261 on) is in its own log (--userspace-log), or allowed with --allow-suffix os-separator.",
            ),
            _ => None,
        }
    }
}
