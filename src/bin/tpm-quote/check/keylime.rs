//! `--evidence`: the string of a keylime agent.

use tpm_quote::{Nonce, evidence::KeylimeQuote};

use super::{
    files::count,
    key::{Read, Stop},
    options::Options,
};
use crate::{
    input::Input,
    named::{Key, Named, Signature, saw},
    policy::Required,
};

/// The text in the bytes, if it begins like such a string, as no JSON does.
pub(super) fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes)
        .ok()
        .filter(|text| text.starts_with('r'))
}

/// What the string and the options come to. It has no key: -u alone tells it.
pub(super) fn read<'a>(
    options: &Options,
    (key, input): (&Key<'a>, &'a Input),
    room: &'a mut Vec<u8>,
    policy: (&Required<'a>, Nonce),
) -> Result<Read<'a>, Stop<'a>> {
    room.resize(input.bytes.len(), 0);
    let text = text(&input.bytes).unwrap_or_default();
    let quote = KeylimeQuote::read(text, room).map_err(Stop::Unread)?;
    let values = count(quote.pcrs.count(), "value");
    saw(input, &format!("evidence: keylime, 1 quote, {values}"));
    let named = options
        .key
        .judge(key, Signature::Structure(quote.signature), policy);
    let Named { key, signature } = named.map_err(Stop::Usage)?;
    let covered = options.pcr_list.unwrap_or(quote.pcrs.selection());
    let values = quote.pcrs.iter();
    Ok(Read {
        key,
        hardware: None,
        attest: quote.attest,
        signature: signature?,
        values: values
            .filter(|value| covered.contains(value.bank, value.index))
            .collect(),
    })
}
