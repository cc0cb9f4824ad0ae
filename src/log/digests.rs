//! [`Digests`]: the digests of an event, and the sizes that a log gives to its banks.

use core::fmt;

use crate::{types::TpmAlgId, wire::Hex, wire::Reader};

/// The banks of a log and the sizes of their digests.
#[derive(Clone, Copy)]
pub(super) enum Banks<'a> {
    /// SHA-1 alone, as in the logs of TPM 1.2.
    Sha1,
    /// Pairs of an id and a size, as the header of the log gives them.
    Declared(&'a [u8]),
}

/// Bytes of the id of a bank.
const ID_SIZE: usize = 2;
/// Bytes of a SHA-1 digest.
pub(super) const SHA1_SIZE: usize = 20;

impl<'a> Banks<'a> {
    pub(super) fn iter(self) -> impl Iterator<Item = (TpmAlgId, usize)> + use<'a> {
        let (alone, declared) = match self {
            Self::Sha1 => (Some((TpmAlgId::SHA1, SHA1_SIZE)), &[][..]),
            Self::Declared(bytes) => (None, bytes),
        };
        let mut reader = Reader::new(declared);
        alone.into_iter().chain(core::iter::from_fn(move || {
            let bank = TpmAlgId(reader.u16_le().ok()?);
            Some((bank, usize::from(reader.u16_le().ok()?)))
        }))
    }

    /// Bytes of a digest of each bank, as an event has them.
    pub(super) fn len(self) -> usize {
        let sizes = self.iter().map(|(_, size)| size.saturating_add(ID_SIZE));
        sizes.fold(0, usize::saturating_add)
    }

    /// The place of a bank among the others, and the size of its digests.
    pub(super) fn find(self, bank: TpmAlgId) -> Option<(u32, usize)> {
        (0..)
            .zip(self.iter())
            .find_map(|(place, (known, size))| (known == bank).then_some((place, size)))
    }
}

/// The digests of an event: one for each bank, in the order of the log.
#[derive(Clone, Copy)]
pub struct Digests<'a> {
    /// As in the log: each with its id in front, or one of SHA-1 without.
    pub(super) bytes: &'a [u8],
    pub(super) banks: Banks<'a>,
}

impl<'a> Digests<'a> {
    /// Returns the digest of a bank, if the event has one.
    #[must_use]
    pub fn of(self, bank: TpmAlgId) -> Option<&'a [u8]> {
        self.iter()
            .find_map(|(known, digest)| (known == bank).then_some(digest))
    }

    /// Returns the banks and the digests.
    pub fn iter(self) -> impl Iterator<Item = (TpmAlgId, &'a [u8])> + use<'a> {
        self.places().map(|(_, bank, digest)| (bank, digest))
    }

    /// The digests, each with the place of its bank among those of the log.
    pub(super) fn places(self) -> impl Iterator<Item = (u32, TpmAlgId, &'a [u8])> + use<'a> {
        let Self { bytes, banks } = self;
        let mut reader = Reader::new(bytes);
        core::iter::from_fn(move || match banks {
            Banks::Sha1 => Some((0, TpmAlgId::SHA1, reader.bytes(SHA1_SIZE).ok()?)),
            Banks::Declared(_) => {
                let bank = TpmAlgId(reader.u16_le().ok()?);
                let (place, size) = banks.find(bank)?;
                Some((place, bank, reader.bytes(size).ok()?))
            }
        })
    }
}

impl fmt::Debug for Digests<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digests = self.iter().map(|(bank, digest)| (bank, Hex(digest)));
        f.debug_map().entries(digests).finish()
    }
}
