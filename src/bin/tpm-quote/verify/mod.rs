//! `tpm-quote verify`: the library's answer to a response, or to many.

mod line;
mod lines;
mod options;

use tpm_quote::{Scratch, report::Report};

pub(crate) use self::options::Options;
use crate::{
    diagnosis::explained,
    input::Input,
    output::{Format, print},
    response::Wanted,
};

/// Runs the command and gives the exit status, or why there is no report.
pub(crate) fn run(options: &Options) -> Result<u8, String> {
    if options.threads.is_some() && !options.ndjson {
        return Err("--threads is for --ndjson".to_owned());
    }
    if options.allow_empty && !options.ndjson {
        return Err("--allow-empty is for --ndjson".to_owned());
    }
    if options.ndjson && options.terms.policy.needs_a_time() {
        return Err(
            "--ak-cert with --ndjson needs --at: the certificate is verified once, for all lines"
                .to_owned(),
        );
    }
    if options.ndjson
        && let Some(option) = options.logs.of_file()
    {
        return Err(format!(
            "{option} is for one response: with --ndjson, one log would be replayed against all lines\nhelp: With --boot-log response and --ima-list response, each line brings its own (docs/servers.md)."
        ));
    }
    if options.ndjson && options.verbosity.verbose {
        return Err("--verbose is for a report as text, and --ndjson prints JSON".to_owned());
    }
    let tier = options.tier.into();
    options.terms.with(tier, Some(&options.baseline), |wanted| {
        if options.ndjson && wanted.has_dated_lines() {
            return Err(
                "--trust with --ndjson needs --at: lines of the file have a validity, which is judged once"
                    .to_owned(),
            );
        }
        match &options.payload_id_field {
            Some(payload_id) => lines::run(options, wanted, payload_id),
            None => one(options, wanted),
        }
    })
}

fn one(options: &Options, wanted: &Wanted<'_>) -> Result<u8, String> {
    let input = Input::read(&options.file)?;
    let files = options.logs.read(None)?;
    let mut scratch = Scratch::new();
    let nonce = options.request.nonce()?;
    let mut appraised = wanted.appraise_file(&input, nonce, files.fit(), &mut scratch);
    let carried = files.carried(&input.bytes);
    let replay;
    let judgement;
    (appraised.appraisal, replay, judgement) = files.judged(&carried, appraised.appraisal)?;
    let error = appraised.appraisal.error();
    let diagnosis = error.and_then(|error| files.diagnosis(error));
    let diagnosis = diagnosis.or_else(|| {
        let diagnosis = wanted.diagnosis(&input, &options.request, &appraised)?;
        Some(files.in_carried(error?, diagnosis))
    });
    if let Some(diagnosis) = &diagnosis {
        diagnosis.say();
    }
    let report = Report::new(&appraised.appraisal)
        .source(input.source())
        .form(appraised.form.map(|form| form.name()))
        .certificate(wanted.certificate(appraised.appraisal.key()))
        .vouched_by(wanted.vouched_by(appraised.appraisal.key()))
        .boot(replay.as_ref())
        .ima(judgement.as_ref());
    let format = options.format.unwrap_or(Format::Text);
    Ok(explained(diagnosis.as_ref(), report, |report| {
        print(report, format, &options.verbosity)
    }))
}
