//! The engines of this crate, with the algorithms of the features `rsa` and `ecdsa`.

#[cfg(feature = "ecdsa")]
use super::ecdsa;
#[cfg(feature = "rsa")]
use super::rsa;
use super::{
    hash::{Digest, Hasher},
    signature::{PublicKey, Signature, SignatureError, SignatureVerifier},
};
use crate::types::TpmAlgId;

/// The default engine, which verifies in software.
#[derive(Clone, Copy, Debug, Default)]
pub struct Software;

impl SignatureVerifier for Software {
    fn check_key(&self, key: &PublicKey<'_>) -> Result<(), SignatureError> {
        match *key {
            #[cfg(feature = "ecdsa")]
            PublicKey::Ecc { curve, x, y } => ecdsa::check_key(curve, x, y),
            _ => check_rsa_key(key),
        }
    }

    fn verify(
        &self,
        key: &PublicKey<'_>,
        hash: TpmAlgId,
        message: &[u8],
        signature: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        let digest = Hasher::digest(hash, message).ok_or(SignatureError::Unsupported)?;
        self.judge(key, hash, &digest, signature)
    }

    #[cfg(feature = "ima")]
    fn verify_digest(
        &self,
        key: &PublicKey<'_>,
        hash: TpmAlgId,
        digest: &Digest,
        signature: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        self.judge(key, hash, digest, signature)
    }
}

impl Software {
    fn judge(
        self,
        key: &PublicKey<'_>,
        hash: TpmAlgId,
        digest: &Digest,
        signature: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        match (*key, *signature) {
            #[cfg(feature = "ecdsa")]
            (PublicKey::Ecc { curve, x, y }, Signature::EcDsa { r, s }) => {
                ecdsa::verify(curve, x, y, digest, r, s)
            }
            _ => verify_rsa(key, hash, digest, signature),
        }
    }
}

/// The engine for devices with little memory. It accepts and refuses the same signatures as
/// [`Software`]. For ECDSA it has one code for all curves and no tables, and takes two to four
/// times as long.
///
/// If a program only uses this engine, the code of [`Software`] is not linked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compact;

impl SignatureVerifier for Compact {
    fn check_key(&self, key: &PublicKey<'_>) -> Result<(), SignatureError> {
        match *key {
            #[cfg(feature = "ecdsa")]
            PublicKey::Ecc { curve, x, y } => ecdsa::check_key_compactly(curve, x, y),
            _ => check_rsa_key(key),
        }
    }

    fn verify(
        &self,
        key: &PublicKey<'_>,
        hash: TpmAlgId,
        message: &[u8],
        signature: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        let digest = Hasher::digest(hash, message).ok_or(SignatureError::Unsupported)?;
        self.judge(key, hash, &digest, signature)
    }

    #[cfg(feature = "ima")]
    fn verify_digest(
        &self,
        key: &PublicKey<'_>,
        hash: TpmAlgId,
        digest: &Digest,
        signature: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        self.judge(key, hash, digest, signature)
    }
}

impl Compact {
    fn judge(
        self,
        key: &PublicKey<'_>,
        hash: TpmAlgId,
        digest: &Digest,
        signature: &Signature<'_>,
    ) -> Result<(), SignatureError> {
        match (*key, *signature) {
            #[cfg(feature = "ecdsa")]
            (PublicKey::Ecc { curve, x, y }, Signature::EcDsa { r, s }) => {
                ecdsa::verify_compactly(curve, x, y, digest, r, s)
            }
            _ => verify_rsa(key, hash, digest, signature),
        }
    }
}

/// An RSA key has nothing to check here.
fn check_rsa_key(key: &PublicKey<'_>) -> Result<(), SignatureError> {
    match key {
        PublicKey::Rsa { .. } if cfg!(feature = "rsa") => Ok(()),
        _ => Err(SignatureError::Unsupported),
    }
}

#[cfg_attr(not(feature = "rsa"), expect(unused_variables))]
fn verify_rsa(
    key: &PublicKey<'_>,
    hash: TpmAlgId,
    digest: &Digest,
    signature: &Signature<'_>,
) -> Result<(), SignatureError> {
    match (*key, *signature) {
        #[cfg(feature = "rsa")]
        (PublicKey::Rsa { modulus }, Signature::RsaSsa(sig)) => {
            rsa::verify_rsassa(modulus, hash, digest, sig)
        }
        #[cfg(feature = "rsa")]
        (PublicKey::Rsa { modulus }, Signature::RsaPss(sig)) => {
            rsa::verify_rsapss(modulus, hash, digest, sig)
        }
        _ => Err(SignatureError::Unsupported),
    }
}
