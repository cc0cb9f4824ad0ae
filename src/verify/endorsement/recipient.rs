//! What a key has to be for a credential to be for it.

use core::{error::Error, fmt};

use crate::{
    crypto::{Cipher, Recipient},
    types::{
        Tpm2bPublic, TpmAlgId, TpmaObject, TpmtEccScheme, TpmtKdfScheme, TpmtRsaScheme,
        TpmtSymDefObject, TpmuPublic,
    },
    verify::{
        Check, Excerpt, KeyRules, KeyStrengthProblem, Verdict, VerifyError,
        key::{check_ecc_strength, check_rsa_strength},
        text::write_attributes,
    },
};

/// Attributes that the recipient of a credential must have: the TPM made it, keeps it,
/// and decrypts with it only what has the form of a seed.
const REQUIRED: TpmaObject = TpmaObject::FIXED_TPM
    .union(TpmaObject::FIXED_PARENT)
    .union(TpmaObject::SENSITIVE_DATA_ORIGIN)
    .union(TpmaObject::RESTRICTED)
    .union(TpmaObject::DECRYPT);

/// Attributes that it must not have.
const FORBIDDEN: TpmaObject = TpmaObject::SIGN
    .union(TpmaObject::ENCRYPTED_DUPLICATION)
    .union(TpmaObject::RESERVED);

/// The key as the recipient of a credential; whether its point is on its curve is only
/// seen when it is used.
pub(in crate::verify) fn recipient<'a>(
    public: &Tpm2bPublic<'a>,
) -> Result<Recipient<'a>, EndorsementError> {
    let area = public.value();
    let attributes = || {
        let missing = REQUIRED.difference(area.object_attributes);
        let forbidden = area.object_attributes.intersection(FORBIDDEN);
        match (missing.0, forbidden.0) {
            (0, 0) => Ok(()),
            _ => Err(EndorsementError::Attributes { missing, forbidden }),
        }
    };
    let (key, symmetric) = match &area.key {
        TpmuPublic::Rsa(rsa) => {
            attributes()?;
            let (key, _) =
                check_rsa_strength(rsa, KeyRules::new()).map_err(EndorsementError::Strength)?;
            if rsa.parameters.scheme != TpmtRsaScheme::Null {
                let scheme = rsa.parameters.scheme.selector();
                return Err(EndorsementError::Scheme(scheme));
            }
            (key, rsa.parameters.symmetric)
        }
        TpmuPublic::Ecc(ecc) => {
            attributes()?;
            let (key, _) = check_ecc_strength(ecc).map_err(EndorsementError::Strength)?;
            if ecc.parameters.scheme != TpmtEccScheme::Null {
                let scheme = ecc.parameters.scheme.selector();
                return Err(EndorsementError::Scheme(scheme));
            }
            if ecc.parameters.kdf != TpmtKdfScheme::Null {
                return Err(EndorsementError::Kdf(ecc.parameters.kdf.selector()));
            }
            (key, ecc.parameters.symmetric)
        }
        other => return Err(EndorsementError::Type(other.selector())),
    };
    let cipher = match symmetric {
        TpmtSymDefObject::Aes(cipher) => match (cipher.key_bits, cipher.mode) {
            (128, TpmAlgId::CFB) => Cipher::Aes128,
            (256, TpmAlgId::CFB) => Cipher::Aes256,
            (bits, mode) => return Err(EndorsementError::Aes { bits, mode }),
        },
        TpmtSymDefObject::Null => return Err(EndorsementError::NoCipher),
        other => return Err(EndorsementError::Cipher(other.selector())),
    };
    match area.name_alg {
        hash @ (TpmAlgId::SHA256 | TpmAlgId::SHA384 | TpmAlgId::SHA512) => {
            Ok(Recipient { key, hash, cipher })
        }
        TpmAlgId::NULL => Err(EndorsementError::NoName),
        other => Err(EndorsementError::NameAlg(other)),
    }
}

/// Why a key is not an endorsement key, or not one that is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub enum EndorsementError {
    /// It is not an RSA or ECC key.
    Type(TpmAlgId),
    /// Its attributes are not those of an endorsement key.
    Attributes {
        /// Attributes that it lacks.
        missing: TpmaObject,
        /// Attributes that it must not have, reserved bits among them.
        forbidden: TpmaObject,
    },
    /// It is weak, or not a key.
    Strength(KeyStrengthProblem),
    /// `scheme` is not `TPM_ALG_NULL`.
    Scheme(TpmAlgId),
    /// `kdf` is not `TPM_ALG_NULL`.
    Kdf(TpmAlgId),
    /// `symmetric` is `TPM_ALG_NULL`.
    NoCipher,
    /// `symmetric` is not AES.
    Cipher(TpmAlgId),
    /// `symmetric` is AES in another form than with 128 or 256 bits in CFB mode.
    Aes {
        /// Size of its key, in bits.
        bits: u16,
        /// Its mode.
        mode: TpmAlgId,
    },
    /// `nameAlg` is `TPM_ALG_NULL`.
    NoName,
    /// `nameAlg` is not supported.
    NameAlg(TpmAlgId),
    /// The list of names that may be pinned is empty.
    NoPinnedNames,
    /// Its Name is not one of the pinned ones.
    NotPinned {
        /// Its Name.
        name: Excerpt,
    },
    /// The certificate is for another key.
    OtherKey,
}

impl EndorsementError {
    /// The check that failed, of those of a key.
    #[must_use]
    pub const fn check(&self) -> Check {
        match self {
            Self::Type(_) => Check::KeyType,
            Self::Attributes { .. } => Check::KeyAttributes,
            Self::Strength(_) => Check::KeyStrength,
            Self::Scheme(_)
            | Self::Kdf(_)
            | Self::NoCipher
            | Self::Cipher(_)
            | Self::Aes { .. }
            | Self::NoName
            | Self::NameAlg(_) => Check::KeyScheme,
            Self::NoPinnedNames | Self::NotPinned { .. } | Self::OtherKey => Check::KeyAnchor,
        }
    }

    /// What the error says about the key.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Strength(problem) => VerifyError::KeyStrength(*problem).verdict(),
            Self::Type(found) => VerifyError::KeyType { found: *found }.verdict(),
            Self::Cipher(_) | Self::Aes { .. } | Self::NameAlg(_) => Verdict::Unsupported,
            Self::Attributes { .. }
            | Self::Scheme(_)
            | Self::Kdf(_)
            | Self::NoCipher
            | Self::NoName
            | Self::NoPinnedNames
            | Self::NotPinned { .. }
            | Self::OtherKey => Verdict::Rejected,
        }
    }

    /// One sentence of help.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Type(_) => "A credential is for an RSA or ECC endorsement key.",
            Self::Strength(problem) => VerifyError::KeyStrength(*problem).help(),
            Self::Attributes { .. } | Self::Scheme(_) | Self::Kdf(_) | Self::NoCipher => {
                "Give the endorsement key, which is a restricted decryption key: not the attestation key, which signs."
            }
            Self::Cipher(_) | Self::Aes { .. } | Self::NoName | Self::NameAlg(_) => {
                "Use an endorsement key by one of the templates with SHA-256, SHA-384 or SHA-512 and AES in CFB mode."
            }
            Self::NoPinnedNames => "Give at least one name of an endorsement key that is trusted.",
            Self::NotPinned { .. } => {
                "Take the names of endorsement keys from the machines themselves or from their maker, not from this message."
            }
            Self::OtherKey => "Give the certificate of this key, or the key of this certificate.",
        }
    }
}

impl fmt::Display for EndorsementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Type(found) => {
                write!(f, "the endorsement key is a {found}, not an RSA or ECC key")
            }
            Self::Attributes { missing, forbidden } => {
                f.write_str("the attributes are not those of an endorsement key:")?;
                write_attributes(f, missing, forbidden)
            }
            Self::Strength(problem) => write!(f, "endorsement key: {problem}"),
            Self::Scheme(scheme) => write!(
                f,
                "the endorsement key's scheme is {scheme}, expected TPM_ALG_NULL"
            ),
            Self::Kdf(kdf) => write!(
                f,
                "the endorsement key's kdf is {kdf}, expected TPM_ALG_NULL"
            ),
            Self::NoCipher => {
                f.write_str("the endorsement key's symmetric is TPM_ALG_NULL, expected a cipher")
            }
            Self::Cipher(cipher) => write!(
                f,
                "the endorsement key's symmetric {cipher} is not supported, expected AES"
            ),
            Self::Aes { bits, mode } => write!(
                f,
                "the endorsement key's AES with {bits} bits in mode {mode} is not supported, expected 128 or 256 bits in TPM_ALG_CFB"
            ),
            Self::NoName => {
                f.write_str("the endorsement key's nameAlg is TPM_ALG_NULL: it has no name")
            }
            Self::NameAlg(alg) => {
                write!(f, "the endorsement key's nameAlg {alg} is not supported")
            }
            Self::NoPinnedNames => f.write_str("the list of pinned endorsement keys is empty"),
            Self::NotPinned { name } => write!(
                f,
                "the endorsement key's name {name} is not one of the pinned names"
            ),
            Self::OtherKey => f.write_str("the certificate is not for this endorsement key"),
        }
    }
}

impl Error for EndorsementError {}
