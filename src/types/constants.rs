//! Ids: algorithms, curves, structure tags, handles (Part 2, 6 and 7).

tpm_constants! {
    /// An algorithm (Part 2, 6.3).
    pub struct TpmAlgId(u16) = "TPM_ALG_ID", id {
        ERROR = 0x0000, "TPM_ALG_ERROR";
        RSA = 0x0001, "TPM_ALG_RSA";
        TDES = 0x0003, "TPM_ALG_TDES";
        SHA1 = 0x0004, "TPM_ALG_SHA1";
        HMAC = 0x0005, "TPM_ALG_HMAC";
        AES = 0x0006, "TPM_ALG_AES";
        MGF1 = 0x0007, "TPM_ALG_MGF1";
        KEYEDHASH = 0x0008, "TPM_ALG_KEYEDHASH";
        XOR = 0x000a, "TPM_ALG_XOR";
        SHA256 = 0x000b, "TPM_ALG_SHA256";
        SHA384 = 0x000c, "TPM_ALG_SHA384";
        SHA512 = 0x000d, "TPM_ALG_SHA512";
        SHA256_192 = 0x000e, "TPM_ALG_SHA256_192";
        NULL = 0x0010, "TPM_ALG_NULL";
        SM3_256 = 0x0012, "TPM_ALG_SM3_256";
        SM4 = 0x0013, "TPM_ALG_SM4";
        RSASSA = 0x0014, "TPM_ALG_RSASSA";
        RSAES = 0x0015, "TPM_ALG_RSAES";
        RSAPSS = 0x0016, "TPM_ALG_RSAPSS";
        OAEP = 0x0017, "TPM_ALG_OAEP";
        ECDSA = 0x0018, "TPM_ALG_ECDSA";
        ECDH = 0x0019, "TPM_ALG_ECDH";
        ECDAA = 0x001a, "TPM_ALG_ECDAA";
        SM2 = 0x001b, "TPM_ALG_SM2";
        ECSCHNORR = 0x001c, "TPM_ALG_ECSCHNORR";
        ECMQV = 0x001d, "TPM_ALG_ECMQV";
        HKDF = 0x001f, "TPM_ALG_HKDF";
        KDF1_SP800_56A = 0x0020, "TPM_ALG_KDF1_SP800_56A";
        KDF2 = 0x0021, "TPM_ALG_KDF2";
        KDF1_SP800_108 = 0x0022, "TPM_ALG_KDF1_SP800_108";
        ECC = 0x0023, "TPM_ALG_ECC";
        SYMCIPHER = 0x0025, "TPM_ALG_SYMCIPHER";
        CAMELLIA = 0x0026, "TPM_ALG_CAMELLIA";
        SHA3_256 = 0x0027, "TPM_ALG_SHA3_256";
        SHA3_384 = 0x0028, "TPM_ALG_SHA3_384";
        SHA3_512 = 0x0029, "TPM_ALG_SHA3_512";
        SHAKE128 = 0x002a, "TPM_ALG_SHAKE128";
        SHAKE256 = 0x002b, "TPM_ALG_SHAKE256";
        SHAKE256_192 = 0x002c, "TPM_ALG_SHAKE256_192";
        SHAKE256_256 = 0x002d, "TPM_ALG_SHAKE256_256";
        SHAKE256_512 = 0x002e, "TPM_ALG_SHAKE256_512";
        CMAC = 0x003f, "TPM_ALG_CMAC";
        CTR = 0x0040, "TPM_ALG_CTR";
        OFB = 0x0041, "TPM_ALG_OFB";
        CBC = 0x0042, "TPM_ALG_CBC";
        CFB = 0x0043, "TPM_ALG_CFB";
        ECB = 0x0044, "TPM_ALG_ECB";
        CCM = 0x0050, "TPM_ALG_CCM";
        GCM = 0x0051, "TPM_ALG_GCM";
        KW = 0x0052, "TPM_ALG_KW";
        KWP = 0x0053, "TPM_ALG_KWP";
        EAX = 0x0054, "TPM_ALG_EAX";
        EDDSA = 0x0060, "TPM_ALG_EDDSA";
        HASH_EDDSA = 0x0061, "TPM_ALG_HASH_EDDSA";
        LMS = 0x0070, "TPM_ALG_LMS";
        XMSS = 0x0071, "TPM_ALG_XMSS";
        KEYEDXOF = 0x0080, "TPM_ALG_KEYEDXOF";
        KMACXOF128 = 0x0081, "TPM_ALG_KMACXOF128";
        KMACXOF256 = 0x0082, "TPM_ALG_KMACXOF256";
        KMAC128 = 0x0090, "TPM_ALG_KMAC128";
        KMAC256 = 0x0091, "TPM_ALG_KMAC256";
        MLKEM = 0x00a0, "TPM_ALG_MLKEM";
        MLDSA = 0x00a1, "TPM_ALG_MLDSA";
        HASH_MLDSA = 0x00a2, "TPM_ALG_HASH_MLDSA";
    }
}

impl TpmAlgId {
    /// The size of this hash's digest, in bytes; `None` if it is not a hash of
    /// a fixed size that this crate knows.
    #[must_use]
    pub const fn digest_size(self) -> Option<usize> {
        Some(match self {
            Self::SHA1 => 20,
            Self::SHA256_192 | Self::SHAKE256_192 => 24,
            Self::SHA256 | Self::SM3_256 | Self::SHA3_256 | Self::SHAKE256_256 => 32,
            Self::SHA384 | Self::SHA3_384 => 48,
            Self::SHA512 | Self::SHA3_512 | Self::SHAKE256_512 => 64,
            _ => return None,
        })
    }
}

tpm_constants! {
    /// An elliptic curve (Part 2, 6.4).
    pub struct TpmEccCurve(u16) = "TPM_ECC_CURVE", id {
        NONE = 0x0000, "TPM_ECC_NONE";
        NIST_P192 = 0x0001, "TPM_ECC_NIST_P192";
        NIST_P224 = 0x0002, "TPM_ECC_NIST_P224";
        NIST_P256 = 0x0003, "TPM_ECC_NIST_P256";
        NIST_P384 = 0x0004, "TPM_ECC_NIST_P384";
        NIST_P521 = 0x0005, "TPM_ECC_NIST_P521";
        BN_P256 = 0x0010, "TPM_ECC_BN_P256";
        BN_P638 = 0x0011, "TPM_ECC_BN_P638";
        SM2_P256 = 0x0020, "TPM_ECC_SM2_P256";
        BP_P256_R1 = 0x0030, "TPM_ECC_BP_P256_R1";
        BP_P384_R1 = 0x0031, "TPM_ECC_BP_P384_R1";
        BP_P512_R1 = 0x0032, "TPM_ECC_BP_P512_R1";
        CURVE_25519 = 0x0040, "TPM_ECC_CURVE_25519";
        CURVE_448 = 0x0041, "TPM_ECC_CURVE_448";
    }
}

tpm_constants! {
    /// A structure tag (Part 2, 6.9).
    pub struct TpmSt(u16) = "TPM_ST", id {
        RSP_COMMAND = 0x00c4, "TPM_ST_RSP_COMMAND";
        NULL = 0x8000, "TPM_ST_NULL";
        NO_SESSIONS = 0x8001, "TPM_ST_NO_SESSIONS";
        SESSIONS = 0x8002, "TPM_ST_SESSIONS";
        ATTEST_NV = 0x8014, "TPM_ST_ATTEST_NV";
        ATTEST_COMMAND_AUDIT = 0x8015, "TPM_ST_ATTEST_COMMAND_AUDIT";
        ATTEST_SESSION_AUDIT = 0x8016, "TPM_ST_ATTEST_SESSION_AUDIT";
        ATTEST_CERTIFY = 0x8017, "TPM_ST_ATTEST_CERTIFY";
        ATTEST_QUOTE = 0x8018, "TPM_ST_ATTEST_QUOTE";
        ATTEST_TIME = 0x8019, "TPM_ST_ATTEST_TIME";
        ATTEST_CREATION = 0x801a, "TPM_ST_ATTEST_CREATION";
        ATTEST_NV_DIGEST = 0x801c, "TPM_ST_ATTEST_NV_DIGEST";
        CREATION = 0x8021, "TPM_ST_CREATION";
        VERIFIED = 0x8022, "TPM_ST_VERIFIED";
        AUTH_SECRET = 0x8023, "TPM_ST_AUTH_SECRET";
        HASHCHECK = 0x8024, "TPM_ST_HASHCHECK";
        AUTH_SIGNED = 0x8025, "TPM_ST_AUTH_SIGNED";
        MESSAGE_VERIFIED = 0x8026, "TPM_ST_MESSAGE_VERIFIED";
        DIGEST_VERIFIED = 0x8027, "TPM_ST_DIGEST_VERIFIED";
        FU_MANIFEST = 0x8029, "TPM_ST_FU_MANIFEST";
    }
}

tpm_constants! {
    /// A handle (Part 2, 7). The permanent ones have names (7.4).
    pub struct TpmHandle(u32) = "TPM_HANDLE", id {
        RH_OWNER = 0x4000_0001, "TPM_RH_OWNER";
        RH_NULL = 0x4000_0007, "TPM_RH_NULL";
        RH_UNASSIGNED = 0x4000_0008, "TPM_RH_UNASSIGNED";
        RS_PW = 0x4000_0009, "TPM_RS_PW";
        RH_LOCKOUT = 0x4000_000a, "TPM_RH_LOCKOUT";
        RH_ENDORSEMENT = 0x4000_000b, "TPM_RH_ENDORSEMENT";
        RH_PLATFORM = 0x4000_000c, "TPM_RH_PLATFORM";
        RH_PLATFORM_NV = 0x4000_000d, "TPM_RH_PLATFORM_NV";
        RH_FW_OWNER = 0x4000_0140, "TPM_RH_FW_OWNER";
        RH_FW_ENDORSEMENT = 0x4000_0141, "TPM_RH_FW_ENDORSEMENT";
        RH_FW_PLATFORM = 0x4000_0142, "TPM_RH_FW_PLATFORM";
        RH_FW_NULL = 0x4000_0143, "TPM_RH_FW_NULL";
    }
}

tpm_constants! {
    /// The kind of an NV index (Part 2, 13.2).
    pub struct TpmNt(u8) = "TPM_NT", id {
        ORDINARY = 0x0, "TPM_NT_ORDINARY";
        COUNTER = 0x1, "TPM_NT_COUNTER";
        BITS = 0x2, "TPM_NT_BITS";
        EXTEND = 0x4, "TPM_NT_EXTEND";
        PIN_FAIL = 0x8, "TPM_NT_PIN_FAIL";
        PIN_PASS = 0x9, "TPM_NT_PIN_PASS";
    }
}

tpm_constants! {
    /// A parameter set of ML-DSA (version 1.85, `TPMI_MLDSA_PARMS`).
    pub struct TpmiMldsaParms(u16) = "TPMI_MLDSA_PARMS", id {
        MLDSA_44 = 0x0001, "TPM_MLDSA_44";
        MLDSA_65 = 0x0002, "TPM_MLDSA_65";
        MLDSA_87 = 0x0003, "TPM_MLDSA_87";
    }
}

tpm_constants! {
    /// A parameter set of ML-KEM (version 1.85, `TPMI_MLKEM_PARMS`).
    pub struct TpmiMlkemParms(u16) = "TPMI_MLKEM_PARMS", id {
        MLKEM_512 = 0x0001, "TPM_MLKEM_512";
        MLKEM_768 = 0x0002, "TPM_MLKEM_768";
        MLKEM_1024 = 0x0003, "TPM_MLKEM_1024";
    }
}

/// The first four bytes of everything that a TPM attests to: `0xff`, "TCG"
/// (Part 2, 6.2). No TPM signs outside data that begins like this with a
/// restricted key.
pub const TPM_GENERATED_VALUE: u32 = 0xff54_4347;
