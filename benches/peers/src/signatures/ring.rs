//! ring, which has no key objects for verification.

use std::hint::black_box;

use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use tpm_quote::crypto::Curve;

use super::Form;
use crate::{evidence::Signed, measure::Row, who::RING};

pub fn candidates(row: Row, signed: Signed) -> Row {
    let Signed { message, wrong, .. } = signed;
    let (modulus, signature, parameters) = match Form::of(signed) {
        Form::RsaSsa { modulus, signature } => (modulus, signature, &RSA_PKCS1_2048_8192_SHA256),
        Form::RsaPss { modulus, signature } => (modulus, signature, &RSA_PSS_2048_8192_SHA256),
        Form::EcDsa {
            curve,
            point,
            signature,
        } => {
            let algorithm = match curve {
                Curve::P256 => &ECDSA_P256_SHA256_FIXED,
                Curve::P384 => &ECDSA_P384_SHA384_FIXED,
                _ => return row,
            };
            return row.judge(RING, message, &[wrong], move |message| {
                UnparsedPublicKey::new(algorithm, black_box(&point))
                    .verify(message, black_box(&signature))
                    .is_ok()
            });
        }
    };
    row.judge(RING, message, &[wrong], move |message| {
        let key = RsaPublicKeyComponents {
            n: black_box(modulus),
            e: &[1, 0, 1],
        };
        key.verify(parameters, message, black_box(signature))
            .is_ok()
    })
}
