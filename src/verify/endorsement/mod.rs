//! Endorsement keys: what they have to be, what vouches for them, and the challenges that
//! only the TPM that has one can answer.

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
