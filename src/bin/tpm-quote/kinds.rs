//! The structures that `print` knows, and which of them some bytes are.

use serde_json::{Map, Value};
use tpm_quote::{
    Name, Tpm2bAttest, Tpm2bPublic, TpmAlgId, TpmlPcrSelection, TpmsAttest, TpmtPublic,
    TpmtSignature, Unmarshal, UnmarshalError,
    evidence::FileKind,
    types::{
        TPM_GENERATED_VALUE, Tpm2bCreationData, Tpm2bData, Tpm2bDigest, Tpm2bEncryptedSecret,
        Tpm2bIdObject, Tpm2bName, Tpm2bNvPublic, TpmHandle, TpmSt, TpmlDigest, TpmsClockInfo,
        TpmsCreationData, TpmsNvPublic, TpmsPcrSelection, TpmsTimeInfo, TpmtHa, TpmtTkCreation,
    },
    wire::{Inspect, Reader},
};

use crate::{
    boot_log, certificate, ima_list,
    tree::{Shown, tree},
};

/// A structure, by the specification's name.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Reads exactly these bytes. An error names the field and the byte.
    pub(crate) read: fn(&[u8]) -> Result<Shown, String>,
    /// Whether the first bytes are those of this structure, for one that can be
    /// told by its bytes. There is none for one that almost any bytes fit.
    begins: Option<fn(&[u8]) -> bool>,
}

/// All structures. The ones that can be told by their bytes come first.
pub(crate) const KINDS: &[Kind] = &[
    Kind {
        name: "TPM2B_PUBLIC",
        read: |bytes| {
            let public = Tpm2bPublic::from_bytes(bytes).map_err(text)?;
            Ok(object("TPM2B_PUBLIC", &public))
        },
        begins: Some(|bytes| is_public(behind_size(bytes))),
    },
    Kind {
        name: "TPMT_PUBLIC",
        read: |bytes| {
            let public = Tpm2bPublic::from_unsized(bytes).map_err(text)?;
            Ok(object("TPMT_PUBLIC", &public))
        },
        begins: Some(is_public),
    },
    Kind {
        name: "TPM2B_ATTEST",
        read: sized_attest,
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
    Kind {
        name: "TPML_PCR_SELECTION",
        read: |bytes| plain(TpmlPcrSelection::from_bytes(bytes)),
        begins: Some(|bytes| is_list(bytes, 16) && is_hash(word(bytes, 4))),
    },
    Kind {
        name: "TPMS_PCR_SELECTION",
        read: |bytes| plain(TpmsPcrSelection::from_bytes(bytes)),
        begins: Some(|bytes| {
            is_hash(word(bytes, 0)) && bytes.get(2).is_some_and(|&size| size <= 4)
        }),
    },
    Kind {
        name: "TPML_DIGEST",
        read: |bytes| plain(TpmlDigest::from_bytes(bytes)),
        begins: Some(|bytes| {
            is_list(bytes, 8) && matches!(word(bytes, 4), Some(20 | 32 | 48 | 64))
        }),
    },
    Kind {
        name: "TPMT_HA",
        read: |bytes| plain(TpmtHa::from_bytes(bytes)),
        begins: Some(|bytes| is_hash(word(bytes, 0))),
    },
    Kind {
        name: "TPM2B_CREATION_DATA",
        read: |bytes| plain(Tpm2bCreationData::from_bytes(bytes)),
        begins: Some(|bytes| is_list(behind_size(bytes), 16) && is_hash(word(bytes, 6))),
    },
    Kind {
        name: "TPMS_CREATION_DATA",
        read: |bytes| plain(TpmsCreationData::from_bytes(bytes)),
        begins: Some(|bytes| is_list(bytes, 16) && is_hash(word(bytes, 4))),
    },
    Kind {
        name: "TPMT_TK_CREATION",
        read: |bytes| plain(TpmtTkCreation::from_bytes(bytes)),
        begins: Some(|bytes| word(bytes, 0) == Some(TpmSt::CREATION.0)),
    },
    Kind {
        name: "TPM2B_NV_PUBLIC",
        read: |bytes| {
            let public = Tpm2bNvPublic::from_bytes(bytes).map_err(text)?;
            Ok(nv_index("TPM2B_NV_PUBLIC", public.value()))
        },
        begins: Some(|bytes| is_nv_public(behind_size(bytes))),
    },
    Kind {
        name: "TPMS_NV_PUBLIC",
        read: |bytes| {
            let public = TpmsNvPublic::from_bytes(bytes).map_err(text)?;
            Ok(nv_index("TPMS_NV_PUBLIC", &public))
        },
        begins: Some(is_nv_public),
    },
    Kind {
        name: "Certificate",
        read: certificate::read,
        begins: Some(certificate::is_certificate),
    },
    Kind {
        name: "BootLog",
        read: boot_log::read,
        begins: Some(boot_log::is_event_log),
    },
    Kind {
        name: "ImaList",
        read: ima_list::read,
        begins: Some(ima_list::is_ima_list),
    },
    Kind {
        name: "TPM2B_NAME",
        read: |bytes| plain(Tpm2bName::from_bytes(bytes)),
        begins: None,
    },
    Kind {
        name: "TPM2B_DIGEST",
        read: |bytes| plain(Tpm2bDigest::from_bytes(bytes)),
        begins: None,
    },
    Kind {
        name: "TPM2B_DATA",
        read: |bytes| plain(Tpm2bData::from_bytes(bytes)),
        begins: None,
    },
    Kind {
        name: "TPM2B_ID_OBJECT",
        read: |bytes| plain(Tpm2bIdObject::from_bytes(bytes)),
        begins: None,
    },
    Kind {
        name: "TPM2B_ENCRYPTED_SECRET",
        read: |bytes| plain(Tpm2bEncryptedSecret::from_bytes(bytes)),
        begins: None,
    },
    Kind {
        name: "TPMS_CLOCK_INFO",
        read: |bytes| plain(TpmsClockInfo::from_bytes(bytes)),
        begins: None,
    },
    Kind {
        name: "TPMS_TIME_INFO",
        read: |bytes| plain(TpmsTimeInfo::from_bytes(bytes)),
        begins: None,
    },
];

impl Kind {
    /// The structure of this name, in either case.
    pub(crate) fn by_name(name: &str) -> Option<&'static Self> {
        KINDS
            .iter()
            .find(|kind| kind.name.eq_ignore_ascii_case(name))
    }

    /// The name with its article.
    pub(crate) fn one(&self) -> String {
        let article = if self.name.starts_with('I') {
            "an"
        } else {
            "a"
        };
        format!("{article} {}", self.name)
    }

    /// Whether it can be told by its bytes.
    pub(crate) fn is_telling(&self) -> bool {
        self.begins.is_some()
    }

    /// Whether the first bytes are those of this structure.
    pub(crate) fn begins(&self, bytes: &[u8]) -> bool {
        self.begins.is_some_and(|begins| begins(bytes))
    }
}

/// What some bytes look like, for somebody who gave the wrong ones.
pub(crate) fn looks_like(bytes: &[u8]) -> Option<String> {
    match &*fitting(bytes) {
        [(kind, _)] => Some(kind.one()),
        _ => FileKind::of(bytes).map(|seen| seen.to_string()),
    }
}

/// The structures that some bytes are, of those that can be told by their bytes.
/// Where several fit, the ones that begin with an id they are known by count:
/// `0010` is a signature without a signer rather than a digest of no hash.
pub(crate) fn fitting(bytes: &[u8]) -> Vec<(&'static Kind, Shown)> {
    let telling = KINDS.iter().filter(|kind| kind.is_telling());
    let mut fitting: Vec<_> = telling
        .filter_map(|kind| Some((kind, (kind.read)(bytes).ok()?)))
        .collect();
    if fitting.iter().any(|(kind, _)| kind.begins(bytes)) {
        fitting.retain(|(kind, _)| kind.begins(bytes));
    }
    fitting
}

fn text(error: UnmarshalError) -> String {
    error.to_string()
}

fn plain<'a, T: Inspect + Unmarshal<'a>>(
    value: Result<T, UnmarshalError>,
) -> Result<Shown, String> {
    Ok(shown(T::NAME, &value.map_err(text)?))
}

fn shown(name: &str, value: &dyn Inspect) -> Shown {
    let mut shown = Map::new();
    shown.insert("type".to_owned(), name.into());
    shown.insert("value".to_owned(), tree(value));
    shown
}

/// A public area, its Name, and its qualified name as a primary object of each
/// hierarchy. Null if the library does not have the hash.
fn object(kind: &str, public: &Tpm2bPublic<'_>) -> Shown {
    let area: &TpmtPublic<'_> = public.value();
    let name = Name::of_public(public);
    let mut qualified = Map::new();
    for hierarchy in [
        TpmHandle::RH_OWNER,
        TpmHandle::RH_ENDORSEMENT,
        TpmHandle::RH_PLATFORM,
        TpmHandle::RH_NULL,
    ] {
        let parent = Name::of_handle(hierarchy);
        let name = name.and_then(|name| name.qualified_by(&parent));
        qualified.insert(hierarchy.to_string(), hex_or_null(name));
    }
    let mut shown = shown(kind, area);
    shown.insert("name".to_owned(), hex_or_null(name));
    shown.insert("qualifiedName".to_owned(), qualified.into());
    shown
}

fn nv_index(kind: &str, public: &TpmsNvPublic<'_>) -> Shown {
    let mut shown = shown(kind, public);
    shown.insert("name".to_owned(), hex_or_null(Name::of_nv(public)));
    shown
}

fn hex_or_null(name: Option<Name>) -> Value {
    name.map(|name| name.to_string()).into()
}

/// A `TPM2B_ATTEST` and what is in it, which the library leaves opaque until a
/// signature was checked.
fn sized_attest(bytes: &[u8]) -> Result<Shown, String> {
    let sized = Tpm2bAttest::from_bytes(bytes).map_err(text)?;
    // Read once more behind the size, so that bytes are counted from its start.
    let mut r = Reader::new(bytes);
    let size = bytes.len().saturating_sub(sized.bytes().len());
    let attest = r.bytes(size).and_then(|_| r.read::<TpmsAttest<'_>>());
    let attest = attest.and_then(|attest| r.finish().map(|()| attest));
    match attest {
        Ok(attest) => Ok(shown("TPM2B_ATTEST", &attest)),
        Err(error) if error.structure().is_empty() => Err(format!("TPMS_ATTEST {error}")),
        Err(error) => Err(text(error)),
    }
}

fn behind_size(bytes: &[u8]) -> &[u8] {
    bytes.get(2..).unwrap_or_default()
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    let word = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*word))
}

fn long(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().copied().map(u32::from_be_bytes)
}

fn is_hash(id: Option<u16>) -> bool {
    id.is_some_and(|id| TpmAlgId(id).digest_size().is_some())
}

fn is_list(bytes: &[u8], max: u32) -> bool {
    long(bytes).is_some_and(|count| (1..=max).contains(&count))
}

fn is_attest(bytes: &[u8]) -> bool {
    long(bytes) == Some(TPM_GENERATED_VALUE)
}

/// Whether they begin like a `TPMT_PUBLIC`.
pub(crate) fn is_public(bytes: &[u8]) -> bool {
    let kind = word(bytes, 0).map(TpmAlgId);
    let name_alg = word(bytes, 2);
    let is_type = matches!(
        kind,
        Some(
            TpmAlgId::RSA
                | TpmAlgId::KEYEDHASH
                | TpmAlgId::ECC
                | TpmAlgId::SYMCIPHER
                | TpmAlgId::MLKEM
                | TpmAlgId::MLDSA
                | TpmAlgId::HASH_MLDSA
        )
    );
    is_type && (is_hash(name_alg) || name_alg == Some(TpmAlgId::NULL.0))
}

fn is_signature(bytes: &[u8]) -> bool {
    matches!(
        word(bytes, 0).map(TpmAlgId),
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

/// An NV index has the handle type 1.
fn is_nv_public(bytes: &[u8]) -> bool {
    bytes.first() == Some(&1) && is_hash(word(bytes, 4))
}
