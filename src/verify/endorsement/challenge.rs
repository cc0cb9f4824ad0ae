//! [`Challenge`]: a challenge that only the TPM with an endorsement key can answer.

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

/// A challenge that only the TPM with a given endorsement key can answer, and only if it also
/// has a given attestation key.
///
/// The verifier makes a fresh challenge, sends the [`credential`](Self::credential) made from
/// it, and judges the answer with [`AttestationKey::activated`]. Until then it keeps the
/// challenge secret, if need be outside of the process ([`as_bytes`](Self::as_bytes),
/// [`kept`](Self::kept)). The secret in the credential is derived from the challenge and the
/// Names of both keys (KDFa with SHA-256 and the label `CHALLENGE`), so that an answer for
/// one key is not an answer for another.
///
/// [`AttestationKey::activated`]: crate::AttestationKey::activated
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
/// // The Names of the endorsement keys of your own machines.
/// let endorsement = EndorsementKey::pinned(&Tpm2bPublic::from_bytes(&ek)?, &known)?;
/// let public = Tpm2bPublic::from_bytes(&ak)?;
/// let name = Name::of_public(&public).ok_or("no name")?;
///
/// let challenge = Challenge::fresh(&mut SysRng)?;
/// send(&challenge.credential(&endorsement, &name, &mut SysRng)?);
///
/// let answer = receive(); // what TPM2_ActivateCredential returned
/// match AttestationKey::activated(&public, &endorsement, &challenge, &answer) {
///     Ok(key) => assert_eq!(key.trust(), KeyTrust::Activated),
///     Err(error) => println!("{error}"),
/// }
/// # Ok(())
/// # }
/// ```
pub struct Challenge(Secret);

impl Challenge {
    /// The length of a challenge, in bytes.
    pub const LEN: usize = 32;

    /// Makes a fresh challenge. `rng` has to be fit for making keys.
    ///
    /// # Errors
    /// `rng` failed.
    pub fn fresh<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, Error> {
        match Secret::random(Self::LEN, rng) {
            Ok(secret) => Ok(Self(secret)),
            Err(_) => Err(CredentialProblem::Random.into()),
        }
    }

    /// Restores a challenge that was made before and kept secret.
    ///
    /// # Errors
    /// There are not [`LEN`](Self::LEN) bytes.
    pub fn kept(bytes: &[u8]) -> Result<Self, Error> {
        match Secret::new(bytes) {
            Some(secret) if bytes.len() == Self::LEN => Ok(Self(secret)),
            _ => Err(CredentialProblem::Challenge { found: bytes.len() }.into()),
        }
    }

    /// Returns the bytes to keep until the answer comes. They are secret.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// Makes the credential to send: the TPM with this endorsement key can read it, if it also
    /// has the key with this Name.
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

    /// The secret that the TPM releases. A Name determines its own length, so that two Names
    /// one after the other cannot be read as two others.
    pub(crate) fn answer(&self, endorsement: &EndorsementKey<'_>, key: &Name) -> Option<Secret> {
        let names = [endorsement.name().as_ref(), key.as_ref()];
        kdfa(TpmAlgId::SHA256, self.as_bytes(), b"CHALLENGE", names, 32)
    }
}

/// Writes nothing of the challenge, which is secret.
impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenge")
    }
}
