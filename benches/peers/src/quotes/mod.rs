//! A whole RSA-2048 quote: three structures parsed from bytes, the key judged, the
//! signature, the nonce, the selection and the digest of the PCR values.

mod mu;
mod ours;
mod views;

use std::hint::black_box;

use ::ring::{digest as ring_digest, signature as ring};
use aws_lc_rs::{digest as aws_digest, signature as aws};
use openssl::{
    hash::MessageDigest,
    md::Md,
    md_ctx::MdCtx,
    pkey::{PKey, Public},
};
use p256::ecdsa::signature::Verifier;
use rsa::pkcs1v15;
use sha2::{Digest, Sha256};

use crate::{
    evidence::{Bytes, Quote, changed},
    measure::Row,
    signatures,
    who::{
        MU_OPENSSL_COLD, MU_OPENSSL_WARM, OURS, OURS_JUDGED, OURS_SIGNATURE, VIEW_AWS, VIEW_RING,
        VIEW_RUSTCRYPTO,
    },
};

pub const QUOTE: &str = "RSA-2048 quote";

/// The selection of the quote, as it is signed: one bank, SHA-256, PCR 0, 7 and 10.
const SELECTION: [u8; 10] = [0, 0, 0, 1, 0x00, 0x0b, 3, 0x81, 0x04, 0x00];

const TPM_ALG_RSA: u16 = 0x0001;
const TPM_ALG_SHA256: u16 = 0x000b;
const TPM_ALG_RSASSA: u16 = 0x0014;
const TPM_GENERATED_VALUE: u32 = 0xff54_4347;
const TPM_ST_ATTEST_QUOTE: u16 = 0x8018;

/// fixedTPM, fixedParent, sensitiveDataOrigin, restricted, sign.
const REQUIRED: u32 = 0x0005_0032;
/// decrypt, encryptedDuplication.
const FORBIDDEN: u32 = 0x0002_0800;

/// What a peer has read of a key, to be judged.
struct Key<'a> {
    kind: u16,
    attributes: u32,
    scheme: (u16, u16),
    bits: u16,
    exponent: u32,
    modulus: &'a [u8],
}

/// What a peer has read of a signature.
struct Signature<'a> {
    scheme: (u16, u16),
    signature: &'a [u8],
}

/// What a peer has read of a quote.
struct Quoted<'a> {
    nonce: &'a [u8],
    selection_fits: bool,
    digest: &'a [u8],
}

/// How a peer of cryptography does its part.
trait Crypto {
    fn verify(&mut self, modulus: &[u8], message: &[u8], signature: &[u8]) -> bool;
    fn digest_is(&mut self, values: [&[u8]; 3], expected: &[u8]) -> bool;
}

/// The checks that are the same for all peers, in the order of this crate's.
#[inline]
fn judge<'a>(
    quote: &Quote,
    crypto: &mut impl Crypto,
    key: &Key<'_>,
    signature: &Signature<'_>,
    quoted: impl FnOnce() -> Option<Quoted<'a>>,
) -> bool {
    let scheme = (TPM_ALG_RSASSA, TPM_ALG_SHA256);
    let key_is_good = key.kind == TPM_ALG_RSA
        && key.attributes & REQUIRED == REQUIRED
        && key.attributes & FORBIDDEN == 0
        && key.scheme == scheme
        && key.bits == 2048
        && matches!(key.exponent, 0 | 65537)
        && key.modulus.len() == 256;
    key_is_good
        && signature.scheme == scheme
        && crypto.verify(key.modulus, quote.attest, signature.signature)
        && quoted().is_some_and(|quoted| {
            quoted.nonce == quote.nonce
                && quoted.selection_fits
                && crypto.digest_is(quote.pcrs, quoted.digest)
        })
}

/// OpenSSL by EVP, with a key that was made beforehand or without.
struct OpenSsl {
    key: Option<PKey<Public>>,
    sha256: Md,
    context: MdCtx,
}

impl OpenSsl {
    fn new(key: Option<PKey<Public>>) -> Self {
        Self {
            key,
            sha256: Md::fetch(None, "SHA256", None).expect("SHA-256"),
            context: MdCtx::new().expect("a context"),
        }
    }
}

impl Crypto for OpenSsl {
    fn verify(&mut self, modulus: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let hash = MessageDigest::sha256();
        let held = match black_box(&self.key) {
            Some(key) => signatures::openssl::holds(key, hash, message, signature),
            None => signatures::openssl::rsa_key(modulus)
                .and_then(|key| signatures::openssl::holds(&key, hash, message, signature)),
        };
        held.is_ok_and(|held| held)
    }

    fn digest_is(&mut self, values: [&[u8]; 3], expected: &[u8]) -> bool {
        let mut digest = [0; 32];
        let done = self.context.digest_init(&self.sha256).is_ok()
            && values
                .iter()
                .all(|value| self.context.digest_update(value).is_ok())
            && self.context.digest_final(&mut digest).is_ok();
        done && digest == expected
    }
}

struct RustCrypto;

impl Crypto for RustCrypto {
    fn verify(&mut self, modulus: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let key = signatures::rustcrypto::rsa_key(modulus);
        let signature = pkcs1v15::Signature::try_from(signature);
        key.zip(signature.ok()).is_some_and(|(key, signature)| {
            let key = pkcs1v15::VerifyingKey::<Sha256>::new(key);
            key.verify(message, &signature).is_ok()
        })
    }

    fn digest_is(&mut self, values: [&[u8]; 3], expected: &[u8]) -> bool {
        let mut hash = Sha256::new();
        values.iter().for_each(|value| hash.update(value));
        hash.finalize()[..] == *expected
    }
}

struct Ring;

impl Crypto for Ring {
    fn verify(&mut self, modulus: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let key = ring::RsaPublicKeyComponents {
            n: modulus,
            e: &[1, 0, 1],
        };
        key.verify(&ring::RSA_PKCS1_2048_8192_SHA256, message, signature)
            .is_ok()
    }

    fn digest_is(&mut self, values: [&[u8]; 3], expected: &[u8]) -> bool {
        let mut hash = ring_digest::Context::new(&ring_digest::SHA256);
        values.iter().for_each(|value| hash.update(value));
        hash.finish().as_ref() == expected
    }
}

struct Aws;

impl Crypto for Aws {
    fn verify(&mut self, modulus: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let key = aws::RsaPublicKeyComponents {
            n: modulus,
            e: &[1, 0, 1],
        };
        key.verify(&aws::RSA_PKCS1_2048_8192_SHA256, message, signature)
            .is_ok()
    }

    fn digest_is(&mut self, values: [&[u8]; 3], expected: &[u8]) -> bool {
        let mut hash = aws_digest::Context::new(&aws_digest::SHA256);
        values.iter().for_each(|value| hash.update(value));
        hash.finish().as_ref() == expected
    }
}

/// Quotes that have to be refused, for their key and for all else. Each fails by
/// another check; the last key is a good one but for its modulus.
fn wrong(quote: Quote) -> (Vec<Quote>, Vec<Quote>) {
    let cut = |bytes: Bytes| &bytes[..bytes.len() - 1];
    let [first, second, third] = quote.pcrs;
    let key = |public| Quote { public, ..quote };
    let attest = |attest| Quote { attest, ..quote };
    let signature = |signature| Quote { signature, ..quote };
    let nonce = |nonce| Quote { nonce, ..quote };
    let values = |pcrs| Quote { pcrs, ..quote };
    let keys = vec![
        key(cut(quote.public)),
        key(changed(quote.public, 7, 0x01)),  // not restricted
        key(changed(quote.public, 15, 0x02)), // RSAPSS
        key(changed(quote.public, quote.public.len() - 9, 0x01)),
    ];
    let others = vec![
        signature(cut(quote.signature)),
        signature(changed(quote.signature, 1, 0x02)), // RSAPSS
        signature(changed(quote.signature, 9, 0x01)),
        attest(cut(quote.attest)),
        attest(changed(quote.attest, quote.attest.len() - 1, 0x01)),
        nonce(changed(quote.nonce, 0, 0x01)),
        values([second, first, third]),
        values([first, second, changed(third, 31, 0x01)]),
    ];
    (keys, others)
}

/// The row, if its work is wanted.
pub fn rows(quote: &Quote, wanted: &dyn Fn(&str) -> bool) -> Vec<Row> {
    if !wanted(QUOTE) {
        return Vec::new();
    }
    let (wrong_keys, wrong_others) = wrong(*quote);
    let wrong = [&wrong_keys[..], &wrong_others].concat();
    let key = signatures::openssl::rsa_key(&quote.public[quote.public.len() - 256..]);
    let mut cold = OpenSsl::new(None);
    let mut warm = OpenSsl::new(Some(key.expect("a key")));
    let [mut to_cold, mut to_warm] = <[mu::Structures; 2]>::default();
    let row = Row::new(QUOTE)
        .judge(MU_OPENSSL_COLD, *quote, &wrong, move |quote| {
            mu::verify(&quote, &mut to_cold, &mut cold)
        })
        // All of the key but its modulus is looked at each time.
        .judge(
            MU_OPENSSL_WARM,
            *quote,
            &[&wrong_keys[..3], &wrong_others].concat(),
            move |quote| mu::verify(&quote, &mut to_warm, &mut warm),
        )
        .judge(VIEW_RUSTCRYPTO, *quote, &wrong, |quote| {
            views::verify(&quote, &mut RustCrypto)
        })
        .judge(VIEW_RING, *quote, &wrong, |quote| {
            views::verify(&quote, &mut Ring)
        })
        .judge(VIEW_AWS, *quote, &wrong, |quote| {
            views::verify(&quote, &mut Aws)
        })
        .judge(OURS, *quote, &wrong, ours::verify())
        .judge(
            OURS_JUDGED,
            *quote,
            &wrong_others,
            ours::verify_by_judged_key(quote),
        )
        .judge(
            OURS_SIGNATURE,
            *quote,
            &[Quote {
                attest: changed(quote.attest, 0, 1),
                ..*quote
            }],
            ours::signature_alone(quote),
        );
    vec![row]
}
