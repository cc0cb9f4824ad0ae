//! The fields of the curves on 32-bit targets: all are in Montgomery form.

use super::{
    constants::{Field, Numbers},
    field::{Modulus, Prime},
    word::IS_UNROLLED,
};

impl<C: Numbers<N>, const N: usize> Modulus<N> for Field<C> {
    const IS_UNROLLED: bool = IS_UNROLLED;

    #[inline(always)]
    fn prime(&self) -> &Prime<N> {
        const { &Prime::new(C::P, N) }
    }
}

/// Returns the points of a table as they are: in Montgomery form.
pub(super) const fn kept_521<T: Copy>(points: T) -> T {
    points
}
