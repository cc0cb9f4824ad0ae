//! RSAES-OAEP (RFC 8017, 7.1) with the public exponent 65537, as Part 1, B.4 has it.

use crypto_bigint::{
    EncodedUint, Encoding, Odd, U64, U2048, U3072, U4096, Uint,
    modular::{FixedMontyForm, FixedMontyParams},
};

use super::secret::{IDENTITY, Secret};
use crate::{
    crypto::{
        hash::Hasher,
        pkcs1::{Room, mask, put_last},
    },
    types::TpmAlgId,
};

/// The seed, encrypted. `padding` is random, and as long as a digest.
///
/// `None` if the modulus is not an odd number with its first bit set, of 256, 384 or
/// 512 bytes, or if this crate does not have the hash.
pub(super) fn encrypt<'r>(
    modulus: &[u8],
    hash: TpmAlgId,
    seed: &Secret,
    padding: &Secret,
    room: &'r mut Room,
) -> Option<&'r [u8]> {
    let em = room.get_mut(..modulus.len())?;
    encode(hash, seed.as_ref(), padding.as_ref(), em)?;
    match modulus.len() {
        256 => power_65537::<{ U2048::LIMBS }>(modulus, em)?,
        384 => power_65537::<{ U3072::LIMBS }>(modulus, em)?,
        512 => power_65537::<{ U4096::LIMBS }>(modulus, em)?,
        _ => return None,
    }
    Some(em)
}

/// EME-OAEP (7.1.1, step 2). The label is `IDENTITY` with a zero behind it, which is a
/// part of it.
fn encode(hash: TpmAlgId, message: &[u8], padding: &[u8], em: &mut [u8]) -> Option<()> {
    let mut label = Hasher::new(hash)?;
    label.update(IDENTITY);
    label.update(&[0]);

    // EM = 00, masked padding, masked DB
    em.fill(0);
    let (_, rest) = em.split_first_mut()?;
    let (masked, db) = rest.split_at_mut_checked(padding.len())?;
    masked.copy_from_slice(padding);
    // DB = hash of the label, 00..00 01, message
    let rest = put_last(put_last(db, message)?, &[0x01])?;
    let hashed = label.finish();
    rest.get_mut(..hashed.as_ref().len())?
        .copy_from_slice(hashed.as_ref());
    mask(hash, masked, db)?;
    mask(hash, db, masked)
}

/// RSAEP (5.1.1). A number with zeros for its first byte is below a modulus with its
/// first bit set.
fn power_65537<const LIMBS: usize>(modulus: &[u8], number: &mut [u8]) -> Option<()> {
    let read = |bytes: &[u8]| EncodedUint::try_from(bytes).ok().map(Uint::from_be_bytes);
    if modulus.first()? & 0x80 == 0 {
        return None;
    }
    let modulus: Uint<LIMBS> = read(modulus)?;
    let params = FixedMontyParams::new_vartime(Odd::new(modulus).into_option()?);
    // The exponent is public, and all that the time depends on.
    let power = FixedMontyForm::new(&read(number)?, &params).pow_vartime(&U64::from_u32(65537));
    number.copy_from_slice(power.retrieve().to_be_bytes().as_ref());
    Some(())
}
