//! The checks of a key that a credential is made for.

use crate::{
    crypto::{Cipher, Recipient},
    types::{
        Tpm2bPublic, TpmAlgId, TpmaObject, TpmtEccScheme, TpmtKdfScheme, TpmtRsaScheme,
        TpmtSymDefObject, TpmuPublic,
    },
    verify::{
        attestation_key::{KeyAlgorithm, check_ecc_strength, check_rsa_strength},
        error::EndorsementProblem,
        verifier::KeyRules,
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
/// seen when it is used. And its kind and size.
pub(super) fn recipient<'a>(
    public: &Tpm2bPublic<'a>,
) -> Result<(Recipient<'a>, KeyAlgorithm), EndorsementProblem> {
    let area = public.value();
    let attributes = || {
        let missing = REQUIRED.difference(area.object_attributes);
        let forbidden = area.object_attributes.intersection(FORBIDDEN);
        match (missing.0, forbidden.0) {
            (0, 0) => Ok(()),
            _ => Err(EndorsementProblem::Attributes { missing, forbidden }),
        }
    };
    let (key, algorithm, symmetric) = match &area.key {
        TpmuPublic::Rsa(rsa) => {
            attributes()?;
            let (key, algorithm) =
                check_rsa_strength(rsa, KeyRules::new()).map_err(EndorsementProblem::Strength)?;
            if rsa.parameters.scheme != TpmtRsaScheme::Null {
                let scheme = rsa.parameters.scheme.selector();
                return Err(EndorsementProblem::Scheme(scheme));
            }
            (key, algorithm, rsa.parameters.symmetric)
        }
        TpmuPublic::Ecc(ecc) => {
            attributes()?;
            let (key, algorithm) = check_ecc_strength(ecc).map_err(EndorsementProblem::Strength)?;
            if ecc.parameters.scheme != TpmtEccScheme::Null {
                let scheme = ecc.parameters.scheme.selector();
                return Err(EndorsementProblem::Scheme(scheme));
            }
            if ecc.parameters.kdf != TpmtKdfScheme::Null {
                return Err(EndorsementProblem::Kdf(ecc.parameters.kdf.selector()));
            }
            (key, algorithm, ecc.parameters.symmetric)
        }
        other => return Err(EndorsementProblem::Type(other.selector())),
    };
    let cipher = match symmetric {
        TpmtSymDefObject::Aes(cipher) => match (cipher.key_bits, cipher.mode) {
            (128, TpmAlgId::CFB) => Cipher::Aes128,
            (256, TpmAlgId::CFB) => Cipher::Aes256,
            (bits, mode) => return Err(EndorsementProblem::AesUnsupported { bits, mode }),
        },
        TpmtSymDefObject::Null => return Err(EndorsementProblem::NoCipher),
        other => return Err(EndorsementProblem::CipherUnsupported(other.selector())),
    };
    match area.name_alg {
        hash @ (TpmAlgId::SHA256 | TpmAlgId::SHA384 | TpmAlgId::SHA512) => {
            Ok((Recipient { key, hash, cipher }, algorithm))
        }
        TpmAlgId::NULL => Err(EndorsementProblem::NoName),
        other => Err(EndorsementProblem::NameAlgUnsupported(other)),
    }
}
