//! The system's OpenSSL, by EVP.

use std::hint::black_box;

use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcKey, EcPoint},
    ecdsa::EcdsaSig,
    error::ErrorStack,
    hash::MessageDigest,
    md::{Md, MdRef},
    md_ctx::{MdCtx, MdCtxRef},
    nid::Nid,
    pkey::{PKey, Public},
    pkey_ctx::PkeyCtx,
    rsa::{Padding, Rsa},
    sign::{RsaPssSaltlen, Verifier},
};
use tpm_quote::crypto::Curve;

use super::Form;
use crate::{
    evidence::Signed,
    measure::Row,
    who::{OPENSSL_COLD, OPENSSL_REUSED, OPENSSL_WARM},
};

/// The key of these numbers.
pub fn rsa_key(modulus: &[u8]) -> Result<PKey<Public>, ErrorStack> {
    let modulus = BigNum::from_slice(modulus)?;
    PKey::from_rsa(Rsa::from_public_components(
        modulus,
        BigNum::from_u32(65537)?,
    )?)
}

/// Whether an RSASSA signature or one by ECDSA holds.
pub fn holds(
    key: &PKey<Public>,
    hash: MessageDigest,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, ErrorStack> {
    Verifier::new(hash, key)?.verify_oneshot(signature, message)
}

fn pss_holds(
    key: &PKey<Public>,
    hash: MessageDigest,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, ErrorStack> {
    let mut verifier = Verifier::new(hash, key)?;
    verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
    verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
    verifier.verify_oneshot(signature, message)
}

type Holds = fn(&PKey<Public>, MessageDigest, &[u8], &[u8]) -> Result<bool, ErrorStack>;

fn digest_of<'d>(
    message: &[u8],
    hash: &MdRef,
    context: &mut MdCtxRef,
    digest: &'d mut [u8; 64],
) -> Result<&'d [u8], ErrorStack> {
    context.digest_init(hash)?;
    context.digest_update(message)?;
    let size = context.digest_final(digest)?;
    Ok(&digest[..size])
}

/// All that can be made beforehand for one key and one hash.
struct Prepared {
    key: PkeyCtx<Public>,
    context: MdCtx,
    hash: Md,
}

impl Prepared {
    fn new(key: &PKey<Public>, hash: &str, padding: Option<Padding>) -> Result<Self, ErrorStack> {
        let hash = Md::fetch(None, hash, None)?;
        let mut key = PkeyCtx::new(key)?;
        key.verify_init()?;
        if let Some(padding) = padding {
            key.set_rsa_padding(padding)?;
        }
        key.set_signature_md(&hash)?;
        if padding == Some(Padding::PKCS1_PSS) {
            key.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        }
        let context = MdCtx::new()?;
        Ok(Self { key, context, hash })
    }

    fn holds(&mut self, message: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
        let mut digest = [0; 64];
        let digest = digest_of(message, &self.hash, &mut self.context, &mut digest)?;
        self.key.verify(digest, signature)
    }
}

/// How one kind of signature is verified.
#[derive(Clone, Copy)]
struct Scheme {
    hash: (MessageDigest, &'static str),
    padding: Option<Padding>,
    holds: Holds,
}

/// All three candidates: by a key, and by one that is made each time.
fn all(
    row: Row,
    Signed { message, wrong, .. }: Signed,
    scheme: Scheme,
    signature: &'static [u8],
    key: PKey<Public>,
    mut cold: impl FnMut(&[u8]) -> Result<bool, ErrorStack> + 'static,
) -> Row {
    let Scheme {
        hash: (hash, name),
        padding,
        holds,
    } = scheme;
    let mut prepared = Prepared::new(&key, name, padding).expect("a context");
    row.judge(OPENSSL_REUSED, message, &[wrong], move |message| {
        let prepared = black_box(&mut prepared);
        prepared
            .holds(message, black_box(signature))
            .is_ok_and(|holds| holds)
    })
    .judge(OPENSSL_WARM, message, &[wrong], move |message| {
        holds(black_box(&key), hash, message, black_box(signature)).is_ok_and(|holds| holds)
    })
    .judge(OPENSSL_COLD, message, &[wrong], move |message| {
        cold(message).is_ok_and(|holds| holds)
    })
}

/// As RSA's numbers are verified by both schemes.
fn all_rsa(
    row: Row,
    signed: Signed,
    scheme: Scheme,
    modulus: &'static [u8],
    signature: &'static [u8],
) -> Row {
    let key = rsa_key(modulus).expect("a key");
    all(row, signed, scheme, signature, key, move |message| {
        let key = rsa_key(black_box(modulus))?;
        (scheme.holds)(&key, scheme.hash.0, message, black_box(signature))
    })
}

pub fn candidates(row: Row, signed: Signed) -> Row {
    let sha256 = (MessageDigest::sha256(), "SHA256");
    match Form::of(signed) {
        Form::RsaSsa { modulus, signature } => {
            let scheme = Scheme {
                hash: sha256,
                padding: Some(Padding::PKCS1),
                holds,
            };
            all_rsa(row, signed, scheme, modulus, signature)
        }
        Form::RsaPss { modulus, signature } => {
            let scheme = Scheme {
                hash: sha256,
                padding: Some(Padding::PKCS1_PSS),
                holds: pss_holds,
            };
            all_rsa(row, signed, scheme, modulus, signature)
        }
        Form::EcDsa {
            curve,
            point,
            signature,
        } => {
            let (nid, hash) = match curve {
                Curve::P256 => (Nid::X9_62_PRIME256V1, sha256),
                Curve::P384 => (Nid::SECP384R1, (MessageDigest::sha384(), "SHA384")),
                _ => (Nid::SECP521R1, (MessageDigest::sha512(), "SHA512")),
            };
            let (r, s) = signature.split_at(signature.len() / 2);
            let number = |bytes| BigNum::from_slice(bytes).expect("a number");
            let signature = EcdsaSig::from_private_components(number(r), number(s))
                .and_then(|signature| signature.to_der())
                .expect("a signature");
            let scheme = Scheme {
                hash,
                padding: None,
                holds,
            };
            let signature: &'static [u8] = signature.leak();
            let group = EcGroup::from_curve_name(nid).expect("a curve");
            let make = move || {
                let mut context = BigNumContext::new()?;
                let point = EcPoint::from_bytes(&group, black_box(&point), &mut context)?;
                EcKey::from_public_key(&group, &point)
            };
            let key = make().and_then(PKey::from_ec_key).expect("a key");
            let mut context = MdCtx::new().expect("a context");
            let hash = Md::fetch(None, hash.1, None).expect("a hash");
            // To verify only once, an EC_KEY is faster than EVP by a fourth.
            all(row, signed, scheme, signature, key, move |message| {
                let mut digest = [0; 64];
                let digest = digest_of(message, &hash, &mut context, &mut digest)?;
                let key = make()?;
                EcdsaSig::from_der(black_box(signature))?.verify(digest, &key)
            })
        }
    }
}
