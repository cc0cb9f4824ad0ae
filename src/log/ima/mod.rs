//! Lists of Linux IMA: which files were run and read.
//!
//! From bottom to top: hexadecimal, digests, signatures of files, templates, entries, how they are written, lists, lists in pieces.

mod chunks;
mod digest;
mod entry;
mod form;
mod hexadecimal;
mod list;
mod signature;
mod template;

pub(super) use self::signature::{FileSignature, ReadSignature, Signed};
pub use self::{
    chunks::ImaChunks,
    digest::{ImaDigest, ImaDigestKind},
    entry::ImaEntry,
    list::ImaList,
};
