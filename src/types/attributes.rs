//! Attributes: words whose bits have names (Part 2, 8 and 13.4).
//!
//! Words are put together by `|` and taken apart by `&` and `-`:
//!
//! ```
//! use tpm_quote::types::TpmaObject;
//!
//! const KEY: TpmaObject = TpmaObject::RESTRICTED.union(TpmaObject::SIGN);
//! let fixed = KEY | TpmaObject::FIXED_TPM | TpmaObject::FIXED_PARENT;
//! assert!(fixed.contains(KEY));
//! assert_eq!(fixed - KEY, TpmaObject(0x12));
//! assert_eq!(fixed & TpmaObject::DECRYPT, TpmaObject::EMPTY);
//! ```
//!
//! Reserved bits are kept, so that what is read can be written back; whether
//! they are acceptable is for the verifier to say.

use super::constants::TpmNt;
use crate::wire::{Inspect, Inspector};

tpm_constants! {
    /// What an object may do and how it may move (Part 2, 8.3).
    pub struct TpmaObject(u32) = "TPMA_OBJECT", flags {
        FIXED_TPM = 0x0000_0002, "fixedTPM";
        ST_CLEAR = 0x0000_0004, "stClear";
        FIXED_PARENT = 0x0000_0010, "fixedParent";
        SENSITIVE_DATA_ORIGIN = 0x0000_0020, "sensitiveDataOrigin";
        USER_WITH_AUTH = 0x0000_0040, "userWithAuth";
        ADMIN_WITH_POLICY = 0x0000_0080, "adminWithPolicy";
        FIRMWARE_LIMITED = 0x0000_0100, "firmwareLimited";
        SVN_LIMITED = 0x0000_0200, "svnLimited";
        NO_DA = 0x0000_0400, "noDA";
        ENCRYPTED_DUPLICATION = 0x0000_0800, "encryptedDuplication";
        RESTRICTED = 0x0001_0000, "restricted";
        DECRYPT = 0x0002_0000, "decrypt";
        SIGN = 0x0004_0000, "sign";
        X509_SIGN = 0x0008_0000, "x509sign";
    }
}

impl TpmaObject {
    /// The bits that no edition up to 1.85 defines.
    ///
    /// Deviation: the reference code admits bit 3, which no published table has.
    pub const RESERVED: Self = Self(0xfff0_f009);

    /// Whether all bits of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The specification's names of the bits that are set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES
            .iter()
            .filter_map(move |&(bit, name)| self.contains(bit).then_some(name))
    }
}

tpm_constants! {
    /// What may be done with an NV index (Part 2, 13.4).
    pub struct TpmaNv(u32) = "TPMA_NV", fields {
        PPWRITE = 0x0000_0001, "PPWRITE";
        OWNERWRITE = 0x0000_0002, "OWNERWRITE";
        AUTHWRITE = 0x0000_0004, "AUTHWRITE";
        POLICYWRITE = 0x0000_0008, "POLICYWRITE";
        POLICY_DELETE = 0x0000_0400, "POLICY_DELETE";
        WRITELOCKED = 0x0000_0800, "WRITELOCKED";
        WRITEALL = 0x0000_1000, "WRITEALL";
        WRITEDEFINE = 0x0000_2000, "WRITEDEFINE";
        WRITE_STCLEAR = 0x0000_4000, "WRITE_STCLEAR";
        GLOBALLOCK = 0x0000_8000, "GLOBALLOCK";
        PPREAD = 0x0001_0000, "PPREAD";
        OWNERREAD = 0x0002_0000, "OWNERREAD";
        AUTHREAD = 0x0004_0000, "AUTHREAD";
        POLICYREAD = 0x0008_0000, "POLICYREAD";
        NO_DA = 0x0200_0000, "NO_DA";
        ORDERLY = 0x0400_0000, "ORDERLY";
        CLEAR_STCLEAR = 0x0800_0000, "CLEAR_STCLEAR";
        READLOCKED = 0x1000_0000, "READLOCKED";
        WRITTEN = 0x2000_0000, "WRITTEN";
        PLATFORMCREATE = 0x4000_0000, "PLATFORMCREATE";
        READ_STCLEAR = 0x8000_0000, "READ_STCLEAR";
    }
}

impl TpmaNv {
    /// The bits that no edition up to 1.85 defines.
    pub const RESERVED: Self = Self(0x01f0_0300);

    /// Whether all bits of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The kind of index, which four of the bits hold (7 to 4).
    #[must_use]
    pub const fn nt(self) -> TpmNt {
        let [_, _, _, low] = self.0.to_be_bytes();
        TpmNt(low >> 4)
    }

    /// The specification's names of the bits that are set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES
            .iter()
            .filter_map(move |&(bit, name)| self.contains(bit).then_some(name))
    }
}

impl Inspect for TpmaNv {
    fn inspect(&self, to: &mut dyn Inspector) {
        let mut names = self.nt().name().into_iter().chain(self.names());
        to.flags(u64::from(self.0), Self::HEX_DIGITS, &mut names);
    }
}

tpm_constants! {
    /// A locality: one bit each for 0 to 4, or a number from 32 (Part 2, 8.5).
    ///
    /// The operators on bits are for the localities 0 to 4 alone.
    pub struct TpmaLocality(u8) = "TPMA_LOCALITY", fields {
        LOC_ZERO = 0x01, "TPM_LOC_ZERO";
        LOC_ONE = 0x02, "TPM_LOC_ONE";
        LOC_TWO = 0x04, "TPM_LOC_TWO";
        LOC_THREE = 0x08, "TPM_LOC_THREE";
        LOC_FOUR = 0x10, "TPM_LOC_FOUR";
    }
}

impl TpmaLocality {
    /// Whether all localities of `other` are in this one. An extended locality contains
    /// itself and no other.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        match (self.extended(), other.extended()) {
            (None, None) => self.0 & other.0 == other.0,
            _ => self.0 == other.0,
        }
    }

    /// The number of an extended locality: any value from 32 is one.
    #[must_use]
    pub const fn extended(self) -> Option<u8> {
        match self.0 {
            0..32 => None,
            number => Some(number),
        }
    }
}

impl Inspect for TpmaLocality {
    fn inspect(&self, to: &mut dyn Inspector) {
        let mut names = Self::NAMES
            .iter()
            .filter_map(|&(bit, name)| self.contains(bit).then_some(name));
        to.flags(u64::from(self.0), Self::HEX_DIGITS, &mut names);
    }
}
