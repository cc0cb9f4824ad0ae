//! Keys of which nothing but the numbers is known.

#[cfg(feature = "certificate")]
use super::spki::without_zeros;
use super::{
    AttestationKey, KeyAlgorithm, KeyRules, KeyTrust, SigningScheme, check_hash, check_numbers,
    check_rsa_strength,
};
use crate::{
    crypto::{Curve, Name, PublicKey, SignatureVerifier, Software},
    types::{
        ParmsAndId, Tpm2bPublicKeyRsa, TpmAlgId, TpmEccCurve, TpmsRsaParms, TpmtPublic,
        TpmtRsaScheme, TpmtSignature, TpmtSymDefObject, TpmuPublic,
    },
    verify::{KeySchemeProblem, KeyStrengthProblem, VerifyError},
};

/// A public key by its numbers alone, big-endian, as a PEM file has it: without
/// attributes, without a scheme and without a Name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
        /// Abscissa of the point; leading zeros may be left out.
        x: &'a [u8],
        /// Ordinate of the point; leading zeros may be left out.
        y: &'a [u8],
    },
}

impl<'a> PlainKey<'a> {
    /// The numbers of a public area; `None` if it is not of an RSA or ECC key.
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

    /// `key-strength`.
    pub(crate) fn judge(
        &self,
        rules: KeyRules,
        verifier: &dyn SignatureVerifier,
    ) -> Result<(PublicKey<'a>, KeyAlgorithm), VerifyError> {
        let (key, algorithm) = match *self {
            Self::Rsa { modulus, exponent } => check_modulus(modulus, exponent, rules)?,
            Self::Ecc { curve, x, y } => {
                let problem = KeyStrengthProblem::Curve(curve);
                let curve =
                    Curve::try_from(curve).map_err(|_| VerifyError::KeyStrength(problem))?;
                (PublicKey::Ecc { curve, x, y }, KeyAlgorithm::Ecc(curve))
            }
        };
        check_numbers(&key, verifier)?;
        Ok((key, algorithm))
    }

    /// Whether both are the same numbers, however they are written.
    #[cfg(feature = "certificate")]
    pub(crate) fn is_same(&self, other: &PlainKey<'_>) -> bool {
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

impl SigningScheme {
    /// The scheme and the hash that a signature says of itself;
    /// `TPM_ALG_NULL` if it has no hash.
    ///
    /// Whoever takes them from there leaves both to whoever made the signature:
    /// only where nothing else tells them.
    #[must_use]
    pub fn of_signature(signature: &TpmtSignature<'_>) -> Self {
        let hash = match signature {
            TpmtSignature::RsaSsa(rsa) | TpmtSignature::RsaPss(rsa) => rsa.hash,
            TpmtSignature::EcDsa(ecc)
            | TpmtSignature::EcDaa(ecc)
            | TpmtSignature::Sm2(ecc)
            | TpmtSignature::EcSchnorr(ecc) => ecc.hash,
            TpmtSignature::Hmac(mac) => mac.hash_alg(),
            TpmtSignature::HashMldsa(mldsa) => mldsa.hash,
            TpmtSignature::Null
            | TpmtSignature::EdDsa(_)
            | TpmtSignature::HashEdDsa(_)
            | TpmtSignature::Mldsa(_) => TpmAlgId::NULL,
        };
        Self {
            scheme: signature.selector(),
            hash,
        }
    }
}

impl<'a> AttestationKey<'a> {
    /// A key that the caller named beforehand by the key itself, with the scheme
    /// and the hash that its signatures have to be made with.
    ///
    /// Its attributes are unknown: whether it is a restricted key, which signs
    /// only what its TPM made, or a key of a TPM at all, is for the caller to
    /// know. With the public area at hand, [`pinned`](Self::pinned) tells more.
    /// It has no Name.
    ///
    /// # Errors
    /// The key fails one of the checks `key-strength` and `key-scheme`.
    pub fn pinned_key(key: &PlainKey<'a>, scheme: SigningScheme) -> Result<Self, VerifyError> {
        Self::pinned_key_with(key, scheme, KeyRules::new(), &Software)
    }

    /// As [`pinned_key`](Self::pinned_key), by other rules and with a verifier of
    /// the caller's.
    ///
    /// # Errors
    /// As there.
    pub fn pinned_key_with(
        key: &PlainKey<'a>,
        scheme: SigningScheme,
        rules: KeyRules,
        verifier: &dyn SignatureVerifier,
    ) -> Result<Self, VerifyError> {
        let (key, algorithm) = key.judge(rules, verifier)?;
        Ok(Self {
            key,
            scheme: check_scheme(algorithm, scheme).map_err(VerifyError::KeyScheme)?,
            algorithm,
            name: Name::EMPTY,
            qualified_name: None,
            trust: KeyTrust::PinnedKey,
        })
    }
}

/// `key-strength` of an RSA key, by the rules for one with a public area. Its
/// bits are those of the modulus.
fn check_modulus(
    modulus: &[u8],
    exponent: u32,
    rules: KeyRules,
) -> Result<(PublicKey<'_>, KeyAlgorithm), VerifyError> {
    let unused = modulus.first().map_or(0, |first| first.leading_zeros());
    let bits = u32::try_from(modulus.len())
        .unwrap_or(u32::MAX)
        .saturating_mul(8)
        .saturating_sub(unused);
    let key_bits = u16::try_from(bits).unwrap_or(u16::MAX);
    let unique = Tpm2bPublicKeyRsa::new(modulus)
        .map_err(|_| VerifyError::KeyStrength(KeyStrengthProblem::RsaBits(key_bits)))?;
    let parameters = TpmsRsaParms {
        symmetric: TpmtSymDefObject::Null,
        scheme: TpmtRsaScheme::Null,
        key_bits,
        exponent,
    };
    check_rsa_strength(&ParmsAndId { parameters, unique }, rules).map_err(VerifyError::KeyStrength)
}

/// `key-scheme`: one of this kind of key, and supported.
fn check_scheme(
    algorithm: KeyAlgorithm,
    SigningScheme { scheme, hash }: SigningScheme,
) -> Result<SigningScheme, KeySchemeProblem> {
    match (algorithm, scheme) {
        (KeyAlgorithm::Rsa(_), TpmAlgId::RSASSA | TpmAlgId::RSAPSS)
        | (KeyAlgorithm::Ecc(_), TpmAlgId::ECDSA) => check_hash(scheme, hash),
        (_, TpmAlgId::RSASSA | TpmAlgId::RSAPSS | TpmAlgId::ECDSA | TpmAlgId::HMAC) => {
            Err(KeySchemeProblem::OtherKey(scheme))
        }
        (_, TpmAlgId::NULL) => Err(KeySchemeProblem::Open),
        _ => Err(KeySchemeProblem::Scheme(scheme)),
    }
}

#[cfg(all(test, feature = "certificate"))]
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
