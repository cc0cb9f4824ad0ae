//! The files of tpm2-tools: every case through each of its formats, and what is
//! no such file.
#![cfg(all(feature = "rsa", feature = "ecdsa", feature = "tools"))]

mod common;

#[path = "tools/cases.rs"]
mod cases;
#[path = "common/image.rs"]
mod image;
#[path = "tools/keylime.rs"]
mod keylime;
#[path = "tools/selection.rs"]
mod selection;
#[path = "tools/strict.rs"]
mod strict;
