//! Any structure, by the specification's names, as JSON.

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::Vec,
};

use tpm_quote::{
    Error, Name, Scratch, Tpm2bAttest, Tpm2bPublic, TpmAlgId, TpmAttestation, TpmlPcrSelection,
    TpmsAttest, TpmtSignature, Unmarshal, UnmarshalError,
    evidence::BlockEvidence,
    report::write_json,
    types::{
        Tpm2bCreationData, Tpm2bData, Tpm2bDigest, Tpm2bEncryptedSecret, Tpm2bIdObject, Tpm2bName,
        Tpm2bNvPublic, TpmHandle, TpmlDigest, TpmsClockInfo, TpmsCreationData, TpmsNvPublic,
        TpmsPcrSelection, TpmsTimeInfo, TpmtHa, TpmtTkCreation,
    },
    verify::bank_name,
    wire::{Hex, Inspect},
};

/// Why a structure cannot be shown.
pub enum Unread {
    /// It cannot be read.
    Malformed(Error),
    /// It is not said which structure it is, or not in a way that is known; in words.
    Unknown(String),
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        Self::Malformed(error)
    }
}

/// Reads exactly these bytes as the structure with this name, or as what they begin like, and
/// writes it as JSON. A response gives its block, each structure in it read.
///
/// # Errors
/// See [`Unread`].
pub fn parse(bytes: &[u8], name: Option<&str>) -> Result<String, Unread> {
    let Some(name) = name else {
        if bytes.trim_ascii_start().starts_with(b"{") {
            return Ok(response(bytes)?);
        }
        return told(bytes);
    };
    let mut all = KINDS.iter();
    match all.find(|kind| kind.name.eq_ignore_ascii_case(name)) {
        Some(kind) => Ok((kind.read)(bytes)?),
        None => Err(Unread::Unknown(format!(
            "type: expected one of {}, not {name:?}",
            names()
        ))),
    }
}

/// The block of a response, and its structures.
///
/// # Errors
/// It cannot be read.
pub fn response(text: &[u8]) -> Result<String, Error> {
    let mut scratch = Scratch::new();
    let (form, found) = TpmAttestation::from_any_json(text, &mut scratch)?;
    let block = match found {
        Some(TpmAttestation::Available(evidence)) => block(&evidence)?,
        Some(TpmAttestation::Unavailable) => "{\"is_available\":false}".to_owned(),
        None => "null".to_owned(),
    };
    let form = form.name();
    Ok(format!(
        "{{\"type\":\"{form}\",\"tpm_attestation\":{block}}}"
    ))
}

/// The one structure that the bytes are.
fn told(bytes: &[u8]) -> Result<String, Unread> {
    let mut begun = KINDS.iter().filter(|kind| kind.begins(bytes));
    let fits = |kind: &&Kind| (kind.read)(bytes).is_ok();
    let mut fitting = KINDS.iter().filter(|kind| kind.begins(bytes)).filter(fits);
    match (fitting.next(), fitting.next(), begun.next()) {
        (Some(kind), None, _) | (None, _, Some(kind)) => Ok((kind.read)(bytes)?),
        (Some(one), Some(other), _) => Err(Unread::Unknown(format!(
            "data: can be {} or {}: say with type which one it is",
            one.name, other.name
        ))),
        (None, _, None) => Err(Unread::Unknown(format!(
            "data: begins like none of the structures that can be told by their bytes: say with type which one it is: {}",
            names()
        ))),
    }
}

/// The names of all structures.
fn names() -> String {
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    names.join(", ")
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

fn block(evidence: &BlockEvidence<'_>) -> Result<String, Error> {
    let mut banks: Vec<(TpmAlgId, Vec<String>)> = Vec::new();
    for pcr in evidence.pcr_values.iter() {
        let value = format!("\"{}\":\"{}\"", pcr.index, Hex(pcr.digest));
        match banks.iter_mut().find(|(bank, _)| *bank == pcr.bank) {
            Some((_, values)) => values.push(value),
            None => banks.push((pcr.bank, [value].into())),
        }
    }
    let banks = banks.iter().map(|(bank, values)| {
        let name = bank_name(*bank).map_or_else(|| bank.to_string(), ToOwned::to_owned);
        format!("\"{name}\":{{{}}}", values.join(","))
    });
    let mut text = format!(
        "{{\"is_available\":true,\"pcr_banks\":\"{}\",\"pcr_values\":{{{}}}",
        evidence.pcr_banks,
        banks.collect::<Vec<_>>().join(",")
    );
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
        text.push_str(&format!(",\"{key}\":{}", (kind.read)(bytes)?));
    }
    text.push('}');
    Ok(text)
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
