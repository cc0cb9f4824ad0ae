//! The curves of SP 800-186, 3.2.1.

use super::{
    field::{Modulus, Residue},
    number::from_be_bytes,
    point::Affine,
    table::{self, Points},
    word::{WORD_BYTES, Word},
};

/// A curve `y^2 = x^3 - 3 x + b` whose points are of prime order.
pub(super) trait Curve<const N: usize> {
    /// What coordinates are counted by.
    type Field: Modulus<N>;
    /// The order of the base point.
    type Order: Modulus<N>;
    /// Bytes of a coordinate, and of the order.
    const BYTES: usize;
    const B: Residue<Self::Field, N>;
    /// The base point times 1, 3, 5 and so on.
    const BASE: &'static [Affine<Self::Field, N>; table::LEN];
}

/// Whole words of 64 bits, so that R does not depend on the size of a word.
pub(super) const WORDS_256: usize = 32 / WORD_BYTES;
pub(super) const WORDS_384: usize = 48 / WORD_BYTES;
pub(super) const WORDS_521: usize = 72 / WORD_BYTES;

#[derive(Debug, Clone, Copy)]
pub(super) struct P256;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct P256Field;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct P256Order;

impl Curve<WORDS_256> for P256 {
    type Field = P256Field;
    type Order = P256Order;
    const BYTES: usize = 32;
    const B: Residue<P256Field, WORDS_256> =
        residue("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");
    const BASE: &'static [Affine<P256Field, WORDS_256>; table::LEN] = &points(&table::P256);
}

impl Modulus<WORDS_256> for P256Field {
    const M: [Word; WORDS_256] =
        number("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
}

impl Modulus<WORDS_256> for P256Order {
    const M: [Word; WORDS_256] =
        number("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
}

#[derive(Debug, Clone, Copy)]
pub(super) struct P384;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct P384Field;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct P384Order;

impl Curve<WORDS_384> for P384 {
    type Field = P384Field;
    type Order = P384Order;
    const BYTES: usize = 48;
    const B: Residue<P384Field, WORDS_384> = residue(
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe814112\
         0314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
    );
    const BASE: &'static [Affine<P384Field, WORDS_384>; table::LEN] = &points(&table::P384);
}

impl Modulus<WORDS_384> for P384Field {
    const M: [Word; WORDS_384] = number(
        "ffffffffffffffffffffffffffffffffffffffffffffffff\
         fffffffffffffffeffffffff0000000000000000ffffffff",
    );
}

impl Modulus<WORDS_384> for P384Order {
    const M: [Word; WORDS_384] = number(
        "ffffffffffffffffffffffffffffffffffffffffffffffff\
         c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    );
}

#[derive(Debug, Clone, Copy)]
pub(super) struct P521;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct P521Field;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct P521Order;

impl Curve<WORDS_521> for P521 {
    type Field = P521Field;
    type Order = P521Order;
    const BYTES: usize = 66;
    const B: Residue<P521Field, WORDS_521> = residue(
        "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e1\
         56193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
    );
    const BASE: &'static [Affine<P521Field, WORDS_521>; table::LEN] = &points(&table::P521);
}

impl Modulus<WORDS_521> for P521Field {
    const M: [Word; WORDS_521] = number(
        "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
         ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    );
}

impl Modulus<WORDS_521> for P521Order {
    const M: [Word; WORDS_521] = number(
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa\
         51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    );
}

const fn points<F: Modulus<N>, const N: usize>(points: &Points) -> [Affine<F, N>; table::LEN] {
    let (x, y) = (Residue::ZERO, Residue::ZERO);
    let mut converted = [Affine { x, y }; table::LEN];
    let (mut to, mut from): (&mut [_], &[_]) = (&mut converted, points);
    while let ([point, to_rest @ ..], [[x, y], from_rest @ ..]) = (to, from) {
        *point = Affine {
            x: Residue::from_montgomery(number(x)),
            y: Residue::from_montgomery(number(y)),
        };
        (to, from) = (to_rest, from_rest);
    }
    converted
}

const fn residue<F: Modulus<N>, const N: usize>(digits: &str) -> Residue<F, N> {
    Residue::new(&number(digits))
}

/// The number with these hexadecimal digits, an even number of them.
const fn number<const N: usize>(digits: &str) -> [Word; N] {
    let mut bytes = [0; 72];
    let (mut to, mut digits): (&mut [u8], _) = (&mut bytes, digits.as_bytes());
    while let ([to_before @ .., byte], [before @ .., high, low]) = (to, digits) {
        *byte = digit(*high) << 4 | digit(*low);
        (to, digits) = (to_before, before);
    }
    from_be_bytes(&bytes)
}

const fn digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit.wrapping_sub(b'0'),
        _ => digit.wrapping_sub(b'a'.wrapping_sub(10)),
    }
}
