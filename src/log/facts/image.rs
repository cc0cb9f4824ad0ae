//! [`Image`]: what was loaded to run, by its digest.

use super::{
    fact::Fact,
    walk::{Is, Side, Step},
};
use crate::{
    log::{proven::ProvenEvent, replay::Replay, structures::ImageLoadEvent},
    types::TpmAlgId,
};

/// An image that was loaded: a boot loader, a kernel, a driver.
///
/// Its Authenticode digest is proven; where it came from is not.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    event: ProvenEvent<'a>,
    side: Side,
}

impl<'a> Image<'a> {
    fn new(step: Step<'a>) -> Option<Self> {
        matches!(step.is, Is::Image).then_some(Self {
            event: step.event,
            side: step.side,
        })
    }

    /// Returns the event.
    #[must_use]
    pub const fn event(&self) -> ProvenEvent<'a> {
        self.event
    }

    /// Returns the PCR: 4 for boot loaders and what they start, 2 for drivers of devices.
    #[must_use]
    pub const fn pcr(&self) -> u8 {
        self.event.pcr()
    }

    /// Returns the number of the event in the log, counted from 0.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.event.number()
    }

    /// Returns the Authenticode digest of this bank, if the quote covers the bank.
    #[must_use]
    pub fn digest(&self, bank: TpmAlgId) -> Option<&'a [u8]> {
        self.event.digest(bank)
    }

    /// Returns the Authenticode digests, in the banks that the quote covers.
    pub fn digests(&self) -> impl Iterator<Item = (TpmAlgId, &'a [u8])> {
        self.event.digests()
    }

    /// Returns on which side of the separator it was loaded.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.side
    }

    /// Returns where the image was loaded from, as the log says. Nothing proves it.
    #[must_use]
    pub fn claimed_load(&self) -> Option<ImageLoadEvent<'a>> {
        ImageLoadEvent::parse(self.event.claimed_data()).ok()
    }
}

impl<'a> Replay<'a> {
    /// Returns the boot loaders and kernels that were loaded, in the order of PCR 4.
    ///
    /// A boot loader may start others without measuring them. Whoever runs on the machine later
    /// can measure more of them, but hide none.
    #[must_use]
    pub fn images(&self) -> Fact<impl Iterator<Item = Image<'a>> + Clone> {
        self.images_of(4)
    }

    /// Returns the drivers of devices and others that firmware loaded, in the order of PCR 2.
    #[must_use]
    pub fn drivers(&self) -> Fact<impl Iterator<Item = Image<'a>> + Clone> {
        self.images_of(2)
    }

    fn images_of(&self, pcr: u8) -> Fact<impl Iterator<Item = Image<'a>> + Clone> {
        let find = || {
            let steps = self.judged(pcr)?;
            // In PCR 2 firmware measures more than images, of which only the label tells.
            let mut others = steps.clone();
            let hidden = others.find(|step| matches!(step.is, Is::Known));
            match hidden {
                Some(step) => Err(step.not_proven()),
                None => Ok(steps.filter_map(Image::new)),
            }
        };
        find().into()
    }
}
