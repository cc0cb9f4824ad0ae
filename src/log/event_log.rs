//! [`EventLog`]: the firmware's log, read and checked in form.

use core::fmt;

use super::{digests::Banks, event::Event, event_type::EventType};
use crate::{
    types::TpmAlgId,
    verify::{
        Error,
        error::{LogHeaderProblem, LogProblem, LogUnsupported},
    },
    wire::Reader,
};

/// The form of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// As for TPM 1.2: each event has a SHA-1 digest.
    Sha1,
    /// Crypto agile: a header names the banks, and each event has digests of some of them.
    CryptoAgile,
}

/// The firmware's event log, as Linux gives it in
/// `/sys/kernel/security/tpm0/binary_bios_measurements`.
///
/// All of it is read once, when it is parsed; the events are then iterated without errors
/// and without copies. A log proves nothing: anyone can write one.
///
/// ```
/// use tpm_quote::log::{EventLog, EventType};
///
/// // A separator in PCR 7, in the form of TPM 1.2.
/// let mut log = [0; 36];
/// log[0] = 7; // pcrIndex
/// log[4] = 4; // eventType
/// log[28] = 4; // eventSize
/// let log = EventLog::parse(&log)?;
/// let event = log.events().next().unwrap();
/// assert_eq!((event.pcr(), event.event_type()), (Some(7), EventType::SEPARATOR));
///
/// // A log that was cut is refused, and the error says where.
/// let error = EventLog::parse(&[7, 0, 0, 0, 4, 0]).unwrap_err();
/// assert_eq!((error.problem_name(), error.offset()), ("log-truncated", Some(4)));
/// # Ok::<(), tpm_quote::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct EventLog<'a> {
    /// Without what follows the last event.
    events: &'a [u8],
    count: u32,
    banks: Banks<'a>,
    /// Bytes of the digests of an event behind the header, if each has those of all banks.
    digests: Option<usize>,
    tail: Option<(u8, usize)>,
}

/// The largest number of banks that a header may name: there are eight hashes that a TPM can
/// have, and four of them are common.
const MAX_BANKS: u32 = 8;

const SIGNATURE: &[u8] = b"Spec ID Event";

impl<'a> EventLog<'a> {
    /// Reads a log that ends with its last event.
    ///
    /// # Errors
    /// The log is empty, cut, padded, or not a log; the error has the offset. A header of
    /// another version and big-endian logs are unsupported.
    pub fn parse(log: &'a [u8]) -> Result<Self, Error> {
        Self::read(log, false)
    }

    /// Reads a log that may be followed by bytes which are all `0xff` or all zero, as logs are
    /// that were taken from an area of a fixed size (ACPI's CCEL, Windows, TXT). How many
    /// there are is in [`tail_bytes`](Self::tail_bytes).
    ///
    /// # Errors
    /// As [`parse`](Self::parse), but for the padding.
    pub fn parse_padded(log: &'a [u8]) -> Result<Self, Error> {
        Self::read(log, true)
    }

    fn read(log: &'a [u8], padded: bool) -> Result<Self, Error> {
        let (padding, run) = run_at_end(log);
        if run == log.len() {
            return Err(refused(LogProblem::Empty, 0));
        }
        let mut reader = Reader::new(log);
        if is_big_endian(log) {
            let problem = LogProblem::Unsupported(LogUnsupported::BigEndian);
            return Err(refused(problem, 0));
        }
        let first = Event::read(&mut reader, 0, Banks::Sha1, None)?;
        let banks = banks(&first)?;
        let mut count = 1;
        let mut left = reader.rest().len();
        let (mut tail, mut digests) = (None, Some(banks.len()));
        while left > 0 {
            // From here on all bytes are the same.
            if left <= run {
                if !padded {
                    let at = log.len().saturating_sub(left);
                    let count = u32::try_from(left).unwrap_or(u32::MAX);
                    return Err(refused(
                        LogProblem::Tail {
                            byte: padding,
                            count,
                        },
                        at,
                    ));
                }
                tail = Some((padding, left));
                break;
            }
            let event = Event::read(&mut reader, count, banks, None)?;
            digests = digests.filter(|len| event.digests().bytes.len() == *len);
            count = count.saturating_add(1);
            left = reader.rest().len();
        }
        let end = log.len().saturating_sub(left);
        Ok(Self {
            events: log.get(..end).unwrap_or_default(),
            count,
            banks,
            digests,
            tail,
        })
    }

    /// Returns the form of the log.
    #[must_use]
    pub const fn format(&self) -> LogFormat {
        match self.banks {
            Banks::Sha1 => LogFormat::Sha1,
            Banks::Declared(_) => LogFormat::CryptoAgile,
        }
    }

    /// Returns the banks that the log says it has, also those that this crate does not know.
    /// No event needs to have digests of all of them.
    pub fn banks(&self) -> impl Iterator<Item = TpmAlgId> + use<'a> {
        self.banks.iter().map(|(bank, _)| bank)
    }

    /// Returns the events in their order, with the header of a crypto-agile log as the first.
    pub fn events(&self) -> impl Iterator<Item = Event<'a>> + Clone + use<'a> {
        self.events_from(0, 0)
    }

    /// Iterates over the events from byte `offset` of the log on. `number` is the index of the
    /// first one.
    pub(super) fn events_from(&self, number: u32, offset: u32) -> Events<'a> {
        Events {
            log: *self,
            reader: self.reader_at(offset),
            number,
        }
    }

    /// Reads the event that starts at `offset`. `number` is its position in the log.
    pub(super) fn event_at(&self, number: u32, offset: u32) -> Option<Event<'a>> {
        self.read_event(&mut self.reader_at(offset), number)
    }

    /// Returns a reader that starts at `offset`. Behind the end of the log it is empty.
    fn reader_at(&self, offset: u32) -> Reader<'a> {
        let mut reader = Reader::new(self.events);
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        if reader.bytes(offset).is_err() {
            reader.take_rest();
        }
        reader
    }

    #[inline]
    fn read_event(&self, reader: &mut Reader<'a>, number: u32) -> Option<Event<'a>> {
        let banks = if number == 0 { Banks::Sha1 } else { self.banks };
        Event::read(reader, number, banks, self.digests).ok()
    }

    /// Returns how many bytes of padding follow the last event: 0 unless the caller allowed
    /// them, see [`parse_padded`](Self::parse_padded).
    #[must_use]
    pub fn tail_bytes(&self) -> usize {
        self.tail.map_or(0, |(_, count)| count)
    }

    /// Returns the byte of which the padding is made, `0xff` or `0`.
    #[must_use]
    pub fn tail_byte(&self) -> Option<u8> {
        self.tail.map(|(byte, _)| byte)
    }
}

/// The events of a log, from one of them on.
#[derive(Clone)]
pub(super) struct Events<'a> {
    log: EventLog<'a>,
    reader: Reader<'a>,
    number: u32,
}

impl<'a> Iterator for Events<'a> {
    type Item = Event<'a>;

    #[inline]
    fn next(&mut self) -> Option<Event<'a>> {
        let number = self.number;
        if number >= self.log.count {
            return None;
        }
        self.number = number.saturating_add(1);
        self.log.read_event(&mut self.reader, number)
    }
}

/// The last byte and how often it stands at the end, if it can be padding.
fn run_at_end(log: &[u8]) -> (u8, usize) {
    match log.last() {
        Some(&byte @ (0 | 0xff)) => {
            let run = log.iter().rev().take_while(|other| **other == byte).count();
            (byte, run)
        }
        _ => (0, 0),
    }
}

/// Whether the first event is of a PCR if its numbers are read as those of such a machine, and
/// of none if they are not.
fn is_big_endian(log: &[u8]) -> bool {
    let mut reader = Reader::new(log);
    let (Ok(index), Ok(event_type)) = (reader.array(), reader.u32_le()) else {
        return false;
    };
    let is_of_none = u32::from_le_bytes(*index) > 23 && event_type != EventType::NO_ACTION.0;
    is_of_none && u32::from_be_bytes(*index) < 24
}

/// The banks of a log, by its first event.
fn banks<'a>(first: &Event<'a>) -> Result<Banks<'a>, Error> {
    let data = first.data();
    if first.event_type() != EventType::NO_ACTION || !data.starts_with(SIGNATURE) {
        return Ok(Banks::Sha1);
    }
    match data
        .get(SIGNATURE.len()..)
        .and_then(|rest| rest.first_chunk())
    {
        Some(b"00\0" | b"02\0") => Ok(Banks::Sha1),
        Some(b"03\0") => declared(first),
        _ => Err(refused(
            LogProblem::Unsupported(LogUnsupported::Header),
            DATA_AT,
        )),
    }
}

/// Where the data of the first event begin.
const DATA_AT: usize = 32;

/// Reads the header of a crypto-agile log (`TCG_EfiSpecIDEvent`).
fn declared<'a>(header: &Event<'a>) -> Result<Banks<'a>, Error> {
    let data = header.data();
    let mut reader = Reader::new(data);
    let wrong = |problem, at: u32| {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        refused(LogProblem::Header(problem), DATA_AT.saturating_add(at))
    };
    let cut = |_| {
        let at = u32::try_from(data.len()).unwrap_or(u32::MAX);
        wrong(LogHeaderProblem::TooShort, at)
    };
    // Signature, class of platform, version and size of addresses.
    reader.bytes(24).map_err(cut)?;
    let at = reader.offset();
    let count = reader.u32_le().map_err(cut)?;
    if count == 0 || count > MAX_BANKS {
        return Err(wrong(LogHeaderProblem::BankCount(count), at));
    }
    let list = reader.rest();
    let mut len = 0_usize;
    for _ in 0..count {
        let at = reader.offset();
        let bank = TpmAlgId(reader.u16_le().map_err(cut)?);
        let size = reader.u16_le().map_err(cut)?;
        let before = Banks::Declared(list.get(..len).unwrap_or_default());
        if before.find(bank).is_some() {
            return Err(wrong(LogHeaderProblem::BankRepeated(bank), at));
        }
        let is_its_size = match bank.digest_size() {
            Some(known) => known == usize::from(size),
            None => size > 0,
        };
        if !is_its_size {
            return Err(wrong(LogHeaderProblem::DigestSize { bank, size }, at));
        }
        len = len.saturating_add(4);
    }
    let [vendor] = *reader.array().map_err(cut)?;
    reader.bytes(usize::from(vendor)).map_err(cut)?;
    if !reader.rest().is_empty() {
        return Err(wrong(LogHeaderProblem::TooLong, reader.offset()));
    }
    Ok(Banks::Declared(list.get(..len).unwrap_or_default()))
}

#[cold]
fn refused(problem: LogProblem, at: usize) -> Error {
    Error::from(problem).at(at)
}

impl fmt::Debug for EventLog<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.events()).finish()
    }
}
