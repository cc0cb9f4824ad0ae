//! What libtss2 3.2 refuses and the specification allows.

use tpm_quote::types::*;

/// Why libtss2 refuses it. It does so whenever one of these holds, and never
/// otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OnlyOurs {
    /// Its `TPM2B_DATA` ends at 64 bytes; the specification's, at 66.
    DataOver64,
    /// Its `TPM2B_ENCRYPTED_SECRET` ends at 512 bytes, before ML-KEM.
    SecretOver512,
    /// `TPM_ST_ATTEST_NV_DIGEST`, new in 1.59.
    NvDigest,
    /// A `TPMT_HA` of SHA-256/192, SHA-3 or SHAKE256.
    Hash,
    /// `TPM_ALG_TDES` as the cipher of an object.
    Tdes,
    /// `TPM_ALG_KDF2`.
    Kdf2,
    /// `TPM_ALG_HKDF`, new in 1.85.
    Hkdf,
    /// `TPM_ALG_EDDSA` or `TPM_ALG_HASH_EDDSA` as a key's scheme, new in 1.85.
    EdDsaScheme,
    /// A signature of either.
    EdDsaSignature,
    /// A key for ML-KEM, ML-DSA or HashML-DSA, new in 1.85.
    MlKey,
    /// A signature of ML-DSA or HashML-DSA.
    MlSignature,
}

impl OnlyOurs {
    /// The closed list.
    pub const ALL: &[Self] = &[
        Self::DataOver64,
        Self::SecretOver512,
        Self::NvDigest,
        Self::Hash,
        Self::Tdes,
        Self::Kdf2,
        Self::Hkdf,
        Self::EdDsaScheme,
        Self::EdDsaSignature,
        Self::MlKey,
        Self::MlSignature,
    ];
}

type Refused = Option<OnlyOurs>;

pub fn nothing<T>(_: &T) -> Refused {
    None
}

pub fn data(data: &Tpm2bData<'_>) -> Refused {
    (data.bytes().len() > 64).then_some(OnlyOurs::DataOver64)
}

pub fn secret(secret: &Tpm2bEncryptedSecret<'_>) -> Refused {
    (secret.bytes().len() > 512).then_some(OnlyOurs::SecretOver512)
}

pub fn attest(attest: &TpmsAttest<'_>) -> Refused {
    data(&attest.extra_data).or(match attest.attested {
        TpmuAttest::NvDigest(_) => Some(OnlyOurs::NvDigest),
        _ => None,
    })
}

pub fn creation_data(creation: &TpmsCreationData<'_>) -> Refused {
    data(&creation.outside_info)
}

pub fn ha(ha: &TpmtHa<'_>) -> Refused {
    match ha.hash_alg() {
        TpmAlgId::SHA256_192
        | TpmAlgId::SHA3_256
        | TpmAlgId::SHA3_384
        | TpmAlgId::SHA3_512
        | TpmAlgId::SHAKE256_192
        | TpmAlgId::SHAKE256_256
        | TpmAlgId::SHAKE256_512 => Some(OnlyOurs::Hash),
        _ => None,
    }
}

pub fn sym_def_object(cipher: &TpmtSymDefObject) -> Refused {
    matches!(cipher, TpmtSymDefObject::Tdes(_)).then_some(OnlyOurs::Tdes)
}

pub fn ecc_scheme(scheme: &TpmtEccScheme) -> Refused {
    matches!(scheme, TpmtEccScheme::EdDsa | TpmtEccScheme::HashEdDsa)
        .then_some(OnlyOurs::EdDsaScheme)
}

pub fn kdf_scheme(scheme: &TpmtKdfScheme) -> Refused {
    match scheme {
        TpmtKdfScheme::Kdf2(_) => Some(OnlyOurs::Kdf2),
        TpmtKdfScheme::Hkdf(_) => Some(OnlyOurs::Hkdf),
        _ => None,
    }
}

pub fn rsa_parms(parms: &TpmsRsaParms) -> Refused {
    sym_def_object(&parms.symmetric)
}

pub fn ecc_parms(parms: &TpmsEccParms) -> Refused {
    sym_def_object(&parms.symmetric)
        .or_else(|| ecc_scheme(&parms.scheme))
        .or_else(|| kdf_scheme(&parms.kdf))
}

pub fn symcipher_parms(parms: &TpmsSymcipherParms) -> Refused {
    sym_def_object(&parms.sym)
}

pub fn public(public: &TpmtPublic<'_>) -> Refused {
    match &public.key {
        TpmuPublic::Rsa(key) => rsa_parms(&key.parameters),
        TpmuPublic::Ecc(key) => ecc_parms(&key.parameters),
        TpmuPublic::Symcipher(key) => symcipher_parms(&key.parameters),
        TpmuPublic::Mlkem(_) | TpmuPublic::Mldsa(_) | TpmuPublic::HashMldsa(_) => {
            Some(OnlyOurs::MlKey)
        }
        _ => None,
    }
}

pub fn signature(signature: &TpmtSignature<'_>) -> Refused {
    match signature {
        TpmtSignature::Hmac(digest) => ha(digest),
        TpmtSignature::EdDsa(_) | TpmtSignature::HashEdDsa(_) => Some(OnlyOurs::EdDsaSignature),
        TpmtSignature::Mldsa(_) | TpmtSignature::HashMldsa(_) => Some(OnlyOurs::MlSignature),
        _ => None,
    }
}
