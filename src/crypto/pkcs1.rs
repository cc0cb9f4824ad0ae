//! Steps that the encodings of RSA have in common (RFC 8017).

use super::hash::Hasher;
use crate::types::TpmAlgId;

/// Room for the longest encoded message.
pub(super) type Room = [u8; 512];

/// Puts bytes at the end; gives what is before them.
pub(super) fn put_last<'b>(room: &'b mut [u8], bytes: &[u8]) -> Option<&'b mut [u8]> {
    let (rest, last) = room.split_at_mut_checked(room.len().checked_sub(bytes.len())?)?;
    last.copy_from_slice(bytes);
    Some(rest)
}

/// Puts the mask on, or takes it off: MGF1 (B.2.1) of `seed`. `None` if this crate
/// does not have the hash.
pub(super) fn mask(hash: TpmAlgId, seed: &[u8], masked: &mut [u8]) -> Option<()> {
    for (block, counter) in masked.chunks_mut(hash.digest_size()?).zip(0_u32..) {
        let mut hasher = Hasher::new(hash)?;
        hasher.update(seed);
        hasher.update(&counter.to_be_bytes());
        for (byte, mask) in block.iter_mut().zip(hasher.finish().as_ref()) {
            *byte ^= mask;
        }
    }
    Some(())
}
