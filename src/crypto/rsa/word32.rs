//! Words of 32 bits. On a Cortex-M4 a product with two additions is one instruction, UMAAL.
//! `word64` has the same names for words of 64 bits.

pub(super) use super::width::{Double, Word};

/// Words that are multiplied at once: many, for what a row costs besides them.
pub(super) const BLOCK: usize = 32;
/// The part of a number that is multiplied at once.
pub(super) type Block = [Word; BLOCK];

/// Rows that are added at once: each word of the sum is loaded and stored for both.
pub(super) const ROWS: usize = 2;

/// A part of a number that is multiplied without a loop: longer ones want more
/// registers than there are.
pub(super) type Part = [Word; 4];

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
    factors: [Word; ROWS],
    carry: Word,
) -> Word {
    add_words(acc, block, factors, 0, carry)
}

/// The factors such that the first words of `acc + block factors` are zero.
#[inline(always)]
pub(super) fn clearing(
    acc: &[Word; BLOCK + ROWS],
    block: &Block,
    negated_inverse: Word,
) -> [Word; ROWS] {
    let ([mut first, mut second, ..], [low, high, ..]) = (*acc, *block);
    let factor = first.wrapping_mul(negated_inverse);
    // The second word as the first row leaves it.
    let carry = add_product(&mut first, low, factor, 0);
    add_product(&mut second, high, factor, carry);
    [factor, second.wrapping_mul(negated_inverse)]
}

/// `t +=` the products of two different words of the block, each once; gives the
/// carry to the word after those of `t`.
///
/// Two rows at a time, the first of which ends where the carry of those before belongs.
#[inline(always)]
pub(super) fn add_triangle(t: &mut [Word; 2 * BLOCK], block: &Block) -> Word {
    let (mut rest, mut row, mut carry) = (&mut t[..], &block[..], 0);
    while let ([_, first, acc @ ..], [low, high, others @ ..]) = (rest, row) {
        let above = add_product(first, *high, *low, 0);
        carry = add_words(acc, others, [*low, *high], above, carry);
        rest = acc.get_mut(ROWS..).unwrap_or_default();
        row = others;
    }
    carry
}

/// `t = 2 t + carry +` the squares of the words of the block; gives the carry, which is
/// at most 2 if `carry` is.
#[inline(always)]
pub(super) fn double_and_add_squares(
    t: &mut [Word; 2 * BLOCK],
    block: &Block,
    mut carry: Word,
) -> Word {
    for ([low, high], &word) in t.as_chunks_mut().0.iter_mut().zip(block) {
        // (B - 1)^2 + 2 < B^2: the square takes the carry. Three words and 2 are below
        // 3 B: the next is at most 2 as well.
        let square = Double::from(word).wrapping_mul(word.into());
        let (first, second) = split(square.wrapping_add(carry.into()));
        let twice = Double::from(*low) << 1;
        (*low, carry) = split(twice.wrapping_add(first.into()));
        let twice = Double::from(*high) << 1;
        let sum = twice.wrapping_add(second.into());
        (*high, carry) = split(sum.wrapping_add(carry.into()));
    }
    carry
}

/// `acc += row factors + first + carry B^n` for the words of `row`, n, and as many more
/// of `acc` as there are factors; gives the carry, which is 0 or 1 if `carry` is.
///
/// Not a part of its callers, which are three: it is long.
#[inline(never)]
fn add_words(
    acc: &mut [Word],
    row: &[Word],
    factors: [Word; ROWS],
    first: Word,
    carry: Word,
) -> Word {
    let Some((acc, [next, last, ..])) = acc.split_at_mut_checked(row.len()) else {
        return 0;
    };
    let mut rows = Rows {
        factors,
        behind: 0,
        carries: [first, 0],
    };
    let ((parts, others), (row, row_others)) = (acc.as_chunks_mut(), row.as_chunks());
    for (acc, row) in parts.iter_mut().zip(row) {
        rows.add_part(acc, row);
    }
    for (acc, word) in others.iter_mut().zip(row_others) {
        rows.add_word(acc, *word);
    }
    // Two words and a carry of at most 1 are below 2 B: the next is at most 1 as well.
    let Rows {
        factors: [_, high],
        behind,
        carries: [low_carry, high_carry],
    } = rows;
    let in_next = add(next, low_carry, carry);
    let high_carry = add_product(next, behind, high, high_carry);
    add(last, high_carry, in_next)
}

/// Two rows, the second of which is a word behind.
struct Rows {
    factors: [Word; ROWS],
    /// The word that is next in the second row.
    behind: Word,
    carries: [Word; ROWS],
}

impl Rows {
    #[inline(always)]
    fn add_part(&mut self, acc: &mut Part, row: &Part) {
        // Written out: an optimizer for size leaves a loop as it is.
        let [a, b, c, d] = acc;
        let [w, x, y, z] = row;
        self.add_word(a, *w);
        self.add_word(b, *x);
        self.add_word(c, *y);
        self.add_word(d, *z);
    }

    #[inline(always)]
    fn add_word(&mut self, acc: &mut Word, word: Word) {
        let ([low, high], [low_carry, high_carry]) = (self.factors, &mut self.carries);
        *low_carry = add_product(acc, word, low, *low_carry);
        *high_carry = add_product(acc, self.behind, high, *high_carry);
        self.behind = word;
    }
}

/// `acc += row factor + carry`; gives the carry.
#[inline(always)]
pub(super) fn add_part(acc: &mut Part, row: &Part, factor: Word, mut carry: Word) -> Word {
    // Written out: an optimizer for size leaves a loop as it is.
    let [a, b, c, d] = acc;
    let [w, x, y, z] = row;
    carry = add_product(a, *w, factor, carry);
    carry = add_product(b, *x, factor, carry);
    carry = add_product(c, *y, factor, carry);
    carry = add_product(d, *z, factor, carry);
    carry
}

/// `acc += word factor + carry`; gives the carry.
#[inline(always)]
fn add_product(acc: &mut Word, word: Word, factor: Word, carry: Word) -> Word {
    // (B - 1)^2 + 2 (B - 1) = B^2 - 1: no overflow.
    let product = Double::from(word).wrapping_mul(factor.into());
    let sum = product
        .wrapping_add((*acc).into())
        .wrapping_add(carry.into());
    let (low, high) = split(sum);
    *acc = low;
    high
}

/// `acc += a + b`; gives the carry.
#[inline(always)]
fn add(acc: &mut Word, a: Word, b: Word) -> Word {
    let sum = Double::from(*acc)
        .wrapping_add(a.into())
        .wrapping_add(b.into());
    let (low, high) = split(sum);
    *acc = low;
    high
}
