//! Keys and signatures as numbers, and the trait of the engines that verify them.

use core::{error::Error, fmt};

#[cfg(feature = "ima")]
use super::hash::Digest;
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
        /// The x coordinate of the point. Leading zeros may be left out.
        x: &'a [u8],
        /// The y coordinate of the point. Leading zeros may be left out.
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
    /// RSASSA-PSS (RFC 8017, 8.1), with the same hash for the mask and the message. The salt is
    /// as long as the digest, or as long as fits.
    RsaPss(&'a [u8]),
    /// ECDSA (FIPS 186-5, 6). Leading zeros may be left out.
    EcDsa {
        /// The first number.
        r: &'a [u8],
        /// The second number.
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
    /// The signature is not that of this message by this key, or the numbers are not a key.
    Invalid,
    /// The engine does not have the algorithm or the curve: the signature was not judged.
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

/// A signature engine: software or hardware that verifies signatures.
///
/// An engine can be shared between threads, like a verifier. One that needs exclusive access,
/// such as a peripheral, has to be behind a lock.
pub trait SignatureVerifier: Sync {
    /// Checks that `key` is a key: a point must be on its curve.
    ///
    /// # Errors
    /// The numbers are not a key, or this engine does not have its kind.
    fn check_key(&self, key: &PublicKey<'_>) -> Result<(), SignatureError>;

    /// Checks that `signature` is that of `message`, by `key`, with `hash`.
    ///
    /// # Errors
    /// It is not, or this engine does not have its kind.
    fn verify(
        &self,
        key: &PublicKey<'_>,
        hash: TpmAlgId,
        message: &[u8],
        signature: &Signature<'_>,
    ) -> Result<(), SignatureError>;

    /// Checks that `signature` is by `key`, with `hash`, over a message of which only the digest
    /// is known, as file signatures of IMA are. It is as long as digests of this hash.
    ///
    /// By default this is unsupported, so that such signatures are not judged.
    ///
    /// # Errors
    /// It is not, or this engine does not have its kind.
    #[cfg(feature = "ima")]
    fn verify_digest(
        &self,
        key: &PublicKey<'_>,
        hash: TpmAlgId,
        digest: &Digest,
        signature: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        let _ = (key, hash, digest, signature);
        Err(SignatureError::Unsupported)
    }
}
