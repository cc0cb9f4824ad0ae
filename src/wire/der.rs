//! DER (X.690), as much of it as keys and signatures need.
//!
//! Of our own: the panics of the crate `der` can be reached, by what it says
//! itself. It is the oracle in the tests.

use super::reader::Reader;
use crate::error::{Place, Reason, UnmarshalError};

#[cfg(feature = "certificate")]
pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
#[cfg(any(feature = "keys", feature = "certificate", feature = "ima"))]
pub(crate) const BIT_STRING: u8 = 0x03;
#[cfg(feature = "certificate")]
pub(crate) const OCTET_STRING: u8 = 0x04;
#[cfg(any(feature = "keys", feature = "certificate", feature = "ima"))]
pub(crate) const NULL: u8 = 0x05;
#[cfg(any(feature = "keys", feature = "certificate", feature = "ima"))]
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
#[cfg(feature = "certificate")]
pub(crate) const UTF8_STRING: u8 = 0x0c;
#[cfg(feature = "certificate")]
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const SEQUENCE: u8 = 0x30;
#[cfg(feature = "certificate")]
pub(crate) const SET: u8 = 0x31;

/// The contents of the element that stands here, which has to have this tag.
pub(crate) fn element<'a>(
    r: &mut Reader<'a>,
    tag: u8,
    place: &'static Place,
) -> Result<Reader<'a>, UnmarshalError> {
    contents(r, tag).map_err(|error| error.in_place(place))
}

/// The tag and the contents of the element that stands here.
#[cfg(feature = "certificate")]
pub(crate) fn any<'a>(
    r: &mut Reader<'a>,
    place: &'static Place,
) -> Result<(u8, Reader<'a>), UnmarshalError> {
    let mut at = *r;
    let tag = at.field(place)?;
    // A tag of more than one byte: nothing that is read here has one.
    if tag & 0x1f == 0x1f {
        return Err(r.error(Reason::UnexpectedTag { tag }).in_place(place));
    }
    Ok((tag, element(r, tag, place)?))
}

fn contents<'a>(r: &mut Reader<'a>, tag: u8) -> Result<Reader<'a>, UnmarshalError> {
    let at = *r;
    match r.read::<u8>()? {
        found if found == tag => {}
        tag => return Err(at.error(Reason::UnexpectedTag { tag })),
    }
    let at = *r;
    // The length is written in as few bytes as it fits into.
    let (len, least): (u16, u16) = match r.read::<u8>()? {
        short @ 0..=0x7f => (short.into(), 0),
        0x81 => (r.read::<u8>()?.into(), 0x80),
        0x82 => (r.read()?, 0x100),
        // More than two bytes, of which the first is needed.
        0x83..=0xfe if r.rest().first() != Some(&0) => {
            return Err(at.error(Reason::SizeOutOfRange { size: u16::MAX }));
        }
        _ => (0, 1),
    };
    if len < least {
        return Err(at.error(Reason::LengthNotShortest));
    }
    r.nested(len.into())
}

/// An integer that is not negative, without leading zeros; zero is one byte.
pub(crate) fn unsigned<'a>(
    r: &mut Reader<'a>,
    place: &'static Place,
) -> Result<&'a [u8], UnmarshalError> {
    let number = element(r, INTEGER, place)?;
    match number.rest() {
        // A zero in front keeps the sign away, and is there for nothing else.
        [0, rest @ ..] if matches!(rest, [0x80..=0xff, ..]) => Ok(rest),
        rest @ ([0] | [1..=0x7f, ..]) => Ok(rest),
        [] => Err(number
            .error(Reason::SizeOutOfRange { size: 0 })
            .in_place(place)),
        [0x80..=0xff, ..] => Err(number.error(Reason::NegativeInteger).in_place(place)),
        [0, ..] => Err(number.error(Reason::IntegerNotMinimal).in_place(place)),
    }
}

/// Nothing may be left.
pub(crate) fn end(r: Reader<'_>, place: &'static Place) -> Result<(), UnmarshalError> {
    r.finish().map_err(|error| error.in_place(place))
}
