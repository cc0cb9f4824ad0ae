//! `key-type`, `key-attributes`, `key-strength`, `key-scheme`: the key itself.

use core::fmt;

use super::{
    check::Check,
    meaning::{Meaning, NEWER_VERSION},
};
use crate::types::{TpmAlgId, TpmEccCurve, TpmaObject};

/// Why a key is not fit to be an attestation key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyProblem {
    /// The key is not an RSA or ECC key.
    Type {
        /// Its type.
        found: TpmAlgId,
    },
    /// The attributes are not those of an attestation key.
    Attributes {
        /// Attributes that it lacks.
        missing: TpmaObject,
        /// Attributes that it must not have, reserved bits among them.
        forbidden: TpmaObject,
    },
    /// An RSA key of this many bits: below 2048 or above 4096.
    RsaBits(u16),
    /// An RSA key of this many bits: not 2048, 3072 or 4096.
    RsaBitsUnsupported(u16),
    /// The modulus does not have the length that `keyBits` says.
    ModulusLength {
        /// Bytes by `keyBits`.
        expected: usize,
        /// Bytes of the modulus.
        found: usize,
    },
    /// The first bit of the modulus is not set.
    ModulusTopBit,
    /// The modulus is even.
    ModulusEven,
    /// The modulus has the fingerprint of CVE-2017-15361 (ROCA): the private key can be
    /// computed from it.
    Roca,
    /// The public exponent is neither 0, which stands for 65537, nor 65537.
    Exponent(u32),
    /// A curve that is not supported.
    Curve(TpmEccCurve),
    /// The point is not on the curve.
    Point,
    /// The verifier has no RSA.
    NoRsa,
    /// The verifier has no ECDSA on this curve.
    NoEcdsa,
    /// `scheme` is `TPM_ALG_NULL`: the signer may choose.
    SchemeNotFixed,
    /// `scheme` does not sign.
    SchemeNotSigning(TpmAlgId),
    /// `scheme` signs, and is not supported.
    SchemeUnsupported(TpmAlgId),
    /// Keys of this kind do not sign with this scheme.
    SchemeOfOtherKey(TpmAlgId),
    /// The hash of `scheme` is not supported.
    HashUnsupported(TpmAlgId),
    /// `nameAlg` is `TPM_ALG_NULL`: the key has no Name.
    NoName,
    /// `nameAlg` is SHA-1.
    NameSha1,
    /// `nameAlg` is not supported.
    NameAlgUnsupported(TpmAlgId),
    /// `authPolicy` is neither empty nor a digest of `nameAlg`.
    AuthPolicy {
        /// Length of such a digest, in bytes.
        expected: usize,
        /// Length of `authPolicy`, in bytes.
        found: usize,
    },
    /// `symmetric` is not `TPM_ALG_NULL`.
    Symmetric(TpmAlgId),
    /// `kdf` is not `TPM_ALG_NULL`.
    Kdf(TpmAlgId),
}

pub(super) const STRENGTH_HELP: &str =
    "Use RSA with 2048, 3072 or 4096 bits and the exponent 65537, or ECC on P-256, P-384 or P-521.";
const SCHEME_HELP: &str = "Make the key with a fixed scheme (RSASSA, RSAPSS or ECDSA with SHA-256, SHA-384 or SHA-512), a nameAlg that is one of these hashes, and no symmetric cipher or kdf.";
const ENGINE_HELP: &str = "Build with the feature rsa or ecdsa, or give Verifier::crypto an engine that has the algorithm.";

impl KeyProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        use Check::{KeyAttributes, KeyScheme, KeyStrength, KeyType};
        match self {
            Self::Type {
                found: TpmAlgId::MLDSA | TpmAlgId::HASH_MLDSA | TpmAlgId::MLKEM,
            } => Meaning::unsupported(KeyType, "key-type-unsupported", NEWER_VERSION),
            Self::Type { .. } => Meaning::rejected(
                KeyType,
                "key-type",
                "Attestation needs an RSA or ECC signing key.",
            ),
            Self::Attributes { .. } => Meaning::rejected(
                KeyAttributes,
                "key-attributes",
                "Make the key as a restricted signing key with fixedTPM, fixedParent and sensitiveDataOrigin, without decrypt.",
            ),
            Self::RsaBits(_) => Meaning::rejected(KeyStrength, "rsa-bits", STRENGTH_HELP),
            Self::RsaBitsUnsupported(_) => {
                Meaning::unsupported(KeyStrength, "rsa-bits-unsupported", STRENGTH_HELP)
            }
            Self::ModulusLength { .. } => {
                Meaning::rejected(KeyStrength, "rsa-modulus-length", STRENGTH_HELP)
            }
            Self::ModulusTopBit => {
                Meaning::rejected(KeyStrength, "rsa-modulus-top-bit", STRENGTH_HELP)
            }
            Self::ModulusEven => Meaning::rejected(KeyStrength, "rsa-modulus-even", STRENGTH_HELP),
            Self::Roca => Meaning::rejected(
                KeyStrength,
                "rsa-roca",
                "Update the TPM's firmware and make a new key: this one is broken.",
            ),
            Self::Exponent(_) => Meaning::rejected(KeyStrength, "rsa-exponent", STRENGTH_HELP),
            Self::Curve(_) => Meaning::unsupported(KeyStrength, "curve-unsupported", STRENGTH_HELP),
            Self::Point => Meaning::rejected(KeyStrength, "ecc-point", STRENGTH_HELP),
            Self::NoRsa => Meaning::unsupported(KeyStrength, "no-rsa", ENGINE_HELP),
            Self::NoEcdsa => Meaning::unsupported(KeyStrength, "no-ecdsa", ENGINE_HELP),
            Self::SchemeNotFixed => Meaning::rejected(KeyScheme, "scheme-not-fixed", SCHEME_HELP),
            Self::SchemeNotSigning(_) => {
                Meaning::rejected(KeyScheme, "scheme-not-signing", SCHEME_HELP)
            }
            Self::SchemeUnsupported(_) => {
                Meaning::unsupported(KeyScheme, "scheme-unsupported", SCHEME_HELP)
            }
            Self::SchemeOfOtherKey(_) => Meaning::rejected(
                KeyScheme,
                "scheme-of-other-key",
                "RSA keys sign with RSASSA or RSAPSS, ECC keys with ECDSA.",
            ),
            Self::HashUnsupported(_) => {
                Meaning::unsupported(KeyScheme, "scheme-hash-unsupported", SCHEME_HELP)
            }
            Self::NoName => Meaning::rejected(KeyScheme, "name-alg-null", SCHEME_HELP),
            Self::NameSha1 => Meaning::rejected(KeyScheme, "name-alg-sha1", SCHEME_HELP),
            Self::NameAlgUnsupported(_) => {
                Meaning::unsupported(KeyScheme, "name-alg-unsupported", SCHEME_HELP)
            }
            Self::AuthPolicy { .. } => {
                Meaning::rejected(KeyScheme, "auth-policy-length", SCHEME_HELP)
            }
            Self::Symmetric(_) => Meaning::rejected(KeyScheme, "symmetric-not-null", SCHEME_HELP),
            Self::Kdf(_) => Meaning::rejected(KeyScheme, "kdf-not-null", SCHEME_HELP),
        }
    }
}

impl fmt::Display for KeyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Type { found } => write!(f, "the key is a {found}, expected an RSA or ECC key"),
            Self::Attributes { missing, forbidden } => {
                f.write_str("the key's attributes are not those of an attestation key:")?;
                Attributes { missing, forbidden }.fmt(f)
            }
            Self::RsaBits(bits) => {
                write!(f, "the key has {bits} bits, expected 2048, 3072 or 4096")
            }
            Self::RsaBitsUnsupported(bits) => write!(
                f,
                "RSA with {bits} bits is not supported, expected 2048, 3072 or 4096"
            ),
            Self::ModulusLength { expected, found } => write!(
                f,
                "the modulus has {found} bytes, expected {expected} as keyBits says"
            ),
            Self::ModulusTopBit => f.write_str("the first bit of the modulus is not set"),
            Self::ModulusEven => f.write_str("the modulus is even"),
            Self::Roca => f.write_str(
                "the modulus has the fingerprint of CVE-2017-15361 (ROCA): anyone can compute the private key",
            ),
            Self::Exponent(exponent) => write!(
                f,
                "the public exponent is {exponent}, expected 65537 (or 0, which stands for it)"
            ),
            Self::Curve(curve) => write!(
                f,
                "the curve {curve} is not supported, expected P-256, P-384 or P-521"
            ),
            Self::Point => f.write_str("the public point is not on its curve"),
            Self::NoRsa => f.write_str("the verifier in use has no RSA"),
            Self::NoEcdsa => f.write_str("the verifier in use has no ECDSA on the key's curve"),
            Self::SchemeNotFixed => {
                f.write_str("the key has no fixed signing scheme: scheme is TPM_ALG_NULL")
            }
            Self::SchemeNotSigning(scheme) => write!(f, "the key's scheme {scheme} does not sign"),
            Self::SchemeUnsupported(scheme) => {
                write!(f, "the key's scheme {scheme} is not supported")
            }
            Self::SchemeOfOtherKey(scheme) => {
                write!(f, "keys of this kind do not sign with {scheme}")
            }
            Self::HashUnsupported(hash) => {
                write!(f, "the hash {hash} of the key's scheme is not supported")
            }
            Self::NoName => f.write_str("the key has no Name: its nameAlg is TPM_ALG_NULL"),
            Self::NameSha1 => f.write_str("the key's nameAlg is SHA-1"),
            Self::NameAlgUnsupported(alg) => {
                write!(f, "the key's nameAlg {alg} is not supported")
            }
            Self::AuthPolicy { expected, found } => write!(
                f,
                "the key's authPolicy has {found} bytes, expected 0 or {expected}, a digest by nameAlg"
            ),
            Self::Symmetric(alg) => {
                write!(f, "the key's symmetric is {alg}, expected TPM_ALG_NULL")
            }
            Self::Kdf(alg) => write!(f, "the key's kdf is {alg}, expected TPM_ALG_NULL"),
        }
    }
}

/// Attributes that are missing, and those that must not be there.
pub(super) struct Attributes {
    pub(super) missing: TpmaObject,
    pub(super) forbidden: TpmaObject,
}

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_attributes(f, "lacks", self.missing)?;
        if self.missing.0 != 0 && self.forbidden.0 != 0 {
            f.write_str(";")?;
        }
        write_attributes(f, "must not have", self.forbidden)
    }
}

/// The names of attributes, and which bits without a name are set.
fn write_attributes(f: &mut fmt::Formatter<'_>, verb: &str, attributes: TpmaObject) -> fmt::Result {
    if attributes.0 == 0 {
        return Ok(());
    }
    write!(f, " {verb}")?;
    for name in attributes.names() {
        write!(f, " {name}")?;
    }
    let reserved = attributes.intersection(TpmaObject::RESERVED);
    if reserved.0 != 0 {
        write!(f, " reserved bits 0x{:08x}", reserved.0)?;
    }
    Ok(())
}
