//! [`Outcome`]: what a caller is told of an appraisal, as values that borrow nothing.

use alloc::{format, string::String, vec::Vec};

use tpm_quote::{
    Appraisal, Attestation, Error, Nonce, Problem, Scratch, TpmAlgId, TpmAttestation,
    VerifiedQuote,
    evidence::{BlockEvidence, FileKind},
    report::{Report, VouchedBy},
    types::TpmsClockInfo,
    verify::{KeySummary, Part},
};

use crate::wanted::Wanted;

/// The report, and the verified value or the error.
pub struct Outcome<T> {
    /// As JSON, on one line.
    pub report: String,
    pub verdict: &'static str,
    /// The entries of the list of IMA that the quote proves, each as a line of JSON, if they are
    /// asked for.
    pub entries: Option<String>,
    /// How far the list of IMA was proven, for one that continues it, if that is asked for.
    pub state: Option<Vec<u8>>,
    /// A note on a field that cannot be read, such as `quote_b64 looks like a TPMS_ATTEST`. The
    /// report has it too.
    pub note: Option<String>,
    pub result: Result<T, Error>,
}

/// What a response shows.
pub enum Found {
    Quote(QuoteFacts),
    Unavailable,
}

/// What every verified attestation says.
#[derive(Clone)]
pub struct Common {
    pub key: KeySummary,
    pub nonce: Vec<u8>,
    pub qualified_signer: Vec<u8>,
    pub clock: TpmsClockInfo,
    pub firmware_version: u64,
    pub warnings: Vec<&'static str>,
    /// The line of the trust file that vouches for the key.
    pub vouched_by: Option<VouchingLine>,
}

/// A line of a trust file.
#[derive(Clone)]
pub struct VouchingLine {
    /// The name of the file, `-` for what is none.
    pub file: String,
    pub line: u32,
    /// The machine or authority that the line names.
    pub name: String,
}

impl From<VouchedBy<'_>> for VouchingLine {
    fn from(by: VouchedBy<'_>) -> Self {
        Self {
            file: by.file.into(),
            line: by.line,
            name: by.name.into(),
        }
    }
}

/// What a verified quote says.
#[derive(Clone)]
pub struct QuoteFacts {
    pub common: Common,
    pub selection: tpm_quote::PcrSet,
    pub pcrs: Vec<(TpmAlgId, u8, Vec<u8>)>,
    pub pcr_digest: Vec<u8>,
    pub baseline_matched: usize,
}

impl QuoteFacts {
    pub(crate) fn of(
        quote: &VerifiedQuote<'_>,
        warnings: Vec<&'static str>,
        vouched_by: Option<VouchedBy<'_>>,
    ) -> Self {
        Self {
            common: Common {
                key: *quote.key(),
                nonce: quote.nonce().to_vec(),
                qualified_signer: quote.qualified_signer().to_vec(),
                clock: *quote.clock_info(),
                firmware_version: quote.firmware_version(),
                warnings,
                vouched_by: vouched_by.map(VouchingLine::from),
            },
            selection: *quote.selection(),
            pcrs: quote
                .pcrs()
                .map(|pcr| (pcr.bank, pcr.index, pcr.digest.to_vec()))
                .collect(),
            pcr_digest: quote.pcr_digest().to_vec(),
            baseline_matched: quote.baseline_matched(),
        }
    }
}

/// A report as JSON on one line.
pub fn json(report: &Report<'_>) -> String {
    let mut text = String::with_capacity(2560);
    // A string takes all of it.
    match report.write_json_line(&mut text) {
        Ok(()) => text,
        Err(_) => String::new(),
    }
}

/// Where a response came from, and which of many it is.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    pub source: &'a str,
    pub line: Option<(u64, Option<&'a str>)>,
}

/// The library's answer to a response.
pub fn of_response(
    text: &[u8],
    wanted: &Wanted<'_>,
    nonce: Nonce,
    origin: Origin<'_>,
    scratch: &mut Scratch,
) -> Outcome<Found> {
    let block = TpmAttestation::from_any_json(text, scratch).map(|(_, block)| block);
    let evidence = match &block {
        Ok(Some(TpmAttestation::Available(evidence))) => Some(*evidence),
        _ => None,
    };
    let (policy, tier) = (wanted.response_policy(nonce), wanted.terms.tier);
    let appraisal = wanted.verifier().appraise_response(block, &policy, tier);
    let carried = wanted.terms.logs.carried(text);
    let (appraisal, mut replayed) = wanted.terms.logs.replay(&carried, appraisal);
    let by = wanted.vouched_by(appraisal.key());
    let report = Report::new(&appraisal)
        .certificate(wanted.certificate_of(appraisal.key()))
        .vouched_by(by)
        .boot(replayed.replay.as_deref())
        .ima(replayed.judgement.as_deref());
    let field = field(appraisal.error(), evidence.as_ref());
    let note = field.and_then(|(part, field, bytes)| {
        Some(format!("{field} looks like {}", other_kind(part, bytes)?))
    });
    let notes: Vec<&str> = note.as_deref().into_iter().collect();
    let report = report.field(field.map(|(_, field, _)| field)).notes(&notes);
    Outcome {
        note: note.clone(),
        entries: replayed.entries.take(),
        state: replayed.state.take(),
        ..told(&appraisal, report, by, origin)
    }
}

/// Returns the part and the field whose structure cannot be read, and its bytes.
fn field<'a>(
    error: Option<&Error>,
    evidence: Option<&BlockEvidence<'a>>,
) -> Option<(Part, &'static str, &'a [u8])> {
    let error = error.filter(|error| matches!(error.problem(), Problem::Structure(_)))?;
    let (field, bytes) = evidence?.field(error.part())?;
    Some((error.part(), field, bytes))
}

/// Returns the kind of file that the bytes of a part look like, unless it is the expected one.
fn other_kind(part: Part, bytes: &[u8]) -> Option<FileKind> {
    let wanted = match part {
        Part::Key => FileKind::Tpm2bPublic,
        Part::Signature | Part::CertificationSignature => FileKind::TpmtSignature,
        _ => FileKind::Tpm2bAttest,
    };
    FileKind::of(bytes).filter(|kind| *kind != wanted)
}

/// What there is to say of a response that nothing was looked at.
pub fn of_appraisal(
    appraisal: &Appraisal<'_, Attestation<'_>>,
    origin: Origin<'_>,
) -> Outcome<Found> {
    told(appraisal, Report::new(appraisal), None, origin)
}

fn told(
    appraisal: &Appraisal<'_, Attestation<'_>>,
    report: Report<'_>,
    by: Option<VouchedBy<'_>>,
    origin: Origin<'_>,
) -> Outcome<Found> {
    let mut report = report.source(origin.source);
    if let Some((number, payload_id)) = origin.line {
        report = report.line(number, payload_id);
    }
    let warnings = appraisal.warnings().map(|warning| warning.text());
    let result = appraisal
        .into_result()
        .map(|attestation| match attestation {
            Attestation::Verified(quote) => {
                Found::Quote(QuoteFacts::of(&quote, warnings.collect(), by))
            }
            Attestation::Unavailable => Found::Unavailable,
        });
    Outcome {
        report: json(&report),
        verdict: report.verdict(),
        entries: None,
        state: None,
        note: None,
        result,
    }
}
