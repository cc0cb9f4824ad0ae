//! Bytes with a size in front, and hashes (Part 2, 10.3 to 10.5, 11.2, 11.3).

use core::fmt;

use super::constants::{TpmAlgId, TpmHandle};
use crate::{
    error::{MarshalError, MarshalReason, Place, Reason, UnmarshalError, saturate},
    wire::{Hex, Inspect, Inspector, Marshal, Reader, Sink, Unmarshal},
};

tpm2b! {
    /// A digest (Part 2, 10.4.2).
    pub struct Tpm2bDigest = "TPM2B_DIGEST", max 64;

    /// Data of the caller, such as a nonce (Part 2, 10.4.3). The limit is the
    /// size of a `TPMT_HA`: two bytes more than the largest digest.
    pub struct Tpm2bData = "TPM2B_DATA", max 66;

    /// What an NV index holds, or a part of it (Part 2, 10.4.9). The limit is
    /// the implementation's choice; this is the largest one known.
    pub struct Tpm2bMaxNvBuffer = "TPM2B_MAX_NV_BUFFER", max 2048;

    /// A `TPMS_ATTEST` as bytes (Part 2, 10.12.13): what a TPM signs. What is
    /// in it means nothing before the signature was checked. The size in front
    /// is not signed.
    pub struct Tpm2bAttest = "TPM2B_ATTEST", max 2304;

    /// An RSA modulus, big-endian (Part 2, 11.2.4.5).
    pub struct Tpm2bPublicKeyRsa = "TPM2B_PUBLIC_KEY_RSA", max 512;

    /// A coordinate, or half of a signature: an unsigned integer, big-endian
    /// (Part 2, 11.2.5.1). Old TPMs leave out leading zeros. The limit is that
    /// of the largest curve, BN_P638.
    pub struct Tpm2bEccParameter = "TPM2B_ECC_PARAMETER", max 80;

    /// An encrypted seed: OAEP ciphertext, an ephemeral point, or an ML-KEM
    /// ciphertext (Part 2, 11.4.3).
    pub struct Tpm2bEncryptedSecret = "TPM2B_ENCRYPTED_SECRET", max 1568;

    /// An ML-DSA public key (version 1.85).
    pub struct Tpm2bPublicKeyMldsa = "TPM2B_PUBLIC_KEY_MLDSA", max 2592;

    /// An ML-KEM encapsulation key (version 1.85).
    pub struct Tpm2bPublicKeyMlkem = "TPM2B_PUBLIC_KEY_MLKEM", max 1568;

    /// An EdDSA signature, R and S (version 1.85).
    pub struct Tpm2bSignatureEddsa = "TPM2B_SIGNATURE_EDDSA", max 160;

    /// An ML-DSA signature (version 1.85).
    pub struct Tpm2bSignatureMldsa = "TPM2B_SIGNATURE_MLDSA", max 4627;
}

/// The name of an entity (Part 2, 10.5.3): of an object or NV index its hash,
/// of anything else its handle, or nothing.
#[doc(alias = "TPM2B_NAME")]
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Tpm2bName<'a>(&'a [u8]);

/// What a [`Tpm2bName`] holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NameForm<'a> {
    /// Nothing: there is no entity, or it has no name.
    Empty,
    /// A PCR, a session, or a permanent handle.
    Handle(TpmHandle),
    /// An object or an NV index.
    Digest {
        /// The hash that made the digest.
        name_alg: TpmAlgId,
        /// The hash of the entity's public area.
        digest: &'a [u8],
    },
}

impl<'a> Tpm2bName<'a> {
    /// The largest size, in bytes: that of a `TPMT_HA`.
    pub const MAX: u16 = 66;

    /// The name of these bytes, which have no size in front.
    ///
    /// # Errors
    /// They have no form that a name can have: nothing, 4 bytes, or a hash id
    /// and a digest of that hash.
    pub fn new(bytes: &'a [u8]) -> Result<Self, MarshalError> {
        let size = saturate(bytes.len());
        if Self::is_name(bytes) {
            Ok(Self(bytes))
        } else {
            Err(MarshalError::new(MarshalReason::SizeOutOfRange { size }).in_place(SIZE_OF_NAME))
        }
    }

    /// A digest of a hash that is not known may have any length up to 64.
    fn is_name(bytes: &[u8]) -> bool {
        match (bytes.len(), bytes.split_first_chunk()) {
            (0 | 4, _) => true,
            (5..=66, Some((&alg, digest))) => TpmAlgId(u16::from_be_bytes(alg))
                .digest_size()
                .is_none_or(|size| digest.len() == size),
            _ => false,
        }
    }

    /// The bytes, without the size.
    #[inline]
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.0
    }

    /// What the bytes are.
    #[must_use]
    pub fn form(&self) -> NameForm<'a> {
        if let Ok(handle) = <[u8; 4]>::try_from(self.0) {
            return NameForm::Handle(TpmHandle(u32::from_be_bytes(handle)));
        }
        match self.0.split_first_chunk() {
            None => NameForm::Empty,
            Some((&alg, digest)) => NameForm::Digest {
                name_alg: TpmAlgId(u16::from_be_bytes(alg)),
                digest,
            },
        }
    }
}

const SIZE_OF_NAME: &Place = &Place {
    structure: "TPM2B_NAME",
    field: "size",
};

impl fmt::Debug for NameForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Handle(handle) => f.debug_tuple("Handle").field(handle).finish(),
            Self::Digest { name_alg, digest } => f
                .debug_struct("Digest")
                .field("name_alg", name_alg)
                .field("digest", &Hex(digest))
                .finish(),
        }
    }
}

impl fmt::Debug for Tpm2bName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.form(), f)
    }
}

impl AsRef<[u8]> for Tpm2bName<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}

impl<'a> Unmarshal<'a> for Tpm2bName<'a> {
    const NAME: &'static str = "TPM2B_NAME";

    #[inline(always)]
    fn unmarshal(r: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        let at = *r;
        let size: u16 = r.read()?;
        if size > Self::MAX {
            return Err(at.error(Reason::SizeOutOfRange { size }));
        }
        let bytes = r.bytes(usize::from(size))?;
        if Self::is_name(bytes) {
            Ok(Self(bytes))
        } else {
            Err(at.error(Reason::SizeOutOfRange { size }))
        }
    }
}

impl Marshal for Tpm2bName<'_> {
    #[inline(always)]
    fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError> {
        saturate(self.0.len()).marshal(sink)?;
        sink.write(self.0)
    }
}

impl Inspect for Tpm2bName<'_> {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.bytes(self.0);
    }
}

/// A hash id and a digest of exactly its size (Part 2, 10.3.2). With
/// `TPM_ALG_NULL` there is no digest.
#[doc(alias = "TPMT_HA")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TpmtHa<'a> {
    hash_alg: TpmAlgId,
    digest: &'a [u8],
}

impl<'a> TpmtHa<'a> {
    /// A digest of `hash_alg`.
    ///
    /// # Errors
    /// The digest does not have the size of that hash, or it is no known hash.
    pub fn new(hash_alg: TpmAlgId, digest: &'a [u8]) -> Result<Self, MarshalError> {
        if Self::size(hash_alg) == Some(digest.len()) {
            Ok(Self { hash_alg, digest })
        } else {
            let size = saturate(digest.len());
            Err(
                MarshalError::new(MarshalReason::SizeOutOfRange { size }).in_place(&Place {
                    structure: "TPMT_HA",
                    field: "digest",
                }),
            )
        }
    }

    fn size(hash_alg: TpmAlgId) -> Option<usize> {
        match hash_alg {
            TpmAlgId::NULL => Some(0),
            hash_alg => hash_alg.digest_size(),
        }
    }

    /// The hash that made the digest.
    #[must_use]
    pub const fn hash_alg(&self) -> TpmAlgId {
        self.hash_alg
    }

    /// The digest.
    #[must_use]
    pub const fn digest(&self) -> &'a [u8] {
        self.digest
    }
}

impl fmt::Debug for TpmtHa<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TpmtHa")
            .field("hash_alg", &self.hash_alg)
            .field("digest", &Hex(self.digest))
            .finish()
    }
}

impl<'a> Unmarshal<'a> for TpmtHa<'a> {
    const NAME: &'static str = "TPMT_HA";

    fn unmarshal(r: &mut Reader<'a>) -> Result<Self, UnmarshalError> {
        const HASH_ALG: &Place = &Place {
            structure: "TPMT_HA",
            field: "hashAlg",
        };
        const DIGEST: &Place = &Place {
            structure: "TPMT_HA",
            field: "digest",
        };
        let at = *r;
        let hash_alg: TpmAlgId = r.field(HASH_ALG)?;
        let value = hash_alg.0;
        let size = Self::size(hash_alg).ok_or_else(|| {
            at.error(Reason::UnknownSelector { value })
                .in_place(HASH_ALG)
        })?;
        let digest = r.bytes(size).map_err(|e| e.in_place(DIGEST))?;
        Ok(Self { hash_alg, digest })
    }
}

impl Marshal for TpmtHa<'_> {
    fn marshal<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), MarshalError> {
        self.hash_alg.marshal(sink)?;
        sink.write(self.digest)
    }
}

impl Inspect for TpmtHa<'_> {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.field("hashAlg", &self.hash_alg);
        to.field("digest", &Bytes(self.digest));
    }
}

/// Bytes of a field that has no type of its own.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl Inspect for Bytes<'_> {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.bytes(self.0);
    }
}
