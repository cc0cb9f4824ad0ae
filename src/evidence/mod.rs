//! Forms in which evidence arrives, one file a form. They read; whether the
//! evidence holds is for [`verify`](crate::verify) to say.

mod json;
mod response;

pub use self::{
    json::{JsonError, JsonReason},
    response::{
        Attestation, BlockEvidence, FieldProblem, Form, ResponseError, ResponsePolicy, Scratch,
        Tier, TpmAttestation, verify_response, verify_response_for_tier,
        verify_response_for_tier_with, verify_response_with,
    },
};
