//! What is made: its bytes, what is refused, and how it is shown to a developer.

use hex_literal::hex;
use tpm_quote::{
    Marshal, MarshalError, Tpm2bPublic, TpmAlgId, TpmlPcrSelection, TpmtPublic, Unmarshal, crypto,
    error::MarshalReason,
    types::*,
    wire::{Reader, Sink, SliceSink},
};

const TOO_SMALL: MarshalReason = MarshalReason::OutputTooSmall;

#[track_caller]
fn refused<T>(made: Result<T, MarshalError>, place: &str, reason: MarshalReason) {
    let error = made.err().expect("it is refused");
    let (structure, field) = place.split_once('.').unwrap_or((place, ""));
    assert_eq!((error.structure(), error.field()), (structure, field));
    assert_eq!(error.reason(), reason, "{error}");
}

fn sealed(digest: &[u8]) -> TpmtPublic<'_> {
    TpmtPublic {
        name_alg: TpmAlgId::SHA256,
        object_attributes: TpmaObject::FIXED_TPM | TpmaObject::FIXED_PARENT,
        auth_policy: Tpm2bDigest::default(),
        key: TpmuPublic::Keyedhash(ParmsAndId {
            parameters: TpmsKeyedhashParms {
                scheme: TpmtKeyedhashScheme::Null,
            },
            unique: Tpm2bDigest::new(digest).unwrap(),
        }),
    }
}

#[test]
fn list_is_its_elements_at_the_start_of_the_room() {
    let bank = |hash, map| TpmsPcrSelection::new(hash, map).unwrap();
    let banks = [
        bank(TpmAlgId::SHA1, &[]),
        bank(TpmAlgId::SHA256, &[0x81, 0, 1]),
    ];
    let mut room = [0xa5; 12];
    let list = TpmlPcrSelection::new(&banks, &mut room).unwrap();
    assert_eq!(list.count(), 2);
    assert!(list.iter().eq(banks));
    let mut out = [0xa5; 14];
    let expected = hex!(
        "00000002"     // count
        "0004 00"      // SHA-1, no map
        "000b 03810001" // SHA-256, PCRs 0, 7 and 16
    );
    assert_eq!(list.marshal_into(&mut out), Ok(&expected[..]));
    assert_eq!(TpmlPcrSelection::from_bytes(&expected), Ok(list));
    assert_eq!(room[9..], [0xa5; 3]);

    for size in 0..9 {
        let mut room = [0; 9];
        let made = TpmlPcrSelection::new(&banks, &mut room[..size]);
        refused(made, "TPML_PCR_SELECTION", TOO_SMALL);
    }
}

#[test]
fn list_of_nothing_needs_no_room() {
    let empty = TpmlDigest::new(&[], &mut []).unwrap();
    assert_eq!((empty, empty), (TpmlDigest::EMPTY, TpmlDigest::default()));
    assert_eq!((empty.count(), empty.iter().count()), (0, 0));
    let mut out = [0xa5; 4];
    assert_eq!(empty.marshal_into(&mut out), Ok(&[0; 4][..]));
    assert_eq!(TpmlDigest::from_bytes(&[0; 4]), Ok(empty));
}

#[test]
fn list_of_more_elements_than_its_type_has_is_refused() {
    let mut room = [0; 256];
    let digests = [Tpm2bDigest::default(); 9];
    assert!(TpmlDigest::new(&digests[..8], &mut room).is_ok());
    let size = |size| MarshalReason::SizeOutOfRange { size };
    let made = TpmlDigest::new(&digests, &mut room);
    refused(made, "TPML_DIGEST.count", size(9));
    let banks = [TpmsPcrSelection::new(TpmAlgId::SHA256, &[]).unwrap(); 17];
    assert!(TpmlPcrSelection::new(&banks[..16], &mut room).is_ok());
    let made = TpmlPcrSelection::new(&banks, &mut room);
    refused(made, "TPML_PCR_SELECTION.count", size(17));
    let many = vec![Tpm2bDigest::default(); 0x1_0001];
    let made = TpmlDigest::new(&many, &mut room);
    refused(made, "TPML_DIGEST.count", size(0xffff));
}

#[test]
fn sized_structure_is_its_value_at_the_start_of_the_room() {
    let value = sealed(&[7; 3]);
    let mut room = [0xa5; 20];
    let public = Tpm2bPublic::new(value, &mut room).unwrap();
    assert_eq!(*public.value(), value);
    let expected = hex!(
        "0011"     // size
        "0008"     // type = TPM_ALG_KEYEDHASH
        "000b"     // nameAlg = TPM_ALG_SHA256
        "00000012" // objectAttributes = fixedTPM, fixedParent
        "0000"     // authPolicy
        "0010"     // scheme = TPM_ALG_NULL
        "0003070707"
    );
    assert_eq!(public.bytes(), &expected[2..]);
    let mut out = [0; 24];
    assert_eq!(public.marshal_into(&mut out), Ok(&expected[..]));
    assert_eq!(Tpm2bPublic::from_bytes(&expected), Ok(public));
    assert_eq!(room[17..], [0xa5; 3]);

    for size in 0..17 {
        let mut room = [0; 17];
        let error = Tpm2bPublic::new(value, &mut room[..size]).unwrap_err();
        assert_eq!(error.reason(), TOO_SMALL);
        assert!(!error.structure().is_empty());
    }
}

#[test]
fn sized_structure_of_more_than_its_limit_is_refused() {
    let mut room = [0; 256];
    let bytes = [9; 131];
    let object = |len| TpmsIdObject {
        integrity_hmac: Tpm2bDigest::default(),
        enc_identity: &bytes[..len],
    };
    let made = Tpm2bIdObject::new(object(130), &mut room).unwrap();
    assert_eq!(made.bytes().len(), 132);
    let size = MarshalReason::SizeOutOfRange { size: 133 };
    let made = Tpm2bIdObject::new(object(131), &mut room);
    refused(made, "TPM2B_ID_OBJECT.size", size);
}

#[test]
fn bytes_are_shown_in_hexadecimal() {
    let digest = Tpm2bDigest::new(&[0, 0xff]).unwrap();
    assert_eq!(format!("{digest:?}"), "Tpm2bDigest(00ff)");
    let select = TpmsPcrSelection::new(TpmAlgId::SHA256, &[0x80, 0, 1]).unwrap();
    assert_eq!(
        format!("{select:?}"),
        "TpmsPcrSelection { hash: TPM_ALG_SHA256, select: 800001 }"
    );
    let hash = TpmtHa::new(TpmAlgId::SHA1, &[0xab; 20]).unwrap();
    let digits = "ab".repeat(20);
    assert_eq!(
        format!("{hash:?}"),
        format!("TpmtHa {{ hash_alg: TPM_ALG_SHA1, digest: {digits} }}")
    );
    let name = [&[0, 4][..], &[0xab; 20]].concat();
    let name = Tpm2bName::new(&name).unwrap();
    assert_eq!(
        format!("{name:?}"),
        format!("Digest {{ name_alg: TPM_ALG_SHA1, digest: {digits} }}")
    );
    let handle = Tpm2bName::new(&[0x40, 0, 0, 1]).unwrap();
    assert_eq!(format!("{handle:?}"), "Handle(TPM_RH_OWNER)");
    assert_eq!(format!("{:?}", Tpm2bName::default()), "Empty");
    let object = TpmsIdObject {
        integrity_hmac: digest,
        enc_identity: &[1, 2],
    };
    assert_eq!(
        format!("{object:?}"),
        "TpmsIdObject { integrity_hmac: Tpm2bDigest(00ff), enc_identity: 0102 }"
    );
    let mut room = [0; 6];
    let sized = Tpm2bIdObject::new(object, &mut room).unwrap();
    assert_eq!(
        format!("{sized:?}"),
        format!("Tpm2b {{ bytes: 000200ff0102, value: {object:?} }}")
    );

    let mut reader = Reader::new(&[1, 2, 0xfe]);
    reader.bytes(1).unwrap();
    assert_eq!(format!("{reader:?}"), "Reader { offset: 1, rest: 02fe }");
    let mut room = [0; 4];
    let mut sink = SliceSink::new(&mut room);
    sink.write(&[0xfe]).unwrap();
    assert_eq!(format!("{sink:?}"), "SliceSink { written: fe, size: 4 }");
}

#[test]
fn keys_and_signatures_are_shown_in_hexadecimal() {
    use crypto::{Curve, PublicKey, Signature};

    let rsa = PublicKey::Rsa {
        modulus: &[0xc0, 1],
    };
    assert_eq!(format!("{rsa:?}"), "Rsa { modulus: c001 }");
    let (x, y) = (&[0x0a][..], &[0xff][..]);
    let curve = Curve::P256;
    let ecc = PublicKey::Ecc { curve, x, y };
    assert_eq!(format!("{ecc:?}"), "Ecc { curve: P256, x: 0a, y: ff }");
    assert_eq!(format!("{:?}", Signature::RsaSsa(x)), "RsaSsa(0a)");
    assert_eq!(format!("{:?}", Signature::RsaPss(y)), "RsaPss(ff)");
    let signature = Signature::EcDsa { r: x, s: y };
    assert_eq!(format!("{signature:?}"), "EcDsa { r: 0a, s: ff }");
}
