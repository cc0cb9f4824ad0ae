//! Is this quote what it claims to be, and how much is its key worth?
//!
//! [`verify_quote`] runs every check of [`Check`] in that order and ends at the
//! first that fails. Knows no JSON and no files.

mod check;
mod clock;
mod error;
mod key;
mod pcr;
mod policy;
mod quote;
mod text;

pub use self::{
    check::{Check, Verdict},
    clock::{ClockPolicy, ClockProblem, ClockReading},
    error::{Excerpt, KeySchemeProblem, KeyStrengthProblem, Part, SelectionProblem, VerifyError},
    key::{AttestationKey, KeyAlgorithm, KeyRules, KeyTrust, PlainKey, SigningScheme},
    pcr::{PcrSet, PcrSetError, PcrValue, PcrValues, bank_by_name, bank_name},
    policy::{BaselineEntry, Nonce, NonceError, QuotePolicy},
    quote::{Evidence, VerifiedQuote, verify_quote, verify_quote_with},
};
#[cfg(feature = "response")]
pub(crate) use self::{
    pcr::{PackedPcr, parse_index},
    policy::Pcrs,
    quote::verify_values,
};
