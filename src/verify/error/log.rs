//! Boot logs: why one cannot be read, or does not explain a quote.

use core::fmt;

use super::{check::Check, excerpt::Excerpt, meaning::Meaning};
use crate::{
    types::TpmAlgId,
    verify::pcr::{BankName, Pcr},
};

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
    /// The event that says at which locality the TPM was started contradicts the log.
    Locality {
        /// The number of the event, counted from 0.
        event: u32,
        /// What is wrong with it.
        problem: LocalityProblem,
    },
    /// An event of a quoted PCR has no digest of the quoted bank.
    DigestMissing {
        /// The number of the event, counted from 0.
        event: u32,
        /// The PCR.
        pcr: Pcr,
    },
    /// The quote covers a PCR that logs have to explain, and they have no events for it.
    Unexplained {
        /// The PCR.
        pcr: Pcr,
        /// Its value in the quote.
        quoted: Excerpt,
    },
    /// The events of the logs do not come to the quoted value.
    Mismatch {
        /// The PCR.
        pcr: Pcr,
        /// How many events the logs have for it.
        events: u32,
        /// To what they come.
        computed: Excerpt,
        /// The value in the quote.
        quoted: Excerpt,
    },
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
    /// The quote covers a bank of which the log has no digests.
    NoBank(TpmAlgId),
    /// The quote covers a bank that is not supported.
    Bank(TpmAlgId),
}

/// Why the event that says at which locality the TPM was started was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalityProblem {
    /// It is not of PCR 0.
    PcrIndex(u32),
    /// It is the second one.
    Repeated,
    /// PCR 0 was extended before.
    Late,
    /// It has no locality, or something other than zeros after it.
    Form,
    /// The TPM cannot be started at this locality.
    Value(u8),
}

impl LogProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        let (name, help) = match self {
            Self::Empty => {
                return Meaning::malformed(
                    "log-empty",
                    "Read the log to its end: its file has a size of 0 on Linux, whatever it holds.",
                );
            }
            Self::Truncated { .. } => {
                return Meaning::malformed(
                    "log-truncated",
                    "The log was cut when it was read or sent, or it is not a boot log.",
                );
            }
            Self::Tail { .. } => {
                return Meaning::malformed(
                    "log-tail",
                    "Allow padding if the log was taken from an area of a fixed size, as CCEL is.",
                );
            }
            Self::Header(_) => {
                return Meaning::malformed(
                    "log-header",
                    "The log was changed on its way, or it is not a boot log.",
                );
            }
            Self::Event { .. } => {
                return Meaning::malformed(
                    "log-event",
                    "The log was changed on its way, or it is not a boot log.",
                );
            }
            Self::Unsupported(_) => {
                return Meaning::unsupported(
                    Check::BootLog,
                    "log-unsupported",
                    "Logs are read in the little-endian forms of TPM 1.2 and crypto agile, and replayed in the banks that the quote covers.",
                );
            }
            Self::Locality { .. } => (
                "log-locality",
                "Firmware writes this event once and first: the log was changed, or several were put together.",
            ),
            Self::DigestMissing { .. } => (
                "log-digest-missing",
                "Quote a bank in which all events of these PCRs were measured.",
            ),
            Self::Unexplained { .. } => (
                "log-unexplained",
                "Firmware measures into each of the PCRs 0 to 7: send its whole log, and ask for none from a machine that has none.",
            ),
            Self::Mismatch { .. } => (
                "log-mismatch",
                "Send the quote and the logs of the same boot, and name what the operating system extends later without a log.",
            ),
        };
        Meaning::rejected(Check::BootLog, name, help)
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
            Self::Locality { event, problem } => write!(f, "event {event} {problem}"),
            Self::DigestMissing { event, pcr } => write!(
                f,
                "event {event} has no digest for {pcr}, which the quote covers"
            ),
            Self::Unexplained { pcr, quoted } => {
                write!(
                    f,
                    "the logs have no events for {pcr}, the quote has {quoted}"
                )
            }
            Self::Mismatch {
                pcr,
                events,
                computed,
                quoted,
            } => {
                write!(f, "{pcr} is {computed} by the ")?;
                match events {
                    1 => f.write_str("only event of the logs")?,
                    events => write!(f, "{events} events of the logs")?,
                }
                write!(f, ", the quote has {quoted}")
            }
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
        match *self {
            Self::BigEndian => f.write_str("the numbers of the log are big-endian"),
            Self::Header => f.write_str("the header of the log is of an unknown version"),
            Self::NoBank(bank) => write!(
                f,
                "the quote covers bank {}, of which the log has no digests",
                BankName(bank)
            ),
            Self::Bank(bank) => write!(
                f,
                "the quote covers bank {}, in which logs cannot be replayed",
                BankName(bank)
            ),
        }
    }
}

impl fmt::Display for LocalityProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("gives the locality at which the TPM was started")?;
        match *self {
            Self::PcrIndex(index) => write!(f, " for PCR {index}, expected PCR 0"),
            Self::Repeated => f.write_str(" for the second time"),
            Self::Late => f.write_str(" after PCR 0 was extended"),
            Self::Form => f.write_str(" in another form than one byte and zeros"),
            Self::Value(value) => write!(f, " as {value}, expected 0, 3 or 4"),
        }
    }
}
