//! Selections of PCR as tpm2-tools take them: `-l` and `-g`.

use core::{error::Error, fmt};

use crate::{
    types::TpmAlgId,
    verify::{PcrSet, bank_by_name},
};

/// The set that `-l` of tpm2-tools names, as in `sha256:0,7+0x0004:all`.
///
/// Banks are joined by `+` and named once: by name, or by id as `0x000b`. Their
/// indices are decimal or begin with `0x`, in any order and as often as one
/// likes; `all` means 0 to 23.
///
/// Stricter than tpm2-tools in what can be taken for something else: a leading
/// zero, which makes a number octal there, is refused, as is `none` and what
/// stands behind `all`.
///
/// # Errors
/// The text is anything else.
pub fn parse_selection(text: &str) -> Result<PcrSet, SelectionError> {
    let mut set = PcrSet::NONE;
    let mut position = 0_usize;
    for bank_text in text.split(['+']) {
        let refuse = |at: usize, reason| SelectionError {
            position: position.saturating_add(at),
            reason,
        };
        let (name, indices) = bank_text
            .split_once(':')
            .ok_or(refuse(0, Problem::NoColon))?;
        let bank = parse_hash(name).ok_or(refuse(0, Problem::Bank))?;
        if set.contains_bank(bank) {
            return Err(refuse(0, Problem::RepeatedBank));
        }
        let mut at = name.len().saturating_add(1);
        if indices == "all" {
            for index in 0..24 {
                set.insert(bank, index).ok_or(refuse(0, Problem::Bank))?;
            }
        } else {
            for index_text in indices.split([',']) {
                parse_index(index_text)
                    .and_then(|index| set.insert(bank, index))
                    .ok_or(refuse(at, Problem::Index))?;
                at = at.saturating_add(index_text.len()).saturating_add(1);
            }
        }
        position = position.saturating_add(bank_text.len()).saturating_add(1);
    }
    Ok(set)
}

/// The hash that `-g` of tpm2-tools, or a bank in `-l`, names: by name, as
/// `sha256`, or by id, as `0x000b`.
#[must_use]
pub fn parse_hash(text: &str) -> Option<TpmAlgId> {
    match text.strip_prefix("0x") {
        Some(digits) => hexadecimal(digits)
            .map(TpmAlgId)
            .filter(|hash| hash.digest_size().is_some()),
        None => bank_by_name(text),
    }
}

fn parse_index(text: &str) -> Option<u8> {
    match (text.strip_prefix("0x"), text.as_bytes()) {
        (Some(digits), _) => hexadecimal(digits).and_then(|index| index.try_into().ok()),
        (None, [b'0'..=b'9'] | [b'1'..=b'9', b'0'..=b'9']) => text.parse().ok(),
        _ => None,
    }
}

/// One to four digits, without a sign, which Rust would take.
fn hexadecimal(digits: &str) -> Option<u16> {
    let is_number = matches!(digits.len(), 1..=4) && !digits.starts_with('+');
    u16::from_str_radix(digits, 16).ok().filter(|_| is_number)
}

/// Text that is no selection of tpm2-tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelectionError {
    position: usize,
    reason: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    NoColon,
    Bank,
    RepeatedBank,
    Index,
}

impl SelectionError {
    /// Where, in bytes from the start of the text.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }
}

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: ", self.position.saturating_add(1))?;
        f.write_str(match self.reason {
            Problem::NoColon => "expected a bank and its PCR, as in sha256:0,7,10 or sha256:all",
            Problem::Bank => {
                "expected a bank by name (sha1, sha256, sha384, sha512, sm3_256, sha3_256, sha3_384, sha3_512) or by id, as in 0x000b"
            }
            Problem::RepeatedBank => "this bank was named before",
            Problem::Index => {
                "expected a PCR from 0 to 23, decimal without leading zeros or as in 0x17; or all"
            }
        })
    }
}

impl Error for SelectionError {}
