//! `TPM2_GetTime`: the time on the TPM's clock (Part 3, 18.7).

use super::{AttestPolicy, AttestationKey, Verified, VerifyError, attest::sealed};
use crate::types::{TpmSt, TpmsAttest, TpmsTimeAttestInfo, TpmuAttest};

/// An attested time. The counters and the firmware version inside are never obfuscated,
/// whatever the key's hierarchy.
pub type VerifiedTime<'a> = Verified<'a, TpmsTimeAttestInfo>;

/// A time, whichever it is: a [`ClockPolicy`](super::ClockPolicy) may say more.
#[derive(Clone, Copy, Debug)]
pub struct Time;

impl<'a> sealed::Kind<'a> for Time {
    type Facts = TpmsTimeAttestInfo;
    const TYPE: TpmSt = TpmSt::ATTEST_TIME;

    fn check(
        &self,
        _: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        _: &AttestPolicy<'_>,
    ) -> Result<Self::Facts, VerifyError> {
        match attest.attested {
            TpmuAttest::Time(info) => Ok(info),
            _ => Err(VerifyError::other_type(Self::TYPE, attest)),
        }
    }

    fn plain_firmware(info: &Self::Facts) -> Option<u64> {
        Some(info.firmware_version)
    }
}
