//! [`Challenge`]: a question that only the TPM with an endorsement key can answer.

use core::fmt;

use rand_core::TryCryptoRng;

use super::{
    credential::{Credential, make_credential},
    key::EndorsementKey,
};
use crate::{
    crypto::{Name, Secret, kdfa},
    types::TpmAlgId,
    verify::error::{CredentialProblem, Error},
};

/// A question that only one TPM can answer, and only if it has one key: the way to an
/// anchored key by an endorsement key.
///
/// The verifier makes one afresh, sends a credential that was made with it, keeps it in
/// secret, and judges the answer with it, in the same process or another
/// ([`as_bytes`](Self::as_bytes), [`kept`](Self::kept)). The secret in the credential
/// follows from the challenge, the endorsement key and the attestation key (KDFa with
/// SHA-256, the label `CHALLENGE` and both Names): whoever answers for one key cannot
/// claim to have answered for another.
///
/// ```
/// use tpm_quote::{
///     AttestationKey, KeyTrust, Name, Tpm2bPublic, Unmarshal,
///     verify::{Challenge, EndorsementKey},
/// };
/// # use tpm_quote::verify::Credential;
/// # struct SysRng;
/// # impl rand_core::TryRng for SysRng {
/// #     type Error = core::convert::Infallible;
/// #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { Ok(4) }
/// #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { Ok(4) }
/// #     fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> { Ok(to.fill(4)) }
/// # }
/// # impl rand_core::TryCryptoRng for SysRng {}
///
/// # fn send(_: &Credential) {}
/// # fn receive() -> Vec<u8> { vec![7; 32] }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ek = std::fs::read("tests/data/ek/ek-rsa2048.pub")?;
/// # let known = [std::fs::read("tests/data/ek/ek-rsa2048.name")?];
/// # let ak = std::fs::read("tests/data/cases/102-sel-one-pcr0/ak.pub")?;
/// // Names of endorsement keys from a list of one's own machines.
/// let endorsement = EndorsementKey::pinned(&Tpm2bPublic::from_bytes(&ek)?, &known)?;
/// let public = Tpm2bPublic::from_bytes(&ak)?;
/// let name = Name::of_public(&public).ok_or("no name")?;
///
/// let challenge = Challenge::fresh(&mut SysRng)?;
/// send(&challenge.credential(&endorsement, &name, &mut SysRng)?);
///
/// let answer = receive(); // what TPM2_ActivateCredential gave
/// match AttestationKey::activated(&public, &endorsement, &challenge, &answer) {
///     Ok(key) => assert_eq!(key.trust(), KeyTrust::Activated),
///     Err(error) => println!("{error}"),
/// }
/// # Ok(())
/// # }
/// ```
pub struct Challenge(Secret);

impl Challenge {
    /// How many bytes it has.
    pub const LEN: usize = 32;

    /// A new one. `rng` has to be fit for keys.
    ///
    /// # Errors
    /// `rng` failed.
    pub fn fresh<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, Error> {
        match Secret::random(Self::LEN, rng) {
            Ok(secret) => Ok(Self(secret)),
            Err(_) => Err(CredentialProblem::Random.into()),
        }
    }

    /// One that was made before, and kept in secret.
    ///
    /// # Errors
    /// The bytes are not as many as a challenge has.
    pub fn kept(bytes: &[u8]) -> Result<Self, Error> {
        match Secret::new(bytes) {
            Some(secret) if bytes.len() == Self::LEN => Ok(Self(secret)),
            _ => Err(CredentialProblem::Challenge { found: bytes.len() }.into()),
        }
    }

    /// What to keep until the answer comes, in secret.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// The credential to send: for the TPM that has this endorsement key, if it has the
    /// key with this name as well.
    ///
    /// # Errors
    /// Same errors as [`make_credential`].
    pub fn credential<R: TryCryptoRng + ?Sized>(
        &self,
        endorsement: &EndorsementKey<'_>,
        key: &Name,
        rng: &mut R,
    ) -> Result<Credential, Error> {
        let answer = self.answer(endorsement, key);
        let answer = answer.ok_or(CredentialProblem::Name)?;
        make_credential(endorsement.public(), key, answer.as_ref(), rng)
    }

    /// What the TPM gives out. A Name tells its own length, so that two of them end to
    /// end cannot be read as two others.
    pub(crate) fn answer(&self, endorsement: &EndorsementKey<'_>, key: &Name) -> Option<Secret> {
        let names = [endorsement.name().as_ref(), key.as_ref()];
        kdfa(TpmAlgId::SHA256, self.as_bytes(), b"CHALLENGE", names, 32)
    }
}

/// Nothing of it, because it is secret.
impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenge")
    }
}
