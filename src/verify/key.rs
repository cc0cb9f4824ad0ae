//! Attestation keys: what they have to be, and what they are worth.

mod plain;
#[cfg(any(feature = "spki", feature = "certificate"))]
pub(crate) mod spki;

use core::fmt;

pub use self::plain::PlainKey;
use super::{KeySchemeProblem, KeyStrengthProblem, KeyTrust, VerifyError};
use crate::{
    crypto::{
        Curve, Name, PreparedKey, PublicKey, SignatureError, SignatureVerifier, Software, is_roca,
    },
    types::{
        ParmsAndId, Tpm2bPublic, Tpm2bPublicKeyRsa, TpmAlgId, TpmaObject, TpmsEccParms,
        TpmsEccPoint, TpmsRsaParms, TpmtEccScheme, TpmtKdfScheme, TpmtPublic, TpmtRsaScheme,
        TpmtSymDefObject, TpmuPublic,
    },
};

/// A key that may sign quotes. Its attributes, strength and scheme were judged
/// when it was made; how it was made is what it is worth.
#[derive(Clone, Copy, Debug)]
pub struct AttestationKey<'a> {
    pub(crate) key: PublicKey<'a>,
    pub(crate) scheme: SigningScheme,
    algorithm: KeyAlgorithm,
    name: Name,
    /// Its qualified name, if the anchor tells.
    qualified_name: Option<Name>,
    trust: KeyTrust,
}

/// The scheme and hash that a key is bound to. As text, `rsassa-sha256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningScheme {
    /// `TPM_ALG_RSASSA`, `TPM_ALG_RSAPSS` or `TPM_ALG_ECDSA`.
    pub scheme: TpmAlgId,
    /// The hash of the message, and of the PCR values.
    pub hash: TpmAlgId,
}

impl fmt::Display for SigningScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.scheme {
            TpmAlgId::RSASSA => "rsassa",
            TpmAlgId::RSAPSS => "rsapss",
            _ => "ecdsa",
        })?;
        f.write_str(match self.hash {
            TpmAlgId::SHA1 => "-sha1",
            TpmAlgId::SHA256 => "-sha256",
            TpmAlgId::SHA384 => "-sha384",
            _ => "-sha512",
        })
    }
}

/// The kind and size of a key. As text, `rsa-2048` or `ecc-p256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA, with a modulus of this many bits.
    Rsa(u16),
    /// ECC, on this curve.
    Ecc(Curve),
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(f, "rsa-{bits}"),
            Self::Ecc(Curve::P256) => f.write_str("ecc-p256"),
            Self::Ecc(Curve::P384) => f.write_str("ecc-p384"),
            Self::Ecc(Curve::P521) => f.write_str("ecc-p521"),
        }
    }
}

/// What else than the strict rules a key may be.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct KeyRules {
    pub(super) sha1_names: bool,
    rsa_1024: bool,
}

impl KeyRules {
    /// The strict rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts keys whose Name is made with SHA-1: two keys can have one Name.
    pub fn dangerous_allow_sha1_names(self) -> Self {
        Self {
            sha1_names: true,
            ..self
        }
    }

    /// Accepts RSA keys of 1024 bits, which can be broken.
    pub fn dangerous_allow_rsa_1024(self) -> Self {
        Self {
            rsa_1024: true,
            ..self
        }
    }
}

/// Attributes that a quote's key must have: the TPM made it, keeps it, and signs
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

impl<'a> AttestationKey<'a> {
    /// A key that nothing but its own message vouches for. No other key does,
    /// nor does a certificate that comes along: that of an endorsement key says
    /// nothing of this one.
    ///
    /// # Errors
    /// The key fails one of the checks `key-type`, `key-attributes`,
    /// `key-strength` and `key-scheme`.
    pub fn self_asserted(public: &Tpm2bPublic<'a>) -> Result<Self, VerifyError> {
        Self::self_asserted_with(public, KeyRules::new(), &Software)
    }

    /// As [`self_asserted`](Self::self_asserted), by other rules and with a
    /// verifier of the caller's.
    ///
    /// # Errors
    /// As there.
    pub fn self_asserted_with(
        public: &Tpm2bPublic<'a>,
        rules: KeyRules,
        verifier: &dyn SignatureVerifier,
    ) -> Result<Self, VerifyError> {
        Self::judge(public, rules, verifier)
    }

    /// Its Name; empty if only its numbers are known.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Its qualified name, if its anchor tells.
    #[must_use]
    pub const fn qualified_name(&self) -> Option<&Name> {
        self.qualified_name.as_ref()
    }

    /// What vouches for it.
    #[must_use]
    pub const fn trust(&self) -> KeyTrust {
        self.trust
    }

    /// Its kind and size.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The scheme and hash that it is bound to.
    #[must_use]
    pub const fn scheme(&self) -> SigningScheme {
        self.scheme
    }

    /// A verifier that knows this key, for when it signs more than one quote: the first
    /// argument of [`verify_quote_with`](super::verify_quote_with).
    #[must_use]
    pub fn prepare(&self) -> PreparedKey<'a> {
        PreparedKey::new(self.key)
    }

    /// The key, now that something vouches for it.
    pub(super) fn anchored(self, trust: KeyTrust, qualified_name: Option<Name>) -> Self {
        Self {
            qualified_name,
            trust,
            ..self
        }
    }

    /// The checks of a key that nothing vouches for yet, in their order.
    fn judge(
        public: &Tpm2bPublic<'a>,
        rules: KeyRules,
        verifier: &dyn SignatureVerifier,
    ) -> Result<Self, VerifyError> {
        let area = public.value();
        let (key, algorithm, scheme) = match &area.key {
            TpmuPublic::Rsa(rsa) => {
                check_attributes(area.object_attributes)?;
                let (key, algorithm) =
                    check_rsa_strength(rsa, rules).map_err(VerifyError::KeyStrength)?;
                (key, algorithm, check_rsa_scheme(&rsa.parameters))
            }
            TpmuPublic::Ecc(ecc) => {
                check_attributes(area.object_attributes)?;
                let (key, algorithm) = check_ecc_strength(ecc).map_err(VerifyError::KeyStrength)?;
                (key, algorithm, check_ecc_scheme(&ecc.parameters))
            }
            other => {
                let found = other.selector();
                return Err(VerifyError::KeyType { found });
            }
        };
        check_numbers(&key, verifier)?;
        let scheme = scheme
            .and_then(|scheme| check_name(area, rules).map(|()| scheme))
            .map_err(VerifyError::KeyScheme)?;
        let name = Name::of_public(public).ok_or(VerifyError::KeyScheme(
            KeySchemeProblem::NameAlg(area.name_alg),
        ))?;
        Ok(Self {
            key,
            scheme,
            algorithm,
            name,
            qualified_name: None,
            trust: KeyTrust::SelfAsserted,
        })
    }
}

/// `key-attributes`.
fn check_attributes(attributes: TpmaObject) -> Result<(), VerifyError> {
    let missing = REQUIRED.difference(attributes);
    let forbidden = attributes.intersection(FORBIDDEN);
    if missing.0 == 0 && forbidden.0 == 0 {
        Ok(())
    } else {
        Err(VerifyError::KeyAttributes { missing, forbidden })
    }
}

/// `key-strength` of an RSA key.
pub(super) fn check_rsa_strength<'a>(
    rsa: &ParmsAndId<TpmsRsaParms, Tpm2bPublicKeyRsa<'a>>,
    rules: KeyRules,
) -> Result<(PublicKey<'a>, KeyAlgorithm), KeyStrengthProblem> {
    let bits = rsa.parameters.key_bits;
    let modulus = rsa.unique.bytes();
    let problem = match bits {
        1024 if rules.rsa_1024 => None,
        2048 | 3072 | 4096 => None,
        2049..=4095 => Some(KeyStrengthProblem::RsaBitsUnsupported(bits)),
        _ => Some(KeyStrengthProblem::RsaBits(bits)),
    };
    let expected = usize::from(bits >> 3);
    let problem = problem.or_else(|| match (modulus, modulus.last()) {
        _ if modulus.len() != expected => Some(KeyStrengthProblem::ModulusLength {
            expected,
            found: modulus.len(),
        }),
        ([0..0x80, ..], _) => Some(KeyStrengthProblem::ModulusTopBit),
        (_, Some(last)) if last & 1 == 0 => Some(KeyStrengthProblem::ModulusEven),
        _ => match rsa.parameters.exponent {
            0 | 65537 if is_roca(modulus) => Some(KeyStrengthProblem::Roca),
            0 | 65537 => None,
            other => Some(KeyStrengthProblem::Exponent(other)),
        },
    });
    match problem {
        None => Ok((PublicKey::Rsa { modulus }, KeyAlgorithm::Rsa(bits))),
        Some(problem) => Err(problem),
    }
}

/// `key-strength` of an ECC key, but for the point.
pub(super) fn check_ecc_strength<'a>(
    ecc: &ParmsAndId<TpmsEccParms, TpmsEccPoint<'a>>,
) -> Result<(PublicKey<'a>, KeyAlgorithm), KeyStrengthProblem> {
    let id = ecc.parameters.curve_id;
    let curve = Curve::try_from(id).map_err(|_| KeyStrengthProblem::Curve(id))?;
    let (x, y) = (ecc.unique.x.bytes(), ecc.unique.y.bytes());
    Ok((PublicKey::Ecc { curve, x, y }, KeyAlgorithm::Ecc(curve)))
}

/// `key-strength`: what only the verifier can tell.
fn check_numbers(key: &PublicKey<'_>, verifier: &dyn SignatureVerifier) -> Result<(), VerifyError> {
    verifier.check_key(key).map_err(|error| {
        VerifyError::KeyStrength(match error {
            SignatureError::Invalid => KeyStrengthProblem::Point,
            SignatureError::Unsupported => KeyStrengthProblem::Unsupported,
        })
    })
}

/// `key-scheme` of an RSA key.
fn check_rsa_scheme(parameters: &TpmsRsaParms) -> Result<SigningScheme, KeySchemeProblem> {
    let scheme = parameters.scheme.selector();
    let hash = match parameters.scheme {
        TpmtRsaScheme::RsaSsa(hash) | TpmtRsaScheme::RsaPss(hash) => hash,
        TpmtRsaScheme::Null => return Err(KeySchemeProblem::Open),
        TpmtRsaScheme::RsaEs | TpmtRsaScheme::Oaep(_) => {
            return Err(KeySchemeProblem::NotSigning(scheme));
        }
    };
    check_symmetric(&parameters.symmetric)?;
    check_hash(scheme, hash)
}

/// `key-scheme` of an ECC key.
fn check_ecc_scheme(parameters: &TpmsEccParms) -> Result<SigningScheme, KeySchemeProblem> {
    let scheme = parameters.scheme.selector();
    let hash = match parameters.scheme {
        TpmtEccScheme::EcDsa(hash) => hash,
        TpmtEccScheme::Null => return Err(KeySchemeProblem::Open),
        TpmtEccScheme::EcDh(_) | TpmtEccScheme::EcMqv(_) => {
            return Err(KeySchemeProblem::NotSigning(scheme));
        }
        TpmtEccScheme::EcDaa(_)
        | TpmtEccScheme::Sm2(_)
        | TpmtEccScheme::EcSchnorr(_)
        | TpmtEccScheme::EdDsa
        | TpmtEccScheme::HashEdDsa => return Err(KeySchemeProblem::Scheme(scheme)),
    };
    check_symmetric(&parameters.symmetric)?;
    match parameters.kdf {
        TpmtKdfScheme::Null => check_hash(scheme, hash),
        kdf => Err(KeySchemeProblem::Kdf(kdf.selector())),
    }
}

fn check_symmetric(symmetric: &TpmtSymDefObject) -> Result<(), KeySchemeProblem> {
    match symmetric {
        TpmtSymDefObject::Null => Ok(()),
        other => Err(KeySchemeProblem::Symmetric(other.selector())),
    }
}

/// SHA-1 passes here: whether its signatures count is the policy's to say.
fn check_hash(scheme: TpmAlgId, hash: TpmAlgId) -> Result<SigningScheme, KeySchemeProblem> {
    match hash {
        TpmAlgId::SHA1 | TpmAlgId::SHA256 | TpmAlgId::SHA384 | TpmAlgId::SHA512 => {
            Ok(SigningScheme { scheme, hash })
        }
        other => Err(KeySchemeProblem::Hash(other)),
    }
}

/// `key-scheme`: the part that makes the Name.
pub(super) fn check_name(area: &TpmtPublic<'_>, rules: KeyRules) -> Result<(), KeySchemeProblem> {
    match area.name_alg {
        TpmAlgId::SHA256 | TpmAlgId::SHA384 | TpmAlgId::SHA512 => {}
        TpmAlgId::SHA1 if rules.sha1_names => {}
        TpmAlgId::SHA1 => return Err(KeySchemeProblem::NameSha1),
        TpmAlgId::NULL => return Err(KeySchemeProblem::NoName),
        other => return Err(KeySchemeProblem::NameAlg(other)),
    }
    let expected = area.name_alg.digest_size().unwrap_or(0);
    match area.auth_policy.bytes().len() {
        0 => Ok(()),
        found if found == expected => Ok(()),
        found => Err(KeySchemeProblem::AuthPolicy { expected, found }),
    }
}
