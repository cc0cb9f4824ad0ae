//! Certificates: what is read of them, which is this crate's, and the paths between them,
//! which another crate builds.

use core::{hint::black_box, time::Duration};

use tpm_quote::{
    AkCertificate, AttestationKey, CertificateChain, CertificateError, Tpm2bPublic, Unmarshal,
    crypto::Compact,
    evidence::read_certificate_pem,
    verify::{EkCertificate, EkTemplate, KeyRules, X509Certificate, certificate::Oid},
};

use crate::{Input, Text};

fn show_error(text: &mut Text<'_>, error: &CertificateError) {
    text.show(error);
    text.show(&error.help());
    text.show(&error.check());
    black_box(error.verdict());
}

/// A certificate as it is read.
#[unsafe(no_mangle)]
pub extern "C" fn certificates(input: &Input) {
    let mut text = Text::new(input.out());
    let mut room = [0; 4096];
    match read_certificate_pem(black_box(input.bytes()), &mut room) {
        Ok((der, behind)) => {
            black_box((der, behind));
        }
        Err(error) => {
            text.show(&error);
            text.show(&error.help());
            text.show(&error.check());
            black_box((error.verdict(), error.offset(), error.problem()));
        }
    }
    match X509Certificate::from_der(black_box(input.bytes())) {
        Ok(certificate) => {
            text.show(certificate.issuer());
            text.show(certificate.subject());
            for purpose in certificate.purposes() {
                text.show(&purpose);
                black_box(purpose == Oid::EK_CERTIFICATE);
            }
            match certificate.identity() {
                Ok(identity) => {
                    black_box((identity, identity.maker()));
                }
                Err(problem) => show_error(&mut text, &CertificateError::AltName(problem)),
            }
            black_box(certificate.specification()).ok();
        }
        Err(error) => text.show(&error),
    }
    let (at, not_after) = black_box((0, u64::from(input.number)));
    show_error(&mut text, &CertificateError::Expired { at, not_after });
    if let Ok(public) = Tpm2bPublic::from_bytes(black_box(input.part(2)))
        && let Some(template) = EkTemplate::of(public.value())
    {
        text.show(&template);
    }
}

/// Paths, and the keys at their ends. No root of the proof.
#[unsafe(no_mangle)]
pub extern "C" fn paths(input: &Input) {
    let mut text = Text::new(input.out());
    let intermediates = [input.part(1), input.part(2)];
    let intermediates = intermediates.get(..black_box(2)).unwrap_or_default();
    let mut chain = CertificateChain::new(black_box(input.bytes())).intermediates(intermediates);
    if black_box(false) {
        chain = chain.strip_padding();
    }
    let roots = [input.part(3), input.part(4)];
    let roots = roots.get(..black_box(2)).unwrap_or_default();
    let at = Duration::from_secs(input.number.into());
    let Ok(public) = Tpm2bPublic::from_bytes(black_box(input.part(5))) else {
        return;
    };
    match AkCertificate::verify_with(&chain, roots, at, &Compact) {
        Ok(certificate) => {
            text.show(certificate.issuer());
            black_box(certificate.identity());
            let rules = KeyRules::new();
            match AttestationKey::from_certificate_with(&public, &certificate, rules, &Compact) {
                Ok(key) => text.show(&key.trust()),
                Err(error) => show_error(&mut text, &error),
            }
        }
        Err(error) => show_error(&mut text, &error),
    }
    if let Ok(certificate) = EkCertificate::verify_with(&chain, roots, at, &Compact) {
        text.show(certificate.issuer());
    }
}
