//! Points of a curve `y^2 = x^3 - 3 x + b`, with formulas and their order from the
//! Guide to Elliptic Curve Cryptography, 3.2.2.

use super::field::{Modulus, Residue};

/// A point other than the one at infinity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Affine<F, const N: usize> {
    pub(super) x: Residue<F, N>,
    pub(super) y: Residue<F, N>,
}

impl<F: Modulus<N>, const N: usize> Affine<F, N> {
    /// Whether it is on the curve.
    pub(super) fn is_on_curve(&self, b: &Residue<F, N>) -> bool {
        let one = Residue::one(self.x.modulus());
        // x^3 - 3 x = (x^2 - 3) x
        let three = one.add(&one).add(&one);
        let right = self.x.square().sub(&three).mul(&self.x).add(b);
        self.y.square() == right
    }

    pub(super) fn negated(&self) -> Self {
        let y = self.y.negated();
        Self { y, ..*self }
    }
}

/// The point `(x / z^2, y / z^3)`, or, with z = 0, the one at infinity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Jacobian<F, const N: usize> {
    pub(super) x: Residue<F, N>,
    pub(super) y: Residue<F, N>,
    pub(super) z: Residue<F, N>,
}

impl<F: Modulus<N>, const N: usize> From<Affine<F, N>> for Jacobian<F, N> {
    fn from(Affine { x, y }: Affine<F, N>) -> Self {
        let z = Residue::one(x.modulus());
        Self { x, y, z }
    }
}

impl<F: Modulus<N>, const N: usize> Jacobian<F, N> {
    pub(super) fn infinity(field: F) -> Self {
        let (x, z) = (Residue::one(field), Residue::zero(field));
        Self { x, y: x, z }
    }

    pub(super) fn is_infinity(&self) -> bool {
        self.z.is_zero()
    }

    /// Doubles it in its place: to copy a point would take a twentieth of the time.
    ///
    /// Algorithm 3.21 with all coordinates of the result for half of its z, which
    /// saves doublings of numbers. Infinity stays what it is, because the new z is
    /// `y z`.
    #[inline(never)]
    pub(super) fn double(&mut self) {
        // Products that do not wait for each other are next to each other, so that the
        // processor computes two at once.
        let z_squared = self.z.square();
        let y_squared = self.y.square();
        // slope = 3/2 (x - z^2) (x + z^2) = (3 x^2 - 3 z^4) / 2
        let product = self.x.sub(&z_squared).mul(&self.x.add(&z_squared));
        let middle = y_squared.mul(&self.x);
        let slope = product.add(&product.half());
        self.x = slope.square().sub(&middle).sub(&middle);
        self.z = self.z.mul(&self.y);
        let last = y_squared.square();
        self.y = middle.sub(&self.x).mul(&slope).sub(&last);
    }

    /// Adds a point to it, in its place.
    ///
    /// Algorithm 3.22: the other point has z = 1.
    #[inline(never)]
    pub(super) fn add_affine(&mut self, other: &Affine<F, N>) {
        if self.is_infinity() {
            *self = (*other).into();
            return;
        }
        let z_squared = self.z.square();
        let run = z_squared.mul(&other.x).sub(&self.x);
        let rise = z_squared.mul(&self.z).mul(&other.y).sub(&self.y);
        if run.is_zero() {
            // The same point, or the opposite one.
            match rise.is_zero() {
                true => self.double(),
                false => *self = Self::infinity(self.z.modulus()),
            }
            return;
        }
        let run_squared = run.square();
        let run_cubed = run_squared.mul(&run);
        let middle = run_squared.mul(&self.x);
        self.x = rise.square().sub(&run_cubed).sub(&middle).sub(&middle);
        self.y = middle.sub(&self.x).mul(&rise).sub(&run_cubed.mul(&self.y));
        self.z = run.mul(&self.z);
    }
}
