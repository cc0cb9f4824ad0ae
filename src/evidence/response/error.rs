//! Why a response was not accepted.

use core::{error::Error, fmt};

use super::{
    Tier,
    form::{BLOCK, IS_AVAILABLE},
};
#[cfg(feature = "certificate")]
use crate::verify::CertificateError;
use crate::{
    evidence::json::{JsonError, JsonReason},
    verify::{AnchorError, Check, PcrSetError, Verdict, VerifyError},
};

/// Why a response was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub enum ResponseError {
    /// It is not JSON, or has another kind of value than it has to.
    Json(JsonError),
    /// A key, or what it holds, is not as documented.
    Field {
        /// The key.
        field: &'static str,
        /// Where, in bytes from the start of the text.
        offset: usize,
        /// Why.
        problem: FieldProblem,
    },
    /// The block lacks a key.
    MissingField {
        /// The key.
        field: &'static str,
    },
    /// The block says that there is no TPM, and has this key all the same.
    Contradiction {
        /// The key.
        field: &'static str,
    },
    /// The response has no quote, and the tier requires one.
    Unavailable {
        /// The tier.
        tier: Tier,
    },
    /// The evidence was not accepted.
    Evidence(VerifyError),
    /// Another key does not vouch for the one of the response.
    Anchor(AnchorError),
    /// A certificate does not vouch for the key of the response.
    #[cfg(feature = "certificate")]
    Certificate(CertificateError),
}

/// What is wrong with a key, or with what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldProblem {
    /// Not JSON, or another kind of value than it has to be.
    Json(JsonReason),
    /// The key was there before, perhaps in another spelling.
    Repeated,
    /// The block has a key that it does not have.
    UnknownKey,
    /// A key of another form than the ones before: the whole response, its
    /// `_metadata` and the block are not given at once.
    SeveralForms,
    /// A key that belongs to the block or around it, where it does not belong,
    /// and no block where that belongs.
    Misplaced,
    /// Not base64: standard alphabet, padded, nothing else in between.
    Base64,
    /// Not hexadecimal: two digits a byte, at most 64 bytes.
    Hex,
    /// Not a set of PCR.
    NotPcrs,
    /// Not a set of PCR.
    PcrSet(PcrSetError),
    /// Not the name of a bank.
    Bank,
    /// A bank without values.
    EmptyBank,
    /// Not the index of a PCR.
    Index,
    /// More than there is room for.
    TooLong,
}

impl ResponseError {
    /// The check that failed.
    #[must_use]
    pub fn check(&self) -> Check {
        match self {
            Self::Json(_)
            | Self::Field { .. }
            | Self::MissingField { .. }
            | Self::Contradiction { .. } => Check::Input,
            Self::Unavailable { .. } => Check::Tier,
            Self::Evidence(error) => error.check(),
            Self::Anchor(error) => error.check(),
            #[cfg(feature = "certificate")]
            Self::Certificate(error) => error.check(),
        }
    }

    /// What the error says about the response.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Json(_)
            | Self::Field { .. }
            | Self::MissingField { .. }
            | Self::Contradiction { .. } => Verdict::Malformed,
            Self::Unavailable { .. } => Verdict::Rejected,
            Self::Evidence(error) => error.verdict(),
            Self::Anchor(error) => error.verdict(),
            #[cfg(feature = "certificate")]
            Self::Certificate(error) => error.verdict(),
        }
    }

    /// One sentence of help.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Json(error) => error.reason().help(),
            Self::Field { problem, .. } => problem.help(),
            Self::MissingField { .. } => {
                "A block with is_available true has pcr_banks, pcr_values, aik_pubkey_b64, quote_b64 and signature_b64; aik_certify_b64 and aik_certify_signature_b64 are both there or both absent."
            }
            Self::Contradiction { .. } => {
                "A server without a TPM sends is_available false and nothing else in the block."
            }
            Self::Unavailable { .. } => {
                "Ask a server that has a TPM, or use a tier that goes on without one (standard, high)."
            }
            Self::Evidence(error) => error.help(),
            Self::Anchor(error) => error.help(),
            #[cfg(feature = "certificate")]
            Self::Certificate(error) => error.help(),
        }
    }

    /// Where, in bytes from the start of the text, if the text is at fault.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Json(error) => Some(error.offset()),
            Self::Field { offset, .. } => Some(*offset),
            _ => None,
        }
    }
}

impl FieldProblem {
    fn help(self) -> &'static str {
        match self {
            Self::Json(reason) => reason.help(),
            Self::Repeated => "A key that is there twice can be read in two ways: it is refused.",
            Self::UnknownKey => {
                "The block has is_available, pcr_banks, pcr_values, aik_pubkey_b64, quote_b64, signature_b64, aik_certify_b64 and aik_certify_signature_b64, spelled exactly so."
            }
            Self::SeveralForms => {
                "Give the whole response, its _metadata, or the tpm_attestation block alone."
            }
            Self::Misplaced => {
                "A response has the block at _metadata.tpm_attestation: give the whole response, or say which part of it this is."
            }
            Self::Base64 => "Use the standard alphabet with padding, without line breaks.",
            Self::Hex => "Write each byte as two hexadecimal digits.",
            Self::NotPcrs | Self::PcrSet(_) | Self::Bank | Self::Index | Self::EmptyBank => {
                "PCR are written as in sha256:0,7,10+sha384:0 and pcr_values as in {\"sha256\": {\"0\": \"...\"}}."
            }
            Self::TooLong => "A block holds at most 16 KiB of evidence and 192 PCR values.",
        }
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => error.fmt(f),
            Self::Field {
                field,
                offset,
                problem,
            } => write!(f, "{field} at byte {offset}: {problem}"),
            Self::MissingField { field } => write!(f, "{BLOCK} has no {field}"),
            Self::Contradiction { field } => {
                write!(
                    f,
                    "{BLOCK} has {IS_AVAILABLE} false and all the same {field}"
                )
            }
            Self::Unavailable { tier } => write!(
                f,
                "the response has no TPM attestation, and the tier {tier} requires one"
            ),
            Self::Evidence(error) => error.fmt(f),
            Self::Anchor(error) => error.fmt(f),
            #[cfg(feature = "certificate")]
            Self::Certificate(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json(reason) => return reason.fmt(f),
            Self::Repeated => "the key is there twice",
            Self::UnknownKey => "the block does not have this key",
            Self::SeveralForms => {
                "the text is more than one of a response, its _metadata and the block"
            }
            Self::Misplaced => "the key is not where it belongs, and there is no block",
            Self::Base64 => "not base64 (standard alphabet, padded)",
            Self::Hex => "not hexadecimal of at most 64 bytes",
            Self::NotPcrs => "not a set of PCR",
            Self::PcrSet(error) => return write!(f, "not a set of PCR: {error}"),
            Self::Bank => "not the name of a PCR bank",
            Self::EmptyBank => "the bank has no values",
            Self::Index => "not the index of a PCR, 0 to 23",
            Self::TooLong => "too long",
        })
    }
}

impl Error for ResponseError {}

impl From<JsonError> for ResponseError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

impl From<VerifyError> for ResponseError {
    fn from(error: VerifyError) -> Self {
        Self::Evidence(error)
    }
}

impl From<AnchorError> for ResponseError {
    fn from(error: AnchorError) -> Self {
        match error {
            AnchorError::Key(error) => Self::Evidence(error),
            error => Self::Anchor(error),
        }
    }
}

#[cfg(feature = "certificate")]
impl From<CertificateError> for ResponseError {
    fn from(error: CertificateError) -> Self {
        match error {
            CertificateError::Key(error) => Self::Evidence(error),
            error => Self::Certificate(error),
        }
    }
}
