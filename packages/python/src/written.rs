//! What a JSON parser made of a text, as text once more: the same values as by `json.dumps`,
//! written faster.

use pyo3::{
    prelude::*,
    types::{PyBool, PyBytes, PyDict, PyInt, PyList, PyString},
};

/// Maximum depth of nesting. Deeper values, and values that contain themselves, are left to
/// `json.dumps`.
const DEPTH: usize = 32;

/// The JSON of a `dict`.
pub(crate) fn written<'py>(given: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyBytes>> {
    let py = given.py();
    let mut text = Vec::with_capacity(4096);
    let fast = match given.is_exact_instance_of::<PyDict>() {
        true => object(&mut text, given, DEPTH),
        false => None,
    };
    match fast {
        Some(()) => Ok(PyBytes::new(py, &text)),
        None => {
            let text = py.import("json")?.getattr("dumps")?.call1((given,))?;
            Ok(text.call_method0("encode")?.cast_into::<PyBytes>()?)
        }
    }
}

/// Writes what a JSON parser gives most. `None` is anything else, which is left to `json.dumps`:
/// floats, other classes, keys that are not a `str`, lone surrogates.
fn value(text: &mut Vec<u8>, given: &Bound<'_, PyAny>, depth: usize) -> Option<()> {
    if given.is_exact_instance_of::<PyString>() {
        return string(text, given.cast::<PyString>().ok()?);
    }
    if given.is_exact_instance_of::<PyDict>() {
        return object(text, given.cast::<PyDict>().ok()?, depth.checked_sub(1)?);
    }
    if given.is_exact_instance_of::<PyList>() {
        let depth = depth.checked_sub(1)?;
        text.push(b'[');
        for (at, one) in given.cast::<PyList>().ok()?.iter().enumerate() {
            if at > 0 {
                text.extend_from_slice(b", ");
            }
            value(text, &one, depth)?;
        }
        text.push(b']');
        return Some(());
    }
    if given.is_none() {
        text.extend_from_slice(b"null");
    } else if given.is_exact_instance_of::<PyBool>() {
        text.extend_from_slice(match given.extract::<bool>().ok()? {
            true => b"true",
            false => b"false",
        });
    } else if given.is_exact_instance_of::<PyInt>() {
        text.extend_from_slice(given.extract::<i64>().ok()?.to_string().as_bytes());
    } else {
        return None;
    }
    Some(())
}

fn object(text: &mut Vec<u8>, given: &Bound<'_, PyDict>, depth: usize) -> Option<()> {
    text.push(b'{');
    for (at, (name, member)) in given.iter().enumerate() {
        if at > 0 {
            text.extend_from_slice(b", ");
        }
        if !name.is_exact_instance_of::<PyString>() {
            return None;
        }
        string(text, name.cast::<PyString>().ok()?)?;
        text.extend_from_slice(b": ");
        value(text, &member, depth)?;
    }
    text.push(b'}');
    Some(())
}

fn string(text: &mut Vec<u8>, given: &Bound<'_, PyString>) -> Option<()> {
    let bytes = given.encode_utf8().ok()?;
    let mut rest = bytes.as_bytes();
    text.push(b'"');
    // Most have nothing to escape, which is seen without a branch for each byte.
    let is_plain = rest.iter().fold(true, |plain, byte| {
        plain & (*byte >= 0x20) & (*byte != b'"') & (*byte != b'\\')
    });
    if is_plain {
        text.extend_from_slice(rest);
        text.push(b'"');
        return Some(());
    }
    while let Some(at) = rest
        .iter()
        .position(|b| matches!(b, 0..0x20 | b'"' | b'\\'))
    {
        let (plain, escaped) = rest.split_at_checked(at)?;
        let (char, behind) = escaped.split_first()?;
        text.extend_from_slice(plain);
        match char {
            b'"' | b'\\' => text.extend_from_slice(&[b'\\', *char]),
            control => text.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
        }
        rest = behind;
    }
    text.extend_from_slice(rest);
    text.push(b'"');
    Some(())
}
