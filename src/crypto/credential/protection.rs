//! The credential and the seed that its keys come from.

use aes::{
    Aes128, Aes256,
    cipher::{BlockCipherEncrypt, BlockSizeUser, KeyInit, KeyIvInit, consts::U16},
};
use cfb_mode::Encryptor;
use rand_core::TryCryptoRng;

use super::{
    ecdh,
    kdf::{hmac, kdfa},
    oaep,
    secret::{Failure, Secret},
};
use crate::{
    crypto::{
        hash::Digest,
        pkcs1::Room,
        signature::{Curve, PublicKey},
    },
    types::TpmAlgId,
};

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
