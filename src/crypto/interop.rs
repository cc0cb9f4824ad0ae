//! Conversions of public areas into keys of other crates, for what this crate does not do.
//!
//! This crate does not use these keys itself. The crate `rsa` allocates, and neither it nor
//! the crates of the curves promise not to panic: the promises of this crate do not cover the
//! feature `interop`.
//!
//! Each conversion fails with [`SignatureError::Unsupported`] for another kind of key or
//! another curve, and with [`SignatureError::Invalid`] if the other crate refuses the numbers:
//! a point that is not on its curve, or a modulus that is even, too short or too long.

use ::rsa::BoxedUint;

use super::signature::SignatureError;
use crate::types::TpmEccCurve;
use crate::types::{TpmtPublic, TpmuPublic};

/// Converts the numbers of the key. Attributes and scheme are not judged.
impl TryFrom<&TpmtPublic<'_>> for ::rsa::PublicKey {
    type Error = SignatureError;

    fn try_from(public: &TpmtPublic<'_>) -> Result<Self, SignatureError> {
        let TpmuPublic::Rsa(rsa) = public.key else {
            return Err(SignatureError::Unsupported);
        };
        let exponent = match rsa.parameters.exponent {
            0 => 65537,
            exponent => exponent,
        };
        let modulus = BoxedUint::from_be_slice_vartime(rsa.unique.bytes());
        Self::new(modulus, exponent.into()).map_err(|_| SignatureError::Invalid)
    }
}

/// Converts the numbers of the key. Attributes and scheme are not judged.
impl TryFrom<&TpmtPublic<'_>> for p256::PublicKey {
    type Error = SignatureError;

    fn try_from(public: &TpmtPublic<'_>) -> Result<Self, SignatureError> {
        let point = point::<65>(public, TpmEccCurve::NIST_P256)?;
        Self::from_sec1_bytes(&point).map_err(|_| SignatureError::Invalid)
    }
}

/// Converts the numbers of the key. Attributes and scheme are not judged.
impl TryFrom<&TpmtPublic<'_>> for p384::PublicKey {
    type Error = SignatureError;

    fn try_from(public: &TpmtPublic<'_>) -> Result<Self, SignatureError> {
        let point = point::<97>(public, TpmEccCurve::NIST_P384)?;
        Self::from_sec1_bytes(&point).map_err(|_| SignatureError::Invalid)
    }
}

/// Converts the numbers of the key. Attributes and scheme are not judged.
impl TryFrom<&TpmtPublic<'_>> for p521::PublicKey {
    type Error = SignatureError;

    fn try_from(public: &TpmtPublic<'_>) -> Result<Self, SignatureError> {
        let point = point::<133>(public, TpmEccCurve::NIST_P521)?;
        Self::from_sec1_bytes(&point).map_err(|_| SignatureError::Invalid)
    }
}

/// The uncompressed point (SEC 1, 2.3.3), in N bytes. In a public area leading zeros may be
/// left out.
fn point<const N: usize>(
    public: &TpmtPublic<'_>,
    curve: TpmEccCurve,
) -> Result<[u8; N], SignatureError> {
    let TpmuPublic::Ecc(ecc) = public.key else {
        return Err(SignatureError::Unsupported);
    };
    if ecc.parameters.curve_id != curve {
        return Err(SignatureError::Unsupported);
    }
    let mut point = [0; N];
    let (form, coordinates) = point.split_first_mut().ok_or(SignatureError::Invalid)?;
    *form = 4;
    let size = N >> 1;
    let (x, y) = coordinates
        .split_at_mut_checked(size)
        .ok_or(SignatureError::Invalid)?;
    for (room, number) in [(x, ecc.unique.x.bytes()), (y, ecc.unique.y.bytes())] {
        let start = size.checked_sub(number.len());
        let room = start.and_then(|start| room.get_mut(start..));
        for (to, from) in room.ok_or(SignatureError::Invalid)?.iter_mut().zip(number) {
            *to = *from;
        }
    }
    Ok(point)
}
