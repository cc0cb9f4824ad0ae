//! PCR files: a selection and the values of the selected PCRs.

use core::fmt;

use crate::{
    error::{Place, Reason, UnmarshalError},
    types::{Tpm2bDigest, TpmAlgId, TpmsPcrSelection},
    verify::{
        PcrSet, PcrValue,
        error::{Error, Part, PcrFileProblem, Problem},
    },
    wire::Reader,
};

fn malformed(error: UnmarshalError) -> Error {
    Error::structure(Part::PcrFile, error)
}

fn refused(problem: PcrFileProblem) -> Error {
    Error::new(Part::PcrFile, Problem::PcrFile(problem))
}

/// Banks of a selection (Part 2, 10.9.7).
const MAX_BANKS: u32 = 16;
/// Lists of values, by tpm2-tools.
const MAX_LISTS: u32 = 32;
/// Values in a list (Part 2, 10.9.4).
const MAX_IN_LIST: u32 = 8;
/// A digest with its size in front, in memory.
const SLOT: usize = 66;
/// A list with its count in front, in memory.
const LIST: usize = 532;

const fn place(field: &'static str) -> Place {
    Place {
        structure: "PCR file",
        field,
    }
}

const BANK_COUNT: &Place = &place("selection.count");
const BANK: &Place = &place("selection.pcrSelections");
const HASH: &Place = &place("selection.hash");
const SIZE_OF_SELECT: &Place = &place("selection.sizeofSelect");
const LISTS: &Place = &place("count");
const LIST_COUNT: &Place = &place("digests.count");
const VALUE: &Place = &place("digests.value");
const VALUE_SIZE: &Place = &place("digests.size");
const END: &Place = &place("");

/// The format of a PCR file: option `-F` of `tpm2_quote`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PcrFormat {
    /// `serialized`, the default: a copy of the memory of a little-endian machine.
    Serialized,
    /// `values`: the values alone.
    Values,
    /// `marshaled`: structures as a TPM writes them, since tpm2-tools 5.8.
    Marshaled,
}

impl PcrFormat {
    /// Returns the name: `serialized`, `values` or `marshaled`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Serialized => "serialized",
            Self::Values => "values",
            Self::Marshaled => "marshaled",
        }
    }
}

impl fmt::Display for PcrFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The PCR values in a file that `tpm2_quote -o` wrote.
///
/// The file is read strictly: there is exactly one value for each PCR of the file's own
/// selection, as long as the digests of its bank, and nothing is left over. The selection
/// itself is not judged here: it may have a bank twice, or no banks at all.
///
/// ```
/// use tpm_quote::{PcrSet, PcrValue, TpmAlgId, evidence::PcrFile};
///
/// # fn f(bytes: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// let file = PcrFile::values(bytes, &PcrSet::parse("sha256:0,7,10")?)?;
/// let mut room = [PcrFile::NO_VALUE; 24];
/// let pcrs = file.values_in(&mut room).ok_or("more than 24 values")?;
/// // ... and into `Evidence { pcrs, .. }`
/// # assert_eq!(pcrs.len(), 3);
/// # Ok(())
/// # }
/// # f(&[0; 96]).unwrap();
/// ```
#[derive(Clone, Copy)]
pub struct PcrFile<'a> {
    format: PcrFormat,
    banks: Banks,
    digests: Digests<'a>,
    count: usize,
}

impl<'a> PcrFile<'a> {
    /// The largest number of values that a file has.
    pub const MAX: usize = 288;

    /// A placeholder to fill the room for values with.
    pub const NO_VALUE: PcrValue<'a> = PcrValue {
        bank: TpmAlgId::NULL,
        index: 0,
        digest: &[],
    };

    /// Reads a file of the format `serialized`.
    ///
    /// Bytes that are not in use are ignored: they are whatever was in memory there.
    ///
    /// # Errors
    /// The bytes are not such a file, or its values are not those of its selection.
    pub fn serialized(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut r = Reader::new(bytes);
        let count = little_count(&mut r, MAX_BANKS, BANK_COUNT).map_err(malformed)?;
        let mut banks = Banks::NONE;
        for slot in 0..MAX_BANKS {
            let slots = r.nested(8).map_err(|error| error.in_place(BANK));
            let mut r = slots.map_err(malformed)?;
            if slot < count {
                banks.read_slot(&mut r).map_err(malformed)?;
            }
        }
        let lists = little_count(&mut r, MAX_LISTS, LISTS).map_err(malformed)?;
        Self::new(PcrFormat::Serialized, banks, lists, r)
    }

    /// Reads a file of the format `marshaled`.
    ///
    /// # Errors
    /// Same errors as [`serialized`](Self::serialized).
    pub fn marshaled(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut r = Reader::new(bytes);
        let mut banks = Banks::NONE;
        let at = r;
        let count = r.field(BANK_COUNT).map_err(malformed)?;
        if count > MAX_BANKS {
            return Err(malformed(too_many(at, count, BANK_COUNT)));
        }
        for _ in 0..count {
            let at = r;
            let selection: TpmsPcrSelection<'_> = r.field(BANK).map_err(malformed)?;
            if selection.hash.digest_size().is_none() {
                return Err(malformed(unknown(at, selection.hash)));
            }
            banks.add(selection.hash, selection.mask());
        }
        let at = r;
        let lists = r.field(LISTS).map_err(malformed)?;
        if lists > MAX_LISTS {
            return Err(malformed(too_many(at, lists, LISTS)));
        }
        Self::new(PcrFormat::Marshaled, banks, lists, r)
    }

    /// Reads a file of the format `values`, which does not say what PCRs its values are of.
    /// `selection` is that of `tpm2_quote -l`, with the banks in the same order.
    ///
    /// # Errors
    /// Same errors as [`serialized`](Self::serialized).
    pub fn values(bytes: &'a [u8], selection: &PcrSet) -> Result<Self, Error> {
        let mut banks = Banks::NONE;
        for pcr in selection.iter() {
            banks.add_index(pcr.bank(), pcr.index());
        }
        Self::new(PcrFormat::Values, banks, 0, Reader::new(bytes))
    }

    fn new(format: PcrFormat, banks: Banks, lists: u32, rest: Reader<'a>) -> Result<Self, Error> {
        let start = Digests {
            format,
            lists,
            left: 0,
            list: rest,
            rest,
        };
        let mut digests = start;
        let mut count = 0_usize;
        for (bank, index) in banks.pcrs() {
            let expected = bank.digest_size().unwrap_or(0);
            let Some((offset, digest)) = digests.next(expected).map_err(malformed)? else {
                return Err(refused(PcrFileProblem::MissingValue { bank, index }));
            };
            if digest.len() != expected {
                return Err(refused(PcrFileProblem::ValueLength {
                    bank,
                    index,
                    expected,
                    found: digest.len(),
                })
                .at(offset));
            }
            count = count.saturating_add(1);
        }
        if let Some((offset, _)) = digests.next(0).map_err(malformed)? {
            return Err(refused(PcrFileProblem::SurplusValue).at(offset));
        }
        let end = digests.rest.finish().map_err(|error| error.in_place(END));
        end.map_err(malformed)?;
        Ok(Self {
            format,
            banks,
            digests: start,
            count,
        })
    }

    /// Returns the format of the file.
    #[must_use]
    pub const fn format(&self) -> PcrFormat {
        self.format
    }

    /// Returns how many values there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Returns how many banks the selection has. Some of them may have no PCRs.
    #[must_use]
    pub const fn bank_count(&self) -> usize {
        self.banks.count
    }

    /// Returns the PCRs that the file selects, as far as a set can hold them. The set may be
    /// empty.
    #[must_use]
    pub fn selection(&self) -> PcrSet {
        let mut set = PcrSet::NONE;
        for (bank, index) in self.banks.pcrs() {
            set.insert(bank, index);
        }
        set
    }

    /// Returns the values in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = PcrValue<'a>> + use<'a> {
        let mut digests = self.digests;
        self.banks.pcrs().map_while(move |(bank, index)| {
            let (_, digest) = digests.next(bank.digest_size()?).ok()??;
            Some(PcrValue {
                bank,
                index,
                digest,
            })
        })
    }

    /// Writes the values to the start of `room`, and returns what was written, or `None` if
    /// the room is too small. [`MAX`](Self::MAX) values always fit.
    #[must_use]
    pub fn values_in<'r>(&self, room: &'r mut [PcrValue<'a>]) -> Option<&'r [PcrValue<'a>]> {
        let room = room.get_mut(..self.count)?;
        for (place, value) in room.iter_mut().zip(self.iter()) {
            *place = value;
        }
        Some(room)
    }
}

impl fmt::Debug for PcrFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The banks of a selection, in its order; PCR n of a bank is bit n of its mask.
#[derive(Clone, Copy)]
struct Banks {
    banks: [(TpmAlgId, u32); 16],
    count: usize,
}

impl Banks {
    const NONE: Self = Self {
        banks: [(TpmAlgId::NULL, 0); 16],
        count: 0,
    };

    /// There are never more than there is room for.
    fn add(&mut self, bank: TpmAlgId, mask: u32) {
        if let Some(place) = self.banks.get_mut(self.count) {
            *place = (bank, mask);
            self.count = self.count.saturating_add(1);
        }
    }

    fn add_index(&mut self, bank: TpmAlgId, index: u8) {
        let bit = 1_u32.wrapping_shl(index.into());
        match self.banks.iter_mut().take(self.count).last() {
            Some((last, mask)) if *last == bank => *mask |= bit,
            _ => self.add(bank, bit),
        }
    }

    /// A selection as it lies in memory: hash, size of the bit map, four bytes
    /// of it, and one that is in no use.
    fn read_slot(&mut self, r: &mut Reader<'_>) -> Result<(), UnmarshalError> {
        let at = *r;
        let hash = little(r).map_err(|error| error.in_place(HASH))?;
        let bank = TpmAlgId(hash);
        if bank.digest_size().is_none() {
            return Err(unknown(at, bank));
        }
        let at = *r;
        let size: u8 = r.field(SIZE_OF_SELECT)?;
        if size > 4 {
            let size = size.into();
            let error = at.error(Reason::SizeOutOfRange { size });
            return Err(error.in_place(SIZE_OF_SELECT));
        }
        let map = r.array::<4>().map_err(|error| error.in_place(BANK))?;
        let unused = u32::MAX
            .checked_shl(u32::from(size).wrapping_mul(8))
            .unwrap_or(0);
        self.add(bank, u32::from_le_bytes(*map) & !unused);
        Ok(())
    }

    fn pcrs(&self) -> impl Iterator<Item = (TpmAlgId, u8)> + use<> {
        let banks = self.banks.into_iter().take(self.count);
        banks.flat_map(|(bank, mask)| {
            let is_set = move |index: &u8| mask & 1_u32.wrapping_shl((*index).into()) != 0;
            (0..32).filter(is_set).map(move |index| (bank, index))
        })
    }
}

/// The values that are still to come.
#[derive(Clone, Copy)]
struct Digests<'a> {
    format: PcrFormat,
    /// Lists that were not begun.
    lists: u32,
    /// Values that are left in the list that was begun.
    left: u32,
    /// That list, if it has a length of its own.
    list: Reader<'a>,
    /// What comes after it.
    rest: Reader<'a>,
}

impl<'a> Digests<'a> {
    /// The next value and where it stands; `size` is what it has to have, which
    /// only matters where nothing else tells.
    fn next(&mut self, size: usize) -> Result<Option<(usize, &'a [u8])>, UnmarshalError> {
        if self.format == PcrFormat::Values {
            if self.rest.rest().is_empty() {
                return Ok(None);
            }
            let offset = position(&self.rest);
            let value = self.rest.bytes(size).map_err(|e| e.in_place(VALUE))?;
            return Ok(Some((offset, value)));
        }
        while self.left == 0 {
            let Some(lists) = self.lists.checked_sub(1) else {
                return Ok(None);
            };
            self.lists = lists;
            self.begin_list()?;
        }
        self.left = self.left.saturating_sub(1);
        self.value().map(Some)
    }

    fn begin_list(&mut self) -> Result<(), UnmarshalError> {
        let mut counted = self.rest;
        if self.format == PcrFormat::Serialized {
            counted = self.rest.nested(LIST).map_err(|e| e.in_place(LIST_COUNT))?;
            self.left = little_count(&mut counted, MAX_IN_LIST, LIST_COUNT)?;
            self.list = counted;
            return Ok(());
        }
        self.left = self.rest.field(LIST_COUNT)?;
        if self.left > MAX_IN_LIST {
            return Err(too_many(counted, self.left, LIST_COUNT));
        }
        Ok(())
    }

    fn value(&mut self) -> Result<(usize, &'a [u8]), UnmarshalError> {
        if self.format == PcrFormat::Marshaled {
            let offset = position(&self.rest).saturating_add(2);
            let value: Tpm2bDigest<'_> = self.rest.field(VALUE)?;
            return Ok((offset, value.bytes()));
        }
        let mut slot = self.list.nested(SLOT).map_err(|e| e.in_place(VALUE))?;
        let at = slot;
        let size = little(&mut slot).map_err(|e| e.in_place(VALUE_SIZE))?;
        let offset = position(&slot);
        let value = slot.bytes(size.into()).map_err(|_| {
            at.error(Reason::SizeOutOfRange { size })
                .in_place(VALUE_SIZE)
        })?;
        Ok((offset, value))
    }
}

fn position(r: &Reader<'_>) -> usize {
    usize::try_from(r.offset()).unwrap_or(usize::MAX)
}

fn little(r: &mut Reader<'_>) -> Result<u16, UnmarshalError> {
    Ok(u16::from_le_bytes(*r.array()?))
}

fn little_count(
    r: &mut Reader<'_>,
    max: u32,
    place: &'static Place,
) -> Result<u32, UnmarshalError> {
    let at = *r;
    let count = r.array().map_err(|error| error.in_place(place))?;
    match u32::from_le_bytes(*count) {
        count if count <= max => Ok(count),
        count => Err(too_many(at, count, place)),
    }
}

fn too_many(at: Reader<'_>, count: u32, place: &'static Place) -> UnmarshalError {
    let count = u16::try_from(count).unwrap_or(u16::MAX);
    at.error(Reason::CountOutOfRange { count }).in_place(place)
}

fn unknown(at: Reader<'_>, bank: TpmAlgId) -> UnmarshalError {
    at.error(Reason::UnknownSelector { value: bank.0 })
        .in_place(HASH)
}
