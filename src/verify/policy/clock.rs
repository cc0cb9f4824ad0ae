//! `clock`: the requirements on the TPM's clock and counters (Part 1, 36; Part 2, 10.11).

use core::cmp::Ordering;

use super::ancestry::Ancestry;
use crate::{
    crypto::Name,
    types::{TpmHandle, TpmsAttest, TpmsClockInfo},
    verify::error::{ClockProblem, Excerpt},
};

/// The clock and counters that a verified attestation showed, for the comparison with a
/// later attestation by the same key. It comes from [`Verified::clock_reading`] or from your
/// own records.
///
/// [`Verified::clock_reading`]: crate::verify::Verified::clock_reading
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockReading {
    /// The Name of the key.
    pub key_name: Name,
    /// The clock and the counters.
    pub clock_info: TpmsClockInfo,
}

impl ClockReading {
    /// Creates a reading of an attestation by the key with this Name.
    #[must_use]
    pub const fn new(key_name: Name, clock_info: TpmsClockInfo) -> Self {
        Self {
            key_name,
            clock_info,
        }
    }
}

/// Requirements on the TPM's clock and counters. Checks nothing by default.
///
/// For a key outside the endorsement and platform hierarchies, a TPM adds a secret constant
/// to `resetCount`, `restartCount` and `firmwareVersion`, the same one in each attestation
/// by that key. They can always be compared for equality. Their order is judged only if the
/// key is known to be in one of these two hierarchies: by the policy's [`Ancestry`], or
/// because its qualified name is that of a primary key. For any other key, a policy that
/// needs the order fails. `clock`, `safe` and the firmware version inside an attestation of
/// [`Time`](crate::verify::Time) are never obfuscated.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct ClockPolicy<'a> {
    safe: bool,
    since: Option<&'a ClockReading>,
    reboots: bool,
    firmware: Option<u64>,
}

impl<'a> ClockPolicy<'a> {
    /// Creates a policy that checks nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses a clock that is not `safe`: the TPM lost power without a shutdown, and its
    /// clock may have shown a later time before.
    pub fn require_safe(self) -> Self {
        Self { safe: true, ..self }
    }

    /// Compares with an earlier attestation: refuses another key, an earlier clock, and a TPM
    /// that was reset, restarted or resumed since then.
    pub fn since(self, earlier: &'a ClockReading) -> Self {
        Self {
            since: Some(earlier),
            ..self
        }
    }

    /// Allows the TPM to have been reset, restarted or resumed since the earlier attestation:
    /// the counters may have gone forward, but not back. Without [`since`](Self::since) it would
    /// have no effect: that is an error (`reboots-without-since`).
    pub fn allow_reboots(self) -> Self {
        Self {
            reboots: true,
            ..self
        }
    }

    /// Refuses a firmware version below this one.
    pub fn minimum_firmware(self, version: u64) -> Self {
        Self {
            firmware: Some(version),
            ..self
        }
    }

    /// Whether reboots are allowed since an attestation that was not given.
    pub(crate) const fn has_unused(&self) -> bool {
        self.reboots && self.since.is_none()
    }

    /// Whether it requires anything.
    pub(crate) const fn is_asked(&self) -> bool {
        self.safe || self.since.is_some() || self.firmware.is_some()
    }

    /// `key` is the key's Name. `hierarchy` is the key's, if the policy knows it;
    /// `plain_firmware` is the version that no TPM obfuscates, if the attestation has it.
    pub(crate) fn check(
        &self,
        key: &Name,
        attest: &TpmsAttest<'_>,
        hierarchy: Option<TpmHandle>,
        plain_firmware: Option<u64>,
    ) -> Result<(), ClockProblem> {
        let now = &attest.clock_info;
        // Which hierarchy it is costs some hashes, and is rarely asked.
        let is_plain = || {
            Ancestry::hierarchy_of(key, attest, hierarchy).is_some_and(|hierarchy| {
                hierarchy == TpmHandle::RH_ENDORSEMENT || hierarchy == TpmHandle::RH_PLATFORM
            })
        };
        if self.safe && !now.safe {
            return Err(ClockProblem::NotSafe);
        }
        if let Some(earlier) = self.since {
            self.check_since(earlier, key, now, is_plain)?;
        }
        let Some(minimum) = self.firmware else {
            return Ok(());
        };
        let found = match plain_firmware {
            Some(version) => version,
            None if is_plain() => attest.firmware_version,
            None => return Err(ClockProblem::Obfuscated),
        };
        if found < minimum {
            return Err(ClockProblem::Firmware { minimum, found });
        }
        Ok(())
    }

    fn check_since(
        &self,
        earlier: &ClockReading,
        key: &Name,
        now: &TpmsClockInfo,
        is_plain: impl Fn() -> bool,
    ) -> Result<(), ClockProblem> {
        let before = &earlier.clock_info;
        // Two keys without a Name have no name in common.
        if earlier.key_name != *key || *key == Name::EMPTY {
            return Err(ClockProblem::OtherKey {
                expected: Excerpt::new(earlier.key_name.as_ref()),
                found: Excerpt::new(key.as_ref()),
            });
        }
        if now.clock < before.clock {
            return Err(ClockProblem::WentBack {
                earlier: before.clock,
                found: now.clock,
            });
        }
        // A reset sets restartCount to zero: the order of pairs is that of time.
        let earlier = (before.reset_count, before.restart_count);
        let found = (now.reset_count, now.restart_count);
        match found.cmp(&earlier) {
            Ordering::Equal => Ok(()),
            _ if !self.reboots => Err(ClockProblem::Rebooted { earlier, found }),
            _ if !is_plain() => Err(ClockProblem::Obfuscated),
            Ordering::Less => Err(ClockProblem::CountersBack { earlier, found }),
            Ordering::Greater => Ok(()),
        }
    }
}
