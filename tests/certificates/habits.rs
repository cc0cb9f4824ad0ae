//! What makers of TPMs do otherwise than RFC 5280 asks, and forgeries of the same shapes.

use tpm_quote::{
    AttestationKey, Tpm2bPublic, TpmAlgId, Unmarshal, Verifier,
    verify::{Anchor, PlainKey, SigningScheme, Warning, error::KeyProblem},
};

use super::*;

fn accepted<T>(outcome: Result<T, Error>) -> Result<(), Error> {
    outcome.map(|_| ())
}

#[test]
fn policies_are_accepted_where_none_is_required() {
    for (leaf, intermediates) in [
        ("ak-p256-issued", &["issuing-policies"][..]),
        ("ak-p256-issued", &["issuing-inhibits"]),
        ("ak-policies", &[]),
    ] {
        let outcome = ak(leaf, intermediates, "root", AT);
        assert_eq!(accepted(outcome), Ok(()), "{leaf} {intermediates:?}");
    }
    for (intermediate, extension) in [
        ("issuing-explicit", "policyConstraints"),
        ("issuing-no-any-policy", "inhibitAnyPolicy"),
    ] {
        let error = ak("ak-p256-issued", &[intermediate], "root", AT).unwrap_err();
        assert_eq!(error.verdict(), Verdict::Unsupported);
        let problem = CertificateProblem::Policy(extension);
        assert_eq!(refused(Err::<(), _>(error)), in_certificate(problem));
    }
}

/// As by Intel and AMD.
#[test]
fn false_may_be_written_out() {
    assert_eq!(accepted(ak("ak-false", &[], "root", AT)), Ok(()));
}

/// As by AMD.
#[test]
fn ecc_endorsement_key_may_have_the_use_of_an_rsa_key() {
    let outcome = ek(&der("ek-p256-enciphers"), &der("root"), AT);
    assert_eq!(outcome, Ok(()));
    // But not that of a signing key alone.
    let usage = CertificateProblem::KeyUsage {
        expected: "keyAgreement",
    };
    let outcome = ek(&der("ek-signs"), &der("root"), AT);
    assert_eq!(refused(outcome), in_certificate(usage));
}

/// As by STMicroelectronics, Infineon and Nuvoton. A key for OAEP alone signs nothing.
#[test]
fn rsa_endorsement_key_may_be_for_oaep() {
    assert_eq!(ek(&der("ek-rsa-oaep"), &der("root"), AT), Ok(()));
    let outcome = ak("ak-rsa-oaep", &[], "root", AT);
    assert_eq!(
        refused(outcome),
        in_certificate(CertificateProblem::KeyUnsupported)
    );
}

#[test]
fn constraints_on_names_that_are_not_compared_are_told_apart() {
    // They do not matter where no such name is there.
    let outcome = ak("ak-p256-issued", &["issuing-dns"], "root", AT);
    assert_eq!(accepted(outcome), Ok(()));
    let error = ak("ak-dns", &["issuing-dns"], "root", AT).unwrap_err();
    assert_eq!(error.verdict(), Verdict::Unsupported);
    let problem = CertificateProblem::NameConstraintsUnsupported;
    assert_eq!(refused(Err::<(), _>(error)), in_certificate(problem));
}

#[test]
fn names_of_authorities_are_constrained_as_well() {
    let outcome = ak("ak-below", &["below", "issuing-long"], "root", AT);
    assert_eq!(accepted(outcome), Ok(()));
    let outcome = ak("ak-below", &["below", "issuing-excludes"], "root", AT);
    let problem = in_certificate(CertificateProblem::NameConstraints);
    assert_eq!(refused(outcome), problem);
    // The constraint is on that name alone.
    let outcome = ak("ak-p256-issued", &["issuing-excludes"], "root", AT);
    assert_eq!(accepted(outcome), Ok(()));
}

#[test]
fn subtree_with_a_minimum_is_unsupported() {
    let outcome = ak("ak-p256-issued", &["issuing-minimum"], "root", AT);
    let problem = CertificateProblem::NameConstraintsUnsupported;
    assert_eq!(refused(outcome), in_certificate(problem));
}

/// The search ends where it has been before, and says that no issuer is known.
#[test]
fn authorities_that_issued_each_other_lead_nowhere() {
    let circle = ["issuing-by-below", "below"];
    let outcome = ak("ak-p256-issued", &circle, "root-stranger", AT);
    let unknown = in_certificate(CertificateProblem::UnknownIssuer);
    assert_eq!(refused(outcome), unknown);
    // A way out is found.
    let circle = ["issuing-by-below", "below", "issuing"];
    let outcome = ak("ak-p256-issued", &circle, "root", AT);
    assert_eq!(accepted(outcome), Ok(()));
}

#[test]
fn weak_key_of_an_authority_is_unsupported() {
    let error = ak("ak-by-weak", &[], "root-weak", AT).unwrap_err();
    assert_eq!(error.verdict(), Verdict::Unsupported);
    let problem = CertificateProblem::IssuerKey(KeyProblem::RsaBits(1024));
    assert_eq!(refused(Err::<(), _>(error)), in_certificate(problem));
}

#[test]
fn root_of_version_1_stands_in_the_way_of_no_other() {
    let roots = ["root-v1", "root"].map(der);
    let outcome = judge_ak(&der("ak-p256"), &[], &roots, AT);
    assert_eq!(accepted(outcome), Ok(()));
    let error = judge_ak(&der("ak-p256"), &[], &roots[..1], AT).unwrap_err();
    assert_eq!(error.part(), Part::Root(1));
}

/// Bits of `keyUsage` that are not used count for nothing.
#[test]
fn x1_unused_bits_of_key_usage_are_refused() {
    let error = ak("ak-p256-issued", &["issuing-unused-bits"], "root", AT).unwrap_err();
    assert_eq!(error.part(), Part::Intermediate(1));
    assert_eq!(error.verdict(), Verdict::Malformed);
}

/// Also where another root can be used.
#[test]
fn x2_root_that_is_no_authority_issues_nothing() {
    for odd in ["issuing-no-ca", "issuing-no-sign"] {
        let roots = [odd, "root-stranger"].map(der);
        let outcome = judge_ak(&der("ak-p256-issued"), &[], &roots, AT);
        let unknown = in_certificate(CertificateProblem::UnknownIssuer);
        assert_eq!(refused(outcome), unknown, "{odd}");
    }
}

#[test]
fn x2_certificate_is_not_its_own_root() {
    let outcome = ak("ak-own-root", &[], "ak-own-root", AT);
    assert_eq!(
        refused(outcome),
        (Part::Root(1), CertificateProblem::RootIsNoCa)
    );
}

/// All of them have the issuer's name, and keys of their own.
#[test]
fn x5_work_is_bounded_and_the_error_says_so() {
    let issuing = der("issuing");
    let modulus = data("keys/rsa-3072.json");
    let modulus: serde_json::Value = serde_json::from_slice(&modulus).unwrap();
    let modulus = common::hex(modulus["modulus"].as_str().unwrap());
    let at = issuing.windows(384).position(|bytes| bytes == modulus);
    let at = at.unwrap();
    let strangers: Vec<Vec<u8>> = (1_u16..=300)
        .map(|number| {
            let mut issuing = issuing.clone();
            let [high, low] = number.to_be_bytes();
            issuing[at + 100] ^= high;
            issuing[at + 101] ^= low;
            issuing
        })
        .collect();
    let verify = |others: usize| {
        let certificate = der("ak-p256-issued");
        let mut intermediates: Vec<&[u8]> = strangers[..others].iter().map(Vec::as_slice).collect();
        intermediates.push(&issuing);
        let chain = CertificateChain::new(&certificate).intermediates(&intermediates);
        AkCertificate::verify(&chain, &[der("root")], AT).map(|_| ())
    };
    assert_eq!(verify(98), Ok(()));
    let error = verify(300).unwrap_err();
    assert_eq!(error.verdict(), Verdict::Unsupported);
    assert_eq!(
        error.to_string(),
        "no path was found with at most 7 intermediate certificates and 100 signatures verified"
    );
}

/// Whether a chain was accepted, and whether it is said that SHA-1 is in it.
fn with_sha1(leaf: &[u8], root: &str) -> Result<bool, Error> {
    let chain = CertificateChain::new(leaf).dangerous_allow_sha1_signatures();
    AkCertificate::verify(&chain, &[der(root)], AT).map(|certificate| certificate.is_by_sha1())
}

/// Collisions can be made for it: only by an opt-in of its own, and it is said.
#[test]
fn sha1_signs_certificates_only_where_that_is_allowed() {
    let error = ak("ak-sha1", &[], "issuing", AT).unwrap_err();
    assert_eq!(error.verdict(), Verdict::Rejected);
    let problem = in_certificate(CertificateProblem::SignatureSha1);
    assert_eq!(refused(Err::<(), _>(error)), problem);
    assert_eq!(with_sha1(&der("ak-sha1"), "issuing"), Ok(true));
    assert_eq!(with_sha1(&der("ak-p256"), "root"), Ok(false));
    // It still has to hold, and to be by this issuer.
    let mut changed = der("ak-sha1");
    let last = changed.len() - 1;
    changed[last] ^= 1;
    for (leaf, root, problem) in [
        (changed, "issuing", CertificateProblem::Signature),
        (der("ak-sha1"), "root", CertificateProblem::UnknownIssuer),
    ] {
        assert_eq!(refused(with_sha1(&leaf, root)), in_certificate(problem));
    }
    // Of endorsement keys as well.
    let certificate = der("ek-sha1");
    let strict = CertificateChain::new(&certificate);
    let judge = |chain: &CertificateChain<'_>| {
        let judged = EkCertificate::verify(chain, &[der("issuing")], AT);
        judged.map(|certificate| certificate.is_by_sha1())
    };
    assert_eq!(refused(judge(&strict)), problem);
    assert_eq!(judge(&strict.dangerous_allow_sha1_signatures()), Ok(true));
}

/// The report of whoever goes on with such a certificate warns.
#[test]
fn sha1_in_a_path_is_warned_of() {
    let warned = |leaf: &str, root: &str| {
        let leaf = der(leaf);
        let chain = CertificateChain::new(&leaf).dangerous_allow_sha1_signatures();
        let certificate = AkCertificate::verify(&chain, &[der(root)], AT).unwrap();
        let scheme = SigningScheme::ecdsa(TpmAlgId::SHA256);
        let key = Verifier::new().appraise_certificate_key(&certificate, scheme, None);
        let warnings: Vec<_> = key.warnings().collect();
        warnings.contains(&Warning::Sha1Certificate)
    };
    assert!(warned("ak-sha1", "issuing"));
    assert!(!warned("ak-p256", "root"));
}

/// The same where the certificate is one anchor of a key that came by itself.
#[test]
fn sha1_in_a_path_is_warned_of_by_each_anchor() {
    let public = data("cases/005-main-p256-ecdsa-sha256/ak.pub");
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let plain = PlainKey::of_public(public.value()).unwrap();
    let scheme = SigningScheme::ecdsa(TpmAlgId::SHA256);
    for (leaf, root, by_sha1) in [
        ("ak-main-p256-sha1", "issuing", true),
        ("ak-main-p256", "root", false),
    ] {
        let leaf = der(leaf);
        let chain = CertificateChain::new(&leaf).dangerous_allow_sha1_signatures();
        let certificate = AkCertificate::verify(&chain, &[der(root)], AT).unwrap();
        let anchor = Anchor::new().certificate(&certificate);
        let names = [*AttestationKey::self_asserted(&public).unwrap().name()];
        let verifier = Verifier::new();
        for key in [
            verifier.appraise_key(&public, &anchor),
            // Its trust is `pinned`, but the certificate was wanted as well.
            verifier.appraise_key(&public, &anchor.pinned(&names)),
            verifier.appraise_anchored_plain_key(&plain, scheme, &anchor),
        ] {
            let mut warnings = key.warnings();
            let is_warned_of = warnings.any(|warning| warning == Warning::Sha1Certificate);
            assert_eq!(is_warned_of, by_sha1);
            assert!(key.into_result().unwrap().trust().is_anchored());
        }
    }
}
