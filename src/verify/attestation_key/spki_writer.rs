//! Writes a key as `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7), in DER.

use super::{
    plain::{PlainKey, UNCOMPRESSED, without_zeros},
    spki_ids::{CURVES, EC_PUBLIC_KEY, RSA_ENCRYPTION},
};
use crate::{
    error::MarshalError,
    wire::{
        Marshal, Sink, SliceSink,
        der::{BIT_STRING, INTEGER, NULL, OBJECT_IDENTIFIER, SEQUENCE},
    },
};

/// Why a key cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpkiUnwritable {
    /// The sink cannot take it.
    Full(MarshalError),
    /// The curve has no object identifier.
    Curve,
    /// A coordinate is longer than those of its curve.
    Coordinate,
}

impl From<MarshalError> for SpkiUnwritable {
    fn from(error: MarshalError) -> Self {
        Self::Full(error)
    }
}

impl PlainKey<'_> {
    /// Writes the whole structure.
    pub(crate) fn write_spki<S: Sink>(&self, to: &mut S) -> Result<(), SpkiUnwritable> {
        match *self {
            Self::Rsa { modulus, exponent } => {
                let numbers = RsaNumbers::new(modulus, exponent);
                begin(to, RSA_ENCRYPTION, &[NULL, 0], sized(numbers.len()))?;
            }
            Self::Ecc { curve, .. } => {
                let known = CURVES.iter().find(|(known, _, _)| *known == curve);
                let &(_, size, id) = known.ok_or(SpkiUnwritable::Curve)?;
                let mut parameters = [0; 10];
                let mut named = SliceSink::new(&mut parameters);
                header(&mut named, OBJECT_IDENTIFIER, id.len())?;
                named.write(id)?;
                let parameters = named.into_written();
                let key = size.saturating_mul(2).saturating_add(1);
                begin(to, EC_PUBLIC_KEY, parameters, key)?;
            }
        }
        self.write_spki_key(to)
    }

    /// Writes what is inside the bit string: an `RSAPublicKey`, or a point.
    pub(crate) fn write_spki_key<S: Sink>(&self, to: &mut S) -> Result<(), SpkiUnwritable> {
        match *self {
            Self::Rsa { modulus, exponent } => RsaNumbers::new(modulus, exponent).write(to)?,
            Self::Ecc { curve, x, y } => {
                let known = CURVES.iter().find(|(known, _, _)| *known == curve);
                let &(_, size, _) = known.ok_or(SpkiUnwritable::Curve)?;
                UNCOMPRESSED.marshal(to)?;
                for coordinate in [x, y] {
                    let digits = without_zeros(coordinate);
                    let missing = size.checked_sub(digits.len());
                    for _ in 0..missing.ok_or(SpkiUnwritable::Coordinate)? {
                        to.write(&[0])?;
                    }
                    to.write(digits)?;
                }
            }
        }
        Ok(())
    }
}

/// The numbers of an RSA key.
struct RsaNumbers<'a> {
    modulus: &'a [u8],
    exponent: [u8; 4],
}

impl<'a> RsaNumbers<'a> {
    fn new(modulus: &'a [u8], exponent: u32) -> Self {
        let exponent = match exponent {
            0 => 65537_u32,
            exponent => exponent,
        };
        let exponent = exponent.to_be_bytes();
        Self { modulus, exponent }
    }

    fn numbers(&self) -> [Number<'_>; 2] {
        [self.modulus, &self.exponent].map(Number::new)
    }

    fn len(&self) -> usize {
        let [modulus, exponent] = self.numbers();
        sized(modulus.len()).saturating_add(sized(exponent.len()))
    }

    fn write<S: Sink>(&self, to: &mut S) -> Result<(), MarshalError> {
        header(to, SEQUENCE, self.len())?;
        let [modulus, exponent] = self.numbers();
        modulus.write(to)?;
        exponent.write(to)
    }
}

/// Writes all that precedes a key of this length.
fn begin<S: Sink>(
    to: &mut S,
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
fn header<S: Sink>(to: &mut S, tag: u8, len: usize) -> Result<(), MarshalError> {
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

/// A number as DER writes it: without leading zeros, except for one that keeps it from being
/// negative.
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

    fn write<S: Sink>(&self, to: &mut S) -> Result<(), MarshalError> {
        header(to, INTEGER, self.len())?;
        to.write(self.sign)?;
        to.write(self.digits)
    }
}
