//! How an object was made (Part 2, 10.7.3 and 15).

use super::{
    attributes::TpmaLocality,
    buffers::{Tpm2bData, Tpm2bDigest, Tpm2bName},
    constants::{TpmAlgId, TpmHandle, TpmSt},
    lists::TpmlPcrSelection,
    sized::{Sized2b, Tpm2b},
};
use crate::{
    error::{MarshalError, Place, Reason, UnmarshalError},
    wire::{Inspect, Inspector, Marshal, Reader, Sink, Unmarshal},
};

tpm_struct! {
    /// The circumstances in which an object was made (Part 2, 15.1).
    pub struct TpmsCreationData<'a> = "TPMS_CREATION_DATA" {
        /// Which PCRs were recorded.
        pcr_select: TpmlPcrSelection<'a> = "pcrSelect",
        /// Digest of their values, by the object's name hash.
        pcr_digest: Tpm2bDigest<'a> = "pcrDigest",
        /// Locality of the command.
        locality: TpmaLocality = "locality",
        /// The parent's name hash; `TPM_ALG_NULL` under a hierarchy itself.
        parent_name_alg: TpmAlgId = "parentNameAlg",
        /// The parent's name.
        parent_name: Tpm2bName<'a> = "parentName",
        /// The parent's qualified name.
        parent_qualified_name: Tpm2bName<'a> = "parentQualifiedName",
        /// What the caller sent along.
        outside_info: Tpm2bData<'a> = "outsideInfo",
    }
}

/// Creation data with its size in front (Part 2, 15.2).
#[doc(alias = "TPM2B_CREATION_DATA")]
pub type Tpm2bCreationData<'a> = Tpm2b<'a, TpmsCreationData<'a>>;

impl<'a> Sized2b<'a> for TpmsCreationData<'a> {
    const SIZED_NAME: &'static str = "TPM2B_CREATION_DATA";
}

/// The TPM's note to itself that it made an object (Part 2, 10.7.3). Only the
/// TPM that wrote it can check it.
///
/// Its `tag` is always `TPM_ST_CREATION`.
#[doc(alias = "TPMT_TK_CREATION")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TpmtTkCreation<'a> {
    /// Hierarchy of the object; `TPM_RH_NULL` in an empty ticket.
    pub hierarchy: TpmHandle,
    /// HMAC by a secret of that hierarchy.
    pub digest: Tpm2bDigest<'a>,
}

const fn place(field: &'static str) -> Place {
    Place {
        structure: "TPMT_TK_CREATION",
        field,
    }
}

const TAG: &Place = &place("tag");
const HIERARCHY: &Place = &place("hierarchy");
const DIGEST: &Place = &place("digest");

impl<'a> Unmarshal<'a> for TpmtTkCreation<'a> {
    const NAME: &'static str = "TPMT_TK_CREATION";

    fn unmarshal(r: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        let at = *r;
        if r.field::<TpmSt>(TAG)? != TpmSt::CREATION {
            return Err(at.error(Reason::WrongConstant).in_place(TAG));
        }
        Ok(Self {
            hierarchy: r.field(HIERARCHY)?,
            digest: r.field(DIGEST)?,
        })
    }
}

impl Marshal for TpmtTkCreation<'_> {
    fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError> {
        TpmSt::CREATION.marshal(sink)?;
        self.hierarchy.marshal(sink)?;
        self.digest.marshal(sink)
    }
}

impl Inspect for TpmtTkCreation<'_> {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.field("tag", &TpmSt::CREATION);
        to.field("hierarchy", &self.hierarchy);
        to.field("digest", &self.digest);
    }
}
