//! A software "TPM": builds any `TPMS_ATTEST` and signs it. Everything here is
//! written from the specification and the RFCs, without the crate under test.

use crypto_bigint::{
    Odd, Uint,
    modular::{FixedMontyForm, FixedMontyParams},
};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

pub const SHA1: u16 = 0x0004;
pub const SHA256: u16 = 0x000b;
pub const SHA384: u16 = 0x000c;
pub const SHA512: u16 = 0x000d;
pub const RSASSA: u16 = 0x0014;
pub const RSAPSS: u16 = 0x0016;
pub const ECDSA: u16 = 0x0018;
pub const NULL: u16 = 0x0010;

/// fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted, sign.
pub const AK_ATTRIBUTES: u32 = 0x0005_0072;

pub fn hash(alg: u16, message: &[u8]) -> Vec<u8> {
    match alg {
        SHA1 => Sha1::digest(message).to_vec(),
        SHA256 => Sha256::digest(message).to_vec(),
        SHA384 => Sha384::digest(message).to_vec(),
        SHA512 => Sha512::digest(message).to_vec(),
        other => panic!("no hash {other:04x}"),
    }
}

/// A `TPM2B`: its size in front.
pub fn sized(bytes: &[u8]) -> Vec<u8> {
    let size = u16::try_from(bytes.len()).unwrap();
    [&size.to_be_bytes()[..], bytes].concat()
}

/// A key in software.
#[derive(Clone)]
pub struct Key {
    pub secret: Secret,
    pub scheme: u16,
    pub hash: u16,
    pub name_alg: u16,
    pub attributes: u32,
    pub auth_policy: Vec<u8>,
}

#[derive(Clone)]
pub enum Secret {
    /// Modulus and private exponent, of the same length.
    Rsa {
        n: Vec<u8>,
        d: Vec<u8>,
    },
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
}

impl Key {
    fn new(secret: Secret, scheme: u16, hash: u16) -> Self {
        Self {
            secret,
            scheme,
            hash,
            name_alg: SHA256,
            attributes: AK_ATTRIBUTES,
            auth_policy: Vec::new(),
        }
    }

    pub fn rsa(bits: usize, scheme: u16, hash: u16) -> Self {
        let path = format!(
            "{}/tests/data/keys/rsa-{bits}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let key: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let number = |name: &str| crate::common::hex(key[name].as_str().unwrap());
        let (n, d) = (number("modulus"), number("private_exponent"));
        Self::new(Secret::Rsa { n, d }, scheme, hash)
    }

    pub fn p256(hash: u16) -> Self {
        let key = p256::ecdsa::SigningKey::from_slice(&[0x42; 32]).unwrap();
        Self::new(Secret::P256(key), ECDSA, hash)
    }

    pub fn p384(hash: u16) -> Self {
        let key = p384::ecdsa::SigningKey::from_slice(&[0x42; 48]).unwrap();
        Self::new(Secret::P384(key), ECDSA, hash)
    }

    pub fn p521(hash: u16) -> Self {
        let mut scalar = [0x42; 66];
        scalar[0] = 0;
        let key = p521::ecdsa::SigningKey::from_slice(&scalar).unwrap();
        Self::new(Secret::P521(key), ECDSA, hash)
    }

    /// The curve and the two coordinates, at full length.
    pub fn point(&self) -> (u16, Vec<u8>, Vec<u8>) {
        let (curve, sec1) = match &self.secret {
            Secret::P256(key) => (
                3,
                key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            ),
            Secret::P384(key) => (
                4,
                key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            ),
            Secret::P521(key) => (
                5,
                key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            ),
            Secret::Rsa { .. } => panic!("an RSA key has no point"),
        };
        let (x, y) = sec1[1..].split_at(sec1.len() / 2);
        (curve, x.to_vec(), y.to_vec())
    }

    /// `TPMT_PUBLIC`.
    pub fn public_area(&self) -> Vec<u8> {
        let mut area = Vec::new();
        let mut put = |bytes: &[u8]| area.extend_from_slice(bytes);
        let is_rsa = matches!(self.secret, Secret::Rsa { .. });
        put(&(if is_rsa { 0x0001_u16 } else { 0x0023 }).to_be_bytes());
        put(&self.name_alg.to_be_bytes());
        put(&self.attributes.to_be_bytes());
        put(&sized(&self.auth_policy));
        put(&NULL.to_be_bytes()); // symmetric
        put(&self.scheme.to_be_bytes());
        put(&self.hash.to_be_bytes());
        if let Secret::Rsa { n, .. } = &self.secret {
            put(&u16::try_from(n.len() * 8).unwrap().to_be_bytes());
            put(&0_u32.to_be_bytes());
            put(&sized(n));
        } else {
            let (curve, x, y) = self.point();
            put(&u16::to_be_bytes(curve));
            put(&NULL.to_be_bytes()); // kdf
            put(&sized(&x));
            put(&sized(&y));
        }
        area
    }

    /// `TPM2B_PUBLIC`.
    pub fn public(&self) -> Vec<u8> {
        sized(&self.public_area())
    }

    /// The Name.
    pub fn name(&self) -> Vec<u8> {
        let digest = hash(self.name_alg, &self.public_area());
        [&self.name_alg.to_be_bytes()[..], &digest].concat()
    }

    /// `TPMT_SIGNATURE` by the key's own scheme and hash.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.sign_as(self.scheme, self.hash, message)
    }

    /// `TPMT_SIGNATURE` by any scheme and hash that fit the kind of key.
    pub fn sign_as(&self, scheme: u16, hash_alg: u16, message: &[u8]) -> Vec<u8> {
        let digest = hash(hash_alg, message);
        let body = match &self.secret {
            Secret::Rsa { n, d } => {
                let em = match scheme {
                    RSASSA => pkcs1_v15(n.len(), hash_alg, &digest),
                    RSAPSS => pss(n.len(), hash_alg, &digest, &vec![0x5a; digest.len()]),
                    other => panic!("no RSA scheme {other:04x}"),
                };
                sized(&private(n, d, &em))
            }
            _ => {
                let (r, s) = self.ecdsa(&digest);
                [sized(&r), sized(&s)].concat()
            }
        };
        [&scheme.to_be_bytes()[..], &hash_alg.to_be_bytes(), &body].concat()
    }

    /// Both numbers of an ECDSA signature, at full length.
    pub fn ecdsa(&self, digest: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let both = match &self.secret {
            Secret::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign_prehash(digest).unwrap();
                signature.to_bytes().to_vec()
            }
            Secret::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign_prehash(digest).unwrap();
                signature.to_bytes().to_vec()
            }
            Secret::P521(key) => {
                // Its signer wants at least half of the order's length.
                let padded = [vec![0; 66 - digest.len()], digest.to_vec()].concat();
                let signature: p521::ecdsa::Signature = key.sign_prehash(&padded).unwrap();
                signature.to_bytes().to_vec()
            }
            Secret::Rsa { .. } => panic!("an RSA key makes no ECDSA signature"),
        };
        let (r, s) = both.split_at(both.len() / 2);
        (r.to_vec(), s.to_vec())
    }
}

/// RSASP1 (RFC 8017, 5.2.1) of any encoded message.
pub fn private(n: &[u8], d: &[u8], em: &[u8]) -> Vec<u8> {
    fn power<const L: usize>(n: &[u8], d: &[u8], em: &[u8]) -> Vec<u8> {
        let n = Odd::new(Uint::<L>::from_be_slice(n)).unwrap();
        let params = FixedMontyParams::new_vartime(n);
        let em = FixedMontyForm::new(&Uint::<L>::from_be_slice(em), &params);
        let power = em.pow(&Uint::<L>::from_be_slice(d)).retrieve();
        power.to_be_bytes().as_ref().to_vec()
    }
    match n.len() {
        128 => power::<{ crypto_bigint::U1024::LIMBS }>(n, d, em),
        256 => power::<{ crypto_bigint::U2048::LIMBS }>(n, d, em),
        384 => power::<{ crypto_bigint::U3072::LIMBS }>(n, d, em),
        512 => power::<{ crypto_bigint::U4096::LIMBS }>(n, d, em),
        other => panic!("no RSA of {other} bytes"),
    }
}

/// DER `DigestInfo` without the digest (SPEC: RFC 8017, 9.2, note 1).
pub fn digest_info(alg: u16) -> Vec<u8> {
    crate::common::hex(match alg {
        SHA1 => "3021300906052b0e03021a05000414",
        SHA256 => "3031300d060960864801650304020105000420",
        SHA384 => "3041300d060960864801650304020205000430",
        SHA512 => "3051300d060960864801650304020305000440",
        other => panic!("no DigestInfo of {other:04x}"),
    })
}

/// EMSA-PKCS1-v1_5 (RFC 8017, 9.2).
pub fn pkcs1_v15(len: usize, alg: u16, digest: &[u8]) -> Vec<u8> {
    let info = [digest_info(alg), digest.to_vec()].concat();
    let padding = vec![0xff; len - 3 - info.len()];
    [&[0, 1][..], &padding, &[0], &info].concat()
}

/// EMSA-PSS (RFC 8017, 9.1.1) for a modulus whose first bit is set.
pub fn pss(len: usize, alg: u16, digest: &[u8], salt: &[u8]) -> Vec<u8> {
    let h = hash(alg, &[&[0; 8][..], digest, salt].concat());
    let zeros = vec![0; len - h.len() - 2 - salt.len()];
    let mut db = [&zeros[..], &[1], salt].concat();
    for (i, byte) in mgf1(alg, &h, db.len()).into_iter().enumerate() {
        db[i] ^= byte;
    }
    db[0] &= 0x7f;
    [&db[..], &h, &[0xbc]].concat()
}

/// MGF1 (RFC 8017, B.2.1).
pub fn mgf1(alg: u16, seed: &[u8], len: usize) -> Vec<u8> {
    let blocks = (0_u32..).flat_map(|i| hash(alg, &[seed, &i.to_be_bytes()[..]].concat()));
    blocks.take(len).collect()
}

/// A `TPMS_ATTEST` of a quote, field by field.
#[derive(Clone)]
pub struct Quote {
    pub magic: u32,
    pub kind: u16,
    pub qualified_signer: Vec<u8>,
    pub extra_data: Vec<u8>,
    pub clock: u64,
    pub reset_count: u32,
    pub restart_count: u32,
    pub safe: u8,
    pub firmware_version: u64,
    /// Bank and bit map.
    pub selections: Vec<(u16, Vec<u8>)>,
    pub pcr_digest: Vec<u8>,
}

impl Quote {
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut put = |part: &[u8]| bytes.extend_from_slice(part);
        put(&self.magic.to_be_bytes());
        put(&self.kind.to_be_bytes());
        put(&sized(&self.qualified_signer));
        put(&sized(&self.extra_data));
        put(&self.clock.to_be_bytes());
        put(&self.reset_count.to_be_bytes());
        put(&self.restart_count.to_be_bytes());
        put(&[self.safe]);
        put(&self.firmware_version.to_be_bytes());
        put(&u32::try_from(self.selections.len()).unwrap().to_be_bytes());
        for (bank, map) in &self.selections {
            put(&bank.to_be_bytes());
            put(&[u8::try_from(map.len()).unwrap()]);
            put(map);
        }
        put(&sized(&self.pcr_digest));
        bytes
    }
}

/// The bit map of three bytes that selects these PCRs.
pub fn bitmap(pcrs: &[u8]) -> Vec<u8> {
    let mut map = vec![0; 3];
    for pcr in pcrs {
        map[usize::from(pcr / 8)] |= 1 << (pcr % 8);
    }
    map
}
