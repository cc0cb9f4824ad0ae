//! Logs made by hand, byte by byte.

use crate::second;

pub const SHA1: u16 = 4;
pub const SHA256: u16 = 0xb;
pub const SHA384: u16 = 0xc;
/// A bank that nobody knows, with digests of 7 bytes.
pub const UNKNOWN: u16 = 0x1234;

pub const NO_ACTION: u32 = 3;
pub const SEPARATOR: u32 = 4;

/// An event in the form of TPM 1.2.
pub fn sha1_event(pcr: u32, kind: u32, digest: &[u8; 20], data: &[u8]) -> Vec<u8> {
    let mut bytes = pcr.to_le_bytes().to_vec();
    bytes.extend(kind.to_le_bytes());
    bytes.extend(digest);
    bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend(data);
    bytes
}

/// The data of the header of a crypto-agile log.
pub fn spec_id(banks: &[(u16, u16)]) -> Vec<u8> {
    let mut data = b"Spec ID Event03\0".to_vec();
    data.extend([0, 0, 0, 0]); // platformClass
    data.extend([0, 2, 105, 2]); // specVersionMinor, Major, Errata, uintnSize
    data.extend(u32::try_from(banks.len()).unwrap().to_le_bytes());
    for (bank, size) in banks {
        data.extend(bank.to_le_bytes());
        data.extend(size.to_le_bytes());
    }
    data.push(0); // vendorInfoSize
    data
}

pub fn header(banks: &[(u16, u16)]) -> Vec<u8> {
    sha1_event(0, NO_ACTION, &[0; 20], &spec_id(banks))
}

/// A crypto-agile event.
pub fn event(pcr: u32, kind: u32, digests: &[(u16, Vec<u8>)], data: &[u8]) -> Vec<u8> {
    let mut bytes = pcr.to_le_bytes().to_vec();
    bytes.extend(kind.to_le_bytes());
    bytes.extend(u32::try_from(digests.len()).unwrap().to_le_bytes());
    for (bank, digest) in digests {
        bytes.extend(bank.to_le_bytes());
        bytes.extend(digest);
    }
    bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend(data);
    bytes
}

/// An event whose digests are those of its data.
pub fn measured(pcr: u32, kind: u32, banks: &[u16], data: &[u8]) -> Vec<u8> {
    let digest = |bank: &u16| (*bank, second::hash(*bank, &[data]).unwrap());
    let digests: Vec<_> = banks.iter().map(digest).collect();
    event(pcr, kind, &digests, data)
}
