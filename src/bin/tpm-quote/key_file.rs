//! Public keys in files, in every form that the library reads.

use std::ffi::OsStr;

use tpm_quote::{
    Error, Marshal as _,
    evidence::{Key, KeyEncoding, read_key},
};

use crate::{input::Input, output::saw, wrong};

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
