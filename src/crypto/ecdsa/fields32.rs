//! The fields of the curves on 32-bit targets: all are in Montgomery form.

use core::marker::PhantomData;

use super::{
    constants::{Numbers, P256, P384, P521},
    field::{Modulus, Prime},
    word::IS_UNROLLED,
};

pub(super) type Field256 = Field<P256>;
pub(super) type Field384 = Field<P384>;
pub(super) type Field521 = Field<P521>;

/// The field of a curve that is known at compile time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<C>(PhantomData<C>);

impl<C> Field<C> {
    pub(super) const NEW: Self = Self(PhantomData);
}

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
