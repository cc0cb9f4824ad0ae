//! Endorsement keys: what they have to be, and what vouches for them.

#[cfg(feature = "credential")]
mod key;
#[cfg(feature = "credential")]
mod recipient;
#[cfg(feature = "certificate")]
mod template;

#[cfg(feature = "credential")]
pub(super) use self::recipient::recipient;
#[cfg(feature = "certificate")]
pub use self::template::EkTemplate;
#[cfg(feature = "credential")]
pub use self::{
    key::{EkTrust, EndorsementKey},
    recipient::EndorsementError,
};
