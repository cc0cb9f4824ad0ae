//! `audit`: the commands that a TPM ran.

use core::fmt;

use super::{
    check::Check,
    excerpt::Excerpt,
    meaning::{Meaning, NEWER_VERSION},
};
use crate::types::TpmAlgId;

/// Why an audit is not the expected one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditProblem {
    /// Other commands were run, or their responses were other ones.
    Digest {
        /// The expected digest.
        expected: Excerpt,
        /// The signed one.
        found: Excerpt,
    },
    /// The list of audited commands is another one.
    Commands {
        /// Digest of the expected list, by `digestAlg`.
        computed: Excerpt,
        /// `commandDigest`.
        signed: Excerpt,
    },
    /// `digestAlg` is not supported.
    HashUnsupported(TpmAlgId),
    /// The session was not exclusive: other commands were run between its own.
    NotExclusive,
}

impl AuditProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        let (name, help) = match self {
            Self::Digest { .. } => (
                "audit-digest",
                "Compare the commands, their parameters and their responses, one by one and in order.",
            ),
            Self::Commands { .. } => (
                "audit-commands",
                "Give the codes of all audited commands, in ascending order.",
            ),
            Self::HashUnsupported(_) => {
                return Meaning::unsupported(Check::Audit, "audit-hash-unsupported", NEWER_VERSION);
            }
            Self::NotExclusive => (
                "audit-not-exclusive",
                "Run the commands again while nobody else uses the TPM, or do not require an exclusive session.",
            ),
        };
        Meaning::rejected(Check::Audit, name, help)
    }
}

impl fmt::Display for AuditProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest { expected, found } => {
                write!(f, "the audit digest is {found}, expected {expected}")
            }
            Self::Commands { computed, signed } => write!(
                f,
                "the digest of the expected commands is {computed}, the attestation has {signed}"
            ),
            Self::HashUnsupported(alg) => write!(f, "the hash {alg} of the audit is not supported"),
            Self::NotExclusive => {
                f.write_str("the session was not exclusive: other commands came in between")
            }
        }
    }
}
