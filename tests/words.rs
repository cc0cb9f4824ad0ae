//! The words that a person reads or a script relies on: the name, the text and the help of
//! every error, the names of checks, and how values are shown.
//!
//! Each error has a row, by hand. What has no row is found by comparing the rows with the
//! source files of the errors.
#![cfg(all(
    feature = "rsa",
    feature = "ecdsa",
    feature = "sha1",
    feature = "projects",
    feature = "response",
    feature = "certificate",
    feature = "credential",
    feature = "ima"
))]

mod common;
#[path = "common/image.rs"]
mod image;

#[path = "words/anchors.rs"]
mod anchors;
#[path = "words/attestations.rs"]
mod attestations;
#[path = "words/boots.rs"]
mod boots;
#[path = "words/certificates.rs"]
mod certificates;
#[path = "words/complete.rs"]
mod complete;
#[path = "words/convert.rs"]
mod convert;
#[path = "words/files.rs"]
mod files;
#[path = "words/hardware.rs"]
mod hardware;
#[path = "words/ima.rs"]
mod ima;
#[path = "words/json.rs"]
mod json;
#[path = "words/keys.rs"]
mod keys;
#[path = "words/logs.rs"]
mod logs;
#[path = "words/quotes.rs"]
mod quotes;
#[path = "words/row.rs"]
mod row;
#[path = "words/settings.rs"]
mod settings;
#[path = "words/source.rs"]
mod source;
#[path = "words/structures.rs"]
mod structures;
#[path = "words/trust.rs"]
mod trust;
#[path = "words/values.rs"]
mod values;

use tpm_quote::{TpmAlgId, verify::Excerpt};

const SHA1: TpmAlgId = TpmAlgId::SHA1;
const SHA256: TpmAlgId = TpmAlgId::SHA256;
const SHA384: TpmAlgId = TpmAlgId::SHA384;

/// A hash that nobody knows.
const UNKNOWN: TpmAlgId = TpmAlgId(0x1234);

const NEWER: &str = "This version does not support the algorithm; a newer one may.";

/// A byte, as an error keeps it.
fn byte(byte: u8) -> Excerpt {
    Excerpt::new(&[byte])
}

fn pcr(text: &str) -> tpm_quote::Pcr {
    text.parse().unwrap()
}
