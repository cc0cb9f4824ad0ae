//! Forms in which evidence arrives, one file a form. They read; whether the
//! evidence holds is for [`verify`](crate::verify) to say.

#[cfg(any(feature = "tools", feature = "spki"))]
mod der;
#[cfg(any(feature = "response", feature = "spki"))]
mod json;
#[cfg(feature = "spki")]
mod jwk;
#[cfg(feature = "tools")]
mod keylime;
#[cfg(feature = "response")]
mod response;
#[cfg(feature = "spki")]
mod spki;
#[cfg(feature = "tools")]
mod tools;

#[cfg(any(feature = "response", feature = "spki"))]
pub use self::json::{JsonError, JsonReason};
#[cfg(feature = "response")]
pub use self::response::{
    Attestation, BlockEvidence, FieldProblem, Form, ResponseError, ResponsePolicy, Scratch, Tier,
    TpmAttestation, verify_response, verify_response_for_tier, verify_response_for_tier_with,
    verify_response_with,
};
#[cfg(feature = "spki")]
pub use self::{
    jwk::{JwkError, read_jwk},
    spki::{PemProblem, SpkiError, read_pem, read_spki, write_pem, write_spki},
};
#[cfg(feature = "tools")]
pub use self::{
    keylime::{KeylimeError, KeylimePart, KeylimeQuote},
    tools::{
        PcrFile, PcrFormat, SelectionError, ToolsError, parse_hash, parse_selection,
        plain_signature,
    },
};
