//! The place of an object in its TPM, and the qualified name that follows from it (Part 1,
//! 26.5).

use crate::{
    crypto::Name,
    types::{TpmHandle, TpmsAttest},
};

/// The place of an object in its TPM: its hierarchy and its parents. With the object's own
/// name it determines the qualified name.
///
/// ```
/// use tpm_quote::{Name, types::TpmHandle, verify::Ancestry};
///
/// # fn of(parent: &Name, key: &Name) -> Option<()> {
/// let primary = Ancestry::under(TpmHandle::RH_ENDORSEMENT);
/// let child = primary.below(parent)?; // of an endorsement key
/// println!("{}", child.qualified_name(key));
/// # Some(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ancestry {
    hierarchy: TpmHandle,
    /// For a primary object, the hierarchy's handle.
    parent: Name,
}

/// The hierarchies that can have primary objects.
const HIERARCHIES: [TpmHandle; 4] = [
    TpmHandle::RH_ENDORSEMENT,
    TpmHandle::RH_PLATFORM,
    TpmHandle::RH_OWNER,
    TpmHandle::RH_NULL,
];

impl Ancestry {
    /// Returns the ancestry of a primary object of this hierarchy.
    #[must_use]
    pub fn under(hierarchy: TpmHandle) -> Self {
        Self {
            hierarchy,
            parent: Name::of_handle(hierarchy),
        }
    }

    /// Returns the ancestry of the children of the object with this ancestry and this name,
    /// or `None` if the name is not a digest by a supported hash.
    #[must_use]
    pub fn below(&self, name: &Name) -> Option<Self> {
        Some(Self {
            hierarchy: self.hierarchy,
            parent: name.qualified_by(&self.parent)?,
        })
    }

    /// Returns the hierarchy.
    #[must_use]
    pub const fn hierarchy(&self) -> TpmHandle {
        self.hierarchy
    }

    /// Returns the qualified name of the parent; for a primary object, the hierarchy's handle.
    #[must_use]
    pub const fn parent(&self) -> &Name {
        &self.parent
    }

    /// Returns the qualified name of the object with this ancestry and this name. It is empty
    /// if the name is not a digest by a supported hash.
    #[must_use]
    pub fn qualified_name(&self, name: &Name) -> Name {
        name.qualified_by(&self.parent).unwrap_or(Name::EMPTY)
    }

    /// The hierarchy of which an object is a primary object, by its qualified name.
    fn primary_hierarchy(name: &Name, qualified_name: &[u8]) -> Option<TpmHandle> {
        HIERARCHIES.into_iter().find(|&hierarchy| {
            Self::under(hierarchy).qualified_name(name).as_ref() == qualified_name
        })
    }

    /// The hierarchy of the key with this Name, as far as it can be told: the `known` one,
    /// or by the qualified name of the signer.
    pub(crate) fn hierarchy_of(
        key: &Name,
        attest: &TpmsAttest<'_>,
        known: Option<TpmHandle>,
    ) -> Option<TpmHandle> {
        known.or_else(|| Self::primary_hierarchy(key, attest.qualified_signer.bytes()))
    }
}
