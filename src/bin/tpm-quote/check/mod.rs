//! `tpm-quote check`: the options of `tpm2_checkquote`, and the library's answer.

mod evidence;
mod files;
mod key;
mod keylime;
mod options;
mod tools;

use std::ffi::{OsStr, OsString};

use tpm_quote::{
    Check, Error, Nonce, PcrSet, Problem, QuotePolicy,
    evidence::{PcrFormat, Project},
    report::Report,
    verify::{
        Part,
        error::{AnchorProblem, AttestProblem},
    },
};

pub(crate) use self::options::Options;
use self::{
    key::{Read, Stop},
    tools::ToolsFiles,
};
use crate::{
    diagnosis::{Diagnosis, explained},
    input::{Input, unhex},
    named::{Key, read_key},
    output::{Format, is_told_once, print, saw, say},
    policy::{Carried, LogFiles, Required},
};

/// Runs the command and gives the exit status, or why there is no report.
pub(crate) fn run(options: &Options) -> Result<u8, String> {
    let pcr_formats = options.format.iter().filter_map(|format| format.of_pcrs());
    let of_pcrs = only(pcr_formats, "format of the PCR file")?;
    let reports = options
        .format
        .iter()
        .filter_map(|format| format.of_report());
    let of_report = only(reports, "format of the report")?.unwrap_or(Format::Text);
    if of_pcrs == Some(PcrFormat::Values) && options.pcr_list.is_none() {
        return Err("a file of values does not say what they are values of: give -l".to_owned());
    }
    if of_pcrs.is_some() && options.evidence.is_some() {
        return Err("--evidence has no PCR file whose format could be named".to_owned());
    }
    let nonce = match &options.qualification {
        Some(given) => nonce(given)?,
        None => Nonce::dangerous_none(),
    };
    options.policy.fit_files(options.qualification.is_some())?;
    let files = Files::read(options)?;
    if let Some(option) = options.logs.of_response() {
        return Err(format!(
            "{option} response is for the responses of verify and baseline\nhelp: A file of this name is ./response."
        ));
    }
    let logs = options.logs.read(options.event_log.as_deref())?;
    options.policy.with(Some(&options.baseline), |required| {
        let how = (nonce, of_pcrs, of_report);
        appraise(options, (&files, &logs), how, required)
    })
}

/// Appraises what is in the files, and prints the report.
fn appraise(
    options: &Options,
    (files, logs): (&Files, &LogFiles<'_>),
    (nonce, of_pcrs, of_report): (Nonce, Option<PcrFormat>, Format),
    required: &Required<'_>,
) -> Result<u8, String> {
    let (mut of_key, mut of_evidence) = (Vec::new(), Vec::new());
    let policy = (required, nonce);
    let key = match &files.key {
        Some(file) => read_key(file, &mut of_key),
        None => Ok(Key::OfCertificate),
    };
    let read = match (logs.fit().and(key.as_ref().map_err(|e| *e)), &files.signed) {
        (Err(error), _) => Err(error.into()),
        (Ok(key), Signed::Tools(tools)) => tools::read(options, (key, tools), of_pcrs, policy),
        (Ok(key), Signed::Project(input)) => {
            evidence::read(options, (key, input), &mut of_evidence, policy)
        }
        (Ok(key), Signed::Keylime(input)) => {
            keylime::read(options, (key, input), &mut of_evidence, policy)
        }
    };
    // Not even the key in it was read, whatever part the error is about.
    let is_unread = matches!(read, Err(Stop::Unread(_)));
    let read = match read {
        Ok(read) => read,
        Err(Stop::Unread(error)) => Read::without_evidence(error.into()),
        Err(Stop::Refused(key)) => Read::without_evidence(*key),
        Err(Stop::Usage(message)) => return Err(message),
    };
    let lists = [options.pcr_list, options.require_pcrs];
    let lists = lists.iter().flatten();
    let wanted: PcrSet = lists.flat_map(PcrSet::iter).collect();
    let policy = required.of_quote(match wanted.is_empty() {
        false => QuotePolicy::new(nonce, wanted),
        // What was not asked for, the report warns of.
        true => QuotePolicy::dangerous_any_pcrs(nonce),
    });
    let appraisal = required
        .verifier()
        .appraise_quote(read.key, &read.evidence(), &policy);
    let carried = Carried::none();
    let (appraisal, replay, judgement) = logs.judged(&carried, appraisal)?;

    let diagnosis = appraisal.error().map(|error| {
        if let Some(diagnosis) = logs.diagnosis(error) {
            return diagnosis;
        }
        let is_wrong_file = matches!(error.problem(), Problem::WrongFile { .. });
        let is_unread = is_unread && !is_wrong_file;
        let diagnosis = match required.at_fault(error) {
            Some(name) if !is_unread => Diagnosis::of_file(error, name),
            _ => {
                let input = match is_unread {
                    true => files.main(),
                    false => files.at_fault(error),
                };
                diagnosis_of(error, input)
            }
        };
        let assumed = match (&key, &files.signed) {
            (Ok(key), Signed::Tools(tools)) if error.check() == Check::Signature => {
                options.key.assumed(key, &tools.signature, required)
            }
            _ => None,
        };
        diagnosis.help(help(options, error)).note(assumed)
    });
    if let Some(diagnosis) = &diagnosis {
        diagnosis.say();
    }
    let report = Report::new(&appraisal)
        .source(&files.main().name)
        .form(files.form())
        .certificate(required.certificate(appraisal.key()))
        .vouched_by(required.vouched_by(appraisal.key()))
        .hardware(read.hardware.as_ref())
        .boot(replay.as_ref())
        .ima(judgement.as_ref());
    if matches!(of_report, Format::Json) && !is_told_once() {
        for warning in appraisal.warnings() {
            say(&format!("warning: {warning}"));
        }
    }
    Ok(explained(diagnosis.as_ref(), report, |report| {
        print(report, of_report, &options.verbosity)
    }))
}

/// What there is to say of an error about this file.
fn diagnosis_of<'a>(error: &'a Error, input: &'a Input) -> Diagnosis<'a> {
    let diagnosis = Diagnosis::of(error, input);
    let is_wrong_file = matches!(error.problem(), Problem::WrongFile { .. });
    if diagnosis.is_unreadable() && !is_wrong_file {
        return diagnosis.looks_like(&input.name, &input.bytes);
    }
    diagnosis
}

/// At most one of these.
fn only<T>(mut given: impl Iterator<Item = T>, what: &str) -> Result<Option<T>, String> {
    match (given.next(), given.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(format!("--format names more than one {what}")),
    }
}

/// Hexadecimal, or the bytes of a file that is named with an `@`: whoever can add files to
/// a folder does not choose the nonce.
fn nonce(given: &OsStr) -> Result<Nonce, String> {
    let text = given.to_string_lossy();
    let (bytes, what) = match given.to_str().and_then(|text| text.strip_prefix('@')) {
        Some(file) => {
            let input =
                Input::read_file(OsStr::new(file)).map_err(|error| format!("-q: {error}"))?;
            let (name, len) = (&input.name, input.bytes.len());
            saw(format!("{name}: nonce, {len} bytes"));
            (input.bytes, format!("-q: {name}"))
        }
        None => {
            let bytes = unhex(&text).map_err(|error| {
                format!("-q: not hexadecimal: {error}\nhelp: If it is the name of a file, write @ in front of it.")
            })?;
            (bytes, "-q".to_owned())
        }
    };
    Nonce::exact(&bytes).map_err(|error| format!("{what}: {error}"))
}

/// What was given.
struct Files {
    key: Option<Input>,
    signed: Signed,
}

/// The quote, its signature and PCR values.
enum Signed {
    Tools(ToolsFiles),
    Project(Input),
    Keylime(Input),
}

impl Files {
    fn read(options: &Options) -> Result<Self, String> {
        let file = |file: &Option<OsString>| file.as_deref().map(Input::read_file).transpose();
        let key = options.key.file()?;
        if let Some(input) = file(&options.evidence)? {
            let signed = if keylime::text(&input.bytes).is_some() {
                Signed::Keylime(input)
            } else {
                Signed::Project(input)
            };
            return Ok(Self { key, signed });
        }
        let [message, signature] = [file(&options.message)?, file(&options.signature)?];
        let (Some(message), Some(signature)) = (message, signature) else {
            return Err("give -m and -s, or --evidence".to_owned());
        };
        let signed = Signed::Tools(ToolsFiles {
            message,
            signature,
            pcrs: file(&options.pcr)?,
        });
        Ok(Self { key, signed })
    }

    /// The file that the quote is in.
    fn main(&self) -> &Input {
        match &self.signed {
            Signed::Tools(files) => &files.message,
            Signed::Project(evidence) | Signed::Keylime(evidence) => evidence,
        }
    }

    /// What the evidence is a form of.
    fn form(&self) -> Option<&'static str> {
        match &self.signed {
            Signed::Tools(_) => None,
            Signed::Project(evidence) => Project::of(&evidence.bytes).ok().map(Project::name),
            Signed::Keylime(_) => Some("keylime"),
        }
    }

    /// The file that an error is about.
    fn at_fault(&self, error: &Error) -> &Input {
        let of_key = self.key.as_ref();
        match (error.part(), &self.signed) {
            (_, Signed::Project(evidence))
                if matches!(error.problem(), Problem::Anchor(AnchorProblem::OtherKey)) =>
            {
                evidence
            }
            (Part::Key | Part::KeyFile, _) => of_key.unwrap_or(self.main()),
            (Part::Signature, Signed::Tools(files)) if error.check() == Check::Input => {
                &files.signature
            }
            (Part::PcrFile, Signed::Tools(files)) => files.pcrs.as_ref().unwrap_or(&files.message),
            _ => self.main(),
        }
    }
}

/// What to do, where that follows from the options.
fn help(options: &Options, error: &Error) -> Option<&'static str> {
    match error.problem() {
        Problem::Attest(AttestProblem::Nonce { .. }) if options.qualification.is_none() => Some(
            "Give the nonce of your request with -q: without it, only a quote that has no nonce passes.",
        ),
        Problem::Anchor(AnchorProblem::OtherKey) => Some(
            "The evidence has to be by the key of -u: another machine may have answered, or its TPM has a new key.",
        ),
        Problem::Selection { .. } if options.evidence.is_some() => {
            Some("Name with -l exactly the PCRs that the quote has to cover.")
        }
        Problem::Selection { .. } if options.pcr.is_none() => {
            Some("Give the PCR values with -f: without them nothing is known of the machine.")
        }
        _ => None,
    }
}
