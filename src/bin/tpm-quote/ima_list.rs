//! A list of Linux IMA, as `print` shows it: what is in it, none of which is proven.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use tpm_quote::{
    evidence::FileKind,
    log::{ImaEntry, ImaList},
    wire::Hex,
};

use crate::tree::Shown;

/// The longest signature or buffer: more than the kernel measures.
const MAX_BYTES: usize = 1 << 16;

/// Whether the bytes begin like a list, in either form. One with the header of kexec does not.
pub(crate) fn is_ima_list(bytes: &[u8]) -> bool {
    matches!(
        FileKind::of(bytes),
        Some(FileKind::ImaList | FileKind::ImaText)
    )
}

/// Reads a list, binary or ASCII.
pub(crate) fn read(bytes: &[u8]) -> Result<Shown, String> {
    let list = ImaList::parse(bytes).map_err(|error| error.to_string())?;
    let form = if list.is_ascii() { "ASCII" } else { "binary" };
    let order = match list.is_big_endian() {
        true => "big-endian",
        false => "little-endian",
    };
    let entries: Vec<Value> = list.entries().map(|entry| shown(&entry)).collect();
    Ok(Map::from_iter([
        ("type".to_owned(), "ImaList".into()),
        (
            "note".to_owned(),
            "Nothing of this is proven without a quote: tpm-quote check --ima-list".into(),
        ),
        ("format".to_owned(), form.into()),
        ("byte_order".to_owned(), order.into()),
        ("entries".to_owned(), entries.into()),
    ]))
}

fn shown(entry: &ImaEntry<'_>) -> Value {
    let mut room = vec![0; MAX_BYTES];
    let mut shown = json!({
        "number": entry.number(),
        "offset": entry.offset(),
        "pcr": entry.pcr(),
        "template": entry.template(),
        "template_digest": Hex(entry.listed_digest().as_ref()).to_string(),
        "is_violation": entry.is_violation(),
        "digest": entry.digest().map(|digest| digest.to_string()),
        "name": label(entry.name()),
    });
    let signature = entry
        .signature(&mut room)
        .map(|bytes| Hex(bytes).to_string());
    if let (Some(signature), Value::Object(shown)) = (signature, &mut shown) {
        shown.insert("signature".to_owned(), signature.into());
    }
    let buffer = entry.buffer(&mut room).map(|bytes| Hex(bytes).to_string());
    if let (Some(buffer), Value::Object(shown)) = (buffer, &mut shown) {
        shown.insert("buffer".to_owned(), buffer.into());
    }
    shown
}

/// A name, which may be any bytes: what is not UTF-8 as `\xff`, and `\` twice.
pub(crate) fn label(name: &[u8]) -> String {
    let mut label = String::new();
    for chunk in name.utf8_chunks() {
        label.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            // Nothing can fail in writing to memory.
            let _ = write!(label, "\\x{byte:02x}");
        }
    }
    label
}
