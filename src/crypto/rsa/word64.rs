//! Words of 64 bits, for targets that multiply them: what `power` needs of a word. Others
//! take `word32`, which has the same names; mod.rs says which, and the tests take both.

pub(super) use super::width::{Double, Word};

/// Words that are multiplied at once: as many as there are registers for.
pub(super) const BLOCK: usize = 8;
/// The part of a number that is multiplied at once.
pub(super) type Block = [Word; BLOCK];

/// Rows that are added at once.
pub(super) const ROWS: usize = 1;

/// A part of a number that is multiplied without a loop.
pub(super) type Part = Block;

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
    let (product, above) = multiply(*block, factor, 0);
    // Added outside of `acc`: in its place, the compiler keeps one of the words for the next row,
    // which takes longer.
    let [a, b, c, d, e, f, g, h, last] = *acc;
    let mut sum = [a, b, c, d, e, f, g, h];
    let in_sum = add_block(&mut sum, product, false);
    // The product is at most (B^N - 1) (B - 1), so that its last word is at most B - 2.
    let (last, is_carried) = add(above.wrapping_add(carry), last, in_sum);
    let [a, b, c, d, e, f, g, h] = sum;
    *acc = [a, b, c, d, e, f, g, h, last];
    is_carried.into()
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
/// Each row ends where the carry of the one before belongs. What is multiplied by zero
/// here is not there in the program.
#[inline(always)]
pub(super) fn add_triangle(t: &mut [Word; 2 * BLOCK], block: &Block) -> Word {
    let [a, b, c, d, e, f, g, h] = *block;
    let t = &mut t[..];
    let (t, carry) = add_row(t, [0, b, c, d, e, f, g, h], a, 0);
    let (t, carry) = add_row(t, [0, 0, c, d, e, f, g, h], b, carry);
    let (t, carry) = add_row(t, [0, 0, 0, d, e, f, g, h], c, carry);
    let (t, carry) = add_row(t, [0, 0, 0, 0, e, f, g, h], d, carry);
    let (t, carry) = add_row(t, [0, 0, 0, 0, 0, f, g, h], e, carry);
    let (t, carry) = add_row(t, [0, 0, 0, 0, 0, 0, g, h], f, carry);
    let (t, carry) = add_row(t, [0, 0, 0, 0, 0, 0, 0, h], g, carry);
    let (_, carry) = add_row(t, [0; BLOCK], h, carry);
    carry
}

/// As `add_rows`, for the first words of `t`; gives the words for the next row as well.
#[inline(always)]
fn add_row(t: &mut [Word], row: Block, factor: Word, carry: Word) -> (&mut [Word], Word) {
    let carry = match t.first_chunk_mut() {
        Some(acc) => add_rows(acc, &row, [factor], carry),
        None => 0,
    };
    (t.get_mut(ROWS..).unwrap_or_default(), carry)
}

/// `t = 2 t + carry +` the squares of the words of the block; gives the carry, which is
/// at most 2 if `carry` is.
#[inline(always)]
pub(super) fn double_and_add_squares(
    t: &mut [Word; 2 * BLOCK],
    block: &Block,
    carry: Word,
) -> Word {
    let [a, b, c, d, e, f, g, h] = *block;
    let ((a, aa), (b, bb), (c, cc), (d, dd)) =
        (product(a, a), product(b, b), product(c, c), product(d, d));
    let ((e, ee), (f, ff), (g, gg), (h, hh)) =
        (product(e, e), product(f, f), product(g, g), product(h, h));
    let ([lower, upper], _) = t.as_chunks_mut::<BLOCK>() else {
        return 0;
    };
    // t + squares + t: two chains of additions, and a carry of each. Of t + t, or of a
    // shift, the compiler makes double shifts, which are slow on many processors.
    let mut lower_sum = [a, aa, b, bb, c, cc, d, dd];
    let mut upper_sum = [e, ee, f, ff, g, gg, h, hh];
    let in_sum = add_block(&mut lower_sum, *lower, carry > 0);
    let in_sum = add_block(&mut upper_sum, *upper, in_sum);
    let in_double = add_block(lower, lower_sum, carry > 1);
    let in_double = add_block(upper, upper_sum, in_double);
    Word::from(in_sum).wrapping_add(in_double.into())
}

/// `acc += row factor + carry`; gives the carry.
#[inline(always)]
pub(super) fn add_part(acc: &mut Part, row: &Part, factor: Word, carry: Word) -> Word {
    let (product, above) = multiply(*row, factor, carry);
    let in_sum = add_block(acc, product, false);
    // (B^N - 1) (B - 1) + B - 1 + B^N - 1 < B^(N + 1)
    above.wrapping_add(in_sum.into())
}

/// `row factor + carry`, the last word apart.
///
/// First all products, then a chain of additions that compiles to one ADC after the
/// other. Written out, here and below: an optimizer for size leaves a loop as it is.
#[inline(always)]
fn multiply([a, b, c, d, e, f, g, h]: Block, factor: Word, carry: Word) -> (Block, Word) {
    let (a, aa) = product(a, factor);
    let (b, bb) = product(b, factor);
    let (c, cc) = product(c, factor);
    let (d, dd) = product(d, factor);
    let (e, ee) = product(e, factor);
    let (f, ff) = product(f, factor);
    let (g, gg) = product(g, factor);
    let (h, hh) = product(h, factor);
    let mut product = [a, b, c, d, e, f, g, h];
    let in_product = add_block(&mut product, [carry, aa, bb, cc, dd, ee, ff, gg], false);
    (product, hh.wrapping_add(in_product.into()))
}

#[inline(always)]
fn product(a: Word, b: Word) -> (Word, Word) {
    split(Double::from(a).wrapping_mul(b.into()))
}

/// `block += other + carry`, word after word where it lies; gives the carry.
#[inline(always)]
fn add_block(block: &mut Block, other: Block, mut carry: bool) -> bool {
    let [a, b, c, d, e, f, g, h] = block;
    let [i, j, k, l, m, n, o, p] = other;
    (*a, carry) = add(*a, i, carry);
    (*b, carry) = add(*b, j, carry);
    (*c, carry) = add(*c, k, carry);
    (*d, carry) = add(*d, l, carry);
    (*e, carry) = add(*e, m, carry);
    (*f, carry) = add(*f, n, carry);
    (*g, carry) = add(*g, o, carry);
    (*h, carry) = add(*h, p, carry);
    carry
}

/// A sum with the carry of the one before, and its own.
#[inline(always)]
fn add(a: Word, b: Word, carry: bool) -> (Word, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry.into());
    (sum, first | second)
}
