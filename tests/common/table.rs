//! The table of tests/data/expectations.json, which all faces of the library share.

use std::fs;

use serde_json::Value;

pub const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");

/// The rows of this name, of which there have to be so many.
pub fn rows(of: &str, count: usize) -> Vec<Value> {
    let text = fs::read(format!("{DATA}/expectations.json")).unwrap();
    let mut table: Value = serde_json::from_slice(&text).unwrap();
    let rows = table[of].as_array_mut().unwrap();
    assert_eq!(rows.len(), count, "rows of {of}");
    std::mem::take(rows)
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The response of a row: a text, or a file in which members of the block are changed.
pub fn response(row: &Value) -> String {
    if let Some(text) = row["text"].as_str() {
        return text.to_owned();
    }
    let file = format!("{DATA}/{}", text(&row["response"]));
    let mut whole: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let block = &mut whole["_metadata"]["tpm_attestation"];
    for path in row["remove"].as_array().into_iter().flatten() {
        let (parent, name) = place(block, text(path));
        parent.as_object_mut().unwrap().remove(name).unwrap();
    }
    for (path, value) in row["set"].as_object().into_iter().flatten() {
        let (parent, name) = place(block, path);
        parent[name] = value.clone();
    }
    whole.to_string()
}

fn place<'v, 'p>(block: &'v mut Value, path: &'p str) -> (&'v mut Value, &'p str) {
    match path.rsplit_once('/') {
        Some((parents, name)) => (block.pointer_mut(&format!("/{parents}")).unwrap(), name),
        None => (block, path),
    }
}
