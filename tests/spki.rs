//! Public keys without a public area: what `tpm2_readpublic -f pem` wrote.
#![cfg(all(feature = "rsa", feature = "ecdsa", feature = "keys"))]

mod common;

use common::{
    Vector, cases,
    quote::{Quote, pcr_values},
};
use der::Decode as _;
use spki::SubjectPublicKeyInfoRef;
use tpm_quote::{
    AttestationKey, Check, Error, Evidence, KeyTrust, Name, Problem, QuotePolicy, Tpm2bPublic,
    TpmtSignature, Unmarshal, Verdict,
    error::Reason,
    evidence::{read_pem, read_spki, write_pem, write_spki},
    types::TpmEccCurve,
    verify::{
        Part, PlainKey, SigningScheme,
        error::{KeyFileProblem, KeyProblem},
    },
    verify_quote,
};

/// The cases that OpenSSL could write the key of.
fn with_pem() -> Vec<Vector> {
    let cases: Vec<_> = cases()
        .into_iter()
        .filter(|case| case.has("ak.pem"))
        .collect();
    assert_eq!(cases.len(), 126);
    cases
}

fn der_of(case: &Vector) -> Vec<u8> {
    let mut room = [0; 600];
    read_pem(&case.file("ak.pem"), &mut room).unwrap().to_vec()
}

/// In a public area 0 stands for 65537, and leading zeros may be missing.
fn same(one: &PlainKey<'_>, other: &PlainKey<'_>) -> bool {
    let exponent = |exponent| if exponent == 0 { 65537 } else { exponent };
    match (*one, *other) {
        (
            PlainKey::Rsa {
                modulus,
                exponent: e,
            },
            PlainKey::Rsa {
                modulus: m,
                exponent: f,
            },
        ) => (modulus, exponent(e)) == (m, exponent(f)),
        _ => one == other,
    }
}

#[test]
fn key_of_every_case_is_that_of_its_public_area_and_is_written_as_it_was() {
    for case in with_pem() {
        let pem = case.file("ak.pem");
        let der = der_of(&case);
        let key = read_spki(&der).unwrap();
        let public = case.file("ak.pub");
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        let plain = PlainKey::of_public(public.value()).unwrap();
        assert!(same(&key, &plain), "{}", case.name);
        for key in [key, plain] {
            let mut room = [0xa5; 600];
            assert_eq!(write_spki(&key, &mut room).unwrap(), der, "{}", case.name);
            let mut room = [0xa5; 900];
            let written = write_pem(&der, &mut room).unwrap();
            assert_eq!(written.as_bytes(), pem, "{}", case.name);
        }
    }
}

/// RFC 8017, A.1.1.
#[derive(der::Sequence)]
struct RsaPublicKey<'a> {
    n: der::asn1::UintRef<'a>,
    e: u32,
}

/// The crate `spki` reads the same.
#[test]
fn second_reader_finds_the_same_numbers() {
    for case in with_pem() {
        let der = der_of(&case);
        let info = SubjectPublicKeyInfoRef::from_der(&der).unwrap();
        let bits = info.subject_public_key.as_bytes().unwrap();
        match read_spki(&der).unwrap() {
            PlainKey::Rsa { modulus, exponent } => {
                assert_eq!(info.algorithm.oid.to_string(), "1.2.840.113549.1.1.1");
                let numbers = RsaPublicKey::from_der(bits).unwrap();
                assert_eq!(numbers.n.as_bytes(), modulus);
                assert_eq!(numbers.e, exponent);
            }
            PlainKey::Ecc { curve, x, y } => {
                assert_eq!(info.algorithm.oid.to_string(), "1.2.840.10045.2.1");
                let curve_id = match curve {
                    TpmEccCurve::NIST_P192 => "1.2.840.10045.3.1.1",
                    TpmEccCurve::NIST_P224 => "1.3.132.0.33",
                    TpmEccCurve::NIST_P256 => "1.2.840.10045.3.1.7",
                    TpmEccCurve::NIST_P384 => "1.3.132.0.34",
                    TpmEccCurve::NIST_P521 => "1.3.132.0.35",
                    other => panic!("{other}"),
                };
                let parameters = info.algorithm.parameters_oid().unwrap();
                assert_eq!(parameters.to_string(), curve_id);
                assert_eq!(bits, [&[4][..], x, y].concat());
            }
        }
    }
}

/// Scheme and hash as the signature has them: a key by its numbers has none.
fn scheme_of(signature: &[u8]) -> SigningScheme {
    let parsed = TpmtSignature::from_bytes(signature).unwrap();
    let hash = match parsed {
        TpmtSignature::RsaSsa(rsa) | TpmtSignature::RsaPss(rsa) => rsa.hash,
        TpmtSignature::EcDsa(ecc)
        | TpmtSignature::EcDaa(ecc)
        | TpmtSignature::Sm2(ecc)
        | TpmtSignature::EcSchnorr(ecc) => ecc.hash,
        other => panic!("{other:?}"),
    };
    SigningScheme {
        scheme: parsed.selector(),
        hash,
    }
}

/// With the numbers of the public area as the known ones; and the same without any, as
/// evidence of a key that came with its message.
fn verify(quote: &Quote, der: &[u8]) -> Result<(), Error> {
    let public = Tpm2bPublic::from_bytes(&quote.public).unwrap();
    let known = PlainKey::of_public(public.value()).unwrap();
    let plain = read_spki(der).unwrap();
    let scheme = scheme_of(&quote.signature);
    let values = pcr_values(&quote.values);
    let evidence = Evidence {
        attest: &quote.attest,
        signature: &quote.signature[..],
        pcrs: &values,
    };
    let judge = |key: Result<AttestationKey<'_>, Error>, policy: &QuotePolicy<'_>, trust| {
        let verified = verify_quote(&key?, &evidence, policy)?;
        assert_eq!(verified.key_trust(), trust);
        assert_eq!(*verified.key_name(), Name::EMPTY);
        Ok(())
    };
    let policy = quote.policy();
    let pinned = judge(
        AttestationKey::pinned_key(&plain, scheme, &[known]),
        &policy.require_anchored_key(),
        KeyTrust::PinnedKey,
    );
    let self_asserted = judge(
        AttestationKey::self_asserted_key(&plain, scheme),
        &policy,
        KeyTrust::SelfAsserted,
    );
    assert_eq!(self_asserted, pinned);
    pinned
}

/// What only the public area tells is not known, and nothing else changes.
#[test]
fn every_case_has_the_verdict_of_its_block_but_for_what_a_public_area_tells() {
    let (mut accepted, mut refused, mut more) = (0, 0, Vec::new());
    for case in with_pem() {
        let quote = Quote::of(&case);
        let found = verify(&quote, &der_of(&case));
        let expected = quote.verify();
        match expected.as_ref().map_err(Error::problem) {
            Err(Problem::Key(KeyProblem::Attributes { .. } | KeyProblem::NameSha1)) => {
                assert_eq!(found, Ok(()), "{}", case.name);
                more.push(case.name[..3].to_owned());
            }
            _ => {
                assert_eq!(found, expected, "{}", case.name);
                match expected {
                    Ok(()) => accepted += 1,
                    Err(_) => refused += 1,
                }
            }
        }
    }
    assert_eq!((accepted, refused), (96, 17));
    // 074 has a Name by SHA-1, the others have attributes of another kind of key.
    let expected = [
        "064", "065", "066", "068", "069", "070", "072", "073", "074", "085", "086", "088", "089",
    ];
    assert_eq!(more, expected);
}

#[track_caller]
fn refused(der: &[u8], place: &str, offset: usize, reason: Reason) {
    let error = read_spki(der).unwrap_err();
    let &Problem::Structure(found) = error.problem() else {
        panic!("{error:?}");
    };
    assert_eq!(
        (error.part(), error.offset()),
        (Part::KeyFile, Some(offset))
    );
    let field = (found.structure(), found.field());
    assert_eq!(field, ("SubjectPublicKeyInfo", place), "{error}");
    assert_eq!(
        (found.offset(), found.reason()),
        (offset, reason),
        "{error}"
    );
    assert_eq!(
        (error.check(), error.verdict()),
        (Check::Input, Verdict::Malformed)
    );
}

/// A key that can be read, and is not supported.
#[track_caller]
fn unsupported(der: &[u8], problem: KeyFileProblem, check: Check) {
    let error = read_spki(der).unwrap_err();
    assert_eq!(*error.problem(), Problem::KeyFile(problem));
    assert_eq!((error.part(), error.check()), (Part::KeyFile, check));
    assert_eq!(error.verdict(), Verdict::Unsupported);
}

fn changed(der: &[u8], at: usize, byte: u8) -> Vec<u8> {
    let mut der = der.to_vec();
    der[at] = byte;
    der
}

#[test]
fn der_that_is_another_is_refused_where_it_differs() {
    let rsa = der_of(&common::case("004"));
    let ecc = der_of(&common::case("005"));
    let wrong = Reason::WrongConstant;
    let tag = |tag| Reason::UnexpectedTag { tag };
    // SEQUENCE, algorithm, its id, its parameters, the bit string, unused bits.
    refused(&changed(&ecc, 0, 0x31), "", 0, tag(0x31));
    refused(&changed(&ecc, 2, 0x31), "algorithm", 2, tag(0x31));
    refused(&changed(&ecc, 4, 5), "algorithm", 4, tag(5));
    refused(&changed(&ecc, 13, 5), "algorithm.parameters", 13, tag(5));
    refused(&changed(&ecc, 23, 4), "subjectPublicKey", 23, tag(4));
    refused(&changed(&ecc, 25, 1), "subjectPublicKey", 25, wrong);
    // The form of the point.
    refused(&changed(&ecc, 26, 6), "subjectPublicKey", 26, wrong);
    for form in [2, 3] {
        let der = changed(&ecc, 26, form);
        unsupported(&der, KeyFileProblem::PointCompressed, Check::KeyStrength);
    }
    let algorithm = KeyFileProblem::AlgorithmUnsupported;
    unsupported(&changed(&ecc, 12, 2), algorithm, Check::KeyType);
    let curve = KeyFileProblem::CurveUnsupported;
    unsupported(&changed(&ecc, 22, 9), curve, Check::KeyStrength);
    // rsaEncryption with parameters that are not NULL, id-RSASSA-PSS.
    refused(&changed(&rsa, 17, 6), "algorithm.parameters", 17, tag(6));
    unsupported(&changed(&rsa, 16, 10), algorithm, Check::KeyType);
    // An exponent of zero, and one without a byte.
    let at = rsa.len() - 5;
    let empty = Reason::SizeOutOfRange { size: 0 };
    for (exponent, reason) in [(&[2, 1, 0][..], wrong), (&[2, 0], empty)] {
        let mut short = [&rsa[..at], exponent].concat();
        let missing = u16::try_from(rsa.len() - short.len()).unwrap();
        // In each of the three lengths around it.
        for at in [2, 21, 26] {
            let len = u16::from_be_bytes([short[at], short[at + 1]]) - missing;
            short[at..at + 2].copy_from_slice(&len.to_be_bytes());
        }
        let at = at + if reason == empty { 2 } else { 0 };
        refused(&short, "subjectPublicKey.publicExponent", at, reason);
    }
    for der in [&rsa, &ecc] {
        let longer = [&der[..], &[0]].concat();
        refused(&longer, "", der.len(), Reason::TrailingBytes { count: 1 });
        for len in 0..der.len() {
            assert!(read_spki(&der[..len]).is_err(), "{len}");
        }
    }
}

fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let len = u16::try_from(contents.len()).unwrap();
    let [high, low] = len.to_be_bytes();
    let head = match len {
        0..=0x7f => vec![tag, low],
        0x80..=0xff => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, contents].concat()
}

/// Something after the last part of each structure, which its length counts.
#[test]
fn structure_with_more_parts_than_it_has_is_refused() {
    let more: &[u8] = &[5, 0];
    let one = Reason::TrailingBytes { count: 1 };
    let two = Reason::TrailingBytes { count: 2 };
    let der = der_of(&common::case("005"));
    let (id, curve, point) = (&der[4..13], &der[13..23], &der[25..]);
    let ecc = |id: &[&[u8]], bits: &[&[u8]], end: &[u8]| {
        let algorithm = element(0x30, id);
        element(0x30, &[&algorithm, &element(3, bits), end])
    };
    assert_eq!(ecc(&[id, curve], &[point], &[]), der);
    refused(
        &ecc(&[id, curve, more], &[point], &[]),
        "algorithm",
        23,
        two,
    );
    refused(
        &ecc(&[id, curve], &[point, more], &[]),
        "subjectPublicKey",
        91,
        two,
    );
    refused(&ecc(&[id, curve], &[point], more), "", 91, two);

    let der = der_of(&common::case("004"));
    let (id, n, e) = (&der[6..17], &der[28..der.len() - 5], &der[der.len() - 5..]);
    let rsa = |parameters: &[&[u8]], numbers: &[&[u8]], end: &[u8]| {
        let algorithm = element(0x30, &[&[id], parameters].concat());
        let key = element(3, &[&[0], &element(0x30, numbers), end]);
        element(0x30, &[&algorithm, &key])
    };
    let null: &[u8] = &[5, 0];
    assert_eq!(rsa(&[null], &[n, e], &[]), der);
    let len = der.len();
    refused(
        &rsa(&[&[5, 1, 0]], &[n, e], &[]),
        "algorithm.parameters",
        19,
        one,
    );
    refused(&rsa(&[null, more], &[n, e], &[]), "algorithm", 19, two);
    refused(
        &rsa(&[null], &[n, e, more], &[]),
        "subjectPublicKey",
        len,
        two,
    );
    refused(&rsa(&[null], &[n, e], more), "subjectPublicKey", len, two);
    // A number that no public area holds.
    let e = element(2, &[&[1, 0, 0, 0, 1]]);
    let size = Reason::SizeOutOfRange { size: 5 };
    let place = "subjectPublicKey.publicExponent";
    refused(&rsa(&[null], &[n, &e], &[]), place, len - 5, size);
}

/// What is accepted is written as it was, and the crate `spki` accepts it.
#[test]
fn every_accepted_change_of_a_bit_is_one_of_a_number() {
    for number in ["004", "005", "017", "018"] {
        let der = der_of(&common::case(number));
        let mut accepted = 0;
        for bit in 0..der.len() * 8 {
            let changed = changed(&der, bit / 8, der[bit / 8] ^ 1 << (bit % 8));
            let Ok(key) = read_spki(&changed) else {
                continue;
            };
            accepted += 1;
            let mut room = [0; 600];
            assert_eq!(write_spki(&key, &mut room).unwrap(), changed);
            assert!(SubjectPublicKeyInfoRef::from_der(&changed).is_ok(), "{bit}");
        }
        let numbers = 8 * match number {
            "004" => 256,
            "005" => 64,
            "017" => 96,
            _ => 132,
        };
        assert!(
            (numbers - 64..numbers + 32).contains(&accepted),
            "{accepted}"
        );
    }
}

#[track_caller]
fn pem_refused(text: &[u8], offset: usize, problem: KeyFileProblem) {
    let mut room = [0; 600];
    let error = read_pem(text, &mut room).unwrap_err();
    let shown = String::from_utf8_lossy(text);
    assert_eq!(*error.problem(), Problem::KeyFile(problem), "{shown}");
    assert_eq!(error.offset(), Some(offset), "{shown}");
    assert_eq!(error.part(), Part::KeyFile);
    let start = format!("public key at byte {offset}: expected ");
    assert!(error.to_string().starts_with(&start), "{error}");
    assert_eq!(
        (error.check(), error.verdict()),
        (Check::Input, Verdict::Malformed)
    );
}

#[test]
fn pem_that_is_another_is_refused_where_it_differs() {
    let case = common::case("005");
    let der = der_of(&case);
    let pem = String::from_utf8(case.file("ak.pem")).unwrap();
    let lines: Vec<&str> = pem.lines().collect();
    let [begin, first, last, end] = lines[..] else {
        panic!("{pem}");
    };
    assert_eq!((first.len(), last.len()), (64, 60));
    let joined = |lines: &[&str], feed: &str| lines.join(feed).into_bytes();
    let mut room = [0; 600];
    for feed in ["\n", "\r\n"] {
        let without = joined(&lines, feed);
        let with = [&without[..], feed.as_bytes()].concat();
        for text in [without, with] {
            assert_eq!(read_pem(&text, &mut room), Ok(&der[..]));
        }
    }
    let (at_first, at_last, at_end) = (27, 27 + 65, 27 + 65 + 61);
    let text = |lines: &[&str]| joined(lines, "\n");
    const BEGIN: KeyFileProblem = KeyFileProblem::PemBegin("-----BEGIN PUBLIC KEY-----");
    const LINE: KeyFileProblem = KeyFileProblem::PemLine;
    const END: KeyFileProblem = KeyFileProblem::PemEnd("-----END PUBLIC KEY-----");
    pem_refused(b"", 0, BEGIN);
    pem_refused(first.as_bytes(), 0, BEGIN);
    // Lines that only look like the boundaries, and an end without a beginning.
    pem_refused(&text(&[" -----BEGIN PUBLIC KEY-----", first]), 0, BEGIN);
    pem_refused(&text(&["----BEGIN PUBLIC KEY----", first]), 0, BEGIN);
    pem_refused(&text(&[first, last, end]), 65 + 61, BEGIN);
    pem_refused(&text(&[begin]), 26, END);
    pem_refused(&text(&[begin, first, last]), 27 + 65 + 60, END);
    let after_end = at_end + 25;
    pem_refused(&text(&[begin, first, last, end, end]), after_end, BEGIN);
    pem_refused(
        &text(&[begin, first, last, "-----END CERTIFICATE-----"]),
        at_end,
        END,
    );
    pem_refused(&text(&[begin, first, last, begin, end]), at_end, END);
    pem_refused(
        &text(&[begin, first, last, "-----END PUBLIC KEY----"]),
        at_end,
        END,
    );
    // Other alphabets, padding in the middle, too much or too little of it, bits left over.
    pem_refused(
        &text(&[begin, first, &last.replacen(&last[..1], "-", 1), end]),
        at_last,
        END,
    );
    let with = |at: usize, c: &str| [&last[..at], c, &last[at + 1..]].concat();
    for (line, at) in [
        (with(4, "_"), 4),
        (with(4, "\u{e9}"), 4),
        (with(4, "="), 5),
        (with(4, ":"), 4),
        (last[..59].to_owned(), 58),
        (format!("{last}="), 60),
        (format!("{}B==", &last[..57]), 59),
        (format!("{}===", &last[..57]), 59),
    ] {
        pem_refused(&text(&[begin, first, &line, end]), at_last + at, LINE);
    }
    // Nothing at all between the two lines.
    pem_refused(&text(&[begin, end]), 27, LINE);
    pem_refused(&text(&[begin, "=", end]), at_first, LINE);
    too_small(read_pem(pem.as_bytes(), &mut [0; 90]));
    let mut exact = [0; 91];
    assert_eq!(read_pem(pem.as_bytes(), &mut exact), Ok(&der[..]));
}

#[track_caller]
fn too_small<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    let error = outcome.unwrap_err();
    assert_eq!(*error.problem(), Problem::BufferTooSmall);
    assert_eq!((error.part(), error.check()), (Part::KeyFile, Check::Input));
}

#[test]
fn nothing_is_written_that_does_not_fit() {
    let der = der_of(&common::case("004"));
    let key = read_spki(&der).unwrap();
    for len in 0..der.len() {
        too_small(write_spki(&key, &mut vec![0; len]));
    }
    let pem = common::case("004").file("ak.pem");
    for len in 0..pem.len() {
        too_small(write_pem(&der, &mut vec![0; len]));
    }
    let ecc = |curve, x| PlainKey::Ecc { curve, x, y: &[1] };
    let mut room = [0; 600];
    let long = [1; 33];
    for (key, problem, verdict) in [
        (
            ecc(TpmEccCurve::BN_P256, &[1]),
            KeyFileProblem::CurveUnsupported,
            Verdict::Unsupported,
        ),
        (
            ecc(TpmEccCurve::NIST_P256, &long),
            KeyFileProblem::Coordinate,
            Verdict::Rejected,
        ),
    ] {
        let error = write_spki(&key, &mut room).unwrap_err();
        assert_eq!(*error.problem(), Problem::KeyFile(problem));
        let place = (Part::KeyFile, Check::KeyStrength);
        assert_eq!((error.part(), error.check()), place);
        assert_eq!(error.verdict(), verdict);
    }
    // Zeros in front are no digits; short coordinates are padded.
    let padded = [&[0; 8][..], &[1; 31]].concat();
    let mut again = [0; 600];
    let one = write_spki(&ecc(TpmEccCurve::NIST_P256, &padded), &mut room).unwrap();
    let other = write_spki(&ecc(TpmEccCurve::NIST_P256, &[1; 31]), &mut again).unwrap();
    assert_eq!(one, other);
    assert_eq!(one.len(), 91);
}

/// The point of a key in the form of SEC 1, 2.3.3: the rest of the bit string.
#[test]
fn point_is_read_in_the_form_of_sec_1() {
    for (number, curve) in [
        ("005", TpmEccCurve::NIST_P256),
        ("017", TpmEccCurve::NIST_P384),
        ("018", TpmEccCurve::NIST_P521),
    ] {
        let der = der_of(&common::case(number));
        let info = SubjectPublicKeyInfoRef::from_der(&der).unwrap();
        let point = info.subject_public_key.as_bytes().unwrap();
        let key = PlainKey::from_sec1(curve, point).unwrap();
        assert_eq!(key, read_spki(&der).unwrap(), "{number}");

        let refused = |point: &[u8], reason| {
            let error = PlainKey::from_sec1(curve, point).unwrap_err();
            let &Problem::Structure(found) = error.problem() else {
                panic!("{error:?}");
            };
            let place = (found.structure(), found.field(), found.offset());
            assert_eq!(place, ("ECPoint", "", 0), "{number}");
            assert_eq!(found.reason(), reason, "{number}");
            assert_eq!((error.part(), error.check()), (Part::Key, Check::Input));
        };
        let size = |len: usize| Reason::SizeOutOfRange {
            size: u16::try_from(len).unwrap(),
        };
        // Compressed, one half of it, hybrid, and nothing at all.
        for form in [2, 3, 6, 0] {
            refused(&changed(point, 0, form), Reason::WrongConstant);
        }
        refused(&[], Reason::WrongConstant);
        for len in 1..point.len() {
            refused(&point[..len], size(len));
        }
        refused(&[point, &[0]].concat(), size(point.len() + 1));
    }
    let error = PlainKey::from_sec1(TpmEccCurve::BN_P256, &[4; 65]).unwrap_err();
    let problem = KeyProblem::Curve(TpmEccCurve::BN_P256);
    assert_eq!(*error.problem(), Problem::Key(problem));
    assert_eq!(error.verdict(), Verdict::Unsupported);
}
