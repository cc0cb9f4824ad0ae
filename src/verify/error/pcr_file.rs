//! PCR files of tpm2-tools, and keylime's quotes, which hold one.

use core::fmt;

use super::meaning::Meaning;
use crate::{types::TpmAlgId, verify::pcr::PcrName};

/// Why a PCR file of tpm2-tools is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PcrFileProblem {
    /// The file selects a PCR for which it has no value.
    MissingValue {
        /// Bank.
        bank: TpmAlgId,
        /// Index.
        index: u8,
    },
    /// The file has more values than it selects PCRs.
    SurplusValue,
    /// A value is not as long as its bank's digests.
    ValueLength {
        /// Bank.
        bank: TpmAlgId,
        /// Index.
        index: u8,
        /// Length of the bank's digests, in bytes.
        expected: usize,
        /// Length of the value, in bytes.
        found: usize,
    },
}

impl PcrFileProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        const HELP: &str = "A PCR file has one value for each PCR of its selection, in that order, as long as the bank's digests.";
        let name = match self {
            Self::MissingValue { .. } => "pcr-file-value-missing",
            Self::SurplusValue => "pcr-file-value-surplus",
            Self::ValueLength { .. } => "pcr-file-value-length",
        };
        Meaning::malformed(name, HELP)
    }
}

impl fmt::Display for PcrFileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::MissingValue { bank, index } => {
                write!(
                    f,
                    "no value for {}, which is selected",
                    PcrName(bank, index)
                )
            }
            Self::SurplusValue => f.write_str("a value for which no PCR is selected"),
            Self::ValueLength {
                bank,
                index,
                expected,
                found,
            } => write!(
                f,
                "the value of {} has {found} bytes, expected {expected}",
                PcrName(bank, index)
            ),
        }
    }
}

/// A part of a keylime quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeylimePart {
    /// The message.
    Message,
    /// The signature.
    Signature,
    /// The PCR file.
    Pcrs,
}

impl fmt::Display for KeylimePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Message => "message",
            Self::Signature => "signature",
            Self::Pcrs => "PCR file",
        })
    }
}

/// Why a text is not a quote as keylime's agent sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeylimeProblem {
    /// It does not begin with `r`.
    Start,
    /// A part is missing.
    MissingPart(KeylimePart),
    /// A part is not base64: standard alphabet, padded, nothing in between.
    Base64(KeylimePart),
    /// Something follows the third part.
    Surplus,
}

impl KeylimeProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        const HELP: &str = "A keylime quote is the letter r, then message, signature and PCR file in base64, with a colon between them.";
        let name = match self {
            Self::Start => "keylime-start",
            Self::MissingPart(_) => "keylime-part-missing",
            Self::Base64(_) => "keylime-base64",
            Self::Surplus => "keylime-surplus",
        };
        Meaning::malformed(name, HELP)
    }
}

impl fmt::Display for KeylimeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("expected the letter r at the start"),
            Self::MissingPart(part) => write!(f, "the {part} is missing"),
            Self::Base64(part) => write!(f, "the {part} is not base64"),
            Self::Surplus => f.write_str("something follows the PCR file"),
        }
    }
}
