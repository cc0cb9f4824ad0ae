//! Every kind of attestation: the evidence in tests/data is accepted as what it is
//! and as nothing else, and each check refuses evidence that is forged to fail it.
#![cfg(all(feature = "rsa", feature = "ecdsa"))]

mod common;
#[path = "threats/forge.rs"]
#[allow(dead_code, reason = "made for the table of threats")]
mod forge;

#[path = "attest/anchors.rs"]
mod anchors;
#[path = "attest/audits.rs"]
mod audits;
#[path = "attest/cases.rs"]
mod cases;
#[path = "attest/contents.rs"]
mod contents;
#[path = "attest/creations.rs"]
mod creations;
#[path = "attest/forged.rs"]
mod forged;
#[path = "attest/keys.rs"]
mod keys;
#[path = "attest/objects.rs"]
mod objects;
#[path = "attest/places.rs"]
mod places;
#[path = "attest/signed.rs"]
mod signed;
