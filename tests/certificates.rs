//! Certificates of attestation keys and of endorsement keys: which are accepted, and by
//! which verdict the others are refused.

#![cfg(all(
    feature = "certificate",
    feature = "credential",
    feature = "rsa",
    feature = "ecdsa",
    feature = "response"
))]

mod common;
#[path = "certificates/endorsement.rs"]
mod endorsement;
#[path = "certificates/habits.rs"]
mod habits;
#[path = "certificates/paths.rs"]
mod paths;
#[path = "certificates/pkits.rs"]
mod pkits;
#[path = "certificates/profiles.rs"]
mod profiles;
#[path = "certificates/read.rs"]
mod read;
#[path = "certificates/real.rs"]
mod real;
#[path = "certificates/rows.rs"]
mod rows;
#[path = "certificates/webauthn.rs"]
mod webauthn;
#[path = "certificates/words.rs"]
mod words;

use std::{fs, time::Duration};

use tpm_quote::{
    AkCertificate, CertificateChain, Check, Error, Problem, Verdict,
    verify::{EkCertificate, Part, error::CertificateProblem},
};

/// 2030-01-01.
const AT: Duration = Duration::from_secs(1_893_456_000);
/// When the certificates begin to be valid and cease to be, by `date -u`: 2026 and 2036.
const NOT_BEFORE: u64 = 1_767_225_600;
const NOT_AFTER: u64 = 2_082_758_400;

fn data(path: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn der(name: &str) -> Vec<u8> {
    data(&format!("certificates/{name}.der"))
}

/// The verdict on a certificate of an attestation key: maker, model and version.
fn ak(name: &str, intermediates: &[&str], root: &str, at: Duration) -> Result<[String; 3], Error> {
    judge_ak(&der(name), intermediates, &[der(root)], at)
}

fn judge_ak(
    certificate: &[u8],
    intermediates: &[&str],
    roots: &[Vec<u8>],
    at: Duration,
) -> Result<[String; 3], Error> {
    let intermediates: Vec<Vec<u8>> = intermediates.iter().map(|name| der(name)).collect();
    let intermediates: Vec<&[u8]> = intermediates.iter().map(Vec::as_slice).collect();
    let chain = CertificateChain::new(certificate).intermediates(&intermediates);
    let certificate = AkCertificate::verify(&chain, roots, at)?;
    let identity = certificate.identity();
    Ok([identity.manufacturer, identity.model, identity.version].map(str::to_owned))
}

fn ek(certificate: &[u8], root: &[u8], at: Duration) -> Result<(), Error> {
    EkCertificate::verify(&CertificateChain::new(certificate), &[root], at).map(|_| ())
}

/// Why the certificates are refused, and which of them the error is about.
#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>) -> (Part, CertificateProblem) {
    let error = outcome.unwrap_err();
    match *error.problem() {
        Problem::Certificate(problem) => (error.part(), problem),
        other => panic!("{other:?}"),
    }
}

/// The certificate of the key is refused, and nothing else is.
const fn in_certificate(problem: CertificateProblem) -> (Part, CertificateProblem) {
    (Part::Certificate, problem)
}

/// The error has this check, this verdict and this text.
#[track_caller]
fn says(error: Error, check: Check, verdict: Verdict, text: &str) {
    assert_eq!((error.check(), error.verdict()), (check, verdict));
    assert_eq!(error.to_string(), text);
    assert!(error.help().ends_with('.'), "{}", error.help());
}
