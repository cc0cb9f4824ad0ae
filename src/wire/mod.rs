//! Reading and writing big-endian bytes, knowing no TPM type.
//!
//! [`Reader`] is a slice that shrinks; [`Sink`] is anything that takes bytes: a
//! slice, a counter, a hash. [`Unmarshal`] and [`Marshal`] are the verbs of the
//! specification, and the macros here turn its tables into types that have
//! both. [`Inspect`] walks a value by the specification's names.

#[cfg(feature = "verify")]
pub(crate) mod der;
pub(crate) mod hex;
mod inspect;
#[macro_use]
mod macros;
mod reader;
mod sink;

pub use self::{
    hex::Hex,
    inspect::{Inspect, Inspector, Tell},
    reader::Reader,
    sink::{Counter, Sink, SliceSink},
};

use crate::error::{MarshalError, Place, Reason, UnmarshalError};

/// A structure that can be read from bytes.
pub trait Unmarshal<'a>: Sized {
    /// The specification's name, for example `TPMS_ATTEST`.
    const NAME: &'static str;

    /// Reads the structure where `r` stands, and leaves `r` behind it.
    ///
    /// # Errors
    /// The bytes are not such a structure. `r` is then of no more use.
    fn unmarshal(r: &mut Reader<'a>) -> Result<Self, UnmarshalError>;

    /// Reads the structure from exactly these bytes.
    ///
    /// # Errors
    /// The bytes are not such a structure, or bytes are left over after it.
    #[inline]
    fn from_bytes(bytes: &'a [u8]) -> Result<Self, UnmarshalError> {
        let mut r = Reader::new(bytes);
        Self::unmarshal(&mut r)
            .and_then(|value| r.finish().map(|()| value))
            .map_err(|e| e.in_place(<Whole<Self> as HasPlace>::PLACE))
    }

    /// Reads the structure from the start of these bytes, and gives the rest.
    ///
    /// # Errors
    /// The bytes do not begin with such a structure.
    #[inline]
    fn from_prefix(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), UnmarshalError> {
        let mut r = Reader::new(bytes);
        Self::unmarshal(&mut r)
            .map(|value| (value, r.rest()))
            .map_err(|e| e.in_place(<Whole<Self> as HasPlace>::PLACE))
    }
}

/// A structure that can be written as bytes.
pub trait Marshal {
    /// Writes the structure to `sink`.
    ///
    /// # Errors
    /// The sink is full, or the value has a part that is too long for its type.
    fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError>;

    /// How many bytes [`marshal`](Self::marshal) writes.
    ///
    /// # Errors
    /// The value has a part that is too long for its type.
    fn marshaled_len(&self) -> Result<usize, MarshalError> {
        let mut counter = Counter::new();
        self.marshal(&mut counter)?;
        Ok(counter.count())
    }

    /// Writes the structure to the start of `out`, and gives what was written.
    ///
    /// # Errors
    /// `out` is too small, or the value has a part that is too long for its type.
    fn marshal_into<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8], MarshalError> {
        let mut sink = SliceSink::new(out);
        self.marshal(&mut sink)?;
        Ok(sink.into_written())
    }
}

/// The place of a structure as a whole, as a constant that outlives errors.
pub(crate) trait HasPlace {
    const PLACE: &'static Place;
}

pub(crate) struct Whole<T>(core::marker::PhantomData<T>);

impl<'a, T: Unmarshal<'a>> HasPlace for Whole<T> {
    const PLACE: &'static Place = &Place {
        structure: T::NAME,
        field: "",
    };
}

macro_rules! integers {
    ($($int:ident = $name:literal),* $(,)?) => {$(
        impl Unmarshal<'_> for $int {
            const NAME: &'static str = $name;

            #[inline(always)]
            fn unmarshal(r: &mut Reader<'_>) -> Result<Self, UnmarshalError> {
                Ok(Self::from_be_bytes(*r.array()?))
            }
        }

        impl Marshal for $int {
            #[inline(always)]
            fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError> {
                sink.write(&self.to_be_bytes())
            }
        }

        impl Inspect for $int {
            fn inspect(&self, to: &mut dyn Inspector) {
                to.number(u64::from(*self));
            }
        }
    )*};
}

integers!(u8 = "UINT8", u16 = "UINT16", u32 = "UINT32", u64 = "UINT64");

/// `TPMI_YES_NO` (Part 2, 9.2): one byte, 0 or 1.
impl Unmarshal<'_> for bool {
    const NAME: &'static str = "TPMI_YES_NO";

    #[inline(always)]
    fn unmarshal(r: &mut Reader<'_>) -> Result<Self, UnmarshalError> {
        let at = *r;
        match r.read()? {
            0_u8 => Ok(false),
            1 => Ok(true),
            value => Err(at.error(Reason::NotYesOrNo { value })),
        }
    }
}

impl Marshal for bool {
    #[inline(always)]
    fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError> {
        u8::from(*self).marshal(sink)
    }
}

impl Inspect for bool {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.yes_no(*self);
    }
}
