//! Secure Boot, its keys and lists, and the validation of shim: variables in PCR 7.

use core::fmt;

use super::{
    fact::Fact,
    walk::{Is, Separator, Side, Step, Steps},
};
use crate::{
    log::{
        replay::Replay,
        structures::{EfiVariable, Guid, SignatureLists},
    },
    verify::error::Unknown,
};

/// The PCR of Secure Boot.
pub(super) const POLICY: u8 = 7;

/// Whether firmware lets only signed images run.
///
/// On does not say that all of the boot was checked: see
/// [`Replay::mok_validation`], and the images and authorities themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecureBoot {
    /// `on`: the variable is 1.
    On,
    /// `off`: the variable is 0.
    Off,
    /// `never-set`: the variable is empty, as on firmware without any keys. It is off.
    NeverSet,
}

impl SecureBoot {
    /// Returns the stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::NeverSet => "never-set",
        }
    }
}

impl fmt::Display for SecureBoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Whether shim was told not to check what it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MokValidation {
    /// `disabled`: `MokSBState` is 1. shim and the Linux kernel behave as without Secure Boot.
    Disabled,
    /// `not-disabled`: shim did not measure that it was disabled. That shim ran is not said.
    NotDisabled,
}

impl MokValidation {
    /// Returns the stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::NotDisabled => "not-disabled",
        }
    }
}

impl fmt::Display for MokValidation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl<'a> Replay<'a> {
    /// Returns whether Secure Boot was on: the variable `SecureBoot` of UEFI's own GUID, of which
    /// PCR 7 must have exactly one, before the separator.
    #[must_use]
    pub fn secure_boot(&self) -> Fact<SecureBoot> {
        let found = self.find_variable(Guid::GLOBAL_VARIABLE, "SecureBoot");
        let state = found.and_then(|(variable, event)| match variable.contents() {
            [1] => Ok(SecureBoot::On),
            [0] => Ok(SecureBoot::Off),
            [] => Ok(SecureBoot::NeverSet),
            _ => Err(Unknown::OddValue { pcr: POLICY, event }),
        });
        state.into()
    }

    /// Returns whether shim's validation was disabled, which shim measures into PCR 7 as its
    /// variable `MokSBState`.
    #[must_use]
    pub fn mok_validation(&self) -> Fact<MokValidation> {
        let find = || {
            let mut state = MokValidation::NotDisabled;
            self.judge_each(POLICY, |step| {
                match step.is {
                    Is::Variable(variable) if variable.is(Guid::SHIM_LOCK, "MokSBState") => {
                        match variable.contents() {
                            [0] | [] => {}
                            [1] => state = MokValidation::Disabled,
                            _ => {
                                let event = step.event.number();
                                return Err(Unknown::OddValue { pcr: POLICY, event });
                            }
                        }
                    }
                    _ => {}
                }
                Ok(())
            })?;
            Ok(state)
        };
        find().into()
    }

    /// Returns a variable that firmware measured into PCR 7, which must have exactly one with this
    /// owner and name, before the separator.
    #[must_use]
    pub fn variable(&self, guid: Guid, name: &str) -> Fact<EfiVariable<'a>> {
        let found = self.find_variable(guid, name);
        found.map(|(variable, _)| variable).into()
    }

    /// Returns the certificates and digests in a variable that firmware measured into PCR 7, see
    /// [`variable`](Self::variable).
    #[must_use]
    pub fn signatures(&self, guid: Guid, name: &str) -> Fact<SignatureLists<'a>> {
        let found = self.find_variable(guid, name);
        let lists = found.and_then(|(variable, event)| {
            let lists = variable.signature_lists();
            lists.map_err(|_| Unknown::OddValue { pcr: POLICY, event })
        });
        lists.into()
    }

    /// Returns the platform key.
    #[must_use]
    pub fn pk(&self) -> Fact<EfiVariable<'a>> {
        self.variable(Guid::GLOBAL_VARIABLE, "PK")
    }

    /// Returns the keys that may change `db` and `dbx`.
    #[must_use]
    pub fn kek(&self) -> Fact<EfiVariable<'a>> {
        self.variable(Guid::GLOBAL_VARIABLE, "KEK")
    }

    /// Returns the certificates and digests of images that may run.
    #[must_use]
    pub fn db(&self) -> Fact<EfiVariable<'a>> {
        self.variable(Guid::IMAGE_SECURITY_DATABASE, "db")
    }

    /// Returns the certificates and digests of images that may not run.
    #[must_use]
    pub fn dbx(&self) -> Fact<EfiVariable<'a>> {
        self.variable(Guid::IMAGE_SECURITY_DATABASE, "dbx")
    }

    /// Returns the certificates of authorities on time.
    #[must_use]
    pub fn dbt(&self) -> Fact<EfiVariable<'a>> {
        self.variable(Guid::IMAGE_SECURITY_DATABASE, "dbt")
    }

    /// Returns shim's list of least versions, `SbatLevel`, that it measured into PCR 7.
    #[must_use]
    pub fn sbat_level(&self) -> Fact<&'a [u8]> {
        let find = || {
            let mut found = None;
            self.judge_each(POLICY, |step| match step.is {
                Is::Variable(variable)
                    if variable.is(Guid::SHIM_LOCK, "SbatLevel")
                        && found.replace(variable.contents()).is_some() =>
                {
                    let event = step.event.number();
                    Err(Unknown::Ambiguous { pcr: POLICY, event })
                }
                _ => Ok(()),
            })?;
            found.ok_or(Unknown::NotMeasured { pcr: POLICY })
        };
        find().into()
    }

    /// Returns the separator of a PCR of 0 to 7, if it has exactly one.
    #[must_use]
    pub fn separator(&self, pcr: u8) -> Fact<Separator> {
        let find = || {
            let mut found = None;
            for step in self.walk(pcr)? {
                if let Is::Separator(separator) = step.is {
                    match found {
                        None => found = Some(separator),
                        // Some firmware measures it twice.
                        Some(before) if before == separator => {}
                        Some(_) => {
                            let event = step.event.number();
                            return Err(Unknown::Ambiguous { pcr, event });
                        }
                    }
                }
            }
            found.ok_or(Unknown::NoSeparator { pcr })
        };
        find().into()
    }

    /// The events of a PCR of the firmware, [all of which](Self::judge_each) are known.
    pub(super) fn judged(&self, pcr: u8) -> Result<Steps<'_, 'a>, Unknown> {
        self.judge_each(pcr, |_| Ok(()))?;
        self.walk(pcr)
    }

    /// Looks at the events of a PCR of the firmware, all of which have to be known: the separator
    /// is there, and nothing is left of which only the digest is known, or data that mean nothing:
    /// these may be a part of what was measured, chosen so that it cannot be recognized.
    ///
    /// Returns the first error of `judge`, but only if every event is known.
    fn judge_each(
        &self,
        pcr: u8,
        mut judge: impl FnMut(&Step<'a>) -> Result<(), Unknown>,
    ) -> Result<(), Unknown> {
        let (mut is_separated, mut said) = (false, Ok(()));
        for step in self.walk(pcr)? {
            let event = step.event.number();
            match step.is {
                Is::Unexplained | Is::Data => return Err(step.not_proven()),
                Is::Separator(Separator::Error) => {
                    return Err(Unknown::ErrorSeparator { pcr, event });
                }
                Is::Separator(Separator::Normal) => is_separated = true,
                _ => said = said.and_then(|()| judge(&step)),
            }
        }
        if !is_separated {
            return Err(Unknown::NoSeparator { pcr });
        }
        said
    }

    /// The variable and the number of its event.
    fn find_variable(&self, guid: Guid, name: &str) -> Result<(EfiVariable<'a>, u32), Unknown> {
        let pcr = POLICY;
        let (mut found, mut others) = (None, None);
        self.judge_each(pcr, |step| {
            let Is::Variable(variable) = step.is else {
                return Ok(());
            };
            let event = step.event.number();
            if variable.guid() != guid {
                if variable.name().is(name) {
                    others = others.or(Some(Unknown::WrongGuid { pcr, event }));
                }
            } else if variable.name().is(name) && !is_entry(step, &variable) {
                if found.is_some() {
                    return Err(Unknown::Ambiguous { pcr, event });
                }
                found = Some((variable, event, step.side));
            }
            Ok(())
        })?;
        match found {
            Some((variable, event, Side::Before)) => Ok((variable, event)),
            Some((_, event, Side::After)) => Err(Unknown::AfterSeparator { pcr, event }),
            None => Err(others.unwrap_or(Unknown::NotMeasured { pcr })),
        }
    }
}

/// Whether it is one entry of `db`, that let an image run, and not the whole variable.
pub(super) fn is_entry(step: &Step<'_>, variable: &EfiVariable<'_>) -> bool {
    let is_list = ["db", "dbx", "dbt", "dbr"]
        .iter()
        .any(|name| variable.is(Guid::IMAGE_SECURITY_DATABASE, name));
    is_list
        && (variable.signature_lists().is_err()
            // Nothing is neither: behind the separator, firmware measures entries only.
            || (step.side == Side::After && variable.contents().is_empty()))
}
