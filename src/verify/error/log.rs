//! Boot logs: why one cannot be read.

use core::fmt;

use super::{check::Check, meaning::Meaning};
use crate::{types::TpmAlgId, verify::pcr::BankName};

/// What is wrong with a boot log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogProblem {
    /// The log has no events.
    Empty,
    /// The log ends within an event.
    Truncated {
        /// The number of the event, counted from 0.
        event: u32,
        /// Where it begins.
        start: u32,
    },
    /// Padding follows the last event, which the caller does not allow.
    Tail {
        /// The byte of which it is made.
        byte: u8,
        /// How many of them there are.
        count: u32,
    },
    /// The header of a crypto-agile log is malformed.
    Header(LogHeaderProblem),
    /// An event is malformed.
    Event {
        /// Its number, counted from 0.
        event: u32,
        /// What is wrong with it.
        problem: LogEventProblem,
    },
    /// The log or what it is compared with is not supported.
    Unsupported(LogUnsupported),
}

/// Why the header of a crypto-agile log was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogHeaderProblem {
    /// The header ends before its last field does.
    TooShort,
    /// Bytes follow the last field of the header.
    TooLong,
    /// The header names no banks, or more than 8.
    BankCount(u32),
    /// The header names a bank twice.
    BankRepeated(TpmAlgId),
    /// The digests of the bank do not have this size.
    DigestSize {
        /// The bank.
        bank: TpmAlgId,
        /// The size in the header.
        size: u16,
    },
}

/// Why an event was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogEventProblem {
    /// The event extends a PCR that no TPM has.
    PcrIndex(u32),
    /// The event has more digests than the log has banks.
    DigestCount(u32),
    /// The event has a digest of a bank that the header does not name.
    BankUndeclared(TpmAlgId),
    /// The event has two digests of one bank.
    DigestRepeated(TpmAlgId),
}

/// What is not supported in a boot log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogUnsupported {
    /// The numbers are big-endian.
    BigEndian,
    /// The header is of an unknown version.
    Header,
}

impl LogProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        let (name, help) = match self {
            Self::Empty => (
                "log-empty",
                "Read the log to its end: its file has a size of 0 on Linux, whatever it holds.",
            ),
            Self::Truncated { .. } => (
                "log-truncated",
                "The log was cut when it was read or sent, or it is not a boot log.",
            ),
            Self::Tail { .. } => (
                "log-tail",
                "Allow padding if the log was taken from an area of a fixed size, as CCEL and the logs of Windows are.",
            ),
            Self::Header(_) => (
                "log-header",
                "The log was changed on its way, or it is not a boot log.",
            ),
            Self::Event { .. } => (
                "log-event",
                "The log was changed on its way, or it is not a boot log.",
            ),
            Self::Unsupported(_) => {
                return Meaning::unsupported(
                    Check::BootLog,
                    "log-unsupported",
                    "Little-endian logs of TPM 1.2 and crypto-agile logs are supported.",
                );
            }
        };
        Meaning::malformed(name, help)
    }
}

impl fmt::Display for LogProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the log has no events"),
            Self::Truncated { event, start } => {
                write!(
                    f,
                    "the log ends within event {event}, which begins at offset {start}"
                )
            }
            Self::Tail { byte, count: 1 } => {
                write!(f, "1 byte 0x{byte:02x} follows the last event")
            }
            Self::Tail { byte, count } => {
                write!(f, "{count} bytes 0x{byte:02x} follow the last event")
            }
            Self::Header(problem) => write!(f, "header of the log: {problem}"),
            Self::Event { event, problem } => write!(f, "event {event} {problem}"),
            Self::Unsupported(problem) => problem.fmt(f),
        }
    }
}

impl fmt::Display for LogHeaderProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooShort => f.write_str("it ends before its last field does"),
            Self::TooLong => f.write_str("bytes follow its last field"),
            Self::BankCount(count) => write!(f, "{count} banks, expected 1 to 8"),
            Self::BankRepeated(bank) => write!(f, "bank {} is named twice", BankName(bank)),
            Self::DigestSize { bank, size } => {
                write!(f, "digests of {size} bytes in bank {}", BankName(bank))?;
                match bank.digest_size() {
                    Some(expected) => write!(f, ", expected {expected}"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl fmt::Display for LogEventProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::PcrIndex(index) => write!(f, "extends PCR {index}, expected 0 to 23"),
            Self::DigestCount(count) => {
                write!(f, "has {count} digests, more than the log has banks")
            }
            Self::BankUndeclared(bank) => write!(
                f,
                "has a digest of bank {}, which the header does not name",
                BankName(bank)
            ),
            Self::DigestRepeated(bank) => write!(f, "has two digests of bank {}", BankName(bank)),
        }
    }
}

impl fmt::Display for LogUnsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BigEndian => "the numbers of the log are big-endian",
            Self::Header => "the header of the log is of an unknown version",
        })
    }
}
