//! Texts of settings as bytes.

use alloc::{
    string::{String, ToString},
    vec,
    vec::Vec,
};

use tpm_quote::{Error, wire::Hex};

/// Decodes hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let mut room = vec![0; text.len().div_ceil(2)];
    match Hex::decode(text, &mut room) {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(problem) => Err(Error::from(problem).to_string()),
    }
}
