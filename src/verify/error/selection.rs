//! `selection`: the PCRs that a quote covers.

use core::fmt;

use super::{
    check::Check,
    meaning::{Meaning, NEWER_VERSION},
};
use crate::{
    types::TpmAlgId,
    verify::pcr::{BankName, Pcr, PcrName},
};

/// Why a quote does not cover the PCRs that it has to cover. If several PCRs are at fault, the
/// first one is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SelectionProblem {
    /// The policy requires an empty set of PCRs.
    NothingRequired,
    /// The quote covers no PCRs at all.
    Empty,
    /// The quote covers no PCRs of a bank that it lists: the TPM does not have the bank.
    EmptyBank(TpmAlgId),
    /// The quote lists a bank twice.
    DuplicateBank(TpmAlgId),
    /// The quote's bit map for a bank does not have 3 bytes.
    SizeOfSelect(TpmAlgId, usize),
    /// The quote lists a bank that is not supported.
    BankUnsupported(TpmAlgId),
    /// A value is given twice.
    DuplicateValue(Pcr),
    /// A value is given that the signature does not cover. Expected: the signed PCRs.
    Surplus {
        /// The bank, as it was given.
        bank: TpmAlgId,
        /// The index, as it was given.
        index: u8,
    },
    /// No value is given for a PCR that the signature covers. Expected: the signed PCRs.
    MissingValue(Pcr),
    /// The quote does not cover a required PCR. Expected: the required PCRs.
    NotCovered(Pcr),
    /// The PCRs that the response claims are not the signed ones. Expected: the claimed PCRs.
    NotClaimed(Pcr),
    /// The quote covers PCRs of the SHA-1 bank, and none of them is required. Expected: the
    /// required PCRs.
    Sha1Bank,
    /// The quote covers one of the PCRs 16 to 23, which software can reset, and it is not
    /// required. Expected: the required PCRs.
    Resettable(Pcr),
}

impl SelectionProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        const NO_BANK: &str = "A TPM silently leaves out banks that it does not have: quote a bank that is allocated.";
        const PC_CLIENT: &str =
            "Select each bank once, with the three bytes of the PC Client profile.";
        const SURPLUS: &str =
            "Send one value for each PCR that the signature covers, and no others.";
        let (name, help) = match self {
            Self::NothingRequired => (
                "nothing-required",
                "Require at least one PCR: the PCRs 16 to 23 and the SHA-1 bank count only if they are required by name.",
            ),
            Self::Empty => ("selection-empty", NO_BANK),
            Self::EmptyBank(_) => ("bank-empty", NO_BANK),
            Self::DuplicateBank(_) => ("bank-repeated", PC_CLIENT),
            Self::SizeOfSelect(..) => ("size-of-select", PC_CLIENT),
            Self::BankUnsupported(_) => {
                return Meaning::unsupported(Check::Selection, "bank-unsupported", NEWER_VERSION);
            }
            Self::DuplicateValue(_) => ("pcr-value-repeated", SURPLUS),
            Self::Surplus { .. } => ("pcr-value-not-signed", SURPLUS),
            Self::MissingValue(_) => (
                "pcr-value-missing",
                "Send the value of every PCR that the quote covers.",
            ),
            Self::NotCovered(_) => (
                "pcr-not-covered",
                "Quote at least the PCRs that the verifier requires.",
            ),
            Self::NotClaimed(_) => (
                "pcrs-not-claimed",
                "The response has to claim exactly the PCRs that were signed.",
            ),
            Self::Sha1Bank => (
                "sha1-bank",
                "Require the SHA-1 bank by name if you rely on its values.",
            ),
            Self::Resettable(_) => (
                "pcr-resettable",
                "Software can reset PCRs 16 to 23: require them by number if you rely on their values.",
            ),
        };
        Meaning::rejected(Check::Selection, name, help)
    }
}

impl fmt::Display for SelectionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NothingRequired => f.write_str("the set of required PCRs is empty"),
            Self::Empty => f.write_str("the quote covers no PCRs"),
            Self::EmptyBank(bank) => {
                write!(f, "the quote covers no PCRs of bank {}", BankName(bank))
            }
            Self::DuplicateBank(bank) => {
                write!(f, "the quote lists bank {} twice", BankName(bank))
            }
            Self::SizeOfSelect(bank, size) => write!(
                f,
                "the quote's bit map for bank {} has {size} bytes, expected 3",
                BankName(bank)
            ),
            Self::BankUnsupported(bank) => {
                write!(f, "bank {} is not supported", BankName(bank))
            }
            Self::DuplicateValue(pcr) => write!(f, "two values for {pcr}"),
            Self::Surplus { bank, index } => write!(
                f,
                "a value for {}, which the signature does not cover",
                PcrName(bank, index)
            ),
            Self::MissingValue(pcr) => {
                write!(f, "no value for {pcr}, which the signature covers")
            }
            Self::NotCovered(pcr) => {
                write!(f, "the quote does not cover {pcr}, which is required")
            }
            Self::NotClaimed(pcr) => {
                write!(f, "the claimed PCRs and the signed ones differ in {pcr}")
            }
            Self::Sha1Bank => {
                f.write_str("the quote covers PCRs of the SHA-1 bank, which are not required")
            }
            Self::Resettable(pcr) => write!(
                f,
                "the quote covers {pcr}, which software can reset and which is not required"
            ),
        }
    }
}
