//! Keys without a public area: what is accepted is written again, or is what a
//! second reader finds.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use tpm_quote::{
    AttestationKey, KeyTrust, Problem, Tpm2bPublic, TpmAlgId, Unmarshal as _,
    evidence::{
        Key, KeyEncoding, KeyStructure, read_jwk, read_key, read_pem, read_rsa_public_key,
        read_spki, write_pem, write_spki,
    },
    verify::{PlainKey, SigningScheme, error::AnchorProblem},
};

use crate::{
    base64::{unbase64_digits, unbase64url},
    codec::{explain, explain_in},
};

/// A key in DER, in PEM, as a JSON Web Key, or in any other form.
pub fn spki(data: &[u8]) {
    let mut room = vec![0; data.len()];
    match read_pem(data, &mut room) {
        Ok(der) => {
            let der = der.to_vec();
            let mut room = vec![0; data.len() * 2 + 100];
            let written = write_pem(&der, &mut room).expect("there is room");
            let mut again = vec![0; der.len()];
            assert_eq!(read_pem(written.as_bytes(), &mut again), Ok(&*der));
            assert_eq!(der, block(data), "the only block");
            key(&der);
        }
        Err(error) => explain_in(&error, data),
    }
    key(data);
    jwk(data);
    any(data);
}

/// The bytes in the only block with a public key, by a reader that looks for nothing else:
/// a line that begins a block has nothing in front of its dashes and only blanks behind them.
fn block(data: &[u8]) -> Vec<u8> {
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let text: String = text.iter().map(|byte| char::from(*byte)).collect();
    let mut lines = text.split(['\r', '\n']);
    let is = |line: &str, wanted: &str| line.trim_ascii_end() == wanted;
    let begins = lines.find(|line| is(line, "-----BEGIN PUBLIC KEY-----"));
    begins.expect("it begins");
    let inside = lines.take_while(|line| !is(line, "-----END PUBLIC KEY-----"));
    let digits = inside.flat_map(str::chars);
    let digits = digits.filter(|c| c.is_ascii_graphic() && *c != '=');
    unbase64_digits(&digits.collect::<String>())
}

/// The form that was told is the only one that reads these bytes.
fn any(data: &[u8]) {
    let mut room = vec![0; data.len()];
    let (form, found) = match read_key(data, &mut room) {
        Ok(read) => read,
        Err(error) => {
            assert_ne!(error.problem(), &Problem::BufferTooSmall);
            explain_in(&error, data);
            return;
        }
    };
    assert!(form.to_string().is_ascii());
    let mut room = vec![0; data.len()];
    match (form.encoding, form.structure, found) {
        (KeyEncoding::Plain, KeyStructure::Tpm2bPublic, Key::Public(public)) => {
            assert_eq!(Tpm2bPublic::from_bytes(data), Ok(public));
        }
        (KeyEncoding::Plain, KeyStructure::TpmtPublic, Key::Public(public)) => {
            assert_eq!(Tpm2bPublic::from_unsized(data), Ok(public));
        }
        (KeyEncoding::Plain, KeyStructure::SubjectPublicKeyInfo, Key::Plain(plain)) => {
            assert_eq!(read_spki(data), Ok(plain));
        }
        (KeyEncoding::Plain, KeyStructure::RsaPublicKey, Key::Plain(plain)) => {
            assert_eq!(read_rsa_public_key(data), Ok(plain));
        }
        (KeyEncoding::Plain, KeyStructure::Jwk, Key::Plain(plain)) => {
            assert_eq!(read_jwk(data, &mut room), Ok(plain));
        }
        (KeyEncoding::Plain, structure, Key::Public(_)) => panic!("{structure}"),
        // With a text around it, or a certificate.
        _ => {}
    }
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
    let number = |name: &str| unbase64url(&text(name));
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
    // NULL may be missing behind the algorithm's id, and is written.
    let mut room = vec![0xa5; der.len() + 8];
    let written = write_spki(&plain, &mut room)
        .expect("there is room")
        .to_vec();
    if written != der {
        assert!(matches!(plain, PlainKey::Rsa { .. }));
        assert_eq!(read_spki(&written), Ok(plain));
        assert!(written.windows(2).any(|pair| pair == [5, 0]));
    }
    let short = &mut room[..written.len() - 1];
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
