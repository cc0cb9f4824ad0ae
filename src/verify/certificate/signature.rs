//! [`Signed`]: what the issuer of a certificate signed, and how.

use super::name::place;
use crate::{
    crypto::{Signature, SignatureError},
    error::{Place, UnmarshalError},
    types::TpmAlgId,
    verify::{
        attestation_key::{PlainKey, SpkiProblem},
        error::CertificateProblem,
        verifier::Verifier,
    },
    wire::{
        Reader,
        der::{INTEGER, NULL, OBJECT_IDENTIFIER, SEQUENCE, element, end, unsigned},
    },
};

const ALGORITHM: &Place = &place("signatureAlgorithm");
const VALUE: &Place = &place("signatureValue");

/// All but the last arc of `pkcs-1`, 1.2.840.113549.1.1, of `ecdsa-with-SHA2`,
/// 1.2.840.10045.4.3, and of `ecdsa-with-SHA1`, 1.2.840.10045.4.1.
const PKCS_1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
const ECDSA_WITH_SHA2: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
const ECDSA_WITH: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04];
/// `id-mgf1`, 1.2.840.113549.1.1.8.
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
/// The last arc of NIST's hash functions, 2.16.840.1.101.3.4.2.
const HASHES: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];

/// What the issuer of a certificate signed, and how. Nothing is verified yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    /// `tbsCertificate`, with its tag and length.
    message: &'a [u8],
    algorithm: Reader<'a>,
    value: Reader<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    RsaSsa,
    RsaPss,
    EcDsa,
}

impl<'a> Signed<'a> {
    pub(super) const fn new(message: &'a [u8], algorithm: Reader<'a>, value: Reader<'a>) -> Self {
        Self {
            message,
            algorithm,
            value,
        }
    }

    /// Whether it was made with SHA-1, for which collisions can be made.
    pub(super) fn is_by_sha1(&self) -> bool {
        scheme(self.algorithm).is_some_and(|(_, hash)| hash == TpmAlgId::SHA1)
    }

    /// Whether the signature is by this key. `allows_sha1` says whether it may be made with SHA-1.
    pub(super) fn verify(
        &self,
        key: &Result<PlainKey<'_>, SpkiProblem>,
        verifier: &Verifier<'_>,
        allows_sha1: bool,
    ) -> Result<(), CertificateProblem> {
        let (scheme, hash) =
            scheme(self.algorithm).ok_or(CertificateProblem::SignatureUnsupported)?;
        if hash == TpmAlgId::SHA1 && !allows_sha1 {
            return Err(CertificateProblem::SignatureSha1);
        }
        let Ok(key) = key else {
            return Err(CertificateProblem::SignatureUnsupported);
        };
        let (key, _) = key.judge(verifier).map_err(CertificateProblem::IssuerKey)?;
        // A key of another kind did not make it.
        let mut value = self.value;
        let signature = match (scheme, value.read::<u8>()) {
            (Scheme::RsaSsa, Ok(0)) => Signature::RsaSsa(value.rest()),
            (Scheme::RsaPss, Ok(0)) => Signature::RsaPss(value.rest()),
            (Scheme::EcDsa, Ok(0)) => numbers(value).map_err(|_| CertificateProblem::Signature)?,
            _ => return Err(CertificateProblem::Signature),
        };
        let verified = verifier.crypto.verify(&key, hash, self.message, &signature);
        verified.map_err(|error| match error {
            SignatureError::Invalid => CertificateProblem::Signature,
            SignatureError::Unsupported => CertificateProblem::SignatureUnsupported,
        })
    }
}

/// `ECDSA-Sig-Value` (RFC 3279, 2.2.3).
fn numbers(mut signature: Reader<'_>) -> Result<Signature<'_>, UnmarshalError> {
    let mut numbers = element(&mut signature, SEQUENCE, VALUE)?;
    end(signature, VALUE)?;
    let r = unsigned(&mut numbers, VALUE)?;
    let s = unsigned(&mut numbers, VALUE)?;
    end(numbers, VALUE)?;
    Ok(Signature::EcDsa { r, s })
}

/// Scheme and hash of an `AlgorithmIdentifier` (RFC 4055, RFC 5758), if it is known here.
fn scheme(mut algorithm: Reader<'_>) -> Option<(Scheme, TpmAlgId)> {
    let id = element(&mut algorithm, OBJECT_IDENTIFIER, ALGORITHM).ok()?;
    let (last, family) = id.rest().split_last()?;
    match (family, last) {
        (PKCS_1, 10) => pss(algorithm).map(|hash| (Scheme::RsaPss, hash)),
        (PKCS_1, last) => {
            let hash = match last {
                5 => TpmAlgId::SHA1,
                11 => TpmAlgId::SHA256,
                12 => TpmAlgId::SHA384,
                13 => TpmAlgId::SHA512,
                _ => return None,
            };
            null_or_nothing(algorithm).map(|()| (Scheme::RsaSsa, hash))
        }
        (ECDSA_WITH_SHA2, last) if algorithm.rest().is_empty() => {
            let hash = match last {
                2 => TpmAlgId::SHA256,
                3 => TpmAlgId::SHA384,
                4 => TpmAlgId::SHA512,
                _ => return None,
            };
            Some((Scheme::EcDsa, hash))
        }
        (ECDSA_WITH, 1) if algorithm.rest().is_empty() => Some((Scheme::EcDsa, TpmAlgId::SHA1)),
        _ => None,
    }
}

/// `NULL`, or nothing, as some write it.
fn null_or_nothing(mut parameters: Reader<'_>) -> Option<()> {
    if parameters.rest().is_empty() {
        return Some(());
    }
    let nothing = element(&mut parameters, NULL, ALGORITHM).ok()?;
    end(nothing, ALGORITHM).ok()?;
    end(parameters, ALGORITHM).ok()
}

/// The hash of `RSASSA-PSS-params` that are those of this hash throughout: of MGF1 as well,
/// with a salt as long as a digest.
fn pss(mut parameters: Reader<'_>) -> Option<TpmAlgId> {
    let mut all = element(&mut parameters, SEQUENCE, ALGORITHM).ok()?;
    end(parameters, ALGORITHM).ok()?;
    let hash = hash(explicit(&mut all, 0xa0)?)?;
    let mut mask = explicit(&mut all, 0xa1)?;
    let mut of_mask = element(&mut mask, SEQUENCE, ALGORITHM).ok()?;
    end(mask, ALGORITHM).ok()?;
    let id = element(&mut of_mask, OBJECT_IDENTIFIER, ALGORITHM).ok()?;
    if id.rest() != MGF1 || self::hash(of_mask)? != hash {
        return None;
    }
    let mut salt = explicit(&mut all, 0xa2)?;
    let len = element(&mut salt, INTEGER, ALGORITHM).ok()?;
    end(salt, ALGORITHM).ok()?;
    let &[len] = len.rest() else { return None };
    if Some(usize::from(len)) != hash.digest_size() {
        return None;
    }
    // trailerField, 1, may be written out.
    match all.rest() {
        [] | [0xa3, 3, 2, 1, 1] => Some(hash),
        _ => None,
    }
}

fn explicit<'a>(r: &mut Reader<'a>, tag: u8) -> Option<Reader<'a>> {
    element(r, tag, ALGORITHM).ok()
}

/// The `AlgorithmIdentifier` of a hash.
fn hash(mut algorithm: Reader<'_>) -> Option<TpmAlgId> {
    let mut inside = element(&mut algorithm, SEQUENCE, ALGORITHM).ok()?;
    end(algorithm, ALGORITHM).ok()?;
    let id = element(&mut inside, OBJECT_IDENTIFIER, ALGORITHM).ok()?;
    null_or_nothing(inside)?;
    match id.rest().split_last()? {
        (1, HASHES) => Some(TpmAlgId::SHA256),
        (2, HASHES) => Some(TpmAlgId::SHA384),
        (3, HASHES) => Some(TpmAlgId::SHA512),
        _ => None,
    }
}
