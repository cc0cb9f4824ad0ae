//! Words of 64 bits, for targets that multiply them.

/// A digit of a number.
pub(super) type Word = u64;
/// The product of two words, and two more words on top of it, fit.
pub(super) type Double = u128;

/// Words that are multiplied at once: as many as there are registers for.
pub(super) const BLOCK: usize = 8;
/// The part of a number that is multiplied at once.
pub(super) type Block = [Word; BLOCK];

/// Rows that are added at once.
pub(super) const ROWS: usize = 1;

/// A part of a number that is multiplied without a loop.
pub(super) type Part = [Word; BLOCK];

/// The lower and the upper half.
#[inline(always)]
#[expect(clippy::as_conversions, reason = "each cuts off what the other has")]
pub(super) fn split(double: Double) -> (Word, Word) {
    (double as Word, (double >> Word::BITS) as Word)
}

/// `acc += block factors + carry B^BLOCK`; gives the carry.
#[inline(always)]
pub(super) fn add_rows(
    acc: &mut [Word; BLOCK + ROWS],
    block: &Block,
    [factor]: [Word; ROWS],
    carry: Word,
) -> Word {
    add_words(acc, *block, factor, carry)
}

/// The factors such that the first words of `acc + block factors` are zero.
#[inline(always)]
pub(super) fn clearing(
    [first, ..]: &[Word; BLOCK + ROWS],
    _: &Block,
    negated_inverse: Word,
) -> [Word; ROWS] {
    [first.wrapping_mul(negated_inverse)]
}

/// `t +=` the products of two different words of the block, each once; gives the
/// carry to the word after those of `t`.
///
/// Each row ends where the carry of the one before belongs.
#[inline(always)]
pub(super) fn add_triangle(t: &mut [Word; 2 * BLOCK], block: &Block) -> Word {
    let [a, b, c, d, e, f, g, h] = *block;
    let [_, t @ ..] = t;
    let mut carry = add_words(t, [b, c, d, e, f, g, h], a, 0);
    let [_, _, t @ ..] = t;
    carry = add_words(t, [c, d, e, f, g, h], b, carry);
    let [_, _, t @ ..] = t;
    carry = add_words(t, [d, e, f, g, h], c, carry);
    let [_, _, t @ ..] = t;
    carry = add_words(t, [e, f, g, h], d, carry);
    let [_, _, t @ ..] = t;
    carry = add_words(t, [f, g, h], e, carry);
    let [_, _, t @ ..] = t;
    carry = add_words(t, [g, h], f, carry);
    let [_, _, t @ ..] = t;
    carry = add_words(t, [h], g, carry);
    let [_, _, t @ ..] = t;
    add_words(t, [], h, carry)
}

/// `t = 2 t + carry +` the squares of the words of the block; gives the carry, which is
/// at most 2 if `carry` is.
#[inline(always)]
pub(super) fn double_and_add_squares(
    t: &mut [Word; 2 * BLOCK],
    block: &Block,
    carry: Word,
) -> Word {
    let squares = block.map(|word| {
        let (low, high) = split(Double::from(word).wrapping_mul(word.into()));
        [low, high]
    });
    // t + squares + t: two chains of additions, and a carry of each. Of t + t, or of a
    // shift, the compiler makes double shifts, which are slow on many processors.
    let (mut sums, mut in_sum) = ([0; 2 * BLOCK], carry > 0);
    for ((sum, t), square) in sums.iter_mut().zip(&*t).zip(squares.as_flattened()) {
        (*sum, in_sum) = add(*t, *square, in_sum);
    }
    let mut in_double = carry > 1;
    for (t, sum) in t.iter_mut().zip(sums) {
        (*t, in_double) = add(*t, sum, in_double);
    }
    Word::from(in_sum).wrapping_add(in_double.into())
}

/// `acc += row factor + carry B^N` for the first `N + 1` words of `acc`; gives the
/// carry.
#[inline(always)]
fn add_words<const N: usize>(acc: &mut [Word], row: [Word; N], factor: Word, carry: Word) -> Word {
    let (product, above) = multiply(row, factor, 0);
    // The product is at most (B^N - 1) (B - 1), so that its last word is at most B - 2.
    let above = above.wrapping_add(carry);
    let mut in_sum = false;
    for (acc, word) in acc.iter_mut().zip(product.into_iter().chain([above])) {
        (*acc, in_sum) = add(*acc, word, in_sum);
    }
    in_sum.into()
}

/// `acc += row factor + carry`; gives the carry.
#[inline(always)]
pub(super) fn add_part(acc: &mut Part, row: &Part, factor: Word, carry: Word) -> Word {
    let (product, above) = multiply(*row, factor, carry);
    let mut in_sum = false;
    for (acc, word) in acc.iter_mut().zip(product) {
        (*acc, in_sum) = add(*acc, word, in_sum);
    }
    // (B^N - 1) (B - 1) + B - 1 + B^N - 1 < B^(N + 1)
    above.wrapping_add(in_sum.into())
}

/// `row factor + carry`, the last word apart.
///
/// First all products, then a chain of additions that compiles to one ADC after the
/// other.
#[inline(always)]
fn multiply<const N: usize>(row: [Word; N], factor: Word, carry: Word) -> ([Word; N], Word) {
    let (mut low, mut high) = ([0; N], [0; N]);
    for ((low, high), word) in low.iter_mut().zip(&mut high).zip(row) {
        let product = Double::from(word).wrapping_mul(factor.into());
        (*low, *high) = split(product);
    }
    let (mut above, mut in_product) = (carry, false);
    for (low, high) in low.iter_mut().zip(high) {
        (*low, in_product) = add(*low, above, in_product);
        above = high;
    }
    (low, above.wrapping_add(in_product.into()))
}

/// A sum with the carry of the one before, and its own.
#[inline(always)]
fn add(a: Word, b: Word, carry: bool) -> (Word, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry.into());
    (sum, first | second)
}
