//! Public keys as JSON Web Keys.
#![cfg(all(feature = "rsa", feature = "ecdsa", feature = "keys"))]

mod common;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use common::{cases, hex};
use serde_json::{Value, json};
use tpm_quote::{
    Check, Error, Problem, Verdict,
    evidence::{read_jwk, read_pem, read_spki},
    verify::{
        Part, PlainKey,
        error::{FieldProblem, KeyFileProblem},
    },
};

fn base64(bytes: &[u8]) -> String {
    let mut room = vec![0; bytes.len() * 2 + 4];
    Base64UrlUnpadded::encode(bytes, &mut room)
        .unwrap()
        .to_owned()
}

fn unbase64(text: &str) -> Vec<u8> {
    let mut room = vec![0; text.len()];
    Base64UrlUnpadded::decode(text, &mut room)
        .unwrap()
        .to_owned()
}

/// A key by the facts about it.
fn jwk(public: &Value) -> Option<Value> {
    let number = |name: &str| base64(&hex(public[name].as_str().unwrap()));
    if public["type"] == "rsa" {
        let exponent = match public["exponent"].as_u64().unwrap() {
            0 => 65537,
            exponent => exponent,
        };
        let bytes = exponent.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let e = base64(&bytes[zeros..]);
        return Some(json!({"kty": "RSA", "n": number("modulus"), "e": e, "kid": [1, {}]}));
    }
    let crv = match public["curve"].as_str()? {
        "p256" => "P-256",
        "p384" => "P-384",
        "p521" => "P-521",
        _ => return None,
    };
    Some(json!({"use": "sig", "kty": "EC", "crv": crv, "x": number("x"), "y": number("y")}))
}

#[test]
fn key_of_every_case_is_that_of_its_pem_file() {
    let mut count = 0;
    for case in cases() {
        let Some(jwk) = jwk(&case.json["ak_public"]) else {
            continue;
        };
        count += 1;
        let mut der = [0; 600];
        let expected = read_spki(read_pem(&case.file("ak.pem"), &mut der).unwrap()).unwrap();
        for text in [jwk.to_string(), format!(" {jwk:#}\n")] {
            let mut room = [0; 520];
            let key = read_jwk(text.as_bytes(), &mut room).unwrap();
            assert_eq!(key, expected, "{}", case.name);
        }
    }
    assert_eq!(count, 124);
}

fn ecc() -> Value {
    jwk(&common::case("005").json["ak_public"]).unwrap()
}

fn rsa() -> Value {
    jwk(&common::case("004").json["ak_public"]).unwrap()
}

#[track_caller]
fn error(text: &str) -> Error {
    let mut room = [0; 520];
    let error = read_jwk(text.as_bytes(), &mut room).unwrap_err();
    assert!(!error.to_string().is_empty() && !error.help().is_empty());
    assert_eq!(error.part(), Part::KeyFile);
    error
}

/// The member is refused, at this byte of the text.
#[track_caller]
fn member_is_refused(
    error: Error,
    member: &'static str,
    problem: FieldProblem,
    offset: Option<usize>,
) {
    let field = member;
    assert_eq!(*error.problem(), Problem::Field { field, problem });
    assert_eq!(error.offset(), offset);
    assert_eq!(
        (error.check(), error.verdict()),
        (Check::Input, Verdict::Malformed)
    );
}

#[test]
fn member_that_is_missing_or_there_twice_is_named() {
    for (key, members) in [
        (rsa(), &["kty", "n", "e"][..]),
        (ecc(), &["kty", "crv", "x", "y"]),
    ] {
        for member in members {
            let mut less = key.clone();
            less.as_object_mut().unwrap().remove(*member);
            let found = error(&less.to_string());
            member_is_refused(found, member, FieldProblem::Missing, None);
            assert_eq!(found.to_string(), format!("{member}: missing"));
            // Also if it is written with an escape.
            let escaped = format!("\\u{:04x}{}", u32::from(member.as_bytes()[0]), &member[1..]);
            for name in [member, &*escaped] {
                let text = key.to_string();
                let start = text.strip_suffix('}').unwrap();
                let twice = format!("{start},\"{name}\":\"AAAA\"}}");
                let offset = Some(start.len() + 1);
                member_is_refused(error(&twice), member, FieldProblem::Repeated, offset);
            }
        }
    }
}

#[test]
fn number_is_base64url_of_the_right_length() {
    let refused = |key: &Value, member: &'static str, value: &str| {
        let mut other = key.clone();
        other[member] = value.into();
        let text = other.to_string();
        let at = text.find(&format!("\"{member}\":")).unwrap();
        let offset = at + member.len() + 3;
        let number = FieldProblem::Number;
        member_is_refused(error(&text), member, number, Some(offset));
    };
    let ecc = ecc();
    let x = ecc["x"].as_str().unwrap();
    let bytes = unbase64(x);
    for value in [
        String::new(),
        x[1..].to_owned(),
        format!("{x}="),
        format!(" {x}"),
        format!("{}+", &x[1..]),
        base64(&bytes[1..]),
        base64(&[&[0], &bytes[..]].concat()),
    ] {
        refused(&ecc, "x", &value);
        refused(&ecc, "y", &value);
    }
    let rsa = rsa();
    let n = rsa["n"].as_str().unwrap();
    let bytes = unbase64(n);
    for value in [
        String::new(),
        base64(&[&[0], &bytes[..]].concat()),
        format!("{}\u{e9}", &n[1..]),
    ] {
        refused(&rsa, "n", &value);
    }
    // Nothing, a zero in front, more than four bytes.
    for value in ["", "AAEAAQ", "AA", "AQABAQA", "AQABAQAB"] {
        refused(&rsa, "e", value);
    }
    let mut room = [0; 259];
    let text = rsa.to_string();
    let PlainKey::Rsa { exponent, .. } = read_jwk(text.as_bytes(), &mut room).unwrap() else {
        panic!("an RSA key");
    };
    assert_eq!(exponent, 65537);
    let few = read_jwk(text.as_bytes(), &mut [0; 258]).unwrap_err();
    assert_eq!(*few.problem(), Problem::BufferTooSmall);
    assert_eq!((few.part(), few.check()), (Part::KeyFile, Check::Input));
}

#[test]
fn other_kinds_and_curves_are_not_supported() {
    for kty in ["oct", "OKP", "rsa", ""] {
        let mut key = rsa();
        key["kty"] = kty.into();
        let found = error(&key.to_string());
        let problem = Problem::KeyFile(KeyFileProblem::AlgorithmUnsupported);
        assert_eq!((*found.problem(), found.check()), (problem, Check::KeyType));
        assert_eq!(found.verdict(), Verdict::Unsupported);
    }
    for crv in ["secp256k1", "P-192", "p-256", ""] {
        let mut key = ecc();
        key["crv"] = crv.into();
        let found = error(&key.to_string());
        let problem = Problem::KeyFile(KeyFileProblem::CurveUnsupported);
        assert_eq!(
            (*found.problem(), found.check()),
            (problem, Check::KeyStrength)
        );
        assert_eq!(found.verdict(), Verdict::Unsupported);
    }
}

#[test]
fn what_is_no_json_object_is_refused() {
    let text = rsa().to_string();
    for (text, offset) in [
        (String::new(), 0),
        ("[]".to_owned(), 0),
        (format!("{text}{text}"), text.len()),
        (r#"{"kty": 1}"#.to_owned(), 8),
        (r#"{"kty": null}"#.to_owned(), 8),
        (r#"{"kty": "RSA""#.to_owned(), 13),
    ] {
        let error = error(&text);
        assert!(
            matches!(error.problem(), Problem::Json(_)),
            "{text}: {error}"
        );
        assert_eq!(error.offset(), Some(offset), "{text}");
    }
    for len in 0..text.len() {
        let error = error(&text[..len]);
        assert!(matches!(error.problem(), Problem::Json(_)), "{error}");
    }
}
