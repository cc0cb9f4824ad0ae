//! Public areas as keys of the crates `rsa`, `p256`, `p384` and `p521`: each verifies the
//! signature of a real quote.
#![cfg(feature = "interop")]

mod common;

use common::cases;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::{pkcs1v15, signature::Verifier, traits::PublicKeyParts};
use sha1::Digest;
use sha2::{Sha256, Sha384, Sha512};
use tpm_quote::{
    Tpm2bPublic, TpmAlgId, TpmtSignature, Unmarshal,
    crypto::SignatureError,
    types::{ParmsAndId, TpmEccCurve, TpmtPublic, TpmuPublic},
};

fn digest(hash: TpmAlgId, message: &[u8]) -> Vec<u8> {
    match hash {
        TpmAlgId::SHA256 => Sha256::digest(message).to_vec(),
        TpmAlgId::SHA384 => Sha384::digest(message).to_vec(),
        TpmAlgId::SHA512 => Sha512::digest(message).to_vec(),
        other => panic!("{other}"),
    }
}

fn padded(number: &[u8], size: usize) -> Vec<u8> {
    [&vec![0; size - number.len()], number].concat()
}

#[test]
fn converted_key_verifies_the_signature_of_its_quote() {
    let mut counts = [0; 4];
    for case in cases() {
        if case.json["reference_policy_verdict"] != "accept" {
            continue;
        }
        let bytes = case.file("ak.pub");
        let public = Tpm2bPublic::from_bytes(&bytes).unwrap();
        let public = public.value();
        let signature = case.file("quote.sig");
        let message = case.file("quote.attest");
        let mut other = message.clone();
        other[20] ^= 1;
        match TpmtSignature::from_bytes(&signature).unwrap() {
            TpmtSignature::RsaSsa(rsa) if rsa.hash == TpmAlgId::SHA256 => {
                let key = rsa::PublicKey::try_from(public).unwrap();
                let key = pkcs1v15::VerifyingKey::<Sha256>::new(key);
                let signature = pkcs1v15::Signature::try_from(rsa.sig.bytes()).unwrap();
                assert!(key.verify(&message, &signature).is_ok(), "{}", case.name);
                assert!(key.verify(&other, &signature).is_err(), "{}", case.name);
                counts[0] += 1;
            }
            TpmtSignature::EcDsa(ecc) => {
                let TpmuPublic::Ecc(key) = public.key else {
                    panic!("an ECC key");
                };
                let [good, bad] = [&message, &other].map(|message| digest(ecc.hash, message));
                let (r, s) = (ecc.signature_r.bytes(), ecc.signature_s.bytes());
                let numbers = |size| [padded(r, size), padded(s, size)].concat();
                let verdicts = match key.parameters.curve_id {
                    TpmEccCurve::NIST_P256 => {
                        counts[1] += 1;
                        let key = p256::PublicKey::try_from(public).unwrap();
                        let key = p256::ecdsa::VerifyingKey::from(key);
                        let signature = p256::ecdsa::Signature::from_slice(&numbers(32)).unwrap();
                        [good, bad].map(|digest| key.verify_prehash(&digest, &signature).is_ok())
                    }
                    TpmEccCurve::NIST_P384 => {
                        counts[2] += 1;
                        let key = p384::PublicKey::try_from(public).unwrap();
                        let key = p384::ecdsa::VerifyingKey::from(key);
                        let signature = p384::ecdsa::Signature::from_slice(&numbers(48)).unwrap();
                        [good, bad].map(|digest| key.verify_prehash(&digest, &signature).is_ok())
                    }
                    _ => {
                        counts[3] += 1;
                        let key = p521::PublicKey::try_from(public).unwrap();
                        let key = p521::ecdsa::VerifyingKey::from(key);
                        let signature = p521::ecdsa::Signature::from_slice(&numbers(66)).unwrap();
                        [good, bad].map(|digest| key.verify_prehash(&digest, &signature).is_ok())
                    }
                };
                assert_eq!(verdicts, [true, false], "{}", case.name);
            }
            _ => {}
        }
    }
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

fn all(public: &TpmtPublic<'_>) -> [Option<SignatureError>; 4] {
    [
        rsa::PublicKey::try_from(public).err(),
        p256::PublicKey::try_from(public).err(),
        p384::PublicKey::try_from(public).err(),
        p521::PublicKey::try_from(public).err(),
    ]
}

#[test]
fn key_is_of_its_own_kind_and_curve_alone() {
    let kind = Some(SignatureError::Unsupported);
    for (case, own) in [("004", 0), ("005", 1), ("017", 2), ("018", 3)] {
        let bytes = common::case(case).file("ak.pub");
        let public = Tpm2bPublic::from_bytes(&bytes).unwrap();
        let mut expected = [kind; 4];
        expected[own] = None;
        assert_eq!(all(public.value()), expected, "{case}");
    }
}

#[test]
fn numbers_that_are_no_key_are_refused() {
    let numbers = Some(SignatureError::Invalid);
    let mut bytes = common::case("004").file("ak.pub");
    *bytes.last_mut().unwrap() &= 0xfe;
    let public = Tpm2bPublic::from_bytes(&bytes).unwrap();
    assert_eq!(all(public.value())[0], numbers);
    for (case, own) in [("005", 1), ("017", 2), ("018", 3)] {
        let mut bytes = common::case(case).file("ak.pub");
        *bytes.last_mut().unwrap() ^= 1;
        let public = Tpm2bPublic::from_bytes(&bytes).unwrap();
        assert_eq!(all(public.value())[own], numbers, "{case}");
    }
    // A coordinate of another curve's size.
    let long = common::case("018").file("ak.pub");
    let long = Tpm2bPublic::from_bytes(&long).unwrap();
    let bytes = common::case("005").file("ak.pub");
    let mut public = *Tpm2bPublic::from_bytes(&bytes).unwrap().value();
    if let (TpmuPublic::Ecc(ecc), TpmuPublic::Ecc(other)) = (public.key, long.value().key) {
        public.key = TpmuPublic::Ecc(ParmsAndId {
            unique: other.unique,
            ..ecc
        });
    }
    assert_eq!(all(&public)[1], numbers);
}

/// In a TPM 0 stands for it.
#[test]
fn exponent_of_0_is_65537() {
    let bytes = common::case("004").file("ak.pub");
    let public = Tpm2bPublic::from_bytes(&bytes).unwrap();
    let TpmuPublic::Rsa(rsa) = public.value().key else {
        panic!("an RSA key");
    };
    assert_eq!(rsa.parameters.exponent, 0);
    let key = rsa::PublicKey::try_from(public.value()).unwrap();
    assert_eq!(*key.e_bytes(), [1, 0, 1]);
}
