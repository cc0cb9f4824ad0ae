//! Points of a curve `y^2 = x^3 - 3 x + b`. The formulas and their order are those
//! of the Guide to Elliptic Curve Cryptography, 3.2.2.

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
        // x^3 - 3 x = (x^2 - 3) x
        let three = Residue::ONE.double().add(&Residue::ONE);
        let right = self.x.square().sub(&three).mul(&self.x).add(b);
        self.y.square() == right
    }

    pub(super) fn negated(&self) -> Self {
        let y = Residue::ZERO.sub(&self.y);
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
        let z = Residue::ONE;
        Self { x, y, z }
    }
}

impl<F: Modulus<N>, const N: usize> Jacobian<F, N> {
    pub(super) const INFINITY: Self = Self {
        x: Residue::ONE,
        y: Residue::ONE,
        z: Residue::ZERO,
    };

    pub(super) fn is_infinity(&self) -> bool {
        self.z.is_zero()
    }

    pub(super) fn negated(&self) -> Self {
        let y = Residue::ZERO.sub(&self.y);
        Self { y, ..*self }
    }

    /// Algorithm 3.21. Infinity stays what it is, because the new z is `2 y z`.
    pub(super) fn double(&self) -> Self {
        let Self { x, y, z } = self;
        // slope = 3 (x - z^2) (x + z^2) = 3 x^2 - 3 z^4
        let z_squared = z.square();
        let product = x.sub(&z_squared).mul(&x.add(&z_squared));
        let slope = product.double().add(&product);
        let y_doubled = y.double();
        // 4 y^2, 4 x y^2, 8 y^4
        let y_squared = y_doubled.square();
        let middle = y_squared.mul(x);
        let last = y_squared.square().half();
        let new_x = slope.square().sub(&middle).sub(&middle);
        Self {
            x: new_x,
            y: middle.sub(&new_x).mul(&slope).sub(&last),
            z: y_doubled.mul(z),
        }
    }

    /// Algorithm 3.22: the other point has z = 1.
    pub(super) fn add_affine(&self, other: &Affine<F, N>) -> Self {
        if self.is_infinity() {
            return (*other).into();
        }
        let z_squared = self.z.square();
        let x = z_squared.mul(&other.x);
        let y = z_squared.mul(&self.z).mul(&other.y);
        self.add_scaled(&x, &y, &self.x, &self.y, &self.z)
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        if self.is_infinity() {
            return *other;
        }
        if other.is_infinity() {
            return *self;
        }
        let (z_squared, other_z_squared) = (self.z.square(), other.z.square());
        let x = z_squared.mul(&other.x);
        let y = z_squared.mul(&self.z).mul(&other.y);
        let own_x = other_z_squared.mul(&self.x);
        let own_y = other_z_squared.mul(&other.z).mul(&self.y);
        self.add_scaled(&x, &y, &own_x, &own_y, &self.z.mul(&other.z))
    }

    /// The sum of self, which is `(own_x, own_y, z)`, and `(x, y, z)`, with the same z
    /// other than 0.
    #[inline(always)]
    fn add_scaled(
        &self,
        x: &Residue<F, N>,
        y: &Residue<F, N>,
        own_x: &Residue<F, N>,
        own_y: &Residue<F, N>,
        z: &Residue<F, N>,
    ) -> Self {
        let (run, rise) = (x.sub(own_x), y.sub(own_y));
        if run.is_zero() {
            // The same point, or the opposite one.
            return match rise.is_zero() {
                true => self.double(),
                false => Self::INFINITY,
            };
        }
        let run_squared = run.square();
        let run_cubed = run_squared.mul(&run);
        let middle = run_squared.mul(own_x);
        let new_x = rise.square().sub(&run_cubed).sub(&middle).sub(&middle);
        Self {
            x: new_x,
            y: middle.sub(&new_x).mul(&rise).sub(&run_cubed.mul(own_y)),
            z: run.mul(z),
        }
    }
}
