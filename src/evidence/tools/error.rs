//! Why a file cannot be read.

use core::{error::Error, fmt};

use crate::{
    error::UnmarshalError,
    types::TpmAlgId,
    verify::{Check, Verdict, bank_name},
};

/// Why a file of tpm2-tools cannot be read. Offsets are bytes from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub enum ToolsError {
    /// It is not laid out as it has to be.
    Layout(UnmarshalError),
    /// The selection has a PCR for which there is no value.
    MissingValue {
        /// Bank.
        bank: TpmAlgId,
        /// Index.
        index: u8,
    },
    /// There are more values than PCR in the selection.
    SurplusValue {
        /// Where the first of them stands.
        offset: u32,
    },
    /// A value is not as long as its bank's digests.
    ValueLength {
        /// Bank.
        bank: TpmAlgId,
        /// Index.
        index: u8,
        /// Where it stands.
        offset: u32,
        /// Length of its digests, in bytes.
        expected: usize,
        /// Length of the value, in bytes.
        found: usize,
    },
}

impl ToolsError {
    /// The check that failed.
    #[must_use]
    pub const fn check(&self) -> Check {
        Check::Input
    }

    /// What the error says about the evidence.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Layout(error) if error.is_unknown_selector() => Verdict::Unsupported,
            _ => Verdict::Malformed,
        }
    }

    /// One sentence of help.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Layout(error) if error.is_unknown_selector() => {
                "A newer version of this program may know this algorithm."
            }
            Self::Layout(_) => "The file was cut, changed, or written in another format.",
            Self::MissingValue { .. } | Self::SurplusValue { .. } | Self::ValueLength { .. } => {
                "A PCR file has one value for each PCR of its selection, in that order, as long as the bank's digests."
            }
        }
    }
}

impl From<UnmarshalError> for ToolsError {
    fn from(error: UnmarshalError) -> Self {
        Self::Layout(error)
    }
}

impl fmt::Display for ToolsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layout(error) => error.fmt(f),
            Self::MissingValue { bank, index } => {
                write!(f, "PCR file: no value for {}", Pcr(*bank, *index))
            }
            Self::SurplusValue { offset } => write!(
                f,
                "PCR file at byte {offset}: a value for which nothing is selected"
            ),
            Self::ValueLength {
                bank,
                index,
                offset,
                expected,
                found,
            } => write!(
                f,
                "PCR file at byte {offset}: the value of {} has {found} bytes, expected {expected}",
                Pcr(*bank, *index)
            ),
        }
    }
}

impl Error for ToolsError {}

/// A PCR, as `sha256:7`.
struct Pcr(TpmAlgId, u8);

impl fmt::Display for Pcr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match bank_name(self.0) {
            Some(name) => write!(f, "{name}:{}", self.1),
            None => write!(f, "{}:{}", self.0, self.1),
        }
    }
}
