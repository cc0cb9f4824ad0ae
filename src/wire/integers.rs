//! Integers, and the yes or no of a byte.

use super::{
    codec::{Marshal, Unmarshal},
    inspect::{Inspect, Inspector},
    reader::Reader,
    sink::Sink,
};
use crate::error::{MarshalError, Reason, UnmarshalError};

macro_rules! integers {
    ($($int:ident = $name:literal by $number:ident),* $(,)?) => {$(
        impl Unmarshal<'_> for $int {
            const NAME: &'static str = $name;

            #[inline(always)]
            fn unmarshal(r: &mut Reader<'_>) -> Result<Self, UnmarshalError> {
                Ok(Self::from_be_bytes(*r.array()?))
            }
        }

        impl Marshal for $int {
            #[inline(always)]
            fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError> {
                sink.write(&self.to_be_bytes())
            }
        }

        impl Inspect for $int {
            fn inspect(&self, to: &mut dyn Inspector) {
                to.$number(u64::from(*self));
            }
        }
    )*};
}

integers!(
    u8 = "UINT8" by number,
    u16 = "UINT16" by number,
    u32 = "UINT32" by number,
    u64 = "UINT64" by long_number,
);

/// `TPMI_YES_NO` (Part 2, 9.2): one byte, 0 or 1.
impl Unmarshal<'_> for bool {
    const NAME: &'static str = "TPMI_YES_NO";

    #[inline(always)]
    fn unmarshal(r: &mut Reader<'_>) -> Result<Self, UnmarshalError> {
        let at = *r;
        match r.read()? {
            0_u8 => Ok(false),
            1 => Ok(true),
            value => Err(at.error(Reason::NotYesOrNo { value })),
        }
    }
}

impl Marshal for bool {
    #[inline(always)]
    fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError> {
        u8::from(*self).marshal(sink)
    }
}

impl Inspect for bool {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.yes_no(*self);
    }
}
