//! Writes a tree as YAML.
//!
//! Of our own, because what is written is so little (maps in their order, lists,
//! strings of ASCII, integers) and one thing matters that emitters leave to
//! guesswork: hexadecimal such as `00050072` or `1e10` stays a string in every
//! edition of YAML. The crate that everybody used, `serde_yaml`, is no longer
//! kept, and none of its forks has taken its place.

use serde_json::Value;

/// The tree as a YAML document.
pub(crate) fn yaml(tree: &Value) -> String {
    let mut out = String::new();
    match tree {
        Value::Object(fields) if !fields.is_empty() => write(tree, 0, &mut out),
        scalar => {
            out.push_str(&flow(scalar));
            out.push('\n');
        }
    }
    out
}

/// Writes a map or a list as lines of their own.
fn write(tree: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match tree {
        Value::Object(fields) => {
            for (key, value) in fields {
                out.push_str(&format!("{indent}{}:", string(key)));
                if is_nested(value) {
                    out.push('\n');
                    write(value, depth.saturating_add(1), out);
                } else {
                    out.push_str(&format!(" {}\n", flow(value)));
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                // A map begins on the line of its dash.
                let mut nested = String::new();
                if is_nested(element) {
                    write(element, depth.saturating_add(1), &mut nested);
                } else {
                    nested = format!("{}\n", flow(element));
                }
                out.push_str(&format!("{indent}- {}", nested.trim_start()));
            }
        }
        scalar => out.push_str(&flow(scalar)),
    }
}

/// Whether a value takes lines of its own: a list of scalars does not.
fn is_nested(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(elements) => elements
            .iter()
            .any(|element| element.is_object() || element.is_array()),
        _ => false,
    }
}

/// A value on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => string(text),
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(flow).collect();
            format!("[{}]", elements.join(", "))
        }
        // Null, yes or no, numbers and empty maps are written as in JSON.
        other => other.to_string(),
    }
}

/// A string, in quotes unless it is a word that can be nothing else.
fn string(text: &str) -> String {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_hex = text.chars().all(|c| c.is_ascii_hexdigit());
    // YAML 1.1 has all of these as yes, no or nothing.
    let is_reserved = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    if is_word && !is_hex && !is_reserved {
        text.to_owned()
    } else {
        // A string of JSON is a string of YAML.
        escaped(&Value::from(text).to_string())
    }
}

/// JSON, in which what could mislead who reads it is escaped. Such characters are in its
/// strings alone, and none of them is outside of the first plane.
pub(crate) fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if misleads(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// A control that JSON does not escape, or a character that changes the direction or the line.
pub(crate) fn misleads(c: char) -> bool {
    matches!(
        c,
        '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}
