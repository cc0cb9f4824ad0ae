//! `contents`: the contents of an NV index.

use core::fmt;

use super::{check::Check, excerpt::Excerpt, meaning::Meaning};

/// Why an NV index does not have the expected contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentsProblem {
    /// More was attested than the index can hold.
    Range {
        /// Where the contents end, in bytes.
        end: usize,
        /// `dataSize`.
        size: u16,
    },
    /// Another part of the index was attested.
    Offset {
        /// Where the contents should begin, in bytes.
        expected: u16,
        /// `offset`.
        found: u16,
    },
    /// The contents are other bytes.
    Bytes {
        /// The expected bytes.
        expected: Excerpt,
        /// `nvContents`.
        found: Excerpt,
    },
    /// The contents have another digest.
    Digest {
        /// Digest of the expected bytes, by the hash of the key's scheme.
        computed: Excerpt,
        /// `nvDigest`.
        signed: Excerpt,
    },
}

impl ContentsProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        const CHANGED: &str =
            "The index was written to since then, or the expected bytes are out of date.";
        let (name, help) = match self {
            Self::Range { .. } => (
                "contents-range",
                "No TPM attests more than an index holds: do not trust the key.",
            ),
            Self::Offset { .. } => (
                "contents-offset",
                "Ask the TPM for the part of the index that you want.",
            ),
            Self::Bytes { .. } => ("contents-bytes", CHANGED),
            Self::Digest { .. } => ("contents-digest", CHANGED),
        };
        Meaning::rejected(Check::Contents, name, help)
    }
}

impl fmt::Display for ContentsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range { end, size } => write!(
                f,
                "the contents end at byte {end} of an index that holds {size} bytes"
            ),
            Self::Offset { expected, found } => {
                write!(f, "the contents begin at byte {found}, expected {expected}")
            }
            Self::Bytes { expected, found } => {
                write!(f, "the NV index holds {found}, expected {expected}")
            }
            Self::Digest { computed, signed } => write!(
                f,
                "the digest of the expected contents is {computed}, the attestation has {signed}"
            ),
        }
    }
}
