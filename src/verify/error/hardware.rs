//! Processors: why one does not vouch for the key of a virtual TPM.

use core::fmt;

use super::{check::Check, key::KeyProblem, meaning::Meaning};
#[cfg(feature = "certificate")]
use crate::verify::tcb::SnpTcb;
use crate::wire::Hex;

/// Why a processor does not vouch for the key of a virtual TPM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HardwareProblem {
    /// The report of the host compatibility layer is of a kind that is not supported.
    HclUnsupported(&'static str),
    /// The claims are not those of which the processor's report has the digest.
    Claims,
    /// The report is one of Intel TDX, which is not signed.
    Tdx,
    /// The evidence has no certificate of the processor's key.
    NoCertificate,
    /// The version of the processor's report is not supported.
    Version {
        /// The version.
        found: u32,
    },
    /// The processor, its key or its algorithm is not supported.
    Unsupported(&'static str),
    /// The report is signed by a key of the cloud.
    Vlek,
    /// The certificate of the chip's key lacks something.
    VcekLacks(&'static str),
    /// The certificate is that of another chip.
    Chip,
    /// The certificate is for other versions of the firmware.
    Tcb(&'static str),
    /// The key of the chip is not supported.
    Key(KeyProblem),
    /// The signature does not match. Nothing more is said, on purpose.
    Signature,
    /// The guest may be debugged.
    Debug,
    /// The report is not one of the most privileged level of the guest.
    Vmpl {
        /// Its level.
        found: u32,
    },
    /// The firmware of the processor is older than required.
    #[cfg(feature = "certificate")]
    TcbTooOld {
        /// The oldest versions that are accepted.
        minimum: SnpTcb,
        /// Those of the processor.
        found: SnpTcb,
    },
    /// What was launched is not what is required.
    Measurement {
        /// Its measurement.
        found: [u8; 48],
    },
    /// What was launched is not signed by a key that is required.
    IdKey {
        /// The digest of the key; zeros, if there is none.
        found: [u8; 48],
    },
}

impl HardwareProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        const CHANGED: &str =
            "The report was changed, or put together from several machines: do not trust the key.";
        const CERTIFICATE: &str = "Give the certificate that AMD issued for this chip with this firmware, as the report names them.";
        const LAUNCHED: &str = "Any guest gets a report of its processor: take the value of the firmware that you expect from its maker, not from this report.";
        let (name, help) = match self {
            Self::HclUnsupported(_) => {
                return unsupported(
                    "hcl-unsupported",
                    "This version does not support such a report; a newer one may.",
                );
            }
            Self::Claims => ("hcl-claims", CHANGED),
            Self::Tdx => {
                return unsupported(
                    "hardware-tdx",
                    "Verify the quote of the TD elsewhere, and give the key that it vouches for with -u.",
                );
            }
            Self::NoCertificate => (
                "snp-no-certificate",
                "Have the machine send the certificate of its chip's key (vcek) with the evidence.",
            ),
            Self::Version { .. } => return unsupported("snp-version", MODELS),
            Self::Unsupported(_) => return unsupported("snp-unsupported", MODELS),
            Self::Vlek => {
                return unsupported(
                    "snp-vlek",
                    "Ask for a report that is signed by the key of the chip (VCEK).",
                );
            }
            Self::VcekLacks(_) => ("snp-certificate", CERTIFICATE),
            Self::Chip => ("snp-chip", CERTIFICATE),
            Self::Tcb(_) => ("snp-tcb", CERTIFICATE),
            Self::Key(_) => return unsupported("snp-key", MODELS),
            Self::Signature => ("snp-signature", CHANGED),
            Self::Debug => (
                "snp-debug",
                "Whoever runs the machine can read and change the memory of this guest: do not trust the key.",
            ),
            Self::Vmpl { .. } => (
                "snp-vmpl",
                "A less privileged part of the guest asked for this report: only that of level 0 counts.",
            ),
            #[cfg(feature = "certificate")]
            Self::TcbTooOld { .. } => (
                "snp-tcb-too-old",
                "Have the firmware of the processor updated, or accept older versions.",
            ),
            Self::Measurement { .. } => ("snp-measurement", LAUNCHED),
            Self::IdKey { .. } => ("snp-id-key", LAUNCHED),
        };
        Meaning::rejected(Check::KeyAnchor, name, help)
    }
}

const fn unsupported(name: &'static str, help: &'static str) -> Meaning {
    Meaning::unsupported(Check::KeyAnchor, name, help)
}

const MODELS: &str =
    "Reports of versions 2 and 3 are supported, by Milan and Genoa, signed with ECDSA on P-384.";

impl fmt::Display for HardwareProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HclUnsupported(what) => write!(
                f,
                "the report of Azure's host compatibility layer is not supported: {what}"
            ),
            Self::Claims => f.write_str(
                "the processor's report has the digest of other claims than these, in which the key is",
            ),
            Self::Tdx => f.write_str(
                "the report is one of Intel TDX, which is not signed: it vouches for no key",
            ),
            Self::NoCertificate => {
                f.write_str("the evidence has no certificate of the processor's key")
            }
            Self::Version { found } => {
                write!(f, "the processor's report has version {found}, expected 2 or 3")
            }
            Self::Unsupported(what) => {
                write!(f, "the processor's report is not supported: {what}")
            }
            Self::Vlek => f.write_str(
                "the processor's report is signed by a key of the cloud (VLEK), not of the chip",
            ),
            Self::VcekLacks(what) => {
                write!(f, "the certificate of the chip's key lacks {what}")
            }
            Self::Chip => f.write_str("the certificate is for the key of another chip"),
            Self::Tcb(what) => write!(
                f,
                "the certificate is for other firmware of the processor: {what} differs"
            ),
            Self::Key(problem) => write!(f, "the key of the chip: {problem}"),
            Self::Signature => {
                f.write_str("the signature of the processor's report does not match")
            }
            Self::Debug => f.write_str("the guest may be debugged"),
            Self::Vmpl { found } => {
                write!(f, "the processor's report is one of level (VMPL) {found}, expected 0")
            }
            #[cfg(feature = "certificate")]
            Self::TcbTooOld { minimum, found } => write!(
                f,
                "the firmware of the processor is {found}, expected {minimum} or newer"
            ),
            Self::Measurement { found } => {
                write!(f, "the launch measurement {} is not expected", Hex(found))
            }
            Self::IdKey { found } => write!(
                f,
                "the digest {} of the key that signed the launch is not expected",
                Hex(found)
            ),
        }
    }
}
