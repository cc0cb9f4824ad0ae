//! Reading and writing: real bytes, the arms that no real bytes have, what has
//! to be refused and where, and the specification's tables of numbers.

use tpm_quote::{UnmarshalError, error::Reason};

use crate::common::digits;

mod common;

type Read = fn(&[u8]) -> Result<(), UnmarshalError>;

/// All numbers of 16 bits. Under Miri, which would take hours for them, those
/// around the ones that have a meaning.
fn ids() -> impl Iterator<Item = u16> {
    (0..=u16::MAX).filter(|id| !cfg!(miri) || id & 0x7f00 == 0)
}

/// Reads a structure and forgets it.
macro_rules! read {
    ($type:ident) => {
        (|bytes| $type::from_bytes(bytes).map(|_| ())) as Read
    };
}

#[track_caller]
fn refused(read: Read, bytes: &[u8], place: &str, offset: usize, reason: Reason) {
    let Err(error) = read(bytes) else {
        panic!("accepted: {}", digits(bytes));
    };
    let (structure, field) = place.split_once('.').unwrap_or((place, ""));
    let found = (error.structure(), error.field(), error.offset());
    assert_eq!(found, (structure, field, offset), "{error}");
    assert_eq!(error.reason(), reason, "{error}");
    let unknown = matches!(reason, Reason::UnknownSelector { .. });
    assert_eq!(error.is_unknown_selector(), unknown);
}

fn short(missing: u16) -> Reason {
    Reason::InputTooShort { missing }
}

fn size(size: u16) -> Reason {
    Reason::SizeOutOfRange { size }
}

fn unknown(value: u16) -> Reason {
    Reason::UnknownSelector { value }
}

const TRAILING: Reason = Reason::TrailingBytes { count: 1 };

#[path = "codec/arms.rs"]
mod arms;
#[path = "codec/constants.rs"]
mod constants;
#[path = "codec/inspect.rs"]
mod inspect;
#[cfg(feature = "verify")]
#[path = "codec/made.rs"]
mod made;
#[path = "codec/printed.rs"]
mod printed;
#[path = "codec/sizes.rs"]
mod sizes;
#[path = "codec/strict.rs"]
mod strict;
#[path = "codec/vectors.rs"]
mod vectors;
