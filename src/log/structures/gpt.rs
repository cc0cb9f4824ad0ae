//! [`GptEvent`]: the partition table of the disk from which the machine booted.

use super::guid::Guid;
use crate::{
    error::{Reason, UnmarshalError, saturate},
    wire::Reader,
};

/// A partition table as firmware measures it into PCR 5: its header, and the partitions in use.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "UEFI_GPT_DATA")]
pub struct GptEvent<'a> {
    disk: Guid,
    size: usize,
    partitions: &'a [u8],
}

/// A partition of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GptPartition {
    kind: Guid,
    id: Guid,
    first: u64,
    last: u64,
}

/// Bytes of the header of a partition table.
const HEADER: usize = 92;
/// The least size of an entry.
const ENTRY: u32 = 128;

impl<'a> GptEvent<'a> {
    /// Reads an event that fills `data`.
    ///
    /// # Errors
    /// The data are no header of a partition table with its partitions behind it.
    pub fn parse(data: &'a [u8]) -> Result<Self, UnmarshalError> {
        let mut reader = Reader::new(data);
        let mut header = reader.nested(HEADER)?;
        let start = header;
        if header.array()? != b"EFI PART" {
            return Err(start.error(Reason::WrongConstant));
        }
        header.bytes(48)?;
        let disk = Guid(*header.array()?);
        header.bytes(12)?;
        let at = header;
        let size = header.u32_le()?;
        if size < ENTRY {
            let size = saturate(usize::try_from(size).unwrap_or(usize::MAX));
            return Err(at.error(Reason::SizeOutOfRange { size }));
        }
        let count = reader.u64_le()?;
        let bytes = count.saturating_mul(size.into());
        let partitions = reader.bytes(usize::try_from(bytes).unwrap_or(usize::MAX))?;
        reader.finish()?;
        Ok(Self {
            disk,
            size: usize::try_from(size).unwrap_or(usize::MAX),
            partitions,
        })
    }

    /// Returns the id of the disk.
    #[must_use]
    pub const fn disk(&self) -> Guid {
        self.disk
    }

    /// Returns the partitions.
    pub fn partitions(&self) -> impl Iterator<Item = GptPartition> + use<'a> {
        let entries = self.partitions.chunks_exact(self.size.max(1));
        entries.filter_map(|entry| {
            let mut reader = Reader::new(entry);
            Some(GptPartition {
                kind: Guid(*reader.array().ok()?),
                id: Guid(*reader.array().ok()?),
                first: reader.u64_le().ok()?,
                last: reader.u64_le().ok()?,
            })
        })
    }
}

impl GptPartition {
    /// Returns what the partition is for.
    #[must_use]
    pub const fn kind(&self) -> Guid {
        self.kind
    }

    /// Returns the id of the partition.
    #[must_use]
    pub const fn id(&self) -> Guid {
        self.id
    }

    /// Returns the first block of the partition.
    #[must_use]
    pub const fn first_block(&self) -> u64 {
        self.first
    }

    /// Returns the last block of the partition.
    #[must_use]
    pub const fn last_block(&self) -> u64 {
        self.last
    }
}
