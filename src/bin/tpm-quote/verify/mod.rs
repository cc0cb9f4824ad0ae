//! `tpm-quote verify`: options, and the library's answer to them.

mod line;
mod lines;

use std::{ffi::OsString, num::NonZero};

use clap::{Args, ValueEnum};
use tpm_quote::{
    AkCertificate, AttestationKey, CertificateError, Check, Nonce, PcrSet, ResponseError,
    ResponsePolicy, Scratch, TpmAttestation, VerifiedQuote, VerifyError,
    evidence::{BlockEvidence, Form},
    types::Tpm2bCreationData,
    verify::{
        Ancestry, AnchorError, BaselineEntry, ClockReading, Part, PcrSetError, SignedAttest,
        Verdict,
    },
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
      --require-pcrs sha256:0,7,10 --baseline good.json --format json

Example of many responses, each with its id in a line like {\"id\": \"22c4a258-...\", \"response\": {...}}:
  tpm-quote verify --ndjson --payload-id-field id responses.ndjson > reports.ndjson"
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

    #[command(flatten)]
    terms: Terms,

    /// The report, on standard output: text unless --ndjson asks for JSON
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Verify many responses: FILE has one in each line, and each gets its report
    /// in a line, in the same order
    ///
    /// A line is a JSON object of your own around the response: it has the
    /// payload id of the request and, as the member `response`, what the server
    /// answered, as JSON or as a string of JSON. Its other members are ignored.
    /// Each report also has the number of its line and the payload id. A line
    /// that cannot be read gets a report as well, and the next one follows.
    ///
    /// All processors are used, and little memory, however long the input is.
    /// The exit status is 0 if every line was accepted, 1 if one was not, and 2
    /// if the input or the options cannot be read: then reports are missing.
    #[arg(long, requires = "payload_id_field", conflicts_with_all = ["payload_id", "nonce"])]
    ndjson: bool,

    /// The member of each line that has the payload id
    ///
    /// Write it there yourself, from your own records: in a line that the server
    /// wrote, an old response would have its own id.
    #[arg(long, value_name = "NAME", group = "Request", requires = "ndjson")]
    payload_id_field: Option<String>,

    /// The member of each line that has the response
    #[arg(
        long,
        value_name = "NAME",
        default_value = "response",
        conflicts_with_all = ["payload_id", "nonce"]
    )]
    response_field: String,

    /// How many lines are verified at a time, if not one on each processor
    #[arg(long, value_name = "N", requires = "ndjson")]
    threads: Option<NonZero<usize>>,
}

/// What a quote and its key have to be.
#[derive(Args)]
pub(crate) struct Terms {
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
    let entries = match &options.baseline {
        Some(file) => baseline::read(file)?,
        None => Vec::new(),
    };
    options.terms.with(
        options.tier.into(),
        &entries,
        |wanted, files| match &options.payload_id_field {
            Some(payload_id) => lines::run(options, wanted, files, payload_id),
            None => one(options, wanted, files),
        },
    )
}

impl Terms {
    /// Reads what the options name, and goes on with it.
    pub(crate) fn with<T>(
        &self,
        tier: tpm_quote::Tier,
        entries: &[Entry],
        then: impl FnOnce(&Wanted<'_>, &AnchorFiles) -> Result<T, String>,
    ) -> Result<T, String> {
        let files = self.anchor.read()?;
        let (certifier, creation) = (files.certifier()?, files.creation()?);
        let intermediates = files.certificates().map(Certificates::intermediates);
        let intermediates = intermediates.unwrap_or_default();
        let certificate = files.certificates().map(|all| all.verify(&intermediates));
        let since = self.clock.since()?;
        let values: Vec<Vec<&[u8]>> = entries
            .iter()
            .map(|entry| entry.values.iter().map(Vec::as_slice).collect())
            .collect();
        let baseline: Vec<BaselineEntry<'_>> = entries
            .iter()
            .zip(&values)
            .map(|(entry, values)| (entry.bank, entry.index, values.as_slice()))
            .collect();
        let wanted = Wanted {
            terms: self,
            tier,
            entries,
            baseline: &baseline,
            names: &self.anchor.names(),
            certifier: certifier.as_ref(),
            creation: creation.as_ref(),
            certificate: certificate.as_ref(),
            ancestry: self.place.ancestry()?,
            since: since.as_ref(),
        };
        then(&wanted, &files)
    }
}

/// What the options want of a response, but for its nonce.
pub(crate) struct Wanted<'a> {
    terms: &'a Terms,
    tier: tpm_quote::Tier,
    entries: &'a [Entry],
    baseline: &'a [BaselineEntry<'a>],
    names: &'a [&'a [u8]],
    certifier: Option<&'a AttestationKey<'a>>,
    creation: Option<&'a Tpm2bCreationData<'a>>,
    /// Or why there is none.
    certificate: Option<&'a Result<AkCertificate<'a>, CertificateError>>,
    ancestry: Option<Ancestry>,
    since: Option<&'a ClockReading>,
}

impl<'a> Wanted<'a> {
    /// The policy for the answer to a request. `certification` is the one in the
    /// files, if there is any.
    fn policy(&self, nonce: Nonce, certification: Option<SignedAttest<'a>>) -> ResponsePolicy<'a> {
        let terms = self.terms;
        let mut policy = ResponsePolicy::with_nonce(nonce)
            .baseline(self.baseline)
            .clock(terms.clock.policy(self.since));
        if let Some(required) = terms.require_pcrs {
            policy = policy.require_pcrs(required);
        }
        if let Some(ancestry) = self.ancestry {
            policy = policy.ancestry(ancestry);
        }
        if !self.names.is_empty() {
            policy = policy.pinned(self.names);
        }
        if let Some(certifier) = self.certifier {
            policy = policy.certified_by(certifier);
        }
        if let Some(nonce) = terms.anchor.certify_nonce() {
            policy = policy.certification_nonce(nonce);
        }
        if let Some(Ok(certificate)) = self.certificate {
            policy = policy.certificate(certificate);
        }
        if terms.anchor.require_anchor {
            policy = policy.require_anchored_key();
        }
        match (certification, self.creation) {
            (Some(signed), Some(creation)) => policy.certification_of_creation(signed, creation),
            (Some(signed), None) => policy.certification(signed),
            (None, _) => policy,
        }
    }

    /// The library's answer to a response.
    fn judge<'s>(
        &self,
        json: &[u8],
        policy: &ResponsePolicy<'_>,
        scratch: &'s mut Scratch,
    ) -> Judged<'s>
    where
        'a: 's,
    {
        let form = match Form::detect(json) {
            Ok(form) => form,
            Err(error) => return Judged::without_evidence(error),
        };
        let mut judged = match TpmAttestation::from_json(json, form, scratch) {
            Ok(Some(TpmAttestation::Available(evidence))) => {
                let outcome = match (evidence.verify(policy), self.certificate) {
                    // What is checked before the anchor comes first.
                    (Err(error), _) if error.check() < Check::KeyAnchor => {
                        Outcome::Failed(error.into())
                    }
                    (_, Some(&Err(error))) => Outcome::Failed(error.into()),
                    (Ok(quote), _) => Outcome::Verified(quote),
                    (Err(error), _) => Outcome::Failed(error.into()),
                };
                Judged {
                    form: None,
                    baseline: compare(&outcome, &evidence, policy, self.entries),
                    outcome,
                    key: key(&evidence, policy),
                    evidence: Some(evidence),
                }
            }
            Ok(Some(TpmAttestation::Unavailable) | None) => {
                let tier = self.tier;
                if tier.requires_tpm() {
                    Judged::without_evidence(ResponseError::Unavailable { tier })
                } else {
                    Judged::new(Outcome::Unavailable)
                }
            }
            Err(error) => Judged::without_evidence(error),
        };
        judged.form = Some(form);
        judged
    }

    /// The report on a response; says on standard error why it was not accepted.
    pub(crate) fn report_on<'r>(
        &self,
        input: &'r Input,
        nonce: Nonce,
        files: &'r AnchorFiles,
        scratch: &'r mut Scratch,
    ) -> Report<'r>
    where
        'a: 'r,
    {
        let certification = files.certification();
        let judged = match &certification {
            Ok(certification) => {
                let policy = self.policy(nonce, *certification);
                self.judge(&input.bytes, &policy, scratch)
            }
            Err(unreadable) => {
                let error = AnchorError::Proof(unreadable.as_part(Part::Attest));
                Judged::without_evidence(ResponseError::from(error))
            }
        };
        let evidence = judged.evidence;
        let report = self.report(&input.name, judged);
        if let Outcome::Failed(Failure::Response(error)) = &report.outcome {
            complain(input, files, error, evidence.as_ref());
        }
        report
    }

    fn report<'r>(&self, source: &'r str, judged: Judged<'r>) -> Report<'r>
    where
        'a: 'r,
    {
        Report {
            source,
            form: judged.form.map(|form| form.to_string()),
            checks: report::QUOTE_CHECKS,
            asked: Asked {
                tier: true,
                anchor: self.terms.anchor.is_asked(),
                baseline: !self.entries.is_empty(),
                clock: self.terms.clock.is_asked(),
            },
            plain_key: false,
            help: None,
            key: judged.key,
            certificate: self.certificate.and_then(|it| it.as_ref().ok()).copied(),
            baseline: judged.baseline,
            outcome: judged.outcome,
        }
    }
}

fn one(options: &Options, wanted: &Wanted<'_>, files: &AnchorFiles) -> Result<u8, String> {
    let input = Input::read(&options.file)?;
    let mut scratch = Scratch::new();
    let report = wanted.report_on(&input, options.request.nonce()?, files, &mut scratch);
    let text = match options.format {
        Some(Format::Json) => report::json(&report),
        Some(Format::Text) | None => report::text(&report),
    };
    Ok(finish(&text, status(&report.outcome)))
}

/// What the library made of a response.
struct Judged<'a> {
    outcome: Outcome<'a>,
    form: Option<Form>,
    key: Option<AttestationKey<'a>>,
    evidence: Option<BlockEvidence<'a>>,
    baseline: Option<Compared<'a, 'a>>,
}

impl Judged<'_> {
    fn new(outcome: Outcome<'static>) -> Self {
        Self {
            outcome,
            form: None,
            key: None,
            evidence: None,
            baseline: None,
        }
    }

    fn without_evidence(failure: impl Into<Failure>) -> Self {
        Self::new(Outcome::Failed(failure.into()))
    }
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

/// What became of the baseline, if there is one and it was reached. The library
/// counts what does not match; which ones these are is seen in the quote as it
/// passes without a baseline.
fn compare<'a>(
    outcome: &Outcome<'a>,
    evidence: &BlockEvidence<'a>,
    policy: &ResponsePolicy<'_>,
    entries: &'a [Entry],
) -> Option<Compared<'a, 'a>> {
    if entries.is_empty() {
        return None;
    }
    match outcome {
        Outcome::Verified(quote) => Some(Compared {
            matched: quote.baseline_matched(),
            mismatched: Vec::new(),
        }),
        &Outcome::Failed(Failure::Response(ResponseError::Evidence(VerifyError::Baseline {
            matched,
            ..
        }))) => {
            let quote = evidence.verify(&policy.baseline(&[])).ok()?;
            Some(Compared {
                matched,
                mismatched: mismatched(&quote, entries),
            })
        }
        Outcome::Failed(_) | Outcome::Attested(_) | Outcome::Activated | Outcome::Unavailable => {
            None
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
        Outcome::Verified(_) | Outcome::Attested(_) | Outcome::Activated | Outcome::Unavailable => {
            ACCEPTED
        }
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
