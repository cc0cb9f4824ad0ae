//! RSA: whole numbers of any modulus.

#[cfg(target_arch = "x86_64")]
mod wide;

#[cfg(target_arch = "x86_64")]
pub use self::wide::rsa_power;

/// There are no wide units.
#[cfg(not(target_arch = "x86_64"))]
pub fn rsa_power(_: &[u8]) {}

use crypto_bigint::{NonZero, U1024, U2048, Uint};

#[path = "."]
mod with_64_bits {
    #[allow(dead_code)]
    #[path = "../../../../src/crypto/rsa/power.rs"]
    mod power;
    #[path = "steps.rs"]
    pub(super) mod steps;
    #[path = "../../../../src/crypto/rsa/width64.rs"]
    mod width;
    #[path = "../../../../src/crypto/rsa/word64.rs"]
    mod word;
}

#[path = "."]
#[allow(clippy::duplicate_mod)]
mod with_32_bits {
    #[allow(dead_code)]
    #[path = "../../../../src/crypto/rsa/power.rs"]
    mod power;
    #[path = "steps.rs"]
    pub(super) mod steps;
    #[path = "../../../../src/crypto/rsa/width32.rs"]
    mod width;
    #[path = "../../../../src/crypto/rsa/word32.rs"]
    mod word;
}

/// What is computed.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// `a^2`
    Square,
    /// `a b`
    Multiply,
    /// `(a R + b) / R mod n`
    Reduce,
    /// `(a R + b) mod n`, for an `a` below `n`
    Remainder,
}

/// A step, with words of one size: takes the modulus, `a` and `b`.
type Compute = fn(&[u8], &[u8], &[u8]) -> Vec<u8>;

/// The first byte says what is computed and with how many bits, the rest is made
/// into three numbers of that length.
pub fn rsa_arithmetic(data: &[u8]) {
    let Some((&shape, rest)) = data.split_first() else {
        return;
    };
    let step = match shape & 3 {
        0 => Step::Square,
        1 => Step::Multiply,
        2 => Step::Reduce,
        _ => Step::Remainder,
    };
    // More blocks are slow, and do nothing that these do not; whole powers of all
    // lengths are in the library's own tests.
    match shape >> 2 & 7 {
        0..7 => check::<{ U1024::LIMBS }>(step, rest),
        _ => check::<{ U2048::LIMBS }>(step, rest),
    }
}

/// A third of the input, as often as it fits.
fn number<const LIMBS: usize>(data: &[u8], which: usize) -> Vec<u8> {
    let third = data.len() / 3;
    let bytes = match data.get(which * third..(which + 1) * third) {
        Some(bytes) if !bytes.is_empty() => bytes,
        _ => &[0xff],
    };
    let len = LIMBS * 8;
    let mut bytes = bytes.repeat(len.div_ceil(bytes.len()));
    bytes.truncate(len);
    bytes
}

/// Word by word: byte by byte, as `from_be_slice` has it, most of a run would be this.
fn uint<const LIMBS: usize>(bytes: &[u8]) -> Uint<LIMBS> {
    let words = bytes.as_chunks().0.iter().rev();
    let mut uint = Uint::ZERO;
    for (to, bytes) in uint.as_mut_words().iter_mut().zip(words) {
        *to = u64::from_be_bytes(*bytes);
    }
    uint
}

fn check<const LIMBS: usize>(step: Step, data: &[u8]) {
    let [mut n, mut a, b] = [0, 1, 2].map(|which| number::<LIMBS>(data, which));
    n[0] |= 0x80;
    *n.last_mut().expect("a byte") |= 1;
    let uint = uint::<LIMBS>;
    let modulus = NonZero::new(uint(&n)).expect("not zero");
    if matches!(step, Step::Remainder) {
        let below = uint(&a).rem_vartime(&modulus);
        a = below.to_be_bytes().as_ref().to_vec();
    }
    let both = |step: Compute, other: Compute| {
        let ours = step(&n, &a, &b);
        assert_eq!(ours, other(&n, &a, &b), "words of 64 and of 32 bits");
        ours
    };
    match step {
        Step::Square | Step::Multiply => {
            let (ours, factor) = match step {
                Step::Square => (
                    both(with_64_bits::steps::square, with_32_bits::steps::square),
                    &a,
                ),
                _ => (
                    both(with_64_bits::steps::multiply, with_32_bits::steps::multiply),
                    &b,
                ),
            };
            let (low, high) = uint(&a).widening_mul(&uint(factor));
            let ours = ours.split_at(ours.len() / 2);
            assert_eq!((uint(ours.0), uint(ours.1)), (high, low), "{step:?}");
        }
        Step::Reduce => {
            let ours = both(with_64_bits::steps::reduce, with_32_bits::steps::reduce);
            // It is below R, not below n.
            // The difference of t and ours R, whichever is larger.
            let (a, b, ours) = (uint(&a), uint(&b), uint(&ours));
            let difference = match ours <= a {
                true => (b, a.wrapping_sub(&ours)),
                false => {
                    let borrow = Uint::from(u8::from(b != Uint::ZERO));
                    (
                        b.wrapping_neg(),
                        ours.wrapping_sub(&a).wrapping_sub(&borrow),
                    )
                }
            };
            let rest = Uint::rem_wide_vartime(difference, &modulus);
            assert_eq!(rest, Uint::ZERO, "{step:?}");
        }
        Step::Remainder => {
            let ours = both(
                with_64_bits::steps::remainder,
                with_32_bits::steps::remainder,
            );
            let number = Uint::rem_wide_vartime((uint(&b), uint(&a)), &modulus);
            assert_eq!(uint(&ours), number, "{step:?}");
        }
    }
}
