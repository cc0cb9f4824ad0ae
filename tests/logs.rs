//! Boot logs: those of our own machines, those that others collected, and those that no
//! firmware would write.
//!
//! What a log holds is judged by a second reader, `logs/second.rs`, and by numbers that other
//! programs computed.
#![cfg(all(
    feature = "rsa",
    feature = "ecdsa",
    feature = "sha1",
    feature = "boot-log"
))]

mod common;
#[path = "logs/corpus.rs"]
mod corpus;
#[path = "logs/facts.rs"]
mod facts;
#[path = "logs/form.rs"]
mod form;
#[cfg(feature = "ima")]
#[path = "logs/ima.rs"]
mod ima;
#[cfg(feature = "ima")]
#[path = "logs/ima_second.rs"]
mod ima_second;
#[path = "logs/machine.rs"]
mod machine;
#[path = "logs/made.rs"]
mod made;
#[path = "logs/mutations.rs"]
mod mutations;
#[path = "logs/properties.rs"]
mod properties;
#[path = "logs/second.rs"]
mod second;
#[path = "logs/structures.rs"]
mod structures;
#[path = "logs/userspace.rs"]
mod userspace;
