//! JSON, written as text at once. serde_json writes only what has to be escaped: it looks
//! at a text byte by byte, which is a fiftieth of what a line of `verify --ndjson` takes.

use std::{
    fmt::{Display, Write as _},
    mem,
};

use serde_json::Value;

/// What can be written as JSON.
pub(crate) trait Json {
    fn write(&self, out: &mut String);
}

/// As a value that can be a part of another one.
pub(crate) fn value(json: &impl Json) -> Value {
    let mut text = String::new();
    json.write(&mut text);
    serde_json::from_str(&text).unwrap_or_default()
}

/// An object that is begun.
pub(crate) struct Object<'o> {
    out: &'o mut String,
    is_empty: bool,
}

impl<'o> Object<'o> {
    pub(crate) fn new(out: &'o mut String) -> Self {
        out.push('{');
        let is_empty = true;
        Self { out, is_empty }
    }

    /// Writes the next member. Its key has nothing to escape.
    pub(crate) fn member(&mut self, key: &str, value: &(impl Json + ?Sized)) {
        if !mem::take(&mut self.is_empty) {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
        value.write(self.out);
    }

    pub(crate) fn end(self) {
        self.out.push('}');
    }
}

impl Json for str {
    fn write(&self, out: &mut String) {
        if has_escapes(self) {
            out.push_str(&serde_json::to_string(self).unwrap_or_default());
        } else {
            out.push('"');
            out.push_str(self);
            out.push('"');
        }
    }
}

/// Whether a text has what stands for itself in no string of JSON. All of it is looked
/// at: many bytes at a time take less than to stop at the first one.
fn has_escapes(text: &str) -> bool {
    let is_odd = |byte| matches!(byte, b'"' | b'\\' | 0..0x20);
    text.bytes().fold(false, |odd, byte| odd | is_odd(byte))
}

impl<T: Json + ?Sized> Json for &T {
    fn write(&self, out: &mut String) {
        (**self).write(out);
    }
}

/// `null` if there is none.
impl<T: Json> Json for Option<T> {
    fn write(&self, out: &mut String) {
        match self {
            Some(value) => value.write(out),
            None => out.push_str("null"),
        }
    }
}

impl<T: Json> Json for [T] {
    fn write(&self, out: &mut String) {
        let mut before = '[';
        for value in self {
            out.push(before);
            value.write(out);
            before = ',';
        }
        out.push_str(if self.is_empty() { "[]" } else { "]" });
    }
}

impl Json for Value {
    fn write(&self, out: &mut String) {
        out.push_str(&self.to_string());
    }
}

/// What it is as text.
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: Display> Json for Shown<T> {
    fn write(&self, out: &mut String) {
        out.push('"');
        let start = out.len();
        // Nothing can fail in writing to memory.
        let _ = write!(out, "{}", self.0);
        if has_escapes(out.get(start..).unwrap_or_default()) {
            let text = out.split_off(start);
            out.pop();
            text.write(out);
        } else {
            out.push('"');
        }
    }
}

/// A number, or whether something is so: as text, without quotes.
pub(crate) struct Plain<T>(pub(crate) T);

impl<T: Display> Json for Plain<T> {
    fn write(&self, out: &mut String) {
        // Nothing can fail in writing to memory.
        let _ = write!(out, "{}", self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &(impl Json + ?Sized)) -> String {
        let mut out = String::new();
        json.write(&mut out);
        out
    }

    #[test]
    fn what_has_to_be_escaped_is_escaped() {
        assert_eq!(text("a/'\u{7f}\u{e9}"), "\"a/'\u{7f}\u{e9}\"");
        assert_eq!(text("a\"b"), r#""a\"b""#);
        assert_eq!(text("a\\b"), r#""a\\b""#);
        assert_eq!(text("\0\u{1f} "), "\"\\u0000\\u001f \"");
        assert_eq!(text("a\nb"), r#""a\nb""#);
        assert_eq!(text(&Shown('"')), r#""\"""#);
    }

    #[test]
    fn commas_stand_between_members_and_values() {
        let mut out = String::new();
        Object::new(&mut out).end();
        let mut object = Object::new(&mut out);
        object.member("a", &None::<&str>);
        object.member("b", &Plain(1));
        object.member("c", &["x", "y"][..]);
        object.member("d", <&[&str]>::default());
        object.end();
        assert_eq!(out, r#"{}{"a":null,"b":1,"c":["x","y"],"d":[]}"#);
    }
}
