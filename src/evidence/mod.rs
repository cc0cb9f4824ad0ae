//! Forms in which evidence arrives, one file a form. They read; whether the
//! evidence holds is for [`verify`](crate::verify) to say.
//!
//! # An anchor in one message
//!
//! A key that is made afresh for each request cannot be pinned. A server that wants its
//! clients to know whose key it is keeps a second attestation key in the same TPM, for as
//! long as the TPM lives, lets its clients pin that one, and for each fresh key
//!
//! 1. runs `TPM2_Certify` with the fresh key as the object, the lasting one as the signer,
//!    and the request's nonce, SHA-256(payload_id)\[..16\], as `qualifyingData`;
//! 2. adds to the block the `TPM2B_ATTEST` as `aik_certify_b64` and the `TPMT_SIGNATURE`
//!    as `aik_certify_signature_b64`.
//!
//! A client that has the public area of the lasting key says so with
//! `ResponsePolicy::certified_by`, and the key of the quote is then
//! [`Certified`](crate::verify::KeyTrust::Certified). For any other client the two keys
//! change nothing, except that they have to be base64, and both or none there.

mod base64;
#[cfg(any(feature = "keys", feature = "projects"))]
mod buffer;
#[cfg(any(feature = "response", feature = "keys"))]
mod json;
#[cfg(feature = "keys")]
mod keys;
#[cfg(any(feature = "keys", feature = "certificate"))]
mod pem;
#[cfg(feature = "projects")]
mod projects;
#[cfg(feature = "response")]
mod response;
#[cfg(feature = "tools")]
mod tools;

#[cfg(feature = "keys")]
pub use self::keys::{read_jwk, read_pem, read_spki, write_pem, write_spki};
#[cfg(feature = "certificate")]
pub use self::pem::read_certificate_pem;
#[cfg(feature = "projects")]
pub use self::projects::{
    Project, ProjectEvidence, ProjectKey, read_azure_vtpm, read_confidential_containers,
    read_go_attestation, read_project,
};
#[cfg(feature = "response")]
pub use self::response::{
    Attestation, BlockEvidence, Form, Record, ResponsePolicy, Scratch, Tier, TpmAttestation,
    verify_response, verify_response_for_tier,
};
#[cfg(feature = "tools")]
pub use self::tools::{KeylimeQuote, PcrFile, PcrFormat, parse_hash, parse_selection};
