//! Real evidence.
#![allow(dead_code, reason = "each build uses a part of it")]

/// A quote of PCRs 0, 7 and 10 of the SHA-256 bank, and what it answers.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// A `TPM2B_PUBLIC`.
    pub public: &'a [u8],
    /// A `TPM2B_ATTEST`.
    pub attest: &'a [u8],
    /// A `TPMT_SIGNATURE`.
    pub signature: &'a [u8],
    pub nonce: &'a [u8],
}

/// The files of a case in `tests/data`.
macro_rules! case {
    ($name:literal) => {
        Case {
            public: include_bytes!(concat!("../../data/cases/", $name, "/ak.pub")),
            attest: include_bytes!(concat!("../../data/cases/", $name, "/quote.attest2b")),
            signature: include_bytes!(concat!("../../data/cases/", $name, "/quote.sig")),
            nonce: include_bytes!(concat!("../../data/cases/", $name, "/nonce.bin")),
        }
    };
}

pub const RSA_2048: Case<'_> = case!("004-main-rsa2048-rsassa-sha256");
pub const P256: Case<'_> = case!("005-main-p256-ecdsa-sha256");
pub const RSA_2048_PSS: Case<'_> = case!("009-ak-rsa2048-rsapss-sha256");
pub const RSA_3072: Case<'_> = case!("013-ak-rsa3072-rsassa-sha256");
/// Of the hashes of RSA keys the one that takes the most room.
pub const RSA_3072_SHA384: Case<'_> = case!("014-ak-rsa3072-rsapss-sha384");
/// The first quote once more, by the key of this size in `tests/data/keys`. The
/// signature was made with Python's integers: `pow(encoded, private_exponent, modulus)`.
pub const RSA_4096: Case<'_> = Case {
    public: include_bytes!("../data/rsa-4096.pub"),
    signature: include_bytes!("../data/rsa-4096.sig"),
    ..RSA_2048
};
pub const P384: Case<'_> = case!("017-ak-ecc384-ecdsa-sha384");
pub const P521: Case<'_> = case!("018-ak-ecc521-ecdsa-sha512");

/// The values of PCRs 0, 7 and 10, the same in all of them.
pub const PCRS: [[u8; 32]; 3] = [
    bytes("2cf0398a94e1b9500018151bd1db16ee3edc76f59437f5e3cb76c7fe410fcc54"),
    bytes("908f1a664443cabed84018c323ab1251f14881f3cc5be05278603a3faa58fbfb"),
    bytes("aaf32dd551fb8c73c24beaff806d383560260142fdfcd8ab28e8d0ba6684cd4c"),
];

const fn bytes(digits: &str) -> [u8; 32] {
    let digits = digits.as_bytes();
    let mut bytes = [0; 32];
    let mut at = 0;
    while at < 64 {
        let digit = match digits[at] {
            digit @ b'0'..=b'9' => digit - b'0',
            digit => digit - b'a' + 10,
        };
        bytes[at / 2] = bytes[at / 2] << 4 | digit;
        at += 1;
    }
    bytes
}
