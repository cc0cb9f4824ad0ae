//! Policy files: a second reader of JSON finds the same settings.

use serde_json::Value;
use tpm_quote::evidence::{PolicyFile, PolicyValue};

use crate::codec::explain_in;

/// A setting as text: its group, its key, its value.
type Setting = (String, String, String);

/// A file, and what stands in it.
pub fn policy_file(data: &[u8]) {
    let file = match PolicyFile::parse(data) {
        Ok(file) => file,
        Err(error) => {
            explain_in(&error, data);
            assert!(error.offset().is_some(), "{error}");
            return;
        }
    };
    let mut read = Vec::new();
    file.for_each(&mut |setting| {
        assert!(setting.offset < data.len());
        let value = match setting.value {
            PolicyValue::Yes => "true".to_owned(),
            PolicyValue::Text(text) | PolicyValue::File(text) => text.to_string(),
            PolicyValue::Number(number) => number.to_string(),
            _ => panic!("a value of another kind"),
        };
        read.push((setting.group.to_owned(), setting.key.to_owned(), value));
    });
    assert!(!read.is_empty(), "a policy that asks for nothing");
    // No key is there twice, of which this reader would keep the last.
    let value: Value = serde_json::from_slice(data).expect("it is JSON");
    let mut second = Vec::new();
    settings("", &value, &mut second);
    read.sort();
    second.sort();
    assert_eq!(read, second);
}

/// Whether it is a policy file.
pub fn is_policy_file(data: &[u8]) -> bool {
    PolicyFile::parse(data).is_ok()
}

fn settings(group: &str, object: &Value, all: &mut Vec<Setting>) {
    for (key, value) in object.as_object().expect("an object") {
        let one = |value: &Value| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (group.to_owned(), key.clone(), text)
        };
        match value {
            Value::Object(_) => settings(key, value, all),
            Value::Array(list) => all.extend(list.iter().map(one)),
            Value::Bool(false) => {}
            value => all.push(one(value)),
        }
    }
}
