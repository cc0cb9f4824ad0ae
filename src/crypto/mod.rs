//! Cryptography: hashes, signatures and credentials. Only this module uses other crates for it.
//!
//! Signatures are public data, so their verification need not take constant time. Only
//! credentials work on secrets: their module says how these are protected.

#[cfg(feature = "credential")]
mod credential;
#[cfg(feature = "ecdsa")]
mod ecdsa;
mod hash;
#[cfg(feature = "interop")]
mod interop;
mod name;
#[cfg(any(feature = "rsa", feature = "credential"))]
mod pkcs1;
mod prepared;
mod roca;
#[cfg(feature = "rsa")]
mod rsa;
mod signature;
mod software;

#[cfg(feature = "credential")]
pub(crate) use self::credential::{
    Cipher, Failure, Recipient, Secret, is_same, kdfa, protect, share_seed,
};
pub(crate) use self::roca::is_roca;
pub use self::{
    hash::{Digest, Hasher},
    name::Name,
    prepared::PreparedKey,
    signature::{Curve, PublicKey, Signature, SignatureError, SignatureVerifier},
    software::{Compact, Software},
};
