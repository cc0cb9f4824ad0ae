//! Values as JavaScript writes them: structures, hexadecimal, nonces, Names, PCRs.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use tpm_quote::{
    Error, Name, Nonce, Pcr, PcrSet, types::TpmsClockInfo, verify::ClockReading, wire::Hex,
};

use crate::{failure::Failure, message::Value};

/// A structure of a TPM.
pub(crate) fn structure<'a>(what: &str, given: &Value<'a>) -> Result<&'a [u8], Failure> {
    match given {
        Value::Bytes(bytes) => Ok(bytes),
        Value::Text(_) => Err(Failure::Type(format!(
            "{what}: a TPM structure is bytes, not text: decode base64 or hexadecimal first"
        ))),
        other => Err(Failure::wrong_type(what, "a Uint8Array", other.kind())),
    }
}

/// A public key in any form: bytes, or text in PEM or JSON.
pub(crate) fn key<'a>(given: &Value<'a>) -> Result<&'a [u8], Failure> {
    match given {
        Value::Text(bytes)
            if given.text().is_some_and(|text| {
                text.contains("-----BEGIN ") || text.trim_start().starts_with('{')
            }) =>
        {
            Ok(bytes)
        }
        given => structure("key", given),
    }
}

/// A file as it is: text or bytes.
pub(crate) fn content<'a>(what: &str, given: &Value<'a>) -> Result<&'a [u8], Failure> {
    match given {
        Value::Bytes(bytes) | Value::Text(bytes) => Ok(bytes),
        other => {
            let expected = "a string or a Uint8Array";
            Err(Failure::wrong_type(what, expected, other.kind()))
        }
    }
}

/// A number, within the range of its type.
pub(crate) fn number<T: core::str::FromStr>(what: &str, given: &Value<'_>) -> Result<T, Failure> {
    let Value::Number(digits) = given else {
        return Err(Failure::wrong_type(what, "a number", given.kind()));
    };
    digits
        .parse()
        .map_err(|_| Failure::Range(format!("{what}: {digits} is out of range")))
}

/// A string.
pub(crate) fn text<'a>(what: &str, given: &Value<'a>) -> Result<&'a str, Failure> {
    match (given, given.text()) {
        (_, Some(text)) => Ok(text),
        (Value::Text(_), None) => Err(Failure::Range(format!("{what}: not well-formed Unicode"))),
        (other, None) => Err(Failure::wrong_type(what, "a string", other.kind())),
    }
}

/// Bytes, or their hexadecimal.
pub(crate) fn bytes(what: &str, given: &Value<'_>) -> Result<Vec<u8>, Failure> {
    match given {
        Value::Bytes(bytes) => Ok(bytes.to_vec()),
        Value::Text(_) => {
            let text = text(what, given)?;
            let mut room = vec![0; text.len().div_ceil(2)];
            match Hex::decode(text, &mut room) {
                Ok(bytes) => Ok(bytes.to_vec()),
                Err(problem) => Err(Failure::of_text(what, text)(Error::from(problem))),
            }
        }
        other => Err(Failure::wrong_type(
            what,
            "a Uint8Array or hexadecimal",
            other.kind(),
        )),
    }
}

/// The nonce of a request with this payload id.
pub(crate) fn payload_nonce(given: &Value<'_>) -> Result<Nonce, Failure> {
    Nonce::from_payload_id(text("payloadId", given)?).map_err(Failure::of("payloadId"))
}

/// A nonce: bytes, or their hexadecimal.
pub(crate) fn exact_nonce(what: &str, given: &Value<'_>) -> Result<Nonce, Failure> {
    let nonce = Nonce::exact(&bytes(what, given)?);
    nonce.map_err(|error| refused(what, given, error))
}

/// An error of the library about a value. It shows the value if that is a text.
fn refused(what: &str, given: &Value<'_>, error: Error) -> Failure {
    match given.text() {
        Some(text) => Failure::of_text(what, text)(error),
        None => Failure::of(what)(error),
    }
}

pub(crate) fn name(what: &str, given: &Value<'_>) -> Result<Name, Failure> {
    let text: String = match given {
        Value::Bytes([]) => String::new(),
        Value::Bytes(bytes) => Hex(bytes).to_string(),
        Value::Text(_) => text(what, given)?.to_string(),
        other => {
            let expected = "a string or a Uint8Array";
            return Err(Failure::wrong_type(what, expected, other.kind()));
        }
    };
    text.parse().map_err(|error| refused(what, given, error))
}

/// Several Names, or one.
pub(crate) fn names(what: &str, given: &Value<'_>) -> Result<Vec<Name>, Failure> {
    match given {
        Value::List(names) => names.iter().map(|one| name(what, one)).collect(),
        one => Ok(vec![name(what, one)?]),
    }
}

/// Reads a set of PCRs: a string such as `sha256:0,7`, or an object with a list of PCRs for each
/// bank.
pub(crate) fn pcr_set(what: &str, given: &Value<'_>) -> Result<PcrSet, Failure> {
    let banks = match given {
        Value::Text(_) => {
            let set = PcrSet::parse(text(what, given)?);
            return set.map_err(|error| refused(what, given, error));
        }
        Value::Object(banks) => banks,
        other => {
            let expected = "a string or an object";
            return Err(Failure::wrong_type(what, expected, other.kind()));
        }
    };
    let mut pcrs = Vec::new();
    for (bank, indices) in banks {
        let Value::List(indices) = indices else {
            let bank = format!("{what}: {bank}");
            return Err(Failure::wrong_type(&bank, "an array", indices.kind()));
        };
        for index in indices {
            let index = match index {
                Value::Number(index) => index,
                other => text(what, other)?,
            };
            pcrs.push(pcr(what, bank, index)?);
        }
    }
    Ok(pcrs.into_iter().collect())
}

fn pcr(what: &str, bank: &str, index: &str) -> Result<Pcr, Failure> {
    let pcr = format!("{bank}:{index}");
    let what = format!("{what}: {pcr}");
    pcr.parse().map_err(Failure::of(&what))
}

/// PCRs, each with its values.
pub(crate) type PcrValues = Vec<(Pcr, Vec<Vec<u8>>)>;

/// PCRs and their values, of which an array is several: `{sha256: {0: VALUE, 7: [VALUE]}}`.
pub(crate) fn pcr_values(what: &str, given: &Value<'_>) -> Result<PcrValues, Failure> {
    let Value::Object(banks) = given else {
        return Err(Failure::wrong_type(what, "an object", given.kind()));
    };
    let mut entries = Vec::new();
    for (bank, pcrs) in banks {
        let setting = what;
        let what = format!("{what}: {bank}");
        let Value::Object(pcrs) = pcrs else {
            return Err(Failure::wrong_type(
                &what,
                "an object of indices",
                pcrs.kind(),
            ));
        };
        if pcrs.is_empty() {
            return Err(Failure::Range(format!("{what}: no PCRs")));
        }
        for (index, values) in pcrs {
            let pcr = pcr(setting, bank, index)?;
            let what = format!("{what}:{index}");
            let values = match values {
                Value::List(values) => values.iter().map(|value| bytes(&what, value)).collect(),
                value => bytes(&what, value).map(|value| vec![value]),
            };
            entries.push((pcr, values?));
        }
    }
    Ok(entries)
}

/// The clock of earlier evidence, from the report on it.
pub(crate) fn reading(report: &Value<'_>) -> Result<ClockReading, Failure> {
    if !matches!(report, Value::Object(_)) {
        let expected = "a Quote, an Attest or the report of one";
        return Err(Failure::wrong_type("since", expected, report.kind()));
    }
    of_report(report).ok_or_else(|| {
        Failure::Range(
            "since: not the report on evidence that was verified, as report() gives it".into(),
        )
    })
}

fn of_report(report: &Value<'_>) -> Option<ClockReading> {
    let verdict = report.get("verdict")?.text()?;
    if !matches!(verdict, "verified" | "verified-self-asserted") {
        return None;
    }
    let name: Name = report.get("key")?.get("name")?.text()?.parse().ok()?;
    let evidence = match report.get("quote")? {
        Value::Null => report.get("attest")?,
        quote => quote,
    };
    let clock = evidence.get("clock")?;
    let count = |name: &str| match clock.get(name)? {
        Value::Number(count) => count.parse().ok(),
        _ => None,
    };
    let info = TpmsClockInfo {
        clock: clock.get("clock")?.text()?.parse().ok()?,
        reset_count: count("reset_count")?,
        restart_count: count("restart_count")?,
        safe: match clock.get("safe")? {
            Value::Flag(safe) => *safe,
            _ => return None,
        },
    };
    Some(ClockReading::new(name, info))
}
