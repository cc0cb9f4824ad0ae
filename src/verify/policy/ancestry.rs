//! Where an object stands in its TPM, and the qualified name that follows from it
//! (Part 1, 26.5).

use crate::{
    crypto::Name,
    types::{TpmHandle, TpmsAttest},
};

/// The hierarchy of an object and the objects between: what its qualified name is made
/// of, besides its own name.
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
    /// The qualified name of the parent; for a primary object, the hierarchy's handle.
    parent: Name,
}

/// The hierarchies of which an object can be a primary object.
const HIERARCHIES: [TpmHandle; 4] = [
    TpmHandle::RH_ENDORSEMENT,
    TpmHandle::RH_PLATFORM,
    TpmHandle::RH_OWNER,
    TpmHandle::RH_NULL,
];

impl Ancestry {
    /// That of a primary object of this hierarchy.
    #[must_use]
    pub fn under(hierarchy: TpmHandle) -> Self {
        Self {
            hierarchy,
            parent: Name::of_handle(hierarchy),
        }
    }

    /// That of the children of the object that has this ancestry and the given name.
    /// `None` if the name is not one by digest, or this crate does not have its hash.
    #[must_use]
    pub fn below(&self, name: &Name) -> Option<Self> {
        Some(Self {
            hierarchy: self.hierarchy,
            parent: name.qualified_by(&self.parent)?,
        })
    }

    /// The hierarchy.
    #[must_use]
    pub const fn hierarchy(&self) -> TpmHandle {
        self.hierarchy
    }

    /// The qualified name of the parent; for a primary object, the hierarchy's handle.
    #[must_use]
    pub const fn parent(&self) -> &Name {
        &self.parent
    }

    /// The qualified name of the object with this name; an empty one if the name is not
    /// one by digest, or this crate does not have its hash.
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
