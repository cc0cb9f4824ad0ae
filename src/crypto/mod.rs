//! Hashes and signatures: the only place that names a crate of cryptography.
//!
//! Signatures are public data, so nothing of theirs needs constant time. Only
//! credentials work on secrets: their module says what it takes for that.

#[cfg(feature = "credential")]
mod credential;
#[cfg(feature = "ecdsa")]
mod ecdsa;
mod hash;
#[cfg(feature = "interop")]
mod interop;
mod name;
#[cfg(any(feature = "rsa", feature = "credential"))]
mod pkcs1;
mod prepared;
mod roca;
#[cfg(feature = "rsa")]
mod rsa;
mod software;

use core::{error::Error, fmt};

#[cfg(feature = "credential")]
pub(crate) use self::credential::{
    Cipher, Failure, Recipient, Secret, is_same, kdfa, protect, share_seed,
};
#[cfg(feature = "interop")]
pub use self::interop::InteropError;
pub(crate) use self::roca::is_roca;
pub use self::{
    hash::{Digest, Hasher},
    name::Name,
    prepared::PreparedKey,
    software::{Compact, Software},
};
use crate::types::{TpmAlgId, TpmEccCurve};

/// A public key as numbers, big-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey<'a> {
    /// An RSA key with the public exponent 65537.
    Rsa {
        /// The modulus; its first bit is set.
        modulus: &'a [u8],
    },
    /// An ECC key.
    Ecc {
        /// The curve.
        curve: Curve,
        /// Abscissa of the point; leading zeros may be left out.
        x: &'a [u8],
        /// Ordinate of the point; leading zeros may be left out.
        y: &'a [u8],
    },
}

/// A curve whose signatures can be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
}

impl TryFrom<TpmEccCurve> for Curve {
    type Error = SignatureError;

    fn try_from(curve: TpmEccCurve) -> Result<Self, SignatureError> {
        match curve {
            TpmEccCurve::NIST_P256 => Ok(Self::P256),
            TpmEccCurve::NIST_P384 => Ok(Self::P384),
            TpmEccCurve::NIST_P521 => Ok(Self::P521),
            _ => Err(SignatureError::Unsupported),
        }
    }
}

/// A signature as numbers, big-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signature<'a> {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2).
    RsaSsa(&'a [u8]),
    /// RSASSA-PSS (RFC 8017, 8.1), mask and message by the same hash. The salt
    /// is as long as the digest, or as long as fits.
    RsaPss(&'a [u8]),
    /// ECDSA (FIPS 186-5, 6). Leading zeros may be left out.
    EcDsa {
        /// First number.
        r: &'a [u8],
        /// Second number.
        s: &'a [u8],
    },
}

/// Why a signature was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// The signature is not of this message by this key, or the key is none.
    Invalid,
    /// This verifier has no such algorithm; nothing is known of the signature.
    Unsupported,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid => "the signature does not hold",
            Self::Unsupported => "the algorithm is not supported",
        })
    }
}

impl Error for SignatureError {}

/// Something that verifies signatures: software, or a hardware engine.
///
/// An engine can be shared between threads, as a verifier is: one that needs exclusive
/// access, such as a peripheral, is behind a lock.
pub trait SignatureVerifier: Sync {
    /// Whether `key` is a key at all: a point must be on its curve.
    ///
    /// # Errors
    /// It is none, or it is of a kind that this verifier does not have.
    fn check_key(&self, key: &PublicKey<'_>) -> Result<(), SignatureError>;

    /// Whether `signature` is of `message`, by `key`, with `hash`.
    ///
    /// # Errors
    /// It is not, or it is of a kind that this verifier does not have.
    fn verify(
        &self,
        key: &PublicKey<'_>,
        hash: TpmAlgId,
        message: &[u8],
        signature: &Signature<'_>,
    ) -> Result<(), SignatureError>;
}
