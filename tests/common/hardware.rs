//! Reports of an AMD processor and of Azure's host compatibility layer, written from their
//! specifications and signed by a key of ours: see `tests/data/snp`.

#![allow(dead_code, reason = "made for several tests")]

use p384::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner};
use sha2::{Digest, Sha256, Sha384};

/// The chip of the certificates.
pub const CHIP: [u8; 64] = {
    let mut chip = [0; 64];
    let mut at = 0;
    while at < 64 {
        chip[at] = at as u8;
        at += 1;
    }
    chip
};
pub const MEASUREMENT: [u8; 48] = [0x6a; 48];
pub const ID_KEY: [u8; 48] = [0x94; 48];

/// What a processor says of its guest.
#[derive(Clone)]
pub struct Guest {
    pub version: u32,
    pub policy: u64,
    pub vmpl: u32,
    pub algorithm: u32,
    pub flags: u32,
    pub data: [u8; 64],
    pub measurement: [u8; 48],
    pub id_key: [u8; 48],
    pub tcb: [u8; 8],
    pub cpu: [u8; 3],
    pub chip: [u8; 64],
}

impl Guest {
    /// As it has to be, with the digest of these claims.
    pub fn with(claims: &[u8]) -> Self {
        let mut data = [0; 64];
        data[..32].copy_from_slice(&Sha256::digest(claims));
        Self {
            version: 3,
            policy: 0x3_001f,
            vmpl: 0,
            algorithm: 1,
            flags: 0,
            data,
            measurement: MEASUREMENT,
            id_key: ID_KEY,
            tcb: [4, 0, 0, 0, 0, 0, 24, 219],
            cpu: [0x19, 0x01, 0x01],
            chip: CHIP,
        }
    }

    /// The report, signed by the key of the chip.
    pub fn signed(&self) -> Vec<u8> {
        let key = SigningKey::from_slice(&[0x61; 48]).unwrap();
        let mut report = vec![0; 1184];
        let mut put = |at: usize, bytes: &[u8]| report[at..at + bytes.len()].copy_from_slice(bytes);
        put(0x00, &self.version.to_le_bytes());
        put(0x04, &10_u32.to_le_bytes());
        put(0x08, &self.policy.to_le_bytes());
        put(0x30, &self.vmpl.to_le_bytes());
        put(0x34, &self.algorithm.to_le_bytes());
        put(0x38, &self.tcb);
        put(0x48, &self.flags.to_le_bytes());
        put(0x50, &self.data);
        put(0x90, &self.measurement);
        put(0xe0, &self.id_key);
        put(0x180, &self.tcb);
        put(0x188, &self.cpu);
        put(0x1a0, &self.chip);
        let signature: Signature = key.sign_prehash(&Sha384::digest(&report[..0x2a0])).unwrap();
        let (r, s) = signature.split_bytes();
        for (number, at) in [(r, 0x2a0), (s, 0x2e8)] {
            for (byte, place) in number.iter().rev().zip(&mut report[at..]) {
                *place = *byte;
            }
        }
        report
    }
}

/// The report of the host compatibility layer around that of a processor: 2 for SEV-SNP, 4
/// for TDX.
pub fn hcl(processor: &[u8], kind: u32, claims: &[u8]) -> Vec<u8> {
    let len = u32::try_from(claims.len()).unwrap();
    let mut report = b"HCLA".to_vec();
    for number in [1, 1236 + len, 2, 0, 0, 0, 0] {
        report.extend(number.to_le_bytes());
    }
    report.extend(processor);
    report.resize(1216, 0);
    for number in [20 + len, 1, kind, 1, len] {
        report.extend(number.to_le_bytes());
    }
    report.extend(claims);
    report.resize(report.len().max(2600), 0);
    report
}
