//! The structures of the TPM 2.0 Library, Part 2: Structures, version 1.85
//! (family "2.0"), grouped by its clauses. Editions differ in what they define,
//! hardly ever in how it is laid out; a comment says so where they do.
//!
//! Every structure is a view: it borrows the bytes that it was read from, is
//! `Copy`, and writes the same bytes back. To keep a value, keep its bytes and
//! read it again. To make one, fill in its fields: buffers, lists and sized
//! structures have a `new`, which says where the bytes go. Ids that nobody has assigned yet are kept where they decide
//! nothing about the bytes that follow, and refused where they do.
//!
//! | structure | type | clause |
//! |---|---|---|
//! | `TPM_ALG_ID`, `TPM_ECC_CURVE`, `TPM_ST`, `TPM_HANDLE` | [`TpmAlgId`], [`TpmEccCurve`], [`TpmSt`], [`TpmHandle`] | 6, 7 |
//! | `TPMA_OBJECT`, `TPMA_NV`, `TPMA_LOCALITY` | [`TpmaObject`], [`TpmaNv`], [`TpmaLocality`] | 8, 13.4 |
//! | `TPMT_HA`, `TPM2B_DIGEST`, `TPM2B_DATA`, `TPM2B_NAME`, ... | [`TpmtHa`], [`Tpm2bDigest`], [`Tpm2bData`], [`Tpm2bName`] | 10.3 to 10.5 |
//! | `TPMS_PCR_SELECTION`, `TPML_PCR_SELECTION`, `TPML_DIGEST` | [`TpmsPcrSelection`], [`TpmlPcrSelection`], [`TpmlDigest`] | 10.6, 10.9 |
//! | `TPMT_TK_CREATION` | [`TpmtTkCreation`] | 10.7 |
//! | `TPMS_CLOCK_INFO`, `TPMS_TIME_INFO`, `TPMS_ATTEST`, `TPM2B_ATTEST` | [`TpmsClockInfo`], [`TpmsTimeInfo`], [`TpmsAttest`], [`Tpm2bAttest`] | 10.11, 10.12 |
//! | `TPMT_SYM_DEF_OBJECT`, `TPMT_RSA_SCHEME`, ... | [`TpmtSymDefObject`], [`TpmtRsaScheme`], [`TpmtEccScheme`], [`TpmtKdfScheme`], [`TpmtKeyedhashScheme`] | 11.1, 11.2 |
//! | `TPMT_SIGNATURE`, `TPM2B_ENCRYPTED_SECRET` | [`TpmtSignature`], [`Tpm2bEncryptedSecret`] | 11.3, 11.4 |
//! | `TPMT_PUBLIC`, `TPM2B_PUBLIC` | [`TpmtPublic`], [`Tpm2bPublic`] | 12.2 |
//! | `TPMS_ID_OBJECT`, `TPM2B_ID_OBJECT` | [`TpmsIdObject`], [`Tpm2bIdObject`] | 12.4 |
//! | `TPMS_NV_PUBLIC`, `TPM2B_NV_PUBLIC` | [`TpmsNvPublic`], [`Tpm2bNvPublic`] | 13 |
//! | `TPMS_CREATION_DATA`, `TPM2B_CREATION_DATA` | [`TpmsCreationData`], [`Tpm2bCreationData`] | 15 |

mod attest;
mod attributes;
mod buffers;
mod constants;
mod creation;
mod credential;
mod lists;
mod nv;
mod pcr;
mod public;
mod schemes;
mod signature;
mod sized;

pub use self::{
    attest::*, attributes::*, buffers::*, constants::*, creation::*, credential::*, lists::*,
    nv::*, pcr::*, public::*, schemes::*, signature::*, sized::*,
};
