//! The two encodings, of which a signature is the root (RFC 8017, 8.1.2 and 8.2.2).

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
use super::{avx2, ifma};
use super::{
    power::{NUMBER, Number, power_65537, words, write},
    word::Word,
};
use crate::{
    crypto::{
        hash::{Digest, Hasher},
        pkcs1::{Room, mask, put_last},
        signature::SignatureError,
    },
    types::TpmAlgId,
};

/// RSASSA-PKCS1-v1_5 (8.2.2).
pub(in crate::crypto) fn verify_rsassa(
    modulus: &[u8],
    hash: TpmAlgId,
    digest: &Digest,
    signature: &[u8],
) -> Result<(), SignatureError> {
    let prefix = digest_info(hash).ok_or(SignatureError::Unsupported)?;
    let mut number = NUMBER;
    let number = recover(modulus, signature, &mut number)?;
    match is_rsassa(number, prefix, digest.as_ref()) {
        Some(true) => Ok(()),
        _ => Err(SignatureError::Invalid),
    }
}

/// Whether the number is the encoded message (9.2), which is built and compared as
/// a whole, so that nothing in it is parsed. `None` if there is no room for it.
#[inline(never)]
fn is_rsassa(number: &[Word], prefix: &[u8], digest: &[u8]) -> Option<bool> {
    let mut room: Room = [0xff; 512];
    let em = room.get_mut(..size_of_val(number))?;
    // 00 01 ff..ff 00, then the DigestInfo; at least eight times ff.
    let [zero, one, rest @ ..] = &mut *em else {
        return None;
    };
    (*zero, *one) = (0x00, 0x01);
    let rest = put_last(rest, digest)?;
    let rest = put_last(rest, prefix)?;
    let padding = put_last(rest, &[0x00])?;
    (padding.len() >= 8).then(|| words(em).eq(number.iter().copied()))
}

/// RSASSA-PSS (8.1.2).
pub(in crate::crypto) fn verify_rsapss(
    modulus: &[u8],
    hash: TpmAlgId,
    digest: &Digest,
    signature: &[u8],
) -> Result<(), SignatureError> {
    let mut number = NUMBER;
    let number = recover(modulus, signature, &mut number)?;
    check_rsapss(number, hash, digest.as_ref())
}

/// Whether the number is an encoded message (9.1.2). TPMs salt with as many bytes
/// as the digest has, old ones with as many as fit: exactly these two lengths are
/// accepted.
#[inline(never)]
fn check_rsapss(number: &[Word], hash: TpmAlgId, digest: &[u8]) -> Result<(), SignatureError> {
    let mut room: Room = [0; 512];
    let em = room
        .get_mut(..size_of_val(number))
        .ok_or(SignatureError::Unsupported)?;
    write(number, em);

    // em = masked DB, H, bc
    let (trailer, rest) = em.split_last_mut().ok_or(SignatureError::Invalid)?;
    let db_len = rest
        .len()
        .checked_sub(digest.len())
        .ok_or(SignatureError::Invalid)?;
    let (db, h) = rest
        .split_at_mut_checked(db_len)
        .ok_or(SignatureError::Invalid)?;
    if *trailer != 0xbc || db.first().is_none_or(|&first| first & 0x80 != 0) {
        return Err(SignatureError::Invalid);
    }
    mask(hash, h, db).ok_or(SignatureError::Unsupported)?;
    if let Some(first) = db.first_mut() {
        // The modulus has its top bit set, so the encoded message has one less.
        *first &= 0x7f;
    }

    // DB = 00..00 01 salt
    let zeros = db.iter().take_while(|&&byte| byte == 0).count();
    let salt = match db.get(zeros..).and_then(<[u8]>::split_first) {
        Some((0x01, salt)) => salt,
        _ => return Err(SignatureError::Invalid),
    };
    let largest = db.len().saturating_sub(1);
    if salt.len() != digest.len() && salt.len() != largest {
        return Err(SignatureError::Invalid);
    }

    let mut hasher = Hasher::new(hash).ok_or(SignatureError::Unsupported)?;
    hasher.update(&[0; 8]);
    hasher.update(digest);
    hasher.update(salt);
    if hasher.finish().as_ref() == h {
        Ok(())
    } else {
        Err(SignatureError::Invalid)
    }
}

/// The start of the DER `DigestInfo` of a hash, with the NULL parameters that
/// RFC 8017 (9.2, note 1) wants.
fn digest_info(hash: TpmAlgId) -> Option<&'static [u8]> {
    Some(match hash {
        TpmAlgId::SHA1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
        TpmAlgId::SHA256 => {
            b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
        }
        TpmAlgId::SHA384 => {
            b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
        }
        TpmAlgId::SHA512 => {
            b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
        }
        _ => return None,
    })
}

/// RSAVP1 (5.2.2): the number under the signature, as many words as the modulus
/// has.
fn recover<'n>(
    modulus: &[u8],
    signature: &[u8],
    number: &'n mut Number,
) -> Result<&'n [Word], SignatureError> {
    if !matches!(modulus.len(), 128 | 256 | 384 | 512) {
        return Err(SignatureError::Unsupported);
    }
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    if let Some(done) = recover_by_vectors(modulus, signature, number) {
        done.ok_or(SignatureError::Invalid)?;
        let words = modulus.len().checked_div(size_of::<Word>());
        return words
            .and_then(|words| number.get(..words))
            .ok_or(SignatureError::Invalid);
    }
    power_65537(modulus, signature, number).ok_or(SignatureError::Invalid)
}

/// `power_65537` by AVX-512 IFMA or AVX2. The outer `None` says that the processor has neither, the
/// inner one that there is no power.
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
fn recover_by_vectors(modulus: &[u8], signature: &[u8], number: &mut Number) -> Option<Option<()>> {
    let level = fearless_simd::Level::new();
    // Tests and benches may ask for less than the processor has.
    let widest = level
        .as_avx512()
        .filter(|_| !cfg!(tpm_quote_level = "avx2"));
    match widest {
        Some(level) if modulus.len() > 128 => {
            Some(ifma::power_65537(level, modulus, signature, number))
        }
        _ => {
            let level = level.as_avx2()?;
            Some(avx2::power_65537(level, modulus, signature, number))
        }
    }
}
