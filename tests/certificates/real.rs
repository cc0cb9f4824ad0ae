//! Certificates of real makers, which are not in the repository: the variable
//! `TPM_QUOTE_CORPUS` names the folder that has them.

use std::path::{Path, PathBuf};

use tpm_quote::{
    evidence::read_certificate_pem,
    verify::{Profile, error::KeyProblem},
};

use super::*;

/// The folder `real`, if it is here; its absence is said.
pub fn real() -> Option<PathBuf> {
    let corpus = std::env::var_os("TPM_QUOTE_CORPUS").map(PathBuf::from);
    let real = corpus.map(|corpus| corpus.join("real"));
    let real = real.filter(|folder| folder.is_dir());
    if real.is_none() {
        println!("no real certificates: TPM_QUOTE_CORPUS names no folder that has them");
    }
    real
}

pub fn cases(folder: &Path) -> Vec<PathBuf> {
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|case| case.unwrap().path())
        .filter(|case| case.is_dir())
        .collect();
    cases.sort();
    cases
}

/// The certificates in a file, in DER or PEM.
fn certificates(file: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(file).unwrap();
    if bytes.first() == Some(&0x30) {
        return vec![bytes];
    }
    let (mut text, mut all) = (&bytes[..], Vec::new());
    let mut room = vec![0; bytes.len()];
    while !text.trim_ascii().is_empty() {
        let (der, behind) = read_certificate_pem(text, &mut room).unwrap();
        all.push(der.to_vec());
        text = behind;
    }
    all
}

fn time(case: &Path) -> Duration {
    let seconds = fs::read_to_string(case.join("at")).unwrap();
    Duration::from_secs(seconds.trim().parse().unwrap())
}

#[test]
fn certificates_of_makers_are_accepted_under_their_authorities() {
    let Some(real) = real() else { return };
    let mut judged = 0;
    let mut endorsement = |case: &Path, chain: &str, root: &str, expected| {
        let all = certificates(&case.join(chain));
        let intermediates: Vec<&[u8]> = all[1..].iter().map(Vec::as_slice).collect();
        let chain = CertificateChain::new(&all[0])
            .intermediates(&intermediates)
            .strip_padding();
        let roots = certificates(&case.join(root));
        let outcome = EkCertificate::verify(&chain, &roots, time(case));
        assert_eq!(outcome.map(|_| ()), expected, "{}", case.display());
        judged += 1;
    };
    for case in cases(&real.join("03-stm-ek-critical-policies")) {
        endorsement(&case, "chain.pem", "root.der", Ok(()));
    }
    for case in cases(&real.join("05-ek-certificate-with-rsaes-oaep-key")) {
        // The key can be read, and SHA-1 made the signature.
        let sha1 = Err(CertificateProblem::SignatureSha1.into());
        endorsement(&case, "ek.der", "intermediate-02.der", sha1);
    }
    for case in cases(&real.join("08-windows-aik")) {
        let aik = certificates(&case.join("aik.cer"));
        let issuer = certificates(&case.join("aik-issuer.cer"));
        // In the middle of its validity, which is short.
        let outcome =
            AkCertificate::verify(&CertificateChain::new(&aik[0]), &issuer, validity(&aik[0]));
        assert_eq!(outcome.map(|_| ()), Ok(()), "{}", case.display());
        judged += 1;
    }
    println!("{judged} real certificates judged");
    assert_eq!(judged, 8);
}

/// The last second of a certificate's validity, by the bytes: the second `UTCTime` of it.
pub fn validity(der: &[u8]) -> Duration {
    let begins = |at: &usize| der[*at..].starts_with(&[0x17, 13]) && der[at + 14] == b'Z';
    let mut times = (0..der.len() - 15).filter(begins);
    let (_, last) = (times.next().unwrap(), times.next().unwrap());
    let text = std::str::from_utf8(&der[last + 2..last + 14]).unwrap();
    let two = |at: usize| text[at..at + 2].parse::<u64>().unwrap();
    let (year, month, day) = (2000 + two(0), two(2), two(4));
    // Three days before, about: months of 30 days, and leap days as they come.
    let days = (year - 1970) * 365 + (year - 1969) / 4 + (month - 1) * 30 + day;
    Duration::from_secs((days - 3) * 86_400)
}

/// What a weak key signed is not verified, and so not called wrong.
#[test]
fn weak_key_of_an_authority_is_named() {
    let Some(real) = real() else { return };
    let case = real.join("04-chain-with-768-bit-root");
    let (leaf, root) = (
        certificates(&case.join("leaf.der")),
        certificates(&case.join("root.der")),
    );
    let error = AkCertificate::verify(&CertificateChain::new(&leaf[0]), &root, validity(&leaf[0]))
        .unwrap_err();
    let weak = KeyProblem::RsaBits(768);
    println!("{error}");
    assert_eq!(error.verdict(), Verdict::Unsupported);
    assert_eq!(
        refused(Err::<(), _>(error)),
        in_certificate(CertificateProblem::IssuerKey(weak))
    );
}

/// The verdict on the certificate of a cloud's VM.
fn of_cloud(case: &Path, at: u64, profile: Profile<'_>) -> Result<(), Error> {
    let all = certificates(&case.join("ak-chain.pem"));
    let intermediates: Vec<&[u8]> = all[1..].iter().map(Vec::as_slice).collect();
    let chain = CertificateChain::new(&all[0])
        .intermediates(&intermediates)
        .profile(profile);
    let roots = certificates(&case.join("root.der"));
    AkCertificate::verify(&chain, &roots, Duration::from_secs(at)).map(|_| ())
}

/// Those of Google and Azure, each for its own VM and for no other.
#[test]
fn certificates_of_clouds_are_accepted_for_their_vm() {
    let Some(real) = real() else { return };
    let google = real.join("06-gce-ak-certificate");
    let at = time(&google).as_secs();
    // By what `openssl asn1parse` shows of the extension.
    let instance = 0x5e53_e3fb_bf83_06c5;
    for profile in [
        Profile::google_project("google.com:wuale-gcp-testing"),
        Profile::google_project(&0x1b_5a47_5c69_u64.to_string()),
        Profile::google_instance(instance),
    ] {
        assert_eq!(of_cloud(&google, at, profile), Ok(()), "{profile:?}");
    }
    for profile in [
        Profile::google_project("wuale-gcp-testing"),
        Profile::google_instance(instance + 1),
        Profile::tcg(),
    ] {
        let error = of_cloud(&google, at, profile).unwrap_err();
        assert_eq!(error.check(), Check::KeyAnchor, "{profile:?}");
    }
    // 2026-01-01 is in both.
    let at = 1_767_225_600;
    for (case, vm) in [("3fcb21ec", "5dc2ba9ad190"), ("2f0e27c7", "9b6eccb6c0a3")] {
        let case = real.join("07-azure-ak-certificate").join(case);
        let name = format!("{vm}.ConfidentialVM.Azure.windows.net");
        assert_eq!(of_cloud(&case, at, Profile::azure_vm(&name)), Ok(()));
        let other = Profile::azure_vm("ffffffffffff.ConfidentialVM.Azure.windows.net");
        let (_, problem) = refused(of_cloud(&case, at, other));
        assert!(
            matches!(problem, CertificateProblem::Vm { .. }),
            "{problem}"
        );
        assert!(of_cloud(&case, at, Profile::tcg()).is_err());
    }
}
