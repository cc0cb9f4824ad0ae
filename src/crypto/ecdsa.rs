//! ECDSA on the NIST curves.

use ecdsa::{
    EcdsaCurve, Signature, VerifyingKey,
    elliptic_curve::{
        AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize,
        sec1::{FromSec1Point, ModulusSize, Sec1Point, ToSec1Point},
    },
    signature::hazmat::PrehashVerifier,
};
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;

use super::{Curve, Digest, SignatureError};

/// Whether the point is on the curve, with both coordinates reduced.
pub(super) fn check_key(curve: Curve, x: &[u8], y: &[u8]) -> Result<(), SignatureError> {
    match curve {
        Curve::P256 => key::<NistP256>(x, y).map(|_| ()),
        Curve::P384 => key::<NistP384>(x, y).map(|_| ()),
        Curve::P521 => key::<NistP521>(x, y).map(|_| ()),
    }
}

pub(super) fn verify(
    curve: Curve,
    x: &[u8],
    y: &[u8],
    digest: &Digest,
    r: &[u8],
    s: &[u8],
) -> Result<(), SignatureError> {
    match curve {
        Curve::P256 => verify_on::<NistP256>(x, y, digest, r, s),
        Curve::P384 => verify_on::<NistP384>(x, y, digest, r, s),
        Curve::P521 => verify_on::<NistP521>(x, y, digest, r, s),
    }
}

fn verify_on<C>(
    x: &[u8],
    y: &[u8],
    digest: &Digest,
    r: &[u8],
    s: &[u8],
) -> Result<(), SignatureError>
where
    C: EcdsaCurve + CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    VerifyingKey<C>: PrehashVerifier<Signature<C>>,
{
    let key = key::<C>(x, y)?;
    // On these curves the order has as many bytes as a coordinate.
    let signature = Signature::<C>::from_scalars(left_pad::<C>(r)?, left_pad::<C>(s)?)
        .map_err(|_| SignatureError::Invalid)?;
    key.verify_prehash(digest.as_ref(), &signature)
        .map_err(|_| SignatureError::Invalid)
}

fn key<C>(x: &[u8], y: &[u8]) -> Result<VerifyingKey<C>, SignatureError>
where
    C: EcdsaCurve + CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    let point =
        Sec1Point::<C>::from_affine_coordinates(&left_pad::<C>(x)?, &left_pad::<C>(y)?, false);
    VerifyingKey::from_sec1_point(&point).map_err(|_| SignatureError::Invalid)
}

/// The number at full length. One with more bytes is refused, even if the first
/// are zeros: no TPM writes it.
fn left_pad<C: EcdsaCurve>(number: &[u8]) -> Result<FieldBytes<C>, SignatureError> {
    let mut padded = FieldBytes::<C>::default();
    if number.len() > padded.len() {
        return Err(SignatureError::Invalid);
    }
    for (to, from) in padded.iter_mut().rev().zip(number.iter().rev()) {
        *to = *from;
    }
    Ok(padded)
}
