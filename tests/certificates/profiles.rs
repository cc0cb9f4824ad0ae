//! Profiles: what certificates of makers and clouds have to be, and whose key they are for.

use tpm_quote::{
    AttestationKey, KeyTrust, Name, Problem, Tpm2bPublic, TpmAlgId, Unmarshal,
    verify::{
        Holder, Profile, SigningScheme,
        error::{AnchorProblem, SettingProblem},
    },
};

use super::*;

const VM: &str = "a1b2c3d4e5f6.ConfidentialVM.Azure.windows.net";
const INSTANCE: u64 = 6_800_000_000_000_000_001;

/// The verdict under a profile, and what `then` makes of the certificate.
fn judge<T>(
    leaf: &str,
    intermediate: &str,
    profile: Profile<'_>,
    then: impl FnOnce(&AkCertificate<'_>) -> T,
) -> Result<T, Error> {
    let (leaf, intermediate) = (der(leaf), der(intermediate));
    let intermediates = [&*intermediate];
    let chain = CertificateChain::new(&leaf)
        .intermediates(&intermediates)
        .profile(profile);
    AkCertificate::verify(&chain, &[der("root")], AT).map(|certificate| then(&certificate))
}

fn azure(leaf: &str, profile: Profile<'_>) -> Result<String, Error> {
    judge(leaf, "azure-issuing", profile, |certificate| {
        assert_eq!(certificate.profile().name(), "azure");
        // Nothing is made up where nothing is said.
        assert_eq!(certificate.identity().manufacturer, "");
        match certificate.holder() {
            Holder::AzureVm(name) => (*name).to_owned(),
            other => panic!("{other:?}"),
        }
    })
}

fn google(leaf: &str, profile: Profile<'_>) -> Result<(), Error> {
    judge(leaf, "google-issuing", profile, |certificate| {
        assert_eq!(certificate.profile().name(), "google");
        let Holder::GoogleVm(vm) = certificate.holder() else {
            panic!("{:?}", certificate.holder());
        };
        assert_eq!((vm.zone, vm.project), ("us-central1-a", "acme-fleet"));
        assert_eq!(
            (vm.project_number, vm.instance_id),
            (21_934_000_000, INSTANCE)
        );
        assert_eq!(vm.instance_name, "web-01");
    })
}

#[test]
fn vm_of_azure_is_accepted_by_its_name() {
    let accepted = azure("azure-ak", Profile::azure_vm(VM));
    assert_eq!(accepted.as_deref(), Ok(VM));
    // As names of machines are compared.
    let accepted = azure("azure-ak", Profile::azure_vm(&VM.to_lowercase()));
    assert_eq!(accepted.as_deref(), Ok(VM));
}

#[test]
fn certificate_of_another_form_is_not_one_of_azure() {
    for (leaf, expected) in [
        ("azure-ak-san", "no subjectAltName"),
        (
            "azure-ak-no-vm",
            "a common name that ends in .ConfidentialVM.Azure.windows.net",
        ),
        (
            "azure-ak-no-name",
            "a common name that ends in .ConfidentialVM.Azure.windows.net",
        ),
    ] {
        let problem = CertificateProblem::Profile {
            profile: "azure",
            expected,
        };
        // Even if the caller names it.
        for vm in [VM, "a1b2c3d4e5f6.Azure.windows.net", &VM[12..]] {
            let outcome = azure(leaf, Profile::azure_vm(vm));
            assert_eq!(refused(outcome), in_certificate(problem), "{leaf}");
        }
    }
    for (leaf, expected) in [
        ("azure-ak-no-purpose", "1.3.6.1.4.1.311.10.3.12 (of Azure)"),
        ("azure-ak-no-aik", "2.23.133.8.3 (tcg-kp-AIKCertificate)"),
        ("google-ak", "2.23.133.8.3 (tcg-kp-AIKCertificate)"),
    ] {
        let issuing = if leaf == "google-ak" {
            "google-issuing"
        } else {
            "azure-issuing"
        };
        let outcome = judge(leaf, issuing, Profile::azure_vm(VM), |_| ());
        let problem = CertificateProblem::Purpose { expected };
        assert_eq!(refused(outcome), in_certificate(problem), "{leaf}");
    }
}

/// The certificate is for any VM, and so for the keys with these Names alone.
#[test]
fn vm_of_azure_is_accepted_by_the_name_of_its_key() {
    let public = data("cases/005-main-p256-ecdsa-sha256/ak.pub");
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let name = Name::of_public(&public).unwrap();
    let key = |names: &[Name]| {
        let profile = Profile::azure_names(names);
        judge("azure-ak", "azure-issuing", profile, |certificate| {
            let key = AttestationKey::from_certificate(&public, certificate);
            let scheme = SigningScheme::ecdsa(TpmAlgId::SHA256);
            let plain = AttestationKey::of_certificate(certificate, scheme);
            let plain = plain.map(|key| key.trust());
            assert_eq!(
                refused(plain),
                in_certificate(CertificateProblem::NameUnknown)
            );
            key.map(|key| key.trust())
        })
        .unwrap()
    };
    assert_eq!(key(&[name]), Ok(KeyTrust::Certificate));
    let other: Name = format!("000b{}", "42".repeat(32)).parse().unwrap();
    let outcome = key(&[other]).unwrap_err();
    assert!(matches!(
        outcome.problem(),
        Problem::Anchor(AnchorProblem::NameNotPinned { .. })
    ));
    let outcome = key(&[]).unwrap_err();
    assert!(matches!(
        outcome.problem(),
        Problem::Anchor(AnchorProblem::NoPinnedNames)
    ));
}

/// As its authorities write it today, and as they did in 2021.
#[test]
fn vm_of_google_is_accepted_by_its_project_or_instance() {
    for leaf in [
        "google-ak",
        "google-ak-old",
        "google-ak-untagged",
        "google-ak-short",
    ] {
        for profile in [
            Profile::google_project("acme-fleet"),
            Profile::google_project("21934000000"),
            Profile::google_instance(INSTANCE),
            Profile::google("acme-fleet", INSTANCE),
        ] {
            assert_eq!(google(leaf, profile), Ok(()), "{leaf} {profile:?}");
        }
    }
}

#[test]
fn certificate_of_another_form_is_not_one_of_google() {
    let profile = Profile::google_project("acme-fleet");
    for (leaf, expected) in [
        (
            "google-ak-no-instance",
            "the extension 1.3.6.1.4.1.11129.2.1.21, which names the instance",
        ),
        ("google-ak-test", "an instance in production"),
        ("google-ak-no-usage", "keyUsage"),
        (
            "google-ak-other-maker",
            "no subjectAltName, or one that names Google as the maker",
        ),
    ] {
        let problem = CertificateProblem::Profile {
            profile: "google",
            expected,
        };
        let outcome = google(leaf, profile);
        assert_eq!(refused(outcome), in_certificate(problem), "{leaf}");
    }
    let usage = CertificateProblem::KeyUsage {
        expected: "digitalSignature",
    };
    let outcome = google("google-ak-enciphers", profile);
    assert_eq!(refused(outcome), in_certificate(usage));
    let purpose = CertificateProblem::Purpose {
        expected: "2.23.133.8.1 (tcg-kp-EKCertificate) or 2.23.133.8.3 (tcg-kp-AIKCertificate)",
    };
    let outcome = google("google-ak-other-purpose", profile);
    assert_eq!(refused(outcome), in_certificate(purpose));
    for leaf in ["google-ak-cut", "google-ak-left-over", "google-ak-large"] {
        let error = google(leaf, profile).unwrap_err();
        assert_eq!(error.verdict(), Verdict::Malformed, "{leaf}");
        assert!(
            error.to_string().contains("instance of Google Cloud"),
            "{error}"
        );
    }
}

/// Each is refused where its own profile was not asked for.
#[test]
fn certificates_of_clouds_are_none_of_the_tcg() {
    for (leaf, issuing) in [
        ("azure-ak", "azure-issuing"),
        ("google-ak", "google-issuing"),
        ("google-ak-old", "google-issuing"),
    ] {
        let outcome = judge(leaf, issuing, Profile::tcg(), |_| ());
        assert_eq!(outcome.unwrap_err().check(), Check::KeyAnchor, "{leaf}");
    }
    for profile in [Profile::azure_vm(VM), Profile::google_instance(INSTANCE)] {
        let outcome = judge("ak-p256", "issuing", profile, |_| ());
        assert_eq!(outcome.unwrap_err().check(), Check::KeyAnchor);
    }
}

#[test]
fn any_purpose_looks_at_the_key_usage_alone() {
    let any = Profile::dangerous_any_purpose();
    for (leaf, issuing) in [
        ("ak-for-ek", "issuing"),
        ("ak-no-purpose", "issuing"),
        ("ak-no-san", "issuing"),
        ("ak-no-usage", "issuing"),
        ("ak-p256-issued", "issuing-for-ek"),
        ("azure-ak", "azure-issuing"),
        ("google-ak", "google-issuing"),
    ] {
        let outcome = judge(leaf, issuing, any, |certificate| {
            assert_eq!(certificate.profile().name(), "dangerous-any-purpose");
        });
        assert_eq!(outcome, Ok(()), "{leaf}");
    }
    let unnamed = judge("azure-ak", "azure-issuing", any, |certificate| {
        *certificate.holder() == Holder::Unknown
    });
    assert_eq!(unnamed, Ok(true));
    let usage = CertificateProblem::KeyUsage {
        expected: "digitalSignature",
    };
    let outcome = judge("ak-enciphers", "issuing", any, |_| ());
    assert_eq!(refused(outcome), in_certificate(usage));
    // The path is the same as for any other.
    let outcome = judge("ak-p256-issued", "issuing-no-ca", any, |_| ());
    assert_eq!(
        refused(outcome),
        in_certificate(CertificateProblem::IssuerIsNoCa)
    );
}

/// It would have no effect.
#[test]
fn profile_for_the_certificate_of_an_endorsement_key_is_an_error() {
    let certificate = der("ek-p256");
    let chain = CertificateChain::new(&certificate).profile(Profile::dangerous_any_purpose());
    let error = EkCertificate::verify(&chain, &[der("root")], AT).unwrap_err();
    assert_eq!(
        *error.problem(),
        Problem::Setting(SettingProblem::ProfileOfEndorsement)
    );
}

/// The root vouches for all customers alike.
#[test]
fn x3_certificate_of_another_customer_is_refused() {
    for vm in [
        "ffffffffffff.ConfidentialVM.Azure.windows.net",
        "a1b2c3d4e5f6",
        ".ConfidentialVM.Azure.windows.net",
        "",
    ] {
        let (part, problem) = refused(azure("azure-ak", Profile::azure_vm(vm)));
        assert_eq!(part, Part::Certificate);
        assert_eq!(
            problem.to_string(),
            format!("the certificate is for another VM: {VM}")
        );
    }
    for leaf in ["google-ak", "google-ak-old"] {
        for project in [
            "other",
            "acme",
            "acme-fleet-2",
            "ACME-fleet",
            "1",
            "",
            "web-01",
        ] {
            let (_, problem) = refused(google(leaf, Profile::google_project(project)));
            assert_eq!(
                problem.to_string(),
                "the certificate is for a VM in another project: acme-fleet"
            );
            // Both have to be right.
            let both = refused(google(leaf, Profile::google(project, INSTANCE)));
            assert_eq!(both.1, problem);
        }
        for instance in [0, INSTANCE - 1, 21_934_000_000] {
            let found = CertificateProblem::Instance { found: INSTANCE };
            for profile in [
                Profile::google_instance(instance),
                Profile::google("acme-fleet", instance),
            ] {
                assert_eq!(refused(google(leaf, profile)), in_certificate(found));
            }
        }
    }
}
