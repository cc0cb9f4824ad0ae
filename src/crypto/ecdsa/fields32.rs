//! The fields of the curves with words of 32 bits: all are in Montgomery's form.

use super::constants::{Field, P384, P521};

pub(super) type Field384 = Field<P384>;
pub(super) type Field521 = Field<P521>;

/// What is kept of the points of a table, which are in Montgomery's form.
pub(super) const fn kept_521<T: Copy>(points: T) -> T {
    points
}
