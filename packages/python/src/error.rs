//! The library's errors as Python's exceptions.

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::PyType,
};
use tpm_quote::{Appraisal, Attestation, Error, Verdict, report::Report};
use tpm_quote_shared::{Unusable, expected_and_found, json};

use crate::input::saying;

/// The exception for an error, with its report and a note on the evidence.
pub(crate) fn exception(py: Python<'_>, error: &Error, report: &str, note: Option<&str>) -> PyErr {
    let exception = raised(py, error, None, report).unwrap_or_else(|failure| failure);
    match note {
        Some(note) => saying(py, exception, note),
        None => exception,
    }
}

/// The exception for an argument that the library refuses, with its name.
pub(crate) fn refused(py: Python<'_>, argument: &str, error: Error) -> PyErr {
    of_no_evidence(py, Some(argument), &error)
}

/// The exception for what is no evidence, as the structure that `parse` cannot read.
pub(crate) fn unread(py: Python<'_>, error: Error) -> PyErr {
    of_no_evidence(py, None, &error)
}

fn of_no_evidence(py: Python<'_>, argument: Option<&str>, error: &Error) -> PyErr {
    let appraisal: Appraisal<'_, Attestation<'_>> = (*error).into();
    let report = json(&Report::new(&appraisal));
    raised(py, error, argument, &report).unwrap_or_else(|failure| failure)
}

/// The exception for terms that cannot be used.
pub(crate) fn unusable(py: Python<'_>, unusable: &Unusable) -> PyErr {
    match unusable {
        Unusable::Setting(setting, error) => refused(py, setting, **error),
        Unusable::Evidence(problem) => PyValueError::new_err(format!("evidence: {problem}")),
        Unusable::PlainKey(setting) | Unusable::Scheme(setting) => {
            PyTypeError::new_err(format!("{setting}: {unusable}"))
        }
        Unusable::Certifier(_) => PyValueError::new_err(format!("certified_by: {unusable}")),
    }
}

/// The exception, with the entries of a list of IMA that the quote proves all the same.
pub(crate) fn listing(py: Python<'_>, exception: PyErr, entries: Option<String>) -> PyErr {
    match exception.value(py).setattr("_ima_entries", entries) {
        Ok(()) => exception,
        Err(failure) => failure,
    }
}

fn raised(py: Python<'_>, error: &Error, argument: Option<&str>, report: &str) -> PyResult<PyErr> {
    let class = match error.verdict() {
        Verdict::Rejected => "Rejected",
        Verdict::Unsupported => "Unsupported",
        Verdict::Malformed => "Malformed",
    };
    let class = py.import("tpm_quote._errors")?.getattr(class)?;
    let class = class.cast_into::<PyType>()?;
    let message = error.to_string();
    let check = error.check().name();
    let text = match argument {
        Some(argument) => format!("{check}: {argument}: {message}"),
        None => format!("{check}: {message}"),
    };
    let exception = class.call1((text,))?;
    let (expected, found) = expected_and_found(error);
    exception.setattr("check", check)?;
    exception.setattr("problem", error.problem_name())?;
    exception.setattr("message", message)?;
    exception.setattr("help", error.help())?;
    exception.setattr("expected", expected)?;
    exception.setattr("found", found)?;
    exception.setattr("_report", report)?;
    // Python 3.11 and newer show it below the traceback.
    exception.setattr("__notes__", [format!("help: {}", error.help())])?;
    Ok(PyErr::from_value(exception))
}
