//! Public areas as keys of other crates, for what this one does not do with them.
//!
//! Nothing here uses these keys. The crate `rsa` allocates, and neither it nor the curves
//! promise not to panic: these features are no part of that promise.

use core::{error::Error, fmt};

use ::rsa::BoxedUint;

use crate::types::TpmEccCurve;
use crate::types::{TpmtPublic, TpmuPublic};

/// Why a public area is no key of another crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InteropError {
    /// It is of another kind of key, or on another curve.
    Kind,
    /// The other crate refuses its numbers: a point that is not on the curve, a modulus
    /// that is even, too short or too long.
    Numbers,
}

impl fmt::Display for InteropError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kind => "the key is of another kind, or on another curve",
            Self::Numbers => "the numbers are no key",
        })
    }
}

impl Error for InteropError {}

/// The numbers alone: neither attributes nor scheme are judged.
impl TryFrom<&TpmtPublic<'_>> for ::rsa::PublicKey {
    type Error = InteropError;

    fn try_from(public: &TpmtPublic<'_>) -> Result<Self, InteropError> {
        let TpmuPublic::Rsa(rsa) = public.key else {
            return Err(InteropError::Kind);
        };
        let exponent = match rsa.parameters.exponent {
            0 => 65537,
            exponent => exponent,
        };
        let modulus = BoxedUint::from_be_slice_vartime(rsa.unique.bytes());
        Self::new(modulus, exponent.into()).map_err(|_| InteropError::Numbers)
    }
}

/// The numbers alone: neither attributes nor scheme are judged.
impl TryFrom<&TpmtPublic<'_>> for p256::PublicKey {
    type Error = InteropError;

    fn try_from(public: &TpmtPublic<'_>) -> Result<Self, InteropError> {
        let point = point::<65>(public, TpmEccCurve::NIST_P256)?;
        Self::from_sec1_bytes(&point).map_err(|_| InteropError::Numbers)
    }
}

/// The numbers alone: neither attributes nor scheme are judged.
impl TryFrom<&TpmtPublic<'_>> for p384::PublicKey {
    type Error = InteropError;

    fn try_from(public: &TpmtPublic<'_>) -> Result<Self, InteropError> {
        let point = point::<97>(public, TpmEccCurve::NIST_P384)?;
        Self::from_sec1_bytes(&point).map_err(|_| InteropError::Numbers)
    }
}

/// The numbers alone: neither attributes nor scheme are judged.
impl TryFrom<&TpmtPublic<'_>> for p521::PublicKey {
    type Error = InteropError;

    fn try_from(public: &TpmtPublic<'_>) -> Result<Self, InteropError> {
        let point = point::<133>(public, TpmEccCurve::NIST_P521)?;
        Self::from_sec1_bytes(&point).map_err(|_| InteropError::Numbers)
    }
}

/// The point uncompressed (SEC 1, 2.3.3), in N bytes. In a public area leading zeros may
/// be left out.
fn point<const N: usize>(
    public: &TpmtPublic<'_>,
    curve: TpmEccCurve,
) -> Result<[u8; N], InteropError> {
    let TpmuPublic::Ecc(ecc) = public.key else {
        return Err(InteropError::Kind);
    };
    if ecc.parameters.curve_id != curve {
        return Err(InteropError::Kind);
    }
    let mut point = [0; N];
    let (form, coordinates) = point.split_first_mut().ok_or(InteropError::Numbers)?;
    *form = 4;
    let size = N >> 1;
    let (x, y) = coordinates
        .split_at_mut_checked(size)
        .ok_or(InteropError::Numbers)?;
    for (room, number) in [(x, ecc.unique.x.bytes()), (y, ecc.unique.y.bytes())] {
        let start = size.checked_sub(number.len());
        let room = start.and_then(|start| room.get_mut(start..));
        for (to, from) in room.ok_or(InteropError::Numbers)?.iter_mut().zip(number) {
            *to = *from;
        }
    }
    Ok(point)
}
