//! What the packages for Python and JavaScript have in common: what a caller wants becomes
//! policies of the library, and what the library says becomes values that borrow nothing.
//! Nothing is judged here.

#![no_std]

extern crate alloc;

mod attest;
mod boot;
mod certificates;
mod expected;
mod hardware;
mod hint;
mod ima;
mod input;
mod key;
mod kinds;
mod logs;
mod outcome;
mod policy;
mod project;
mod quote;
mod quoted;
mod signature;
#[path = "../../../src/bin/tpm-quote/signing.rs"]
mod signing;
mod structures;
mod terms;
mod trust;
#[path = "../../../src/bin/tpm-quote/trust_line.rs"]
mod trust_line;
mod wanted;

pub use self::{
    attest::{AttestFacts, Expected, Index, object_rules},
    boot::BootRules,
    certificates::{Certificates, ProfileProblem, ProfileTerms},
    expected::{Texts, expected_and_found},
    hardware::{Hardware, HardwareSettings},
    hint::{hint, meant, not_hexadecimal, shown},
    ima::{ImaSettings, ImaTerms, ImaUnusable},
    kinds::{Unread, parse, response},
    logs::{Log, LogTerms, RULES},
    outcome::{
        Common, Found, Origin, Outcome, QuoteFacts, VouchingLine, json, of_appraisal, of_response,
    },
    policy::{Element, Policy, Setting, SettingValue, Use},
    project::Project,
    quote::{Parts, Values},
    quoted::Quoted,
    signature::SignatureTerms,
    structures::{creation_data, nv_public, public},
    terms::{Terms, firmware, hierarchy, tier},
    trust::{Trust, TrustSettings, TrustUnusable},
    wanted::{Unusable, Wanted},
};
