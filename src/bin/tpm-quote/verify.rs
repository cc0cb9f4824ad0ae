//! `tpm-quote verify`: options, and the library's answer to them.

use std::ffi::OsString;

use clap::{ArgGroup, Args, ValueEnum};
use tpm_quote::{
    AttestationKey, Nonce, PcrSet, ResponseError, ResponsePolicy, Scratch, TpmAttestation,
    VerifiedQuote, VerifyError,
    evidence::{BlockEvidence, Form},
    types::{NameForm, Tpm2bName},
    verify::{BaselineEntry, NonceError, Part, PcrSetError, Verdict},
};

use crate::{
    baseline::{self, Entry},
    input::{Input, unhex},
    kinds,
    output::{ACCEPTED, REJECTED, UNREADABLE, finish, say},
    report::{self, Compared, Failure, Mismatch, Outcome, Report},
};

/// Verify the TPM quote in the response of an inference server
#[derive(Args)]
#[command(
    long_about = "Verify the TPM quote in the response of an inference server.

FILE is the whole JSON response, its _metadata, or the tpm_attestation block \
alone: exactly one of them. Nothing is asked of a TPM or of the network.",
    after_long_help = "What the report says of the key:
  self-asserted  The key came with the response, and nothing else vouches for \
it. The quote is consistent, but nothing shows that a TPM made it: anyone can \
make such a key in software, with all the right attributes.
  pinned         The key has one of the names given with --ak-name.

Exit status:
  0  accepted: the quote passed every check; or, where --tier allows it, the \
server says that it has no TPM (verdict \"unavailable\": nothing is known of \
the machine)
  1  rejected or unsupported: the evidence can be read, but a check failed, \
the tier is not met, or an algorithm is not supported
  2  something cannot be read: the evidence is malformed or contradicts \
itself, a file is missing, or the options are wrong. Wrong options and files \
that are missing print no report

Example:
  tpm-quote verify response.json --payload-id 22c4a258-d445-5bdd-885d-40980abcee2d \\
      --require-pcrs sha256:0,7,10 --baseline good.json --format json",
    group(ArgGroup::new("request").args(["payload_id", "nonce"]).required(true))
)]
pub(crate) struct Options {
    /// The response; `-`, or no FILE at all, is standard input
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: OsString,

    /// The payload id of your request; the nonce in the quote has to be the
    /// first 16 bytes of its SHA-256
    ///
    /// Take it from your own records: the one in the response is not used,
    /// because an old response has its own.
    #[arg(long, value_name = "ID", value_parser = payload_nonce)]
    payload_id: Option<Nonce>,

    /// The nonce itself, 1 to 66 bytes in hexadecimal, instead of a payload id
    #[arg(long, value_name = "HEX", value_parser = exact_nonce)]
    nonce: Option<Nonce>,

    /// How much you need of the server's TPM
    ///
    /// A quote that is there is verified in every tier.
    #[arg(long, value_enum, default_value_t = Tier::Maximum)]
    tier: Tier,

    /// PCR values that are known to be good
    ///
    /// A JSON file: {"sha256": {"0": "HEX", "7": ["HEX", "HEX"]}}. A list means
    /// any of them; PCR that are not named are not compared. A PCR that is
    /// named and that the quote does not cover is a mismatch.
    #[arg(long, value_name = "FILE")]
    baseline: Option<OsString>,

    /// PCR that the quote has to cover at least, as in sha256:0,7,10+sha384:0
    ///
    /// Without it, the PCR that the response claims are what has to be covered,
    /// and PCR 16 to 23 (which software can reset) and the SHA-1 bank are
    /// refused. They count only if they are named here.
    #[arg(long, value_name = "SET", value_parser = pcr_set)]
    require_pcrs: Option<PcrSet>,

    /// Name of a key that is trusted, in hexadecimal: hash id and digest, as
    /// 000b and 64 digits; may be given several times
    ///
    /// The key has to have one of the names. Take a name from the machine
    /// itself, never from a response. Of no use for a key that is made afresh
    /// for each request: no two of those have the same name.
    #[arg(long, value_name = "HEX", value_parser = pinned_name)]
    ak_name: Vec<PinnedName>,

    /// Refuse a key that only its own response vouches for (self-asserted)
    ///
    /// Without --ak-name, every key is self-asserted.
    #[arg(long)]
    require_anchor: bool,

    /// The report, on standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Tier {
    /// Goes on without a TPM
    Standard,
    /// Goes on without a TPM
    High,
    /// Requires a verified quote
    Maximum,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For a person
    Text,
    /// One JSON object
    Json,
}

/// The Name of a key.
#[derive(Clone)]
struct PinnedName(Vec<u8>);

fn payload_nonce(text: &str) -> Result<Nonce, NonceError> {
    Nonce::from_payload_id(text)
}

fn exact_nonce(text: &str) -> Result<Nonce, String> {
    Nonce::exact(&unhex(text)?).map_err(|error| error.to_string())
}

fn pcr_set(text: &str) -> Result<PcrSet, PcrSetError> {
    PcrSet::parse(text)
}

fn pinned_name(text: &str) -> Result<PinnedName, String> {
    let bytes = unhex(text)?;
    let is_name = Tpm2bName::new(&bytes).is_ok_and(|name| match name.form() {
        NameForm::Digest { name_alg, .. } => name_alg.digest_size().is_some(),
        NameForm::Empty | NameForm::Handle(_) => false,
    });
    if is_name {
        Ok(PinnedName(bytes))
    } else {
        let count = bytes.len();
        Err(format!(
            "{count} bytes that are not the Name of a key: a hash id of two bytes and a digest of that hash, as 000b and 32 bytes for SHA-256"
        ))
    }
}

/// Runs the command and gives the exit status.
pub(crate) fn run(options: &Options) -> u8 {
    match try_run(options) {
        Ok(status) => status,
        Err(message) => {
            say(&format!("tpm-quote: {message}"));
            UNREADABLE
        }
    }
}

fn try_run(options: &Options) -> Result<u8, String> {
    let nonce = options
        .payload_id
        .or(options.nonce)
        .ok_or("give --payload-id or --nonce")?;
    let entries = match &options.baseline {
        Some(file) => baseline::read(file)?,
        None => Vec::new(),
    };
    let input = Input::read(&options.file)?;

    let values: Vec<Vec<&[u8]>> = entries
        .iter()
        .map(|entry| entry.values.iter().map(Vec::as_slice).collect())
        .collect();
    let baseline: Vec<BaselineEntry<'_>> = entries
        .iter()
        .zip(&values)
        .map(|(entry, values)| (entry.bank, entry.index, values.as_slice()))
        .collect();
    let names: Vec<&[u8]> = options.ak_name.iter().map(|name| &*name.0).collect();

    let mut policy = ResponsePolicy::with_nonce(nonce).baseline(&baseline);
    if let Some(required) = options.require_pcrs {
        policy = policy.require_pcrs(required);
    }
    if !names.is_empty() {
        policy = policy.pinned(&names);
    }
    if options.require_anchor {
        policy = policy.require_anchored_key();
    }

    let mut scratch = Scratch::new();
    let (form, judged) = judge(&input.bytes, &policy, options.tier.into(), &mut scratch);
    let report = Report {
        source: &input.name,
        form,
        asked_tier: true,
        plain_key: false,
        help: None,
        asked_anchor: !names.is_empty() || options.require_anchor,
        asked_baseline: !entries.is_empty(),
        key: judged.key,
        baseline: judged.compare(&policy, &entries),
        outcome: judged.outcome,
    };
    if let Outcome::Failed(Failure::Response(error)) = &report.outcome {
        complain(&input, error, judged.evidence.as_ref());
    }
    let text = match options.format {
        Format::Text => report::text(&report),
        Format::Json => report::json(&report),
    };
    Ok(finish(&text, status(&report.outcome)))
}

/// What the library made of a response.
struct Judged<'a> {
    outcome: Outcome<'a>,
    key: Option<AttestationKey<'a>>,
    evidence: Option<BlockEvidence<'a>>,
}

fn judge<'a>(
    json: &[u8],
    policy: &ResponsePolicy<'_>,
    tier: tpm_quote::Tier,
    scratch: &'a mut Scratch,
) -> (Option<Form>, Judged<'a>) {
    let no_evidence = |outcome| Judged {
        outcome,
        key: None,
        evidence: None,
    };
    let form = match Form::detect(json) {
        Ok(form) => form,
        Err(error) => return (None, no_evidence(Outcome::Failed(error.into()))),
    };
    let judged = match TpmAttestation::from_json(json, form, scratch) {
        Ok(Some(TpmAttestation::Available(evidence))) => Judged {
            outcome: match evidence.verify(policy) {
                Ok(quote) => Outcome::Verified(quote),
                Err(error) => Outcome::Failed(error.into()),
            },
            key: key(&evidence, policy),
            evidence: Some(evidence),
        },
        Ok(Some(TpmAttestation::Unavailable) | None) => no_evidence(if tier.requires_tpm() {
            Outcome::Failed(ResponseError::Unavailable { tier }.into())
        } else {
            Outcome::Unavailable
        }),
        Err(error) => no_evidence(Outcome::Failed(error.into())),
    };
    (Some(form), judged)
}

/// The key, to be shown. One whose name is not pinned is a key all the same,
/// for which nothing vouches.
fn key<'a>(
    evidence: &BlockEvidence<'a>,
    policy: &ResponsePolicy<'_>,
) -> Option<AttestationKey<'a>> {
    match evidence.key(policy) {
        Err(VerifyError::KeyNotPinned { .. }) => {
            // The nonce says nothing about a key: any will do.
            let anyone = Nonce::exact(&[0]).map(ResponsePolicy::with_nonce).ok()?;
            evidence.key(&anyone).ok()
        }
        key => key.ok(),
    }
}

impl<'a> Judged<'a> {
    /// What became of the baseline, if there is one and it was reached. The
    /// library counts what does not match; which ones these are is seen in the
    /// quote as it passes without a baseline.
    fn compare<'e>(
        &self,
        policy: &ResponsePolicy<'_>,
        entries: &'e [Entry],
    ) -> Option<Compared<'e, 'a>> {
        if entries.is_empty() {
            return None;
        }
        match &self.outcome {
            Outcome::Verified(quote) => Some(Compared {
                matched: quote.baseline_matched(),
                mismatched: Vec::new(),
            }),
            &Outcome::Failed(Failure::Response(ResponseError::Evidence(
                VerifyError::Baseline { matched, .. },
            ))) => {
                let quote = self.evidence?.verify(&policy.baseline(&[])).ok()?;
                Some(Compared {
                    matched,
                    mismatched: mismatched(&quote, entries),
                })
            }
            Outcome::Failed(_) | Outcome::Unavailable => None,
        }
    }
}

fn mismatched<'e, 'a>(quote: &VerifiedQuote<'a>, entries: &'e [Entry]) -> Vec<Mismatch<'e, 'a>> {
    let with_actual = entries.iter().map(|entry| Mismatch {
        entry,
        actual: quote.pcr(entry.bank, entry.index),
    });
    with_actual
        .filter(|pcr| !pcr.entry.values.iter().any(|good| pcr.actual == Some(good)))
        .collect()
}

/// The error, for standard error: where, which check or key, what, what to do.
fn complain(input: &Input, error: &ResponseError, evidence: Option<&BlockEvidence<'_>>) {
    let place = match error.offset() {
        Some(offset) => input.place(offset),
        None => input.name.clone(),
    };
    match (error, evidence) {
        (ResponseError::Evidence(VerifyError::Malformed { part, .. }), Some(evidence)) => {
            let (field, bytes) = match part {
                Part::Public => ("aik_pubkey_b64", evidence.aik_pubkey),
                Part::Attest | Part::Signed => ("quote_b64", evidence.quote),
                Part::Signature => ("signature_b64", evidence.signature),
            };
            say(&format!("tpm-quote: {place}: {field}: {error}"));
            say(&format!("help: {}", error.help()));
            let from = match part {
                Part::Signed => "behind its size",
                _ => "decoded",
            };
            say(&format!(
                "note: bytes are counted from the start of {field}, {from}"
            ));
            if let Some(seen) = kinds::looks_like(bytes) {
                say(&format!("note: {field} looks like {seen}"));
            }
        }
        _ if error.verdict() == Verdict::Malformed => {
            say(&format!("tpm-quote: {place}: {error}"));
            say(&format!("help: {}", error.help()));
        }
        _ => say(&format!("tpm-quote: {place}: {}: {error}", error.check())),
    }
}

/// The exit status.
pub(crate) fn status(outcome: &Outcome<'_>) -> u8 {
    match outcome {
        Outcome::Verified(_) | Outcome::Unavailable => ACCEPTED,
        Outcome::Failed(error) => match error.verdict() {
            Verdict::Rejected | Verdict::Unsupported => REJECTED,
            Verdict::Malformed => UNREADABLE,
        },
    }
}

impl From<Tier> for tpm_quote::Tier {
    fn from(tier: Tier) -> Self {
        match tier {
            Tier::Standard => Self::Standard,
            Tier::High => Self::High,
            Tier::Maximum => Self::Maximum,
        }
    }
}
