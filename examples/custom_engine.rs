//! A signature engine of the caller's own: a hardware accelerator, another library, or, as
//! here, one that counts what it is asked for and leaves the work to the software of this
//! crate. Everything but the arithmetic stays with the [`Verifier`].

use std::sync::atomic::{AtomicUsize, Ordering};

use tpm_quote::{
    ResponsePolicy, Scratch, TpmAlgId, Verifier,
    crypto::{PublicKey, Signature, SignatureError, SignatureVerifier, Software},
};

const RESPONSE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/blocks/ecc-main-aik-tpm2b.json"
);

/// An engine is shared between threads, so the counter is an atomic.
#[derive(Default)]
struct Counting {
    signatures: AtomicUsize,
}

impl SignatureVerifier for Counting {
    /// An engine must refuse numbers that are no key: a point that is not on its curve.
    fn check_key(&self, key: &PublicKey<'_>) -> Result<(), SignatureError> {
        Software.check_key(key)
    }

    /// `message` is what was signed, before hashing: an engine may hash it itself.
    fn verify(
        &self,
        key: &PublicKey<'_>,
        hash: TpmAlgId,
        message: &[u8],
        signature: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        self.signatures.fetch_add(1, Ordering::Relaxed);
        match signature {
            // What an engine does not have is unsupported, which is never "invalid".
            Signature::RsaPss(_) => Err(SignatureError::Unsupported),
            _ => Software.verify(key, hash, message, signature),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Counting::default();
    let verifier = Verifier::new().crypto(&engine);

    let policy = ResponsePolicy::new("6c5a64a5-81bb-5788-8a7b-8361a95e1a5f")?;
    let mut scratch = Scratch::new();
    let quote = verifier.response(&std::fs::read(RESPONSE)?, &policy, &mut scratch)?;

    let count = engine.signatures.load(Ordering::Relaxed);
    println!("verified PCRs {} by {count} signature", quote.selection());
    Ok(())
}
