//! Certificates: what is read of them, which is this crate's, and the paths between them,
//! which another crate builds.

use core::{hint::black_box, time::Duration};

use tpm_quote::{
    CertificateChain, Name, Tpm2bPublic, TpmAlgId, Unmarshal, Verifier,
    crypto::Compact,
    evidence::{Key, read_certificate_pem, read_key},
    verify::{Anchor, EkTemplate, Profile, SigningScheme, X509Certificate, certificate::Oid},
};

use crate::{Input, Text, show_appraisal, show_error};

/// A certificate as it is read.
#[unsafe(no_mangle)]
pub extern "C" fn certificates(input: &Input) {
    let mut text = Text::new(input.out());
    let mut room = [0; 4096];
    match read_certificate_pem(black_box(input.bytes()), &mut room) {
        Ok((der, behind)) => {
            black_box((der, behind));
        }
        Err(error) => show_error(&mut text, &error),
    }
    match X509Certificate::from_der(black_box(input.bytes())) {
        Ok(certificate) => {
            for name in [certificate.issuer(), certificate.subject()] {
                text.show(name);
                black_box((name.is_empty(), name.as_bytes()));
            }
            for purpose in certificate.purposes() {
                text.show(&purpose);
                black_box((purpose == Oid::EK_CERTIFICATE, purpose.as_bytes()));
            }
            match certificate.identity() {
                Ok(identity) => {
                    black_box((identity, identity.maker()));
                }
                Err(error) => show_error(&mut text, &error),
            }
            black_box(certificate.specification()).ok();
            black_box(certificate.extension(Oid::from_bytes(input.part(1))));
            if let Err(error) = black_box(certificate.plain_key()) {
                show_error(&mut text, &error);
            }
        }
        Err(error) => text.show(&error),
    }
    if let Ok(public) = Tpm2bPublic::from_bytes(black_box(input.part(2)))
        && let Some(template) = EkTemplate::of(public.value())
    {
        text.show(&template);
    }
    // Numbers alone, completed by the default template.
    let mut decoded = [0; 1024];
    if let Ok((_, key)) = read_key(black_box(input.part(3)), &mut decoded) {
        if let Err(error) = black_box(key).public_area() {
            show_error(&mut text, &error);
        }
        if let Key::Plain(plain) = key
            && let Some(template) = EkTemplate::default_of(&plain)
        {
            let mut room = [0; 700];
            match template.complete(&plain, &mut room) {
                Ok(public) => {
                    black_box(public);
                }
                Err(error) => show_error(&mut text, &error),
            }
        }
    }
}

/// Paths, and the keys at their ends.
#[unsafe(no_mangle)]
pub extern "C" fn paths(input: &Input) {
    let mut text = Text::new(input.out());
    let intermediates = [input.part(1), input.part(2)];
    let intermediates = intermediates.get(..black_box(2)).unwrap_or_default();
    let mut chain = CertificateChain::new(black_box(input.bytes())).intermediates(intermediates);
    if black_box(false) {
        chain = chain.strip_padding().dangerous_allow_sha1_signatures();
    }
    let names = [Name::EMPTY];
    for profile in [
        Profile::tcg(),
        Profile::azure_vm("vm"),
        Profile::azure_names(&names),
        Profile::google_project("project"),
        Profile::google_instance(1),
        Profile::google("project", 1),
        Profile::dangerous_any_purpose(),
    ] {
        if black_box(false) {
            chain = chain.profile(profile);
        }
    }
    let roots = [input.part(3), input.part(4)];
    let roots = roots.get(..black_box(2)).unwrap_or_default();
    let at = Duration::from_secs(input.number.into());
    let Ok(public) = Tpm2bPublic::from_bytes(black_box(input.part(5))) else {
        return;
    };
    let verifier = Verifier::new().crypto(&Compact);
    match verifier.ak_certificate(&chain, roots, at) {
        Ok(certificate) => {
            text.show(certificate.issuer());
            black_box((certificate.identity(), certificate.holder()));
            black_box((certificate.profile().name(), certificate.is_by_sha1()));
            match verifier.from_certificate(&public, &certificate) {
                Ok(key) => text.show(&key.trust()),
                Err(error) => show_error(&mut text, &error),
            }
            let scheme = SigningScheme::ecdsa(TpmAlgId(black_box(input.number as u16)));
            match verifier.of_certificate(&certificate, scheme) {
                Ok(key) => text.show(&key.trust()),
                Err(error) => show_error(&mut text, &error),
            }
            let named = black_box(Some(*certificate.plain_key()));
            let key = verifier.appraise_certificate_key(&certificate, scheme, named.as_ref());
            show_appraisal(&mut text, &key);
            let anchor = Anchor::new().certificate(&certificate);
            show_appraisal(&mut text, &verifier.appraise_key(&public, &anchor));
        }
        Err(error) => show_error(&mut text, &error),
    }
    match verifier.ek_certificate(&chain, roots, at) {
        Ok(certificate) => {
            text.show(certificate.issuer());
            black_box((certificate.identity(), certificate.is_by_sha1()));
        }
        Err(error) => show_error(&mut text, &error),
    }
}
