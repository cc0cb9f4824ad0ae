//! JSON (RFC 8259) without allocation or recursion.
//!
//! A [`Json`] is a position in a text, and its methods read what has to come next. Values that
//! are not needed are skipped, but must be JSON. Strings are views that decode their escapes
//! as they are read.

#[cfg(feature = "response")]
use crate::verify::error::FieldProblem;
use crate::verify::error::{Error, JsonProblem, MAX_DEPTH, Part, Problem};

/// A position in a JSON text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<'a> {
    text: &'a str,
    at: usize,
}

/// Why a text is not JSON, or not the JSON that was expected, and where. It is small because
/// it is passed through many functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JsonError {
    offset: usize,
    problem: JsonProblem,
}

impl JsonError {
    fn new(offset: usize, problem: JsonProblem) -> Self {
        Self { offset, problem }
    }

    /// As an error of this part.
    pub(crate) fn in_part(self, part: Part) -> Error {
        Error::new(part, Problem::Json(self.problem)).at(self.offset)
    }

    /// As an error in this field of the response.
    #[cfg(feature = "response")]
    pub(crate) fn in_field(self, field: &'static str) -> Error {
        let problem = FieldProblem::Json(self.problem);
        Error::new(Part::Response, Problem::Field { field, problem }).at(self.offset)
    }
}

impl<'a> Json<'a> {
    /// The start of a text.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, JsonError> {
        match core::str::from_utf8(bytes) {
            Ok(text) if text.starts_with('\u{feff}') => {
                Err(JsonError::new(0, JsonProblem::ByteOrderMark))
            }
            Ok(text) => Ok(Self { text, at: 0 }),
            // That of UTF-16.
            Err(_) if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) => {
                Err(JsonError::new(0, JsonProblem::ByteOrderMark))
            }
            Err(error) => Err(JsonError::new(error.valid_up_to(), JsonProblem::Utf8)),
        }
    }

    /// The entry of an object: `{`. Then [`key`](Self::key) until it is `None`,
    /// with a value after each.
    pub(crate) fn begin_object(&mut self) -> Result<(), JsonError> {
        self.skip_space();
        self.expect(b'{', "an object")
    }

    /// The next key of an object, and its colon; `None` at the end of the
    /// object. `first` is whether no key was read yet.
    pub(crate) fn key(&mut self, first: &mut bool) -> Result<Option<JsonStr<'a>>, JsonError> {
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.advance();
            return Ok(None);
        }
        if !core::mem::take(first) {
            self.expect(b',', "',' or '}'")?;
        }
        self.member().map(Some)
    }

    /// The entry of an array: `[`. Then [`element`](Self::element) until it is
    /// false, with a value after each.
    #[cfg(any(feature = "keys", feature = "boot-log"))]
    pub(crate) fn begin_array(&mut self) -> Result<(), JsonError> {
        self.skip_space();
        self.expect(b'[', "an array")
    }

    /// Whether another element of an array comes. `first` is whether none was
    /// read yet.
    #[cfg(any(feature = "keys", feature = "boot-log"))]
    pub(crate) fn element(&mut self, first: &mut bool) -> Result<bool, JsonError> {
        self.skip_space();
        if self.peek() == Some(b']') {
            self.advance();
            return Ok(false);
        }
        if !core::mem::take(first) {
            self.expect(b',', "',' or ']'")?;
        }
        Ok(true)
    }

    /// A number in digits alone, up to 65535.
    #[cfg(any(feature = "projects", feature = "boot-log"))]
    pub(crate) fn whole(&mut self) -> Result<u16, JsonError> {
        self.skip_space();
        let start = *self;
        if !matches!(self.peek(), Some(b'-' | b'0'..=b'9')) {
            return Err(self.expected("a number"));
        }
        self.number()?;
        let text = self.text.get(start.at..self.at).unwrap_or_default();
        let mut whole = 0_u16;
        for c in text.chars() {
            let digit = c.to_digit(10).and_then(|digit| u16::try_from(digit).ok());
            whole = digit
                .and_then(|digit| whole.checked_mul(10)?.checked_add(digit))
                .ok_or(start.expected("a whole number from 0 to 65535"))?;
        }
        Ok(whole)
    }

    /// Where the next value begins, in bytes from the start of the text.
    #[cfg(any(feature = "projects", feature = "boot-log"))]
    pub(crate) fn offset(mut self) -> usize {
        self.skip_space();
        self.at
    }

    /// Whether the next value begins with this byte.
    #[cfg(feature = "ima")]
    pub(crate) fn value_begins_with(mut self, byte: u8) -> bool {
        self.skip_space();
        self.peek() == Some(byte)
    }

    /// The end of the text.
    pub(crate) fn end(mut self) -> Result<(), JsonError> {
        self.skip_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end of the text")),
        }
    }

    /// A string.
    pub(crate) fn string(&mut self) -> Result<JsonStr<'a>, JsonError> {
        self.skip_space();
        self.expect(b'"', "a string")?;
        let start = self.at;
        let mut has_escapes = false;
        loop {
            self.skip_plain();
            match self.next()? {
                b'"' => break,
                b'\\' => {
                    has_escapes = true;
                    self.escape()?;
                }
                _ => {
                    let at = self.at.saturating_sub(1);
                    return Err(JsonError::new(at, JsonProblem::ControlCharacter));
                }
            }
        }
        let end = self.at.saturating_sub(1);
        Ok(JsonStr {
            raw: self.text.get(start..end).unwrap_or_default(),
            offset: start.saturating_sub(1),
            has_escapes,
        })
    }

    /// What stands for itself in a string: eight bytes at a time, then the last few.
    fn skip_plain(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let (words, _) = rest.as_chunks();
        let plain = words.iter().take_while(|word| all_plain(word)).count();
        let skipped = plain.saturating_mul(8);
        let rest = rest.get(skipped..).unwrap_or_default();
        let is_plain = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0..0x20);
        let len = rest.iter().take_while(|byte| is_plain(byte)).count();
        self.at = self.at.saturating_add(skipped).saturating_add(len);
    }

    /// `true` or `false`.
    #[cfg(any(feature = "response", feature = "boot-log"))]
    pub(crate) fn boolean(&mut self) -> Result<bool, JsonError> {
        self.skip_space();
        match self.peek() {
            Some(b't') => self.literal("true").map(|()| true),
            Some(b'f') => self.literal("false").map(|()| false),
            _ => Err(self.expected("true or false")),
        }
    }

    /// Any value, which is checked and passed over.
    pub(crate) fn skip(&mut self) -> Result<(), JsonError> {
        self.skip_past(&[]).map(|_| ())
    }

    /// Any value, which is checked and passed over; gives the first key in it, however deep,
    /// that is one of these, and its offset.
    pub(crate) fn skip_past(
        &mut self,
        names: &[&'static str],
    ) -> Result<Option<(&'static str, usize)>, JsonError> {
        let mut seen = None;
        // Bit n tells whether the array or object n levels up is an object.
        let mut kinds = 0_u128;
        let mut depth = 0_u32;
        loop {
            self.skip_space();
            let open = match self.peek() {
                Some(b'{') => Some(1),
                Some(b'[') => Some(0),
                Some(b'"') => self.string().map(|_| None)?,
                Some(b't') => self.literal("true").map(|()| None)?,
                Some(b'f') => self.literal("false").map(|()| None)?,
                Some(b'n') => self.literal("null").map(|()| None)?,
                Some(b'-' | b'0'..=b'9') => self.number().map(|()| None)?,
                _ => return Err(self.expected("a value")),
            };
            let mut opened = open.is_some();
            if let Some(kind) = open {
                if depth >= MAX_DEPTH {
                    return Err(JsonError::new(self.at, JsonProblem::Depth));
                }
                self.advance();
                kinds = kinds.wrapping_shl(1) | kind;
                depth = depth.saturating_add(1);
            }
            // Behind a value, or at the start of an array or object.
            loop {
                if depth == 0 {
                    return Ok(seen);
                }
                self.skip_space();
                let is_object = kinds & 1 == 1;
                match self.peek() {
                    Some(b'}') if is_object => {}
                    Some(b']') if !is_object => {}
                    _ => {
                        if !core::mem::take(&mut opened) {
                            let what = if is_object {
                                "',' or '}'"
                            } else {
                                "',' or ']'"
                            };
                            self.expect(b',', what)?;
                        }
                        if is_object {
                            let key = self.member()?;
                            let name = names.iter().find(|name| key.is(name));
                            seen = seen.or(name.map(|name| (*name, key.offset())));
                        }
                        break;
                    }
                }
                self.advance();
                opened = false;
                kinds = kinds.wrapping_shr(1);
                depth = depth.saturating_sub(1);
            }
        }
    }

    /// A key and its colon.
    fn member(&mut self) -> Result<JsonStr<'a>, JsonError> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(self.expected("a key"));
        }
        let key = self.string()?;
        self.skip_space();
        self.expect(b':', "':'")?;
        Ok(key)
    }

    /// What follows a backslash. Half of a surrogate pair is none.
    fn escape(&mut self) -> Result<(), JsonError> {
        let at = self.at.saturating_sub(1);
        let refuse = JsonError::new(at, JsonProblem::Escape);
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => match self.hex4(refuse)? {
                0xd800..0xdc00 => {
                    let (backslash, u) = (self.next()?, self.next()?);
                    match (backslash, u, self.hex4(refuse)?) {
                        (b'\\', b'u', 0xdc00..0xe000) => Ok(()),
                        _ => Err(refuse),
                    }
                }
                0xdc00..0xe000 => Err(refuse),
                _ => Ok(()),
            },
            _ => Err(refuse),
        }
    }

    fn hex4(&mut self, refuse: JsonError) -> Result<u32, JsonError> {
        let mut value = 0_u32;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16).ok_or(refuse)?;
            value = value.wrapping_shl(4) | digit;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let refuse = JsonError::new(self.at, JsonProblem::Number);
        self.take(b"-");
        match self.peek() {
            Some(b'0') => self.advance(),
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(refuse),
        }
        if matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(refuse);
        }
        if self.take(b".") {
            self.some_digits(refuse)?;
        }
        if self.take(b"eE") {
            self.take(b"+-");
            self.some_digits(refuse)?;
        }
        Ok(())
    }

    fn some_digits(&mut self, refuse: JsonError) -> Result<(), JsonError> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(refuse);
        }
        self.digits();
        Ok(())
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.advance();
        }
    }

    fn literal(&mut self, literal: &'static str) -> Result<(), JsonError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(literal.as_bytes()) {
            return Err(self.expected("a value"));
        }
        self.at = self.at.saturating_add(literal.len());
        Ok(())
    }

    pub(crate) fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.advance();
        }
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), JsonError> {
        if self.peek() == Some(byte) {
            self.advance();
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    /// Takes one of these bytes, if one of them comes next.
    fn take(&mut self, bytes: &[u8]) -> bool {
        let is_one = self.peek().is_some_and(|byte| bytes.contains(&byte));
        if is_one {
            self.advance();
        }
        is_one
    }

    fn next(&mut self) -> Result<u8, JsonError> {
        let byte = self
            .peek()
            .ok_or(JsonError::new(self.at, JsonProblem::End))?;
        self.advance();
        Ok(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    pub(crate) fn expected(&self, what: &'static str) -> JsonError {
        let reason = match self.peek() {
            Some(_) => JsonProblem::Expected(what),
            None => JsonProblem::End,
        };
        JsonError::new(self.at, reason)
    }
}

/// Whether none of these bytes is a control character, a quote or a backslash.
fn all_plain(bytes: &[u8; 8]) -> bool {
    let word = u64::from_ne_bytes(*bytes);
    let each = |byte| u64::from_ne_bytes([byte; 8]);
    // Less `low` sets the highest bit of a byte that is below it, and perhaps of one
    // behind such a byte; never of the first one that is not.
    let below = |word: u64, low| word.wrapping_sub(each(low)) & !word;
    let quotes = below(word ^ each(b'"'), 1);
    let backslashes = below(word ^ each(b'\\'), 1);
    (below(word, 0x20) | quotes | backslashes) & each(0x80) == 0
}

/// A string between its quotes, whose escapes were checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JsonStr<'a> {
    raw: &'a str,
    offset: usize,
    has_escapes: bool,
}

impl<'a> JsonStr<'a> {
    /// Where its first quote stands, in bytes from the start of the text.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// How many bytes are written between its quotes.
    #[cfg(feature = "response")]
    pub(crate) const fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether it says this.
    pub(crate) fn is(&self, text: &str) -> bool {
        match self.plain() {
            Some(plain) => plain == text,
            None => self.chars().eq(text.chars()),
        }
    }

    /// What it says, if that is how it is written: it has no escapes.
    pub(crate) fn plain(&self) -> Option<&'a str> {
        (!self.has_escapes).then_some(self.raw)
    }

    /// What it says.
    pub(crate) fn chars(&self) -> impl Iterator<Item = char> + use<'a> {
        let mut raw = self.raw.chars();
        core::iter::from_fn(move || match raw.next()? {
            '\\' => match raw.next()? {
                'b' => Some('\u{8}'),
                'f' => Some('\u{c}'),
                'n' => Some('\n'),
                'r' => Some('\r'),
                't' => Some('\t'),
                'u' => match code_unit(&mut raw)? {
                    high @ 0xd800..0xdc00 => {
                        // A backslash and a u: the string was checked.
                        raw.next()?;
                        raw.next()?;
                        let low = code_unit(&mut raw)?;
                        let pair = (high & 0x3ff).wrapping_shl(10) | (low & 0x3ff);
                        char::from_u32(pair.saturating_add(0x1_0000))
                    }
                    unit => char::from_u32(unit),
                },
                other => Some(other),
            },
            plain => Some(plain),
        })
    }
}

fn code_unit(raw: &mut core::str::Chars<'_>) -> Option<u32> {
    let mut value = 0_u32;
    for _ in 0..4 {
        value = value.wrapping_shl(4) | raw.next()?.to_digit(16)?;
    }
    Some(value)
}

#[cfg(test)]
mod tests;
