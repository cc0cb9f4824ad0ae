//! The key in a `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7) or in an `RSAPublicKey` (RFC 8017,
//! A.1.1), in DER.

use super::{
    plain::{PlainKey, UNCOMPRESSED},
    spki_ids::{CURVES, EC_PUBLIC_KEY, RSA_ENCRYPTION},
};
use crate::{
    error::{Place, Reason, UnmarshalError},
    wire::{
        Reader,
        der::{BIT_STRING, NULL, OBJECT_IDENTIFIER, SEQUENCE, element, end, unsigned},
    },
};

#[cfg(feature = "keys")]
use crate::verify::error::{Error, KeyFileProblem, Part, Problem};

/// `id-RSAES-OAEP`, 1.2.840.113549.1.1.7.
#[cfg(feature = "certificate")]
const RSAES_OAEP: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x07];

const fn place(field: &'static str) -> Place {
    Place {
        structure: "SubjectPublicKeyInfo",
        field,
    }
}

const WHOLE: &Place = &place("");
const ALGORITHM: &Place = &place("algorithm");
const PARAMETERS: &Place = &place("algorithm.parameters");
const KEY: &Place = &place("subjectPublicKey");

/// Where the numbers of an RSA key stand.
struct RsaPlaces {
    whole: &'static Place,
    modulus: &'static Place,
    exponent: &'static Place,
}

const IN_SPKI: RsaPlaces = RsaPlaces {
    whole: KEY,
    modulus: &place("subjectPublicKey.modulus"),
    exponent: &place("subjectPublicKey.publicExponent"),
};

#[cfg(feature = "keys")]
const ALONE: RsaPlaces = {
    const fn place(field: &'static str) -> Place {
        Place {
            structure: "RSAPublicKey",
            field,
        }
    }
    RsaPlaces {
        whole: &place(""),
        modulus: &place("modulus"),
        exponent: &place("publicExponent"),
    }
};

/// Why there is no key in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpkiProblem {
    /// It is not such a structure.
    Der(UnmarshalError),
    /// The key is neither RSA (`rsaEncryption`) nor ECC (`id-ecPublicKey`).
    Algorithm,
    /// The curve is not known here.
    Curve,
    /// The curve is not named but written out.
    CurveNotNamed,
    /// A point of which not both coordinates are there.
    PointForm,
}

#[cfg(feature = "keys")]
impl SpkiProblem {
    /// As an error of this part.
    pub(crate) fn in_part(self, part: Part) -> Error {
        let problem = match self {
            Self::Der(error) => return Error::structure(part, error),
            Self::Algorithm => KeyFileProblem::AlgorithmUnsupported,
            Self::Curve => KeyFileProblem::CurveUnsupported,
            Self::CurveNotNamed => KeyFileProblem::CurveNotNamed,
            Self::PointForm => KeyFileProblem::PointCompressed,
        };
        Error::new(part, Problem::KeyFile(problem))
    }
}

impl From<UnmarshalError> for SpkiProblem {
    fn from(error: UnmarshalError) -> Self {
        Self::Der(error)
    }
}

impl<'a> PlainKey<'a> {
    /// The key in these bytes.
    #[cfg(feature = "keys")]
    pub(crate) fn of_spki(der: &'a [u8]) -> Result<Self, SpkiProblem> {
        let mut r = Reader::new(der);
        let info = element(&mut r, SEQUENCE, WHOLE)?;
        end(r, WHOLE)?;
        Self::of_spki_contents(info)
    }

    /// The key in an `RSAPublicKey`.
    #[cfg(feature = "keys")]
    pub(crate) fn of_rsa_public_key(der: &'a [u8]) -> Result<Self, SpkiProblem> {
        read_rsa(Reader::new(der), &ALONE)
    }

    /// The same, of what is inside the outermost element.
    pub(crate) fn of_spki_contents(info: Reader<'a>) -> Result<Self, SpkiProblem> {
        let (algorithm, key) = parts(info)?;
        Self::of_algorithm(algorithm, key)
    }

    /// The same of a key that encrypts: an RSA key may say that it is for OAEP alone.
    #[cfg(feature = "certificate")]
    pub(crate) fn of_encryption_spki(info: Reader<'a>) -> Result<Self, SpkiProblem> {
        let (algorithm, key) = parts(info)?;
        let mut at = algorithm;
        match element(&mut at, OBJECT_IDENTIFIER, ALGORITHM)?.rest() {
            RSAES_OAEP => read_rsa(key, &IN_SPKI),
            _ => Self::of_algorithm(algorithm, key),
        }
    }

    /// The same, of what is inside the algorithm and inside the bit string.
    fn of_algorithm(mut algorithm: Reader<'_>, key: Reader<'a>) -> Result<Self, SpkiProblem> {
        let id = element(&mut algorithm, OBJECT_IDENTIFIER, ALGORITHM)?;
        match id.rest() {
            RSA_ENCRYPTION => {
                // RFC 4055, 1.2, wants NULL here, and some leave it out.
                if !algorithm.rest().is_empty() {
                    let nothing = element(&mut algorithm, NULL, PARAMETERS)?;
                    end(nothing, PARAMETERS)?;
                }
                end(algorithm, ALGORITHM)?;
                read_rsa(key, &IN_SPKI)
            }
            EC_PUBLIC_KEY if algorithm.rest().first() == Some(&SEQUENCE) => {
                Err(SpkiProblem::CurveNotNamed)
            }
            EC_PUBLIC_KEY => {
                let curve = element(&mut algorithm, OBJECT_IDENTIFIER, PARAMETERS)?;
                end(algorithm, ALGORITHM)?;
                read_point(curve.rest(), key)
            }
            _ => Err(SpkiProblem::Algorithm),
        }
    }
}

/// What is inside the algorithm, and inside the bit string.
fn parts<'a>(mut info: Reader<'a>) -> Result<(Reader<'a>, Reader<'a>), UnmarshalError> {
    let algorithm = element(&mut info, SEQUENCE, ALGORITHM)?;
    let mut key = element(&mut info, BIT_STRING, KEY)?;
    end(info, WHOLE)?;
    let at = key;
    // Bits of the last byte that are not used: keys are whole bytes.
    if key.field::<u8>(KEY)? != 0 {
        return Err(at.error(Reason::WrongConstant).in_place(KEY));
    }
    Ok((algorithm, key))
}

/// RFC 8017, A.1.1.
fn read_rsa<'a>(
    mut key: Reader<'a>,
    places: &'static RsaPlaces,
) -> Result<PlainKey<'a>, SpkiProblem> {
    let mut numbers = element(&mut key, SEQUENCE, places.whole)?;
    end(key, places.whole)?;
    let modulus = unsigned(&mut numbers, places.modulus)?;
    let at = numbers;
    let digits = unsigned(&mut numbers, places.exponent)?;
    end(numbers, places.whole)?;
    let reason = match digits.len() {
        0..=4 => {
            let exponent = digits.iter().fold(0, |n, &byte| n << 8 | u32::from(byte));
            if exponent != 0 {
                return Ok(PlainKey::Rsa { modulus, exponent });
            }
            // It would stand for 65537.
            Reason::WrongConstant
        }
        size => Reason::SizeOutOfRange {
            size: u16::try_from(size).unwrap_or(u16::MAX),
        },
    };
    Err(at.error(reason).in_place(places.exponent).into())
}

/// SEC 1, 2.3.4.
fn read_point<'a>(curve: &[u8], mut key: Reader<'a>) -> Result<PlainKey<'a>, SpkiProblem> {
    let known = CURVES.iter().find(|(_, _, id)| *id == curve);
    let &(curve, size, _) = known.ok_or(SpkiProblem::Curve)?;
    let at = key;
    match key.field::<u8>(KEY)? {
        UNCOMPRESSED => {}
        2 | 3 => return Err(SpkiProblem::PointForm),
        _ => return Err(at.error(Reason::WrongConstant).in_place(KEY).into()),
    }
    let x = key.bytes(size).map_err(|error| error.in_place(KEY))?;
    let y = key.bytes(size).map_err(|error| error.in_place(KEY))?;
    end(key, KEY)?;
    Ok(PlainKey::Ecc { curve, x, y })
}
