//! [`Profile`]: what the certificate of an attestation key is required to be.

use super::{
    identity::TpmIdentity,
    instance::GoogleVm,
    name::{COMMON_NAME, Oid},
    reader::{KeyUsage, X509Certificate},
};
use crate::verify::{
    error::{CertificateProblem, Check, Error, ShortText},
    policy::KeyNames,
};

/// What the certificate of an attestation key is required to be: makers of TPMs and clouds
/// differ, and you say which of them you deal with.
///
/// The root of a cloud vouches for the machines **of all its customers**, so each of their
/// profiles requires you to name your own.
///
/// ```
/// use core::time::Duration;
///
/// use tpm_quote::{AkCertificate, CertificateChain, Error, verify::{Holder, Profile}};
///
/// fn verify(certificate: &[u8], root: &[u8], at: Duration) -> Result<(), Error> {
///     let chain = CertificateChain::new(certificate).profile(Profile::google_project("acme"));
///     let certificate = AkCertificate::verify(&chain, &[root], at)?;
///     if let Holder::GoogleVm(vm) = certificate.holder() {
///         println!("{} in {}", vm.instance_name, vm.zone);
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct Profile<'p>(Kind<'p>);

#[derive(Clone, Copy, Debug, Default)]
enum Kind<'p> {
    #[default]
    Tcg,
    AzureVm(&'p str),
    AzureNames(KeyNames<'p>),
    Google {
        project: Option<&'p str>,
        instance: Option<u64>,
    },
    AnyPurpose,
}

impl<'p> Profile<'p> {
    /// The profile of the TCG, which is the default: the purpose `tcg-kp-AIKCertificate`
    /// (2.23.133.8.3), and maker, model and version of the TPM in `subjectAltName`.
    ///
    /// It says that the key is in *some* TPM of this maker.
    pub const fn tcg() -> Self {
        Self(Kind::Tcg)
    }

    /// A confidential VM of Azure, by the common name in its certificate:
    /// `NAME.ConfidentialVM.Azure.windows.net`.
    ///
    /// The certificate has the purposes 1.3.6.1.4.1.311.10.3.12 and 2.23.133.8.3, and no
    /// `subjectAltName`.
    pub const fn azure_vm(common_name: &'p str) -> Self {
        Self(Kind::AzureVm(common_name))
    }

    /// Any confidential VM of Azure whose key has one of these Names. The certificate vouches
    /// for no other key, and for none without a public area.
    pub fn azure_names(names: impl Into<KeyNames<'p>>) -> Self {
        Self(Kind::AzureNames(names.into()))
    }

    /// A VM in a project of Google Cloud, by the project's id or its number in decimal digits.
    ///
    /// The certificate has `digitalSignature` in its `keyUsage`, and the extension
    /// 1.3.6.1.4.1.11129.2.1.21, which names project and instance.
    pub const fn google_project(project: &'p str) -> Self {
        Self(Kind::Google {
            project: Some(project),
            instance: None,
        })
    }

    /// The VM of Google Cloud with this instance id. Names of instances are not unique.
    pub const fn google_instance(instance: u64) -> Self {
        Self(Kind::Google {
            project: None,
            instance: Some(instance),
        })
    }

    /// The VM of Google Cloud with this instance id, in this project: the certificate has to
    /// name both.
    pub const fn google(project: &'p str, instance: u64) -> Self {
        Self(Kind::Google {
            project: Some(project),
            instance: Some(instance),
        })
    }

    /// Any certificate under the roots, whatever it was issued for: only its `keyUsage`, if it
    /// has one, must have `digitalSignature`. That the key is in a TPM is then a matter of
    /// what else the authorities issue.
    pub const fn dangerous_any_purpose() -> Self {
        Self(Kind::AnyPurpose)
    }

    /// Returns the stable name: `tcg`, `azure`, `google` or `dangerous-any-purpose`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.0 {
            Kind::Tcg => "tcg",
            Kind::AzureVm(_) | Kind::AzureNames(_) => "azure",
            Kind::Google { .. } => "google",
            Kind::AnyPurpose => "dangerous-any-purpose",
        }
    }

    /// Whether it is that of the TCG.
    pub(super) const fn is_tcg(&self) -> bool {
        matches!(self.0, Kind::Tcg)
    }

    /// The Names of the keys for which the certificate may vouch, if only for those.
    pub(super) const fn names(&self) -> Option<KeyNames<'p>> {
        match self.0 {
            Kind::AzureNames(names) => Some(names),
            _ => None,
        }
    }

    /// For what the authorities above it may issue.
    pub(super) const fn purpose(&self) -> Purpose {
        match self.0 {
            Kind::Tcg | Kind::AzureVm(_) | Kind::AzureNames(_) => Purpose::Attestation,
            Kind::Google { .. } => Purpose::Google,
            Kind::AnyPurpose => Purpose::Any,
        }
    }

    /// Whether the certificate is what the profile requires, and what it says of its holder.
    pub(super) fn judge<'c>(&self, certificate: &X509Certificate<'c>) -> Result<Holder<'c>, Error> {
        match self.0 {
            Kind::Tcg => certificate.identity().map(Holder::Tpm),
            Kind::AzureVm(expected) => {
                let name = azure_vm(certificate)?;
                if !name.eq_ignore_ascii_case(expected) {
                    let found = ShortText::new(name);
                    return Err(CertificateProblem::Vm { found }.into());
                }
                Ok(Holder::AzureVm(name))
            }
            Kind::AzureNames(_) => azure_vm(certificate).map(Holder::AzureVm),
            Kind::Google { project, instance } => {
                let vm = google_vm(certificate)?;
                if project.is_some_and(|expected| !vm.is_in_project(expected)) {
                    let found = ShortText::new(vm.project);
                    return Err(CertificateProblem::Project { found }.into());
                }
                if instance.is_some_and(|expected| vm.instance_id != expected) {
                    let found = vm.instance_id;
                    return Err(CertificateProblem::Instance { found }.into());
                }
                Ok(Holder::GoogleVm(vm))
            }
            Kind::AnyPurpose => Ok(match certificate.identity() {
                Ok(identity) => Holder::Tpm(identity),
                Err(error) if error.check() == Check::Input => return Err(error),
                Err(_) => Holder::Unknown,
            }),
        }
    }
}

/// What a verified certificate says that its key is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Holder<'c> {
    /// Some TPM of this maker, model and version.
    Tpm(TpmIdentity<'c>),
    /// The virtual TPM of a confidential VM of Azure, by its common name.
    AzureVm(&'c str),
    /// The virtual TPM of a VM of Google Cloud.
    GoogleVm(GoogleVm<'c>),
    /// Nothing that is known here.
    Unknown,
}

/// `id-kp-...` of Microsoft for attestation, 1.3.6.1.4.1.311.10.3.12.
const MICROSOFT: Oid<'static> = Oid(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0a, 0x03, 0x0c]);
/// How the common name of a confidential VM ends.
const AZURE: &str = ".ConfidentialVM.Azure.windows.net";
/// The maker that Google's older certificates name.
const GOOGLE: &str = "Google";

/// The certificate is not of the form that a profile requires.
fn not_by(profile: &'static str, expected: &'static str) -> Error {
    CertificateProblem::Profile { profile, expected }.into()
}

/// The common name of a confidential VM of Azure, if the certificate is of that form.
fn azure_vm<'c>(certificate: &X509Certificate<'c>) -> Result<&'c str, Error> {
    if !certificate.purposes().any(|own| own == MICROSOFT) {
        let expected = "1.3.6.1.4.1.311.10.3.12 (of Azure)";
        return Err(CertificateProblem::Purpose { expected }.into());
    }
    if certificate.has_alt_name() {
        return Err(not_by("azure", "no subjectAltName"));
    }
    let name = certificate.subject().only_text(COMMON_NAME);
    let is_vm = |name: &&str| {
        let start = name.len().saturating_sub(AZURE.len());
        let end = name.get(start..);
        start != 0 && end.is_some_and(|end| end.eq_ignore_ascii_case(AZURE))
    };
    name.filter(is_vm).ok_or(not_by(
        "azure",
        "a common name that ends in .ConfidentialVM.Azure.windows.net",
    ))
}

/// The VM of Google Cloud, if the certificate is of that form.
fn google_vm<'c>(certificate: &X509Certificate<'c>) -> Result<GoogleVm<'c>, Error> {
    if !certificate.has_key_usage() {
        return Err(not_by("google", "keyUsage"));
    }
    // Older certificates name the maker, newer ones have nothing there.
    if certificate.has_alt_name() && certificate.identity()?.maker() != Some(GOOGLE) {
        return Err(not_by(
            "google",
            "no subjectAltName, or one that names Google as the maker",
        ));
    }
    let vm = GoogleVm::of(certificate)?.ok_or(not_by(
        "google",
        "the extension 1.3.6.1.4.1.11129.2.1.21, which names the instance",
    ))?;
    match vm.is_production {
        Some(false) => Err(not_by("google", "an instance in production")),
        Some(true) | None => Ok(vm),
    }
}

/// What a key is for, as far as the certificates above it restrict that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Endorsement,
    Attestation,
    /// Google's authorities are for endorsement keys, also those of attestation keys.
    Google,
    Any,
}

impl Purpose {
    /// Each of them will do.
    const fn ids(self) -> &'static [Oid<'static>] {
        match self {
            Self::Endorsement => &[Oid::EK_CERTIFICATE],
            Self::Attestation => &[Oid::AK_CERTIFICATE],
            Self::Google => &[Oid::EK_CERTIFICATE, Oid::AK_CERTIFICATE],
            Self::Any => &[],
        }
    }

    const fn refused(self) -> CertificateProblem {
        let expected = match self {
            Self::Endorsement => "2.23.133.8.1 (tcg-kp-EKCertificate)",
            Self::Attestation => "2.23.133.8.3 (tcg-kp-AIKCertificate)",
            Self::Google => {
                "2.23.133.8.1 (tcg-kp-EKCertificate) or 2.23.133.8.3 (tcg-kp-AIKCertificate)"
            }
            Self::Any => "any purpose",
        };
        CertificateProblem::Purpose { expected }
    }

    /// Whether the authority may issue certificates for it.
    pub(super) fn allows_issuer(
        self,
        issuer: &X509Certificate<'_>,
    ) -> Result<(), CertificateProblem> {
        if self == Self::Any || issuer.is_for_one_of(self.ids()) {
            Ok(())
        } else {
            Err(self.refused())
        }
    }

    /// Whether the certificate of the key itself is for it.
    pub(super) fn allows_key(
        self,
        certificate: &X509Certificate<'_>,
    ) -> Result<(), CertificateProblem> {
        let is_named = certificate.purposes().any(|own| self.ids().contains(&own));
        let may_lack = self == Self::Google && !certificate.has_purposes();
        if self == Self::Any || is_named || may_lack {
            Ok(())
        } else {
            Err(self.refused())
        }
    }

    /// Whether it may be used in this way, and what it is needed for.
    pub(super) const fn usage(self) -> (KeyUsage, &'static str) {
        match self {
            Self::Endorsement => (KeyUsage::KEY_ENCIPHERMENT, "keyEncipherment"),
            _ => (KeyUsage::DIGITAL_SIGNATURE, "digitalSignature"),
        }
    }
}
