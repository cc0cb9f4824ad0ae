//! A second judge: the `rsa`, `p256`, `p384` and `p521` crates, each by its own
//! way in. Nothing here comes from this crate: the judge takes numbers, and has
//! a reader of its own for what a TPM writes.

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::{BoxedUint, pkcs1v15, pss, signature::Verifier};
use sha1::Sha1;
use sha2::{
    Digest, Sha256, Sha384, Sha512,
    digest::{FixedOutputReset, const_oid::AssociatedOid},
};

pub const RSASSA: u16 = 0x0014;
pub const RSAPSS: u16 = 0x0016;
pub const ECDSA: u16 = 0x0018;

/// A public key as numbers, big-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    Rsa {
        modulus: &'a [u8],
        exponent: u32,
    },
    /// A point of P-256 (3), P-384 (4) or P-521 (5).
    Ecc {
        curve: u16,
        x: &'a [u8],
        y: &'a [u8],
    },
}

/// A signature: the ids of its scheme and hash, and its one or two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature<'a> {
    pub scheme: u16,
    pub hash: u16,
    pub numbers: [&'a [u8]; 2],
}

/// Whether the signature holds. The salt of RSAPSS may have any length, and the
/// numbers of ECDSA any number of leading zeros.
pub fn holds(key: &Key<'_>, message: &[u8], signature: &Signature<'_>) -> bool {
    judged(key, message, signature, false)
}

/// The same, but the salt of RSAPSS is as long as the digest, or as long as fits.
pub fn holds_with_usual_salt(key: &Key<'_>, message: &[u8], signature: &Signature<'_>) -> bool {
    judged(key, message, signature, true)
}

fn judged(key: &Key<'_>, message: &[u8], signature: &Signature<'_>, usual_salt: bool) -> bool {
    let judged = match signature.hash {
        0x0004 => judged_with::<Sha1>,
        0x000b => judged_with::<Sha256>,
        0x000c => judged_with::<Sha384>,
        0x000d => judged_with::<Sha512>,
        other => panic!("no hash {other:04x}"),
    };
    judged(key, message, signature, usual_salt).is_some()
}

/// Whether it is a point of its curve.
pub fn is_point(curve: u16, x: &[u8], y: &[u8]) -> bool {
    let point = point(curve, x, y);
    point.is_some_and(|point| match curve {
        3 => p256::PublicKey::from_sec1_bytes(&point).is_ok(),
        4 => p384::PublicKey::from_sec1_bytes(&point).is_ok(),
        _ => p521::PublicKey::from_sec1_bytes(&point).is_ok(),
    })
}

fn judged_with<D>(
    key: &Key<'_>,
    message: &[u8],
    signature: &Signature<'_>,
    usual_salt: bool,
) -> Option<()>
where
    D: Digest + FixedOutputReset + AssociatedOid,
{
    let [first, second] = signature.numbers;
    match (*key, signature.scheme) {
        (Key::Rsa { modulus, exponent }, RSASSA) => {
            let key = pkcs1v15::VerifyingKey::<D>::new(rsa_key(modulus, exponent)?);
            let signature = pkcs1v15::Signature::try_from(first).ok()?;
            key.verify(message, &signature).ok()
        }
        (Key::Rsa { modulus, exponent }, RSAPSS) => {
            let key = rsa_key(modulus, exponent)?;
            let signature = pss::Signature::try_from(first).ok()?;
            let digest = <D as Digest>::output_size();
            let keys = if usual_salt {
                [digest, without_zeros(modulus).len() - digest - 2]
                    .map(|salt| pss::VerifyingKey::<D>::new_with_salt_len(key.clone(), salt))
                    .to_vec()
            } else {
                vec![pss::VerifyingKey::<D>::new_with_auto_salt_len(key)]
            };
            keys.iter()
                .find_map(|key| key.verify(message, &signature).ok())
        }
        (Key::Ecc { curve, x, y }, ECDSA) => {
            let digest = D::digest(message);
            let point = point(curve, x, y)?;
            let size = size(curve);
            let numbers = [padded(first, size)?, padded(second, size)?].concat();
            match curve {
                3 => p256::ecdsa::VerifyingKey::from_sec1_bytes(&point)
                    .ok()?
                    .verify_prehash(&digest, &p256::ecdsa::Signature::from_slice(&numbers).ok()?),
                4 => p384::ecdsa::VerifyingKey::from_sec1_bytes(&point)
                    .ok()?
                    .verify_prehash(&digest, &p384::ecdsa::Signature::from_slice(&numbers).ok()?),
                _ => p521::ecdsa::VerifyingKey::from_sec1_bytes(&point)
                    .ok()?
                    .verify_prehash(&digest, &p521::ecdsa::Signature::from_slice(&numbers).ok()?),
            }
            .ok()
        }
        other => panic!("{other:?}"),
    }
}

fn rsa_key(modulus: &[u8], exponent: u32) -> Option<rsa::PublicKey> {
    let modulus = without_zeros(modulus);
    let bits = u32::try_from(modulus.len() * 8).unwrap();
    let n = BoxedUint::from_be_slice(modulus, bits).unwrap();
    rsa::PublicKey::new(n, BoxedUint::from(exponent)).ok()
}

/// Bytes of a coordinate, and of the order.
fn size(curve: u16) -> usize {
    match curve {
        3 => 32,
        4 => 48,
        5 => 66,
        other => panic!("no curve {other:04x}"),
    }
}

/// The point as SEC 1 has it, without compression.
fn point(curve: u16, x: &[u8], y: &[u8]) -> Option<Vec<u8>> {
    let size = size(curve);
    Some([vec![0x04], padded(x, size)?, padded(y, size)?].concat())
}

fn padded(number: &[u8], size: usize) -> Option<Vec<u8>> {
    let number = without_zeros(number);
    let zeros = size.checked_sub(number.len())?;
    Some([&vec![0; zeros], number].concat())
}

fn without_zeros(number: &[u8]) -> &[u8] {
    &number[number.iter().take_while(|byte| **byte == 0).count()..]
}

/// The key in a `TPM2B_PUBLIC`, if it is of a kind that the judge has.
pub fn key(public: &[u8]) -> Option<Key<'_>> {
    let mut rest = public;
    let size = number(&mut rest)?;
    if usize::from(size) != rest.len() {
        return None;
    }
    let kind = number(&mut rest)?;
    take(&mut rest, 6)?; // nameAlg, objectAttributes
    sized(&mut rest)?; // authPolicy
    // A key that only signs has no symmetric algorithm.
    if number(&mut rest)? != 0x0010 {
        return None;
    }
    match number(&mut rest)? {
        0x0010 => {}
        RSASSA | RSAPSS | ECDSA => {
            take(&mut rest, 2)?; // its hash
        }
        _ => return None,
    }
    let key = match kind {
        0x0001 => {
            take(&mut rest, 2)?; // keyBits
            let exponent = u32::from_be_bytes(take(&mut rest, 4)?.try_into().unwrap());
            Key::Rsa {
                exponent: if exponent == 0 { 65537 } else { exponent },
                modulus: sized(&mut rest)?,
            }
        }
        0x0023 => {
            let curve = number(&mut rest)?;
            if !(3..=5).contains(&curve) || number(&mut rest)? != 0x0010 {
                return None;
            }
            Key::Ecc {
                curve,
                x: sized(&mut rest)?,
                y: sized(&mut rest)?,
            }
        }
        _ => return None,
    };
    rest.is_empty().then_some(key)
}

/// A `TPMT_SIGNATURE`, if it is of a kind that the judge has.
pub fn signature(bytes: &[u8]) -> Option<Signature<'_>> {
    let mut rest = bytes;
    let scheme = number(&mut rest)?;
    let hash = number(&mut rest)?;
    let numbers = match scheme {
        RSASSA | RSAPSS => [sized(&mut rest)?, &[]],
        ECDSA => [sized(&mut rest)?, sized(&mut rest)?],
        _ => return None,
    };
    let signature = Signature {
        scheme,
        hash,
        numbers,
    };
    rest.is_empty().then_some(signature)
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn number(rest: &mut &[u8]) -> Option<u16> {
    let bytes = take(rest, 2)?.try_into().unwrap();
    Some(u16::from_be_bytes(bytes))
}

fn sized<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let size = number(rest)?;
    take(rest, usize::from(size))
}
