//! RustCrypto: `rsa`, `p256`, `p384`, `p521`.

use std::hint::black_box;

use p256::ecdsa::signature::Verifier;
use rsa::{BoxedUint, PublicKey, pkcs1v15, pss};
use sha2::Sha256;
use tpm_quote::crypto::Curve;

use super::Form;
use crate::{
    evidence::Signed,
    measure::Row,
    who::{RUSTCRYPTO_COLD, RUSTCRYPTO_WARM},
};

/// The key of these numbers.
pub fn rsa_key(modulus: &[u8]) -> Option<PublicKey> {
    let bits = u32::try_from(modulus.len() * 8).ok()?;
    let modulus = BoxedUint::from_be_slice(modulus, bits).ok()?;
    PublicKey::new(modulus, BoxedUint::from(65537_u32)).ok()
}

/// Both candidates: how a key is made, and how it verifies.
fn both<K: 'static>(
    row: Row,
    Signed { message, wrong, .. }: Signed,
    make: impl Fn() -> Option<K> + 'static,
    verify: impl Fn(&K, &[u8]) -> Option<()> + Copy + 'static,
) -> Row {
    let key = make().expect("a key");
    row.judge(RUSTCRYPTO_WARM, message, &[wrong], move |message| {
        verify(black_box(&key), message).is_some()
    })
    .judge(RUSTCRYPTO_COLD, message, &[wrong], move |message| {
        make().is_some_and(|key| verify(&key, message).is_some())
    })
}

pub fn candidates(row: Row, signed: Signed) -> Row {
    match Form::of(signed) {
        Form::RsaSsa { modulus, signature } => both(
            row,
            signed,
            move || rsa_key(black_box(modulus)).map(pkcs1v15::VerifyingKey::<Sha256>::new),
            move |key, message| {
                let signature = pkcs1v15::Signature::try_from(black_box(signature)).ok()?;
                key.verify(message, &signature).ok()
            },
        ),
        Form::RsaPss { modulus, signature } => both(
            row,
            signed,
            move || {
                rsa_key(black_box(modulus))
                    .map(|key| pss::VerifyingKey::<Sha256>::new_with_salt_len(key, 32))
            },
            move |key, message| {
                let signature = pss::Signature::try_from(black_box(signature)).ok()?;
                key.verify(message, &signature).ok()
            },
        ),
        Form::EcDsa {
            curve,
            point,
            signature,
        } => {
            let signature: &[u8] = signature.leak();
            macro_rules! ecdsa {
                ($curve:ident) => {
                    both(
                        row,
                        signed,
                        move || {
                            $curve::ecdsa::VerifyingKey::from_sec1_bytes(black_box(&point)).ok()
                        },
                        move |key, message| {
                            let signature = black_box(signature);
                            let signature = $curve::ecdsa::Signature::from_slice(signature).ok()?;
                            key.verify(message, &signature).ok()
                        },
                    )
                };
            }
            match curve {
                Curve::P256 => ecdsa!(p256),
                Curve::P384 => ecdsa!(p384),
                _ => ecdsa!(p521),
            }
        }
    }
}
