//! ECDSA: residues modulo the primes of the three curves, as constants and in the
//! compact form, where the prime is a value.

use self::judge::Number;

mod judge;

#[path = "."]
mod with_64_bits {
    mod id {
        pub(super) use super::super::Id;
    }

    #[allow(dead_code)]
    #[path = "../../../../src/crypto/ecdsa/compact.rs"]
    mod compact;
    #[path = "../../../../src/crypto/ecdsa/constants.rs"]
    mod constants;
    #[allow(dead_code)]
    #[path = "../../../../src/crypto/ecdsa/curves.rs"]
    mod curves;
    #[path = "../../../../src/crypto/ecdsa/field.rs"]
    mod field;
    #[path = "../../../../src/crypto/ecdsa/fields64.rs"]
    mod fields;
    #[allow(dead_code)]
    #[path = "../../../../src/crypto/ecdsa/multiples.rs"]
    mod multiples;
    #[path = "../../../../src/crypto/ecdsa/number.rs"]
    mod number;
    #[path = "../../../../src/crypto/ecdsa/p256.rs"]
    mod p256;
    #[path = "../../../../src/crypto/ecdsa/p384.rs"]
    mod p384;
    #[path = "../../../../src/crypto/ecdsa/p521.rs"]
    mod p521;
    #[allow(dead_code)]
    #[path = "../../../../src/crypto/ecdsa/point.rs"]
    mod point;
    #[path = "steps.rs"]
    pub(super) mod steps;
    #[path = "../../../../src/crypto/ecdsa/table/mod.rs"]
    mod table;
    #[allow(dead_code)]
    #[path = "../../../../src/crypto/ecdsa/verification.rs"]
    mod verification;
    #[path = "../../../../src/crypto/ecdsa/width64.rs"]
    mod width;
    #[path = "../../../../src/crypto/ecdsa/word.rs"]
    mod word;
}

#[path = "."]
#[allow(clippy::duplicate_mod)]
mod with_32_bits {
    mod id {
        pub(super) use super::super::Id;
    }

    #[allow(dead_code)]
    #[path = "../../../../src/crypto/ecdsa/compact.rs"]
    mod compact;
    #[path = "../../../../src/crypto/ecdsa/constants.rs"]
    mod constants;
    #[allow(dead_code)]
    #[path = "../../../../src/crypto/ecdsa/curves.rs"]
    mod curves;
    #[path = "../../../../src/crypto/ecdsa/field.rs"]
    mod field;
    #[path = "../../../../src/crypto/ecdsa/fields32.rs"]
    mod fields;
    #[allow(dead_code)]
    #[path = "../../../../src/crypto/ecdsa/multiples.rs"]
    mod multiples;
    #[path = "../../../../src/crypto/ecdsa/number.rs"]
    mod number;
    #[allow(dead_code)]
    #[path = "../../../../src/crypto/ecdsa/point.rs"]
    mod point;
    #[allow(dead_code)]
    #[path = "steps.rs"]
    pub(super) mod steps;
    #[path = "../../../../src/crypto/ecdsa/table/mod.rs"]
    mod table;
    #[allow(dead_code)]
    #[path = "../../../../src/crypto/ecdsa/verification.rs"]
    mod verification;
    #[path = "../../../../src/crypto/ecdsa/width32.rs"]
    mod width;
    #[path = "../../../../src/crypto/ecdsa/word.rs"]
    mod word;
}

/// A curve, as the library's sources know it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Id {
    P256,
    P384,
    P521,
}

/// What is computed. The numbers `a` and `b` are the words that stand for residues, or
/// plain numbers where it says so.
#[derive(Clone, Copy, Debug)]
enum Step {
    Add,
    Subtract,
    Negate,
    Half,
    Square,
    Multiply,
    /// The sum and the difference, and the square of the sum: what is kept of these may be more
    /// than the modulus.
    MultiplySums,
    /// By a plain number of as many words as R takes.
    MultiplyByNumber,
    /// From a plain number, if it is below the modulus.
    Check,
    /// Of a plain number.
    InverseOf,
    /// Of a plain number, with as many bits as the library takes.
    NonAdjacent,
    /// Of the base point with a z, which has them inverted together.
    OddMultiples,
}

const STEPS: [Step; 12] = [
    Step::Add,
    Step::Subtract,
    Step::Negate,
    Step::Half,
    Step::Square,
    Step::Multiply,
    Step::MultiplyByNumber,
    Step::Check,
    Step::InverseOf,
    Step::NonAdjacent,
    Step::OddMultiples,
    Step::MultiplySums,
];

/// What the fuzzer asks for.
#[derive(Debug)]
struct Question {
    step: Step,
    curve: Id,
    /// Modulo the order, not the field's modulus.
    is_order: bool,
    is_compact: bool,
    /// Whether `a` and `b` are kept with the modulus more, where they may be and R has room for it.
    are_above: [bool; 2],
    /// As they come, of any size, and whether to count them from the modulus down.
    a: (Number, bool),
    b: (Number, bool),
}

/// The first byte says what is computed and the second modulo what and with which
/// words, the rest is cut into two numbers.
pub fn ecdsa_arithmetic(data: &[u8]) {
    let Some((&[step, place], rest)) = data.split_first_chunk() else {
        return;
    };
    let (a, b) = rest.split_at(rest.len() / 2);
    let bit = |at: u8| place >> at & 1 == 1;
    let step = STEPS[usize::from(step) % STEPS.len()];
    let question = Question {
        step,
        curve: match place & 3 {
            0 => Id::P256,
            1 => Id::P384,
            _ => Id::P521,
        },
        is_order: bit(2) && !bit(7) && !matches!(step, Step::OddMultiples),
        is_compact: bit(3),
        are_above: [bit(7) && !bit(2), bit(7)],
        a: (judge::number(a), bit(4)),
        b: (judge::number(b), bit(5)),
    };
    match bit(6) {
        false => with_64_bits::steps::check(&question),
        true => with_32_bits::steps::check(&question),
    }
}
