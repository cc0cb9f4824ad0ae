//! The signature algorithms of this crate's own verifier.

use core::hint::black_box;

use tpm_quote::{
    TpmAlgId,
    crypto::{Compact, Curve, PreparedKey, PublicKey, Signature, SignatureVerifier, Software},
};

use crate::Input;

/// Each algorithm with any input.
#[unsafe(no_mangle)]
pub extern "C" fn software(input: &Input) {
    let modulus = input.part(1);
    let key = PublicKey::Rsa { modulus };
    verify(input, &key, &Signature::RsaSsa(input.part(2)));
    verify(input, &key, &Signature::RsaPss(input.part(2)));

    let (x, y, r, s) = (input.part(1), input.part(2), input.part(3), input.part(4));
    for curve in [Curve::P256, Curve::P384, Curve::P521] {
        let key = PublicKey::Ecc { curve, x, y };
        verify(input, &key, &Signature::EcDsa { r, s });
    }
}

fn verify(input: &Input, key: &PublicKey<'_>, signature: &Signature<'_>) {
    let hash = TpmAlgId(black_box(input.number as u16));
    let prepared = PreparedKey::new(*key);
    let verifiers: [&dyn SignatureVerifier; 3] = [&Software, &prepared, &Compact];
    for verifier in verifiers {
        black_box(verifier.check_key(key)).ok();
        black_box(verifier.verify(key, hash, input.bytes(), signature)).ok();
    }
}
