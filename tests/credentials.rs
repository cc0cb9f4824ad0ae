//! Credentials: those of another program reproduced byte for byte, ours read by a
//! software "TPM" that has other code, and what a key, a name or a secret has to be.

#![cfg(all(feature = "credential", feature = "rsa", feature = "ecdsa"))]

mod common;
#[path = "threats/endorsement.rs"]
#[allow(dead_code, reason = "made for the table of threats")]
mod endorsement;
#[path = "threats/forge.rs"]
#[allow(dead_code, reason = "made for the table of threats")]
mod forge;

#[path = "credentials/keys.rs"]
mod keys;
#[path = "credentials/made.rs"]
mod made;
#[path = "credentials/published.rs"]
mod published;
