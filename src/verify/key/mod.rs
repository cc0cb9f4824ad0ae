//! The ways to an [`AttestationKey`](crate::AttestationKey), a file each.
//!
//! Each has a constructor of `AttestationKey`, and a method of [`Verifier`] of the same name
//! that does the same with another engine or other key rules. [`Anchor`] holds what vouches
//! for a key of which the way is only known at run time.
//!
//! [`Verifier`]: crate::Verifier

#[cfg(feature = "credential")]
mod activated;
mod anchor;
mod certified_by;
mod created_under;
#[cfg(feature = "certificate")]
mod from_certificate;
mod pinned;
mod pinned_key;
mod self_asserted;
mod self_asserted_key;

pub use self::anchor::Anchor;
