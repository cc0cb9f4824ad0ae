//! [`CertificateChain`]: a certificate and the intermediates between it and a root.

use core::time::Duration;

use super::{
    identity::TpmIdentity,
    name::Oid,
    path,
    reader::{KeyUsage, WHOLE, X509Certificate},
};
use crate::{
    types::Tpm2bPublic,
    verify::{
        attestation_key::{PlainKey, SpkiProblem},
        error::{CertificateProblem, Check, Error, Part},
        verifier::Verifier,
    },
    wire::{Reader, der::end},
};

/// A certificate and the intermediates between it and a root, in DER. Nothing in them is
/// verified yet.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct CertificateChain<'c> {
    certificate: &'c [u8],
    intermediates: &'c [&'c [u8]],
    padded: bool,
}

impl<'c> CertificateChain<'c> {
    /// Creates a chain without intermediates: a root issued the certificate itself.
    pub fn new(certificate: &'c [u8]) -> Self {
        Self {
            certificate,
            intermediates: &[],
            padded: false,
        }
    }

    /// Sets the intermediates: at most four certificates, in any order. Those that are not
    /// needed are ignored.
    pub fn intermediates(self, intermediates: &'c [&'c [u8]]) -> Self {
        Self {
            intermediates,
            ..self
        }
    }

    /// Ignores padding after the certificate of the key: bytes that are all `00` or all `ff`,
    /// as in an NV index that is larger than the certificate.
    pub fn strip_padding(self) -> Self {
        Self {
            padded: true,
            ..self
        }
    }

    /// The certificate, if a path leads from it to a root and its key may be used in this way.
    pub(super) fn verify(
        &self,
        purpose: Oid<'static>,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
        verifier: &Verifier<'_>,
    ) -> Result<Verified<'c>, Error> {
        let mut r = Reader::new(self.certificate);
        let part = Part::Certificate;
        let certificate =
            X509Certificate::read(&mut r).map_err(|error| Error::structure(part, error))?;
        let der = self.without_padding(r)?;
        for (intermediate, number) in self.intermediates.iter().zip(1..) {
            let part = Part::Intermediate(number);
            X509Certificate::from_der(intermediate)
                .map_err(|error| Error::structure(part, error))?;
        }
        for (root, number) in roots.iter().zip(1..) {
            let part = Part::Root(number);
            let root = X509Certificate::from_der(root.as_ref())
                .map_err(|error| Error::structure(part, error))?;
            if !root.may_issue() {
                return Err(Error::from(CertificateProblem::RootIsNoCa).in_part(part));
            }
        }
        if roots.is_empty() {
            return Err(CertificateProblem::NoRoots.into());
        }
        // What cannot be read comes first.
        let identity = match certificate.identity() {
            Err(error) if error.check() == Check::Input => return Err(error),
            identity => identity,
        };
        let key = match certificate.key() {
            Err(SpkiProblem::Der(error)) => return Err(Error::structure(part, error)),
            key => key,
        };
        path::verify(der, self.intermediates, purpose, roots, at, verifier)?;

        if !certificate.purposes().any(|own| own == purpose) {
            let expected = purpose.purpose_name();
            return Err(CertificateProblem::Purpose { expected }.into());
        }
        Ok(Verified {
            key: key.map_err(|_| CertificateProblem::KeyUnsupported)?,
            identity: identity?,
            certificate,
        })
    }

    /// The certificate alone; `behind` is what follows it.
    fn without_padding(&self, behind: Reader<'_>) -> Result<&'c [u8], Error> {
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
            Err(_) if is_padding => Err(CertificateProblem::Padding { count }.into()),
            Err(error) => Err(Error::structure(Part::Certificate, error)),
        }
    }
}

/// A certificate that leads to a root.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verified<'c> {
    pub(super) certificate: X509Certificate<'c>,
    pub(super) identity: TpmIdentity<'c>,
    pub(super) key: PlainKey<'c>,
}

impl Verified<'_> {
    pub(super) fn allows(
        &self,
        usage: KeyUsage,
        expected: &'static str,
    ) -> Result<(), CertificateProblem> {
        if self.certificate.allows(usage) {
            Ok(())
        } else {
            Err(CertificateProblem::KeyUsage { expected })
        }
    }

    /// Whether the certificate is for the key with this public area.
    pub(super) fn is_for(&self, public: &Tpm2bPublic<'_>) -> bool {
        PlainKey::of_public(public.value()).is_some_and(|own| own.is_same(&self.key))
    }
}
