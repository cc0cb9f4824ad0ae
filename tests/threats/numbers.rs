//! K10: a key by its numbers that came with the message, taken for a known one.

use tpm_quote::{
    AttestationKey, Check, CheckState, Evidence, KeyTrust, Name, Nonce, PcrSet, QuotePolicy,
    Tpm2bPublic, TpmAlgId, Unmarshal, Verifier,
    types::TpmEccCurve,
    verify::{
        AttestPolicy, PlainKey, SignedAttest, SigningScheme, Time, Warning,
        error::{AnchorProblem, AttestProblem},
        verify_attest,
    },
    verify_quote,
};

use super::{
    forge::{Key, RSAPSS, RSASSA, SHA256, SHA384, SHA512, Secret},
    machine::says,
    plain_keys::{ecc, modulus, rsa, scheme},
    said::said,
    scene::Scene,
};

/// The scheme that the verifier expects of this key.
fn scheme_of(key: &Key) -> SigningScheme {
    scheme(key.scheme, key.hash)
}

/// One key of each kind.
fn keys() -> [Key; 5] {
    [
        Key::rsa(2048, RSASSA, SHA256),
        Key::rsa(2048, RSAPSS, SHA384),
        Key::p256(SHA256),
        Key::p384(SHA384),
        Key::p521(SHA512),
    ]
}

/// Another key of the same kind: the verifier knows this one.
fn other(key: &Key) -> Key {
    let mut other = key.clone();
    match &mut other.secret {
        // Odd, and with its first bit set.
        Secret::Rsa { n, .. } => n[1] ^= 1,
        Secret::P256(key) => *key = p256::ecdsa::SigningKey::from_slice(&[0x24; 32]).unwrap(),
        Secret::P384(key) => *key = p384::ecdsa::SigningKey::from_slice(&[0x24; 48]).unwrap(),
        Secret::P521(key) => {
            let scalar = [&[0][..], &[0x24; 65]].concat();
            *key = p521::ecdsa::SigningKey::from_slice(&scalar).unwrap();
        }
    }
    other
}

/// Calls `test` with the numbers of a key in each form in which they come.
fn in_each_form(key: &Key, mut test: impl FnMut(&str, &PlainKey<'_>)) {
    if let Secret::Rsa { .. } = key.secret {
        test("numbers", &rsa(modulus(key)));
    } else {
        let point = key.point();
        test("numbers", &ecc(&point));
        let sec1 = [&[4][..], &point.1, &point.2].concat();
        let plain = PlainKey::from_sec1(TpmEccCurve(point.0), &sec1);
        test("SEC 1", &plain.unwrap());
    }
    let public = key.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let plain = PlainKey::of_public(public.value());
    test("public area", &plain.unwrap());
    #[cfg(feature = "keys")]
    files::in_each_form(key, &mut test);
}

/// Written from the RFCs, without the crate under test.
#[cfg(feature = "keys")]
mod files {
    use base64ct::{Base64, Base64UrlUnpadded, Encoding};
    use serde_json::json;
    use tpm_quote::{
        evidence::{read_jwk, read_pem, read_spki},
        verify::PlainKey,
    };

    use crate::{
        common::hex,
        forge::{Key, Secret},
    };

    pub fn in_each_form(key: &Key, test: &mut impl FnMut(&str, &PlainKey<'_>)) {
        let der = spki(key);
        test("SPKI", &read_spki(&der).unwrap());
        let mut buffer = [0; 600];
        let der = read_pem(pem(&der).as_bytes(), &mut buffer);
        test("PEM", &read_spki(der.unwrap()).unwrap());
        let mut buffer = [0; 520];
        let plain = read_jwk(jwk(key).as_bytes(), &mut buffer);
        test("JWK", &plain.unwrap());
    }

    /// `SubjectPublicKeyInfo` in DER (RFC 5280, 4.1.2.7), of an ECC key or one of RSA with
    /// 2048 bits.
    pub fn spki(key: &Key) -> Vec<u8> {
        if let Secret::Rsa { n, .. } = &key.secret {
            let head = "30820122 300d06092a864886f70d0101010500 0382010f00 3082010a 0282010100";
            return [&hex(head)[..], n, &hex("0203010001")].concat();
        }
        let (curve, x, y) = key.point();
        let head = match curve {
            3 => "3059 3013 06072a8648ce3d0201 06082a8648ce3d030107 034200 04",
            4 => "3076 3010 06072a8648ce3d0201 06052b81040022 036200 04",
            _ => "30819b 3010 06072a8648ce3d0201 06052b81040023 03818600 04",
        };
        [&hex(head)[..], &x, &y].concat()
    }

    /// RFC 7468, 13.
    fn pem(der: &[u8]) -> String {
        let mut room = [0; 800];
        let base64 = Base64::encode(der, &mut room).unwrap().as_bytes();
        let lines = base64.chunks(64).map(|line| {
            let line = std::str::from_utf8(line).unwrap();
            format!("{line}\n")
        });
        let lines: String = lines.collect();
        format!("-----BEGIN PUBLIC KEY-----\n{lines}-----END PUBLIC KEY-----\n")
    }

    /// RFC 7518, 6.2 and 6.3.
    fn jwk(key: &Key) -> String {
        let number = |bytes: &[u8]| {
            let mut room = [0; 800];
            let text = Base64UrlUnpadded::encode(bytes, &mut room);
            text.unwrap().to_owned()
        };
        let jwk = if let Secret::Rsa { n, .. } = &key.secret {
            json!({"kty": "RSA", "n": number(n), "e": "AQAB"})
        } else {
            let (curve, x, y) = key.point();
            let curve = ["P-256", "P-384", "P-521"][usize::from(curve) - 3];
            json!({"kty": "EC", "crv": curve, "x": number(&x), "y": number(&y)})
        };
        jwk.to_string()
    }
}

/// Refused for want of an anchor, before anything of the attestation is looked at.
fn is_refused_where_an_anchor_is_required(key: &AttestationKey<'_>) {
    let nonce = Nonce::from([7]);
    let nothing = Evidence {
        attest: &[],
        signature: &[][..],
        pcrs: &[],
    };
    let pcrs = PcrSet::parse("sha256:0").unwrap();
    let policy = QuotePolicy::new(nonce, pcrs).require_anchored_key();
    let error = verify_quote(key, &nothing, &policy).unwrap_err();
    assert_eq!(said(error), AnchorProblem::NotAnchored);
    let appraisal = Verifier::new().appraise_quote(*key, &nothing, &policy);
    assert_eq!(says(&appraisal).unwrap_err(), AnchorProblem::NotAnchored);
    assert_eq!(appraisal.state(Check::Signature), CheckState::NotReached);

    let nothing = SignedAttest {
        attest: &[],
        signature: &[][..],
    };
    let policy = AttestPolicy::new(nonce).require_anchored_key();
    let error = verify_attest(key, &nothing, &Time, &policy).unwrap_err();
    assert_eq!(said(error), AnchorProblem::NotAnchored);
    // Nor is it an anchor for another key.
    let public = Key::p521(SHA256).public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let error = AttestationKey::certified_by(&public, &nothing, key, nonce).unwrap_err();
    assert_eq!(said(error), AnchorProblem::CertifierNotAnchored);
}

#[test]
fn k10_numbers_that_came_with_the_message_are_self_asserted() {
    for key in keys() {
        let scheme = scheme_of(&key);
        let mut scene = Scene::by(key.clone());
        in_each_form(&key, |form, plain| {
            let sent = AttestationKey::self_asserted_key(plain, scheme).unwrap();
            assert_eq!(sent.trust(), KeyTrust::SelfAsserted, "{form}");
            assert!(!sent.trust().is_anchored());
            assert_eq!((sent.name(), sent.qualified_name()), (&Name::EMPTY, None));

            scene.anchored_key = false;
            let seen = scene.verify_by(&sent).unwrap();
            assert_eq!(seen.trust, KeyTrust::SelfAsserted, "{form}");
            scene.anchored_key = true;
            let error = scene.verify_by(&sent).unwrap_err();
            assert_eq!(said(error), AnchorProblem::NotAnchored, "{form}");
            is_refused_where_an_anchor_is_required(&sent);

            let appraisal = Verifier::new().appraise_plain_key(plain, scheme, None);
            let appraised = says(&appraisal).unwrap();
            assert_eq!(appraised.trust(), KeyTrust::SelfAsserted, "{form}");
            assert_eq!(appraisal.state(Check::KeyAnchor), CheckState::NotAskedFor);
            assert!(appraisal.warnings().eq([Warning::SelfAsserted]));
        });
    }
}

/// A certificate that nobody verified is one more form of the same numbers.
#[cfg(feature = "keys")]
#[test]
fn k10_numbers_of_a_certificate_that_nobody_verified_are_self_asserted() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/certificates/ak-p256.der"
    );
    let certificate = std::fs::read(path).unwrap();
    let key = Key::p256(SHA256);
    // It is the certificate of this key.
    let info = files::spki(&key);
    let mut places = certificate.windows(info.len());
    let at = places.position(|bytes| bytes == info).unwrap();
    let info = &certificate[at..at + info.len()];
    let plain = tpm_quote::evidence::read_spki(info).unwrap();

    let sent = AttestationKey::self_asserted_key(&plain, scheme_of(&key)).unwrap();
    assert_eq!(sent.trust(), KeyTrust::SelfAsserted);
    let mut scene = Scene::by(key.clone());
    let seen = scene.verify_by(&sent).unwrap();
    assert_eq!(seen.trust, KeyTrust::SelfAsserted);
    scene.anchored_key = true;
    let error = scene.verify_by(&sent).unwrap_err();
    assert_eq!(said(error), AnchorProblem::NotAnchored);
    is_refused_where_an_anchor_is_required(&sent);

    let own = other(&key).point();
    let error = AttestationKey::pinned_key(&plain, scheme_of(&key), &[ecc(&own)]);
    assert_eq!(said(error.unwrap_err()), AnchorProblem::KeyNotPinned);
}

/// What is said of these numbers, where those are the known ones.
#[track_caller]
fn is_not_one_of(known: &[PlainKey<'_>], plain: &PlainKey<'_>, scheme: SigningScheme) {
    let expected = match known {
        [] => AnchorProblem::NoPinnedKeys,
        _ => AnchorProblem::KeyNotPinned,
    };
    let error = AttestationKey::pinned_key(plain, scheme, known).unwrap_err();
    assert_eq!(said(error), expected, "{plain:?}");
    let appraisal = Verifier::new().appraise_plain_key(plain, scheme, Some(known));
    let error = says(&appraisal).map(|key| key.trust()).unwrap_err();
    assert_eq!(error, expected, "{plain:?}");
    assert_eq!(appraisal.state(Check::KeyAnchor), CheckState::Failed);
    // What is shown of the key is that nothing vouches for it.
    let shown = appraisal.key().map(|key| key.trust());
    assert_eq!(shown, Some(KeyTrust::SelfAsserted));
    assert_eq!(appraisal.warnings().count(), 0);
}

#[test]
fn k10_numbers_that_are_not_known_are_refused() {
    for key in keys() {
        let known = other(&key);
        in_each_form(&key, |_, plain| {
            in_each_form(&known, |_, known| {
                is_not_one_of(&[*known], plain, scheme_of(&key));
                is_not_one_of(&[*known; 3], plain, scheme_of(&key));
            });
        });
    }
    // The keys of the other kinds are no better.
    let all = keys();
    for key in &all {
        in_each_form(key, |_, plain| {
            for known in all.iter().filter(|known| known.name() != key.name()) {
                let is_same_modulus = match (&key.secret, &known.secret) {
                    (Secret::Rsa { n, .. }, Secret::Rsa { n: other, .. }) => n == other,
                    _ => false,
                };
                in_each_form(known, |_, known| match is_same_modulus {
                    // The scheme is no part of the numbers.
                    true => {
                        AttestationKey::pinned_key(plain, scheme_of(key), &[*known]).unwrap();
                    }
                    false => is_not_one_of(&[*known], plain, scheme_of(key)),
                });
            }
        });
    }
}

#[test]
fn k10_every_bit_of_the_numbers_counts() {
    let key = Key::rsa(2048, RSASSA, SHA256);
    let n = modulus(&key);
    for bit in 0..n.len() * 8 {
        let mut known = n.to_vec();
        known[bit / 8] ^= 1 << (bit % 8);
        is_not_one_of(&[rsa(&known)], &rsa(n), scheme_of(&key));
    }
    for exponent in [1, 3, 65536, 65539, u32::MAX] {
        let known = PlainKey::Rsa {
            modulus: n,
            exponent,
        };
        is_not_one_of(&[known], &rsa(n), scheme_of(&key));
    }
    let longer = [&[0], n].concat();
    for known in [&n[1..], &n[..255], &longer, &[]] {
        is_not_one_of(&[rsa(known)], &rsa(n), scheme_of(&key));
    }

    let key = Key::p256(SHA256);
    let point = key.point();
    let (curve, x, y) = &point;
    for bit in 0..512 {
        let mut known = point.clone();
        let coordinate = if bit < 256 {
            &mut known.1
        } else {
            &mut known.2
        };
        coordinate[bit % 256 / 8] ^= 1 << (bit % 8);
        is_not_one_of(&[ecc(&known)], &ecc(&point), scheme_of(&key));
    }
    for known in [
        (*curve, y.clone(), x.clone()),
        (4, x.clone(), y.clone()),
        (0x20, x.clone(), y.clone()),
        (*curve, x[1..].to_vec(), y.clone()),
        (*curve, x.clone(), [&y[..], &[0]].concat()),
        (*curve, vec![], vec![]),
    ] {
        is_not_one_of(&[ecc(&known)], &ecc(&point), scheme_of(&key));
    }
}

#[test]
fn k10_empty_list_knows_no_key() {
    for key in keys() {
        in_each_form(&key, |_, plain| is_not_one_of(&[], plain, scheme_of(&key)));
    }
}

#[test]
fn k10_known_key_passes_in_whatever_form_both_came() {
    for key in keys() {
        let scheme = scheme_of(&key);
        let stranger = other(&key);
        let mut scene = Scene::by(key.clone());
        scene.anchored_key = true;
        let mut count = 0;
        in_each_form(&key, |form, plain| {
            in_each_form(&stranger, |_, stranger| {
                in_each_form(&key, |known_form, known| {
                    for known in [&[*known][..], &[*stranger, *known], &[*known, *stranger]] {
                        let pinned = AttestationKey::pinned_key(plain, scheme, known).unwrap();
                        assert_eq!(pinned.trust(), KeyTrust::PinnedKey, "{form}, {known_form}");
                        let appraisal =
                            Verifier::new().appraise_plain_key(plain, scheme, Some(known));
                        let appraised = says(&appraisal).unwrap();
                        assert_eq!(appraised.trust(), KeyTrust::PinnedKey);
                        assert_eq!(appraisal.state(Check::KeyAnchor), CheckState::Ok);
                        assert!(appraisal.warnings().eq([Warning::AttributesUnknown]));
                        count += 1;
                    }
                });
            });
            let pinned = AttestationKey::pinned_key(plain, scheme, &[*plain]).unwrap();
            let seen = scene.verify_by(&pinned).unwrap();
            assert_eq!(seen.trust, KeyTrust::PinnedKey, "{form}");
        });
        assert!(count >= 3 * 2 * 2 * 2, "{count}");
    }
}

/// As some tools write them: an old TPM leaves leading zeros out.
#[test]
fn k10_leading_zeros_of_coordinates_make_no_other_key() {
    let found = (1..4096_u16).find_map(|i| {
        let mut scalar = [0; 32];
        scalar[30..].copy_from_slice(&i.to_be_bytes());
        let secret = p256::ecdsa::SigningKey::from_slice(&scalar).unwrap();
        let mut key = Key::p256(SHA256);
        key.secret = Secret::P256(secret);
        let (_, x, _) = key.point();
        (x[0] == 0).then_some(key)
    });
    let key = found.expect("one in 256 begins with a zero");
    let full = key.point();
    let short = (full.0, full.1[1..].to_vec(), full.2.clone());
    for (sent, known) in [(&full, &short), (&short, &full), (&short, &short)] {
        let pinned = AttestationKey::pinned_key(&ecc(sent), scheme_of(&key), &[ecc(known)]);
        let pinned = pinned.unwrap();
        let seen = Scene::by(key.clone()).verify_by(&pinned).unwrap();
        assert_eq!(seen.trust, KeyTrust::PinnedKey);
    }
}

/// Someone sends the numbers of a known key, and signs with a key of their own.
#[test]
fn k10_known_numbers_beside_a_quote_by_another_key_are_refused() {
    for key in keys()
        .into_iter()
        .filter(|key| key.scheme == super::forge::ECDSA)
    {
        let known = other(&key).point();
        let scheme = scheme_of(&key);
        let pinned = AttestationKey::pinned_key(&ecc(&known), scheme, &[ecc(&known)]).unwrap();
        let error = Scene::by(key).verify_by(&pinned).unwrap_err();
        assert_eq!(said(error), AttestProblem::Signature);
    }
    let known = Key::rsa(2048, RSASSA, SHA256);
    let known = rsa(modulus(&known));
    let scheme = SigningScheme::rsassa(TpmAlgId::SHA256);
    let pinned = AttestationKey::pinned_key(&known, scheme, &[known]).unwrap();
    let mut scene = Scene::by(Key::rsa(2048, RSASSA, SHA256));
    // A number that is right for another modulus.
    let own = Key::rsa(3072, RSASSA, SHA256).sign(&scene.attest());
    scene.signature = Some(own);
    let error = scene.verify_by(&pinned).unwrap_err();
    assert_eq!(said(error), AttestProblem::Signature);
}
