//! The tables of the specification, copied a second time and by hand: a slip of
//! the pen would have to happen twice.

use std::fmt::{Debug, Display};

use tpm_quote::{
    Marshal, TpmAlgId, Unmarshal,
    types::{
        TPM_GENERATED_VALUE, TpmEccCurve, TpmHandle, TpmNt, TpmSt, TpmaLocality, TpmaNv,
        TpmaObject, TpmiMldsaParms, TpmiMlkemParms,
    },
};

use crate::ids;

/// Each constant has its value and its name, and there are no others.
macro_rules! table {
    ($type:ident, $prefix:literal: $($constant:ident = $value:literal $(as $text:literal)?,)*) => {{
        let table = [$(
            ($type::$constant, $value, table!(@ $prefix $constant $($text)?)),
        )*];
        assert_eq!(table.len(), $type::NAMES.len(), stringify!($type));
        for (constant, value, name) in table {
            assert_eq!(constant.0, value, "{name}");
            assert_eq!(constant.name(), Some(name));
            assert_eq!(constant.to_string(), name);
            assert!($type::NAMES.contains(&(constant, name)), "{name}");
        }
    }};
    (@ $prefix:literal $constant:ident) => { concat!($prefix, stringify!($constant)) };
    (@ $prefix:literal $constant:ident $text:literal) => { concat!($prefix, $text) };
}

/// Part 2, 6.3, and the registry of algorithms.
#[test]
fn algorithm_ids_are_those_of_the_specification() {
    table!(TpmAlgId, "TPM_ALG_":
        ERROR = 0x0000, RSA = 0x0001, TDES = 0x0003, SHA1 = 0x0004, HMAC = 0x0005,
        AES = 0x0006, MGF1 = 0x0007, KEYEDHASH = 0x0008, XOR = 0x000A, SHA256 = 0x000B,
        SHA384 = 0x000C, SHA512 = 0x000D, SHA256_192 = 0x000E, NULL = 0x0010,
        SM3_256 = 0x0012, SM4 = 0x0013, RSASSA = 0x0014, RSAES = 0x0015, RSAPSS = 0x0016,
        OAEP = 0x0017, ECDSA = 0x0018, ECDH = 0x0019, ECDAA = 0x001A, SM2 = 0x001B,
        ECSCHNORR = 0x001C, ECMQV = 0x001D, HKDF = 0x001F, KDF1_SP800_56A = 0x0020,
        KDF2 = 0x0021, KDF1_SP800_108 = 0x0022, ECC = 0x0023, SYMCIPHER = 0x0025,
        CAMELLIA = 0x0026, SHA3_256 = 0x0027, SHA3_384 = 0x0028, SHA3_512 = 0x0029,
        SHAKE128 = 0x002A, SHAKE256 = 0x002B, SHAKE256_192 = 0x002C, SHAKE256_256 = 0x002D,
        SHAKE256_512 = 0x002E, CMAC = 0x003F, CTR = 0x0040, OFB = 0x0041, CBC = 0x0042,
        CFB = 0x0043, ECB = 0x0044, CCM = 0x0050, GCM = 0x0051, KW = 0x0052, KWP = 0x0053,
        EAX = 0x0054, EDDSA = 0x0060, HASH_EDDSA = 0x0061, LMS = 0x0070, XMSS = 0x0071,
        KEYEDXOF = 0x0080, KMACXOF128 = 0x0081, KMACXOF256 = 0x0082, KMAC128 = 0x0090,
        KMAC256 = 0x0091, MLKEM = 0x00A0, MLDSA = 0x00A1, HASH_MLDSA = 0x00A2,
    );
}

#[test]
fn digests_have_the_size_of_their_hash_and_nothing_else_has_one() {
    let sizes = [
        (0x0004, 20), // SHA1
        (0x000b, 32), // SHA256
        (0x000c, 48), // SHA384
        (0x000d, 64), // SHA512
        (0x000e, 24), // SHA256_192
        (0x0012, 32), // SM3_256
        (0x0027, 32), // SHA3_256
        (0x0028, 48), // SHA3_384
        (0x0029, 64), // SHA3_512
        (0x002c, 24), // SHAKE256_192
        (0x002d, 32), // SHAKE256_256
        (0x002e, 64), // SHAKE256_512
    ];
    for id in ids() {
        let expected = sizes.iter().find(|(hash, _)| *hash == id);
        let expected = expected.map(|(_, size)| *size);
        assert_eq!(TpmAlgId(id).digest_size(), expected, "{id:#06x}");
    }
}

/// Part 2, 6.4.
#[test]
fn curve_ids_are_those_of_the_specification() {
    table!(TpmEccCurve, "TPM_ECC_":
        NONE = 0x0000, NIST_P192 = 0x0001, NIST_P224 = 0x0002, NIST_P256 = 0x0003,
        NIST_P384 = 0x0004, NIST_P521 = 0x0005, BN_P256 = 0x0010, BN_P638 = 0x0011,
        SM2_P256 = 0x0020, BP_P256_R1 = 0x0030, BP_P384_R1 = 0x0031, BP_P512_R1 = 0x0032,
        CURVE_25519 = 0x0040, CURVE_448 = 0x0041,
    );
}

/// Part 2, 6.9 and 6.2.
#[test]
fn structure_tags_are_those_of_the_specification() {
    table!(TpmSt, "TPM_ST_":
        RSP_COMMAND = 0x00C4, NULL = 0x8000, NO_SESSIONS = 0x8001, SESSIONS = 0x8002,
        ATTEST_NV = 0x8014, ATTEST_COMMAND_AUDIT = 0x8015, ATTEST_SESSION_AUDIT = 0x8016,
        ATTEST_CERTIFY = 0x8017, ATTEST_QUOTE = 0x8018, ATTEST_TIME = 0x8019,
        ATTEST_CREATION = 0x801A, ATTEST_NV_DIGEST = 0x801C, CREATION = 0x8021,
        VERIFIED = 0x8022, AUTH_SECRET = 0x8023, HASHCHECK = 0x8024, AUTH_SIGNED = 0x8025,
        MESSAGE_VERIFIED = 0x8026, DIGEST_VERIFIED = 0x8027, FU_MANIFEST = 0x8029,
    );
    let [lead, letters @ ..] = TPM_GENERATED_VALUE.to_be_bytes();
    assert_eq!((lead, letters), (0xff, *b"TCG"));
}

/// Part 2, 8.3.
#[test]
fn object_attributes_are_those_of_the_specification() {
    table!(TpmaObject, "":
        FIXED_TPM = 0x0000_0002 as "fixedTPM",
        ST_CLEAR = 0x0000_0004 as "stClear",
        FIXED_PARENT = 0x0000_0010 as "fixedParent",
        SENSITIVE_DATA_ORIGIN = 0x0000_0020 as "sensitiveDataOrigin",
        USER_WITH_AUTH = 0x0000_0040 as "userWithAuth",
        ADMIN_WITH_POLICY = 0x0000_0080 as "adminWithPolicy",
        FIRMWARE_LIMITED = 0x0000_0100 as "firmwareLimited",
        SVN_LIMITED = 0x0000_0200 as "svnLimited",
        NO_DA = 0x0000_0400 as "noDA",
        ENCRYPTED_DUPLICATION = 0x0000_0800 as "encryptedDuplication",
        RESTRICTED = 0x0001_0000 as "restricted",
        DECRYPT = 0x0002_0000 as "decrypt",
        SIGN = 0x0004_0000 as "sign",
        X509_SIGN = 0x0008_0000 as "x509sign",
    );
    assert_eq!(TpmaObject::RESERVED.0, 0xfff0_f009);
    // Each bit has a name or is reserved.
    let named = TpmaObject::NAMES
        .iter()
        .fold(0, |all, (bit, _)| all | bit.0);
    assert_eq!(named ^ TpmaObject::RESERVED.0, u32::MAX);

    let both = TpmaObject::SIGN.union(TpmaObject::NO_DA);
    assert_eq!(both.0, 0x0004_0400);
    assert!(both.contains(TpmaObject::SIGN) && !TpmaObject::SIGN.contains(both));
    assert_eq!(both.union(TpmaObject::SIGN), both);
    assert_eq!(both.difference(TpmaObject::SIGN), TpmaObject::NO_DA);
    assert_eq!(both.intersection(TpmaObject::SIGN), TpmaObject::SIGN);
    assert_eq!(both.names().collect::<Vec<_>>(), ["noDA", "sign"]);
}

/// Part 2, 13.4 and 13.2.
#[test]
fn nv_attributes_are_those_of_the_specification() {
    table!(TpmaNv, "":
        PPWRITE = 0x0000_0001, OWNERWRITE = 0x0000_0002, AUTHWRITE = 0x0000_0004,
        POLICYWRITE = 0x0000_0008, POLICY_DELETE = 0x0000_0400, WRITELOCKED = 0x0000_0800,
        WRITEALL = 0x0000_1000, WRITEDEFINE = 0x0000_2000, WRITE_STCLEAR = 0x0000_4000,
        GLOBALLOCK = 0x0000_8000, PPREAD = 0x0001_0000, OWNERREAD = 0x0002_0000,
        AUTHREAD = 0x0004_0000, POLICYREAD = 0x0008_0000, NO_DA = 0x0200_0000,
        ORDERLY = 0x0400_0000, CLEAR_STCLEAR = 0x0800_0000, READLOCKED = 0x1000_0000,
        WRITTEN = 0x2000_0000, PLATFORMCREATE = 0x4000_0000, READ_STCLEAR = 0x8000_0000,
    );
    assert_eq!(TpmaNv::RESERVED.0, 0x01f0_0300);
    let named = TpmaNv::NAMES.iter().fold(0, |all, (bit, _)| all | bit.0);
    assert_eq!(named | 0x0000_00f0 | TpmaNv::RESERVED.0, u32::MAX);

    table!(TpmNt, "TPM_NT_":
        ORDINARY = 0x0, COUNTER = 0x1, BITS = 0x2, EXTEND = 0x4, PIN_FAIL = 0x8, PIN_PASS = 0x9,
    );
    // Bits 7 to 4, and nothing of their neighbours.
    assert_eq!(TpmaNv(0x0000_0f9f).nt(), TpmNt::PIN_PASS);
    assert_eq!(TpmaNv(0xffff_ff0f).nt(), TpmNt::ORDINARY);
}

/// The words of attributes as sets of bits.
#[test]
fn attributes_are_put_together_and_taken_apart() {
    macro_rules! sets {
        ($($type:ident)*) => {$({
            const BOTH: $type = $type(0b0110).union($type(0b0011));
            let (a, b) = ($type(0b0110), $type(0b0011));
            assert_eq!((BOTH, a | b), ($type(0b0111), $type(0b0111)));
            assert_eq!((a.intersection(b), a & b), ($type(0b0010), $type(0b0010)));
            assert_eq!((a.difference(b), a - b), ($type(0b0100), $type(0b0100)));
            let mut word = a;
            word |= b;
            assert_eq!(word, BOTH);
            assert_eq!(($type::EMPTY, $type::default()), ($type(0), $type(0)));
            assert!(BOTH.contains(a) && a.contains($type::EMPTY) && !a.contains(b));
        })*};
    }
    sets!(TpmaObject TpmaNv TpmaLocality);
    assert_eq!(!TpmaObject::SIGN, TpmaObject(0xfffb_ffff));
}

/// A number is not the localities that its bits would be.
#[test]
fn extended_locality_contains_itself_alone() {
    let extended = TpmaLocality(33);
    assert!(extended.contains(extended));
    assert!(!extended.contains(TpmaLocality::LOC_ZERO));
    assert!(!TpmaLocality(37).contains(extended));
    assert!(!TpmaLocality(31).contains(TpmaLocality(32)));
}

/// Part 2, 7.4: the permanent handles that a public structure can name.
#[test]
fn handles_are_those_of_the_specification() {
    table!(TpmHandle, "TPM_":
        RH_OWNER = 0x4000_0001, RH_NULL = 0x4000_0007, RH_UNASSIGNED = 0x4000_0008,
        RS_PW = 0x4000_0009, RH_LOCKOUT = 0x4000_000A, RH_ENDORSEMENT = 0x4000_000B,
        RH_PLATFORM = 0x4000_000C, RH_PLATFORM_NV = 0x4000_000D, RH_FW_OWNER = 0x4000_0140,
        RH_FW_ENDORSEMENT = 0x4000_0141, RH_FW_PLATFORM = 0x4000_0142, RH_FW_NULL = 0x4000_0143,
    );
}

/// Part 2, 8.5.
#[test]
fn localities_are_bits_below_32_and_numbers_from_there() {
    table!(TpmaLocality, "TPM_":
        LOC_ZERO = 0x01, LOC_ONE = 0x02, LOC_TWO = 0x04, LOC_THREE = 0x08, LOC_FOUR = 0x10,
    );
    for value in 0..=u8::MAX {
        let number = (value >= 32).then_some(value);
        assert_eq!(TpmaLocality(value).extended(), number, "{value}");
    }
}

/// Version 1.85.
#[test]
fn lattice_parameter_sets_are_those_of_the_specification() {
    table!(TpmiMlkemParms, "TPM_": MLKEM_512 = 0x0001, MLKEM_768 = 0x0002, MLKEM_1024 = 0x0003,);
    table!(TpmiMldsaParms, "TPM_": MLDSA_44 = 0x0001, MLDSA_65 = 0x0002, MLDSA_87 = 0x0003,);
}

/// Read, shown and written again, whether it has a name or not.
fn all_ids_survive<T>(names: &[(T, &str)], of: fn(u16) -> T)
where
    T: for<'a> Unmarshal<'a> + Marshal + PartialEq + Copy + Debug + Display,
{
    let mut named = 0;
    for id in ids() {
        let bytes = id.to_be_bytes();
        let value = T::from_bytes(&bytes).unwrap();
        assert_eq!(value, of(id));
        let mut out = [0xa5; 4];
        assert_eq!(value.marshal_into(&mut out), Ok(&bytes[..]));
        assert_eq!(out[2..], [0xa5; 2]);
        let expected = match names.iter().find(|(known, _)| *known == value) {
            Some((_, name)) => {
                named += 1;
                (*name).to_owned()
            }
            None => format!("0x{id:04x}"),
        };
        assert_eq!(value.to_string(), expected);
        assert_eq!(format!("{value:?}"), expected);
    }
    assert_eq!(named, names.len());
}

#[test]
fn unassigned_ids_survive_and_show_as_hexadecimal() {
    all_ids_survive(TpmAlgId::NAMES, TpmAlgId);
    all_ids_survive(TpmEccCurve::NAMES, TpmEccCurve);
    all_ids_survive(TpmSt::NAMES, TpmSt);
    all_ids_survive(TpmiMlkemParms::NAMES, TpmiMlkemParms);
    all_ids_survive(TpmiMldsaParms::NAMES, TpmiMldsaParms);
    assert_eq!(TpmHandle(0x8100_0001).to_string(), "0x81000001");
    assert_eq!(TpmaObject(0x0000_0008).to_string(), "0x00000008");
}
