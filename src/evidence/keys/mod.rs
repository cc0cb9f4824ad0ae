//! Public keys alone, without a public area: DER, PEM, JWK.

mod der;
mod jwk;

#[cfg(feature = "projects")]
pub(super) use self::jwk::read_key;
pub use self::{
    der::{read_pem, read_spki, write_pem, write_spki},
    jwk::read_jwk,
};
