//! [`Secret`]: bytes that are overwritten when they are dropped, and why making them can fail.

use rand_core::TryCryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The label of what is done with a seed (Part 1, B.10.3 and C.6.3).
pub(super) const IDENTITY: &[u8] = b"IDENTITY";

/// A secret of up to 64 bytes.
pub(crate) struct Secret {
    bytes: Zeroizing<[u8; 64]>,
    len: usize,
}

impl Secret {
    /// Zeros. `None` if it is too long.
    pub(super) fn zeros(len: usize) -> Option<Self> {
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

/// Random bytes.
pub(super) fn fill<R: TryCryptoRng + ?Sized>(rng: &mut R, bytes: &mut [u8]) -> Result<(), Failure> {
    rng.try_fill_bytes(bytes).map_err(|_| Failure::Random)
}

/// Whether two secrets are the same, in a time that tells nothing but their lengths.
pub(crate) fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// Why a credential could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The caller's source of randomness failed.
    Random,
    /// The point of the key is not on its curve.
    Point,
    /// The algorithm or the size is not supported.
    Unsupported,
}
