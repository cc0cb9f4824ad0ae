//! What unified kernel images and shim measure into PCRs 11 and 14.

use super::{
    fact::Fact,
    walk::{Is, Step, Steps},
};
use crate::{
    log::{proven::ProvenEvent, replay::Replay, structures::LogText},
    verify::error::Unknown,
};

/// A section of a unified kernel image that its stub measured into PCR 11.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    name: LogText<'a>,
    event: ProvenEvent<'a>,
}

impl<'a> Section<'a> {
    pub(super) fn new(step: Step<'a>) -> Option<Self> {
        match step.is {
            Is::Section(name) => Some(Self {
                name,
                event: step.event,
            }),
            _ => None,
        }
    }

    /// Returns the name, such as `.linux`. It is proven.
    #[must_use]
    pub const fn name(&self) -> LogText<'a> {
        self.name
    }

    /// Returns the event whose digest is that of the contents.
    #[must_use]
    pub const fn event(&self) -> ProvenEvent<'a> {
        self.event
    }
}

/// A variable of shim in PCR 14: the digest of its contents.
#[derive(Clone, Copy, Debug)]
pub struct MokEvent<'a>(ProvenEvent<'a>);

impl<'a> MokEvent<'a> {
    /// Returns the event whose digest is that of the contents.
    #[must_use]
    pub const fn event(&self) -> ProvenEvent<'a> {
        self.0
    }

    /// Returns the name of the variable as the log says. Nothing proves it.
    #[must_use]
    pub fn claimed_name(&self) -> LogText<'a> {
        let name = self.0.claimed_data().split(|byte| *byte == 0).next();
        LogText::utf8(name.unwrap_or_default())
    }
}

impl<'a> Replay<'a> {
    /// Returns the sections of the unified kernel image that was started.
    #[must_use]
    pub fn sections(&self) -> Fact<impl Iterator<Item = Section<'a>> + Clone> {
        self.all_known(11)
            .map(|steps| steps.filter_map(Section::new))
            .into()
    }

    /// Returns the variables of shim in PCR 14, `MokList` and others, by the digests of their
    /// contents.
    #[must_use]
    pub fn mok_events(&self) -> Fact<impl Iterator<Item = MokEvent<'a>> + Clone> {
        let steps = self.all_known(14);
        let of_shim = |step: Step<'a>| matches!(step.is, Is::Mok).then_some(MokEvent(step.event));
        steps.map(|steps| steps.filter_map(of_shim)).into()
    }

    /// The events of a PCR, of which at least one was measured and each is known.
    fn all_known(&self, pcr: u8) -> Result<Steps<'_, 'a>, Unknown> {
        let steps = self.walk(pcr)?;
        let mut others = steps.clone();
        // Data that are proven, and are no name, may be there to hide one.
        if let Some(step) = others.find(|step| matches!(step.is, Is::Data | Is::Unexplained)) {
            return Err(step.not_proven());
        }
        if steps.clone().next().is_none() {
            return Err(Unknown::NotMeasured { pcr });
        }
        Ok(steps)
    }
}
