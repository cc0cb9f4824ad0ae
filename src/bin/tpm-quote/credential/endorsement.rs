//! Endorsement keys: their public areas and their certificates.

use tpm_quote::{
    Error, Name, Tpm2bPublic,
    evidence::{Key, read_key},
    verify::{EkCertificate, EkTemplate},
};

use crate::{
    certificate::Certificates,
    input::Input,
    options::public_area,
    output::{saw, say},
};

/// Returns the public area of an endorsement key. If the file has only the key's numbers, they
/// are completed in `room` by the TCG's default template for such keys, and a note says so.
pub(super) fn area<'a>(
    input: &'a Input,
    decoded: &'a mut Vec<u8>,
    room: &'a mut [u8; 700],
) -> Result<Tpm2bPublic<'a>, String> {
    let file = &input.name;
    let refused = |error: Error| format!("{file}: {error}\nhelp: {}", error.help());
    decoded.resize(input.bytes.len(), 0);
    let plain = match read_key(&input.bytes, decoded) {
        Ok((form, Key::Plain(plain))) => {
            saw(format!("{file}: public key: {form}"));
            plain
        }
        // What is wrong with it, where there is a public area.
        _ => return public_area(input).map_err(String::from),
    };
    let Some(template) = EkTemplate::default_of(&plain) else {
        return Err(format!(
            "{file}: no template of endorsement keys has this kind of key\nhelp: Give the public area (TPM2B_PUBLIC, TPMT_PUBLIC)."
        ));
    };
    let public = template.complete(&plain, room).map_err(refused)?;
    let name = Name::of_public(&public).unwrap_or(Name::EMPTY);
    say(&format!(
        "note: {file} has the numbers of the key alone: taken for an endorsement key by the template {template} of the TCG, which has the name {name}"
    ));
    Ok(public)
}

/// Verifies the certificate of an endorsement key.
pub(super) fn verified<'c>(
    certificates: &'c Certificates,
    intermediates: &'c [&'c [u8]],
) -> Result<EkCertificate<'c>, Error> {
    let chain = certificates.chain(intermediates);
    EkCertificate::verify(&chain, &certificates.roots, certificates.at)
}

/// Which TPM the certificate of an endorsement key is for, on one line.
pub(super) fn line(certificate: &EkCertificate<'_>) -> String {
    let (identity, issuer) = (certificate.identity(), certificate.issuer());
    let maker = identity.maker().unwrap_or(identity.manufacturer);
    let (model, version) = (identity.model, identity.version);
    // Whatever is in them, they are shown on one line.
    let [model, version] = [model, version].map(|text| text.escape_debug().to_string());
    format!("{maker} {model}, version {version}, says {issuer}")
}
