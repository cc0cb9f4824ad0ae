//! [`ImaDigest`]: the digest of a file, with the name of its hash.

use core::fmt;

use super::hexadecimal;
use crate::{crypto::Digest, types::TpmAlgId, wire::Hex};

/// What a digest covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ImaDigestKind {
    /// `ima`: the contents of the file, or of the buffer.
    Contents,
    /// `verity`: the file's fs-verity descriptor, which has the root of a hash tree.
    Verity,
}

/// The digest of a file or buffer that IMA measured, with the hash that made it. As text,
/// `sha256:66f751..` or `verity:sha256:66f751..`.
///
/// Digests are equal only if kind, hash and bytes are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ImaDigest<'a> {
    kind: ImaDigestKind,
    algorithm: &'a str,
    bytes: Digest,
}

/// Names of hashes in the kernel, the bytes of their digests, and their ids for TPMs.
const ALGORITHMS: [(&str, usize, Option<TpmAlgId>); 23] = [
    ("md5", 16, None),
    ("sha1", 20, Some(TpmAlgId::SHA1)),
    ("sha224", 28, None),
    ("sha256", 32, Some(TpmAlgId::SHA256)),
    ("sha384", 48, Some(TpmAlgId::SHA384)),
    ("sha512", 64, Some(TpmAlgId::SHA512)),
    ("sm3", 32, Some(TpmAlgId::SM3_256)),
    ("sm3-256", 32, Some(TpmAlgId::SM3_256)),
    ("sha3-256", 32, Some(TpmAlgId::SHA3_256)),
    ("sha3-384", 48, Some(TpmAlgId::SHA3_384)),
    ("sha3-512", 64, Some(TpmAlgId::SHA3_512)),
    ("rmd128", 16, None),
    ("rmd160", 20, None),
    ("rmd256", 32, None),
    ("rmd320", 40, None),
    ("wp256", 32, None),
    ("wp384", 48, None),
    ("wp512", 64, None),
    ("tgr128", 16, None),
    ("tgr160", 20, None),
    ("tgr192", 24, None),
    ("streebog256", 32, None),
    ("streebog512", 64, None),
];

/// Bytes of the longest digest.
const MAX_SIZE: usize = 64;
/// Bytes that old kernels write for the digest of a violation, whatever the hash.
const VIOLATION_SIZE: usize = 20;

impl<'a> ImaDigest<'a> {
    /// Reads a digest as the text `sha256:66f751..`, or `verity:sha256:66f751..` for one of
    /// fs-verity. `None` if it does not have this form or is not as long as the hash makes it.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let (names, digits) = Self::split(text)?;
        let mut buffer = [0; MAX_SIZE];
        let bytes = Hex::decode(digits, &mut buffer).ok()?;
        Self::new(names.as_bytes(), Digest::new(bytes))
    }

    /// The names in such a text, and the digits behind the last colon.
    pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
        let at = text.bytes().rposition(|byte| byte == b':')?;
        let (names, digits) = text.split_at_checked(at)?;
        Some((names, digits.get(1..)?))
    }

    /// A digest by its names, `sha256` or `verity:sha256`, if the hash is known here.
    pub(crate) fn known(names: &str, bytes: Digest) -> Option<ImaDigest<'static>> {
        let ImaDigest {
            kind,
            algorithm,
            bytes,
        } = ImaDigest::new(names.as_bytes(), bytes)?;
        let (algorithm, size, _) = known(algorithm)?;
        (bytes.as_ref().len() == size).then_some(ImaDigest {
            kind,
            algorithm,
            bytes,
        })
    }

    /// The same digest, without the list, if the kernel has the hash.
    pub(in crate::log) fn kept(&self) -> Option<ImaDigest<'static>> {
        let (algorithm, ..) = known(self.algorithm)?;
        Some(ImaDigest {
            kind: self.kind,
            algorithm,
            bytes: self.bytes,
        })
    }

    /// A digest of this kind, if the kernel has the hash.
    pub(in crate::log) fn of_kind(
        kind: ImaDigestKind,
        algorithm: &str,
        bytes: &[u8],
    ) -> Option<ImaDigest<'static>> {
        let (algorithm, ..) = known(algorithm)?;
        let digest = ImaDigest::new(algorithm.as_bytes(), digest_of_bytes(bytes)?)?;
        Some(ImaDigest { kind, ..digest })
    }

    /// Returns what the digest covers.
    #[must_use]
    pub const fn kind(&self) -> ImaDigestKind {
        self.kind
    }

    /// Returns the kernel's name of the hash, such as `sha256`.
    #[must_use]
    pub const fn algorithm(&self) -> &'a str {
        self.algorithm
    }

    /// Returns the hash, if TPMs have an id for it.
    #[must_use]
    pub fn hash(&self) -> Option<TpmAlgId> {
        known(self.algorithm).and_then(|(_, _, hash)| hash)
    }

    /// Returns the digest.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// A digest by its names, `sha256` or `verity:sha256`.
    pub(super) fn new(names: &'a [u8], bytes: Digest) -> Option<Self> {
        let names = core::str::from_utf8(names).ok()?;
        let (kind, algorithm) = match (names.strip_prefix("ima:"), names.strip_prefix("verity:")) {
            (Some(algorithm), _) => (ImaDigestKind::Contents, algorithm),
            (_, Some(algorithm)) => (ImaDigestKind::Verity, algorithm),
            (None, None) => (ImaDigestKind::Contents, names),
        };
        let is_name = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if algorithm.is_empty() || !algorithm.bytes().all(is_name) {
            return None;
        }
        let found = bytes.as_ref();
        let is_its_size = known(algorithm).is_none_or(|(_, size, _)| size == found.len());
        let is_of_violation = found.len() == VIOLATION_SIZE && found.iter().all(|byte| *byte == 0);
        (!found.is_empty() && (is_its_size || is_of_violation)).then_some(Self {
            kind,
            algorithm,
            bytes,
        })
    }

    /// The same, with the digest in hexadecimal.
    pub(super) fn of_digits(names: &'a [u8], digits: &[u8]) -> Option<Self> {
        Self::new(names, digest_of(digits)?)
    }
}

/// A digest that was written in lower-case hexadecimal.
pub(super) fn digest_of(digits: &[u8]) -> Option<Digest> {
    let mut buffer = [0; MAX_SIZE];
    hexadecimal::decode(digits, &mut buffer).map(Digest::new)
}

/// A digest of these bytes, unless no hash has as many.
pub(super) fn digest_of_bytes(bytes: &[u8]) -> Option<Digest> {
    (bytes.len() <= MAX_SIZE).then(|| Digest::new(bytes))
}

fn known(name: &str) -> Option<(&'static str, usize, Option<TpmAlgId>)> {
    ALGORITHMS.into_iter().find(|(known, ..)| *known == name)
}

impl fmt::Display for ImaDigest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ImaDigestKind::Contents => {}
            ImaDigestKind::Verity => f.write_str("verity:")?,
        }
        write!(f, "{}:{}", self.algorithm, Hex(self.bytes()))
    }
}

impl fmt::Debug for ImaDigest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
