//! Keys from keys (Part 1, 9.4.10), as many whole bytes as are asked for.

use hmac::{EagerHash, Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};

use super::secret::Secret;
use crate::{
    crypto::hash::{Digest, Hasher},
    types::TpmAlgId,
};

/// KDFa: HMAC in counter mode (SP 800-108). `None` if this crate does not have the
/// hash, or for more than 64 bytes.
pub(crate) fn kdfa(
    hash: TpmAlgId,
    key: &[u8],
    label: &[u8],
    [u, v]: [&[u8]; 2],
    len: usize,
) -> Option<Secret> {
    let bits = u32::try_from(len).ok()?.checked_mul(8)?.to_be_bytes();
    expand(hash, len, |counter| {
        hmac(hash, key, &[counter, label, &[0], u, v, &bits])
    })
}

/// KDFe: hashes of what two keys share (SP 800-56A).
///
/// Deviation: the text of Part 1 also speaks of HMAC; its formula and all
/// implementations have the plain hash.
pub(super) fn kdfe(
    hash: TpmAlgId,
    z: &[u8],
    label: &[u8],
    [u, v]: [&[u8]; 2],
    len: usize,
) -> Option<Secret> {
    expand(hash, len, |counter| {
        let mut hasher = Hasher::new(hash)?;
        for part in [counter, z, label, &[0], u, v] {
            hasher.update(part);
        }
        Some(hasher.finish())
    })
}

/// The blocks that belong to the counters from 1, one after the other.
fn expand(
    hash: TpmAlgId,
    len: usize,
    block: impl Fn(&[u8; 4]) -> Option<Digest>,
) -> Option<Secret> {
    let mut secret = Secret::zeros(len)?;
    let size = hash.digest_size()?;
    for (room, counter) in secret.as_mut().chunks_mut(size).zip(1_u32..) {
        let block = block(&counter.to_be_bytes())?;
        for (to, from) in room.iter_mut().zip(block.as_ref()) {
            *to = *from;
        }
    }
    Some(secret)
}

/// HMAC of these parts, one after the other. `None` if this crate does not have it
/// with this hash.
pub(super) fn hmac(hash: TpmAlgId, key: &[u8], parts: &[&[u8]]) -> Option<Digest> {
    match hash {
        TpmAlgId::SHA256 => hmac_with::<Sha256>(key, parts),
        TpmAlgId::SHA384 => hmac_with::<Sha384>(key, parts),
        TpmAlgId::SHA512 => hmac_with::<Sha512>(key, parts),
        _ => None,
    }
}

fn hmac_with<H: EagerHash>(key: &[u8], parts: &[&[u8]]) -> Option<Digest> {
    let mut mac = <Hmac<H> as KeyInit>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(Digest::new(&mac.finalize().into_bytes()))
}
