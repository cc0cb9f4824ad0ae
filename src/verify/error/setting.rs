//! Values of the caller's own that make no sense.

use core::fmt;

#[cfg(feature = "boot-log")]
use super::boot::BootPolicyProblem;
use super::meaning::Meaning;
use crate::{
    types::TpmAlgId,
    verify::pcr::{Pcr, PcrName},
};

/// Why a nonce, a set of PCRs, a baseline, a Name or a policy that the caller gave is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingProblem {
    /// The payload id is empty.
    PayloadIdEmpty,
    /// The nonce does not have 1 to 66 bytes, but this many.
    NonceLength(usize),
    /// No TPM has this PCR: the bank is not supported, or the index is above 23.
    Pcr {
        /// Bank.
        bank: TpmAlgId,
        /// Index.
        index: u8,
    },
    /// The mask has bits above 23, or no bits at all.
    PcrMask(u32),
    /// The text is not a set of PCRs.
    PcrSet(PcrSetProblem),
    /// The baseline has no entries.
    BaselineEmpty,
    /// The baseline has no good value for this PCR.
    BaselineNoValue(Pcr),
    /// The baseline has this PCR twice.
    BaselineRepeated(Pcr),
    /// A baseline value is not as long as its bank's digests.
    BaselineValueLength {
        /// The PCR.
        pcr: Pcr,
        /// Length of the bank's digests, in bytes.
        expected: usize,
        /// Length of the value, in bytes.
        found: usize,
    },
    /// A certification, or creation data for one, without a key that has to make it.
    CertificationUnused,
    /// The list of launch measurements, or of digests of signing keys, is empty, or has a
    /// digest of zeros.
    #[cfg(feature = "certificate")]
    NoMeasurements,
    /// The certificate of an endorsement key is judged by a profile for attestation keys.
    #[cfg(feature = "certificate")]
    ProfileOfEndorsement,
    /// The policy for boots makes no sense.
    #[cfg(feature = "boot-log")]
    BootPolicy(BootPolicyProblem),
    /// Reboots are allowed since an earlier attestation, and there is none.
    RebootsWithoutSince,
    /// A character is not a hexadecimal digit. The number says which one, counted from 1.
    HexDigit(usize),
    /// The number of hexadecimal digits is odd.
    HexOdd(usize),
    /// The bytes, of which there are this many, are not a Name.
    NameForm(usize),
}

/// Why a text is not a set of PCRs, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PcrSetProblem {
    pub(crate) position: usize,
    pub(crate) reason: PcrSetReason,
}

/// What was expected instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PcrSetReason {
    NoColon,
    Bank,
    RepeatedBank,
    Index,
    Order,
    /// The same in evidence, which has no `all`.
    #[cfg(feature = "response")]
    EvidenceNoColon,
    #[cfg(feature = "response")]
    EvidenceIndex,
    /// The same by the grammar of tpm2-tools.
    #[cfg(feature = "tools")]
    ToolsBank,
    #[cfg(feature = "tools")]
    ToolsIndex,
}

impl PcrSetProblem {
    /// Returns the position in the text, in bytes from its start.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }
}

impl SettingProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        const HEX: &str = "Write each byte as two hexadecimal digits, without anything between.";
        const BASELINE: &str = "Give each PCR of a baseline once, with at least one value as long as its bank's digests.";
        let (name, help) = match self {
            Self::PayloadIdEmpty => (
                "payload-id-empty",
                "Give the payload id that you chose for your request.",
            ),
            Self::NonceLength(_) => ("nonce-length", "A TPM takes a nonce of 1 to 66 bytes."),
            Self::Pcr { .. } => (
                "no-such-pcr",
                "Use a bank that this crate supports, and a PCR from 0 to 23.",
            ),
            Self::PcrMask(_) => (
                "pcr-mask",
                "PCR n is bit n of a mask: set at least one of the bits 0 to 23, and no other.",
            ),
            Self::PcrSet(_) => (
                "pcr-set",
                "Write a set of PCRs as in sha256:0,7,10+sha384:0.",
            ),
            Self::BaselineEmpty => (
                "baseline-empty",
                "Give at least one PCR and its good values, or no baseline at all.",
            ),
            Self::BaselineNoValue(_) => ("baseline-no-value", BASELINE),
            Self::BaselineRepeated(_) => ("baseline-repeated", BASELINE),
            Self::BaselineValueLength { .. } => ("baseline-value-length", BASELINE),
            Self::CertificationUnused => (
                "certification-without-certifier",
                "Name the key that has to make the certification, or give no certification.",
            ),
            #[cfg(feature = "certificate")]
            Self::NoMeasurements => (
                "no-measurements",
                "Give at least one launch measurement, or one digest of the key that signs what is launched.",
            ),
            #[cfg(feature = "certificate")]
            Self::ProfileOfEndorsement => (
                "profile-of-endorsement",
                "Name no profile for the certificate of an endorsement key.",
            ),
            #[cfg(feature = "boot-log")]
            Self::BootPolicy(problem) => return problem.meaning(),
            Self::RebootsWithoutSince => (
                "reboots-without-since",
                "Give the earlier reading to compare with (since), or do not allow reboots.",
            ),
            Self::HexDigit(_) => ("hex-digit", HEX),
            Self::HexOdd(_) => ("hex-odd", HEX),
            Self::NameForm(_) => (
                "name-form",
                "A Name is a hash id of two bytes and a digest of that hash, as 000b and 32 bytes for SHA-256.",
            ),
        };
        Meaning::malformed(name, help)
    }
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::PayloadIdEmpty => f.write_str("the payload id is empty"),
            Self::NonceLength(len) => write!(f, "a nonce of {len} bytes, expected 1 to 66"),
            Self::Pcr { bank, index } => {
                write!(f, "{} is not a PCR of any TPM", PcrName(bank, index))
            }
            Self::PcrMask(0) => f.write_str("the mask selects no PCRs"),
            Self::PcrMask(mask) => {
                write!(f, "the mask 0x{mask:08x} has bits above PCR 23")
            }
            Self::PcrSet(problem) => write!(f, "not a set of PCRs: {problem}"),
            Self::BaselineEmpty => f.write_str("the baseline has no entries"),
            Self::BaselineNoValue(pcr) => {
                write!(f, "the baseline has no good value for {pcr}")
            }
            Self::BaselineRepeated(pcr) => write!(f, "the baseline has {pcr} twice"),
            Self::BaselineValueLength {
                pcr,
                expected,
                found,
            } => write!(
                f,
                "the baseline value of {pcr} has {found} bytes, expected {expected}"
            ),
            Self::CertificationUnused => {
                f.write_str("a certification of the key is given, but no key that has to make it")
            }
            #[cfg(feature = "certificate")]
            Self::NoMeasurements => f.write_str(
                "the list of launch measurements or of signing keys is empty, or has a digest of zeros",
            ),
            #[cfg(feature = "certificate")]
            Self::ProfileOfEndorsement => f.write_str(
                "the profile is one for attestation keys, and the certificate is that of an endorsement key",
            ),
            #[cfg(feature = "boot-log")]
            Self::BootPolicy(problem) => problem.fmt(f),
            Self::RebootsWithoutSince => f.write_str(
                "reboots are allowed, but there is no earlier attestation to compare with",
            ),
            Self::HexDigit(position) => {
                write!(f, "character {position} is not a hexadecimal digit")
            }
            Self::HexOdd(1) => f.write_str("1 hexadecimal digit, expected two per byte"),
            Self::HexOdd(count) => write!(f, "{count} hexadecimal digits, expected two per byte"),
            Self::NameForm(1) => f.write_str("1 byte is not a hash id and its digest"),
            Self::NameForm(count) => write!(f, "{count} bytes are not a hash id and its digest"),
        }
    }
}

impl fmt::Display for PcrSetProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: ", self.position.saturating_add(1))?;
        f.write_str(match self.reason {
            PcrSetReason::NoColon => {
                "expected a bank and its PCRs, as in sha256:0,7,10 or sha256:all"
            }
            PcrSetReason::Bank => {
                "expected the name of a bank: sha1, sha256, sha384, sha512, sm3_256, sha3_256, sha3_384 or sha3_512"
            }
            PcrSetReason::RepeatedBank => "this bank was named before",
            PcrSetReason::Index => "expected a PCR from 0 to 23, in decimal digits only; or all",
            PcrSetReason::Order => "expected a larger index: indices ascend, each once",
            #[cfg(feature = "response")]
            PcrSetReason::EvidenceNoColon => {
                "expected a bank and its PCRs, as in sha256:0,7,10"
            }
            #[cfg(feature = "response")]
            PcrSetReason::EvidenceIndex => "expected a PCR from 0 to 23, in decimal digits only",
            #[cfg(feature = "tools")]
            PcrSetReason::ToolsBank => {
                "expected a bank by name (sha1, sha256, sha384, sha512, sm3_256, sha3_256, sha3_384, sha3_512) or by id, as in 0x000b"
            }
            #[cfg(feature = "tools")]
            PcrSetReason::ToolsIndex => {
                "expected a PCR from 0 to 23, decimal without leading zeros or as in 0x17; or all"
            }
        })
    }
}
