//! Certificates as they are read, unverified: names, purposes, specification.

use tpm_quote::verify::{X509Certificate, certificate::Oid};

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
