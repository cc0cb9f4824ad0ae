//! The fields of a response, and the errors about one.

use crate::{
    evidence::json::{JsonError, JsonStr},
    verify::error::{Error, FieldProblem, Part, Problem},
};

pub(super) const METADATA: &str = "_metadata";
pub(super) const BLOCK: &str = "tpm_attestation";
pub(super) const IS_AVAILABLE: &str = "is_available";
pub(super) const PCR_BANKS: &str = "pcr_banks";
pub(super) const PCR_VALUES: &str = "pcr_values";
pub(super) const AIK_PUBKEY: &str = "aik_pubkey_b64";
pub(super) const QUOTE: &str = "quote_b64";
pub(super) const SIGNATURE: &str = "signature_b64";
pub(super) const AIK_CERTIFY: &str = "aik_certify_b64";
pub(super) const AIK_CERTIFY_SIGNATURE: &str = "aik_certify_signature_b64";
/// Beside the block, in `_metadata`.
pub(super) const EVENT_LOG: &str = "event_log_b64";
pub(super) const IMA_LOG: &str = "ima_log_b64";
pub(super) const KEYS: [&str; 8] = [
    IS_AVAILABLE,
    PCR_BANKS,
    PCR_VALUES,
    AIK_PUBKEY,
    QUOTE,
    SIGNATURE,
    AIK_CERTIFY,
    AIK_CERTIFY_SIGNATURE,
];

/// A field was refused, at this byte of the text.
pub(super) fn refused(field: &'static str, offset: usize, problem: FieldProblem) -> Error {
    Error::new(Part::Response, Problem::Field { field, problem }).at(offset)
}

/// A field that the block lacks or must not have.
pub(super) fn in_block(field: &'static str, problem: FieldProblem) -> Error {
    Error::new(Part::Response, Problem::Field { field, problem })
}

pub(super) fn repeated(field: &'static str, key: &JsonStr<'_>) -> Error {
    refused(field, key.offset(), FieldProblem::Repeated)
}

/// Text that is not JSON, or other JSON than expected.
pub(super) fn json_error(error: JsonError) -> Error {
    error.in_part(Part::Response)
}
