//! `clock`: the TPM's clock and counters.

use core::fmt;

use super::{check::Check, excerpt::Excerpt, meaning::Meaning};

/// Why the clock or the counters are not as required. Counters are pairs: the number of
/// resets, and of restarts or resumptions since the last reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClockProblem {
    /// The clock is not `safe`: it may have shown a later time before.
    NotSafe,
    /// The earlier reading is of an attestation by another key.
    OtherKey {
        /// Name of the earlier key.
        expected: Excerpt,
        /// Name of this one.
        found: Excerpt,
    },
    /// The clock went back.
    WentBack {
        /// The earlier time, in milliseconds.
        earlier: u64,
        /// The time of this attestation, in milliseconds.
        found: u64,
    },
    /// The TPM was reset, restarted or resumed.
    Rebooted {
        /// The earlier counters.
        earlier: (u32, u32),
        /// Those of this attestation.
        found: (u32, u32),
    },
    /// The counters went back.
    CountersBack {
        /// The earlier counters.
        earlier: (u32, u32),
        /// Those of this attestation.
        found: (u32, u32),
    },
    /// The firmware is too old.
    Firmware {
        /// The lowest accepted version.
        minimum: u64,
        /// That of this attestation.
        found: u64,
    },
    /// The policy needs values that the TPM may have obfuscated.
    Obfuscated,
}

impl ClockProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        const BACK: &str =
            "The TPM lost power or was cleared, or its state was set back: find out which.";
        let (name, help) = match self {
            Self::NotSafe => (
                "clock-not-safe",
                "The TPM lost power without a shutdown: ask again when its clock has caught up.",
            ),
            Self::OtherKey { .. } => (
                "clock-other-key",
                "Compare readings that the same key signed.",
            ),
            Self::WentBack { .. } => ("clock-went-back", BACK),
            Self::CountersBack { .. } => ("counters-went-back", BACK),
            Self::Rebooted { .. } => (
                "rebooted",
                "If that was expected, make sure that the machine is good, and keep a new reading.",
            ),
            Self::Firmware { .. } => ("firmware-too-old", "Update the TPM's firmware."),
            Self::Obfuscated => (
                "counters-obfuscated",
                "Give the key's place in the TPM, use a key of the endorsement hierarchy, or require only what is never obfuscated: the clock, that it is safe, that there was no reboot.",
            ),
        };
        Meaning::rejected(Check::Clock, name, help)
    }
}

impl fmt::Display for ClockProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSafe => {
                f.write_str("the clock is not safe: it may have shown a later time before")
            }
            Self::OtherKey { expected, found } => write!(
                f,
                "the earlier reading is by the key {expected}, this one by the key {found}"
            ),
            Self::WentBack { earlier, found } => {
                write!(f, "the clock went back from {earlier} to {found} ms")
            }
            Self::Rebooted { earlier, found } => write!(
                f,
                "the TPM was reset or restarted: its counters were {}/{} and are {}/{}",
                earlier.0, earlier.1, found.0, found.1
            ),
            Self::CountersBack { earlier, found } => write!(
                f,
                "the counters of resets and restarts went back from {}/{} to {}/{}",
                earlier.0, earlier.1, found.0, found.1
            ),
            Self::Firmware { minimum, found } => write!(
                f,
                "the firmware version is {found:016x}, expected at least {minimum:016x}"
            ),
            Self::Obfuscated => f.write_str(
                "counters and firmware version may be obfuscated: the key is not known to be in the endorsement or platform hierarchy",
            ),
        }
    }
}
