//! systemd's log of what it extends: a JSON text sequence (RFC 7464).

use crate::{
    crypto::Digest,
    evidence::json::{Json, JsonError, JsonStr},
    log::{UserspaceLog, UserspaceRecord},
    types::TpmAlgId,
    verify::{
        Error, Part, Problem, bank_by_name,
        error::{FieldProblem, LogProblem},
    },
    wire::Hex,
};

/// What stands before each text of a sequence.
const RECORD_SEPARATOR: u8 = 0x1e;

impl<'a> UserspaceLog<'a> {
    /// Reads `/run/log/systemd/tpm2-measure.log`, as systemd writes it from version 255 on.
    ///
    /// Fields that are not needed may be any JSON. An entry without `pcr` extends something
    /// else, such as an NV index. Digests of banks that this crate does not know are skipped.
    ///
    /// # Errors
    /// The log is empty or cut, or an entry is not JSON, or its PCR or digests are malformed.
    pub fn parse(log: &'a [u8]) -> Result<Self, Error> {
        if log.is_empty() {
            return Err(refused(LogProblem::Empty, 0));
        }
        let mut rest = log;
        let mut number = 0_u32;
        while !rest.is_empty() {
            let at = log.len().saturating_sub(rest.len());
            let (text, start, behind) = split(rest).map_err(|cut| match cut {
                Cut::NoSeparator => json(
                    at,
                    Json::new(rest).map_or_else(|e| e, |j| j.expected("a record separator, 0x1e")),
                ),
                Cut::NoEnd => {
                    let start = u32::try_from(at).unwrap_or(u32::MAX);
                    let event = number;
                    refused(LogProblem::Truncated { event, start }, log.len())
                }
            })?;
            read(text, at.saturating_add(start), None)?;
            rest = behind;
            number = number.saturating_add(1);
        }
        Ok(Self::new(log, |text, bank| {
            let (text, _, rest) = split(text).ok()?;
            let (index, digest) = read(text, 0, Some(bank)).ok()?;
            Some(UserspaceRecord {
                index,
                digest,
                text: measured(text),
                rest,
            })
        }))
    }
}

/// Why no entry begins here, or none ends.
enum Cut {
    NoSeparator,
    NoEnd,
}

/// An entry's text, where it begins, and what follows it.
fn split(sequence: &[u8]) -> Result<(&[u8], usize, &[u8]), Cut> {
    let Some((&RECORD_SEPARATOR, behind)) = sequence.split_first() else {
        return Err(Cut::NoSeparator);
    };
    let end = behind.iter().position(|byte| *byte == RECORD_SEPARATOR);
    let end = end.unwrap_or(behind.len());
    let (text, rest) = behind.split_at_checked(end).unwrap_or((behind, &[]));
    match text.last() {
        // Without it, the last one may have been cut.
        Some(b'\n') => Ok((text, 1, rest)),
        _ => Err(Cut::NoEnd),
    }
}

/// Reads an entry that begins at this byte of the log.
fn read(
    text: &[u8],
    at: usize,
    bank: Option<TpmAlgId>,
) -> Result<(Option<u8>, Option<Digest>), Error> {
    let fail = |error| json(at, error);
    let mut json = Json::new(text).map_err(fail)?;
    json.begin_object().map_err(fail)?;
    let (mut index, mut digests) = (None, None);
    let mut first = true;
    while let Some(key) = json.key(&mut first).map_err(fail)? {
        if key.is("pcr") {
            let value = json;
            let number = json.whole().map_err(fail)?;
            let number = u8::try_from(number).ok().filter(|number| *number < 24);
            let Some(number) = number else {
                return Err(field("pcr", FieldProblem::Index, at, value.offset()));
            };
            if index.replace(number).is_some() {
                return Err(field("pcr", FieldProblem::Repeated, at, key.offset()));
            }
        } else if key.is("digests") {
            let value = json;
            json.skip().map_err(fail)?;
            if digests.replace(value).is_some() {
                return Err(field("digests", FieldProblem::Repeated, at, key.offset()));
            }
        } else {
            json.skip().map_err(fail)?;
        }
    }
    json.end().map_err(fail)?;
    let Some(digests) = digests else {
        return match index {
            Some(_) => Err(field("digests", FieldProblem::Missing, at, 0)),
            None => Ok((None, None)),
        };
    };
    let digest = read_digests(digests, at, index.unwrap_or(0), bank)?;
    Ok((index, digest))
}

/// The text that was measured, `string` in `content`, unless it has escapes.
fn measured(text: &[u8]) -> Option<&str> {
    member(Json::new(text).ok()?, "content")
        .and_then(|content| member(content, "string"))
        .and_then(|mut string| string.string().ok()?.plain())
}

/// Returns the value of the first member with this name.
fn member<'a>(mut json: Json<'a>, name: &str) -> Option<Json<'a>> {
    json.begin_object().ok()?;
    let mut first = true;
    while let Some(key) = json.key(&mut first).ok()? {
        if key.is(name) {
            return Some(json);
        }
        json.skip().ok()?;
    }
    None
}

/// Reads the digests, of which each bank has at most one, and gives that of this bank.
fn read_digests(
    mut json: Json<'_>,
    at: usize,
    index: u8,
    wanted: Option<TpmAlgId>,
) -> Result<Option<Digest>, Error> {
    let fail = |error| self::json(at, error);
    json.begin_array().map_err(fail)?;
    let mut found = None;
    let mut seen = crate::verify::PcrSet::NONE;
    let mut first = true;
    while json.element(&mut first).map_err(fail)? {
        let start = json.offset();
        let [bank, digest] = members(&mut json, at)?;
        let Some(bank) = bank.plain().and_then(bank_by_name) else {
            continue;
        };
        if seen.insert(bank, index) == Some(false) {
            let problem = FieldProblem::RepeatedValue { bank, index };
            return Err(field("digests", problem, at, start));
        }
        let mut buffer = [0; 64];
        let hex = digest.plain().map(|text| Hex::decode(text, &mut buffer));
        let Some(Ok(bytes)) = hex else {
            return Err(field("digest", FieldProblem::Hex, at, digest.offset()));
        };
        let expected = bank.digest_size().unwrap_or(0);
        if bytes.len() != expected {
            let problem = FieldProblem::ValueLength {
                bank,
                index,
                expected,
                found: bytes.len(),
            };
            return Err(field("digest", problem, at, digest.offset()));
        }
        if wanted == Some(bank) {
            found = Some(Digest::new(bytes));
        }
    }
    Ok(found)
}

/// `hashAlg` and `digest` of an object, each of which must be there once.
fn members<'a>(json: &mut Json<'a>, at: usize) -> Result<[JsonStr<'a>; 2], Error> {
    let fail = |error| self::json(at, error);
    let start = json.offset();
    json.begin_object().map_err(fail)?;
    let names = ["hashAlg", "digest"];
    let mut found = [None; 2];
    let mut first = true;
    while let Some(key) = json.key(&mut first).map_err(fail)? {
        let mut places = names.into_iter().zip(&mut found);
        let Some((name, place)) = places.find(|(name, _)| key.is(name)) else {
            json.skip().map_err(fail)?;
            continue;
        };
        if place.replace(json.string().map_err(fail)?).is_some() {
            return Err(field(name, FieldProblem::Repeated, at, key.offset()));
        }
    }
    match found {
        [Some(bank), Some(digest)] => Ok([bank, digest]),
        [None, _] => Err(field("hashAlg", FieldProblem::Missing, at, start)),
        _ => Err(field("digest", FieldProblem::Missing, at, start)),
    }
}

fn refused(problem: LogProblem, at: usize) -> Error {
    Error::new(Part::UserspaceLog, Problem::Log(problem)).at(at)
}

/// Text that is not JSON, or other JSON than expected, in the entry that begins at this byte.
fn json(at: usize, error: JsonError) -> Error {
    let error = error.in_part(Part::UserspaceLog);
    error.at(at.saturating_add(error.offset().unwrap_or(0)))
}

fn field(field: &'static str, problem: FieldProblem, at: usize, offset: usize) -> Error {
    let error = Error::new(Part::UserspaceLog, Problem::Field { field, problem });
    error.at(at.saturating_add(offset))
}
