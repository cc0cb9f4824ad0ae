//! Which curve it is.
//!
//! A file of its own, because fuzzing compiles the files beside it in another crate, with
//! an enum of its own in this place.

pub(super) use crate::crypto::signature::Curve as Id;
