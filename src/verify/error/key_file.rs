//! Files with public keys or certificates: PEM, SubjectPublicKeyInfo, JWK.

use core::fmt;

use super::{check::Check, meaning::Meaning};

/// Why a file does not have the form of a public key or a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFileProblem {
    /// The PEM text does not begin with this line.
    PemBegin(&'static str),
    /// A line of the PEM text is not 64 characters of base64, or fewer in the last line.
    PemLine,
    /// The PEM text does not end with this line.
    PemEnd(&'static str),
    /// The key is neither RSA nor ECC.
    AlgorithmUnsupported,
    /// The curve is not supported.
    CurveUnsupported,
    /// The point is compressed.
    PointCompressed,
    /// A coordinate is longer than those of its curve.
    Coordinate,
}

impl KeyFileProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        const PEM: &str = "Give PEM as it was written, one block after the other, with nothing around them: a public key as `tpm2_readpublic -f pem` writes it, or certificates.";
        const KEYS: &str = "Attestation needs an RSA key, or an ECC key on P-256, P-384 or P-521.";
        match self {
            Self::PemBegin(_) => Meaning::malformed("pem-begin", PEM),
            Self::PemLine => Meaning::malformed("pem-line", PEM),
            Self::PemEnd(_) => Meaning::malformed("pem-end", PEM),
            Self::AlgorithmUnsupported => {
                Meaning::unsupported(Check::KeyType, "key-algorithm-unsupported", KEYS)
            }
            Self::CurveUnsupported => {
                Meaning::unsupported(Check::KeyStrength, "key-curve-unsupported", KEYS)
            }
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
            Self::PemLine => f.write_str(
                "expected base64 in lines of 64 characters, the last of which may be shorter",
            ),
            Self::PemEnd(line) => write!(f, "expected {line} and nothing after it"),
            Self::AlgorithmUnsupported => {
                f.write_str("the key is neither RSA (rsaEncryption) nor ECC (id-ecPublicKey)")
            }
            Self::CurveUnsupported => f.write_str("the curve of the key is not supported"),
            Self::PointCompressed => {
                f.write_str("the point of the key is compressed, which is not supported")
            }
            Self::Coordinate => {
                f.write_str("a coordinate of the key is longer than those of its curve")
            }
        }
    }
}
