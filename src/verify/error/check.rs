//! The checks and their names, and what a failed check says about the evidence.

use core::fmt;

/// A check. The variants are in the order in which the checks run.
///
/// The names are stable: scripts and logs may rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// `input`: everything that was given can be read.
    Input,
    /// `tier`: the requested tier allows what the response has.
    Tier,
    /// `key-type`: the key is an RSA or ECC key.
    KeyType,
    /// `key-attributes`: the key's attributes are those of a restricted signing key that never
    /// leaves its TPM.
    KeyAttributes,
    /// `key-strength`: the key's modulus and exponent, or curve and point, are sound.
    KeyStrength,
    /// `key-scheme`: the key's signing scheme is fixed and supported, and so is the rest of its
    /// public area.
    KeyScheme,
    /// `key-anchor`: something outside the message vouches for the key.
    KeyAnchor,
    /// `signature-scheme`: the signature's scheme and hash are the key's.
    SignatureScheme,
    /// `signature`: the key signed exactly these bytes.
    Signature,
    /// `magic`: the signed bytes begin with `TPM_GENERATED_VALUE`.
    Magic,
    /// `type`: the signed bytes are an attestation of the expected kind.
    Type,
    /// `nonce`: the attestation answers this request.
    Nonce,
    /// `signer`: the attestation's `qualifiedSigner` is that of the key, as far as it is known.
    Signer,
    /// `object`: the attestation is about the expected object or NV index.
    Object,
    /// `creation`: the object was created as its creation data say and as the policy requires.
    Creation,
    /// `contents`: the NV index holds the expected bytes.
    Contents,
    /// `audit`: the audited commands and responses are the expected ones.
    Audit,
    /// `selection`: the quote covers the required PCRs, and exactly those for which there are
    /// values.
    Selection,
    /// `pcr-values`: each PCR value is as long as its bank's digests.
    PcrValues,
    /// `pcr-digest`: the PCR values are the signed ones.
    PcrDigest,
    /// `baseline`: the PCR values are known to be good.
    Baseline,
    /// `clock`: the TPM's clock and counters are as required.
    Clock,
    /// `boot-log`: the boot logs explain the quoted PCRs.
    BootLog,
    /// `ima`: the quote proves the beginning of the IMA list, and its entries are allowed.
    Ima,
}

impl Check {
    /// All checks, in the order in which they run.
    pub const ALL: [Self; 24] = [
        Self::Input,
        Self::Tier,
        Self::KeyType,
        Self::KeyAttributes,
        Self::KeyStrength,
        Self::KeyScheme,
        Self::KeyAnchor,
        Self::SignatureScheme,
        Self::Signature,
        Self::Magic,
        Self::Type,
        Self::Nonce,
        Self::Signer,
        Self::Object,
        Self::Creation,
        Self::Contents,
        Self::Audit,
        Self::Selection,
        Self::PcrValues,
        Self::PcrDigest,
        Self::Baseline,
        Self::Clock,
        Self::BootLog,
        Self::Ima,
    ];

    /// Returns the stable name.
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
            Self::BootLog => "boot-log",
            Self::Ima => "ima",
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
    /// The evidence was read, and a check failed.
    Rejected,
    /// The evidence uses something that this crate does not support: it may be good or bad.
    Unsupported,
    /// The evidence or something else that was given cannot be read.
    Malformed,
}

impl Verdict {
    /// Returns the stable name: `rejected`, `unsupported` or `malformed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Unsupported => "unsupported",
            Self::Malformed => "malformed",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A set of checks, such as those of a kind of attestation.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckSet(u32);

impl CheckSet {
    /// No checks.
    pub(crate) const NONE: Self = Self(0);

    /// These checks.
    pub(crate) const fn of(checks: &[Check]) -> Self {
        let mut set = Self::NONE;
        let mut rest = checks;
        while let [check, behind @ ..] = rest {
            set.insert(*check);
            rest = behind;
        }
        set
    }

    /// Adds a check.
    #[inline(always)]
    pub(crate) const fn insert(&mut self, check: Check) {
        self.0 |= Self::bit(check);
    }

    /// Takes a check out.
    pub(crate) const fn remove(&mut self, check: Check) {
        self.0 &= !Self::bit(check);
    }

    /// Returns whether the set has this check.
    #[must_use]
    pub const fn contains(self, check: Check) -> bool {
        self.0 & Self::bit(check) != 0
    }

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn bit(check: Check) -> u32 {
        match check {
            Check::Input => 1,
            Check::Tier => 1 << 1,
            Check::KeyType => 1 << 2,
            Check::KeyAttributes => 1 << 3,
            Check::KeyStrength => 1 << 4,
            Check::KeyScheme => 1 << 5,
            Check::KeyAnchor => 1 << 6,
            Check::SignatureScheme => 1 << 7,
            Check::Signature => 1 << 8,
            Check::Magic => 1 << 9,
            Check::Type => 1 << 10,
            Check::Nonce => 1 << 11,
            Check::Signer => 1 << 12,
            Check::Object => 1 << 13,
            Check::Creation => 1 << 14,
            Check::Contents => 1 << 15,
            Check::Audit => 1 << 16,
            Check::Selection => 1 << 17,
            Check::PcrValues => 1 << 18,
            Check::PcrDigest => 1 << 19,
            Check::Baseline => 1 << 20,
            Check::Clock => 1 << 21,
            Check::BootLog => 1 << 22,
            Check::Ima => 1 << 23,
        }
    }
}

impl fmt::Debug for CheckSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checks = Check::ALL.into_iter().filter(|check| self.contains(*check));
        f.debug_set().entries(checks).finish()
    }
}
