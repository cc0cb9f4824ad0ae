//! A software "TPM" with an endorsement key: its public area, and what it makes of a
//! credential. Written from the specification, without the crate under test.

use std::collections::VecDeque;

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use p256::elliptic_curve::sec1::ToSec1Point;
use rsa::{BoxedUint, Oaep, PrivateKey};
use sha2::{Sha256, Sha384, Sha512};

use crate::{
    common::hex,
    forge::{NULL, SHA256, SHA384, SHA512, hash, sized},
};

/// fixedTPM, fixedParent, sensitiveDataOrigin, adminWithPolicy, restricted, decrypt.
pub const EK_ATTRIBUTES: u32 = 0x0003_00b2;
const AES: u16 = 0x0006;
const CFB: u16 = 0x0043;

/// Randomness that is known: these bytes, then an error.
pub struct Given(VecDeque<u8>);

/// There was no more.
#[derive(Debug)]
pub struct Exhausted;

impl Given {
    pub fn new(parts: &[&[u8]]) -> Self {
        Self(parts.concat().into())
    }

    /// Enough of it, which differs by `seed`. No byte of it is a first byte of the order
    /// of a curve.
    pub fn plenty(seed: u8) -> Self {
        let bytes: Vec<_> = (0..8_u8)
            .flat_map(|n| hash(SHA256, &[seed, n]))
            .map(|byte| byte & 0x7f)
            .collect();
        Self(bytes.into())
    }

    pub fn left(&self) -> usize {
        self.0.len()
    }
}

impl core::fmt::Display for Exhausted {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("exhausted")
    }
}

impl core::error::Error for Exhausted {}

impl rand_core::TryRng for Given {
    type Error = Exhausted;

    fn try_next_u32(&mut self) -> Result<u32, Exhausted> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Exhausted> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Exhausted> {
        if self.0.len() < to.len() {
            return Err(Exhausted);
        }
        let len = to.len();
        for (to, from) in to.iter_mut().zip(self.0.drain(..len)) {
            *to = from;
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Given {}

/// An endorsement key in software.
#[derive(Clone)]
pub struct Endorsement {
    pub secret: Decrypting,
    pub name_alg: u16,
    pub attributes: u32,
    pub aes_bits: u16,
    pub auth_policy: Vec<u8>,
}

#[derive(Clone)]
pub enum Decrypting {
    Rsa(Box<PrivateKey>),
    P256(p256::SecretKey),
    P384(p384::SecretKey),
    P521(p521::SecretKey),
}

impl Endorsement {
    pub fn new(secret: Decrypting, name_alg: u16, aes_bits: u16) -> Self {
        Self {
            secret,
            name_alg,
            attributes: EK_ATTRIBUTES,
            aes_bits,
            auth_policy: vec![0x83; hash(name_alg, b"").len()],
        }
    }

    pub fn rsa(bits: u32, name_alg: u16, aes_bits: u16) -> Self {
        let path = format!(
            "{}/tests/data/keys/rsa-{bits}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read(&path).unwrap();
        let key: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let number = |name: &str| {
            let bytes = hex(key[name].as_str().unwrap());
            BoxedUint::from_be_slice(&bytes, bits).unwrap()
        };
        let (n, d) = (number("modulus"), number("private_exponent"));
        let e = BoxedUint::from(65537_u64);
        let key = PrivateKey::from_components(n, e, d, Vec::new()).unwrap();
        Self::new(Decrypting::Rsa(Box::new(key)), name_alg, aes_bits)
    }

    pub fn p256(name_alg: u16, aes_bits: u16) -> Self {
        let key = p256::SecretKey::from_slice(&[0x33; 32]).unwrap();
        Self::new(Decrypting::P256(key), name_alg, aes_bits)
    }

    pub fn p384(name_alg: u16, aes_bits: u16) -> Self {
        let key = p384::SecretKey::from_slice(&[0x33; 48]).unwrap();
        Self::new(Decrypting::P384(key), name_alg, aes_bits)
    }

    pub fn p521(name_alg: u16, aes_bits: u16) -> Self {
        let scalar = [&[0][..], &[0x33; 65]].concat();
        let key = p521::SecretKey::from_slice(&scalar).unwrap();
        Self::new(Decrypting::P521(key), name_alg, aes_bits)
    }

    /// The curve and the two coordinates, at full length.
    fn point(&self) -> (u16, Vec<u8>, Vec<u8>) {
        let (curve, sec1) = match &self.secret {
            Decrypting::P256(key) => (3, key.public_key().to_sec1_point(false).as_bytes().to_vec()),
            Decrypting::P384(key) => (4, key.public_key().to_sec1_point(false).as_bytes().to_vec()),
            Decrypting::P521(key) => (5, key.public_key().to_sec1_point(false).as_bytes().to_vec()),
            Decrypting::Rsa(_) => panic!("an RSA key has no point"),
        };
        let (x, y) = sec1[1..].split_at(sec1.len() / 2);
        (curve, x.to_vec(), y.to_vec())
    }

    /// `TPMT_PUBLIC`.
    pub fn public_area(&self) -> Vec<u8> {
        let mut area = Vec::new();
        let mut put = |bytes: &[u8]| area.extend_from_slice(bytes);
        let is_rsa = matches!(self.secret, Decrypting::Rsa(_));
        put(&(if is_rsa { 0x0001_u16 } else { 0x0023 }).to_be_bytes());
        put(&self.name_alg.to_be_bytes());
        put(&self.attributes.to_be_bytes());
        put(&sized(&self.auth_policy));
        put(&AES.to_be_bytes());
        put(&self.aes_bits.to_be_bytes());
        put(&CFB.to_be_bytes());
        put(&NULL.to_be_bytes()); // scheme
        if let Decrypting::Rsa(key) = &self.secret {
            let n = rsa::traits::PublicKeyParts::n_bytes(&**key);
            put(&u16::try_from(n.len() * 8).unwrap().to_be_bytes());
            put(&0_u32.to_be_bytes());
            put(&sized(&n));
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

    /// `TPM2_ActivateCredential` for an object with this name: the secret, or `None`
    /// where a TPM answers `TPM_RC_INTEGRITY`.
    pub fn activate(
        &self,
        object: &[u8],
        id_object: &[u8],
        encrypted_secret: &[u8],
    ) -> Option<Vec<u8>> {
        let alg = self.name_alg;
        let digest_len = hash(alg, b"").len();
        let (encrypted, rest) = unsized_(encrypted_secret);
        assert!(rest.is_empty());
        let seed = self.seed(encrypted);
        assert_eq!(seed.len(), digest_len);

        let (id_object, rest) = unsized_(id_object);
        assert!(rest.is_empty());
        let (integrity, identity) = unsized_(id_object);
        let key = kdfa(alg, &seed, "INTEGRITY", b"", digest_len);
        if hmac(alg, &key, &[identity, object].concat()) != integrity {
            return None;
        }
        let key = kdfa(
            alg,
            &seed,
            "STORAGE",
            object,
            usize::from(self.aes_bits) / 8,
        );
        let identity = decrypt_cfb(&key, identity);
        let (secret, rest) = unsized_(&identity);
        assert!(rest.is_empty());
        Some(secret.to_vec())
    }

    fn seed(&self, encrypted: &[u8]) -> Vec<u8> {
        if let Decrypting::Rsa(key) = &self.secret {
            let label = &b"IDENTITY\0"[..];
            return match self.name_alg {
                SHA256 => key.decrypt(Oaep::<Sha256>::new_with_label(label), encrypted),
                SHA384 => key.decrypt(Oaep::<Sha384>::new_with_label(label), encrypted),
                SHA512 => key.decrypt(Oaep::<Sha512>::new_with_label(label), encrypted),
                other => panic!("no hash {other:04x}"),
            }
            .unwrap();
        }
        let (x, rest) = unsized_(encrypted);
        let (y, rest) = unsized_(rest);
        assert!(rest.is_empty());
        let sec1 = [&[4][..], x, y].concat();
        let z = match &self.secret {
            Decrypting::P256(key) => {
                let other = p256::PublicKey::from_sec1_bytes(&sec1).unwrap();
                key.diffie_hellman(&other).raw_secret_bytes().to_vec()
            }
            Decrypting::P384(key) => {
                let other = p384::PublicKey::from_sec1_bytes(&sec1).unwrap();
                key.diffie_hellman(&other).raw_secret_bytes().to_vec()
            }
            Decrypting::P521(key) => {
                let other = p521::PublicKey::from_sec1_bytes(&sec1).unwrap();
                key.diffie_hellman(&other).raw_secret_bytes().to_vec()
            }
            Decrypting::Rsa(_) => unreachable!(),
        };
        let (_, own_x, _) = self.point();
        // KDFe: one block, as the seed is as long as a digest.
        let parts = [&[0, 0, 0, 1][..], &z, b"IDENTITY\0", x, &own_x];
        hash(self.name_alg, &parts.concat())
    }
}

/// The content of a `TPM2B`, and what is behind it.
fn unsized_(bytes: &[u8]) -> (&[u8], &[u8]) {
    let size = usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    bytes[2..].split_at(size)
}

/// KDFa (Part 1, 9.4.10.2) with an empty `contextV`.
fn kdfa(alg: u16, key: &[u8], label: &str, u: &[u8], len: usize) -> Vec<u8> {
    let bits = u32::try_from(len * 8).unwrap().to_be_bytes();
    let block = |i: u32| {
        let parts = [&i.to_be_bytes()[..], label.as_bytes(), &[0], u, &bits];
        hmac(alg, key, &parts.concat())
    };
    (1..).flat_map(block).take(len).collect()
}

/// FIPS 198-1, for keys that are no longer than a block.
pub fn hmac(alg: u16, key: &[u8], message: &[u8]) -> Vec<u8> {
    let block = if alg == SHA256 { 64 } else { 128 };
    let pad = |with: u8| -> Vec<u8> {
        let key = key.iter().chain(std::iter::repeat(&0)).take(block);
        key.map(|byte| byte ^ with).collect()
    };
    let inner = hash(alg, &[&pad(0x36)[..], message].concat());
    hash(alg, &[&pad(0x5c)[..], &inner].concat())
}

/// AES-CFB with a first vector of zeros.
fn decrypt_cfb(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let encrypt = |block: &mut [u8; 16]| match key.len() {
        16 => aes::Aes128::new_from_slice(key)
            .unwrap()
            .encrypt_block(block.into()),
        32 => aes::Aes256::new_from_slice(key)
            .unwrap()
            .encrypt_block(block.into()),
        other => panic!("no AES with a key of {other} bytes"),
    };
    let (mut plain, mut last) = (Vec::new(), [0; 16]);
    for block in bytes.chunks(16) {
        encrypt(&mut last);
        plain.extend(block.iter().zip(last).map(|(byte, mask)| byte ^ mask));
        last = block.try_into().unwrap_or_default();
    }
    plain
}
