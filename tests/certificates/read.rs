//! Certificates as they are read, unverified: names, purposes, specification.

use tpm_quote::verify::{
    X509Certificate,
    certificate::Oid,
    error::{SanProblem, TpmAttribute},
};

use super::*;

#[test]
fn swtpm_certificate_says_what_openssl_shows() {
    for name in ["ek-rsa2048", "ek-ecc-p384"] {
        let der = data(&format!("ek/{name}.crt.der"));
        let certificate = X509Certificate::from_der(&der).unwrap();
        assert_eq!(certificate.issuer().to_string(), "CN=swtpm-localca");
        assert_eq!(certificate.subject().to_string(), "CN=unknown");
        assert!(certificate.purposes().eq([Oid::EK_CERTIFICATE]));
        let identity = certificate.identity().unwrap();
        assert_eq!(identity.manufacturer, "id:00001014");
        assert_eq!(identity.maker(), Some("swtpm"));
        assert_eq!((identity.model, identity.version), ("swtpm", "id:20191023"));
        let specification = certificate.specification().unwrap().unwrap();
        assert_eq!(specification.family, "2.0");
        assert_eq!((specification.level, specification.revision), (0, 164));
    }
}

#[test]
fn identifiers_are_shown_with_dots() {
    let der = der("ak-for-any");
    let certificate = X509Certificate::from_der(&der).unwrap();
    let purposes: Vec<String> = certificate.purposes().map(|id| id.to_string()).collect();
    assert_eq!(purposes, ["2.5.29.37.0"]);
    assert_eq!(Oid::EK_CERTIFICATE.to_string(), "2.23.133.8.1");
    assert_eq!(Oid::AK_CERTIFICATE.to_string(), "2.23.133.8.3");
    assert_eq!(certificate.specification(), Ok(None));
}

#[test]
fn empty_subject_is_shown_as_nothing() {
    let der = der("ak-one-set");
    let certificate = X509Certificate::from_der(&der).unwrap();
    assert!(certificate.subject().is_empty());
    assert_eq!(certificate.subject().to_string(), "");
}

/// What is not printable in a name stays out of the terminal.
#[test]
fn names_are_escaped() {
    let mut der = der("ak-p256");
    let at = der.windows(4).position(|bytes| bytes == b"Root").unwrap();
    der[at..at + 4].copy_from_slice(b"\x1b,=\xc3");
    let certificate = X509Certificate::from_der(&der).unwrap();
    assert_eq!(certificate.issuer().to_string(), "CN=\\1b\\,\\=\\c3");
}

/// An element of DER with these contents.
fn tlv(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let len = contents.len();
    let head = match len {
        0..=0x7f => vec![tag, len as u8],
        0x80..=0xff => vec![tag, 0x81, len as u8],
        _ => vec![tag, 0x82, (len >> 8) as u8, len as u8],
    };
    [head, contents].concat()
}

/// An extension of `id-ce`, with what stands for `critical`.
fn extension(id: u8, critical: &[u8], value: &[u8]) -> Vec<u8> {
    let value = tlv(0x04, &[value]);
    tlv(0x30, &[&[6, 3, 0x55, 0x1d, id], critical, &value])
}

/// A certificate, unsigned, of which these parts are to be chosen.
fn made(version: &[u8], subject: &[u8], extensions: &[&[u8]]) -> Vec<u8> {
    let nothing = tlv(0x30, &[]);
    let year = [0x17, 13].into_iter().chain(*b"260101000000Z");
    let year: Vec<u8> = year.collect();
    let validity = tlv(0x30, &[&year, &year]);
    let extensions = tlv(0xa3, &[&tlv(0x30, extensions)]);
    let tbs = tlv(
        0x30,
        &[
            version,
            &[2, 1, 1],
            &nothing,
            &nothing,
            &validity,
            subject,
            &nothing,
            &extensions,
        ],
    );
    tlv(0x30, &[&tbs, &nothing, &[3, 1, 0]])
}

const V3: &[u8] = &[0xa0, 3, 2, 1, 2];
const EMPTY: &[u8] = &[0x30, 0];
const CRITICAL: &[u8] = &[1, 1, 0xff];

/// Where it is refused, by field.
fn refused(der: &[u8]) -> Option<&'static str> {
    X509Certificate::from_der(der)
        .err()
        .map(|error| error.field())
}

#[test]
fn object_identifiers_are_shown_by_their_arcs() {
    let ids = [
        (&[6, 2, 0x2a, 3][..], "1.2.3"),
        (&[6, 2, 0x06, 0], "0.6.0"),
        (&[6, 3, 0x88, 0x37, 3], "2.999.3"),
        (&[6, 4, 0x2b, 0x81, 0x80, 0x00], "1.3.16384"),
    ];
    let all = tlv(0x30, &ids.map(|(id, _)| id));
    let der = made(V3, EMPTY, &[&extension(0x25, &[], &all)]);
    let certificate = X509Certificate::from_der(&der).unwrap();
    let shown: Vec<_> = certificate.purposes().map(|id| id.to_string()).collect();
    assert_eq!(shown, ids.map(|(_, shown)| shown));
}

#[test]
fn structure_is_read_strictly() {
    let usage = extension(0x0f, CRITICAL, &[3, 2, 7, 0x80]);
    let purposes = extension(0x25, &[], &[0x30, 4, 6, 2, 0x2a, 3]);
    assert_eq!(refused(&made(V3, EMPTY, &[])), None);
    assert_eq!(refused(&made(V3, EMPTY, &[&usage, &purposes])), None);
    // FALSE is what is left out; Intel's and AMD's certificates have it.
    let not_critical = extension(0x0f, &[1, 1, 0], &[3, 2, 7, 0x80]);
    assert_eq!(refused(&made(V3, EMPTY, &[&not_critical])), None);
    for (what, der, field) in [
        (
            "version 1",
            made(&[0xa0, 3, 2, 1, 0], EMPTY, &[]),
            "version",
        ),
        ("no version", made(&[], EMPTY, &[]), "version"),
        (
            "the same extension twice",
            made(V3, EMPTY, &[&usage, &usage]),
            "extensions",
        ),
        (
            "critical that is neither true nor false",
            made(V3, EMPTY, &[&extension(0x0f, &[1, 1, 1], &[3, 2, 7, 0x80])]),
            "extensions",
        ),
        (
            "critical of two bytes",
            made(
                V3,
                EMPTY,
                &[&extension(0x0f, &[1, 2, 0, 0], &[3, 2, 7, 0x80])],
            ),
            "extensions",
        ),
        (
            "X1: keyUsage with an unused bit set, keyCertSign",
            made(V3, EMPTY, &[&extension(0x0f, &[], &[3, 2, 7, 0x84])]),
            "keyUsage",
        ),
        (
            "X1: keyUsage of nothing but unused bits",
            made(V3, EMPTY, &[&extension(0x0f, &[], &[3, 2, 7, 0x04])]),
            "keyUsage",
        ),
        (
            "keyUsage with an unused bit set in its second byte",
            made(V3, EMPTY, &[&extension(0x0f, &[], &[3, 3, 7, 0x80, 0xc0])]),
            "keyUsage",
        ),
        (
            "basicConstraints with something behind",
            made(
                V3,
                EMPTY,
                &[&extension(0x13, &[], &[0x30, 8, 1, 1, 0xff, 2, 1, 0, 5, 0])],
            ),
            "basicConstraints",
        ),
        (
            "basicConstraints of a negative length",
            made(
                V3,
                EMPTY,
                &[&extension(0x13, &[], &[0x30, 6, 1, 1, 0xff, 2, 1, 0x80])],
            ),
            "basicConstraints",
        ),
        (
            "nameConstraints that are cut",
            made(
                V3,
                EMPTY,
                &[&extension(0x1e, &[], &[0x30, 3, 0xa0, 1, 0x30])],
            ),
            "nameConstraints",
        ),
        (
            "keyUsage without bits",
            made(V3, EMPTY, &[&extension(0x0f, &[], &[3, 1, 0])]),
            "keyUsage",
        ),
        (
            "keyUsage of nine unused bits",
            made(V3, EMPTY, &[&extension(0x0f, &[], &[3, 2, 9, 0x80])]),
            "keyUsage",
        ),
        (
            "extKeyUsage of something else",
            made(V3, EMPTY, &[&extension(0x25, &[], &[0x30, 3, 2, 1, 1])]),
            "extKeyUsage",
        ),
        (
            "something behind extKeyUsage",
            made(V3, EMPTY, &[&extension(0x25, &[], &[0x30, 0, 0])]),
            "extKeyUsage",
        ),
        (
            "subject that is no name",
            made(V3, &[0x30, 2, 5, 0], &[]),
            "subject",
        ),
        (
            "tag of more than one byte",
            made(
                V3,
                &tlv(
                    0x30,
                    &[&tlv(0x31, &[&tlv(0x30, &[&[6, 1, 42, 0x1f, 1, 0]])])],
                ),
                &[],
            ),
            "subject",
        ),
    ] {
        assert_eq!(refused(&der), Some(field), "{what}");
    }
    let whole = made(V3, EMPTY, &[]);
    assert_eq!(refused(&[&whole[..], &[0]].concat()), Some(""));
    for cut in 0..whole.len() {
        assert!(refused(&whole[..cut]).is_some(), "{cut}");
    }
}

#[test]
fn attribute_of_a_tpm_has_a_text() {
    let attribute = |number: u8, text: &[u8]| {
        let text = tlv(0x0c, &[text]);
        let id = [6, 5, 0x67, 0x81, 5, 2, number];
        tlv(0x31, &[&tlv(0x30, &[&id, &text])])
    };
    let read = |model: &[u8]| {
        let attributes = [
            attribute(1, b"id:41544D4C"),
            attribute(2, model),
            attribute(3, b"id:1"),
        ];
        let name = tlv(0x30, &[&attributes.concat()]);
        let names = tlv(0x30, &[&tlv(0xa4, &[&name])]);
        let der = made(V3, EMPTY, &[&extension(0x11, CRITICAL, &names)]);
        let certificate = X509Certificate::from_der(&der).unwrap();
        certificate.identity().map(|identity| identity.maker())
    };
    assert_eq!(read(b"AT97"), Ok(Some("Atmel")));
    let no_text = SanProblem::NoText(TpmAttribute::Model);
    let no_text = in_certificate(CertificateProblem::AltName(no_text));
    for model in [&b""[..], b"\xff"] {
        assert_eq!(super::refused(read(model)), no_text);
    }
}

#[test]
fn specification_is_read_strictly() {
    const FAMILY: &[u8] = &[0x0c, 3, b'2', b'.', b'0'];
    const ID: &[u8] = &[6, 5, 0x67, 0x81, 5, 2, 0x10];
    let attributes = |id: &[u8], values: &[&[u8]]| {
        let value = tlv(0x30, values);
        let attribute = tlv(0x30, &[id, &tlv(0x31, &[&value])]);
        made(
            V3,
            EMPTY,
            &[&extension(0x09, &[], &tlv(0x30, &[&attribute]))],
        )
    };
    let read = |der: &[u8]| {
        let certificate = X509Certificate::from_der(der).unwrap();
        let specification = certificate.specification().map_err(|error| error.field());
        specification.map(|found| found.map(|found| (found.level, found.revision)))
    };
    let wrong = Err("subjectDirectoryAttributes");
    let (level, revision) = (&[2, 1, 0][..], &[2, 2, 0, 0xa4][..]);
    assert_eq!(
        read(&attributes(ID, &[FAMILY, level, revision])),
        Ok(Some((0, 164)))
    );
    let largest = [2, 5, 0, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(
        read(&attributes(ID, &[FAMILY, level, &largest])),
        Ok(Some((0, u32::MAX)))
    );
    let larger = [2, 5, 1, 0, 0, 0, 0];
    assert_eq!(read(&attributes(ID, &[FAMILY, level, &larger])), wrong);
    assert_eq!(read(&attributes(ID, &[level, level, revision])), wrong);
    assert_eq!(read(&attributes(ID, &[FAMILY, level])), wrong);
    assert_eq!(
        read(&attributes(ID, &[FAMILY, level, revision, level])),
        wrong
    );
    assert_eq!(read(&attributes(&[6, 1, 42], &[FAMILY, level])), Ok(None));
}
