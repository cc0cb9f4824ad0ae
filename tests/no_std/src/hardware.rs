//! Reports of processors, and the keys that they vouch for.

use core::{hint::black_box, time::Duration};

use tpm_quote::{
    CertificateChain, Verifier,
    crypto::Compact,
    evidence::read_hcl_report,
    verify::{HardwarePolicy, SnpReport, SnpTcb},
};

use crate::{Input, Text, show_error};

#[unsafe(no_mangle)]
pub extern "C" fn hardware(input: &Input) {
    let mut text = Text::new(input.out());
    let mut room = [0; 4096];
    let report = match read_hcl_report(black_box(input.bytes()), &mut room) {
        Ok(report) => report,
        Err(error) => return show_error(&mut text, &error),
    };
    black_box((report.processor(), report.claims(), report.key()));
    black_box((report.processor_report(), report.report_data()));
    let (one, other) = (
        report.snp_report(),
        SnpReport::from_bytes(black_box(input.part(1))),
    );
    let report_of_snp = match black_box(one).or(other) {
        Ok(report) => report,
        Err(error) => return show_error(&mut text, &error),
    };
    let versions = core::str::from_utf8(input.part(5)).unwrap_or_default();
    black_box(SnpTcb::parse(black_box(versions)));
    let digests = black_box([[1; 48]; 2]);
    let digests = digests.get(..black_box(2)).unwrap_or_default();
    let policy = HardwarePolicy::measurements(digests)
        .and_then(|policy| policy.and_id_keys(digests))
        .or_else(|_| HardwarePolicy::id_keys(digests)?.and_measurements(digests))
        .or_else(|_| HardwarePolicy::launched(digests, digests));
    let policy = match policy {
        Ok(policy) => policy.minimum_tcb(SnpTcb {
            boot_loader: black_box(1),
            tee: 2,
            snp: 3,
            microcode: 4,
        }),
        Err(error) => return show_error(&mut text, &error),
    };
    let intermediates = [input.part(2)];
    let intermediates = intermediates.get(..black_box(1)).unwrap_or_default();
    let chain = CertificateChain::new(black_box(input.part(3))).intermediates(intermediates);
    let roots = [input.part(4)];
    let roots = roots.get(..black_box(1)).unwrap_or_default();
    let at = Duration::from_secs(input.number.into());
    let verifier = Verifier::new().crypto(&Compact);
    match verifier.hardware(&report_of_snp, &chain, roots, at, &policy) {
        Ok(hardware) => {
            black_box((hardware.measurement(), hardware.id_key(), hardware.chip()));
            black_box((hardware.tcb(), hardware.report_data()));
            match verifier.bound_to_hardware(&report, &hardware) {
                Ok(key) => text.show(&key.trust()),
                Err(error) => show_error(&mut text, &error),
            }
        }
        Err(error) => show_error(&mut text, &error),
    }
}
