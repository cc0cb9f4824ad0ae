//! Numbers as digits that have fewer bits than a word, the least significant first: what vectors
//! multiply.

use super::word::Word;

/// Splits a number into digits. Each is computed by itself, so that none waits for another.
#[inline(always)]
pub(super) fn digits<const BITS: u32, const DIGITS: usize>(words: &[Word]) -> [u64; DIGITS] {
    let mut digits = [0; DIGITS];
    let mask = Word::MAX.wrapping_shr(Word::BITS.wrapping_sub(BITS));
    let word = |at: usize| words.get(at).copied().unwrap_or(0);
    // The word that a digit begins in, and at which bit.
    let (mut at, mut bit) = (0_usize, 0);
    for digit in &mut digits {
        let below = word(at).wrapping_shr(bit);
        // By 64 bits at most.
        let above = (word(at.wrapping_add(1)) << 1).wrapping_shl(63_u32.wrapping_sub(bit));
        *digit = (below | above) & mask;
        bit = bit.wrapping_add(BITS);
        at = at.wrapping_add(usize::from(bit >= Word::BITS));
        bit %= Word::BITS;
    }
    digits
}

/// Writes the number with these digits. Returns whether the last of them that is needed has more
/// bits than the words hold.
#[inline(always)]
pub(super) fn write_words<const BITS: u32>(digits: &[u64], words: &mut [Word]) -> bool {
    let digit = |at: usize| digits.get(at).copied().unwrap_or(0);
    // The digit that a word begins in, and at which bit.
    let (mut at, mut bit) = (0_usize, 0);
    for word in words {
        *word = digit(at).wrapping_shr(bit);
        let mut done = BITS.wrapping_sub(bit);
        at = at.wrapping_add(1);
        while done < Word::BITS {
            *word |= digit(at).wrapping_shl(done);
            done = done.wrapping_add(BITS);
            at = at.wrapping_add(1);
        }
        // The last one goes on in the next word, unless it ends with this one.
        let left = done.wrapping_sub(Word::BITS);
        bit = 0;
        if left > 0 {
            at = at.wrapping_sub(1);
            bit = BITS.wrapping_sub(left);
        }
    }
    digit(at).wrapping_shr(bit) != 0
}
