//! A structure as a tree of its fields, for JSON and YAML.

use serde_json::{Map, Value};
use tpm_quote::{report::write_json, wire::Inspect};

/// What there is to show of a structure: `type`, `value`, and what follows from
/// them.
pub(crate) type Shown = Map<String, Value>;

/// The fields of a value, as the library writes them.
pub(crate) fn tree(value: &dyn Inspect) -> Value {
    let mut text = String::new();
    // Nothing can fail in writing to memory.
    let _ = write_json(value, &mut text);
    serde_json::from_str(&text).unwrap_or_default()
}
