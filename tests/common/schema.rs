//! `docs/report.schema.json`, against which reports are held.

use std::{fs, sync::LazyLock};

use jsonschema::Validator;
use serde_json::{Map, Value};

/// As it is published, and with one more rule: a key that it does not name is an error, so
/// that none is forgotten.
static SCHEMAS: LazyLock<[Validator; 2]> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let mut strict = schema.clone();
    close(&mut strict);
    [schema, strict].map(|schema| jsonschema::validator_for(&schema).unwrap())
});

fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for member in members.values_mut() {
                close(member);
            }
            if members.contains_key("properties") && !members.contains_key("additionalProperties") {
                members.insert("additionalProperties".to_owned(), false.into());
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(close),
        _ => {}
    }
}

/// What the schema finds wrong with a report.
pub fn faults(report: &Value) -> Vec<String> {
    let of_one = |schema: &Validator| {
        let errors = schema.iter_errors(report);
        let texts = errors.map(|error| format!("{}: {error}", error.instance_path()));
        texts.collect::<Vec<_>>()
    };
    SCHEMAS.iter().flat_map(of_one).collect()
}

/// The reports in what a command printed: one, or one a line.
pub fn reports(text: &str) -> Vec<Value> {
    let is_report = |value: &Value| value.as_object().is_some_and(has_checks);
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value).filter(is_report).into_iter().collect();
    }
    let lines = text.lines().map(serde_json::from_str);
    lines.map_while(Result::ok).filter(is_report).collect()
}

fn has_checks(value: &Map<String, Value>) -> bool {
    value.contains_key("verdict") && value.contains_key("checks")
}

/// Holds all of them against the schema.
#[track_caller]
pub fn hold(text: &str) {
    for report in reports(text) {
        let faults = faults(&report);
        assert!(
            faults.is_empty(),
            "docs/report.schema.json: {faults:#?}\n{report:#}"
        );
    }
}
