//! What the packages for Python and JavaScript have in common: what a caller wants becomes
//! policies of the library, and what the library says becomes values that borrow nothing.
//! Nothing is judged here.

#![no_std]

extern crate alloc;

mod attest;
mod boot;
mod certificates;
mod expected;
mod key;
mod kinds;
mod logs;
mod outcome;
mod policy;
mod quote;
mod structures;
mod terms;
mod times;
mod wanted;

pub use self::{
    attest::{AttestFacts, Expected},
    boot::BootRules,
    certificates::{Certificates, ProfileProblem, ProfileTerms},
    expected::{Texts, expected_and_found},
    kinds::{Unread, parse, response},
    logs::LogTerms,
    outcome::{Common, Found, Origin, Outcome, QuoteFacts, json, of_appraisal, of_response},
    policy::{Policy, Setting, SettingValue, Use},
    quote::{Parts, Values},
    structures::{creation_data, nv_public, public},
    terms::{Terms, firmware, hierarchy, tier},
    wanted::{Unusable, Wanted},
};
