//! `Name` and `PcrSet`, and values as Python writes them: hexadecimal, nonces, PCR values.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyByteArray, PyBytes, PyDict, PyString, PyTuple, PyType},
};
use tpm_quote::{
    Error, Nonce, Pcr, TpmAlgId,
    verify::{bank_by_name, bank_name},
    wire::Hex,
};

use tpm_quote_shared::{not_hexadecimal, shown};

use crate::{
    error::refused,
    input::{saying, structure, wrong_type},
};

/// The Name of a key: a hash id and the hash of its public area.
///
/// Written and read in hexadecimal, as `tpm2_readpublic -n` and `tpm-quote name` write it:
///
/// >>> import pathlib, tpm_quote
/// >>> case = pathlib.Path("tests/data/cases/005-main-p256-ecdsa-sha256")
/// >>> name = tpm_quote.Name.of_public(case / "ak.pub")
/// >>> bytes(name) == (case / "ak.name").read_bytes()
/// True
/// >>> name == tpm_quote.Name(str(name))
/// True
#[pyclass(frozen, module = "tpm_quote")]
pub(crate) struct Name(pub(crate) tpm_quote::Name);

#[pymethods]
impl Name {
    /// Reads hexadecimal, or the bytes themselves.
    #[new]
    #[pyo3(text_signature = "(value, /)")]
    fn new(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        name("Name", value).map(Self)
    }

    /// The Name of the key with this public area: a `TPM2B_PUBLIC` or `TPMT_PUBLIC`, as bytes
    /// or in a file.
    #[staticmethod]
    #[pyo3(text_signature = "(public, /)")]
    fn of_public(public: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = public.py();
        let content = structure("public", public)?;
        let public = tpm_quote_shared::public(content.bytes());
        let public = public.map_err(|error| refused(py, "public", error))?;
        let name_alg = public.value().name_alg;
        match tpm_quote::Name::of_public(&public) {
            Some(name) if name != tpm_quote::Name::EMPTY => Ok(Self(name)),
            _ => Err(PyValueError::new_err(format!(
                "public: the nameAlg {name_alg} gives no Name here"
            ))),
        }
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("Name('{}')", self.0)
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.as_ref())
    }

    /// Also with the text that `str` gives of it.
    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        match other.cast::<PyString>() {
            Ok(text) => text.to_string_lossy() == self.0.to_string(),
            Err(_) => other
                .cast::<Self>()
                .is_ok_and(|other| other.get().0 == self.0),
        }
    }

    /// The same as of its text, to which it is equal.
    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        PyString::new(py, &self.0.to_string()).hash()
    }

    fn __reduce__(&self, py: Python<'_>) -> (Py<PyType>, (String,)) {
        (py.get_type::<Self>().unbind(), (self.0.to_string(),))
    }
}

fn hashed(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A set of PCRs, as in `sha256:0,7,10` or `sha1:0+sha256:0,7`.
///
/// >>> from tpm_quote import PcrSet
/// >>> boot = PcrSet("sha256:0,7,10")
/// >>> boot == PcrSet({"sha256": [10, 0, 7]})
/// True
/// >>> ("sha256", 7) in boot, list(boot)[0], len(boot)
/// (True, ('sha256', 0), 3)
#[pyclass(frozen, module = "tpm_quote")]
pub(crate) struct PcrSet(pub(crate) tpm_quote::PcrSet);

#[pymethods]
impl PcrSet {
    /// Reads the text, or a dict of banks and indices.
    #[new]
    #[pyo3(text_signature = "(value, /)")]
    fn new(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        pcr_set("PcrSet", value).map(Self)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("PcrSet('{}')", self.0)
    }

    fn __len__(&self) -> usize {
        self.0.iter().count()
    }

    fn __contains__(&self, pcr: (String, u8)) -> bool {
        let (bank, index) = pcr;
        bank_by_name(&bank).is_some_and(|bank| self.0.contains(bank, index))
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let pcrs = self.0.iter().map(|pcr| (bank(pcr.bank()), pcr.index()));
        let pcrs = PyTuple::new(py, pcrs.collect::<Vec<_>>())?;
        pcrs.call_method0("__iter__")
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other
            .cast::<Self>()
            .is_ok_and(|other| other.get().0 == self.0)
    }

    fn __hash__(&self) -> u64 {
        // Equal sets may name their banks in another order.
        let mut pcrs: Vec<_> = self.0.iter().collect();
        pcrs.sort_unstable();
        hashed(pcrs)
    }

    fn __reduce__(&self, py: Python<'_>) -> (Py<PyType>, (String,)) {
        (py.get_type::<Self>().unbind(), (self.0.to_string(),))
    }
}

/// The name of a bank, or its hash id.
pub(crate) fn bank(bank: TpmAlgId) -> String {
    bank_name(bank).map_or_else(|| bank.to_string(), str::to_owned)
}

/// A Name, or one in hexadecimal or as bytes.
pub(crate) fn name(what: &str, given: &Bound<'_, PyAny>) -> PyResult<tpm_quote::Name> {
    if let Ok(name) = given.cast::<Name>() {
        return Ok(name.get().0);
    }
    let text = if is_bytes(given) {
        given.call_method0("hex")?
    } else {
        given.clone()
    };
    let Ok(text) = text.cast::<PyString>() else {
        return Err(wrong_type(what, "Name, str or bytes", given));
    };
    let text = text.to_string_lossy();
    let name: Result<tpm_quote::Name, Error> = text.parse();
    name.map_err(|error| {
        let refused = refused(given.py(), what, error);
        match not_hexadecimal(&text) {
            Some(advice) => saying(given.py(), refused, advice),
            None => refused,
        }
    })
}

/// Several Names, or one.
pub(crate) fn names(what: &str, given: &Bound<'_, PyAny>) -> PyResult<Vec<tpm_quote::Name>> {
    let is_one =
        given.is_instance_of::<Name>() || given.is_instance_of::<PyString>() || is_bytes(given);
    if is_one {
        return Ok(vec![name(what, given)?]);
    }
    let several = given.try_iter();
    let several =
        several.map_err(|_| wrong_type(what, "Name, str, bytes or a list of them", given))?;
    several.map(|one| name(what, &one?)).collect()
}

/// A set of PCRs, or one as text or in a dict.
pub(crate) fn pcr_set(what: &str, given: &Bound<'_, PyAny>) -> PyResult<tpm_quote::PcrSet> {
    let py = given.py();
    if let Ok(set) = given.cast::<PcrSet>() {
        return Ok(set.get().0);
    }
    if let Ok(text) = given.cast::<PyString>() {
        let set = tpm_quote::PcrSet::parse(&text.to_string_lossy());
        return set.map_err(|error| refused(py, what, error));
    }
    let Ok(banks) = given.cast::<PyDict>() else {
        return Err(wrong_type(what, "PcrSet, str or dict", given));
    };
    let mut pcrs = Vec::new();
    for (bank, indices) in banks.iter() {
        let wrong = || {
            let bank = format!("{what}: {}", bank.as_any());
            wrong_type(&bank, "list of indices", &indices)
        };
        // A str gives its digits one by one: "10" would be PCRs 1 and 0.
        if indices.is_instance_of::<PyString>() || is_bytes(&indices) {
            return Err(wrong());
        }
        for index in indices.try_iter().map_err(|_| wrong())? {
            pcrs.push(pcr(what, &bank, &index?)?);
        }
    }
    Ok(pcrs.into_iter().collect())
}

/// A PCR, by its bank and its index, which may be a text as in JSON.
fn pcr(what: &str, bank: &Bound<'_, PyAny>, index: &Bound<'_, PyAny>) -> PyResult<Pcr> {
    let text = format!("{}:{}", bank.str()?, index.str()?);
    let pcr: Result<Pcr, Error> = text.parse();
    pcr.map_err(|error| refused(bank.py(), &format!("{what}: {text}"), error))
}

/// PCRs and their values, of which a list is several: `{"sha256": {0: VALUE, "7": [VALUE]}}`.
pub(crate) fn pcr_values(
    what: &str,
    banks: &Bound<'_, PyDict>,
) -> PyResult<Vec<(Pcr, Vec<Vec<u8>>)>> {
    let mut entries = Vec::new();
    for (bank, pcrs) in banks.iter() {
        let Ok(pcrs) = pcrs.cast::<PyDict>() else {
            let bank = format!("{what}: {}", bank.str()?);
            let expected = "dict of the values of a bank, as in {'sha256': {0: VALUE}}";
            return Err(wrong_type(&bank, expected, &pcrs));
        };
        if pcrs.is_empty() {
            return Err(PyValueError::new_err(format!(
                "{what}: {}: no PCRs",
                bank.str()?
            )));
        }
        for (index, values) in pcrs.iter() {
            let pcr = pcr(what, &bank, &index)?;
            let what = format!("{what}: {pcr}");
            let values = if values.is_instance_of::<PyString>() || is_bytes(&values) {
                vec![bytes(&what, &values)?]
            } else {
                let wrong = |_| wrong_type(&what, "str, bytes or a list of them", &values);
                let values = values.try_iter().map_err(wrong)?;
                let values = values.map(|value| bytes(&what, &value?));
                values.collect::<PyResult<Vec<_>>>()?
            };
            entries.push((pcr, values));
        }
    }
    Ok(entries)
}

fn is_bytes(given: &Bound<'_, PyAny>) -> bool {
    given.is_instance_of::<PyBytes>() || given.is_instance_of::<PyByteArray>()
}

/// Bytes, or their hexadecimal.
pub(crate) fn bytes(what: &str, given: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(text) = given.cast::<PyString>() {
        let text = text.to_string_lossy();
        return unhex(&text).map_err(|problem| {
            let advice = not_hexadecimal(&text).map(|advice| format!(": {advice}"));
            PyValueError::new_err(format!(
                "{what}: expected bytes or hexadecimal, not {}: {problem}{}",
                shown(&text),
                advice.unwrap_or_default()
            ))
        });
    }
    if is_bytes(given) {
        return given.extract();
    }
    Err(wrong_type(what, "bytes or hexadecimal", given))
}

fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let mut room = vec![0; text.len().div_ceil(2)];
    match Hex::decode(text, &mut room) {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(problem) => Err(Error::from(problem).to_string()),
    }
}

/// The nonce of a request with this payload id.
pub(crate) fn payload_nonce(given: &Bound<'_, PyAny>) -> PyResult<Nonce> {
    let Ok(id) = given.cast::<PyString>() else {
        return Err(wrong_type("payload_id", "str", given));
    };
    let id: String = id.extract()?;
    Nonce::from_payload_id(&id).map_err(|error| refused(given.py(), "payload_id", error))
}

/// A nonce: bytes, or their hexadecimal.
pub(crate) fn exact_nonce(what: &str, given: &Bound<'_, PyAny>) -> PyResult<Nonce> {
    let nonce = bytes(what, given)?;
    Nonce::exact(&nonce).map_err(|error| refused(given.py(), what, error))
}
