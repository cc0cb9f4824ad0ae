//! A quote from bytes, with the verifier for little memory.

use tpm_quote::{
    AttestationKey, Check, Error, Evidence, Nonce, PcrSet, PcrValue, QuotePolicy, Tpm2bAttest,
    Tpm2bPublic, TpmAlgId, Unmarshal, Verifier, crypto::Compact,
};

/// A quote of PCRs 0, 7 and 10 of the SHA-256 bank, as it was received.
pub struct Quote<'a> {
    /// A `TPM2B_PUBLIC`.
    pub public: &'a [u8],
    /// A `TPM2B_ATTEST`.
    pub attest: &'a [u8],
    /// A `TPMT_SIGNATURE`.
    pub signature: &'a [u8],
    pub pcrs: &'a [[u8; 32]; 3],
    /// What was asked for.
    pub nonce: &'a [u8],
}

impl Quote<'_> {
    /// Verifies it; an error is the check that fails.
    pub fn verify(&self) -> Result<(), Check> {
        // Looked at where they are: moved, each would be there twice.
        let (key, policy) = (self.key(), self.policy());
        let key = key.as_ref().map_err(|check| *check)?;
        let policy = policy.as_ref().map_err(|check| *check)?;
        let [pcr0, pcr7, pcr10] = self.pcrs;
        let value = |index, digest| PcrValue {
            bank: TpmAlgId::SHA256,
            index,
            digest,
        };
        let evidence = Evidence {
            attest: Tpm2bAttest::from_bytes(self.attest)
                .map_err(|_| Check::Input)?
                .bytes(),
            signature: self.signature,
            pcrs: &[value(0, pcr0), value(7, pcr7), value(10, pcr10)],
        };
        verifier()
            .quote(key, &evidence, policy)
            .as_ref()
            .map(|_| ())
            .map_err(Error::check)
    }

    // No parts of `verify`: what they need of the stack is free when they return.

    #[inline(never)]
    fn key(&self) -> Result<AttestationKey<'_>, Check> {
        let public = Tpm2bPublic::from_bytes(self.public).map_err(|_| Check::Input)?;
        verifier()
            .self_asserted(&public)
            .map_err(|error| error.check())
    }

    #[inline(never)]
    fn policy(&self) -> Result<QuotePolicy<'_>, Check> {
        let nonce = Nonce::exact(self.nonce).map_err(|_| Check::Input)?;
        let required = PcrSet::parse("sha256:0,7,10").map_err(|_| Check::Input)?;
        Ok(QuotePolicy::new(nonce, required))
    }
}

fn verifier() -> Verifier<'static> {
    Verifier::new().crypto(&Compact)
}
