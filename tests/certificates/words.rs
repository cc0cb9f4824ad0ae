//! What an operator reads when a certificate is refused.

use tpm_quote::{
    ResponseError, UnmarshalError, VerifyError,
    verify::{
        KeyStrengthProblem, X509Certificate,
        certificate::{CertificateFile, Oid, SanProblem},
    },
};

use super::*;

fn malformed() -> UnmarshalError {
    X509Certificate::from_der(&[0x30, 0x03, 0x30]).unwrap_err()
}

#[test]
fn each_error_says_what_came_and_what_to_do() {
    use CertificateError as E;
    use Verdict::{Malformed, Rejected, Unsupported};
    let file = CertificateFile::Intermediate(2);
    let error = malformed();
    for (error, check, verdict, text) in [
        (
            E::Key(VerifyError::NoPinnedNames),
            Check::KeyAnchor,
            Rejected,
            "the list of pinned names is empty",
        ),
        (
            E::Key(VerifyError::KeyStrength(
                KeyStrengthProblem::RsaBitsUnsupported(2056),
            )),
            Check::KeyStrength,
            Unsupported,
            "an RSA key of 2056 bits is not supported, expected 2048, 3072 or 4096",
        ),
        (
            E::Malformed { file, error },
            Check::Input,
            Malformed,
            "intermediate certificate 2: Certificate at byte 2: input ends 2 bytes too early",
        ),
        (
            E::Padding { count: 300 },
            Check::Input,
            Malformed,
            "padding behind the certificate, 300 bytes of it",
        ),
        (
            E::Unreadable(CertificateFile::Root(1)),
            Check::Input,
            Malformed,
            "root certificate 1: not a certificate of RFC 5280",
        ),
        (
            E::NoRoots,
            Check::KeyAnchor,
            Rejected,
            "the list of root certificates is empty",
        ),
        (
            E::RootIsNoCa(2),
            Check::KeyAnchor,
            Rejected,
            "root certificate 2 is not that of a certification authority",
        ),
        (
            E::TooMany,
            Check::KeyAnchor,
            Unsupported,
            "more than four intermediate certificates, or too many ways to order them, are not supported",
        ),
        (
            E::UnknownIssuer,
            Check::KeyAnchor,
            Rejected,
            "no path leads from the certificate to a root certificate",
        ),
        (
            E::SignatureUnsupported,
            Check::KeyAnchor,
            Unsupported,
            "the algorithm or the key of a certificate's signature is not supported",
        ),
        (
            E::Signature,
            Check::KeyAnchor,
            Rejected,
            "the signature of a certificate does not hold",
        ),
        (
            E::CriticalExtension,
            Check::KeyAnchor,
            Unsupported,
            "a certificate has a critical extension that is not supported",
        ),
        (
            E::IsCa,
            Check::KeyAnchor,
            Rejected,
            "the certificate is that of a certification authority, not of a key",
        ),
        (
            E::IssuerIsNoCa,
            Check::KeyAnchor,
            Rejected,
            "a certificate was issued by what is no certification authority",
        ),
        (
            E::PathLength,
            Check::KeyAnchor,
            Rejected,
            "a certification authority has more of them below it than it may",
        ),
        (
            E::NameConstraints,
            Check::KeyAnchor,
            Rejected,
            "a certification authority may not issue certificates for this name",
        ),
        (
            E::Purpose {
                expected: Oid::AK_CERTIFICATE,
            },
            Check::KeyAnchor,
            Rejected,
            "the extKeyUsage of the certificate, or of one that issued it, does not have 2.23.133.8.3",
        ),
        (
            E::KeyUsage {
                expected: "digitalSignature",
            },
            Check::KeyAnchor,
            Rejected,
            "the keyUsage of the certificate does not have digitalSignature",
        ),
        (
            E::AltName(SanProblem::Der(error)),
            Check::Input,
            Malformed,
            "Certificate at byte 2: input ends 2 bytes too early",
        ),
        (
            E::KeyUnsupported,
            Check::KeyAnchor,
            Unsupported,
            "the kind of key in the certificate is not supported",
        ),
        (
            E::OtherKey,
            Check::KeyAnchor,
            Rejected,
            "the certificate is for another key",
        ),
    ] {
        says(error, check, verdict, text);
        response_says_the_same(error);
    }
    assert_eq!(CertificateFile::Certificate.to_string(), "certificate");
}

fn response_says_the_same(error: CertificateError) {
    let response = ResponseError::from(error);
    match error {
        CertificateError::Key(error) => assert_eq!(response, ResponseError::Evidence(error)),
        error => assert_eq!(response, ResponseError::Certificate(error)),
    }
    assert_eq!(
        (response.check(), response.verdict(), response.help()),
        (error.check(), error.verdict(), error.help())
    );
    assert_eq!(response.to_string(), error.to_string());
    assert_eq!(response.offset(), None);
}
