//! The fingerprint of RSA keys from the Infineon library of CVE-2017-15361
//! (ROCA), which can be factored.
//!
//! That library makes its primes as `k * M + (65537^a mod M)`, where M is a
//! product of small primes. So the modulus, too, is a power of 65537 modulo
//! each of them. An ordinary modulus is that modulo all of the primes below
//! with a probability of about 2^-27.

use core::num::NonZeroU32;

/// Primes modulo which few numbers are powers of 65537, and which divide
/// 2^36 - 1. They let one ordinary modulus in 346 pass.
const FIRST: [u32; 5] = [37, 73, 13, 19, 109];

/// The other primes.
const OTHERS: [u32; 12] = [11, 17, 53, 61, 79, 71, 97, 103, 107, 127, 151, 157];

/// Whether the modulus has the fingerprint.
pub(crate) fn is_roca(modulus: &[u8]) -> bool {
    let sum = digit_sum(modulus).to_be_bytes();
    FIRST.iter().all(|&prime| is_power(&sum, prime))
        && OTHERS.iter().all(|&prime| is_power(modulus, prime))
}

/// The sum of the digits to the base 2^36, which is the number itself modulo any
/// divisor of 2^36 - 1: casting out nines. Nine bytes are two digits.
fn digit_sum(number: &[u8]) -> u64 {
    let (head, pairs) = number.as_rchunks::<9>();
    let head = head.iter().fold(0, |n, &byte| n << 8 | u64::from(byte));
    pairs
        .iter()
        .fold((head >> 36).wrapping_add(head & DIGIT), |sum, pair| {
            let [high @ .., last] = pair;
            let high = u64::from_be_bytes(*high);
            let low = high << 8 | u64::from(*last);
            sum.wrapping_add(high >> 28).wrapping_add(low & DIGIT)
        })
}

const DIGIT: u64 = (1 << 36) - 1;

/// Whether `number` is a power of 65537 modulo `prime`, which has at most 16 bits.
///
/// With divisions of 32 bits only: a function that divides 64 bits is a twentieth of
/// what firmware needs for a quote.
fn is_power(number: &[u8], prime: u32) -> bool {
    let Some(prime) = NonZeroU32::new(prime) else {
        return false;
    };
    let (head, pairs) = number.as_rchunks();
    let head = head.first().map_or(0, |&byte| byte.into());
    let number = pairs.iter().fold(head % prime, |rest, pair| {
        (rest << 16 | u32::from(u16::from_be_bytes(*pair))) % prime
    });
    let mut power = 1;
    // The powers come back to 1 after fewer steps than the prime has numbers.
    for _ in 0..prime.get() {
        if power == number {
            return true;
        }
        power = power.wrapping_mul(65537) % prime;
        if power == 1 {
            break;
        }
    }
    false
}
