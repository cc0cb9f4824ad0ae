//! Bytes in an error.

use core::fmt;

use crate::{error::saturate, wire::Hex};

/// The first bytes of a value, kept for the text of an error.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Excerpt {
    bytes: [u8; Self::MAX],
    len: u16,
}

impl Excerpt {
    /// The largest number of bytes that are kept, enough for any nonce, digest or Name.
    pub const MAX: usize = 66;

    /// Keeps the first 66 of `bytes`, and how many there are in all.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let mut start = [0; Self::MAX];
        for (to, from) in start.iter_mut().zip(bytes) {
            *to = *from;
        }
        Self {
            bytes: start,
            len: saturate(bytes.len()),
        }
    }

    /// Returns the bytes that are kept.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        let kept = self.bytes.get(..usize::from(self.len));
        kept.unwrap_or(&self.bytes)
    }
}

/// Writes the bytes in hexadecimal, or `empty` if there are none.
impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.len == 0 {
            return f.write_str("empty");
        }
        Hex(self.bytes()).fmt(f)?;
        if usize::from(self.len) > Self::MAX {
            write!(f, "... ({} bytes)", self.len)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The `kid`s of several JSON Web Keys, as many as fit.
#[cfg(any(feature = "keys", feature = "certificate"))]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyIds {
    text: [u8; Self::MAX],
    len: u8,
    is_cut: bool,
}

#[cfg(any(feature = "keys", feature = "certificate"))]
impl KeyIds {
    const MAX: usize = 66;

    pub(crate) const NONE: Self = Self {
        text: [0; Self::MAX],
        len: 0,
        is_cut: false,
    };

    /// Adds the `kid` of another key. Characters that could be mistaken for others are not
    /// kept.
    pub(crate) fn add(&mut self, id: impl Iterator<Item = char>) {
        let between = if self.len == 0 { "" } else { ", " };
        for c in between.chars().chain(id) {
            let byte = match c {
                ' '..='~' => u8::try_from(c).unwrap_or(b'?'),
                _ => b'?',
            };
            match self.text.get_mut(usize::from(self.len)) {
                Some(place) => *place = byte,
                None => {
                    self.is_cut = true;
                    return;
                }
            }
            self.len = self.len.saturating_add(1);
        }
    }
}

#[cfg(any(feature = "keys", feature = "certificate"))]
impl fmt::Display for KeyIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.get(..usize::from(self.len)).unwrap_or_default();
        f.write_str(core::str::from_utf8(text).unwrap_or_default())?;
        f.write_str(if self.is_cut { "..." } else { "" })
    }
}

#[cfg(any(feature = "keys", feature = "certificate"))]
impl fmt::Debug for KeyIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The first characters of a text in a certificate, kept for the text of an error. Those that
/// could be mistaken for others are shown as `?`.
#[cfg(feature = "certificate")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ShortText(KeyIds);

#[cfg(feature = "certificate")]
impl ShortText {
    /// Keeps the first 66 characters.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut kept = KeyIds::NONE;
        kept.add(text.chars());
        Self(kept)
    }
}

#[cfg(feature = "certificate")]
impl fmt::Display for ShortText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "certificate")]
impl fmt::Debug for ShortText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "ima")]
/// The end of a file's name, kept for the text of an error.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ImaLabel {
    bytes: [u8; Self::MAX],
    len: u8,
    is_cut: bool,
}

#[cfg(feature = "ima")]
impl ImaLabel {
    const MAX: usize = 64;

    /// Keeps the last 64 bytes of a name.
    #[must_use]
    pub fn new(name: &[u8]) -> Self {
        let before = name.len().saturating_sub(Self::MAX);
        let end = name.get(before..).unwrap_or_default();
        let mut bytes = [0; Self::MAX];
        for (to, from) in bytes.iter_mut().zip(end) {
            *to = *from;
        }
        Self {
            bytes,
            len: u8::try_from(end.len()).unwrap_or(0),
            is_cut: before > 0,
        }
    }
}

#[cfg(feature = "ima")]
/// Writes printable ASCII as it is, and all other bytes as `\xff`.
impl fmt::Display for ImaLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_cut { "..." } else { "" })?;
        for byte in self.bytes.iter().take(usize::from(self.len)) {
            match byte {
                b'\\' => f.write_str("\\\\")?,
                b' '..=b'~' => write!(f, "{}", char::from(*byte))?,
                byte => write!(f, "\\x{byte:02x}")?,
            }
        }
        Ok(())
    }
}

#[cfg(feature = "ima")]
impl fmt::Debug for ImaLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
