//! Paths of NIST's Public Key Interoperability Test Suite (PKITS 1.0.1).
//!
//! The name of each end entity's file says whether its path is valid. All the authorities are
//! given at once, as a bundle, and the test suite's trust anchor as the root. An end entity
//! is for no key of a TPM: its path is valid if the first thing that is wrong with it is its
//! purpose, which is judged behind the path.

use super::*;

/// 2020-01-01: all certificates but the expired ones are in force.
const THEN: Duration = Duration::from_secs(1_577_836_800);

/// What is not supported, by a part of the names of tests, and the problem that says so. A
/// path of these may be refused although it is valid.
const UNSUPPORTED: [(&str, &str); 11] = [
    ("DSA", "certificate-signature-unsupported"),
    (
        "RFC822nameConstraints",
        "certificate-name-constraints-unsupported",
    ),
    (
        "DNSnameConstraints",
        "certificate-name-constraints-unsupported",
    ),
    (
        "URInameConstraints",
        "certificate-name-constraints-unsupported",
    ),
    ("PolicyMapping", "certificate-policy"),
    ("inhibitAnyPolicy", "certificate-policy"),
    ("requireExplicitPolicy", "certificate-policy"),
    // The end entity is an authority, and no key of a TPM is one.
    ("pathLenConstraintTest8", "certificate-is-ca"),
    ("pathLenConstraintTest14", "certificate-is-ca"),
    ("Mappingfrom", "certificate-policy"),
    ("MappingTo", "certificate-policy"),
];

/// What is wrong with the other paths, by a part of the names of tests: what the suite's
/// document says of the test, as a problem of ours.
const WRONG: [(&str, &[&str]); 13] = [
    ("ASignature", &["certificate-signature"]),
    ("EESignature", &["certificate-signature"]),
    ("notAfterDate", &["certificate-expired"]),
    ("notBeforeDate", &["certificate-not-yet-valid"]),
    ("NameChaining", &["certificate-unknown-issuer"]),
    ("issingbasicConstraints", &["certificate-issuer-no-ca"]),
    ("cAFalse", &["certificate-issuer-no-ca"]),
    ("keyCertSignFalse", &["certificate-issuer-no-ca"]),
    // The end entities of some are authorities.
    (
        "pathLenConstraint",
        &["certificate-path-length", "certificate-is-ca"],
    ),
    (
        "inhibitAnyPolicy",
        &["certificate-policy", "certificate-is-ca"],
    ),
    ("UnknownCritical", &["certificate-critical-extension"]),
    ("DNnameConstraints", &["certificate-name-constraints"]),
    ("olicy", &["certificate-policy"]),
];

struct Suite {
    authorities: Vec<Vec<u8>>,
    root: Vec<u8>,
    end_entities: Vec<(String, Vec<u8>)>,
}

fn suite() -> Suite {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pkits");
    let mut suite = Suite {
        authorities: Vec::new(),
        root: Vec::new(),
        end_entities: Vec::new(),
    };
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let der = match file.extension() {
            Some(extension) if extension == "crt" => fs::read(&file).unwrap(),
            _ => continue,
        };
        match name.strip_suffix("EE") {
            Some(name) => suite.end_entities.push((name.to_owned(), der)),
            None if name == "TrustAnchorRootCertificate" => suite.root = der,
            None => suite.authorities.push(der),
        }
    }
    suite
}

#[test]
fn pkits_paths_have_the_verdicts_that_nist_gives_them() {
    let suite = suite();
    let authorities: Vec<&[u8]> = suite.authorities.iter().map(Vec::as_slice).collect();
    let [mut valid, mut invalid, mut unsupported] = [0; 3];
    for (name, der) in &suite.end_entities {
        let chain = CertificateChain::new(der).intermediates(&authorities);
        let error = AkCertificate::verify(&chain, &[&suite.root], THEN).unwrap_err();
        let problem = error.problem_name();
        let has_path = problem == "certificate-purpose";
        if name.starts_with("Invalid") {
            let unsupported = UNSUPPORTED.iter().filter(|(part, _)| name.contains(part));
            let unsupported = unsupported.map(|(_, problem)| *problem);
            let wrong = WRONG.iter().filter(|(part, _)| name.contains(part));
            let mut expected = wrong
                .flat_map(|(_, problems)| *problems)
                .copied()
                .chain(unsupported);
            assert!(
                expected.any(|expected| problem == expected),
                "{name}: {error}"
            );
            invalid += 1;
        } else if has_path {
            assert!(name.starts_with("Valid"), "{name}");
            valid += 1;
        } else {
            let reason = UNSUPPORTED.iter().find(|(part, _)| name.contains(part));
            let (_, expected) = reason.unwrap_or_else(|| panic!("{name}: {error}"));
            assert_eq!(problem, *expected, "{name}: {error}");
            unsupported += 1;
        }
    }
    println!("PKITS: {valid} valid, {invalid} invalid, {unsupported} valid but not supported");
    assert_eq!((valid, invalid, unsupported), (31, 68, 31));
}
