//! Where bytes go: a slice, a counter, a hash.

use core::fmt;

use super::hex::Hex;
use crate::error::{MarshalError, MarshalReason};

/// Something that takes bytes in order.
pub trait Sink {
    /// Takes `bytes`.
    ///
    /// # Errors
    /// The sink cannot take all of them.
    fn write(&mut self, bytes: &[u8]) -> Result<(), MarshalError>;
}

/// A sink that fills a slice.
pub struct SliceSink<'o> {
    out: &'o mut [u8],
    written: usize,
}

impl<'o> SliceSink<'o> {
    /// A sink at the start of `out`.
    pub fn new(out: &'o mut [u8]) -> Self {
        Self { out, written: 0 }
    }

    /// What was written.
    #[must_use]
    pub fn into_written(self) -> &'o [u8] {
        self.out.get(..self.written).unwrap_or_default()
    }
}

impl fmt::Debug for SliceSink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = self.out.get(..self.written).unwrap_or_default();
        f.debug_struct("SliceSink")
            .field("written", &Hex(written))
            .field("size", &self.out.len())
            .finish()
    }
}

impl Sink for SliceSink<'_> {
    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) -> Result<(), MarshalError> {
        let start = self.written;
        if let Some(end) = start.checked_add(bytes.len())
            && let Some(space) = self.out.get_mut(start..end)
        {
            space.copy_from_slice(bytes);
            self.written = end;
            return Ok(());
        }
        Err(MarshalError::new(MarshalReason::OutputTooSmall))
    }
}

/// A sink that only counts.
#[derive(Debug, Default)]
pub struct Counter(usize);

impl Counter {
    /// A counter at zero.
    #[must_use]
    pub fn new() -> Self {
        Self(0)
    }

    /// How many bytes were written.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0
    }
}

impl Sink for Counter {
    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) -> Result<(), MarshalError> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(())
    }
}
