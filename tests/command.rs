//! The command `tpm-quote`, run as a process on real evidence.
//!
//! What is expected comes from the facts beside the evidence in `data`, and
//! where a message is demanded to the letter, from the message that a person
//! should get.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;
#[path = "threats/endorsement.rs"]
#[allow(dead_code, reason = "made for the table of threats")]
mod endorsement;
#[path = "threats/forge.rs"]
#[allow(dead_code, reason = "made for the table of threats")]
mod forge;
#[path = "common/hardware.rs"]
mod made;
#[path = "command/tools.rs"]
mod tools;

#[path = "command/activate.rs"]
mod activate;
#[path = "command/anchors.rs"]
mod anchors;
#[path = "command/attest.rs"]
mod attest;
#[path = "command/baseline.rs"]
mod baseline;
#[path = "command/boot.rs"]
mod boot;
#[path = "command/carried.rs"]
mod carried;
#[path = "command/certificate.rs"]
mod certificate;
#[path = "command/check.rs"]
mod check;
#[path = "command/clock.rs"]
mod clock;
#[path = "command/corpus.rs"]
mod corpus;
#[path = "common/table.rs"]
mod expected;
#[path = "command/hardware.rs"]
mod hardware;
#[path = "command/help.rs"]
mod help;
#[path = "command/ima.rs"]
mod ima;
#[path = "command/ima_entries.rs"]
mod ima_entries;
#[path = "command/ima_policy.rs"]
mod ima_policy;
#[path = "command/ima_state.rs"]
mod ima_state;
#[path = "common/image.rs"]
mod image;
#[path = "common/json.rs"]
mod json;
#[path = "command/keys.rs"]
mod keys;
#[path = "command/learn.rs"]
mod learn;
#[path = "command/learn_ima.rs"]
mod learn_ima;
#[path = "command/lines.rs"]
mod lines;
#[path = "command/malformed.rs"]
mod malformed;
#[path = "command/name.rs"]
mod name;
#[path = "command/nonce.rs"]
mod nonce;
#[path = "command/policy.rs"]
mod policy;
#[path = "command/policy_file.rs"]
mod policy_file;
#[path = "command/print.rs"]
mod print;
#[path = "command/print_ima.rs"]
mod print_ima;
#[path = "command/profiles.rs"]
mod profiles;
#[path = "command/projects.rs"]
mod projects;
#[path = "command/reports.rs"]
mod reports;
#[path = "command/saved.rs"]
mod saved;
#[path = "common/schema.rs"]
mod schema;
#[path = "command/server.rs"]
mod server;
#[path = "command/streams.rs"]
mod streams;
#[path = "command/table.rs"]
mod table;
#[path = "command/trust.rs"]
mod trust;
#[path = "command/trust_lines.rs"]
mod trust_lines;
#[path = "command/usage.rs"]
mod usage;
#[path = "command/verify.rs"]
mod verify;
#[path = "command/wrong.rs"]
mod wrong;
