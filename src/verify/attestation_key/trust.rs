//! [`KeyTrust`]: what vouches for a key.

use core::fmt;

/// What vouches for a key. Which of them is enough is for the policy to say: they have
/// no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyTrust {
    /// Nothing but the message that it came in. Anyone can make such a key, in
    /// software, with all the right attributes: a quote by it is consistent,
    /// and nothing shows that a TPM made it.
    SelfAsserted,
    /// The caller knew its Name beforehand.
    Pinned,
    /// The caller knew the key itself beforehand, and nothing else of it: its
    /// attributes are unknown, and with them whether it signs only what a TPM
    /// made.
    PinnedKey,
    /// An anchored key attests that it is in the same TPM (`TPM2_Certify`). It is worth no
    /// more than what vouches for that one.
    Certified,
    /// An anchored key attests that the same TPM made it (`TPM2_CertifyCreation`).
    Created,
    /// The TPM that has a trusted endorsement key has it as well
    /// (`TPM2_ActivateCredential`).
    Activated,
    /// A certificate for the key leads to one of the caller's roots: whoever issued it
    /// says that the key is a restricted one of a TPM. The certificate does not cover the
    /// attributes: they are the sender's word.
    Certificate,
}

impl KeyTrust {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SelfAsserted => "self-asserted",
            Self::Pinned => "pinned",
            Self::PinnedKey => "pinned-key",
            Self::Certified => "certified",
            Self::Created => "created",
            Self::Activated => "activated",
            Self::Certificate => "certificate",
        }
    }

    /// Whether something outside the message vouches for the key.
    #[must_use]
    pub const fn is_anchored(self) -> bool {
        match self {
            Self::SelfAsserted => false,
            Self::Pinned
            | Self::PinnedKey
            | Self::Certified
            | Self::Created
            | Self::Activated
            | Self::Certificate => true,
        }
    }
}

impl fmt::Display for KeyTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
