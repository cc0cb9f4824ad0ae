//! Boots: why a boot that the logs explain is not one that the policy allows.

use core::fmt;

use super::{check::Check, excerpt::Excerpt, meaning::Meaning, unknown::Unknown};
use crate::verify::pcr::Pcr;

/// Why a boot is refused. Events are counted from 0 in the firmware's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BootProblem {
    /// The policy asks for something that the quote does not prove.
    FactUnknown {
        /// What it asks for.
        fact: BootFact,
        /// Why that is not known.
        reason: Unknown,
    },
    /// Secure Boot was off.
    SecureBootOff {
        /// Whether it was never set up.
        never_set: bool,
    },
    /// shim was told not to check what it starts.
    MokValidationDisabled,
    /// Firmware says that its protection was weakened.
    DebugEvent {
        /// The event.
        event: u32,
    },
    /// Something let an image run that the policy does not allow.
    AuthorityNotAllowed {
        /// The event.
        event: u32,
        /// The SHA-256 fingerprint of the certificate, if it is one.
        fingerprint: Option<Excerpt>,
    },
    /// A required certificate let no image run.
    AuthorityMissing {
        /// Its SHA-256 fingerprint.
        fingerprint: Excerpt,
    },
    /// An image was loaded that the policy does not allow.
    ImageNotAllowed {
        /// The event.
        event: u32,
        /// The PCR.
        pcr: Pcr,
        /// The digest of the image.
        digest: Excerpt,
    },
    /// A required image was not loaded.
    ImageMissing {
        /// Its digest.
        digest: Excerpt,
    },
    /// A kernel was given a command line that the policy does not allow.
    CommandLineNotAllowed {
        /// The event.
        event: u32,
        /// The PCR.
        pcr: Pcr,
        /// The digest of the event.
        digest: Excerpt,
    },
    /// No kernel was given a required command line.
    CommandLineMissing {
        /// Which of those that are required, counted from 0.
        place: usize,
    },
    /// shim's list of least versions is older than the policy asks for.
    SbatTooOld {
        /// The line of the policy's list, counted from 1.
        line: u32,
        /// The least generation in the policy.
        expected: u32,
        /// The generation that shim has, if it has one.
        found: Option<u32>,
    },
    /// An entry is not in `dbx`.
    DbxEntryMissing {
        /// The entry, or its fingerprint.
        entry: Excerpt,
    },
    /// Nothing is known of an event in a PCR whose events all have to be known.
    EventUnexplained {
        /// The event.
        event: u32,
        /// The PCR.
        pcr: u8,
    },
}

/// What a policy asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BootFact {
    /// Whether Secure Boot was on.
    SecureBoot,
    /// Whether shim's validation was disabled.
    MokValidation,
    /// Whether firmware weakened its protection.
    Actions,
    /// What let images run.
    Authorities,
    /// What was loaded.
    Images,
    /// What kernels were told.
    CommandLines,
    /// shim's list of least versions.
    SbatLevel,
    /// The images that may not run.
    Dbx,
    /// All events of a PCR.
    Events,
}

impl BootProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        const NOT_ALLOWED: &str = "Add it to the policy if you trust it; else find out why the machine has it, and boot again.";
        const MISSING: &str = "Boot the machine with what the policy requires, and quote again.";
        let (name, help) = match self {
            Self::FactUnknown { .. } => (
                "fact-unknown",
                "Quote the PCRs that the policy asks about, in a bank that firmware extends, and send the whole log.",
            ),
            Self::SecureBootOff { .. } => (
                "secure-boot-off",
                "Turn Secure Boot on in the firmware's settings and boot again.",
            ),
            Self::MokValidationDisabled => (
                "mok-validation-disabled",
                "Run mokutil --enable-validation on the machine and boot again.",
            ),
            Self::DebugEvent { .. } => (
                "debug-event",
                "Turn debugging off and protection on in the firmware's settings and boot again.",
            ),
            Self::AuthorityNotAllowed { .. } => ("authority-not-allowed", NOT_ALLOWED),
            Self::AuthorityMissing { .. } => ("authority-missing", MISSING),
            Self::ImageNotAllowed { .. } => ("image-not-allowed", NOT_ALLOWED),
            Self::ImageMissing { .. } => ("image-missing", MISSING),
            Self::CommandLineNotAllowed { .. } => ("command-line-not-allowed", NOT_ALLOWED),
            Self::CommandLineMissing { .. } => ("command-line-missing", MISSING),
            Self::SbatTooOld { .. } => {
                ("sbat-too-old", "Update shim on the machine and boot again.")
            }
            Self::DbxEntryMissing { .. } => (
                "dbx-entry-missing",
                "Update dbx on the machine (fwupdmgr) and boot again.",
            ),
            Self::EventUnexplained { .. } => (
                "event-unexplained",
                "Look at the event (tpm-quote print), and leave its PCR out if you trust what it is.",
            ),
        };
        Meaning::rejected(Check::BootLog, name, help)
    }
}

impl fmt::Display for BootProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FactUnknown { fact, reason } => write!(f, "{fact} is not known: {reason}"),
            Self::SecureBootOff { never_set: false } => f.write_str("Secure Boot was off"),
            Self::SecureBootOff { never_set: true } => {
                f.write_str("Secure Boot was off: it was never set up")
            }
            Self::MokValidationDisabled => {
                f.write_str("the validation of shim was disabled (MokSBState)")
            }
            Self::DebugEvent { event } => write!(
                f,
                "firmware says in event {event} that its protection was weakened"
            ),
            Self::AuthorityNotAllowed { event, fingerprint } => {
                write!(f, "event {event} in PCR 7 let an image run by ")?;
                match fingerprint {
                    Some(fingerprint) => {
                        write!(f, "the certificate {fingerprint}, which is not allowed")
                    }
                    None => f.write_str("something that is not a certificate"),
                }
            }
            Self::AuthorityMissing { fingerprint } => {
                write!(f, "the required certificate {fingerprint} let no image run")
            }
            Self::ImageNotAllowed { event, pcr, digest } => write!(
                f,
                "the image {digest} in event {event} ({pcr}) is not allowed"
            ),
            Self::ImageMissing { digest } => {
                write!(f, "the required image {digest} was not loaded")
            }
            Self::CommandLineNotAllowed { event, pcr, digest } => write!(
                f,
                "the command line in event {event} ({pcr}, digest {digest}) is not allowed"
            ),
            Self::CommandLineMissing { place } => write!(
                f,
                "no kernel was given the required command line {place} of the policy"
            ),
            Self::SbatTooOld {
                line,
                expected,
                found,
            } => {
                write!(
                    f,
                    "the SbatLevel of shim is older than line {line} of the policy asks for: expected at least {expected}, found "
                )?;
                match found {
                    Some(found) => write!(f, "{found}"),
                    None => f.write_str("none"),
                }
            }
            Self::DbxEntryMissing { entry } => write!(f, "{entry} is not in dbx"),
            Self::EventUnexplained { event, pcr } => {
                write!(f, "nothing is known of event {event} in PCR {pcr}")
            }
        }
    }
}

impl fmt::Display for BootFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SecureBoot => "whether Secure Boot was on",
            Self::MokValidation => "whether the validation of shim was disabled",
            Self::Actions => "whether firmware weakened its protection",
            Self::Authorities => "what let images run",
            Self::Images => "which images were loaded",
            Self::CommandLines => "which command lines kernels were given",
            Self::SbatLevel => "the SbatLevel of shim",
            Self::Dbx => "what is in dbx",
            Self::Events => "what a PCR was extended with",
        })
    }
}

/// Why a policy for boots makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BootPolicyProblem {
    /// It asks for nothing.
    Empty,
    /// Nothing of this kind is allowed, so that every boot is refused.
    NothingAllowed(BootList),
    /// What is required is not among what is allowed: others could be there as well.
    RequiredNotAllowed(BootList),
    /// A line of the least SBAT versions is not a name, a comma and a number.
    Sbat {
        /// The line, counted from 1.
        line: u32,
    },
}

/// A list in a policy for boots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BootList {
    /// Certificates that may let images run.
    Authorities,
    /// Images that may be loaded.
    Images,
    /// Command lines that kernels may be given.
    CommandLines,
    /// Required entries of `dbx`.
    Dbx,
    /// PCRs in which every event has to be known.
    Pcrs,
}

impl BootPolicyProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        let (name, help) = match self {
            Self::Empty => (
                "boot-policy-empty",
                "Ask for something, such as Secure Boot, or give no policy.",
            ),
            Self::NothingAllowed(_) => (
                "boot-policy-nothing-allowed",
                "Name at least one, or leave the list out.",
            ),
            Self::RequiredNotAllowed(_) => (
                "boot-policy-required-not-allowed",
                "Allow what is required and all else that may be there: anything can be added later to what was measured.",
            ),
            Self::Sbat { .. } => (
                "boot-policy-sbat",
                "Write one component a line, its name and its least generation, as in shim,4.",
            ),
        };
        Meaning::malformed(name, help)
    }
}

impl fmt::Display for BootPolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the policy for boots asks for nothing"),
            Self::NothingAllowed(list) => {
                write!(f, "the policy for boots has an empty list of {list}")
            }
            Self::RequiredNotAllowed(list) => write!(
                f,
                "the policy for boots requires {list} that it does not allow"
            ),
            Self::Sbat { line } => write!(
                f,
                "line {line} of the least SBAT versions is not a name and a number"
            ),
        }
    }
}

impl fmt::Display for BootList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authorities => "authorities",
            Self::Images => "images",
            Self::CommandLines => "command lines",
            Self::Dbx => "entries of dbx",
            Self::Pcrs => "PCRs",
        })
    }
}
