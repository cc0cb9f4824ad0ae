//! Boots in appraisals and reports, and policy files.

use core::hint::black_box;

use tpm_quote::{
    Evidence, Nonce, QuotePolicy, Verifier,
    evidence::{PolicyFile, PolicyValue, TrustAnchor, TrustFile, TrustProfile, read_time},
    log::{BootPolicy, EventLog, Logs},
    report::Report,
};

use crate::{
    Input, Text,
    attestations::{signature, value},
    keys::key,
    show_error,
};

#[unsafe(no_mangle)]
pub extern "C" fn boot_report(input: &Input) {
    let mut text = Text::new(input.out());
    let Some(Ok(key)) = key(input) else {
        return;
    };
    let values = [value(input, 3), value(input, 4)];
    let evidence = Evidence {
        attest: input.part(6),
        signature: signature(input),
        pcrs: &values,
    };
    let policy = QuotePolicy::dangerous_any_pcrs(Nonce::dangerous_any());
    let appraisal = Verifier::new().appraise_quote(key, &evidence, &policy);
    let logs = EventLog::parse(black_box(input.part(10)));
    let logs = logs.map(|log| Some(Logs::new().firmware(log)));
    let rules = BootPolicy::new().require_secure_boot();
    let rules = Some(&rules).filter(|_| black_box(input.number) != 0);
    let (appraisal, replay) = appraisal.replay(logs, rules);
    let report = Report::new(&appraisal).boot(replay.as_ref());
    black_box(report.write_json(&mut text)).ok();
    black_box(report.write_text(&mut text)).ok();
}

#[unsafe(no_mangle)]
pub extern "C" fn policy_file(input: &Input) {
    let mut text = Text::new(input.out());
    match PolicyFile::parse(input.bytes()) {
        Ok(file) => file.for_each(&mut |setting| {
            black_box((setting.group, setting.key, setting.offset));
            match black_box(setting.value) {
                PolicyValue::Text(value) | PolicyValue::File(value) => text.show(&value),
                PolicyValue::Number(number) => text.show(&number),
                _ => {}
            }
        }),
        Err(error) => show_error(&mut text, &error),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn trust_file(input: &Input) {
    let mut text = Text::new(input.out());
    black_box(core::str::from_utf8(input.bytes()).map(read_time).ok());
    let file = match TrustFile::parse(input.bytes()) {
        Ok(file) => file,
        Err(error) => return show_error(&mut text, &error),
    };
    for line in file.lines() {
        black_box((
            line.number,
            line.offset,
            line.valid_after,
            line.valid_before,
        ));
        text.show(&line.name);
        text.show(&line.anchor.kind());
        match black_box(line.anchor) {
            TrustAnchor::AkName(name) => text.show(&name),
            TrustAnchor::AkKey(file) | TrustAnchor::CertifiedBy(file) => {
                text.show(&file);
                black_box((file.plain(), file.offset()));
            }
            TrustAnchor::AkCa { file, profile, .. } => {
                text.show(&file);
                match black_box(profile) {
                    TrustProfile::Azure { vm: Some(name) }
                    | TrustProfile::Google {
                        project: Some(name),
                        ..
                    } => text.show(&name),
                    _ => {}
                }
            }
            TrustAnchor::HardwareRoot {
                measurements, tcb, ..
            } => {
                black_box(measurements.is_empty());
                for digest in measurements.iter() {
                    black_box(digest);
                }
                if let Some(tcb) = tcb {
                    text.show(&tcb);
                }
            }
            _ => {}
        }
    }
}
