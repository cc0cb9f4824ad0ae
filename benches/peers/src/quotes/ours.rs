//! This crate, by its public interface.

use std::hint::black_box;

use tpm_quote::{
    AttestationKey, Evidence, Nonce, PcrSet, PcrValue, QuotePolicy, Tpm2bPublic, TpmAlgId,
    TpmtSignature, Unmarshal,
    crypto::{PublicKey, Signature, SignatureVerifier, Software},
    verify_quote,
};

use crate::evidence::Quote;

/// The whole. The nonce is a new one each time, so the policy is made each time, but
/// for the set of PCRs, which is read from a text.
pub fn verify() -> impl FnMut(Quote) -> bool {
    let required = PcrSet::parse("sha256:0,7,10").expect("a set");
    move |quote| {
        let public = Tpm2bPublic::from_bytes(quote.public);
        public.is_ok_and(|public| {
            AttestationKey::self_asserted(&public).is_ok_and(|key| holds(&key, &quote, required))
        })
    }
}

/// The whole, but for a key that was parsed and judged beforehand.
pub fn verify_by_judged_key(quote: &Quote) -> impl FnMut(Quote) -> bool + use<> {
    let required = PcrSet::parse("sha256:0,7,10").expect("a set");
    let public = Tpm2bPublic::from_bytes(quote.public).expect("a public area");
    let key = AttestationKey::self_asserted(&public).expect("a key");
    move |quote| holds(black_box(&key), &quote, required)
}

#[inline]
fn holds(key: &AttestationKey<'_>, quote: &Quote, required: PcrSet) -> bool {
    let Ok(nonce) = Nonce::exact(quote.nonce) else {
        return false;
    };
    let policy = QuotePolicy::new(nonce, required);
    let [pcr0, pcr7, pcr10] = quote.pcrs;
    let values = [(0, pcr0), (7, pcr7), (10, pcr10)].map(|(index, digest)| PcrValue {
        bank: TpmAlgId::SHA256,
        index,
        digest,
    });
    let evidence = Evidence {
        attest: quote.attest,
        signature: quote.signature,
        pcrs: &values,
    };
    black_box(&verify_quote(key, &evidence, &policy)).is_ok()
}

/// Only the signature of the message, by numbers that were read beforehand.
pub fn signature_alone(quote: &Quote) -> impl FnMut(Quote) -> bool + use<> {
    let modulus = &quote.public[quote.public.len() - 256..];
    let Ok(TpmtSignature::RsaSsa(rsa)) = TpmtSignature::from_bytes(quote.signature) else {
        panic!("no RSASSA signature");
    };
    let (key, signature) = (
        PublicKey::Rsa { modulus },
        Signature::RsaSsa(rsa.sig.bytes()),
    );
    move |quote| {
        let (key, signature) = black_box((&key, &signature));
        Software
            .verify(key, TpmAlgId::SHA256, quote.attest, signature)
            .is_ok()
    }
}
