//! JSON, and the fields that are read from it.

use core::fmt;

use super::{check::Check, meaning::Meaning, part::Part, setting::PcrSetProblem};
use crate::{types::TpmAlgId, verify::pcr::PcrName};

/// The deepest nesting of what is skipped.
pub(crate) const MAX_DEPTH: u32 = 128;

/// Why a text is not JSON, or not the JSON that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonProblem {
    /// The text is not UTF-8.
    Utf8,
    /// The text begins with a byte order mark.
    ByteOrderMark,
    /// The text ends too early.
    End,
    /// This was expected, and something else is there.
    Expected(&'static str),
    /// A string has a control character that is not escaped.
    ControlCharacter,
    /// A backslash does not begin an escape, or half of a surrogate pair is missing.
    Escape,
    /// A number is malformed.
    Number,
    /// Arrays and objects are nested more than 128 deep.
    Depth,
}

/// Why a JSON field was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldProblem {
    /// Its value is not JSON, or is JSON of another type.
    Json(JsonProblem),
    /// It is missing.
    Missing,
    /// It is missing at the top of the text, so that nothing says whether there is a TPM.
    NotFound,
    /// It is a log, which the response does not carry.
    NotCarried,
    /// It is there twice, perhaps in another spelling.
    Repeated,
    /// The block has an unknown field.
    Unknown,
    /// It belongs to another form than the fields before it. The text has to be the whole
    /// response, its `_metadata` or the block, not several of them.
    SeveralForms,
    /// It belongs in the block or around it, but is at another place, and there is no block.
    Misplaced,
    /// The block says that there is no TPM, and nevertheless has this field.
    Contradiction,
    /// Its value is not base64 in the standard alphabet, padded and without line breaks.
    Base64,
    /// Its value is not hexadecimal, with two digits per byte and at most 64 bytes.
    Hex,
    /// Its value cannot be a set of PCRs: it is too long or not ASCII.
    NotPcrs,
    /// Its value is not a set of PCRs.
    PcrSet(PcrSetProblem),
    /// A name is not that of a PCR bank.
    Bank,
    /// A bank has no values.
    EmptyBank,
    /// An index is not that of a PCR.
    Index,
    /// Its value is longer than the buffer has room for.
    TooLong,
    /// Its value is not base64url of a number of the right length.
    Number,
    /// Its value is not encoded as expected, or is too long.
    Encoding,
    /// Its value is a version that is not supported.
    VersionUnsupported,
    /// Its value is a hash of Go's package `crypto` that is not that of a PCR bank.
    GoHashUnsupported(u16),
    /// A PCR has two values.
    RepeatedValue {
        /// Bank.
        bank: TpmAlgId,
        /// Index.
        index: u8,
    },
    /// A PCR value is not as long as its bank's digests.
    ValueLength {
        /// Bank.
        bank: TpmAlgId,
        /// Index.
        index: u8,
        /// Length of the bank's digests, in bytes.
        expected: usize,
        /// Length of the value, in bytes.
        found: usize,
    },
    /// There are fewer than 24 values.
    FewValues,
}

impl JsonProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self, part: Part) -> Meaning {
        const CUT: &str = "The text was cut or changed on its way.";
        let (name, help) = match (self, part) {
            (Self::Utf8, _) => ("json-utf8", CUT),
            (Self::ByteOrderMark, _) => (
                "json-byte-order-mark",
                "Save the text as UTF-8 without a byte order mark.",
            ),
            (Self::End, _) => ("json-end", CUT),
            (Self::Expected(_), Part::Response) => (
                "json-expected",
                "The text is not a response, or its block is not as documented.",
            ),
            (Self::Expected(_), Part::KeyFile) => ("json-expected", JWK),
            (Self::Expected(_), Part::Claims) => ("json-expected", CLAIMS),
            (Self::Expected(_), Part::UserspaceLog) => ("json-expected", USERSPACE),
            (Self::Expected(_), Part::Policy) => ("json-expected", POLICY),
            (Self::Expected(_), Part::ImaAllowList) => ("json-expected", ALLOW),
            (Self::Expected(_), _) => ("json-expected", PROJECT),
            (Self::ControlCharacter, _) => ("json-control-character", CUT),
            (Self::Escape, _) => ("json-escape", CUT),
            (Self::Number, _) => ("json-number", CUT),
            (Self::Depth, _) => (
                "json-depth",
                "No evidence is nested this deep: the text is something else.",
            ),
        };
        Meaning::malformed(name, help)
    }
}

const BLOCK: &str = "A block with is_available true has pcr_banks, pcr_values, aik_pubkey_b64, quote_b64 and signature_b64; aik_certify_b64 and aik_certify_signature_b64 are both there or both absent.";
const BLOCK_FIELDS: &str = "The block has is_available, pcr_banks, pcr_values, aik_pubkey_b64, quote_b64, signature_b64, aik_certify_b64 and aik_certify_signature_b64, spelled exactly so.";
const JWK: &str =
    "A key is one JSON object with kty, and n and e or crv, x and y, in base64url without padding.";
pub(super) const CLAIMS: &str = "Give the report whole, as the virtual TPM gives it, with one key named HCLAkPub in its claims.";
const ALLOW: &str =
    "An allow list in JSON is {\"ima_allow\": [..]} or a runtime policy of keylime.";
const USERSPACE: &str = "Give the log as systemd writes it: a record separator (0x1e), a JSON object and a line feed for each entry.";
const POLICY: &str =
    "A policy file is one JSON object; docs/policy.md has its keys and what each wants.";
const PROJECT: &str =
    "The evidence was cut, changed on its way, or comes from another version of its project.";

impl FieldProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self, part: Part) -> Meaning {
        const PCRS: &str = "PCRs are written as in sha256:0,7,10+sha384:0 and pcr_values as in {\"sha256\": {\"0\": \"...\"}}.";
        const VALUES: &str = "Each PCR has one value, as long as the digests of its bank.";
        const NEWER: &str = "This version does not support it; a newer one may.";
        let (name, help) = match self {
            Self::Json(problem) => return problem.meaning(part),
            Self::Missing => (
                "field-missing",
                match part {
                    Part::Response => BLOCK,
                    Part::KeyFile => JWK,
                    Part::Claims => CLAIMS,
                    Part::UserspaceLog => USERSPACE,
                    _ => PROJECT,
                },
            ),
            Self::NotFound => (
                "block-not-found",
                "Give the whole response as the server sent it, its _metadata or the block alone, with nothing around it.",
            ),
            Self::NotCarried => (
                "log-not-carried",
                "Give the log as a file, or have the server send it: docs/servers.md says where it stands in a response.",
            ),
            Self::Repeated => (
                "field-repeated",
                "A field that is given twice can be read in two ways, so it is refused.",
            ),
            Self::Unknown => (
                "field-unknown",
                match part {
                    Part::Policy => POLICY,
                    _ => BLOCK_FIELDS,
                },
            ),
            Self::SeveralForms => (
                "several-forms",
                "Give the whole response, its _metadata, or the tpm_attestation block alone.",
            ),
            Self::Misplaced => (
                "field-misplaced",
                "A response has the block at _metadata.tpm_attestation: give the whole response, or say which part of it this is.",
            ),
            Self::Contradiction => (
                "field-contradiction",
                "A server without a TPM sends is_available false and nothing else in the block.",
            ),
            Self::Base64 => (
                "field-base64",
                "Write base64 with the standard alphabet and padding, without line breaks.",
            ),
            Self::Hex => ("field-hex", "Write each byte as two hexadecimal digits."),
            Self::NotPcrs => ("field-not-pcrs", PCRS),
            Self::PcrSet(_) => ("field-pcr-set", PCRS),
            Self::Bank => ("field-bank", PCRS),
            Self::EmptyBank => ("field-empty-bank", PCRS),
            Self::Index => (
                "field-index",
                match part {
                    Part::Response => PCRS,
                    _ => VALUES,
                },
            ),
            Self::TooLong => (
                "field-too-long",
                "A block holds at most 16 KiB of evidence and 192 PCR values.",
            ),
            Self::Number => ("field-number", JWK),
            Self::Encoding => ("field-encoding", PROJECT),
            Self::VersionUnsupported => {
                return Meaning::unsupported(Check::Input, "field-version-unsupported", NEWER);
            }
            Self::GoHashUnsupported(_) => {
                return Meaning::unsupported(Check::Input, "field-hash-unsupported", NEWER);
            }
            Self::RepeatedValue { .. } => ("field-value-repeated", VALUES),
            Self::ValueLength { .. } => ("field-value-length", VALUES),
            Self::FewValues => ("field-values-missing", VALUES),
        };
        Meaning::malformed(name, help)
    }
}

impl fmt::Display for JsonProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utf8 => f.write_str("not UTF-8"),
            Self::ByteOrderMark => f.write_str("a byte order mark, which JSON does not allow"),
            Self::End => f.write_str("the JSON text ends too early"),
            Self::Expected(what) => write!(f, "expected {what}"),
            Self::ControlCharacter => {
                f.write_str("a control character in a string has to be escaped")
            }
            Self::Escape => f.write_str("not a JSON escape"),
            Self::Number => f.write_str("not a JSON number"),
            Self::Depth => write!(f, "nested more than {MAX_DEPTH} deep"),
        }
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json(problem) => return problem.fmt(f),
            Self::Missing => "missing",
            Self::NotFound => "not at the top of the text, so this is no response of the server",
            Self::NotCarried => "the response does not carry this log",
            Self::Repeated => "given twice",
            Self::Unknown => "unknown field",
            Self::SeveralForms => {
                "the text is more than one of a response, its _metadata and the block"
            }
            Self::Misplaced => "not where it belongs, and there is no block",
            Self::Contradiction => "is_available is false, but the field is present",
            Self::Base64 => "not base64 (standard alphabet, padded)",
            Self::Hex => "not hexadecimal, or more than 64 bytes",
            Self::NotPcrs => "not a set of PCRs",
            Self::PcrSet(problem) => return write!(f, "not a set of PCRs: {problem}"),
            Self::Bank => "not the name of a PCR bank",
            Self::EmptyBank => "the bank has no values",
            Self::Index => "not the index of a PCR, 0 to 23",
            Self::TooLong => "too long",
            Self::Number => "not a number of the right length in base64url",
            Self::Encoding => "not encoded as expected, or too long",
            Self::VersionUnsupported => "this version is not supported",
            Self::GoHashUnsupported(number) => {
                return write!(f, "Go's hash {number} is not supported as a PCR bank");
            }
            Self::RepeatedValue { bank, index } => {
                return write!(f, "a second value for {}", PcrName(*bank, *index));
            }
            Self::ValueLength {
                bank,
                index,
                expected,
                found,
            } => {
                let pcr = PcrName(*bank, *index);
                return write!(
                    f,
                    "the value of {pcr} has {found} bytes, expected {expected}"
                );
            }
            Self::FewValues => "expected the values of 24 PCRs",
        })
    }
}
