//! `clock`: what the TPM's clock and counters have to be (Part 1, 36; Part 2, 10.11).

use core::cmp::Ordering;

use super::{AttestationKey, Excerpt, attest};
use crate::{
    crypto::Name,
    types::{TpmHandle, TpmsAttest, TpmsClockInfo},
};

/// What a verified quote said of its TPM's clock, to hold a later quote by the same
/// key against: [`VerifiedQuote::clock_reading`], or the caller's own records of it.
///
/// [`VerifiedQuote::clock_reading`]: super::VerifiedQuote::clock_reading
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// The Name of the key.
    pub key_name: Name,
    /// The clock and the counters.
    pub clock_info: TpmsClockInfo,
}

/// What the clock and the counters of a quote have to be. By default they are not
/// looked at.
///
/// For a key outside the endorsement and platform hierarchies, a TPM adds a secret
/// constant to `resetCount`, `restartCount` and `firmwareVersion`, the same for each
/// attestation by that key. So these can always be compared for equality; their order is
/// judged only if the key is known to be in one of these two hierarchies: by the
/// policy's [`Ancestry`](super::Ancestry), or as a primary key by its qualified name. For any other key a
/// policy that needs the order fails. `clock` and `safe` are never obfuscated, nor is
/// the firmware version that an attestation of [`Time`](super::Time) has inside.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct ClockPolicy<'a> {
    safe: bool,
    since: Option<&'a ClockReading>,
    reboots: bool,
    firmware: Option<u64>,
}

impl<'a> ClockPolicy<'a> {
    /// Everything goes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses a clock that may have shown a later time before: after the TPM lost
    /// power without a shutdown, until it has caught up.
    pub fn require_safe(self) -> Self {
        Self { safe: true, ..self }
    }

    /// Refuses a quote by another key than an earlier one, a clock behind that one's,
    /// and a TPM that was reset, restarted or resumed since.
    pub fn since(self, earlier: &'a ClockReading) -> Self {
        Self {
            since: Some(earlier),
            ..self
        }
    }

    /// Lets the TPM be reset, restarted and resumed since: the counters may have
    /// gone on, and not back.
    pub fn allow_reboots(self) -> Self {
        Self {
            reboots: true,
            ..self
        }
    }

    /// Refuses a lower firmware version.
    pub fn minimum_firmware(self, version: u64) -> Self {
        Self {
            firmware: Some(version),
            ..self
        }
    }

    /// `hierarchy` is the key's, if the policy knows it; `plain_firmware` is the version
    /// that no TPM obfuscates, if the attestation has it.
    pub(super) fn check(
        &self,
        key: &AttestationKey<'_>,
        attest: &TpmsAttest<'_>,
        hierarchy: Option<TpmHandle>,
        plain_firmware: Option<u64>,
    ) -> Result<(), ClockProblem> {
        let now = &attest.clock_info;
        // Which hierarchy it is costs some hashes, and is rarely asked.
        let is_plain = || {
            attest::hierarchy(key.name(), attest, hierarchy).is_some_and(|hierarchy| {
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
        key: &AttestationKey<'_>,
        now: &TpmsClockInfo,
        is_plain: impl Fn() -> bool,
    ) -> Result<(), ClockProblem> {
        let before = &earlier.clock_info;
        // Two keys without a Name have no name in common.
        if earlier.key_name != *key.name() || *key.name() == Name::EMPTY {
            return Err(ClockProblem::OtherKey {
                expected: Excerpt::new(earlier.key_name.as_ref()),
                found: Excerpt::new(key.name().as_ref()),
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

/// What is wrong with a clock or with counters. Counters are resets, and restarts or
/// resumptions since the last reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClockProblem {
    /// The clock may have shown a later time before.
    NotSafe,
    /// The earlier quote is by another key.
    OtherKey {
        /// Name of that key.
        expected: Excerpt,
        /// Name of this one.
        found: Excerpt,
    },
    /// The clock went back.
    WentBack {
        /// The earlier time, in milliseconds.
        earlier: u64,
        /// That of this quote.
        found: u64,
    },
    /// The TPM was reset, restarted or resumed.
    Rebooted {
        /// The earlier counters.
        earlier: (u32, u32),
        /// Those of this quote.
        found: (u32, u32),
    },
    /// The counters went back.
    CountersBack {
        /// The earlier counters.
        earlier: (u32, u32),
        /// Those of this quote.
        found: (u32, u32),
    },
    /// The firmware is too old.
    Firmware {
        /// The lowest version that is good.
        minimum: u64,
        /// That of this quote.
        found: u64,
    },
    /// What the policy asks for may be obfuscated.
    Obfuscated,
}
