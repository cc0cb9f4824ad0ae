//! Keys without a public area: what is accepted is written again, or is what a
//! second reader finds.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use tpm_quote::{
    AttestationKey, KeyTrust, Problem, TpmAlgId,
    evidence::{read_jwk, read_pem, read_spki, write_pem, write_spki},
    verify::{PlainKey, SigningScheme, error::AnchorProblem},
};

use crate::codec::{explain, explain_in};

/// A key in DER, in PEM or as a JSON Web Key.
pub fn spki(data: &[u8]) {
    let mut room = vec![0; data.len()];
    match read_pem(data, &mut room) {
        Ok(der) => {
            let der = der.to_vec();
            let mut room = vec![0; data.len() + 2];
            let written = write_pem(&der, &mut room).expect("it was read");
            let text = core::str::from_utf8(data).expect("it was read");
            let text = text.replace("\r\n", "\n");
            assert_eq!(
                text.trim_end_matches('\r').trim_end_matches('\n'),
                written.trim_end()
            );
            key(&der);
        }
        Err(error) => explain_in(&error, data),
    }
    key(data);
    jwk(data);
}

fn jwk(data: &[u8]) {
    let mut room = vec![0; data.len()];
    let key = match read_jwk(data, &mut room) {
        Ok(key) => key,
        Err(error) => {
            explain_in(&error, data);
            return;
        }
    };
    // What is not asked for is not decoded there either: a number of a member that
    // nobody knows may have any size.
    let json: BTreeMap<String, &RawValue> = serde_json::from_slice(data).expect("it was read");
    let text = |name: &str| -> String {
        serde_json::from_str(json[name].get()).expect("it was read as a string")
    };
    let number = |name: &str| unbase64(&text(name));
    match key {
        PlainKey::Rsa { modulus, exponent } => {
            assert_eq!(text("kty"), "RSA");
            assert_eq!(number("n"), modulus);
            let digits = number("e");
            let zeros = 4 - digits.len();
            assert_eq!([&[0; 4][..zeros], &digits].concat(), exponent.to_be_bytes());
        }
        PlainKey::Ecc { x, y, .. } => {
            assert_eq!(text("kty"), "EC");
            assert_eq!((number("x"), number("y")), (x.to_vec(), y.to_vec()));
        }
    }
}

fn unbase64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for digit in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == digit);
        bits = bits << 6 | u32::try_from(value.expect("base64url")).expect("six bits");
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    assert_eq!(bits & ((1 << count) - 1), 0, "bits that are left over");
    bytes
}

/// Whether there is a key.
pub fn is_spki(data: &[u8]) -> bool {
    read_spki(data).is_ok()
}

fn key(der: &[u8]) {
    let plain = match read_spki(der) {
        Ok(plain) => plain,
        Err(error) => {
            explain_in(&error, der);
            return;
        }
    };
    let mut room = vec![0xa5; der.len() + 1];
    assert_eq!(write_spki(&plain, &mut room), Ok(der));
    let short = &mut room[..der.len() - 1];
    let full = write_spki(&plain, short).expect_err("a byte is missing");
    assert_eq!(full.problem(), &Problem::BufferTooSmall);
    let scheme = match plain {
        PlainKey::Ecc { .. } => SigningScheme::ecdsa(TpmAlgId::SHA256),
        PlainKey::Rsa { .. } => SigningScheme::rsassa(TpmAlgId::SHA256),
    };
    let pinned = |known: &[PlainKey<'_>]| AttestationKey::pinned_key(&plain, scheme, known);
    let other = PlainKey::Rsa {
        modulus: &[],
        exponent: 65537,
    };
    match AttestationKey::self_asserted_key(&plain, scheme) {
        Ok(key) => {
            assert_eq!(key.trust(), KeyTrust::SelfAsserted);
            let key = pinned(&[other, plain]).expect("it is one of these");
            assert_eq!(key.trust(), KeyTrust::PinnedKey);
            for (known, problem) in [
                (&[][..], AnchorProblem::NoPinnedKeys),
                (&[other][..], AnchorProblem::KeyNotPinned),
            ] {
                let error = pinned(known).expect_err("it is none of these");
                assert_eq!(error.problem(), &Problem::Anchor(problem));
            }
        }
        Err(error) => {
            explain(&error);
            assert_eq!(pinned(&[plain]).err(), Some(error));
        }
    }
}
