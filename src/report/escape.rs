//! Escapes: what came from evidence is shown on one line, and as what it is.

use core::fmt;

/// Whether a character could mislead who reads a text: a control, or one that changes the
/// direction or the line.
pub(super) const fn misleads(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

/// Writes what passes through it as the inside of a JSON string.
pub(super) struct JsonString<'w, W: ?Sized>(pub(super) &'w mut W);

impl<W: fmt::Write + ?Sized> fmt::Write for JsonString<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // All of it is looked at: many bytes at a time take less than to stop at the first.
        let is_odd = |byte| matches!(byte, b'"' | b'\\' | 0..0x20 | 0x7f..);
        if !text.bytes().fold(false, |odd, byte| odd | is_odd(byte)) {
            return self.0.write_str(text);
        }
        for c in text.chars() {
            match c {
                '"' => self.0.write_str("\\\"")?,
                '\\' => self.0.write_str("\\\\")?,
                '\n' => self.0.write_str("\\n")?,
                '\r' => self.0.write_str("\\r")?,
                '\t' => self.0.write_str("\\t")?,
                c if misleads(c) => {
                    // None of them is outside of the first plane.
                    write!(self.0, "\\u{:04x}", u32::from(c))?;
                }
                c => self.0.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Writes what passes through it as text on one line.
pub(super) struct OneLine<'w, W: ?Sized>(pub(super) &'w mut W);

impl<W: fmt::Write + ?Sized> fmt::Write for OneLine<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if misleads(c) {
                write!(self.0, "\\u{{{:x}}}", u32::from(c))?;
            } else {
                self.0.write_char(c)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use core::fmt::Write as _;
    use std::string::String;

    use super::*;

    fn json(text: &str) -> String {
        let mut out = String::new();
        JsonString(&mut out).write_str(text).unwrap();
        out
    }

    #[test]
    fn json_string_escapes_what_it_has_to_and_what_misleads() {
        assert_eq!(json("a/'\u{e9}\u{1f600}"), "a/'\u{e9}\u{1f600}");
        assert_eq!(json("a\"b\\c"), r#"a\"b\\c"#);
        assert_eq!(
            json("\0\n\u{1f}\u{7f}\u{85}"),
            r"\u0000\n\u001f\u007f\u0085"
        );
        assert_eq!(json("\u{202e}x\u{2028}\u{2066}"), r"\u202ex\u2028\u2066");
    }

    #[test]
    fn line_stays_one_line() {
        let mut out = String::new();
        OneLine(&mut out)
            .write_str("a\nb\u{202e}\u{1b}[31m\u{e9}")
            .unwrap();
        assert_eq!(out, "a\\u{a}b\\u{202e}\\u{1b}[31m\u{e9}");
    }
}
