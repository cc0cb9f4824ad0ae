//! `clock`: what the TPM's clock and counters have to be (Part 1, 36; Part 2, 10.11).

use core::cmp::Ordering;

use super::{AttestationKey, Excerpt};
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
/// quote by that key. So these can always be compared for equality; their order is
/// judged only if the quote's qualified signer is that of a primary key of the
/// endorsement or platform hierarchy. For any other key a policy that needs the
/// order fails. `clock` and `safe` are never obfuscated.
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

    pub(super) fn check(
        &self,
        key: &AttestationKey<'_>,
        attest: &TpmsAttest<'_>,
    ) -> Result<(), ClockProblem> {
        let now = &attest.clock_info;
        if self.safe && !now.safe {
            return Err(ClockProblem::NotSafe);
        }
        if let Some(earlier) = self.since {
            self.check_since(earlier, key, attest)?;
        }
        match self.firmware {
            Some(_) if !has_plain_counters(key, attest) => Err(ClockProblem::Obfuscated),
            Some(minimum) if attest.firmware_version < minimum => Err(ClockProblem::Firmware {
                minimum,
                found: attest.firmware_version,
            }),
            _ => Ok(()),
        }
    }

    fn check_since(
        &self,
        earlier: &ClockReading,
        key: &AttestationKey<'_>,
        attest: &TpmsAttest<'_>,
    ) -> Result<(), ClockProblem> {
        let (before, now) = (&earlier.clock_info, &attest.clock_info);
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
            _ if !has_plain_counters(key, attest) => Err(ClockProblem::Obfuscated),
            Ordering::Less => Err(ClockProblem::CountersBack { earlier, found }),
            Ordering::Greater => Ok(()),
        }
    }
}

/// Whether the key is, by the quote, a primary key of a hierarchy for which nothing
/// is obfuscated.
fn has_plain_counters(key: &AttestationKey<'_>, attest: &TpmsAttest<'_>) -> bool {
    let signer = attest.qualified_signer.bytes();
    [TpmHandle::RH_ENDORSEMENT, TpmHandle::RH_PLATFORM]
        .into_iter()
        .filter_map(|hierarchy| key.name().qualified_by(&Name::of_handle(hierarchy)))
        .any(|name| name.as_ref() == signer)
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
