//! [`Fact`]: something that a quote proves by its logs, or why it does not.

use crate::verify::error::Unknown;

/// A fact about a boot: known from what the quote covers, or unknown for a reason.
///
/// Unknown is neither yes nor no: what no quoted PCR proves may have been anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact<T> {
    /// The quote proves it.
    Known(T),
    /// The quote does not prove it.
    Unknown(Unknown),
}

impl<T> Fact<T> {
    /// Returns the fact, if it is known.
    #[must_use]
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// Returns why it is not known, if it is not.
    #[must_use]
    pub const fn unknown(&self) -> Option<Unknown> {
        match self {
            Self::Known(_) => None,
            Self::Unknown(reason) => Some(*reason),
        }
    }

    /// Whether it is known.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    /// Makes something else of what is known.
    #[must_use]
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value) => Fact::Known(with(value)),
            Self::Unknown(reason) => Fact::Unknown(reason),
        }
    }
}

impl<T> From<Result<T, Unknown>> for Fact<T> {
    fn from(result: Result<T, Unknown>) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(reason) => Self::Unknown(reason),
        }
    }
}
