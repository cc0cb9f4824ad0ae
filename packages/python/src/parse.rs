//! `parse`: any structure, by the specification's names.

use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyDict, PyString},
};
use tpm_quote_shared::{Unread, response};

use crate::{
    error::unread,
    input::{self, structure, wrong_type},
};

/// Reads a structure and returns it as a dict. Nothing is verified.
///
/// `data` is a structure as bytes or in a file (`os.PathLike`), and `type` its name in the
/// specification, such as `TPM2B_PUBLIC`. Without `type`, the bytes have to be exactly one of
/// the structures that can be told by how they begin: public areas, attestations, signatures.
/// A response (`str`, `dict`, or bytes that begin with `{`) gives its `tpm_attestation` block,
/// each structure in it read.
///
/// Fields have the names of the specification; ids and attributes are names, bytes hexadecimal.
///
/// >>> import pathlib, tpm_quote
/// >>> case = pathlib.Path("tests/data/cases/005-main-p256-ecdsa-sha256")
/// >>> area = tpm_quote.parse(case / "ak.pub")
/// >>> area["type"], area["value"]["nameAlg"], area["name"][:8]
/// ('TPM2B_PUBLIC', 'TPM_ALG_SHA256', '000b0e3c')
/// >>> tpm_quote.parse(case / "quote.attest", type="TPMS_ATTEST")["value"]["magic"]
/// 'TPM_GENERATED_VALUE'
#[pyfunction]
#[pyo3(signature = (data, *, r#type = None), text_signature = "(data, *, type=None)")]
pub(crate) fn parse<'py>(
    py: Python<'py>,
    data: &Bound<'py, PyAny>,
    r#type: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let is_response =
        r#type.is_none() && (data.is_instance_of::<PyString>() || data.is_instance_of::<PyDict>());
    let read = if is_response {
        response(input::response("data", data)?.bytes()).map_err(Unread::from)
    } else {
        let content = structure("data", data)?;
        let name = r#type.map(|name| match name.cast::<PyString>() {
            Ok(name) => Ok(name.to_string_lossy()),
            Err(_) => Err(wrong_type("type", "str", name)),
        });
        tpm_quote_shared::parse(content.bytes(), name.transpose()?.as_deref())
    };
    let failed = match read {
        Ok(text) => return loads(py, &text),
        Err(Unread::Malformed(error)) => unread(py, error),
        Err(Unread::Unknown(message)) => PyValueError::new_err(message),
    };
    Err(input::hinted(failed, Some(("data", data)), None))
}

fn loads<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyDict>> {
    let value = py.import("json")?.getattr("loads")?.call1((text,))?;
    Ok(value.cast_into::<PyDict>()?)
}
