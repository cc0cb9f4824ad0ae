//! Numbers of N words, the least significant first.

use super::word::{self, IS_UNROLLED, WORD_BYTES, Word};

/// Big-endian bytes as a number; those that it has no room for are left out.
pub(super) const fn from_be_bytes<const N: usize>(bytes: &[u8]) -> [Word; N] {
    let mut number = [0; N];
    let (mut words, mut bytes): (&mut [Word], _) = (&mut number, bytes);
    while let [word, above @ ..] = words {
        let mut buffer = [0; WORD_BYTES];
        let mut to: &mut [u8] = &mut buffer;
        while let ([to_before @ .., to_last], [before @ .., last]) = (to, bytes) {
            *to_last = *last;
            (to, bytes) = (to_before, before);
        }
        *word = Word::from_be_bytes(buffer);
        words = above;
    }
    number
}

/// The lowest word.
#[inline(always)]
pub(super) const fn first(number: &[Word]) -> Word {
    match number {
        [first, ..] => *first,
        [] => 0,
    }
}

#[inline(always)]
pub(super) fn is_zero<const N: usize>(number: &[Word; N]) -> bool {
    number.iter().all(|word| *word == 0)
}

/// Whether `a < b`.
#[inline(always)]
pub(super) const fn is_below<const N: usize>(a: &[Word; N], b: &[Word; N]) -> bool {
    let (mut a, mut b): (&[Word], &[Word]) = (a, b);
    while let ([a_below @ .., a_word], [b_below @ .., b_word]) = (a, b) {
        if *a_word != *b_word {
            return *a_word < *b_word;
        }
        (a, b) = (a_below, b_below);
    }
    false
}

/// `a + b`, and the carry, in so many words.
#[inline(always)]
pub(super) const fn add<const N: usize>(
    a: &[Word; N],
    b: &[Word; N],
    len: usize,
) -> ([Word; N], bool) {
    let mut sum = *a;
    let carry = add_to(&mut sum, b, len);
    (sum, carry)
}

/// `a += b` in so many words; gives the carry.
#[inline(always)]
pub(super) const fn add_to<const N: usize>(a: &mut [Word; N], b: &[Word; N], len: usize) -> bool {
    let mut rest: Rest<'_> = (lowest(a, len), b, false);
    if IS_UNROLLED {
        // Written out: an optimizer for size leaves a loop as it is.
        rest = add_four(rest);
        rest = add_four(rest);
        rest = add_word(add_word(rest));
    }
    let (mut to, mut b, mut carry) = rest;
    while let ([to_word, to_above @ ..], [b_word, b_above @ ..]) = (to, b) {
        (*to_word, carry) = word::add(*to_word, *b_word, carry);
        (to, b) = (to_above, b_above);
    }
    carry
}

/// So many words of a number, which has as many.
#[inline(always)]
const fn lowest(number: &mut [Word], len: usize) -> &mut [Word] {
    match number.split_at_mut_checked(len) {
        Some((lowest, _)) => lowest,
        None => &mut [],
    }
}

/// The words of two numbers that are left, the first for what comes out, and the carry.
type Rest<'n> = (&'n mut [Word], &'n [Word], bool);

#[inline(always)]
const fn add_four(rest: Rest<'_>) -> Rest<'_> {
    match rest.0.len() {
        ..4 => rest,
        4.. => add_word(add_word(add_word(add_word(rest)))),
    }
}

#[inline(always)]
const fn add_word(rest: Rest<'_>) -> Rest<'_> {
    match rest {
        ([a, a_above @ ..], [b, b_above @ ..], mut carry) => {
            (*a, carry) = word::add(*a, *b, carry);
            (a_above, b_above, carry)
        }
        (_, _, carry) => (&mut [], &[], carry),
    }
}

/// `a - b`, and the borrow, in so many words.
#[inline(always)]
pub(super) const fn subtract<const N: usize>(
    a: &[Word; N],
    b: &[Word; N],
    len: usize,
) -> ([Word; N], bool) {
    let mut difference = *a;
    let borrow = subtract_from(&mut difference, b, len);
    (difference, borrow)
}

/// `a -= b` in so many words; gives the borrow.
#[inline(always)]
pub(super) const fn subtract_from<const N: usize>(
    a: &mut [Word; N],
    b: &[Word; N],
    len: usize,
) -> bool {
    let mut rest: Rest<'_> = (lowest(a, len), b, false);
    if IS_UNROLLED {
        rest = subtract_four(rest);
        rest = subtract_four(rest);
        rest = subtract_word(subtract_word(rest));
    }
    let (mut to, mut b, mut borrow) = rest;
    while let ([to_word, to_above @ ..], [b_word, b_above @ ..]) = (to, b) {
        (*to_word, borrow) = word::subtract(*to_word, *b_word, borrow);
        (to, b) = (to_above, b_above);
    }
    borrow
}

#[inline(always)]
const fn subtract_four(rest: Rest<'_>) -> Rest<'_> {
    match rest.0.len() {
        ..4 => rest,
        4.. => subtract_word(subtract_word(subtract_word(subtract_word(rest)))),
    }
}

#[inline(always)]
const fn subtract_word(rest: Rest<'_>) -> Rest<'_> {
    match rest {
        ([a, a_above @ ..], [b, b_above @ ..], mut borrow) => {
            (*a, borrow) = word::subtract(*a, *b, borrow);
            (a_above, b_above, borrow)
        }
        (_, _, borrow) => (&mut [], &[], borrow),
    }
}

/// The number, or 0 without the `bit`.
#[inline(always)]
pub(super) const fn masked<const N: usize>(number: &[Word; N], bit: bool) -> [Word; N] {
    let mask = if bit { Word::MAX } else { 0 };
    let mut masked = *number;
    let mut rest: &mut [Word] = &mut masked;
    if IS_UNROLLED {
        rest = mask_four(rest, mask);
        rest = mask_four(rest, mask);
        rest = mask_word(mask_word(rest, mask), mask);
    }
    while !rest.is_empty() {
        rest = mask_word(rest, mask);
    }
    masked
}

#[inline(always)]
const fn mask_four(words: &mut [Word], mask: Word) -> &mut [Word] {
    match words.len() {
        ..4 => words,
        4.. => {
            let above = mask_word(mask_word(words, mask), mask);
            mask_word(mask_word(above, mask), mask)
        }
    }
}

#[inline(always)]
const fn mask_word(words: &mut [Word], mask: Word) -> &mut [Word] {
    match words {
        [word, above @ ..] => {
            *word &= mask;
            above
        }
        [] => &mut [],
    }
}

/// Shifts the lowest `len` words right by `bits`, with the bits of `above` coming in; `bits` is
/// more than 0 and less than a word has.
#[inline(always)]
pub(super) const fn shift_right<const N: usize>(
    number: &[Word; N],
    above: Word,
    bits: u32,
    len: usize,
) -> [Word; N] {
    let mut shifted = *number;
    let mut words = lowest(&mut shifted, len);
    while let [word, rest @ ..] = words {
        let next = match rest {
            [next, ..] => *next,
            [] => above,
        };
        *word = word.wrapping_shr(bits) | next.wrapping_shl(Word::BITS.wrapping_sub(bits));
        words = rest;
    }
    shifted
}

/// Shifts the lowest `len` words left by `bits`; bits that do not fit are lost. `bits` is more
/// than 0 and less than a word has.
#[inline(always)]
pub(super) fn shift_left<const N: usize>(number: &[Word; N], bits: u32, len: usize) -> [Word; N] {
    let mut shifted = *number;
    let mut below = 0;
    for word in lowest(&mut shifted, len) {
        let all = *word;
        *word = all.wrapping_shl(bits) | below;
        below = all.wrapping_shr(Word::BITS.wrapping_sub(bits));
    }
    shifted
}
