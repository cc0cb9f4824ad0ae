//! Sums of multiples of points.

use super::{
    field::{Modulus, one},
    number::{add, first, is_zero, shift_right},
    point::{Affine, Jacobian},
    word::Word,
};

/// Signed digits of a number below an order: one more than the longest has bits.
pub(super) const DIGITS: usize = 522;

/// Points of the key, whose odd multiples have to be computed, for digits of 5 bits.
pub(super) const KEY_POINTS: usize = 8;

/// A number to multiply a point by.
pub(super) struct Factor<'t, F, const N: usize> {
    pub(super) number: &'t [Word; N],
    /// The point times 1, 3, 5 and so on, for the digits below the middle. With 2^w
    /// of these, digits have w + 2 bits.
    pub(super) points: &'t [Affine<F, N>],
    /// 2^middle times these, for the others.
    pub(super) upper: &'t [Affine<F, N>],
}

/// The sum of two multiples of points, doubling once for both (Guide to Elliptic Curve
/// Cryptography, algorithm 3.51). Digits are cut in the middle: the lower the middle,
/// the fewer doublings.
#[inline(never)]
pub(super) fn sum_of<F: Modulus<N>, const N: usize>(
    field: F,
    factors: [Factor<'_, F, N>; 2],
    middle: usize,
) -> Option<Jacobian<F, N>> {
    let mut digits = [[0; DIGITS]; 2];
    for (factor, digits) in factors.iter().zip(&mut digits) {
        let width = factor.points.len().checked_ilog2()?.saturating_add(2);
        non_adjacent(factor.number, width, digits)?;
    }
    let mut sum = Jacobian::infinity(field);
    for at in (0..middle.max(DIGITS.saturating_sub(middle))).rev() {
        if !sum.is_infinity() {
            sum.double();
        }
        for (factor, digits) in factors.iter().zip(&digits) {
            let (digits, upper_digits) = digits.split_at_checked(middle)?;
            for (digits, points) in [(digits, factor.points), (upper_digits, factor.upper)] {
                let digit = digits.get(at).copied().unwrap_or(0);
                if digit == 0 {
                    continue;
                }
                let point = points.get(usize::from(digit.unsigned_abs() / 2))?;
                match digit < 0 {
                    true => sum.add_affine(&point.negated()),
                    false => sum.add_affine(point),
                };
            }
        }
    }
    Some(sum)
}

/// Puts the point times 1, 3, 5 and so on into `points`. It is not at infinity, and its
/// order is a large prime: none of these multiples is, and none is twice the point or
/// the opposite of that.
///
/// Twice the point has some z. Multiply the x of all points by its square and the y by
/// its cube: that is another curve, where twice the point has z = 1, and sums have the
/// same formula. The multiples are computed there; their z times that z brings them
/// back. Then every z is inverted at the price of one: going up, each meets the product
/// of those before it; coming down, the inverse of the product with it.
#[inline(never)]
pub(super) fn odd_multiples<F: Modulus<N>, const N: usize, const POINTS: usize>(
    point: &Jacobian<F, N>,
    points: &mut [Affine<F, N>; POINTS],
) -> Option<()> {
    let mut multiple = *point;
    multiple.double();
    let Jacobian { x, y, z } = multiple;
    let twice = Affine { x, y };
    // This z is the point's own times its y: what is left to multiply by is y.
    let y_squared = point.y.square();
    multiple = Jacobian::from(Affine {
        x: point.x.mul(&y_squared),
        y: point.y.mul(&y_squared).mul(&point.y),
    });
    let mut product = multiple.z;
    let mut factors = [[product; 2]; POINTS];
    for (to, [own, before]) in points.iter_mut().zip(&mut factors) {
        *to = Affine {
            x: multiple.x,
            y: multiple.y,
        };
        *own = multiple.z.mul(&z);
        *before = product;
        product = product.mul(own);
        multiple.add_affine(&twice);
    }
    let mut inverse = product.inverted()?;
    for (to, [own, before]) in points.iter_mut().zip(&factors).rev() {
        let z = inverse.mul(before);
        inverse = inverse.mul(own);
        let z_squared = z.square();
        *to = Affine {
            x: to.x.mul(&z_squared),
            y: to.y.mul(&z_squared).mul(&z),
        };
    }
    Some(())
}

/// The non-adjacent form of a number (algorithm 3.35), the lowest digit first: zeros,
/// and odd digits between -2^(width - 1) and 2^(width - 1), after each of which come
/// width - 1 zeros. `digits` are zeros before.
pub(super) fn non_adjacent<const N: usize>(
    number: &[Word; N],
    width: u32,
    digits: &mut [i8; DIGITS],
) -> Option<()> {
    let mut rest = *number;
    let mut at = 0_u32;
    while !is_zero(&rest) {
        let low = first(&rest);
        if low & 1 == 0 {
            let zeros = low.trailing_zeros().min(Word::BITS - 1);
            rest = shift_right(&rest, 0, zeros, N);
            at = at.saturating_add(zeros);
            continue;
        }
        // The lowest width bits with a sign.
        let [byte, ..] = low.to_le_bytes();
        let unused = u8::BITS.saturating_sub(width);
        let digit = byte.wrapping_shl(unused).cast_signed().wrapping_shr(unused);
        *digits.get_mut(usize::try_from(at).ok()?)? = digit;
        // A digit below zero took 2^width too much. There is room for it after the shift.
        rest = shift_right(&rest, 0, width, N);
        if digit < 0 {
            (rest, _) = add(&rest, &one(), N);
        }
        at = at.saturating_add(width);
    }
    Some(())
}
