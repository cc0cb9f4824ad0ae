//! Words of 64 bits, for targets that multiply them.

/// A digit of a number.
pub(super) type Word = u64;
/// The product of two words, and two more words on top of it, fit.
pub(super) type Double = u128;

/// `acc += row * factor`, for as many words as both have; gives the carry.
pub(super) fn mul_add(acc: &mut [Word], row: &[Word], factor: Word) -> Word {
    let (acc_chunks, acc) = acc.as_chunks_mut::<8>();
    let (row_chunks, row) = row.as_chunks::<8>();
    let mut carries = Carries::default();
    for (acc, row) in acc_chunks.iter_mut().zip(row_chunks) {
        mul_add_chunk(acc, row, factor, &mut carries);
    }
    let (acc_chunks, acc) = acc.as_chunks_mut::<2>();
    let (row_chunks, row) = row.as_chunks::<2>();
    for (acc, row) in acc_chunks.iter_mut().zip(row_chunks) {
        mul_add_chunk(acc, row, factor, &mut carries);
    }
    let (acc, row) = (acc.as_chunks_mut::<1>().0, row.as_chunks::<1>().0);
    for (acc, row) in acc.iter_mut().zip(row) {
        mul_add_chunk(acc, row, factor, &mut carries);
    }
    // With B for 2^64, N for the whole of `row`: all of it is at most
    // (N - 1) (B - 1) + (N - 1) = N B - B < N B, so that the carry is one word.
    carries.product.wrapping_add(carries.sum.into())
}

/// From one chunk to the next: of `row * factor`, and of adding that to `acc`. Kept
/// apart, so that neither waits for the other.
#[derive(Default)]
struct Carries {
    product: Word,
    sum: bool,
}

/// A few words at once: the products, then `row * factor` from them, then the sum.
#[inline(always)]
fn mul_add_chunk<const CHUNK: usize>(
    acc: &mut [Word; CHUNK],
    row: &[Word; CHUNK],
    factor: Word,
    carries: &mut Carries,
) {
    let (mut low, mut high) = ([0; CHUNK], [0; CHUNK]);
    for ((low, high), &word) in low.iter_mut().zip(&mut high).zip(row) {
        let product = Double::from(word).wrapping_mul(factor.into());
        *low = product as Word;
        *high = (product >> Word::BITS) as Word;
    }
    let mut carry = false;
    for (low, &high) in low.iter_mut().zip(&high) {
        (*low, carry) = add(*low, carries.product, carry);
        carries.product = high;
    }
    // The product of a word and a number is below B times the number: it fits.
    carries.product = carries.product.wrapping_add(carry.into());
    for (acc, &low) in acc.iter_mut().zip(&low) {
        (*acc, carries.sum) = add(*acc, low, carries.sum);
    }
}

/// A sum with the carry of the one before, and its own.
#[inline(always)]
fn add(a: Word, b: Word, carry: bool) -> (Word, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry.into());
    (sum, first | second)
}
