//! Structures that no real evidence in tests/data has, written by hand from the
//! tables of the specification: the additions of version 1.85, and every arm of
//! every union.

use hex_literal::hex;
use tpm_quote::{
    Tpm2bPublic, TpmAlgId, TpmlPcrSelection, TpmsAttest, TpmtPublic, TpmtSignature, TpmuAttest,
    Unmarshal, types::*,
};

use crate::common::{digits, exact, spare};

/// Reads `bytes` as this and nothing else, and writes them again.
macro_rules! is {
    ($type:ident, $bytes:expr, $expected:expr) => {{
        let bytes = spare(&$bytes);
        assert_eq!(exact::<$type>(&bytes), $expected);
    }};
}

const SHA256: TpmAlgId = TpmAlgId::SHA256;
const SHA384: TpmAlgId = TpmAlgId::SHA384;

fn def(key_bits: u16, mode: TpmAlgId) -> TpmsSymDef {
    TpmsSymDef { key_bits, mode }
}

/// Part 2, 11.1.7.
#[test]
fn every_symmetric_cipher_of_an_object() {
    use TpmtSymDefObject as Sym;
    is!(
        Sym,
        hex!("0003 00c0 0043"),
        Sym::Tdes(def(192, TpmAlgId::CFB))
    );
    is!(
        Sym,
        hex!("0006 0100 0042"),
        Sym::Aes(def(256, TpmAlgId::CBC))
    );
    is!(Sym, hex!("0010"), Sym::Null);
    is!(
        Sym,
        hex!("0013 0080 0040"),
        Sym::Sm4(def(128, TpmAlgId::CTR))
    );
    is!(
        Sym,
        hex!("0026 0080 0010"),
        Sym::Camellia(def(128, TpmAlgId::NULL))
    );
}

/// Part 2, 11.2.4.2.
#[test]
fn every_scheme_of_an_rsa_key() {
    use TpmtRsaScheme as Scheme;
    is!(Scheme, hex!("0010"), Scheme::Null);
    is!(Scheme, hex!("0014 000b"), Scheme::RsaSsa(SHA256));
    is!(Scheme, hex!("0015"), Scheme::RsaEs);
    is!(Scheme, hex!("0016 000c"), Scheme::RsaPss(SHA384));
    is!(Scheme, hex!("0017 0004"), Scheme::Oaep(TpmAlgId::SHA1));
}

/// Part 2, 11.2.5.6; EdDSA as version 1.85 has it, without a hash.
#[test]
fn every_scheme_of_an_ecc_key() {
    use TpmtEccScheme as Scheme;
    is!(Scheme, hex!("0010"), Scheme::Null);
    is!(Scheme, hex!("0018 000b"), Scheme::EcDsa(SHA256));
    is!(Scheme, hex!("0019 000c"), Scheme::EcDh(SHA384));
    let ecdaa = TpmsSchemeEcdaa {
        hash_alg: SHA256,
        count: 0x0102,
    };
    is!(Scheme, hex!("001a 000b 0102"), Scheme::EcDaa(ecdaa));
    is!(Scheme, hex!("001b 0012"), Scheme::Sm2(TpmAlgId::SM3_256));
    is!(Scheme, hex!("001c 000b"), Scheme::EcSchnorr(SHA256));
    is!(Scheme, hex!("001d 000b"), Scheme::EcMqv(SHA256));
    is!(Scheme, hex!("0060"), Scheme::EdDsa);
    is!(Scheme, hex!("0061"), Scheme::HashEdDsa);
}

/// Part 2, 11.2.3.2 and 11.1.23.
#[test]
fn every_key_derivation_and_keyed_hash() {
    use TpmtKdfScheme as Kdf;
    is!(Kdf, hex!("0010"), Kdf::Null);
    is!(Kdf, hex!("0007 000b"), Kdf::Mgf1(SHA256));
    is!(Kdf, hex!("0020 000b"), Kdf::Kdf1Sp80056a(SHA256));
    is!(Kdf, hex!("0021 000b"), Kdf::Kdf2(SHA256));
    is!(Kdf, hex!("0022 000c"), Kdf::Kdf1Sp800108(SHA384));
    is!(Kdf, hex!("001f 000b"), Kdf::Hkdf(SHA256));

    use TpmtKeyedhashScheme as Keyed;
    is!(Keyed, hex!("0010"), Keyed::Null);
    is!(Keyed, hex!("0005 000c"), Keyed::Hmac(SHA384));
    let xor = TpmsSchemeXor {
        hash_alg: SHA256,
        kdf: TpmAlgId::KDF1_SP800_108,
    };
    is!(Keyed, hex!("000a 000b 0022"), Keyed::Xor(xor));
}

#[test]
fn public_area_of_an_ml_dsa_key() {
    let bytes = spare(&hex!(
        "00a1"     // type = TPM_ALG_MLDSA
        "000b"     // nameAlg = TPM_ALG_SHA256
        "00050072" // objectAttributes
        "0000"     // authPolicy
        "0002"     // parameterSet = ML-DSA-65
        "01"       // allowExternalMu = yes
        "0004 deadbeef"
    ));
    let public: TpmtPublic<'_> = exact(&bytes);
    assert_eq!(public.name_alg, SHA256);
    assert_eq!(public.object_attributes.0, 0x0005_0072);
    let TpmuPublic::Mldsa(key) = public.key else {
        panic!("{public:?}");
    };
    assert_eq!(key.parameters.parameter_set, TpmiMldsaParms::MLDSA_65);
    assert!(key.parameters.allow_external_mu);
    assert_eq!(key.unique.bytes(), hex!("deadbeef"));
}

#[test]
fn public_area_of_a_hash_ml_dsa_key_of_full_size() {
    let head = hex!(
        "0a30"     // size = 16 + 2592
        "00a2"     // type = TPM_ALG_HASH_MLDSA
        "000c"     // nameAlg = TPM_ALG_SHA384
        "00050072" // objectAttributes
        "0000"     // authPolicy
        "0003"     // parameterSet = ML-DSA-87
        "000d"     // hashAlg = TPM_ALG_SHA512
        "0a20"     // 2592 bytes of key
    );
    let key_bytes: Vec<u8> = (0..2592_u32).map(|i| (i % 251) as u8).collect();
    let bytes = spare(&[&head[..], &key_bytes].concat());
    let public: Tpm2bPublic<'_> = exact(&bytes);
    assert_eq!(public.value().name_alg, SHA384);
    let TpmuPublic::HashMldsa(key) = public.value().key else {
        panic!("{public:?}");
    };
    assert_eq!(key.parameters.parameter_set, TpmiMldsaParms::MLDSA_87);
    assert_eq!(key.parameters.hash_alg, TpmAlgId::SHA512);
    assert_eq!(key.unique.bytes(), key_bytes);
}

#[test]
fn public_area_of_an_ml_kem_key() {
    let bytes = spare(&hex!(
        "00a0"           // type = TPM_ALG_MLKEM
        "000b"           // nameAlg = TPM_ALG_SHA256
        "00030072"       // objectAttributes
        "0003 010203"    // authPolicy
        "0006 0100 0043" // symmetric = AES, 256 bits, CFB
        "0003"           // parameterSet = ML-KEM-1024
        "0002 cafe"
    ));
    let public: TpmtPublic<'_> = exact(&bytes);
    assert_eq!(public.auth_policy.bytes(), [1, 2, 3]);
    let TpmuPublic::Mlkem(key) = public.key else {
        panic!("{public:?}");
    };
    let aes = TpmtSymDefObject::Aes(def(256, TpmAlgId::CFB));
    assert_eq!(key.parameters.symmetric, aes);
    assert_eq!(key.parameters.parameter_set, TpmiMlkemParms::MLKEM_1024);
    assert_eq!(key.unique.bytes(), [0xca, 0xfe]);
}

/// Version 1.85: the whole key is in x, and y is empty.
#[test]
fn public_area_of_an_eddsa_key() {
    let bytes = spare(&hex!(
        "0023"     // type = TPM_ALG_ECC
        "000b"     // nameAlg = TPM_ALG_SHA256
        "00040072" // objectAttributes
        "0000"     // authPolicy
        "0010"     // symmetric = none
        "0060"     // scheme = TPM_ALG_EDDSA
        "0040"     // curveID = TPM_ECC_CURVE_25519
        "0010"     // kdf = none
        "0020 d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        "0000"     // y
    ));
    let public: TpmtPublic<'_> = exact(&bytes);
    let TpmuPublic::Ecc(key) = public.key else {
        panic!("{public:?}");
    };
    assert_eq!(key.parameters.scheme, TpmtEccScheme::EdDsa);
    assert_eq!(key.parameters.curve_id, TpmEccCurve::CURVE_25519);
    assert_eq!(key.parameters.kdf, TpmtKdfScheme::Null);
    assert_eq!(key.unique.x.bytes().len(), 32);
    assert!(key.unique.y.is_empty());
}

/// Part 2, 11.3.4.
#[test]
fn every_signature_of_two_numbers() {
    type Arm = fn(TpmsSignatureEcc<'static>) -> TpmtSignature<'static>;
    let arms: [(u8, Arm); 4] = [
        (0x18, TpmtSignature::EcDsa),
        (0x1a, TpmtSignature::EcDaa),
        (0x1b, TpmtSignature::Sm2),
        (0x1c, TpmtSignature::EcSchnorr),
    ];
    for (scheme, arm) in arms {
        let bytes = [&[0x00, scheme][..], &hex!("000b 0002 0102 0003 a0b0c0")].concat();
        let expected = arm(TpmsSignatureEcc {
            hash: SHA256,
            signature_r: Tpm2bEccParameter::new(&[1, 2]).unwrap(),
            signature_s: Tpm2bEccParameter::new(&[0xa0, 0xb0, 0xc0]).unwrap(),
        });
        is!(TpmtSignature, bytes, expected);
        assert_eq!(expected.selector(), TpmAlgId(scheme.into()));
    }
}

#[test]
fn every_other_signature() {
    let rsa = TpmsSignatureRsa {
        hash: SHA384,
        sig: Tpm2bPublicKeyRsa::new(&[5, 6, 7]).unwrap(),
    };
    let bytes = hex!("0014 000c 0003 050607");
    is!(TpmtSignature, bytes, TpmtSignature::RsaSsa(rsa));
    let bytes = hex!("0016 000c 0003 050607");
    is!(TpmtSignature, bytes, TpmtSignature::RsaPss(rsa));

    is!(TpmtSignature, hex!("0010"), TpmtSignature::Null);

    // The digest of an HMAC has no size in front: its hash says it.
    let digest = [0x77; 20];
    let bytes = [&hex!("0005 0004")[..], &digest].concat();
    let hmac = TpmtHa::new(TpmAlgId::SHA1, &digest).unwrap();
    is!(TpmtSignature, bytes, TpmtSignature::Hmac(hmac));

    // R and S in one, 64 bytes for Ed25519 and 114 for Ed448; no hash.
    let numbers = [0x42; 114];
    let bytes = [&hex!("0060 0040")[..], &numbers[..64]].concat();
    let signature = Tpm2bSignatureEddsa::new(&numbers[..64]).unwrap();
    is!(TpmtSignature, bytes, TpmtSignature::EdDsa(signature));
    let bytes = [&hex!("0061 0072")[..], &numbers].concat();
    let signature = Tpm2bSignatureEddsa::new(&numbers).unwrap();
    is!(TpmtSignature, bytes, TpmtSignature::HashEdDsa(signature));

    // ML-DSA-44: 2420 bytes, no hash.
    let long = [0x5a; 2420];
    let bytes = [&hex!("00a1 0974")[..], &long].concat();
    let signature = Tpm2bSignatureMldsa::new(&long).unwrap();
    is!(TpmtSignature, bytes, TpmtSignature::Mldsa(signature));

    let bytes = hex!("00a2 000b 0002 beef");
    let signature = TpmsSignatureHashMldsa {
        hash: SHA256,
        signature: Tpm2bSignatureMldsa::new(&[0xbe, 0xef]).unwrap(),
    };
    is!(TpmtSignature, bytes, TpmtSignature::HashMldsa(signature));
}

/// Part 2, 10.3.2: each hash has its own size, `TPM_ALG_NULL` has none.
#[test]
fn every_hash_with_its_digest() {
    let hashes = [
        (0x0004, 20),
        (0x000b, 32),
        (0x000c, 48),
        (0x000d, 64),
        (0x000e, 24),
        (0x0010, 0),
        (0x0012, 32),
        (0x0027, 32),
        (0x0028, 48),
        (0x0029, 64),
        (0x002c, 24),
        (0x002d, 32),
        (0x002e, 64),
    ];
    for (hash, size) in hashes {
        let hash = TpmAlgId(hash);
        let digest = vec![0x3c; size];
        let bytes = spare(&[&hash.0.to_be_bytes()[..], &digest].concat());
        let value: TpmtHa<'_> = exact(&bytes);
        assert_eq!((value.hash_alg(), value.digest()), (hash, &digest[..]));
        assert_eq!(TpmtHa::new(hash, &digest), Ok(value));
        assert!(TpmtHa::new(hash, &[0x3c; 65]).is_err());
    }
}

/// A `TPMS_ATTEST` of this type, with this arm.
fn attest(kind: u16, arm: &[u8]) -> Vec<u8> {
    let head = hex!(
        "0006 7777 01020304" // qualifiedSigner, of a hash that nobody knows
        "0003 c0ffee"        // extraData
        "0102030405060708"   // clockInfo.clock
        "00000009"           // clockInfo.resetCount
        "0000000a"           // clockInfo.restartCount
        "01"                 // clockInfo.safe = yes
        "1112131415161718"   // firmwareVersion
    );
    let kind = kind.to_be_bytes();
    spare(&[&hex!("ff544347")[..], &kind, &head, arm].concat())
}

/// What stands before the arm is the same for all.
fn read_attest(bytes: &[u8]) -> TpmuAttest<'_> {
    let attest: TpmsAttest<'_> = exact(bytes);
    let signer = NameForm::Digest {
        name_alg: TpmAlgId(0x7777),
        digest: &[1, 2, 3, 4],
    };
    assert_eq!(attest.qualified_signer.form(), signer);
    assert_eq!(digits(attest.extra_data.bytes()), "c0ffee");
    let clock = TpmsClockInfo {
        clock: 0x0102_0304_0506_0708,
        reset_count: 9,
        restart_count: 10,
        safe: true,
    };
    assert_eq!(attest.clock_info, clock);
    assert_eq!(attest.firmware_version, 0x1112_1314_1516_1718);
    attest.attested
}

#[test]
fn attestation_of_a_session() {
    let bytes = attest(
        0x8016,
        &hex!(
            "01"        // exclusiveSession = yes
            "0002 abcd" // sessionDigest
        ),
    );
    let TpmuAttest::SessionAudit(info) = read_attest(&bytes) else {
        panic!();
    };
    assert!(info.exclusive_session);
    assert_eq!(info.session_digest.bytes(), [0xab, 0xcd]);
}

#[test]
fn attestation_of_commands() {
    let bytes = attest(
        0x8015,
        &hex!(
            "0000000000000102" // auditCounter
            "000c"             // digestAlg = TPM_ALG_SHA384
            "0002 abcd"        // auditDigest
            "0001 ef"          // commandDigest
        ),
    );
    let TpmuAttest::CommandAudit(info) = read_attest(&bytes) else {
        panic!();
    };
    assert_eq!((info.audit_counter, info.digest_alg), (0x0102, SHA384));
    assert_eq!(info.audit_digest.bytes(), [0xab, 0xcd]);
    assert_eq!(info.command_digest.bytes(), [0xef]);
}

#[test]
fn attestation_of_the_digest_of_an_nv_index() {
    let bytes = attest(
        0x801c,
        &hex!(
            "0004 01800001" // indexName, in the form of a handle
            "0002 abcd"     // nvDigest
        ),
    );
    let TpmuAttest::NvDigest(info) = read_attest(&bytes) else {
        panic!();
    };
    assert_eq!(
        info.index_name.form(),
        NameForm::Handle(TpmHandle(0x0180_0001))
    );
    assert_eq!(info.nv_digest.bytes(), [0xab, 0xcd]);
}

#[test]
fn attestation_of_the_contents_of_an_nv_index() {
    let bytes = attest(
        0x8014,
        &hex!(
            "0000"          // indexName
            "0102"          // offset
            "0003 010203"   // nvContents
        ),
    );
    let TpmuAttest::Nv(info) = read_attest(&bytes) else {
        panic!();
    };
    assert_eq!(info.index_name.form(), NameForm::Empty);
    assert_eq!(
        (info.offset, info.nv_contents.bytes()),
        (0x0102, &[1, 2, 3][..])
    );
}

#[test]
fn attestation_of_pcr_in_maps_of_every_size() {
    let bytes = attest(
        0x8018,
        &hex!(
            "00000005"         // count
            "0004 00"          // SHA-1, no map at all
            "000b 01 80"       // SHA-256, PCR 7
            "000c 02 0180"     // SHA-384, PCR 0 and 15
            "000d 03 000080"   // SHA-512, PCR 23
            "7777 04 00000080" // a hash nobody knows, PCR 31
            "0000"             // pcrDigest
        ),
    );
    let TpmuAttest::Quote(info) = read_attest(&bytes) else {
        panic!();
    };
    let banks: Vec<_> = info
        .pcr_select
        .iter()
        .map(|s| (s.hash.0, s.mask()))
        .collect();
    let expected = [
        (0x0004, 0),
        (0x000b, 1 << 7),
        (0x000c, 1 << 15 | 1),
        (0x000d, 1 << 23),
        (0x7777, 1 << 31),
    ];
    assert_eq!(banks, expected);
    assert_eq!(info.pcr_select.count(), 5);
    assert!(info.pcr_digest.is_empty());
}

#[test]
fn lists_hold_no_element_or_as_many_as_they_may() {
    let bytes = spare(&hex!("00000000"));
    let list: TpmlDigest<'_> = exact(&bytes);
    assert_eq!((list.count(), list.iter().count()), (0, 0));
    let bytes = spare(&hex!(
        "00000008 0000 0000 0000 0000 0001aa 0000 0000 0002bbcc"
    ));
    let list: TpmlDigest<'_> = exact(&bytes);
    assert_eq!(list.count(), 8);
    let sizes: Vec<_> = list.iter().map(|digest| digest.bytes().len()).collect();
    assert_eq!(sizes, [0, 0, 0, 0, 1, 0, 0, 2]);

    let banks = [&hex!("00000010")[..], &hex!("000b 03 000000").repeat(16)].concat();
    let bytes = spare(&banks);
    let list: TpmlPcrSelection<'_> = exact(&bytes);
    assert_eq!((list.count(), list.iter().count()), (16, 16));
}

#[test]
fn lists_are_equal_if_their_elements_are() {
    let lists = [
        &hex!("00000000")[..],
        &hex!("00000001 0000"),
        &hex!("00000001 0001aa"),
        &hex!("00000001 0001bb"),
        &hex!("00000002 0001aa 0000"),
        &hex!("00000002 0000 0001aa"),
    ];
    for (i, a) in lists.iter().enumerate() {
        for (j, b) in lists.iter().enumerate() {
            // Not the same place in memory.
            let (a, b) = (a.to_vec(), b.to_vec());
            let (a, b) = (TpmlDigest::from_bytes(&a), TpmlDigest::from_bytes(&b));
            assert_eq!(a.unwrap() == b.unwrap(), i == j, "{i} and {j}");
        }
    }
}

#[test]
fn empty_ticket_and_creation_at_an_extended_locality() {
    let ticket = TpmtTkCreation {
        hierarchy: TpmHandle::RH_NULL,
        digest: Tpm2bDigest::default(),
    };
    is!(TpmtTkCreation, hex!("8021 40000007 0000"), ticket);

    let bytes = spare(&hex!(
        "00000000"    // pcrSelect
        "0000"        // pcrDigest
        "20"          // locality 32
        "000b"        // parentNameAlg = TPM_ALG_SHA256
        "0000"        // parentName
        "0000"        // parentQualifiedName
        "0001 ff"     // outsideInfo
    ));
    let data: TpmsCreationData<'_> = exact(&bytes);
    assert_eq!(data.locality.extended(), Some(32));
    assert_eq!(data.parent_name_alg, SHA256);
    assert_eq!(data.outside_info.bytes(), [0xff]);
}
