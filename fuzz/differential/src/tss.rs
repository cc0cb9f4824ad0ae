//! libtss2-mu: the only unsafe code here.
//!
//! What it reads into is a C structure of which nothing is known here but that it
//! fits: what counts is whether it was read, how far, and how it is written again.

use std::{
    ffi::c_void,
    ptr::{from_mut, from_ref},
    sync::Once,
};

type UnmarshalFn = unsafe extern "C" fn(*const u8, usize, *mut usize, *mut c_void) -> u32;
type MarshalFn = unsafe extern "C" fn(*const c_void, *mut u8, usize, *mut usize) -> u32;

/// The two functions of one structure.
#[derive(Clone, Copy)]
pub struct Functions {
    unmarshal: UnmarshalFn,
    marshal: MarshalFn,
}

/// The largest of these C structures has 2306 bytes, `TPM2B_ATTEST`.
const WORDS: usize = 512;
/// Stands behind the C structure and stays there.
const GUARD: u64 = 0xa5a5_a5a5_a5a5_a5a5;

#[repr(C, align(16))]
struct Structure {
    words: [u64; WORDS],
    guard: u64,
}

impl Functions {
    /// How many bytes at the start of `data` are the structure, or a `TSS2_RC`.
    ///
    /// # Panics
    /// The library writes other bytes than it has read.
    pub fn read(self, data: &[u8]) -> Result<usize, u32> {
        silence();
        let mut structure = Structure {
            words: [0; WORDS],
            guard: GUARD,
        };
        let mut taken = 0;
        // SAFETY: the pointers are to live values, of the sizes given; the C
        // structure fits into `words` and is aligned there.
        let rc = unsafe {
            (self.unmarshal)(
                data.as_ptr(),
                data.len(),
                &raw mut taken,
                from_mut(&mut structure.words).cast(),
            )
        };
        assert_eq!(structure.guard, GUARD);
        if rc != 0 {
            return Err(rc);
        }

        let mut out = [0xa5; 4096];
        let mut written = 0;
        // SAFETY: as above; the library itself has filled the C structure.
        let rc = unsafe {
            (self.marshal)(
                from_ref(&structure.words).cast(),
                out.as_mut_ptr(),
                out.len(),
                &raw mut written,
            )
        };
        assert_eq!(
            rc, 0,
            "libtss2 does not write what it has read: {data:02x?}"
        );
        assert!(
            out.get(..written) == data.get(..taken),
            "libtss2 writes other bytes than it has read: {data:02x?}"
        );
        Ok(taken)
    }
}

/// Its log takes most of its time, and goes to the standard error.
fn silence() {
    static SILENCE: Once = Once::new();
    // SAFETY: the library reads the environment in its first call, which is
    // behind this; nothing here reads it at other times.
    SILENCE.call_once(|| unsafe { std::env::set_var("TSS2_LOG", "all+NONE") });
}

macro_rules! functions {
    ($( $name:ident: $unmarshal:ident, $marshal:ident; )*) => {
        unsafe extern "C" {$(
            fn $unmarshal(from: *const u8, len: usize, at: *mut usize, to: *mut c_void) -> u32;
            fn $marshal(from: *const c_void, to: *mut u8, len: usize, at: *mut usize) -> u32;
        )*}

        $(
            pub const $name: Functions = Functions {
                unmarshal: $unmarshal,
                marshal: $marshal,
            };
        )*
    };
}

functions! {
    TPM2B_ATTEST: Tss2_MU_TPM2B_ATTEST_Unmarshal, Tss2_MU_TPM2B_ATTEST_Marshal;
    TPM2B_DATA: Tss2_MU_TPM2B_DATA_Unmarshal, Tss2_MU_TPM2B_DATA_Marshal;
    TPM2B_DIGEST: Tss2_MU_TPM2B_DIGEST_Unmarshal, Tss2_MU_TPM2B_DIGEST_Marshal;
    TPM2B_ECC_PARAMETER: Tss2_MU_TPM2B_ECC_PARAMETER_Unmarshal, Tss2_MU_TPM2B_ECC_PARAMETER_Marshal;
    TPM2B_ENCRYPTED_SECRET: Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal, Tss2_MU_TPM2B_ENCRYPTED_SECRET_Marshal;
    TPM2B_ID_OBJECT: Tss2_MU_TPM2B_ID_OBJECT_Unmarshal, Tss2_MU_TPM2B_ID_OBJECT_Marshal;
    TPM2B_MAX_NV_BUFFER: Tss2_MU_TPM2B_MAX_NV_BUFFER_Unmarshal, Tss2_MU_TPM2B_MAX_NV_BUFFER_Marshal;
    TPM2B_NAME: Tss2_MU_TPM2B_NAME_Unmarshal, Tss2_MU_TPM2B_NAME_Marshal;
    TPM2B_PUBLIC_KEY_RSA: Tss2_MU_TPM2B_PUBLIC_KEY_RSA_Unmarshal, Tss2_MU_TPM2B_PUBLIC_KEY_RSA_Marshal;
    TPML_DIGEST: Tss2_MU_TPML_DIGEST_Unmarshal, Tss2_MU_TPML_DIGEST_Marshal;
    TPML_PCR_SELECTION: Tss2_MU_TPML_PCR_SELECTION_Unmarshal, Tss2_MU_TPML_PCR_SELECTION_Marshal;
    TPMS_ATTEST: Tss2_MU_TPMS_ATTEST_Unmarshal, Tss2_MU_TPMS_ATTEST_Marshal;
    TPMS_CERTIFY_INFO: Tss2_MU_TPMS_CERTIFY_INFO_Unmarshal, Tss2_MU_TPMS_CERTIFY_INFO_Marshal;
    TPMS_CLOCK_INFO: Tss2_MU_TPMS_CLOCK_INFO_Unmarshal, Tss2_MU_TPMS_CLOCK_INFO_Marshal;
    TPMS_COMMAND_AUDIT_INFO: Tss2_MU_TPMS_COMMAND_AUDIT_INFO_Unmarshal, Tss2_MU_TPMS_COMMAND_AUDIT_INFO_Marshal;
    TPMS_CREATION_DATA: Tss2_MU_TPMS_CREATION_DATA_Unmarshal, Tss2_MU_TPMS_CREATION_DATA_Marshal;
    TPMS_CREATION_INFO: Tss2_MU_TPMS_CREATION_INFO_Unmarshal, Tss2_MU_TPMS_CREATION_INFO_Marshal;
    TPMS_ECC_PARMS: Tss2_MU_TPMS_ECC_PARMS_Unmarshal, Tss2_MU_TPMS_ECC_PARMS_Marshal;
    TPMS_ECC_POINT: Tss2_MU_TPMS_ECC_POINT_Unmarshal, Tss2_MU_TPMS_ECC_POINT_Marshal;
    TPMS_KEYEDHASH_PARMS: Tss2_MU_TPMS_KEYEDHASH_PARMS_Unmarshal, Tss2_MU_TPMS_KEYEDHASH_PARMS_Marshal;
    TPMS_NV_CERTIFY_INFO: Tss2_MU_TPMS_NV_CERTIFY_INFO_Unmarshal, Tss2_MU_TPMS_NV_CERTIFY_INFO_Marshal;
    TPMS_NV_DIGEST_CERTIFY_INFO: Tss2_MU_TPMS_NV_DIGEST_CERTIFY_INFO_Unmarshal, Tss2_MU_TPMS_NV_DIGEST_CERTIFY_INFO_Marshal;
    TPMS_NV_PUBLIC: Tss2_MU_TPMS_NV_PUBLIC_Unmarshal, Tss2_MU_TPMS_NV_PUBLIC_Marshal;
    TPMS_PCR_SELECTION: Tss2_MU_TPMS_PCR_SELECTION_Unmarshal, Tss2_MU_TPMS_PCR_SELECTION_Marshal;
    TPMS_QUOTE_INFO: Tss2_MU_TPMS_QUOTE_INFO_Unmarshal, Tss2_MU_TPMS_QUOTE_INFO_Marshal;
    TPMS_RSA_PARMS: Tss2_MU_TPMS_RSA_PARMS_Unmarshal, Tss2_MU_TPMS_RSA_PARMS_Marshal;
    TPMS_SCHEME_ECDAA: Tss2_MU_TPMS_SCHEME_ECDAA_Unmarshal, Tss2_MU_TPMS_SCHEME_ECDAA_Marshal;
    TPMS_SCHEME_XOR: Tss2_MU_TPMS_SCHEME_XOR_Unmarshal, Tss2_MU_TPMS_SCHEME_XOR_Marshal;
    TPMS_SESSION_AUDIT_INFO: Tss2_MU_TPMS_SESSION_AUDIT_INFO_Unmarshal, Tss2_MU_TPMS_SESSION_AUDIT_INFO_Marshal;
    TPMS_SIGNATURE_ECC: Tss2_MU_TPMS_SIGNATURE_ECC_Unmarshal, Tss2_MU_TPMS_SIGNATURE_ECC_Marshal;
    TPMS_SIGNATURE_RSA: Tss2_MU_TPMS_SIGNATURE_RSA_Unmarshal, Tss2_MU_TPMS_SIGNATURE_RSA_Marshal;
    TPMS_SYMCIPHER_PARMS: Tss2_MU_TPMS_SYMCIPHER_PARMS_Unmarshal, Tss2_MU_TPMS_SYMCIPHER_PARMS_Marshal;
    TPMS_TIME_ATTEST_INFO: Tss2_MU_TPMS_TIME_ATTEST_INFO_Unmarshal, Tss2_MU_TPMS_TIME_ATTEST_INFO_Marshal;
    TPMS_TIME_INFO: Tss2_MU_TPMS_TIME_INFO_Unmarshal, Tss2_MU_TPMS_TIME_INFO_Marshal;
    TPMT_ECC_SCHEME: Tss2_MU_TPMT_ECC_SCHEME_Unmarshal, Tss2_MU_TPMT_ECC_SCHEME_Marshal;
    TPMT_HA: Tss2_MU_TPMT_HA_Unmarshal, Tss2_MU_TPMT_HA_Marshal;
    TPMT_KDF_SCHEME: Tss2_MU_TPMT_KDF_SCHEME_Unmarshal, Tss2_MU_TPMT_KDF_SCHEME_Marshal;
    TPMT_KEYEDHASH_SCHEME: Tss2_MU_TPMT_KEYEDHASH_SCHEME_Unmarshal, Tss2_MU_TPMT_KEYEDHASH_SCHEME_Marshal;
    TPMT_PUBLIC: Tss2_MU_TPMT_PUBLIC_Unmarshal, Tss2_MU_TPMT_PUBLIC_Marshal;
    TPMT_RSA_SCHEME: Tss2_MU_TPMT_RSA_SCHEME_Unmarshal, Tss2_MU_TPMT_RSA_SCHEME_Marshal;
    TPMT_SIGNATURE: Tss2_MU_TPMT_SIGNATURE_Unmarshal, Tss2_MU_TPMT_SIGNATURE_Marshal;
    TPMT_SYM_DEF_OBJECT: Tss2_MU_TPMT_SYM_DEF_OBJECT_Unmarshal, Tss2_MU_TPMT_SYM_DEF_OBJECT_Marshal;
    TPMT_TK_CREATION: Tss2_MU_TPMT_TK_CREATION_Unmarshal, Tss2_MU_TPMT_TK_CREATION_Marshal;
}
