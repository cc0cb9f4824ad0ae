//! Public keys as JSON Web Keys (RFC 7517, and RFC 7518, 6.2 and 6.3), the form in which
//! Azure's virtual TPM sends its attestation key.

use base64ct::Base64UrlUnpadded;

use crate::{
    evidence::{
        buffer::{Buffer, BufferError},
        json::{Json, JsonError, JsonStr},
    },
    types::TpmEccCurve,
    verify::{
        PlainKey,
        error::{Error, FieldProblem, KeyFileProblem, Part, Problem},
    },
};

fn refused(problem: KeyFileProblem) -> Error {
    Error::new(Part::KeyFile, Problem::KeyFile(problem))
}

fn in_field(field: &'static str, problem: FieldProblem) -> Error {
    Error::new(Part::KeyFile, Problem::Field { field, problem })
}

fn json(error: JsonError) -> Error {
    error.in_part(Part::KeyFile)
}

pub(super) const KTY: &str = "kty";
const CRV: &str = "crv";
const N: &str = "n";
const E: &str = "e";
const X: &str = "x";
const Y: &str = "y";
const MEMBERS: [&str; 6] = [KTY, CRV, N, E, X, Y];

/// Curves: name, id, bytes of a coordinate (RFC 7518, 6.2.1.1).
const CURVES: [(&str, TpmEccCurve, usize); 3] = [
    ("P-256", TpmEccCurve::NIST_P256, 32),
    ("P-384", TpmEccCurve::NIST_P384, 48),
    ("P-521", TpmEccCurve::NIST_P521, 66),
];

/// Reads a JSON Web Key, and writes its numbers to `buffer`. 520 bytes are enough for any
/// supported key.
///
/// Members other than those of the key itself are ignored, as RFC 7517 requires. The key's
/// strength is not judged here.
///
/// # Errors
/// The text is not such a key, or its kind is not supported.
pub fn read_jwk<'r>(text: &[u8], buffer: &'r mut [u8]) -> Result<PlainKey<'r>, Error> {
    let mut text = Json::new(text).map_err(json)?;
    let members = read_members(&mut text)?;
    text.end().map_err(json)?;
    key_of(members, &mut Buffer::new(buffer))
}

/// The members that make a key, as they stand in [`MEMBERS`].
type Members<'a> = [Option<JsonStr<'a>>; 6];

fn read_members<'a>(text: &mut Json<'a>) -> Result<Members<'a>, Error> {
    let mut found: Members<'_> = [None; 6];
    text.begin_object().map_err(json)?;
    let mut first = true;
    while let Some(key) = text.key(&mut first).map_err(json)? {
        let mut places = MEMBERS.into_iter().zip(&mut found);
        let Some((member, place)) = places.find(|(member, _)| key.is(member)) else {
            text.skip().map_err(json)?;
            continue;
        };
        if place.replace(text.string().map_err(json)?).is_some() {
            return Err(in_field(member, FieldProblem::Repeated).at(key.offset()));
        }
    }
    Ok(found)
}

/// The key at a place in a text.
pub(in crate::evidence) fn read_key<'r>(
    text: &mut Json<'_>,
    buffer: &mut Buffer<'r>,
) -> Result<PlainKey<'r>, Error> {
    key_of(read_members(text)?, buffer)
}

fn key_of<'r>(members: Members<'_>, buffer: &mut Buffer<'r>) -> Result<PlainKey<'r>, Error> {
    let [kty, crv, n, e, x, y] = members;
    let kty = kty.ok_or(in_field(KTY, FieldProblem::Missing))?;
    if kty.is("RSA") {
        let modulus = number(N, n, None, buffer)?;
        let digits = number(E, e, None, buffer)?;
        let exponent = match digits.len() {
            1..=4 => digits.iter().fold(0, |n, &byte| n << 8 | u32::from(byte)),
            _ => 0,
        };
        if exponent == 0 {
            let offset = e.map_or(0, |text| text.offset());
            return Err(in_field(E, FieldProblem::Number).at(offset));
        }
        return Ok(PlainKey::Rsa { modulus, exponent });
    }
    if !kty.is("EC") {
        return Err(refused(KeyFileProblem::AlgorithmUnsupported));
    }
    let crv = crv.ok_or(in_field(CRV, FieldProblem::Missing))?;
    let known = CURVES.into_iter().find(|(name, _, _)| crv.is(name));
    let (_, curve, size) = known.ok_or(refused(KeyFileProblem::CurveUnsupported))?;
    let x = number(X, x, Some(size), buffer)?;
    let y = number(Y, y, Some(size), buffer)?;
    Ok(PlainKey::Ecc { curve, x, y })
}

/// A number: of this many bytes, or without leading zeros.
fn number<'r>(
    member: &'static str,
    text: Option<JsonStr<'_>>,
    size: Option<usize>,
    buffer: &mut Buffer<'r>,
) -> Result<&'r [u8], Error> {
    let text = text.ok_or(in_field(member, FieldProblem::Missing))?;
    let refuse = in_field(member, FieldProblem::Number).at(text.offset());
    let problem = |error| match error {
        BufferError::Text => refuse,
        BufferError::Full => Error::new(Part::KeyFile, Problem::BufferTooSmall),
    };
    buffer.base64::<Base64UrlUnpadded>(text).map_err(problem)?;
    let digits = buffer.cut().map_err(problem)?;
    let is_number = match size {
        Some(size) => digits.len() == size,
        None => digits.first().is_some_and(|first| *first != 0),
    };
    if is_number { Ok(digits) } else { Err(refuse) }
}
