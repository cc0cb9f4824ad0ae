//! The verification on a curve that is only known when it is asked for.

use super::{
    compact,
    constants::{P256, P384, P521, WORDS_256, WORDS_384, WORDS_521},
    id::Id,
    multiples::KEY_POINTS,
    verification::{Prepared, key, verify_on},
};
use crate::crypto::{hash::Digest, signature::SignatureError};

/// Whether the point is on the curve, with both coordinates reduced.
pub(in crate::crypto) fn check_key(curve: Id, x: &[u8], y: &[u8]) -> Result<(), SignatureError> {
    let point = [x, y];
    match curve {
        Id::P256 => key::<_, WORDS_256>(&P256, point).map(|_| ()),
        Id::P384 => key::<_, WORDS_384>(&P384, point).map(|_| ()),
        Id::P521 => key::<_, WORDS_521>(&P521, point).map(|_| ()),
    }
    .ok_or(SignatureError::Invalid)
}

pub(in crate::crypto) fn verify(
    curve: Id,
    x: &[u8],
    y: &[u8],
    digest: &Digest,
    r: &[u8],
    s: &[u8],
) -> Result<(), SignatureError> {
    let (point, digest, signature) = ([x, y], digest.as_ref(), [r, s]);
    let holds = match curve {
        Id::P256 => verify_on::<_, WORDS_256, KEY_POINTS>(&P256, point, digest, signature),
        Id::P384 => verify_on::<_, WORDS_384, KEY_POINTS>(&P384, point, digest, signature),
        Id::P521 => verify_on::<_, WORDS_521, KEY_POINTS>(&P521, point, digest, signature),
    };
    judged(holds)
}

/// A key with what saves work when it verifies more than once.
#[derive(Clone, Copy)]
pub(in crate::crypto) struct PreparedKey(AnyPrepared);

#[derive(Clone, Copy)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is no allocator to put the large ones in"
)]
enum AnyPrepared {
    P256(Prepared<P256, WORDS_256>),
    P384(Prepared<P384, WORDS_384>),
    P521(Prepared<P521, WORDS_521>),
}

impl PreparedKey {
    /// `None` if the point is no key.
    pub(in crate::crypto) fn new(curve: Id, x: &[u8], y: &[u8]) -> Option<Self> {
        let point = [x, y];
        Some(Self(match curve {
            Id::P256 => AnyPrepared::P256(Prepared::new(P256, point)?),
            Id::P384 => AnyPrepared::P384(Prepared::new(P384, point)?),
            Id::P521 => AnyPrepared::P521(Prepared::new(P521, point)?),
        }))
    }

    /// As `verify`, by this key.
    pub(in crate::crypto) fn verify(
        &self,
        digest: &Digest,
        r: &[u8],
        s: &[u8],
    ) -> Result<(), SignatureError> {
        let (digest, signature) = (digest.as_ref(), [r, s]);
        judged(match &self.0 {
            AnyPrepared::P256(key) => key.verify(digest, signature),
            AnyPrepared::P384(key) => key.verify(digest, signature),
            AnyPrepared::P521(key) => key.verify(digest, signature),
        })
    }
}

/// As `check_key`, with less code.
pub(in crate::crypto) fn check_key_compactly(
    curve: Id,
    x: &[u8],
    y: &[u8],
) -> Result<(), SignatureError> {
    judged(compact::verify(curve, [x, y], None))
}

/// As `verify`, with less code and no tables.
pub(in crate::crypto) fn verify_compactly(
    curve: Id,
    x: &[u8],
    y: &[u8],
    digest: &Digest,
    r: &[u8],
    s: &[u8],
) -> Result<(), SignatureError> {
    judged(compact::verify(
        curve,
        [x, y],
        Some((digest.as_ref(), [r, s])),
    ))
}

fn judged(holds: Option<bool>) -> Result<(), SignatureError> {
    match holds {
        Some(true) => Ok(()),
        Some(false) | None => Err(SignatureError::Invalid),
    }
}
