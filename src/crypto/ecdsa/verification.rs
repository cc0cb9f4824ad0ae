//! The verification on any of the curves, with big-endian numbers.

use super::{
    curves::Curve,
    field::{Modulus, Residue, one},
    number::{add, first, from_be_bytes, is_below, is_zero, shift_right},
    point::{Affine, Jacobian},
    table,
    word::Word,
};

/// Digits of 5 bits for the key, whose odd multiples are computed each time.
const KEY_WIDTH: u32 = 5;
const KEY_POINTS: usize = 1 << (KEY_WIDTH - 2);

/// Signed digits of a number below an order: one more than the longest has bits.
pub(super) const DIGITS: usize = 522;

/// Whether the signature holds; `None` if a number is out of its range.
pub(super) fn verify_on<C: Curve<N>, const N: usize>(
    x: &[u8],
    y: &[u8],
    digest: &[u8],
    r: &[u8],
    s: &[u8],
) -> Option<bool> {
    let key = key::<C, N>(x, y)?;
    let r = scalar::<C, N>(r)?;
    let s = scalar::<C, N>(s)?;
    // The leftmost bits of the digest: the 521 bits of the longest order are more
    // than any digest has, and the other orders have whole bytes.
    let e = from_be_bytes(digest.get(..C::BYTES).unwrap_or(digest));
    let inverse = Residue::<C::Order, N>::inverse_of(&s)?;
    let (u, v) = (inverse.mul_number(&e), inverse.mul_number(&r));
    let point = double_scalar::<C, N>(&u, &v, &key)?;
    if point.is_infinity() {
        return Some(false);
    }

    // Whether r is x / z^2 modulo the order. The order is below the field's modulus,
    // less than twice: that x / z^2 is r or r + n.
    let z_squared = point.z.square();
    let is_x = |x: &[Word; N]| Residue::checked(x).is_some_and(|x| x.mul(&z_squared) == point.x);
    let (r_and_order, carry) = add(&r, &C::Order::M);
    Some(is_x(&r) || (!carry && is_x(&r_and_order)))
}

/// The point, if it is on the curve and its coordinates are reduced. The order of
/// the curve is a prime, so that it is not in a small group either.
pub(super) fn key<C: Curve<N>, const N: usize>(x: &[u8], y: &[u8]) -> Option<Affine<C::Field, N>> {
    let point = Affine {
        x: Residue::checked(&number::<C, N>(x)?)?,
        y: Residue::checked(&number::<C, N>(y)?)?,
    };
    point.is_on_curve(&C::B).then_some(point)
}

/// A number from 1 to the order less 1.
fn scalar<C: Curve<N>, const N: usize>(bytes: &[u8]) -> Option<[Word; N]> {
    number::<C, N>(bytes).filter(|number| !is_zero(number) && is_below(number, &C::Order::M))
}

/// One with more bytes than a coordinate is refused, even if the first are zeros:
/// no TPM writes it.
fn number<C: Curve<N>, const N: usize>(bytes: &[u8]) -> Option<[Word; N]> {
    (bytes.len() <= C::BYTES).then(|| from_be_bytes(bytes))
}

/// `u` times the base point and `v` times the key, doubling once for both (Guide to
/// Elliptic Curve Cryptography, algorithm 3.51).
pub(super) fn double_scalar<C: Curve<N>, const N: usize>(
    u: &[Word; N],
    v: &[Word; N],
    key: &Affine<C::Field, N>,
) -> Option<Jacobian<C::Field, N>> {
    let mut multiple = Jacobian::from(*key);
    let twice = multiple.double();
    let mut key_points = [multiple; KEY_POINTS];
    for point in key_points.iter_mut().skip(1) {
        multiple = multiple.add(&twice);
        *point = multiple;
    }

    let (mut base_digits, mut key_digits) = ([0; DIGITS], [0; DIGITS]);
    non_adjacent(u, table::WIDTH, &mut base_digits)?;
    non_adjacent(v, KEY_WIDTH, &mut key_digits)?;
    let mut sum = Jacobian::INFINITY;
    for (&base_digit, &key_digit) in base_digits.iter().zip(&key_digits).rev() {
        if !sum.is_infinity() {
            sum = sum.double();
        }
        if base_digit != 0 {
            let point = C::BASE.get(place(base_digit))?;
            sum = match base_digit < 0 {
                true => sum.add_affine(&point.negated()),
                false => sum.add_affine(point),
            };
        }
        if key_digit != 0 {
            let point = key_points.get(place(key_digit))?;
            sum = match key_digit < 0 {
                true => sum.add(&point.negated()),
                false => sum.add(point),
            };
        }
    }
    Some(sum)
}

/// Where the multiple for an odd digit is among the odd multiples.
fn place(digit: i8) -> usize {
    usize::from(digit.unsigned_abs() / 2)
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
            rest = shift_right(&rest, 0, zeros);
            at = at.saturating_add(zeros);
            continue;
        }
        // The lowest width bits with a sign.
        let [byte, ..] = low.to_le_bytes();
        let unused = u8::BITS.saturating_sub(width);
        let digit = byte.wrapping_shl(unused).cast_signed().wrapping_shr(unused);
        *digits.get_mut(usize::try_from(at).ok()?)? = digit;
        // A digit below zero took 2^width too much. There is room for it after the shift.
        rest = shift_right(&rest, 0, width);
        if digit < 0 {
            (rest, _) = add(&rest, &one());
        }
        at = at.saturating_add(width);
    }
    Some(())
}
