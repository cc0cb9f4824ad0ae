//! `tpm-quote baseline`: PCR values that are good from now on, because a quote that was
//! verified has them.

use std::ffi::OsString;

use clap::Args;
use serde_json::Value;
use tpm_quote::{
    Attestation, KeyTrust, Pcr, Scratch, Tier, VerifiedQuote,
    log::{ProvenIma, Replay},
    report::Report,
    verify::Warning,
};

use crate::{
    allow_list,
    baseline_file::{self, Entry},
    boot_policy,
    input::Input,
    options::Request,
    output::{ACCEPTED, REJECTED, finish, say, status},
    policy::{LogOptions, is_verified},
    response::Terms,
    save::{self, Staged},
};

/// Learn a baseline file from a quote that is verified first
#[derive(Args)]
#[command(
    long_about = "Learn a baseline file from a quote that is verified first: the PCR values \
that it covers, for `--baseline` of `tpm-quote verify` and `tpm-quote check`.

FILE is a response, as for `tpm-quote verify`. What is not verified is not learned. Nothing \
says that the values are good but you: take them from a machine that you know to be sound, \
and from a key that something vouches for: a key that nothing vouches for wants \
--dangerous-learn-self-asserted. A report with a warning about the quote itself, as \
one without a nonce has, is not learned from.",
    after_long_help = "Exit status:
  0  learned
  1  rejected or unsupported, or nothing vouches for the key: nothing is learned
  2  something cannot be read or written, or the options are wrong

Examples:
  tpm-quote baseline response.json --payload-id ID --ak-name NAME -o good.json

  After an update, what else is good from now on, and what differs:
  tpm-quote baseline response.json --payload-id ID --ak-name NAME \\
      --merge good.json -o good.json

  From the files of tpm2-tools:
  tpm-quote check -u ak.pub -m quote.msg -s quote.sig -f quote.pcrs -q NONCE \\
      --format json > report.json && tpm-quote baseline --report report.json"
)]
pub(crate) struct Options {
    /// The response; `-`, or no FILE at all, is standard input
    ///
    /// A file whose name begins with - stands behind --, as the last: -- --help
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: OsString,

    #[command(flatten)]
    request: Request,

    /// Learn from the JSON report on a quote that you verified before (--format json)
    #[arg(
        long,
        value_name = "FILE",
        group = "Request",
        conflicts_with_all = ["file", "require_pcrs", "ak_name", "certified_by", "certify_nonce", "require_anchor", "CertificateOptions", "HardwareOptions", "TrustOptions", "Place", "Clock", "LogOptions"]
    )]
    report: Option<OsString>,

    #[command(flatten)]
    terms: Terms,

    #[command(flatten)]
    logs: LogOptions,

    /// Where a policy file is written that this boot fulfils, for --policy: its
    /// Secure Boot, authorities, images and command lines, and no others
    ///
    /// It needs a log (--boot-log), or a --report of a run that had one. What is not
    /// known of the boot is not learned, and said on standard error.
    #[arg(long, value_name = "FILE")]
    boot_policy: Option<OsString>,

    /// Learn an allow list instead of PCR values: the files that IMA measured, as the
    /// quote proves them, for --ima-allow
    ///
    /// It needs the list (--ima-list). It is what sha256sum writes; names are labels.
    /// Violations are not learned, and said on standard error.
    #[arg(
        long,
        requires = "ima_list",
        conflicts_with_all = ["report", "merge"]
    )]
    ima: bool,

    /// Learn from a quote whose key nothing vouches for: whoever sent it could have
    /// chosen the values
    #[arg(long)]
    dangerous_learn_self_asserted: bool,

    /// A baseline file whose values stay good; may be given several times
    ///
    /// What differs from it is said on standard error.
    #[arg(long, value_name = "FILE")]
    merge: Vec<OsString>,

    /// Where the baseline is written, instead of standard output
    ///
    /// It may be one of the files that are merged.
    #[arg(short, long, value_name = "FILE")]
    output: Option<OsString>,
}

/// Runs the command and gives the exit status, or why there is no report.
pub(crate) fn run(options: &Options) -> Result<u8, String> {
    let mut merged = Vec::new();
    for name in &options.merge {
        merged.push((name.to_string_lossy(), baseline_file::read(name)?));
    }
    let learned = match &options.report {
        Some(report) => reported(options, &Input::read(report)?)?,
        None => verified(options)?,
    };
    let learned = match learned {
        Ok(learned) => learned,
        Err(status) => return Ok(status),
    };
    let mut entries = Vec::new();
    for (name, known) in &merged {
        say_what_differs(&learned.values, name, known);
        add(&mut entries, known);
    }
    add(&mut entries, &learned.values);
    if let Some(output) = &options.boot_policy {
        let policy = learned.boot_policy.ok_or(
            "--boot-policy: nothing is known of the boot: give --boot-log, or a --report that has boot",
        )?;
        save::refuse_what_was_read(output)?;
        Staged::replacing(output, policy.as_bytes())?.put()?;
    }
    let text = match (options.ima, learned.allow_list) {
        (false, _) => baseline_file::text(&entries),
        (true, Some(list)) => list?,
        (true, None) => return Err("--ima: nothing is known of a list of IMA".to_owned()),
    };
    let Some(output) = &options.output else {
        return Ok(finish(&text, ACCEPTED));
    };
    let is_merged = |merged: &OsString| save::is_one_file(merged, output);
    if !options.merge.iter().any(is_merged) {
        save::refuse_what_was_read(output)?;
    }
    Staged::replacing(output, text.as_bytes())?.put()?;
    Ok(ACCEPTED)
}

/// What is good from now on.
struct Learned {
    values: Vec<Entry>,
    /// The text of a policy file, if one is asked for and something is known of the boot.
    boot_policy: Option<String>,
    /// The text of an allow list, if one is asked for, or why there is none.
    allow_list: Option<Result<String, String>>,
}

/// The values in a response, or the exit status if it is not accepted.
fn verified(options: &Options) -> Result<Result<Learned, u8>, String> {
    let nonce = options.request.nonce()?;
    options.terms.with(Tier::Maximum, None, |wanted| {
        let input = Input::read(&options.file)?;
        let files = options.logs.read_whole(None)?;
        let mut scratch = Scratch::new();
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
        if let Some(diagnosis) = diagnosis {
            diagnosis.say_all();
        }
        let appraisal = &appraised.appraisal;
        Ok(match appraisal.value() {
            Some(Attestation::Verified(quote)) => {
                let mut report = String::new();
                // Nothing can fail in writing to memory.
                let _ = Report::new(appraisal)
                    .boot(replay.as_ref())
                    .ima(judgement.as_ref())
                    .write_json_line(&mut report);
                let report: Value = serde_json::from_str(&report).unwrap_or_default();
                let ima = replay.as_ref().and_then(Replay::ima);
                let ima = ima.filter(|_| options.ima);
                options.learn(quote.key_trust().name(), &report, quoted(quote), ima)
            }
            _ => {
                say("nothing is learned from a quote that is not verified");
                Err(status(&Report::new(appraisal)))
            }
        })
    })
}

impl Options {
    /// The values, if what vouches for their key is enough to learn from it; or the exit
    /// status.
    fn learn(
        &self,
        trust: &str,
        report: &Value,
        values: Vec<Entry>,
        ima: Option<&ProvenIma<'_>>,
    ) -> Result<Learned, u8> {
        let learned = || Learned {
            values,
            allow_list: ima.map(allow_list::learned),
            boot_policy: self
                .boot_policy
                .as_ref()
                .and_then(|_| boot_policy::learned(report)),
        };
        if trust != KeyTrust::SelfAsserted.name() {
            return Ok(learned());
        }
        let why = "the key is self-asserted: nothing shows that a TPM made this quote, and anyone could have chosen the values";
        if self.dangerous_learn_self_asserted {
            say(&format!("warning: {why}"));
            return Ok(learned());
        }
        say(&format!("tpm-quote: nothing is learned: {why}"));
        say(
            "help: Say what vouches for the key (--ak-name, --certified-by, --ak-cert); or, if you know the machine, --dangerous-learn-self-asserted.",
        );
        Err(REJECTED)
    }
}

fn quoted(quote: &VerifiedQuote<'_>) -> Vec<Entry> {
    let pcrs = quote.pcrs().filter_map(|value| {
        Some(Entry {
            pcr: Pcr::new(value.bank, value.index).ok()?,
            values: vec![value.digest.to_vec()],
        })
    });
    pcrs.collect()
}

/// The values in a report, which has them as a baseline file has.
fn reported(options: &Options, input: &Input) -> Result<Result<Learned, u8>, String> {
    let name = &input.name;
    let report: Value = serde_json::from_slice(input.json()?)
        .map_err(|error| format!("{name}: not a JSON report: {error}"))?;
    let warnings = report.get("warnings").and_then(Value::as_array);
    let warnings = warnings.filter(|_| is_verified(&report));
    let (Some(warnings), Some(pcrs)) = (warnings, report.pointer("/quote/pcrs")) else {
        return Err(format!(
            "{name}: not the JSON report on a quote that was verified (--format json)"
        ));
    };
    // What is said of the key is said of its trust as well; the values are signed all the same.
    let of_key = [
        Warning::SelfAsserted,
        Warning::AttributesUnknown,
        Warning::CertificateNumbers,
    ];
    let is_of_key = |text: &&Value| of_key.iter().any(|warning| **text == warning.text());
    if let Some(other) = warnings.iter().find(|text| !is_of_key(text)) {
        let text = other.as_str().unwrap_or_default();
        return Err(format!("{name}: the report warns: {text}"));
    }
    let trust = report.pointer("/key/trust").and_then(Value::as_str);
    let values = baseline_file::parse(pcrs.to_string().as_bytes())
        .map_err(|error| format!("{name}: not the values of a quote: {error}"))?;
    // A report that does not tell is one on a key that nothing vouches for.
    let trust = trust.unwrap_or(KeyTrust::SelfAsserted.name());
    Ok(options.learn(trust, &report, values, None))
}

fn say_what_differs(learned: &[Entry], name: &str, known: &[Entry]) {
    let missing = known.iter().filter(|entry| find(learned, entry).is_none());
    let missing = missing.map(|entry| (entry, "not in the quote: kept"));
    let others = learned.iter().filter_map(|entry| match find(known, entry) {
        None => Some((entry, "was not there: added")),
        Some(known) => {
            let is_known = |value| known.values.contains(value);
            (!entry.values.iter().all(is_known)).then_some((entry, "another value: added"))
        }
    });
    let mut differs = false;
    for (entry, what) in others.chain(missing) {
        differs = true;
        say(&format!("{name}: {}: {what}", entry.pcr));
    }
    if !differs {
        say(&format!("{name}: nothing differs"));
    }
}

fn add(entries: &mut Vec<Entry>, more: &[Entry]) {
    for entry in more {
        match entries.iter_mut().find(|known| known.pcr == entry.pcr) {
            Some(known) => {
                for value in &entry.values {
                    if !known.values.contains(value) {
                        known.values.push(value.clone());
                    }
                }
            }
            None => entries.push(entry.clone()),
        }
    }
}

fn find<'e>(entries: &'e [Entry], pcr: &Entry) -> Option<&'e Entry> {
    entries.iter().find(|entry| entry.pcr == pcr.pcr)
}
