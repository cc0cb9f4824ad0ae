//! [`LogText`]: a text of a log, in the encoding of whoever wrote it.

use core::fmt;

use crate::crypto::Hasher;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8, or bytes that were meant as such.
    Utf8,
    /// UTF-16, little-endian, as UEFI has it.
    Utf16Le,
}

/// A text of a log, without the zeros that end it.
///
/// It comes from the evidence: it may have control characters, or not be valid text at all. It
/// is written with U+FFFD for what is not valid; [`bytes`](Self::bytes) has all of it.
#[derive(Clone, Copy)]
pub struct LogText<'a> {
    /// What stands in front of it, of whoever measured it.
    prefix: &'static str,
    bytes: &'a [u8],
    encoding: Encoding,
}

impl<'a> LogText<'a> {
    /// A text of UTF-8.
    pub(in crate::log) const fn utf8(bytes: &'a [u8]) -> Self {
        Self {
            prefix: "",
            bytes,
            encoding: Encoding::Utf8,
        }
    }

    /// A text of UTF-16, without the zeros at its end.
    pub(in crate::log) fn utf16(mut bytes: &'a [u8]) -> Self {
        while let (true, Some(rest)) = (bytes.len().is_multiple_of(2), bytes.strip_suffix(&[0, 0]))
        {
            bytes = rest;
        }
        Self::utf16_whole(bytes)
    }

    /// A text of UTF-16, with all its zeros.
    pub(in crate::log) const fn utf16_whole(bytes: &'a [u8]) -> Self {
        Self {
            prefix: "",
            bytes,
            encoding: Encoding::Utf16Le,
        }
    }

    /// The same text with another one in front of it.
    pub(in crate::log) const fn with_prefix(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    /// Returns the bytes of the text as the log has them, without its [`prefix`](Self::prefix).
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns what stands in front of those bytes: `BOOT_IMAGE=` in the options that GRUB gives
    /// to a kernel, else nothing.
    #[must_use]
    pub const fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// Returns how the bytes are encoded.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Returns the characters, or `None` for each piece that is not valid in the encoding.
    pub fn chars(&self) -> impl Iterator<Item = Option<char>> + use<'a> {
        let (narrow, wide) = match self.encoding {
            Encoding::Utf8 => (self.bytes, &[][..]),
            Encoding::Utf16Le => (&[][..], self.bytes),
        };
        let narrow = narrow.utf8_chunks().flat_map(|chunk| {
            let odd = (!chunk.invalid().is_empty()).then_some(None);
            chunk.valid().chars().map(Some).chain(odd)
        });
        let wide = char::decode_utf16(units(wide)).map(Result::ok);
        let odd = (self.encoding == Encoding::Utf16Le && !self.bytes.len().is_multiple_of(2))
            .then_some(None);
        let prefix = self.prefix.chars().map(Some);
        prefix.chain(narrow).chain(wide).chain(odd)
    }

    /// Whether all of it is valid in its encoding.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.chars().all(|c| c.is_some())
    }

    /// Whether it is this text.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.chars().eq(text.chars().map(Some))
    }

    /// Whether it is the same text in this encoding: what is not valid is none in another.
    pub(in crate::log) fn can_be(&self, encoding: Encoding) -> bool {
        self.encoding == encoding || self.is_valid()
    }

    /// Adds the text to a hash, as UTF-16, which it [can be](Self::can_be).
    pub(in crate::log) fn hash_utf16(&self, hasher: &mut Hasher) {
        match self.encoding {
            Encoding::Utf16Le => {
                hash_utf16(self.prefix.chars(), hasher);
                hasher.update(self.bytes);
            }
            Encoding::Utf8 => hash_utf16(self.chars().flatten(), hasher),
        }
    }

    /// Adds the text to a hash, as UTF-8, which it [can be](Self::can_be).
    pub(in crate::log) fn hash_utf8(&self, hasher: &mut Hasher) {
        match self.encoding {
            Encoding::Utf8 => {
                hasher.update(self.prefix.as_bytes());
                hasher.update(self.bytes);
            }
            Encoding::Utf16Le => {
                for c in self.chars().flatten() {
                    hasher.update(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
    }
}

fn hash_utf16(chars: impl Iterator<Item = char>, hasher: &mut Hasher) {
    for c in chars {
        for unit in c.encode_utf16(&mut [0; 2]) {
            hasher.update(&unit.to_le_bytes());
        }
    }
}

/// The units of UTF-16; a byte that is left over is none.
fn units(bytes: &[u8]) -> impl Iterator<Item = u16> {
    let (pairs, _) = bytes.as_chunks();
    pairs.iter().map(|pair| u16::from_le_bytes(*pair))
}

impl fmt::Display for LogText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;

        let mut chars = self.chars();
        chars.try_for_each(|c| f.write_char(c.unwrap_or(char::REPLACEMENT_CHARACTER)))
    }
}

/// Writes the text in quotes, with escapes.
impl fmt::Debug for LogText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;

        f.write_char('"')?;
        for c in self.chars() {
            let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
            c.escape_debug().try_for_each(|c| f.write_char(c))?;
        }
        f.write_char('"')
    }
}
