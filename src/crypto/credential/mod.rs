//! Credential protection (Part 1, 24): a secret that only the TPM with one key can
//! read, and only if it has the object with one name as well.
//!
//! Alone in this crate, this works on secrets. All primitives are those of
//! RustCrypto, which take the same time for any secret: AES, HMAC, the curves with an
//! ephemeral scalar, and for RSA the numbers of fixed width of `crypto-bigint`, on
//! which the curves are built as well. The RSA of this crate would be smaller and has
//! no panic, but its time may depend on what is encrypted, here the padded seed.
//!
//! What is secret is overwritten when it is no longer needed, as far as it is in a
//! [`Secret`]; the working memory of the primitives is not.

mod ecdh;
mod kdf;
mod oaep;

use aes::{
    Aes128, Aes256,
    cipher::{BlockCipherEncrypt, BlockSizeUser, KeyInit, KeyIvInit, consts::U16},
};
use cfb_mode::Encryptor;
use rand_core::TryCryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use self::kdf::hmac;
pub(crate) use self::kdf::kdfa;
use super::{Curve, Digest, PublicKey, pkcs1::Room};
use crate::types::TpmAlgId;

/// A secret of up to 64 bytes.
pub(crate) struct Secret {
    bytes: Zeroizing<[u8; 64]>,
    len: usize,
}

impl Secret {
    /// Zeros. `None` if it is too long.
    fn zeros(len: usize) -> Option<Self> {
        (len <= 64).then(|| Self {
            bytes: Zeroizing::new([0; 64]),
            len,
        })
    }

    pub(crate) fn random<R: TryCryptoRng + ?Sized>(
        len: usize,
        rng: &mut R,
    ) -> Result<Self, Failure> {
        let mut secret = Self::zeros(len).ok_or(Failure::Unsupported)?;
        fill(rng, secret.as_mut())?;
        Ok(secret)
    }

    /// `None` if there are more than 64 bytes.
    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        let mut secret = Self::zeros(bytes.len())?;
        secret.as_mut().copy_from_slice(bytes);
        Some(secret)
    }
}

impl AsRef<[u8]> for Secret {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl AsMut<[u8]> for Secret {
    fn as_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.len).unwrap_or_default()
    }
}

fn fill<R: TryCryptoRng + ?Sized>(rng: &mut R, bytes: &mut [u8]) -> Result<(), Failure> {
    rng.try_fill_bytes(bytes).map_err(|_| Failure::Random)
}

/// Whether two secrets are the same, in a time that tells nothing but their lengths.
pub(crate) fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// Why there is no credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The caller's source of randomness failed.
    Random,
    /// The point of the key is not on its curve.
    Point,
    /// An algorithm or a size that is not here.
    Unsupported,
}

/// The cipher of a key, in CFB mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cipher {
    Aes128,
    Aes256,
}

/// The key that a credential is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipient<'a> {
    pub(crate) key: PublicKey<'a>,
    /// The hash of its name.
    pub(crate) hash: TpmAlgId,
    pub(crate) cipher: Cipher,
}

const IDENTITY: &[u8] = b"IDENTITY";

/// A seed that the TPM with the key shares (B.10.3 and C.6.3), and what it needs for
/// that: a `TPM2B_ENCRYPTED_SECRET`, without its size.
pub(crate) fn share_seed<'r, R: TryCryptoRng + ?Sized>(
    with: &Recipient<'_>,
    rng: &mut R,
    room: &'r mut Room,
) -> Result<(Secret, &'r [u8]), Failure> {
    let size = with.hash.digest_size().ok_or(Failure::Unsupported)?;
    match with.key {
        PublicKey::Rsa { modulus } => {
            let seed = Secret::random(size, rng)?;
            let padding = Secret::random(size, rng)?;
            let encrypted = oaep::encrypt(modulus, with.hash, &seed, &padding, room);
            Ok((seed, encrypted.ok_or(Failure::Unsupported)?))
        }
        PublicKey::Ecc { curve, x, y } => {
            let numbers = [x, y];
            match curve {
                Curve::P256 => {
                    ecdh::share::<p256::NistP256, R>(numbers, 0xff, with.hash, rng, room)
                }
                Curve::P384 => {
                    ecdh::share::<p384::NistP384, R>(numbers, 0xff, with.hash, rng, room)
                }
                // A number of 521 bits has one bit in its first byte.
                Curve::P521 => {
                    ecdh::share::<p521::NistP521, R>(numbers, 0x01, with.hash, rng, room)
                }
            }
        }
    }
}

/// The credential itself (24.4): integrity and `encIdentity` of a `TPMS_ID_OBJECT`, for
/// the object with this name.
pub(crate) fn protect<'r>(
    recipient: &Recipient<'_>,
    seed: &Secret,
    name: &[u8],
    secret: &[u8],
    room: &'r mut [u8; 66],
) -> Option<(Digest, &'r [u8])> {
    let (size, rest) = room.split_first_chunk_mut()?;
    *size = u16::try_from(secret.len()).ok()?.to_be_bytes();
    rest.get_mut(..secret.len())?.copy_from_slice(secret);
    let identity = room.get_mut(..secret.len().checked_add(2)?)?;

    let hash = recipient.hash;
    let key = |len| kdfa(hash, seed.as_ref(), b"STORAGE", [name, &[]], len);
    match recipient.cipher {
        Cipher::Aes128 => encrypt::<Aes128>(&key(16)?, identity)?,
        Cipher::Aes256 => encrypt::<Aes256>(&key(32)?, identity)?,
    }
    let key = kdfa(
        hash,
        seed.as_ref(),
        b"INTEGRITY",
        [&[]; 2],
        hash.digest_size()?,
    )?;
    let integrity = hmac(hash, key.as_ref(), &[identity, name])?;
    Some((integrity, identity))
}

/// In CFB mode, with zeros to begin with.
fn encrypt<C>(key: &Secret, bytes: &mut [u8]) -> Option<()>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
{
    let cipher = Encryptor::<C>::new_from_slices(key.as_ref(), &[0; 16]).ok()?;
    cipher.encrypt(bytes);
    Some(())
}
