//! What the fields of the curves need besides their arithmetic, on 64-bit targets.

pub(super) use super::p521::kept as kept_521;
