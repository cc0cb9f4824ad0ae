//! [`Unknown`]: why a fact about a boot is not known.

use core::fmt;

/// Why a fact is not known. Events are counted from 0 in the firmware's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unknown {
    /// `no-log`: there is no firmware log.
    NoLog,
    /// `not-quoted`: the quote does not cover the PCR.
    NotQuoted {
        /// The PCR.
        pcr: u8,
    },
    /// `unexplained-pcr`: the PCR was extended with something that no log has.
    UnexplainedPcr {
        /// The PCR.
        pcr: u8,
    },
    /// `banks-disagree`: the PCR was extended in some of the quoted banks only.
    BanksDisagree {
        /// The PCR.
        pcr: u8,
    },
    /// `not-measured`: no event of the PCR is about it.
    NotMeasured {
        /// The PCR.
        pcr: u8,
    },
    /// `data-not-proven`: an event of the PCR may be about it, and no digest covers its data.
    DataNotProven {
        /// The PCR.
        pcr: u8,
        /// The event.
        event: u32,
    },
    /// `label-not-proven`: the log says what an event is, and the events around it do not
    /// confirm that.
    LabelNotProven {
        /// The PCR.
        pcr: u8,
        /// The event.
        event: u32,
    },
    /// `userspace-event`: the userspace log has an event of the PCR that the operating system
    /// is not known to measure, so that it may be one of the firmware's.
    UserspaceEvent {
        /// The PCR.
        pcr: u8,
        /// The entry of the userspace log, counted from 0.
        event: u32,
    },
    /// `ambiguous`: a second event says something about it.
    Ambiguous {
        /// The PCR.
        pcr: u8,
        /// The second event.
        event: u32,
    },
    /// `after-separator`: it was measured behind the separator, where whatever runs on the
    /// machine may measure.
    AfterSeparator {
        /// The PCR.
        pcr: u8,
        /// The event.
        event: u32,
    },
    /// `no-separator`: no separator says where the firmware's events end.
    NoSeparator {
        /// The PCR.
        pcr: u8,
    },
    /// `error-separator`: firmware says that it failed to measure.
    ErrorSeparator {
        /// The PCR.
        pcr: u8,
        /// The event.
        event: u32,
    },
    /// `wrong-guid`: a variable has the right name and another owner.
    WrongGuid {
        /// The PCR.
        pcr: u8,
        /// The event.
        event: u32,
    },
    /// `odd-value`: the value that was measured has no meaning.
    OddValue {
        /// The PCR.
        pcr: u8,
        /// The event.
        event: u32,
    },
}

impl Unknown {
    /// Returns the stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoLog => "no-log",
            Self::NotQuoted { .. } => "not-quoted",
            Self::UnexplainedPcr { .. } => "unexplained-pcr",
            Self::BanksDisagree { .. } => "banks-disagree",
            Self::NotMeasured { .. } => "not-measured",
            Self::DataNotProven { .. } => "data-not-proven",
            Self::LabelNotProven { .. } => "label-not-proven",
            Self::UserspaceEvent { .. } => "userspace-event",
            Self::Ambiguous { .. } => "ambiguous",
            Self::AfterSeparator { .. } => "after-separator",
            Self::NoSeparator { .. } => "no-separator",
            Self::ErrorSeparator { .. } => "error-separator",
            Self::WrongGuid { .. } => "wrong-guid",
            Self::OddValue { .. } => "odd-value",
        }
    }

    /// Returns the PCR because of which it is not known, if it is one.
    #[must_use]
    pub const fn pcr(self) -> Option<u8> {
        match self {
            Self::NoLog => None,
            Self::NotQuoted { pcr }
            | Self::UnexplainedPcr { pcr }
            | Self::BanksDisagree { pcr }
            | Self::NotMeasured { pcr }
            | Self::NoSeparator { pcr }
            | Self::DataNotProven { pcr, .. }
            | Self::LabelNotProven { pcr, .. }
            | Self::UserspaceEvent { pcr, .. }
            | Self::Ambiguous { pcr, .. }
            | Self::AfterSeparator { pcr, .. }
            | Self::ErrorSeparator { pcr, .. }
            | Self::WrongGuid { pcr, .. }
            | Self::OddValue { pcr, .. } => Some(pcr),
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoLog => f.write_str("there is no firmware log"),
            Self::NotQuoted { pcr } => write!(f, "the quote does not cover PCR {pcr}"),
            Self::UnexplainedPcr { pcr } => {
                write!(f, "PCR {pcr} was extended with something that no log has")
            }
            Self::BanksDisagree { pcr } => write!(
                f,
                "PCR {pcr} was extended in some of the quoted banks, not in all"
            ),
            Self::NotMeasured { pcr } => write!(f, "no event of PCR {pcr} is about it"),
            Self::DataNotProven { pcr, event } => write!(
                f,
                "no digest covers the data of event {event} in PCR {pcr}, which may be about it"
            ),
            Self::LabelNotProven { pcr, event } => write!(
                f,
                "the events around event {event} in PCR {pcr} do not confirm what the log says it is"
            ),
            Self::UserspaceEvent { pcr, event } => write!(
                f,
                "entry {event} of the userspace log extends PCR {pcr} with something unknown"
            ),
            Self::Ambiguous { pcr, event } => {
                write!(f, "event {event} in PCR {pcr} is a second one about it")
            }
            Self::AfterSeparator { pcr, event } => write!(
                f,
                "event {event} in PCR {pcr} stands after the separator, where anyone on the machine may measure"
            ),
            Self::NoSeparator { pcr } => write!(
                f,
                "PCR {pcr} has no separator, so that the firmware's events have no end"
            ),
            Self::ErrorSeparator { pcr, event } => write!(
                f,
                "event {event} in PCR {pcr} is the separator of a boot that went wrong"
            ),
            Self::WrongGuid { pcr, event } => write!(
                f,
                "the variable in event {event} of PCR {pcr} has the right name and another owner"
            ),
            Self::OddValue { pcr, event } => {
                write!(f, "the value in event {event} of PCR {pcr} has no meaning")
            }
        }
    }
}
