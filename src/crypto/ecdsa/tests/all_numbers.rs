//! Tests of fields with words of 8 bits. The expected values are computed with `u64`.

use core::array;

use super::{
    field::{Modulus, Prime, Residue, one},
    word::Word,
};

/// A prime with products that are written out, as those of the curves are.
#[derive(Debug, Clone, Copy)]
struct WrittenOut<'p, const N: usize>(&'p Prime<N>);

impl<const N: usize> Modulus<N> for WrittenOut<'_, N> {
    const IS_UNROLLED: bool = true;

    fn prime(&self) -> &Prime<N> {
        self.0
    }
}

fn words<const N: usize>(number: u64) -> [Word; N] {
    let bytes = number.to_le_bytes();
    let (number, above) = bytes.split_at(N);
    assert!(above.iter().all(|byte| *byte == 0));
    number.try_into().unwrap()
}

fn number(words: &[Word]) -> u64 {
    let above = words.iter().rev();
    above.fold(0, |sum, word| sum << 8 | u64::from(*word))
}

/// Compares the arithmetic modulo an odd number with that of `u64`.
struct Judge<M, const N: usize> {
    modulus: M,
    m: u64,
    /// `1 / R mod m`
    inverse_of_r: u64,
}

impl<M: Modulus<N>, const N: usize> Judge<M, N> {
    fn new(modulus: M) -> Self {
        let m = number(&modulus.prime().m);
        let inverse_of_r = (0..m).find(|x| (x << (8 * N)) % m == 1 % m).unwrap();
        Self {
            modulus,
            m,
            inverse_of_r,
        }
    }

    fn residue(&self, kept: u64) -> Residue<M, N> {
        Residue::kept(words(kept % self.m), self.modulus)
    }

    fn check(&self, a: u64) {
        let (m, ours) = (self.m, self.residue(a));
        assert!(
            ours.square() == self.residue(a * a % m * self.inverse_of_r),
            "{a}^2 mod {m}"
        );
        assert!(ours.negated() == self.residue(m - a), "-{a} mod {m}");
        let half = if a.is_multiple_of(2) {
            a / 2
        } else {
            (a + m) / 2
        };
        assert!(ours.half() == self.residue(half), "{a} / 2 mod {m}");
        assert_eq!(ours.is_zero(), a == 0);
        let plain = number(&ours.mul_number(&one()));
        assert_eq!(plain, a * self.inverse_of_r % m, "{a} / R mod {m}");

        let inverse = Residue::inverse_of(&words(a), self.modulus);
        match inverse.map(|inverse| number(&inverse.mul_number(&one()))) {
            Some(inverse) => assert_eq!(inverse * a % m, 1, "1 / {a} mod {m}"),
            None => assert_ne!(divisor(a, m), 1, "1 / {a} mod {m}"),
        }
    }

    fn check_pair(&self, a: u64, b: u64) {
        let (m, ours, other) = (self.m, self.residue(a), self.residue(b));
        assert!(ours.add(&other) == self.residue(a + b), "{a} + {b} mod {m}");
        assert!(
            ours.sub(&other) == self.residue(a + m - b),
            "{a} - {b} mod {m}"
        );
        let product = self.residue(a * b % m * self.inverse_of_r);
        assert!(ours.mul(&other) == product, "{a} {b} mod {m}");
    }

    /// Of a number that need not be below the modulus.
    fn check_number(&self, a: u64, b: u64) {
        let product = number(&self.residue(a).mul_number(&words(b)));
        assert_eq!(product, a * b % self.m * self.inverse_of_r % self.m);
        let checked = Residue::checked(&words(b), self.modulus);
        let plain = checked.map(|ours| number(&ours.mul_number(&one())));
        assert_eq!(plain, (b < self.m).then_some(b), "{b} mod {}", self.m);
    }
}

/// The greatest common divisor.
fn divisor(a: u64, b: u64) -> u64 {
    match a {
        0 => b,
        _ => divisor(b % a, a),
    }
}

#[test]
fn numbers_of_one_word() {
    fn check<M: Modulus<1>>(modulus: M) {
        let judge = Judge::new(modulus);
        for a in 0..judge.m {
            judge.check(a);
            for b in 0..judge.m {
                judge.check_pair(a, b);
            }
            for b in 0..256 {
                judge.check_number(a, b);
            }
        }
    }
    for m in (3..=Word::MAX).step_by(2) {
        let prime = Prime::new([m], 1);
        check(&prime);
        check(WrittenOut(&prime));
    }
}

#[test]
fn numbers_of_two_words() {
    fn check<M: Modulus<2>>(modulus: M) {
        let judge = Judge::new(modulus);
        let ends = [0, 1, 0x80, 0xff];
        let with_ends: [u64; 16] = array::from_fn(|at| ends[at / 4] << 8 | ends[at % 4]);
        let largest = [judge.m - 2, judge.m - 1];
        for a in 0..judge.m {
            judge.check(a);
            for &b in with_ends.iter().chain(&largest) {
                if b < judge.m {
                    judge.check_pair(a, b);
                }
                judge.check_number(a, b);
            }
            if judge.m < 0x200 {
                (0..judge.m).for_each(|b| judge.check_pair(a, b));
            }
        }
    }
    for m in [
        0x0101, 0x01ff, 0x7fff, 0x8001, 0x80ff, 0xff01, 0xfff1, 0xffff,
    ] {
        let prime = Prime::new(words(m), 2);
        check(&prime);
        check(WrittenOut(&prime));
    }
}
