//! How a key is used: symmetric ciphers, signing and encryption schemes, key
//! derivation (Part 2, 11.1 and 11.2).

use super::constants::TpmAlgId;

tpm_union! {
    /// The symmetric cipher of an object (Part 2, 11.1.7).
    pub enum TpmtSymDefObject = "TPMT_SYM_DEF_OBJECT", "algorithm": TpmAlgId {
        /// Triple DES, which version 1.85 no longer has.
        TDES => Tdes(TpmsSymDef = "details"),
        /// AES.
        AES => Aes(TpmsSymDef = "details"),
        /// None: the object does not encrypt.
        NULL => Null,
        /// SM4.
        SM4 => Sm4(TpmsSymDef = "details"),
        /// Camellia.
        CAMELLIA => Camellia(TpmsSymDef = "details"),
    }
}

tpm_struct! {
    /// The unions `TPMU_SYM_KEY_BITS` and `TPMU_SYM_MODE`, which follow one
    /// another (Part 2, 11.1.3 and 11.1.4).
    pub struct TpmsSymDef = "TPMT_SYM_DEF_OBJECT" {
        /// Size of the cipher's key, in bits.
        key_bits: u16 = "keyBits",
        /// Mode; `TPM_ALG_NULL` leaves it to each use.
        mode: TpmAlgId = "mode",
    }
}

tpm_union! {
    /// The scheme of an RSA key (Part 2, 11.2.4.2). The id is that of its hash.
    pub enum TpmtRsaScheme = "TPMT_RSA_SCHEME", "scheme": TpmAlgId {
        /// Left to each use.
        NULL => Null,
        /// PKCS #1 v1.5 signatures.
        RSASSA => RsaSsa(TpmAlgId = "hashAlg"),
        /// PKCS #1 v1.5 encryption.
        RSAES => RsaEs,
        /// PSS signatures.
        RSAPSS => RsaPss(TpmAlgId = "hashAlg"),
        /// OAEP encryption.
        OAEP => Oaep(TpmAlgId = "hashAlg"),
    }
}

tpm_union! {
    /// The scheme of an ECC key (Part 2, 11.2.5.6). The id is that of its hash.
    ///
    /// Deviation: the table of 1.85 leaves out the arms of SM2, ECDH and ECMQV,
    /// which its selector lists and every implementation has.
    pub enum TpmtEccScheme = "TPMT_ECC_SCHEME", "scheme": TpmAlgId {
        /// Left to each use.
        NULL => Null,
        /// ECDSA signatures.
        ECDSA => EcDsa(TpmAlgId = "hashAlg"),
        /// One-pass Diffie-Hellman.
        ECDH => EcDh(TpmAlgId = "hashAlg"),
        /// Anonymous signatures.
        ECDAA => EcDaa(TpmsSchemeEcdaa = "details"),
        /// SM2 signatures.
        SM2 => Sm2(TpmAlgId = "hashAlg"),
        /// Schnorr signatures.
        ECSCHNORR => EcSchnorr(TpmAlgId = "hashAlg"),
        /// Two-phase key exchange.
        ECMQV => EcMqv(TpmAlgId = "hashAlg"),
        /// EdDSA signatures (version 1.85; no hash to choose).
        EDDSA => EdDsa,
        /// EdDSA signatures of a digest (version 1.85).
        HASH_EDDSA => HashEdDsa,
    }
}

tpm_struct! {
    /// The details of ECDAA (Part 2, 11.2.1.4).
    pub struct TpmsSchemeEcdaa = "TPMS_SCHEME_ECDAA" {
        /// Hash.
        hash_alg: TpmAlgId = "hashAlg",
        /// Counter that goes into the next commitment.
        count: u16 = "count",
    }
}

tpm_union! {
    /// How a key is derived (Part 2, 11.2.3.2). The id is that of its hash.
    pub enum TpmtKdfScheme = "TPMT_KDF_SCHEME", "scheme": TpmAlgId {
        /// Left to each use.
        NULL => Null,
        /// The mask generation of PKCS #1.
        MGF1 => Mgf1(TpmAlgId = "hashAlg"),
        /// SP 800-56C key derivation.
        KDF1_SP800_56A => Kdf1Sp80056a(TpmAlgId = "hashAlg"),
        /// The second function of IEEE 1363a.
        KDF2 => Kdf2(TpmAlgId = "hashAlg"),
        /// SP 800-108 key derivation.
        KDF1_SP800_108 => Kdf1Sp800108(TpmAlgId = "hashAlg"),
        /// HKDF (version 1.85).
        HKDF => Hkdf(TpmAlgId = "hashAlg"),
    }
}

tpm_union! {
    /// The scheme of a keyed hash object (Part 2, 11.1.23).
    pub enum TpmtKeyedhashScheme = "TPMT_KEYEDHASH_SCHEME", "scheme": TpmAlgId {
        /// None: sealed data, or left to each use.
        NULL => Null,
        /// HMAC, with this hash.
        HMAC => Hmac(TpmAlgId = "hashAlg"),
        /// Obfuscation by exclusive or.
        XOR => Xor(TpmsSchemeXor = "details"),
    }
}

tpm_struct! {
    /// The details of XOR (Part 2, 11.1.21).
    pub struct TpmsSchemeXor = "TPMS_SCHEME_XOR" {
        /// Hash.
        hash_alg: TpmAlgId = "hashAlg",
        /// Key derivation, an id without details.
        kdf: TpmAlgId = "kdf",
    }
}
