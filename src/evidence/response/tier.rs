//! [`Tier`]: how much a client needs of the server's TPM.

use core::fmt;

/// How much a client needs of the server's TPM. There is no default, and the
/// response is never asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Goes on without a TPM.
    Standard,
    /// Goes on without a TPM.
    High,
    /// Requires a verified quote.
    Maximum,
}

impl Tier {
    /// The name: `standard`, `high` or `maximum`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::High => "high",
            Self::Maximum => "maximum",
        }
    }

    /// Whether a response without a quote is refused.
    #[must_use]
    pub const fn requires_tpm(self) -> bool {
        match self {
            Self::Standard | Self::High => false,
            Self::Maximum => true,
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
