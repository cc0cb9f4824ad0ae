//! [`Certificates`]: a certificate of the key, and what it has to lead to.

use alloc::{boxed::Box, string::String, vec, vec::Vec};
use core::time::Duration;

use tpm_quote::{
    AkCertificate, CertificateChain, Error, Name,
    evidence::read_certificate_pem,
    verify::{Profile, X509Certificate},
};

/// A certificate with those between it and a root, the roots, and when they have to be in
/// force.
pub struct Certificates {
    certificate: Vec<u8>,
    intermediates: Vec<Vec<u8>>,
    roots: Vec<Vec<u8>>,
    at: Duration,
    /// Whether a certificate may be signed with SHA-1.
    allows_sha1: bool,
    profile: ProfileTerms,
}

/// What the certificate is required to be.
#[derive(Default)]
pub struct ProfileTerms {
    /// `tcg`, if it is not given.
    pub name: Option<String>,
    pub google_project: Option<String>,
    pub google_instance: Option<u64>,
    pub azure_vm: Option<String>,
}

/// Why a profile cannot be: what it lacks, or what has no effect with it.
pub enum ProfileProblem {
    /// There is no profile of this name.
    Unknown,
    /// This setting needs this profile.
    Needs(&'static str, &'static str),
    /// The profile `google` needs a project or an instance.
    Google,
    /// The profile `azure` needs a VM or Names.
    Azure,
}

impl ProfileTerms {
    /// `names` says whether keys are pinned by their Names.
    ///
    /// # Errors
    /// The settings do not go together.
    pub fn check(&self, names: bool) -> Result<(), ProfileProblem> {
        let name = self.name.as_deref().unwrap_or("tcg");
        for (setting, is_given, needed) in [
            ("google_project", self.google_project.is_some(), "google"),
            ("google_instance", self.google_instance.is_some(), "google"),
            ("azure_vm", self.azure_vm.is_some(), "azure"),
        ] {
            if is_given && name != needed {
                return Err(ProfileProblem::Needs(setting, needed));
            }
        }
        let has_google = self.google_project.is_some() || self.google_instance.is_some();
        match name {
            "tcg" | "dangerous-any-purpose" => Ok(()),
            "google" if has_google => Ok(()),
            "google" => Err(ProfileProblem::Google),
            "azure" if self.azure_vm.is_some() || names => Ok(()),
            "azure" => Err(ProfileProblem::Azure),
            _ => Err(ProfileProblem::Unknown),
        }
    }

    /// The profile that the settings name, which were checked before. Anything else is `tcg`.
    fn profile<'p>(&'p self, names: &'p [Name]) -> Profile<'p> {
        match self.name.as_deref() {
            Some("google") => match (&self.google_project, self.google_instance) {
                (Some(project), Some(instance)) => Profile::google(project, instance),
                (Some(project), None) => Profile::google_project(project),
                (None, Some(instance)) => Profile::google_instance(instance),
                (None, None) => Profile::tcg(),
            },
            Some("azure") => match &self.azure_vm {
                Some(vm) => Profile::azure_vm(vm),
                None => Profile::azure_names(names),
            },
            Some("dangerous-any-purpose") => Profile::dangerous_any_purpose(),
            _ => Profile::tcg(),
        }
    }
}

impl Certificates {
    /// Reads a certificate, in DER or PEM, with those between it and a root behind it, and
    /// files with roots. `at` is the time since 1970.
    ///
    /// # Errors
    /// A setting has PEM that cannot be read: the name of the setting, and the cause.
    pub fn read(
        certificate: &[u8],
        roots: &[Vec<u8>],
        at: Duration,
        profile: ProfileTerms,
    ) -> Result<Self, (&'static str, Box<Error>)> {
        let mut trusted = Vec::new();
        for file in roots {
            trusted.extend(ders(file).map_err(|error| ("ca", Box::new(error)))?);
        }
        let chain = ders(certificate).map_err(|error| ("ak_cert", Box::new(error)))?;
        Ok(Self::of_chain(&chain, trusted, at, profile))
    }

    /// The same for certificates in DER.
    pub(crate) fn of_chain(
        chain: &[Vec<u8>],
        roots: Vec<Vec<u8>>,
        at: Duration,
        profile: ProfileTerms,
    ) -> Self {
        let mut all = chain.iter().cloned();
        Self {
            certificate: all.next().unwrap_or_default(),
            intermediates: all.collect(),
            roots,
            at,
            allows_sha1: false,
            profile,
        }
    }

    /// Allows certificates that are signed with SHA-1.
    #[must_use]
    pub fn dangerous_allow_sha1(self) -> Self {
        Self {
            allows_sha1: true,
            ..self
        }
    }

    pub(crate) fn intermediates(&self) -> Vec<&[u8]> {
        self.intermediates.iter().map(Vec::as_slice).collect()
    }

    pub(crate) fn verify<'c>(
        &'c self,
        intermediates: &'c [&'c [u8]],
        names: &'c [Name],
    ) -> Result<AkCertificate<'c>, Error> {
        let chain = CertificateChain::new(&self.certificate)
            .intermediates(intermediates)
            .profile(self.profile.profile(names))
            .strip_padding();
        let chain = match self.allows_sha1 {
            true => chain.dangerous_allow_sha1_signatures(),
            false => chain,
        };
        AkCertificate::verify(&chain, &self.roots, self.at)
    }
}

/// The certificates in a file: any number in DER, one behind the other, or in PEM.
pub(crate) fn ders(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
    let mut ders = Vec::new();
    let is_der = matches!(bytes, [0x30, 0x80..=0x84, ..]);
    if is_der || !bytes.windows(11).any(|part| part == b"-----BEGIN ") {
        let mut rest = bytes;
        while let Ok((der, behind)) = X509Certificate::split_der(rest) {
            ders.push(der.to_vec());
            rest = behind;
        }
        let is_padding = rest.iter().all(|byte| matches!(byte, 0x00 | 0xff));
        if ders.is_empty() || !is_padding {
            // It cannot be read, and the error says where.
            ders.push(rest.to_vec());
        }
        return Ok(ders);
    }
    let (mut text, mut room) = (bytes, vec![0; bytes.len()]);
    while !text.is_empty() {
        let (der, behind) = read_certificate_pem(text, &mut room)?;
        ders.push(der.to_vec());
        text = behind;
    }
    Ok(ders)
}
