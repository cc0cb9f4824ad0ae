//! Keys that sign files.

#[cfg(feature = "certificate")]
use super::any::KeyStructure;
use super::any::{Found, Key, KeyForm, find, of_binary};
#[cfg(feature = "certificate")]
use crate::verify::{Part, X509Certificate};
use crate::{
    log::ImaKey,
    verify::{Error, PlainKey, error::KeyProblem},
};

/// Reads a key that signs files, in any form that [`read_key`](super::read_key) reads, and tells
/// which it was. Of a certificate, **nothing is verified**; signatures may name its key by its
/// `subjectKeyIdentifier`.
///
/// What is decoded of a text is written to `buffer`, for which the length of the file is always
/// enough.
///
/// ```
/// use tpm_quote::evidence::read_ima_key;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let file = std::fs::read("tests/data/ima/08-ima-sig/ima-ec.der")?; // from your own records
/// let mut buffer = vec![0; file.len()];
/// let (form, key) = read_ima_key(&file, &mut buffer)?;
/// assert_eq!((form.to_string(), key.id()), ("certificate in DER".to_owned(), [0xf0, 0x0a, 0x31, 8]));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The bytes are no public key in a form that is supported, the key is weak or of a kind that is
/// not supported, or the buffer is too small.
pub fn read_ima_key<'a>(
    bytes: &'a [u8],
    buffer: &'a mut [u8],
) -> Result<(KeyForm, ImaKey<'a>), Error> {
    let (form, key) = match find(bytes, buffer)? {
        #[cfg(feature = "certificate")]
        Found::Bytes(form, der) if form.structure == KeyStructure::Certificate => {
            let certificate = X509Certificate::from_der(der)
                .map_err(|error| Error::structure(Part::Certificate, error))?;
            return Ok((form, ImaKey::of_certificate(&certificate)?));
        }
        Found::Key(form, key) => (form, Key::Plain(key)),
        Found::Bytes(form, bytes) => of_binary(form, bytes)?,
    };
    let key = match key {
        Key::Plain(key) => key,
        Key::Public(public) => {
            let area = public.value();
            PlainKey::of_public(area).ok_or(KeyProblem::Type {
                found: area.key.selector(),
            })?
        }
    };
    Ok((form, ImaKey::new(&key)?))
}
