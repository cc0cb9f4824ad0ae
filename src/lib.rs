#![cfg_attr(
    all(feature = "rsa", feature = "ecdsa", feature = "response"),
    doc = include_str!("../README.md")
)]
#![cfg_attr(
    not(all(feature = "rsa", feature = "ecdsa", feature = "response")),
    doc = "Reads TPM 2.0 structures and verifies TPM quotes offline, with fewer features than by default."
)]
#![no_std]
#![forbid(unsafe_code)]
#![deny(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    clippy::string_slice,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used
)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::panic,
        clippy::unwrap_used
    )
)]

pub mod error;
#[macro_use]
pub mod wire;
pub mod types;

#[cfg(feature = "verify")]
pub mod crypto;
#[cfg(feature = "verify")]
pub mod verify;

#[cfg(feature = "boot-log")]
pub mod log;

#[cfg(any(
    feature = "response",
    feature = "tools",
    feature = "keys",
    feature = "certificate",
    feature = "boot-log"
))]
pub mod evidence;
#[cfg(feature = "report")]
pub mod report;

#[cfg(feature = "response")]
#[doc(inline)]
pub use crate::evidence::{
    Attestation, ResponsePolicy, Scratch, Tier, TpmAttestation, verify_response,
    verify_response_for_tier,
};
#[cfg(feature = "certificate")]
#[doc(inline)]
pub use crate::verify::{AkCertificate, CertificateChain};
#[cfg(feature = "verify")]
#[doc(inline)]
pub use crate::{
    crypto::Name,
    verify::{
        Appraisal, AttestationKey, Baseline, BaselineEntry, Check, CheckState, Error, Evidence,
        KeyTrust, Nonce, Pcr, PcrSet, PcrValue, Problem, QuotePolicy, Verdict, VerifiedQuote,
        Verifier, verify_quote,
    },
};
#[doc(inline)]
pub use crate::{
    error::{MarshalError, UnmarshalError},
    types::{
        Tpm2bAttest, Tpm2bPublic, TpmAlgId, TpmlPcrSelection, TpmsAttest, TpmtPublic,
        TpmtSignature, TpmuAttest,
    },
    wire::{Marshal, Unmarshal},
};

/// The examples in `docs/`, as tests.
#[cfg(all(doctest, feature = "rsa", feature = "ecdsa", feature = "response"))]
mod docs {
    #[cfg(all(feature = "keys", feature = "certificate"))]
    #[doc = include_str!("../docs/constructors.md")]
    mod constructors {}
    #[doc = include_str!("../docs/porting.md")]
    mod porting {}
}
