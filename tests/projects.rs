//! The JSON of other projects: every case that a format can carry, and what is
//! no such evidence.
#![cfg(all(feature = "rsa", feature = "ecdsa", feature = "projects"))]

mod common;

#[path = "projects/cases.rs"]
mod cases;
#[path = "common/json.rs"]
mod json;
#[path = "projects/strict.rs"]
mod strict;
