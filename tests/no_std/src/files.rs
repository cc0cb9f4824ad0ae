//! Files of tpm2-tools and keylime, public keys, and the JSON of other projects.

use core::hint::black_box;

use tpm_quote::{
    Marshal, PcrSet,
    evidence::{
        FileKind, KeylimeQuote, PcrFile, Project, parse_hash, parse_selection, read_azure_vtpm,
        read_confidential_containers, read_go_attestation, read_jwk, read_key, read_pem,
        read_project, read_rsa_public_key, read_spki, write_pem, write_spki,
    },
    verify::Part,
};

use crate::{Input, Text, keys::scheme, show_error};

/// The files of tpm2-tools.
#[unsafe(no_mangle)]
pub extern "C" fn tools(input: &Input) {
    let mut text = Text::new(input.out());
    let selection = match parse_selection(input.text()) {
        Ok(set) => black_box(set),
        Err(error) => return show_error(&mut text, &error),
    };
    black_box(parse_hash(input.text()));
    if let Some(seen) = FileKind::of(black_box(input.part(0))) {
        black_box((
            seen.is_no_message(),
            seen.is_no_signature(),
            seen.is_no_pcr_file(),
        ));
        show_error(&mut text, &seen.instead_of("a TPMS_ATTEST", Part::Attest));
    }
    for file in [
        PcrFile::serialized(black_box(input.part(1))),
        PcrFile::marshaled(black_box(input.part(2))),
        PcrFile::values(black_box(input.part(3)), &selection),
    ] {
        match black_box(file) {
            Ok(file) => {
                text.show(&file.format());
                text.show(&file.selection());
                black_box((file.count(), file.bank_count()));
                for value in file.iter() {
                    black_box(value);
                }
                let mut room = [PcrFile::NO_VALUE; 24];
                black_box(file.values_in(&mut room));
            }
            Err(error) => show_error(&mut text, &error),
        }
    }
    let scheme = scheme(input);
    black_box(scheme.ecdsa_signature(input.part(4), input.part(6))).ok();
    match scheme.plain_signature(black_box(input.part(4))) {
        Ok(signature) => {
            let mut room = [0; 518];
            black_box(signature.marshal_into(&mut room)).ok();
        }
        Err(error) => show_error(&mut text, &error),
    }
}

/// The same, as keylime puts them together.
#[unsafe(no_mangle)]
pub extern "C" fn keylime(input: &Input) {
    let mut text = Text::new(input.out());
    let mut room = [0; 4096];
    match KeylimeQuote::read(input.text(), &mut room) {
        Ok(quote) => {
            black_box((quote.attest, quote.signature, quote.pcrs.count()));
        }
        Err(error) => show_error(&mut text, &error),
    }
}

/// Keys without a public area.
#[unsafe(no_mangle)]
pub extern "C" fn spki(input: &Input) {
    let mut text = Text::new(input.out());
    let mut room = [0; 600];
    let der = match read_pem(black_box(input.bytes()), &mut room) {
        Ok(der) => der,
        Err(error) => {
            show_error(&mut text, &error);
            input.part(1)
        }
    };
    let plain = match read_spki(black_box(der)) {
        Ok(key) => key,
        Err(error) => return show_error(&mut text, &error),
    };
    let mut room = [0; 600];
    match write_spki(&plain, &mut room) {
        Ok(der) => {
            let mut room = [0; 900];
            match write_pem(black_box(der), &mut room) {
                Ok(pem) => text.show(&pem),
                Err(error) => show_error(&mut text, &error),
            }
        }
        Err(error) => show_error(&mut text, &error),
    }
}

/// Keys in any form.
#[unsafe(no_mangle)]
pub extern "C" fn key(input: &Input) {
    let mut text = Text::new(input.out());
    let mut room = [0; 4096];
    match read_key(black_box(input.bytes()), &mut room) {
        Ok((form, key)) => {
            text.show(&form);
            black_box(key);
        }
        Err(error) => show_error(&mut text, &error),
    }
    match read_rsa_public_key(black_box(input.part(1))) {
        Ok(key) => {
            black_box(key);
        }
        Err(error) => show_error(&mut text, &error),
    }
}

/// JSON Web Keys.
#[unsafe(no_mangle)]
pub extern "C" fn jwk(input: &Input) {
    let mut text = Text::new(input.out());
    let mut room = [0; 520];
    match read_jwk(black_box(input.bytes()), &mut room) {
        Ok(key) => {
            black_box(key);
        }
        Err(error) => show_error(&mut text, &error),
    }
}

/// The JSON of other projects.
#[unsafe(no_mangle)]
pub extern "C" fn projects(input: &Input) {
    let mut text = Text::new(input.out());
    let Ok(set) = PcrSet::parse(input.text()) else {
        return;
    };
    if let Ok(project) = Project::of(black_box(input.part(1))) {
        text.show(&project);
    }
    for read in [
        read_go_attestation,
        read_confidential_containers,
        read_azure_vtpm,
        read_project,
    ] {
        let mut room = [0; 4096];
        match black_box(read)(black_box(input.part(2)), &mut room) {
            Ok(evidence) => {
                text.show(&evidence.project());
                text.show(&evidence.selection());
                black_box(evidence.key());
                for quote in evidence.quotes() {
                    black_box(quote);
                }
                for value in evidence.values() {
                    black_box(value);
                }
                let mut room = [PcrFile::NO_VALUE; 24];
                black_box(evidence.values_in(&set, &mut room));
            }
            Err(error) => show_error(&mut text, &error),
        }
    }
}
