//! The JSON of other projects: what is read is what a second reader finds.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use tpm_quote::{
    PcrSet, TpmAlgId,
    evidence::{PcrFile, Project, ProjectEvidence, read_project},
};

use crate::{base64::unbase64, codec::explain_in};

type Members<'a> = BTreeMap<String, &'a RawValue>;

/// Evidence of any project.
pub fn projects(data: &[u8]) {
    let mut room = vec![0; 2 * data.len()];
    let evidence = match read_project(data, &mut room) {
        Ok(evidence) => evidence,
        Err(error) => {
            explain_in(&error, data);
            return;
        }
    };
    // What is not asked for is not decoded there either: a number of a member that
    // nobody knows may have any size.
    let json: Members<'_> = serde_json::from_slice(data).expect("it was read");
    match evidence.project() {
        Project::GoAttestation => {
            let quotes = elements(json["Quotes"]);
            let quotes = quotes.into_iter().map(go_quote).collect();
            same(&evidence, quotes, go_values(json["PCRs"]));
        }
        Project::GoAttestationTool => {
            let log = members(json["Log"]);
            let quotes = vec![go_quote(json["Quote"])];
            same(&evidence, quotes, go_values(log["PCRs"]));
        }
        Project::ConfidentialContainers => {
            let quote = members(json["tpm_quote"]);
            let bytes = |name: &str| unbase64(&string(quote[name]));
            let quotes = vec![(bytes("message"), bytes("signature"))];
            same(&evidence, quotes, by_position(quote["pcrs"], unhex));
        }
        Project::AzureVtpm => {
            let quote = json.get("quote").unwrap_or_else(|| &json["tpm_quote"]);
            let quote = members(quote);
            let decode = match json.get("version") {
                Some(_) => unhex,
                None => numbers,
            };
            let number = decode(quote["signature"]);
            let size = u16::try_from(number.len()).expect("it was read");
            let head = [0x00, 0x14, 0x00, 0x0b];
            let signature = [&head[..], &size.to_be_bytes(), &number].concat();
            let quotes = vec![(decode(quote["message"]), signature)];
            same(&evidence, quotes, by_position(quote["pcrs"], decode));
        }
        other => panic!("{other}"),
    }
}

/// Whether there is evidence.
pub fn is_project(data: &[u8]) -> bool {
    read_project(data, &mut vec![0; 2 * data.len()]).is_ok()
}

type Quotes = Vec<(Vec<u8>, Vec<u8>)>;
type Values = Vec<(TpmAlgId, u8, Vec<u8>)>;

fn same(evidence: &ProjectEvidence<'_>, quotes: Quotes, values: Values) {
    let found: Quotes = evidence
        .quotes()
        .map(|quote| (quote.attest.to_vec(), quote.signature.to_vec()))
        .collect();
    assert_eq!(found, quotes);
    let found: Values = evidence
        .values()
        .map(|value| (value.bank, value.index, value.digest.to_vec()))
        .collect();
    assert_eq!(found, values);
    let set = evidence.selection();
    assert_eq!(set.iter().count(), values.len());
    let mut room = vec![PcrFile::NO_VALUE; values.len()];
    let all = evidence.values_in(&set, &mut room).expect("room for all");
    assert!(all.iter().copied().eq(evidence.values()));
    if values.is_empty() {
        return;
    }
    let few = &mut room[1..];
    assert!(evidence.values_in(&set, few).is_none());
    let one = PcrSet::parse("sha256:7").expect("a set");
    let count = usize::from(set.contains(TpmAlgId::SHA256, 7));
    let some = evidence.values_in(&one, &mut room).expect("room for one");
    assert_eq!(some.len(), count);
}

fn go_quote(json: &RawValue) -> (Vec<u8>, Vec<u8>) {
    let quote = members(json);
    let bytes = |name: &str| unbase64(&string(quote[name]));
    (bytes("Quote"), bytes("Signature"))
}

fn go_values(json: &RawValue) -> Values {
    let value = |json| {
        let value = members(json);
        let bank = match value["DigestAlg"].get() {
            "3" => 0x0004,
            "5" => 0x000b,
            "6" => 0x000c,
            "7" => 0x000d,
            "11" => 0x0027,
            "12" => 0x0028,
            "13" => 0x0029,
            other => panic!("hash {other}"),
        };
        let index = value["Index"].get().parse().expect("it was read");
        (TpmAlgId(bank), index, unbase64(&string(value["Digest"])))
    };
    elements(json).into_iter().map(value).collect()
}

fn by_position(json: &RawValue, decode: fn(&RawValue) -> Vec<u8>) -> Values {
    let values: Values = elements(json)
        .into_iter()
        .zip(0..)
        .map(|(value, index)| (TpmAlgId::SHA256, index, decode(value)))
        .collect();
    assert_eq!(values.len(), 24);
    values
}

fn members(json: &RawValue) -> Members<'_> {
    serde_json::from_str(json.get()).expect("it was read as an object")
}

fn elements(json: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(json.get()).expect("it was read as an array")
}

fn string(json: &RawValue) -> String {
    serde_json::from_str(json.get()).expect("it was read as a string")
}

fn numbers(json: &RawValue) -> Vec<u8> {
    serde_json::from_str(json.get()).expect("it was read as numbers")
}

fn unhex(json: &RawValue) -> Vec<u8> {
    let digits = string(json);
    let byte = |pair: &[u8]| {
        let pair = core::str::from_utf8(pair).expect("digits");
        u8::from_str_radix(pair, 16).expect("digits")
    };
    digits.as_bytes().chunks(2).map(byte).collect()
}
