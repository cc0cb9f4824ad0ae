//! What an appraisal found, as JSON and as text, written into any [`core::fmt::Write`]
//! without allocation.
//!
//! The command, and whoever else shows a result to people or programs, has this one writer,
//! so that a report says the same everywhere. It judges nothing and reads nothing.
//!
//! # The JSON report
//!
//! All keys are always there, and `null` where there is nothing to say:
//!
//! | key | value |
//! |---|---|
//! | `version` | 1: what is added later keeps the number, what changes raises it |
//! | `source` | the name of the file, `-` for standard input |
//! | `verdict` | `verified`, `verified-self-asserted` (nothing vouches for the key), `unavailable`, `rejected`, `unsupported` or `malformed` |
//! | `check` | the check that failed |
//! | `problem` | the stable name of what is wrong |
//! | `message` | the same for a person |
//! | `help` | one sentence of help |
//! | `place` | where the failure lies: `source`, `line`, `column`, `offset` |
//! | `field` | the field that the failure is about, such as `aik_pubkey_b64` |
//! | `notes` | a list of texts: what else is known of the failure |
//! | `key` | `name`, `algorithm`, `scheme`, `trust` of the key, if it passed its own checks; `certificate`, if one vouches for it |
//! | `quote` | `nonce`, `pcrs` (by bank and index), `pcr_digest`, `clock`, `firmware_version` of a verified quote |
//! | `baseline` | `matched`, and `mismatched`: a list of `bank`, `index`, `expected`, `actual` |
//! | `boot` | what the boot logs explain of the quoted PCRs, if there are logs |
//! | `ima` | what the quote proves of IMA's list, if there is one, and what the policy says of it |
//! | `attest` | what a verified attestation of another kind says; the key is absent in reports on responses |
//! | `checks` | a list of `name` and `state`: `ok`, `failed`, `unsupported`, `not-reached` or `not-asked-for` |
//! | `warnings` | a list of texts: what accepted evidence does not show |
//!
//! Bytes are hexadecimal, and integers that can exceed 2^53 are strings. Texts that came
//! from evidence are escaped: controls, and characters that change the direction of text.

#[cfg(feature = "boot-log")]
mod boot;
mod escape;
#[cfg(feature = "ima")]
mod ima;
mod inspect;
mod json;
mod object;
mod place;
mod report;
mod subject;
mod text;

pub use self::{
    inspect::write_json,
    place::Place,
    report::{Report, VouchedBy},
    subject::Reportable,
};
