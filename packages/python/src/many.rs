//! `verify_many`: responses from an iterable, on all cores, in their order.

use std::{collections::VecDeque, num::NonZero, sync::Mutex, thread};

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyBytes, PyDict, PyIterator, PyString, PyTuple},
};
use tpm_quote::{Error, Nonce, Scratch};

use tpm_quote_shared::{
    Found, Origin, Outcome, Terms, Unusable, Use, Wanted, of_appraisal, of_response,
};

use crate::{
    error::unusable,
    input::{self, wrong_type},
    options::Options,
    results::Report,
    terms,
};

/// The most responses that are read ahead for each thread.
const AHEAD: usize = 64;
/// How many bytes are read ahead at most, but for the last response.
const BYTES_AHEAD: usize = 8 << 20;

/// Verifies many responses, and returns an iterator over their reports.
///
/// `responses` gives pairs of a payload id, from your own records, and a response; the rest is
/// as for `verify_response`, but for logs, of which each response has to carry its own
/// (`boot_log="response"`, `ima_list="response"`). It is read as the reports are asked for, a few hundred pairs ahead
/// at most: it may be endless. Reports come in the order of the responses. `threads` is the
/// number of threads, one for each processor if it is not given.
///
/// A response that fails gives a report as well, and the next one follows. What cannot be read at
/// all, as a file that is missing, raises instead, after the reports on all before it: `next`
/// goes on with the one behind it. What `responses` itself raises ends the reports.
///
/// The nonce of each is SHA-256(payload_id)[:16]. Where your server takes another, give it as `bytes` in
/// the place of the payload id, which the report does not have then.
///
/// >>> import pathlib, tpm_quote
/// >>> text = pathlib.Path("tests/data/blocks/rsa-main-aik-tpm2b.json").read_text()
/// >>> records = [("22c4a258-d445-5bdd-885d-40980abcee2d", text), ("another", text)]
/// >>> for report in tpm_quote.verify_many(records):
/// ...     print(report.verdict, report.check)
/// verified-self-asserted None
/// rejected nonce
#[pyfunction]
#[pyo3(
    signature = (responses, **options),
    text_signature = "(responses, *, threads=None, tier='maximum', require_pcrs=None, baseline=None, ak_names=None, certified_by=None, certify_attest=None, certify_signature=None, certify_creation=None, certify_nonce=None, ak_cert=None, ca=None, at=None, profile=None, google_project=None, google_instance=None, azure_vm=None, trust=None, trust_files=None, machine=None, require_anchor=False, boot_log=None, allow_suffix=None, allow_padding=False, ima_list=None, ima_allow=None, ima_key=None, ima_require=None, ima_require_policy=None, dangerous_ima_violations=False, ima_entries=False, hierarchy=None, parents=None, require_safe_clock=False, since=None, allow_reboots=False, minimum_firmware=None, dangerous_allow_sha1_signatures=False, dangerous_allow_sha1_names=False, dangerous_allow_sha1_certificates=False, policy=None)"
)]
pub(crate) fn verify_many(
    py: Python<'_>,
    responses: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Reports> {
    many_of(py, responses, options).map_err(|error| input::hinted(error, None, options))
}

fn many_of(
    py: Python<'_>,
    responses: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Reports> {
    let mut options = Options::new("verify_many", Use::Many, options)?;
    let threads = match options.take("threads") {
        Some(threads) => terms::integer::<usize>("threads", &threads)?,
        None => thread::available_parallelism().map_or(1, NonZero::get),
    };
    if threads == 0 {
        return Err(PyValueError::new_err("threads: expected at least 1"));
    }
    let terms = Terms {
        logs: terms::logs(&mut options, Use::Many)?,
        ..terms::of_response(&mut options)?
    };
    options.finish()?;
    // Terms that cannot be used are an error of this call, not of each response.
    terms
        .with(|_| Ok(()))
        .map_err(|error| unusable(py, &error))?;
    Ok(Reports(Mutex::new(State {
        source: Some(responses.try_iter()?.unbind()),
        terms,
        threads,
        batch: 1,
        read: 0,
        ready: VecDeque::new(),
        failed: None,
    })))
}

/// The reports on many responses.
#[pyclass(frozen, module = "tpm_quote")]
pub(crate) struct Reports(Mutex<State>);

struct State {
    /// `None` once it has nothing more.
    source: Option<Py<PyIterator>>,
    terms: Terms,
    threads: usize,
    /// How many are read next: few at first, so that the first report does not wait.
    batch: usize,
    /// How many were read.
    read: u64,
    ready: VecDeque<Report>,
    /// What the source raised, to be raised after all that is ready.
    failed: Option<PyErr>,
}

#[pymethods]
impl Reports {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Report>> {
        let Ok(mut state) = self.0.try_lock() else {
            return Err(PyValueError::new_err(
                "another thread is asking for the next report",
            ));
        };
        state.next(py)
    }
}

/// A response that was read.
struct Item {
    number: u64,
    request: Request,
    source: String,
    json: Vec<u8>,
    hint: Option<String>,
}

/// What the response has to answer.
enum Request {
    PayloadId(String),
    Nonce(Vec<u8>),
}

impl Request {
    fn of(number: u64, given: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(nonce) = given.cast::<PyBytes>() {
            return Ok(Self::Nonce(nonce.as_bytes().to_vec()));
        }
        let what = format!("response {number}: payload_id");
        let wrong = |_| wrong_type(&what, "str, or bytes as the nonce", given);
        Ok(Self::PayloadId(given.extract().map_err(wrong)?))
    }

    fn nonce(&self) -> Result<Nonce, Error> {
        match self {
            Self::PayloadId(id) => Nonce::from_payload_id(id),
            Self::Nonce(nonce) => Nonce::exact(nonce),
        }
    }

    fn payload_id(&self) -> Option<&str> {
        match self {
            Self::PayloadId(id) => Some(id),
            Self::Nonce(_) => None,
        }
    }
}

impl State {
    fn next(&mut self, py: Python<'_>) -> PyResult<Option<Report>> {
        if self.ready.is_empty() && self.failed.is_none() {
            let items = self.pull(py);
            self.batch = self
                .batch
                .saturating_mul(2)
                .min(self.threads.saturating_mul(AHEAD));
            let (terms, threads) = (&self.terms, self.threads);
            let reports = py.detach(|| terms.with(|wanted| Ok(verify(wanted, threads, items))));
            self.ready = reports.map_err(|error: Unusable| unusable(py, &error))?;
        }
        match self.ready.pop_front() {
            Some(report) => Ok(Some(report)),
            None => self.failed.take().map_or(Ok(None), Err),
        }
    }

    /// Reads the next batch. What goes wrong is kept for later.
    fn pull(&mut self, py: Python<'_>) -> Vec<Item> {
        let (mut items, mut bytes) = (Vec::new(), 0_usize);
        let Some(source) = &self.source else {
            return items;
        };
        let mut source = source.bind(py).clone();
        while items.len() < self.batch && bytes < BYTES_AHEAD {
            let Some(next) = source.next() else {
                self.source = None;
                break;
            };
            self.read = self.read.saturating_add(1);
            if next.is_err() {
                self.source = None;
            }
            match next.and_then(|pair| Item::of(&pair, self.read)) {
                Ok(item) => {
                    bytes = bytes.saturating_add(item.json.len());
                    items.push(item);
                }
                // The others follow, for whoever goes on asking.
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        items
    }
}

impl Item {
    fn of(pair: &Bound<'_, PyAny>, number: u64) -> PyResult<Self> {
        let wrong = || {
            PyTypeError::new_err(format!(
                "response {number}: expected a pair (payload_id, response)"
            ))
        };
        let is_response = |given: &Bound<'_, PyAny>| match given.cast::<PyString>() {
            Ok(text) => text.to_string_lossy().trim_start().starts_with('{'),
            Err(_) => {
                given.is_instance_of::<PyDict>() || given.hasattr("__fspath__").unwrap_or(false)
            }
        };
        let pair = pair.cast::<PyTuple>().map_err(|_| wrong())?;
        let (payload_id, response): (Bound<'_, PyAny>, Bound<'_, PyAny>) =
            pair.extract().map_err(|_| wrong())?;
        if is_response(&payload_id) && !is_response(&response) {
            return Err(PyTypeError::new_err(format!(
                "response {number}: expected a pair (payload_id, response), and the first of this one looks like a response: are they swapped?"
            )));
        }
        let request = Request::of(number, &payload_id)?;
        let content = input::response(&format!("response {number}"), &response)?;
        Ok(Self {
            number,
            request,
            hint: input::of_file_name(&format!("response {number}"), &response),
            source: content.source().to_owned(),
            json: content.bytes().to_vec(),
        })
    }
}

/// The reports on these, in their order.
fn verify(wanted: &Wanted<'_>, threads: usize, items: Vec<Item>) -> VecDeque<Report> {
    let size = items.len().div_ceil(threads).max(1);
    if items.len() <= size {
        return each(wanted, items).into();
    }
    let mut parts = Vec::new();
    let mut items = items.into_iter();
    loop {
        let part: Vec<Item> = items.by_ref().take(size).collect();
        if part.is_empty() {
            break;
        }
        parts.push(part);
    }
    thread::scope(|scope| {
        let workers: Vec<_> = parts
            .into_iter()
            .map(|part| scope.spawn(|| each(wanted, part)))
            .collect();
        let parts = workers.into_iter().map(|worker| match worker.join() {
            Ok(reports) => reports,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        parts.flatten().collect()
    })
}

fn each(wanted: &Wanted<'_>, items: Vec<Item>) -> Vec<Report> {
    let mut scratch = Scratch::new();
    let reports = items.into_iter().map(|item| {
        let outcome = one(wanted, &item, &mut scratch);
        Report {
            outcome,
            payload_id: item.request.payload_id().map(str::to_owned),
            hint: item.hint,
        }
    });
    reports.collect()
}

fn one(wanted: &Wanted<'_>, item: &Item, scratch: &mut Scratch) -> Outcome<Found> {
    let origin = Origin {
        source: &item.source,
        line: Some((item.number, item.request.payload_id())),
    };
    match item.request.nonce() {
        Ok(nonce) => of_response(&item.json, wanted, nonce, origin, scratch),
        Err(error) => of_appraisal(&error.into(), origin),
    }
}
