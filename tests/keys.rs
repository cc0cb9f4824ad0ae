//! Public keys in every form that they are written in, and which form it was.
#![cfg(all(
    feature = "rsa",
    feature = "ecdsa",
    feature = "keys",
    feature = "certificate"
))]

mod common;

use std::fs;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use common::case;
use serde_json::{Value, json};
use tpm_quote::{
    Check, Error, Problem, Tpm2bPublic, Unmarshal, Verdict,
    evidence::{
        Key, KeyEncoding, KeyStructure, read_certificate_pem, read_key, read_pem, read_spki,
    },
    verify::{
        Part, PlainKey,
        error::{FieldProblem, KeyFileProblem},
    },
};

/// A file of what people had, by its folder's number.
fn report(path: &str) -> Vec<u8> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/reports");
    let (number, name) = path.split_once('/').unwrap();
    let folders = fs::read_dir(root).unwrap();
    let mut folders = folders.map(|folder| folder.unwrap().path());
    let folder = folders.find(|folder| {
        let name = folder.file_name().unwrap().to_str().unwrap();
        name.starts_with(&format!("{number}-"))
    });
    fs::read(folder.unwrap().join(name)).unwrap()
}

/// What is read, with exactly the room that is promised to be enough: the form in words, and
/// the key.
#[track_caller]
fn read(bytes: &[u8]) -> (String, Numbers) {
    let mut room = vec![0xa5; bytes.len()];
    let (form, key) = read_key(bytes, &mut room).unwrap();
    (form.to_string(), Numbers::of(&key))
}

#[track_caller]
fn refused(bytes: &[u8]) -> Error {
    let mut room = vec![0xa5; bytes.len()];
    read_key(bytes, &mut room).unwrap_err()
}

#[track_caller]
fn problem(bytes: &[u8]) -> KeyFileProblem {
    match *refused(bytes).problem() {
        Problem::KeyFile(problem) => problem,
        other => panic!("{other:?}"),
    }
}

/// The numbers of a key, and whether its public area is there.
#[derive(Clone, Debug, PartialEq)]
struct Numbers {
    is_public: bool,
    numbers: Vec<Vec<u8>>,
}

impl Numbers {
    fn of(key: &Key<'_>) -> Self {
        let (is_public, plain) = match key {
            Key::Public(public) => (true, PlainKey::of_public(public.value()).unwrap()),
            Key::Plain(plain) => (false, *plain),
        };
        let numbers = match plain {
            PlainKey::Rsa { modulus, exponent } => {
                let exponent = if exponent == 0 { 65537 } else { exponent };
                vec![modulus.to_vec(), exponent.to_be_bytes().to_vec()]
            }
            PlainKey::Ecc { curve, x, y } => {
                vec![curve.0.to_be_bytes().to_vec(), x.to_vec(), y.to_vec()]
            }
        };
        Self { is_public, numbers }
    }

    fn alone(&self) -> Self {
        Self {
            is_public: false,
            numbers: self.numbers.clone(),
        }
    }
}

fn encode<E: Encoding>(bytes: &[u8]) -> String {
    let mut room = vec![0; bytes.len() * 2 + 4];
    E::encode(bytes, &mut room).unwrap().to_owned()
}

fn base64(bytes: &[u8]) -> String {
    encode::<Base64>(bytes)
}

/// What is between the two lines of a plain PEM file.
fn der_of(pem: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(pem).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('-'));
    let text: String = lines.collect();
    let mut room = vec![0; text.len()];
    Base64::decode(&text, &mut room).unwrap().to_vec()
}

fn jwk(key: &Numbers) -> Value {
    let url = |bytes: &[u8]| encode::<Base64UrlUnpadded>(bytes);
    match &*key.numbers {
        [n, _] => json!({"kty": "RSA", "n": url(n), "e": "AQAB"}),
        [_, x, y] => json!({"kty": "EC", "crv": "P-256", "x": url(x), "y": url(y)}),
        other => panic!("{other:?}"),
    }
}

#[test]
fn key_is_the_same_in_every_form_and_the_form_is_told() {
    for number in ["004", "005"] {
        let case = case(number);
        let (public, pem) = (case.file("ak.pub"), case.file("ak.pem"));
        let der = der_of(&pem);
        let (form, key) = read(&public);
        assert_eq!(form, "TPM2B_PUBLIC");
        assert!(key.is_public);
        let bare = &public[2..];
        for (bytes, form) in [
            (bare, "TPMT_PUBLIC"),
            (base64(&public).as_bytes(), "TPM2B_PUBLIC in base64"),
            (base64(bare).as_bytes(), "TPMT_PUBLIC in base64"),
        ] {
            assert_eq!(read(bytes), (form.to_owned(), key.clone()));
        }
        let aws = json!({"InstanceId": "i-1", "KeyFormat": "tpmt", "KeyValue": base64(bare)});
        let expected = ("TPMT_PUBLIC in base64 in JSON".to_owned(), key.clone());
        assert_eq!(read(aws.to_string().as_bytes()), expected);

        let key = key.alone();
        let jwk = jwk(&key);
        let set = json!({"keys": [jwk]});
        for (bytes, form) in [
            (&*pem, "PEM"),
            (&*der, "DER"),
            (base64(&der).as_bytes(), "SubjectPublicKeyInfo in base64"),
            (jwk.to_string().as_bytes(), "JSON Web Key"),
            (format!("\n{jwk:#}\n").as_bytes(), "JSON Web Key"),
            (set.to_string().as_bytes(), "set of JSON Web Keys"),
        ] {
            assert_eq!(read(bytes), (form.to_owned(), key.clone()));
        }
        // Base64 in lines, as `base64` writes it, with and without a line feed at the end.
        for width in [1, 63, 64, 76] {
            let encoded = base64(&public);
            let lines = encoded.as_bytes().chunks(width);
            let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line)).collect();
            for feed in ["\n", "\r\n"] {
                let text = lines.join(feed) + feed;
                assert_eq!(read(text.as_bytes()).0, "TPM2B_PUBLIC in base64");
            }
        }
    }
}

/// By OpenSSL, `v_cr.pem` apart, which it does not read.
#[test]
fn pem_is_read_with_anything_around_it() {
    let (_, key) = read(&report("04/ak.pub"));
    for (file, form) in [
        ("v_76.pem", "PEM"),
        ("v_one.pem", "PEM"),
        ("v_text.pem", "PEM"),
        ("v_bom.pem", "PEM"),
        ("v_cr.pem", "PEM"),
        ("v_trailblank.pem", "PEM"),
        ("v_pkcs1.pem", "RSAPublicKey (PKCS #1) in PEM"),
        ("v_pkcs1.der", "RSAPublicKey (PKCS #1) in DER"),
    ] {
        let bytes = report(&format!("06/{file}"));
        assert_eq!(read(&bytes), (form.to_owned(), key.alone()), "{file}");
    }
    let encoded = base64(&report("06/v_pkcs1.der"));
    assert_eq!(read(encoded.as_bytes()).1, key.alone());
    let pem = String::from_utf8(report("06/v_one.pem")).unwrap();
    for text in [
        format!("\n\n \n{pem}"),
        pem.replace('\n', " \t\n"),
        pem.replace('\n', "\n\n"),
        pem.replace('\n', "\n  "),
        pem.trim_end().to_owned(),
        // Blocks of other kinds are passed over.
        format!("-----BEGIN EC PARAMETERS-----\nBggq\n-----END EC PARAMETERS-----\n{pem}"),
        format!("{pem}\n-----BEGIN X-----\n:-)\n-----END X-----\n# the end"),
    ] {
        let is_indented = text.contains("\n  -----END");
        let mut room = vec![0; text.len()];
        match read_key(text.as_bytes(), &mut room) {
            Ok((_, found)) => assert_eq!(Numbers::of(&found), key.alone(), "{text}"),
            // The lines at the ends are not indented.
            Err(error) => assert!(is_indented, "{error}: {text}"),
        }
    }
}

#[test]
fn certificate_gives_its_key_alone() {
    // As it is kept in the TPM, with padding behind it.
    let mut der = report("04/ak_nv.der");
    let len = 4 + usize::from(u16::from_be_bytes([der[2], der[3]]));
    der.truncate(len);
    let (_, key) = read(&report("04/ak.pub"));
    let pem = report("06/ak_text.pem");
    let expected = ("certificate in DER".to_owned(), key.alone());
    assert_eq!(read(&der), expected);
    let expected = ("certificate in base64".to_owned(), key.alone());
    assert_eq!(read(base64(&der).as_bytes()), expected);
    let encoded = base64(&der);
    let block = |label: &str| {
        format!("some text\n-----BEGIN {label}-----\n{encoded}\n-----END {label}-----\n")
    };
    for label in ["CERTIFICATE", "X509 CERTIFICATE"] {
        let expected = ("certificate in PEM".to_owned(), key.alone());
        assert_eq!(read(block(label).as_bytes()), expected);
    }
    // Those behind it vouch for it.
    let chain = [block("CERTIFICATE"), String::from_utf8(pem).unwrap()].concat();
    assert_eq!(read(chain.as_bytes()).1, key.alone());
    // A certificate that is cut is none.
    let error = refused(&der[..der.len() - 1]);
    assert_eq!(
        (error.part(), error.check()),
        (Part::Certificate, Check::Input)
    );
}

/// `## comments`, blank lines, and text that `openssl x509 -text` writes.
#[test]
fn certificates_are_read_with_anything_around_them() {
    for (file, count) in [
        ("06/bundle_with_comments.pem", 2),
        ("06/chain_blank.pem", 2),
        ("06/ak_text.pem", 1),
    ] {
        let text = report(file);
        let mut rest = &*text;
        let mut room = vec![0; text.len()];
        let mut ders = Vec::new();
        while !rest.is_empty() {
            let (der, behind) = read_certificate_pem(rest, &mut room).unwrap();
            ders.push(der.to_vec());
            rest = behind;
        }
        let certificates = String::from_utf8_lossy(&text).matches("BEGIN CERT").count();
        assert_eq!((ders.len(), certificates), (count, count), "{file}");
        for der in ders {
            tpm_quote::verify::X509Certificate::from_der(&der).unwrap();
        }
    }
}

#[test]
fn block_that_is_lost_behind_a_certificate_is_told() {
    let text = String::from_utf8(report("06/chain_blank.pem")).unwrap();
    let (first, second) = text.split_once("\n\n").unwrap();
    let mut room = vec![0; text.len()];
    // Without its first line, and without its last one.
    let (_, headless) = second.split_once('\n').unwrap();
    let (tailless, _) = second.split_once("-----END").unwrap();
    for damaged in [headless, tailless] {
        let text = format!("{first}\n{damaged}");
        let (_, behind) = read_certificate_pem(text.as_bytes(), &mut room).unwrap();
        assert!(!behind.is_empty());
        let error = read_certificate_pem(behind, &mut room).unwrap_err();
        assert_eq!(
            (error.part(), error.verdict()),
            (Part::Certificate, Verdict::Malformed)
        );
    }
    // The private key of a server, as some keep it with the certificate, is passed over.
    let text = format!("{first}\n-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n");
    let (_, behind) = read_certificate_pem(text.as_bytes(), &mut room).unwrap();
    assert!(behind.is_empty());
}

#[test]
fn pem_of_something_else_is_named() {
    let block = |label: &str| format!("-----BEGIN {label}-----\nMC4=\n-----END {label}-----\n");
    for (label, found) in [
        ("PRIVATE KEY", "PRIVATE KEY"),
        ("ENCRYPTED PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
        ("TSS2 PRIVATE KEY", "TSS2 PRIVATE KEY"),
        ("CERTIFICATE REQUEST", "CERTIFICATE REQUEST"),
        ("\u{1b}[2J", "block of another kind"),
    ] {
        let expected = "PUBLIC KEY";
        let named = KeyFileProblem::PemLabel { found, expected };
        let text = format!("text\n{}", block(label));
        assert_eq!(problem(text.as_bytes()), named);
        assert_eq!(refused(text.as_bytes()).offset(), Some(5));
        let mut room = [0; 100];
        let error = read_certificate_pem(text.as_bytes(), &mut room).unwrap_err();
        let expected = "CERTIFICATE";
        let named = KeyFileProblem::PemLabel { found, expected };
        assert_eq!(*error.problem(), Problem::KeyFile(named));
    }
    let text = block("CERTIFICATE");
    let error = read_pem(text.as_bytes(), &mut [0; 100]).unwrap_err();
    let text = error.to_string();
    assert_eq!(
        text,
        "public key at byte 0: the PEM has the label CERTIFICATE, expected PUBLIC KEY"
    );
    // A key and a certificate in one file (openssl x509 -pubkey): which is meant is not said.
    let key = String::from_utf8(report("06/v_one.pem")).unwrap();
    let both = format!("{key}{}", block("CERTIFICATE"));
    assert_eq!(problem(both.as_bytes()), KeyFileProblem::PemSeveral);
    assert_eq!(refused(both.as_bytes()).offset(), Some(key.len()));
    assert_eq!(
        problem(key.repeat(2).as_bytes()),
        KeyFileProblem::PemSeveral
    );
}

/// By OpenSSL: one key of RSA without an algorithm's parameters, one that is not of
/// `rsaEncryption`, curves that are written out, a point that is compressed.
#[test]
fn odd_forms_of_keys_are_read_or_said_to_be_unsupported() {
    let (_, key) = read(&report("04/ak.pub"));
    assert_eq!(read(&report("14/v_nonull.der")).1, key.alone());
    for (file, expected, check) in [
        (
            "14/v_pssoid.der",
            KeyFileProblem::AlgorithmUnsupported,
            Check::KeyType,
        ),
        (
            "14/ecc_explicit.pem",
            KeyFileProblem::CurveNotNamed,
            Check::KeyStrength,
        ),
        (
            "14/ecc_comp.pem",
            KeyFileProblem::PointCompressed,
            Check::KeyStrength,
        ),
    ] {
        let bytes = report(file);
        assert_eq!(problem(&bytes), expected, "{file}");
        let error = refused(&bytes);
        assert_eq!(
            (error.check(), error.verdict()),
            (check, Verdict::Unsupported)
        );
    }
}

#[test]
fn private_key_is_named() {
    // RSAPrivateKey, ECPrivateKey, PrivateKeyInfo: a version, then something else.
    for der in [
        &[0x30, 0x06, 2, 1, 0, 2, 1, 5][..],
        &[0x30, 0x06, 2, 1, 1, 4, 1, 5],
        &[0x30, 0x82, 0x01, 0x00, 2, 1, 0, 0x30, 0],
    ] {
        assert_eq!(problem(der), KeyFileProblem::PrivateKey);
    }
}

#[test]
fn key_of_a_set_is_the_one_that_is_meant() {
    let (_, ak) = read(&report("04/ak.pub"));
    let (_, other) = read(&case("004").file("ak.pub"));
    let form = "set of JSON Web Keys".to_owned();
    // The claims of Azure's virtual TPM have two keys.
    let azure = report("14/v_jwks.json");
    assert_eq!(read(&azure), (form.clone(), ak.alone()));

    let with = |key: &Numbers, members: Value| {
        let mut jwk = jwk(key);
        let object = jwk.as_object_mut().unwrap();
        object.extend(members.as_object().unwrap().clone());
        jwk
    };
    let set = |keys: &[&Value]| json!({"x": {"keys": []}, "keys": keys}).to_string();
    let (own, others) = (jwk(&ak), jwk(&other));
    let named = with(&ak, json!({"kid": "HCLAkPub"}));
    let for_encryption = with(&other, json!({"use": "enc", "kid": "HCLAkPub"}));
    let of_another_kind = json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"});
    for keys in [
        &[&own][..],
        &[&others, &named],
        &[&named, &others],
        &[&for_encryption, &own],
        &[&own, &for_encryption, &of_another_kind],
    ] {
        assert_eq!(read(set(keys).as_bytes()), (form.clone(), ak.alone()));
    }
    for keys in [
        &[][..],
        &[&for_encryption],
        &[&of_another_kind],
        &[&json!({})],
    ] {
        let problem = problem(set(keys).as_bytes());
        assert_eq!(problem, KeyFileProblem::NoKeyInSet);
    }
    // Nothing says which is meant; what they are called is shown on one line.
    let a = with(&ak, json!({"kid": "a"}));
    let odd = with(&other, json!({"kid": "b\u{1b}[2J\u{202e}"}));
    let error = refused(set(&[&a, &odd, &own]).as_bytes());
    assert_eq!(
        error.to_string(),
        "the set has several JSON Web Keys (a, b?[2J?, no kid), expected one, or one with the kid HCLAkPub"
    );
    let long = with(&other, json!({"kid": "c".repeat(100)}));
    let error = refused(set(&[&a, &long]).as_bytes()).to_string();
    let shown = format!("(a, {}...)", "c".repeat(63));
    assert!(error.contains(&shown), "{error}");
    // Two of the one name.
    let error = refused(set(&[&named, &named]).as_bytes());
    let repeated = |field| Problem::Field {
        field,
        problem: FieldProblem::Repeated,
    };
    assert_eq!(*error.problem(), repeated("kid"));
    let error = refused(br#"{"keys": [], "keys": []}"#);
    assert_eq!(*error.problem(), repeated("keys"));
    // A key that has keys of its own is one key.
    let mut own = own;
    own["keys"] = json!([others]);
    let expected = ("JSON Web Key".to_owned(), ak.alone());
    assert_eq!(read(own.to_string().as_bytes()), expected);
}

#[test]
fn text_that_is_no_key_is_malformed() {
    let not_base64 = Problem::KeyFile(KeyFileProblem::Base64);
    let public = report("04/ak.pub");
    let encoded = base64(&public);
    for text in [
        "hello",
        "AAAA",
        &encoded[..encoded.len() - 1],
        &encoded.replacen('A', "=", 1),
        &format!("{encoded}="),
    ] {
        assert_eq!(*refused(text.as_bytes()).problem(), not_base64, "{text}");
    }
    // Base64 of base64 is not looked into.
    let twice = base64(encoded.as_bytes());
    assert_eq!(*refused(twice.as_bytes()).problem(), not_base64);
    // A value that is not base64 has its place.
    let error = refused(br#"{"KeyValue": "A"}"#);
    assert_eq!(error.offset(), Some(13));
    for (text, part) in [
        (&b""[..], Part::Key),
        (b"\0", Part::Key),
        (b"hello, world", Part::Key),
        (b"{}", Part::KeyFile),
        (b"{", Part::KeyFile),
        (b"\xef\xbb\xbf{}", Part::KeyFile),
        (b"-----BEGIN ", Part::KeyFile),
    ] {
        let error = refused(text);
        assert_eq!(error.part(), part, "{error}");
        assert_eq!(error.verdict(), Verdict::Malformed, "{error}");
    }
}

/// Each form, cut at every byte: nothing of it is a key, and the room is never too small.
#[test]
fn key_that_is_cut_is_none() {
    let case = case("005");
    let (public, pem) = (case.file("ak.pub"), case.file("ak.pem"));
    let der = der_of(&pem);
    let key = read(&public).1;
    let set = json!({"keys": [jwk(&key)]}).to_string();
    for whole in [&*public, &public[2..], &der, set.as_bytes()] {
        for len in 0..whole.len() {
            let error = refused(&whole[..len]);
            assert_eq!(error.verdict(), Verdict::Malformed, "{len}");
            assert_ne!(*error.problem(), Problem::BufferTooSmall, "{len}");
        }
    }
    let end = pem.trim_ascii_end().len();
    for len in 0..end {
        assert_eq!(refused(&pem[..len]).verdict(), Verdict::Malformed);
    }
    // The room that is promised to be enough is needed for some, and less is told.
    let text = base64(&public);
    for len in 0..public.len() {
        let mut room = vec![0; len];
        let error = read_key(text.as_bytes(), &mut room).unwrap_err();
        assert_eq!(*error.problem(), Problem::BufferTooSmall);
    }
}

#[test]
fn structure_and_encoding_are_told_apart() {
    let pem = report("06/v_one.pem");
    let mut room = vec![0; pem.len()];
    let (form, key) = read_key(&pem, &mut room).unwrap();
    assert_eq!(form.structure, KeyStructure::SubjectPublicKeyInfo);
    assert_eq!(form.encoding, KeyEncoding::Pem);
    let mut der = vec![0; pem.len()];
    let der = read_pem(&pem, &mut der).unwrap();
    assert_eq!(key, Key::Plain(read_spki(der).unwrap()));
    let public = report("04/ak.pub");
    let (form, key) = read_key(&public, &mut []).unwrap();
    assert_eq!(form.structure, KeyStructure::Tpm2bPublic);
    assert_eq!(form.encoding, KeyEncoding::Plain);
    assert_eq!(key, Key::Public(Tpm2bPublic::from_bytes(&public).unwrap()));
}

/// By swtpm: the keys and the certificates of a TPM, which has them by the templates.
#[cfg(feature = "credential")]
#[test]
fn endorsement_key_by_its_numbers_is_that_of_the_tpm() {
    use tpm_quote::{Name, verify::EkTemplate};

    let file = |name: &str| {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/ek/");
        fs::read(format!("{root}{name}")).unwrap()
    };
    for (key, template) in [("ek-rsa2048", "L-1"), ("ek-ecc-p384", "H-3")] {
        let certificate = file(&format!("{key}.crt.der"));
        let (_, found) = read_key(&certificate, &mut []).unwrap();
        let Key::Plain(plain) = found else {
            panic!("{found:?}");
        };
        let default = EkTemplate::default_of(&plain).unwrap();
        assert_eq!(default.name(), template);
        let mut room = [0; 700];
        let public = default.complete(&plain, &mut room).unwrap();
        let expected = file(&format!("{key}.pub"));
        assert_eq!(public, Tpm2bPublic::from_bytes(&expected).unwrap());
        let name = Name::of_public(&public).unwrap();
        assert_eq!(name.as_ref(), file(&format!("{key}.name")));
        let error = default.complete(&plain, &mut [0; 100]).unwrap_err();
        assert_eq!(error.verdict(), Verdict::Malformed);
    }
    // Keys of which there is no template.
    let rsa = |len: usize, exponent| {
        EkTemplate::default_of(&PlainKey::Rsa {
            modulus: &vec![0xff; len],
            exponent,
        })
    };
    assert_eq!(rsa(384, 65537), Some(EkTemplate::H6));
    assert_eq!(rsa(512, 0), Some(EkTemplate::H7));
    assert_eq!((rsa(256, 3), rsa(128, 0), rsa(255, 0)), (None, None, None));
    let ecc = |curve| {
        EkTemplate::default_of(&PlainKey::Ecc {
            curve,
            x: &[1],
            y: &[1],
        })
    };
    use tpm_quote::types::TpmEccCurve;
    assert_eq!(ecc(TpmEccCurve::NIST_P256), Some(EkTemplate::L2));
    assert_eq!(ecc(TpmEccCurve::NIST_P521), Some(EkTemplate::H4));
    assert_eq!(ecc(TpmEccCurve::BN_P256), None);
}
