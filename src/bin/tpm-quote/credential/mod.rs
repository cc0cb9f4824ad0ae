//! Credentials: `makecredential` and `activate`, in builds with the feature `credential`.

pub(crate) mod activate;
mod endorsement;
pub(crate) mod makecredential;
