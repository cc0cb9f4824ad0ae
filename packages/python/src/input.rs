//! Content as Python has it: `str` and `bytes` are content, a path is a file, a `dict` is JSON
//! that was parsed.

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyByteArray, PyBytes, PyDict, PyMemoryView, PyString},
};

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

    /// The file with a name that stands in this one, as a path.
    pub(crate) fn file(&self, what: &str, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let path = self.py().import("pathlib")?.getattr("Path")?;
        match &self.source {
            Some(source) => {
                let folder = path.call1((source,))?.getattr("parent")?;
                folder.call_method1("joinpath", (name,))
            }
            None => Err(PyValueError::new_err(format!(
                "policy: {what}: names a file, and those are relative to the policy file: give the policy as a file (os.PathLike), or this as an argument"
            ))),
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
pub(crate) fn response<'py>(given: &Bound<'py, PyAny>) -> PyResult<Content<'py>> {
    text_or_dict("response", given)
}

fn text_or_dict<'py>(what: &str, given: &Bound<'py, PyAny>) -> PyResult<Content<'py>> {
    if let Some(content) = text(given)? {
        return Ok(content);
    }
    if given.is_instance_of::<PyDict>() {
        let json = given.py().import("json")?;
        let text = json.getattr("dumps")?.call1((given,))?;
        return Ok(encoded(&text)?.into());
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
    let object = json.getattr("loads")?.call1((object.bytes,))?;
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
