//! From the certificate of an attestation key to a root.

use tpm_quote::{
    AttestationKey, KeyTrust, Tpm2bPublic, Unmarshal, Verifier,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier},
    types::TpmEccCurve,
    verify::error::{KeyProblem, SanProblem, TpmAttribute},
};

use super::*;

const ST33: [&str; 3] = ["id:53544D20", "ST33", "id:00010002"];

fn accepted() -> Result<[String; 3], Error> {
    Ok(ST33.map(str::to_owned))
}

const PURPOSE: CertificateProblem = CertificateProblem::Purpose {
    expected: "2.23.133.8.3 (tcg-kp-AIKCertificate)",
};

#[test]
fn certificate_that_leads_to_a_root_is_accepted() {
    for (name, intermediates, root) in [
        ("ak-p256", &[][..], "root"),
        ("ak-rsa", &[], "root"),
        ("ak-no-usage", &[], "root"),
        ("ak-one-set", &[], "root"),
        ("ak-printable", &[], "root"),
        ("ak-several-names", &[], "root"),
        ("ak-not-critical", &[], "root"),
        ("ak-p256-by-p521", &[], "root-p521"),
        ("ak-p256-issued", &["issuing"], "root"),
        ("ak-p256-issued", &["issuing-for-ak"], "root"),
        ("ak-p256-issued", &["issuing-for-any"], "root"),
        ("ak-p256-issued-pss", &["issuing"], "root"),
        // What is trusted need not be signed by itself.
        ("ak-p256-issued", &[], "issuing"),
        // In any order, and those of no use are left out.
        ("ak-p256-issued", &["below", "issuing"], "root"),
        ("ak-p256-issued", &["issuing-expired", "issuing"], "root"),
    ] {
        let outcome = ak(name, intermediates, root, AT);
        assert_eq!(outcome, accepted(), "{name} {intermediates:?} {root}");
    }
}

#[test]
fn any_of_the_roots_will_do() {
    let roots = ["root-stranger", "root-same-name", "root"].map(der);
    assert_eq!(judge_ak(&der("ak-p256"), &[], &roots, AT), accepted());
    // If none will, what is said is of the one that came closest.
    for roots in [
        ["root-stranger", "root-same-name"],
        ["root-same-name", "root-stranger"],
    ] {
        let outcome = judge_ak(&der("ak-p256"), &[], &roots.map(der), AT);
        assert_eq!(
            refused(outcome),
            in_certificate(CertificateProblem::Signature)
        );
    }
}

#[test]
fn each_thing_that_is_wrong_has_its_own_verdict() {
    use CertificateProblem as E;
    let usage = E::KeyUsage {
        expected: "digitalSignature",
    };
    let rejected = [
        ("ak-p256", &[][..], "root-stranger", E::UnknownIssuer),
        ("ak-p256-issued", &[], "root", E::UnknownIssuer),
        ("ak-p256", &[], "root-same-name", E::Signature),
        ("ak-for-ek", &[], "root", PURPOSE),
        ("ak-for-any", &[], "root", PURPOSE),
        ("ak-no-purpose", &[], "root", PURPOSE),
        ("ak-p256-issued", &["issuing-for-ek"], "root", PURPOSE),
        ("ak-enciphers", &[], "root", usage),
        ("ak-is-ca", &[], "root", E::IsCa),
        (
            "ak-p256-issued",
            &["issuing-no-ca"],
            "root",
            E::IssuerIsNoCa,
        ),
        (
            "ak-p256-issued",
            &["issuing-no-sign"],
            "root",
            E::IssuerIsNoCa,
        ),
        ("ak-below", &["below", "issuing"], "root", E::PathLength),
        (
            "ak-p256-issued",
            &["issuing-constrained"],
            "root",
            E::NameConstraints,
        ),
    ];
    for (name, intermediates, root, problem) in rejected {
        let error = ak(name, intermediates, root, AT).unwrap_err();
        let found = refused(Err::<(), _>(error));
        assert_eq!(
            found,
            in_certificate(problem),
            "{name} {intermediates:?} {root}"
        );
        assert_eq!(error.verdict(), Verdict::Rejected, "{error}");
        assert_eq!(error.check(), Check::KeyAnchor, "{error}");
    }
    for (name, root, problem) in [
        (
            "ak-p224-root",
            "root-p224",
            E::IssuerKey(KeyProblem::Curve(TpmEccCurve::NIST_P224)),
        ),
        ("ak-critical", "root", E::CriticalExtension),
        ("ak-ed25519", "root", E::KeyUnsupported),
    ] {
        let error = ak(name, &[], root, AT).unwrap_err();
        assert_eq!(
            refused(Err::<(), _>(error)),
            in_certificate(problem),
            "{name}"
        );
        assert_eq!(error.verdict(), Verdict::Unsupported, "{error}");
        assert_eq!(error.check(), Check::KeyAnchor, "{error}");
    }
}

#[test]
fn time_is_the_callers() {
    let [before, first, last, after] =
        [NOT_BEFORE - 1, NOT_BEFORE, NOT_AFTER, NOT_AFTER + 1].map(Duration::from_secs);
    assert_eq!(ak("ak-p256", &[], "root", first), accepted());
    assert_eq!(ak("ak-p256", &[], "root", last), accepted());
    says(
        ak("ak-p256", &[], "root", before).unwrap_err(),
        Check::KeyAnchor,
        Verdict::Rejected,
        "a certificate is valid from 2026-01-01T00:00:00Z, but the time is 2025-12-31T23:59:59Z",
    );
    let expired = ak("ak-p256", &[], "root", after).unwrap_err();
    let (at, not_after) = (NOT_AFTER + 1, NOT_AFTER);
    let problem = CertificateProblem::Expired { at, not_after };
    assert_eq!(refused(Err::<(), _>(expired)), in_certificate(problem));
    says(
        expired,
        Check::KeyAnchor,
        Verdict::Rejected,
        "a certificate was valid until 2036-01-01T00:00:00Z, but the time is 2036-01-01T00:00:01Z",
    );
    // One between counts as well: 2028-01-01.
    let not_after = 1_830_297_600;
    let at = AT.as_secs();
    assert_eq!(
        refused(ak("ak-p256-issued", &["issuing-expired"], "root", AT)),
        in_certificate(CertificateProblem::Expired { at, not_after })
    );
}

#[test]
fn tpm_has_to_be_named() {
    use SanProblem::{Lacks, ManufacturerId, Missing, NoText, NotCritical, Twice};
    for (name, problem, text) in [
        (
            "ak-no-san",
            Missing,
            "the certificate has no subjectAltName",
        ),
        (
            "ak-san-dns",
            Lacks(TpmAttribute::Manufacturer),
            "the subjectAltName of the certificate lacks tpmManufacturer",
        ),
        (
            "ak-san-no-model",
            Lacks(TpmAttribute::Model),
            "the subjectAltName of the certificate lacks tpmModel",
        ),
        (
            "ak-san-twice",
            Twice(TpmAttribute::Model),
            "the subjectAltName of the certificate has tpmModel twice",
        ),
        (
            "ak-san-no-text",
            NoText(TpmAttribute::Version),
            "tpmVersion in the subjectAltName of the certificate is not text",
        ),
        (
            "ak-san-not-critical",
            NotCritical,
            "the certificate has no subject, and its subjectAltName is not critical",
        ),
        (
            "ak-san-maker-no-id",
            ManufacturerId,
            "tpmManufacturer in the subjectAltName of the certificate is not id: and 8 hexadecimal digits",
        ),
        (
            "ak-san-maker-sign",
            ManufacturerId,
            "tpmManufacturer in the subjectAltName of the certificate is not id: and 8 hexadecimal digits",
        ),
    ] {
        let error = ak(name, &[], "root", AT).unwrap_err();
        let problem = CertificateProblem::AltName(problem);
        assert_eq!(
            refused(Err::<(), _>(error)),
            in_certificate(problem),
            "{name}"
        );
        says(error, Check::KeyAnchor, Verdict::Rejected, text);
    }
    for name in ["ak-san-cut", "ak-san-left-over"] {
        let error = ak(name, &[], "root", AT).unwrap_err();
        assert_eq!(
            (error.check(), error.verdict()),
            (Check::Input, Verdict::Malformed),
            "{name}: {error}"
        );
    }
}

#[test]
fn maker_is_named_if_its_id_is_known() {
    for (name, maker) in [
        ("ak-p256", Some("STMicroelectronics")),
        ("ak-unknown-maker", None),
    ] {
        let (certificate, root) = (der(name), der("root"));
        let chain = CertificateChain::new(&certificate);
        let certificate = AkCertificate::verify(&chain, &[root], AT).unwrap();
        assert_eq!(certificate.identity().maker(), maker);
        assert_eq!(certificate.issuer().to_string(), "CN=Root");
    }
}

#[test]
fn padding_is_left_out_only_if_that_is_asked_for() {
    let certificate = der("ak-p256");
    for (padding, is_padding) in [
        (vec![0x00; 100], true),
        (vec![0xff; 1], true),
        (vec![0xff, 0x00], true),
        (vec![0x30], false),
        (vec![0x00, 0x01], false),
    ] {
        let padded = [&certificate[..], &padding].concat();
        let plain = judge_ak(&padded, &[], &[der("root")], AT);
        let count = padding.len();
        let error = plain.unwrap_err();
        let problem = Problem::Certificate(CertificateProblem::Padding { count });
        assert_eq!(*error.problem() == problem, is_padding, "{error:?}");
        assert_eq!(error.part(), Part::Certificate);
        assert_eq!(error.check(), Check::Input);
        assert_eq!(error.verdict(), Verdict::Malformed);
        let chain = CertificateChain::new(&padded).strip_padding();
        let stripped = AkCertificate::verify(&chain, &[der("root")], AT).map(|_| ());
        assert_eq!(stripped, if is_padding { Ok(()) } else { Err(error) });
    }
    // Nothing but the certificate of the key itself may be padded.
    let root = [der("root"), vec![0]].concat();
    let chain = CertificateChain::new(&certificate).strip_padding();
    let error = AkCertificate::verify(&chain, &[root], AT).unwrap_err();
    assert_eq!(
        error.to_string(),
        "root certificate 1: Certificate at byte 370: 1 byte left over at the end"
    );
}

#[test]
fn nothing_is_trusted_without_a_root() {
    let none: [Vec<u8>; 0] = [];
    assert_eq!(
        refused(judge_ak(&der("ak-p256"), &[], &none, AT)),
        in_certificate(CertificateProblem::NoRoots)
    );
}

/// A root may have expired, but it has to say that it is an authority.
#[test]
fn root_that_is_no_authority_by_its_own_account_is_none() {
    let no_authority = |number| (Part::Root(number), CertificateProblem::RootIsNoCa);
    for root in ["issuing-no-ca", "issuing-no-sign", "ak-p256"] {
        let outcome = ak("ak-p256-issued", &[], root, AT);
        assert_eq!(refused(outcome), no_authority(1), "{root}");
        // It stands in the way of no other.
        let roots = [der(root), der("root")];
        let outcome = judge_ak(&der("ak-p256"), &[], &roots, AT);
        assert_eq!(outcome, accepted(), "{root}");
    }
    assert_eq!(ak("ak-p256-issued", &[], "issuing-expired", AT), accepted());

    // Nothing but cA, in basicConstraints: a root's own signature is not looked at.
    let mut root = der("root");
    let is_ca = [0x30, 0x03, 0x01, 0x01, 0xff];
    let at = root.windows(5).position(|bytes| bytes == is_ca).unwrap() + 4;
    let judge = |root: &[u8]| judge_ak(&der("ak-p256"), &[], &[root.to_vec()], AT);
    assert_eq!(judge(&root), accepted());
    root[at] = 0;
    assert_eq!(refused(judge(&root)), no_authority(1));
    root[at] = 1;
    assert_eq!(judge(&root).unwrap_err().check(), Check::Input);
}

#[test]
fn certificates_of_no_use_are_ignored_however_many() {
    let many = ["issuing-no-ca", "below", "issuing-expired"].repeat(100);
    let many = [&many[..], &["issuing"]].concat();
    assert_eq!(ak("ak-p256-issued", &many, "root", AT), accepted());
    // One that cannot be read as well, and so with roots.
    let (issuing, odd) = (der("issuing"), der("issuing")[1..].to_vec());
    let certificate = der("ak-p256-issued");
    let intermediates = [&odd[..], &issuing];
    let chain = CertificateChain::new(&certificate).intermediates(&intermediates);
    let roots = [odd.clone(), der("root")];
    assert!(AkCertificate::verify(&chain, &roots, AT).is_ok());
}

#[test]
fn certificate_that_cannot_be_read_is_told_apart() {
    let (certificate, root) = (der("ak-p256-issued"), der("root"));
    let issuing = der("issuing");
    for cut in 0..certificate.len() {
        let error = judge_ak(
            &certificate[..cut],
            &["issuing"],
            std::slice::from_ref(&root),
            AT,
        )
        .unwrap_err();
        assert!(
            matches!(error.problem(), Problem::Structure(_)),
            "{error:?}"
        );
        assert_eq!(error.part(), Part::Certificate, "{cut}");
    }
    for (intermediate, root, part) in [
        // It may be the one that is missing.
        (&issuing[1..], &root[..], Part::Intermediate(2)),
        (&issuing, &root[1..], Part::Root(1)),
    ] {
        let below = der("below");
        let intermediates = [&below[..], intermediate];
        let chain = CertificateChain::new(&certificate).intermediates(&intermediates);
        let error = AkCertificate::verify(&chain, &[root], AT).unwrap_err();
        assert!(
            matches!(error.problem(), Problem::Structure(_)),
            "{error:?}"
        );
        assert_eq!(error.part(), part);
    }
}

/// A changed certificate never verifies, whichever bit it is, and always says why.
#[test]
fn every_bit_of_a_certificate_counts() {
    let (certificate, roots) = (der("ak-p256"), [der("root")]);
    let signature = Problem::Certificate(CertificateProblem::Signature);
    let mut signatures = 0;
    for bit in 0..certificate.len() * 8 {
        let mut changed = certificate.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        match judge_ak(&changed, &[], &roots, AT) {
            Err(error) if *error.problem() == signature => signatures += 1,
            Err(_) => {}
            Ok(_) => panic!("bit {bit}"),
        }
    }
    // The key, the serial number and the signature at least.
    assert!(signatures > 1_000, "{signatures}");
}

/// Has no algorithm, or says yes to all of them.
struct Says(Result<(), SignatureError>);

impl SignatureVerifier for Says {
    fn check_key(&self, _: &PublicKey<'_>) -> Result<(), SignatureError> {
        Ok(())
    }

    fn verify(
        &self,
        _: &PublicKey<'_>,
        _: tpm_quote::TpmAlgId,
        _: &[u8],
        _: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        self.0
    }
}

#[test]
fn verifier_is_the_callers() {
    let (certificate, root) = (der("ak-p256"), [der("root-same-name")]);
    let chain = CertificateChain::new(&certificate);
    let verify = |says| {
        let engine = Says(says);
        let verifier = Verifier::new().crypto(&engine);
        verifier.ak_certificate(&chain, &root, AT).map(|_| ())
    };
    assert_eq!(verify(Ok(())), Ok(()));
    for (says, problem) in [
        (SignatureError::Invalid, CertificateProblem::Signature),
        (
            SignatureError::Unsupported,
            CertificateProblem::SignatureUnsupported,
        ),
    ] {
        assert_eq!(refused(verify(Err(says))), in_certificate(problem));
    }
}

/// Parameters of RSASSA-PSS that are not those of one hash throughout, behind a verifier that
/// says yes: they are not looked at by any.
#[test]
fn parameters_of_pss_are_those_of_one_hash() {
    let certificate = der("ak-p256-issued-pss");
    let (issuing, root) = (der("issuing"), [der("root")]);
    let verify = |der: &[u8]| {
        let engine = Says(Ok(()));
        let verifier = Verifier::new().crypto(&engine);
        let intermediates = [&issuing[..]];
        let chain = CertificateChain::new(der).intermediates(&intermediates);
        verifier.ak_certificate(&chain, &root, AT).map(|_| ())
    };
    assert_eq!(verify(&certificate), Ok(()));
    // id-mgf1 and then the last arc of its hash; and the tag, the size and 48 of the salt.
    let mgf1 = common::hex("06092a864886f70d010108 300d 0609608648016503040202");
    let salt = common::hex("a203020130");
    for part in [mgf1, salt] {
        let places = certificate.windows(part.len()).enumerate();
        let places = places.filter(|(_, bytes)| *bytes == part);
        let places: Vec<usize> = places.map(|(at, _)| at + part.len() - 1).collect();
        assert_eq!(places.len(), 2, "{part:02x?}");
        let mut other = certificate.clone();
        for at in places {
            other[at] -= 1;
        }
        assert_eq!(
            refused(verify(&other)),
            in_certificate(CertificateProblem::SignatureUnsupported)
        );
    }
}

#[test]
fn key_is_the_one_of_the_certificate_and_judged_as_any_other() {
    let public = data("cases/005-main-p256-ecdsa-sha256/ak.pub");
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let (der_of_other, root) = (der("ak-p256"), [der("root")]);
    let chain = CertificateChain::new(&der_of_other);
    let of_other = AkCertificate::verify(&chain, &root, AT).unwrap();
    let other_key = in_certificate(CertificateProblem::OtherKey);
    let outcome = AttestationKey::from_certificate(&public, &of_other);
    assert_eq!(refused(outcome), other_key);
    assert_eq!(KeyTrust::Certificate.name(), "certificate");
    assert!(KeyTrust::Certificate.is_anchored());
    // The same modulus, and another exponent.
    let modulus: serde_json::Value = serde_json::from_slice(&data("keys/rsa-2048.json")).unwrap();
    let modulus = common::hex(modulus["modulus"].as_str().unwrap());
    let head = common::hex("0001 000b 00050072 0000 0010 0014 000b 0800 00000000 0100");
    let area = [&head[..], &modulus].concat();
    let public = Tpm2bPublic::from_unsized(&area).unwrap();
    let judge = |name| {
        let (der, root) = (der(name), [der("root")]);
        let chain = CertificateChain::new(&der);
        let certificate = AkCertificate::verify(&chain, &root, AT).unwrap();
        let key = AttestationKey::from_certificate(&public, &certificate);
        key.map(|key| key.trust())
    };
    assert_eq!(judge("ak-rsa"), Ok(KeyTrust::Certificate));
    assert_eq!(refused(judge("ak-rsa-exponent-3")), other_key);
    // Its own checks come first.
    let public = data("ek/ek-rsa2048.pub");
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let error = AttestationKey::from_certificate(&public, &of_other).unwrap_err();
    assert_eq!(error.check(), Check::KeyAttributes);
}
