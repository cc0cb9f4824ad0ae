//! One code for all curves, which is small rather than fast: the numbers of the curve
//! are found when it is used, and there is no table of points.

use super::{
    constants::{Numbers, P256, P384, P521, WORDS_256, WORDS_384, WORDS_521},
    curves::Curve,
    field::{Prime, Residue},
    id::Id,
    point::Affine,
    verification::{key, verify_on},
    word::{WORD_BYTES, Word},
};

/// Multiples of the key, for digits of 4 bits.
pub(super) const POINTS: usize = 4;

/// As many as the longest of the primes has.
pub(super) const WORDS: usize = P521::BYTES.div_ceil(WORD_BYTES);

/// The numbers of a curve, without a size of theirs.
struct Plain {
    bytes: usize,
    p: &'static [Word],
    order: &'static [Word],
    b: &'static [Word],
    x: &'static [Word],
    y: &'static [Word],
}

impl Plain {
    const fn new<C: Numbers<N>, const N: usize>() -> Self {
        let [x, y] = const { &C::G };
        Self {
            bytes: C::BYTES,
            p: const { &C::P },
            order: const { &C::ORDER },
            b: const { &C::B },
            x,
            y,
        }
    }

    fn of(curve: Id) -> &'static Self {
        match curve {
            Id::P256 => const { &Self::new::<P256, WORDS_256>() },
            Id::P384 => const { &Self::new::<P384, WORDS_384>() },
            Id::P521 => const { &Self::new::<P521, WORDS_521>() },
        }
    }

    fn prime(&self, number: &[Word]) -> Prime<WORDS> {
        Prime::new(wide(number), self.bytes.div_ceil(WORD_BYTES))
    }
}

/// The number with more words, or without those that are zeros.
fn wide(number: &[Word]) -> [Word; WORDS] {
    let mut wide = [0; WORDS];
    for (to, word) in wide.iter_mut().zip(number) {
        *to = *word;
    }
    wide
}

/// A curve that is a value.
pub(super) struct Compact<'p> {
    field: &'p Prime<WORDS>,
    order: &'p Prime<WORDS>,
    bytes: usize,
    b: [Word; WORDS],
    base: [Affine<&'p Prime<WORDS>, WORDS>; 1],
}

impl<'p> Curve<WORDS> for Compact<'p> {
    type Field = &'p Prime<WORDS>;
    type Order = &'p Prime<WORDS>;

    fn field(&self) -> &'p Prime<WORDS> {
        self.field
    }

    fn order(&self) -> &'p Prime<WORDS> {
        self.order
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn b(&self) -> &[Word; WORDS] {
        &self.b
    }

    fn base(&self) -> &[Affine<&'p Prime<WORDS>, WORDS>] {
        &self.base
    }
}

/// What comes of it on this curve.
pub(super) fn on<T>(curve: Id, compute: impl FnOnce(&Compact<'_>) -> Option<T>) -> Option<T> {
    let plain = Plain::of(curve);
    let (field, order) = (&plain.prime(plain.p), &plain.prime(plain.order));
    let base = Affine {
        x: Residue::checked(&wide(plain.x), field)?,
        y: Residue::checked(&wide(plain.y), field)?,
    };
    compute(&Compact {
        field,
        order,
        bytes: plain.bytes,
        b: wide(plain.b),
        base: [base],
    })
}

/// As `verify_on`; without a signature, whether the point is a key.
#[inline(never)]
pub(super) fn verify(
    curve: Id,
    point: [&[u8]; 2],
    signature: Option<(&[u8], [&[u8]; 2])>,
) -> Option<bool> {
    on(curve, |curve| match signature {
        Some((digest, numbers)) => verify_on::<_, WORDS, POINTS>(curve, point, digest, numbers),
        None => key(curve, point).map(|_| true),
    })
}
