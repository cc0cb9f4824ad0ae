//! Processors that vouch for the key of a virtual TPM.
//!
//! A confidential VM of Azure has a virtual TPM, whose keys are made by firmware inside the
//! VM: the host compatibility layer. Its report ([`HclReport`]) has the report of the
//! processor, and that one has a digest of claims in which the attestation key is.
//!
//! With AMD SEV-SNP the processor signs its report, and [`VerifiedHardware`] is one that was
//! verified. **Any guest of any such processor gets a report over any claims**: only the
//! measurement of what was launched, or the key that signed it, tells the firmware of Azure
//! from software of a sender. So [`HardwarePolicy`] requires one of them.
//!
//! With Intel TDX the report in it is not signed: a quote of the TD, which comes beside it, is
//! not verified here, and so the key stays self-asserted.

#[cfg(feature = "projects")]
mod hcl;
#[cfg(feature = "certificate")]
mod policy;
#[cfg(feature = "certificate")]
mod snp;
#[cfg(feature = "certificate")]
mod verified;

#[cfg(feature = "projects")]
pub use self::hcl::{HclReport, Processor};
#[cfg(feature = "certificate")]
pub use self::{policy::HardwarePolicy, snp::SnpReport, verified::VerifiedHardware};
