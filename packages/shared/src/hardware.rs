//! [`Hardware`]: a processor that has to vouch for the key.

use alloc::{format, string::String, vec::Vec};
use core::time::Duration;

use tpm_quote::{
    CertificateChain, Error,
    evidence::HardwareEvidence,
    verify::{HardwarePolicy, SnpTcb, VerifiedHardware, X509Certificate},
};

use crate::certificates::ders;

/// The caller's settings for the processor, not yet checked.
pub struct HardwareSettings {
    /// The certificates of AMD: ASK and ARK.
    pub roots: Vec<u8>,
    pub measurements: Vec<Vec<u8>>,
    pub id_keys: Vec<Vec<u8>>,
    /// As `4.0.24.219`.
    pub tcb: Option<String>,
    /// Since 1970.
    pub at: Duration,
}

/// What a processor needs to vouch for the key: AMD's roots, and what it may have launched.
pub struct Hardware {
    roots: Vec<Vec<u8>>,
    intermediates: Vec<Vec<u8>>,
    measurements: Vec<[u8; 48]>,
    id_keys: Vec<[u8; 48]>,
    tcb: Option<SnpTcb>,
    at: Duration,
}

impl HardwareSettings {
    /// Reads the settings.
    ///
    /// # Errors
    /// The name of the setting that makes no sense, and why.
    pub fn read(self) -> Result<Hardware, (&'static str, String)> {
        let in_roots = |problem| ("hardware_root", problem);
        let (mut roots, mut intermediates) = (Vec::new(), Vec::new());
        let all = ders(&self.roots).map_err(|error| in_roots(explained(&error)))?;
        for der in all {
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
        if roots.is_empty() {
            return Err(in_roots(
                "lacks the certificate of AMD's root key (ARK), which is issued by itself".into(),
            ));
        }
        let hardware = Hardware {
            roots,
            intermediates,
            measurements: digests("hardware_measurement", &self.measurements)?,
            id_keys: digests("hardware_id_key", &self.id_keys)?,
            tcb: self.tcb.map(|text| tcb(&text)).transpose()?,
            at: self.at,
        };
        // What is wrong with the values is said before any evidence is read.
        match hardware.policy() {
            Ok(_) => Ok(hardware),
            Err(error) => Err(("hardware_measurement", explained(&error))),
        }
    }
}

impl Hardware {
    /// Requires at least this firmware of the processor, if it is given.
    pub(crate) fn minimum_tcb(self, tcb: Option<SnpTcb>) -> Self {
        Self { tcb, ..self }
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
}

fn explained(error: &Error) -> String {
    format!("{error}. {}", error.help())
}

fn digests(
    setting: &'static str,
    given: &[Vec<u8>],
) -> Result<Vec<[u8; 48]>, (&'static str, String)> {
    let digest = |bytes: &Vec<u8>| {
        let len = bytes.len();
        let digest = bytes.as_slice().try_into();
        digest.map_err(|_| (setting, format!("{len} bytes, expected 48 (SHA-384)")))
    };
    given.iter().map(digest).collect()
}

fn tcb(text: &str) -> Result<SnpTcb, (&'static str, String)> {
    let expected = "expected four numbers up to 255, as 4.0.24.219";
    SnpTcb::parse(text).ok_or_else(|| ("hardware_tcb", expected.into()))
}
