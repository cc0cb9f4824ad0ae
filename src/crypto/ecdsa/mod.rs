//! ECDSA on the NIST curves: the verification of FIPS 186-5, 6.4.2.

mod curves;
mod field;
mod number;
mod point;
mod table;
#[cfg(test)]
mod tests;
mod verification;
#[cfg(test)]
mod with_32_bits;
mod word;

use self::{
    curves::{P256, P384, P521, WORDS_256, WORDS_384, WORDS_521},
    verification::{key, verify_on},
};
use super::{Curve, Digest, SignatureError};

/// The words of the target.
#[cfg(target_pointer_width = "64")]
mod width {
    pub(super) type Word = u64;
    pub(super) type Double = u128;
}

/// The words of the target.
#[cfg(not(target_pointer_width = "64"))]
mod width {
    pub(super) type Word = u32;
    pub(super) type Double = u64;
}

/// Whether the point is on the curve, with both coordinates reduced.
pub(super) fn check_key(curve: Curve, x: &[u8], y: &[u8]) -> Result<(), SignatureError> {
    match curve {
        Curve::P256 => key::<P256, WORDS_256>(x, y).map(|_| ()),
        Curve::P384 => key::<P384, WORDS_384>(x, y).map(|_| ()),
        Curve::P521 => key::<P521, WORDS_521>(x, y).map(|_| ()),
    }
    .ok_or(SignatureError::Invalid)
}

pub(super) fn verify(
    curve: Curve,
    x: &[u8],
    y: &[u8],
    digest: &Digest,
    r: &[u8],
    s: &[u8],
) -> Result<(), SignatureError> {
    let digest = digest.as_ref();
    match curve {
        Curve::P256 => verify_on::<P256, WORDS_256>(x, y, digest, r, s),
        Curve::P384 => verify_on::<P384, WORDS_384>(x, y, digest, r, s),
        Curve::P521 => verify_on::<P521, WORDS_521>(x, y, digest, r, s),
    }
    .filter(|holds| *holds)
    .map(|_| ())
    .ok_or(SignatureError::Invalid)
}
