//! The checks of a key itself: `key-attributes`, `key-strength` and `key-scheme`.

use super::scheme::{KeyAlgorithm, SigningScheme};
use crate::{
    crypto::{Curve, PublicKey, SignatureError, SignatureVerifier, is_roca},
    types::{
        ParmsAndId, Tpm2bPublicKeyRsa, TpmAlgId, TpmaObject, TpmsEccParms, TpmsEccPoint,
        TpmsRsaParms, TpmtEccScheme, TpmtKdfScheme, TpmtPublic, TpmtRsaScheme, TpmtSymDefObject,
    },
    verify::{error::KeyProblem, verifier::KeyRules},
};

/// Attributes that an attestation key must have: the TPM made it, keeps it, and signs
/// with it only what it made itself.
const REQUIRED: TpmaObject = TpmaObject::FIXED_TPM
    .union(TpmaObject::FIXED_PARENT)
    .union(TpmaObject::SENSITIVE_DATA_ORIGIN)
    .union(TpmaObject::RESTRICTED)
    .union(TpmaObject::SIGN);

/// Attributes that it must not have.
const FORBIDDEN: TpmaObject = TpmaObject::DECRYPT
    .union(TpmaObject::ENCRYPTED_DUPLICATION)
    .union(TpmaObject::RESERVED);

/// `key-attributes`.
pub(super) fn check_attributes(attributes: TpmaObject) -> Result<(), KeyProblem> {
    let missing = REQUIRED.difference(attributes);
    let forbidden = attributes.intersection(FORBIDDEN);
    if missing.0 == 0 && forbidden.0 == 0 {
        Ok(())
    } else {
        Err(KeyProblem::Attributes { missing, forbidden })
    }
}

/// `key-strength` of an RSA key.
pub(crate) fn check_rsa_strength<'a>(
    rsa: &ParmsAndId<TpmsRsaParms, Tpm2bPublicKeyRsa<'a>>,
    rules: KeyRules,
) -> Result<(PublicKey<'a>, KeyAlgorithm), KeyProblem> {
    let bits = rsa.parameters.key_bits;
    let modulus = rsa.unique.bytes();
    let problem = match bits {
        1024 if rules.rsa_1024 => None,
        2048 | 3072 | 4096 => None,
        2049..=4095 => Some(KeyProblem::RsaBitsUnsupported(bits)),
        _ => Some(KeyProblem::RsaBits(bits)),
    };
    let expected = usize::from(bits >> 3);
    let problem = problem.or_else(|| match (modulus, modulus.last()) {
        _ if modulus.len() != expected => Some(KeyProblem::ModulusLength {
            expected,
            found: modulus.len(),
        }),
        ([0..0x80, ..], _) => Some(KeyProblem::ModulusTopBit),
        (_, Some(last)) if last & 1 == 0 => Some(KeyProblem::ModulusEven),
        _ => match rsa.parameters.exponent {
            0 | 65537 if is_roca(modulus) => Some(KeyProblem::Roca),
            0 | 65537 => None,
            other => Some(KeyProblem::Exponent(other)),
        },
    });
    match problem {
        None => Ok((PublicKey::Rsa { modulus }, KeyAlgorithm::Rsa(bits))),
        Some(problem) => Err(problem),
    }
}

/// `key-strength` of an ECC key, but for the point.
pub(crate) fn check_ecc_strength<'a>(
    ecc: &ParmsAndId<TpmsEccParms, TpmsEccPoint<'a>>,
) -> Result<(PublicKey<'a>, KeyAlgorithm), KeyProblem> {
    let id = ecc.parameters.curve_id;
    let curve = Curve::try_from(id).map_err(|_| KeyProblem::Curve(id))?;
    let (x, y) = (ecc.unique.x.bytes(), ecc.unique.y.bytes());
    Ok((PublicKey::Ecc { curve, x, y }, KeyAlgorithm::Ecc(curve)))
}

/// `key-strength`: what only the engine can tell.
pub(super) fn check_numbers(
    key: &PublicKey<'_>,
    crypto: &dyn SignatureVerifier,
) -> Result<(), KeyProblem> {
    crypto.check_key(key).map_err(|error| match (error, key) {
        (SignatureError::Invalid, _) => KeyProblem::Point,
        (SignatureError::Unsupported, PublicKey::Rsa { .. }) => KeyProblem::NoRsa,
        (SignatureError::Unsupported, PublicKey::Ecc { .. }) => KeyProblem::NoEcdsa,
    })
}

/// `key-scheme` of an RSA key.
pub(super) fn check_rsa_scheme(parameters: &TpmsRsaParms) -> Result<SigningScheme, KeyProblem> {
    let scheme = parameters.scheme.selector();
    let hash = match parameters.scheme {
        TpmtRsaScheme::RsaSsa(hash) | TpmtRsaScheme::RsaPss(hash) => hash,
        TpmtRsaScheme::Null => return Err(KeyProblem::SchemeNotFixed),
        TpmtRsaScheme::RsaEs | TpmtRsaScheme::Oaep(_) => {
            return Err(KeyProblem::SchemeNotSigning(scheme));
        }
    };
    check_symmetric(&parameters.symmetric)?;
    check_hash(scheme, hash)
}

/// `key-scheme` of an ECC key.
pub(super) fn check_ecc_scheme(parameters: &TpmsEccParms) -> Result<SigningScheme, KeyProblem> {
    let scheme = parameters.scheme.selector();
    let hash = match parameters.scheme {
        TpmtEccScheme::EcDsa(hash) => hash,
        TpmtEccScheme::Null => return Err(KeyProblem::SchemeNotFixed),
        TpmtEccScheme::EcDh(_) | TpmtEccScheme::EcMqv(_) => {
            return Err(KeyProblem::SchemeNotSigning(scheme));
        }
        TpmtEccScheme::EcDaa(_)
        | TpmtEccScheme::Sm2(_)
        | TpmtEccScheme::EcSchnorr(_)
        | TpmtEccScheme::EdDsa
        | TpmtEccScheme::HashEdDsa => return Err(KeyProblem::SchemeUnsupported(scheme)),
    };
    check_symmetric(&parameters.symmetric)?;
    match parameters.kdf {
        TpmtKdfScheme::Null => check_hash(scheme, hash),
        kdf => Err(KeyProblem::Kdf(kdf.selector())),
    }
}

fn check_symmetric(symmetric: &TpmtSymDefObject) -> Result<(), KeyProblem> {
    match symmetric {
        TpmtSymDefObject::Null => Ok(()),
        other => Err(KeyProblem::Symmetric(other.selector())),
    }
}

/// SHA-1 passes here: whether its signatures count is the policy's to say.
pub(super) fn check_hash(scheme: TpmAlgId, hash: TpmAlgId) -> Result<SigningScheme, KeyProblem> {
    match hash {
        TpmAlgId::SHA1 | TpmAlgId::SHA256 | TpmAlgId::SHA384 | TpmAlgId::SHA512 => {
            Ok(SigningScheme { scheme, hash })
        }
        other => Err(KeyProblem::HashUnsupported(other)),
    }
}

/// `key-scheme`: the part that makes the Name.
pub(super) fn check_name(area: &TpmtPublic<'_>, rules: KeyRules) -> Result<(), KeyProblem> {
    match area.name_alg {
        TpmAlgId::SHA256 | TpmAlgId::SHA384 | TpmAlgId::SHA512 => {}
        TpmAlgId::SHA1 if rules.sha1_names => {}
        TpmAlgId::SHA1 => return Err(KeyProblem::NameSha1),
        TpmAlgId::NULL => return Err(KeyProblem::NoName),
        other => return Err(KeyProblem::NameAlgUnsupported(other)),
    }
    let expected = area.name_alg.digest_size().unwrap_or(0);
    match area.auth_policy.bytes().len() {
        0 => Ok(()),
        found if found == expected => Ok(()),
        found => Err(KeyProblem::AuthPolicy { expected, found }),
    }
}
