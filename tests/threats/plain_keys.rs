//! K: keys that the caller named by their numbers alone.

use tpm_quote::{
    AttestationKey, Check, Error, KeyTrust, Name, Nonce, Tpm2bPublic, TpmAlgId, Unmarshal,
    Verifier,
    types::{TpmEccCurve, TpmsClockInfo},
    verify::{
        ClockPolicy, ClockReading, Excerpt, KeyRules, PlainKey, SignedAttest, SigningScheme,
        Verdict,
        error::{AnchorProblem, AttestProblem, ClockProblem, KeyProblem},
    },
};

use super::{
    forge::{ECDSA, Key, NULL, RSAPSS, RSASSA, SHA1, SHA256, SHA384, SHA512, Secret, hash},
    machine::says,
    said::{Said, said},
    scene::{AlwaysYes, Scene},
};

pub fn scheme(scheme: u16, hash: u16) -> SigningScheme {
    SigningScheme {
        scheme: TpmAlgId(scheme),
        hash: TpmAlgId(hash),
    }
}

pub fn modulus(key: &Key) -> &[u8] {
    match &key.secret {
        Secret::Rsa { n, .. } => n,
        _ => panic!("not an RSA key"),
    }
}

/// A point by reference: the key borrows it.
pub type Point = (u16, Vec<u8>, Vec<u8>);

pub fn ecc((curve, x, y): &Point) -> PlainKey<'_> {
    PlainKey::Ecc {
        curve: TpmEccCurve(*curve),
        x,
        y,
    }
}

pub fn rsa(modulus: &[u8]) -> PlainKey<'_> {
    PlainKey::Rsa {
        modulus,
        exponent: 65537,
    }
}

/// The key that the caller holds is this very one.
fn pinned<'a>(key: &PlainKey<'a>, scheme: SigningScheme) -> Result<AttestationKey<'a>, Error> {
    AttestationKey::pinned_key(key, scheme, &[*key])
}

/// What is wrong with the key, whichever way it came: whether anything vouches for it makes
/// no difference.
#[track_caller]
fn refusal(key: &PlainKey<'_>, scheme: SigningScheme) -> Said {
    let found = said(pinned(key, scheme).unwrap_err());
    // Of a key that is not known, or of none that are, the same is said.
    let unknown = AttestationKey::pinned_key(key, scheme, &[]).unwrap_err();
    let asserted = AttestationKey::self_asserted_key(key, scheme).unwrap_err();
    assert_eq!([said(unknown), said(asserted)], [found; 2]);
    for known in [None, Some(&[*key][..]), Some(&[])] {
        let appraisal = Verifier::new().appraise_plain_key(key, scheme, known);
        assert_eq!(says(&appraisal).map(|key| key.trust()), Err(found));
    }
    found
}

#[track_caller]
fn strength(key: PlainKey<'_>, scheme: SigningScheme) -> Said {
    let found = refusal(&key, scheme);
    assert_eq!(found.check, Check::KeyStrength);
    found
}

#[test]
fn k4_key_that_was_named_by_its_numbers_is_anchored_and_says_so() {
    let key = Key::rsa(2048, RSASSA, SHA256);
    let plain = rsa(modulus(&key));
    let key = pinned(&plain, scheme(RSASSA, SHA256)).unwrap();
    assert_eq!(key.trust(), KeyTrust::PinnedKey);
    assert!(key.trust().is_anchored());
    assert_eq!(*key.name(), Name::EMPTY);
    assert_eq!(key.algorithm().to_string(), "rsa-2048");
    assert_eq!(key.scheme().to_string(), "rsassa-sha256");
    let scene = Scene::by(Key::rsa(2048, RSASSA, SHA256));
    let seen = scene.verify_by(&key).unwrap();
    assert_eq!(seen.trust, KeyTrust::PinnedKey);
    // Another key, of the same kind.
    let other = Key::rsa(3072, RSASSA, SHA256);
    let other = pinned(&rsa(modulus(&other)), scheme(RSASSA, SHA256));
    let error = scene.verify_by(&other.unwrap()).unwrap_err();
    assert_eq!(said(error), AttestProblem::Signature);
}

/// S1, S2: scheme and hash are the caller's, and nothing else is tried.
#[test]
fn s2_signature_by_another_scheme_or_hash_than_the_callers_is_refused() {
    for (made, expected) in [
        ((RSASSA, SHA256), (RSAPSS, SHA256)),
        ((RSAPSS, SHA256), (RSASSA, SHA256)),
        ((RSASSA, SHA256), (RSASSA, SHA384)),
        ((RSASSA, SHA1), (RSASSA, SHA256)),
    ] {
        let key = Key::rsa(2048, made.0, made.1);
        let plain = rsa(modulus(&key));
        let key = pinned(&plain, scheme(expected.0, expected.1)).unwrap();
        let scene = Scene::by(Key::rsa(2048, made.0, made.1));
        let error = scene.verify_by(&key).unwrap_err();
        let expected = (TpmAlgId(expected.0), TpmAlgId(expected.1));
        let found = (TpmAlgId(made.0), Some(TpmAlgId(made.1)));
        assert_eq!(
            said(error),
            AttestProblem::SignatureScheme { expected, found }
        );
    }
    let key = Key::rsa(2048, RSASSA, SHA1);
    let plain = rsa(modulus(&key));
    let key = pinned(&plain, scheme(RSASSA, SHA1)).unwrap();
    let error = Scene::by(Key::rsa(2048, RSASSA, SHA1)).verify_by(&key);
    assert_eq!(said(error.unwrap_err()), AttestProblem::SignatureSha1);
}

#[test]
fn k9_scheme_has_to_be_one_of_the_key_and_known() {
    let key = Key::rsa(2048, RSASSA, SHA256);
    let point = Key::p256(SHA256).point();
    let (rsa, ecc) = (rsa(modulus(&key)), ecc(&point));
    let other = |alg| KeyProblem::SchemeOfOtherKey(TpmAlgId(alg));
    let unknown = |alg| KeyProblem::SchemeUnsupported(TpmAlgId(alg));
    let hash = |alg| KeyProblem::HashUnsupported(TpmAlgId(alg));
    const HMAC: u16 = 0x0005;
    const ECDAA: u16 = 0x001a;
    for (plain, alg, hash_alg, problem, verdict) in [
        (rsa, ECDSA, SHA256, other(ECDSA), Verdict::Rejected),
        (ecc, RSASSA, SHA256, other(RSASSA), Verdict::Rejected),
        (ecc, RSAPSS, SHA256, other(RSAPSS), Verdict::Rejected),
        (rsa, HMAC, SHA256, other(HMAC), Verdict::Rejected),
        (
            ecc,
            NULL,
            SHA256,
            KeyProblem::SchemeNotFixed,
            Verdict::Rejected,
        ),
        (ecc, ECDAA, SHA256, unknown(ECDAA), Verdict::Unsupported),
        (rsa, 0x7777, SHA256, unknown(0x7777), Verdict::Unsupported),
        (rsa, RSASSA, 0x0027, hash(0x0027), Verdict::Unsupported),
        (ecc, ECDSA, NULL, hash(NULL), Verdict::Unsupported),
    ] {
        assert_eq!(refusal(&plain, scheme(alg, hash_alg)), problem);
        let error = pinned(&plain, scheme(alg, hash_alg)).unwrap_err();
        assert_eq!(
            (error.check(), error.verdict()),
            (Check::KeyScheme, verdict)
        );
    }
    let error = pinned(&rsa, scheme(ECDSA, SHA256)).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.help()),
        (
            "keys of this kind do not sign with TPM_ALG_ECDSA",
            "RSA keys sign with RSASSA or RSAPSS, ECC keys with ECDSA."
        )
    );
}

#[test]
fn k6_k7_rsa_numbers_are_judged_as_those_of_a_public_area() {
    let ssa = scheme(RSASSA, SHA256);
    let bits = |bits: u16, first: u8, len: usize| {
        let mut modulus = vec![0xa7; len];
        modulus[0] = first;
        let unsupported = (2049..4096).contains(&bits);
        let problem = if unsupported {
            KeyProblem::RsaBitsUnsupported(bits)
        } else {
            KeyProblem::RsaBits(bits)
        };
        assert_eq!(strength(rsa(&modulus), ssa), problem, "{bits}");
    };
    bits(2047, 0x7f, 256);
    bits(2049, 0x01, 257);
    bits(2056, 0xff, 257);
    bits(1024, 0x80, 128);
    bits(3071, 0x40, 384);
    bits(4097, 0x01, 513);
    bits(8192, 0xff, 1024);
    assert_eq!(strength(rsa(&[]), ssa), KeyProblem::RsaBits(0));
    // A zero in front.
    let key = Key::rsa(2048, RSASSA, SHA256);
    let longer = [&[0], modulus(&key)].concat();
    let problem = KeyProblem::ModulusLength {
        expected: 256,
        found: 257,
    };
    assert_eq!(strength(rsa(&longer), ssa), problem);
    let mut even = modulus(&key).to_vec();
    even[255] &= 0xfe;
    assert_eq!(strength(rsa(&even), ssa), KeyProblem::ModulusEven);
    for exponent in [1, 3, 17, 65536, 65539, u32::MAX] {
        let key = PlainKey::Rsa {
            modulus: modulus(&key),
            exponent,
        };
        assert_eq!(strength(key, ssa), KeyProblem::Exponent(exponent));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keys/roca.json");
    let facts: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let broken = crate::common::hex(facts["moduli"][0].as_str().unwrap());
    assert_eq!(strength(rsa(&broken), ssa), KeyProblem::Roca);
    // 1024 bits are a choice of the caller's.
    let small = Key::rsa(1024, RSASSA, SHA256);
    let small = rsa(modulus(&small));
    assert_eq!(strength(small, ssa), KeyProblem::RsaBits(1024));
    let rules = KeyRules::new().dangerous_allow_rsa_1024();
    for verifier in [Verifier::new(), Verifier::new().crypto(&AlwaysYes)] {
        let verifier = verifier.key_rules(rules);
        verifier.pinned_key(&small, ssa, &[small]).unwrap();
        verifier.self_asserted_key(&small, ssa).unwrap();
    }
}

#[test]
fn k8_point_has_to_be_on_a_known_curve() {
    for (key, hash) in [
        (Key::p256(SHA256), SHA256),
        (Key::p384(SHA384), SHA384),
        (Key::p521(SHA512), SHA512),
    ] {
        let (curve, x, y) = key.point();
        let scheme = scheme(ECDSA, hash);
        let good = (curve, x.clone(), y.clone());
        pinned(&ecc(&good), scheme).unwrap();
        let mut off = good.clone();
        *off.2.last_mut().unwrap() ^= 1;
        for point in [
            off,
            (curve, vec![0; x.len()], vec![0; y.len()]),
            (curve, vec![], vec![]),
            (curve, vec![0xff; x.len()], y.clone()),
            (curve, [&[1], &x[..]].concat(), y.clone()),
            (curve, vec![1; 200], y.clone()),
        ] {
            assert_eq!(strength(ecc(&point), scheme), KeyProblem::Point);
        }
    }
    let (_, x, y) = Key::p256(SHA256).point();
    for curve in [1, 2, 0x10, 0x20, 0x7777] {
        let point = (curve, x.clone(), y.clone());
        let problem = KeyProblem::Curve(TpmEccCurve(curve));
        assert_eq!(strength(ecc(&point), scheme(ECDSA, SHA256)), problem);
    }
}

/// K5: which name it has to be is unknown, and a name it has to be.
#[test]
fn k5_signer_of_a_quote_by_such_a_key_is_a_name_by_digest() {
    let point = Key::p256(SHA256).point();
    let key = pinned(&ecc(&point), scheme(ECDSA, SHA256)).unwrap();
    let mut scene = Scene::by(Key::p256(SHA256));
    for alg in [SHA1, SHA256, SHA384, SHA512] {
        let name = [&alg.to_be_bytes()[..], &hash(alg, b"any")].concat();
        scene.quote.qualified_signer = name;
        scene.verify_by(&key).unwrap();
    }
    for signer in [
        vec![],
        vec![0x40, 0, 0, 1],
        // A hash that nobody knows, `TPM_ALG_NULL`.
        [&[0x77, 0x77][..], &[1; 32]].concat(),
        [&[0x00, 0x10][..], &[1; 32]].concat(),
    ] {
        scene.quote.qualified_signer = signer.clone();
        let error = scene.verify_by(&key).unwrap_err();
        let found = Excerpt::new(&signer);
        let expected = TpmAlgId::NULL;
        assert_eq!(said(error), AttestProblem::Signer { expected, found });
        let text = format!("qualifiedSigner is {found}, expected a hash id and a digest");
        assert_eq!(error.to_string(), text);
    }
}

/// Q8: two keys without a Name cannot be told from each other by it.
#[test]
fn q8_clocks_of_keys_without_a_name_are_not_compared() {
    let point = Key::p256(SHA256).point();
    let key = pinned(&ecc(&point), scheme(ECDSA, SHA256)).unwrap();
    let earlier = ClockReading::new(
        *key.name(),
        TpmsClockInfo {
            clock: 1,
            reset_count: 3,
            restart_count: 0,
            safe: true,
        },
    );
    let scene = Scene::by(Key::p256(SHA256));
    let since = ClockPolicy::new().since(&earlier).allow_reboots();
    let error = scene.verify_by_clock(&key, since).unwrap_err();
    let nobody = Excerpt::new(&[]);
    let problem = ClockProblem::OtherKey {
        expected: nobody,
        found: nobody,
    };
    assert_eq!(said(error), problem);
}

/// If it is not restricted, it signs what anybody likes.
#[test]
fn k3_key_whose_attributes_are_unknown_vouches_for_no_other() {
    let (trusted, fresh) = (Key::rsa(2048, RSASSA, SHA256), Key::p256(SHA256));
    let plain = rsa(modulus(&trusted));
    let trusted = pinned(&plain, scheme(RSASSA, SHA256)).unwrap();
    assert!(trusted.trust().is_anchored());
    let public = fresh.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let certify = SignedAttest {
        attest: &[],
        signature: &[][..],
    };
    let nonce = Nonce::exact(&[1]).unwrap();
    let error = AttestationKey::certified_by(&public, &certify, &trusted, nonce).unwrap_err();
    assert_eq!(said(error), AnchorProblem::CertifierAttributesUnknown);
    assert_eq!(error.verdict(), Verdict::Rejected);
    assert_eq!(
        error.to_string(),
        "the attributes of the key that has to vouch for this one are unknown"
    );
    assert_eq!(
        error.help(),
        "Give the public area of that key, not only its numbers."
    );
}
