//! Hashes, by their ids in the specification.

use core::fmt;

#[cfg(feature = "sha1")]
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::{
    error::MarshalError,
    types::TpmAlgId,
    wire::{Hex, Marshal, Sink},
};

/// A digest of up to 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    bytes: [u8; 64],
    len: u8,
}

impl Digest {
    #[cfg(any(feature = "credential", feature = "boot-log"))]
    pub(crate) fn new(of: &[u8]) -> Self {
        let mut bytes = [0; 64];
        // No hash has more.
        if let Some(digest) = bytes.get_mut(..of.len()) {
            digest.copy_from_slice(of);
        }
        let len = u8::try_from(of.len()).unwrap_or(64);
        Self { bytes, len }
    }

    /// A digest of a hash.
    #[inline]
    fn of_hash<const N: usize>(of: [u8; N]) -> Self {
        let mut bytes = [0; 64];
        if let Some(digest) = bytes.first_chunk_mut() {
            *digest = of;
        }
        let len = u8::try_from(N).unwrap_or(64);
        Self { bytes, len }
    }

    /// The digest followed by zeros, and its length.
    pub(crate) const fn padded(&self) -> (&[u8; 64], u8) {
        (&self.bytes, self.len)
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Hex(self.as_ref()), f)
    }
}

/// A hash that structures can be written to, so that the digest of a structure needs no
/// buffer.
#[derive(Clone)]
pub struct Hasher(Inner);

#[derive(Clone)]
enum Inner {
    #[cfg(feature = "sha1")]
    Sha1(Sha1),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    /// Starts a hash, or returns `None` if this crate does not have it. It has SHA-256,
    /// SHA-384 and SHA-512, and SHA-1 with the feature `sha1`.
    #[must_use]
    pub fn new(hash: TpmAlgId) -> Option<Self> {
        Some(Self(match hash {
            #[cfg(feature = "sha1")]
            TpmAlgId::SHA1 => Inner::Sha1(Sha1::new()),
            TpmAlgId::SHA256 => Inner::Sha256(Sha256::new()),
            TpmAlgId::SHA384 => Inner::Sha384(Sha384::new()),
            TpmAlgId::SHA512 => Inner::Sha512(Sha512::new()),
            _ => return None,
        }))
    }

    /// Computes the digest of `message`. `None` if this crate does not have the hash.
    #[must_use]
    pub fn digest(hash: TpmAlgId, message: &[u8]) -> Option<Digest> {
        let mut hasher = Self::new(hash)?;
        hasher.update(message);
        Some(hasher.finish())
    }

    /// Computes the digest of parts that follow each other, in less stack and time than
    /// [`digest`](Self::digest), and more code.
    #[cfg(feature = "boot-log")]
    pub(crate) fn digest_of_parts(hash: TpmAlgId, parts: &[&[u8]]) -> Option<Digest> {
        Some(match hash {
            #[cfg(feature = "sha1")]
            TpmAlgId::SHA1 => whole::<Sha1, 20>(parts),
            TpmAlgId::SHA256 => whole::<Sha256, 32>(parts),
            TpmAlgId::SHA384 => whole::<Sha384, 48>(parts),
            TpmAlgId::SHA512 => whole::<Sha512, 64>(parts),
            _ => return None,
        })
    }

    /// Computes the digest of a structure in its written form. `None` if this crate does not
    /// have the hash.
    ///
    /// # Errors
    /// The structure cannot be written.
    pub fn digest_of(
        hash: TpmAlgId,
        structure: &impl Marshal,
    ) -> Result<Option<Digest>, MarshalError> {
        let Some(mut hasher) = Self::new(hash) else {
            return Ok(None);
        };
        structure.marshal(&mut hasher)?;
        Ok(Some(hasher.finish()))
    }

    /// Adds `bytes` to the message.
    #[inline]
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            #[cfg(feature = "sha1")]
            Inner::Sha1(hash) => hash.update(bytes),
            Inner::Sha256(hash) => hash.update(bytes),
            Inner::Sha384(hash) => hash.update(bytes),
            Inner::Sha512(hash) => hash.update(bytes),
        }
    }

    /// Ends the message and returns its digest.
    #[inline]
    #[must_use]
    pub fn finish(mut self) -> Digest {
        // Where it is: `finalize` takes a copy of each, all of them on the stack at once.
        match &mut self.0 {
            #[cfg(feature = "sha1")]
            Inner::Sha1(hash) => Digest::of_hash(hash.finalize_reset().into()),
            Inner::Sha256(hash) => Digest::of_hash(hash.finalize_reset().into()),
            Inner::Sha384(hash) => Digest::of_hash(hash.finalize_reset().into()),
            Inner::Sha512(hash) => Digest::of_hash(hash.finalize_reset().into()),
        }
    }
}

/// Each hash in its own place of the stack, which is free when it returns.
#[cfg(feature = "boot-log")]
#[inline(never)]
fn whole<H: sha2::Digest, const N: usize>(parts: &[&[u8]]) -> Digest
where
    sha2::digest::Output<H>: Into<[u8; N]>,
{
    let mut hash = H::new();
    for part in parts {
        hash.update(part);
    }
    Digest::of_hash(hash.finalize().into())
}

impl Sink for Hasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), MarshalError> {
        self.update(bytes);
        Ok(())
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}
