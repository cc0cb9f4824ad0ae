//! Hexadecimal: the one place that writes it and reads it.

use core::fmt;

/// Bytes, shown in hexadecimal: lower case, two digits a byte, nothing between them.
///
/// ```
/// assert_eq!(tpm_quote::wire::Hex(&[0x00, 0x0b, 0xff]).to_string(), "000bff");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hex<'a>(pub &'a [u8]);

/// Bytes whose digits are written to the formatter at once.
const CHUNK: usize = 32;

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

impl fmt::Debug for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

impl Hex<'_> {
    /// Writes the digits.
    ///
    /// # Errors
    /// `out` fails.
    pub fn write_to(&self, out: &mut (impl fmt::Write + ?Sized)) -> fmt::Result {
        for bytes in self.0.chunks(CHUNK) {
            let mut digits = [[0; 2]; CHUNK];
            for (to, byte) in digits.iter_mut().zip(bytes) {
                *to = [digit(byte >> 4), digit(byte & 0xf)];
            }
            let digits = digits.get(..bytes.len()).unwrap_or_default();
            out.write_str(core::str::from_utf8(digits.as_flattened()).unwrap_or_default())?;
        }
        Ok(())
    }
}

/// The digit of a value below 16.
fn digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0'.wrapping_add(value),
        _ => b'a'.wrapping_sub(10).wrapping_add(value),
    }
}

#[cfg(feature = "verify")]
impl Hex<'_> {
    /// Writes the bytes of a text, two digits of either case a byte and nothing between
    /// them, to the start of `buffer`, and returns them.
    ///
    /// ```
    /// use tpm_quote::wire::{Hex, NotHex};
    ///
    /// let mut buffer = [0; 4];
    /// assert_eq!(Hex::decode("000bFF", &mut buffer), Ok(&[0x00, 0x0b, 0xff][..]));
    /// assert_eq!(Hex::decode("00x0", &mut buffer), Err(NotHex::Digit(2)));
    /// ```
    ///
    /// # Errors
    /// The text is not hexadecimal, or has more bytes than `buffer`.
    pub fn decode<'b>(text: &str, buffer: &'b mut [u8]) -> Result<&'b [u8], NotHex> {
        decode(text.chars(), buffer)
    }
}

/// Why a text is not hexadecimal: the error of [`Hex::decode`].
#[cfg(feature = "verify")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotHex {
    /// A character is not a digit: which one, counted from 0.
    Digit(usize),
    /// The last byte has one digit: how many there are in all.
    Odd(usize),
    /// There are more bytes than the buffer has.
    TooLong,
}

#[cfg(feature = "verify")]
impl fmt::Display for NotHex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digit(at) => {
                let character = at.saturating_add(1);
                write!(f, "character {character} is not a hexadecimal digit")
            }
            Self::Odd(1) => f.write_str("1 hexadecimal digit, expected two per byte"),
            Self::Odd(count) => write!(f, "{count} hexadecimal digits, expected two per byte"),
            Self::TooLong => f.write_str("more bytes than there is room for"),
        }
    }
}

#[cfg(feature = "verify")]
impl core::error::Error for NotHex {}

/// Writes the bytes that a text says in hexadecimal, two digits of either case a byte, to
/// the start of `room`, and gives what was written.
#[cfg(feature = "verify")]
pub(crate) fn decode(text: impl Iterator<Item = char>, room: &mut [u8]) -> Result<&[u8], NotHex> {
    let mut count = 0_usize;
    let mut high = None;
    for c in text {
        let digit = c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let digit = digit.ok_or(NotHex::Digit(count))?;
        match high.take() {
            None => high = Some(digit),
            Some(high) => {
                let byte = room.get_mut(count >> 1).ok_or(NotHex::TooLong)?;
                *byte = high << 4 | digit;
            }
        }
        count = count.saturating_add(1);
    }
    if high.is_some() {
        return Err(NotHex::Odd(count));
    }
    room.get(..count >> 1).ok_or(NotHex::TooLong)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::ToString;

    use super::*;

    #[test]
    fn writes_every_byte_in_two_digits_of_lower_case() {
        let bytes: std::vec::Vec<u8> = (0..=255).collect();
        let expected: std::string::String = bytes
            .iter()
            .map(|byte| std::format!("{byte:02x}"))
            .collect();
        assert_eq!(Hex(&bytes).to_string(), expected);
        assert_eq!(std::format!("{:?}", Hex(&[0xab])), "ab");
        assert_eq!(Hex(&[]).to_string(), "");
    }

    #[cfg(feature = "verify")]
    #[test]
    fn reads_both_cases_and_says_what_is_wrong() {
        let mut room = [0; 2];
        let mut read = |text: &str| decode(text.chars(), &mut room).map(<[u8]>::to_vec);
        assert_eq!(read(""), Ok(std::vec![]));
        assert_eq!(read("0bFf"), Ok(std::vec![0x0b, 0xff]));
        assert_eq!(read("0b0"), Err(NotHex::Odd(3)));
        assert_eq!(read("0g"), Err(NotHex::Digit(1)));
        assert_eq!(read("+1"), Err(NotHex::Digit(0)));
        assert_eq!(read("\u{ff10}0"), Err(NotHex::Digit(0)));
        assert_eq!(read("000000"), Err(NotHex::TooLong));
        for (error, text) in [
            (NotHex::Digit(1), "character 2 is not a hexadecimal digit"),
            (NotHex::Odd(1), "1 hexadecimal digit, expected two per byte"),
            (
                NotHex::Odd(3),
                "3 hexadecimal digits, expected two per byte",
            ),
            (NotHex::TooLong, "more bytes than there is room for"),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }
}
