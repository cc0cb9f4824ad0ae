//! `TPM2_GetTime`: the TPM's clock (Part 3, 18.7).

use super::{
    attest::{other_type, sealed},
    verified::Verified,
};
use crate::{
    types::{TpmSt, TpmsAttest, TpmsTimeAttestInfo, TpmuAttest},
    verify::{
        attestation_key::AttestationKey,
        error::{CheckSet, Error},
        policy::AttestPolicy,
    },
};

/// A verified attestation of the time. The counters and the firmware version in it are never
/// obfuscated, whatever the key's hierarchy.
pub type VerifiedTime<'a> = Verified<'a, TpmsTimeAttestInfo>;

/// Accepts any time. A [`ClockPolicy`](crate::verify::ClockPolicy) may require more.
#[derive(Clone, Copy, Debug)]
pub struct Time;

impl<'a> sealed::Kind<'a> for Time {
    type Facts = TpmsTimeAttestInfo;
    const TYPE: TpmSt = TpmSt::ATTEST_TIME;
    const CHECKS: CheckSet = CheckSet::NONE;

    fn check(
        &self,
        _: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        _: &AttestPolicy<'_>,
        _: &mut CheckSet,
    ) -> Result<Self::Facts, Error> {
        match attest.attested {
            TpmuAttest::Time(info) => Ok(info),
            _ => Err(other_type(Self::TYPE, attest)),
        }
    }

    fn plain_firmware(info: &Self::Facts) -> Option<u64> {
        Some(info.firmware_version)
    }
}
