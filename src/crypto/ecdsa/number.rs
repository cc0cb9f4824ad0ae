//! Numbers of N words, the least significant first.

use super::word::{self, WORD_BYTES, Word};

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
pub(super) fn is_below<const N: usize>(a: &[Word; N], b: &[Word; N]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// `a + b`, and the carry.
#[inline(always)]
pub(super) const fn add<const N: usize>(a: &[Word; N], b: &[Word; N]) -> ([Word; N], bool) {
    let mut sum = *a;
    let mut carry = false;
    let (mut to, mut b): (&mut [Word], &[Word]) = (&mut sum, b);
    while let ([to_word, to_above @ ..], [b_word, b_above @ ..]) = (to, b) {
        (*to_word, carry) = word::add(*to_word, *b_word, carry);
        (to, b) = (to_above, b_above);
    }
    (sum, carry)
}

/// `a - b`, and the borrow.
#[inline(always)]
pub(super) const fn subtract<const N: usize>(a: &[Word; N], b: &[Word; N]) -> ([Word; N], bool) {
    let mut difference = *a;
    let mut borrow = false;
    let (mut to, mut b): (&mut [Word], &[Word]) = (&mut difference, b);
    while let ([to_word, to_above @ ..], [b_word, b_above @ ..]) = (to, b) {
        (*to_word, borrow) = word::subtract(*to_word, *b_word, borrow);
        (to, b) = (to_above, b_above);
    }
    (difference, borrow)
}

/// The number, or 0 without the `bit`.
#[inline(always)]
pub(super) const fn masked<const N: usize>(number: &[Word; N], bit: bool) -> [Word; N] {
    let mask = if bit { Word::MAX } else { 0 };
    let mut masked = *number;
    let mut to: &mut [Word] = &mut masked;
    while let [word, above @ ..] = to {
        *word &= mask;
        to = above;
    }
    masked
}

/// The number divided by 2^`bits`, with the bits of `above` coming in; `bits` is
/// more than 0 and less than a word has.
#[inline(always)]
pub(super) const fn shift_right<const N: usize>(
    number: &[Word; N],
    above: Word,
    bits: u32,
) -> [Word; N] {
    let mut shifted = *number;
    let mut words: &mut [Word] = &mut shifted;
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

/// The number times 2^`bits`; what does not fit is left out. `bits` is more than 0
/// and less than a word has.
#[inline(always)]
pub(super) fn shift_left<const N: usize>(number: &[Word; N], bits: u32) -> [Word; N] {
    let mut shifted = *number;
    let mut below = 0;
    for word in &mut shifted {
        let all = *word;
        *word = all.wrapping_shl(bits) | below;
        below = all.wrapping_shr(Word::BITS.wrapping_sub(bits));
    }
    shifted
}
