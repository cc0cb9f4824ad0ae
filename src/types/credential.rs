//! A credential for one object in one TPM (Part 2, 12.4).

use core::fmt;

use super::{
    buffers::{Bytes, Tpm2bDigest},
    sized::{Sized2b, Tpm2b},
};
use crate::{
    error::{MarshalError, Place, UnmarshalError},
    wire::{Hex, Inspect, Inspector, Marshal, Reader, Sink, Unmarshal},
};

/// An encrypted credential (Part 2, 12.4.2). It ends where its bytes end.
#[doc(alias = "TPMS_ID_OBJECT")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TpmsIdObject<'a> {
    /// HMAC over the rest and the object's name.
    pub integrity_hmac: Tpm2bDigest<'a>,
    /// The credential, encrypted together with its size; without a size itself.
    pub enc_identity: &'a [u8],
}

/// An encrypted credential with its size in front (Part 2, 12.4.3).
#[doc(alias = "TPM2B_ID_OBJECT")]
pub type Tpm2bIdObject<'a> = Tpm2b<'a, TpmsIdObject<'a>>;

impl<'a> Sized2b<'a> for TpmsIdObject<'a> {
    const SIZED_NAME: &'static str = "TPM2B_ID_OBJECT";
    const MAX: u16 = 132;
}

const INTEGRITY_HMAC: &Place = &Place {
    structure: "TPMS_ID_OBJECT",
    field: "integrityHMAC",
};

impl fmt::Debug for TpmsIdObject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TpmsIdObject")
            .field("integrity_hmac", &self.integrity_hmac)
            .field("enc_identity", &Hex(self.enc_identity))
            .finish()
    }
}

impl<'a> Unmarshal<'a> for TpmsIdObject<'a> {
    const NAME: &'static str = "TPMS_ID_OBJECT";

    fn unmarshal(r: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        Ok(Self {
            integrity_hmac: r.field(INTEGRITY_HMAC)?,
            enc_identity: r.take_rest(),
        })
    }
}

impl Marshal for TpmsIdObject<'_> {
    fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError> {
        self.integrity_hmac.marshal(sink)?;
        sink.write(self.enc_identity)
    }
}

impl Inspect for TpmsIdObject<'_> {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.field("integrityHMAC", &self.integrity_hmac);
        to.field("encIdentity", &Bytes(self.enc_identity));
    }
}
