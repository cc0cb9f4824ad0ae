//! Endorsement keys and credentials.

use core::fmt;

use super::{
    check::{Check, Verdict},
    excerpt::Excerpt,
    key::{Attributes, KeyProblem},
    meaning::{Meaning, NEWER_VERSION},
};
use crate::types::{TpmAlgId, TpmaObject};

/// Why a key is not an endorsement key, or not a trusted one.
///
/// The check is always `key-anchor`: nothing then vouches for the attestation key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndorsementProblem {
    /// It is not an RSA or ECC key.
    Type(TpmAlgId),
    /// Its attributes are not those of an endorsement key.
    Attributes {
        /// Attributes that it lacks.
        missing: TpmaObject,
        /// Attributes that it must not have, reserved bits among them.
        forbidden: TpmaObject,
    },
    /// Its modulus, exponent, curve or point is not sound.
    Strength(KeyProblem),
    /// `scheme` is not `TPM_ALG_NULL`.
    Scheme(TpmAlgId),
    /// `kdf` is not `TPM_ALG_NULL`.
    Kdf(TpmAlgId),
    /// `symmetric` is `TPM_ALG_NULL`.
    NoCipher,
    /// `symmetric` is not AES.
    CipherUnsupported(TpmAlgId),
    /// `symmetric` is AES, but not with 128 or 256 bits in CFB mode.
    AesUnsupported {
        /// Size of its key, in bits.
        bits: u16,
        /// Its mode.
        mode: TpmAlgId,
    },
    /// `nameAlg` is `TPM_ALG_NULL`.
    NoName,
    /// `nameAlg` is not supported.
    NameAlgUnsupported(TpmAlgId),
    /// The list of trusted Names is empty.
    NoPinnedNames,
    /// Its Name is not one of the trusted ones.
    NotPinned {
        /// Its Name.
        name: Excerpt,
    },
    /// The certificate is for another key.
    OtherKey,
}

impl EndorsementProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        const SIGNS: &str = "Give the endorsement key, a restricted decryption key, and not the attestation key, which signs.";
        const TEMPLATE: &str = "Use an endorsement key made from one of the templates with SHA-256, SHA-384 or SHA-512 and AES in CFB mode.";
        let check = Check::KeyAnchor;
        match self {
            Self::Type(TpmAlgId::MLKEM) => {
                Meaning::unsupported(check, "endorsement-type-unsupported", NEWER_VERSION)
            }
            Self::Type(_) => Meaning::rejected(
                check,
                "endorsement-type",
                "A credential is for an RSA or ECC endorsement key.",
            ),
            Self::Strength(problem) => {
                let Meaning { verdict, help, .. } = problem.meaning();
                Meaning {
                    name: "endorsement-strength",
                    check,
                    verdict,
                    help,
                }
            }
            Self::Attributes { .. } => Meaning::rejected(check, "endorsement-attributes", SIGNS),
            Self::Scheme(_) => Meaning::rejected(check, "endorsement-scheme", SIGNS),
            Self::Kdf(_) => Meaning::rejected(check, "endorsement-kdf", SIGNS),
            Self::NoCipher => Meaning::rejected(check, "endorsement-no-cipher", SIGNS),
            Self::CipherUnsupported(_) => {
                Meaning::unsupported(check, "endorsement-cipher-unsupported", TEMPLATE)
            }
            Self::AesUnsupported { .. } => {
                Meaning::unsupported(check, "endorsement-aes-unsupported", TEMPLATE)
            }
            Self::NoName => Meaning::rejected(check, "endorsement-name-alg-null", TEMPLATE),
            Self::NameAlgUnsupported(_) => {
                Meaning::unsupported(check, "endorsement-name-alg-unsupported", TEMPLATE)
            }
            Self::NoPinnedNames => Meaning::rejected(
                check,
                "no-pinned-endorsement-names",
                "Give the Name of at least one trusted endorsement key.",
            ),
            Self::NotPinned { .. } => Meaning::rejected(
                check,
                "endorsement-not-pinned",
                "Take the Names of endorsement keys from the machines themselves or from their maker, not from this message.",
            ),
            Self::OtherKey => Meaning::rejected(
                check,
                "endorsement-certificate-of-other-key",
                "Give the certificate of this key, or the key of this certificate.",
            ),
        }
    }
}

impl fmt::Display for EndorsementProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Type(found) => write!(
                f,
                "the endorsement key is a {found}, expected an RSA or ECC key"
            ),
            Self::Attributes { missing, forbidden } => {
                f.write_str("the key's attributes are not those of an endorsement key:")?;
                Attributes { missing, forbidden }.fmt(f)
            }
            Self::Strength(problem) => write!(f, "endorsement key: {problem}"),
            Self::Scheme(scheme) => write!(
                f,
                "the endorsement key's scheme is {scheme}, expected TPM_ALG_NULL"
            ),
            Self::Kdf(kdf) => write!(
                f,
                "the endorsement key's kdf is {kdf}, expected TPM_ALG_NULL"
            ),
            Self::NoCipher => {
                f.write_str("the endorsement key's symmetric is TPM_ALG_NULL, expected a cipher")
            }
            Self::CipherUnsupported(cipher) => write!(
                f,
                "the endorsement key's symmetric {cipher} is not supported, expected AES"
            ),
            Self::AesUnsupported { bits, mode } => write!(
                f,
                "the endorsement key's AES with {bits} bits in mode {mode} is not supported, expected 128 or 256 bits in TPM_ALG_CFB"
            ),
            Self::NoName => {
                f.write_str("the endorsement key has no Name: its nameAlg is TPM_ALG_NULL")
            }
            Self::NameAlgUnsupported(alg) => {
                write!(f, "the endorsement key's nameAlg {alg} is not supported")
            }
            Self::NoPinnedNames => {
                f.write_str("the list of trusted Names of endorsement keys is empty")
            }
            Self::NotPinned { name } => write!(
                f,
                "the endorsement key's Name {name} is not one of the trusted Names"
            ),
            Self::OtherKey => f.write_str("the certificate is for another endorsement key"),
        }
    }
}

/// Why a credential could not be made, or a challenge not restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialProblem {
    /// The Name is not that of an object: a hash id and a digest.
    Name,
    /// The secret is empty, or longer than a digest of the endorsement key's `nameAlg`.
    Secret {
        /// The length of such a digest, in bytes.
        largest: usize,
        /// The length of the secret, in bytes.
        found: usize,
    },
    /// A challenge does not have 32 bytes.
    Challenge {
        /// How many bytes it has.
        found: usize,
    },
    /// The source of randomness failed.
    Random,
}

impl CredentialProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        match self {
            Self::Name => Meaning::malformed(
                "credential-name",
                "Give the Name of the key: a hash id of two bytes and a digest.",
            ),
            Self::Secret { .. } => Meaning::malformed(
                "credential-secret",
                "Give a secret that fits, or have a fresh one made.",
            ),
            Self::Challenge { .. } => Meaning::malformed(
                "challenge-length",
                "Give the challenge exactly as it was stored, with nothing around it.",
            ),
            Self::Random => Meaning {
                name: "no-randomness",
                check: Check::Input,
                verdict: Verdict::Unsupported,
                help: "A credential needs a source of randomness: try again when there is one.",
            },
        }
    }
}

impl fmt::Display for CredentialProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("the Name is not the Name of an object"),
            Self::Secret { largest, found } => {
                write!(f, "the secret has {found} bytes, expected 1 to {largest}")
            }
            Self::Challenge { found } => {
                write!(f, "the challenge has {found} bytes, expected 32")
            }
            Self::Random => f.write_str("the source of randomness failed"),
        }
    }
}
