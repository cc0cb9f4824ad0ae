//! Tables of points on 64-bit targets: those of P-521 are converted from Montgomery form. The
//! arithmetic of each field is in a file of its own.

pub(super) use super::p521::kept as kept_521;
