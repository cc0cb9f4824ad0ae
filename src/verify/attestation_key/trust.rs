//! [`KeyTrust`]: what vouches for a key.

use core::fmt;

/// What vouches for a key. The values have no order: which of them is enough is a matter of
/// your policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyTrust {
    /// Nothing but its own message. Anyone can make such a key in software, with all the
    /// right attributes: a quote by it is consistent, and nothing shows that a TPM made it.
    SelfAsserted,
    /// Its Name, which the caller knew beforehand.
    Pinned,
    /// Its numbers, which the caller knew beforehand. Its attributes are unknown: the key may
    /// sign data that no TPM made.
    PinnedKey,
    /// Another, anchored key, which certifies that both are in the same TPM (`TPM2_Certify`).
    /// The key is worth no more than that one.
    Certified,
    /// Another, anchored key, which certifies that the same TPM created this one
    /// (`TPM2_CertifyCreation`).
    Created,
    /// A trusted endorsement key: its TPM proved that it has this key as well
    /// (`TPM2_ActivateCredential`).
    Activated,
    /// A certificate that leads to one of the caller's roots. Its issuer vouches that the key
    /// is a restricted key of a TPM. The certificate does not cover the attributes: they are
    /// what the sender claims.
    Certificate,
    /// The same, for a key of which only the certificate is known: its numbers. Its attributes
    /// are unknown: whether the key may sign data that no TPM made is a matter of what the
    /// issuer checked.
    CertificateKey,
    /// A processor, whose report was verified: firmware that the caller names by its
    /// measurement or its signer says that the key is in the virtual TPM of the machine. Only
    /// its numbers are known.
    BoundToHardware,
}

impl KeyTrust {
    /// Returns the stable name.
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
            Self::CertificateKey => "certificate-key",
            Self::BoundToHardware => "bound-to-hardware",
        }
    }

    /// Returns whether something outside the message vouches for the key.
    #[must_use]
    pub const fn is_anchored(self) -> bool {
        match self {
            Self::SelfAsserted => false,
            Self::Pinned
            | Self::PinnedKey
            | Self::Certified
            | Self::Created
            | Self::Activated
            | Self::Certificate
            | Self::CertificateKey
            | Self::BoundToHardware => true,
        }
    }
}

impl fmt::Display for KeyTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
