//! Policies: what the caller requires of evidence.

mod ancestry;
mod attest;
mod baseline;
mod clock;
mod name;
mod nonce;
mod object;
mod pcr_set;
mod quote;

#[cfg(feature = "tools")]
pub(crate) use self::pcr_set::Grammar;
pub use self::{
    ancestry::Ancestry,
    attest::AttestPolicy,
    baseline::{Baseline, BaselineComparison, BaselineEntry, BaselineMismatch},
    clock::{ClockPolicy, ClockReading},
    name::KeyNames,
    nonce::Nonce,
    object::ObjectRules,
    quote::QuotePolicy,
};
#[cfg(feature = "response")]
pub(crate) use self::{pcr_set::EvidenceGrammar, quote::Pcrs};
