//! aws-lc-rs.

use std::hint::black_box;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use tpm_quote::crypto::Curve;

use super::Form;
use crate::{
    evidence::Signed,
    measure::Row,
    who::{AWS_COLD, AWS_WARM},
};

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
                _ => &ECDSA_P521_SHA512_FIXED,
            };
            let key = ParsedPublicKey::new(algorithm, &point).expect("a key");
            let warm = signature.clone();
            return row
                .judge(AWS_WARM, message, &[wrong], move |message| {
                    let (key, signature) = black_box((&key, &warm));
                    key.verify_sig(message, signature).is_ok()
                })
                .judge(AWS_COLD, message, &[wrong], move |message| {
                    UnparsedPublicKey::new(algorithm, black_box(&point))
                        .verify(message, black_box(&signature))
                        .is_ok()
                });
        }
    };
    let components = RsaPublicKeyComponents {
        n: modulus,
        e: &[1_u8, 0, 1][..],
    };
    let key = components.to_parsed_public_key(parameters).expect("a key");
    row.judge(AWS_WARM, message, &[wrong], move |message| {
        let (key, signature) = black_box((&key, signature));
        key.verify_sig(message, signature).is_ok()
    })
    .judge(AWS_COLD, message, &[wrong], move |message| {
        let key = RsaPublicKeyComponents {
            n: black_box(modulus),
            e: &[1, 0, 1],
        };
        key.verify(parameters, message, black_box(signature))
            .is_ok()
    })
}
