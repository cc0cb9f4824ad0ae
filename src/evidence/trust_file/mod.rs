//! Trust files.

mod file;
mod line;
#[cfg(test)]
mod tests;
mod text;
mod time;

pub use self::{
    file::TrustFile,
    line::{TrustAnchor, TrustDigests, TrustLine, TrustProfile},
    text::TrustText,
};
