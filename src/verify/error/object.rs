//! `object`: the object or NV index that was attested.

use core::fmt;

use super::{
    check::{Check, Verdict},
    excerpt::Excerpt,
    key::{Attributes, KeyProblem, STRENGTH_HELP},
    meaning::{Meaning, NEWER_VERSION},
};
use crate::types::{TpmAlgId, TpmaObject};

/// Why the attested object or NV index is not the expected one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectProblem {
    /// Another object was attested.
    Name {
        /// Name of the expected public area.
        expected: Excerpt,
        /// The signed Name.
        found: Excerpt,
    },
    /// The expected public area has no Name: its `nameAlg` is `TPM_ALG_NULL`.
    NoName,
    /// The `nameAlg` of the expected public area is SHA-1.
    NameSha1,
    /// The `nameAlg` of the expected public area is not supported.
    NameAlgUnsupported(TpmAlgId),
    /// The qualified name is not a digest by the object's `nameAlg`.
    QualifiedNameForm {
        /// The object's `nameAlg`.
        expected: TpmAlgId,
        /// The qualified name.
        found: Excerpt,
    },
    /// The object has another place in the TPM.
    QualifiedName {
        /// The qualified name at the expected place.
        expected: Excerpt,
        /// The signed qualified name.
        found: Excerpt,
    },
    /// The object's attributes are not those that the policy requires.
    Attributes {
        /// Attributes that it lacks.
        missing: TpmaObject,
        /// Attributes that it must not have.
        forbidden: TpmaObject,
    },
    /// The object is not a strong key, which the policy requires.
    Key(KeyProblem),
}

impl ObjectProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        match self {
            Self::Name { .. } => Meaning::rejected(
                Check::Object,
                "object-name",
                "Give the Name or public area that it had when it was attested: the Name covers attributes, policy and state.",
            ),
            Self::NoName => Meaning::rejected(
                Check::Object,
                "object-name-alg-null",
                "Make the object with a nameAlg: without one, nothing tells it apart from others.",
            ),
            Self::NameSha1 => Meaning::rejected(
                Check::Object,
                "object-name-alg-sha1",
                "Make the object with the nameAlg SHA-256, SHA-384 or SHA-512.",
            ),
            Self::NameAlgUnsupported(_) => {
                Meaning::unsupported(Check::Object, "object-name-alg-unsupported", NEWER_VERSION)
            }
            Self::QualifiedNameForm { .. } => Meaning::rejected(
                Check::Object,
                "object-qualified-name-form",
                "A TPM makes each object's qualified name with the object's own nameAlg.",
            ),
            Self::QualifiedName { .. } => Meaning::rejected(
                Check::Object,
                "object-qualified-name",
                "Compare the object's place in the TPM: its hierarchy, its parents, and the object itself.",
            ),
            Self::Attributes { .. } => Meaning::rejected(
                Check::Object,
                "object-attributes",
                "Make the object with the attributes that are required, and without those that are forbidden.",
            ),
            Self::Key(problem) => match problem.meaning().verdict {
                Verdict::Unsupported => {
                    Meaning::unsupported(Check::Object, "object-key-unsupported", STRENGTH_HELP)
                }
                _ => Meaning::rejected(Check::Object, "object-key", STRENGTH_HELP),
            },
        }
    }
}

impl fmt::Display for ObjectProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { expected, found } => {
                write!(f, "the attested Name is {found}, expected {expected}")
            }
            Self::NoName => {
                f.write_str("the expected object has no Name: its nameAlg is TPM_ALG_NULL")
            }
            Self::NameSha1 => f.write_str("the nameAlg of the expected object is SHA-1"),
            Self::NameAlgUnsupported(alg) => {
                write!(
                    f,
                    "the nameAlg {alg} of the expected object is not supported"
                )
            }
            Self::QualifiedNameForm { expected, found } => write!(
                f,
                "the object's qualified name is {found}, expected a hash id and a digest by {expected}"
            ),
            Self::QualifiedName { expected, found } => write!(
                f,
                "the object's qualified name is {found}, expected {expected}"
            ),
            Self::Attributes { missing, forbidden } => {
                let (missing, forbidden) = (*missing, *forbidden);
                f.write_str("the object's attributes are not those that are required:")?;
                Attributes { missing, forbidden }.fmt(f)
            }
            Self::Key(problem) => write!(f, "the object: {problem}"),
        }
    }
}
