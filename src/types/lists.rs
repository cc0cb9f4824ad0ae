//! Lists: a count and that many elements (Part 2, 10.9).

use core::{fmt, marker::PhantomData};

use super::{buffers::Tpm2bDigest, pcr::TpmsPcrSelection};
use crate::{
    error::{MarshalError, MarshalReason, Place, Reason, UnmarshalError, saturate},
    wire::{Inspect, Inspector, Marshal, Reader, Sink, SliceSink, Unmarshal},
};

/// A list, checked once when it is read, then iterated without errors.
///
/// Reading makes one, and so does [`new`](Self::new) out of elements.
pub struct Tpml<'a, T> {
    elements: &'a [u8],
    count: u32,
    of: PhantomData<T>,
}

/// A structure of which there are lists.
pub trait ListElement<'a>: Unmarshal<'a> {
    /// The specification's name of the list, for example `TPML_DIGEST`.
    const LIST_NAME: &'static str;
    /// The largest number of elements.
    const MAX: u32;
}

/// PCRs of several banks (Part 2, 10.9.7): at most 16 elements, the number of
/// banks that a TPM may have. An empty list is valid.
#[doc(alias = "TPML_PCR_SELECTION")]
pub type TpmlPcrSelection<'a> = Tpml<'a, TpmsPcrSelection<'a>>;

impl<'a> ListElement<'a> for TpmsPcrSelection<'a> {
    const LIST_NAME: &'static str = "TPML_PCR_SELECTION";
    const MAX: u32 = 16;
}

/// Digests (Part 2, 10.9.4): at most 8.
#[doc(alias = "TPML_DIGEST")]
pub type TpmlDigest<'a> = Tpml<'a, Tpm2bDigest<'a>>;

impl<'a> ListElement<'a> for Tpm2bDigest<'a> {
    const LIST_NAME: &'static str = "TPML_DIGEST";
    const MAX: u32 = 8;
}

impl<'a, T: ListElement<'a>> Tpml<'a, T> {
    const WHOLE: &'static Place = &Place {
        structure: T::LIST_NAME,
        field: "",
    };
    const COUNT: &'static Place = &Place {
        structure: T::LIST_NAME,
        field: "count",
    };

    /// The list of these elements, which are written to the start of `room`.
    ///
    /// ```
    /// # fn main() -> Result<(), tpm_quote::MarshalError> {
    /// use tpm_quote::types::{TpmAlgId, TpmlPcrSelection, TpmsPcrSelection};
    ///
    /// let banks = [
    ///     TpmsPcrSelection::new(TpmAlgId::SHA256, &[0xff, 0, 0])?,
    ///     TpmsPcrSelection::new(TpmAlgId::SHA384, &[0x80, 0, 0])?,
    /// ];
    /// let mut room = [0; 12];
    /// let selection = TpmlPcrSelection::new(&banks, &mut room)?;
    /// assert!(selection.iter().eq(banks));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// There are more than [`MAX`](ListElement::MAX) elements, `room` is too small, or an
    /// element cannot be written.
    pub fn new(elements: &[T], room: &'a mut [u8]) -> Result<Self, MarshalError>
    where
        T: Marshal,
    {
        let count = u32::try_from(elements.len()).ok();
        let Some(count) = count.filter(|count| *count <= T::MAX) else {
            let size = saturate(elements.len());
            let error = MarshalError::new(MarshalReason::SizeOutOfRange { size });
            return Err(error.in_place(Self::COUNT));
        };
        let mut sink = SliceSink::new(room);
        for element in elements {
            let written = element.marshal(&mut sink);
            written.map_err(|e| e.in_place(Self::WHOLE))?;
        }
        Ok(Self {
            elements: sink.into_written(),
            count,
            of: PhantomData,
        })
    }

    /// How many elements there are.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The elements, in order.
    pub fn iter(&self) -> impl Iterator<Item = T> + use<'a, T> {
        let mut r = Reader::new(self.elements);
        core::iter::from_fn(move || T::unmarshal(&mut r).ok())
    }
}

impl<T> Tpml<'_, T> {
    /// The list of no elements.
    pub const EMPTY: Self = Self {
        elements: &[],
        count: 0,
        of: PhantomData,
    };
}

impl<T> Default for Tpml<'_, T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<T> Clone for Tpml<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Tpml<'_, T> {}

/// What is read is canonical: equal bytes are equal lists.
impl<T> PartialEq for Tpml<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.elements == other.elements
    }
}

impl<T> Eq for Tpml<'_, T> {}

impl<'a, T: ListElement<'a> + fmt::Debug> fmt::Debug for Tpml<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: ListElement<'a>> Unmarshal<'a> for Tpml<'a, T> {
    const NAME: &'static str = T::LIST_NAME;

    #[inline(always)]
    fn unmarshal(r: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        let at = *r;
        let count: u32 = r.field(Self::COUNT)?;
        if count > T::MAX {
            let count = u16::try_from(count).unwrap_or(u16::MAX);
            let error = at.error(Reason::CountOutOfRange { count });
            return Err(error.in_place(Self::COUNT));
        }
        let all = r.rest();
        for _ in 0..count {
            r.read::<T>()?;
        }
        let len = all.len().saturating_sub(r.rest().len());
        Ok(Self {
            elements: all.get(..len).unwrap_or_default(),
            count,
            of: PhantomData,
        })
    }
}

impl<T> Marshal for Tpml<'_, T> {
    #[inline(always)]
    fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError> {
        self.count.marshal(sink)?;
        sink.write(self.elements)
    }
}

impl<'a, T: ListElement<'a> + Inspect> Inspect for Tpml<'a, T> {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.list(&mut |element| {
            for value in self.iter() {
                element(&value);
            }
        });
    }
}
