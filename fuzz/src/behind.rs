//! A quote of any values, behind the engine that always says yes.

use tpm_quote::{
    Evidence, Nonce, PcrValue, QuotePolicy, Tpm2bPublic, TpmAlgId, Unmarshal, VerifiedQuote,
    Verifier,
};

use crate::{
    engines::Yes,
    parts::{KEYS, Value, attest_of, digest_of, selection_of, signature_of, signer_of},
};

/// Verifies a quote that covers these values.
pub(crate) fn quoted<T>(values: &[Value], then: impl FnOnce(&VerifiedQuote<'_>) -> T) -> T {
    let public = Tpm2bPublic::from_bytes(KEYS[0]).expect("a key");
    let verifier = Verifier::new().crypto(&Yes);
    let key = verifier.self_asserted(&public).expect("a key that attests");
    let nonce = [0xaa; 16];
    let selection = selection_of(values);
    let digest = digest_of(&selection, values, TpmAlgId::SHA256);
    let attest = attest_of(&signer_of(KEYS[0]), &nonce, &selection, &digest);
    let signature = signature_of(TpmAlgId::ECDSA, TpmAlgId::SHA256);
    let values: Vec<PcrValue<'_>> = values.iter().map(Value::view).collect();
    let evidence = Evidence {
        attest: &attest,
        signature: &signature[..],
        pcrs: &values,
    };
    let policy = QuotePolicy::dangerous_any_pcrs(Nonce::exact(&nonce).expect("long enough"));
    then(&verifier.quote(&key, &evidence, &policy).expect("a quote"))
}
