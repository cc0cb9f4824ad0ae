//! The `tpm_attestation` block of an inference server's JSON response.
//!
//! It is at `_metadata.tpm_attestation`, has exactly the fields of [`TpmAttestation`], each
//! once, and is read strictly: anything that is not as documented here is an error. The rest
//! of the response may be any JSON, of any size.
//!
//! Its siblings `event_log_b64` and `ima_log_b64` are the logs that a response may carry: see
//! [`ResponseLogs`].
//!
//! Base64 has the standard alphabet and padding. Hexadecimal has two digits per byte, of
//! either case. Escapes are decoded before anything is compared.

mod block;
mod field;
mod form;
mod logs;
mod policy;
mod record;
mod scratch;
mod tier;
mod verify;

pub use self::{
    block::{BlockEvidence, TpmAttestation},
    form::Form,
    logs::{CarriedLog, ResponseLogs},
    policy::ResponsePolicy,
    record::Record,
    scratch::Scratch,
    tier::Tier,
    verify::{Attestation, verify_response, verify_response_for_tier},
};
