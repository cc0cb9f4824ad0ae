//! Lists of Linux IMA: which files were run and read.
//!
//! From bottom to top: hexadecimal, digests, templates, entries, how they are written, lists.

mod digest;
mod entry;
mod form;
mod hexadecimal;
mod list;
mod template;

pub use self::{
    digest::{ImaDigest, ImaDigestKind},
    entry::ImaEntry,
    list::ImaList,
};
