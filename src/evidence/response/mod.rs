//! The `tpm_attestation` block of an inference server's JSON response.
//!
//! It stands at `_metadata.tpm_attestation`, has exactly the keys that
//! [`TpmAttestation`] has, each once, and is read strictly: whatever is not as
//! documented here is an error. The rest of the response may be anything that
//! JSON can be, of any size.
//!
//! Base64 is the standard alphabet with padding; hexadecimal has two digits a
//! byte, of either case; escapes are decoded before anything is compared.

mod block;
mod field;
mod form;
mod policy;
mod record;
mod tier;
mod verify;

pub use self::{
    block::{BlockEvidence, Scratch, TpmAttestation},
    form::Form,
    policy::ResponsePolicy,
    record::Record,
    tier::Tier,
    verify::{Attestation, verify_response, verify_response_for_tier},
};
