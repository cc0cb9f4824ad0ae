//! What an operator reads when a certificate is refused.

use tpm_quote::{
    Tpm2bPublic, Unmarshal, Verifier,
    verify::{
        Anchor,
        error::{KeyProblem, SanProblem},
    },
};

use super::*;

/// What a verification with these certificates says.
#[track_caller]
fn error_of(certificate: &[u8], intermediates: &[&[u8]], root: &[u8]) -> Error {
    let chain = CertificateChain::new(certificate).intermediates(intermediates);
    AkCertificate::verify(&chain, &[root], AT).unwrap_err()
}

/// Each is made by a verification, so that the part is the one that is concerned.
#[test]
fn error_of_a_certificate_that_cannot_be_read_says_which_one() {
    let (leaf, issuing, root) = (der("ak-p256-issued"), der("issuing"), der("root"));
    let cut = &[0x30, 0x03, 0x30][..];
    // The algorithm of its signature is one inside of what is signed, another one outside:
    // ecdsa-with-SHA256 and ecdsa-with-SHA384 differ in the last bit.
    let mut two_algorithms = root.clone();
    let ecdsa = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
    let at = two_algorithms.windows(7).rposition(|bytes| bytes == ecdsa);
    two_algorithms[at.unwrap() + 7] ^= 1;
    for (error, text) in [
        (
            error_of(cut, &[], &root),
            "certificate: Certificate at byte 2: input ends 2 bytes too early",
        ),
        (
            error_of(&leaf, &[&root, cut], &root),
            "intermediate certificate 2: Certificate at byte 2: input ends 2 bytes too early",
        ),
        (
            error_of(&leaf, &[&issuing], cut),
            "root certificate 1: Certificate at byte 2: input ends 2 bytes too early",
        ),
        (
            error_of(&leaf, &[&issuing], &two_algorithms),
            "root certificate 1: Certificate.signature at byte 17: not the value that the specification fixes",
        ),
        (
            error_of(&der("ak-san-left-over"), &[], &root),
            "certificate: Certificate.subjectAltName at byte 317: 1 byte left over at the end",
        ),
        (
            error_of(&[&leaf[..], &[0xff; 300]].concat(), &[], &root),
            "certificate: 300 bytes of padding at the end",
        ),
    ] {
        says(error, Check::Input, Verdict::Malformed, text);
        a_key_says_the_same(error);
    }
}

#[test]
fn each_error_says_what_came_and_what_to_do() {
    use CertificateProblem as P;
    use Verdict::{Rejected, Unsupported};
    for (problem, verdict, text) in [
        (
            P::NoRoots,
            Rejected,
            "the list of root certificates is empty",
        ),
        (
            P::TooMany,
            Unsupported,
            "no path was found with at most 7 intermediate certificates and 100 signatures verified",
        ),
        (
            P::UnknownIssuer,
            Rejected,
            "no path leads from the certificate to a root certificate",
        ),
        (
            P::SignatureUnsupported,
            Unsupported,
            "the algorithm or the key of a certificate's signature is not supported",
        ),
        (
            P::SignatureSha1,
            Rejected,
            "a certificate is signed with SHA-1",
        ),
        (
            P::IssuerKey(KeyProblem::RsaBitsUnsupported(768)),
            Unsupported,
            "the key of an issuer: RSA with 768 bits is not supported, expected 2048, 3072 or 4096",
        ),
        (
            P::Policy("policyConstraints"),
            Unsupported,
            "a certificate has policyConstraints, which is not supported",
        ),
        (
            P::NameConstraintsUnsupported,
            Unsupported,
            "a certification authority has name constraints of a form that is not supported",
        ),
        (
            P::Signature,
            Rejected,
            "the signature of a certificate does not match",
        ),
        (
            P::CriticalExtension,
            Unsupported,
            "a certificate has a critical extension that is not supported",
        ),
        (
            P::IsCa,
            Rejected,
            "the certificate is one of a certification authority, not of a key",
        ),
        (
            P::IssuerIsNoCa,
            Rejected,
            "a certificate was issued by something other than a certification authority",
        ),
        (
            P::PathLength,
            Rejected,
            "a certification authority has more authorities below it than it may have",
        ),
        (
            P::NameConstraints,
            Rejected,
            "a certification authority may not issue certificates for this name",
        ),
        (
            P::Purpose {
                expected: "2.23.133.8.3 (tcg-kp-AIKCertificate)",
            },
            Rejected,
            "the extKeyUsage of the certificate, or of one that issued it, lacks 2.23.133.8.3 (tcg-kp-AIKCertificate)",
        ),
        (
            P::KeyUsage {
                expected: "digitalSignature",
            },
            Rejected,
            "the keyUsage of the certificate lacks digitalSignature",
        ),
        (
            P::AltName(SanProblem::Missing),
            Rejected,
            "the certificate has no subjectAltName",
        ),
        (
            P::KeyUnsupported,
            Unsupported,
            "the kind of key in the certificate is not supported",
        ),
        (P::OtherKey, Rejected, "the certificate is for another key"),
    ] {
        let error = Error::from(problem);
        says(error, Check::KeyAnchor, verdict, text);
        a_key_says_the_same(error);
    }
    // One of a root says which one it is.
    says(
        error_of(&der("ak-p256"), &[], &der("ak-p256")),
        Check::KeyAnchor,
        Rejected,
        "root certificate 1: not the certificate of a certification authority",
    );
    // The checks of the key itself keep their own names.
    says(
        Error::from(KeyProblem::RsaBitsUnsupported(2056)),
        Check::KeyStrength,
        Unsupported,
        "RSA with 2056 bits is not supported, expected 2048, 3072 or 4096",
    );
    assert_eq!(Part::Certificate.to_string(), "certificate");
    assert_eq!(
        Part::Intermediate(2).to_string(),
        "intermediate certificate 2"
    );
    assert_eq!(Part::Root(1).to_string(), "root certificate 1");
}

/// A key whose certificate is refused is refused with the certificate's error.
#[track_caller]
fn a_key_says_the_same(error: Error) {
    let public = data("cases/005-main-p256-ecdsa-sha256/ak.pub");
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let anchor = Anchor::new().failed_certificate(error);
    let appraisal = Verifier::new().appraise_key(&public, &anchor);
    assert_eq!(appraisal.error(), Some(&error));
    assert!(appraisal.value().is_none());
}
