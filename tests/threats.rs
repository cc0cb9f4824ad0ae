//! What a hostile sender tries: the rows of a threat table, one or more tests
//! each, on evidence of which exactly one thing is wrong. The test's name begins
//! with the row's id; `threats/table.rs` holds the list of rows to that.
//!
//! Where a row can be tried on real evidence, see also `quotes.rs` and
//! `bit_flips.rs`.

#![cfg(all(
    feature = "rsa",
    feature = "ecdsa",
    feature = "sha1",
    feature = "response"
))]

#[cfg(feature = "credential")]
#[path = "threats/activation.rs"]
mod activation;
#[path = "threats/anchors.rs"]
mod anchors;
#[cfg(feature = "boot-log")]
#[path = "threats/boot.rs"]
mod boot;
#[cfg(feature = "certificate")]
#[path = "threats/certificates.rs"]
mod certificates;
#[path = "threats/certification.rs"]
mod certification;
#[path = "threats/clock.rs"]
mod clock;
#[path = "threats/codec.rs"]
mod codec;
mod common;
#[cfg(feature = "credential")]
#[path = "threats/endorsement.rs"]
#[allow(dead_code, reason = "made for several tests")]
mod endorsement;
#[cfg(feature = "boot-log")]
#[path = "threats/facts.rs"]
mod facts;
#[cfg(all(feature = "ima", feature = "certificate", feature = "keys"))]
#[path = "threats/file_signatures.rs"]
mod file_signatures;
#[path = "threats/forge.rs"]
mod forge;
#[cfg(all(feature = "certificate", feature = "projects"))]
#[path = "threats/hardware.rs"]
mod hardware;
#[cfg(feature = "ima")]
#[path = "threats/ima.rs"]
mod ima;
#[path = "threats/json.rs"]
mod json;
#[path = "threats/keys.rs"]
mod keys;
#[cfg(feature = "report")]
#[path = "threats/links.rs"]
mod links;
#[cfg(feature = "boot-log")]
#[path = "threats/logs.rs"]
mod logs;
#[path = "threats/machine.rs"]
mod machine;
#[cfg(all(feature = "certificate", feature = "projects"))]
#[path = "common/hardware.rs"]
mod made;
#[cfg(feature = "ima")]
#[path = "threats/measured.rs"]
mod measured;
#[path = "threats/numbers.rs"]
mod numbers;
#[path = "threats/pcrs.rs"]
mod pcrs;
#[cfg(feature = "ima")]
#[path = "threats/pieces.rs"]
mod pieces;
#[path = "threats/plain_keys.rs"]
mod plain_keys;
#[path = "threats/policy.rs"]
mod policy;
#[path = "threats/quotes.rs"]
mod quotes;
#[cfg(feature = "ima")]
#[path = "threats/resumed.rs"]
mod resumed;
#[path = "threats/said.rs"]
mod said;
#[path = "threats/scene.rs"]
mod scene;
#[path = "threats/signatures.rs"]
mod signatures;
#[cfg(all(feature = "ima", feature = "certificate", feature = "keys"))]
#[path = "threats/states.rs"]
mod states;
#[path = "threats/table.rs"]
mod table;
