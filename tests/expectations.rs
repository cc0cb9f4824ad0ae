//! What tests/data/expectations.json says of responses, quotes and attestations holds here.
//! The packages for other languages read the same table.
#![cfg(all(
    feature = "rsa",
    feature = "ecdsa",
    feature = "sha1",
    feature = "response",
    feature = "report"
))]

use std::fs;

use serde_json::{Value, json};
use tpm_quote::{
    Appraisal, AttestationKey, Baseline, BaselineEntry, Error, Name, Nonce, Pcr, PcrSet,
    ResponsePolicy, Scratch, Tier, Tpm2bPublic, TpmAttestation, Unmarshal, Verifier,
    report::{Report, Reportable},
    types::{Tpm2bCreationData, Tpm2bNvPublic},
    verify::{
        AttestPolicy, Certify, CommandAudit, Creation, Either, Kind, Nv, NvDigest, SessionAudit,
        SignedAttest, Time,
    },
};

mod common;
#[path = "common/schema.rs"]
#[allow(dead_code, reason = "each test uses a part of it")]
mod schema;
#[path = "common/table.rs"]
mod table;

#[cfg(all(
    feature = "boot-log",
    feature = "certificate",
    feature = "ima",
    feature = "keys",
    feature = "projects",
    feature = "tools"
))]
#[path = "expectations/calls.rs"]
mod calls;

use common::{attestations, case, hex, quote::Quote};
use table::{DATA, response, rows, text};

fn nonce(row: &Value) -> Result<Nonce, Error> {
    match row["payload_id"].as_str() {
        Some(id) => Nonce::from_payload_id(id),
        None => Nonce::exact(&hex(text(&row["options"]["nonce"]))),
    }
}

/// The PCRs and values of a baseline.
fn baseline(given: &Value) -> Vec<(Pcr, Vec<Vec<u8>>)> {
    let mut entries = Vec::new();
    for (bank, pcrs) in given.as_object().unwrap() {
        for (index, values) in pcrs.as_object().unwrap() {
            let values = match values.as_array() {
                Some(values) => values.iter().map(|value| hex(text(value))).collect(),
                None => vec![hex(text(values))],
            };
            entries.push((format!("{bank}:{index}").parse().unwrap(), values));
        }
    }
    entries
}

/// The library's answer to a row, as its report has it.
fn answer(row: &Value) -> Result<Value, Error> {
    let options = &row["options"];
    let mut policy = ResponsePolicy::with_nonce(nonce(row)?);
    if let Some(required) = options["require_pcrs"].as_str() {
        policy = policy.require_pcrs(PcrSet::parse(required)?);
    }
    let names: Vec<Name> = options["ak_names"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|name| text(name).parse())
        .collect::<Result<_, _>>()?;
    if !names.is_empty() {
        policy = policy.pinned(&*names);
    }
    if options["require_anchor"] == true {
        policy = policy.require_anchored_key();
    }
    let entries = options.get("baseline").map(baseline);
    let values: Vec<Vec<&[u8]>> = entries
        .iter()
        .flatten()
        .map(|(_, values)| values.iter().map(Vec::as_slice).collect())
        .collect();
    let good: Vec<_> = entries
        .iter()
        .flatten()
        .zip(&values)
        .map(|((pcr, _), values)| BaselineEntry::new(*pcr, values))
        .collect();
    if entries.is_some() {
        policy = policy.baseline(&Baseline::new(&good)?);
    }
    let certifier = options["certified_by"]
        .as_str()
        .map(|file| fs::read(format!("{DATA}/{file}")).unwrap());
    let public = certifier
        .as_deref()
        .map(|bytes| Tpm2bPublic::from_bytes(bytes).unwrap());
    let key = public.as_ref().map(|public| {
        let name = Name::of_public(public).unwrap();
        tpm_quote::AttestationKey::pinned(public, &[name]).unwrap()
    });
    if let Some(key) = &key {
        policy = policy.certified_by(key);
    }
    let tier = match options["tier"].as_str() {
        Some("standard") => Tier::Standard,
        Some("high") => Tier::High,
        _ => Tier::Maximum,
    };
    let text = response(row);
    let mut scratch = Scratch::new();
    let block = TpmAttestation::from_any_json(text.as_bytes(), &mut scratch);
    let block = block.map(|(_, block)| block);
    Ok(report(
        &Verifier::new().appraise_response(block, &policy, tier),
    ))
}

/// What a report says of this.
fn report<T: Reportable>(appraisal: &Appraisal<'_, T>) -> Value {
    let mut text = String::new();
    Report::new(appraisal).write_json(&mut text).unwrap();
    schema::hold(&text);
    let report: Value = serde_json::from_str(&text).unwrap();
    json!({
        "verdict": report["verdict"],
        "check": report["check"],
        "problem": report["problem"],
    })
}

fn failure(error: &Error) -> Value {
    json!({
        "verdict": error.verdict().name(),
        "check": error.check().name(),
        "problem": error.problem_name(),
    })
}

fn accepted() -> Value {
    json!({"verdict": "verified-self-asserted", "check": null, "problem": null})
}

#[test]
fn responses_come_to_what_the_table_says() {
    for row in rows("responses", 65) {
        let found = answer(&row).unwrap_or_else(|error| failure(&error));
        assert_eq!(found, row["expect"], "{}", row["name"]);
    }
}

#[test]
fn quotes_come_to_what_the_table_says() {
    for row in rows("quotes", 133) {
        let case = case(text(&row["case"]));
        let quote = Quote::of(&case);
        let required = PcrSet::parse(text(&row["require_pcrs"])).unwrap();
        let policy = tpm_quote::QuotePolicy::new(Nonce::exact(&quote.nonce).unwrap(), required);
        let found = match quote.verify_as(tpm_quote::verify::KeyRules::new(), &policy, |_| ()) {
            Ok(()) => accepted(),
            Err(error) => failure(&error),
        };
        assert_eq!(found, row["expect"], "{}", case.name);
    }
}

#[test]
fn attestations_come_to_what_the_table_says() {
    let cases = attestations();
    for row in rows("attests", 50) {
        let case = cases.iter().find(|case| case.name == text(&row["case"]));
        let case = case.unwrap();
        let (public, attest) = (case.file("ak.pub"), case.file("attest"));
        let signature = case.file("sig");
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        let key = AttestationKey::self_asserted(&public).unwrap();
        let nonce = Nonce::exact(&hex(text(&case.json["attest"]["extraData"]))).unwrap();
        let signed = SignedAttest {
            attest: &attest,
            signature: &signature[..],
        };
        let judge = Judge(&key, signed, nonce);
        let found = match text(&row["kind"]) {
            "time" => judge.attest(&Time),
            "certify" => {
                let object = case.file("certified.pub");
                judge.attest(&Certify::of(&Tpm2bPublic::from_bytes(&object).unwrap()))
            }
            "creation" => {
                let (object, data) = (case.file("created.pub"), case.file("creation.data"));
                let object = Tpm2bPublic::from_bytes(&object).unwrap();
                let data = Tpm2bCreationData::from_bytes(&data).unwrap();
                judge.attest(&Creation::of(&object, &data))
            }
            "nv" => {
                let index = case.file("nv.public");
                let index = Tpm2bNvPublic::from_bytes(&index).unwrap();
                judge.attest(&Either(Nv::of(&index), NvDigest::of(&index)))
            }
            "audit" => judge.attest(&Either(SessionAudit::new(), CommandAudit::new())),
            other => panic!("{other}"),
        };
        assert_eq!(found, row["expect"], "{}", case.name);
    }
}

struct Judge<'a>(&'a AttestationKey<'a>, SignedAttest<'a, &'a [u8]>, Nonce);

impl<'a> Judge<'a> {
    fn attest(&self, kind: &impl Kind<'a>) -> Value {
        let Self(key, signed, nonce) = self;
        match Verifier::new().attest(key, signed, kind, &AttestPolicy::new(*nonce)) {
            Ok(_) => accepted(),
            Err(error) => failure(&error),
        }
    }
}
