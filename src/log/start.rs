//! The values that PCRs have before the first event of a log.

use super::{event::Event, event_log::EventLog, event_type::EventType};
use crate::verify::{
    Error,
    error::{LocalityProblem, LogProblem},
};

/// The locality at which the TPM was started, as an event of the log says. The value of PCR 0
/// begins with it, so that it is proven where PCR 0 is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "TCG_EfiStartupLocalityEvent")]
pub struct StartupLocality {
    locality: u8,
    padding: usize,
}

impl StartupLocality {
    /// Returns the locality: 0, 3 or 4.
    #[must_use]
    pub const fn locality(self) -> u8 {
        self.locality
    }

    /// Returns how many zeros follow it in the event, as some firmware writes them.
    #[must_use]
    pub const fn padding(self) -> usize {
        self.padding
    }
}

/// How PCRs begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) locality: Option<StartupLocality>,
    /// A measurement by hardware is the first event of PCR 0.
    is_measured: bool,
    /// A dynamic root of trust was started: the log extends its PCRs.
    is_dynamic: bool,
}

const SIGNATURE: &[u8] = b"StartupLocality\0";

impl Start {
    /// How PCRs begin without any log.
    pub(super) const NONE: Self = Self {
        locality: None,
        is_measured: false,
        is_dynamic: false,
    };

    /// Reads it from the firmware's log.
    pub(super) fn of(log: &EventLog<'_>) -> Result<Self, Error> {
        let mut start = Self::NONE;
        let mut is_extended = false;
        for event in log.events() {
            match event.pcr() {
                Some(0) => {
                    let is_measured = event.event_type() == EventType::EFI_HCRTM_EVENT;
                    start.is_measured |= is_measured && !is_extended;
                    is_extended = true;
                }
                Some(17..=22) => start.is_dynamic = true,
                Some(_) => {}
                None if event.data().starts_with(SIGNATURE) => {
                    let locality = locality(&event, start.locality, is_extended);
                    start.locality = Some(locality.map_err(|problem| of_event(&event, problem))?);
                }
                None => {}
            }
        }
        Ok(start)
    }

    /// The last byte of the value of a PCR, and all other bytes of it.
    pub(super) fn value(&self, index: u8) -> (u8, u8) {
        match (index, self.locality) {
            (0, _) if self.is_measured => (4, 0),
            (0, Some(locality)) => (locality.locality, 0),
            (17..=22, _) if !self.is_dynamic => (0xff, 0xff),
            _ => (0, 0),
        }
    }
}

fn locality(
    event: &Event<'_>,
    before: Option<StartupLocality>,
    is_extended: bool,
) -> Result<StartupLocality, LocalityProblem> {
    if event.pcr_index() != 0 {
        return Err(LocalityProblem::PcrIndex(event.pcr_index()));
    }
    if before.is_some() {
        return Err(LocalityProblem::Repeated);
    }
    if is_extended {
        return Err(LocalityProblem::Late);
    }
    let rest = event.data().get(SIGNATURE.len()..).unwrap_or_default();
    let Some((&locality, padding)) = rest.split_first() else {
        return Err(LocalityProblem::Form);
    };
    if padding.iter().any(|byte| *byte != 0) {
        return Err(LocalityProblem::Form);
    }
    match locality {
        0 | 3 | 4 => Ok(StartupLocality {
            locality,
            padding: padding.len(),
        }),
        other => Err(LocalityProblem::Value(other)),
    }
}

fn of_event(event: &Event<'_>, problem: LocalityProblem) -> Error {
    let at = usize::try_from(event.offset()).unwrap_or(usize::MAX);
    let event = event.number();
    Error::from(LogProblem::Locality { event, problem }).at(at)
}
