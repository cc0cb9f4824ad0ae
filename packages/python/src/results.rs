//! The results: what was verified, as frozen objects that only a verification makes.

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyBytes, PyDict, PyInt, PyString, PyTuple},
};
use tpm_quote::{
    Appraisal, Attestation, Error, KeyTrust, Nonce, Pcr, ResponsePolicy, Tier, Verifier,
    types::TpmsClockInfo,
    verify::{ClockReading, KeySummary},
};

use tpm_quote_shared::{
    AttestFacts, Common, Found, Origin, Outcome, QuoteFacts, VouchingLine, of_appraisal,
};

use crate::{
    error::{exception, listing},
    input::{object, wrong_type},
    values::{Name, PcrSet, bank},
};

/// The key that signed, as it was judged.
#[pyclass(frozen, module = "tpm_quote")]
pub(crate) struct Key(KeySummary, Option<VouchingLine>);

#[pymethods]
impl Key {
    /// Its Name; `None` of a key that was given by its numbers alone, as in PEM or JWK.
    #[getter]
    fn name(&self) -> Option<Name> {
        let name = *self.0.name();
        (name != tpm_quote::Name::EMPTY).then_some(Name(name))
    }

    /// Type and size, as in `rsa-2048` or `ecc-p256`.
    #[getter]
    fn algorithm(&self) -> String {
        self.0.algorithm().to_string()
    }

    /// Signature scheme and hash, as in `rsassa-sha256`.
    #[getter]
    fn scheme(&self) -> String {
        self.0.scheme().to_string()
    }

    /// What vouches for the key: `self-asserted` (nothing does), `pinned`,
    /// `certified`, `created`, `certificate`, `certificate-key`, `bound-to-hardware`.
    #[getter]
    fn trust(&self) -> &'static str {
        self.0.trust().name()
    }

    /// Whether something outside the message vouches for the key.
    #[getter]
    fn is_anchored(&self) -> bool {
        self.0.trust().is_anchored()
    }

    /// The line of the trust file that vouches for the key, as `file`, `line` and `name`: a new
    /// dict each time; `None` without a trust file.
    #[getter]
    fn vouched_by<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(VouchingLine { file, line, name }) = &self.1 else {
            return Ok(None);
        };
        let by = PyDict::new(py);
        by.set_item("file", file)?;
        by.set_item("line", line)?;
        by.set_item("name", name)?;
        Ok(Some(by))
    }

    fn __bool__(&self) -> PyResult<bool> {
        no_truth(
            "Key",
            "trust says what vouches for it, and is_anchored whether anything does",
        )
    }

    fn __repr__(&self) -> String {
        let (key, trust) = (&self.0, self.0.trust().name());
        let text = format!(
            "<Key {} {} {trust} {}",
            key.algorithm(),
            key.scheme(),
            key.name()
        );
        text.trim_end().to_owned() + ">"
    }
}

/// The TPM's clock and counters, which are obfuscated unless the key is in the endorsement or
/// platform hierarchy.
#[pyclass(frozen, module = "tpm_quote")]
pub(crate) struct Clock(TpmsClockInfo);

#[pymethods]
impl Clock {
    /// Milliseconds that the TPM has been powered.
    #[getter]
    fn clock(&self) -> u64 {
        self.0.clock
    }

    /// How often the TPM was reset.
    #[getter]
    fn reset_count(&self) -> u32 {
        self.0.reset_count
    }

    /// How often it was restarted or resumed since then.
    #[getter]
    fn restart_count(&self) -> u32 {
        self.0.restart_count
    }

    /// Whether the clock has never shown a later time.
    #[getter]
    fn safe(&self) -> bool {
        self.0.safe
    }

    fn __repr__(&self) -> String {
        let TpmsClockInfo {
            clock,
            reset_count,
            restart_count,
            safe,
        } = self.0;
        let safe = if safe { "True" } else { "False" };
        format!(
            "<Clock clock={clock} reset_count={reset_count} restart_count={restart_count} safe={safe}>"
        )
    }
}

fn verdict(key: &KeySummary) -> &'static str {
    match key.trust() {
        KeyTrust::SelfAsserted => "verified-self-asserted",
        _ => "verified",
    }
}

/// The algorithm of the key, and its Name if it has one.
fn by(key: &KeySummary) -> String {
    let by = format!("{} {}", key.algorithm(), key.name());
    by.trim_end().to_owned()
}

/// A report as a dict.
fn parsed<'py>(py: Python<'py>, report: &str) -> PyResult<Bound<'py, PyDict>> {
    let report = py.import("json")?.getattr("loads")?.call1((report,))?;
    Ok(report.cast_into::<PyDict>()?)
}

fn no_truth<T>(class: &str, instead: &str) -> PyResult<T> {
    Err(PyTypeError::new_err(format!(
        "{class} is neither true nor false: {instead}"
    )))
}

const RAISES: &str = "a verification that fails raises VerifyError, so there is nothing to ask";

/// A verified quote: the holder of `key` signed the nonce and exactly these PCR values.
///
/// Only a verification makes one. It has no truth value: what fails raises `VerifyError`.
///
/// >>> import pathlib, tpm_quote
/// >>> quote = tpm_quote.verify_response(
/// ...     pathlib.Path("tests/data/blocks/rsa-main-aik-tpm2b.json"),
/// ...     payload_id="22c4a258-d445-5bdd-885d-40980abcee2d",
/// ... )
/// >>> quote.pcr("sha256", 7).hex()[:8], quote.pcr("sha256", 8)
/// ('908f1a66', None)
/// >>> quote.key.trust, quote.key.algorithm
/// ('self-asserted', 'rsa-2048')
/// >>> quote.report()["quote"]["nonce"]
/// 'ab0d726c16d95c5dd55f5b12f7eff781'
#[pyclass(frozen, module = "tpm_quote")]
pub(crate) struct Quote {
    pub(crate) facts: QuoteFacts,
    pub(crate) report: String,
    pub(crate) entries: Option<String>,
    pub(crate) state: Option<Vec<u8>>,
}

#[pymethods]
impl Quote {
    /// `verified`, or `verified-self-asserted` if nothing vouches for the key.
    #[getter]
    fn verdict(&self) -> &'static str {
        verdict(&self.facts.common.key)
    }

    /// The key that signed.
    #[getter]
    fn key(&self) -> Key {
        let common = &self.facts.common;
        Key(common.key, common.vouched_by.clone())
    }

    /// The nonce of the request.
    #[getter]
    fn nonce<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.facts.common.nonce)
    }

    /// The PCRs that the signature covers.
    #[getter]
    fn selection(&self) -> PcrSet {
        PcrSet(self.facts.selection)
    }

    /// Their values, by bank and index: a new dict each time.
    #[getter]
    fn pcrs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let banks = PyDict::new(py);
        for (id, index, value) in &self.facts.pcrs {
            let bank = bank(*id);
            let pcrs = match banks.get_item(&bank)? {
                Some(pcrs) => pcrs.cast_into::<PyDict>()?,
                None => {
                    let pcrs = PyDict::new(py);
                    banks.set_item(bank, &pcrs)?;
                    pcrs
                }
            };
            pcrs.set_item(index, PyBytes::new(py, value))?;
        }
        Ok(banks)
    }

    /// The value of a PCR; `None` if the signature does not cover it. A bank or an index that does
    /// not exist is a `ValueError`.
    fn pcr<'py>(
        &self,
        bank: &Bound<'py, PyString>,
        index: &Bound<'py, PyInt>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let py = bank.py();
        let text = format!("{}:{}", bank.str()?, index.str()?);
        let pcr: Result<Pcr, Error> = text.parse();
        let pcr = pcr.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let mut pcrs = self.facts.pcrs.iter();
        let found = pcrs.find(|(bank, index, _)| (*bank, *index) == (pcr.bank(), pcr.index()));
        Ok(found.map(|(.., value)| PyBytes::new(py, value)))
    }

    /// The digest of the values that the key signed.
    #[getter]
    fn pcr_digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.facts.pcr_digest)
    }

    /// The TPM's clock and counters.
    #[getter]
    fn clock(&self) -> Clock {
        Clock(self.facts.common.clock)
    }

    /// The version of the TPM's firmware, obfuscated like the counters.
    #[getter]
    fn firmware_version(&self) -> u64 {
        self.facts.common.firmware_version
    }

    /// How many entries of the baseline were compared: all of them matched.
    #[getter]
    fn baseline_matched(&self) -> usize {
        self.facts.baseline_matched
    }

    /// What the logs of the machine explain of the quote, as `boot` in the report: a new dict
    /// each time; `None` if no log was given.
    #[getter]
    fn boot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        parsed(py, &self.report)?.as_any().get_item("boot")
    }

    /// What the quote proves of the list of IMA, as `ima` in the report: a new dict each time;
    /// `None` if no list was given.
    #[getter]
    fn ima<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        parsed(py, &self.report)?.as_any().get_item("ima")
    }

    /// The proven entries of the IMA list, as `tpm-quote verify --ima-entries` writes them: a new list of dicts each time, with `entry`, `pcr`, `template`, `digest`,
    /// `name` and `verdict`; `None` unless `ima_entries=True` asks for them.
    #[getter]
    fn ima_entries<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let lines = self.entries.as_ref().map(|lines| {
            let json = py.import("tpm_quote._json")?;
            json.getattr("lines")?.call1((lines,))
        });
        lines.transpose()
    }

    /// How far the IMA list was proven and accepted, for `ima_state` with a later quote; `None`
    /// unless `ima_keep_state=True` or `ima_state` asks for it, or if the key has no Name.
    #[getter]
    fn ima_state<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.state.as_ref().map(|state| PyBytes::new(py, state))
    }

    /// What the quote does not show although it was accepted, in sentences.
    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.facts.common.warnings)
    }

    /// The report of the command `tpm-quote`, as a dict: see docs/report.md.
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        parsed(py, &self.report)
    }

    fn __bool__(&self) -> PyResult<bool> {
        no_truth("Quote", RAISES)
    }

    fn __repr__(&self) -> String {
        let (key, selection) = (&self.facts.common.key, self.facts.selection);
        let (verdict, by) = (verdict(key), by(key));
        format!("<Quote {verdict} {selection} by {by}>")
    }
}

/// A verified attestation of another kind than a quote.
///
/// Only a verification makes one. It has no truth value: what fails raises `VerifyError`.
#[pyclass(frozen, module = "tpm_quote")]
pub(crate) struct Attest {
    pub(crate) facts: AttestFacts,
    pub(crate) report: String,
}

#[pymethods]
impl Attest {
    /// `verified`, or `verified-self-asserted` if nothing vouches for the key.
    #[getter]
    fn verdict(&self) -> &'static str {
        verdict(&self.facts.common.key)
    }

    /// The specification's name of the kind, as in `TPM_ST_ATTEST_CERTIFY`.
    #[getter(r#type)]
    fn tag(&self) -> &str {
        &self.facts.tag
    }

    /// The key that signed.
    #[getter]
    fn key(&self) -> Key {
        let common = &self.facts.common;
        Key(common.key, common.vouched_by.clone())
    }

    /// The nonce of the request.
    #[getter]
    fn nonce<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.facts.common.nonce)
    }

    /// The qualified name of the key, as the TPM gave it.
    #[getter]
    fn qualified_signer<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.facts.common.qualified_signer)
    }

    /// The hierarchy of the key, as in `TPM_RH_OWNER`, if it is known.
    #[getter]
    fn hierarchy(&self) -> Option<&str> {
        self.facts.hierarchy.as_deref()
    }

    /// The TPM's clock and counters.
    #[getter]
    fn clock(&self) -> Clock {
        Clock(self.facts.common.clock)
    }

    /// The version of the TPM's firmware, obfuscated like the counters.
    #[getter]
    fn firmware_version(&self) -> u64 {
        self.facts.common.firmware_version
    }

    /// What was attested, by the names of the specification in snake_case, with integers of 64
    /// bits as str: a new dict each time.
    #[getter]
    fn attested<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let report = parsed(py, &self.report)?;
        report.as_any().get_item("attest")?.get_item("attested")
    }

    /// What the attestation does not show although it was accepted, in sentences.
    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.facts.common.warnings)
    }

    /// The report of the command `tpm-quote`, as a dict: see docs/report.md.
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        parsed(py, &self.report)
    }

    fn __bool__(&self) -> PyResult<bool> {
        no_truth("Attest", RAISES)
    }

    fn __repr__(&self) -> String {
        let (key, tag) = (&self.facts.common.key, &self.facts.tag);
        let (verdict, by) = (verdict(key), by(key));
        format!("<Attest {verdict} {tag} by {by}>")
    }
}

/// A response without a quote, where the tier allows that: nothing is known of the machine.
#[pyclass(frozen, module = "tpm_quote")]
pub(crate) struct Unavailable {
    pub(crate) report: String,
}

#[pymethods]
impl Unavailable {
    /// `unavailable`.
    #[getter]
    fn verdict(&self) -> &'static str {
        "unavailable"
    }

    /// The report of the command `tpm-quote`, as a dict: see docs/report.md.
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        parsed(py, &self.report)
    }

    fn __bool__(&self) -> PyResult<bool> {
        no_truth(
            "Unavailable",
            "look at verdict, or ask for the tier maximum",
        )
    }

    fn __repr__(&self) -> &'static str {
        "<Unavailable: nothing is known of the machine>"
    }
}

/// The result of a call, or its exception.
pub(crate) fn into_python(py: Python<'_>, outcome: Outcome<Found>) -> PyResult<Py<PyAny>> {
    let (report, entries, state) = (outcome.report, outcome.entries, outcome.state);
    Ok(match outcome.result {
        Ok(Found::Quote(facts)) => {
            let quote = Quote {
                facts,
                report,
                entries,
                state,
            };
            Py::new(py, quote)?.into_any()
        }
        Ok(Found::Unavailable) => Py::new(py, Unavailable { report })?.into_any(),
        Err(error) => {
            let exception = exception(py, &error, &report, outcome.note.as_deref());
            return Err(listing(py, exception, entries));
        }
    })
}

/// What became of one response of many.
///
/// It has no truth value: `verified()` returns the quote or raises `VerifyError`.
#[pyclass(frozen, module = "tpm_quote")]
pub(crate) struct Report {
    pub(crate) outcome: Outcome<Found>,
    pub(crate) payload_id: Option<String>,
    /// What is odd about the response, as it was given.
    pub(crate) hint: Option<String>,
}

#[pymethods]
impl Report {
    /// The payload id of the request; `None` if a nonce was given instead.
    #[getter]
    fn payload_id(&self) -> Option<&str> {
        self.payload_id.as_deref()
    }

    /// `verified`, `verified-self-asserted`, `unavailable`, `rejected`, `unsupported` or
    /// `malformed`.
    #[getter]
    fn verdict(&self) -> &'static str {
        self.outcome.verdict
    }

    /// The check that failed; `None` if none did.
    #[getter]
    fn check(&self) -> Option<&'static str> {
        let error = self.outcome.result.as_ref().err();
        error.map(|error| error.check().name())
    }

    /// The stable name of what is wrong; `None` if nothing is.
    #[getter]
    fn problem(&self) -> Option<&'static str> {
        let error = self.outcome.result.as_ref().err();
        error.map(|error| error.problem_name())
    }

    /// Returns the verified quote.
    ///
    /// Raises `VerifyError` if there is none, also where the tier allows that.
    fn verified(&self, py: Python<'_>) -> PyResult<Quote> {
        let report = &self.outcome.report;
        match &self.outcome.result {
            Ok(Found::Quote(facts)) => Ok(Quote {
                facts: facts.clone(),
                report: report.clone(),
                entries: self.outcome.entries.clone(),
                state: None,
            }),
            Ok(Found::Unavailable) => Err(unavailable(py)),
            Err(error) => {
                let entries = self.outcome.entries.clone();
                let note = self.hint.as_ref().or(self.outcome.note.as_ref());
                let exception = exception(py, error, report, note.map(String::as_str));
                Err(listing(py, exception, entries))
            }
        }
    }

    /// The report of the command `tpm-quote` as a dict, with the number of the response, from
    /// 1, as `line`, and its payload id: see docs/report.md.
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        parsed(py, &self.outcome.report)
    }

    fn __bool__(&self) -> PyResult<bool> {
        no_truth(
            "Report",
            "verified() returns the quote or raises VerifyError",
        )
    }

    fn __repr__(&self) -> String {
        let verdict = self.outcome.verdict;
        match &self.outcome.result {
            Ok(_) => format!("<Report {verdict}>"),
            Err(error) => format!("<Report {verdict} {}: {error}>", error.check()),
        }
    }
}

/// The library's error for a response without a quote, whatever the tier was.
fn unavailable(py: Python<'_>) -> PyErr {
    let policy = ResponsePolicy::with_nonce(Nonce::from([0]));
    let appraisal: Appraisal<'_, Attestation<'_>> =
        Verifier::new().appraise_response(Ok(None), &policy, Tier::Maximum);
    let origin = Origin {
        source: "-",
        line: None,
    };
    match of_appraisal(&appraisal, origin) {
        Outcome {
            report,
            result: Err(error),
            ..
        } => exception(py, &error, &report, None),
        _ => PyValueError::new_err("the response has no quote"),
    }
}

/// The clock of earlier evidence: of a result, or of a report on verified evidence.
pub(crate) fn reading(since: &Bound<'_, PyAny>) -> PyResult<ClockReading> {
    let of = |common: &Common| ClockReading::new(*common.key.name(), common.clock);
    if let Ok(quote) = since.cast::<Quote>() {
        return Ok(of(&quote.get().facts.common));
    }
    if let Ok(attest) = since.cast::<Attest>() {
        return Ok(of(&attest.get().facts.common));
    }
    if since.is_instance_of::<Unavailable>() || since.is_instance_of::<Report>() {
        return Err(wrong_type(
            "since",
            "Quote, Attest or the report of one",
            since,
        ));
    }
    let report = object("since", since)?;
    let wrong = || {
        PyValueError::new_err(
            "since: not the report on evidence that was verified, as report() gives it",
        )
    };
    of_report(&report).map_err(|_| wrong())?.ok_or_else(wrong)
}

fn of_report(report: &Bound<'_, PyDict>) -> PyResult<Option<ClockReading>> {
    let report = report.as_any();
    let verdict: String = report.get_item("verdict")?.extract()?;
    if !matches!(&*verdict, "verified" | "verified-self-asserted") {
        return Ok(None);
    }
    let name: String = report.get_item("key")?.get_item("name")?.extract()?;
    let quote = report.get_item("quote")?;
    let evidence = if quote.is_none() {
        report.get_item("attest")?
    } else {
        quote
    };
    let clock = evidence.get_item("clock")?;
    let milliseconds: String = clock.get_item("clock")?.extract()?;
    let (Ok(name), Ok(milliseconds)) = (name.parse(), milliseconds.parse()) else {
        return Ok(None);
    };
    let info = TpmsClockInfo {
        clock: milliseconds,
        reset_count: clock.get_item("reset_count")?.extract()?,
        restart_count: clock.get_item("restart_count")?.extract()?,
        safe: clock.get_item("safe")?.extract()?,
    };
    Ok(Some(ClockReading::new(name, info)))
}
