//! NV indices (Part 2, 13).

use super::{
    attributes::TpmaNv,
    buffers::Tpm2bDigest,
    constants::{TpmAlgId, TpmHandle},
    sized::{Sized2b, Tpm2b},
};

tpm_struct! {
    /// The public area of an NV index (Part 2, 13.5). Its hash is the index's
    /// Name, which changes when the index is written or locked.
    pub struct TpmsNvPublic<'a> = "TPMS_NV_PUBLIC" {
        /// Handle.
        nv_index: TpmHandle = "nvIndex",
        /// Hash of the Name.
        name_alg: TpmAlgId = "nameAlg",
        /// What may be done with it.
        attributes: TpmaNv = "attributes",
        /// The policy's digest, or nothing.
        auth_policy: Tpm2bDigest<'a> = "authPolicy",
        /// Size of what it holds, in bytes.
        data_size: u16 = "dataSize",
    }
}

/// The public area of an NV index with its size in front (Part 2, 13.6).
#[doc(alias = "TPM2B_NV_PUBLIC")]
pub type Tpm2bNvPublic<'a> = Tpm2b<'a, TpmsNvPublic<'a>>;

impl<'a> Sized2b<'a> for TpmsNvPublic<'a> {
    const SIZED_NAME: &'static str = "TPM2B_NV_PUBLIC";
}
