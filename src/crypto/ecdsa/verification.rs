//! The verification on any of the curves, with big-endian numbers.

use super::{
    curves::{Curve, Tables},
    field::{Modulus, Residue},
    multiples::{DIGITS, Factor, KEY_POINTS, odd_multiples, sum_of},
    number::{add, from_be_bytes, is_below, is_zero},
    point::{Affine, Jacobian},
    word::Word,
};

/// Whether the signature holds; `None` if a number is out of its range. Computes so many
/// multiples of the key.
pub(super) fn verify_on<C: Curve<N>, const N: usize, const POINTS: usize>(
    curve: &C,
    point: [&[u8]; 2],
    digest: &[u8],
    signature: [&[u8]; 2],
) -> Option<bool> {
    let key = key(curve, point)?;
    let [u, v, r] = scalars(curve, digest, signature)?;
    let point = double_scalar::<_, N, POINTS>(curve, &u, &v, &key)?;
    Some(is_abscissa(curve, &r, &point))
}

/// `u` times the base point and `v` times the key.
pub(super) fn double_scalar<C: Curve<N>, const N: usize, const POINTS: usize>(
    curve: &C,
    u: &[Word; N],
    v: &[Word; N],
    key: &Affine<C::Field, N>,
) -> Option<Jacobian<C::Field, N>> {
    let mut key_points = [*key; POINTS];
    odd_multiples(&(*key).into(), &mut key_points)?;
    let upper = &[];
    let base = Factor {
        number: u,
        points: curve.base(),
        upper,
    };
    let key = Factor {
        number: v,
        points: &key_points,
        upper,
    };
    sum_of(curve.field(), [base, key], DIGITS)
}

/// A key for many signatures: odd multiples of its point, and of 2^MIDDLE times it.
#[derive(Clone, Copy)]
pub(super) struct Prepared<C: Tables<N>, const N: usize> {
    curve: C,
    lower: [Affine<C::Field, N>; KEY_POINTS],
    upper: [Affine<C::Field, N>; KEY_POINTS],
}

impl<C: Tables<N>, const N: usize> Prepared<C, N> {
    /// `None` if the point is no key.
    pub(super) fn new(curve: C, point: [&[u8]; 2]) -> Option<Self> {
        let key = key(&curve, point)?;
        let mut prepared = Self {
            curve,
            lower: [key; KEY_POINTS],
            upper: [key; KEY_POINTS],
        };
        let mut point = Jacobian::from(key);
        odd_multiples(&point, &mut prepared.lower)?;
        for _ in 0..C::MIDDLE {
            point.double();
        }
        odd_multiples(&point, &mut prepared.upper)?;
        Some(prepared)
    }

    /// As `verify_on`.
    pub(super) fn verify(&self, digest: &[u8], signature: [&[u8]; 2]) -> Option<bool> {
        let [u, v, r] = scalars(&self.curve, digest, signature)?;
        let point = self.double_scalar(&u, &v)?;
        Some(is_abscissa(&self.curve, &r, &point))
    }

    /// As above, with half of the doublings.
    pub(super) fn double_scalar(
        &self,
        u: &[Word; N],
        v: &[Word; N],
    ) -> Option<Jacobian<C::Field, N>> {
        let base = Factor {
            number: u,
            points: self.curve.base(),
            upper: C::UPPER_BASE,
        };
        let key = Factor {
            number: v,
            points: &self.lower,
            upper: &self.upper,
        };
        sum_of(self.curve.field(), [base, key], C::MIDDLE)
    }
}

/// `e / s`, `r / s` and r, with e for what counts of the digest.
#[inline(never)]
fn scalars<C: Curve<N>, const N: usize>(
    curve: &C,
    digest: &[u8],
    [r, s]: [&[u8]; 2],
) -> Option<[[Word; N]; 3]> {
    let r = scalar(curve, r)?;
    let s = scalar(curve, s)?;
    // The leftmost bits of the digest: the 521 bits of the longest order are more
    // than any digest has, and the other orders have whole bytes.
    let e = from_be_bytes(digest.get(..curve.bytes()).unwrap_or(digest));
    let inverse = Residue::inverse_of(&s, curve.order())?;
    Some([inverse.mul_number(&e), inverse.mul_number(&r), r])
}

/// Whether r is the point's abscissa x / z^2 modulo the order. The order is below the
/// field's modulus, less than twice: the abscissa is r or r + n.
#[inline(never)]
fn is_abscissa<C: Curve<N>, const N: usize>(
    curve: &C,
    r: &[Word; N],
    point: &Jacobian<C::Field, N>,
) -> bool {
    if point.is_infinity() {
        return false;
    }
    let z_squared = point.z.square();
    let is_x = |x: &[Word; N]| {
        Residue::checked(x, curve.field()).is_some_and(|x| x.mul(&z_squared) == point.x)
    };
    let (r_and_order, carry) = add(r, &curve.order().prime().m, N);
    is_x(r) || (!carry && is_x(&r_and_order))
}

/// The point, if it is on the curve and its coordinates are reduced. The order of
/// the curve is a prime, so that it is not in a small group either.
#[inline(never)]
pub(super) fn key<C: Curve<N>, const N: usize>(
    curve: &C,
    [x, y]: [&[u8]; 2],
) -> Option<Affine<C::Field, N>> {
    let field = curve.field();
    let point = Affine {
        x: Residue::checked(&number(curve, x)?, field)?,
        y: Residue::checked(&number(curve, y)?, field)?,
    };
    let b = Residue::checked(curve.b(), field)?;
    point.is_on_curve(&b).then_some(point)
}

/// A number from 1 to the order less 1.
fn scalar<C: Curve<N>, const N: usize>(curve: &C, bytes: &[u8]) -> Option<[Word; N]> {
    let order = curve.order();
    number(curve, bytes).filter(|number| !is_zero(number) && is_below(number, &order.prime().m))
}

/// One with more bytes than a coordinate is refused, even if the first are zeros:
/// no TPM writes it.
fn number<C: Curve<N>, const N: usize>(curve: &C, bytes: &[u8]) -> Option<[Word; N]> {
    (bytes.len() <= curve.bytes()).then(|| from_be_bytes(bytes))
}
