//! `parse`: any structure, by the specification's names.

use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyDict, PyString},
};
use tpm_quote::{
    Name, Scratch, Tpm2bAttest, Tpm2bPublic, TpmAlgId, TpmAttestation, TpmlPcrSelection,
    TpmsAttest, TpmtSignature, Unmarshal, UnmarshalError,
    evidence::BlockEvidence,
    report::write_json,
    types::{
        Tpm2bCreationData, Tpm2bData, Tpm2bDigest, Tpm2bEncryptedSecret, Tpm2bIdObject, Tpm2bName,
        Tpm2bNvPublic, TpmHandle, TpmlDigest, TpmsClockInfo, TpmsCreationData, TpmsNvPublic,
        TpmsPcrSelection, TpmsTimeInfo, TpmtHa, TpmtTkCreation,
    },
    wire::Inspect,
};

use crate::{
    error::refused,
    input::{self, structure, wrong_type},
    values::bank,
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
    if r#type.is_none() && (data.is_instance_of::<PyString>() || data.is_instance_of::<PyDict>()) {
        return response(py, input::response(data)?.bytes());
    }
    let content = structure("data", data)?;
    let bytes = content.bytes();
    let Some(name) = r#type else {
        if bytes.trim_ascii_start().starts_with(b"{") {
            return response(py, bytes);
        }
        return told(py, bytes);
    };
    let Ok(name) = name.cast::<PyString>() else {
        return Err(wrong_type("type", "str", name));
    };
    let name = name.to_string_lossy();
    let Some(kind) = KINDS
        .iter()
        .find(|kind| kind.name.eq_ignore_ascii_case(&name))
    else {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        return Err(PyValueError::new_err(format!(
            "type: expected one of {}, not {name:?}",
            known.join(", ")
        )));
    };
    let text = (kind.read)(bytes).map_err(|error| refused(py, error))?;
    loads(py, &text)
}

fn loads<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyDict>> {
    let value = py.import("json")?.getattr("loads")?.call1((text,))?;
    Ok(value.cast_into::<PyDict>()?)
}

/// The one structure that the bytes are.
fn told<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let mut begun = KINDS.iter().filter(|kind| kind.begins(bytes));
    let fits = |kind: &&Kind| (kind.read)(bytes).is_ok();
    let mut fitting = KINDS.iter().filter(|kind| kind.begins(bytes)).filter(fits);
    match (fitting.next(), fitting.next(), begun.next()) {
        (Some(kind), None, _) | (None, _, Some(kind)) => {
            let text = (kind.read)(bytes).map_err(|error| refused(py, error))?;
            loads(py, &text)
        }
        (Some(one), Some(other), _) => Err(PyValueError::new_err(format!(
            "data: can be {} or {}: say with type which one it is",
            one.name, other.name
        ))),
        (None, _, None) => Err(PyValueError::new_err(
            "data: begins like none of the structures that can be told by their bytes: say with type which one it is",
        )),
    }
}

/// A structure, by the specification's name.
struct Kind {
    name: &'static str,
    /// Reads exactly these bytes, and writes them as JSON.
    read: fn(&[u8]) -> Result<String, tpm_quote::Error>,
    /// How it begins, if it can be told by that.
    begins: Option<fn(&[u8]) -> bool>,
}

impl Kind {
    fn begins(&self, bytes: &[u8]) -> bool {
        self.begins.is_some_and(|begins| begins(bytes))
    }
}

/// All structures. The ones that can be told by how they begin come first.
const KINDS: &[Kind] = &[
    Kind {
        name: "TPM2B_PUBLIC",
        read: |bytes| Ok(object("TPM2B_PUBLIC", &Tpm2bPublic::from_bytes(bytes)?)),
        begins: Some(|bytes| is_public(behind_size(bytes))),
    },
    Kind {
        name: "TPMT_PUBLIC",
        read: |bytes| Ok(object("TPMT_PUBLIC", &Tpm2bPublic::from_unsized(bytes)?)),
        begins: Some(is_public),
    },
    Kind {
        name: "TPM2B_ATTEST",
        read: |bytes| {
            let attest = Tpm2bAttest::from_bytes(bytes)?.bytes();
            let attest = TpmsAttest::from_bytes(attest)?;
            Ok(shown("TPM2B_ATTEST", &attest))
        },
        begins: Some(|bytes| is_attest(behind_size(bytes))),
    },
    Kind {
        name: "TPMS_ATTEST",
        read: |bytes| plain(TpmsAttest::from_bytes(bytes)),
        begins: Some(is_attest),
    },
    Kind {
        name: "TPMT_SIGNATURE",
        read: |bytes| plain(TpmtSignature::from_bytes(bytes)),
        begins: Some(is_signature),
    },
    unmarked("TPML_PCR_SELECTION", |bytes| {
        plain(TpmlPcrSelection::from_bytes(bytes))
    }),
    unmarked("TPMS_PCR_SELECTION", |bytes| {
        plain(TpmsPcrSelection::from_bytes(bytes))
    }),
    unmarked("TPML_DIGEST", |bytes| plain(TpmlDigest::from_bytes(bytes))),
    unmarked("TPMT_HA", |bytes| plain(TpmtHa::from_bytes(bytes))),
    unmarked("TPM2B_CREATION_DATA", |bytes| {
        plain(Tpm2bCreationData::from_bytes(bytes))
    }),
    unmarked("TPMS_CREATION_DATA", |bytes| {
        plain(TpmsCreationData::from_bytes(bytes))
    }),
    unmarked("TPMT_TK_CREATION", |bytes| {
        plain(TpmtTkCreation::from_bytes(bytes))
    }),
    unmarked("TPM2B_NV_PUBLIC", |bytes| {
        let public = Tpm2bNvPublic::from_bytes(bytes)?;
        Ok(nv_index("TPM2B_NV_PUBLIC", public.value()))
    }),
    unmarked("TPMS_NV_PUBLIC", |bytes| {
        Ok(nv_index(
            "TPMS_NV_PUBLIC",
            &TpmsNvPublic::from_bytes(bytes)?,
        ))
    }),
    unmarked("TPM2B_NAME", |bytes| plain(Tpm2bName::from_bytes(bytes))),
    unmarked("TPM2B_DIGEST", |bytes| {
        plain(Tpm2bDigest::from_bytes(bytes))
    }),
    unmarked("TPM2B_DATA", |bytes| plain(Tpm2bData::from_bytes(bytes))),
    unmarked("TPM2B_ID_OBJECT", |bytes| {
        plain(Tpm2bIdObject::from_bytes(bytes))
    }),
    unmarked("TPM2B_ENCRYPTED_SECRET", |bytes| {
        plain(Tpm2bEncryptedSecret::from_bytes(bytes))
    }),
    unmarked("TPMS_CLOCK_INFO", |bytes| {
        plain(TpmsClockInfo::from_bytes(bytes))
    }),
    unmarked("TPMS_TIME_INFO", |bytes| {
        plain(TpmsTimeInfo::from_bytes(bytes))
    }),
];

const fn unmarked(name: &'static str, read: fn(&[u8]) -> Result<String, tpm_quote::Error>) -> Kind {
    Kind {
        name,
        read,
        begins: None,
    }
}

fn plain<'a, T: Inspect + Unmarshal<'a>>(
    value: Result<T, UnmarshalError>,
) -> Result<String, tpm_quote::Error> {
    Ok(shown(T::NAME, &value?))
}

fn json(value: &dyn Inspect) -> String {
    let mut text = String::new();
    // A string takes all of it.
    match write_json(value, &mut text) {
        Ok(()) => text,
        Err(_) => String::new(),
    }
}

fn shown(name: &str, value: &dyn Inspect) -> String {
    format!("{{\"type\":\"{name}\",\"value\":{}}}", json(value))
}

/// A public area, its Name, and its qualified name as a primary object of each hierarchy.
fn object(kind: &str, public: &Tpm2bPublic<'_>) -> String {
    let name = Name::of_public(public);
    let qualified = [
        TpmHandle::RH_OWNER,
        TpmHandle::RH_ENDORSEMENT,
        TpmHandle::RH_PLATFORM,
        TpmHandle::RH_NULL,
    ]
    .map(|hierarchy| {
        let parent = Name::of_handle(hierarchy);
        let name = name.and_then(|name| name.qualified_by(&parent));
        format!("\"{hierarchy}\":{}", or_null(name))
    });
    format!(
        "{{\"type\":\"{kind}\",\"value\":{},\"name\":{},\"qualifiedName\":{{{}}}}}",
        json(public.value()),
        or_null(name),
        qualified.join(",")
    )
}

fn nv_index(kind: &str, public: &TpmsNvPublic<'_>) -> String {
    format!(
        "{{\"type\":\"{kind}\",\"value\":{},\"name\":{}}}",
        json(public),
        or_null(Name::of_nv(public))
    )
}

fn or_null(name: Option<Name>) -> String {
    name.map_or_else(|| "null".to_owned(), |name| format!("\"{name}\""))
}

/// The block of a response, and its structures.
fn response<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let mut scratch = Scratch::new();
    let read = TpmAttestation::from_any_json(text, &mut scratch);
    let (form, found) = read.map_err(|error| refused(py, error))?;
    let shown = PyDict::new(py);
    shown.set_item("type", form.name())?;
    let block = match found {
        Some(TpmAttestation::Available(evidence)) => Some(block(py, &evidence)?),
        Some(TpmAttestation::Unavailable) => {
            let block = PyDict::new(py);
            block.set_item("is_available", false)?;
            Some(block)
        }
        None => None,
    };
    shown.set_item("tpm_attestation", block)?;
    Ok(shown)
}

fn block<'py>(py: Python<'py>, evidence: &BlockEvidence<'_>) -> PyResult<Bound<'py, PyDict>> {
    let values = PyDict::new(py);
    for pcr in evidence.pcr_values.iter() {
        let bank = bank(pcr.bank);
        let pcrs = match values.get_item(&bank)? {
            Some(pcrs) => pcrs.cast_into::<PyDict>()?,
            None => {
                let pcrs = PyDict::new(py);
                values.set_item(bank, &pcrs)?;
                pcrs
            }
        };
        let digest = tpm_quote::wire::Hex(pcr.digest).to_string();
        pcrs.set_item(pcr.index.to_string(), digest)?;
    }
    let block = PyDict::new(py);
    block.set_item("is_available", true)?;
    block.set_item("pcr_banks", evidence.pcr_banks.to_string())?;
    block.set_item("pcr_values", values)?;
    let (certify, signature) = (evidence.aik_certify, evidence.aik_certify_signature);
    for (key, kind, bytes) in [
        ("aik_pubkey_b64", "TPM2B_PUBLIC", Some(evidence.aik_pubkey)),
        ("quote_b64", "TPM2B_ATTEST", Some(evidence.quote)),
        ("signature_b64", "TPMT_SIGNATURE", Some(evidence.signature)),
        ("aik_certify_b64", "TPM2B_ATTEST", certify),
        ("aik_certify_signature_b64", "TPMT_SIGNATURE", signature),
    ] {
        let kind = KINDS.iter().find(|known| known.name == kind);
        let (Some(kind), Some(bytes)) = (kind, bytes) else {
            continue;
        };
        let text = (kind.read)(bytes).map_err(|error| refused(py, error))?;
        block.set_item(key, loads(py, &text)?)?;
    }
    Ok(block)
}

fn behind_size(bytes: &[u8]) -> &[u8] {
    match bytes.split_first_chunk::<2>() {
        Some((size, rest)) if usize::from(u16::from_be_bytes(*size)) == rest.len() => rest,
        _ => &[],
    }
}

fn id(bytes: &[u8]) -> Option<TpmAlgId> {
    let id = bytes.first_chunk().copied();
    id.map(|id| TpmAlgId(u16::from_be_bytes(id)))
}

fn is_attest(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0x54, 0x43, 0x47])
}

/// A type of key, and a hash.
fn is_public(bytes: &[u8]) -> bool {
    let name_alg = bytes.get(2..).and_then(id);
    let is_hash = name_alg.is_some_and(|id| id.digest_size().is_some() || id == TpmAlgId::NULL);
    is_hash
        && matches!(
            id(bytes),
            Some(
                TpmAlgId::RSA
                    | TpmAlgId::KEYEDHASH
                    | TpmAlgId::ECC
                    | TpmAlgId::SYMCIPHER
                    | TpmAlgId::MLKEM
                    | TpmAlgId::MLDSA
                    | TpmAlgId::HASH_MLDSA
            )
        )
}

fn is_signature(bytes: &[u8]) -> bool {
    matches!(
        id(bytes),
        Some(
            TpmAlgId::RSASSA
                | TpmAlgId::RSAPSS
                | TpmAlgId::ECDSA
                | TpmAlgId::ECDAA
                | TpmAlgId::SM2
                | TpmAlgId::ECSCHNORR
                | TpmAlgId::HMAC
                | TpmAlgId::NULL
                | TpmAlgId::EDDSA
                | TpmAlgId::HASH_EDDSA
                | TpmAlgId::MLDSA
                | TpmAlgId::HASH_MLDSA
        )
    )
}
