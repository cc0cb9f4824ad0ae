//! The arithmetic of signatures, step by step, against `crypto-bigint`. The sources of
//! the library are compiled once more, with words of both sizes.

mod ecdsa;
mod rsa;

pub use self::{
    ecdsa::ecdsa_arithmetic,
    rsa::{rsa_arithmetic, rsa_power},
};
