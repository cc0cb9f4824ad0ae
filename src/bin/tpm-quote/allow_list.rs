//! Learns an allow list from the IMA entries that a quote proves: what was measured is allowed
//! from now on.

use std::{collections::HashSet, fmt::Write as _};

use tpm_quote::{
    log::{ImaDigest, ImaDigestKind, ProvenIma},
    wire::Hex,
};

use crate::{ima_list::label, output::say, yaml::misleads};

/// The allow list that the proven entries fulfil, as `sha256sum` writes one, or why there is none.
/// What is not learned is said.
pub(crate) fn learned(ima: &ProvenIma<'_>) -> Result<String, String> {
    let mut list = String::new();
    let mut seen = HashSet::new();
    let mut without = 0_u32;
    for entry in ima.entries() {
        if entry.is_violation() || entry.is_boot_aggregate() {
            continue;
        }
        let Some(digest) = entry.digest().and_then(|digest| written(&digest)) else {
            without = without.saturating_add(1);
            continue;
        };
        if seen.insert(digest.clone()) {
            let name = one_line(&label(entry.name().unwrap_or_default()));
            // A template of its own may have no name.
            let name = if name.is_empty() { "-" } else { &name };
            // Nothing can fail in writing to memory.
            let _ = writeln!(list, "{digest}  {name}");
        }
    }
    if ima.violations() > 0 {
        let count = ima.violations();
        say(&format!(
            "not learned: {count} violations, files that were written while they were in use: nothing is known of them"
        ));
    }
    if without > 0 {
        say(&format!(
            "not learned: {without} entries whose digests are by a hash that is not known here"
        ));
    }
    match list.is_empty() {
        true => Err("no file was measured that could be learned".to_owned()),
        false => Ok(list),
    }
}

/// A digest as an allow list has it: alone where its length tells the hash, if it is one that an
/// allow list may have.
fn written(digest: &ImaDigest<'_>) -> Option<String> {
    let is_told = matches!(
        digest.algorithm(),
        "sha1" | "sha224" | "sha256" | "sha384" | "sha512"
    );
    match digest.kind() {
        ImaDigestKind::Contents if is_told => Some(Hex(digest.bytes()).to_string()),
        _ if is_told || digest.hash().is_some() || digest.algorithm() == "md5" => {
            Some(digest.to_string())
        }
        _ => None,
    }
}

/// A label without anything that ends a line, moves the cursor or turns the direction.
fn one_line(label: &str) -> String {
    let mut line = String::new();
    for c in label.chars() {
        match c {
            c if c.is_control() || misleads(c) => line.extend(c.escape_unicode()),
            c => line.push(c),
        }
    }
    line
}
