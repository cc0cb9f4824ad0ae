//! A public key in whichever form it was written.

use core::fmt;

use base64ct::Base64;

use super::{
    der::{read_rsa_public_key, read_spki},
    jwk_set::{JsonKey, read_json},
};
#[cfg(feature = "certificate")]
use crate::verify::X509Certificate;
use crate::{
    evidence::{
        base64::{Decoder, PART, PART_BYTES},
        begins::like_public,
        pem::{self, Block},
    },
    types::Tpm2bPublic,
    verify::{
        PlainKey,
        error::{Error, KeyFileProblem, Part, Problem},
    },
    wire::{
        Unmarshal,
        der::{INTEGER, SEQUENCE},
    },
};

/// A public key: with its public area, or by its numbers alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// With its public area: attributes, scheme and Name.
    Public(Tpm2bPublic<'a>),
    /// By its numbers alone.
    Plain(PlainKey<'a>),
}

impl<'a> Key<'a> {
    /// Returns the public area.
    ///
    /// # Errors
    /// The key is known by its numbers alone.
    pub fn public_area(self) -> Result<Tpm2bPublic<'a>, Error> {
        match self {
            Self::Public(public) => Ok(public),
            Self::Plain(_) => Err(Error::new(
                Part::KeyFile,
                Problem::KeyFile(KeyFileProblem::NoPublicArea),
            )),
        }
    }
}

/// The structure that a key was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyStructure {
    /// A `TPM2B_PUBLIC`.
    Tpm2bPublic,
    /// A `TPMT_PUBLIC`.
    TpmtPublic,
    /// A `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7).
    SubjectPublicKeyInfo,
    /// An `RSAPublicKey` (PKCS #1).
    RsaPublicKey,
    /// A certificate, of which nothing was verified.
    Certificate,
    /// A JSON Web Key.
    Jwk,
    /// A set of JSON Web Keys.
    JwkSet,
}

/// How the structure was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyEncoding {
    /// As it is.
    Plain,
    /// In PEM.
    Pem,
    /// In base64.
    Base64,
    /// In base64, in the JSON of `aws ec2 get-instance-tpm-ek-pub`.
    Base64InJson,
}

/// The form that a key was read from. Its text is, for example, `PEM`, `TPMT_PUBLIC in base64`
/// or `JSON Web Key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyForm {
    /// The structure.
    pub structure: KeyStructure,
    /// How it was written.
    pub encoding: KeyEncoding,
}

/// Reads a public key in any form, and tells which it was:
///
/// - a `TPM2B_PUBLIC` or a `TPMT_PUBLIC`;
/// - a `SubjectPublicKeyInfo`, or the `RSAPublicKey` of PKCS #1, in DER or PEM;
/// - with the feature `certificate`, an X.509 certificate in DER or PEM, of which **nothing is
///   verified**: only its key is read. Of several in PEM it is the first;
/// - a JSON Web Key; a set of them with one RSA or EC key that is not for encryption
///   (`"use": "enc"`), or with one whose `kid` is `HCLAkPub`, as in the claims of Azure's
///   virtual TPM;
/// - any of the binary ones in base64, also as `KeyValue` in JSON, as `aws ec2
///   get-instance-tpm-ek-pub` prints it.
///
/// The form is told by how the file begins; none is tried after another. What is decoded of a
/// text is written to `buffer`, for which the length of the file is always enough.
///
/// ```
/// use tpm_quote::evidence::{Key, KeyStructure, read_key};
///
/// let jwk = br#"{"kty":"EC", "crv":"P-256",
///     "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
///     "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;
/// let mut buffer = [0; 200];
/// let (form, key) = read_key(jwk, &mut buffer)?;
/// assert_eq!(form.structure, KeyStructure::Jwk);
/// assert!(matches!(key, Key::Plain(_)));
/// # Ok::<(), tpm_quote::Error>(())
/// ```
///
/// The strength of the key is not judged here.
///
/// # Errors
/// The bytes are no public key in a form that is supported, or the buffer is too small.
pub fn read_key<'a>(bytes: &'a [u8], buffer: &'a mut [u8]) -> Result<(KeyForm, Key<'a>), Error> {
    match find(bytes, buffer)? {
        Found::Key(form, key) => Ok((form, Key::Plain(key))),
        Found::Bytes(form, bytes) => of_binary(form, bytes),
    }
}

/// A key as it stands in a file.
pub(super) enum Found<'a> {
    /// By its numbers, which stood in JSON.
    Key(KeyForm, PlainKey<'a>),
    /// In a structure.
    Bytes(KeyForm, &'a [u8]),
}

/// Finds the only key, by how the file begins.
pub(super) fn find<'a>(bytes: &'a [u8], buffer: &'a mut [u8]) -> Result<Found<'a>, Error> {
    let found = |structure, encoding, bytes| {
        let form = KeyForm {
            structure,
            encoding,
        };
        Ok(Found::Bytes(form, bytes))
    };
    if let Some(structure) = binary(bytes) {
        return found(structure, KeyEncoding::Plain, bytes);
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = text.trim_ascii_start();
    if text.starts_with(b"{") {
        let plain = |structure, key| {
            let encoding = KeyEncoding::Plain;
            let form = KeyForm {
                structure,
                encoding,
            };
            Ok(Found::Key(form, key))
        };
        return match read_json(bytes, buffer)? {
            JsonKey::Single(key) => plain(KeyStructure::Jwk, key),
            JsonKey::OfSet(key) => plain(KeyStructure::JwkSet, key),
            JsonKey::Bytes(bytes) => {
                let structure = binary(bytes).ok_or(not_base64())?;
                found(structure, KeyEncoding::Base64InJson, bytes)
            }
        };
    }
    if pem::is_pem(bytes) {
        let Block { label, der } = pem::ANY_KEY.only(bytes, buffer)?;
        let structure = match label {
            pem::PUBLIC_KEY => KeyStructure::SubjectPublicKeyInfo,
            pem::RSA_PUBLIC_KEY => KeyStructure::RsaPublicKey,
            _ => KeyStructure::Certificate,
        };
        return found(structure, KeyEncoding::Pem, der);
    }
    if text.first().is_some_and(|byte| is_base64(*byte)) && text.iter().all(|&byte| is_text(byte)) {
        let bytes = decoded(bytes, buffer)?;
        let structure = binary(bytes).ok_or(not_base64())?;
        return found(structure, KeyEncoding::Base64, bytes);
    }
    found(KeyStructure::Tpm2bPublic, KeyEncoding::Plain, bytes)
}

/// Which structure begins with these bytes.
fn binary(bytes: &[u8]) -> Option<KeyStructure> {
    if bytes.get(2..).is_some_and(like_public) {
        return Some(KeyStructure::Tpm2bPublic);
    }
    if like_public(bytes) {
        return Some(KeyStructure::TpmtPublic);
    }
    if bytes.first() != Some(&SEQUENCE) {
        return None;
    }
    Some(match inside(bytes) {
        Some([INTEGER, ..]) => KeyStructure::RsaPublicKey,
        Some(first) => match inside(first) {
            // The version of a certificate, or its serial number.
            Some([0xa0 | INTEGER, ..]) => KeyStructure::Certificate,
            _ => KeyStructure::SubjectPublicKeyInfo,
        },
        None => KeyStructure::SubjectPublicKeyInfo,
    })
}

/// What is inside a SEQUENCE, whatever its length says.
fn inside(der: &[u8]) -> Option<&[u8]> {
    match der {
        [SEQUENCE, 0x82, _, _, inside @ ..]
        | [SEQUENCE, 0x81, _, inside @ ..]
        | [SEQUENCE, 0..=0x7f, inside @ ..] => Some(inside),
        _ => None,
    }
}

/// The key in a structure.
pub(super) fn of_binary(form: KeyForm, bytes: &[u8]) -> Result<(KeyForm, Key<'_>), Error> {
    let public = |error| Error::structure(Part::Key, error);
    let key = match form.structure {
        KeyStructure::Tpm2bPublic => Key::Public(Tpm2bPublic::from_bytes(bytes).map_err(public)?),
        KeyStructure::TpmtPublic => Key::Public(Tpm2bPublic::from_unsized(bytes).map_err(public)?),
        KeyStructure::RsaPublicKey if is_private(bytes) => {
            return Err(Error::new(
                Part::KeyFile,
                Problem::KeyFile(KeyFileProblem::PrivateKey),
            ));
        }
        KeyStructure::RsaPublicKey => Key::Plain(read_rsa_public_key(bytes)?),
        #[cfg(feature = "certificate")]
        KeyStructure::Certificate => Key::Plain(of_certificate(bytes)?),
        _ => Key::Plain(read_spki(bytes)?),
    };
    Ok((form, key))
}

#[cfg(feature = "certificate")]
fn of_certificate(der: &[u8]) -> Result<PlainKey<'_>, Error> {
    let certificate = X509Certificate::from_der(der);
    let certificate = certificate.map_err(|error| Error::structure(Part::Certificate, error))?;
    let key = certificate.key();
    key.map_err(|problem| problem.in_part(Part::Certificate))
}

/// Whether a structure that begins with a number begins with a version, as a private key
/// does (RFC 8017, A.1.2; RFC 5915; RFC 5958).
fn is_private(der: &[u8]) -> bool {
    matches!(inside(der), Some([INTEGER, 1, 0 | 1, ..]))
}

fn not_base64() -> Error {
    Error::new(Part::KeyFile, Problem::KeyFile(KeyFileProblem::Base64))
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

const fn is_text(byte: u8) -> bool {
    is_base64(byte) || byte.is_ascii_whitespace()
}

/// The bytes that are written in base64, in lines of any length.
fn decoded<'r>(text: &[u8], room: &'r mut [u8]) -> Result<&'r [u8], Error> {
    let mut written = 0_usize;
    let mut decoder = Decoder::new();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut chars = text.iter().filter(|byte| !byte.is_ascii_whitespace());
    loop {
        let mut part = [0; PART];
        let mut len = 0_usize;
        for (to, from) in part.iter_mut().zip(&mut chars) {
            *to = *from;
            len = len.saturating_add(1);
        }
        if len == 0 {
            return Ok(room.get(..written).unwrap_or_default());
        }
        let mut bytes = [0; PART_BYTES];
        let part = part.get(..len).unwrap_or_default();
        let bytes = decoder.part::<Base64>(part, &mut bytes);
        let bytes = bytes.map_err(|_| not_base64())?;
        let end = written.saturating_add(bytes.len());
        let space = room.get_mut(written..end);
        let space = space.ok_or(Error::new(Part::KeyFile, Problem::BufferTooSmall))?;
        for (to, from) in space.iter_mut().zip(bytes) {
            *to = *from;
        }
        written = end;
    }
}

impl fmt::Display for KeyStructure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tpm2bPublic => "TPM2B_PUBLIC",
            Self::TpmtPublic => "TPMT_PUBLIC",
            Self::SubjectPublicKeyInfo => "SubjectPublicKeyInfo",
            Self::RsaPublicKey => "RSAPublicKey (PKCS #1)",
            Self::Certificate => "certificate",
            Self::Jwk => "JSON Web Key",
            Self::JwkSet => "set of JSON Web Keys",
        })
    }
}

impl fmt::Display for KeyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let structure = self.structure;
        match (self.encoding, structure) {
            (KeyEncoding::Pem, KeyStructure::SubjectPublicKeyInfo) => f.write_str("PEM"),
            (KeyEncoding::Plain, KeyStructure::SubjectPublicKeyInfo) => f.write_str("DER"),
            (KeyEncoding::Plain, KeyStructure::RsaPublicKey | KeyStructure::Certificate) => {
                write!(f, "{structure} in DER")
            }
            (KeyEncoding::Plain, _) => structure.fmt(f),
            (KeyEncoding::Pem, _) => write!(f, "{structure} in PEM"),
            (KeyEncoding::Base64, _) => write!(f, "{structure} in base64"),
            (KeyEncoding::Base64InJson, _) => write!(f, "{structure} in base64 in JSON"),
        }
    }
}
