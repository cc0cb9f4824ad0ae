//! [`FileSignature`]: the signature of a file, as its extended attribute `security.ima` held it.

use super::digest::{ImaDigest, ImaDigestKind};
use crate::{
    crypto::{Digest, Hasher},
    types::TpmAlgId,
    wire::Reader,
};

/// What the field `sig` of an entry has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) enum ReadSignature<'a> {
    /// Nothing, and there is no signature of another kind in its place.
    None,
    /// A signature of a file, to be verified with a public key.
    OfFile(FileSignature<'a>),
    /// A signature that is not judged: of EVM, of the end of a module, of an old version.
    Other,
    /// Bytes that are no signature.
    Malformed,
}

/// What a signature of a file says of itself: `struct signature_v2_hdr` of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) struct FileSignature<'a> {
    xattr_type: u8,
    version: u8,
    hash: u8,
    /// The last bytes of the identifier of the key: a hint.
    pub(in crate::log) key_id: [u8; 4],
    /// By the key, in the form of its kind.
    pub(in crate::log) value: &'a [u8],
}

/// `IMA_DIGSIG` and `IMA_VERITY_DIGSIG`, the types of extended attributes.
const OF_FILE: u8 = 3;
const OF_VERITY: u8 = 6;
/// `EVM_XATTR_PORTABLE_DIGSIG`.
const OF_EVM: u8 = 5;

/// What the signature is made of, or why it is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) enum Signed {
    /// The digest that the key signed, and its hash.
    Digest(TpmAlgId, Digest),
    /// It is about a digest by another hash, or of another kind.
    OtherDigest,
    /// It is by a hash that is not supported here, or that is broken.
    Unsupported,
}

impl<'a> ReadSignature<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        match *bytes {
            [OF_EVM, ..] => return Self::Other,
            [OF_FILE | OF_VERITY, 2 | 3, ..] => {}
            [OF_FILE | OF_VERITY, ..] => return Self::Other,
            [_, ..] => return Self::Other,
            [] => return Self::None,
        }
        FileSignature::read(bytes).map_or(Self::Malformed, Self::OfFile)
    }
}

impl<'a> FileSignature<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let &[xattr_type, version, hash] = reader.array().ok()?;
        let key_id = *reader.array().ok()?;
        let size = u16::from_be_bytes(*reader.array().ok()?);
        let value = reader.rest();
        (value.len() == usize::from(size) && size > 0).then_some(Self {
            xattr_type,
            version,
            hash,
            key_id,
            value,
        })
    }

    /// What the key must have signed, for the file to have this digest.
    ///
    /// Version 2 is over the digest itself. Version 3 is over the digest of `ima_file_id`: the
    /// type, the hash and the digest, so that a digest of one kind is none of the other.
    pub(in crate::log) fn signed(&self, digest: &ImaDigest<'_>) -> Signed {
        let kind = match self.xattr_type {
            OF_VERITY => ImaDigestKind::Verity,
            _ => ImaDigestKind::Contents,
        };
        // Digests of fs-verity are signed by version 3 alone.
        let is_version_of_kind = self.version == 3 || kind == ImaDigestKind::Contents;
        let is_hash = hash_name(self.hash).is_some_and(|name| is_same(name, digest.algorithm()));
        if digest.kind() != kind || !is_version_of_kind || !is_hash {
            return Signed::OtherDigest;
        }
        let hash = match self.hash {
            4 => TpmAlgId::SHA256,
            5 => TpmAlgId::SHA384,
            6 => TpmAlgId::SHA512,
            _ => return Signed::Unsupported,
        };
        if Some(digest.bytes().len()) != hash.digest_size() {
            return Signed::OtherDigest;
        }
        if self.version == 2 {
            return Signed::Digest(hash, Digest::new(digest.bytes()));
        }
        let Some(mut hasher) = Hasher::new(hash) else {
            return Signed::Unsupported;
        };
        hasher.update(&[self.xattr_type, self.hash]);
        hasher.update(digest.bytes());
        Signed::Digest(hash, hasher.finish())
    }
}

/// The hash with this number in the kernel (`enum hash_algo`).
const fn hash_name(id: u8) -> Option<&'static str> {
    Some(match id {
        1 => "md5",
        2 => "sha1",
        3 => "rmd160",
        4 => "sha256",
        5 => "sha384",
        6 => "sha512",
        7 => "sha224",
        17 => "sm3",
        _ => return None,
    })
}

/// Kernels before 5.19 write the name of SM3 in another way.
fn is_same(name: &str, found: &str) -> bool {
    name == found || (name == "sm3" && found == "sm3-256")
}
