//! Processors that vouch for a key: the options, and what they come to.

use std::{
    ffi::{OsStr, OsString},
    time::Duration,
};

use clap::Args;
use tpm_quote::{
    CertificateChain, Error,
    evidence::HardwareEvidence,
    verify::{HardwarePolicy, Part, SnpTcb, VerifiedHardware, X509Certificate},
};

use crate::{
    certificate::{ders, now},
    input::{Input, unhex},
};

/// A processor that has to vouch for the key.
#[derive(Args)]
pub(crate) struct HardwareOptions {
    /// AMD's certificates ASK and ARK, in DER or PEM: the processor in Azure's evidence has to
    /// vouch for the key (SEV-SNP)
    ///
    /// They come from AMD, for the model of the processor. The certificate of the chip is in
    /// the evidence.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ak_name", "certified_by", "ak_cert"])]
    hardware_root: Option<OsString>,

    /// The launch measurement of the firmware in the VM, 48 bytes in hexadecimal; may be given
    /// several times
    ///
    /// Any guest gets a report of its processor over any key: this, or the key that signed
    /// the firmware (--hardware-id-key), is what tells Azure's firmware from others.
    #[arg(long, value_name = "HEX", requires = "hardware_root", value_parser = digest)]
    hardware_measurement: Vec<[u8; 48]>,

    /// The digest of the key that signed the firmware in the VM, 48 bytes in hexadecimal; may
    /// be given several times
    #[arg(long, value_name = "HEX", requires = "hardware_root", value_parser = digest)]
    hardware_id_key: Vec<[u8; 48]>,

    /// The oldest firmware of the processor that is accepted, as 4.0.24.219: boot loader, TEE,
    /// SNP, microcode
    #[arg(long, value_name = "VERSIONS", requires = "hardware_root", value_parser = tcb)]
    hardware_tcb: Option<SnpTcb>,
}

/// What the options name.
pub(crate) struct Hardware {
    name: String,
    roots: Vec<Vec<u8>>,
    intermediates: Vec<Vec<u8>>,
    measurements: Vec<[u8; 48]>,
    id_keys: Vec<[u8; 48]>,
    tcb: Option<SnpTcb>,
    at: Duration,
}

impl HardwareOptions {
    pub(crate) fn is_asked(&self) -> bool {
        self.hardware_root.is_some()
    }

    /// `at` is now if it is not given.
    pub(crate) fn read(&self, at: Option<Duration>) -> Result<Option<Hardware>, String> {
        let Some(file) = &self.hardware_root else {
            return Ok(None);
        };
        if self.hardware_measurement.is_empty() && self.hardware_id_key.is_empty() {
            return Err("--hardware-root needs --hardware-measurement or --hardware-id-key: any guest gets a report of its processor".to_owned());
        }
        let hardware = Hardware::read(
            file,
            self.hardware_measurement.clone(),
            self.hardware_id_key.clone(),
            at,
        )?;
        Ok(Some(Hardware {
            tcb: self.hardware_tcb,
            ..hardware
        }))
    }
}

impl Hardware {
    pub(crate) fn read(
        file: &OsStr,
        measurements: Vec<[u8; 48]>,
        id_keys: Vec<[u8; 48]>,
        at: Option<Duration>,
    ) -> Result<Self, String> {
        let input = Input::read_file(file)?;
        let (mut roots, mut intermediates) = (Vec::new(), Vec::new());
        for der in ders(&input)? {
            // That of the root is issued by itself; what cannot be read is told as a root.
            let is_root = X509Certificate::from_der(&der).map_or(true, |certificate| {
                certificate.issuer().as_bytes() == certificate.subject().as_bytes()
            });
            if is_root {
                roots.push(der);
            } else {
                intermediates.push(der);
            }
        }
        let name = input.name;
        if roots.is_empty() {
            return Err(format!(
                "{name}: lacks the certificate of AMD's root key (ARK), which is issued by itself"
            ));
        }
        let hardware = Self {
            name,
            roots,
            intermediates,
            measurements,
            id_keys,
            tcb: None,
            at: now(at)?,
        };
        // What is wrong with the values is said before any evidence is read.
        if let Err(error) = hardware.policy() {
            return Err(format!("{error}\nhelp: {}", error.help()));
        }
        Ok(hardware)
    }

    /// The same, with the oldest firmware that is accepted.
    pub(crate) fn minimum_tcb(self, tcb: Option<SnpTcb>) -> Self {
        Self { tcb, ..self }
    }

    /// The file of the roots.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn policy(&self) -> Result<HardwarePolicy<'_>, Error> {
        let policy = HardwarePolicy::launched(&self.measurements, &self.id_keys)?;
        Ok(policy.minimum_tcb(self.tcb.unwrap_or_default()))
    }

    /// Verifies what the processor says.
    pub(crate) fn verify<'a>(
        &self,
        evidence: &HardwareEvidence<'a>,
    ) -> Result<VerifiedHardware<'a>, Error> {
        let report = evidence.report().snp_report()?;
        let intermediates: Vec<&[u8]> = self.intermediates.iter().map(Vec::as_slice).collect();
        let chain = CertificateChain::new(evidence.vcek()?).intermediates(&intermediates);
        VerifiedHardware::verify(&report, &chain, &self.roots, self.at, &self.policy()?)
    }

    /// Whether an error about this part is about the file of the roots.
    pub(crate) fn has(part: Part) -> bool {
        matches!(part, Part::Intermediate(_) | Part::Root(_))
    }
}

pub(crate) fn digest(text: &str) -> Result<[u8; 48], String> {
    let bytes = unhex(text)?;
    let len = bytes.len();
    let digest = bytes.try_into();
    digest.map_err(|_| format!("{len} bytes, expected 48 (SHA-384)"))
}

fn tcb(text: &str) -> Result<SnpTcb, &'static str> {
    SnpTcb::parse(text).ok_or("expected four numbers up to 255, as 4.0.24.219")
}
