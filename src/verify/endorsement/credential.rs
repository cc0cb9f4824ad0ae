//! [`Credential`]: a secret encrypted to an endorsement key (Part 1, 24).

use core::fmt;

use rand_core::TryCryptoRng;

use super::recipient::recipient;
use crate::{
    crypto::{Failure, Name, PublicKey, Recipient, protect, share_seed},
    error::MarshalError,
    types::{Tpm2bDigest, Tpm2bEncryptedSecret, Tpm2bPublic, TpmsIdObject},
    verify::error::{CredentialProblem, EndorsementProblem, Error, KeyProblem},
    wire::{Marshal, Sink, SliceSink},
};

/// A secret encrypted to an endorsement key, which the TPM releases only if it also holds the
/// named object (`TPM2_ActivateCredential`). It can be sent over any channel.
#[derive(Clone)]
pub struct Credential {
    /// In the form of the file of tpm2-tools.
    file: [u8; Self::MAX],
    id_object_end: u16,
    end: u16,
}

impl Credential {
    /// The largest size of the file: its head, 2 + 132 bytes, 2 + 512 bytes.
    const MAX: usize = 656;
    /// What `tpm2_makecredential` writes first: a magic number and a version.
    const HEAD: [u8; 8] = *b"\xba\xdc\xc0\xde\0\0\0\x01";

    /// Returns `credentialBlob` of `TPM2_ActivateCredential`, a `TPM2B_ID_OBJECT`.
    #[must_use]
    pub fn id_object(&self) -> &[u8] {
        let (from, to) = (Self::HEAD.len(), self.id_object_end.into());
        self.file.get(from..to).unwrap_or_default()
    }

    /// Returns `secret` of `TPM2_ActivateCredential`, a `TPM2B_ENCRYPTED_SECRET`.
    #[must_use]
    pub fn encrypted_secret(&self) -> &[u8] {
        let (from, to) = (self.id_object_end.into(), self.end.into());
        self.file.get(from..to).unwrap_or_default()
    }

    /// Returns both in the form of the file that `tpm2_makecredential` writes and
    /// `tpm2_activatecredential` reads.
    #[must_use]
    pub fn as_file(&self) -> &[u8] {
        self.file.get(..self.end.into()).unwrap_or_default()
    }

    fn new(
        id_object: &TpmsIdObject<'_>,
        secret: &Tpm2bEncryptedSecret<'_>,
    ) -> Result<Self, MarshalError> {
        let mut file = [0; Self::MAX];
        let size = |len| u16::try_from(len).unwrap_or(u16::MAX);
        let mut sink = SliceSink::new(&mut file);
        sink.write(&Self::HEAD)?;
        size(id_object.marshaled_len()?).marshal(&mut sink)?;
        id_object.marshal(&mut sink)?;
        secret.marshal(&mut sink)?;
        let end = sink.into_written().len();
        let id_object_end = size(end.saturating_sub(secret.marshaled_len()?));
        let end = size(end);
        Ok(Self {
            file,
            id_object_end,
            end,
        })
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential")
    }
}

/// Makes a credential as `TPM2_MakeCredential` does: `secret` for the TPM that has the key
/// `endorsement`, if it also has the object with this name.
///
/// This is the plain operation: `endorsement` can be any key, even one that is not in a TPM.
/// To prove that a key is in a TPM, use a [`Challenge`](crate::verify::Challenge).
///
/// `rng` has to be fit for making keys: the seed of the credential comes from it.
///
/// # Errors
/// The key is not an endorsement key or not supported; the name is not that of an object; the
/// secret is empty or longer than a digest of the key's `nameAlg`; or `rng` failed.
pub fn make_credential<R: TryCryptoRng + ?Sized>(
    endorsement: &Tpm2bPublic<'_>,
    name: &Name,
    secret: &[u8],
    rng: &mut R,
) -> Result<Credential, Error> {
    let (recipient, _) = recipient(endorsement)?;
    if name.name_alg().is_none() {
        return Err(CredentialProblem::Name.into());
    }
    let largest = recipient.hash.digest_size().unwrap_or_default();
    if secret.is_empty() || secret.len() > largest {
        let found = secret.len();
        return Err(CredentialProblem::Secret { largest, found }.into());
    }

    let mut room = [0; 512];
    let (seed, encrypted) =
        share_seed(&recipient, rng, &mut room).map_err(|failure| refused(&recipient, failure))?;
    let mut room = [0; 66];
    let (integrity, enc_identity) = protect(&recipient, &seed, name.as_ref(), secret, &mut room)
        .ok_or_else(|| refused(&recipient, Failure::Unsupported))?;
    let written = Tpm2bDigest::new(integrity.as_ref()).and_then(|integrity_hmac| {
        let id_object = TpmsIdObject {
            integrity_hmac,
            enc_identity,
        };
        Credential::new(&id_object, &Tpm2bEncryptedSecret::new(encrypted)?)
    });
    written.map_err(|_| refused(&recipient, Failure::Unsupported))
}

/// Why the cryptography of a credential failed.
pub(super) fn refused(recipient: &Recipient<'_>, failure: Failure) -> Error {
    let problem = match (failure, recipient.key) {
        (Failure::Random, _) => return CredentialProblem::Random.into(),
        (Failure::Point, _) => KeyProblem::Point,
        (Failure::Unsupported, PublicKey::Rsa { .. }) => KeyProblem::NoRsa,
        (Failure::Unsupported, PublicKey::Ecc { .. }) => KeyProblem::NoEcdsa,
    };
    EndorsementProblem::Strength(problem).into()
}
