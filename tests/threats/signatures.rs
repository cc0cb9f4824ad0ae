//! S: the signature itself. Wycheproof's vectors have their own test.

use tpm_quote::{
    Problem, TpmAlgId,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier, Software},
    verify::{Part, error::AttestProblem},
};

use super::{
    forge::{
        ECDSA, Key, RSAPSS, RSASSA, SHA1, SHA256, SHA384, SHA512, Secret, digest_info, hash,
        pkcs1_v15, private, pss, sized,
    },
    scene::Scene,
};

/// `TPMT_SIGNATURE` of an RSA scheme.
fn rsa_signature(scheme: u16, alg: u16, signature: &[u8]) -> Vec<u8> {
    let head = [scheme.to_be_bytes(), alg.to_be_bytes()].concat();
    [head, sized(signature)].concat()
}

/// `TPMT_SIGNATURE` of ECDSA with SHA-256.
fn ecdsa_signature(r: &[u8], s: &[u8]) -> Vec<u8> {
    let head = [ECDSA.to_be_bytes(), SHA256.to_be_bytes()].concat();
    [head, sized(r), sized(s)].concat()
}

/// The scene with any encoded message under its signature.
fn encoded(scheme: u16, em: impl Fn(usize, &[u8]) -> Vec<u8>) -> Scene {
    let mut scene = Scene::by(Key::rsa(2048, scheme, SHA256));
    let Secret::Rsa { n, d } = &scene.key.secret else {
        unreachable!()
    };
    let em = em(n.len(), &hash(SHA256, &scene.attest()));
    assert_eq!(em.len(), n.len());
    let signature = private(n, d, &em);
    scene.signature = Some(rsa_signature(scheme, SHA256, &signature));
    scene
}

#[track_caller]
fn refuses(scene: &Scene) {
    assert_eq!(scene.refusal(), AttestProblem::Signature);
}

#[test]
fn s1_hash_of_the_signature_is_the_keys() {
    for (own, others) in [
        (SHA256, [SHA1, SHA384, SHA512]),
        (SHA384, [SHA1, SHA256, SHA512]),
        (SHA512, [SHA1, SHA256, SHA384]),
    ] {
        for key in [
            Key::rsa(2048, RSASSA, own),
            Key::rsa(2048, RSAPSS, own),
            Key::p384(own),
        ] {
            for other in others {
                let mut scene = Scene::by(key.clone());
                scene.sha1_signatures = true;
                // Signed with another hash, and said so.
                let honest = scene.key.sign_as(scene.key.scheme, other, &scene.attest());
                // Signed with the right hash, and said another.
                let mut relabelled = scene.key.sign(&scene.attest());
                relabelled[2..4].copy_from_slice(&other.to_be_bytes());
                for signature in [honest, relabelled] {
                    scene.signature = Some(signature);
                    assert_eq!(
                        scene.refusal(),
                        AttestProblem::SignatureScheme {
                            expected: (TpmAlgId(scene.key.scheme), TpmAlgId(own)),
                            found: (TpmAlgId(scene.key.scheme), Some(TpmAlgId(other))),
                        }
                    );
                }
                // Signed with another hash, and said the right one.
                let mut lying = scene.key.sign_as(scene.key.scheme, other, &scene.attest());
                lying[2..4].copy_from_slice(&own.to_be_bytes());
                scene.signature = Some(lying);
                refuses(&scene);
            }
        }
    }
}

#[test]
fn s1_sha1_by_opt_in_alone() {
    for key in [
        Key::rsa(2048, RSASSA, SHA1),
        Key::rsa(2048, RSAPSS, SHA1),
        Key::p256(SHA1),
    ] {
        let mut scene = Scene::by(key);
        assert_eq!(scene.refusal(), AttestProblem::SignatureSha1);
        scene.sha1_signatures = true;
        scene.verify().unwrap();
    }
}

#[test]
fn s2_rsassa_and_rsapss_are_never_taken_for_each_other() {
    for (own, other) in [(RSASSA, RSAPSS), (RSAPSS, RSASSA)] {
        let mut scene = Scene::by(Key::rsa(2048, own, SHA256));
        let honest = scene.key.sign_as(other, SHA256, &scene.attest());
        scene.signature = Some(honest.clone());
        assert_eq!(
            scene.refusal(),
            AttestProblem::SignatureScheme {
                expected: (TpmAlgId(own), TpmAlgId::SHA256),
                found: (TpmAlgId(other), Some(TpmAlgId::SHA256)),
            }
        );
        // Relabelled: one verification by the key's scheme, and no second try.
        scene.signature = Some([&own.to_be_bytes()[..], &honest[2..]].concat());
        refuses(&scene);
    }
}

#[test]
fn s3_public_bytes_are_no_hmac_key() {
    let mut scene = Scene::by(Key::p256(SHA256));
    let digest = hash(SHA256, &scene.attest());
    scene.signature = Some([&[0x00, 0x05, 0x00, 0x0b][..], &digest].concat());
    assert_eq!(
        scene.refusal(),
        AttestProblem::SignatureScheme {
            expected: (TpmAlgId::ECDSA, TpmAlgId::SHA256),
            found: (TpmAlgId::HMAC, Some(TpmAlgId::SHA256)),
        }
    );
}

#[test]
fn s4_every_byte_of_the_padding_counts() {
    encoded(RSASSA, |len, digest| pkcs1_v15(len, SHA256, digest))
        .verify()
        .unwrap();
    for at in 1..256 {
        let scene = encoded(RSASSA, |len, digest| {
            let mut em = pkcs1_v15(len, SHA256, digest);
            em[at] ^= 0x01;
            em
        });
        refuses(&scene);
    }
}

#[test]
fn s4_lax_forms_of_pkcs1_v1_5() {
    let info = digest_info(SHA256);
    // Short padding and garbage behind the digest (Bleichenbacher 2006).
    refuses(&encoded(RSASSA, |len, digest| {
        let head = [&[0, 1][..], &[0xff; 8], &[0], &info, digest].concat();
        let garbage = vec![0x55; len - head.len()];
        [head, garbage].concat()
    }));
    // Garbage in front of the digest, inside the parameters (BERserk).
    refuses(&encoded(RSASSA, |len, digest| {
        let long = crate::common::hex("3082008a300d0609608648016503040201058000");
        let tail = [&long[..], &[4, 0x20], digest].concat();
        let padding = vec![0xff; len - 3 - tail.len()];
        [&[0, 1][..], &padding, &[0], &tail].concat()
    }));
    // DigestInfo without the NULL parameters.
    refuses(&encoded(RSASSA, |len, digest| {
        let info = crate::common::hex("302f300b06096086480165030402010420");
        let tail = [&info[..], digest].concat();
        let padding = vec![0xff; len - 3 - tail.len()];
        [&[0, 1][..], &padding, &[0], &tail].concat()
    }));
    // The digest alone, the padding of encryption, the DigestInfo of another hash.
    refuses(&encoded(RSASSA, |len, digest| {
        let padding = vec![0xff; len - 3 - digest.len()];
        [&[0, 1][..], &padding, &[0], digest].concat()
    }));
    refuses(&encoded(RSASSA, |len, digest| {
        let mut em = pkcs1_v15(len, SHA256, digest);
        em[1] = 2;
        em
    }));
    refuses(&encoded(RSASSA, |len, digest| {
        let mut em = pkcs1_v15(len, SHA256, digest);
        let at = len - 32 - 19 + 14; // the last byte of the OID
        assert_eq!(em[at], 1);
        em[at] = 2;
        em
    }));
}

#[test]
fn s5_salt_has_one_of_two_lengths() {
    let largest = 256 - 32 - 2;
    for salt in [0, 1, 20, 31, 32, 33, 64, 221, 222] {
        let scene = encoded(RSAPSS, |len, digest| {
            pss(len, SHA256, digest, &vec![0x5a; salt])
        });
        if salt == 32 || salt == largest {
            scene.verify().unwrap();
        } else {
            refuses(&scene);
        }
    }
}

#[test]
fn s5_parts_of_the_pss_encoding() {
    let salt = [0x5a; 32];
    // Trailer.
    refuses(&encoded(RSAPSS, |len, digest| {
        let mut em = pss(len, SHA256, digest, &salt);
        em[255] = 0xcc;
        em
    }));
    // Mask by another hash.
    refuses(&encoded(RSAPSS, |len, digest| {
        use super::forge::mgf1;
        let mut em = pss(len, SHA256, digest, &salt);
        let h = em[223..255].to_vec();
        let ours = mgf1(SHA256, &h, 223);
        let other = mgf1(SHA1, &h, 223);
        for i in 0..223 {
            em[i] ^= ours[i] ^ other[i];
        }
        em[0] &= 0x7f;
        em
    }));
    // A byte of the zeros, the 01 in front of the salt, the salt, the hash.
    for at in [1, 100, 189, 190, 191, 222, 223, 254] {
        refuses(&encoded(RSAPSS, |len, digest| {
            let mut em = pss(len, SHA256, digest, &salt);
            em[at] ^= 0x04;
            em
        }));
    }
}

#[test]
fn s5_pss_at_every_size_and_hash_with_both_salts() {
    for bits in [2048, 3072, 4096] {
        for alg in [SHA256, SHA384, SHA512] {
            let mut scene = Scene::by(Key::rsa(bits, RSAPSS, alg));
            let Secret::Rsa { n, d } = scene.key.secret.clone() else {
                unreachable!()
            };
            let digest = hash(alg, &scene.attest());
            for salt in [digest.len(), n.len() - digest.len() - 2] {
                let em = pss(n.len(), alg, &digest, &vec![7; salt]);
                let signature = private(&n, &d, &em);
                scene.signature = Some(rsa_signature(RSAPSS, alg, &signature));
                scene.verify().unwrap();
            }
        }
    }
}

#[test]
fn s6_rsa_signature_has_the_length_of_the_modulus_and_is_below_it() {
    for scheme in [RSASSA, RSAPSS] {
        let mut scene = Scene::by(Key::rsa(2048, scheme, SHA256));
        let Secret::Rsa { n, .. } = scene.key.secret.clone() else {
            unreachable!()
        };
        let good = scene.key.sign(&scene.attest())[6..].to_vec();
        let mut sum = good.clone();
        let mut carry = 0;
        for i in (0..256).rev() {
            let digit = u16::from(sum[i]) + u16::from(n[i]) + carry;
            sum[i] = digit.to_be_bytes()[1];
            carry = digit >> 8;
        }
        let above = if carry == 1 {
            [&[1][..], &sum].concat() // s + n, one byte longer
        } else {
            sum // s + n, of the same length
        };
        for bad in [
            above,
            [&[0][..], &good].concat(),
            good[1..].to_vec(),
            good[..255].to_vec(),
            [&good[..], &[0]].concat(),
            n.clone(),
            vec![0xff; 256],
            vec![0; 256],
            vec![],
        ] {
            scene.signature = Some(rsa_signature(scheme, SHA256, &bad));
            refuses(&scene);
        }
    }
}

/// What this crate's verifier does not have is not refused as false.
#[test]
fn s6_moduli_of_other_lengths_are_not_supported() {
    for len in [1, 127, 192, 255, 257, 320, 511, 513, 640] {
        let modulus = vec![0xc3; len];
        let key = PublicKey::Rsa { modulus: &modulus };
        let number = vec![0x11; len];
        for signature in [Signature::RsaSsa(&number), Signature::RsaPss(&number)] {
            assert_eq!(
                Software.verify(&key, TpmAlgId::SHA256, b"message", &signature),
                Err(SignatureError::Unsupported),
                "{len} bytes"
            );
        }
    }
    for len in [128, 256, 384, 512] {
        let modulus = vec![0xc3; len];
        let key = PublicKey::Rsa { modulus: &modulus };
        let number = vec![0x11; len];
        assert_eq!(
            Software.verify(
                &key,
                TpmAlgId::SHA256,
                b"message",
                &Signature::RsaSsa(&number)
            ),
            Err(SignatureError::Invalid)
        );
    }
}

#[test]
fn s6_signature_plus_modulus_is_refused_even_at_the_same_length() {
    // The modulus begins with a byte from 0x80, so s + n only has 256 bytes for
    // a small s: one is looked for among messages.
    let scene = (0..4096_u64).find_map(|clock| {
        let mut scene = Scene::by(Key::rsa(2048, RSASSA, SHA256));
        scene.quote.clock = clock;
        let Secret::Rsa { n, .. } = scene.key.secret.clone() else {
            unreachable!()
        };
        let mut sum = scene.key.sign(&scene.attest())[6..].to_vec();
        if u16::from(sum[0]) + u16::from(n[0]) >= 0xff {
            return None;
        }
        let mut carry = 0;
        for i in (0..256).rev() {
            let digit = u16::from(sum[i]) + u16::from(n[i]) + carry;
            sum[i] = digit.to_be_bytes()[1];
            carry = digit >> 8;
        }
        scene.verify().unwrap();
        scene.signature = Some(rsa_signature(RSASSA, SHA256, &sum));
        Some(scene)
    });
    refuses(&scene.expect("some signature is small"));
}

/// The orders of the curves, by bytes of a number.
fn order(bytes: usize) -> Vec<u8> {
    crate::common::hex(match bytes {
        32 => "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        48 => {
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        }
        66 => {
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
        }
        other => panic!("no curve of {other} bytes"),
    })
}

#[test]
fn s7_r_and_s_are_in_range_and_not_too_long() {
    for key in [Key::p256(SHA256), Key::p384(SHA256), Key::p521(SHA256)] {
        let mut scene = Scene::by(key);
        let (r, s) = scene.key.ecdsa(&hash(SHA256, &scene.attest()));
        let len = r.len();
        scene.signature = Some(ecdsa_signature(&r, &s));
        scene.verify().unwrap();
        let mut above = order(len);
        *above.last_mut().unwrap() += 1;
        for bad in [
            vec![],
            vec![0],
            vec![0; len],
            order(len),
            above,
            vec![0xff; len],
            [&[0][..], &r].concat(), // one byte too many, though it is a zero
            [&[0][..], &s].concat(),
            [&[1][..], &r].concat(),
        ] {
            scene.signature = Some(ecdsa_signature(&bad, &s));
            refuses(&scene);
            scene.signature = Some(ecdsa_signature(&r, &bad));
            refuses(&scene);
        }
        scene.signature = Some(ecdsa_signature(&s, &r));
        refuses(&scene);
    }
}

#[test]
fn s7_short_r_and_s_are_padded() {
    let short_r = (0..4096_u64).find_map(|clock| {
        let mut scene = Scene::by(Key::p256(SHA256));
        scene.quote.clock = clock;
        let (r, s) = scene.key.ecdsa(&hash(SHA256, &scene.attest()));
        if r[0] != 0 {
            return None;
        }
        scene.signature = Some(ecdsa_signature(&r[1..], &s));
        Some(scene)
    });
    short_r.expect("one in 256 is short").verify().unwrap();
}

#[test]
fn s8_both_signatures_of_a_message_hold() {
    for key in [Key::p256(SHA256), Key::p384(SHA256), Key::p521(SHA256)] {
        let mut scene = Scene::by(key);
        let (r, s) = scene.key.ecdsa(&hash(SHA256, &scene.attest()));
        let mut negated = order(s.len());
        let mut borrow = 0;
        for (n, s) in negated.iter_mut().zip(&s).rev() {
            let digit = i16::from(*n) - i16::from(*s) - borrow;
            *n = u8::try_from(digit.rem_euclid(256)).unwrap();
            borrow = i16::from(digit < 0);
        }
        for s in [s, negated] {
            scene.signature = Some(ecdsa_signature(&r, &s));
            scene
                .verify()
                .unwrap_or_else(|e| panic!("{} bytes: {e}", s.len()));
        }
    }
}

#[test]
fn s9_trailing_byte_that_was_signed() {
    let mut scene = Scene::by(Key::p256(SHA256));
    let attest = scene.attest();
    scene.attest = Some([&attest[..], &[0]].concat());
    let refusal = scene.refusal();
    match refusal.problem {
        Problem::Structure(error) => {
            assert_eq!(refusal.part, Part::Signed);
            assert_eq!(
                (error.structure(), error.offset()),
                ("TPMS_ATTEST", attest.len())
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn s9_sized_form_is_not_taken_for_the_bare_one() {
    // Signed with its size in front, as no TPM does.
    let mut scene = Scene::by(Key::p256(SHA256));
    let sized = sized(&scene.attest());
    let found = u32::from_be_bytes(sized[..4].try_into().unwrap());
    scene.attest = Some(sized);
    assert_eq!(scene.refusal(), AttestProblem::Magic { found });
}

#[test]
fn s9_one_changed_bit_anywhere_breaks_the_signature() {
    let mut scene = Scene::by(Key::p256(SHA256));
    let attest = scene.attest();
    scene.signature = Some(scene.key.sign(&attest));
    for bit in (0..attest.len() * 8).step_by(7) {
        let mut attest = attest.clone();
        attest[bit / 8] ^= 1 << (bit % 8);
        scene.attest = Some(attest);
        refuses(&scene);
    }
}
