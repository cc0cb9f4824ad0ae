//! Signatures: the hash of the message and the signature, with the key object made
//! beforehand ("warm") and with it made from numbers each time ("cold").

mod aws;
pub mod openssl;
mod ours;
mod ring;
pub mod rustcrypto;

use tpm_quote::crypto::{Curve, PublicKey, Signature};

use crate::{
    evidence::{Signed, signed, signed_with_4096_bits},
    measure::Row,
};

pub const RSA_2048: &str = "RSA-2048 RSASSA";
pub const RSA_3072: &str = "RSA-3072 RSASSA";
pub const RSA_4096: &str = "RSA-4096 RSASSA";
pub const RSA_2048_PSS: &str = "RSA-2048 RSAPSS";
pub const P256: &str = "ECDSA P-256";
pub const P384: &str = "ECDSA P-384";
pub const P521: &str = "ECDSA P-521";

/// The rows whose work is wanted.
pub fn rows(wanted: &dyn Fn(&str) -> bool) -> Vec<Row> {
    let case = |name| move || signed(name);
    let all: [(&'static str, &dyn Fn() -> Signed); 7] = [
        (RSA_2048, &case("004-main-rsa2048-rsassa-sha256")),
        (RSA_3072, &case("013-ak-rsa3072-rsassa-sha256")),
        (RSA_4096, &signed_with_4096_bits),
        (RSA_2048_PSS, &case("009-ak-rsa2048-rsapss-sha256")),
        (P256, &case("005-main-p256-ecdsa-sha256")),
        (P384, &case("017-ak-ecc384-ecdsa-sha384")),
        (P521, &case("018-ak-ecc521-ecdsa-sha512")),
    ];
    all.into_iter()
        .filter(|(work, _)| wanted(work))
        .map(|(work, signed)| {
            let signed = signed();
            let row = openssl::candidates(Row::new(work), signed);
            let row = aws::candidates(row, signed);
            let row = ring::candidates(row, signed);
            let row = rustcrypto::candidates(row, signed);
            ours::candidates(row, signed)
        })
        .collect()
}

/// How the peers want a key and a signature: made beforehand, in nobody's time.
enum Form {
    RsaSsa {
        modulus: &'static [u8],
        signature: &'static [u8],
    },
    RsaPss {
        modulus: &'static [u8],
        signature: &'static [u8],
    },
    /// The point as SEC 1 has it, and both numbers one after another.
    EcDsa {
        curve: Curve,
        point: Vec<u8>,
        signature: Vec<u8>,
    },
}

impl Form {
    fn of(signed: Signed) -> Self {
        match (signed.key, signed.signature) {
            (PublicKey::Rsa { modulus }, Signature::RsaSsa(signature)) => {
                Self::RsaSsa { modulus, signature }
            }
            (PublicKey::Rsa { modulus }, Signature::RsaPss(signature)) => {
                Self::RsaPss { modulus, signature }
            }
            (PublicKey::Ecc { curve, x, y }, Signature::EcDsa { r, s }) => {
                let size = match curve {
                    Curve::P256 => 32,
                    Curve::P384 => 48,
                    Curve::P521 => 66,
                    other => panic!("{other:?}"),
                };
                let padded = |number: &[u8]| [&vec![0; size - number.len()], number].concat();
                Self::EcDsa {
                    curve,
                    point: [vec![4], padded(x), padded(y)].concat(),
                    signature: [padded(r), padded(s)].concat(),
                }
            }
            other => panic!("{other:?}"),
        }
    }
}
