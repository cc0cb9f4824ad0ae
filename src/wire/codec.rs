//! The verbs of the specification: [`Unmarshal`] and [`Marshal`].

use super::{
    reader::Reader,
    sink::{Counter, Sink, SliceSink},
};
use crate::error::{MarshalError, Place, UnmarshalError};

/// A structure that can be read from bytes.
pub trait Unmarshal<'a>: Sized {
    /// The specification's name, for example `TPMS_ATTEST`.
    const NAME: &'static str;

    /// Reads the structure at the position of `r`, and moves `r` behind it.
    ///
    /// # Errors
    /// The bytes are not such a structure. The position of `r` is then unspecified.
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
trait HasPlace {
    const PLACE: &'static Place;
}

struct Whole<T>(core::marker::PhantomData<T>);

impl<'a, T: Unmarshal<'a>> HasPlace for Whole<T> {
    const PLACE: &'static Place = &Place {
        structure: T::NAME,
        field: "",
    };
}

impl<'a> Reader<'a> {
    /// Takes a value.
    ///
    /// # Errors
    /// The next bytes are not such a value.
    #[inline(always)]
    pub fn read<T: Unmarshal<'a>>(&mut self) -> Result<T, UnmarshalError> {
        T::unmarshal(self)
    }

    /// Takes a value as a field, which an error then names.
    #[inline(always)]
    pub(crate) fn field<T: Unmarshal<'a>>(
        &mut self,
        place: &'static Place,
    ) -> Result<T, UnmarshalError> {
        T::unmarshal(self).map_err(|e| e.in_place(place))
    }
}
