//! [`Json`]: writes JSON as it goes, on one line or on several.

use core::fmt::{self, Display};

use super::escape::JsonString;
use crate::wire::Hex;

/// A JSON text that is being written.
pub(super) struct Json<'w, W: ?Sized> {
    out: &'w mut W,
    /// How deep the next line stands; `None` if all is on one line.
    depth: Option<usize>,
    /// Whether nothing was written yet of the object or list that was begun last.
    is_empty: bool,
}

impl<'w, W: fmt::Write + ?Sized> Json<'w, W> {
    /// On one line, or on several with an indent of two spaces.
    pub(super) fn new(out: &'w mut W, on_one_line: bool) -> Self {
        Self {
            out,
            depth: (!on_one_line).then_some(0),
            is_empty: true,
        }
    }

    /// An object; `members` writes them.
    pub(super) fn object(&mut self, members: impl FnOnce(&mut Self) -> fmt::Result) -> fmt::Result {
        self.nested("{", members, "}")
    }

    /// A list; `elements` writes them.
    pub(super) fn list(&mut self, elements: impl FnOnce(&mut Self) -> fmt::Result) -> fmt::Result {
        self.nested("[", elements, "]")
    }

    fn nested(
        &mut self,
        open: &str,
        inside: impl FnOnce(&mut Self) -> fmt::Result,
        close: &str,
    ) -> fmt::Result {
        self.out.write_str(open)?;
        self.is_empty = true;
        self.depth = self.depth.map(|depth| depth.saturating_add(1));
        inside(self)?;
        self.depth = self.depth.map(|depth| depth.saturating_sub(1));
        if !self.is_empty {
            self.new_line()?;
        }
        self.is_empty = false;
        self.out.write_str(close)
    }

    fn new_line(&mut self) -> fmt::Result {
        let Some(depth) = self.depth else {
            return Ok(());
        };
        self.out.write_str("\n")?;
        for _ in 0..depth {
            self.out.write_str("  ")?;
        }
        Ok(())
    }

    /// Goes on to the next element of a list; its value has to follow.
    pub(super) fn element(&mut self) -> fmt::Result {
        if !self.is_empty {
            self.out.write_str(",")?;
        }
        self.is_empty = false;
        self.new_line()
    }

    /// The key of the next member, in which there is nothing to escape; its value has to
    /// follow.
    pub(super) fn key(&mut self, key: &str) -> fmt::Result {
        self.element()?;
        self.word(key)?;
        self.colon()
    }

    /// The same for a key that is not a text yet.
    pub(super) fn key_of(&mut self, key: impl Display) -> fmt::Result {
        self.element()?;
        write!(self.out, "\"{key}\"")?;
        self.colon()
    }

    fn colon(&mut self) -> fmt::Result {
        self.out.write_str(match self.depth {
            None => ":",
            Some(_) => ": ",
        })
    }

    /// A string.
    pub(super) fn string(&mut self, text: impl Display) -> fmt::Result {
        self.out.write_str("\"")?;
        fmt::Write::write_fmt(&mut JsonString(self.out), format_args!("{text}"))?;
        self.out.write_str("\"")
    }

    /// A word in which there is nothing to escape.
    pub(super) fn word(&mut self, word: &str) -> fmt::Result {
        self.out.write_str("\"")?;
        self.out.write_str(word)?;
        self.out.write_str("\"")
    }

    /// Bytes, as a string of hexadecimal digits.
    pub(super) fn hex(&mut self, bytes: &[u8]) -> fmt::Result {
        self.out.write_str("\"")?;
        Hex(bytes).write_to(self.out)?;
        self.out.write_str("\"")
    }

    /// A number, or whether something is so.
    pub(super) fn bare(&mut self, value: impl Display) -> fmt::Result {
        write!(self.out, "{value}")
    }

    pub(super) fn null(&mut self) -> fmt::Result {
        self.out.write_str("null")
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::String;

    use super::*;

    fn written(on_one_line: bool) -> String {
        let mut out = String::new();
        let mut json = Json::new(&mut out, on_one_line);
        let all = json.object(|json| {
            json.key("a")?;
            json.null()?;
            json.key("b")?;
            json.list(|json| {
                json.element()?;
                json.bare(1)?;
                json.element()?;
                json.object(|json| {
                    json.key("c")?;
                    json.string("x\"y")
                })
            })?;
            json.key("d")?;
            json.list(|_| Ok(()))?;
            json.key("e")?;
            json.object(|_| Ok(()))
        });
        all.unwrap();
        out
    }

    #[test]
    fn commas_and_lines_stand_where_they_belong() {
        assert_eq!(
            written(true),
            r#"{"a":null,"b":[1,{"c":"x\"y"}],"d":[],"e":{}}"#
        );
        let lines = "{\n  \"a\": null,\n  \"b\": [\n    1,\n    {\n      \"c\": \"x\\\"y\"\n    }\n  ],\n  \"d\": [],\n  \"e\": {}\n}";
        assert_eq!(written(false), lines);
    }
}
