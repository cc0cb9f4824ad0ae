//! [`HardwarePolicy`]: what a processor has to say of its guest.

use crate::verify::{
    error::{Error, SettingProblem},
    tcb::SnpTcb,
};

/// What a processor has to say of its guest: what was launched, and how new its own firmware
/// is. Any guest gets a report of its processor, so what was launched **cannot be left out**:
///
/// ```compile_fail,E0599
/// use tpm_quote::verify::HardwarePolicy;
/// let policy = HardwarePolicy::new(); // launched by whom?
/// ```
///
/// ```
/// use tpm_quote::verify::{HardwarePolicy, SnpTcb};
///
/// # fn main() -> Result<(), tpm_quote::Error> {
/// let known = [[0x6a; 48]]; // from your own records
/// let policy = HardwarePolicy::measurements(&known)?
///     .minimum_tcb(SnpTcb { boot_loader: 4, tee: 0, snp: 24, microcode: 219 });
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct HardwarePolicy<'p> {
    pub(super) measurements: Option<&'p [[u8; 48]]>,
    pub(super) id_keys: Option<&'p [[u8; 48]]>,
    pub(super) minimum: SnpTcb,
}

impl<'p> HardwarePolicy<'p> {
    /// Requires one of these launch measurements (SHA-384).
    ///
    /// # Errors
    /// The list is empty.
    pub fn measurements(measurements: &'p [[u8; 48]]) -> Result<Self, Error> {
        let none = Self {
            measurements: None,
            id_keys: None,
            minimum: SnpTcb::default(),
        };
        none.and_measurements(measurements)
    }

    /// Requires one of these digests (SHA-384) of the key that signed what was launched.
    ///
    /// # Errors
    /// The list is empty, or a digest is zero: that is the one of what nobody signed.
    pub fn id_keys(digests: &'p [[u8; 48]]) -> Result<Self, Error> {
        let none = Self {
            measurements: None,
            id_keys: None,
            minimum: SnpTcb::default(),
        };
        none.and_id_keys(digests)
    }

    /// Requires one of these launch measurements, and one of these digests of the signer's key.
    /// A list that is empty requires nothing.
    ///
    /// # Errors
    /// Both lists are empty, or a digest of a signer's key is zero.
    pub fn launched(measurements: &'p [[u8; 48]], id_keys: &'p [[u8; 48]]) -> Result<Self, Error> {
        match (measurements, id_keys) {
            (_, []) => Self::measurements(measurements),
            ([], _) => Self::id_keys(id_keys),
            _ => Self::measurements(measurements)?.and_id_keys(id_keys),
        }
    }

    /// Requires one of these launch measurements as well.
    ///
    /// # Errors
    /// Same errors as [`measurements`](Self::measurements).
    pub fn and_measurements(self, measurements: &'p [[u8; 48]]) -> Result<Self, Error> {
        if measurements.is_empty() {
            return Err(SettingProblem::NoMeasurements.into());
        }
        Ok(Self {
            measurements: Some(measurements),
            ..self
        })
    }

    /// Requires one of these digests of the signer's key as well.
    ///
    /// # Errors
    /// Same errors as [`id_keys`](Self::id_keys).
    pub fn and_id_keys(self, digests: &'p [[u8; 48]]) -> Result<Self, Error> {
        if digests.is_empty() || digests.contains(&[0; 48]) {
            return Err(SettingProblem::NoMeasurements.into());
        }
        Ok(Self {
            id_keys: Some(digests),
            ..self
        })
    }

    /// Requires each version of the processor's firmware to be this one or a newer one.
    pub fn minimum_tcb(self, minimum: SnpTcb) -> Self {
        Self { minimum, ..self }
    }
}
