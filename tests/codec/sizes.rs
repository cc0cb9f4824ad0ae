//! Sizes that do not fit, and buffers and names that are too long.

use hex_literal::hex;
use tpm_quote::{
    Tpm2bAttest, Tpm2bPublic, TpmAlgId, TpmsAttest, Unmarshal,
    error::{MarshalReason, Reason},
    types::*,
};

use crate::{
    Read, TRAILING,
    common::{attestations, case, credentials, exact, spare},
    refused, short, size,
};

/// `bytes` with another size in front.
fn resized(bytes: &[u8], size: usize) -> Vec<u8> {
    let size = u16::try_from(size).unwrap().to_be_bytes();
    [&size, &bytes[2..]].concat()
}

/// C2: the size in front is that of what it holds, and of all that there is.
/// `first` is the first field and its bytes, `last` the last one and how far
/// before the end it is missed.
#[track_caller]
fn size_has_to_fit(read: Read, sized: &str, bytes: &[u8], first: (&str, u16), last: (&str, usize)) {
    let (end, len) = (bytes.len(), bytes.len() - 2);
    // The size is compared with the input before the content is looked at.
    refused(read, &resized(bytes, len - 1), sized, end - 1, TRAILING);
    refused(read, &resized(bytes, len + 1), sized, 2, short(1));
    let count = u16::try_from(len).unwrap();
    let all = Reason::TrailingBytes { count };
    refused(read, &resized(bytes, 0), sized, 2, all);
    let missing = 0x7fff - count;
    refused(read, &resized(bytes, 0x7fff), sized, 2, short(missing));
    let place = format!("{sized}.size");
    for size in [0x8000, 0xffff] {
        let reason = Reason::SizeOutOfRange { size };
        refused(read, &resized(bytes, size.into()), &place, 0, reason);
    }
    // Where it is that of the input, the content has to be as long.
    let longer = [bytes, &[0]].concat();
    refused(read, &resized(&longer, len + 1), sized, end, TRAILING);
    let shorter = resized(&bytes[..end - 1], len - 1);
    refused(read, &shorter, last.0, end - last.1, short(1));
    refused(read, &[0, 0], first.0, 2, short(first.1));
}

#[test]
fn c2_size_of_a_public_area_has_to_fit() {
    let (read, first) = (read!(Tpm2bPublic), ("TPMT_PUBLIC.type", 2));
    let rsa = case("004").file("ak.pub");
    size_has_to_fit(
        read,
        "TPM2B_PUBLIC",
        &rsa,
        first,
        ("TPMT_PUBLIC.unique", 256),
    );
    let ecc = case("005").file("ak.pub");
    size_has_to_fit(read, "TPM2B_PUBLIC", &ecc, first, ("TPMS_ECC_POINT.y", 32));
}

#[test]
fn c2_size_of_creation_data_has_to_fit() {
    let case = attestations().into_iter().find(|c| c.has("creation.data"));
    let bytes = case.unwrap().file("creation.data");
    let first = ("TPML_PCR_SELECTION.count", 4);
    let last = ("TPMS_CREATION_DATA.outsideInfo", 24);
    size_has_to_fit(
        read!(Tpm2bCreationData),
        "TPM2B_CREATION_DATA",
        &bytes,
        first,
        last,
    );
}

#[test]
fn c2_size_of_an_nv_public_area_has_to_fit() {
    let case = attestations().into_iter().find(|c| c.has("nv.public"));
    let bytes = case.unwrap().file("nv.public");
    let first = ("TPMS_NV_PUBLIC.nvIndex", 4);
    let last = ("TPMS_NV_PUBLIC.dataSize", 2);
    size_has_to_fit(read!(Tpm2bNvPublic), "TPM2B_NV_PUBLIC", &bytes, first, last);
}

/// Its second part ends where the size says.
#[test]
fn c2_size_of_an_id_object_has_to_fit() {
    let read = read!(Tpm2bIdObject);
    let bytes = credentials()[0].file("id_object.2b");
    let (end, len) = (bytes.len(), bytes.len() - 2);
    refused(
        read,
        &resized(&bytes, len - 1),
        "TPM2B_ID_OBJECT",
        end - 1,
        TRAILING,
    );
    refused(
        read,
        &resized(&bytes, len + 1),
        "TPM2B_ID_OBJECT",
        2,
        short(1),
    );
    let count = u16::try_from(len).unwrap();
    let all = Reason::TrailingBytes { count };
    refused(read, &resized(&bytes, 0), "TPM2B_ID_OBJECT", 2, all);
    refused(read, &[0, 0], "TPMS_ID_OBJECT.integrityHMAC", 2, short(2));
    refused(
        read,
        &resized(&bytes, 133),
        "TPM2B_ID_OBJECT.size",
        0,
        size(133),
    );
    refused(
        read,
        &resized(&bytes, 0xffff),
        "TPM2B_ID_OBJECT.size",
        0,
        size(0xffff),
    );
    let longest = spare(&[&hex!("0084 0002 abcd")[..], &[7; 128]].concat());
    let object: Tpm2bIdObject<'_> = exact(&longest);
    assert_eq!(object.value().enc_identity, [7; 128]);
}

#[test]
fn c2_size_of_an_attestation_has_to_fit() {
    let read = read!(Tpm2bAttest);
    let bytes = case("004").file("quote.attest2b");
    let (end, len) = (bytes.len(), bytes.len() - 2);
    refused(
        read,
        &resized(&bytes, len - 1),
        "TPM2B_ATTEST",
        end - 1,
        TRAILING,
    );
    refused(read, &resized(&bytes, len + 1), "TPM2B_ATTEST", 2, short(1));
    refused(
        read,
        &resized(&bytes, 0xffff),
        "TPM2B_ATTEST",
        0,
        size(0xffff),
    );
    let count = u16::try_from(len).unwrap();
    refused(
        read,
        &resized(&bytes, 0),
        "TPM2B_ATTEST",
        2,
        Reason::TrailingBytes { count },
    );
}

#[test]
fn c2_size_inside_a_sized_structure_has_to_fit_as_well() {
    let bytes = case("004").file("ak.pub");
    let unique = bytes.len() - 258;
    let with = |size: u16| {
        let mut bytes = bytes.clone();
        bytes[unique..unique + 2].copy_from_slice(&size.to_be_bytes());
        bytes
    };
    let read = read!(Tpm2bPublic);
    refused(read, &with(255), "TPM2B_PUBLIC", bytes.len() - 1, TRAILING);
    refused(read, &with(257), "TPMT_PUBLIC.unique", unique + 2, short(1));
    refused(read, &with(513), "TPMT_PUBLIC.unique", unique, size(513));
    refused(
        read,
        &with(0xffff),
        "TPMT_PUBLIC.unique",
        unique,
        size(0xffff),
    );
}

/// Before something else, the size alone says where the structure ends.
#[test]
fn c2_size_has_to_fit_where_more_follows() {
    let bytes = spare(&case("004").file("ak.pub"));
    let (public, rest) = Tpm2bPublic::from_prefix(&bytes).unwrap();
    assert_eq!((public.bytes().len(), rest.len()), (280, 8));
    let places = [
        (279, "TPMT_PUBLIC", "unique", 26, short(1)),
        (281, "TPM2B_PUBLIC", "", 282, TRAILING),
        (0, "TPMT_PUBLIC", "type", 2, short(2)),
        (0x8000, "TPM2B_PUBLIC", "size", 0, size(0x8000)),
    ];
    for (wrong, structure, field, offset, reason) in places {
        let bytes = resized(&bytes, wrong);
        let error = Tpm2bPublic::from_prefix(&bytes).unwrap_err();
        let found = (error.structure(), error.field(), error.offset());
        assert_eq!(found, (structure, field, offset), "{error}");
        assert_eq!(error.reason(), reason);
    }
}

#[test]
fn bare_structure_that_no_size_can_hold_is_refused() {
    let error = Tpm2bPublic::from_unsized(&[0; 0x8000]).unwrap_err();
    assert_eq!(error.reason(), size(0x8000));
    assert_eq!((error.structure(), error.offset()), ("TPM2B_PUBLIC", 0));
    let area = &case("004").file("ak.pub")[2..];
    let error = Tpm2bPublic::from_unsized(&[area, &[0]].concat()).unwrap_err();
    assert_eq!((error.reason(), error.offset()), (TRAILING, area.len()));
}

/// The largest payload of each type, by the specification.
#[test]
fn bare_structure_has_the_largest_size_and_not_more() {
    // A credential: no HMAC, and the rest is encrypted.
    let longest = [0; 132];
    let object = Tpm2bIdObject::from_unsized(&longest).unwrap();
    assert_eq!(object.bytes(), longest);
    assert_eq!(object.value().enc_identity, [0; 130]);
    let error = Tpm2bIdObject::from_unsized(&[0; 133]).unwrap_err();
    assert_eq!(
        (error.structure(), error.field(), error.offset()),
        ("TPM2B_ID_OBJECT", "", 0)
    );
    assert_eq!(error.reason(), size(133));
}

#[test]
fn buffers_are_as_long_as_their_type_allows_and_not_longer() {
    macro_rules! limit {
        ($($type:ident $name:literal $max:literal,)*) => {$({
            let payload = vec![0x5a; $max + 1];
            let sized = |len: u16| [&len.to_be_bytes()[..], &payload[..len.into()]].concat();
            let longest = spare(&sized($max));
            let value: $type<'_> = exact(&longest);
            assert_eq!(value.bytes(), &payload[..$max]);
            assert_eq!($type::new(&payload[..$max]), Ok(value));
            assert_eq!($type::MAX, $max);
            let empty = spare(&sized(0));
            assert!(exact::<$type<'_>>(&empty).is_empty());

            refused(read!($type), &sized($max + 1), $name, 0, size($max + 1));
            refused(read!($type), &[0xff, 0xff], $name, 0, size(0xffff));
            // A size that is too large is so even where the input ends.
            refused(read!($type), &sized($max + 1)[..2], $name, 0, size($max + 1));
            let error = $type::new(&payload).unwrap_err();
            assert_eq!((error.structure(), error.field()), ($name, "size"));
            assert_eq!(error.reason(), MarshalReason::SizeOutOfRange { size: $max + 1 });
            let error = $type::new(&[0; 0x1_0000]).unwrap_err();
            assert_eq!(error.reason(), MarshalReason::SizeOutOfRange { size: 0xffff });
        })*};
    }
    limit! {
        Tpm2bDigest "TPM2B_DIGEST" 64,
        Tpm2bData "TPM2B_DATA" 66,
        Tpm2bMaxNvBuffer "TPM2B_MAX_NV_BUFFER" 2048,
        Tpm2bAttest "TPM2B_ATTEST" 2304,
        Tpm2bPublicKeyRsa "TPM2B_PUBLIC_KEY_RSA" 512,
        Tpm2bEccParameter "TPM2B_ECC_PARAMETER" 80,
        Tpm2bEncryptedSecret "TPM2B_ENCRYPTED_SECRET" 1568,
        Tpm2bPublicKeyMldsa "TPM2B_PUBLIC_KEY_MLDSA" 2592,
        Tpm2bPublicKeyMlkem "TPM2B_PUBLIC_KEY_MLKEM" 1568,
        Tpm2bSignatureEddsa "TPM2B_SIGNATURE_EDDSA" 160,
        Tpm2bSignatureMldsa "TPM2B_SIGNATURE_MLDSA" 4627,
    }
}

/// Nothing, a handle, or a hash id and a digest of its size.
#[test]
fn names_have_one_of_three_forms() {
    let read = read!(Tpm2bName);
    let named = |alg: u16, len: usize| {
        let mut bytes = u16::try_from(len).unwrap().to_be_bytes().to_vec();
        bytes.extend(alg.to_be_bytes().iter().chain(&[9; 80]).take(len));
        bytes
    };
    for len in [1, 2, 3, 67, 80] {
        for alg in [0x000b, 0x7777] {
            let reason = size(u16::try_from(len).unwrap());
            refused(read, &named(alg, len), "TPM2B_NAME", 0, reason);
        }
    }
    let sizes = [
        (0x0004, 22),
        (0x000b, 34),
        (0x000c, 50),
        (0x000d, 66),
        (0x0027, 34),
    ];
    for (alg, only) in sizes {
        for len in 5..=66 {
            let bytes = named(alg, len);
            if len == only {
                let bytes = spare(&bytes);
                let name: Tpm2bName<'_> = exact(&bytes);
                let form = NameForm::Digest {
                    name_alg: TpmAlgId(alg),
                    digest: &[9; 64][..len - 2],
                };
                assert_eq!(name.form(), form);
                assert_eq!(Tpm2bName::new(name.bytes()), Ok(name));
            } else {
                let reason = size(u16::try_from(len).unwrap());
                refused(read, &bytes, "TPM2B_NAME", 0, reason);
                let error = Tpm2bName::new(&bytes[2..]).unwrap_err();
                assert_eq!((error.structure(), error.field()), ("TPM2B_NAME", "size"));
            }
        }
    }
    // Of a hash that is not known, any length may be right.
    for len in 5..=66 {
        let bytes = spare(&named(0x7777, len));
        let name: Tpm2bName<'_> = exact(&bytes);
        let form = NameForm::Digest {
            name_alg: TpmAlgId(0x7777),
            digest: &[9; 64][..len - 2],
        };
        assert_eq!(name.form(), form);
    }
    // A handle is one whatever it begins with.
    let bytes = spare(&hex!("0004 000b 0001"));
    let name: Tpm2bName<'_> = exact(&bytes);
    assert_eq!(name.form(), NameForm::Handle(TpmHandle(0x000b_0001)));
    let bytes = spare(&hex!("0000"));
    assert_eq!(exact::<Tpm2bName<'_>>(&bytes).form(), NameForm::Empty);
}

/// A field that is too long is refused where its size stands.
#[test]
fn over_long_fields_are_named_by_the_structure_around_them() {
    let quote = case("004").file("quote.attest");
    // magic, type, and a qualifiedSigner of 34 bytes
    let extra_data = 4 + 2 + 2 + 34;
    let mut bytes = quote.clone();
    bytes[extra_data..extra_data + 2].copy_from_slice(&hex!("0043"));
    let place = "TPMS_ATTEST.extraData";
    refused(read!(TpmsAttest), &bytes, place, extra_data, size(67));
    let digest = quote.len() - 34;
    let mut bytes = quote.clone();
    bytes[digest..digest + 2].copy_from_slice(&hex!("0041"));
    let place = "TPMS_QUOTE_INFO.pcrDigest";
    refused(read!(TpmsAttest), &bytes, place, digest, size(65));
    let mut bytes = quote;
    bytes[7] = 33;
    let place = "TPMS_ATTEST.qualifiedSigner";
    refused(read!(TpmsAttest), &bytes, place, 6, size(33));
}
