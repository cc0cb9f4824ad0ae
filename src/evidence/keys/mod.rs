//! Public keys in every form: with a public area or alone, in DER, PEM, JSON and base64.

mod any;
mod der;
#[cfg(feature = "ima")]
mod ima_key;
mod jwk;
mod jwk_set;

#[cfg(feature = "ima")]
pub use self::ima_key::read_ima_key;
#[cfg(feature = "projects")]
pub(super) use self::jwk::read_key as read_jwk_value;
pub use self::{
    any::{Key, KeyEncoding, KeyForm, KeyStructure, read_key},
    der::{read_pem, read_rsa_public_key, read_spki, write_pem, write_spki},
    jwk::read_jwk,
};
