//! Public keys as `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7), in DER and in PEM
//! (RFC 7468): what `tpm2_readpublic -f der` and `-f pem` write.
//!
//! Such a key has no attributes, no scheme and no Name. A key that came with the message goes
//! to [`AttestationKey::self_asserted_key`]; with a key from your own records,
//! [`AttestationKey::pinned_key`] compares it.
//!
//! ```
//! use tpm_quote::{
//!     AttestationKey, TpmAlgId,
//!     evidence::{read_pem, read_spki},
//!     verify::{PlainKey, SigningScheme},
//! };
//!
//! # fn f(sent: &PlainKey<'_>, known_pem: &[u8]) -> Result<(), tpm_quote::Error> {
//! let mut buffer = [0; 600];
//! let known = read_spki(read_pem(known_pem, &mut buffer)?)?; // from your own records
//! let scheme = SigningScheme::ecdsa(TpmAlgId::SHA256);
//! let key = AttestationKey::pinned_key(sent, scheme, &[known])?;
//! assert_eq!(key.trust().name(), "pinned-key");
//! # Ok(())
//! # }
//! ```
//!
//! [`AttestationKey::self_asserted_key`]: crate::AttestationKey::self_asserted_key
//! [`AttestationKey::pinned_key`]: crate::AttestationKey::pinned_key

use super::super::pem;
use crate::{
    error::MarshalError,
    verify::{
        CURVES, EC_PUBLIC_KEY, PlainKey, RSA_ENCRYPTION, UNCOMPRESSED,
        error::{Error, KeyFileProblem, Part, Problem},
        without_zeros,
    },
    wire::{
        Marshal, Sink, SliceSink,
        der::{BIT_STRING, INTEGER, NULL, OBJECT_IDENTIFIER, SEQUENCE},
    },
};

/// Writing fails for want of space alone.
fn full(_: MarshalError) -> Error {
    Error::new(Part::KeyFile, Problem::BufferTooSmall)
}

fn refused(problem: KeyFileProblem) -> Error {
    Error::new(Part::KeyFile, Problem::KeyFile(problem))
}

/// Reads a key from a `SubjectPublicKeyInfo` in DER. Its strength is not judged here, not
/// even whether a point is on its curve.
///
/// # Errors
/// The bytes are not such a key, or its kind is not supported.
pub fn read_spki(der: &[u8]) -> Result<PlainKey<'_>, Error> {
    PlainKey::of_spki(der).map_err(|problem| problem.in_part(Part::KeyFile))
}

/// Reads a key from an `RSAPublicKey` in DER (PKCS #1; RFC 8017, A.1.1). Its strength is not
/// judged here.
///
/// # Errors
/// The bytes are not such a key.
pub fn read_rsa_public_key(der: &[u8]) -> Result<PlainKey<'_>, Error> {
    PlainKey::of_rsa_public_key(der).map_err(|problem| problem.in_part(Part::KeyFile))
}

/// Writes a key as `SubjectPublicKeyInfo` in DER to the start of `buffer`, and returns what
/// was written. 600 bytes are always enough.
///
/// # Errors
/// The buffer is too small, or the curve has no object identifier.
pub fn write_spki<'r>(key: &PlainKey<'_>, buffer: &'r mut [u8]) -> Result<&'r [u8], Error> {
    let mut to = SliceSink::new(buffer);
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
            begin(&mut to, RSA_ENCRYPTION, &[NULL, 0], key).map_err(full)?;
            header(&mut to, SEQUENCE, numbers).map_err(full)?;
            modulus.write(&mut to).map_err(full)?;
            exponent.write(&mut to).map_err(full)?;
        }
        PlainKey::Ecc { curve, x, y } => {
            let known = CURVES.iter().find(|(known, _, _)| *known == curve);
            let &(_, size, id) = known.ok_or(refused(KeyFileProblem::CurveUnsupported))?;
            let mut parameters = [0; 10];
            let mut named = SliceSink::new(&mut parameters);
            header(&mut named, OBJECT_IDENTIFIER, id.len()).map_err(full)?;
            named.write(id).map_err(full)?;
            let parameters = named.into_written();
            let key = size.saturating_mul(2).saturating_add(1);
            begin(&mut to, EC_PUBLIC_KEY, parameters, key).map_err(full)?;
            UNCOMPRESSED.marshal(&mut to).map_err(full)?;
            for coordinate in [x, y] {
                let digits = without_zeros(coordinate);
                let missing = size.checked_sub(digits.len());
                for _ in 0..missing.ok_or(refused(KeyFileProblem::Coordinate))? {
                    to.write(&[0]).map_err(full)?;
                }
                to.write(digits).map_err(full)?;
            }
        }
    }
    Ok(to.into_written())
}

/// Writes all that precedes a key of this length.
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

    fn write(&self, to: &mut SliceSink<'_>) -> Result<(), MarshalError> {
        header(to, INTEGER, self.len())?;
        to.write(self.sign)?;
        to.write(self.digits)
    }
}

/// Reads the DER of the only `PUBLIC KEY` in a PEM text, and writes it to the start of
/// `buffer`. 600 bytes are enough for any supported key.
///
/// Text around the block, a byte order mark, blank lines, lines of any length and blocks of
/// other kinds are passed over.
///
/// # Errors
/// There is no such block or more than one, its base64 is malformed, a block does not end as
/// it began, or the buffer is too small.
pub fn read_pem<'r>(text: &[u8], buffer: &'r mut [u8]) -> Result<&'r [u8], Error> {
    pem::read_public_key(text, buffer)
}

/// Writes DER as a PEM file to the start of `buffer`, and returns what was written. 900 bytes
/// are enough for any key that [`write_spki`] writes.
///
/// # Errors
/// The buffer is too small.
pub fn write_pem<'r>(der: &[u8], buffer: &'r mut [u8]) -> Result<&'r str, Error> {
    pem::write_public_key(der, buffer).map_err(full)
}
