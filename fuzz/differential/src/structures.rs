//! The structures that both sides know.

use tpm_quote::types::*;

use crate::{
    compare::{Outcome, compare},
    only_ours as but, tss,
};

/// One structure, read by both.
pub struct Structure {
    /// The specification's name.
    pub name: &'static str,
    /// Compares what both make of these bytes.
    pub compare: fn(&[u8]) -> Outcome,
}

macro_rules! structures {
    ($( $name:ident: $type:ty, $refused:expr; )*) => {
        $(
            pub const $name: Structure = Structure {
                name: stringify!($name),
                compare: |data: &[u8]| compare::<$type>(tss::$name, $refused, data),
            };
        )*

        /// All of them.
        pub const STRUCTURES: &[Structure] = &[$( $name, )*];
    };
}

// Not here: TPM2B_PUBLIC, TPM2B_NV_PUBLIC and TPM2B_CREATION_DATA, where libtss2
// holds neither the size nor the content against anything, and TPMS_ID_OBJECT,
// where it takes encrypted bytes for a size.
structures! {
    TPM2B_ATTEST: Tpm2bAttest<'_>, but::nothing;
    TPM2B_DATA: Tpm2bData<'_>, but::data;
    TPM2B_DIGEST: Tpm2bDigest<'_>, but::nothing;
    TPM2B_ECC_PARAMETER: Tpm2bEccParameter<'_>, but::nothing;
    TPM2B_ENCRYPTED_SECRET: Tpm2bEncryptedSecret<'_>, but::secret;
    TPM2B_ID_OBJECT: Tpm2bIdObject<'_>, but::nothing;
    TPM2B_MAX_NV_BUFFER: Tpm2bMaxNvBuffer<'_>, but::nothing;
    TPM2B_NAME: Tpm2bName<'_>, but::nothing;
    TPM2B_PUBLIC_KEY_RSA: Tpm2bPublicKeyRsa<'_>, but::nothing;
    TPML_DIGEST: TpmlDigest<'_>, but::nothing;
    TPML_PCR_SELECTION: TpmlPcrSelection<'_>, but::nothing;
    TPMS_ATTEST: TpmsAttest<'_>, but::attest;
    TPMS_CERTIFY_INFO: TpmsCertifyInfo<'_>, but::nothing;
    TPMS_CLOCK_INFO: TpmsClockInfo, but::nothing;
    TPMS_COMMAND_AUDIT_INFO: TpmsCommandAuditInfo<'_>, but::nothing;
    TPMS_CREATION_DATA: TpmsCreationData<'_>, but::creation_data;
    TPMS_CREATION_INFO: TpmsCreationInfo<'_>, but::nothing;
    TPMS_ECC_PARMS: TpmsEccParms, but::ecc_parms;
    TPMS_ECC_POINT: TpmsEccPoint<'_>, but::nothing;
    TPMS_KEYEDHASH_PARMS: TpmsKeyedhashParms, but::nothing;
    TPMS_NV_CERTIFY_INFO: TpmsNvCertifyInfo<'_>, but::nothing;
    TPMS_NV_DIGEST_CERTIFY_INFO: TpmsNvDigestCertifyInfo<'_>, but::nothing;
    TPMS_NV_PUBLIC: TpmsNvPublic<'_>, but::nothing;
    TPMS_PCR_SELECTION: TpmsPcrSelection<'_>, but::nothing;
    TPMS_QUOTE_INFO: TpmsQuoteInfo<'_>, but::nothing;
    TPMS_RSA_PARMS: TpmsRsaParms, but::rsa_parms;
    TPMS_SCHEME_ECDAA: TpmsSchemeEcdaa, but::nothing;
    TPMS_SCHEME_XOR: TpmsSchemeXor, but::nothing;
    TPMS_SESSION_AUDIT_INFO: TpmsSessionAuditInfo<'_>, but::nothing;
    TPMS_SIGNATURE_ECC: TpmsSignatureEcc<'_>, but::nothing;
    TPMS_SIGNATURE_RSA: TpmsSignatureRsa<'_>, but::nothing;
    TPMS_SYMCIPHER_PARMS: TpmsSymcipherParms, but::symcipher_parms;
    TPMS_TIME_ATTEST_INFO: TpmsTimeAttestInfo, but::nothing;
    TPMS_TIME_INFO: TpmsTimeInfo, but::nothing;
    TPMT_ECC_SCHEME: TpmtEccScheme, but::ecc_scheme;
    TPMT_HA: TpmtHa<'_>, but::ha;
    TPMT_KDF_SCHEME: TpmtKdfScheme, but::kdf_scheme;
    TPMT_KEYEDHASH_SCHEME: TpmtKeyedhashScheme, but::nothing;
    TPMT_PUBLIC: TpmtPublic<'_>, but::public;
    TPMT_RSA_SCHEME: TpmtRsaScheme, but::nothing;
    TPMT_SIGNATURE: TpmtSignature<'_>, but::signature;
    TPMT_SYM_DEF_OBJECT: TpmtSymDefObject, but::sym_def_object;
    TPMT_TK_CREATION: TpmtTkCreation<'_>, but::nothing;
}
