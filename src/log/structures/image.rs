//! [`ImageLoadEvent`]: where an image was loaded from, as the log says.

use crate::{error::UnmarshalError, wire::Reader};

/// What a log says of an image that was loaded: its addresses and the path to it.
///
/// The digest of such an event is that of the image. No digest covers what is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "UEFI_IMAGE_LOAD_EVENT")]
pub struct ImageLoadEvent<'a> {
    location: u64,
    length: u64,
    link_time_address: u64,
    device_path: &'a [u8],
}

impl<'a> ImageLoadEvent<'a> {
    /// Reads an event that fills `data`.
    ///
    /// # Errors
    /// The data end within the event, or go on behind it.
    pub fn parse(data: &'a [u8]) -> Result<Self, UnmarshalError> {
        let mut reader = Reader::new(data);
        let location = reader.u64_le()?;
        let length = reader.u64_le()?;
        let link_time_address = reader.u64_le()?;
        let size = reader.u64_le()?;
        let device_path = reader.bytes(usize::try_from(size).unwrap_or(usize::MAX))?;
        reader.finish()?;
        Ok(Self {
            location,
            length,
            link_time_address,
            device_path,
        })
    }

    /// Returns where in memory the image was.
    #[must_use]
    pub const fn location(&self) -> u64 {
        self.location
    }

    /// Returns the length of the image in memory.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Returns the address for which the image was linked.
    #[must_use]
    pub const fn link_time_address(&self) -> u64 {
        self.link_time_address
    }

    /// Returns the nodes of the device path, each as its type, its subtype and its contents, up
    /// to the first that is malformed.
    pub fn device_path(&self) -> impl Iterator<Item = (u8, u8, &'a [u8])> + use<'a> {
        let mut reader = Reader::new(self.device_path);
        core::iter::from_fn(move || {
            let [kind, subtype] = *reader.array().ok()?;
            // With the four bytes in front of the contents.
            let size = reader.u16_le().ok()?.checked_sub(4)?;
            Some((kind, subtype, reader.bytes(usize::from(size)).ok()?))
        })
    }
}
