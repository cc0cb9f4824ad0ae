//! [`ImaList`]: an IMA list, read and checked in form.

use core::fmt;

use super::{
    entry::{ImaEntry, Order},
    form::{Form, Place},
};
use crate::{
    verify::{Error, error::ImaProblem},
    wire::Reader,
};

/// An IMA list, as Linux gives it in `/sys/kernel/security/ima/binary_runtime_measurements` and
/// `ascii_runtime_measurements`, also for one bank (`.._sha256`).
///
/// All of it is read once, when it is made; the entries are then iterated without errors and
/// without copies. A list proves nothing: anyone can write one.
///
/// ```
/// use tpm_quote::log::ImaList;
///
/// let list = b"10 3aa55a6c9ff46ed8f3a6c7e5dd2e0c8e7a6c4f3b ima-ng \
///     sha1:0000000000000000000000000000000000000000 boot_aggregate\n";
/// let list = ImaList::ascii(list)?;
/// let entry = list.entries().next().unwrap();
/// assert_eq!((entry.pcr(), entry.name()), (10, &b"boot_aggregate"[..]));
///
/// // A list that was cut is refused, and the error says where.
/// let error = ImaList::binary(&[10, 0, 0, 0, 0xff]).unwrap_err();
/// assert_eq!((error.problem_name(), error.offset()), ("ima-truncated", Some(0)));
/// # Ok::<(), tpm_quote::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct ImaList<'a> {
    /// Without the header of kexec.
    entries: &'a [u8],
    start: u64,
    form: Form,
    count: u32,
    pcrs: u32,
}

/// Bytes of the header in front of a list that is carried over by kexec.
const HEADER_SIZE: u64 = 24;

impl<'a> ImaList<'a> {
    /// Reads a binary list, of a little-endian or a big-endian machine, also with the header of
    /// kexec in front.
    ///
    /// # Errors
    /// The list is empty, cut, or not a binary list; the error has the offset. An unknown
    /// template is unsupported.
    pub fn binary(list: &'a [u8]) -> Result<Self, Error> {
        match Header::read(list)? {
            Some((header, entries)) => {
                header.check_size(u64::try_from(list.len()).unwrap_or(u64::MAX))?;
                let read = Self::read(entries, HEADER_SIZE, Form::binary(entries))?;
                header.check_count(read.count)?;
                Ok(read)
            }
            None => Self::read(list, 0, Form::binary(list)),
        }
    }

    /// Reads a list in ASCII.
    ///
    /// The kernel writes spaces in names as `_`, and line breaks as they are: a list with such
    /// a name cannot be read, and its binary form can.
    ///
    /// # Errors
    /// The list is empty, cut, or not a list in ASCII; the error has the offset. An unknown
    /// template is unsupported.
    pub fn ascii(list: &'a [u8]) -> Result<Self, Error> {
        Self::read(list, 0, Form::ascii(list))
    }

    /// Reads a list in either form, told by its first byte.
    ///
    /// # Errors
    /// As [`binary`](Self::binary) and [`ascii`](Self::ascii).
    pub fn parse(list: &'a [u8]) -> Result<Self, Error> {
        match is_ascii(list) {
            true => Self::ascii(list),
            false => Self::binary(list),
        }
    }

    fn read(entries: &'a [u8], start: u64, form: Form) -> Result<Self, Error> {
        if entries.is_empty() {
            return Err(Error::from(ImaProblem::Empty).at(0));
        }
        let mut list = Self {
            entries,
            start,
            form,
            count: 0,
            pcrs: 0,
        };
        let mut rest = entries;
        while !rest.is_empty() {
            let place = list.place(list.count, rest);
            let (entry, behind) = form
                .read(rest, place)
                .map_err(|refusal| refusal.of_entry(place.number, place.offset))?;
            list.pcrs |= 1_u32.wrapping_shl(u32::from(entry.pcr()));
            list.count = list.count.saturating_add(1);
            rest = behind;
        }
        Ok(list)
    }

    fn place(&self, number: u32, rest: &[u8]) -> Place {
        let before = self.entries.len().saturating_sub(rest.len());
        let before = u64::try_from(before).unwrap_or(u64::MAX);
        let offset = self.start.saturating_add(before);
        Place { number, offset }
    }

    /// Returns the entries in their order.
    pub fn entries(&self) -> impl Iterator<Item = ImaEntry<'a>> + use<'a> {
        let this = *self;
        let mut rest = this.entries;
        (0..this.count).map_while(move |number| {
            let (entry, behind) = this.form.read(rest, this.place(number, rest)).ok()?;
            rest = behind;
            Some(entry)
        })
    }

    /// Returns how many entries there are.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Returns whether the list is in ASCII.
    #[must_use]
    pub const fn is_ascii(&self) -> bool {
        self.form.is_ascii
    }

    /// Returns whether a big-endian machine wrote the list, without `ima_canonical_fmt`.
    #[must_use]
    pub fn is_big_endian(&self) -> bool {
        self.form.order == Order::Big
    }

    /// Returns whether an entry extends this PCR.
    #[must_use]
    pub fn extends(&self, index: u8) -> bool {
        index < 24 && self.pcrs & 1_u32.wrapping_shl(u32::from(index)) != 0
    }
}

/// Whether a list begins as one in ASCII does.
pub(super) const fn is_ascii(list: &[u8]) -> bool {
    // No binary list begins so: the PCR of the first entry has three zeros.
    matches!(list, [b' ' | b'0'..=b'9', b'0'..=b'9', b' ', ..])
}

/// The header in front of a list that is carried over by kexec.
#[derive(Clone, Copy)]
pub(super) struct Header {
    size: u64,
    count: u64,
}

impl Header {
    /// Reads the header, if there is one, and gives what follows it.
    pub(super) fn read(list: &[u8]) -> Result<Option<(Self, &[u8])>, Error> {
        let mut reader = Reader::new(list);
        let Ok([version @ .., 0, 0, 0, 0, 0, 0]) = reader.array::<8>() else {
            return Ok(None);
        };
        let number = match version {
            [1, 0] => u64::from_le_bytes,
            [0, 1] => u64::from_be_bytes,
            _ => return Ok(None),
        };
        let wrong = |_| Error::from(ImaProblem::Header).at(0);
        let size = number(*reader.array().map_err(wrong)?);
        let count = number(*reader.array().map_err(wrong)?);
        Ok(Some((Self { size, count }, reader.rest())))
    }

    /// Whether a list of this size, the header included, is as long as it says.
    pub(super) fn check_size(self, size: u64) -> Result<(), Error> {
        match size == self.size {
            true => Ok(()),
            false => Err(Error::from(ImaProblem::Header).at(8)),
        }
    }

    pub(super) fn check_count(self, count: u32) -> Result<(), Error> {
        match u64::from(count) == self.count {
            true => Ok(()),
            false => Err(Error::from(ImaProblem::Header).at(0)),
        }
    }
}

impl fmt::Debug for ImaList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries()).finish()
    }
}
