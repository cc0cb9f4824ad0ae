//! [`FileKind`]: what a file looks like, for somebody who gave the wrong one.

mod detect;
mod kind;

pub use self::kind::FileKind;
