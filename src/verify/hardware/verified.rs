//! [`VerifiedHardware`]: the report of a processor that was verified.

use core::time::Duration;

use super::{policy::HardwarePolicy, snp::SnpReport};
use crate::{
    crypto::{Signature, SignatureError},
    types::TpmAlgId,
    verify::{
        attestation_key::PlainKey,
        certificate::{CertificateChain, Oid, X509Certificate},
        error::{Error, HardwareProblem, Part},
        tcb::SnpTcb,
        verifier::Verifier,
    },
    wire::{Reader, der::unsigned},
};

/// The report of an AMD processor, which is signed by a key of its chip, and says of the guest
/// what the policy requires. Only a verification makes one:
///
/// ```compile_fail,E0451
/// use tpm_quote::verify::VerifiedHardware;
/// fn believe(report: tpm_quote::verify::SnpReport<'_>) -> VerifiedHardware<'_> {
///     VerifiedHardware { report }
/// }
/// ```
///
/// ```compile_fail,E0061
/// use tpm_quote::{CertificateChain, verify::{SnpReport, VerifiedHardware}};
/// # use core::time::Duration;
/// # fn with<'a>(report: &SnpReport<'a>, vcek: &CertificateChain<'a>, ark: &[&[u8]], at: Duration) -> Result<VerifiedHardware<'a>, tpm_quote::Error> {
/// VerifiedHardware::verify(report, vcek, ark, at) // the policy is missing
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct VerifiedHardware<'a> {
    report: SnpReport<'a>,
}

impl<'a> VerifiedHardware<'a> {
    /// Verifies the report of a processor: `chain` is the certificate of the chip's key (VCEK)
    /// with that of AMD's signing key (ASK) as its intermediate, and `roots` are AMD's root
    /// keys (ARK) that you trust, at the time `at` since 1970, UTC.
    ///
    /// # Errors
    /// No path leads to a root, the certificate is that of another chip or of other firmware,
    /// the signature does not match, the guest may be debugged, the report is not one of the
    /// most privileged level, or what was launched is not what the policy requires.
    pub fn verify(
        report: &SnpReport<'a>,
        chain: &CertificateChain<'_>,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
        policy: &HardwarePolicy<'_>,
    ) -> Result<Self, Error> {
        Verifier::new().hardware(report, chain, roots, at, policy)
    }

    /// Returns the measurement of what was launched.
    #[must_use]
    pub const fn measurement(&self) -> &'a [u8; 48] {
        self.report.measurement
    }

    /// Returns the digest of the key that signed what was launched; zeros, if none did.
    #[must_use]
    pub const fn id_key(&self) -> &'a [u8; 48] {
        self.report.id_key
    }

    /// Returns the id of the chip.
    #[must_use]
    pub const fn chip(&self) -> &'a [u8; 64] {
        self.report.chip
    }

    /// Returns the versions of the processor's firmware.
    #[must_use]
    pub const fn tcb(&self) -> SnpTcb {
        self.report.tcb
    }

    /// Returns the data that the guest gave.
    #[must_use]
    pub const fn report_data(&self) -> &'a [u8; 64] {
        self.report.data
    }
}

impl Verifier<'_> {
    /// Verifies an SEV-SNP report with these settings, as [`VerifiedHardware::verify`] does.
    ///
    /// # Errors
    /// Same errors as [`VerifiedHardware::verify`].
    pub fn hardware<'a>(
        &self,
        report: &SnpReport<'a>,
        chain: &CertificateChain<'_>,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
        policy: &HardwarePolicy<'_>,
    ) -> Result<VerifiedHardware<'a>, Error> {
        let vcek = chain.path(roots, at, self)?;
        check_vcek(&vcek, report)?;
        check_signature(&vcek.plain_key()?, report, self)?;
        if report.may_be_debugged() {
            return Err(HardwareProblem::Debug.into());
        }
        if report.vmpl != 0 {
            let found = report.vmpl;
            return Err(HardwareProblem::Vmpl { found }.into());
        }
        if !report.tcb.is_at_least(&policy.minimum) {
            return Err(HardwareProblem::TcbTooOld {
                minimum: policy.minimum,
                found: report.tcb,
            }
            .into());
        }
        let is_one = |all: Option<&[[u8; 48]]>, own| all.is_none_or(|all| all.contains(own));
        if !is_one(policy.measurements, report.measurement) {
            let found = *report.measurement;
            return Err(HardwareProblem::Measurement { found }.into());
        }
        if !is_one(policy.id_keys, report.id_key) {
            let found = *report.id_key;
            return Err(HardwareProblem::IdKey { found }.into());
        }
        Ok(VerifiedHardware { report: *report })
    }
}

/// AMD's extensions, 1.3.6.1.4.1.3704.1: the product, the versions, the chip.
const PRODUCT: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01, 0x02];
const BOOT_LOADER: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01, 0x03, 0x01];
const TEE: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01, 0x03, 0x02];
const SNP: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01, 0x03, 0x03];
const MICROCODE: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01, 0x03, 0x08];
const CHIP: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01, 0x04];

/// Whether the certificate is for the key of this chip with this firmware.
fn check_vcek(vcek: &X509Certificate<'_>, report: &SnpReport<'_>) -> Result<(), Error> {
    let value = |id: &[u8], name| {
        let value = vcek.only_extension(Oid::from_bytes(id));
        let value = value.map_err(|error| Error::structure(Part::Certificate, error))?;
        value.ok_or(Error::from(HardwareProblem::VcekLacks(name)))
    };
    // IA5String.
    let product = match value(PRODUCT, "the product name (1.3.6.1.4.1.3704.1.2)")?.rest() {
        [0x16, _, product @ ..] => product,
        _ => &[],
    };
    if !product.starts_with(b"Milan") && !product.starts_with(b"Genoa") {
        let what = "the processor: expected Milan or Genoa";
        return Err(HardwareProblem::Unsupported(what).into());
    }
    let chip = value(CHIP, "the id of the chip (1.3.6.1.4.1.3704.1.4)")?.rest();
    if chip != report.chip {
        return Err(HardwareProblem::Chip.into());
    }
    let version = |id, name| -> Result<Option<u8>, Error> {
        let mut value: Reader<'_> = value(id, name)?;
        match unsigned(&mut value, VERSION) {
            Ok(&[version]) if value.rest().is_empty() => Ok(Some(version)),
            _ => Ok(None),
        }
    };
    let SnpTcb {
        boot_loader,
        tee,
        snp,
        microcode,
    } = report.tcb;
    for (id, name, reported) in [
        (BOOT_LOADER, "the version of the boot loader", boot_loader),
        (TEE, "the version of the TEE", tee),
        (SNP, "the version of SNP", snp),
        (MICROCODE, "the version of the microcode", microcode),
    ] {
        if version(id, name)? != Some(reported) {
            return Err(HardwareProblem::Tcb(name).into());
        }
    }
    Ok(())
}

const VERSION: &crate::error::Place = &crate::error::Place {
    structure: "Certificate",
    field: "version of firmware",
};

/// Whether the key signed the report: ECDSA on P-384 with SHA-384.
fn check_signature(
    key: &PlainKey<'_>,
    report: &SnpReport<'_>,
    verifier: &Verifier<'_>,
) -> Result<(), Error> {
    let (Some(r), Some(s)) = (big_endian(report.r), big_endian(report.s)) else {
        return Err(HardwareProblem::Signature.into());
    };
    if report.behind.iter().any(|byte| *byte != 0) {
        return Err(HardwareProblem::Signature.into());
    }
    let (key, _) = key.judge(verifier).map_err(HardwareProblem::Key)?;
    let signature = Signature::EcDsa { r: &r, s: &s };
    let verified = verifier
        .crypto
        .verify(&key, TpmAlgId::SHA384, report.signed, &signature);
    verified.map_err(|error| match error {
        SignatureError::Invalid => HardwareProblem::Signature.into(),
        SignatureError::Unsupported => {
            HardwareProblem::Unsupported("the algorithm of the signature").into()
        }
    })
}

/// A little-endian number of at most 48 bytes, in the other order.
fn big_endian(number: &[u8; 72]) -> Option<[u8; 48]> {
    let (low, high) = number.split_first_chunk::<48>()?;
    let mut number = *low;
    number.reverse();
    high.iter().all(|byte| *byte == 0).then_some(number)
}
