//! [`Event`]: an entry of the firmware's log, and how it is read.

use core::fmt;

use super::{
    digests::{Banks, Digests, SHA1_SIZE},
    event_type::EventType,
};
use crate::{
    error::UnmarshalError,
    types::TpmAlgId,
    verify::{
        Error,
        error::{LogEventProblem, LogProblem},
    },
    wire::{Hex, Reader},
};

/// The largest index of a PCR.
const LAST_PCR: u32 = 23;

/// An entry of a log: what its writer says that was measured, and the digests with which the
/// PCR was extended.
///
/// It is the log's word, which nothing proves.
#[derive(Clone, Copy)]
#[doc(alias("TCG_PCR_EVENT", "TCG_PCR_EVENT2"))]
pub struct Event<'a> {
    number: u32,
    offset: u32,
    index: u32,
    event_type: EventType,
    digests: Digests<'a>,
    data: &'a [u8],
}

impl<'a> Event<'a> {
    /// Returns the number of the event in its log, counted from 0.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Returns where the event begins, in bytes from the start of the log.
    #[must_use]
    pub const fn offset(&self) -> u32 {
        self.offset
    }

    /// Returns the PCR that the event extends, or `None` if it extends none: an event of type
    /// [`EventType::NO_ACTION`] only informs.
    #[must_use]
    pub fn pcr(&self) -> Option<u8> {
        if self.event_type == EventType::NO_ACTION {
            return None;
        }
        u8::try_from(self.index).ok()
    }

    /// Returns the number in the field `pcrIndex`, which is that of a PCR unless the type is
    /// [`EventType::NO_ACTION`].
    #[must_use]
    pub const fn pcr_index(&self) -> u32 {
        self.index
    }

    /// Returns the type. No digest covers it.
    #[must_use]
    pub const fn event_type(&self) -> EventType {
        self.event_type
    }

    /// Returns the digests, one for each bank.
    #[must_use]
    pub const fn digests(&self) -> Digests<'a> {
        self.digests
    }

    /// Returns the digest of a bank, if the event has one.
    #[must_use]
    pub fn digest(&self, bank: TpmAlgId) -> Option<&'a [u8]> {
        self.digests.of(bank)
    }

    /// Returns the data of the event. For many types the digest does not cover them.
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Reads the next event, in the form of TPM 1.2 if the only bank is its own. With the length
    /// of the digests of each event, which is known when the log was read before, they are not
    /// read again.
    #[inline]
    pub(super) fn read(
        reader: &mut Reader<'a>,
        number: u32,
        banks: Banks<'a>,
        digests: Option<usize>,
    ) -> Result<Self, Error> {
        let offset = reader.offset();
        let at = |problem| of_event(number, offset, problem);
        let cut = |error| truncated(number, offset, error);
        let index = reader.u32_le().map_err(cut)?;
        let event_type = EventType(reader.u32_le().map_err(cut)?);
        if index > LAST_PCR && event_type != EventType::NO_ACTION {
            return Err(at(LogEventProblem::PcrIndex(index)));
        }
        let bytes = match (banks, digests) {
            (Banks::Sha1, _) => reader.bytes(SHA1_SIZE).map_err(cut)?,
            (Banks::Declared(_), None) => read_digests(reader, number, offset, banks)?,
            (Banks::Declared(_), Some(len)) => {
                reader.u32_le().map_err(cut)?;
                reader.bytes(len).map_err(cut)?
            }
        };
        let size = reader.u32_le().map_err(cut)?;
        // On machines of 16 bits no input is as long.
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let data = reader.bytes(size).map_err(cut)?;
        Ok(Self {
            number,
            offset,
            index,
            event_type,
            digests: Digests { bytes, banks },
            data,
        })
    }
}

/// Reads the digests, each with its id in front, and gives the bytes.
fn read_digests<'a>(
    reader: &mut Reader<'a>,
    number: u32,
    offset: u32,
    banks: Banks<'a>,
) -> Result<&'a [u8], Error> {
    let at = |problem| of_event(number, offset, problem);
    let cut = |error| truncated(number, offset, error);
    let count = reader.u32_le().map_err(cut)?;
    let known = banks.iter().count();
    if usize::try_from(count).map_or(true, |count| count > known) {
        return Err(at(LogEventProblem::DigestCount(count)));
    }
    let start = reader.rest();
    let mut seen = 0_u32;
    for _ in 0..count {
        let bank = TpmAlgId(reader.u16_le().map_err(cut)?);
        let Some((place, size)) = banks.find(bank) else {
            return Err(at(LogEventProblem::BankUndeclared(bank)));
        };
        let bit = 1_u32.wrapping_shl(place);
        if seen & bit != 0 {
            return Err(at(LogEventProblem::DigestRepeated(bank)));
        }
        seen |= bit;
        reader.bytes(size).map_err(cut)?;
    }
    let len = start.len().saturating_sub(reader.rest().len());
    Ok(start.get(..len).unwrap_or_default())
}

/// An error about one event, at its start.
#[cold]
fn of_event(event: u32, offset: u32, problem: LogEventProblem) -> Error {
    let error = Error::from(LogProblem::Event { event, problem });
    error.at(usize::try_from(offset).unwrap_or(usize::MAX))
}

/// The log ends within an event: nothing else goes wrong in reading its parts.
#[cold]
fn truncated(event: u32, start: u32, error: UnmarshalError) -> Error {
    Error::from(LogProblem::Truncated { event, start }).at(error.offset())
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("number", &self.number)
            .field("offset", &self.offset)
            .field("pcr_index", &self.index)
            .field("event_type", &self.event_type)
            .field("digests", &self.digests)
            .field("data", &Hex(self.data))
            .finish()
    }
}
