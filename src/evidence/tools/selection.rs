//! Selections of PCRs in the syntax of tpm2-tools: the options `-l` and `-g`.

use crate::{
    types::TpmAlgId,
    verify::{
        Grammar, PcrSet, bank_in_either_case,
        error::{Error, PcrSetReason},
    },
};

/// Reads a set of PCRs in the syntax of option `-l` of tpm2-tools, such as
/// `sha256:0,7+0x0004:all`: the grammar of [`PcrSet::parse`], and more.
///
/// Banks are joined by `+`, and each is named once: by name, or by id such as `0x000b`.
/// Indices are decimal or begin with `0x`, in any order, and may be repeated; `all` means 0 to
/// 23.
///
/// This is stricter than tpm2-tools where a text could be misread: a leading zero, which makes
/// a number octal there, is refused, and so are `none` and anything after `all`.
///
/// # Errors
/// The text has any other form.
pub fn parse_selection(text: &str) -> Result<PcrSet, Error> {
    PcrSet::parse_as::<ToolsGrammar>(text)
}

struct ToolsGrammar;

impl Grammar for ToolsGrammar {
    const NO_BANK: PcrSetReason = PcrSetReason::ToolsBank;
    const NO_INDEX: PcrSetReason = PcrSetReason::ToolsIndex;
    const IS_ORDERED: bool = false;

    fn bank(name: &str) -> Option<TpmAlgId> {
        parse_hash(name)
    }

    fn index(text: &str) -> Option<u8> {
        parse_index(text)
    }
}

/// Reads a hash in the syntax of option `-g` of tpm2-tools, which is also that of a bank in
/// `-l`: by name such as `sha256`, in either case, or by id
/// such as `0x000b`.
#[must_use]
pub fn parse_hash(text: &str) -> Option<TpmAlgId> {
    match text.strip_prefix("0x") {
        Some(digits) => hexadecimal(digits)
            .map(TpmAlgId)
            .filter(|hash| hash.digest_size().is_some()),
        None => bank_in_either_case(text),
    }
}

fn parse_index(text: &str) -> Option<u8> {
    match (text.strip_prefix("0x"), text.as_bytes()) {
        (Some(digits), _) => hexadecimal(digits).and_then(|index| index.try_into().ok()),
        (None, [b'0'..=b'9'] | [b'1'..=b'9', b'0'..=b'9']) => text.parse().ok(),
        _ => None,
    }
}

/// One to four digits. Rust would also accept a sign.
fn hexadecimal(digits: &str) -> Option<u16> {
    let is_number = matches!(digits.len(), 1..=4) && !digits.starts_with('+');
    u16::from_str_radix(digits, 16).ok().filter(|_| is_number)
}
