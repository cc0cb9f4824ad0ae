//! The numbers of the curves of SP 800-186, 3.2.1.

use core::marker::PhantomData;

use super::{
    field::{Modulus, Prime},
    number::from_be_bytes,
    word::{WORD_BYTES, Word},
};

/// The numbers of a curve that is known at compile time.
pub(super) trait Numbers<const N: usize>: Copy + 'static {
    const BYTES: usize;
    const P: [Word; N];
    const ORDER: [Word; N];
    const B: [Word; N];
    /// The base point.
    const G: [[Word; N]; 2];
}

/// The field of such a curve. Its arithmetic is in the files of the curves for words of 64 bits, and
/// in `fields32` for others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<C>(PhantomData<C>);

impl<C> Field<C> {
    pub(super) const NEW: Self = Self(PhantomData);
}

/// Numbers modulo the order of such a curve, which is a prime.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order<C>(PhantomData<C>);

impl<C> Order<C> {
    pub(super) const NEW: Self = Self(PhantomData);
}

impl<C: Numbers<N>, const N: usize> Modulus<N> for Order<C> {
    // A verification computes only four products modulo an order: loops are fast enough.
    const IS_UNROLLED: bool = false;

    #[inline(always)]
    fn prime(&self) -> &Prime<N> {
        const { &Prime::new(C::ORDER, N) }
    }
}

/// Whole words of 64 bits, so that R does not depend on the size of a word.
pub(super) const WORDS_256: usize = 32 / WORD_BYTES;
pub(super) const WORDS_384: usize = 48 / WORD_BYTES;
pub(super) const WORDS_521: usize = 72 / WORD_BYTES;

#[derive(Debug, Clone, Copy)]
pub(super) struct P256;

impl Numbers<WORDS_256> for P256 {
    const BYTES: usize = 32;
    const P: [Word; WORDS_256] =
        number("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    const ORDER: [Word; WORDS_256] =
        number("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    const B: [Word; WORDS_256] =
        number("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");
    const G: [[Word; WORDS_256]; 2] = [
        number("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
        number("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
    ];
}

#[derive(Debug, Clone, Copy)]
pub(super) struct P384;

impl Numbers<WORDS_384> for P384 {
    const BYTES: usize = 48;
    const P: [Word; WORDS_384] = number(
        "ffffffffffffffffffffffffffffffffffffffffffffffff\
         fffffffffffffffeffffffff0000000000000000ffffffff",
    );
    const ORDER: [Word; WORDS_384] = number(
        "ffffffffffffffffffffffffffffffffffffffffffffffff\
         c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    );
    const B: [Word; WORDS_384] = number(
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe814112\
         0314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
    );
    const G: [[Word; WORDS_384]; 2] = [
        number(
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b98\
             59f741e082542a385502f25dbf55296c3a545e3872760ab7",
        ),
        number(
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147c\
             e9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        ),
    ];
}

#[derive(Debug, Clone, Copy)]
pub(super) struct P521;

impl Numbers<WORDS_521> for P521 {
    const BYTES: usize = 66;
    const P: [Word; WORDS_521] = number(
        "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
         ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    );
    const ORDER: [Word; WORDS_521] = number(
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa\
         51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    );
    const B: [Word; WORDS_521] = number(
        "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e1\
         56193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
    );
    const G: [[Word; WORDS_521]; 2] = [
        number(
            "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dba\
             a14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
        ),
        number(
            "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c\
             97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
        ),
    ];
}

/// Parses hexadecimal digits. Their number has to be even.
pub(super) const fn number<const N: usize>(digits: &str) -> [Word; N] {
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
