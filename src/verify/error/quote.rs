//! `pcr-values`, `pcr-digest` and `baseline`: the values of a quote.

use core::fmt;

use super::{check::Check, excerpt::Excerpt, meaning::Meaning};
use crate::verify::pcr::Pcr;

/// Why the PCR values are not the signed ones, or not those of the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuoteProblem {
    /// A value is not as long as its bank's digests.
    ValueLength {
        /// The PCR.
        pcr: Pcr,
        /// Length of the bank's digests, in bytes.
        expected: usize,
        /// Length of the value, in bytes.
        found: usize,
    },
    /// The values are not the signed ones.
    Digest {
        /// The digest of the values, by the hash of the key's scheme.
        computed: Excerpt,
        /// The signed `pcrDigest`.
        signed: Excerpt,
    },
    /// Values differ from the baseline.
    Baseline {
        /// How many baseline entries match.
        matched: usize,
        /// How many do not match.
        mismatched: usize,
        /// The PCR of the first entry that does not match.
        first: Pcr,
        /// The first good value of that entry.
        expected: Excerpt,
        /// The value in the quote, or `None` if the quote does not cover the PCR.
        found: Option<Excerpt>,
    },
}

impl QuoteProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        match self {
            Self::ValueLength { .. } => Meaning::rejected(
                Check::PcrValues,
                "pcr-value-length",
                "A PCR value is as long as the digests of its bank's hash.",
            ),
            Self::Digest { .. } => Meaning::rejected(
                Check::PcrDigest,
                "pcr-digest",
                "The PCR values that were sent are not the ones that the TPM signed.",
            ),
            Self::Baseline { .. } => Meaning::rejected(
                Check::Baseline,
                "baseline-mismatch",
                "The machine runs something other than what is known to be good, or the baseline is out of date.",
            ),
        }
    }
}

impl fmt::Display for QuoteProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ValueLength {
                pcr,
                expected,
                found,
            } => write!(
                f,
                "the value of {pcr} has {found} bytes, expected {expected}"
            ),
            Self::Digest { computed, signed } => write!(
                f,
                "the digest of the PCR values is {computed}, the quote has {signed}"
            ),
            Self::Baseline {
                mismatched,
                first,
                expected,
                found,
                ..
            } => {
                if *mismatched != 1 {
                    write!(f, "{mismatched} PCRs differ from the baseline; the first, ")?;
                }
                write!(f, "{first}")?;
                if *mismatched != 1 {
                    f.write_str(",")?;
                }
                match found {
                    Some(found) => write!(f, " is {found}")?,
                    None => f.write_str(" is not covered by the quote")?,
                }
                write!(f, ", expected {expected}")
            }
        }
    }
}
