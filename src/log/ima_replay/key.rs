//! [`ImaKey`]: a key that signs files, and what it says of an entry.

use core::fmt;

use super::proven::ProvenImaEntry;
#[cfg(feature = "certificate")]
use crate::verify::{X509Certificate, certificate::Oid};
use crate::{
    crypto::{Digest, Hasher, PublicKey, Signature, SignatureError},
    error::{Place, UnmarshalError},
    log::ima::{FileSignature, ReadSignature, Signed},
    types::TpmAlgId,
    verify::{Error, PlainKey, Verifier, error::KeyProblem},
    wire::{
        Hex, Reader,
        der::{SEQUENCE, element, end, unsigned},
    },
};

/// A public key of yours that signs files: whoever has its private key decides which files are
/// good.
///
/// Signatures name a key by four bytes, which anyone can have a key for: they only tell which
/// keys are tried. A key is named by its [`fingerprint`](Self::fingerprint) instead.
///
/// ```
/// use tpm_quote::{log::ImaKey, verify::X509Certificate};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let der = std::fs::read("tests/data/ima/08-ima-sig/ima-rsa.der")?;
/// let certificate = X509Certificate::from_der(&der)?; // from your own records
/// let key = ImaKey::of_certificate(&certificate)?;
/// assert_eq!(key.id(), [0xca, 0x42, 0x38, 0x89]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct ImaKey<'k> {
    key: PublicKey<'k>,
    verifier: Verifier<'k>,
    fingerprint: [u8; 32],
    id: [u8; 4],
    /// Of the key itself, where a certificate names another.
    key_id: [u8; 4],
}

/// Keys with the identifier of a signature that are tried.
const MAX_TRIED: usize = 4;
/// Bytes of the longest signature that is judged: RSA with 4096 bits.
const MAX_SIGNATURE: usize = 640;

impl<'k> ImaKey<'k> {
    /// Takes a key by its numbers: RSA, or ECC on P-256, P-384 or P-521.
    ///
    /// # Errors
    /// The key is weak, or of a kind that is not supported.
    pub fn new(key: &PlainKey<'k>) -> Result<Self, Error> {
        Verifier::new().ima_key(key)
    }

    /// Takes the key of a certificate, of which **nothing is verified**. Signatures may name it
    /// by the `subjectKeyIdentifier` of the certificate.
    ///
    /// # Errors
    /// Same errors as [`new`](Self::new).
    #[cfg(feature = "certificate")]
    pub fn of_certificate(certificate: &X509Certificate<'k>) -> Result<Self, Error> {
        Verifier::new().ima_key_of_certificate(certificate)
    }

    /// Returns the SHA-256 digest of the key as `SubjectPublicKeyInfo` in DER:
    /// `openssl pkey -pubin -in key.pem -outform DER | sha256sum`.
    #[must_use]
    pub const fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// Returns the identifier by which signatures name the key: the last four bytes of the
    /// certificate's `subjectKeyIdentifier`, or else of the SHA-1 digest of the key.
    #[must_use]
    pub const fn id(&self) -> [u8; 4] {
        self.id
    }

    fn has_id(&self, id: [u8; 4]) -> bool {
        self.id == id || self.key_id == id
    }

    /// Whether the signature is by this key.
    fn verify(
        &self,
        hash: TpmAlgId,
        digest: &Digest,
        signature: &FileSignature<'_>,
    ) -> Result<(), SignatureError> {
        let signature = match self.key {
            PublicKey::Rsa { .. } => Signature::RsaSsa(signature.value),
            PublicKey::Ecc { .. } => {
                numbers(signature.value).map_err(|_| SignatureError::Invalid)?
            }
        };
        let engine = self.verifier.crypto;
        engine.verify_digest(&self.key, hash, digest, &signature)
    }
}

impl<'v> Verifier<'v> {
    /// Takes a key by its numbers, with this verifier's engine and rules: see [`ImaKey::new`].
    ///
    /// # Errors
    /// Same errors as [`ImaKey::new`].
    pub fn ima_key<'k>(self, key: &PlainKey<'k>) -> Result<ImaKey<'k>, Error>
    where
        'v: 'k,
    {
        let (public, _) = key.judge(&self)?;
        let (fingerprint, id) = identifiers(key).ok_or(KeyProblem::Point)?;
        Ok(ImaKey {
            key: public,
            verifier: self,
            fingerprint,
            id,
            key_id: id,
        })
    }

    /// Takes the key of a certificate, with this verifier's engine and rules: see
    /// [`ImaKey::of_certificate`].
    ///
    /// # Errors
    /// Same errors as [`ImaKey::of_certificate`].
    #[cfg(feature = "certificate")]
    pub fn ima_key_of_certificate<'k>(
        self,
        certificate: &X509Certificate<'k>,
    ) -> Result<ImaKey<'k>, Error>
    where
        'v: 'k,
    {
        let mut key = self.ima_key(&certificate.plain_key()?)?;
        let named = certificate.extension(SUBJECT_KEY_IDENTIFIER);
        // An OCTET STRING: a tag, a length, and the identifier.
        if let Some([_, _, named @ ..]) = named
            && let Some(id) = named.last_chunk()
        {
            key.id = *id;
        }
        Ok(key)
    }
}

/// `id-ce-subjectKeyIdentifier`, 2.5.29.14.
#[cfg(feature = "certificate")]
const SUBJECT_KEY_IDENTIFIER: Oid<'static> = Oid::from_bytes(&[0x55, 0x1d, 0x0e]);

/// The fingerprint of a key, and the end of the identifier by RFC 5280, 4.2.1.2, method 1.
fn identifiers(key: &PlainKey<'_>) -> Option<([u8; 32], [u8; 4])> {
    let mut hasher = Hasher::new(TpmAlgId::SHA256)?;
    key.write_spki(&mut hasher).ok()?;
    let fingerprint = hasher.finish();
    let mut hasher = Hasher::new(TpmAlgId::SHA1)?;
    key.write_spki_key(&mut hasher).ok()?;
    let id = hasher.finish();
    Some((
        *fingerprint.as_ref().first_chunk()?,
        *id.as_ref().last_chunk()?,
    ))
}

const VALUE: &Place = &Place {
    structure: "ECDSA-Sig-Value",
    field: "",
};

/// `ECDSA-Sig-Value` (RFC 3279, 2.2.3).
fn numbers(signature: &[u8]) -> Result<Signature<'_>, UnmarshalError> {
    let mut reader = Reader::new(signature);
    let mut numbers = element(&mut reader, SEQUENCE, VALUE)?;
    end(reader, VALUE)?;
    let r = unsigned(&mut numbers, VALUE)?;
    let s = unsigned(&mut numbers, VALUE)?;
    end(numbers, VALUE)?;
    Ok(Signature::EcDsa { r, s })
}

impl fmt::Debug for ImaKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImaKey")
            .field("fingerprint", &Hex(&self.fingerprint))
            .field("id", &Hex(&self.id))
            .finish_non_exhaustive()
    }
}

/// What the signature of an entry is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImaSignatureState {
    /// `none`: there is no signature.
    None,
    /// `good`: it is over the digest of the entry, by one of the keys.
    Good {
        /// The place of this key among those of the policy.
        key: usize,
    },
    /// `invalid`: it is not by the key that it names, or is malformed.
    Invalid,
    /// `unknown-key`: none of the keys has the identifier that it names.
    UnknownKey {
        /// The identifier, which is the signature's word.
        id: [u8; 4],
    },
    /// `other-digest`: it is about a digest by another hash, or of another kind, than the entry
    /// has.
    OtherDigest,
    /// `not-judged`: it is of EVM, of the end of a module (`modsig`), of an old version, or by
    /// an algorithm that is not supported or is broken.
    NotJudged,
}

impl ImaSignatureState {
    /// Returns the stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Good { .. } => "good",
            Self::Invalid => "invalid",
            Self::UnknownKey { .. } => "unknown-key",
            Self::OtherDigest => "other-digest",
            Self::NotJudged => "not-judged",
        }
    }
}

impl fmt::Display for ImaSignatureState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Judges the signature of an entry by these keys.
pub(super) fn judge(entry: &ProvenImaEntry<'_>, keys: &[ImaKey<'_>]) -> ImaSignatureState {
    let Some(digest) = entry.digest() else {
        return ImaSignatureState::None;
    };
    let mut buffer = [0; MAX_SIGNATURE];
    let signature = match entry.claimed().read_signature(&mut buffer) {
        ReadSignature::None => return ImaSignatureState::None,
        ReadSignature::Other => return ImaSignatureState::NotJudged,
        ReadSignature::Malformed => return ImaSignatureState::Invalid,
        ReadSignature::OfFile(signature) => signature,
    };
    let (hash, digest) = match signature.signed(&digest) {
        Signed::Digest(hash, digest) => (hash, digest),
        Signed::OtherDigest => return ImaSignatureState::OtherDigest,
        Signed::Unsupported => return ImaSignatureState::NotJudged,
    };
    let named = keys.iter().enumerate();
    let named = named.filter(|(_, key)| key.has_id(signature.key_id));
    let id = signature.key_id;
    let mut state = ImaSignatureState::UnknownKey { id };
    for (place, key) in named.take(MAX_TRIED) {
        match key.verify(hash, &digest, &signature) {
            Ok(()) => return ImaSignatureState::Good { key: place },
            Err(SignatureError::Invalid) => state = ImaSignatureState::Invalid,
            Err(SignatureError::Unsupported) if state != ImaSignatureState::Invalid => {
                state = ImaSignatureState::NotJudged;
            }
            Err(SignatureError::Unsupported) => {}
        }
    }
    state
}
