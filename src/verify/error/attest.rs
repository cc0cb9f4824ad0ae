//! `signature-scheme` to `signer`: the checks of every attestation.

use core::fmt;

use super::{check::Check, excerpt::Excerpt, meaning::Meaning};
use crate::types::{TpmAlgId, TpmSt};

/// Why an attestation is not one that the key signed for this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttestProblem {
    /// The signature is made with another scheme or hash than the key's.
    SignatureScheme {
        /// Scheme and hash of the key.
        expected: (TpmAlgId, TpmAlgId),
        /// Scheme of the signature, and its hash if it has one.
        found: (TpmAlgId, Option<TpmAlgId>),
    },
    /// The signature is made with SHA-1, which the policy does not allow.
    SignatureSha1,
    /// The verifier does not support the signature's algorithm.
    SignatureUnsupported,
    /// The signature does not match. Nothing more is said, on purpose.
    Signature,
    /// The signed bytes do not begin with `TPM_GENERATED_VALUE`.
    Magic {
        /// The first four bytes.
        found: u32,
    },
    /// The signed bytes are another kind of attestation.
    Type {
        /// The expected kind.
        expected: TpmSt,
        /// The signed kind.
        found: TpmSt,
    },
    /// The attestation answers another request.
    Nonce {
        /// The nonce of this request.
        expected: Excerpt,
        /// The signed nonce (`extraData`).
        found: Excerpt,
    },
    /// `qualifiedSigner` is not a digest, or one by another hash than the key's.
    Signer {
        /// The key's `nameAlg`, or `TPM_ALG_NULL` for a key without a Name, which may have any
        /// hash.
        expected: TpmAlgId,
        /// `qualifiedSigner`.
        found: Excerpt,
    },
    /// `qualifiedSigner` is that of another key, or of this key at another place in the TPM.
    QualifiedSigner {
        /// The key's qualified name.
        expected: Excerpt,
        /// `qualifiedSigner`.
        found: Excerpt,
    },
}

impl AttestProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        match self {
            Self::SignatureScheme {
                found:
                    (
                        TpmAlgId::ECDAA
                        | TpmAlgId::SM2
                        | TpmAlgId::ECSCHNORR
                        | TpmAlgId::EDDSA
                        | TpmAlgId::HASH_EDDSA
                        | TpmAlgId::MLDSA
                        | TpmAlgId::HASH_MLDSA,
                        _,
                    ),
                ..
            } => Meaning::unsupported(
                Check::SignatureScheme,
                "signature-scheme-unsupported",
                "A signature must be made with the scheme and the hash that its key is bound to.",
            ),
            Self::SignatureScheme { .. } => Meaning::rejected(
                Check::SignatureScheme,
                "signature-scheme",
                "A signature must be made with the scheme and the hash that its key is bound to.",
            ),
            Self::SignatureSha1 => Meaning::rejected(
                Check::SignatureScheme,
                "signature-sha1",
                "Make the key with SHA-256, SHA-384 or SHA-512; dangerous_allow_sha1_signatures (--dangerous-sha1) accepts this one.",
            ),
            Self::SignatureUnsupported => Meaning::unsupported(
                Check::SignatureScheme,
                "signature-unsupported",
                "The verifier in use does not have this algorithm: give Verifier::crypto an engine that has it.",
            ),
            Self::Signature => Meaning::rejected(
                Check::Signature,
                "signature",
                "The signed bytes or the signature were changed, or another key signed them.",
            ),
            Self::Magic { .. } => Meaning::rejected(
                Check::Magic,
                "magic",
                "The key signed something that no TPM generated: do not trust the key.",
            ),
            Self::Type {
                expected: TpmSt::ATTEST_QUOTE,
                ..
            } => Meaning::rejected(
                Check::Type,
                "type",
                "Ask the TPM for a quote (TPM2_Quote), not another attestation.",
            ),
            Self::Type { .. } => Meaning::rejected(
                Check::Type,
                "type",
                "Verify each attestation as the kind it is, and ask the TPM for the kind you want.",
            ),
            Self::Nonce { .. } => Meaning::rejected(
                Check::Nonce,
                "nonce",
                "Compare with the payload id or nonce of your own request: this is an old answer, or somebody else's.",
            ),
            Self::Signer { .. } => Meaning::rejected(
                Check::Signer,
                "signer",
                "A TPM writes the qualified name of the signing key into what it signs.",
            ),
            Self::QualifiedSigner { .. } => Meaning::rejected(
                Check::Signer,
                "qualified-signer",
                "Compare the key's place in the TPM: its hierarchy, its parents, and the key itself.",
            ),
        }
    }
}

/// Help for a certification that does not have the expected nonce.
pub(super) const CERTIFICATION_NONCE: &str = "The certification was made for another request: ask for a new one, or give its own nonce if it was made beforehand.";

impl fmt::Display for AttestProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignatureScheme { expected, found } => {
                write!(f, "the signature is {}", found.0)?;
                if let Some(hash) = found.1 {
                    write!(f, " with {hash}")?;
                }
                write!(
                    f,
                    ", expected {} with {} as in the key",
                    expected.0, expected.1
                )
            }
            Self::SignatureSha1 => f.write_str("the signature is made with SHA-1"),
            Self::SignatureUnsupported => {
                f.write_str("the verifier does not support the signature's algorithm")
            }
            Self::Signature => f.write_str("the signature does not match"),
            Self::Magic { found } => write!(
                f,
                "the signed bytes begin with 0x{found:08x}, expected 0xff544347 (TPM_GENERATED_VALUE)"
            ),
            Self::Type { expected, found } => {
                write!(f, "the signed bytes are a {found}, expected a {expected}")
            }
            Self::Nonce { expected, found } => {
                write!(f, "the nonce is {found}, expected {expected}")
            }
            Self::Signer { expected, found } => {
                write!(
                    f,
                    "qualifiedSigner is {found}, expected a hash id and a digest"
                )?;
                match *expected {
                    TpmAlgId::NULL => Ok(()),
                    expected => write!(f, " by {expected}"),
                }
            }
            Self::QualifiedSigner { expected, found } => {
                write!(f, "qualifiedSigner is {found}, expected {expected}")
            }
        }
    }
}
