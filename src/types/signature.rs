//! Signatures (Part 2, 11.3).

use super::{
    buffers::{
        Tpm2bEccParameter, Tpm2bPublicKeyRsa, Tpm2bSignatureEddsa, Tpm2bSignatureMldsa, TpmtHa,
    },
    constants::TpmAlgId,
};

tpm_union! {
    /// A signature and the scheme that made it (Part 2, 11.3.4).
    pub enum TpmtSignature<'a> = "TPMT_SIGNATURE", "sigAlg": TpmAlgId {
        /// HMAC, which is no proof to anyone else.
        HMAC => Hmac(TpmtHa<'a> = "hmac"),
        /// None: there was no key.
        NULL => Null,
        /// PKCS #1 v1.5.
        RSASSA => RsaSsa(TpmsSignatureRsa<'a> = "rsassa"),
        /// PSS.
        RSAPSS => RsaPss(TpmsSignatureRsa<'a> = "rsapss"),
        /// ECDSA.
        ECDSA => EcDsa(TpmsSignatureEcc<'a> = "ecdsa"),
        /// ECDAA, anonymous.
        ECDAA => EcDaa(TpmsSignatureEcc<'a> = "ecdaa"),
        /// SM2.
        SM2 => Sm2(TpmsSignatureEcc<'a> = "sm2"),
        /// Schnorr.
        ECSCHNORR => EcSchnorr(TpmsSignatureEcc<'a> = "ecschnorr"),
        /// EdDSA, as version 1.85 lays it out: editions before had the type of
        /// ECDSA, which no TPM made.
        EDDSA => EdDsa(Tpm2bSignatureEddsa<'a> = "eddsa"),
        /// EdDSA of a digest (version 1.85).
        HASH_EDDSA => HashEdDsa(Tpm2bSignatureEddsa<'a> = "hash_eddsa"),
        /// ML-DSA (version 1.85).
        MLDSA => Mldsa(Tpm2bSignatureMldsa<'a> = "mldsa"),
        /// HashML-DSA (version 1.85).
        HASH_MLDSA => HashMldsa(TpmsSignatureHashMldsa<'a> = "hash_mldsa"),
    }
}

tpm_struct! {
    /// An RSA signature (Part 2, 11.3.1).
    pub struct TpmsSignatureRsa<'a> = "TPMS_SIGNATURE_RSA" {
        /// Hash of the message.
        hash: TpmAlgId = "hash",
        /// The signature, as long as the modulus.
        sig: Tpm2bPublicKeyRsa<'a> = "sig",
    }
}

tpm_struct! {
    /// A signature of two numbers (Part 2, 11.3.2).
    pub struct TpmsSignatureEcc<'a> = "TPMS_SIGNATURE_ECC" {
        /// Hash of the message.
        hash: TpmAlgId = "hash",
        /// First number, r.
        signature_r: Tpm2bEccParameter<'a> = "signatureR",
        /// Second number, s.
        signature_s: Tpm2bEccParameter<'a> = "signatureS",
    }
}

tpm_struct! {
    /// A HashML-DSA signature (version 1.85).
    pub struct TpmsSignatureHashMldsa<'a> = "TPMS_SIGNATURE_HASH_MLDSA" {
        /// Hash of the message.
        hash: TpmAlgId = "hash",
        /// The signature.
        signature: Tpm2bSignatureMldsa<'a> = "signature",
    }
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<TpmtSignature<'_>>() <= 48);
