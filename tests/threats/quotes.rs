//! Q: the structure that was signed.

use tpm_quote::{
    Check, Nonce, Problem, TpmAlgId,
    types::TpmSt,
    verify::{
        Excerpt, Verdict,
        error::{AttestProblem, SettingProblem},
    },
};

use super::{
    forge::{Key, SHA256, sized},
    said::{Said, said},
    scene::Scene,
};

fn scene() -> Scene {
    Scene::by(Key::p256(SHA256))
}

#[test]
fn q1_each_bit_of_the_magic_is_checked_before_anything_else() {
    for bit in 0..32 {
        let mut scene = scene();
        scene.quote.magic ^= 1 << bit;
        // Wrong in all that comes after it, too.
        scene.quote.kind = 0x8014;
        scene.quote.extra_data = vec![1];
        let found = scene.quote.magic;
        assert_eq!(scene.refusal(), AttestProblem::Magic { found });
    }
}

#[test]
fn q2_all_65536_types_but_one_are_refused() {
    let mut scene = scene();
    for kind in 0..=u16::MAX {
        scene.quote.kind = kind;
        let found = TpmSt(kind);
        match scene.verify_without_signature() {
            Ok(()) => assert_eq!(kind, 0x8018),
            Err(error) => assert_eq!(said(error), other_type(found)),
        }
    }
}

#[test]
fn q2_other_kinds_are_refused_with_a_good_signature() {
    for (kind, _) in TpmSt::NAMES {
        let mut scene = scene();
        scene.quote.kind = kind.0;
        match scene.verify() {
            Ok(_) => assert_eq!(*kind, TpmSt::ATTEST_QUOTE),
            Err(error) => assert_eq!(said(error), other_type(*kind)),
        }
    }
}

#[test]
fn q2_nv_contents_that_look_like_a_quote_are_none() {
    // TPMS_NV_CERTIFY_INFO: the index's Name is laid over the selection, and
    // what the index holds over the digest.
    let mut nv = scene();
    nv.quote.kind = 0x8014;
    let head = nv.quote.bytes();
    let head = &head[..head.len() - 4 - 6 - 34];
    let info = [
        sized(&[&[0x00, 0x0b][..], &[5; 32]].concat()),
        vec![0, 0],
        sized(&nv.quote.pcr_digest),
    ];
    nv.attest = Some([head, &info.concat()].concat());
    let found = TpmSt::ATTEST_NV;
    assert_eq!(nv.refusal(), other_type(found));
}

#[test]
fn q3_nonce_is_compared_whole() {
    let nonce: Vec<u8> = (0x80..0x90).collect();
    let mut plus_one = nonce.clone();
    *plus_one.last_mut().unwrap() += 1;
    for other in [
        nonce[..15].to_vec(),
        nonce[1..].to_vec(),
        [&nonce[..], &[0]].concat(),
        [&[0], &nonce[..]].concat(),
        [&nonce[..], &[0; 16]].concat(),
        [&nonce[..], &nonce[..]].concat(),
        vec![],
        vec![0; 16],
        plus_one,
    ] {
        let mut scene = scene();
        scene.quote.extra_data = other.clone();
        assert_eq!(
            scene.refusal(),
            AttestProblem::Nonce {
                expected: Excerpt::new(&nonce),
                found: Excerpt::new(&other),
            }
        );
    }
}

#[test]
fn q3_nonces_have_1_to_66_bytes() {
    for len in [1, 2, 65, 66] {
        let mut scene = scene();
        scene.quote.extra_data = vec![7; len];
        scene.nonce = vec![7; len];
        scene.verify().unwrap();
    }
    for len in [0, 67, 255, 256, 65_537] {
        let error = Nonce::exact(&vec![7; len]).unwrap_err();
        assert_eq!(said(error), SettingProblem::NonceLength(len));
    }
    let error = Nonce::from_payload_id("").unwrap_err();
    assert_eq!(said(error), SettingProblem::PayloadIdEmpty);
}

#[test]
fn q3_two_long_nonces_are_told_apart_in_the_text() {
    let mut scene = scene();
    scene.nonce = vec![0xaa; 66];
    scene.quote.extra_data = vec![0xaa; 66];
    scene.quote.extra_data[65] = 0xbb;
    let text = scene.verify().unwrap_err().to_string();
    assert!(
        text.contains(&format!("{}bb, expected", "aa".repeat(65))),
        "{text}"
    );
    assert!(text.ends_with(&"aa".repeat(66)), "{text}");
}

#[test]
fn q1_magic_is_judged_as_soon_as_it_can_be_read() {
    for len in 4..6 {
        let mut scene = scene();
        scene.attest = Some(vec![0x11; len]);
        let found = 0x1111_1111;
        assert_eq!(scene.refusal(), AttestProblem::Magic { found });
    }
}

#[test]
fn q4_nonce_has_one_encoding() {
    let base64 = b"gIGCg4SFhoeIiYqLjI2Ojw==";
    let hex = b"808182838485868788898a8b8c8d8e8f";
    for encoded in [&base64[..], hex] {
        let mut scene = scene();
        scene.quote.extra_data = encoded.to_vec();
        assert_eq!(scene.failing_check(), Check::Nonce);
    }
}

#[test]
fn q9_all_65536_signature_algorithms() {
    let scene = scene();
    let good = scene.key.sign(&scene.attest());
    for id in 0..=u16::MAX {
        let mut scene = scene.clone();
        // Bodies that can be read, so that the id alone decides.
        let body = match id {
            0x0010 => vec![],
            0x0005 => [&[0x00, 0x0b][..], &[7; 32]].concat(),
            0x0014 | 0x0016 => [&[0x00, 0x0b][..], &sized(&[7; 256])].concat(),
            0x0060 | 0x0061 => sized(&[7; 64]),
            0x00a1 => sized(&[7; 2420]),
            0x00a2 => [&[0x00, 0x0b][..], &sized(&[7; 2420])].concat(),
            _ => good[2..].to_vec(),
        };
        scene.signature = Some([&id.to_be_bytes()[..], &body].concat());
        let result = scene.verify();
        if id == 0x0018 {
            assert!(result.is_ok());
            continue;
        }
        let error = result.expect_err("another algorithm was accepted");
        assert_eq!(error.check(), Check::SignatureScheme, "{id:04x}");
        let expected = match TpmAlgId(id) {
            // Known, and never what an RSA or ECC key makes here.
            TpmAlgId::NULL | TpmAlgId::HMAC | TpmAlgId::RSASSA | TpmAlgId::RSAPSS => {
                Verdict::Rejected
            }
            _ => Verdict::Unsupported,
        };
        assert_eq!(error.verdict(), expected, "{id:04x}");
    }
}

#[test]
fn q9_null_and_hmac_signatures_reach_no_cryptography() {
    for (body, id) in [
        (vec![0x00, 0x10], TpmAlgId::NULL),
        (
            [&[0x00, 0x05, 0x00, 0x0b][..], &[7; 32]].concat(),
            TpmAlgId::HMAC,
        ),
    ] {
        let mut scene = scene();
        scene.signature = Some(body);
        match scene.refusal().problem {
            Problem::Attest(AttestProblem::SignatureScheme { expected, found }) => {
                assert_eq!(expected, (TpmAlgId::ECDSA, TpmAlgId::SHA256));
                assert_eq!(found.0, id);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// The error for another kind of attestation than a quote.
fn other_type(found: TpmSt) -> Said {
    let expected = TpmSt::ATTEST_QUOTE;
    AttestProblem::Type { expected, found }.into()
}
