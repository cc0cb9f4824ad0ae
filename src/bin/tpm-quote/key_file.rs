//! Public keys in files, in every form that the library reads.

use std::ffi::OsStr;

use tpm_quote::{
    Error, Marshal as _, Name, Tpm2bPublic,
    evidence::{Key, KeyEncoding, read_key},
    verify::EkTemplate,
};

use crate::{
    input::Input,
    options::public_area,
    output::{saw, say},
    wrong,
};

/// The key in a file; `room` is for what is decoded of a text. Says which form it was.
pub(crate) fn key<'a>(input: &'a Input, room: &'a mut Vec<u8>) -> Result<Key<'a>, Error> {
    room.resize(input.bytes.len(), 0);
    let (form, key) = read_key(&input.bytes, room).map_err(|error| wrong::no_key(input, error))?;
    saw(format!("{}: public key: {form}", input.name));
    Ok(key)
}

/// Reads a file that has to have a public area. One that is in base64 is decoded.
pub(crate) fn open(file: &OsStr) -> Result<Input, String> {
    Input::read_file(file).map(unpacked)
}

/// The same file, with a public area in base64 decoded.
pub(crate) fn unpacked(mut input: Input) -> Input {
    let mut room = vec![0; input.bytes.len()];
    let Ok((form, Key::Public(public))) = read_key(&input.bytes, &mut room) else {
        return input;
    };
    if form.encoding == KeyEncoding::Plain {
        return input;
    }
    let mut bytes = vec![0; public.marshaled_len().unwrap_or_default()];
    if public.marshal_into(&mut bytes).is_ok() {
        saw(format!("{}: {form}", input.name));
        input.bytes = bytes;
    }
    input
}

/// The public area of an endorsement key. Where only its numbers are known, it is that of the
/// template by which most TPMs make such keys, and this is said; `room` is for it.
pub(crate) fn endorsement_area<'a>(
    input: &'a Input,
    decoded: &'a mut Vec<u8>,
    room: &'a mut [u8; 700],
) -> Result<Tpm2bPublic<'a>, String> {
    let file = &input.name;
    let refused = |error: Error| format!("{file}: {error}\nhelp: {}", error.help());
    decoded.resize(input.bytes.len(), 0);
    let plain = match read_key(&input.bytes, decoded) {
        Ok((form, Key::Plain(plain))) => {
            saw(format!("{file}: public key: {form}"));
            plain
        }
        // What is wrong with it, where there is a public area.
        _ => return public_area(input).map_err(String::from),
    };
    let Some(template) = EkTemplate::default_of(&plain) else {
        return Err(format!(
            "{file}: no template of endorsement keys has this kind of key\nhelp: Give the public area (TPM2B_PUBLIC, TPMT_PUBLIC)."
        ));
    };
    let public = template.complete(&plain, room).map_err(refused)?;
    let name = Name::of_public(&public).unwrap_or(Name::EMPTY);
    say(&format!(
        "note: {file} has the numbers of the key alone: taken for an endorsement key by the template {template} of the TCG, which has the name {name}"
    ));
    Ok(public)
}
