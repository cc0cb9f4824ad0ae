//! What is measured: real quotes, and one signature that is made here.
//!
//! All of it stays until the program ends, so that what is read from it may, too.

use std::fs;

use rsa::{
    BoxedUint, PrivateKey,
    pkcs1v15::SigningKey,
    signature::{SignatureEncoding, Signer},
};
use sha2::Sha256;
use tpm_quote::{
    AttestationKey, Tpm2bPublic, TpmAlgId, TpmtSignature, Unmarshal,
    crypto::{Curve, PublicKey, Signature},
    types::TpmuPublic,
};

/// Bytes that stay.
pub type Bytes = &'static [u8];

/// A quote of PCRs 0, 7 and 10 of SHA-256.
#[derive(Clone, Copy)]
pub struct Quote {
    /// A `TPM2B_PUBLIC`.
    pub public: Bytes,
    /// A `TPMS_ATTEST`.
    pub attest: Bytes,
    /// A `TPMT_SIGNATURE`.
    pub signature: Bytes,
    pub nonce: Bytes,
    /// The values of the three PCRs.
    pub pcrs: [Bytes; 3],
}

/// A message and its signature, as numbers.
#[derive(Clone, Copy)]
pub struct Signed {
    pub key: PublicKey<'static>,
    pub hash: TpmAlgId,
    pub signature: Signature<'static>,
    pub message: Bytes,
    /// Another message, which nobody signed.
    pub wrong: Bytes,
}

pub fn keep(bytes: Vec<u8>) -> Bytes {
    Box::leak(bytes.into_boxed_slice())
}

/// The bytes with one bit of one byte changed.
pub fn changed(bytes: &[u8], at: usize, bit: u8) -> Bytes {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= bit;
    keep(bytes)
}

fn read(path: &str) -> Vec<u8> {
    let path = format!("{}/../../tests/data/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn hex(digits: &serde_json::Value) -> Vec<u8> {
    let digits = digits.as_str().expect("hexadecimal digits");
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("a hexadecimal digit"))
        .collect()
}

fn json(path: &str) -> serde_json::Value {
    serde_json::from_slice(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The quote of the main case: RSA-2048, RSASSA, SHA-256.
pub fn quote() -> Quote {
    let case = "cases/004-main-rsa2048-rsassa-sha256";
    let facts = json(&format!("{case}/case.json"));
    let file = |name| keep(read(&format!("{case}/{name}")));
    Quote {
        public: file("ak.pub"),
        attest: file("quote.attest"),
        signature: file("quote.sig"),
        nonce: file("nonce.bin"),
        pcrs: ["0", "7", "10"].map(|index| keep(hex(&facts["pcr_values"]["sha256"][index]))),
    }
}

/// The signature of a real quote.
pub fn signed(case: &str) -> Signed {
    let file = |name| keep(read(&format!("cases/{case}/{name}")));
    let public = Tpm2bPublic::from_bytes(file("ak.pub")).expect("a public area");
    let scheme = AttestationKey::self_asserted(&public)
        .expect("a key")
        .scheme();
    let key = match public.value().key {
        TpmuPublic::Rsa(rsa) => PublicKey::Rsa {
            modulus: rsa.unique.bytes(),
        },
        TpmuPublic::Ecc(ecc) => PublicKey::Ecc {
            curve: Curve::try_from(ecc.parameters.curve_id).expect("a curve"),
            x: ecc.unique.x.bytes(),
            y: ecc.unique.y.bytes(),
        },
        other => panic!("{case}: {other:?}"),
    };
    let signature = TpmtSignature::from_bytes(file("quote.sig")).expect("a signature");
    let signature = match signature {
        TpmtSignature::RsaSsa(rsa) => Signature::RsaSsa(rsa.sig.bytes()),
        TpmtSignature::RsaPss(rsa) => Signature::RsaPss(rsa.sig.bytes()),
        TpmtSignature::EcDsa(ecc) => Signature::EcDsa {
            r: ecc.signature_r.bytes(),
            s: ecc.signature_s.bytes(),
        },
        other => panic!("{case}: {other:?}"),
    };
    let message = file("quote.attest");
    Signed {
        key,
        hash: scheme.hash,
        signature,
        message,
        wrong: changed(message, message.len() - 1, 1),
    }
}

/// A signature by the tests' RSA-4096 key, made by `rsa`: there is no such quote.
pub fn signed_with_4096_bits() -> Signed {
    let key = json("keys/rsa-4096.json");
    let modulus = keep(hex(&key["modulus"]));
    let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, 4096).expect("a number");
    let private = number(&hex(&key["private_exponent"]));
    let exponent = BoxedUint::from(65537_u32);
    let key = PrivateKey::from_components(number(modulus), exponent, private, Vec::new())
        .expect("a private key");
    let message = quote().attest;
    let signature = SigningKey::<Sha256>::new(key).sign(message).to_vec();
    Signed {
        key: PublicKey::Rsa { modulus },
        hash: TpmAlgId::SHA256,
        signature: Signature::RsaSsa(keep(signature)),
        message,
        wrong: changed(message, message.len() - 1, 1),
    }
}
