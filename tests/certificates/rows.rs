//! The habits of makers and the profiles of clouds, row by row: of each a chain that has it
//! and is accepted, and one of the same shape that is refused, by its own problem. A habit is
//! one named rule; the other files of this folder try each of them further.

use tpm_quote::{
    evidence::read_certificate_pem,
    verify::{Profile, X509Certificate},
};

use super::*;

/// The chain is accepted; the other one is refused by this problem.
#[track_caller]
fn row<T, U: std::fmt::Debug>(genuine: Result<T, Error>, other: Result<U, Error>, problem: &str) {
    if let Err(error) = genuine {
        panic!("{error}");
    }
    assert_eq!(other.unwrap_err().problem_name(), problem);
}

fn with_profile(leaf: &str, issuing: &str, profile: Profile<'_>) -> Result<(), Error> {
    let (leaf, issuing) = (der(leaf), der(issuing));
    let intermediates = [&*issuing];
    let chain = CertificateChain::new(&leaf).intermediates(&intermediates);
    AkCertificate::verify(&chain.profile(profile), &[der("root")], AT).map(|_| ())
}

fn replaced(mut der: Vec<u8>, old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = der.windows(old.len()).position(|bytes| bytes == old);
    let at = at.expect("it is in the certificate");
    der.splice(at..at + old.len(), new.iter().copied());
    der
}

#[test]
fn row_1_critical_policies_of_an_authority() {
    row(
        ak("ak-p256-issued", &["issuing-policies"], "root", AT),
        // One that is required has to be processed, and is not.
        ak("ak-p256-issued", &["issuing-explicit"], "root", AT),
        "certificate-policy",
    );
}

#[test]
fn row_2_critical_policies_of_the_leaf() {
    row(
        ak("ak-policies", &[], "root", AT),
        // Another critical extension is not one that may be passed over.
        ak("ak-critical", &[], "root", AT),
        "certificate-critical-extension",
    );
}

#[test]
fn row_3_false_is_written_out() {
    let other = replaced(der("ak-false"), &[0x01, 0x01, 0x00], &[0x01, 0x01, 0x01]);
    let outcome = judge_ak(&other, &[], &[der("root")], AT);
    assert_eq!(outcome.as_ref().unwrap_err().verdict(), Verdict::Malformed);
    row(
        ak("ak-false", &[], "root", AT),
        outcome,
        "structure-malformed",
    );
}

#[test]
fn row_4_encipherment_of_an_ecc_endorsement_key() {
    row(
        ek(&der("ek-p256-enciphers"), &der("root"), AT),
        ek(&der("ek-signs"), &der("root"), AT),
        "certificate-key-usage",
    );
}

#[test]
fn row_5_key_for_oaep() {
    row(
        ek(&der("ek-rsa-oaep"), &der("root"), AT),
        ak("ak-rsa-oaep", &[], "root", AT),
        "certificate-key-unsupported",
    );
}

#[test]
fn row_6_no_alternative_name_under_a_profile_alone() {
    let vm = Profile::azure_vm("a1b2c3d4e5f6.ConfidentialVM.Azure.windows.net");
    row(
        with_profile("azure-ak", "azure-issuing", vm),
        ak("ak-no-san", &[], "root", AT),
        "certificate-alt-name",
    );
}

#[test]
fn row_7_no_purpose_or_that_of_an_endorsement_key_under_a_profile_alone() {
    for leaf in ["google-ak", "google-ak-old"] {
        row(
            with_profile(
                leaf,
                "google-issuing",
                Profile::google_project("acme-fleet"),
            ),
            with_profile(leaf, "google-issuing", Profile::tcg()),
            "certificate-purpose",
        );
    }
    row(
        with_profile(
            "google-ak",
            "google-issuing",
            Profile::google_project("acme-fleet"),
        ),
        ak("ak-no-purpose", &[], "root", AT),
        "certificate-purpose",
    );
}

#[test]
fn row_8_padding_of_an_nv_index() {
    let padded = |bytes: &[u8]| {
        let certificate = [&der("ak-p256"), bytes].concat();
        let chain = CertificateChain::new(&certificate).strip_padding();
        AkCertificate::verify(&chain, &[der("root")], AT).map(|_| ())
    };
    for padding in [&[0; 100][..], &[0xff; 100], &[0, 0, 0xff, 0xff]] {
        row(
            padded(padding),
            padded(&[padding, &[1]].concat()),
            "structure-malformed",
        );
    }
}

#[test]
fn row_9_several_certificates_one_behind_the_other() {
    let chain = [der("issuing"), der("root")].concat();
    let split = |bytes: &[u8]| -> Result<Vec<Vec<u8>>, Error> {
        let (mut all, mut rest) = (Vec::new(), bytes.to_vec());
        while !rest.is_empty() {
            let (der, behind) = X509Certificate::split_der(&rest)?;
            all.push(der.to_vec());
            rest = behind.to_vec();
        }
        Ok(all)
    };
    assert_eq!(split(&chain).unwrap(), [der("issuing"), der("root")]);
    let cut = split(&chain[..chain.len() - 1]);
    row(split(&chain), cut, "structure-malformed");
}

#[test]
fn row_10_text_around_a_block() {
    let block = data("ek/issuercert.pem");
    let block = String::from_utf8(block).unwrap();
    let read = |text: String| {
        let mut room = vec![0; text.len()];
        read_certificate_pem(text.as_bytes(), &mut room).map(|(der, _)| der.to_vec())
    };
    let liberal = |label: &str| {
        let lines: Vec<&str> = block.lines().filter(|line| !line.contains('-')).collect();
        let digits = lines.concat();
        let (first, rest) = digits.split_at(76);
        format!(
            "\u{feff}# Root of the maker\r\nCertificate:\r\n    Data: 3\r\n\r\n-----BEGIN {label}-----  \r\n\r\n{first}\r\n\r\n{rest}\r\n-----END {label}-----\r\nbehind\r\n"
        )
    };
    assert_eq!(
        read(liberal("CERTIFICATE")).unwrap(),
        read(block.clone()).unwrap()
    );
    row(
        read(liberal("CERTIFICATE")),
        read(liberal("PUBLIC KEY")),
        "pem-label",
    );
}

#[test]
fn row_11_hundreds_of_certificates() {
    let (leaf, issuing) = (der("ak-p256-issued"), der("issuing"));
    let odd = ["root-v1", "root-stranger", "ek-p256", "ak-rsa", "root-p521"].map(der);
    let mut bundle: Vec<&[u8]> = odd.iter().map(Vec::as_slice).cycle().take(400).collect();
    let judge = |bundle: &[&[u8]]| {
        let chain = CertificateChain::new(&leaf).intermediates(bundle);
        AkCertificate::verify(&chain, &[der("root-v1"), der("root")], AT).map(|_| ())
    };
    // One of version 1 cannot be read, and might have been the one that is missing.
    assert_eq!(judge(&bundle).unwrap_err().part(), Part::Intermediate(1));
    let without = judge(&[&*odd[1], &*odd[2]].repeat(200));
    bundle.push(&issuing);
    row(judge(&bundle), without, "certificate-unknown-issuer");
}

#[test]
fn row_12_directory_attributes_in_the_form_of_ibm() {
    let genuine = der("ek-p256");
    let certificate = X509Certificate::from_der(&genuine).unwrap();
    assert!(certificate.specification().is_ok());
    // The attributes of swtpm's certificate, without the SEQUENCE around them.
    let swtpm = data("ek/ek-rsa2048.crt.der");
    let read = X509Certificate::from_der(&swtpm).unwrap();
    assert!(read.specification().unwrap().is_some());
    let attributes = &[0x06, 0x03, 0x55, 0x1d, 0x09];
    let at = swtpm
        .windows(5)
        .position(|bytes| bytes == attributes)
        .unwrap();
    // OCTET STRING, its length, SEQUENCE: the last one becomes a SET.
    let at = at
        + 5
        + swtpm[at + 5..]
            .iter()
            .position(|byte| *byte == 0x30)
            .unwrap();
    let mut ibm = swtpm.clone();
    ibm[at] = 0x31;
    let read = X509Certificate::from_der(&ibm).unwrap();
    // The rest of it is shown, and that alone cannot be read.
    assert_eq!(read.identity().unwrap().manufacturer, "id:00001014");
    assert_eq!(read.specification().unwrap_err().structure(), "Certificate");
}

#[test]
fn row_13_weak_key_of_an_authority() {
    let weak = ak("ak-by-weak", &[], "root-weak", AT);
    // It is not said that a signature does not hold which nobody computed.
    assert_eq!(weak.as_ref().unwrap_err().verdict(), Verdict::Unsupported);
    let strong = ak("ak-p256-by-p521", &[], "root-p521", AT);
    row(strong, weak, "certificate-issuer-key");
}

#[test]
fn row_14_unused_bits_of_key_usage() {
    row(
        ak("ak-p256-issued", &["issuing"], "root", AT),
        ak("ak-p256-issued", &["issuing-unused-bits"], "root", AT),
        "structure-malformed",
    );
}

#[test]
fn profile_tcg() {
    for (other, problem) in [
        ("ak-for-ek", "certificate-purpose"),
        ("ak-no-purpose", "certificate-purpose"),
        ("ak-no-san", "certificate-alt-name"),
    ] {
        row(
            ak("ak-p256", &[], "root", AT),
            ak(other, &[], "root", AT),
            problem,
        );
    }
}

#[test]
fn profile_azure() {
    let vm = Profile::azure_vm("a1b2c3d4e5f6.ConfidentialVM.Azure.windows.net");
    let other = Profile::azure_vm("a1b2c3d4e5f7.ConfidentialVM.Azure.windows.net");
    let judge = |leaf, profile| with_profile(leaf, "azure-issuing", profile);
    row(
        judge("azure-ak", vm),
        judge("azure-ak", other),
        "certificate-vm",
    );
    for (leaf, problem) in [
        ("azure-ak-no-aik", "certificate-purpose"),
        ("azure-ak-san", "certificate-profile"),
    ] {
        row(judge("azure-ak", vm), judge(leaf, vm), problem);
    }
}

#[test]
fn profile_google() {
    let judge = |leaf, profile| with_profile(leaf, "google-issuing", profile);
    let (own, other) = (
        Profile::google_project("acme-fleet"),
        Profile::google_project("another-fleet"),
    );
    row(
        judge("google-ak", own),
        judge("google-ak", other),
        "certificate-project",
    );
    let instance = 6_800_000_000_000_000_001;
    let (own, other) = (
        Profile::google_instance(instance),
        Profile::google_instance(instance + 1),
    );
    row(
        judge("google-ak", own),
        judge("google-ak", other),
        "certificate-instance",
    );
    row(
        judge("google-ak", own),
        judge("google-ak-other-purpose", own),
        "certificate-purpose",
    );
}

#[test]
fn profile_dangerous_any_purpose() {
    let any = Profile::dangerous_any_purpose();
    row(
        with_profile("ak-no-purpose", "issuing", any),
        with_profile("ak-enciphers", "issuing", any),
        "certificate-key-usage",
    );
}
