//! The curves: their fields, and tables of points.

use super::{
    constants::{Field, Numbers, Order, P256, P384, P521, WORDS_256, WORDS_384, WORDS_521, number},
    field::{Modulus, Residue},
    fields,
    point::Affine,
    table,
    word::Word,
};

/// A curve `y^2 = x^3 - 3 x + b` whose points are of prime order.
pub(super) trait Curve<const N: usize> {
    /// What coordinates are counted by.
    type Field: Modulus<N>;
    /// The order of the base point.
    type Order: Modulus<N>;
    fn field(&self) -> Self::Field;
    fn order(&self) -> Self::Order;
    /// Bytes of a coordinate, and of the order.
    fn bytes(&self) -> usize;
    fn b(&self) -> &[Word; N];
    /// The base point times 1, 3, 5 and so on: a power of two of them.
    fn base(&self) -> &[Affine<Self::Field, N>];
}

/// The field of a curve that is known at compile time, and tables of multiples of its base point.
pub(super) trait Tables<const N: usize>: Numbers<N> {
    /// What coordinates are counted by.
    type Field: Modulus<N>;
    const FIELD: Self::Field;
    /// The base point times 1, 3, 5 and so on.
    const BASE: &'static [Affine<Self::Field, N>; table::LEN];
    /// The same, times 2^MIDDLE.
    const UPPER_BASE: &'static [Affine<Self::Field, N>; table::LEN];
    /// Half of the digits of a number below the order.
    const MIDDLE: usize = (Self::BYTES * 8).div_ceil(2).saturating_add(1);
}

impl<C: Tables<N>, const N: usize> Curve<N> for C {
    type Field = C::Field;
    type Order = Order<C>;

    fn field(&self) -> C::Field {
        C::FIELD
    }

    fn order(&self) -> Order<C> {
        Order::NEW
    }

    fn bytes(&self) -> usize {
        C::BYTES
    }

    fn b(&self) -> &[Word; N] {
        const { &C::B }
    }

    fn base(&self) -> &[Affine<C::Field, N>] {
        C::BASE
    }
}

impl Tables<WORDS_256> for P256 {
    type Field = Field<Self>;
    const FIELD: Self::Field = Field::NEW;
    const BASE: &'static [Affine<Self::Field, WORDS_256>; table::LEN] =
        &points(Self::FIELD, &numbers(&table::P256));
    const UPPER_BASE: &'static [Affine<Self::Field, WORDS_256>; table::LEN] =
        &points(Self::FIELD, &numbers(&table::P256_UPPER));
}

impl Tables<WORDS_384> for P384 {
    type Field = Field<Self>;
    const FIELD: Self::Field = Field::NEW;
    const BASE: &'static [Affine<Self::Field, WORDS_384>; table::LEN] =
        &points(Self::FIELD, &numbers(&table::P384));
    const UPPER_BASE: &'static [Affine<Self::Field, WORDS_384>; table::LEN] =
        &points(Self::FIELD, &numbers(&table::P384_UPPER));
}

impl Tables<WORDS_521> for P521 {
    type Field = Field<Self>;
    const FIELD: Self::Field = Field::NEW;
    const BASE: &'static [Affine<Self::Field, WORDS_521>; table::LEN] =
        &points(Self::FIELD, &fields::kept_521(numbers(&table::P521)));
    const UPPER_BASE: &'static [Affine<Self::Field, WORDS_521>; table::LEN] =
        &points(Self::FIELD, &fields::kept_521(numbers(&table::P521_UPPER)));
}

/// Parses the numbers of a table.
const fn numbers<const N: usize>(points: &table::Points) -> [[[Word; N]; 2]; table::LEN] {
    let mut numbers = [[[0; N]; 2]; table::LEN];
    let (mut to, mut from): (&mut [_], &[_]) = (&mut numbers, points);
    while let ([point, to_rest @ ..], [[x, y], from_rest @ ..]) = (to, from) {
        *point = [number(x), number(y)];
        (to, from) = (to_rest, from_rest);
    }
    numbers
}

/// Makes points of coordinates in the internal form of the field.
const fn points<F: Copy, const N: usize>(
    field: F,
    numbers: &[[[Word; N]; 2]; table::LEN],
) -> [Affine<F, N>; table::LEN] {
    let zero = Residue::kept([0; N], field);
    let mut points = [Affine { x: zero, y: zero }; table::LEN];
    let (mut to, mut from): (&mut [_], &[_]) = (&mut points, numbers);
    while let ([point, to_rest @ ..], [[x, y], from_rest @ ..]) = (to, from) {
        *point = Affine {
            x: Residue::kept(*x, field),
            y: Residue::kept(*y, field),
        };
        (to, from) = (to_rest, from_rest);
    }
    points
}
