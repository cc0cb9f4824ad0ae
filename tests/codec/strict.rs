//! Selectors, counts, yes or no, constants: what is refused, and what survives.

use std::collections::BTreeSet;

use hex_literal::hex;
use tpm_quote::{
    Marshal, Tpm2bPublic, TpmAlgId, TpmlPcrSelection, TpmsAttest, TpmtPublic, TpmtSignature,
    Unmarshal,
    error::{MarshalReason, Reason},
    types::*,
};

use crate::{
    Read,
    common::{case, exact, spare},
    ids, refused, short, size, unknown,
};

/// The ids of which `read` knows what follows: with any other it stops there.
fn known(read: Read, at: usize, place: &str, bytes: &[u8]) -> BTreeSet<u16> {
    let mut known = BTreeSet::new();
    let mut bytes = bytes.to_vec();
    for id in ids() {
        bytes[at..at + 2].copy_from_slice(&id.to_be_bytes());
        match read(&bytes) {
            Err(e) if e.offset() == at && e.is_unknown_selector() => {
                refused(read, &bytes, place, at, unknown(id));
            }
            _ => assert!(known.insert(id)),
        }
    }
    known
}

/// C3, and the specification's tables of selectors. All 65,536 ids are tried.
#[test]
fn ids_that_decide_what_follows_are_known_or_refused() {
    let nothing = [0; 64];
    let check = |read, place, expected: &[u16]| {
        let known = known(read, 0, place, &nothing);
        assert!(known.iter().eq(expected), "{place}: {known:#06x?}");
    };
    let types = [0x0001, 0x0008, 0x0023, 0x0025, 0x00a0, 0x00a1, 0x00a2];
    check(read!(TpmtPublic), "TPMT_PUBLIC.type", &types);
    let ciphers = [0x0003, 0x0006, 0x0010, 0x0013, 0x0026];
    check(
        read!(TpmtSymDefObject),
        "TPMT_SYM_DEF_OBJECT.algorithm",
        &ciphers,
    );
    let schemes = [0x0010, 0x0014, 0x0015, 0x0016, 0x0017];
    check(read!(TpmtRsaScheme), "TPMT_RSA_SCHEME.scheme", &schemes);
    let schemes = [
        0x0010, 0x0018, 0x0019, 0x001a, 0x001b, 0x001c, 0x001d, 0x0060, 0x0061,
    ];
    check(read!(TpmtEccScheme), "TPMT_ECC_SCHEME.scheme", &schemes);
    let schemes = [0x0007, 0x0010, 0x001f, 0x0020, 0x0021, 0x0022];
    check(read!(TpmtKdfScheme), "TPMT_KDF_SCHEME.scheme", &schemes);
    let schemes = [0x0005, 0x000a, 0x0010];
    check(
        read!(TpmtKeyedhashScheme),
        "TPMT_KEYEDHASH_SCHEME.scheme",
        &schemes,
    );
    let schemes = [
        0x0005, 0x0010, 0x0014, 0x0016, 0x0018, 0x001a, 0x001b, 0x001c, 0x0060, 0x0061, 0x00a1,
        0x00a2,
    ];
    check(read!(TpmtSignature), "TPMT_SIGNATURE.sigAlg", &schemes);
    let hashes = [
        0x0004, 0x000b, 0x000c, 0x000d, 0x000e, 0x0010, 0x0012, 0x0027, 0x0028, 0x0029, 0x002c,
        0x002d, 0x002e,
    ];
    check(read!(TpmtHa), "TPMT_HA.hashAlg", &hashes);

    let quote = case("004").file("quote.attest");
    let kinds = known(read!(TpmsAttest), 4, "TPMS_ATTEST.type", &quote);
    let expected = [
        0x8014, 0x8015, 0x8016, 0x8017, 0x8018, 0x8019, 0x801a, 0x801c,
    ];
    assert!(kinds.iter().eq(&expected), "{kinds:#06x?}");
}

/// Deep inside, and still at the offset from the start of everything.
#[test]
fn c3_error_of_an_inner_structure_is_an_error_of_the_outer_one() {
    let mut bytes = case("005").file("ak.pub");
    assert_eq!(bytes[14..16], hex!("0018"), "the scheme");
    bytes[14..16].copy_from_slice(&hex!("0014"));
    refused(
        read!(Tpm2bPublic),
        &bytes,
        "TPMT_ECC_SCHEME.scheme",
        14,
        unknown(0x14),
    );
}

#[test]
fn c6_yes_or_no_is_0_or_1() {
    let clock = hex!("0000000000000001 00000002 00000003 00");
    let audit = hex!("00 0000");
    let mldsa = hex!("0001 00");
    let places: [(Read, &str, usize, &[u8]); 3] = [
        (read!(TpmsClockInfo), "TPMS_CLOCK_INFO.safe", 16, &clock),
        (
            read!(TpmsSessionAuditInfo),
            "TPMS_SESSION_AUDIT_INFO.exclusiveSession",
            0,
            &audit,
        ),
        (
            read!(TpmsMldsaParms),
            "TPMS_MLDSA_PARMS.allowExternalMu",
            2,
            &mldsa,
        ),
    ];
    for (read, place, at, bytes) in places {
        for value in 0..=u8::MAX {
            let mut bytes = bytes.to_vec();
            bytes[at] = value;
            match value {
                0 | 1 => read(&bytes).unwrap(),
                _ => refused(read, &bytes, place, at, Reason::NotYesOrNo { value }),
            }
        }
    }
}

#[test]
fn c5_lists_that_are_too_long_are_refused_by_their_count() {
    let too_many = |count| Reason::CountOutOfRange { count };
    let selections = [&hex!("00000011")[..], &hex!("000b 03 010000").repeat(17)].concat();
    let (read, place) = (read!(TpmlPcrSelection), "TPML_PCR_SELECTION.count");
    refused(read, &selections, place, 0, too_many(17));
    refused(read, &hex!("00010000"), place, 0, too_many(0xffff));
    refused(read, &hex!("ffffffff"), place, 0, too_many(0xffff));
    let (read, place) = (read!(TpmlDigest), "TPML_DIGEST.count");
    refused(
        read,
        &[&hex!("00000009")[..], &[0; 18]].concat(),
        place,
        0,
        too_many(9),
    );
    refused(read, &hex!("ffffffff"), place, 0, too_many(0xffff));

    // One element of many is cut: the list names it.
    let read = read!(TpmlPcrSelection);
    refused(
        read,
        &hex!("00000002 000b 03 010000"),
        "TPMS_PCR_SELECTION.hash",
        10,
        short(2),
    );

    // 20 KB of selections inside of a quote are not looked at.
    let mut quote = case("004").file("quote.attest");
    let count = quote.len() - 34 - 6 - 4;
    assert_eq!(quote[count..count + 6], hex!("00000001 000b"));
    quote.truncate(count);
    quote.extend(hex!("00000d05"));
    quote.extend(hex!("000b 03 810400").repeat(0xd05));
    let place = "TPML_PCR_SELECTION.count";
    refused(read!(TpmsAttest), &quote, place, count, too_many(0xd05));
}

#[test]
fn bit_maps_have_up_to_4_bytes() {
    let read = read!(TpmsPcrSelection);
    for len in 5..=u8::MAX {
        let bytes = [&[0x00, 0x0b, len][..], &vec![0; len.into()]].concat();
        refused(
            read,
            &bytes,
            "TPMS_PCR_SELECTION.sizeofSelect",
            2,
            size(len.into()),
        );
        let error = TpmsPcrSelection::new(TpmAlgId::SHA256, &bytes[3..]).unwrap_err();
        let place = (error.structure(), error.field());
        assert_eq!(place, ("TPMS_PCR_SELECTION", "sizeofSelect"));
        let reason = MarshalReason::SizeOutOfRange { size: len.into() };
        assert_eq!(error.reason(), reason);
    }
    for len in 0..=4 {
        let map = vec![0x81; len];
        let selection = TpmsPcrSelection::new(TpmAlgId::SHA384, &map).unwrap();
        assert_eq!(selection.marshaled_len(), Ok(3 + len));
    }
}

#[test]
fn ticket_with_another_tag_is_refused() {
    let read = read!(TpmtTkCreation);
    for tag in ids() {
        let bytes = [&tag.to_be_bytes()[..], &hex!("40000007 0000")].concat();
        match tag {
            0x8021 => read(&bytes).unwrap(),
            _ => refused(
                read,
                &bytes,
                "TPMT_TK_CREATION.tag",
                0,
                Reason::WrongConstant,
            ),
        }
    }
}

#[test]
fn attestation_that_no_tpm_generated_is_refused() {
    let quote = case("005").file("quote.attest");
    for bit in 0..32 {
        let mut bytes = quote.clone();
        bytes[bit / 8] ^= 0x80 >> (bit % 8);
        let place = "TPMS_ATTEST.magic";
        refused(read!(TpmsAttest), &bytes, place, 0, Reason::WrongConstant);
    }
}

/// Ids that decide nothing about the bytes that follow are kept, as are
/// reserved bits: whether they are acceptable is for the verifier to say.
#[test]
fn unassigned_ids_and_reserved_bits_survive_where_they_decide_nothing() {
    let bytes = spare(&hex!(
        "0023"           // type = TPM_ALG_ECC
        "7771"           // nameAlg
        "fff0f009"       // objectAttributes, all the reserved bits
        "0001 aa"        // authPolicy, of a length that no hash has
        "0006 7772 7773" // symmetric = AES, odd size and mode
        "0018 7774"      // scheme = ECDSA, odd hash
        "7775"           // curveID
        "0021 7776"      // kdf = KDF2, odd hash
        "0000 0000"      // unique
    ));
    let public: TpmtPublic<'_> = exact(&bytes);
    assert_eq!(public.name_alg, TpmAlgId(0x7771));
    assert_eq!(public.object_attributes, TpmaObject::RESERVED);
    let TpmuPublic::Ecc(key) = public.key else {
        panic!("{public:?}");
    };
    let def = TpmsSymDef {
        key_bits: 0x7772,
        mode: TpmAlgId(0x7773),
    };
    assert_eq!(key.parameters.symmetric, TpmtSymDefObject::Aes(def));
    assert_eq!(
        key.parameters.scheme,
        TpmtEccScheme::EcDsa(TpmAlgId(0x7774))
    );
    assert_eq!(key.parameters.curve_id, TpmEccCurve(0x7775));
    assert_eq!(key.parameters.kdf, TpmtKdfScheme::Kdf2(TpmAlgId(0x7776)));

    let bytes = spare(&hex!("01000000 7777 fffffff0 0000 0000"));
    let nv: TpmsNvPublic<'_> = exact(&bytes);
    assert_eq!(nv.attributes.0 & TpmaNv::RESERVED.0, TpmaNv::RESERVED.0);
    assert_eq!(nv.attributes.nt(), TpmNt(0xf));

    let bytes = spare(&hex!("0014 7777 0000"));
    let signature: TpmtSignature<'_> = exact(&bytes);
    let TpmtSignature::RsaSsa(rsa) = signature else {
        panic!("{signature:?}");
    };
    assert_eq!(rsa.hash, TpmAlgId(0x7777));
}
