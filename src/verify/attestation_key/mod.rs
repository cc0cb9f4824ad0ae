//! Attestation keys: their types and the checks of a key itself.
//!
//! The constructors, and with them what vouches for a key, are in `verify/key`.

mod checks;
mod key;
mod links;
mod plain;
mod scheme;
#[cfg(any(feature = "keys", feature = "certificate"))]
mod spki;
#[cfg(any(feature = "keys", feature = "certificate", feature = "ima"))]
mod spki_ids;
#[cfg(any(feature = "keys", feature = "ima"))]
mod spki_writer;
mod trust;

#[cfg(feature = "credential")]
pub(crate) use self::checks::{check_ecc_strength, check_rsa_strength};
#[cfg(feature = "certificate")]
pub(crate) use self::spki::SpkiProblem;
#[cfg(feature = "keys")]
pub(crate) use self::spki_writer::SpkiUnwritable;
pub use self::{
    key::{AttestationKey, KeySummary},
    links::KeyLink,
    plain::PlainKey,
    scheme::{KeyAlgorithm, SigningScheme},
    trust::KeyTrust,
};
