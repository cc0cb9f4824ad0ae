//! K: keys that the caller named by their numbers alone.

use tpm_quote::{
    AttestationKey, Check, KeyTrust, Name, Nonce, Tpm2bPublic, TpmAlgId, Unmarshal, VerifyError,
    types::{TpmEccCurve, TpmsClockInfo},
    verify::{
        AnchorError, ClockPolicy, ClockProblem, ClockReading, Excerpt, KeyRules, KeySchemeProblem,
        KeyStrengthProblem, PlainKey, SignedAttest, SigningScheme, Verdict,
    },
};

use super::{
    forge::{ECDSA, Key, NULL, RSAPSS, RSASSA, SHA1, SHA256, SHA384, SHA512, Secret, hash},
    scene::{AlwaysYes, Scene},
};

fn scheme(scheme: u16, hash: u16) -> SigningScheme {
    SigningScheme {
        scheme: TpmAlgId(scheme),
        hash: TpmAlgId(hash),
    }
}

fn modulus(key: &Key) -> &[u8] {
    match &key.secret {
        Secret::Rsa { n, .. } => n,
        _ => panic!("not an RSA key"),
    }
}

/// A point by reference: the key borrows it.
type Point = (u16, Vec<u8>, Vec<u8>);

fn ecc((curve, x, y): &Point) -> PlainKey<'_> {
    PlainKey::Ecc {
        curve: TpmEccCurve(*curve),
        x,
        y,
    }
}

fn rsa(modulus: &[u8]) -> PlainKey<'_> {
    PlainKey::Rsa {
        modulus,
        exponent: 65537,
    }
}

#[track_caller]
fn strength(key: PlainKey<'_>, scheme: SigningScheme) -> KeyStrengthProblem {
    match AttestationKey::pinned_key(&key, scheme) {
        Err(VerifyError::KeyStrength(problem)) => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn k4_key_that_was_named_by_its_numbers_is_anchored_and_says_so() {
    let key = Key::rsa(2048, RSASSA, SHA256);
    let plain = rsa(modulus(&key));
    let pinned = AttestationKey::pinned_key(&plain, scheme(RSASSA, SHA256)).unwrap();
    assert_eq!(pinned.trust(), KeyTrust::PinnedKey);
    assert!(pinned.trust().is_anchored());
    assert_eq!(*pinned.name(), Name::EMPTY);
    assert_eq!(pinned.algorithm().to_string(), "rsa-2048");
    assert_eq!(pinned.scheme().to_string(), "rsassa-sha256");
    let scene = Scene::by(Key::rsa(2048, RSASSA, SHA256));
    let seen = scene.verify_by(&pinned).unwrap();
    assert_eq!(seen.trust, KeyTrust::PinnedKey);
    // Another key, of the same kind.
    let other = Key::rsa(3072, RSASSA, SHA256);
    let other = AttestationKey::pinned_key(&rsa(modulus(&other)), scheme(RSASSA, SHA256));
    let error = scene.verify_by(&other.unwrap()).unwrap_err();
    assert_eq!(error, VerifyError::Signature);
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
        let pinned = AttestationKey::pinned_key(&plain, scheme(expected.0, expected.1)).unwrap();
        let scene = Scene::by(Key::rsa(2048, made.0, made.1));
        let error = scene.verify_by(&pinned).unwrap_err();
        let expected = (TpmAlgId(expected.0), TpmAlgId(expected.1));
        let found = (TpmAlgId(made.0), Some(TpmAlgId(made.1)));
        assert_eq!(error, VerifyError::SignatureScheme { expected, found });
    }
    let key = Key::rsa(2048, RSASSA, SHA1);
    let plain = rsa(modulus(&key));
    let pinned = AttestationKey::pinned_key(&plain, scheme(RSASSA, SHA1)).unwrap();
    let error = Scene::by(Key::rsa(2048, RSASSA, SHA1)).verify_by(&pinned);
    assert_eq!(error.unwrap_err(), VerifyError::SignatureSha1);
}

#[test]
fn k9_scheme_has_to_be_one_of_the_key_and_known() {
    let key = Key::rsa(2048, RSASSA, SHA256);
    let point = Key::p256(SHA256).point();
    let (rsa, ecc) = (rsa(modulus(&key)), ecc(&point));
    let other = |alg| KeySchemeProblem::OtherKey(TpmAlgId(alg));
    let unknown = |alg| KeySchemeProblem::Scheme(TpmAlgId(alg));
    let hash = |alg| KeySchemeProblem::Hash(TpmAlgId(alg));
    const HMAC: u16 = 0x0005;
    const ECDAA: u16 = 0x001a;
    for (plain, alg, hash_alg, problem, verdict) in [
        (rsa, ECDSA, SHA256, other(ECDSA), Verdict::Rejected),
        (ecc, RSASSA, SHA256, other(RSASSA), Verdict::Rejected),
        (ecc, RSAPSS, SHA256, other(RSAPSS), Verdict::Rejected),
        (rsa, HMAC, SHA256, other(HMAC), Verdict::Rejected),
        (ecc, NULL, SHA256, KeySchemeProblem::Open, Verdict::Rejected),
        (ecc, ECDAA, SHA256, unknown(ECDAA), Verdict::Unsupported),
        (rsa, 0x7777, SHA256, unknown(0x7777), Verdict::Unsupported),
        (rsa, RSASSA, 0x0027, hash(0x0027), Verdict::Unsupported),
        (ecc, ECDSA, NULL, hash(NULL), Verdict::Unsupported),
    ] {
        let error = AttestationKey::pinned_key(&plain, scheme(alg, hash_alg)).unwrap_err();
        assert_eq!(error, VerifyError::KeyScheme(problem));
        assert_eq!(
            (error.check(), error.verdict()),
            (Check::KeyScheme, verdict)
        );
    }
    let error = AttestationKey::pinned_key(&rsa, scheme(ECDSA, SHA256)).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.help()),
        (
            "a key of this kind does not sign with TPM_ALG_ECDSA",
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
            KeyStrengthProblem::RsaBitsUnsupported(bits)
        } else {
            KeyStrengthProblem::RsaBits(bits)
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
    assert_eq!(strength(rsa(&[]), ssa), KeyStrengthProblem::RsaBits(0));
    // A zero in front.
    let key = Key::rsa(2048, RSASSA, SHA256);
    let longer = [&[0], modulus(&key)].concat();
    let problem = KeyStrengthProblem::ModulusLength {
        expected: 256,
        found: 257,
    };
    assert_eq!(strength(rsa(&longer), ssa), problem);
    let mut even = modulus(&key).to_vec();
    even[255] &= 0xfe;
    assert_eq!(strength(rsa(&even), ssa), KeyStrengthProblem::ModulusEven);
    for exponent in [1, 3, 17, 65536, 65539, u32::MAX] {
        let key = PlainKey::Rsa {
            modulus: modulus(&key),
            exponent,
        };
        assert_eq!(strength(key, ssa), KeyStrengthProblem::Exponent(exponent));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keys/roca.json");
    let facts: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let broken = crate::common::hex(facts["moduli"][0].as_str().unwrap());
    assert_eq!(strength(rsa(&broken), ssa), KeyStrengthProblem::Roca);
    // 1024 bits are a choice of the caller's.
    let small = Key::rsa(1024, RSASSA, SHA256);
    let rules = KeyRules::new().dangerous_allow_rsa_1024();
    let small = rsa(modulus(&small));
    AttestationKey::pinned_key_with(&small, ssa, rules, &AlwaysYes).unwrap();
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
        AttestationKey::pinned_key(&ecc(&good), scheme).unwrap();
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
            assert_eq!(strength(ecc(&point), scheme), KeyStrengthProblem::Point);
        }
    }
    let (_, x, y) = Key::p256(SHA256).point();
    for curve in [1, 2, 0x10, 0x20, 0x7777] {
        let point = (curve, x.clone(), y.clone());
        let problem = KeyStrengthProblem::Curve(TpmEccCurve(curve));
        assert_eq!(strength(ecc(&point), scheme(ECDSA, SHA256)), problem);
    }
}

/// K5: which name it has to be is unknown, and a name it has to be.
#[test]
fn k5_signer_of_a_quote_by_such_a_key_is_a_name_by_digest() {
    let point = Key::p256(SHA256).point();
    let key = AttestationKey::pinned_key(&ecc(&point), scheme(ECDSA, SHA256)).unwrap();
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
        let expected = VerifyError::Signer {
            expected: TpmAlgId::NULL,
            found: Excerpt::new(&signer),
        };
        assert_eq!((error, error.check()), (expected, Check::Signer));
        let found = Excerpt::new(&signer);
        let text = format!("qualifiedSigner is {found}, expected a name by digest");
        assert_eq!(error.to_string(), text);
    }
}

/// Q8: two keys without a Name cannot be told from each other by it.
#[test]
fn q8_clocks_of_keys_without_a_name_are_not_compared() {
    let point = Key::p256(SHA256).point();
    let key = AttestationKey::pinned_key(&ecc(&point), scheme(ECDSA, SHA256)).unwrap();
    let earlier = ClockReading {
        key_name: *key.name(),
        clock_info: TpmsClockInfo {
            clock: 1,
            reset_count: 3,
            restart_count: 0,
            safe: true,
        },
    };
    let scene = Scene::by(Key::p256(SHA256));
    let since = ClockPolicy::new().since(&earlier).allow_reboots();
    let error = scene.verify_by_clock(&key, since).unwrap_err();
    let nobody = Excerpt::new(&[]);
    let problem = ClockProblem::OtherKey {
        expected: nobody,
        found: nobody,
    };
    assert_eq!(error, VerifyError::Clock(problem));
}

/// If it is not restricted, it signs what anybody likes.
#[test]
fn k3_key_whose_attributes_are_unknown_vouches_for_no_other() {
    let (trusted, fresh) = (Key::rsa(2048, RSASSA, SHA256), Key::p256(SHA256));
    let plain = rsa(modulus(&trusted));
    let trusted = AttestationKey::pinned_key(&plain, scheme(RSASSA, SHA256)).unwrap();
    assert!(trusted.trust().is_anchored());
    let public = fresh.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let certify = SignedAttest {
        attest: &[],
        signature: &[],
    };
    let nonce = Nonce::exact(&[1]).unwrap();
    let error = AttestationKey::certified_by(&public, &certify, &trusted, nonce).unwrap_err();
    assert_eq!(error, AnchorError::UnknownAttributes);
    assert_eq!(error.check(), Check::KeyAnchor);
    assert_eq!(error.verdict(), Verdict::Rejected);
    assert_eq!(
        error.to_string(),
        "the attributes of the key that is to vouch for this one are unknown"
    );
    assert_eq!(
        error.help(),
        "Give the public area of the key that is to vouch for this one, not its numbers alone."
    );
}
