//! The checks by name, and what a failed one means.

use core::fmt;

/// A check, in the order in which they run.
///
/// The names are stable: scripts and logs may rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// `input`: everything can be read.
    Input,
    /// `tier`: the tier that was asked for allows what the response has.
    Tier,
    /// `key-type`: the key is an RSA or ECC key.
    KeyType,
    /// `key-attributes`: it is a restricted signing key that never leaves its
    /// TPM, by its own account.
    KeyAttributes,
    /// `key-strength`: modulus, exponent, curve and point.
    KeyStrength,
    /// `key-scheme`: its signing scheme is fixed and known, as is the rest of
    /// its public area.
    KeyScheme,
    /// `key-anchor`: something outside the message vouches for the key.
    KeyAnchor,
    /// `signature-scheme`: scheme and hash of the signature are the key's.
    SignatureScheme,
    /// `signature`: it is of these very bytes, by this key.
    Signature,
    /// `magic`: a TPM made what was signed.
    Magic,
    /// `type`: it is a quote, or the other kind of attestation that it has to be.
    Type,
    /// `nonce`: it answers this request.
    Nonce,
    /// `signer`: it names the key as the one that signed, as far as that is known.
    Signer,
    /// `object`: it is about the object or NV index that it has to be about.
    Object,
    /// `creation`: the object was made as its creation data say, and as it has to be.
    Creation,
    /// `contents`: the NV index holds what it has to.
    Contents,
    /// `audit`: these commands were run, and answered in this way.
    Audit,
    /// `selection`: it covers the PCR that it has to, and no others are shown.
    Selection,
    /// `pcr-values`: each value is as long as its bank's digests.
    PcrValues,
    /// `pcr-digest`: the values are the ones that were signed.
    PcrDigest,
    /// `baseline`: the values are known to be good.
    Baseline,
    /// `clock`: the TPM's clock and counters.
    Clock,
}

impl Check {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Tier => "tier",
            Self::KeyType => "key-type",
            Self::KeyAttributes => "key-attributes",
            Self::KeyStrength => "key-strength",
            Self::KeyScheme => "key-scheme",
            Self::KeyAnchor => "key-anchor",
            Self::SignatureScheme => "signature-scheme",
            Self::Signature => "signature",
            Self::Magic => "magic",
            Self::Type => "type",
            Self::Nonce => "nonce",
            Self::Signer => "signer",
            Self::Object => "object",
            Self::Creation => "creation",
            Self::Contents => "contents",
            Self::Audit => "audit",
            Self::Selection => "selection",
            Self::PcrValues => "pcr-values",
            Self::PcrDigest => "pcr-digest",
            Self::Baseline => "baseline",
            Self::Clock => "clock",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What an error says about the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It can be read, and a check failed.
    Rejected,
    /// It uses something that this crate does not have; nothing is known of it.
    Unsupported,
    /// It cannot be read.
    Malformed,
}
