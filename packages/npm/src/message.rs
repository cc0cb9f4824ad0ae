//! [`Value`]: a value of JavaScript, read from the bytes that the loader makes of it.
//!
//! A value is a letter and what that letter wants: `b`, `s` and `n` (bytes, UTF-8, decimal
//! digits) a length and as many bytes; `a` a count and as many values; `o` a count and as
//! many pairs of a name, which is a length and UTF-8, and a value; `t`, `f` and `z` (true,
//! false, null) nothing. Lengths and counts are 32 bits, little-endian.

use alloc::vec::Vec;

/// A value of JavaScript.
#[derive(Clone)]
pub(crate) enum Value<'a> {
    Bytes(&'a [u8]),
    /// A string in UTF-8. A surrogate that stands alone has its three bytes, as in WTF-8.
    Text(&'a [u8]),
    /// An integer, in decimal digits.
    Number(&'a str),
    Flag(bool),
    Null,
    List(Vec<Value<'a>>),
    Object(Vec<(&'a str, Value<'a>)>),
}

/// Maximum depth of nested values.
const DEPTH: usize = 16;

impl<'a> Value<'a> {
    /// Reads exactly one value. `None` if the bytes are none, which the loader never sends.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes;
        let value = Self::next(&mut rest, DEPTH)?;
        rest.is_empty().then_some(value)
    }

    fn next(rest: &mut &'a [u8], depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        Some(match *rest.split_off_first()? {
            b'b' => Self::Bytes(bytes(rest)?),
            b's' => Self::Text(bytes(rest)?),
            b'n' => Self::Number(str::from_utf8(bytes(rest)?).ok()?),
            b't' => Self::Flag(true),
            b'f' => Self::Flag(false),
            b'z' => Self::Null,
            b'a' => {
                let mut values = Vec::new();
                for _ in 0..length(rest)? {
                    values.push(Self::next(rest, depth)?);
                }
                Self::List(values)
            }
            b'o' => {
                let mut members = Vec::new();
                for _ in 0..length(rest)? {
                    let name = str::from_utf8(bytes(rest)?).ok()?;
                    members.push((name, Self::next(rest, depth)?));
                }
                Self::Object(members)
            }
            _ => return None,
        })
    }

    /// What it is, in a sentence.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Bytes(_) => "bytes",
            Self::Text(_) => "a string",
            Self::Number(_) => "a number",
            Self::Flag(_) => "a boolean",
            Self::Null => "null",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// The member of an object with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => {
                let mut members = members.iter();
                members
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| value)
            }
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => str::from_utf8(text).ok(),
            _ => None,
        }
    }
}

fn length(rest: &mut &[u8]) -> Option<usize> {
    let (length, behind) = rest.split_first_chunk()?;
    *rest = behind;
    usize::try_from(u32::from_le_bytes(*length)).ok()
}

fn bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = length(rest)?;
    rest.split_off(..length)
}
