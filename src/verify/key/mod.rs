//! The constructors of an [`AttestationKey`](crate::AttestationKey), one file each.
//!
//! Each is a constructor of `AttestationKey` and a method of [`Verifier`] with the same
//! name, for another engine or other key rules. [`Anchor`] says what has to vouch for a key
//! where that is known only at run time.
//!
//! [`Verifier`]: crate::Verifier

#[cfg(feature = "credential")]
mod activated;
mod anchor;
mod any_of;
mod appraise;
#[cfg(all(feature = "projects", feature = "certificate"))]
mod bound_to_hardware;
mod certified_by;
mod created_under;
#[cfg(feature = "certificate")]
mod from_certificate;
#[cfg(feature = "certificate")]
mod of_certificate;
mod pinned;
mod pinned_key;
mod self_asserted;
mod self_asserted_key;

pub use self::anchor::{Anchor, AnchorLine};
