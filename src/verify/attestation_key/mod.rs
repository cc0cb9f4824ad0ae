//! Attestation keys: what they are, and what they have to be.
//!
//! The ways to one, and so what each is worth, are in `verify/key`.

mod checks;
mod key;
mod plain;
mod scheme;
#[cfg(any(feature = "keys", feature = "certificate"))]
mod spki;
mod trust;

#[cfg(feature = "credential")]
pub(crate) use self::checks::{check_ecc_strength, check_rsa_strength};
#[cfg(feature = "certificate")]
pub(crate) use self::spki::SpkiProblem;
pub use self::{
    key::{AttestationKey, KeySummary},
    plain::PlainKey,
    scheme::{KeyAlgorithm, SigningScheme},
    trust::KeyTrust,
};
#[cfg(feature = "keys")]
pub(crate) use self::{
    plain::{UNCOMPRESSED, without_zeros},
    spki::{CURVES, EC_PUBLIC_KEY, RSA_ENCRYPTION},
};
