//! Keys without a public area: what is accepted is written again, or is what a
//! second reader finds.

use std::{collections::BTreeMap, hint::black_box};

use serde_json::value::RawValue;
use tpm_quote::{
    AttestationKey, KeyTrust, TpmAlgId,
    evidence::{SpkiError, read_jwk, read_pem, read_spki, write_pem, write_spki},
    verify::{PlainKey, SigningScheme},
};

use crate::codec;

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
        Err(error) => explain(&error),
    }
    key(data);
    jwk(data);
}

fn jwk(data: &[u8]) {
    let mut room = vec![0; data.len()];
    let key = match read_jwk(data, &mut room) {
        Ok(key) => key,
        Err(error) => {
            assert!(!error.to_string().is_empty() && !error.help().is_empty());
            black_box((error.check(), error.verdict()));
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
        other => panic!("{other:?}"),
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
            explain(&error);
            if let SpkiError::Der(error) = error {
                assert!(error.offset() <= der.len());
            }
            return;
        }
    };
    let mut room = vec![0xa5; der.len() + 1];
    assert_eq!(write_spki(&plain, &mut room), Ok(der));
    let short = &mut room[..der.len() - 1];
    assert_eq!(write_spki(&plain, short), Err(SpkiError::Room));
    let scheme = match plain {
        PlainKey::Ecc { .. } => TpmAlgId::ECDSA,
        _ => TpmAlgId::RSASSA,
    };
    let hash = TpmAlgId::SHA256;
    match AttestationKey::pinned_key(&plain, SigningScheme { scheme, hash }) {
        Ok(key) => assert_eq!(key.trust(), KeyTrust::PinnedKey),
        Err(error) => codec::explain(&error),
    }
}

fn explain(error: &SpkiError) {
    assert!(!error.to_string().is_empty() && !error.help().is_empty());
    black_box((error.check(), error.verdict()));
}
