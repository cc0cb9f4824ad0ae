//! Public keys as JSON Web Keys (RFC 7517, and RFC 7518, 6.2 and 6.3), as Azure's
//! virtual TPM gives its attestation key.

use core::{error::Error, fmt};

use base64ct::Base64UrlUnpadded;

use super::{
    json::{Json, JsonError, JsonStr},
    room::{Room, RoomError},
};
use crate::{
    types::TpmEccCurve,
    verify::{Check, PlainKey, Verdict},
};

/// Why a text is no JSON Web Key that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub enum JwkError {
    /// It is not JSON, or has another kind of value than it has to.
    Json(JsonError),
    /// A member is missing.
    Missing(&'static str),
    /// A member is there twice, perhaps in another spelling.
    Repeated {
        /// Its name.
        member: &'static str,
        /// Where, in bytes from the start of the text.
        offset: usize,
    },
    /// A number is not base64url without padding, or not as long as it has to be.
    Number {
        /// Its name.
        member: &'static str,
        /// Where, in bytes from the start of the text.
        offset: usize,
    },
    /// `kty` is neither `RSA` nor `EC`.
    Kind,
    /// `crv` is not known here.
    Curve,
    /// The room for the numbers is too small.
    Room,
}

const KTY: &str = "kty";
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

/// The key in a JSON Web Key, its numbers written to `room`. 520 bytes are enough
/// for any key that is supported.
///
/// Other members than those that make the key are ignored, as RFC 7517 has it.
/// Whether the key is fit for anything is not judged here.
///
/// # Errors
/// It is none, or its kind is not known here.
pub fn read_jwk<'r>(json: &[u8], room: &'r mut [u8]) -> Result<PlainKey<'r>, JwkError> {
    let mut json = Json::new(json)?;
    let members = read_members(&mut json)?;
    json.end()?;
    key_of(members, &mut Room::new(room))
}

/// The members that make a key, as they stand in [`MEMBERS`].
type Members<'a> = [Option<JsonStr<'a>>; 6];

fn read_members<'a>(json: &mut Json<'a>) -> Result<Members<'a>, JwkError> {
    let mut found: Members<'_> = [None; 6];
    json.begin_object()?;
    let mut first = true;
    while let Some(key) = json.key(&mut first)? {
        let mut places = MEMBERS.into_iter().zip(&mut found);
        let Some((member, place)) = places.find(|(member, _)| key.is(member)) else {
            json.skip()?;
            continue;
        };
        if place.replace(json.string()?).is_some() {
            let offset = key.offset();
            return Err(JwkError::Repeated { member, offset });
        }
    }
    Ok(found)
}

/// The key at a place in a text.
#[cfg(feature = "projects")]
pub(super) fn read_key<'r>(
    json: &mut Json<'_>,
    room: &mut Room<'r>,
) -> Result<PlainKey<'r>, JwkError> {
    key_of(read_members(json)?, room)
}

fn key_of<'r>(members: Members<'_>, room: &mut Room<'r>) -> Result<PlainKey<'r>, JwkError> {
    let [kty, crv, n, e, x, y] = members;
    let kty = kty.ok_or(JwkError::Missing(KTY))?;
    if kty.is("RSA") {
        let modulus = number(N, n, None, room)?;
        let digits = number(E, e, None, room)?;
        let exponent = match digits.len() {
            1..=4 => digits.iter().fold(0, |n, &byte| n << 8 | u32::from(byte)),
            _ => 0,
        };
        if exponent == 0 {
            let offset = e.map_or(0, |text| text.offset());
            return Err(JwkError::Number { member: E, offset });
        }
        return Ok(PlainKey::Rsa { modulus, exponent });
    }
    if !kty.is("EC") {
        return Err(JwkError::Kind);
    }
    let crv = crv.ok_or(JwkError::Missing(CRV))?;
    let known = CURVES.into_iter().find(|(name, _, _)| crv.is(name));
    let (_, curve, size) = known.ok_or(JwkError::Curve)?;
    let x = number(X, x, Some(size), room)?;
    let y = number(Y, y, Some(size), room)?;
    Ok(PlainKey::Ecc { curve, x, y })
}

/// A number: of this many bytes, or without leading zeros.
fn number<'r>(
    member: &'static str,
    text: Option<JsonStr<'_>>,
    size: Option<usize>,
    room: &mut Room<'r>,
) -> Result<&'r [u8], JwkError> {
    let text = text.ok_or(JwkError::Missing(member))?;
    let refuse = JwkError::Number {
        member,
        offset: text.offset(),
    };
    let problem = |error| match error {
        RoomError::Text => refuse,
        RoomError::Full => JwkError::Room,
    };
    room.base64::<Base64UrlUnpadded>(text).map_err(problem)?;
    let digits = room.cut().map_err(problem)?;
    let is_number = match size {
        Some(size) => digits.len() == size,
        None => digits.first().is_some_and(|first| *first != 0),
    };
    if is_number { Ok(digits) } else { Err(refuse) }
}

impl JwkError {
    /// The check that failed.
    #[must_use]
    pub fn check(&self) -> Check {
        match self {
            Self::Kind => Check::KeyType,
            Self::Curve => Check::KeyStrength,
            _ => Check::Input,
        }
    }

    /// What the error says about the key.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Kind | Self::Curve => Verdict::Unsupported,
            _ => Verdict::Malformed,
        }
    }

    /// One sentence of help.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Kind | Self::Curve => {
                "Attestation needs an RSA key, or an ECC key on P-256, P-384 or P-521."
            }
            Self::Room => "Give more room: 520 bytes are always enough.",
            _ => {
                "A key is one JSON object with kty, and n and e or crv, x and y, in base64url without padding."
            }
        }
    }
}

impl From<JsonError> for JwkError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

impl fmt::Display for JwkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => error.fmt(f),
            Self::Missing(member) => write!(f, "the key has no {member}"),
            Self::Repeated { member, offset } => {
                write!(f, "at byte {offset}: {member} is there twice")
            }
            Self::Number { member, offset } => write!(
                f,
                "at byte {offset}: {member} is not base64url of a number of the right length"
            ),
            Self::Kind => f.write_str("the key is neither RSA nor EC: not supported"),
            Self::Curve => f.write_str("the curve of the key is not supported"),
            Self::Room => f.write_str("the room for the numbers is too small"),
        }
    }
}

impl Error for JwkError {}
