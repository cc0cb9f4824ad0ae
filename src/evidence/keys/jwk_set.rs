//! JSON with a public key in it: a JSON Web Key, a set of them (RFC 7517, 5), or what
//! `aws ec2 get-instance-tpm-ek-pub` prints.

use base64ct::Base64;

use super::jwk::{KTY, read_key};
use crate::{
    evidence::{
        buffer::{Buffer, BufferError},
        json::{Json, JsonError, JsonStr},
    },
    verify::{
        PlainKey,
        error::{Error, FieldProblem, KeyFileProblem, KeyIds, Part, Problem},
    },
};

/// A key that was found in JSON.
pub(super) enum JsonKey<'r> {
    /// A JSON Web Key.
    Single(PlainKey<'r>),
    /// The one that is meant of a set.
    OfSet(PlainKey<'r>),
    /// Bytes that were in base64.
    Bytes(&'r [u8]),
}

const KEYS: &str = "keys";
const KEY_VALUE: &str = "KeyValue";
const KID: &str = "kid";
const USE: &str = "use";
/// The `kid` of the attestation key in the claims of Azure's virtual TPM.
const AZURE: &str = "HCLAkPub";

fn json(error: JsonError) -> Error {
    error.in_part(Part::KeyFile)
}

fn refused(problem: KeyFileProblem) -> Error {
    Error::new(Part::KeyFile, Problem::KeyFile(problem))
}

fn in_field(field: &'static str, problem: FieldProblem) -> Error {
    Error::new(Part::KeyFile, Problem::Field { field, problem })
}

/// Reads the key in a JSON object, told by its members.
pub(super) fn read_json<'r>(text: &[u8], buffer: &'r mut [u8]) -> Result<JsonKey<'r>, Error> {
    let start = Json::new(text).map_err(json)?;
    let mut text = start;
    let [kty, keys, value] = members(&mut text, [KTY, KEYS, KEY_VALUE])?;
    text.end().map_err(json)?;
    let mut buffer = Buffer::new(buffer);
    match (kty, keys, value) {
        (None, Some(keys), _) => {
            let mut key = chosen(keys)?;
            read_key(&mut key, &mut buffer).map(JsonKey::OfSet)
        }
        (None, None, Some(mut value)) => {
            let text = value.string().map_err(json)?;
            let problem = |error| match error {
                BufferError::Text => in_field(KEY_VALUE, FieldProblem::Base64).at(text.offset()),
                BufferError::Full => Error::new(Part::KeyFile, Problem::BufferTooSmall),
            };
            buffer.base64::<Base64>(text).map_err(problem)?;
            buffer.cut().map_err(problem).map(JsonKey::Bytes)
        }
        _ => {
            let mut key = start;
            read_key(&mut key, &mut buffer).map(JsonKey::Single)
        }
    }
}

/// Where the values of these members stand, each of which may be there once. The others
/// are skipped, as RFC 7517 requires.
fn members<'a, const N: usize>(
    text: &mut Json<'a>,
    names: [&'static str; N],
) -> Result<[Option<Json<'a>>; N], Error> {
    let mut found = [None; N];
    text.begin_object().map_err(json)?;
    let mut first = true;
    while let Some(key) = text.key(&mut first).map_err(json)? {
        let value = *text;
        text.skip().map_err(json)?;
        let mut places = names.into_iter().zip(&mut found);
        if let Some((member, place)) = places.find(|(member, _)| key.is(member))
            && place.replace(value).is_some()
        {
            return Err(in_field(member, FieldProblem::Repeated).at(key.offset()));
        }
    }
    Ok(found)
}

/// Where the key stands that is meant: that with the `kid` of Azure's, or else the only one
/// that could have signed something.
fn chosen(mut keys: Json<'_>) -> Result<Json<'_>, Error> {
    let (mut of_azure, mut usable) = (None, None);
    let (mut count, mut ids) = (0_usize, KeyIds::NONE);
    keys.begin_array().map_err(json)?;
    let mut first = true;
    while keys.element(&mut first).map_err(json)? {
        let key = keys;
        let [kty, kid, purpose] = members(&mut keys, [KTY, KID, USE])?.map(string);
        let (kty, kid, purpose) = (kty?, kid?, purpose?);
        let is_kind = kty.is_some_and(|kty| kty.is("RSA") || kty.is("EC"));
        if !is_kind || purpose.is_some_and(|purpose| purpose.is("enc")) {
            continue;
        }
        count = count.saturating_add(1);
        usable = Some(key);
        match kid {
            Some(kid) => {
                ids.add(kid.chars());
                if kid.is(AZURE) && of_azure.replace(key).is_some() {
                    return Err(in_field(KID, FieldProblem::Repeated).at(kid.offset()));
                }
            }
            None => ids.add("no kid".chars()),
        }
    }
    match (of_azure, usable, count) {
        (Some(key), ..) | (None, Some(key), 1) => Ok(key),
        (None, None, _) => Err(refused(KeyFileProblem::NoKeyInSet)),
        _ => Err(refused(KeyFileProblem::SeveralInSet { ids })),
    }
}

fn string(value: Option<Json<'_>>) -> Result<Option<JsonStr<'_>>, Error> {
    let text = value.map(|mut value| value.string());
    text.transpose().map_err(json)
}
