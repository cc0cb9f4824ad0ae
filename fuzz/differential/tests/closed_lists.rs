//! Each reason of the two lists is needed, and no wider than it has to be.

use std::collections::BTreeSet;

use tpm_quote::error::Reason;
use tpm_quote_differential::*;

fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .bytes()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    assert!(digits.len().is_multiple_of(2), "an odd number of digits");
    let digit = |b: u8| u8::try_from(char::from(b).to_digit(16).expect("a digit")).expect("small");
    digits
        .chunks(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}

/// A size and that many bytes.
fn buffer(len: u16) -> Vec<u8> {
    let mut bytes = len.to_be_bytes().to_vec();
    bytes.resize(2 + usize::from(len), 0xaa);
    bytes
}

/// `TPMS_ATTEST` of this type up to the union.
fn attest(kind: &str, extra_data: u16) -> Vec<u8> {
    let clock_and_firmware = [0; 17 + 8];
    let header = hex(&format!("ff544347 {kind} 0000"));
    [&header, &*buffer(extra_data), &clock_and_firmware].concat()
}

/// `TPMT_PUBLIC` of this type up to the parameters.
fn public(kind: &str) -> Vec<u8> {
    hex(&format!("{kind} 000b 00050072 0000"))
}

#[test]
fn libtss2_alone_refuses_each_of_these() {
    let time = [0; 33];
    let nothing_selected = [0; 4 + 2 + 1 + 2 + 2 + 2];
    let inputs: [(&Structure, Vec<u8>, OnlyOurs); _] = [
        (&TPM2B_DATA, buffer(65), OnlyOurs::DataOver64),
        (&TPM2B_DATA, buffer(66), OnlyOurs::DataOver64),
        (
            &TPMS_ATTEST,
            [attest("8019", 65), time.to_vec()].concat(),
            OnlyOurs::DataOver64,
        ),
        (
            &TPMS_CREATION_DATA,
            [&nothing_selected[..], &buffer(66)].concat(),
            OnlyOurs::DataOver64,
        ),
        (
            &TPM2B_ENCRYPTED_SECRET,
            buffer(513),
            OnlyOurs::SecretOver512,
        ),
        (
            &TPM2B_ENCRYPTED_SECRET,
            buffer(1568),
            OnlyOurs::SecretOver512,
        ),
        (
            &TPMS_ATTEST,
            [attest("801c", 0), vec![0; 4]].concat(),
            OnlyOurs::NvDigest,
        ),
        // SHA256_192, SHA3_256, SHA3_384, SHA3_512, SHAKE256_192 to _512.
        (
            &TPMT_HA,
            [hex("000e"), vec![0; 24]].concat(),
            OnlyOurs::Hash,
        ),
        (
            &TPMT_HA,
            [hex("0027"), vec![0; 32]].concat(),
            OnlyOurs::Hash,
        ),
        (
            &TPMT_HA,
            [hex("0028"), vec![0; 48]].concat(),
            OnlyOurs::Hash,
        ),
        (
            &TPMT_HA,
            [hex("0029"), vec![0; 64]].concat(),
            OnlyOurs::Hash,
        ),
        (
            &TPMT_HA,
            [hex("002c"), vec![0; 24]].concat(),
            OnlyOurs::Hash,
        ),
        (
            &TPMT_HA,
            [hex("002d"), vec![0; 32]].concat(),
            OnlyOurs::Hash,
        ),
        (
            &TPMT_HA,
            [hex("002e"), vec![0; 64]].concat(),
            OnlyOurs::Hash,
        ),
        (
            &TPMT_SIGNATURE,
            [hex("0005 0027"), vec![0; 32]].concat(),
            OnlyOurs::Hash,
        ),
        (&TPMT_SYM_DEF_OBJECT, hex("0003 0080 0043"), OnlyOurs::Tdes),
        (&TPMS_SYMCIPHER_PARMS, hex("0003 0080 0043"), OnlyOurs::Tdes),
        (
            &TPMS_RSA_PARMS,
            hex("0003 0080 0043 0010 0800 00000000"),
            OnlyOurs::Tdes,
        ),
        (
            &TPMS_ECC_PARMS,
            hex("0003 0080 0043 0010 0003 0010"),
            OnlyOurs::Tdes,
        ),
        (
            &TPMT_PUBLIC,
            [public("0025"), hex("0003 0080 0043 0000")].concat(),
            OnlyOurs::Tdes,
        ),
        (&TPMT_KDF_SCHEME, hex("0021 000b"), OnlyOurs::Kdf2),
        (&TPMT_KDF_SCHEME, hex("001f 000b"), OnlyOurs::Hkdf),
        (
            &TPMS_ECC_PARMS,
            hex("0010 0010 0003 001f 000b"),
            OnlyOurs::Hkdf,
        ),
        (&TPMT_ECC_SCHEME, hex("0060"), OnlyOurs::EdDsaScheme),
        (&TPMT_ECC_SCHEME, hex("0061"), OnlyOurs::EdDsaScheme),
        (
            &TPMT_PUBLIC,
            [public("0023"), hex("0010 0060 0040 0010 0000 0000")].concat(),
            OnlyOurs::EdDsaScheme,
        ),
        (
            &TPMT_SIGNATURE,
            [hex("0060"), buffer(64)].concat(),
            OnlyOurs::EdDsaSignature,
        ),
        (
            &TPMT_SIGNATURE,
            [hex("0061"), buffer(114)].concat(),
            OnlyOurs::EdDsaSignature,
        ),
        (
            &TPMT_PUBLIC,
            [public("00a0"), hex("0010 0002"), buffer(1184)].concat(),
            OnlyOurs::MlKey,
        ),
        (
            &TPMT_PUBLIC,
            [public("00a1"), hex("0002 00"), buffer(1952)].concat(),
            OnlyOurs::MlKey,
        ),
        (
            &TPMT_PUBLIC,
            [public("00a2"), hex("0002 000b"), buffer(1952)].concat(),
            OnlyOurs::MlKey,
        ),
        (
            &TPMT_SIGNATURE,
            [hex("00a1"), buffer(3309)].concat(),
            OnlyOurs::MlSignature,
        ),
        (
            &TPMT_SIGNATURE,
            [hex("00a2 000b"), buffer(4627)].concat(),
            OnlyOurs::MlSignature,
        ),
    ];
    let mut seen = BTreeSet::new();
    for (structure, bytes, why) in inputs {
        let outcome = (structure.compare)(&bytes);
        assert!(
            matches!(outcome, Outcome::OnlyOurs(found) if found == why),
            "{}: {outcome:?}: {bytes:02x?}",
            structure.name
        );
        seen.insert(why);
    }
    assert_eq!(seen, OnlyOurs::ALL.iter().copied().collect());
}

/// One of each structure that both accept.
fn accepted_by_both() -> Vec<(&'static Structure, Vec<u8>)> {
    let name = |alg: &str, len: u16| {
        [
            &(len + 2).to_be_bytes()[..],
            &hex(alg),
            &vec![7; usize::from(len)],
        ]
        .concat()
    };
    let sha256 = name("000b", 32);
    let body = |kind: &str, rest: &str| [attest(kind, 1), hex(rest)].concat();
    vec![
        // Of zeros, so that what is shifted by another size is read as well.
        (&TPMS_ATTEST, [attest("8019", 0), vec![0; 33]].concat()),
        (&TPMS_CERTIFY_INFO, vec![0; 4]),
        (&TPMS_CREATION_DATA, vec![0; 15]),
        (&TPMS_CREATION_INFO, vec![0; 4]),
        (&TPMS_ECC_POINT, vec![0; 4]),
        (&TPMS_NV_CERTIFY_INFO, vec![0; 6]),
        (&TPMS_NV_DIGEST_CERTIFY_INFO, vec![0; 4]),
        (&TPMS_SIGNATURE_ECC, vec![0; 6]),
        // As they are used.
        (&TPM2B_ATTEST, buffer(3)),
        (&TPM2B_DATA, buffer(64)),
        (&TPM2B_DIGEST, buffer(64)),
        (&TPM2B_ECC_PARAMETER, buffer(32)),
        (&TPM2B_ENCRYPTED_SECRET, buffer(512)),
        (&TPM2B_ID_OBJECT, hex("0008 0002 aaaa bbbbbbbb")),
        (&TPM2B_MAX_NV_BUFFER, buffer(9)),
        (&TPM2B_NAME, sha256.clone()),
        (&TPM2B_NAME, name("0004", 20)),
        (&TPM2B_NAME, name("7777", 64)),
        (&TPM2B_NAME, hex("0004 40000001")),
        (&TPM2B_NAME, hex("0000")),
        (&TPM2B_PUBLIC_KEY_RSA, buffer(512)),
        (&TPML_DIGEST, hex("00000002 0001aa 0000")),
        (&TPML_PCR_SELECTION, hex("00000002 000b 03 010080 0004 00")),
        (&TPMS_ATTEST, body("8017", "0000 0004 40000001")),
        (&TPMS_ATTEST, body("801a", "0000 0000")),
        (&TPMS_ATTEST, body("8018", "00000001 000b 03 010080 0000")),
        (
            &TPMS_ATTEST,
            body("8015", "0000000000000001 000b 0000 0000"),
        ),
        (&TPMS_ATTEST, body("8016", "01 0000")),
        (&TPMS_ATTEST, [attest("8019", 1), vec![0; 33]].concat()),
        (&TPMS_ATTEST, body("8014", "0000 0000 0002 aaaa")),
        (
            &TPMS_CERTIFY_INFO,
            [sha256.clone(), sha256.clone()].concat(),
        ),
        (&TPMS_CLOCK_INFO, vec![0; 17]),
        (
            &TPMS_COMMAND_AUDIT_INFO,
            hex("0000000000000001 000b 0001aa 0001bb"),
        ),
        (
            &TPMS_CREATION_DATA,
            hex("00000000 0000 01 0010 0004 40000001 0004 40000001 0001aa"),
        ),
        (&TPMS_CREATION_INFO, [sha256.clone(), buffer(32)].concat()),
        (
            &TPMS_ECC_PARMS,
            hex("0006 0080 0043 0018 000b 0003 0020 000b"),
        ),
        (&TPMS_ECC_POINT, [buffer(32), buffer(32)].concat()),
        (&TPMS_KEYEDHASH_PARMS, hex("000a 000b 0022")),
        (
            &TPMS_NV_CERTIFY_INFO,
            [sha256.clone(), hex("0000 0001aa")].concat(),
        ),
        (
            &TPMS_NV_DIGEST_CERTIFY_INFO,
            [sha256.clone(), buffer(32)].concat(),
        ),
        (&TPMS_NV_PUBLIC, hex("01800001 000b 00060006 0000 0008")),
        (&TPMS_PCR_SELECTION, hex("000b 04 01000080")),
        (&TPMS_QUOTE_INFO, hex("00000001 000b 03 010080 0001aa")),
        (
            &TPMS_RSA_PARMS,
            hex("0006 0080 0043 0014 000b 0800 00000000"),
        ),
        (&TPMS_SCHEME_ECDAA, hex("000b 0001")),
        (&TPMS_SCHEME_XOR, hex("000b 0022")),
        (&TPMS_SESSION_AUDIT_INFO, hex("01 0001aa")),
        (
            &TPMS_SIGNATURE_ECC,
            [hex("000b"), buffer(32), buffer(32)].concat(),
        ),
        (&TPMS_SIGNATURE_RSA, [hex("000b"), buffer(256)].concat()),
        (&TPMS_SYMCIPHER_PARMS, hex("0013 0080 0043")),
        (&TPMS_TIME_ATTEST_INFO, vec![0; 33]),
        (&TPMS_TIME_INFO, vec![0; 25]),
        (&TPMT_ECC_SCHEME, hex("001a 000b 0001")),
        (&TPMT_HA, [hex("000b"), vec![7; 32]].concat()),
        (&TPMT_KDF_SCHEME, hex("0022 000b")),
        (&TPMT_KEYEDHASH_SCHEME, hex("000a 000b 0022")),
        (
            &TPMT_PUBLIC,
            [public("0001"), hex("0010 0010 0800 00000000"), buffer(256)].concat(),
        ),
        (&TPMT_PUBLIC, [public("0008"), hex("0010 0000")].concat()),
        (
            &TPMT_PUBLIC,
            [
                public("0023"),
                hex("0010 0010 0003 0010"),
                buffer(32),
                buffer(32),
            ]
            .concat(),
        ),
        (
            &TPMT_PUBLIC,
            [public("0025"), hex("0026 0080 0043 0000")].concat(),
        ),
        (&TPMT_RSA_SCHEME, hex("0016 000b")),
        (&TPMT_SIGNATURE, hex("0010")),
        (
            &TPMT_SIGNATURE,
            [hex("0018 000b"), buffer(32), buffer(32)].concat(),
        ),
        (&TPMT_SIGNATURE, [hex("0005 000b"), vec![7; 32]].concat()),
        (&TPMT_SYM_DEF_OBJECT, hex("0006 0080 0043")),
        (&TPMT_TK_CREATION, hex("8021 40000007 0000")),
    ]
}

/// Every pair of bytes is replaced by other numbers: all in front, where the
/// selectors are, elsewhere such as may be a size or an id. Bytes follow, so that
/// a larger size still finds its content.
#[test]
fn libtss2_alone_accepts_all_that_the_list_says_and_no_more() {
    let mut structures = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for (structure, base) in accepted_by_both() {
        let outcome = (structure.compare)(&base);
        assert!(
            matches!(outcome, Outcome::Same(len) if len == base.len()),
            "{}: {outcome:?}",
            structure.name
        );
        structures.insert(structure.name);

        let tail = [0; 800];
        let mut input = [&*base, &tail].concat();
        for at in 0..base.len().min(80) {
            let before = [input[at], input[at + 1]];
            for number in 0..=u16::MAX {
                if at > 0 && !matches!(number, 0..=0x210 | 0x8010..=0x8030 | 0xffff) {
                    continue;
                }
                input[at..at + 2].copy_from_slice(&number.to_be_bytes());
                if let Outcome::OnlyTheirs(_, error) = (structure.compare)(&input) {
                    seen.insert((error.structure(), error.field(), cause(error.reason())));
                }
            }
            input[at..at + 2].copy_from_slice(&before);
        }
    }
    let all: BTreeSet<&str> = STRUCTURES.iter().map(|structure| structure.name).collect();
    assert_eq!(structures, all);

    let mut listed = BTreeSet::new();
    for entry in ONLY_THEIRS {
        for (structure, field) in entry.places {
            let mut list = |what| listed.insert((*structure, *field, what));
            match &entry.refused {
                Refused::Constant => list(("constant", 0)),
                Refused::YesNo => list(("yes or no", 0)),
                Refused::End => list(("end", 0)),
                Refused::Size(sizes) => {
                    list(("size", *sizes.start()));
                    list(("size", *sizes.end()))
                }
                Refused::Selector(ids) => ids.iter().all(|id| list(("id", id.0))),
            };
        }
    }
    let missing: Vec<_> = listed.difference(&seen).collect();
    assert!(
        missing.is_empty(),
        "the list has more than it needs: {missing:?}"
    );
}

/// The reason in an error, and its number where the list has numbers.
fn cause(reason: Reason) -> (&'static str, u16) {
    match reason {
        Reason::WrongConstant => ("constant", 0),
        Reason::NotYesOrNo { .. } => ("yes or no", 0),
        Reason::InputTooShort { .. } => ("end", 0),
        Reason::SizeOutOfRange { size } => ("size", size),
        Reason::UnknownSelector { value } => ("id", value),
        other => panic!("{other}"),
    }
}
