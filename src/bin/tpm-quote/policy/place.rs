//! Where a key or an object stands in its TPM.

use std::ffi::OsString;

use clap::{Args, ValueEnum};
use tpm_quote::{Name, types::TpmHandle, verify::Ancestry};

use crate::{key_file, options::public_area};

/// Where an object stands.
#[derive(Args)]
pub(crate) struct Place {
    /// The hierarchy of the key: the qualified name of the signer has to be the
    /// one that follows from it
    #[arg(long, value_enum, value_name = "HIERARCHY")]
    hierarchy: Option<Hierarchy>,

    /// Public area of an object between the hierarchy and the key, from the
    /// hierarchy downwards; may be given several times
    #[arg(long, value_name = "FILE", requires = "hierarchy")]
    parent: Vec<OsString>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Hierarchy {
    /// TPM_RH_OWNER, the storage hierarchy
    #[value(alias = "o")]
    Owner,
    /// TPM_RH_ENDORSEMENT
    #[value(alias = "e")]
    Endorsement,
    /// TPM_RH_PLATFORM
    #[value(alias = "p")]
    Platform,
    /// TPM_RH_NULL
    #[value(alias = "n")]
    Null,
}

impl From<Hierarchy> for TpmHandle {
    fn from(hierarchy: Hierarchy) -> Self {
        match hierarchy {
            Hierarchy::Owner => Self::RH_OWNER,
            Hierarchy::Endorsement => Self::RH_ENDORSEMENT,
            Hierarchy::Platform => Self::RH_PLATFORM,
            Hierarchy::Null => Self::RH_NULL,
        }
    }
}

impl Place {
    pub(crate) fn ancestry(&self) -> Result<Option<Ancestry>, String> {
        ancestry(self.hierarchy, &self.parent)
    }
}

/// The ancestry of an object below these parents.
pub(crate) fn ancestry(
    hierarchy: Option<Hierarchy>,
    parents: &[OsString],
) -> Result<Option<Ancestry>, String> {
    let Some(hierarchy) = hierarchy else {
        return Ok(None);
    };
    let mut ancestry = Ancestry::under(hierarchy.into());
    for file in parents {
        let input = key_file::open(file)?;
        let below = Name::of_public(&public_area(&input)?);
        ancestry = below
            .and_then(|name| ancestry.below(&name))
            .ok_or_else(|| {
                let name = &input.name;
                format!(
                    "{name}: an object with a nameAlg that is not supported has no children here"
                )
            })?;
    }
    Ok(Some(ancestry))
}
