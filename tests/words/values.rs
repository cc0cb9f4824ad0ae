//! Names that are stable, and how values are shown.

use std::fmt::{Debug, Display};

use tpm_quote::{
    Check, CheckState, KeyTrust, Nonce, Pcr, PcrSet, PcrValue, Tier, TpmAlgId, Verdict,
    crypto::Curve,
    evidence::{Form, PcrFile, PcrFormat, Project},
    verify::{Excerpt, KeyAlgorithm, Part, PcrValues, SigningScheme},
};

use crate::{SHA1, SHA256, SHA384, image::marshaled};

/// The same text in logs and in `{:?}`.
#[track_caller]
fn shows(value: impl Display + Debug, text: &str) {
    assert_eq!(
        (value.to_string(), format!("{value:?}")),
        (text.into(), text.into())
    );
}

#[test]
fn names_of_checks() {
    let names = [
        (Check::Input, "input"),
        (Check::Tier, "tier"),
        (Check::KeyType, "key-type"),
        (Check::KeyAttributes, "key-attributes"),
        (Check::KeyStrength, "key-strength"),
        (Check::KeyScheme, "key-scheme"),
        (Check::KeyAnchor, "key-anchor"),
        (Check::SignatureScheme, "signature-scheme"),
        (Check::Signature, "signature"),
        (Check::Magic, "magic"),
        (Check::Type, "type"),
        (Check::Nonce, "nonce"),
        (Check::Signer, "signer"),
        (Check::Object, "object"),
        (Check::Creation, "creation"),
        (Check::Contents, "contents"),
        (Check::Audit, "audit"),
        (Check::Selection, "selection"),
        (Check::PcrValues, "pcr-values"),
        (Check::PcrDigest, "pcr-digest"),
        (Check::Baseline, "baseline"),
        (Check::Clock, "clock"),
        (Check::BootLog, "boot-log"),
        (Check::Ima, "ima"),
    ];
    for (check, name) in names {
        assert_eq!((check.name(), &*check.to_string()), (name, name));
    }
    assert_eq!(names.map(|(check, _)| check), Check::ALL);
    assert!(names.is_sorted_by_key(|(check, _)| *check));
    assert_eq!(
        format!("{:>6}|{:<6}|", Check::Type, Check::Type),
        "  type|type  |"
    );
}

#[test]
fn names_of_verdicts_and_states() {
    for (verdict, name) in [
        (Verdict::Rejected, "rejected"),
        (Verdict::Unsupported, "unsupported"),
        (Verdict::Malformed, "malformed"),
    ] {
        assert_eq!((verdict.name(), &*verdict.to_string()), (name, name));
    }
    for (state, name) in [
        (CheckState::Ok, "ok"),
        (CheckState::Failed, "failed"),
        (CheckState::Unsupported, "unsupported"),
        (CheckState::NotReached, "not-reached"),
        (CheckState::NotAskedFor, "not-asked-for"),
    ] {
        assert_eq!((state.name(), &*state.to_string()), (name, name));
    }
    assert_eq!(
        format!("{:>4}|{:<4}|", CheckState::Ok, CheckState::Ok),
        "  ok|ok  |"
    );
}

#[test]
fn names_of_keys_tiers_and_forms() {
    for (trust, name, anchored) in [
        (KeyTrust::SelfAsserted, "self-asserted", false),
        (KeyTrust::Pinned, "pinned", true),
        (KeyTrust::PinnedKey, "pinned-key", true),
        (KeyTrust::CertificateKey, "certificate-key", true),
        (KeyTrust::BoundToHardware, "bound-to-hardware", true),
        (KeyTrust::Certified, "certified", true),
        (KeyTrust::Created, "created", true),
        (KeyTrust::Activated, "activated", true),
        (KeyTrust::Certificate, "certificate", true),
    ] {
        assert_eq!((trust.name(), &*trust.to_string()), (name, name));
        assert_eq!(trust.is_anchored(), anchored);
    }
    assert_eq!(format!("{:>8}|", KeyTrust::Pinned), "  pinned|");

    for (scheme, text) in [
        (SigningScheme::rsassa(SHA1), "rsassa-sha1"),
        (SigningScheme::rsassa(SHA256), "rsassa-sha256"),
        (SigningScheme::rsapss(SHA384), "rsapss-sha384"),
        (SigningScheme::ecdsa(TpmAlgId::SHA512), "ecdsa-sha512"),
    ] {
        assert_eq!(scheme.to_string(), text);
    }

    for (algorithm, text) in [
        (KeyAlgorithm::Rsa(2048), "rsa-2048"),
        (KeyAlgorithm::Ecc(Curve::P256), "ecc-p256"),
        (KeyAlgorithm::Ecc(Curve::P384), "ecc-p384"),
        (KeyAlgorithm::Ecc(Curve::P521), "ecc-p521"),
    ] {
        assert_eq!(algorithm.to_string(), text);
    }

    for (tier, name) in [
        (Tier::Standard, "standard"),
        (Tier::High, "high"),
        (Tier::Maximum, "maximum"),
    ] {
        assert_eq!((tier.name(), &*tier.to_string()), (name, name));
    }
    assert_eq!(format!("{:<6}|", Tier::High), "high  |");

    assert_eq!(Form::Response.to_string(), "response");
    assert_eq!(Form::Metadata.to_string(), "_metadata");
    assert_eq!(Form::Block.to_string(), "tpm_attestation block");
}

#[test]
fn names_of_formats_and_projects() {
    let formats = [
        PcrFormat::Serialized,
        PcrFormat::Values,
        PcrFormat::Marshaled,
    ];
    let names = ["serialized", "values", "marshaled"];
    assert_eq!(formats.map(PcrFormat::name), names);
    assert_eq!(formats.map(|format| format.to_string()), names);
    let projects = [
        Project::GoAttestation,
        Project::GoAttestationTool,
        Project::ConfidentialContainers,
        Project::AzureVtpm,
    ];
    let names = [
        "go-attestation",
        "dump of go-attestation's attest-tool",
        "confidential-containers, tpm",
        "confidential-containers, Azure vTPM",
    ];
    assert_eq!(projects.map(|project| project.to_string()), names);
}

#[test]
fn names_of_parts() {
    for (part, name) in [
        (Part::Structure, "structure"),
        (Part::Policy, "policy"),
        (Part::Response, "response"),
        (Part::Key, "attestation key"),
        (Part::Attest, "attestation"),
        (Part::Signed, "signed bytes"),
        (Part::Signature, "signature"),
        (Part::PcrValues, "PCR values"),
        (Part::Certification, "certification of the key: attestation"),
        (
            Part::CertificationSigned,
            "certification of the key: signed bytes",
        ),
        (
            Part::CertificationSignature,
            "certification of the key: signature",
        ),
        (Part::Certificate, "certificate"),
        (Part::Intermediate(3), "intermediate certificate 3"),
        (Part::Root(1), "root certificate 1"),
        (Part::EndorsementKey, "endorsement key"),
        (Part::Credential, "credential"),
        (Part::KeyFile, "public key"),
        (Part::PcrFile, "PCR file"),
        (Part::Keylime, "keylime quote"),
        (Part::Project, "evidence"),
        (Part::Claims, "claims in the report"),
        (Part::EventLog, "event log"),
        (Part::UserspaceLog, "userspace log"),
        (Part::ImaList, "IMA list"),
        (Part::ImaAllowList, "IMA allow list"),
        (Part::TrustFile, "trust file"),
        (Part::Hardware, "processor's report"),
    ] {
        assert_eq!(part.to_string(), name);
        let certified = name.starts_with("certification of the key");
        assert_eq!(part.is_of_certification(), certified, "{name}");
    }
}

#[test]
fn nonces_are_shown_in_hexadecimal() {
    shows(Nonce::from([0, 0x0a, 0xb0]), "000ab0");
    shows(Nonce::dangerous_none(), "");
    shows(Nonce::dangerous_any(), "any");
}

#[test]
fn excerpts_are_cut_and_say_so() {
    shows(Excerpt::new(&[]), "empty");
    shows(Excerpt::new(&[0x0a, 0, 0xff]), "0a00ff");
    let most = "5a".repeat(66);
    shows(Excerpt::new(&[0x5a; 66]), &most);
    shows(Excerpt::new(&[0x5a; 67]), &format!("{most}... (67 bytes)"));
    shows(
        Excerpt::new(&[0x5a; 300]),
        &format!("{most}... (300 bytes)"),
    );
}

#[test]
fn pcrs_and_their_values_are_shown_by_bank_and_index() {
    let values = [
        PcrValue {
            bank: SHA256,
            index: 7,
            digest: &[0x0a, 0xbc],
        },
        PcrValue {
            bank: SHA1,
            index: 0,
            digest: &[],
        },
    ];
    assert_eq!(format!("{:?}", values[0]), "sha256:7 = 0abc");
    assert_eq!(
        format!("{:?}", PcrValues::from(&values[..])),
        "[sha256:7 = 0abc, sha1:0 = ]"
    );
    shows(Pcr::new(SHA384, 23).unwrap(), "sha384:23");
    let set: PcrSet = "sha256:0,7,10+sha1:0".parse().unwrap();
    shows(set, "sha256:0,7,10+sha1:0");
    shows(PcrSet::from_iter([]), "none");
    let image = marshaled(&[(0x000b, vec![7])], &[vec![vec![0xab; 32]]]);
    let shown = format!("{:?}", PcrFile::marshaled(&image).unwrap());
    assert_eq!(shown, format!("[sha256:7 = {}]", "ab".repeat(32)));
}
