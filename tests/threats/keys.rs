//! K: where the key comes from, and what it is.

use tpm_quote::{
    AttestationKey, Check, KeyTrust, Nonce, PcrSet, Problem, QuotePolicy, ResponsePolicy, Scratch,
    Tpm2bPublic, TpmAlgId, TpmAttestation, Unmarshal,
    evidence::BlockEvidence,
    types::{TpmEccCurve, TpmaObject},
    verify::{
        Evidence, Excerpt, KeyRules,
        error::{AnchorProblem, AttestProblem, FieldProblem, KeyProblem},
    },
    verify_quote, verify_response,
};

use super::{
    forge::{
        AK_ATTRIBUTES, ECDSA, Key, NULL, RSAPSS, RSASSA, SHA1, SHA256, SHA384, SHA512, Secret,
        hash, sized,
    },
    said::{Said, said},
    scene::Scene,
};

fn problem(public: &[u8]) -> Said {
    let public = Tpm2bPublic::from_bytes(public).expect("the public area can be read");
    said(AttestationKey::self_asserted(&public).expect_err("the key was accepted"))
}

#[track_caller]
fn strength(public: &[u8]) -> Said {
    let problem = problem(public);
    assert_eq!(problem.check, Check::KeyStrength);
    problem
}

#[track_caller]
fn scheme(public: &[u8]) -> Said {
    let problem = problem(public);
    assert_eq!(problem.check, Check::KeyScheme);
    problem
}

/// Replaces the only occurrence of some bytes.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at: Vec<usize> = (0..=bytes.len() - from.len())
        .filter(|&i| bytes[i..].starts_with(from))
        .collect();
    assert_eq!(at.len(), 1, "found {} times", at.len());
    [&bytes[..at[0]], to, &bytes[at[0] + from.len()..]].concat()
}

#[test]
fn k1_forged_evidence_is_never_worth_more_than_self_asserted() {
    for key in every_kind_of_key() {
        let seen = Scene::by(key).verify().unwrap();
        assert_eq!(seen.trust, KeyTrust::SelfAsserted);
        assert!(!seen.trust.is_anchored());
    }
}

/// One key of each size, scheme, curve and hash.
fn every_kind_of_key() -> Vec<Key> {
    let mut keys = Vec::new();
    for hash in [SHA256, SHA384, SHA512] {
        for bits in [2048, 3072, 4096] {
            keys.push(Key::rsa(bits, RSASSA, hash));
            keys.push(Key::rsa(bits, RSAPSS, hash));
        }
        keys.extend([Key::p256(hash), Key::p384(hash), Key::p521(hash)]);
    }
    keys
}

#[test]
fn k1_anchor_required_refuses_self_asserted_before_anything_else() {
    let scene = Scene::by(Key::p256(SHA256));
    let public = scene.key.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let key = AttestationKey::self_asserted(&public).unwrap();
    let policy = QuotePolicy::new(
        Nonce::exact(&scene.nonce).unwrap(),
        PcrSet::parse(&scene.required).unwrap(),
    )
    .require_anchored_key();
    // Neither quote nor signature can be read: the anchor comes first.
    let evidence = Evidence {
        attest: &[],
        signature: &[][..],
        pcrs: &[],
    };
    assert_eq!(
        said(verify_quote(&key, &evidence, &policy).unwrap_err()),
        AnchorProblem::NotAnchored
    );
}

/// A file of an endorsement key that a real TPM came with.
fn endorsement_key(file: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/ek/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn k2_certificate_of_an_endorsement_key_is_no_anchor_for_the_key_beside_it() {
    let scene = Scene::by(Key::p256(SHA256));
    let (public, attest) = (scene.key.public(), sized(&scene.attest()));
    let signature = scene.key.sign(&scene.attest());
    let values = scene.pcr_values();
    let mut block = String::new();
    TpmAttestation::Available(BlockEvidence {
        pcr_banks: PcrSet::parse(&scene.required).unwrap(),
        pcr_values: (&values[..]).into(),
        aik_pubkey: &public,
        quote: &attest,
        signature: &signature,
        aik_certify: None,
        aik_certify_signature: None,
    })
    .write_json(&mut block)
    .unwrap();
    let block: serde_json::Value = serde_json::from_str(&block).unwrap();
    let certificate = String::from_utf8(endorsement_key("ek-rsa2048.crt.pem")).unwrap();
    assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----"));
    let mut response = serde_json::json!({
        "ek_certificate": certificate,
        "_metadata": { "tpm_attestation": block, "ek_certificate": certificate },
    });

    let policy = ResponsePolicy::with_nonce(Nonce::exact(&scene.nonce).unwrap());
    let mut scratch = Scratch::new();
    let text = response.to_string();
    let quote = verify_response(&text, &policy, &mut scratch).unwrap();
    assert_eq!(quote.key_trust(), KeyTrust::SelfAsserted);
    let anchored = policy.require_anchored_key();
    let error = verify_response(&text, &anchored, &mut scratch).unwrap_err();
    assert_eq!(said(error), AnchorProblem::NotAnchored);

    response["_metadata"]["tpm_attestation"]["ek_certificate"] = certificate.into();
    let error = verify_response(&response.to_string(), &policy, &mut scratch).unwrap_err();
    assert_eq!(
        *error.problem(),
        Problem::Field {
            field: "tpm_attestation",
            problem: FieldProblem::Unknown,
        }
    );
}

#[test]
fn k2_name_of_an_endorsement_key_pins_no_other_key() {
    let scene = Scene::by(Key::rsa(2048, RSASSA, SHA256));
    let error = scene.verify_pinned(&[endorsement_key("ek-rsa2048.name")]);
    let name = Excerpt::new(&scene.key.name());
    assert_eq!(
        said(error.unwrap_err()),
        AnchorProblem::NameNotPinned { name }
    );
}

#[test]
fn k2_endorsement_key_itself_signs_no_quotes() {
    let public = endorsement_key("ek-rsa2048.pub");
    assert_eq!(
        problem(&public),
        KeyProblem::Attributes {
            missing: TpmaObject::SIGN,
            forbidden: TpmaObject::DECRYPT,
        }
    );
}

#[test]
fn k3_each_of_the_32_attribute_bits_has_the_stated_verdict() {
    let required = [1, 4, 5, 16, 18]; // fixedTPM fixedParent sensitiveDataOrigin restricted sign
    let free = [2, 6, 7, 8, 9, 10, 19]; // stClear ... noDA x509sign
    let forbidden = [0, 3, 11, 12, 13, 14, 15, 17]; // decrypt, encryptedDuplication, reserved
    for bit in 0..32 {
        let mut scene = Scene::by(Key::p256(SHA256));
        scene.key.attributes = AK_ATTRIBUTES ^ (1 << bit);
        let bits = TpmaObject(1 << bit);
        let none = TpmaObject(0);
        let expected = if required.contains(&bit) {
            Some((bits, none))
        } else if free.contains(&bit) {
            None
        } else {
            assert!(forbidden.contains(&bit) || bit >= 20, "bit {bit}");
            Some((none, bits))
        };
        let expected = expected.map_or(Ok(()), |(missing, forbidden)| {
            Err(KeyProblem::Attributes { missing, forbidden }.into())
        });
        let found = scene.verify().map(|_| ()).map_err(said);
        assert_eq!(found, expected, "bit {bit}");
    }
}

#[test]
fn k3_only_rsa_and_ecc_keys() {
    let area = |kind: u16, rest: &[u8]| {
        let head = [&kind.to_be_bytes()[..], &SHA256.to_be_bytes()].concat();
        sized(&[&head[..], &AK_ATTRIBUTES.to_be_bytes(), &[0, 0], rest].concat())
    };
    for (kind, rest) in [
        (
            0x0008,
            [&[0x00, 0x05, 0x00, 0x0b][..], &sized(&[7; 32])].concat(),
        ),
        (
            0x0025,
            [&[0x00, 0x06, 0x00, 0x80, 0x00, 0x43][..], &sized(&[7; 32])].concat(),
        ),
        (
            0x00a0,
            [&[0x00, 0x10, 0x00, 0x01][..], &sized(&[7; 800])].concat(),
        ),
        (
            0x00a1,
            [&[0x00, 0x01, 0x00][..], &sized(&[7; 1312])].concat(),
        ),
        (
            0x00a2,
            [&[0x00, 0x01, 0x00, 0x0b][..], &sized(&[7; 1312])].concat(),
        ),
    ] {
        let found = TpmAlgId(kind);
        assert_eq!(problem(&area(kind, &rest)), KeyProblem::Type { found });
    }
}

#[test]
fn k4_pinned_name_covers_every_bit_of_the_public_area() {
    let scene = Scene::by(Key::p256(SHA256));
    let names = [scene.key.name()];
    assert_eq!(scene.verify_pinned(&names).unwrap().trust, KeyTrust::Pinned);
    let area = scene.key.public_area();
    for bit in 0..area.len() * 8 {
        let mut area = area.clone();
        area[bit / 8] ^= 1 << (bit % 8);
        let public = sized(&area);
        let Ok(public) = Tpm2bPublic::from_bytes(&public) else {
            continue;
        };
        assert!(
            AttestationKey::pinned(&public, &names).is_err(),
            "bit {bit} of the public area is not pinned"
        );
    }
}

#[test]
fn k4_same_point_with_another_public_area_is_not_the_pinned_key() {
    let scene = Scene::by(Key::p256(SHA256));
    let names = [scene.key.name()];
    let change = |change: fn(&mut Key)| {
        let mut scene = scene.clone();
        change(&mut scene.key);
        scene.verify().expect("it is sound in itself");
        let error = scene.verify_pinned(&names).unwrap_err();
        let name = Excerpt::new(&scene.key.name());
        assert_eq!(said(error), AnchorProblem::NameNotPinned { name });
    };
    change(|key| key.attributes |= TpmaObject::NO_DA.0);
    change(|key| key.auth_policy = vec![7; 32]);
}

#[test]
fn k4_empty_list_of_names_pins_nothing() {
    let scene = Scene::by(Key::p256(SHA256));
    assert_eq!(
        said(scene.verify_pinned(&[]).unwrap_err()),
        AnchorProblem::NoPinnedNames
    );
}

#[test]
fn k4_pinned_key_is_judged_like_any_other() {
    let mut scene = Scene::by(Key::p256(SHA256));
    scene.key.attributes &= !TpmaObject::RESTRICTED.0;
    let error = scene.verify_pinned(&[scene.key.name()]).unwrap_err();
    assert_eq!(error.check(), Check::KeyAttributes);
}

#[test]
fn k4_pinned_is_one_of_several_names_and_no_prefix_of_one() {
    let scene = Scene::by(Key::p256(SHA256));
    let name = scene.key.name();
    let other = Key::p384(SHA256).name();
    assert!(scene.verify_pinned(&[other.clone(), name.clone()]).is_ok());
    for wrong in [
        vec![],
        name[..33].to_vec(),
        [&name[..], &[0]].concat(),
        name[2..].to_vec(),
        sized(&name),
        other,
    ] {
        assert!(scene.verify_pinned(&[wrong]).is_err());
    }
}

#[test]
fn k5_signer_is_a_name_of_the_keys_own_hash() {
    let digest = |alg: u16, len: usize| [&alg.to_be_bytes()[..], &vec![9; len]].concat();
    for (signer, is_fine) in [
        (vec![], false),
        (vec![0x40, 0x00, 0x00, 0x07], false),
        (vec![0x40, 0x00, 0x00, 0x0b], false),
        (digest(SHA256, 32), true),
        (digest(SHA1, 20), false),
        (digest(SHA384, 48), false),
        (digest(0x0027, 32), false), // SHA3-256
        (digest(0x7777, 32), false), // no hash that is known
    ] {
        let mut scene = Scene::by(Key::p256(SHA256));
        scene.quote.qualified_signer = signer.clone();
        match scene.verify() {
            Ok(_) => assert!(is_fine, "{signer:02x?}"),
            Err(error) => {
                assert!(!is_fine, "{signer:02x?}");
                let expected = TpmAlgId::SHA256;
                let found = Excerpt::new(&signer);
                assert_eq!(said(error), AttestProblem::Signer { expected, found });
            }
        }
    }
}

/// `TPM2B_PUBLIC` of an RSASSA key with this modulus.
fn rsa_with(modulus: &[u8]) -> Vec<u8> {
    let mut key = Key::rsa(2048, RSASSA, SHA256);
    if let Secret::Rsa { n, .. } = &mut key.secret {
        *n = modulus.to_vec();
    }
    key.public()
}

#[test]
fn k6_published_roca_moduli_are_refused() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keys/roca.json");
    let facts: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let moduli = facts["moduli"].as_array().unwrap();
    assert_eq!(moduli.len(), 2);
    for modulus in moduli {
        let modulus = crate::common::hex(modulus.as_str().unwrap());
        assert_eq!(strength(&rsa_with(&modulus)), KeyProblem::Roca);
        // One prime that it is no power for is enough.
        let mut other = modulus.clone();
        *other.last_mut().unwrap() ^= 2;
        let public = rsa_with(&other);
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        AttestationKey::self_asserted(&public).expect("an ordinary modulus");
    }
}

/// With one prime less in the list, more of other makers' keys would be refused: to each
/// published modulus something is added that changes it modulo that prime alone, so that it
/// is no power of 65537 there. Another program computed what.
#[test]
fn k6_every_prime_of_the_fingerprint_counts() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/keys/roca.json");
    let facts: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    // Twice the product of all primes changes nothing.
    const PRODUCT: u128 = 1587390729005921591579210510842;
    let addends: [(u32, u128); 17] = [
        (37, 42902452135295178150789473266),
        (73, 21745078479533172487386445354),
        (13, 122106979154301660890708500834),
        (19, 83546880473995873241011079518),
        (109, 43689653091906098850803959014),
        (11, 144308248091447417416291864622),
        (17, 186751850471284893126965942452),
        (53, 119803073887239365402204566856),
        (61, 26022798836162649042282139522),
        (79, 80374214126882105902744835992),
        (71, 111788079507459267012620458510),
        (97, 16364852876349707129682582586),
        (103, 200350286185213404762424627582),
        (107, 44506282121661353034931135818),
        (127, 24998279196943647111483630092),
        (151, 10512521384145176103173579542),
        (157, 30332306923680030412341602118),
    ];
    for modulus in facts["moduli"].as_array().unwrap() {
        let modulus = crate::common::hex(modulus.as_str().unwrap());
        let plus = |addend: u128| {
            let mut sum = modulus.clone();
            let mut carry = addend;
            for byte in sum.iter_mut().rev() {
                carry += u128::from(*byte);
                *byte = u8::try_from(carry & 0xff).unwrap();
                carry >>= 8;
            }
            rsa_with(&sum)
        };
        assert_eq!(strength(&plus(PRODUCT)), KeyProblem::Roca);
        for (prime, addend) in addends {
            let public = plus(addend);
            let public = Tpm2bPublic::from_bytes(&public).unwrap();
            assert!(AttestationKey::self_asserted(&public).is_ok(), "{prime}");
        }
    }
}

#[test]
fn k6_ten_thousand_ordinary_moduli_pass() {
    for i in 0..10_000_u32 {
        let blocks =
            (0..8_u32).flat_map(|j| hash(SHA256, &[i.to_be_bytes(), j.to_be_bytes()].concat()));
        let mut modulus: Vec<u8> = blocks.collect();
        modulus[0] |= 0x80;
        modulus[255] |= 1;
        let public = rsa_with(&modulus);
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        assert!(AttestationKey::self_asserted(&public).is_ok(), "{i}");
    }
}

#[test]
fn k7_rsa_sizes() {
    let area = |bits: u16, modulus: &[u8]| {
        let head = [
            0x00, 0x01, 0x00, 0x0b, 0x00, 0x05, 0x00, 0x72, 0x00, 0x00, 0x00, 0x10,
        ];
        let tail = [0x00, 0x14, 0x00, 0x0b];
        let size = [&bits.to_be_bytes()[..], &[0; 4]].concat();
        sized(&[&head[..], &tail, &size, &sized(modulus)].concat())
    };
    let odd = |len: usize| {
        let mut modulus = vec![0xc5; len];
        modulus[len - 1] = 0xc7;
        modulus
    };
    for bits in [0, 8, 512, 1024, 1536, 2040, 4104] {
        let found = strength(&area(bits, &odd(usize::from(bits / 8).clamp(1, 512))));
        assert_eq!(found, KeyProblem::RsaBits(bits), "{bits} bits");
    }
    assert_eq!(
        strength(&area(u16::MAX, &odd(512))),
        KeyProblem::RsaBits(u16::MAX)
    );
    for bits in [2049, 2056, 2560, 3071, 3584, 4095] {
        assert_eq!(
            strength(&area(bits, &odd(usize::from(bits / 8)))),
            KeyProblem::RsaBitsUnsupported(bits)
        );
    }
    for (bits, len) in [
        (2048, 255),
        (2048, 257),
        (2048, 0),
        (3072, 256),
        (4096, 511),
    ] {
        let modulus = if len == 0 { vec![] } else { odd(len) };
        assert_eq!(
            strength(&area(bits, &modulus)),
            KeyProblem::ModulusLength {
                expected: usize::from(bits / 8),
                found: len
            }
        );
    }
}

#[test]
fn k7_rsa_key_of_more_than_4096_bits_does_not_fit_its_structure() {
    let public = rsa_with(&[0xc7; 1024]);
    let error = Tpm2bPublic::from_bytes(&public).unwrap_err();
    assert_eq!(
        (error.structure(), error.field()),
        ("TPMT_PUBLIC", "unique")
    );
}

#[test]
fn k7_rsa_modulus_and_exponent() {
    let key = Key::rsa(2048, RSASSA, SHA256);
    let Secret::Rsa { n, .. } = &key.secret else {
        unreachable!()
    };
    let public = key.public();
    let change = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut modulus = n.clone();
        change(&mut modulus);
        strength(&replaced(&public, n, &modulus))
    };
    assert_eq!(change(&|n| n[255] &= 0xfe), KeyProblem::ModulusEven);
    assert_eq!(change(&|n| n[0] = 0x7f), KeyProblem::ModulusTopBit);
    assert_eq!(change(&|n| n[0] = 0x00), KeyProblem::ModulusTopBit);
    assert_eq!(change(&|n| n.fill(0)), KeyProblem::ModulusTopBit);

    let exponent = |e: u32| {
        let field = [&[0x08, 0x00][..], &[0; 4], &[0x01, 0x00]].concat();
        let other = [&[0x08, 0x00][..], &e.to_be_bytes(), &[0x01, 0x00]].concat();
        replaced(&public, &field, &other)
    };
    for e in [1, 2, 3, 5, 17, 257, 65535, 65536, 65539, 131_074, u32::MAX] {
        assert_eq!(strength(&exponent(e)), KeyProblem::Exponent(e));
    }
    let explicit = exponent(65537);
    let explicit = Tpm2bPublic::from_bytes(&explicit).unwrap();
    assert!(AttestationKey::self_asserted(&explicit).is_ok());
}

#[test]
fn k7_opt_in_for_1024_bits_is_for_1024_bits_alone() {
    let mut scene = Scene::by(Key::rsa(1024, RSASSA, SHA256));
    assert_eq!(scene.failing_check(), Check::KeyStrength);
    scene.rules = KeyRules::new().dangerous_allow_sha1_names();
    assert_eq!(scene.failing_check(), Check::KeyStrength);
    scene.rules = KeyRules::new().dangerous_allow_rsa_1024();
    scene.verify().unwrap();
    let mut signature = scene.key.sign(&scene.attest());
    *signature.last_mut().unwrap() ^= 1;
    scene.signature = Some(signature);
    assert_eq!(scene.refusal(), AttestProblem::Signature);
}

#[test]
fn k8_point_is_on_its_curve() {
    for key in [Key::p256(SHA256), Key::p384(SHA256), Key::p521(SHA256)] {
        let (_, x, y) = key.point();
        let public = key.public();
        let with = |new_x: &[u8], new_y: &[u8]| {
            let point = [sized(&x), sized(&y)].concat();
            let area = replaced(&public[2..], &point, &[sized(new_x), sized(new_y)].concat());
            sized(&area)
        };
        let zeros = vec![0; x.len()];
        let ones = vec![0xff; x.len()];
        let mut off = y.clone();
        *off.last_mut().unwrap() ^= 1;
        for (x, y) in [
            (&x, &off),                     // off the curve
            (&y, &x),                       // swapped
            (&zeros, &zeros),               // infinity, as some write it
            (&vec![], &vec![]),             // infinity, as others do
            (&ones, &y),                    // x above p
            (&x, &ones),                    // y above p
            (&[&[0][..], &x].concat(), &y), // more bytes than the field has
            (&x, &[&[0][..], &y].concat()),
        ] {
            assert_eq!(strength(&with(x, y)), KeyProblem::Point);
        }
    }
}

#[test]
fn k8_coordinates_at_and_above_p_are_refused() {
    // P-256: p, and the ordinate of x = 0 with p added to x.
    let p = crate::common::hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    let y0 = crate::common::hex("66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4");
    let key = Key::p256(SHA256);
    let (_, x, y) = key.point();
    let with = |new_x: &[u8], new_y: &[u8]| {
        let point = [sized(&x), sized(&y)].concat();
        sized(&replaced(
            &key.public_area(),
            &point,
            &[sized(new_x), sized(new_y)].concat(),
        ))
    };
    let zero_x = with(&[0; 32], &y0);
    let zero_x = Tpm2bPublic::from_bytes(&zero_x).unwrap();
    AttestationKey::self_asserted(&zero_x).expect("x = 0 is on the curve");
    assert_eq!(strength(&with(&p, &y0)), KeyProblem::Point);
}

#[test]
fn k8_short_coordinates_are_padded() {
    // A P-256 key whose abscissa begins with a zero byte: scalar 0x...0185.
    let (scalar, x, y) = (1..4096_u16)
        .find_map(|i| {
            let mut scalar = [0; 32];
            scalar[30..].copy_from_slice(&i.to_be_bytes());
            let secret = p256::ecdsa::SigningKey::from_slice(&scalar).unwrap();
            let point = secret.verifying_key().to_sec1_point(false);
            let (x, y) = point.as_bytes()[1..].split_at(32);
            (x[0] == 0).then(|| (scalar, x.to_vec(), y.to_vec()))
        })
        .expect("one in 256 begins with a zero");
    let mut scene = Scene::by(Key::p256(SHA256));
    scene.key.secret = Secret::P256(p256::ecdsa::SigningKey::from_slice(&scalar).unwrap());
    let full = [sized(&x), sized(&y)].concat();
    let short = [sized(&x[1..]), sized(&y)].concat();
    let area = replaced(&scene.key.public_area(), &full, &short);
    scene.public = Some(sized(&area));
    scene.verify().unwrap();
}

#[test]
fn k8_curve_and_scheme_fit() {
    let public = Key::p256(SHA256).public();
    for (curve, name) in [
        (0x0001, TpmEccCurve::NIST_P192),
        (0x0002, TpmEccCurve::NIST_P224),
        (0x0010, TpmEccCurve::BN_P256),
        (0x0020, TpmEccCurve::SM2_P256),
        (0x0040, TpmEccCurve::CURVE_25519),
        (0x7777, TpmEccCurve(0x7777)),
    ] {
        let field = [0x00, 0x0b, 0x00, 0x03, 0x00, 0x10]; // hash, curve, kdf
        let [high, low] = u16::to_be_bytes(curve);
        let other = replaced(&public, &field, &[0x00, 0x0b, high, low, 0x00, 0x10]);
        assert_eq!(strength(&other), KeyProblem::Curve(name));
    }
    // A point of one curve under the id of another.
    let field = [0x00, 0x0b, 0x00, 0x03, 0x00, 0x10];
    let p384 = replaced(&public, &field, &[0x00, 0x0b, 0x00, 0x04, 0x00, 0x10]);
    assert_eq!(strength(&p384), KeyProblem::Point);
}

#[test]
fn k9_name_alg_is_a_hash_of_today() {
    for (alg, expected) in [
        (NULL, KeyProblem::NoName),
        (SHA1, KeyProblem::NameSha1),
        (0x0012, KeyProblem::NameAlgUnsupported(TpmAlgId::SM3_256)),
        (0x0027, KeyProblem::NameAlgUnsupported(TpmAlgId::SHA3_256)),
        (0x0000, KeyProblem::NameAlgUnsupported(TpmAlgId(0))),
        (0x7777, KeyProblem::NameAlgUnsupported(TpmAlgId(0x7777))),
    ] {
        let mut key = Key::p256(SHA256);
        key.name_alg = alg;
        assert_eq!(scheme(&key.public()), expected);
    }
    for alg in [SHA256, SHA384, SHA512] {
        let mut key = Key::p256(SHA256);
        key.name_alg = alg;
        Scene::by(key).verify().unwrap();
    }
}

#[test]
fn k9_sha1_names_by_opt_in_alone() {
    let mut key = Key::p256(SHA256);
    key.name_alg = SHA1;
    let mut scene = Scene::by(key);
    scene.rules = KeyRules::new().dangerous_allow_rsa_1024();
    assert_eq!(scene.failing_check(), Check::KeyScheme);
    scene.rules = KeyRules::new().dangerous_allow_sha1_names();
    scene.verify().unwrap();
}

#[test]
fn k9_auth_policy_is_empty_or_a_digest_of_the_name_alg() {
    for (name_alg, size) in [(SHA256, 32), (SHA384, 48), (SHA512, 64)] {
        for len in [0, 1, 20, 31, 32, 33, 48, 64] {
            let mut key = Key::p256(SHA256);
            key.name_alg = name_alg;
            key.auth_policy = vec![7; len];
            if len == 0 || len == size {
                Scene::by(key).verify().unwrap();
            } else {
                let (expected, found) = (size, len);
                assert_eq!(
                    scheme(&key.public()),
                    KeyProblem::AuthPolicy { expected, found }
                );
            }
        }
    }
}

#[test]
fn k9_no_symmetric_cipher_and_no_kdf() {
    let rsa = Key::rsa(2048, RSASSA, SHA256).public_area();
    let head = [0x00, 0x00, 0x00, 0x10, 0x00, 0x14]; // authPolicy, symmetric, scheme
    let aes = [0x00, 0x00, 0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x14];
    assert_eq!(
        scheme(&sized(&replaced(&rsa, &head, &aes))),
        KeyProblem::Symmetric(TpmAlgId::AES)
    );
    let ecc = Key::p256(SHA256).public_area();
    let head = [0x00, 0x00, 0x00, 0x10, 0x00, 0x18];
    let aes = [0x00, 0x00, 0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x18];
    assert_eq!(
        scheme(&sized(&replaced(&ecc, &head, &aes))),
        KeyProblem::Symmetric(TpmAlgId::AES)
    );
    let tail = [0x00, 0x03, 0x00, 0x10]; // curve, kdf
    let kdf = [0x00, 0x03, 0x00, 0x20, 0x00, 0x0b];
    assert_eq!(
        scheme(&sized(&replaced(&ecc, &tail, &kdf))),
        KeyProblem::Kdf(TpmAlgId::KDF1_SP800_56A)
    );
}

#[test]
fn k9_scheme_is_fixed_and_signs() {
    let rsa = Key::rsa(2048, RSASSA, SHA256).public_area();
    let with = |area: &[u8], old: u16, new: &[u8]| {
        // symmetric NULL, then the scheme
        let from = [&[0x00, 0x10][..], &old.to_be_bytes(), &[0x00, 0x0b]].concat();
        sized(&replaced(area, &from, &[&[0x00, 0x10][..], new].concat()))
    };
    for (new, expected) in [
        (&[0x00, 0x10][..], KeyProblem::SchemeNotFixed),
        (&[0x00, 0x15], KeyProblem::SchemeNotSigning(TpmAlgId::RSAES)),
        (
            &[0x00, 0x17, 0x00, 0x0b],
            KeyProblem::SchemeNotSigning(TpmAlgId::OAEP),
        ),
        (
            &[0x00, 0x14, 0x00, 0x27],
            KeyProblem::HashUnsupported(TpmAlgId::SHA3_256),
        ),
        (
            &[0x00, 0x16, 0x00, 0x12],
            KeyProblem::HashUnsupported(TpmAlgId::SM3_256),
        ),
        (
            &[0x00, 0x14, 0x00, 0x10],
            KeyProblem::HashUnsupported(TpmAlgId::NULL),
        ),
        (
            &[0x00, 0x14, 0x77, 0x77],
            KeyProblem::HashUnsupported(TpmAlgId(0x7777)),
        ),
    ] {
        assert_eq!(scheme(&with(&rsa, RSASSA, new)), expected);
    }
    let ecc = Key::p256(SHA256).public_area();
    for (new, expected) in [
        (&[0x00, 0x10][..], KeyProblem::SchemeNotFixed),
        (
            &[0x00, 0x19, 0x00, 0x0b],
            KeyProblem::SchemeNotSigning(TpmAlgId::ECDH),
        ),
        (
            &[0x00, 0x1d, 0x00, 0x0b],
            KeyProblem::SchemeNotSigning(TpmAlgId::ECMQV),
        ),
        (
            &[0x00, 0x1a, 0x00, 0x0b, 0x00, 0x01],
            KeyProblem::SchemeUnsupported(TpmAlgId::ECDAA),
        ),
        (
            &[0x00, 0x1b, 0x00, 0x0b],
            KeyProblem::SchemeUnsupported(TpmAlgId::SM2),
        ),
        (
            &[0x00, 0x1c, 0x00, 0x0b],
            KeyProblem::SchemeUnsupported(TpmAlgId::ECSCHNORR),
        ),
        (
            &[0x00, 0x60],
            KeyProblem::SchemeUnsupported(TpmAlgId::EDDSA),
        ),
        (
            &[0x00, 0x61],
            KeyProblem::SchemeUnsupported(TpmAlgId::HASH_EDDSA),
        ),
        (
            &[0x00, 0x18, 0x00, 0x27],
            KeyProblem::HashUnsupported(TpmAlgId::SHA3_256),
        ),
    ] {
        assert_eq!(scheme(&with(&ecc, ECDSA, new)), expected);
    }
}

#[test]
fn k9_the_name_is_that_of_the_specification() {
    let key = Key::p384(SHA256);
    let public = key.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let ours = AttestationKey::self_asserted(&public).unwrap();
    let digest = hash(SHA256, &key.public_area());
    assert_eq!(ours.name().as_ref(), [&[0x00, 0x0b][..], &digest].concat());
}
