//! A policy for boots, learned from the report on one that was verified: what was there is
//! allowed from now on, and nothing else.

use serde_json::{Map, Value, json};

use crate::output::say;

/// Variables by which shim says something of its own state, and which let nothing run.
const STATES: [&str; 5] = [
    "SbatLevel",
    "MokSBState",
    "MokListTrusted",
    "MokPolicy",
    "MokDBState",
];

/// An element of a list in the policy, if there is one, or why the list is not learned.
type Learn = fn(&Value) -> Result<Option<String>, String>;

/// The policy file that the boot in this report fulfils, or `None` if nothing is known of it. What
/// is not learned is said.
pub(crate) fn learned(report: &Value) -> Option<String> {
    let boot = report.get("boot")?;
    let mut rules = Map::new();
    let is_on = boot["secure_boot"] == "on";
    if is_on {
        rules.insert("require_secure_boot".to_owned(), true.into());
    } else {
        say("not learned: require_secure_boot: Secure Boot is not known to be on");
    }
    if is_on && boot["mok_validation"] == "not-disabled" {
        rules.insert("require_mok_validation".to_owned(), true.into());
    }
    let lists: [(&str, &str, Learn); 3] = [
        ("allow_authorities", "authorities", authority),
        ("allow_images", "images", image),
        ("allow_command_lines", "command_lines", command_line),
    ];
    for (key, fact, one) in lists {
        match list(boot, fact, one) {
            Ok(list) => {
                rules.insert(key.to_owned(), list.into());
            }
            Err(why) => say(&format!("not learned: {key}: {why}")),
        }
    }
    let sbat = elements(&boot["authorities"]).find_map(|one| one["sbat"].as_str());
    let sbat: Vec<String> = sbat.unwrap_or_default().lines().filter_map(least).collect();
    if !sbat.is_empty() {
        rules.insert("sbat_at_least".to_owned(), sbat.into());
    }
    let mut policy = Map::new();
    let suffixes = elements(&boot["suffixes"]).map(|suffix| suffix["name"].clone());
    let suffixes: Vec<Value> = suffixes.collect();
    if !suffixes.is_empty() {
        policy.insert("allow_suffix".to_owned(), suffixes.into());
    }
    if boot["tail_bytes"].as_u64().is_some_and(|count| count > 0) {
        policy.insert("allow_padding".to_owned(), true.into());
    }
    if rules.is_empty() {
        return None;
    }
    policy.insert("boot".to_owned(), rules.into());
    Some(format!("{:#}\n", json!(policy)))
}

fn elements(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// All of a fact, each once, or why it is not learned.
fn list(boot: &Value, fact: &str, one: Learn) -> Result<Vec<String>, String> {
    if boot[fact].is_null() {
        let reason = elements(&boot["unknown"]).find(|unknown| unknown["fact"] == fact);
        let reason = reason.and_then(|reason| reason["message"].as_str());
        return Err(reason.unwrap_or("not known").to_owned());
    }
    let mut all = Vec::new();
    for element in elements(&boot[fact]) {
        if let Some(element) = one(element)?
            && !all.contains(&element)
        {
            all.push(element);
        }
    }
    match all.is_empty() {
        true => Err("there was none".to_owned()),
        false => Ok(all),
    }
}

fn authority(authority: &Value) -> Result<Option<String>, String> {
    let name = authority["name"].as_str().unwrap_or_default();
    match authority["certificate_sha256"].as_str() {
        Some(fingerprint) => Ok(Some(fingerprint.to_owned())),
        None if STATES.contains(&name) => Ok(None),
        None => Err("one is no certificate".to_owned()),
    }
}

fn image(image: &Value) -> Result<Option<String>, String> {
    let (bank, digest) = (image["algorithm"].as_str(), image["digest"].as_str());
    let image = bank.zip(digest);
    let image = image.map(|(bank, digest)| format!("{bank}:{digest}"));
    image.map(Some).ok_or("not an image".to_owned())
}

fn command_line(line: &Value) -> Result<Option<String>, String> {
    let text = line["text"].as_str().map(str::to_owned);
    text.map(Some)
        .ok_or("the log does not have the text of one".to_owned())
}

/// A component and its generation, of a line of `SbatLevel`.
fn least(line: &str) -> Option<String> {
    let mut fields = line.split(',');
    let (name, generation) = (fields.next()?, fields.next()?);
    Some(format!("{name},{generation}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_learned_whole_or_not_at_all() {
        let fingerprint = "11".repeat(32);
        let state = json!({"name": "SbatLevel", "certificate_sha256": null});
        let digest = json!({"name": "db", "certificate_sha256": null});
        let by = json!({"name": "db", "certificate_sha256": fingerprint});
        let of = |all: &[&Value]| list(&json!({"authorities": all}), "authorities", authority);
        assert_eq!(of(&[&state, &by, &by]), Ok(vec![fingerprint]));
        assert_eq!(of(&[&by, &digest]), Err("one is no certificate".to_owned()));
        assert_eq!(of(&[&state]), Err("there was none".to_owned()));
        let line = json!({"text": null, "proven_by": "uki"});
        let lines = json!({"command_lines": [line]});
        assert!(list(&lines, "command_lines", command_line).is_err());
    }
}
