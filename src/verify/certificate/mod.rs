//! Certificates of keys in TPMs: from a key to an authority that the caller trusts.
//!
//! An [`AkCertificate`] anchors an attestation key. What it is worth is what the authority
//! is worth: by the TCG's profiles it issues such a certificate only for a key that it saw
//! activate a credential, so that the key is in the TPM that the certificate names, and is
//! restricted. **The certificate itself says nothing of that: it has the key's numbers, and
//! no more.** The attributes and the Name are those of the public area that comes beside
//! it, by the word of whoever sent it. They are judged all the same; who needs the Name to
//! be the one that the TPM has pins it, or has the key certified by another one.
//!
//! An [`EkCertificate`] is for an endorsement key, which signs nothing. It says that a TPM
//! of this maker exists, and nothing of any attestation key: there is no way from it to an
//! anchored key but the activation of a credential (`EndorsementKey::from_certificate`).
//!
//! Nothing here asks a clock or a network: the roots and the time are the caller's.
//! Whether a certificate was revoked is not looked at. Of a root, the name, the key and
//! the name constraints count: it is trusted by being given, however old it is, unless it
//! says itself that it is no certification authority.
//!
//! ```
//! use core::time::Duration;
//!
//! use tpm_quote::{AkCertificate, AttestationKey, CertificateChain, KeyTrust, Tpm2bPublic, Unmarshal};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let read = |file| std::fs::read(format!("tests/data/{file}"));
//! let root = read("certificates/root.der")?; // known beforehand
//! let certificate = read("certificates/ak-main-p256.der")?;
//! let public = read("cases/005-main-p256-ecdsa-sha256/ak.pub")?;
//!
//! let chain = CertificateChain::new(&certificate);
//! let at = Duration::from_secs(1_893_456_000); // or SystemTime::now().duration_since(UNIX_EPOCH)?
//! let certificate = AkCertificate::verify(&chain, &[root], at)?;
//! assert_eq!(certificate.identity().maker(), Some("STMicroelectronics"));
//!
//! let public = Tpm2bPublic::from_bytes(&public)?;
//! let key = AttestationKey::from_certificate(&public, &certificate)?;
//! assert_eq!(key.trust(), KeyTrust::Certificate);
//! # Ok(())
//! # }
//! ```
//!
//! # Panics
//! None is known. That none can be reached is proven for what is read of a certificate, as
//! for the rest of the crate, and not for `verify`: paths are built by `rustls-webpki`,
//! which needs no allocator but indexes slices, at places that it has checked. It was taken
//! all the same, because a path that is judged wrongly is worse than a panic, and because
//! many read and test it. `tests/no_std/paths.txt` lists where its panics are; the list may
//! only shrink.

mod error;
mod identity;
mod path;
mod reader;

use core::time::Duration;

use self::reader::{KeyUsage, WHOLE, end};
pub use self::{
    error::{CertificateError, CertificateFile},
    identity::{SanProblem, TpmAttribute, TpmIdentity, TpmSpecification},
    reader::{DistinguishedName, Oid, X509Certificate},
};
use super::{AttestationKey, KeyRules, KeyTrust, PlainKey, key::spki::SpkiProblem};
use crate::{
    crypto::{SignatureVerifier, Software},
    types::Tpm2bPublic,
    wire::Reader,
};

/// A certificate and those between it and a root, in DER. Nothing in them is verified yet.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct CertificateChain<'c> {
    certificate: &'c [u8],
    intermediates: &'c [&'c [u8]],
    padded: bool,
}

impl<'c> CertificateChain<'c> {
    /// A certificate that a root itself has issued.
    pub fn new(certificate: &'c [u8]) -> Self {
        Self {
            certificate,
            intermediates: &[],
            padded: false,
        }
    }

    /// At most four certificates between it and the root, in any order; those of no use
    /// are left out.
    pub fn intermediates(self, intermediates: &'c [&'c [u8]]) -> Self {
        Self {
            intermediates,
            ..self
        }
    }

    /// Leaves out what is behind the certificate of the key if it is nothing but `00`, or
    /// nothing but `ff`: what an NV index has that is larger.
    pub fn strip_padding(self) -> Self {
        Self {
            padded: true,
            ..self
        }
    }

    /// The certificate, if a path leads from it to a root, and its key may be used so.
    fn verify(
        &self,
        purpose: Oid<'static>,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
        verifier: &(dyn SignatureVerifier + Sync),
    ) -> Result<Verified<'c>, CertificateError> {
        let mut r = Reader::new(self.certificate);
        let file = CertificateFile::Certificate;
        let certificate = X509Certificate::read(&mut r)
            .map_err(|error| CertificateError::Malformed { file, error })?;
        let der = self.without_padding(r)?;
        for (intermediate, number) in self.intermediates.iter().zip(1..) {
            let file = CertificateFile::Intermediate(number);
            X509Certificate::from_der(intermediate)
                .map_err(|error| CertificateError::Malformed { file, error })?;
        }
        for (root, number) in roots.iter().zip(1..) {
            let file = CertificateFile::Root(number);
            let root = X509Certificate::from_der(root.as_ref())
                .map_err(|error| CertificateError::Malformed { file, error })?;
            if !root.may_issue() {
                return Err(CertificateError::RootIsNoCa(number));
            }
        }
        if roots.is_empty() {
            return Err(CertificateError::NoRoots);
        }
        // What cannot be read comes first.
        let malformed = |error| CertificateError::Malformed { file, error };
        let identity = match certificate.identity() {
            Err(SanProblem::Der(error)) => return Err(malformed(error)),
            identity => identity,
        };
        let key = match certificate.key() {
            Err(SpkiProblem::Der(error)) => return Err(malformed(error)),
            key => key,
        };
        path::verify(der, self.intermediates, purpose, roots, at, verifier)?;

        if !certificate.purposes().any(|own| own == purpose) {
            return Err(CertificateError::Purpose { expected: purpose });
        }
        Ok(Verified {
            key: key.map_err(|_| CertificateError::KeyUnsupported)?,
            identity: identity.map_err(CertificateError::AltName)?,
            certificate,
        })
    }

    /// The certificate alone, `behind` being what is behind it.
    fn without_padding(&self, behind: Reader<'_>) -> Result<&'c [u8], CertificateError> {
        let file = CertificateFile::Certificate;
        let at_the_end = end(behind, WHOLE);
        let behind = behind.rest();
        let count = behind.len();
        let is_padding = [0x00, 0xff]
            .iter()
            .any(|padding| behind.iter().all(|byte| byte == padding));
        let len = self.certificate.len().saturating_sub(count);
        match at_the_end {
            Ok(()) => Ok(self.certificate),
            Err(_) if is_padding && self.padded => {
                Ok(self.certificate.get(..len).unwrap_or_default())
            }
            Err(_) if is_padding => Err(CertificateError::Padding { count }),
            Err(error) => Err(CertificateError::Malformed { file, error }),
        }
    }
}

/// A certificate that leads to a root.
#[derive(Clone, Copy, Debug)]
struct Verified<'c> {
    certificate: X509Certificate<'c>,
    identity: TpmIdentity<'c>,
    key: PlainKey<'c>,
}

impl Verified<'_> {
    fn allows(&self, usage: KeyUsage, expected: &'static str) -> Result<(), CertificateError> {
        if self.certificate.allows(usage) {
            Ok(())
        } else {
            Err(CertificateError::KeyUsage { expected })
        }
    }
}

/// The certificate of an attestation key, verified: it leads to one of the caller's roots.
///
/// It has `tcg-kp-AIKCertificate` in its `extKeyUsage`, `digitalSignature` in its
/// `keyUsage` if that is there, and maker, model and version of the TPM in its
/// `subjectAltName`. A certificate of an IAK, which may have a `HardwareModuleName` instead
/// of these, is refused.
///
/// ```compile_fail,E0061
/// # use core::time::Duration;
/// # use tpm_quote::verify::{AkCertificate, CertificateChain, CertificateError};
/// # fn with<'c>(chain: CertificateChain<'c>, at: Duration) -> Result<AkCertificate<'c>, CertificateError> {
/// AkCertificate::verify(&chain, at) // by whose word?
/// # }
/// ```
///
/// ```compile_fail,E0061
/// # use tpm_quote::verify::{AkCertificate, CertificateChain, CertificateError};
/// # fn with<'c>(chain: CertificateChain<'c>, roots: &[&[u8]]) -> Result<AkCertificate<'c>, CertificateError> {
/// AkCertificate::verify(&chain, roots) // when?
/// # }
/// ```
///
/// ```compile_fail,E0423
/// # use tpm_quote::verify::{AkCertificate, X509Certificate};
/// fn believe<'c>(certificate: X509Certificate<'c>) -> AkCertificate<'c> {
///     AkCertificate(certificate)
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct AkCertificate<'c>(Verified<'c>);

impl<'c> AkCertificate<'c> {
    /// Verifies a certificate against roots, each in DER, at a time: how long it is since
    /// 1970, UTC, as `SystemTime::now().duration_since(UNIX_EPOCH)` tells.
    ///
    /// # Errors
    /// A certificate cannot be read, no path leads to a root, or the certificate is not
    /// that of an attestation key.
    pub fn verify(
        chain: &CertificateChain<'c>,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
    ) -> Result<Self, CertificateError> {
        Self::verify_with(chain, roots, at, &Software)
    }

    /// As [`verify`](Self::verify), with a verifier of the caller's.
    ///
    /// # Errors
    /// As there.
    pub fn verify_with(
        chain: &CertificateChain<'c>,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
        verifier: &(dyn SignatureVerifier + Sync),
    ) -> Result<Self, CertificateError> {
        let verified = chain.verify(Oid::AK_CERTIFICATE, roots, at, verifier)?;
        verified.allows(KeyUsage::DIGITAL_SIGNATURE, "digitalSignature")?;
        Ok(Self(verified))
    }

    /// Which TPM the key is in, by the word of the issuer.
    #[must_use]
    pub const fn identity(&self) -> &TpmIdentity<'c> {
        &self.0.identity
    }

    /// Whose word that is.
    #[must_use]
    pub const fn issuer(&self) -> &DistinguishedName<'c> {
        self.0.certificate.issuer()
    }
}

/// The certificate of an endorsement key, verified: it leads to one of the caller's roots.
///
/// It has `tcg-kp-EKCertificate` in its `extKeyUsage`, `keyEncipherment` (RSA) or
/// `keyAgreement` (ECC) in its `keyUsage` if that is there, and maker, model and version of
/// the TPM in its `subjectAltName`, which is critical if the subject is empty.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct EkCertificate<'c>(Verified<'c>);

impl<'c> EkCertificate<'c> {
    /// As [`AkCertificate::verify`].
    ///
    /// # Errors
    /// A certificate cannot be read, no path leads to a root, or the certificate is not
    /// that of an endorsement key.
    pub fn verify(
        chain: &CertificateChain<'c>,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
    ) -> Result<Self, CertificateError> {
        Self::verify_with(chain, roots, at, &Software)
    }

    /// As [`verify`](Self::verify), with a verifier of the caller's.
    ///
    /// # Errors
    /// As there.
    pub fn verify_with(
        chain: &CertificateChain<'c>,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
        verifier: &(dyn SignatureVerifier + Sync),
    ) -> Result<Self, CertificateError> {
        let verified = chain.verify(Oid::EK_CERTIFICATE, roots, at, verifier)?;
        match verified.key {
            PlainKey::Rsa { .. } => verified.allows(KeyUsage::KEY_ENCIPHERMENT, "keyEncipherment"),
            PlainKey::Ecc { .. } => verified.allows(KeyUsage::KEY_AGREEMENT, "keyAgreement"),
        }?;
        Ok(Self(verified))
    }

    /// Which TPM the key is in, by the word of the issuer.
    #[must_use]
    pub const fn identity(&self) -> &TpmIdentity<'c> {
        &self.0.identity
    }

    /// Whose word that is.
    #[must_use]
    pub const fn issuer(&self) -> &DistinguishedName<'c> {
        self.0.certificate.issuer()
    }

    /// Whether it is for the key with this public area.
    #[cfg(feature = "credential")]
    pub(super) fn is_for(&self, public: &Tpm2bPublic<'_>) -> bool {
        is_for(&self.0.key, public)
    }
}

fn is_for(key: &PlainKey<'_>, public: &Tpm2bPublic<'_>) -> bool {
    PlainKey::of_public(public.value()).is_some_and(|own| own.is_same(key))
}

/// Certificates.
///
/// ```compile_fail,E0061
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::CertificateError};
/// # fn with<'a>(public: &Tpm2bPublic<'a>) -> Result<AttestationKey<'a>, CertificateError> {
/// AttestationKey::from_certificate(public) // which one?
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::{CertificateError, X509Certificate}};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, read: &X509Certificate<'_>) -> Result<AttestationKey<'a>, CertificateError> {
/// AttestationKey::from_certificate(public, read) // it was read, not verified
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use tpm_quote::{AttestationKey, Tpm2bPublic, verify::{CertificateError, EkCertificate}};
/// # fn with<'a>(public: &Tpm2bPublic<'a>, endorsement: &EkCertificate<'_>) -> Result<AttestationKey<'a>, CertificateError> {
/// AttestationKey::from_certificate(public, endorsement) // it is for another kind of key
/// # }
/// ```
impl<'a> AttestationKey<'a> {
    /// A key with a certificate.
    ///
    /// The certificate has the key's numbers, and nothing else of it: attributes, scheme
    /// and Name are those of `public`, by the word of whoever sent it, and are judged as
    /// for any key. That the key is restricted, and in the TPM that the certificate names,
    /// is the word of whoever issued it.
    ///
    /// # Errors
    /// As [`self_asserted`](Self::self_asserted), or the certificate is for another key.
    pub fn from_certificate(
        public: &Tpm2bPublic<'a>,
        certificate: &AkCertificate<'_>,
    ) -> Result<Self, CertificateError> {
        Self::from_certificate_with(public, certificate, KeyRules::new(), &Software)
    }

    /// As [`from_certificate`](Self::from_certificate), by other rules and with a verifier
    /// of the caller's.
    ///
    /// # Errors
    /// As there.
    pub fn from_certificate_with(
        public: &Tpm2bPublic<'a>,
        certificate: &AkCertificate<'_>,
        rules: KeyRules,
        verifier: &dyn SignatureVerifier,
    ) -> Result<Self, CertificateError> {
        let key =
            Self::self_asserted_with(public, rules, verifier).map_err(CertificateError::Key)?;
        if is_for(&certificate.0.key, public) {
            Ok(key.anchored(KeyTrust::Certificate, None))
        } else {
            Err(CertificateError::OtherKey)
        }
    }
}
