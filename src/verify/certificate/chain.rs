//! [`CertificateChain`]: a certificate and the intermediates between it and a root.

use core::time::Duration;

use super::{
    path::Search,
    profile::{Holder, Profile, Purpose},
    reader::{KeyUsage, WHOLE, X509Certificate},
};
use crate::{
    types::Tpm2bPublic,
    verify::{
        attestation_key::{PlainKey, SpkiProblem},
        error::{CertificateProblem, Check, Error, Part, Problem, SettingProblem},
        verifier::{KeyRules, Verifier},
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
    allows_sha1: bool,
    pub(super) profile: Profile<'c>,
}

impl<'c> CertificateChain<'c> {
    /// Creates a chain without intermediates: a root issued the certificate itself.
    pub fn new(certificate: &'c [u8]) -> Self {
        Self {
            certificate,
            intermediates: &[],
            padded: false,
            allows_sha1: false,
            profile: Profile::tcg(),
        }
    }

    /// Sets the intermediates: any number of certificates, in any order. Those that are of no
    /// use, or that cannot be read, are ignored.
    pub fn intermediates(self, intermediates: &'c [&'c [u8]]) -> Self {
        Self {
            intermediates,
            ..self
        }
    }

    /// Ignores padding after the certificate of the key: bytes that are `00` or `ff`, as in an
    /// NV index that is larger than the certificate.
    pub fn strip_padding(self) -> Self {
        Self {
            padded: true,
            ..self
        }
    }

    /// Accepts certificates that are signed with SHA-1, for which collisions can be made: who
    /// chooses what an authority signs may have a certificate for another key. Makers signed
    /// those of endorsement keys in this way, STMicroelectronics in 2014.
    #[cfg(feature = "sha1")]
    pub fn dangerous_allow_sha1_signatures(self) -> Self {
        Self {
            allows_sha1: true,
            ..self
        }
    }

    /// Sets what the certificate of an attestation key is required to be, where that is not
    /// the TCG's profile. There are no profiles for those of endorsement keys: that is an
    /// error (`profile-of-endorsement`).
    pub fn profile(self, profile: Profile<'c>) -> Self {
        Self { profile, ..self }
    }

    /// The certificate, if a path leads from it to a root and its key may be used in this way.
    pub(super) fn verify(
        &self,
        purpose: Purpose,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
        verifier: &Verifier<'_>,
    ) -> Result<Verified<'c>, Error> {
        let part = Part::Certificate;
        let certificate = self.read()?;
        usable(roots)?;
        if purpose == Purpose::Endorsement && !self.profile.is_tcg() {
            return Err(SettingProblem::ProfileOfEndorsement.into());
        }
        // What cannot be read comes first.
        let holder = match self.profile.judge(&certificate) {
            Err(error) if error.check() == Check::Input => return Err(error),
            holder => holder,
        };
        let key = if purpose == Purpose::Endorsement {
            certificate.encryption_key()
        } else {
            certificate.key()
        };
        let key = match key {
            Err(SpkiProblem::Der(error)) => return Err(Error::structure(part, error)),
            key => key,
        };
        let by_sha1 = self.search(&certificate, purpose, roots, at, verifier)?;
        purpose.allows_key(&certificate)?;
        Ok(Verified {
            by_sha1,
            key: key.map_err(|_| CertificateProblem::KeyUnsupported)?,
            holder: holder?,
            certificate,
        })
    }

    /// The certificate, if a path leads from it to a root, whatever it is for.
    pub(crate) fn path(
        &self,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
        verifier: &Verifier<'_>,
    ) -> Result<X509Certificate<'c>, Error> {
        let certificate = self.read()?;
        usable(roots)?;
        self.search(&certificate, Purpose::Any, roots, at, verifier)?;
        Ok(certificate)
    }

    fn read(&self) -> Result<X509Certificate<'c>, Error> {
        let mut r = Reader::new(self.certificate);
        let certificate = X509Certificate::read(&mut r)
            .map_err(|error| Error::structure(Part::Certificate, error))?;
        self.check_padding(r)?;
        Ok(certificate)
    }

    /// Checks that a path leads from the certificate to a root, and returns whether a
    /// signature on it is made with SHA-1.
    fn search(
        &self,
        certificate: &X509Certificate<'c>,
        purpose: Purpose,
        roots: &[impl AsRef<[u8]>],
        at: Duration,
        verifier: &Verifier<'_>,
    ) -> Result<bool, Error> {
        let search = Search {
            intermediates: self.intermediates,
            roots,
            purpose,
            at: at.as_secs(),
            allows_sha1: self.allows_sha1,
            // A certificate's key is judged by the strict rules.
            verifier: verifier.key_rules(KeyRules::new()),
        };
        let found = search.verify(certificate);
        found.map_err(|error| self.unreadable(&error).unwrap_or(error))
    }

    /// Why an intermediate certificate cannot be read, if no issuer was found: it may be the
    /// one that is missing.
    fn unreadable(&self, error: &Error) -> Option<Error> {
        let unknown = Problem::Certificate(CertificateProblem::UnknownIssuer);
        if *error.problem() != unknown {
            return None;
        }
        let mut intermediates = self.intermediates.iter().zip(1..);
        intermediates.find_map(|(der, number)| {
            let error = X509Certificate::from_der(der).err()?;
            Some(Error::structure(Part::Intermediate(number), error))
        })
    }

    /// What follows the certificate is padding, or nothing.
    fn check_padding(&self, behind: Reader<'_>) -> Result<(), Error> {
        let at_the_end = end(behind, WHOLE);
        let behind = behind.rest();
        let count = behind.len();
        let is_padding = behind.iter().all(|byte| matches!(byte, 0x00 | 0xff));
        match at_the_end {
            Ok(()) => Ok(()),
            Err(_) if is_padding && self.padded => Ok(()),
            Err(_) if is_padding => Err(CertificateProblem::Padding { count }.into()),
            Err(error) => Err(Error::structure(Part::Certificate, error)),
        }
    }
}

/// At least one of the roots can be used; else the error is that of the first.
fn usable(roots: &[impl AsRef<[u8]>]) -> Result<(), Error> {
    let mut first = None;
    for (root, number) in roots.iter().zip(1..) {
        let part = Part::Root(number);
        let error = match X509Certificate::from_der(root.as_ref()) {
            Ok(root) if root.is_authority() => return Ok(()),
            Ok(_) => Error::from(CertificateProblem::RootIsNoCa).in_part(part),
            Err(error) => Error::structure(part, error),
        };
        first.get_or_insert(error);
    }
    Err(first.unwrap_or(CertificateProblem::NoRoots.into()))
}

/// A certificate that leads to a root.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verified<'c> {
    pub(super) certificate: X509Certificate<'c>,
    pub(super) holder: Holder<'c>,
    pub(super) key: PlainKey<'c>,
    /// Whether a signature on the path is made with SHA-1.
    pub(super) by_sha1: bool,
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
