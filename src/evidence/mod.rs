//! The forms in which evidence arrives, one file each. They are only read here:
//! [`verify`](crate::verify) judges the evidence.
//!
//! # A key for each request
//!
//! A key that is made afresh for each request cannot be pinned. A server that wants its
//! clients to trust such keys keeps a second, lasting attestation key in the same TPM, which
//! the clients pin. For each fresh key, the server
//!
//! 1. runs `TPM2_Certify` with the fresh key as the object, the lasting key as the signer and
//!    the nonce of the request, SHA-256(payload_id)\[..16\], as `qualifyingData`;
//! 2. adds the `TPM2B_ATTEST` as `aik_certify_b64` and the `TPMT_SIGNATURE` as
//!    `aik_certify_signature_b64` to the block.
//!
//! A client that has the public area of the lasting key gives it to
//! `ResponsePolicy::certified_by`. The trust of the quote's key is then
//! [`Certified`](crate::verify::KeyTrust::Certified). Other clients can ignore the two fields:
//! they only have to be base64, and either both or neither must be there.

#[cfg(any(
    feature = "response",
    feature = "tools",
    feature = "keys",
    feature = "certificate"
))]
mod base64;
#[cfg(any(feature = "keys", feature = "tools"))]
mod begins;
#[cfg(any(feature = "keys", feature = "projects"))]
mod buffer;
#[cfg(feature = "tools")]
mod file_kind;
#[cfg(feature = "ima")]
mod ima_allow;
#[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
mod json;
#[cfg(feature = "keys")]
mod keys;
#[cfg(any(feature = "keys", feature = "certificate"))]
mod pem;
#[cfg(feature = "boot-log")]
mod policy_file;
#[cfg(feature = "projects")]
mod projects;
#[cfg(feature = "response")]
mod response;
#[cfg(feature = "certificate")]
mod time;
#[cfg(feature = "tools")]
mod tools;
#[cfg(feature = "certificate")]
mod trust_file;
#[cfg(feature = "boot-log")]
mod userspace;

#[cfg(feature = "tools")]
pub use self::file_kind::FileKind;
#[cfg(feature = "ima")]
pub use self::ima_allow::read_ima_allow_list;
#[cfg(all(feature = "keys", feature = "ima"))]
pub use self::keys::read_ima_key;
#[cfg(feature = "keys")]
pub use self::keys::{
    Key, KeyEncoding, KeyForm, KeyStructure, read_jwk, read_key, read_pem, read_rsa_public_key,
    read_spki, write_pem, write_spki,
};
#[cfg(feature = "certificate")]
pub use self::pem::read_certificate_pem;
#[cfg(feature = "boot-log")]
pub use self::policy_file::{PolicyFile, PolicySetting, PolicyText, PolicyValue};
#[cfg(feature = "projects")]
pub use self::projects::{
    HardwareEvidence, Project, ProjectEvidence, ProjectKey, read_azure_vtpm,
    read_confidential_containers, read_go_attestation, read_hcl_report, read_project,
};
#[cfg(feature = "response")]
pub use self::response::{
    Attestation, BlockEvidence, CarriedLog, Form, Record, ResponseLogs, ResponsePolicy, Scratch,
    Tier, TpmAttestation, verify_response, verify_response_for_tier,
};
#[cfg(feature = "certificate")]
pub use self::time::read_time;
#[cfg(feature = "tools")]
pub use self::tools::{KeylimeQuote, PcrFile, PcrFormat, parse_hash, parse_selection};
#[cfg(feature = "certificate")]
pub use self::trust_file::{
    TrustAnchor, TrustDigests, TrustFile, TrustLine, TrustProfile, TrustText,
};
