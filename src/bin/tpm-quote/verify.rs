//! `tpm-quote verify`: options, and the library's answer to them.

use std::ffi::OsString;

use clap::{Args, ValueEnum};
use tpm_quote::{
    AttestationKey, CertificateError, Check, Nonce, PcrSet, ResponseError, ResponsePolicy, Scratch,
    TpmAttestation, VerifiedQuote, VerifyError,
    evidence::{BlockEvidence, Form},
    verify::{AnchorError, BaselineEntry, Part, PcrSetError, Verdict},
};

use crate::{
    baseline::{self, Entry},
    certificate::Certificates,
    input::Input,
    kinds,
    options::{Anchor, AnchorFiles, Clock, Format, Place, Request},
    output::{ACCEPTED, REJECTED, UNREADABLE, finish, say},
    report::{self, Asked, Compared, Failure, Mismatch, Outcome, Report},
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
  certified      The key given with --certified-by certifies it (TPM2_Certify): \
it is in the same TPM. The certification comes with the response \
(aik_certify_b64, aik_certify_signature_b64) or with --certify-attest.
  created        The key given with --certified-by certifies how it was made \
(TPM2_CertifyCreation): the same TPM made it.
  certificate    A certificate for the key (--ak-cert) leads to a root given \
with --ca: whoever issued it says that the key is a restricted one of this TPM. \
It has the key's numbers alone; the attributes are the sender's word.

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
      --require-pcrs sha256:0,7,10 --baseline good.json --format json"
)]
pub(crate) struct Options {
    /// The response; `-`, or no FILE at all, is standard input
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: OsString,

    #[command(flatten)]
    request: Request,

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

    #[command(flatten)]
    anchor: Anchor,

    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    clock: Clock,

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

fn pcr_set(text: &str) -> Result<PcrSet, PcrSetError> {
    PcrSet::parse(text)
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
    let nonce = options.request.nonce()?;
    let entries = match &options.baseline {
        Some(file) => baseline::read(file)?,
        None => Vec::new(),
    };
    let files = options.anchor.read()?;
    let (certifier, creation) = (files.certifier()?, files.creation()?);
    let intermediates = files.certificates().map(Certificates::intermediates);
    let intermediates = intermediates.unwrap_or_default();
    let certificate = files.certificates().map(|all| all.verify(&intermediates));
    let (certificate, no_certificate) = match certificate {
        Some(Ok(certificate)) => (Some(certificate), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let ancestry = options.place.ancestry()?;
    let since = options.clock.since()?;
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
    let names = options.anchor.names();

    let mut policy = ResponsePolicy::with_nonce(nonce)
        .baseline(&baseline)
        .clock(options.clock.policy(since.as_ref()));
    if let Some(required) = options.require_pcrs {
        policy = policy.require_pcrs(required);
    }
    if let Some(ancestry) = ancestry {
        policy = policy.ancestry(ancestry);
    }
    if !names.is_empty() {
        policy = policy.pinned(&names);
    }
    if let Some(certifier) = &certifier {
        policy = policy.certified_by(certifier);
    }
    if let Some(nonce) = options.anchor.certify_nonce() {
        policy = policy.certification_nonce(nonce);
    }
    if let Some(certificate) = &certificate {
        policy = policy.certificate(certificate);
    }
    if options.anchor.require_anchor {
        policy = policy.require_anchored_key();
    }

    let mut scratch = Scratch::new();
    let (form, judged) = match (files.certification(), &creation) {
        (Err(unreadable), _) => {
            let error = AnchorError::Proof(unreadable.as_part(Part::Attest));
            let error = ResponseError::from(error);
            (
                None,
                Judged::without_evidence(Outcome::Failed(error.into())),
            )
        }
        (Ok(certification), creation) => {
            policy = match (certification, creation) {
                (Some(signed), Some(creation)) => {
                    policy.certification_of_creation(signed, creation)
                }
                (Some(signed), None) => policy.certification(signed),
                (None, _) => policy,
            };
            let tier = options.tier.into();
            judge(&input.bytes, &policy, no_certificate, tier, &mut scratch)
        }
    };
    let report = Report {
        source: &input.name,
        form: form.map(|form| form.to_string()),
        checks: report::QUOTE_CHECKS,
        asked: Asked {
            tier: true,
            anchor: options.anchor.is_asked(),
            baseline: !entries.is_empty(),
            clock: options.clock.is_asked(),
        },
        plain_key: false,
        help: None,
        key: judged.key,
        certificate,
        baseline: judged.compare(&policy, &entries),
        outcome: judged.outcome,
    };
    if let Outcome::Failed(Failure::Response(error)) = &report.outcome {
        complain(&input, &files, error, judged.evidence.as_ref());
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
    no_certificate: Option<CertificateError>,
    tier: tpm_quote::Tier,
    scratch: &'a mut Scratch,
) -> (Option<Form>, Judged<'a>) {
    let form = match Form::detect(json) {
        Ok(form) => form,
        Err(error) => {
            let outcome = Outcome::Failed(error.into());
            return (None, Judged::without_evidence(outcome));
        }
    };
    let judged = match TpmAttestation::from_json(json, form, scratch) {
        Ok(Some(TpmAttestation::Available(evidence))) => Judged {
            outcome: match (evidence.verify(policy), no_certificate) {
                // What is checked before the anchor comes first.
                (Err(error), _) if error.check() < Check::KeyAnchor => {
                    Outcome::Failed(error.into())
                }
                (_, Some(error)) => Outcome::Failed(error.into()),
                (Ok(quote), None) => Outcome::Verified(quote),
                (Err(error), None) => Outcome::Failed(error.into()),
            },
            key: key(&evidence, policy),
            evidence: Some(evidence),
        },
        Ok(Some(TpmAttestation::Unavailable) | None) => {
            Judged::without_evidence(if tier.requires_tpm() {
                Outcome::Failed(ResponseError::Unavailable { tier }.into())
            } else {
                Outcome::Unavailable
            })
        }
        Err(error) => Judged::without_evidence(Outcome::Failed(error.into())),
    };
    (Some(form), judged)
}

/// The key, to be shown. One that is not vouched for as it has to be is a key all
/// the same, for which nothing vouches.
fn key<'a>(
    evidence: &BlockEvidence<'a>,
    policy: &ResponsePolicy<'_>,
) -> Option<AttestationKey<'a>> {
    match evidence.key(policy) {
        Err(
            ResponseError::Evidence(VerifyError::KeyNotPinned { .. })
            | ResponseError::Anchor(_)
            | ResponseError::Certificate(_),
        ) => {
            // The nonce says nothing about a key: any will do.
            let anyone = Nonce::exact(&[0]).map(ResponsePolicy::with_nonce).ok()?;
            evidence.key(&anyone).ok()
        }
        key => key.ok(),
    }
}

impl<'a> Judged<'a> {
    fn without_evidence(outcome: Outcome<'a>) -> Self {
        Self {
            outcome,
            key: None,
            evidence: None,
        }
    }

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
            Outcome::Failed(_) | Outcome::Attested(_) | Outcome::Unavailable => None,
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
fn complain(
    input: &Input,
    files: &AnchorFiles,
    error: &ResponseError,
    evidence: Option<&BlockEvidence<'_>>,
) {
    let place = match error.offset() {
        Some(offset) => input.place(offset),
        None => match (error, files.certificates()) {
            (ResponseError::Certificate(_), Some(certificates)) => certificates.name.clone(),
            _ => input.name.clone(),
        },
    };
    if error.verdict() != Verdict::Malformed {
        say(&format!("tpm-quote: {place}: {}: {error}", error.check()));
        return;
    }
    let Some((field, bytes, part)) = malformed_field(error, evidence) else {
        let place = match error {
            ResponseError::Anchor(error) => files.at_fault(error).map_or(&place, |file| &file.name),
            _ => &place,
        };
        say(&format!("tpm-quote: {place}: {error}"));
        say(&format!("help: {}", error.help()));
        return;
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

/// The key of the block whose structure cannot be read, and what it holds.
fn malformed_field<'a>(
    error: &ResponseError,
    evidence: Option<&BlockEvidence<'a>>,
) -> Option<(&'static str, &'a [u8], Part)> {
    let evidence = evidence?;
    let (field, bytes, part) = match error {
        ResponseError::Evidence(VerifyError::Malformed { part, .. }) => match part {
            Part::Public => ("aik_pubkey_b64", Some(evidence.aik_pubkey), part),
            Part::Attest | Part::Signed => ("quote_b64", Some(evidence.quote), part),
            Part::Signature => ("signature_b64", Some(evidence.signature), part),
        },
        ResponseError::Anchor(AnchorError::Proof(VerifyError::Malformed { part, .. })) => {
            match part {
                Part::Public => return None,
                Part::Attest | Part::Signed => ("aik_certify_b64", evidence.aik_certify, part),
                Part::Signature => {
                    let signature = evidence.aik_certify_signature;
                    ("aik_certify_signature_b64", signature, part)
                }
            }
        }
        _ => return None,
    };
    Some((field, bytes?, *part))
}

/// The exit status.
pub(crate) fn status(outcome: &Outcome<'_>) -> u8 {
    match outcome {
        Outcome::Verified(_) | Outcome::Attested(_) | Outcome::Unavailable => ACCEPTED,
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
