//! Files with public keys or certificates: PEM, SubjectPublicKeyInfo, JWK.

use core::fmt;

use super::{check::Check, excerpt::KeyIds, meaning::Meaning};

/// Why a file does not have the form of a public key or a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFileProblem {
    /// The PEM text has no block that begins with this line.
    PemBegin(&'static str),
    /// The PEM text has something else than was expected.
    PemLabel {
        /// Label of its first block.
        found: &'static str,
        /// The label that was expected.
        expected: &'static str,
    },
    /// The PEM text is not base64 at this place.
    PemLine,
    /// The PEM text does not have this line where the block that began has to end.
    PemEnd(&'static str),
    /// The PEM text has more than one key, and one is expected.
    PemSeveral,
    /// The file has a key without its public area.
    NoPublicArea,
    /// The file has a private key.
    PrivateKey,
    /// The text is not base64 at this place.
    Base64,
    /// The set of JSON Web Keys has no key that could be meant.
    NoKeyInSet,
    /// The set of JSON Web Keys has several keys, and nothing says which is meant.
    SeveralInSet {
        /// What they are called.
        ids: KeyIds,
    },
    /// The key is neither RSA nor ECC.
    AlgorithmUnsupported,
    /// The curve is not supported.
    CurveUnsupported,
    /// The curve is not named, but written out by its parameters.
    CurveNotNamed,
    /// The point is compressed.
    PointCompressed,
    /// A coordinate is longer than those of its curve.
    Coordinate,
}

impl KeyFileProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        const PEM: &str = "Give PEM as it was written: a public key as `tpm2_readpublic -f pem` writes it, or certificates; text around the blocks is ignored.";
        const KEYS: &str = "Attestation needs an RSA key, or an ECC key on P-256, P-384 or P-521.";
        match self {
            Self::PemBegin(_) => Meaning::malformed("pem-begin", PEM),
            Self::PemLabel { .. } => Meaning::malformed("pem-label", PEM),
            Self::PemLine => Meaning::malformed("pem-line", PEM),
            Self::PemEnd(_) => Meaning::malformed("pem-end", PEM),
            Self::PemSeveral => Meaning::malformed(
                "pem-several",
                "Leave the block of the key that is meant, and remove the others.",
            ),
            Self::NoPublicArea => Meaning::malformed(
                "no-public-area",
                "Give the public area as `tpm2_readpublic -o` writes it: name and attributes are in it, and in no other form of the key.",
            ),
            Self::PrivateKey => Meaning::malformed(
                "private-key",
                "Give the public key, which `openssl pkey -pubout` writes; a private key that is in a file is not in a TPM.",
            ),
            Self::Base64 => Meaning::malformed(
                "key-base64",
                "Give the key in base64 with the standard alphabet and padding, and nothing around it.",
            ),
            Self::NoKeyInSet => Meaning::malformed(
                "jwk-set-empty",
                "Give a set with an RSA or EC key that is not for encryption alone.",
            ),
            Self::SeveralInSet { .. } => Meaning::malformed(
                "jwk-set-several",
                "Give the JSON Web Key that is meant alone, as one object.",
            ),
            Self::AlgorithmUnsupported => {
                Meaning::unsupported(Check::KeyType, "key-algorithm-unsupported", KEYS)
            }
            Self::CurveUnsupported => {
                Meaning::unsupported(Check::KeyStrength, "key-curve-unsupported", KEYS)
            }
            Self::CurveNotNamed => Meaning::unsupported(
                Check::KeyStrength,
                "key-curve-not-named",
                "Write the key with the name of its curve: `openssl pkey -pubin -ec_param_enc named_curve`.",
            ),
            Self::PointCompressed => Meaning::unsupported(
                Check::KeyStrength,
                "key-point-compressed",
                "Write the point uncompressed.",
            ),
            Self::Coordinate => Meaning::rejected(
                Check::KeyStrength,
                "key-coordinate",
                "Compare the key with the one on the machine: the point is not on its curve.",
            ),
        }
    }
}

impl fmt::Display for KeyFileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PemBegin(line) => write!(f, "expected {line} on a line of its own"),
            Self::PemLabel { found, expected } => {
                write!(f, "the PEM has the label {found}, expected {expected}")
            }
            Self::PemLine => {
                f.write_str("expected base64 (standard alphabet, padded at its end alone)")
            }
            Self::PemEnd(line) => write!(f, "expected {line} on a line of its own"),
            Self::PemSeveral => f.write_str("a second key, expected one"),
            Self::NoPublicArea => f.write_str(
                "the key's numbers alone, expected its public area (TPM2B_PUBLIC or TPMT_PUBLIC)",
            ),
            Self::PrivateKey => f.write_str("this is a private key, expected a public key"),
            Self::Base64 => f.write_str("not a public key in base64 (standard alphabet, padded)"),
            Self::NoKeyInSet => {
                f.write_str("the set of JSON Web Keys has no RSA or EC key for signatures")
            }
            Self::SeveralInSet { ids } => write!(
                f,
                "the set has several JSON Web Keys ({ids}), expected one, or one with the kid HCLAkPub"
            ),
            Self::AlgorithmUnsupported => {
                f.write_str("the key is neither RSA (rsaEncryption) nor ECC (id-ecPublicKey)")
            }
            Self::CurveUnsupported => f.write_str("the curve of the key is not supported"),
            Self::CurveNotNamed => f.write_str(
                "the curve of the key is written out by its parameters, expected a named curve",
            ),
            Self::PointCompressed => {
                f.write_str("the point of the key is compressed, which is not supported")
            }
            Self::Coordinate => {
                f.write_str("a coordinate of the key is longer than those of its curve")
            }
        }
    }
}
