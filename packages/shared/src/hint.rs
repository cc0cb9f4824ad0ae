//! What bytes look like that were given as something else: hints for errors, which judge nothing.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use tpm_quote::{TpmtSignature, Unmarshal};

use crate::structures;

/// What an argument has to be, by its name in either language.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Key,
    Attest,
    Signature,
    /// Bytes in another form, or in several.
    Other,
}

impl Form {
    /// `None` of what may be anything.
    fn of_argument(name: &str) -> Option<Self> {
        Some(match &*name.to_ascii_lowercase().replace('_', "") {
            "certifiedby" | "key" | "object" | "public" => Self::Key,
            "attest" | "certifyattest" => Self::Attest,
            "signature" | "certifysignature" => Self::Signature,
            "bootlog" | "certifycreation" | "creationdata" | "data" | "nonce" | "nvpublic"
            | "pcrs" => Self::Other,
            _ => return None,
        })
    }

    /// What bytes can be nothing but.
    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        const MAGIC: &[u8] = b"\xffTCG";
        let inner = structures::attest(bytes).unwrap_or_default();
        if inner.starts_with(MAGIC) {
            return Some(Self::Attest);
        }
        if TpmtSignature::from_bytes(bytes).is_ok() {
            return Some(Self::Signature);
        }
        structures::public(bytes).ok().map(|_| Self::Key)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Key => "a public area (TPM2B_PUBLIC)",
            Self::Attest => "an attestation (TPMS_ATTEST)",
            Self::Signature => "a signature (TPMT_SIGNATURE)",
            Self::Other => "something else",
        }
    }
}

/// What is odd about the bytes of these arguments: text instead of bytes, or one structure in
/// the place of another. `None` if they look as they have to.
#[must_use]
pub fn hint(given: &[(&str, &[u8])]) -> Option<String> {
    let structures = given.iter();
    let empty = structures.filter(|(name, _)| Form::of_argument(name).is_some());
    let mut empty = empty.filter(|(_, bytes)| bytes.is_empty());
    if let Some((name, _)) = empty.next() {
        return Some(format!("{name} is empty"));
    }
    let texts = given.iter().filter_map(|(name, bytes)| {
        let encoding = encoding(bytes, Form::of_argument(name)?)?;
        Some(format!(
            "{name} looks like {encoding}: decode it first, here it is bytes"
        ))
    });
    let mistaken = given.iter().filter_map(|(name, bytes)| {
        let wanted = Form::of_argument(name)?;
        let seen = Form::of_bytes(bytes)?;
        let is_other = wanted != Form::Other && wanted != seen;
        is_other.then(|| format!("{name} looks like {}", seen.name()))
    });
    let mistaken: Vec<_> = mistaken.collect();
    let swapped = match &*mistaken {
        [] => None,
        [one] => Some(one.to_string()),
        several => Some(format!("{}: are they swapped?", several.join(" and "))),
    };
    texts.chain(swapped).next()
}

/// The encoding of bytes that are text. A key may be one, but in hexadecimal.
fn encoding(bytes: &[u8], form: Form) -> Option<&'static str> {
    let text = bytes.trim_ascii_end();
    if text.len() < 16 {
        return None;
    }
    if text.iter().all(u8::is_ascii_hexdigit) {
        return Some("hexadecimal text");
    }
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=\r\n".contains(byte);
    (form != Form::Key && text.iter().all(is_digit)).then_some("base64 text")
}

/// Advice for a text that should be hexadecimal and is not, such as `leave out the 0x in front`.
#[must_use]
pub fn not_hexadecimal(text: &str) -> Option<&'static str> {
    let is_hex = |text: &str| {
        let is_even = text.len().is_multiple_of(2);
        !text.is_empty() && is_even && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let bare = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    if bare.is_some_and(is_hex) {
        return Some("leave out the 0x in front");
    }
    if is_hex(text.trim()) {
        return Some("leave out the white space around it");
    }
    let parts: Vec<&str> = text.split('-').collect();
    let is_uuid = parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]);
    if is_uuid && parts.iter().all(|part| is_hex(part)) {
        return Some("it looks like a payload id, which is no nonce");
    }
    let compact: String = text.chars().filter(|char| !":- ".contains(*char)).collect();
    if is_hex(&compact) {
        return Some("leave out what stands between the digits");
    }
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
    let is_base64 = text.len() >= 16 && text.trim_end().bytes().all(is_digit);
    is_base64.then_some("it looks like base64: decode it first, and give the bytes")
}

/// Quotes a text for an error, cut after 40 characters.
#[must_use]
pub fn shown(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}...", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

/// The name among these that is meant by one that is none of them.
#[must_use]
pub fn meant<'n>(wrong: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let bare = |name: &str| -> Vec<char> {
        let letters = name.chars().filter(|char| char.is_ascii_alphanumeric());
        letters.map(|char| char.to_ascii_lowercase()).collect()
    };
    let wrong = bare(wrong);
    let near = known.map(|name| (distance(&wrong, &bare(name)), name));
    let (far, name) = near.min_by_key(|(far, _)| *far)?;
    let most = if wrong.len() > 5 { 2 } else { 1 };
    (far <= most).then_some(name)
}

/// How many letters have to be added, taken out or changed.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut left = at.saturating_add(1);
        let mut next = Vec::from([left]);
        for (pair, second) in row.windows(2).zip(other) {
            let [corner, above] = pair else { break };
            let changed = corner.saturating_add(usize::from(letter != second));
            left = changed
                .min(above.saturating_add(1))
                .min(left.saturating_add(1));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
