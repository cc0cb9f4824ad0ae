//! Credentials: secrets that only one TPM can read, if it has one key; and the keys
//! that are anchored by them.

use core::{error::Error, fmt};

use rand_core::TryCryptoRng;

use super::{
    AnchorError, AttestationKey, EndorsementError, EndorsementKey, KeyRules, KeyStrengthProblem,
    KeyTrust, Verdict, endorsement::recipient,
};
use crate::{
    crypto::{
        Failure, Name, Secret, SignatureVerifier, Software, is_same, kdfa, protect, share_seed,
    },
    error::MarshalError,
    types::{Tpm2bDigest, Tpm2bEncryptedSecret, Tpm2bPublic, TpmAlgId, TpmsIdObject},
    wire::{Marshal, Sink, SliceSink},
};

/// A secret for the TPM that has one key, which gives it out only if it has the object
/// with one name as well (`TPM2_ActivateCredential`).
///
/// It can be sent over any channel, and needs no secrecy.
#[derive(Clone)]
pub struct Credential {
    /// As the file of tpm2-tools has it.
    file: [u8; Self::MAX],
    id_object_end: u16,
    end: u16,
}

impl Credential {
    /// The largest size of the file: its head, 2 + 132 bytes, 2 + 512 bytes.
    const MAX: usize = 656;
    /// What `tpm2_makecredential` writes first: a magic number and a version.
    const HEAD: [u8; 8] = *b"\xba\xdc\xc0\xde\0\0\0\x01";

    /// `credentialBlob` of `TPM2_ActivateCredential`, a `TPM2B_ID_OBJECT`.
    #[must_use]
    pub fn id_object(&self) -> &[u8] {
        let (from, to) = (Self::HEAD.len(), self.id_object_end.into());
        self.file.get(from..to).unwrap_or_default()
    }

    /// `secret` of `TPM2_ActivateCredential`, a `TPM2B_ENCRYPTED_SECRET`.
    #[must_use]
    pub fn encrypted_secret(&self) -> &[u8] {
        let (from, to) = (self.id_object_end.into(), self.end.into());
        self.file.get(from..to).unwrap_or_default()
    }

    /// Both in the file that `tpm2_makecredential` writes and `tpm2_activatecredential`
    /// reads.
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

/// Makes the credential that `TPM2_MakeCredential` makes: `secret` for the TPM that has
/// the key `endorsement`, if it has the object with this name as well.
///
/// This is the plain operation, for any endorsement key, made up or not. To find out
/// whether a key is in a TPM, use a [`Challenge`].
///
/// `rng` has to be fit for keys: the seed of the credential is from there.
///
/// # Errors
/// The key is not fit for it; the name is not one of an object; the secret is empty or
/// longer than a digest of the key's `nameAlg`; or `rng` failed.
pub fn make_credential<R: TryCryptoRng + ?Sized>(
    endorsement: &Tpm2bPublic<'_>,
    name: &Name,
    secret: &[u8],
    rng: &mut R,
) -> Result<Credential, CredentialError> {
    let recipient = recipient(endorsement)?;
    if name.name_alg().is_none() {
        return Err(CredentialError::Name);
    }
    let largest = recipient.hash.digest_size().unwrap_or_default();
    if secret.is_empty() || secret.len() > largest {
        let found = secret.len();
        return Err(CredentialError::Secret { largest, found });
    }

    let mut room = [0; 512];
    let (seed, encrypted) = share_seed(&recipient, rng, &mut room)?;
    let mut room = [0; 66];
    let (integrity, enc_identity) =
        protect(&recipient, &seed, name.as_ref(), secret, &mut room).ok_or(Failure::Unsupported)?;
    let written = Tpm2bDigest::new(integrity.as_ref()).and_then(|integrity_hmac| {
        let id_object = TpmsIdObject {
            integrity_hmac,
            enc_identity,
        };
        Credential::new(&id_object, &Tpm2bEncryptedSecret::new(encrypted)?)
    });
    written.map_err(|_| Failure::Unsupported.into())
}

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
    pub fn fresh<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, CredentialError> {
        Ok(Self(Secret::random(Self::LEN, rng)?))
    }

    /// One that was made before, and kept in secret.
    ///
    /// # Errors
    /// The bytes are not as many as a challenge has.
    pub fn kept(bytes: &[u8]) -> Result<Self, CredentialError> {
        match Secret::new(bytes) {
            Some(secret) if bytes.len() == Self::LEN => Ok(Self(secret)),
            _ => Err(CredentialError::Challenge { found: bytes.len() }),
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
    /// As [`make_credential`].
    pub fn credential<R: TryCryptoRng + ?Sized>(
        &self,
        endorsement: &EndorsementKey<'_>,
        key: &Name,
        rng: &mut R,
    ) -> Result<Credential, CredentialError> {
        let answer = self.answer(endorsement, key).ok_or(Failure::Unsupported)?;
        make_credential(endorsement.public(), key, answer.as_ref(), rng)
    }

    /// What the TPM gives out. A Name tells its own length, so that two of them end to
    /// end cannot be read as two others.
    fn answer(&self, endorsement: &EndorsementKey<'_>, key: &Name) -> Option<Secret> {
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

/// Activation: the anchor by an endorsement key. There is none without the key, the
/// challenge and its answer:
///
/// ```
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::{AnchorError, Challenge, EndorsementKey}};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, endorsement: &EndorsementKey<'_>, challenge: &Challenge, answer: &[u8]) -> Result<AttestationKey<'a>, AnchorError> {
/// AttestationKey::activated(public, endorsement, challenge, answer)
/// # }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::{AnchorError, Challenge, EndorsementKey}};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, endorsement: &EndorsementKey<'_>, challenge: &Challenge) -> Result<AttestationKey<'a>, AnchorError> {
/// AttestationKey::activated(public, endorsement, challenge) // what was answered?
/// # }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::{AnchorError, EndorsementKey}};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, endorsement: &EndorsementKey<'_>, answer: &[u8]) -> Result<AttestationKey<'a>, AnchorError> {
/// AttestationKey::activated(public, endorsement, answer) // to what?
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::{AnchorError, Challenge}};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, endorsement: &Tpm2bPublic<'_>, challenge: &Challenge, answer: &[u8]) -> Result<AttestationKey<'a>, AnchorError> {
/// AttestationKey::activated(public, endorsement, challenge, answer) // anyone can make one
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use tpm_quote::{Name, Tpm2bPublic, verify::{Challenge, Credential, CredentialError}};
/// # fn with(public: &Tpm2bPublic<'_>, name: &Name, challenge: &Challenge, rng: &mut impl rand_core::TryCryptoRng) -> Result<Credential, CredentialError> {
/// challenge.credential(public, name, rng) // whose endorsement key is it?
/// # }
/// ```
impl<'a> AttestationKey<'a> {
    /// A key that is in the TPM that has an endorsement key: `answer` is what
    /// `TPM2_ActivateCredential` gave for a credential of this challenge. With
    /// `fixedTPM`, which the key must have, it was made there.
    ///
    /// It is worth what vouches for the endorsement key. The proof does not age, so that
    /// the Name of the key can be kept and pinned from then on.
    ///
    /// # Errors
    /// As [`self_asserted`](Self::self_asserted), or `key-anchor`: it is the answer to
    /// another challenge, for another key or by another TPM.
    pub fn activated(
        public: &Tpm2bPublic<'a>,
        endorsement: &EndorsementKey<'_>,
        challenge: &Challenge,
        answer: &[u8],
    ) -> Result<Self, AnchorError> {
        let rules = KeyRules::new();
        Self::activated_with(public, endorsement, challenge, answer, rules, &Software)
    }

    /// As [`activated`](Self::activated), by other rules and with a verifier of the
    /// caller's.
    ///
    /// # Errors
    /// As there.
    pub fn activated_with(
        public: &Tpm2bPublic<'a>,
        endorsement: &EndorsementKey<'_>,
        challenge: &Challenge,
        answer: &[u8],
        rules: KeyRules,
        verifier: &dyn SignatureVerifier,
    ) -> Result<Self, AnchorError> {
        let key = Self::self_asserted_with(public, rules, verifier).map_err(AnchorError::Key)?;
        match challenge.answer(endorsement, key.name()) {
            Some(expected) if is_same(expected.as_ref(), answer) => {
                Ok(key.anchored(KeyTrust::Activated, None))
            }
            _ => Err(AnchorError::Answer),
        }
    }
}

/// Why there is no credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub enum CredentialError {
    /// The key is not one that a credential can be for.
    Endorsement(EndorsementError),
    /// The name is not one of an object: a hash id and a digest.
    Name,
    /// The secret is empty, or longer than a digest of the key's `nameAlg`.
    Secret {
        /// Bytes of such a digest.
        largest: usize,
        /// Bytes of the secret.
        found: usize,
    },
    /// What was kept is not a challenge: it does not have 32 bytes.
    Challenge {
        /// How many it has.
        found: usize,
    },
    /// The source of randomness failed.
    Random,
}

impl CredentialError {
    /// What the error says about what was given.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Endorsement(error) => error.verdict(),
            Self::Name | Self::Secret { .. } | Self::Challenge { .. } => Verdict::Malformed,
            Self::Random => Verdict::Unsupported,
        }
    }

    /// One sentence of help.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Endorsement(error) => error.help(),
            Self::Name => "Give the name of the key: two bytes of hash id and a digest.",
            Self::Secret { .. } => "Give a secret that fits, or let a fresh one be made.",
            Self::Challenge { .. } => {
                "Give the challenge as it was kept, without anything around it."
            }
            Self::Random => {
                "Without a source of randomness there is no credential: try again when there is one."
            }
        }
    }
}

impl From<EndorsementError> for CredentialError {
    fn from(error: EndorsementError) -> Self {
        Self::Endorsement(error)
    }
}

impl From<Failure> for CredentialError {
    fn from(failure: Failure) -> Self {
        let problem = match failure {
            Failure::Random => return Self::Random,
            Failure::Point => KeyStrengthProblem::Point,
            Failure::Unsupported => KeyStrengthProblem::Unsupported,
        };
        Self::Endorsement(EndorsementError::Strength(problem))
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endorsement(error) => error.fmt(f),
            Self::Name => f.write_str("the name is not one of an object"),
            Self::Secret { largest, found } => {
                write!(f, "the secret has {found} bytes, expected 1 to {largest}")
            }
            Self::Challenge { found } => {
                write!(
                    f,
                    "the challenge has {found} bytes, expected {}",
                    Challenge::LEN
                )
            }
            Self::Random => f.write_str("the source of randomness failed"),
        }
    }
}

impl Error for CredentialError {}
