//! Names and qualified names (Part 1, 14 and 26.5).

use core::fmt;

use super::hash::{Digest, Hasher};
use crate::{
    types::{NameForm, Tpm2bName, Tpm2bPublic, TpmAlgId, TpmHandle, TpmsNvPublic},
    wire::{Hex, Inspect, Inspector},
};

/// The Name of an object, an NV index or a handle, without its size: a hash id of two bytes and
/// a digest, or the four bytes of a handle, or nothing.
#[derive(Clone, Copy)]
pub struct Name {
    bytes: [u8; 66],
    len: u8,
}

impl Name {
    /// The empty Name of an object whose `nameAlg` is `TPM_ALG_NULL`.
    pub const EMPTY: Self = Self {
        bytes: [0; 66],
        len: 0,
    };

    /// Copies a Name from a structure.
    #[must_use]
    pub fn new(name: Tpm2bName<'_>) -> Self {
        Self::exact(name.bytes())
    }

    /// Computes the Name of an object: the hash of its public area, over the bytes that were
    /// received. `None` if this crate does not have the hash.
    #[must_use]
    pub fn of_public(public: &Tpm2bPublic<'_>) -> Option<Self> {
        match public.value().name_alg {
            TpmAlgId::NULL => Some(Self::EMPTY),
            name_alg => Some(Self::of(
                name_alg,
                &Hasher::digest(name_alg, public.bytes())?,
            )),
        }
    }

    /// Computes the Name of an NV index: the hash of its public area. `None` if this crate does
    /// not have the hash.
    #[must_use]
    pub fn of_nv(public: &TpmsNvPublic<'_>) -> Option<Self> {
        let digest = Hasher::digest_of(public.name_alg, public).ok()??;
        Some(Self::of(public.name_alg, &digest))
    }

    /// Returns the Name of a PCR, a session or a hierarchy, which is its handle.
    #[must_use]
    pub fn of_handle(handle: TpmHandle) -> Self {
        Self::exact(&handle.0.to_be_bytes())
    }

    /// Computes the qualified name of the object with this Name, below the parent with the
    /// qualified name `parent`; that of a hierarchy is its handle. `None` if this Name is not a
    /// digest by a supported hash.
    #[must_use]
    pub fn qualified_by(&self, parent: &Self) -> Option<Self> {
        let name_alg = self.name_alg()?;
        let mut hasher = Hasher::new(name_alg)?;
        hasher.update(parent.as_ref());
        hasher.update(self.as_ref());
        Some(Self::of(name_alg, &hasher.finish()))
    }

    /// Returns the hash of the Name, if the Name is a digest.
    #[must_use]
    pub fn name_alg(&self) -> Option<TpmAlgId> {
        match Tpm2bName::new(self.as_ref()).ok()?.form() {
            NameForm::Digest { name_alg, .. } => Some(name_alg),
            NameForm::Empty | NameForm::Handle(_) => None,
        }
    }

    fn of(name_alg: TpmAlgId, digest: &Digest) -> Self {
        let mut bytes = [0; 66];
        let [high, low, rest @ ..] = &mut bytes;
        let (digest, len) = digest.padded();
        [*high, *low] = name_alg.0.to_be_bytes();
        *rest = *digest;
        let len = len.saturating_add(2);
        Self { bytes, len }
    }

    /// Copies at most 66 bytes: no caller has more.
    fn exact(name: &[u8]) -> Self {
        let mut bytes = [0; 66];
        if let Some(space) = bytes.get_mut(..name.len()) {
            space.copy_from_slice(name);
        }
        let len = u8::try_from(name.len()).map_or(66, |len| len.min(66));
        Self { bytes, len }
    }
}

impl AsRef<[u8]> for Name {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl Eq for Name {}

impl Inspect for Name {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.bytes(self.as_ref());
    }
}

/// Writes the Name in hexadecimal.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(self.as_ref()).write_to(f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
