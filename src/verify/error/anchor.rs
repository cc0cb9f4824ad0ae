//! `key-anchor`: what has to vouch for the key does not.

use core::fmt;

use super::{check::Check, excerpt::Excerpt, meaning::Meaning};

/// Why nothing, or not what was asked for, vouches for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnchorProblem {
    /// The policy requires an anchored key, and nothing vouches for this one.
    NotAnchored,
    /// The list of trusted Names is empty.
    NoPinnedNames,
    /// The key's Name is not one of the trusted ones.
    NameNotPinned {
        /// The key's Name.
        name: Excerpt,
    },
    /// The list of trusted keys is empty.
    NoPinnedKeys,
    /// The key is not one of the trusted ones.
    KeyNotPinned,
    /// The key that is to vouch for this one is self-asserted.
    CertifierNotAnchored,
    /// The attributes of the key that is to vouch for this one are unknown
    /// ([`KeyTrust::PinnedKey`](crate::verify::KeyTrust::PinnedKey)).
    CertifierAttributesUnknown,
    /// There is no certification by the other key.
    NoCertification,
    /// The key was loaded into the TPM from outside.
    External,
    /// The TPM's answer is not the one to the challenge. Nothing more is said, on purpose.
    Answer,
    /// The evidence has another key than the one that was named.
    OtherKey,
}

impl AnchorProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        let (name, help) = match self {
            Self::NotAnchored => (
                "key-not-anchored",
                "Anyone can make a key that came with its own message: give its Name, or another anchor.",
            ),
            Self::NoPinnedNames => (
                "no-pinned-names",
                "Give at least one Name of a key that is trusted.",
            ),
            Self::NameNotPinned { .. } => (
                "key-name-not-pinned",
                "If the key was replaced on purpose, take its new Name from the machine itself, not from this message.",
            ),
            Self::NoPinnedKeys => (
                "no-pinned-keys",
                "Give at least one public key that is trusted.",
            ),
            Self::KeyNotPinned => (
                "key-not-pinned",
                "If the key was replaced on purpose, take the new one from the machine itself, not from this message.",
            ),
            Self::CertifierNotAnchored => (
                "certifier-not-anchored",
                "Pin the other key, or have a pinned one vouch for it: a chain of keys is worth what its first one is.",
            ),
            Self::CertifierAttributesUnknown => (
                "certifier-attributes-unknown",
                "Give the public area of the other key, not its numbers alone.",
            ),
            Self::NoCertification => (
                "certification-missing",
                "Let the server send a certification of its key along, or give one that was made beforehand.",
            ),
            Self::External => (
                "key-external",
                "Let the TPM make the key, below one of its own.",
            ),
            Self::Answer => (
                "challenge-answer",
                "The TPM with this endorsement key does not have this key, or the answer belongs to another challenge.",
            ),
            Self::OtherKey => (
                "key-differs",
                "Another machine may have answered, or its TPM has a new key.",
            ),
        };
        Meaning::rejected(Check::KeyAnchor, name, help)
    }
}

impl fmt::Display for AnchorProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnchored => f.write_str(
                "the key is self-asserted, and the policy requires that something outside the message vouches for it",
            ),
            Self::NoPinnedNames => f.write_str("the list of trusted Names is empty"),
            Self::NameNotPinned { name } => {
                write!(f, "the key's Name {name} is not one of the trusted Names")
            }
            Self::NoPinnedKeys => f.write_str("the list of trusted keys is empty"),
            Self::KeyNotPinned => f.write_str("the key is not one of the trusted keys"),
            Self::CertifierNotAnchored => {
                f.write_str("the key that is to vouch for this one is self-asserted")
            }
            Self::CertifierAttributesUnknown => {
                f.write_str("the attributes of the key that is to vouch for this one are unknown")
            }
            Self::NoCertification => {
                f.write_str("there is no certification by the key that is to vouch for this one")
            }
            Self::External => f.write_str(
                "the key was loaded into the TPM from outside: its qualified name is its Name",
            ),
            Self::Answer => f.write_str(
                "the answer is not the one to this challenge, for this key and this endorsement key",
            ),
            Self::OtherKey => f.write_str("the evidence has another key than the one that was named"),
        }
    }
}
