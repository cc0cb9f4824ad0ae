//! Public keys as `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7), in DER and in PEM
//! (RFC 7468): what `tpm2_readpublic -f der` and `-f pem` write.
//!
//! Such a key has no attributes, no scheme and no Name:
//! [`AttestationKey::pinned_key`] says what it is worth.
//!
//! ```
//! use tpm_quote::{
//!     AttestationKey, TpmAlgId,
//!     evidence::{read_pem, read_spki},
//!     verify::SigningScheme,
//! };
//!
//! # fn f(pem: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! let mut room = [0; 600];
//! let plain = read_spki(read_pem(pem, &mut room)?)?;
//! let scheme = SigningScheme { scheme: TpmAlgId::ECDSA, hash: TpmAlgId::SHA256 };
//! let key = AttestationKey::pinned_key(&plain, scheme)?;
//! assert_eq!(key.trust().name(), "pinned-key");
//! # Ok(())
//! # }
//! ```
//!
//! [`AttestationKey::pinned_key`]: crate::verify::AttestationKey::pinned_key

use core::{error::Error, fmt};

use super::pem::{self, PemError, PemProblem};
use crate::{
    error::{MarshalError, UnmarshalError},
    verify::{
        Check, PlainKey, Verdict,
        spki::{CURVES, EC_PUBLIC_KEY, RSA_ENCRYPTION, SpkiProblem, UNCOMPRESSED, without_zeros},
    },
    wire::{
        Marshal, Sink, SliceSink,
        der::{BIT_STRING, INTEGER, NULL, OBJECT_IDENTIFIER, SEQUENCE},
    },
};

/// Why there is no key in what was read, or none can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub enum SpkiError {
    /// It is not such a structure, in DER.
    Der(UnmarshalError),
    /// It is not such a PEM file.
    Pem {
        /// Where, in bytes from the start of the text.
        offset: usize,
        /// Why.
        problem: PemProblem,
    },
    /// The key is neither RSA (`rsaEncryption`) nor ECC (`id-ecPublicKey`).
    Algorithm,
    /// The curve is not known here.
    Curve,
    /// A point of which not both coordinates are there.
    PointForm,
    /// A coordinate is longer than its curve's.
    Coordinate,
    /// The room for the result is too small.
    Room,
}

impl SpkiError {
    /// The check that failed.
    #[must_use]
    pub fn check(&self) -> Check {
        match self {
            Self::Der(_) | Self::Pem { .. } | Self::Room => Check::Input,
            Self::Algorithm => Check::KeyType,
            Self::Curve | Self::PointForm | Self::Coordinate => Check::KeyStrength,
        }
    }

    /// What the error says about the key.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Der(_) | Self::Pem { .. } | Self::Room => Verdict::Malformed,
            Self::Algorithm | Self::Curve | Self::PointForm => Verdict::Unsupported,
            Self::Coordinate => Verdict::Rejected,
        }
    }

    /// One sentence of help.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Der(_) => "The key was cut, changed on its way, or written in another form.",
            Self::Pem { offset, problem } => pem::PUBLIC_KEY.error(*offset, *problem).help(),
            Self::Algorithm | Self::Curve => {
                "Attestation needs an RSA key, or an ECC key on P-256, P-384 or P-521."
            }
            Self::PointForm => "Write the point uncompressed.",
            Self::Coordinate => "The public point is not on its curve.",
            Self::Room => "Give more room: 600 bytes of DER and 900 of PEM are always enough.",
        }
    }
}

impl From<PemError> for SpkiError {
    fn from(error: PemError) -> Self {
        match error.problem() {
            PemProblem::Room => Self::Room,
            problem => Self::Pem {
                offset: error.offset(),
                problem,
            },
        }
    }
}

impl From<SpkiProblem> for SpkiError {
    fn from(problem: SpkiProblem) -> Self {
        match problem {
            SpkiProblem::Der(error) => Self::Der(error),
            SpkiProblem::Algorithm => Self::Algorithm,
            SpkiProblem::Curve => Self::Curve,
            SpkiProblem::PointForm => Self::PointForm,
        }
    }
}

/// Writing fails for want of room alone.
impl From<MarshalError> for SpkiError {
    fn from(_: MarshalError) -> Self {
        Self::Room
    }
}

impl fmt::Display for SpkiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Der(error) => error.fmt(f),
            Self::Pem { offset, problem } => pem::PUBLIC_KEY.error(*offset, *problem).fmt(f),
            Self::Algorithm => {
                f.write_str("the key is neither rsaEncryption nor id-ecPublicKey: not supported")
            }
            Self::Curve => f.write_str("the curve of the key is not supported"),
            Self::PointForm => f.write_str("the point of the key is compressed: not supported"),
            Self::Coordinate => f.write_str("a coordinate is longer than those of its curve"),
            Self::Room => f.write_str("the room for the result is too small"),
        }
    }
}

impl Error for SpkiError {}

/// The key in a `SubjectPublicKeyInfo` in DER. Whether it is fit for anything,
/// such as a point that is on its curve, is not judged here.
///
/// # Errors
/// It is none, or its kind is not known here.
pub fn read_spki(der: &[u8]) -> Result<PlainKey<'_>, SpkiError> {
    Ok(PlainKey::of_spki(der)?)
}

/// Writes a key as `SubjectPublicKeyInfo` in DER to the start of `room`, and
/// gives what was written. 600 bytes are always enough.
///
/// # Errors
/// The room is too small, or the curve has no object identifier.
pub fn write_spki<'r>(key: &PlainKey<'_>, room: &'r mut [u8]) -> Result<&'r [u8], SpkiError> {
    let mut to = SliceSink::new(room);
    match *key {
        PlainKey::Rsa { modulus, exponent } => {
            let exponent = match exponent {
                0 => 65537,
                exponent => exponent,
            };
            let exponent = exponent.to_be_bytes();
            let [modulus, exponent] = [modulus, &exponent].map(Number::new);
            let numbers = sized(modulus.len()).saturating_add(sized(exponent.len()));
            let key = sized(numbers);
            begin(&mut to, RSA_ENCRYPTION, &[NULL, 0], key)?;
            header(&mut to, SEQUENCE, numbers)?;
            modulus.write(&mut to)?;
            exponent.write(&mut to)?;
        }
        PlainKey::Ecc { curve, x, y } => {
            let known = CURVES.iter().find(|(known, _, _)| *known == curve);
            let &(_, size, id) = known.ok_or(SpkiError::Curve)?;
            let mut parameters = [0; 10];
            let mut named = SliceSink::new(&mut parameters);
            header(&mut named, OBJECT_IDENTIFIER, id.len())?;
            named.write(id)?;
            let parameters = named.into_written();
            let key = size.saturating_mul(2).saturating_add(1);
            begin(&mut to, EC_PUBLIC_KEY, parameters, key)?;
            UNCOMPRESSED.marshal(&mut to)?;
            for coordinate in [x, y] {
                let digits = without_zeros(coordinate);
                let missing = size.checked_sub(digits.len());
                for _ in 0..missing.ok_or(SpkiError::Coordinate)? {
                    to.write(&[0])?;
                }
                to.write(digits)?;
            }
        }
    }
    Ok(to.into_written())
}

/// All that stands in front of a key of this length.
fn begin(
    to: &mut SliceSink<'_>,
    id: &[u8],
    parameters: &[u8],
    key: usize,
) -> Result<(), MarshalError> {
    let algorithm = sized(id.len()).saturating_add(parameters.len());
    let bits = key.saturating_add(1);
    header(to, SEQUENCE, sized(algorithm).saturating_add(sized(bits)))?;
    header(to, SEQUENCE, algorithm)?;
    header(to, OBJECT_IDENTIFIER, id.len())?;
    to.write(id)?;
    to.write(parameters)?;
    header(to, BIT_STRING, bits)?;
    to.write(&[0])
}

/// The length of an element with contents of this length.
fn sized(len: usize) -> usize {
    len.saturating_add(match len {
        0..=0x7f => 2,
        0x80..=0xff => 3,
        _ => 4,
    })
}

/// A tag and a length, of which the largest that is needed fits into two bytes.
fn header(to: &mut SliceSink<'_>, tag: u8, len: usize) -> Result<(), MarshalError> {
    tag.marshal(to)?;
    match (u8::try_from(len), u16::try_from(len)) {
        (Ok(len @ 0..=0x7f), _) => len.marshal(to),
        (Ok(len), _) => to.write(&[0x81, len]),
        (_, len) => {
            0x82_u8.marshal(to)?;
            len.unwrap_or(u16::MAX).marshal(to)
        }
    }
}

/// A number as DER writes it: without leading zeros, but for one that keeps the
/// sign away.
struct Number<'a> {
    sign: &'static [u8],
    digits: &'a [u8],
}

impl<'a> Number<'a> {
    fn new(digits: &'a [u8]) -> Self {
        let digits = without_zeros(digits);
        let sign: &[u8] = match digits {
            [] | [0x80..=0xff, ..] => &[0],
            _ => &[],
        };
        Self { sign, digits }
    }

    fn len(&self) -> usize {
        self.sign.len().saturating_add(self.digits.len())
    }

    fn write(&self, to: &mut SliceSink<'_>) -> Result<(), MarshalError> {
        header(to, INTEGER, self.len())?;
        to.write(self.sign)?;
        to.write(self.digits)
    }
}

/// The DER in a PEM file, written to the start of `room`: a `PUBLIC KEY` and
/// nothing around it. 600 bytes are enough for any key that is supported.
///
/// # Errors
/// It is none, or the room is too small.
pub fn read_pem<'r>(text: &[u8], room: &'r mut [u8]) -> Result<&'r [u8], SpkiError> {
    Ok(pem::PUBLIC_KEY.only(text, room)?)
}

/// Writes DER as a PEM file to the start of `room`, and gives what was written.
/// 900 bytes are enough for any key that [`write_spki`] writes.
///
/// # Errors
/// The room is too small.
pub fn write_pem<'r>(der: &[u8], room: &'r mut [u8]) -> Result<&'r str, SpkiError> {
    Ok(pem::PUBLIC_KEY.write(der, room)?)
}
