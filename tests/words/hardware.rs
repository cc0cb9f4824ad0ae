//! Processors that do not vouch for the key of a virtual TPM.

use tpm_quote::{
    Check,
    verify::{
        SnpTcb,
        error::{HardwareProblem, KeyProblem},
    },
};

use crate::row::{Row, rejected, say, unsupported};

#[test]
fn processors_say_what_is_wrong() {
    say(&rows());
}

pub fn rows() -> Vec<Row> {
    [reports(), guests()].into_iter().flatten().collect()
}

fn fails(problem: HardwareProblem, name: &'static str, text: &str, help: &'static str) -> Row {
    rejected(Check::KeyAnchor, problem, name, text, help)
}

fn other(problem: HardwareProblem, name: &'static str, text: &str, help: &'static str) -> Row {
    unsupported(Check::KeyAnchor, problem, name, text, help)
}

const CHANGED: &str =
    "The report was changed, or put together from several machines: do not trust the key.";
const CERTIFICATE: &str = "Give the certificate that AMD issued for this chip with this firmware, as the report names them.";
const LAUNCHED: &str = "Any guest gets a report of its processor: take the value of the firmware that you expect from its maker, not from this report.";
const MODELS: &str =
    "Reports of versions 2 and 3 are supported, by Milan and Genoa, signed with ECDSA on P-384.";

fn reports() -> Vec<Row> {
    use HardwareProblem::*;
    vec![
        other(
            HclUnsupported("its version"),
            "hcl-unsupported",
            "the report of Azure's host compatibility layer is not supported: its version",
            "This version does not support such a report; a newer one may.",
        ),
        fails(
            Claims,
            "hcl-claims",
            "the processor's report has the digest of other claims than these, in which the key is",
            CHANGED,
        ),
        other(
            Tdx,
            "hardware-tdx",
            "the report is one of Intel TDX, which is not signed: it vouches for no key",
            "Verify the quote of the TD elsewhere, and give the key that it vouches for with -u.",
        ),
        fails(
            NoCertificate,
            "snp-no-certificate",
            "the evidence has no certificate of the processor's key",
            "Have the machine send the certificate of its chip's key (vcek) with the evidence.",
        ),
        other(
            Version { found: 6 },
            "snp-version",
            "the processor's report has version 6, expected 2 or 3",
            MODELS,
        ),
        other(
            Unsupported("the signing key"),
            "snp-unsupported",
            "the processor's report is not supported: the signing key",
            MODELS,
        ),
        other(
            Vlek,
            "snp-vlek",
            "the processor's report is signed by a key of the cloud (VLEK), not of the chip",
            "Ask for a report that is signed by the key of the chip (VCEK).",
        ),
        fails(
            VcekLacks("the id of the chip"),
            "snp-certificate",
            "the certificate of the chip's key lacks the id of the chip",
            CERTIFICATE,
        ),
        fails(
            Chip,
            "snp-chip",
            "the certificate is for the key of another chip",
            CERTIFICATE,
        ),
        fails(
            Tcb("the version of SNP"),
            "snp-tcb",
            "the certificate is for other firmware of the processor: the version of SNP differs",
            CERTIFICATE,
        ),
        other(
            Key(KeyProblem::RsaBits(768)),
            "snp-key",
            "the key of the chip: the key has 768 bits, expected 2048, 3072 or 4096",
            MODELS,
        ),
        fails(
            Signature,
            "snp-signature",
            "the signature of the processor's report does not match",
            CHANGED,
        ),
    ]
}

fn guests() -> Vec<Row> {
    use HardwareProblem::*;
    let tcb = |boot_loader| SnpTcb {
        boot_loader,
        tee: 0,
        snp: 24,
        microcode: 219,
    };
    vec![
        fails(
            Debug,
            "snp-debug",
            "the guest may be debugged",
            "Whoever runs the machine can read and change the memory of this guest: do not trust the key.",
        ),
        fails(
            Vmpl { found: 2 },
            "snp-vmpl",
            "the processor's report is one of level (VMPL) 2, expected 0",
            "A less privileged part of the guest asked for this report: only that of level 0 counts.",
        ),
        fails(
            TcbTooOld {
                minimum: tcb(4),
                found: tcb(3),
            },
            "snp-tcb-too-old",
            "the firmware of the processor is 3.0.24.219, expected 4.0.24.219 or newer",
            "Have the firmware of the processor updated, or accept older versions.",
        ),
        fails(
            Measurement { found: [0x6a; 48] },
            "snp-measurement",
            &format!("the launch measurement {} is not expected", "6a".repeat(48)),
            LAUNCHED,
        ),
        fails(
            IdKey { found: [0; 48] },
            "snp-id-key",
            &format!(
                "the digest {} of the key that signed the launch is not expected",
                "00".repeat(48)
            ),
            LAUNCHED,
        ),
    ]
}
