//! `verify_response` and `verify_quote`.

use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyByteArray, PyBytes, PyDict},
};
use tpm_quote::{Error, Evidence, Nonce, PcrValue, Scratch, TpmAlgId, Verifier, report::Report};

use crate::{
    error::refused,
    input::{Content, object, response, structure},
    options::Options,
    outcome::{self, Found, Origin, Outcome, QuoteFacts},
    results::Quote,
    structures::{self, PcrInput},
    terms::{Terms, request},
    values::pcr_values,
    wanted::{Unusable, Wanted},
};

/// Verifies the quote in the response of an inference server, and returns it.
///
/// `response` is the whole response as it was received (`str` or `bytes`), a file with it
/// (`os.PathLike`), or the `dict` that a JSON parser made of it; the `_metadata` or the
/// `tpm_attestation` block alone will do. A `dict` is written as JSON once more: of keys that
/// were there twice, which are refused in the text, the parser kept one.
///
/// `payload_id` (or `nonce`) comes from your own records, never from the response. Raises
/// `VerifyError` unless every check passes. With the tiers `standard` and `high`, a response
/// without a quote gives `Unavailable`: nothing is known of the machine.
///
/// `require_pcrs` are the PCRs that the quote has to cover at least; PCRs 16 to 23 and the
/// SHA-1 bank count only if they are named there. `baseline` are known-good values:
/// `{"sha256": {"0": HEX, "7": [HEX, HEX]}}`. The key is self-asserted, which anyone can make
/// in software, unless `ak_names` or `certified_by` vouch for it; `require_anchor` refuses it
/// then.
///
/// >>> import pathlib, tpm_quote
/// >>> response = pathlib.Path("tests/data/blocks/rsa-main-aik-tpm2b.json")
/// >>> quote = tpm_quote.verify_response(
/// ...     response, payload_id="22c4a258-d445-5bdd-885d-40980abcee2d", require_pcrs="sha256:0,7"
/// ... )
/// >>> quote.verdict
/// 'verified-self-asserted'
/// >>> try:
/// ...     tpm_quote.verify_response(response, payload_id="another")
/// ... except tpm_quote.Rejected as error:
/// ...     print(error.check, error.found)
/// nonce ab0d726c16d95c5dd55f5b12f7eff781
#[pyfunction]
#[pyo3(
    signature = (response, **options),
    text_signature = "(response, *, payload_id=None, nonce=None, tier='maximum', require_pcrs=None, baseline=None, ak_names=None, certified_by=None, certify_attest=None, certify_signature=None, certify_creation=None, certify_nonce=None, require_anchor=False, hierarchy=None, parents=None, require_safe_clock=False, since=None, allow_reboots=False, minimum_firmware=None, dangerous_allow_sha1_signatures=False)"
)]
pub(crate) fn verify_response(
    py: Python<'_>,
    response: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<PyAny>> {
    let mut options = Options::new("verify_response", options)?;
    let nonce = request(&mut options)?;
    let terms = Terms::of_response(&mut options)?;
    options.finish()?;
    let content = self::response(response)?;
    let (json, source) = (content.bytes(), content.source());
    let outcome = py.detach(|| answer(&terms, nonce, json, source));
    outcome
        .map_err(|unusable| unusable.exception(py))?
        .into_python(py)
}

fn answer(
    terms: &Terms,
    nonce: Nonce,
    json: &[u8],
    source: &str,
) -> Result<Outcome<Found>, Unusable> {
    let origin = Origin { source, line: None };
    terms.with(|wanted| {
        let policy = wanted.response_policy(nonce);
        outcome::of_response(json, &policy, terms.tier, origin, &mut Scratch::new())
    })
}

impl Unusable {
    pub(crate) fn exception(&self, py: Python<'_>) -> PyErr {
        match self {
            Self::Setting(error) => refused(py, *error),
            Self::Certifier(error) => PyValueError::new_err(format!(
                "certified_by: no key to trust: {}: {error}. {}",
                error.check(),
                error.help()
            )),
        }
    }
}

/// Verifies a quote whose key, signature and PCR values are given apart.
///
/// `key` is a `TPM2B_PUBLIC` or `TPMT_PUBLIC`, `attest` a `TPM2B_ATTEST` or `TPMS_ATTEST`,
/// `signature` a `TPMT_SIGNATURE`, each as bytes or in a file (`os.PathLike`). `pcrs` are the
/// values of exactly the PCRs that the quote covers: `{"sha256": {0: VALUE}}`, each as bytes or
/// hexadecimal, or a PCR file of tpm2-tools. `nonce` (bytes or hexadecimal) or `payload_id`
/// comes from your own records.
///
/// Raises `VerifyError` unless every check passes. The key is self-asserted unless `ak_names` or
/// `certified_by` vouch for it. PCRs 16 to 23 and the SHA-1 bank count only if `require_pcrs`
/// names them.
///
/// >>> import pathlib, tpm_quote
/// >>> case = pathlib.Path("tests/data/cases/005-main-p256-ecdsa-sha256")
/// >>> quote = tpm_quote.verify_quote(
/// ...     key=case / "ak.pub",
/// ...     attest=case / "quote.attest",
/// ...     signature=case / "quote.sig",
/// ...     pcrs=case / "pcrs.serialized",
/// ...     nonce=(case / "nonce.bin").read_bytes(),
/// ...     ak_names=tpm_quote.Name((case / "ak.name").read_bytes()),
/// ... )
/// >>> quote.verdict, quote.key.trust
/// ('verified', 'pinned')
#[pyfunction]
#[pyo3(
    signature = (**options),
    text_signature = "(*, key, attest, signature, pcrs, payload_id=None, nonce=None, require_pcrs=None, baseline=None, ak_names=None, certified_by=None, certify_attest=None, certify_signature=None, certify_creation=None, certify_nonce=None, require_anchor=False, hierarchy=None, parents=None, require_safe_clock=False, since=None, allow_reboots=False, minimum_firmware=None, dangerous_allow_sha1_signatures=False)"
)]
pub(crate) fn verify_quote(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Quote> {
    let mut options = Options::new("verify_quote", options)?;
    let key = structure("key", &options.need("key")?)?;
    let attest = structure("attest", &options.need("attest")?)?;
    let signature = structure("signature", &options.need("signature")?)?;
    let given = options.need("pcrs")?;
    let nonce = request(&mut options)?;
    let terms = Terms::of_quote(&mut options)?;
    options.finish()?;
    needs_certification(&terms)?;
    let values = Values::of(&given)?;
    let parts = Parts {
        key: key.bytes(),
        attest: attest.bytes(),
        signature: signature.bytes(),
        source: attest.source(),
    };
    let pcrs = values
        .read(terms.required.as_ref())
        .ok_or_else(|| {
            PyValueError::new_err("pcrs: not a PCR file of the format serialized or marshaled; if it has the values alone, say with require_pcrs what they are values of")
        })?;
    let outcome = py.detach(|| terms.with(|wanted| quote(wanted, &parts, &pcrs, nonce)));
    let outcome = outcome.map_err(|unusable| unusable.exception(py))?;
    let report = outcome.report;
    match outcome.result {
        Ok(facts) => Ok(Quote { facts, report }),
        Err(error) => Err(crate::error::exception(py, &error, &report)),
    }
}

/// A certification that is not in the response has to be given.
pub(crate) fn needs_certification(terms: &Terms) -> PyResult<()> {
    if terms.certifier.is_some() && terms.certify.is_none() {
        return Err(pyo3::exceptions::PyTypeError::new_err(
            "'certified_by' needs 'certify_attest' and 'certify_signature'",
        ));
    }
    Ok(())
}

/// What a quote consists of, but for the values.
struct Parts<'a> {
    key: &'a [u8],
    attest: &'a [u8],
    signature: &'a [u8],
    source: &'a str,
}

/// PCR values as they were given.
enum Values<'py> {
    Listed(Vec<(TpmAlgId, u8, Vec<u8>)>),
    File(Content<'py>),
}

impl<'py> Values<'py> {
    fn of(given: &Bound<'py, PyAny>) -> PyResult<Self> {
        let is_binary = given.is_instance_of::<PyBytes>()
            || given.is_instance_of::<PyByteArray>()
            || given.hasattr("__fspath__")?;
        if is_binary {
            return structure("pcrs", given).map(Self::File);
        }
        let entries = pcr_values("pcrs", &object("pcrs", given)?)?;
        let values = entries.into_iter().flat_map(|(pcr, values)| {
            let values = values.into_iter();
            values.map(move |value| (pcr.bank(), pcr.index(), value))
        });
        Ok(Self::Listed(values.collect()))
    }

    /// `None` if it is not known which PCRs the values are of.
    fn read(
        &self,
        required: Option<&tpm_quote::PcrSet>,
    ) -> Option<Result<Vec<PcrValue<'_>>, Error>> {
        Some(match self {
            Self::Listed(values) => Ok(values
                .iter()
                .map(|(bank, index, digest)| PcrValue {
                    bank: *bank,
                    index: *index,
                    digest,
                })
                .collect()),
            Self::File(content) => match structures::pcr_file(content.bytes(), required) {
                PcrInput::Read(file) => file.map(|file| file.iter().collect()),
                PcrInput::Unknown => return None,
            },
        })
    }
}

fn quote(
    wanted: &Wanted<'_>,
    parts: &Parts<'_>,
    pcrs: &Result<Vec<PcrValue<'_>>, Error>,
    nonce: Nonce,
) -> Outcome<QuoteFacts> {
    let verifier = Verifier::new();
    let mut key = match structures::public(parts.key) {
        Ok(public) => verifier.appraise_key(&public, &wanted.anchor(nonce)),
        Err(error) => error.into(),
    };
    let attest = structures::attest(parts.attest).unwrap_or_else(|error| {
        key = key.fail(error);
        &[]
    });
    let pcrs = match pcrs {
        Ok(pcrs) => &**pcrs,
        Err(error) => {
            key = key.fail(*error);
            &[]
        }
    };
    let required = wanted.terms.required.unwrap_or_else(|| unnamed(pcrs));
    let evidence = Evidence {
        attest,
        signature: parts.signature,
        pcrs,
    };
    let policy = wanted.quote_policy(nonce, required);
    let appraisal = verifier.appraise_quote(key, &evidence, &policy);
    let report = Report::new(&appraisal).source(parts.source);
    let warnings = appraisal.warnings().map(|warning| warning.text());
    Outcome {
        report: outcome::json(&report),
        verdict: report.verdict(),
        result: appraisal
            .into_result()
            .map(|quote| QuoteFacts::of(&quote, warnings.collect())),
    }
}

/// What is required where the caller names nothing: the PCRs that are given, as far as they
/// count without being named.
fn unnamed(pcrs: &[PcrValue<'_>]) -> tpm_quote::PcrSet {
    let known = pcrs
        .iter()
        .filter(|pcr| pcr.bank != TpmAlgId::SHA1 && pcr.index < 16);
    let known = known.filter_map(|pcr| tpm_quote::Pcr::new(pcr.bank, pcr.index).ok());
    known.collect()
}
