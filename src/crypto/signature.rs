//! Keys and signatures as numbers, and what verifies them.

use core::{error::Error, fmt};

use crate::{
    types::{TpmAlgId, TpmEccCurve},
    wire::Hex,
};

/// A public key as numbers, big-endian.
#[derive(Clone, Copy, PartialEq, Eq)]
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

impl fmt::Debug for PublicKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { modulus } => f
                .debug_struct("Rsa")
                .field("modulus", &Hex(modulus))
                .finish(),
            Self::Ecc { curve, x, y } => f
                .debug_struct("Ecc")
                .field("curve", curve)
                .field("x", &Hex(x))
                .field("y", &Hex(y))
                .finish(),
        }
    }
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
#[derive(Clone, Copy, PartialEq, Eq)]
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

impl fmt::Debug for Signature<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaSsa(bytes) => f.debug_tuple("RsaSsa").field(&Hex(bytes)).finish(),
            Self::RsaPss(bytes) => f.debug_tuple("RsaPss").field(&Hex(bytes)).finish(),
            Self::EcDsa { r, s } => f
                .debug_struct("EcDsa")
                .field("r", &Hex(r))
                .field("s", &Hex(s))
                .finish(),
        }
    }
}

/// Why a signature or a key was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// The signature is not of this message by this key, or the numbers are no key.
    Invalid,
    /// There is no such algorithm or curve here; nothing is known of the signature.
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
