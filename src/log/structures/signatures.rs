//! [`SignatureLists`]: the entries of `PK`, `KEK`, `db`, `dbx` and `dbt`.

use core::fmt;

use super::guid::Guid;
use crate::{
    error::{Reason, UnmarshalError, saturate},
    wire::Reader,
};

/// Lists of certificates and digests, each list of one kind.
///
/// All of them are read once, when they are parsed; the entries are then iterated without
/// errors. Kinds that this crate does not know are kept.
#[derive(Clone, Copy)]
#[doc(alias = "EFI_SIGNATURE_LIST")]
pub struct SignatureLists<'a>(&'a [u8]);

/// An entry of such a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "EFI_SIGNATURE_DATA")]
pub struct SignatureEntry<'a> {
    kind: Guid,
    owner: Guid,
    data: &'a [u8],
}

/// Bytes of the fields with which a list begins.
const HEAD: u32 = 28;
/// Bytes of the owner in front of each entry.
const OWNER: u32 = 16;

/// The entries of one list, all of the same size.
#[derive(Clone, Copy)]
struct List<'a> {
    kind: Guid,
    size: usize,
    entries: &'a [u8],
}

impl<'a> SignatureLists<'a> {
    /// Reads lists that fill `contents`, of which there may be none.
    ///
    /// # Errors
    /// A list is longer than the contents, shorter than its header, or not made of entries of
    /// the size that it gives.
    pub fn parse(contents: &'a [u8]) -> Result<Self, UnmarshalError> {
        let mut reader = Reader::new(contents);
        while !reader.rest().is_empty() {
            List::read(&mut reader)?;
        }
        Ok(Self(contents))
    }

    /// Returns the entries of all lists, in their order.
    pub fn entries(&self) -> impl Iterator<Item = SignatureEntry<'a>> + Clone + use<'a> {
        let mut reader = Reader::new(self.0);
        let lists = core::iter::from_fn(move || List::read(&mut reader).ok());
        lists.flat_map(|list| {
            let entries = list.entries.chunks_exact(list.size.max(1));
            entries.filter_map(move |entry| {
                let (owner, data) = entry.split_first_chunk()?;
                Some(SignatureEntry {
                    kind: list.kind,
                    owner: Guid(*owner),
                    data,
                })
            })
        })
    }
}

impl<'a> List<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        let kind = Guid(*reader.array()?);
        let start = *reader;
        let list = reader.u32_le()?;
        let header = reader.u32_le()?;
        let size = reader.u32_le()?;
        let odd = |value: u32| {
            let size = saturate(usize::try_from(value).unwrap_or(usize::MAX));
            start.error(Reason::SizeOutOfRange { size })
        };
        let Some(entries) = list
            .checked_sub(HEAD)
            .and_then(|rest| rest.checked_sub(header))
        else {
            return Err(odd(list));
        };
        // An entry has at least one byte behind its owner.
        if size <= OWNER || entries.checked_rem(size) != Some(0) {
            return Err(odd(size));
        }
        reader.bytes(usize::try_from(header).unwrap_or(usize::MAX))?;
        let entries = reader.bytes(usize::try_from(entries).unwrap_or(usize::MAX))?;
        Ok(Self {
            kind,
            size: usize::try_from(size).unwrap_or(usize::MAX),
            entries,
        })
    }
}

impl<'a> SignatureEntry<'a> {
    /// Returns what the entry is, such as [`Guid::CERT_X509`].
    #[must_use]
    pub const fn kind(&self) -> Guid {
        self.kind
    }

    /// Returns who put it into the list.
    #[must_use]
    pub const fn owner(&self) -> Guid {
        self.owner
    }

    /// Returns the certificate, the digest, or what else its kind says.
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }
}

impl fmt::Debug for SignatureLists<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries()).finish()
    }
}
