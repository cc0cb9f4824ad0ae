//! [`Reader`]: a slice that shrinks as fields are taken from it.

use core::fmt;

use super::hex::Hex;
use crate::error::{Cause, Reason, UnmarshalError, saturate};

/// Where reading stands in the bytes that the caller passed in.
///
/// It keeps what is left to read and the absolute offset of its end, so that
/// taking a field changes one slice and nothing else, and a nested reader knows
/// its offsets from birth. A copy marks where a field began: the offset is worked
/// out only for an error.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
    end: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    #[inline]
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            end: bytes.len(),
        }
    }

    /// Where the reader stands, in bytes from the start of the outermost input.
    /// Above 4 GiB it saturates; only the text of an error suffers.
    #[inline]
    #[must_use]
    pub fn offset(&self) -> u32 {
        u32::try_from(self.position()).unwrap_or(u32::MAX)
    }

    /// The rest never begins behind its end.
    #[inline]
    fn position(&self) -> usize {
        self.end.wrapping_sub(self.rest.len())
    }

    /// What begins here is refused.
    #[inline(always)]
    pub(crate) fn error(self, reason: Reason) -> UnmarshalError {
        UnmarshalError::new(refused(self.end, self.rest.len(), reason))
    }

    /// What is left to read.
    #[inline]
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Takes the next `len` bytes.
    ///
    /// # Errors
    /// Fewer are left.
    #[inline(always)]
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8], UnmarshalError> {
        match self.rest.split_at_checked(len) {
            Some((head, rest)) => {
                self.rest = rest;
                Ok(head)
            }
            None => Err(self.too_short(len)),
        }
    }

    /// Takes the next `N` bytes.
    ///
    /// # Errors
    /// Fewer are left.
    #[inline(always)]
    pub fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], UnmarshalError> {
        match self.rest.split_first_chunk() {
            Some((head, rest)) => {
                self.rest = rest;
                Ok(head)
            }
            None => Err(self.too_short(N)),
        }
    }

    /// Takes the next 2 bytes as a little-endian number.
    ///
    /// # Errors
    /// Fewer are left.
    #[inline]
    pub fn u16_le(&mut self) -> Result<u16, UnmarshalError> {
        self.array().map(|bytes| u16::from_le_bytes(*bytes))
    }

    /// Takes the next 4 bytes as a little-endian number.
    ///
    /// # Errors
    /// Fewer are left.
    #[inline]
    pub fn u32_le(&mut self) -> Result<u32, UnmarshalError> {
        self.array().map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// Takes the next 8 bytes as a little-endian number.
    ///
    /// # Errors
    /// Fewer are left.
    #[inline]
    pub fn u64_le(&mut self) -> Result<u64, UnmarshalError> {
        self.array().map(|bytes| u64::from_le_bytes(*bytes))
    }

    /// Takes all that is left.
    #[inline]
    pub fn take_rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.rest)
    }

    /// Takes the next `len` bytes as a reader of their own.
    ///
    /// # Errors
    /// Fewer are left.
    #[inline]
    pub fn nested(&mut self, len: usize) -> Result<Self, UnmarshalError> {
        let rest = self.bytes(len)?;
        Ok(Self {
            rest,
            end: self.position(),
        })
    }

    /// Ends the reading: nothing may be left.
    ///
    /// # Errors
    /// Bytes are left over.
    #[inline]
    pub fn finish(self) -> Result<(), UnmarshalError> {
        match self.rest.len() {
            0 => Ok(()),
            count => Err(self.error(Reason::TrailingBytes {
                count: saturate(count),
            })),
        }
    }

    #[inline(always)]
    fn too_short(self, wanted: usize) -> UnmarshalError {
        UnmarshalError::new(short(self.end, self.rest.len(), wanted))
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("offset", &self.offset())
            .field("rest", &Hex(self.rest))
            .finish()
    }
}

// Errors are made out of line, from numbers: a reader that is passed to a
// function is kept in memory from its first field on.

#[cold]
#[inline(never)]
fn refused(end: usize, left: usize, reason: Reason) -> Cause {
    Cause::new(end.wrapping_sub(left), reason)
}

#[cold]
#[inline(never)]
fn short(end: usize, left: usize, wanted: usize) -> Cause {
    let missing = saturate(wanted.saturating_sub(left));
    Cause::new(end.wrapping_sub(left), Reason::InputTooShort { missing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_reader_keeps_absolute_offsets() {
        let mut r = Reader::new(&[1, 2, 3, 4, 5, 6]);
        r.bytes(2).unwrap();
        let mut inner = r.nested(3).unwrap();
        assert_eq!((inner.offset(), r.offset()), (2, 5));
        inner.bytes(1).unwrap();
        assert_eq!(inner.offset(), 3);
        let error = inner.read::<u32>().unwrap_err();
        assert_eq!(error.offset(), 3);
        assert_eq!(error.reason(), Reason::InputTooShort { missing: 2 });
    }

    #[test]
    fn little_endian_numbers_are_read_as_such() {
        let mut r = Reader::new(&[1, 2, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(r.u16_le().unwrap(), 0x0201);
        assert_eq!(r.u32_le().unwrap(), 0x0403_0201);
        assert_eq!(r.u64_le().unwrap(), 0x0807_0605_0403_0201);
        for error in [
            r.u16_le().unwrap_err(),
            r.u32_le().unwrap_err(),
            r.u64_le().unwrap_err(),
        ] {
            assert_eq!(error.offset(), 14);
        }
        assert_eq!(r.rest(), [9]);
    }

    #[test]
    fn finish_counts_what_is_left_over() {
        let mut r = Reader::new(&[0; 7]);
        r.bytes(4).unwrap();
        let error = r.finish().unwrap_err();
        assert_eq!(error.offset(), 4);
        assert_eq!(error.reason(), Reason::TrailingBytes { count: 3 });
    }

    #[test]
    fn yes_no_of_2_is_refused_where_it_stands() {
        let mut r = Reader::new(&[0, 1, 2]);
        assert!(!r.read::<bool>().unwrap());
        assert!(r.read::<bool>().unwrap());
        let error = r.read::<bool>().unwrap_err();
        assert_eq!(error.offset(), 2);
        assert_eq!(error.reason(), Reason::NotYesOrNo { value: 2 });
    }
}
