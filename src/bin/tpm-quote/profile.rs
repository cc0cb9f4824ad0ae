//! Profiles of certificates: the options, and what they come to.

use clap::{Args, ValueEnum};
use tpm_quote::{Name, verify::Profile};

/// What the certificate is required to be.
#[derive(Args)]
pub(crate) struct ProfileOptions {
    /// What the certificate of the key is required to be; tcg, if it is not given
    ///
    /// The root of a cloud vouches for the machines of all its customers: name yours.
    #[arg(long, value_enum, requires = "ak_cert")]
    profile: Option<ProfileName>,

    /// The project of the VM, by its id or its number (--profile google)
    #[arg(long, value_name = "ID", requires = "ak_cert")]
    google_project: Option<String>,

    /// The id of the instance, a number (--profile google)
    #[arg(long, value_name = "ID", requires = "ak_cert", value_parser = instance)]
    google_instance: Option<u64>,

    /// The VM, by the common name in its certificate, as
    /// NAME.ConfidentialVM.Azure.windows.net (--profile azure)
    #[arg(long, value_name = "CN", requires = "ak_cert")]
    azure_vm: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileName {
    /// A maker's TPM: purpose 2.23.133.8.3; maker, model and version in subjectAltName
    Tcg,
    /// A confidential VM of Azure: needs --azure-vm or --ak-name
    Azure,
    /// A VM of Google Cloud: needs --google-project or --google-instance
    Google,
    /// Whatever the certificate was issued for: only its keyUsage counts
    DangerousAnyPurpose,
}

/// A profile with what it needs.
#[derive(Clone)]
pub(crate) enum RequiredProfile {
    Tcg,
    AzureVm(String),
    AzureNames(Vec<Name>),
    GoogleProject(String),
    GoogleInstance(u64),
    Google(String, u64),
    AnyPurpose,
}

impl ProfileOptions {
    /// `names` are those of the keys that are trusted.
    pub(crate) fn required(&self, names: &[Name]) -> Result<RequiredProfile, String> {
        let given = [
            (
                "--google-project",
                self.google_project.is_some(),
                ProfileName::Google,
            ),
            (
                "--google-instance",
                self.google_instance.is_some(),
                ProfileName::Google,
            ),
            ("--azure-vm", self.azure_vm.is_some(), ProfileName::Azure),
        ];
        let name = self.profile.unwrap_or(ProfileName::Tcg);
        for (option, is_given, needed) in given {
            if is_given && name != needed {
                let needed = match needed {
                    ProfileName::Google => "google",
                    _ => "azure",
                };
                return Err(format!("{option} needs --profile {needed}"));
            }
        }
        RequiredProfile::new(
            name,
            (self.google_project.clone(), self.google_instance),
            self.azure_vm.clone(),
            names,
        )
        .map_err(|needed| match needed {
            Needed::Google => "--profile google needs --google-project or --google-instance: its root vouches for the VMs of all customers".to_owned(),
            Needed::Azure => "--profile azure needs --azure-vm or --ak-name: its root vouches for the VMs of all customers".to_owned(),
        })
    }
}

/// What a profile lacks.
pub(crate) enum Needed {
    Google,
    Azure,
}

impl RequiredProfile {
    pub(crate) fn new(
        name: ProfileName,
        (project, instance): (Option<String>, Option<u64>),
        vm: Option<String>,
        names: &[Name],
    ) -> Result<Self, Needed> {
        match name {
            ProfileName::Tcg => Ok(Self::Tcg),
            ProfileName::DangerousAnyPurpose => Ok(Self::AnyPurpose),
            ProfileName::Google => match (project, instance) {
                (Some(project), Some(instance)) => Ok(Self::Google(project, instance)),
                (Some(project), None) => Ok(Self::GoogleProject(project)),
                (None, Some(instance)) => Ok(Self::GoogleInstance(instance)),
                (None, None) => Err(Needed::Google),
            },
            ProfileName::Azure => match vm {
                Some(vm) => Ok(Self::AzureVm(vm)),
                None if names.is_empty() => Err(Needed::Azure),
                None => Ok(Self::AzureNames(names.to_vec())),
            },
        }
    }

    pub(crate) fn borrowed(&self) -> Profile<'_> {
        match self {
            Self::Tcg => Profile::tcg(),
            Self::AzureVm(vm) => Profile::azure_vm(vm),
            Self::AzureNames(names) => Profile::azure_names(&**names),
            Self::GoogleProject(project) => Profile::google_project(project),
            Self::GoogleInstance(instance) => Profile::google_instance(*instance),
            Self::Google(project, instance) => Profile::google(project, *instance),
            Self::AnyPurpose => Profile::dangerous_any_purpose(),
        }
    }
}

pub(crate) fn instance(text: &str) -> Result<u64, &'static str> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_number);
    number.ok_or("expected the id of an instance, a number: other instances may have its name")
}
