//! `tpm-quote verify`: the library's answer to a response, or to many.

mod line;
mod lines;
mod options;

use tpm_quote::{
    AkCertificate, AttestationKey, CertificateError, Check, Nonce, ResponseError, ResponsePolicy,
    Scratch, TpmAttestation, VerifiedQuote, VerifyError,
    evidence::{BlockEvidence, Form},
    types::Tpm2bCreationData,
    verify::{Ancestry, AnchorError, BaselineEntry, ClockReading, Part, SignedAttest, Verdict},
};

pub(crate) use self::options::{Options, Terms};
use crate::{
    baseline::{self, Entry},
    certificate::Certificates,
    input::Input,
    kinds,
    options::{AnchorFiles, Format},
    output::{ACCEPTED, REJECTED, UNREADABLE, finish, say},
    report::{self, Asked, Compared, Failure, Mismatch, Outcome, Report},
};

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
    if options.threads.is_some() && !options.ndjson {
        return Err("--threads is for --ndjson".to_owned());
    }
    if options.ndjson && options.terms.anchor.needs_a_time() {
        return Err(
            "--ak-cert with --ndjson needs --at: the certificate is verified once, for all lines"
                .to_owned(),
        );
    }
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
        match TpmAttestation::from_any_json(json, scratch) {
            Ok((form, block)) => self.judge_block(form, block, policy),
            Err(error) => {
                let mut judged = Judged::without_evidence(error);
                judged.form = Form::detect(json).ok();
                judged
            }
        }
    }

    fn judge_block<'s>(
        &self,
        form: Form,
        block: Option<TpmAttestation<'s>>,
        policy: &ResponsePolicy<'_>,
    ) -> Judged<'s>
    where
        'a: 's,
    {
        let mut judged = match block {
            Some(TpmAttestation::Available(evidence)) => {
                let outcome = match (evidence.verify(policy), self.certificate) {
                    // What is checked before the anchor comes first.
                    (Err(error), _) if error.check() < Check::KeyAnchor => {
                        Outcome::Failed(error.into())
                    }
                    (_, Some(&Err(error))) => Outcome::Failed(error.into()),
                    (Ok(quote), _) => Outcome::Verified(quote),
                    (Err(error), _) => Outcome::Failed(error.into()),
                };
                let key = match &outcome {
                    // Known already, and judging it takes time.
                    Outcome::Verified(quote) => Some(quote.into()),
                    _ => key(&evidence, policy).as_ref().map(Into::into),
                };
                Judged {
                    form: None,
                    baseline: compare(&outcome, &evidence, policy, self.entries),
                    outcome,
                    key,
                    evidence: Some(evidence),
                }
            }
            Some(TpmAttestation::Unavailable) | None => {
                let tier = self.tier;
                if tier.requires_tpm() {
                    Judged::without_evidence(ResponseError::Unavailable { tier })
                } else {
                    Judged::new(Outcome::Unavailable)
                }
            }
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
            form: judged.form.map(|form| form.name().into()),
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
    key: Option<report::Key>,
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
