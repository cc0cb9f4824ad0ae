//! Certificates that do not vouch for a key.

use tpm_quote::{
    Check, Error,
    verify::{
        Part,
        error::{CertificateProblem, KeyProblem, SanProblem, ShortText, TpmAttribute},
    },
};

use crate::row::{Row, malformed, rejected, say, unsupported};

pub fn rows() -> Vec<Row> {
    [forms(), paths(), uses(), profiles(), alternative_names()]
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
    vec![
        malformed(
            CertificateProblem::Padding { count: 300 },
            "certificate-padding",
            "certificate: 300 bytes of padding at the end",
            "If the certificate was read from an NV index, have the padding left out with CertificateChain::strip_padding.",
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
            "no path was found with at most 7 intermediate certificates and 100 signatures verified",
            "Give only certificates that may stand between this one and a root.",
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
            SignatureSha1,
            "certificate-signature-sha1",
            "a certificate is signed with SHA-1",
            "Ask the issuer for a certificate that is signed with SHA-256 or better; dangerous_allow_sha1_signatures of the chain (--dangerous-sha1-certificates) accepts this one.",
        ),
        other(
            IssuerKey(KeyProblem::RsaBits(768)),
            "certificate-issuer-key",
            "the key of an issuer: the key has 768 bits, expected 2048, 3072 or 4096",
            "What a weak key signed can be forged: ask the maker for a certificate by a stronger authority.",
        ),
        other(
            Policy("policyConstraints"),
            "certificate-policy",
            "a certificate has policyConstraints, which is not supported",
            "Policies are not compared: trust an authority below the one that asks for them, if you may.",
        ),
        other(
            NameConstraintsUnsupported,
            "certificate-name-constraints-unsupported",
            "a certification authority has name constraints of a form that is not supported",
            "Only constraints on directory names are compared.",
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

fn profiles() -> Vec<Row> {
    use CertificateProblem::*;
    const CUSTOMERS: &str = "The root vouches for the machines of every customer: if the machine was replaced by one of yours, name that one.";
    vec![
        fails(
            Profile {
                profile: "google",
                expected: "keyUsage",
            },
            "certificate-profile",
            "the certificate is not one by the profile google: expected keyUsage",
            "Compare the certificate with what its authority issues, and name the profile that fits it.",
        ),
        fails(
            Vm {
                found: ShortText::new("a1b2.ConfidentialVM.Azure.windows.net"),
            },
            "certificate-vm",
            "the certificate is for another VM: a1b2.ConfidentialVM.Azure.windows.net",
            CUSTOMERS,
        ),
        fails(
            Project {
                found: ShortText::new("acme"),
            },
            "certificate-project",
            "the certificate is for a VM in another project: acme",
            CUSTOMERS,
        ),
        fails(
            Instance { found: u64::MAX },
            "certificate-instance",
            "the certificate is for another instance: 18446744073709551615",
            CUSTOMERS,
        ),
        fails(
            NameUnknown,
            "certificate-name-unknown",
            "the certificate vouches only for a key with a pinned Name, and only the numbers of the key are known",
            "Give the public area of the key, or name the VM instead of the key's Name.",
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
