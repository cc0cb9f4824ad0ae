//! What a report is about: one view of every kind of appraisal.

use core::fmt;

#[cfg(feature = "response")]
use crate::evidence::Attestation;
use crate::{
    types::{TpmHandle, TpmSt, TpmsClockInfo},
    verify::{AttestationKey, Error, Quote, Verified, VerifiedQuote},
    wire::Inspect,
};

/// A verified value that a report can be on: a quote, an attestation of another kind, a
/// response, a key.
pub trait Reportable: sealed::Reportable {}

impl<T: sealed::Reportable> Reportable for T {}

/// What became of the evidence.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'r> {
    /// A verified quote.
    Quote(&'r VerifiedQuote<'r>),
    /// Another verified attestation.
    Attest(Attested<'r>),
    /// A key that was judged.
    Key,
    /// The tier allows that there is no quote.
    Unavailable,
    /// It was not accepted.
    Failed(&'r Error),
    /// Something around the evidence cannot be read: why, and what to do.
    Unread(&'r str, &'static str),
}

/// What a verified attestation of another kind says.
#[derive(Clone, Copy)]
pub struct Attested<'r> {
    pub(super) tag: TpmSt,
    pub(super) nonce: &'r [u8],
    pub(super) qualified_signer: &'r [u8],
    pub(super) hierarchy: Option<TpmHandle>,
    pub(super) obfuscated: Option<bool>,
    pub(super) clock: &'r TpmsClockInfo,
    pub(super) firmware_version: u64,
    pub(super) facts: &'r dyn Inspect,
}

impl fmt::Debug for Attested<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attested")
            .field("type", &self.tag)
            .finish_non_exhaustive()
    }
}

mod sealed {
    use super::Outcome;

    pub trait Reportable {
        /// Whether it is a response, which can have no other attestation than a quote.
        const IS_RESPONSE: bool = false;

        fn outcome(&self) -> Outcome<'_>;
    }
}

pub(super) use self::sealed::Reportable as Subject;

impl sealed::Reportable for AttestationKey<'_> {
    fn outcome(&self) -> Outcome<'_> {
        Outcome::Key
    }
}

impl sealed::Reportable for Verified<'_, Quote<'_>> {
    fn outcome(&self) -> Outcome<'_> {
        Outcome::Quote(self)
    }
}

impl<F: Inspect> sealed::Reportable for Verified<'_, F> {
    fn outcome(&self) -> Outcome<'_> {
        Outcome::Attest(Attested {
            tag: self.attest_type(),
            nonce: self.nonce(),
            qualified_signer: self.qualified_signer(),
            hierarchy: self.hierarchy(),
            obfuscated: self.is_obfuscated(),
            clock: self.clock_info(),
            firmware_version: self.firmware_version(),
            facts: self.facts(),
        })
    }
}

#[cfg(feature = "response")]
impl sealed::Reportable for Attestation<'_> {
    const IS_RESPONSE: bool = true;

    fn outcome(&self) -> Outcome<'_> {
        match self {
            Self::Verified(quote) => quote.outcome(),
            Self::Unavailable => Outcome::Unavailable,
        }
    }
}
