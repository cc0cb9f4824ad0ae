//! One-pass Diffie-Hellman with an ephemeral key (Part 1, C.6.1).

use core::ops::Mul;

use p256::elliptic_curve::{
    AffinePoint, CurveArithmetic, CurveGroup, FieldBytes, ProjectivePoint, PublicKey, SecretKey,
    point::AffineCoordinates,
};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::{
    kdf::kdfe,
    secret::{Failure, IDENTITY, Secret, fill},
};
use crate::{
    crypto::pkcs1::Room,
    types::{Tpm2bEccParameter, TpmAlgId, TpmsEccPoint},
    wire::Marshal,
};

/// A seed that is shared with the key of these coordinates, and the ephemeral point as
/// `TPMS_ECC_POINT`. `mask` is for the first byte of a number on this curve.
pub(super) fn share<'r, C: CurveArithmetic, R: TryCryptoRng + ?Sized>(
    [x, y]: [&[u8]; 2],
    mask: u8,
    hash: TpmAlgId,
    rng: &mut R,
    room: &'r mut Room,
) -> Result<(Secret, &'r [u8]), Failure> {
    let (x, y) = (padded::<C>(x)?, padded::<C>(y)?);
    let point: Option<AffinePoint<C>> = AffinePoint::<C>::from_coordinates(&x, &y).into();
    let point = point.ok_or(Failure::Point)?;
    let ephemeral = ephemeral::<C, R>(mask, rng)?;
    let shared = ProjectivePoint::<C>::from(point).mul(*ephemeral.to_nonzero_scalar());
    let z = Zeroizing::new(shared.to_affine().x());

    let public: PublicKey<C> = ephemeral.public_key();
    let (own_x, own_y) = (public.as_affine().x(), public.as_affine().y());
    let len = hash.digest_size().ok_or(Failure::Unsupported)?;
    let seed = kdfe(hash, &z, IDENTITY, [&own_x, &x], len).ok_or(Failure::Unsupported)?;
    let number = |bytes| Tpm2bEccParameter::new(bytes).map_err(|_| Failure::Unsupported);
    let (x, y) = (number(&own_x)?, number(&own_y)?);
    let point = TpmsEccPoint { x, y }.marshal_into(room);
    Ok((seed, point.map_err(|_| Failure::Unsupported)?))
}

/// A number as long as the field's. Leading zeros may have been left out.
fn padded<C: CurveArithmetic>(number: &[u8]) -> Result<FieldBytes<C>, Failure> {
    let mut padded = FieldBytes::<C>::default();
    let start = padded.len().checked_sub(number.len());
    let start = start.ok_or(Failure::Point)?;
    for (to, from) in padded.iter_mut().skip(start).zip(number) {
        *to = *from;
    }
    Ok(padded)
}

/// A random scalar: numbers that are none are thrown away. That happens to less than
/// one in a billion, unless the source is broken.
fn ephemeral<C: CurveArithmetic, R: TryCryptoRng + ?Sized>(
    mask: u8,
    rng: &mut R,
) -> Result<SecretKey<C>, Failure> {
    for _ in 0..4 {
        let mut bytes = Zeroizing::new(FieldBytes::<C>::default());
        fill(rng, &mut bytes)?;
        if let Some(first) = bytes.first_mut() {
            *first &= mask;
        }
        if let Ok(key) = SecretKey::from_bytes(&bytes) {
            return Ok(key);
        }
    }
    Err(Failure::Random)
}
