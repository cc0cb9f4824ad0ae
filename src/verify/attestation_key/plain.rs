//! Keys of which only the numbers are known.

use core::fmt;

use super::{
    checks::{check_hash, check_numbers, check_rsa_strength},
    key::{AttestationKey, KeySummary},
    links::Behind,
    scheme::{KeyAlgorithm, SigningScheme},
    trust::KeyTrust,
};
use crate::{
    crypto::{Curve, Name, PublicKey},
    error::{Place, Reason, saturate},
    types::{
        ParmsAndId, Tpm2bPublicKeyRsa, TpmAlgId, TpmEccCurve, TpmsRsaParms, TpmtPublic,
        TpmtRsaScheme, TpmtSymDefObject, TpmuPublic,
    },
    verify::{
        error::{Check, CheckSet, Error, KeyProblem, Part},
        verifier::{KeyRules, Verifier},
    },
    wire::{Hex, Reader},
};

/// The form of a point of which both coordinates are there (SEC 1, 2.3.3).
pub(crate) const UNCOMPRESSED: u8 = 4;

const POINT: &Place = &Place {
    structure: "ECPoint",
    field: "",
};

/// A public key by its numbers alone, big-endian, as a PEM file or a certificate has it:
/// without attributes, without a scheme and without a Name.
///
/// The key is not judged yet: [`AttestationKey::self_asserted_key`] and
/// [`AttestationKey::pinned_key`] do that.
///
/// ```
/// use tpm_quote::{AttestationKey, KeyTrust, TpmAlgId, types::TpmEccCurve, verify::{PlainKey, SigningScheme}};
///
/// # fn key(point: &[u8]) -> Result<(), tpm_quote::Error> {
/// let key = PlainKey::from_sec1(TpmEccCurve::NIST_P256, point)?; // 04, x, y
/// let scheme = SigningScheme::ecdsa(TpmAlgId::SHA256);
/// let key = AttestationKey::self_asserted_key(&key, scheme)?;
/// assert_eq!(key.trust(), KeyTrust::SelfAsserted);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PlainKey<'a> {
    /// An RSA key.
    Rsa {
        /// The modulus, without leading zeros.
        modulus: &'a [u8],
        /// The public exponent; 0 stands for 65537, as in a TPM.
        exponent: u32,
    },
    /// An ECC key.
    Ecc {
        /// The curve.
        curve: TpmEccCurve,
        /// The x coordinate of the point. Leading zeros may be left out.
        x: &'a [u8],
        /// The y coordinate of the point. Leading zeros may be left out.
        y: &'a [u8],
    },
}

impl<'a> PlainKey<'a> {
    /// Returns the numbers in a public area, or `None` if it is not that of an RSA or ECC key.
    #[must_use]
    pub fn of_public(public: &TpmtPublic<'a>) -> Option<Self> {
        match public.key {
            TpmuPublic::Rsa(rsa) => Some(Self::Rsa {
                modulus: rsa.unique.bytes(),
                exponent: rsa.parameters.exponent,
            }),
            TpmuPublic::Ecc(ecc) => Some(Self::Ecc {
                curve: ecc.parameters.curve_id,
                x: ecc.unique.x.bytes(),
                y: ecc.unique.y.bytes(),
            }),
            _ => None,
        }
    }

    /// Reads the point of an ECC key in the form of SEC 1, 2.3.3: `04`, then both coordinates.
    ///
    /// # Errors
    /// The point is compressed or has the wrong length, or the curve is not supported.
    pub fn from_sec1(curve: TpmEccCurve, point: &'a [u8]) -> Result<Self, Error> {
        let refused =
            |at: Reader<'_>, reason| Error::structure(Part::Key, at.error(reason).in_place(POINT));
        let at = Reader::new(point);
        let Some((&UNCOMPRESSED, coordinates)) = point.split_first() else {
            return Err(refused(at, Reason::WrongConstant));
        };
        let size = match curve {
            TpmEccCurve::NIST_P256 => 32,
            TpmEccCurve::NIST_P384 => 48,
            TpmEccCurve::NIST_P521 => 66,
            other => return Err(KeyProblem::Curve(other).into()),
        };
        match coordinates.split_at_checked(size) {
            Some((x, y)) if y.len() == size => Ok(Self::Ecc { curve, x, y }),
            _ => {
                let size = saturate(point.len());
                Err(refused(at, Reason::SizeOutOfRange { size }))
            }
        }
    }

    /// `key-strength`.
    pub(crate) fn judge(
        &self,
        verifier: &Verifier<'_>,
    ) -> Result<(PublicKey<'a>, KeyAlgorithm), KeyProblem> {
        let (key, algorithm) = self.strength(verifier.rules)?;
        check_numbers(&key, verifier.crypto)?;
        Ok((key, algorithm))
    }

    /// `key-strength`, but for what only the engine can tell.
    pub(crate) fn strength(
        &self,
        rules: KeyRules,
    ) -> Result<(PublicKey<'a>, KeyAlgorithm), KeyProblem> {
        match *self {
            Self::Rsa { modulus, exponent } => check_modulus(modulus, exponent, rules),
            Self::Ecc { curve, x, y } => {
                let curve = Curve::try_from(curve).map_err(|_| KeyProblem::Curve(curve))?;
                Ok((PublicKey::Ecc { curve, x, y }, KeyAlgorithm::Ecc(curve)))
            }
        }
    }

    /// The key as an attestation key that signs with this scheme. Its attributes are
    /// unknown, and it has no Name.
    pub(crate) fn judge_as_attestation_key(
        &self,
        scheme: SigningScheme,
        verifier: &Verifier<'_>,
        passed: &mut CheckSet,
    ) -> Result<AttestationKey<'a>, KeyProblem> {
        passed.insert(Check::KeyType);
        let (key, algorithm) = self.judge(verifier)?;
        passed.insert(Check::KeyStrength);
        let scheme = check_scheme(algorithm, scheme)?;
        passed.insert(Check::KeyScheme);
        Ok(AttestationKey {
            key,
            summary: KeySummary {
                name: Name::EMPTY,
                algorithm,
                scheme,
                trust: KeyTrust::SelfAsserted,
                own: KeyTrust::SelfAsserted,
                by_sha1: false,
                behind: Behind::NONE,
                line: 0,
            },
            qualified_name: None,
        })
    }

    /// Returns whether both are the same key, however their numbers are written.
    #[must_use]
    pub fn is_same(&self, other: &PlainKey<'_>) -> bool {
        let exponent = |exponent| if exponent == 0 { 65537 } else { exponent };
        match (*self, *other) {
            (
                Self::Rsa {
                    modulus,
                    exponent: own,
                },
                PlainKey::Rsa {
                    modulus: other,
                    exponent: others,
                },
            ) => modulus == other && exponent(own) == exponent(others),
            (
                Self::Ecc { curve, x, y },
                PlainKey::Ecc {
                    curve: other,
                    x: other_x,
                    y: other_y,
                },
            ) => {
                curve == other
                    && without_zeros(x) == without_zeros(other_x)
                    && without_zeros(y) == without_zeros(other_y)
            }
            _ => false,
        }
    }
}

impl fmt::Debug for PlainKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { modulus, exponent } => f
                .debug_struct("Rsa")
                .field("modulus", &Hex(modulus))
                .field("exponent", exponent)
                .finish(),
            Self::Ecc { curve, x, y } => f
                .debug_struct("Ecc")
                .field("curve", curve)
                .field("x", &Hex(x))
                .field("y", &Hex(y))
                .finish(),
        }
    }
}

pub(crate) fn without_zeros(mut digits: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = digits {
        digits = rest;
    }
    digits
}

/// `key-strength` of an RSA key, by the rules for one with a public area. Its
/// bits are those of the modulus.
fn check_modulus<'a>(
    modulus: &'a [u8],
    exponent: u32,
    rules: KeyRules,
) -> Result<(PublicKey<'a>, KeyAlgorithm), KeyProblem> {
    let unused = modulus.first().map_or(0, |first| first.leading_zeros());
    let bits = u32::try_from(modulus.len())
        .unwrap_or(u32::MAX)
        .saturating_mul(8)
        .saturating_sub(unused);
    let key_bits = u16::try_from(bits).unwrap_or(u16::MAX);
    let unique = Tpm2bPublicKeyRsa::new(modulus).map_err(|_| KeyProblem::RsaBits(key_bits))?;
    let parameters = TpmsRsaParms {
        symmetric: TpmtSymDefObject::Null,
        scheme: TpmtRsaScheme::Null,
        key_bits,
        exponent,
    };
    check_rsa_strength(&ParmsAndId { parameters, unique }, rules)
}

/// `key-scheme`: one of this kind of key, and supported.
fn check_scheme(
    algorithm: KeyAlgorithm,
    SigningScheme { scheme, hash }: SigningScheme,
) -> Result<SigningScheme, KeyProblem> {
    match (algorithm, scheme) {
        (KeyAlgorithm::Rsa(_), TpmAlgId::RSASSA | TpmAlgId::RSAPSS)
        | (KeyAlgorithm::Ecc(_), TpmAlgId::ECDSA) => check_hash(scheme, hash),
        (_, TpmAlgId::RSASSA | TpmAlgId::RSAPSS | TpmAlgId::ECDSA | TpmAlgId::HMAC) => {
            Err(KeyProblem::SchemeOfOtherKey(scheme))
        }
        (_, TpmAlgId::NULL) => Err(KeyProblem::SchemeNotFixed),
        _ => Err(KeyProblem::SchemeUnsupported(scheme)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rsa(modulus: &[u8], exponent: u32) -> PlainKey<'_> {
        PlainKey::Rsa { modulus, exponent }
    }

    fn ecc<'a>(curve: TpmEccCurve, x: &'a [u8], y: &'a [u8]) -> PlainKey<'a> {
        PlainKey::Ecc { curve, x, y }
    }

    #[test]
    fn numbers_are_the_same_however_they_are_written() {
        const P256: TpmEccCurve = TpmEccCurve::NIST_P256;
        let (own, point) = (rsa(&[0x81, 3], 0), ecc(P256, &[1, 2], &[3]));
        assert!(own.is_same(&rsa(&[0x81, 3], 65537)));
        assert!(rsa(&[0x81, 3], 3).is_same(&rsa(&[0x81, 3], 3)));
        assert!(!own.is_same(&rsa(&[0x81, 3], 3)));
        assert!(!own.is_same(&rsa(&[0x81, 5], 0)));
        assert!(point.is_same(&ecc(P256, &[0, 1, 2], &[0, 0, 3])));
        assert!(!point.is_same(&ecc(P256, &[1, 2, 0], &[3])));
        assert!(!point.is_same(&ecc(P256, &[1, 2], &[4])));
        assert!(!point.is_same(&ecc(TpmEccCurve::NIST_P384, &[1, 2], &[3])));
        assert!(!point.is_same(&own) && !own.is_same(&point));
    }
}
