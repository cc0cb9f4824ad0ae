//! What firmware says that it did: attempts to boot, weakened protection, the end of its work.

use super::{
    fact::Fact,
    walk::{Is, Side},
};
use crate::{
    log::{
        logs::Suffix,
        proven::ProvenEvent,
        replay::Replay,
        rule::{CALLING, EXIT, EXIT_FAILURE, EXIT_SUCCESS, RETURNING, WEAKENED},
        structures::LogText,
    },
    verify::error::Unknown,
};

/// A text of the firmware about what it did.
#[derive(Clone, Copy, Debug)]
pub struct Action<'a> {
    event: ProvenEvent<'a>,
    text: LogText<'a>,
    side: Side,
}

impl<'a> Action<'a> {
    /// Returns the event.
    #[must_use]
    pub const fn event(&self) -> ProvenEvent<'a> {
        self.event
    }

    /// Returns the text, which is proven.
    #[must_use]
    pub const fn text(&self) -> LogText<'a> {
        self.text
    }

    /// Returns on which side of the separator it was measured.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.side
    }

    /// Whether it says that protection was weakened: `UEFI Debug Mode`,
    /// `DMA Protection Disabled`, `Security Level is Downgraded to 0`.
    #[must_use]
    pub fn is_weakening(&self) -> bool {
        WEAKENED.contains(&self.text.bytes())
    }
}

/// How often firmware tried to boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootAttempts {
    /// `Calling EFI Application from Boot Option`: so many boot options were tried.
    pub started: u32,
    /// `Returning from EFI Application from Boot Option`: so many of them came back.
    pub returned: u32,
}

/// How the firmware's work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitBootServices {
    /// `success`: the operating system took over.
    Success,
    /// `failure`: it did not, as far as was measured.
    Failure,
    /// `allowed`: the log has no events of it, and the PCR is explained with those that the
    /// caller allowed.
    Allowed,
}

impl ExitBootServices {
    /// Returns the stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Allowed => "allowed",
        }
    }
}

impl<'a> Replay<'a> {
    /// Returns the texts of the firmware in a PCR: in 4 and 5 those about booting, in 7 those
    /// about protection that was weakened.
    ///
    /// Those that are the same on all machines are recognized by their digests. Others are there
    /// only if the log calls them texts: outside PCR 7 it may call them something else.
    #[must_use]
    pub fn actions(&self, pcr: u8) -> Fact<impl Iterator<Item = Action<'a>> + Clone> {
        let find = || {
            let steps = self.walk(pcr)?;
            let mut others = steps.clone();
            if let Some(step) = others.find(|step| matches!(step.is, Is::Unexplained)) {
                return Err(step.not_proven());
            }
            Ok(steps.filter_map(|step| match step.is {
                Is::Action(text) => Some(Action {
                    event: step.event,
                    text,
                    side: step.side,
                }),
                _ => None,
            }))
        };
        find().into()
    }

    /// Returns how often firmware tried to boot, by its texts in PCR 4, or in PCR 5 as some
    /// firmware has it.
    #[must_use]
    pub fn boot_attempts(&self) -> Fact<BootAttempts> {
        let count = |pcr| {
            let actions = match self.actions(pcr) {
                Fact::Known(actions) => actions,
                Fact::Unknown(reason) => return Err(reason),
            };
            let count = |text: &[u8]| {
                let of = actions.clone().filter(|action| action.text.bytes() == text);
                u32::try_from(of.count()).unwrap_or(u32::MAX)
            };
            Ok(BootAttempts {
                started: count(CALLING),
                returned: count(RETURNING),
            })
        };
        let find = || match count(4)? {
            BootAttempts { started: 0, .. } => match count(5)? {
                BootAttempts { started: 0, .. } => Err(Unknown::NotMeasured { pcr: 4 }),
                attempts => Ok(attempts),
            },
            attempts => Ok(attempts),
        };
        find().into()
    }

    /// Returns how the firmware's work ended, by its texts in PCR 5.
    #[must_use]
    pub fn exit_boot_services(&self) -> Fact<ExitBootServices> {
        let pcr = 5;
        let find = || {
            let actions = match self.actions(pcr) {
                Fact::Known(actions) => actions,
                Fact::Unknown(reason) => return Err(reason),
            };
            let of = [EXIT, EXIT_SUCCESS, EXIT_FAILURE];
            let last = actions
                .filter(|action| of.contains(&action.text.bytes()))
                .last();
            match last {
                Some(action) if action.text.bytes() == EXIT_SUCCESS => {
                    Ok(ExitBootServices::Success)
                }
                Some(_) => Ok(ExitBootServices::Failure),
                None if !self.suffixed_pcrs(Suffix::ExitBootServices).is_empty() => {
                    Ok(ExitBootServices::Allowed)
                }
                None => Err(Unknown::NotMeasured { pcr }),
            }
        };
        find().into()
    }
}
