//! Endorsement keys: the checks of a key, what vouches for it, and the challenges that only
//! its TPM can answer.

#[cfg(feature = "credential")]
mod challenge;
#[cfg(feature = "credential")]
mod credential;
#[cfg(feature = "credential")]
mod key;
#[cfg(feature = "credential")]
mod recipient;
#[cfg(feature = "certificate")]
mod template;

#[cfg(feature = "certificate")]
pub use self::template::EkTemplate;
#[cfg(feature = "credential")]
pub use self::{
    challenge::Challenge,
    credential::{Credential, make_credential},
    key::{EkTrust, EndorsementKey},
};
