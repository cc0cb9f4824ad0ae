//! Reading and writing bytes, knowing no TPM type: big-endian as TPM structures are, and
//! little-endian where a [`Reader`] is asked for it, as in logs.
//!
//! [`Reader`] is a slice that shrinks; [`Sink`] is anything that takes bytes: a
//! slice, a counter, a hash. [`Unmarshal`] and [`Marshal`] are the verbs of the
//! specification, and the macros here turn its tables into types that have
//! both. [`Inspect`] walks a value by the specification's names.

mod codec;
#[cfg(feature = "verify")]
pub(crate) mod der;
pub(crate) mod hex;
mod inspect;
mod integers;
#[macro_use]
mod macros;
mod reader;
mod sink;

#[cfg(feature = "verify")]
pub use self::hex::NotHex;
pub use self::{
    codec::{Marshal, Unmarshal},
    hex::Hex,
    inspect::{Inspect, Inspector, Tell},
    reader::Reader,
    sink::{Counter, Sink, SliceSink},
};
