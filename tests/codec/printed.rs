//! Real structures that are short enough to be printed, byte by byte.

use tpm_quote::{TpmAlgId, TpmsAttest, TpmtPublic, TpmtSignature, TpmuAttest, types::*};

use crate::common::{exact, spare, specimens};

#[test]
fn public_area_of_an_attestation_key() {
    let bytes = spare(&specimens::PUBLIC);
    let public: TpmtPublic<'_> = exact(&bytes);
    assert_eq!(public.name_alg, TpmAlgId::SHA256);
    let attributes: Vec<_> = public.object_attributes.names().collect();
    let expected = [
        "fixedTPM",
        "fixedParent",
        "sensitiveDataOrigin",
        "userWithAuth",
        "restricted",
        "sign",
    ];
    assert_eq!(attributes, expected);
    let TpmuPublic::Ecc(key) = public.key else {
        panic!("{public:?}");
    };
    let parameters = TpmsEccParms {
        symmetric: TpmtSymDefObject::Null,
        scheme: TpmtEccScheme::EcDsa(TpmAlgId::SHA256),
        curve_id: TpmEccCurve::NIST_P256,
        kdf: TpmtKdfScheme::Null,
    };
    assert_eq!(key.parameters, parameters);
    assert_eq!(key.unique.x.bytes(), &specimens::PUBLIC[22..54]);
    assert_eq!(key.unique.y.bytes(), &specimens::PUBLIC[56..]);
}

#[test]
fn creation_data_of_that_key() {
    let bytes = spare(&specimens::CREATION_DATA);
    let data: TpmsCreationData<'_> = exact(&bytes);
    let selections: Vec<_> = data.pcr_select.iter().collect();
    let selection = TpmsPcrSelection::new(TpmAlgId::SHA256, &[0x80, 0, 0]).unwrap();
    assert_eq!(selections, [selection]);
    assert_eq!(data.pcr_digest.bytes(), &specimens::CREATION_DATA[12..44]);
    assert_eq!(data.locality, TpmaLocality::LOC_ZERO);
    assert_eq!(data.parent_name_alg, TpmAlgId::NULL);
    let endorsement = NameForm::Handle(TpmHandle::RH_ENDORSEMENT);
    assert_eq!(data.parent_name.form(), endorsement);
    assert_eq!(data.parent_qualified_name.form(), endorsement);
    assert_eq!(data.outside_info.bytes(), [1, 2]);
}

/// Reads an attestation and its signature, and checks what they have in common.
fn read<'a>(attest: &'a [u8], signature: &[u8], clock: u64, nonce: &[u8]) -> TpmuAttest<'a> {
    let signature = spare(signature);
    let TpmtSignature::EcDsa(numbers) = exact(&signature) else {
        panic!("no ECDSA signature");
    };
    assert_eq!(numbers.hash, TpmAlgId::SHA256);
    assert_eq!(numbers.signature_r.bytes(), &signature[6..38]);
    assert_eq!(numbers.signature_s.bytes(), &signature[40..72]);

    let attest: TpmsAttest<'_> = exact(attest);
    assert_eq!(attest.qualified_signer.bytes(), specimens::QUALIFIED_NAME);
    assert_eq!(attest.extra_data.bytes(), nonce);
    assert_eq!(attest.clock_info, clock_info(clock));
    assert_eq!(attest.firmware_version, 0x2019_1023_0016_3636);
    attest.attested
}

fn clock_info(clock: u64) -> TpmsClockInfo {
    TpmsClockInfo {
        clock,
        reset_count: 1,
        restart_count: 0,
        safe: true,
    }
}

#[test]
fn quote_by_that_key() {
    let bytes = spare(&specimens::QUOTE);
    let nonce = [0xc0, 0xff, 0xee];
    let attested = read(&bytes, &specimens::QUOTE_SIGNATURE, 0x16_5e3f, &nonce);
    let TpmuAttest::Quote(quote) = attested else {
        panic!("{attested:?}");
    };
    let selections: Vec<_> = quote.pcr_select.iter().collect();
    let selection = TpmsPcrSelection::new(TpmAlgId::SHA256, &[1, 0, 0x80]).unwrap();
    assert_eq!(selections, [selection]);
    assert_eq!(selection.mask(), 1 << 23 | 1);
    assert_eq!(quote.pcr_digest.bytes(), &specimens::QUOTE[84..]);
}

#[test]
fn certification_creation_and_time_by_that_key() {
    let bytes = spare(&specimens::CERTIFY);
    let attested = read(&bytes, &specimens::CERTIFY_SIGNATURE, 0x16_5e81, &[]);
    let info = TpmsCertifyInfo {
        name: Tpm2bName::new(&specimens::NAME).unwrap(),
        qualified_name: Tpm2bName::new(&specimens::QUALIFIED_NAME).unwrap(),
    };
    assert_eq!(attested, TpmuAttest::Certify(info));

    let bytes = spare(&specimens::CREATION);
    let attested = read(&bytes, &specimens::CREATION_SIGNATURE, 0x16_5e83, &[]);
    let info = TpmsCreationInfo {
        object_name: Tpm2bName::new(&specimens::NAME).unwrap(),
        creation_hash: Tpm2bDigest::new(&specimens::CREATION_HASH).unwrap(),
    };
    assert_eq!(attested, TpmuAttest::Creation(info));

    let bytes = spare(&specimens::TIME);
    let attested = read(&bytes, &specimens::TIME_SIGNATURE, 0x16_5e83, &[]);
    let info = TpmsTimeAttestInfo {
        time: TpmsTimeInfo {
            time: 0x16_5e83,
            clock_info: clock_info(0x16_5e83),
        },
        firmware_version: 0x2019_1023_0016_3636,
    };
    assert_eq!(attested, TpmuAttest::Time(info));
}

#[test]
fn nv_index_before_and_after_it_was_written() {
    for ((area, _), attributes) in specimens::NV.iter().zip([0x0006_0006, 0x2006_0006]) {
        let bytes = spare(area);
        let expected = TpmsNvPublic {
            nv_index: TpmHandle(0x0180_0001),
            name_alg: TpmAlgId::SHA256,
            attributes: TpmaNv(attributes),
            auth_policy: Tpm2bDigest::default(),
            data_size: 8,
        };
        assert_eq!(exact::<TpmsNvPublic<'_>>(&bytes), expected);
    }
}
