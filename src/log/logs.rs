//! [`Logs`]: all logs of a machine.

#[cfg(feature = "ima")]
use super::ima::ImaList;
use super::{event_log::EventLog, userspace::UserspaceLog};

/// What a machine may have extended after its firmware's log was closed, without a log of it.
///
/// Nothing of this is tried unless the caller allows it, see [`Logs::allow_suffix`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Suffix {
    /// `exit-boot-services`: the two events of `ExitBootServices` in PCR 5, which old kernels
    /// leave out of the log.
    ExitBootServices,
    /// `os-separator`: the text `os-separator` in PCRs 0 to 7, 9 and 12 to 14, as systemd
    /// extends it from version 261 on. It is the last event of each.
    OsSeparator,
}

impl Suffix {
    /// All of them, in the order in which they are extended.
    pub const ALL: [Self; 2] = [Self::ExitBootServices, Self::OsSeparator];

    /// Returns the stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExitBootServices => "exit-boot-services",
            Self::OsSeparator => "os-separator",
        }
    }

    /// Returns the suffix with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suffix| suffix.name() == name)
    }

    /// The texts that are measured into a PCR.
    pub(super) const fn texts(self, index: u8) -> &'static [&'static str] {
        match (self, index) {
            (Self::ExitBootServices, 5) => &[
                "Exit Boot Services Invocation",
                "Exit Boot Services Returned with Success",
            ],
            (Self::OsSeparator, 0..=7 | 9 | 12..=14) => &["os-separator"],
            _ => &[],
        }
    }
}

impl core::fmt::Display for Suffix {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.name())
    }
}

/// All logs of a machine, to be replayed together against one quote by
/// [`VerifiedQuote::replay`](crate::verify::Verified::replay).
#[derive(Clone, Copy, Debug, Default)]
pub struct Logs<'a> {
    pub(super) firmware: Option<EventLog<'a>>,
    pub(super) userspace: Option<UserspaceLog<'a>>,
    #[cfg(feature = "ima")]
    pub(super) ima: Option<ImaList<'a>>,
    /// Whether IMA's list comes in pieces.
    #[cfg(feature = "ima")]
    has_streamed_ima: bool,
    pub(super) exit_boot_services: bool,
    pub(super) os_separator: bool,
}

impl<'a> Logs<'a> {
    /// No logs.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            firmware: None,
            userspace: None,
            #[cfg(feature = "ima")]
            ima: None,
            #[cfg(feature = "ima")]
            has_streamed_ima: false,
            exit_boot_services: false,
            os_separator: false,
        }
    }

    /// Adds the firmware's event log.
    #[must_use]
    pub const fn firmware(self, log: EventLog<'a>) -> Self {
        Self {
            firmware: Some(log),
            ..self
        }
    }

    /// Adds the log of what the operating system extended, after the firmware's events.
    #[must_use]
    pub const fn userspace(self, log: UserspaceLog<'a>) -> Self {
        Self {
            userspace: Some(log),
            ..self
        }
    }

    /// Adds the list of IMA.
    ///
    /// The quote must then cover PCR 10, and prove at least the first entry: a PCR 10 that was
    /// never extended is an error. In each PCR, the entries follow the firmware's events. Where
    /// this is the only log, the other PCRs need not be explained.
    #[cfg(feature = "ima")]
    #[must_use]
    pub const fn ima(self, list: ImaList<'a>) -> Self {
        Self {
            ima: Some(list),
            ..self
        }
    }

    /// The same without the userspace log.
    #[cfg(feature = "ima")]
    pub(super) const fn without_userspace(self) -> Self {
        Self {
            userspace: None,
            ..self
        }
    }

    /// The same, with a list of IMA that comes in pieces in the place of one.
    #[cfg(feature = "ima")]
    pub(super) const fn with_streamed_ima(self) -> Self {
        Self {
            ima: None,
            has_streamed_ima: true,
            ..self
        }
    }

    /// Whether IMA's list extends this PCR, which is none of the firmware's.
    pub(super) fn is_of_ima(&self, index: u8) -> bool {
        #[cfg(feature = "ima")]
        return index > 7 && self.ima.is_some_and(|list| list.extends(index));
        #[cfg(not(feature = "ima"))]
        return index > 23;
    }

    /// Whether there is an IMA list.
    pub(super) const fn has_ima(&self) -> bool {
        #[cfg(feature = "ima")]
        return self.ima.is_some() || self.has_streamed_ima;
        #[cfg(not(feature = "ima"))]
        return false;
    }

    /// Whether there is an IMA list and no other log.
    pub(super) const fn is_ima_alone(&self) -> bool {
        #[cfg(feature = "ima")]
        return self.has_ima() && self.firmware.is_none() && self.userspace.is_none();
        #[cfg(not(feature = "ima"))]
        return false;
    }

    /// Allows that PCRs were extended with this after the logs. Whether it was needed,
    /// and where, is in [`Replay::suffixed_pcrs`](super::Replay::suffixed_pcrs).
    ///
    /// Whoever runs on the machine can extend PCRs with it as well.
    #[must_use]
    pub const fn allow_suffix(self, suffix: Suffix) -> Self {
        match suffix {
            Suffix::ExitBootServices => Self {
                exit_boot_services: true,
                ..self
            },
            Suffix::OsSeparator => Self {
                os_separator: true,
                ..self
            },
        }
    }

    pub(super) const fn allows(&self, suffix: Suffix) -> bool {
        match suffix {
            Suffix::ExitBootServices => self.exit_boot_services,
            Suffix::OsSeparator => self.os_separator,
        }
    }
}
