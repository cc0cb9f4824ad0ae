//! What cannot be read: the library's own error for it, where the packages know only words.

use alloc::{format, vec};

use tpm_quote::{
    Error, Scratch, Tpm2bPublic, TpmAttestation, Unmarshal,
    evidence::{PolicyFile, TrustFile, read_certificate_pem, read_key},
    verify::{Part, X509Certificate},
};
use tpm_quote_shared::{Unread, public};

use crate::{failure::Failure, message::Value};

/// Returns the error for an option whose text is not JSON. The loader calls this after `JSON.parse`
/// has failed, because that says less.
pub(crate) fn not_json(given: &[(&str, Value<'_>)]) -> Failure {
    let [(option, Value::Text(text) | Value::Bytes(text))] = given else {
        return Failure::Type("not a message of this version of the loader".into());
    };
    let mut scratch = Scratch::new();
    let error = TpmAttestation::from_any_json(text, &mut scratch).err();
    if let Some(error) = error.filter(|error| error.problem_name().starts_with("json-")) {
        let error = error.in_part(Part::Policy);
        let help = match *option {
            "since" => "Give what report() of the earlier result returns, or the JSON of that.",
            _ => {
                "Give an object, or its JSON: {\"sha256\": {\"0\": \"2cf0398a...\"}}, a value in hexadecimal for each PCR."
            }
        };
        let text = format!("{option}: not JSON: {error}");
        return Failure::unread_with(error, text, Some(help));
    }
    // Of two keys, JavaScript keeps the last: what the library says of two.
    match PolicyFile::parse(br#"{"at":"","at":""}"#) {
        Err(error) => Failure::unread(error, format!("{option}: a key is there twice")),
        Ok(_) => Failure::Range(format!("{option}: not JSON")),
    }
}

/// The error for bytes whose structure cannot be told from how they begin: what is wrong with
/// them, or that `type` has to name one of several that fit.
pub(crate) fn unknown_structure(bytes: &[u8], unread: Unread) -> Failure {
    let Unread::Unknown(problem) = unread else {
        return unread.into();
    };
    match Tpm2bPublic::from_bytes(bytes) {
        Err(error) => Failure::unread(error.into(), problem),
        Ok(_) => Failure::Type(problem),
    }
}

/// Returns the error for a file with certificates that cannot be read.
pub(crate) fn unread_certificates(mut text: &[u8]) -> Option<Error> {
    if !text.windows(11).any(|part| part == b"-----BEGIN ") {
        let (der, _) = match X509Certificate::split_der(text) {
            Ok(split) => split,
            Err(error) => return Some(Error::from(error).in_part(Part::Certificate)),
        };
        let error = X509Certificate::from_der(der).err();
        return error.map(|error| Error::from(error).in_part(Part::Certificate));
    }
    let mut room = vec![0; text.len()];
    while !text.is_empty() {
        match read_certificate_pem(text, &mut room) {
            Ok((_, behind)) => text = behind,
            Err(error) => return Some(error),
        }
    }
    None
}

/// Returns the error for a trust file that cannot be read, or for the file that one of its lines
/// names and that was read last.
pub(crate) fn unread_trust(text: &[u8], last: Option<(&str, &[u8])>) -> Option<Error> {
    let trust = match TrustFile::parse(text) {
        Ok(trust) => trust,
        Err(error) => return Some(error),
    };
    let (name, bytes) = last?;
    let kinds = trust.lines().filter_map(|line| {
        let words = text.get(line.offset..)?;
        let words = words.split(|byte| *byte == b'\n').next()?;
        let is_named = str::from_utf8(words).is_ok_and(|words| words.contains(name));
        is_named.then(|| line.anchor.kind())
    });
    for kind in kinds {
        let error = match kind {
            "ak-key" => read_key(bytes, &mut vec![0; bytes.len()]).err(),
            "certified-by" => public(bytes).err(),
            _ => unread_certificates(bytes),
        };
        if error.is_some() {
            return error;
        }
    }
    None
}
