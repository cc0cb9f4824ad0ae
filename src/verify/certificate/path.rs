//! From a certificate to one of the caller's roots (RFC 5280, 6), by `rustls-webpki`.
//!
//! Its signatures are verified by the engines of this crate. Two checks that it does not
//! make are added here: an intermediate certificate with a `keyUsage` may sign certificates,
//! and there are few of them, so that the work is bounded.

use core::{
    array, fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm,
    UnixTime, alg_id,
};
use webpki::{
    EndEntityCert, Error as WebpkiError, ExtendedKeyUsageValidator, KeyPurposeId, KeyPurposeIdIter,
    VerifiedPath, anchor_from_trusted_cert,
};

use super::{
    name::{Oid, place},
    reader::{KeyUsage, X509Certificate},
};
use crate::{
    crypto::{Signature, SignatureError},
    error::{Place, UnmarshalError},
    types::TpmAlgId,
    verify::{
        attestation_key::PlainKey,
        error::{CertificateProblem, Error, Part, Verdict},
        verifier::{KeyRules, Verifier},
    },
    wire::{
        Reader,
        der::{SEQUENCE, element, end, unsigned},
    },
};

/// The most intermediate certificates that are accepted. Every order of them is a path to try.
pub(super) const MAX_INTERMEDIATES: usize = 4;

const SIGNATURE: &Place = &place("signatureValue");

/// `anyExtendedKeyUsage`, 2.5.29.37.0.
const ANY_PURPOSE: &[u8] = &[0x55, 0x1d, 0x25, 0x00];

/// Whether there is a path from this certificate to one of the roots.
pub(super) fn verify(
    der: &[u8],
    intermediates: &[&[u8]],
    purpose: Oid<'static>,
    roots: &[impl AsRef<[u8]>],
    at: Duration,
    verifier: &Verifier<'_>,
) -> Result<(), Error> {
    let mut given = intermediates.iter();
    let certificates: [CertificateDer<'_>; MAX_INTERMEDIATES] =
        array::from_fn(|_| CertificateDer::from(given.next().copied().unwrap_or_default()));
    let certificates = certificates
        .get(..intermediates.len())
        .ok_or(CertificateProblem::TooMany)?;
    let der = CertificateDer::from(der);
    let leaf = EndEntityCert::try_from(&der)
        .map_err(|error| refused(error, Part::Certificate, purpose))?;

    let unsupported = AtomicBool::new(false);
    let algorithms = ALGORITHMS.map(|(signature, key, scheme, hash)| Algorithm {
        signature,
        key,
        scheme,
        hash,
        // A certificate's key is judged by the strict rules.
        verifier: verifier.key_rules(KeyRules::new()),
        unsupported: &unsupported,
    });
    let algorithms = algorithms.each_ref();
    let algorithms =
        algorithms.map(|algorithm| -> &dyn SignatureVerificationAlgorithm { algorithm });
    let time = UnixTime::since_unix_epoch(at);

    let mut error = Error::from(CertificateProblem::UnknownIssuer);
    for (root, number) in roots.iter().zip(1..) {
        let part = Part::Root(number);
        let root = CertificateDer::from(root.as_ref());
        let anchor =
            anchor_from_trusted_cert(&root).map_err(|error| refused(error, part, purpose))?;
        let anchors = [anchor];
        let path = leaf.verify_for_usage(
            &algorithms,
            &anchors,
            certificates,
            time,
            Purpose(purpose),
            None,
            Some(&issuers_may_sign),
        );
        match path {
            Ok(_) => return Ok(()),
            Err(WebpkiError::UnknownIssuer) => {}
            Err(WebpkiError::InvalidSignatureForPublicKey)
                if unsupported.load(Ordering::Relaxed) =>
            {
                error = CertificateProblem::SignatureUnsupported.into();
            }
            Err(found) => error = refused(found, Part::Certificate, purpose),
        }
    }
    Err(error)
}

/// RFC 5280, 6.1.4 (n).
fn issuers_may_sign(path: &VerifiedPath<'_>) -> Result<(), WebpkiError> {
    for issuer in path.intermediate_certificates() {
        let der = issuer.der();
        let issuer = X509Certificate::from_der(&der).map_err(|_| WebpkiError::BadDer)?;
        if !issuer.allows(KeyUsage::KEY_CERT_SIGN) {
            return Err(WebpkiError::EndEntityUsedAsCa);
        }
    }
    Ok(())
}

/// The error for an error of `webpki`.
fn refused(error: WebpkiError, part: Part, expected: Oid<'static>) -> Error {
    let expected = expected.purpose_name();
    let problem = match error {
        WebpkiError::CertExpired { time, not_after } => CertificateProblem::Expired {
            at: time.as_secs(),
            not_after: not_after.as_secs(),
        },
        WebpkiError::CertNotValidYet { time, not_before } => CertificateProblem::NotYetValid {
            at: time.as_secs(),
            not_before: not_before.as_secs(),
        },
        WebpkiError::EmptyEkuExtension => CertificateProblem::Purpose { expected },
        WebpkiError::InvalidSignatureForPublicKey => CertificateProblem::Signature,
        WebpkiError::UnsupportedSignatureAlgorithmContext(_)
        | WebpkiError::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            CertificateProblem::SignatureUnsupported
        }
        WebpkiError::UnsupportedCriticalExtension => CertificateProblem::CriticalExtension,
        WebpkiError::CaUsedAsEndEntity => CertificateProblem::IsCa,
        WebpkiError::EndEntityUsedAsCa => CertificateProblem::IssuerIsNoCa,
        WebpkiError::PathLenConstraintViolated => CertificateProblem::PathLength,
        WebpkiError::NameConstraintViolation => CertificateProblem::NameConstraints,
        WebpkiError::MaximumPathDepthExceeded
        | WebpkiError::MaximumPathBuildCallsExceeded
        | WebpkiError::MaximumSignatureChecksExceeded
        | WebpkiError::MaximumNameConstraintComparisonsExceeded => CertificateProblem::TooMany,
        _ => return Error::from(CertificateProblem::Unreadable).in_part(part),
    };
    problem.into()
}

/// The purpose that a path must have. An intermediate certificate may leave it out.
struct Purpose(Oid<'static>);

impl ExtendedKeyUsageValidator for Purpose {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), WebpkiError> {
        let [wanted, any] = [self.0.as_bytes(), ANY_PURPOSE].map(KeyPurposeId::new);
        let mut missing = Ok(());
        for purpose in purposes {
            let purpose = purpose?;
            if purpose == wanted || purpose == any {
                return Ok(());
            }
            missing = Err(WebpkiError::EmptyEkuExtension);
        }
        missing
    }
}

#[derive(Clone, Copy)]
enum Scheme {
    RsaSsa,
    RsaPss,
    EcDsa,
}

const ALGORITHMS: [(AlgorithmIdentifier, AlgorithmIdentifier, Scheme, TpmAlgId); 15] = {
    use Scheme::{EcDsa, RsaPss, RsaSsa};
    use TpmAlgId as Hash;
    use alg_id::*;
    [
        (RSA_PKCS1_SHA256, RSA_ENCRYPTION, RsaSsa, Hash::SHA256),
        (RSA_PKCS1_SHA384, RSA_ENCRYPTION, RsaSsa, Hash::SHA384),
        (RSA_PKCS1_SHA512, RSA_ENCRYPTION, RsaSsa, Hash::SHA512),
        (RSA_PSS_SHA256, RSA_ENCRYPTION, RsaPss, Hash::SHA256),
        (RSA_PSS_SHA384, RSA_ENCRYPTION, RsaPss, Hash::SHA384),
        (RSA_PSS_SHA512, RSA_ENCRYPTION, RsaPss, Hash::SHA512),
        (ECDSA_SHA256, ECDSA_P256, EcDsa, Hash::SHA256),
        (ECDSA_SHA384, ECDSA_P256, EcDsa, Hash::SHA384),
        (ECDSA_SHA512, ECDSA_P256, EcDsa, Hash::SHA512),
        (ECDSA_SHA256, ECDSA_P384, EcDsa, Hash::SHA256),
        (ECDSA_SHA384, ECDSA_P384, EcDsa, Hash::SHA384),
        (ECDSA_SHA512, ECDSA_P384, EcDsa, Hash::SHA512),
        (ECDSA_SHA256, ECDSA_P521, EcDsa, Hash::SHA256),
        (ECDSA_SHA384, ECDSA_P521, EcDsa, Hash::SHA384),
        (ECDSA_SHA512, ECDSA_P521, EcDsa, Hash::SHA512),
    ]
};

/// An algorithm of the verifier, as `webpki` takes it.
struct Algorithm<'v> {
    signature: AlgorithmIdentifier,
    key: AlgorithmIdentifier,
    scheme: Scheme,
    hash: TpmAlgId,
    verifier: Verifier<'v>,
    /// Set if the verifier lacks the algorithm: `webpki` cannot tell that from a signature
    /// that does not match.
    unsupported: &'v AtomicBool,
}

impl fmt::Debug for Algorithm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.signature.fmt(f)
    }
}

impl SignatureVerificationAlgorithm for Algorithm<'_> {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        self.verify(key, message, signature).map_err(|verdict| {
            if verdict == Verdict::Unsupported {
                self.unsupported.store(true, Ordering::Relaxed);
            }
            InvalidSignature
        })
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

impl Algorithm<'_> {
    fn verify(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), Verdict> {
        let key = PlainKey::of_algorithm(Reader::new(&self.key), Reader::new(key))
            .map_err(|problem| problem.in_part(Part::Certificate).verdict())?;
        let (key, _) = key
            .judge(&self.verifier)
            .map_err(|problem| Error::from(problem).verdict())?;
        let signature = match self.scheme {
            Scheme::RsaSsa => Signature::RsaSsa(signature),
            Scheme::RsaPss => Signature::RsaPss(signature),
            Scheme::EcDsa => numbers(signature).map_err(|_| Verdict::Malformed)?,
        };
        let crypto = self.verifier.crypto;
        let verified = crypto.verify(&key, self.hash, message, &signature);
        verified.map_err(|error| match error {
            SignatureError::Invalid => Verdict::Rejected,
            SignatureError::Unsupported => Verdict::Unsupported,
        })
    }
}

/// `ECDSA-Sig-Value` (RFC 3279, 2.2.3).
fn numbers(der: &[u8]) -> Result<Signature<'_>, UnmarshalError> {
    let mut signature = Reader::new(der);
    let mut numbers = element(&mut signature, SEQUENCE, SIGNATURE)?;
    end(signature, SIGNATURE)?;
    let r = unsigned(&mut numbers, SIGNATURE)?;
    let s = unsigned(&mut numbers, SIGNATURE)?;
    end(numbers, SIGNATURE)?;
    Ok(Signature::EcDsa { r, s })
}
