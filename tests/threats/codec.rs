//! C: structures that are not quite what they should be. The whole codec has
//! its own tests, on every structure; these are the rows on the way of a quote.

use tpm_quote::{
    Check, Marshal, Problem, Tpm2bAttest, Tpm2bPublic, TpmsAttest, TpmtSignature, Unmarshal,
    UnmarshalError,
    error::Reason,
    types::TpmaObject,
    verify::{Part, error::SelectionProblem},
};

use super::{
    forge::{AK_ATTRIBUTES, Key, RSASSA, SHA256, bitmap, sized},
    scene::Scene,
};

/// Public area, quote and signature, each in the form that is read.
fn evidence() -> [Vec<u8>; 3] {
    let scene = Scene::by(Key::p256(SHA256));
    let attest = scene.attest();
    [scene.key.public(), sized(&attest), scene.key.sign(&attest)]
}

#[test]
fn c1_trailing_bytes_are_refused_where_they_begin() {
    let [public, attest, signature] = evidence();
    for count in 1..=8_u16 {
        let longer = |bytes: &[u8]| [bytes, &vec![0; usize::from(count)]].concat();
        let is_said = |error: UnmarshalError, structure: &str, len: usize| {
            assert_eq!((error.structure(), error.field()), (structure, ""));
            assert_eq!(error.offset(), len);
            assert_eq!(error.reason(), Reason::TrailingBytes { count });
        };
        let error = Tpm2bPublic::from_bytes(&longer(&public)).map(|_| ());
        is_said(error.unwrap_err(), "TPM2B_PUBLIC", public.len());
        let error = Tpm2bAttest::from_bytes(&longer(&attest)).map(|_| ());
        is_said(error.unwrap_err(), "TPM2B_ATTEST", attest.len());
        let error = TpmsAttest::from_bytes(&longer(&attest[2..])).map(|_| ());
        is_said(error.unwrap_err(), "TPMS_ATTEST", attest.len() - 2);
        let error = TpmtSignature::from_bytes(&longer(&signature)).map(|_| ());
        is_said(error.unwrap_err(), "TPMT_SIGNATURE", signature.len());
    }
}

#[test]
fn c5_counts_are_bounded_before_the_elements_are_read() {
    for count in [17_u32, 0x0001_0000, u32::MAX] {
        let mut scene = Scene::by(Key::p256(SHA256));
        // 20 KB of selections, which no limit but that of the count refuses.
        scene.quote.selections = vec![(SHA256, bitmap(&[0])); 3400];
        let mut attest = scene.attest();
        let at = attest.len() - 34 - 6 * 3400 - 4;
        attest[at..at + 4].copy_from_slice(&count.to_be_bytes());
        let signature = scene.key.sign(&attest);
        let public = scene.key.public();
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        let key = tpm_quote::AttestationKey::self_asserted(&public).unwrap();
        let evidence = tpm_quote::Evidence {
            attest: &attest,
            signature: &signature[..],
            pcrs: &[],
        };
        let policy = tpm_quote::QuotePolicy::new(
            tpm_quote::Nonce::exact(&scene.nonce).unwrap(),
            tpm_quote::PcrSet::parse("sha256:0").unwrap(),
        );
        let refusal = tpm_quote::verify_quote(&key, &evidence, &policy).unwrap_err();
        match *refusal.problem() {
            Problem::Structure(error) => {
                assert_eq!(refusal.part(), Part::Signed);
                assert_eq!(refusal.offset(), Some(at));
                assert_eq!(
                    (error.structure(), error.field(), error.offset()),
                    ("TPML_PCR_SELECTION", "count", at)
                );
                let count = u16::try_from(count).unwrap_or(u16::MAX);
                assert_eq!(error.reason(), Reason::CountOutOfRange { count });
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn c5_as_many_selections_as_fit_are_refused_by_the_second() {
    let mut scene = Scene::by(Key::p256(SHA256));
    scene.quote.selections = vec![(SHA256, bitmap(&[0, 7, 10])); 16];
    match scene.refusal().problem {
        Problem::Selection { problem, .. } => assert_eq!(
            problem,
            SelectionProblem::DuplicateBank(tpm_quote::TpmAlgId::SHA256)
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn c6_reserved_bits_are_kept_by_the_codec_and_refused_by_the_verifier() {
    for bit in (0..32).filter(|bit| TpmaObject::RESERVED.0 & (1 << bit) != 0) {
        let mut scene = Scene::by(Key::p256(SHA256));
        scene.key.attributes = AK_ATTRIBUTES | 1 << bit;
        let bytes = scene.key.public();
        let public = Tpm2bPublic::from_bytes(&bytes).unwrap();
        let mut out = vec![0xa5; bytes.len()];
        assert_eq!(public.value().marshal_into(&mut out), Ok(&bytes[2..]));
        assert_eq!(scene.failing_check(), Check::KeyAttributes);
    }
}

#[test]
fn c7_what_is_read_is_written_as_it_was() {
    let [public, attest, signature] = evidence();
    let mut out = [0xa5; 1024];
    let read = Tpm2bPublic::from_bytes(&public).unwrap();
    assert_eq!(read.marshal_into(&mut out), Ok(&public[..]));
    assert_eq!(read.value().marshal_into(&mut out), Ok(&public[2..]));
    let read = TpmsAttest::from_bytes(&attest[2..]).unwrap();
    assert_eq!(read.marshal_into(&mut out), Ok(&attest[2..]));
    let read = TpmtSignature::from_bytes(&signature).unwrap();
    assert_eq!(read.marshal_into(&mut out), Ok(&signature[..]));
}

#[test]
fn c8_other_forms_are_refused_and_never_guessed() {
    let [public, attest, signature] = evidence();
    let rsa = Key::rsa(2048, RSASSA, SHA256).public();
    let pem = b"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n";
    let der = tpm_der();
    for bytes in [&public[2..], &rsa[2..], pem, &der, &attest, &sized(&public)] {
        let error = Tpm2bPublic::from_bytes(bytes).expect_err("another form");
        assert!(["TPM2B_PUBLIC", "TPMT_PUBLIC"].contains(&error.structure()));
    }
    for bytes in [&attest[2..], pem, &signature] {
        let error = Tpm2bAttest::from_bytes(bytes).expect_err("another form");
        assert_eq!(error.structure(), "TPM2B_ATTEST");
    }
    for bytes in [&der[..], pem, &sized(&signature), &signature[4..], &attest] {
        let error = TpmtSignature::from_bytes(bytes).expect_err("another form");
        assert_eq!(error.structure(), "TPMT_SIGNATURE");
    }
}

/// A DER signature of two short numbers, as tools write it in their plain form.
fn tpm_der() -> Vec<u8> {
    crate::common::hex("3006020101020102")
}
