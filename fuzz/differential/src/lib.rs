//! Reads the same bytes with this crate and with libtss2-mu 3.2, and panics where
//! they differ for a reason that is in neither closed list: [`OnlyOurs`] is what
//! libtss2 refuses too much, [`ONLY_THEIRS`] what it accepts too much.

mod compare;
mod only_ours;
mod only_theirs;
mod structures;
mod tss;

pub use self::{
    compare::Outcome,
    only_ours::OnlyOurs,
    only_theirs::{ONLY_THEIRS, OnlyTheirs, Refused},
    structures::*,
};

/// A function that takes what the fuzzer made up.
pub type Target = fn(&[u8]);

/// All targets. Each takes the corpus of the target of the same name without `mu_`.
pub const TARGETS: &[(&str, Target)] = &[
    ("mu_attest", mu_attest),
    ("mu_pcr_selection", mu_pcr_selection),
    ("mu_public", mu_public),
    ("mu_signature", mu_signature),
    ("mu_small_structures", mu_small_structures),
];

/// A public area, with or without a size in front.
pub fn mu_public(data: &[u8]) {
    (TPMT_PUBLIC.compare)(data);
    if let Some(data) = data.get(2..) {
        (TPMT_PUBLIC.compare)(data);
    }
}

/// What a TPM signs.
pub fn mu_attest(data: &[u8]) {
    (TPMS_ATTEST.compare)(data);
    (TPM2B_ATTEST.compare)(data);
}

/// A signature.
pub fn mu_signature(data: &[u8]) {
    (TPMT_SIGNATURE.compare)(data);
}

/// A list of PCR selections.
pub fn mu_pcr_selection(data: &[u8]) {
    (TPML_PCR_SELECTION.compare)(data);
    (TPMS_PCR_SELECTION.compare)(data);
}

/// All others; the first byte says which.
pub fn mu_small_structures(data: &[u8]) {
    let Some((&which, data)) = data.split_first() else {
        return;
    };
    let structure = match which {
        // Two have a size in front in the corpus.
        0 => return sized(&TPMS_CREATION_DATA, data),
        1 => TPMT_TK_CREATION,
        2 => return sized(&TPMS_NV_PUBLIC, data),
        3 => TPM2B_ID_OBJECT,
        4 => TPM2B_NAME,
        5 => TPMT_HA,
        6 => TPML_DIGEST,
        7 => TPMS_CLOCK_INFO,
        8 => TPMS_TIME_INFO,
        9 => TPMT_SYM_DEF_OBJECT,
        10 => TPMT_RSA_SCHEME,
        11 => TPMT_ECC_SCHEME,
        12 => TPMT_KDF_SCHEME,
        13 => TPMT_KEYEDHASH_SCHEME,
        14 => TPM2B_DATA,
        15 => TPM2B_ENCRYPTED_SECRET,
        16 => TPM2B_MAX_NV_BUFFER,
        17 => TPM2B_ECC_PARAMETER,
        18 => TPM2B_PUBLIC_KEY_RSA,
        // From here on it is only here.
        20 => TPM2B_DIGEST,
        21 => TPMS_CERTIFY_INFO,
        22 => TPMS_COMMAND_AUDIT_INFO,
        23 => TPMS_CREATION_INFO,
        24 => TPMS_NV_CERTIFY_INFO,
        25 => TPMS_NV_DIGEST_CERTIFY_INFO,
        26 => TPMS_QUOTE_INFO,
        27 => TPMS_SESSION_AUDIT_INFO,
        28 => TPMS_TIME_ATTEST_INFO,
        29 => TPMS_ECC_PARMS,
        30 => TPMS_ECC_POINT,
        31 => TPMS_KEYEDHASH_PARMS,
        32 => TPMS_RSA_PARMS,
        33 => TPMS_SCHEME_ECDAA,
        34 => TPMS_SCHEME_XOR,
        35 => TPMS_SIGNATURE_ECC,
        36 => TPMS_SIGNATURE_RSA,
        37 => TPMS_SYMCIPHER_PARMS,
        _ => return,
    };
    (structure.compare)(data);
}

fn sized(structure: &Structure, data: &[u8]) {
    (structure.compare)(data);
    if let Some(data) = data.get(2..) {
        (structure.compare)(data);
    }
}
