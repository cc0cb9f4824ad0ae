//! [`Tier`]: how much a client needs the server's TPM.

use core::fmt;

/// How much a client needs the server's TPM. There is no default, and the tier is never taken
/// from the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Accepts a response without a quote.
    Standard,
    /// Accepts a response without a quote.
    High,
    /// Requires a verified quote.
    Maximum,
}

impl Tier {
    /// Returns the name: `standard`, `high` or `maximum`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::High => "high",
            Self::Maximum => "maximum",
        }
    }

    /// Returns whether a response without a quote is refused.
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
