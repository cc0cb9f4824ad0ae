//! [`Guid`]: names of variables' owners, of kinds of signatures and of partitions.

use core::fmt;

/// A GUID, in the order of bytes that UEFI uses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "EFI_GUID")]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// Owner of `SecureBoot`, `PK`, `KEK` and the variables of the boot manager.
    #[doc(alias = "EFI_GLOBAL_VARIABLE")]
    pub const GLOBAL_VARIABLE: Self = Self::new(0x8be4_df61, 0x93ca, 0x11d2, 0xaa0d_00e0_9803_2b8c);
    /// Owner of `db`, `dbx`, `dbt` and `dbr`.
    #[doc(alias = "EFI_IMAGE_SECURITY_DATABASE_GUID")]
    pub const IMAGE_SECURITY_DATABASE: Self =
        Self::new(0xd719_b2cb, 0x3d3a, 0x4596, 0xa3bc_dad0_0e67_656f);
    /// Owner of the variables of shim.
    pub const SHIM_LOCK: Self = Self::new(0x605d_ab50, 0xe046, 0x4300, 0xabb6_3dd8_10dd_8b23);

    /// A signature that is an X.509 certificate.
    pub const CERT_X509: Self = Self::new(0xa5c0_59a1, 0x94e4, 0x4aa7, 0x87b5_ab15_5c2b_f072);
    /// A signature that is a SHA-1 digest of an image.
    pub const CERT_SHA1: Self = Self::new(0x826c_a512, 0xcf10, 0x4ac9, 0xb187_be01_4966_31bd);
    /// A signature that is a SHA-256 digest of an image.
    pub const CERT_SHA256: Self = Self::new(0xc1c4_1626, 0x504c, 0x4092, 0xaca9_41f9_3693_4328);
    /// A signature that is a SHA-384 digest of an image.
    pub const CERT_SHA384: Self = Self::new(0xff3e_5307, 0x9fd0, 0x48c9, 0x85f1_8ad5_6c70_1e01);
    /// A signature that is a SHA-512 digest of an image.
    pub const CERT_SHA512: Self = Self::new(0x093e_0fae, 0xa6c4, 0x4f50, 0x9f1b_d41e_2b89_c19a);
    /// A signature that is a key of RSA with 2048 bits.
    pub const CERT_RSA2048: Self = Self::new(0x3c57_66e8, 0x269c, 0x4e34, 0xaa14_ed77_6e85_b3b6);
    /// A signature that is the SHA-256 digest of a certificate, and a time.
    pub const CERT_X509_SHA256: Self =
        Self::new(0x3bd2_a492, 0x96c0, 0x4079, 0xb420_fcf9_8ef1_03ed);
    /// A signature that is the SHA-384 digest of a certificate, and a time.
    pub const CERT_X509_SHA384: Self =
        Self::new(0x7076_876e, 0x80c2, 0x4ee6, 0xaad2_28b3_49a6_865b);
    /// A signature that is the SHA-512 digest of a certificate, and a time.
    pub const CERT_X509_SHA512: Self =
        Self::new(0x446d_bf63, 0x2502, 0x4cda, 0xbcfa_2465_d2b0_fe9d);

    /// By the fields of its text: the first three are written little-endian.
    const fn new(first: u32, second: u16, third: u16, rest: u64) -> Self {
        let [a, b, c, d] = first.to_le_bytes();
        let [e, f] = second.to_le_bytes();
        let [g, h] = third.to_le_bytes();
        let [i, j, k, l, m, n, o, p] = rest.to_be_bytes();
        Self([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
    }
}

/// Writes the text, such as `8be4df61-93ca-11d2-aa0d-00e098032b8c`.
impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, f1, g, h, i, j, k, l, m, n, o, p] = self.0;
        let first = u32::from_le_bytes([a, b, c, d]);
        let second = u16::from_le_bytes([e, f1]);
        let third = u16::from_le_bytes([g, h]);
        let fourth = u16::from_be_bytes([i, j]);
        let rest = u64::from_be_bytes([0, 0, k, l, m, n, o, p]);
        write!(
            f,
            "{first:08x}-{second:04x}-{third:04x}-{fourth:04x}-{rest:012x}"
        )
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
