//! Certificates that do not vouch for a key.

use tpm_quote::{
    Check, Error,
    verify::{
        Part,
        error::{CertificateProblem, SanProblem, TpmAttribute},
    },
};

use crate::row::{Row, malformed, rejected, say, unsupported};

pub fn rows() -> Vec<Row> {
    [forms(), paths(), uses(), alternative_names()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn certificates_say_what_is_wrong() {
    say(&rows());
}

fn fails(problem: CertificateProblem, name: &'static str, text: &str, help: &'static str) -> Row {
    rejected(Check::KeyAnchor, problem, name, text, help)
}

fn other(problem: CertificateProblem, name: &'static str, text: &str, help: &'static str) -> Row {
    unsupported(Check::KeyAnchor, problem, name, text, help)
}

/// Which certificate it is stands in front.
fn forms() -> Vec<Row> {
    const WHOLE: &str =
        "Give each certificate in DER, of version 3 and whole, with nothing around it.";
    let unreadable = |part| Error::from(CertificateProblem::Unreadable).in_part(part);
    vec![
        malformed(
            CertificateProblem::Padding { count: 300 },
            "certificate-padding",
            "certificate: 300 bytes of padding at the end",
            "If the certificate was read from an NV index, have the padding left out with CertificateChain::strip_padding.",
        ),
        malformed(
            CertificateProblem::Unreadable,
            "certificate-unreadable",
            "certificate: not an X.509 certificate as in RFC 5280",
            WHOLE,
        ),
        malformed(
            unreadable(Part::Intermediate(2)),
            "certificate-unreadable",
            "intermediate certificate 2: not an X.509 certificate as in RFC 5280",
            WHOLE,
        ),
        malformed(
            unreadable(Part::Root(1)),
            "certificate-unreadable",
            "root certificate 1: not an X.509 certificate as in RFC 5280",
            WHOLE,
        ),
        rejected(
            Check::KeyAnchor,
            Error::from(CertificateProblem::RootIsNoCa).in_part(Part::Root(3)),
            "root-no-ca",
            "root certificate 3: not the certificate of a certification authority",
            "Give only certificates of authorities as roots: with any other, whoever holds its key could issue certificates.",
        ),
    ]
}

fn paths() -> Vec<Row> {
    use CertificateProblem::*;
    const NOT_ALLOWED: &str =
        "Whoever issued the certificate was not allowed to: do not trust the key.";
    const AT: u64 = 1_795_518_075;
    vec![
        fails(
            NoRoots,
            "no-roots",
            "the list of root certificates is empty",
            "Give at least one root certificate that is trusted.",
        ),
        other(
            TooMany,
            "certificates-too-many",
            "more than four intermediate certificates, or too many ways to order them, are not supported",
            "Give no more than the certificates between this one and the root.",
        ),
        fails(
            UnknownIssuer,
            "certificate-unknown-issuer",
            "no path leads from the certificate to a root certificate",
            "Give the root of the authority that issued the certificate, if you trust it, and all certificates in between.",
        ),
        fails(
            NotYetValid {
                at: AT,
                not_before: AT + 1,
            },
            "certificate-not-yet-valid",
            "a certificate is valid from 2026-11-24T11:01:16Z, but the time is 2026-11-24T11:01:15Z",
            "Compare your clock with the authority's.",
        ),
        fails(
            Expired {
                at: AT,
                not_after: AT - 1,
            },
            "certificate-expired",
            "a certificate was valid until 2026-11-24T11:01:14Z, but the time is 2026-11-24T11:01:15Z",
            "Ask for a new certificate, or judge at the time of the evidence if that is known from elsewhere.",
        ),
        other(
            SignatureUnsupported,
            "certificate-signature-unsupported",
            "the algorithm or the key of a certificate's signature is not supported",
            "Certificates have to be signed with RSASSA, RSAPSS or ECDSA, with SHA-256 or better, and by a key that is strong enough for an attestation key.",
        ),
        fails(
            Signature,
            "certificate-signature",
            "the signature of a certificate does not match",
            "The certificate was changed, or an authority with the same name but another key issued it.",
        ),
        other(
            CriticalExtension,
            "certificate-critical-extension",
            "a certificate has a critical extension that is not supported",
            "This version does not support the extension; a newer one may.",
        ),
        fails(
            IssuerIsNoCa,
            "certificate-issuer-no-ca",
            "a certificate was issued by something other than a certification authority",
            NOT_ALLOWED,
        ),
        fails(
            PathLength,
            "certificate-path-length",
            "a certification authority has more authorities below it than it may have",
            NOT_ALLOWED,
        ),
        fails(
            NameConstraints,
            "certificate-name-constraints",
            "a certification authority may not issue certificates for this name",
            NOT_ALLOWED,
        ),
    ]
}

fn uses() -> Vec<Row> {
    use CertificateProblem::*;
    const USE: &str = "A certificate vouches for a key only in the use for which it was issued.";
    vec![
        fails(
            IsCa,
            "certificate-is-ca",
            "the certificate is one of a certification authority, not of a key",
            "Give the certificate of the key itself first, then those above it.",
        ),
        fails(
            Purpose {
                expected: "tcg-kp-AIKCertificate (2.23.133.8.3)",
            },
            "certificate-purpose",
            "the extKeyUsage of the certificate, or of one that issued it, lacks tcg-kp-AIKCertificate (2.23.133.8.3)",
            USE,
        ),
        fails(
            KeyUsage {
                expected: "digitalSignature",
            },
            "certificate-key-usage",
            "the keyUsage of the certificate lacks digitalSignature",
            USE,
        ),
        other(
            KeyUnsupported,
            "certificate-key-unsupported",
            "the kind of key in the certificate is not supported",
            "Certificates have to be for an RSA key (rsaEncryption), or an ECC key on a named curve, uncompressed.",
        ),
        fails(
            OtherKey,
            "certificate-of-other-key",
            "the certificate is for another key",
            "Give the certificate of this key, or the key of this certificate.",
        ),
    ]
}

fn alternative_names() -> Vec<Row> {
    let rows = [
        (SanProblem::Missing, "the certificate has no subjectAltName"),
        (
            SanProblem::NotCritical,
            "the certificate has no subject, and its subjectAltName is not critical",
        ),
        (
            SanProblem::Lacks(TpmAttribute::Model),
            "the subjectAltName of the certificate lacks tpmModel",
        ),
        (
            SanProblem::Twice(TpmAttribute::Version),
            "the subjectAltName of the certificate has tpmVersion twice",
        ),
        (
            SanProblem::NoText(TpmAttribute::Manufacturer),
            "tpmManufacturer in the subjectAltName of the certificate is not text",
        ),
        (
            SanProblem::ManufacturerId,
            "tpmManufacturer in the subjectAltName of the certificate is not id: and 8 hexadecimal digits",
        ),
    ];
    let rows = rows.into_iter().map(|(problem, text)| {
        rejected(
            Check::KeyAnchor,
            problem,
            "certificate-alt-name",
            text,
            "A certificate of a TPM's key names the TPM's maker, model and version in its subjectAltName, each once.",
        )
    });
    rows.collect()
}
