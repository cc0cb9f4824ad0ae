//! `creation`: how an object was created.

use core::fmt;

use super::{check::Check, excerpt::Excerpt, meaning::Meaning};

/// Why an object was not created as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CreationProblem {
    /// The creation data are not the attested ones.
    Hash {
        /// Digest of the given creation data, by the object's `nameAlg`.
        computed: Excerpt,
        /// The signed `creationHash`.
        signed: Excerpt,
    },
    /// `outsideInfo` is another one: the object was created for another purpose.
    OutsideInfo {
        /// The required `outsideInfo`.
        expected: Excerpt,
        /// The `outsideInfo` in the creation data.
        found: Excerpt,
    },
    /// The object has another parent.
    Parent {
        /// Qualified name of the expected parent.
        expected: Excerpt,
        /// `parentQualifiedName`.
        found: Excerpt,
    },
}

impl CreationProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        let (name, help) = match self {
            Self::Hash { .. } => (
                "creation-hash",
                "Give the creation data that the TPM returned when it created the object.",
            ),
            Self::OutsideInfo { .. } => (
                "creation-outside-info",
                "Compare with the outsideInfo that was given when the object was created.",
            ),
            Self::Parent { .. } => (
                "creation-parent",
                "Compare the object's place in the TPM: its hierarchy and its parents.",
            ),
        };
        Meaning::rejected(Check::Creation, name, help)
    }
}

impl fmt::Display for CreationProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hash { computed, signed } => write!(
                f,
                "the digest of the creation data is {computed}, the attestation has {signed}"
            ),
            Self::OutsideInfo { expected, found } => {
                write!(f, "outsideInfo is {found}, expected {expected}")
            }
            Self::Parent { expected, found } => write!(
                f,
                "the qualified name of the parent is {found}, expected {expected}"
            ),
        }
    }
}
