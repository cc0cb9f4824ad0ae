//! Which PCRs of one bank (Part 2, 10.6).

use core::fmt;

use super::constants::TpmAlgId;
use crate::{
    error::{MarshalError, MarshalReason, Place, Reason, UnmarshalError, saturate},
    wire::{Hex, Inspect, Inspector, Marshal, Reader, Sink, Unmarshal},
};

/// PCRs of one bank, as a bit map (Part 2, 10.6.2): PCR n is bit n mod 8 of byte
/// n / 8. The map has 0 to 4 bytes; TPMs of the PC Client profile make 3.
#[doc(alias = "TPMS_PCR_SELECTION")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TpmsPcrSelection<'a> {
    /// The bank.
    pub hash: TpmAlgId,
    select: &'a [u8],
}

const SIZE_OF_SELECT: &Place = &Place {
    structure: "TPMS_PCR_SELECTION",
    field: "sizeofSelect",
};
const PCR_SELECT: &Place = &Place {
    structure: "TPMS_PCR_SELECTION",
    field: "pcrSelect",
};

impl<'a> TpmsPcrSelection<'a> {
    /// The largest bit map, in bytes.
    pub const MAX: u8 = 4;

    /// The selection of this bit map.
    ///
    /// # Errors
    /// The map has more than 4 bytes.
    pub fn new(hash: TpmAlgId, select: &'a [u8]) -> Result<Self, MarshalError> {
        match saturate(select.len()) {
            0..=4 => Ok(Self { hash, select }),
            size => {
                Err(MarshalError::new(MarshalReason::SizeOutOfRange { size })
                    .in_place(SIZE_OF_SELECT))
            }
        }
    }

    /// The bit map.
    #[must_use]
    pub const fn pcr_select(&self) -> &'a [u8] {
        self.select
    }

    /// The bit map as a number, in which PCR n is bit n.
    #[must_use]
    pub fn mask(&self) -> u32 {
        let mut bytes = [0; 4];
        for (to, from) in bytes.iter_mut().zip(self.select) {
            *to = *from;
        }
        u32::from_le_bytes(bytes)
    }
}

impl fmt::Debug for TpmsPcrSelection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TpmsPcrSelection")
            .field("hash", &self.hash)
            .field("select", &Hex(self.select))
            .finish()
    }
}

impl<'a> Unmarshal<'a> for TpmsPcrSelection<'a> {
    const NAME: &'static str = "TPMS_PCR_SELECTION";

    #[inline(always)]
    fn unmarshal(r: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        let hash = r.field(&Place {
            structure: Self::NAME,
            field: "hash",
        })?;
        let at = *r;
        let size: u8 = r.field(SIZE_OF_SELECT)?;
        if size > Self::MAX {
            let size = u16::from(size);
            let error = at.error(Reason::SizeOutOfRange { size });
            return Err(error.in_place(SIZE_OF_SELECT));
        }
        let select = r
            .bytes(usize::from(size))
            .map_err(|e| e.in_place(PCR_SELECT))?;
        Ok(Self { hash, select })
    }
}

impl Marshal for TpmsPcrSelection<'_> {
    #[inline(always)]
    fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError> {
        self.hash.marshal(sink)?;
        // `new` and `unmarshal` let no more than 4 bytes in.
        u8::try_from(self.select.len())
            .unwrap_or(u8::MAX)
            .marshal(sink)?;
        sink.write(self.select)
    }
}

impl Inspect for TpmsPcrSelection<'_> {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.field("hash", &self.hash);
        to.field("sizeofSelect", &saturate(self.select.len()));
        to.field("pcrSelect", &Pcrs(*self));
    }
}

/// The indices in a selection, which say more than its bit map.
struct Pcrs<'a>(TpmsPcrSelection<'a>);

impl Inspect for Pcrs<'_> {
    fn inspect(&self, to: &mut dyn Inspector) {
        let mask = self.0.mask();
        to.list(&mut |element| {
            for index in (0_u8..32).filter(|&i| mask & 1_u32.wrapping_shl(u32::from(i)) != 0) {
                element(&index);
            }
        });
    }
}
