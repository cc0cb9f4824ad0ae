//! Credentials of all kinds, read by a software "TPM".

use tpm_quote::{
    Check, Error, Name, Problem, Tpm2bPublic, Unmarshal,
    types::Tpm2bName,
    verify::{
        Challenge, Part, Verdict,
        error::{CredentialProblem, EndorsementProblem, KeyProblem},
        make_credential,
    },
};

use crate::{
    endorsement::{Endorsement, Given},
    forge::{Key, SHA256, SHA384, SHA512, hash, sized},
};

fn all() -> Vec<Endorsement> {
    let mut all = Vec::new();
    for name_alg in [SHA256, SHA384, SHA512] {
        for aes_bits in [128, 256] {
            all.extend([
                Endorsement::p256(name_alg, aes_bits),
                Endorsement::p384(name_alg, aes_bits),
                Endorsement::p521(name_alg, aes_bits),
                Endorsement::rsa(2048, name_alg, aes_bits),
            ]);
        }
    }
    all.push(Endorsement::rsa(3072, SHA384, 256));
    all.push(Endorsement::rsa(4096, SHA512, 256));
    all
}

fn make(ek: &[u8], name: &[u8], secret: &[u8], random: &mut Given) -> Result<[Vec<u8>; 2], Error> {
    let ek = Tpm2bPublic::from_bytes(ek).unwrap();
    let name = Name::new(Tpm2bName::new(name).unwrap());
    make_credential(&ek, &name, secret, random)
        .map(|made| [made.id_object().to_vec(), made.encrypted_secret().to_vec()])
}

/// There is no credential, for this reason.
#[track_caller]
fn is_refused(made: Result<[Vec<u8>; 2], Error>, problem: CredentialProblem) {
    let error = made.unwrap_err();
    assert_eq!(*error.problem(), Problem::Credential(problem));
    assert_eq!(
        (error.part(), error.check()),
        (Part::Credential, Check::Input)
    );
}

#[test]
fn tpm_reads_the_secret_and_only_with_the_object_that_was_named() {
    let key = Key::p256(SHA256);
    let mut other = key.clone();
    other.attributes ^= 0x400;
    for ek in all() {
        let largest = hash(ek.name_alg, b"").len();
        for len in [1, 15, 16, 17, largest] {
            let secret: Vec<_> = (1..=len as u8).collect();
            let mut random = Given::plenty(len as u8);
            let [id_object, encrypted] =
                make(&ek.public(), &key.name(), &secret, &mut random).unwrap();
            let activate = |object: &Key| ek.activate(&object.name(), &id_object, &encrypted);
            assert_eq!(activate(&key), Some(secret));
            assert_eq!(activate(&other), None);
        }
    }
}

#[test]
fn names_of_any_hash_can_be_bound() {
    let (ek, mut key) = (Endorsement::p256(SHA256, 128), Key::p384(SHA384));
    for name_alg in [SHA256, SHA384, SHA512] {
        key.name_alg = name_alg;
        let [id_object, encrypted] =
            make(&ek.public(), &key.name(), b"secret", &mut Given::plenty(1)).unwrap();
        assert_eq!(
            ek.activate(&key.name(), &id_object, &encrypted),
            Some(b"secret".to_vec())
        );
    }
}

#[test]
fn other_randomness_makes_another_credential() {
    let key = Key::p256(SHA256);
    for ek in [
        Endorsement::p256(SHA256, 128),
        Endorsement::rsa(2048, SHA256, 128),
    ] {
        let make = |seed| {
            make(
                &ek.public(),
                &key.name(),
                b"secret",
                &mut Given::plenty(seed),
            )
            .unwrap()
        };
        let ([id, encrypted], [other_id, other_encrypted]) = (make(1), make(2));
        assert_ne!(id, other_id);
        assert_ne!(encrypted, other_encrypted);
        assert_eq!(make(1), [id, encrypted]);
    }
}

#[test]
fn secret_is_as_long_as_a_digest_at_most_and_not_empty() {
    let key = Key::p256(SHA256);
    for (ek, largest) in [
        (Endorsement::p256(SHA256, 128), 32),
        (Endorsement::p384(SHA384, 256), 48),
        (Endorsement::rsa(2048, SHA512, 256), 64),
    ] {
        for found in [0, largest + 1, 65, 1000] {
            let secret = vec![1; found];
            let error = make(&ek.public(), &key.name(), &secret, &mut Given::plenty(0));
            is_refused(error, CredentialProblem::Secret { largest, found });
        }
    }
}

#[test]
fn name_is_that_of_an_object() {
    let ek = Endorsement::p256(SHA256, 128);
    for name in [&[][..], &[0x40, 0, 0, 0x0b]] {
        let error = make(&ek.public(), name, b"secret", &mut Given::plenty(0));
        is_refused(error, CredentialProblem::Name);
    }
}

#[test]
fn without_randomness_there_is_no_credential() {
    let key = Key::p256(SHA256);
    for (ek, needed) in [
        (Endorsement::p256(SHA256, 128), 32),
        (Endorsement::p384(SHA384, 128), 48),
        (Endorsement::p521(SHA512, 128), 66),
        (Endorsement::rsa(2048, SHA256, 128), 64),
        (Endorsement::rsa(2048, SHA512, 128), 128),
    ] {
        let enough: &[u8] = &[0x11; 128][..needed];
        for len in [0, 1, needed / 2, needed - 1] {
            let mut random = Given::new(&[&enough[..len]]);
            let error = make(&ek.public(), &key.name(), b"secret", &mut random);
            is_refused(error, CredentialProblem::Random);
        }
        let mut random = Given::new(&[enough]);
        make(&ek.public(), &key.name(), b"secret", &mut random).unwrap();
        assert_eq!(random.left(), 0);
    }
}

/// Zero and the order of the curve are no private keys.
#[test]
fn random_number_that_is_no_private_key_is_thrown_away() {
    let (ek, key) = (Endorsement::p256(SHA256, 128), Key::p256(SHA256));
    let made_with = |parts: &[&[u8]]| {
        let mut random = Given::new(parts);
        let made = make(&ek.public(), &key.name(), b"secret", &mut random);
        (made, random.left())
    };
    let (zero, ones, good) = ([0; 32], [0xff; 32], [7; 32]);
    let (expected, _) = made_with(&[&good]);
    assert_eq!(made_with(&[&zero, &ones, &good]), (expected, 0));
    // A source that gives nothing else is broken; it is not asked for ever.
    let (made, left) = made_with(&[&[0; 32 * 5]]);
    is_refused(made, CredentialProblem::Random);
    assert_eq!(left, 32);

    // On P-521 all but one in 2^260 numbers of 521 bits are good.
    let ek = Endorsement::p521(SHA512, 256);
    let mut random = Given::new(&[&[0xfe; 66]]);
    make(&ek.public(), &key.name(), b"secret", &mut random).unwrap();
}

/// The point of the key with one change, in the last bytes of the public area.
#[test]
fn point_that_is_not_on_its_curve_is_refused() {
    let key = Key::p256(SHA256);
    for (ek, len) in [
        (Endorsement::p256(SHA256, 128), 32),
        (Endorsement::p384(SHA384, 256), 48),
        (Endorsement::p521(SHA512, 256), 66),
    ] {
        let area = ek.public_area();
        let (before, point) = area.split_at(area.len() - 2 * (len + 2));
        let (x, y) = (&point[2..len + 2], &point[len + 4..]);
        let with = |x: &[u8], y: &[u8]| {
            let public = sized(&[before, &sized(x), &sized(y)].concat());
            let mut random = Given::plenty(1);
            (
                make(&public, &key.name(), b"secret", &mut random),
                random.left(),
            )
        };
        with(x, y).0.unwrap();
        let mut off = y.to_vec();
        off[len - 1] ^= 1;
        let longer = [&[0], x].concat();
        let zero = vec![0; len];
        let largest = vec![0xff; len];
        for (x, y) in [
            (x, &off[..]),
            (x, x),
            (&longer, y),
            (&zero, &zero),
            (&largest, y),
            (&[], &[]),
        ] {
            let (made, left) = with(x, y);
            let error = made.unwrap_err();
            let problem = EndorsementProblem::Strength(KeyProblem::Point);
            assert_eq!(*error.problem(), Problem::Endorsement(problem));
            let place = (Part::EndorsementKey, Check::KeyAnchor);
            assert_eq!((error.part(), error.check()), place);
            assert_eq!(error.verdict(), Verdict::Rejected);
            assert_eq!(left, 256, "it is refused before a secret is made");
        }
    }
}

/// Old TPMs leave leading zeros of coordinates out: the seed is derived from whole ones.
#[test]
fn coordinate_without_its_leading_zeros_is_the_same() {
    // The first private key whose point begins with a zero.
    let (ek, x, y) = (1_u16..)
        .find_map(|n| {
            let scalar = [&[1; 30][..], &n.to_be_bytes()].concat();
            let mut ek = Endorsement::p256(SHA256, 128);
            ek.secret =
                crate::endorsement::Decrypting::P256(p256::SecretKey::from_slice(&scalar).unwrap());
            let area = ek.public_area();
            let point = &area[area.len() - 68..];
            let (x, y) = (point[2..34].to_vec(), point[36..].to_vec());
            (x[0] == 0).then_some((ek, x, y))
        })
        .unwrap();
    let area = ek.public_area();
    let short = [&area[..area.len() - 68], &sized(&x[1..]), &sized(&y)].concat();
    let key = Key::p256(SHA256);
    let made = make(
        &sized(&short),
        &key.name(),
        b"secret",
        &mut Given::plenty(3),
    )
    .unwrap();
    let whole = make(&ek.public(), &key.name(), b"secret", &mut Given::plenty(3)).unwrap();
    assert_eq!(made, whole);
    assert_eq!(
        ek.activate(&key.name(), &made[0], &made[1]),
        Some(b"secret".to_vec())
    );
}

#[test]
fn errors_say_what_was_expected() {
    for (error, verdict, text, help) in [
        (
            Error::from(EndorsementProblem::NoName),
            Verdict::Rejected,
            "the endorsement key has no Name: its nameAlg is TPM_ALG_NULL",
            "Use an endorsement key made from one of the templates with SHA-256, SHA-384 or SHA-512 and AES in CFB mode.",
        ),
        (
            CredentialProblem::Name.into(),
            Verdict::Malformed,
            "the Name is not the Name of an object",
            "Give the Name of the key: a hash id of two bytes and a digest.",
        ),
        (
            CredentialProblem::Secret {
                largest: 32,
                found: 33,
            }
            .into(),
            Verdict::Malformed,
            "the secret has 33 bytes, expected 1 to 32",
            "Give a secret that fits, or have a fresh one made.",
        ),
        (
            CredentialProblem::Challenge { found: 31 }.into(),
            Verdict::Malformed,
            "the challenge has 31 bytes, expected 32",
            "Give the challenge exactly as it was stored, with nothing around it.",
        ),
        (
            CredentialProblem::Random.into(),
            Verdict::Unsupported,
            "the source of randomness failed",
            "A credential needs a source of randomness: try again when there is one.",
        ),
    ] {
        assert_eq!(error.to_string(), text);
        assert_eq!(error.verdict(), verdict, "{text}");
        assert_eq!(error.help(), help, "{text}");
    }
}

/// Nothing secret in a log.
#[test]
fn what_is_secret_is_not_shown() {
    let ek = Endorsement::p256(SHA256, 128);
    let challenge = Challenge::fresh(&mut Given::plenty(1)).unwrap();
    assert_eq!(format!("{challenge:?}"), "Challenge");
    let public = ek.public();
    let ek = Tpm2bPublic::from_bytes(&public).unwrap();
    let name = Key::p256(SHA256).name();
    let name = Name::new(Tpm2bName::new(&name).unwrap());
    let credential = make_credential(&ek, &name, b"secret", &mut Given::plenty(2)).unwrap();
    assert_eq!(format!("{credential:?}"), "Credential");
}
