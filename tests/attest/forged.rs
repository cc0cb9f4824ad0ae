//! Attestations of any content, signed by a key in software. Everything here is
//! written from the specification, without the crate under test.

use tpm_quote::{
    Error,
    verify::{AttestPolicy, Kind},
};

use crate::{
    forge::{Key, SHA256, hash, sized},
    signed::Signed,
};

pub const NV: u16 = 0x8014;
pub const COMMAND_AUDIT: u16 = 0x8015;
pub const SESSION_AUDIT: u16 = 0x8016;
pub const CERTIFY: u16 = 0x8017;
pub const TIME: u16 = 0x8019;
pub const CREATION: u16 = 0x801a;
pub const NV_DIGEST: u16 = 0x801c;

/// The handles of the hierarchies, which are their qualified names.
pub const OWNER: [u8; 4] = [0x40, 0, 0, 0x01];
pub const NULL: [u8; 4] = [0x40, 0, 0, 0x07];
pub const ENDORSEMENT: [u8; 4] = [0x40, 0, 0, 0x0b];
pub const PLATFORM: [u8; 4] = [0x40, 0, 0, 0x0c];

/// A hash that a TPM may have and this crate does not.
pub const SM3: u16 = 0x0012;

/// The nonce of every attestation here.
pub const NONCE: [u8; 16] = *b"nonce of request";

/// A name by digest, of something that exists nowhere else.
pub fn name_of(alg: u16, what: &str) -> Vec<u8> {
    [&alg.to_be_bytes()[..], &hash(alg, what.as_bytes())].concat()
}

/// The qualified name of the object with this name, below the parent with this
/// qualified name (Part 1, 26.5).
pub fn qualified(alg: u16, parent: &[u8], name: &[u8]) -> Vec<u8> {
    let digest = hash(alg, &[parent, name].concat());
    [&alg.to_be_bytes()[..], &digest].concat()
}

/// A key in software, and the `TPMS_ATTEST` that it signs, field by field.
#[derive(Clone)]
pub struct Forged {
    pub key: Key,
    pub magic: u32,
    pub kind: u16,
    pub qualified_signer: Vec<u8>,
    pub extra_data: Vec<u8>,
    pub clock: u64,
    pub reset_count: u32,
    pub restart_count: u32,
    pub safe: u8,
    pub firmware_version: u64,
    /// What is particular to the kind.
    pub body: Vec<u8>,
}

impl Forged {
    /// By a primary key of the owner hierarchy.
    pub fn new(kind: u16, body: Vec<u8>) -> Self {
        Self::by(Key::p256(SHA256), kind, body)
    }

    pub fn by(key: Key, kind: u16, body: Vec<u8>) -> Self {
        Self {
            magic: 0xff54_4347,
            kind,
            qualified_signer: qualified(key.name_alg, &OWNER, &key.name()),
            extra_data: NONCE.to_vec(),
            clock: 0x0102_0304_0506,
            reset_count: 3,
            restart_count: 1,
            safe: 1,
            firmware_version: 0x2019_1023_0016_3636,
            body,
            key,
        }
    }

    /// Names another place of its key: below the parent with this qualified name.
    pub fn below(self, parent: &[u8]) -> Self {
        Self {
            qualified_signer: qualified(self.key.name_alg, parent, &self.key.name()),
            ..self
        }
    }

    /// `TPM2_Certify` of the object with this name.
    pub fn certify(name: &[u8], qualified_name: &[u8]) -> Self {
        Self::new(CERTIFY, [sized(name), sized(qualified_name)].concat())
    }

    pub fn creation(name: &[u8], creation_hash: &[u8]) -> Self {
        Self::new(CREATION, [sized(name), sized(creation_hash)].concat())
    }

    /// `TPM2_GetTime`. What is inside differs from what is outside.
    pub fn time(firmware_version: u64) -> Self {
        let mut body = Vec::new();
        body.extend(42_578_u64.to_be_bytes());
        body.extend(42_747_u64.to_be_bytes());
        body.extend(2_u32.to_be_bytes());
        body.extend(0_u32.to_be_bytes());
        body.push(1);
        body.extend(firmware_version.to_be_bytes());
        Self::new(TIME, body)
    }

    pub fn session_audit(exclusive: bool, digest: &[u8]) -> Self {
        let body = [vec![u8::from(exclusive)], sized(digest)].concat();
        Self::new(SESSION_AUDIT, body)
    }

    pub fn command_audit(digest_alg: u16, digest: &[u8], command_digest: &[u8]) -> Self {
        let mut body = 7_u64.to_be_bytes().to_vec();
        body.extend(digest_alg.to_be_bytes());
        body.extend(sized(digest));
        body.extend(sized(command_digest));
        Self::new(COMMAND_AUDIT, body)
    }

    pub fn nv(name: &[u8], offset: u16, contents: &[u8]) -> Self {
        let body = [sized(name), offset.to_be_bytes().to_vec(), sized(contents)].concat();
        Self::new(NV, body)
    }

    pub fn nv_digest(name: &[u8], digest: &[u8]) -> Self {
        Self::new(NV_DIGEST, [sized(name), sized(digest)].concat())
    }

    /// `TPMS_ATTEST`.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(self.magic.to_be_bytes());
        bytes.extend(self.kind.to_be_bytes());
        bytes.extend(sized(&self.qualified_signer));
        bytes.extend(sized(&self.extra_data));
        bytes.extend(self.clock.to_be_bytes());
        bytes.extend(self.reset_count.to_be_bytes());
        bytes.extend(self.restart_count.to_be_bytes());
        bytes.push(self.safe);
        bytes.extend(self.firmware_version.to_be_bytes());
        bytes.extend(&self.body);
        bytes
    }

    pub fn sign(&self) -> Signed {
        let attest = self.bytes();
        Signed {
            public: self.key.public(),
            signature: self.key.sign(&attest),
            attest,
            nonce: NONCE.to_vec(),
        }
    }

    /// Whether it is accepted by a policy of nothing but the nonce.
    pub fn verify(&self, kind: &impl for<'a> Kind<'a>) -> Result<(), Error> {
        self.verify_by(kind, |policy| policy)
    }

    pub fn verify_by<'p>(
        &self,
        kind: &impl for<'a> Kind<'a>,
        policy: impl FnOnce(AttestPolicy<'p>) -> AttestPolicy<'p>,
    ) -> Result<(), Error> {
        let signed = self.sign();
        let result = signed.verify(kind, &policy(signed.policy()));
        result.map(drop)
    }
}
