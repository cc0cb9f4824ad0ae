//! Words of a line, and values in quotes.

use core::fmt::{self, Write as _};

use crate::verify::error::{Error, Part, Problem, TrustFileProblem};

/// A value in a trust file, without its quotes.
#[derive(Clone, Copy, Debug)]
pub struct TrustText<'a> {
    raw: &'a str,
    is_quoted: bool,
    offset: usize,
}

impl TrustText<'_> {
    /// Where the value begins, in bytes from the start of the file.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl<'a> TrustText<'a> {
    /// The value as it is written, if nothing in it is escaped.
    #[must_use]
    pub fn plain(&self) -> Option<&'a str> {
        let is_escaped = self.is_quoted && self.raw.bytes().any(|byte| byte == b'\\');
        (!is_escaped).then_some(self.raw)
    }

    /// The value of a word, which stands in quotes as a whole or has none.
    pub(super) fn of(word: Word<'a>) -> Result<Self, Error> {
        let Word { text, offset } = word;
        let Some(inside) = text.strip_prefix('"') else {
            return match text.bytes().position(|byte| byte == b'"') {
                Some(at) => Err(word.refused_at(at, TrustFileProblem::QuoteInside)),
                None => Ok(Self {
                    raw: text,
                    is_quoted: false,
                    offset,
                }),
            };
        };
        let mut before = b'"';
        for (at, byte) in (0..).zip(inside.bytes()) {
            if byte == b'"' && before != b'\\' {
                return match inside.split_at_checked(at) {
                    Some((raw, "\"")) => Ok(Self {
                        raw,
                        is_quoted: true,
                        offset,
                    }),
                    _ => Err(word.refused_at(at, TrustFileProblem::QuoteInside)),
                };
            }
            before = byte;
        }
        Err(word.refused(TrustFileProblem::QuoteOpen))
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// An error about this value.
    pub(super) fn refused(&self, problem: TrustFileProblem) -> Error {
        refused(problem, self.offset)
    }
}

impl fmt::Display for TrustText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.raw.chars();
        let mut held = None;
        // As ssh has it: nothing but a quotation mark is escaped.
        while let Some(c) = held.take().or_else(|| chars.next()) {
            if c == '\\' && self.is_quoted {
                held = chars.next();
                if held == Some('"') {
                    continue;
                }
            }
            f.write_char(c)?;
        }
        Ok(())
    }
}

/// A word of a line, as it is written.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) offset: usize,
}

impl<'a> Word<'a> {
    pub(super) fn refused(self, problem: TrustFileProblem) -> Error {
        refused(problem, self.offset)
    }

    fn refused_at(self, at: usize, problem: TrustFileProblem) -> Error {
        refused(problem, self.offset.saturating_add(at))
    }

    /// What stands before and behind the first `=`.
    pub(super) fn option(self) -> Option<(&'a str, Self)> {
        let at = self.text.bytes().position(|byte| byte == b'=')?;
        let (key, behind) = self.text.split_at_checked(at)?;
        let text = behind.strip_prefix('=')?;
        let offset = self.offset.saturating_add(at).saturating_add(1);
        Some((key, Self { text, offset }))
    }
}

/// The words of a line, between blanks.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    rest: &'a str,
    offset: usize,
}

impl<'a> Words<'a> {
    /// `offset` is that of the line.
    pub(super) const fn new(line: &'a str, offset: usize) -> Self {
        Self { rest: line, offset }
    }

    /// Where the next word would begin.
    pub(super) const fn offset(&self) -> usize {
        self.offset
    }

    /// Goes on to the next word, and returns where it would begin.
    pub(super) fn skip_blanks(&mut self) -> usize {
        let blanks = self.rest.bytes().take_while(is_blank).count();
        self.skip(blanks);
        self.offset
    }

    fn skip(&mut self, count: usize) -> &'a str {
        let (skipped, rest) = self.rest.split_at_checked(count).unwrap_or(("", ""));
        self.rest = rest;
        self.offset = self.offset.saturating_add(count);
        skipped
    }

    /// The next word; blanks in quotes belong to it.
    pub(super) fn next(&mut self) -> Result<Option<Word<'a>>, Error> {
        let offset = self.skip_blanks();
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut open = None;
        let mut before = b' ';
        let mut len = self.rest.len();
        for (at, byte) in (0..).zip(self.rest.bytes()) {
            match (byte, open) {
                (b'"', None) => open = Some(at),
                (b'"', Some(_)) if before != b'\\' => open = None,
                (byte, None) if is_blank(&byte) => {
                    len = at;
                    break;
                }
                _ => {}
            }
            before = byte;
        }
        if let Some(at) = open {
            let at = offset.saturating_add(at);
            return Err(refused(TrustFileProblem::QuoteOpen, at));
        }
        let text = self.skip(len);
        Ok(Some(Word { text, offset }))
    }
}

const fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// An error at this byte of the file.
pub(super) fn refused(problem: TrustFileProblem, offset: usize) -> Error {
    Error::new(Part::TrustFile, Problem::TrustFile(problem)).at(offset)
}
