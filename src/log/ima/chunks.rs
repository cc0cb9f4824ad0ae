//! [`ImaChunks`]: a list that comes in pieces.

use core::fmt;

use super::{
    entry::ImaEntry,
    form::{Form, Place, Refusal},
    list::{Header, is_ascii},
};
use crate::verify::{Error, Part, Problem, error::ImaProblem};

/// Reads an IMA list that comes in pieces of any size, in either form, as
/// [`ImaList::parse`](super::ImaList::parse) reads a whole one.
///
/// Nothing is kept but the entry within which a piece ends, in a buffer of the caller's: a list
/// may be longer than the memory. What is said of an entry is the list's word, as in a whole
/// list.
///
/// ```
/// use tpm_quote::log::ImaChunks;
///
/// let list = std::fs::read("tests/data/ima/08-ima-sig/ima.bin")?;
/// let mut buffer = vec![0; ImaChunks::MAX_ENTRY];
/// let mut chunks = ImaChunks::new(&mut buffer);
/// let mut names = 0;
/// let mut count = |entry: &tpm_quote::log::ImaEntry<'_>| {
///     names += usize::from(entry.name() == b"/init");
///     Ok(())
/// };
/// for piece in list.chunks(1000) {
///     chunks.push(piece, &mut count)?;
/// }
/// assert_eq!(chunks.finish(&mut count)?, 64);
/// assert_eq!(names, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ImaChunks<'b> {
    buffer: &'b mut [u8],
    /// Bytes in the buffer: the beginning of the list, or of an entry.
    kept: usize,
    form: Option<Form>,
    header: Option<Header>,
    at: Progress,
    failed: Option<Error>,
}

/// Where the next entry begins, and what came before.
#[derive(Clone, Copy)]
struct Progress {
    place: Place,
    first: u32,
    pcrs: u32,
}

/// What is done with an entry.
pub(in crate::log) type Take<'t> = &'t mut dyn FnMut(&ImaEntry<'_>) -> Result<(), Error>;

/// Bytes by which the form of a binary list is told: a header, and an entry up to its template.
const BEGINNING: usize = 24 + 4 + 64 + 4 + 255;
/// Bytes that are added to the buffer before an entry is tried again.
const STEP: usize = 1024;

impl<'b> ImaChunks<'b> {
    /// The bytes of the longest entry that is read: a line in ASCII. Entries of binary lists are
    /// half as long. What is longer is refused, here as in a whole list.
    pub const MAX_ENTRY: usize = 0x2_0200;

    /// Begins a list. The buffer has to hold the longest entry of it, and 1 KiB at least:
    /// [`MAX_ENTRY`](Self::MAX_ENTRY) bytes are always enough.
    #[must_use]
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self::from_entry(buffer, 0)
    }

    /// Continues a list whose first entries came before: the next one has this number. Offsets
    /// are counted from here.
    #[must_use]
    pub const fn from_entry(buffer: &'b mut [u8], number: u32) -> Self {
        Self {
            buffer,
            kept: 0,
            form: None,
            header: None,
            at: Progress {
                place: Place { number, offset: 0 },
                first: number,
                pcrs: 0,
            },
            failed: None,
        }
    }

    /// Reads the next piece, and gives each entry that ends in it to `take`.
    ///
    /// # Errors
    /// As for a whole list; also that of `take`, and if the buffer is too small for an entry.
    /// After an error, all further calls fail with it.
    pub fn push(&mut self, piece: &[u8], take: Take<'_>) -> Result<(), Error> {
        let result = match self.failed {
            Some(error) => Err(error),
            None => self.read(piece, take),
        };
        self.failed = result.err();
        result
    }

    /// Ends the list, and returns how many entries it has.
    ///
    /// # Errors
    /// The list ends within an entry, or contradicts its header; it has no entries, and does not
    /// continue another; also as for [`push`](Self::push).
    pub fn finish(&mut self, take: Take<'_>) -> Result<u32, Error> {
        let result = match self.failed {
            Some(error) => Err(error),
            None => self.end(take),
        };
        self.failed = result.err();
        result
    }

    /// Returns whether an entry extends this PCR.
    #[must_use]
    pub const fn extends(&self, index: u8) -> bool {
        let bit = 1_u32.wrapping_shl(u32::from_le_bytes([index, 0, 0, 0]));
        index < 24 && self.at.pcrs & bit != 0
    }

    /// The PCRs that entries extend, a bit each.
    pub(in crate::log) const fn pcrs(&self) -> u32 {
        self.at.pcrs
    }

    fn read(&mut self, mut piece: &[u8], take: Take<'_>) -> Result<(), Error> {
        while self.form.is_none() {
            if self.is_beginning() {
                self.begin(take)?;
            } else if piece.is_empty() {
                return Ok(());
            } else {
                (_, piece) = self.keep(piece)?;
            }
        }
        while !piece.is_empty() {
            let before = self.kept;
            let Some(form) = self.form.filter(|_| before == 0) else {
                let (added, behind) = self.keep(piece)?;
                let may_end =
                    !self.is_ascii() || self.kept >= Self::MAX_ENTRY || ends_a_line(added);
                let len = match may_end {
                    true => self.read_kept(take)?,
                    false => None,
                };
                piece = match len {
                    Some(len) => {
                        self.kept = 0;
                        piece.get(len.saturating_sub(before)..).unwrap_or_default()
                    }
                    None => behind,
                };
                continue;
            };
            let left = self.at.all(form, piece, take)?;
            // It is the beginning of an entry.
            let start = piece.len().saturating_sub(left);
            piece = piece.get(start..).unwrap_or_default();
            while !piece.is_empty() {
                (_, piece) = self.keep(piece)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, take: Take<'_>) -> Result<u32, Error> {
        if self.form.is_none() && self.kept > 0 {
            self.begin(take)?;
        }
        let Place { number, offset } = self.at.place;
        if self.kept > 0 {
            return Err(Refusal::Cut.of_entry(number, offset));
        }
        let count = number.saturating_sub(self.at.first);
        if count == 0 && self.at.first == 0 {
            return Err(Error::from(ImaProblem::Empty).at(0));
        }
        if let Some(header) = self.header {
            header.check_size(offset)?;
            header.check_count(count)?;
        }
        Ok(count)
    }

    fn kept(&self) -> &[u8] {
        self.buffer.get(..self.kept).unwrap_or_default()
    }

    fn is_ascii(&self) -> bool {
        self.form.is_some_and(|form| form.is_ascii)
    }

    /// Whether enough is kept to tell the form.
    fn is_beginning(&self) -> bool {
        let kept = self.kept();
        match is_ascii(kept) {
            true => kept.len() >= Self::MAX_ENTRY || ends_a_line(kept),
            false => kept.len() >= BEGINNING,
        }
    }

    /// Tells the form from what is kept, and reads the entries in it.
    fn begin(&mut self, take: Take<'_>) -> Result<(), Error> {
        let kept = self.buffer.get(..self.kept).unwrap_or_default();
        let mut entries = kept;
        let form = if is_ascii(kept) {
            Form::ascii(kept)
        } else {
            if let Some((header, behind)) = Header::read(kept)? {
                self.header = Some(header);
                entries = behind;
                let before = kept.len().saturating_sub(behind.len());
                self.at.place.offset = u64::try_from(before).unwrap_or(u64::MAX);
            }
            Form::binary(entries)
        };
        self.form = Some(form);
        let left = self.at.all(form, entries, take)?;
        let start = self.kept.saturating_sub(left);
        for to in 0..left {
            let byte = self.buffer.get(start.saturating_add(to)).copied();
            if let (Some(place), Some(byte)) = (self.buffer.get_mut(to), byte) {
                *place = byte;
            }
        }
        self.kept = left;
        Ok(())
    }

    /// Reads the entry that is kept, if all of it is there, and gives its length.
    fn read_kept(&mut self, take: Take<'_>) -> Result<Option<usize>, Error> {
        let Some(form) = self.form else {
            return Ok(None);
        };
        let kept = self.buffer.get(..self.kept).unwrap_or_default();
        self.at.one(form, kept, take)
    }

    /// Adds as many of these bytes to what is kept as are tried at a time. Gives them, and the
    /// others.
    fn keep<'p>(&mut self, piece: &'p [u8]) -> Result<(&'p [u8], &'p [u8]), Error> {
        let room = self.buffer.get_mut(self.kept..).unwrap_or_default();
        let len = piece.len().min(room.len()).min(STEP);
        let (added, behind) = piece.split_at_checked(len).unwrap_or_default();
        if added.is_empty() {
            let at = usize::try_from(self.at.place.offset).unwrap_or(usize::MAX);
            return Err(Error::new(Part::ImaList, Problem::BufferTooSmall).at(at));
        }
        for (to, from) in room.iter_mut().zip(added) {
            *to = *from;
        }
        self.kept = self.kept.saturating_add(len);
        Ok((added, behind))
    }
}

/// Whether there is a line break.
fn ends_a_line(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').nth(1).is_some()
}

impl Progress {
    /// Reads the entry at the start, and gives its length; `None` if it is cut.
    fn one(&mut self, form: Form, bytes: &[u8], take: Take<'_>) -> Result<Option<usize>, Error> {
        let Place { number, offset } = self.place;
        let (entry, behind) = match form.read(bytes, self.place) {
            Ok(read) => read,
            Err(Refusal::Cut) => return Ok(None),
            Err(refusal) => return Err(refusal.of_entry(number, offset)),
        };
        take(&entry)?;
        self.pcrs |= 1_u32.wrapping_shl(u32::from(entry.pcr()));
        let len = bytes.len().saturating_sub(behind.len());
        self.place = Place {
            number: number.saturating_add(1),
            offset: offset.saturating_add(u64::try_from(len).unwrap_or(u64::MAX)),
        };
        Ok(Some(len))
    }

    /// Reads all entries, and gives how many bytes are left of the last, which is cut.
    fn all(&mut self, form: Form, mut bytes: &[u8], take: Take<'_>) -> Result<usize, Error> {
        while !bytes.is_empty() {
            let Some(len) = self.one(form, bytes, take)? else {
                break;
            };
            bytes = bytes.get(len..).unwrap_or_default();
        }
        Ok(bytes.len())
    }
}

impl fmt::Debug for ImaChunks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImaChunks")
            .field("number", &self.at.place.number)
            .field("offset", &self.at.place.offset)
            .finish_non_exhaustive()
    }
}
