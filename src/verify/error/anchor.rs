//! `key-anchor`: what has to vouch for the key.

use core::fmt;

use super::{check::Check, excerpt::Excerpt, meaning::Meaning};

/// Why the required anchor does not vouch for a key.
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
    /// The key that has to vouch for this one is self-asserted.
    CertifierNotAnchored,
    /// The attributes of the key that has to vouch for this one are unknown
    /// ([`KeyTrust::PinnedKey`](crate::verify::KeyTrust::PinnedKey)).
    CertifierAttributesUnknown,
    /// The chain of keys that vouch for one another is longer than four.
    ChainTooLong,
    /// The certification by the other key is missing.
    NoCertification,
    /// The key was loaded into the TPM from outside.
    External,
    /// The TPM's answer does not match the challenge. Nothing more is said, on purpose.
    Answer,
    /// The key in the evidence is not the given one.
    OtherKey,
    /// There is no line that could vouch for the key.
    NoLines,
    /// The line vouches for the key, and its time is over.
    LineExpired {
        /// When the key is judged, in seconds since 1970.
        at: u64,
        /// When the line ended.
        before: u64,
    },
    /// The line vouches for the key, and its time has not come.
    LineNotYetValid {
        /// When the key is judged, in seconds since 1970.
        at: u64,
        /// When the line begins.
        after: u64,
    },
    /// A certificate has to vouch for the key, and there is none.
    NoCertificate,
    /// A processor has to vouch for the key, and the evidence has no report of one.
    NoHardware,
    /// The key has to have a Name, and only its numbers are known.
    NameUnknown,
}

impl AnchorProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        let (name, help) = match self {
            Self::NotAnchored => (
                "key-not-anchored",
                "Anyone can make a key and send it: give the Name of a key that you trust, or another anchor.",
            ),
            Self::NoPinnedNames => (
                "no-pinned-names",
                "Give the Name of at least one trusted key.",
            ),
            Self::NameNotPinned { .. } => (
                "key-name-not-pinned",
                "If the key was replaced on purpose, take its new Name from the machine itself, not from this message.",
            ),
            Self::NoPinnedKeys => ("no-pinned-keys", "Give at least one trusted public key."),
            Self::KeyNotPinned => (
                "key-not-pinned",
                "If the key was replaced on purpose, take the new one from the machine itself, not from this message.",
            ),
            Self::CertifierNotAnchored => (
                "certifier-not-anchored",
                "Pin that key, or have a pinned key vouch for it: a chain of keys is worth no more than its first one.",
            ),
            Self::CertifierAttributesUnknown => (
                "certifier-attributes-unknown",
                "Give the public area of that key, not only its numbers.",
            ),
            Self::ChainTooLong => (
                "certification-chain-too-long",
                "Have a key certify this one that you pinned, or that fewer keys vouch for.",
            ),
            Self::NoCertification => (
                "certification-missing",
                "Have the server send a certification of its key, or give one that was made beforehand.",
            ),
            Self::External => (
                "key-external",
                "Have the TPM create the key, under a parent of its own.",
            ),
            Self::Answer => (
                "challenge-answer",
                "The TPM with this endorsement key does not have this key, or the answer belongs to another challenge.",
            ),
            Self::OtherKey => (
                "key-differs",
                "Another machine may have answered, or its TPM has a new key.",
            ),
            Self::NoLines => (
                "no-trusted-lines",
                "Give at least one line that says what vouches for the key.",
            ),
            Self::LineExpired { .. } => (
                "trust-line-expired",
                "Renew valid-before if the machine may go on, or take the line out.",
            ),
            Self::LineNotYetValid { .. } => (
                "trust-line-not-yet-valid",
                "Wait, or correct valid-after or the clock of this machine.",
            ),
            Self::NoCertificate => (
                "certificate-missing",
                "Give the certificate of the key with --ak-cert: an authority vouches for nothing without it.",
            ),
            Self::NoHardware => (
                "hardware-missing",
                "Give the evidence of Azure's virtual TPM with check --evidence: the report of the processor is in it.",
            ),
            Self::NameUnknown => (
                "key-name-unknown",
                "Give the public area of the key: its Name and its attributes are in it.",
            ),
        };
        Meaning::rejected(Check::KeyAnchor, name, help)
    }
}

impl fmt::Display for AnchorProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnchored => f.write_str(
                "the key is self-asserted, but the policy requires something outside the message to vouch for it",
            ),
            Self::NoPinnedNames => f.write_str("the list of trusted Names is empty"),
            Self::NameNotPinned { name } => {
                write!(f, "the key's Name {name} is not one of the trusted Names")
            }
            Self::NoPinnedKeys => f.write_str("the list of trusted keys is empty"),
            Self::KeyNotPinned => f.write_str("the key is not one of the trusted keys"),
            Self::CertifierNotAnchored => {
                f.write_str("the key that has to vouch for this one is itself self-asserted")
            }
            Self::CertifierAttributesUnknown => {
                f.write_str("the attributes of the key that has to vouch for this one are unknown")
            }
            Self::ChainTooLong => {
                f.write_str("the chain of keys that vouch for one another is longer than four")
            }
            Self::NoCertification => {
                f.write_str("there is no certification by the key that has to vouch for this one")
            }
            Self::External => f.write_str(
                "the key was loaded into the TPM from outside: its qualified name is its Name",
            ),
            Self::Answer => f.write_str(
                "the answer does not belong to this challenge, this key and this endorsement key",
            ),
            Self::OtherKey => f.write_str("the key in the evidence is not the one that was given"),
            Self::NoLines => f.write_str("there is no line that could vouch for the key"),
            Self::LineExpired { at, before } => write!(
                f,
                "it vouches for the key, but expired at {before} (it is {at}; seconds since 1970)"
            ),
            Self::LineNotYetValid { at, after } => write!(
                f,
                "it vouches for the key, but only from {after} on (it is {at}; seconds since 1970)"
            ),
            Self::NoCertificate => {
                f.write_str("there is no certificate of the key that an authority could have issued")
            }
            Self::NoHardware => {
                f.write_str("the evidence has no report of a processor that could vouch for the key")
            }
            Self::NameUnknown => f.write_str(
                "only the numbers of the key are known: it has no Name that could be known or certified",
            ),
        }
    }
}
