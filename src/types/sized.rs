//! Structures with a size in front (Part 2, 10.4.1).

use core::fmt;

use crate::{
    error::{MarshalError, MarshalReason, Place, Reason, UnmarshalError, saturate},
    wire::{Hex, Inspect, Inspector, Marshal, Reader, Sink, Unmarshal},
};

/// A structure with its size in front (Part 2, 10.4.1): the bytes and what they
/// mean, which are always the same.
///
/// Reading makes one, and so does [`new`](Self::new) out of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tpm2b<'a, T> {
    bytes: &'a [u8],
    value: T,
}

/// A structure that has a sized form.
pub trait Sized2b<'a>: Unmarshal<'a> {
    /// The specification's name of the sized form, for example `TPM2B_PUBLIC`.
    const SIZED_NAME: &'static str;
    /// The largest size that the specification allows, in bytes.
    const MAX: u16 = 0x7fff;
}

impl<'a, T> Tpm2b<'a, T> {
    /// The bytes of the structure as they were received, without the size.
    #[inline]
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What the bytes mean.
    #[inline]
    #[must_use]
    pub const fn value(&self) -> &T {
        &self.value
    }
}

impl<'a, T: Sized2b<'a>> Tpm2b<'a, T> {
    const WHOLE: &'static Place = &Place {
        structure: T::SIZED_NAME,
        field: "",
    };
    const SIZE: &'static Place = &Place {
        structure: T::SIZED_NAME,
        field: "size",
    };

    /// The sized form of `value`, whose bytes are written to the start of `room`.
    ///
    /// ```
    /// # fn main() -> Result<(), tpm_quote::MarshalError> {
    /// use tpm_quote::types::{
    ///     ParmsAndId, Tpm2bDigest, Tpm2bPublic, TpmAlgId, TpmaObject, TpmsKeyedhashParms,
    ///     TpmtKeyedhashScheme, TpmtPublic, TpmuPublic,
    /// };
    ///
    /// let sealed = TpmtPublic {
    ///     name_alg: TpmAlgId::SHA256,
    ///     object_attributes: TpmaObject::FIXED_TPM | TpmaObject::FIXED_PARENT,
    ///     auth_policy: Tpm2bDigest::default(),
    ///     key: TpmuPublic::Keyedhash(ParmsAndId {
    ///         parameters: TpmsKeyedhashParms { scheme: TpmtKeyedhashScheme::Null },
    ///         unique: Tpm2bDigest::new(&[7; 32])?,
    ///     }),
    /// };
    /// let mut room = [0; 64];
    /// let public = Tpm2bPublic::new(sealed, &mut room)?;
    /// assert_eq!(*public.value(), sealed);
    /// assert_eq!(public.bytes().len(), 46);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `room` is too small, the value has more than [`MAX`](Sized2b::MAX) bytes, or it
    /// cannot be written.
    pub fn new(value: T, room: &'a mut [u8]) -> Result<Self, MarshalError>
    where
        T: Marshal,
    {
        let bytes = value.marshal_into(room);
        let bytes = bytes.map_err(|e| e.in_place(Self::WHOLE))?;
        match saturate(bytes.len()) {
            size if size > T::MAX => {
                let error = MarshalError::new(MarshalReason::SizeOutOfRange { size });
                Err(error.in_place(Self::SIZE))
            }
            _ => Ok(Self { bytes, value }),
        }
    }

    /// The content, as long as the size in front says.
    #[inline(always)]
    fn content(r: &mut Reader<'a>) -> Result<Reader<'a>, UnmarshalError> {
        let at = *r;
        let size: u16 = r.field(Self::SIZE)?;
        if size > T::MAX {
            let error = at.error(Reason::SizeOutOfRange { size });
            return Err(error.in_place(Self::SIZE));
        }
        r.nested(usize::from(size))
            .map_err(|e| e.in_place(Self::WHOLE))
    }

    /// The structure, which has to take all of the content.
    #[inline(always)]
    fn parse(mut content: Reader<'a>) -> Result<Self, UnmarshalError> {
        let bytes = content.rest();
        let value = T::unmarshal(&mut content)?;
        content.finish().map_err(|e| e.in_place(Self::WHOLE))?;
        Ok(Self { bytes, value })
    }

    /// The structure in `bytes`, which have no size in front.
    ///
    /// # Errors
    /// The bytes are not exactly such a structure.
    pub fn from_unsized(bytes: &'a [u8]) -> Result<Self, UnmarshalError> {
        if bytes.len() > usize::from(T::MAX) {
            let size = saturate(bytes.len());
            let error = Reader::new(bytes).error(Reason::SizeOutOfRange { size });
            return Err(error.in_place(Self::WHOLE));
        }
        let value = T::from_bytes(bytes)?;
        Ok(Self { bytes, value })
    }
}

impl<T: fmt::Debug> fmt::Debug for Tpm2b<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tpm2b")
            .field("bytes", &Hex(self.bytes))
            .field("value", &self.value)
            .finish()
    }
}

impl<'a, T: Sized2b<'a>> Unmarshal<'a> for Tpm2b<'a, T> {
    const NAME: &'static str = T::SIZED_NAME;

    #[inline(always)]
    fn unmarshal(r: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        let content = Self::content(r)?;
        Self::parse(content)
    }

    /// The size is checked against the whole before the content is looked at.
    #[inline]
    fn from_bytes(bytes: &'a [u8]) -> Result<Self, UnmarshalError> {
        let mut r = Reader::new(bytes);
        let content = Self::content(&mut r)?;
        r.finish().map_err(|e| e.in_place(Self::WHOLE))?;
        Self::parse(content)
    }
}

impl<T> Marshal for Tpm2b<'_, T> {
    #[inline(always)]
    fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError> {
        saturate(self.bytes.len()).marshal(sink)?;
        sink.write(self.bytes)
    }
}

impl<T: Inspect> Inspect for Tpm2b<'_, T> {
    fn inspect(&self, to: &mut dyn Inspector) {
        self.value.inspect(to);
    }
}
