//! Content as Python has it: `str` and `bytes` are content, a path is a file, a `dict` is JSON
//! that was parsed.

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyByteArray, PyBytes, PyDict, PyList, PyMemoryView, PyString},
};

use crate::written::written;

/// Bytes that Python holds, and where they came from if that is a file.
pub(crate) struct Content<'py> {
    bytes: Bound<'py, PyBytes>,
    source: Option<String>,
}

impl<'py> Content<'py> {
    pub(crate) fn py(&self) -> Python<'py> {
        self.bytes.py()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.as_bytes()
    }

    /// The name of the file, `-` for what is none.
    pub(crate) fn source(&self) -> &str {
        self.source.as_deref().unwrap_or("-")
    }

    /// The file with a name that stands in this one, as a path; of a text that is in no file,
    /// this is the error.
    pub(crate) fn file(&self, name: &str, of_text: &str) -> PyResult<Bound<'py, PyAny>> {
        let path = self.py().import("pathlib")?.getattr("Path")?;
        match &self.source {
            Some(source) => {
                let folder = path.call1((source,))?.getattr("parent")?;
                folder.call_method1("joinpath", (name,))
            }
            None => Err(PyValueError::new_err(of_text.to_owned())),
        }
    }
}

impl<'py> From<Bound<'py, PyBytes>> for Content<'py> {
    fn from(bytes: Bound<'py, PyBytes>) -> Self {
        Self {
            bytes,
            source: None,
        }
    }
}

/// A response: its text, or what a JSON parser made of it.
pub(crate) fn response<'py>(what: &str, given: &Bound<'py, PyAny>) -> PyResult<Content<'py>> {
    text_or_dict(what, given)
}

fn text_or_dict<'py>(what: &str, given: &Bound<'py, PyAny>) -> PyResult<Content<'py>> {
    if let Some(content) = text(given)? {
        return Ok(content);
    }
    if let Ok(parsed) = given.cast::<PyDict>() {
        return Ok(written(parsed)?.into());
    }
    Err(wrong_type(what, "str, bytes, dict or os.PathLike", given))
}

/// A policy: its text, or what a JSON parser made of it.
pub(crate) fn policy<'py>(given: &Bound<'py, PyAny>) -> PyResult<Content<'py>> {
    text_or_dict("policy", given)
}

/// The JSON of another project: its text, or what a JSON parser made of it.
pub(crate) fn evidence<'py>(given: &Bound<'py, PyAny>) -> PyResult<Content<'py>> {
    text_or_dict("evidence", given)
}

/// A structure of a TPM.
pub(crate) fn structure<'py>(what: &str, given: &Bound<'py, PyAny>) -> PyResult<Content<'py>> {
    if given.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(format!(
            "{what}: a TPM structure is bytes, not text: decode base64 or hexadecimal first; for a file give a pathlib.Path"
        )));
    }
    let content = bytes_or_file(given)?;
    content.ok_or_else(|| wrong_type(what, "bytes or os.PathLike", given))
}

/// A public key in any form: bytes or a file, or text in PEM or JSON.
pub(crate) fn key<'py>(given: &Bound<'py, PyAny>) -> PyResult<Content<'py>> {
    let is_text = given.cast::<PyString>().is_ok_and(|text| {
        let text = text.to_string_lossy();
        text.contains("-----BEGIN ") || text.trim_start().starts_with('{')
    });
    if is_text {
        return Ok(encoded(given)?.into());
    }
    structure("key", given)
}

/// A file as it is: text, bytes or a path.
pub(crate) fn content<'py>(what: &str, given: &Bound<'py, PyAny>) -> PyResult<Content<'py>> {
    text(given)?.ok_or_else(|| wrong_type(what, "str, bytes or os.PathLike", given))
}

/// An object of JSON: parsed, as text or in a file. A key that is there twice is an error, of
/// which a `dict` would keep one.
pub(crate) fn object<'py>(what: &str, given: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let object = match given.cast::<PyDict>() {
        Ok(object) => return Ok(object.clone()),
        Err(_) => text(given)?
            .ok_or_else(|| wrong_type(what, "dict, str or bytes of JSON, or os.PathLike", given))?,
    };
    let json = given.py().import("tpm_quote._json")?;
    let object = json.getattr("loads")?.call1((object.bytes,));
    let py = json.py();
    let object = object.map_err(|error| match error.is_instance_of::<PyValueError>(py) {
        true => PyValueError::new_err(format!("{what}: not JSON: {}", error.value(py))),
        false => error,
    })?;
    let wrong = |_| PyValueError::new_err(format!("{what}: not a JSON object"));
    object.cast_into::<PyDict>().map_err(wrong)
}

/// Text or bytes or a file, if it is one of these.
fn text<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Content<'py>>> {
    if given.is_instance_of::<PyString>() {
        return Ok(Some(encoded(given)?.into()));
    }
    bytes_or_file(given)
}

fn bytes_or_file<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Content<'py>>> {
    if let Ok(bytes) = given.cast::<PyBytes>() {
        return Ok(Some(bytes.clone().into()));
    }
    if given.is_instance_of::<PyByteArray>() || given.is_instance_of::<PyMemoryView>() {
        let copy = given.py().get_type::<PyBytes>().call1((given,))?;
        return Ok(Some(copy.cast_into::<PyBytes>()?.into()));
    }
    if given.hasattr("__fspath__")? {
        return file(given).map(Some);
    }
    Ok(None)
}

fn file<'py>(path: &Bound<'py, PyAny>) -> PyResult<Content<'py>> {
    let py = path.py();
    let file = py.import("builtins")?.call_method1("open", (path, "rb"))?;
    let bytes = file.call_method0("read");
    file.call_method0("close")?;
    let name = py.import("os")?.call_method1("fsdecode", (path,))?;
    Ok(Content {
        bytes: bytes?.cast_into::<PyBytes>()?,
        source: Some(name.str()?.to_string_lossy().into_owned()),
    })
}

/// A lone surrogate becomes bytes that are not UTF-8: the library refuses them where they stand.
fn encoded<'py>(text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let bytes = text.call_method1("encode", ("utf-8", "surrogatepass"))?;
    Ok(bytes.cast_into::<PyBytes>()?)
}

pub(crate) fn wrong_type(what: &str, expected: &str, given: &Bound<'_, PyAny>) -> PyErr {
    let found = given.get_type();
    let found = match found.name() {
        Ok(name) => name.to_string(),
        Err(error) => return error,
    };
    PyTypeError::new_err(format!("{what}: expected {expected}, not {found}"))
}

/// The arguments of which a `str` is content.
const CONTENTS: [&str; 13] = [
    "ak_cert",
    "baseline",
    "ca",
    "evidence",
    "hardware_root",
    "ima_allow",
    "ima_key",
    "ima_list",
    "pcrs",
    "policy",
    "since",
    "trust",
    "userspace_log",
];

/// Adds a hint to the text of an error if an argument looks like something else: the name of a
/// file, encoded text, another structure.
pub(crate) fn hinted(
    error: PyErr,
    first: Option<(&str, &Bound<'_, PyAny>)>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyErr {
    Python::attach(|py| {
        let is_of_arguments = error.is_instance_of::<PyValueError>(py)
            || error.is_instance_of::<PyTypeError>(py)
            || error.value(py).hasattr("check").unwrap_or(false);
        let says = |name, what| {
            let value = error.value(py).getattr(name);
            value.is_ok_and(|value| value.eq(what).unwrap_or(false))
        };
        // A nonce may be any bytes, unless it is what is wrong.
        let is_nonce = says("check", "nonce");
        let of_options = || match options {
            Some(options) if is_nonce => of_payload_id(options),
            Some(options) if says("problem", "ima-mismatch") => of_state(options),
            _ => None,
        };
        let hint = of_options().or_else(|| hint(first, options, is_nonce));
        match hint.filter(|_| is_of_arguments) {
            Some(hint) => saying(py, error, &hint),
            None => error,
        }
    })
}

/// The error, saying this as well.
pub(crate) fn saying(py: Python<'_>, error: PyErr, hint: &str) -> PyErr {
    let value = error.value(py);
    let text = value.to_string();
    let text = format!("{}. Note: {hint}", text.trim_end_matches('.'));
    // The error is what matters, with the hint or without.
    let _ = value.setattr("args", (text,));
    error
}

/// A note on a payload id with white space around it, where the nonce does not match.
fn of_payload_id(options: &Bound<'_, PyDict>) -> Option<String> {
    let given = options.get_item("payload_id").ok()??;
    let text: String = given.extract().ok()?;
    let is_padded = text.trim() != text;
    is_padded.then(|| "payload_id has white space around it, which counts: strip it".to_owned())
}

/// Returns a note for the error that an IMA list does not match, if `ima_state` was given.
fn of_state(options: &Bound<'_, PyDict>) -> Option<String> {
    let given = options.get_item("ima_state").ok()??;
    let is_given = !given.is_none();
    is_given.then(|| {
        "with ima_state, ima_list has only what is new: it begins with the first entry behind the state; or leave ima_state out, and give the whole list".to_owned()
    })
}

fn hint(
    first: Option<(&str, &Bound<'_, PyAny>)>,
    options: Option<&Bound<'_, PyDict>>,
    is_nonce: bool,
) -> Option<String> {
    let options = options.into_iter().flat_map(|options| options.iter());
    let options = options.filter_map(|(name, given)| Some((name.extract().ok()?, given)));
    let options: Vec<(String, Bound<'_, PyAny>)> = options.collect();
    let contents = options.iter();
    let contents = contents.filter(|(name, _)| CONTENTS.contains(&&**name));
    let contents = contents.map(|(name, given)| (&**name, given));
    let mut files = first.into_iter().chain(contents);
    if let Some(hint) = files.find_map(|(name, given)| of_file_name(name, given)) {
        return Some(hint);
    }
    let structures = options.iter().map(|(name, given)| (&**name, given));
    let structures = structures.chain(first).filter_map(|(name, given)| {
        let is_meant = name != "nonce" || is_nonce;
        let content = is_meant.then(|| bytes_or_file(given).ok()?)?;
        Some((name, content?))
    });
    let structures: Vec<_> = structures.collect();
    let bytes = structures.iter();
    let bytes: Vec<_> = bytes
        .map(|(name, content)| (*name, content.bytes()))
        .collect();
    tpm_quote_shared::hint(&bytes)
}

/// What to say of a `str` that can be nothing but the name of a file, or of a list with one.
pub(crate) fn of_file_name(name: &str, given: &Bound<'_, PyAny>) -> Option<String> {
    if let Ok(several) = given.cast::<PyList>() {
        let mut several = several.iter();
        return several.find_map(|one| of_file_name(name, &one));
    }
    let text = given.cast::<PyString>().ok()?.to_string_lossy();
    let is_content = |c: char| c.is_whitespace() || c == '{' || c == ':';
    let is_name = text.contains(['.', '/', '\\']) && text.len() < 4096;
    let is_name = is_name && !text.contains(is_content);
    is_name.then(|| {
        format!(
            "{name} looks like the name of a file, and a str is content: for the file give pathlib.Path({text:?})"
        )
    })
}
