//! Engines that do not look: so that the fuzzer gets to what comes after a signature.

use tpm_quote::{
    TpmAlgId,
    crypto::{Digest, PublicKey, Signature, SignatureError, SignatureVerifier},
};

/// Says yes to all that it is asked.
pub(crate) struct Yes;
/// Knows every key and no signature.
pub(crate) struct No;

impl SignatureVerifier for Yes {
    fn check_key(&self, _: &PublicKey<'_>) -> Result<(), SignatureError> {
        Ok(())
    }

    fn verify(
        &self,
        _: &PublicKey<'_>,
        _: TpmAlgId,
        _: &[u8],
        _: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        Ok(())
    }

    fn verify_digest(
        &self,
        _: &PublicKey<'_>,
        _: TpmAlgId,
        _: &Digest,
        _: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        Ok(())
    }
}

impl SignatureVerifier for No {
    fn check_key(&self, _: &PublicKey<'_>) -> Result<(), SignatureError> {
        Ok(())
    }

    fn verify(
        &self,
        _: &PublicKey<'_>,
        _: TpmAlgId,
        _: &[u8],
        _: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        Err(SignatureError::Invalid)
    }

    fn verify_digest(
        &self,
        _: &PublicKey<'_>,
        _: TpmAlgId,
        _: &Digest,
        _: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        Err(SignatureError::Invalid)
    }
}
