//! The fields of P-384 and P-521 on 32-bit targets: both are in Montgomery form.

use super::constants::{Field, P384, P521};

pub(super) type Field384 = Field<P384>;
pub(super) type Field521 = Field<P521>;

/// Returns the points of a table as they are: in Montgomery form.
pub(super) const fn kept_521<T: Copy>(points: T) -> T {
    points
}
