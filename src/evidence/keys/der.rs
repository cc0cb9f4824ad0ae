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
        PlainKey, SpkiUnwritable,
        error::{Error, KeyFileProblem, Part, Problem},
    },
    wire::SliceSink,
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
    key.write_spki(&mut to).map_err(|problem| match problem {
        SpkiUnwritable::Full(error) => full(error),
        SpkiUnwritable::Curve => refused(KeyFileProblem::CurveUnsupported),
        SpkiUnwritable::Coordinate => refused(KeyFileProblem::Coordinate),
    })?;
    Ok(to.into_written())
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
