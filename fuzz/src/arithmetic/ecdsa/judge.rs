//! What `crypto-bigint` computes.

use std::{array, sync::LazyLock};

use crypto_bigint::{NonZero, U576};

use super::{Id, with_64_bits::steps::constants};

/// Room for every number that is no product.
pub type Number = U576;
pub const BYTES: usize = 72;

/// How many multiples of the base point are looked at: with two there is all that more
/// would do, and they are the slowest step.
pub const POINTS: usize = 2;

/// Big-endian bytes, the last if there are too many.
pub fn number(bytes: &[u8]) -> Number {
    let mut padded = [0; BYTES];
    for (to, byte) in padded.iter_mut().rev().zip(bytes.iter().rev()) {
        *to = *byte;
    }
    Number::from_be_slice(&padded)
}

/// The number modulo `2^bits`.
pub fn low_bits(number: &Number, bits: u32) -> Number {
    match bits {
        Number::BITS => *number,
        _ => number.bitand(&Number::ONE.shl_vartime(bits).wrapping_sub(&Number::ONE)),
    }
}

/// One of the primes, with an R of so many bits.
pub struct Judge {
    curve: Id,
    is_order: bool,
    pub r_bits: u32,
    m: NonZero<Number>,
    r: Number,
    r_inverse: Number,
    half: Number,
    /// The base point times 1, 3, 5 and so on, if this is the prime of its coordinates.
    pub odd_multiples: Option<[[Number; 2]; POINTS]>,
}

static JUDGES: LazyLock<Vec<Judge>> = LazyLock::new(|| {
    let mut judges = vec![];
    // Seventeen words of 32 bits are enough for P-521, but not whole words of 64 bits.
    for (curve, r_bits) in [
        (Id::P256, 256),
        (Id::P384, 384),
        (Id::P521, 576),
        (Id::P521, 544),
    ] {
        for is_order in [false, true] {
            judges.push(Judge::new(curve, is_order, r_bits));
        }
    }
    judges
});

impl Judge {
    pub fn of(curve: Id, is_order: bool, r_bits: u32) -> &'static Self {
        JUDGES
            .iter()
            .find(|judge| (judge.curve, judge.is_order, judge.r_bits) == (curve, is_order, r_bits))
            .expect("a judge for each")
    }

    fn new(curve: Id, is_order: bool, r_bits: u32) -> Self {
        let [p, order, x, y] = constants(curve);
        let m = if is_order { order } else { p };
        let mut judge = Self {
            curve,
            is_order,
            r_bits,
            m: NonZero::new(m).expect("not zero"),
            r: Number::ZERO,
            r_inverse: Number::ZERO,
            half: Number::ZERO,
            odd_multiples: None,
        };
        let root = Number::ONE.shl_vartime(r_bits / 2);
        judge.r = judge.product(&root, &root);
        judge.r_inverse = judge.inverse(&judge.r);
        judge.half = judge.inverse(&Number::from(2_u32));
        if !is_order {
            let point = [x, y];
            let twice = judge.sum_of_points(&point, &point);
            let mut multiple = point;
            judge.odd_multiples = Some(array::from_fn(|_| {
                let next = judge.sum_of_points(&multiple, &twice);
                std::mem::replace(&mut multiple, next)
            }));
        }
        judge
    }

    /// Two points that are equal, or of different x; by the textbook's formula.
    fn sum_of_points(&self, a: &[Number; 2], b: &[Number; 2]) -> [Number; 2] {
        let ([a_x, a_y], [b_x, b_y]) = (a, b);
        let (rise, run) = match a == b {
            true => {
                // 3 x^2 - 3 and 2 y
                let less = self.difference(&self.product(a_x, a_x), &Number::ONE);
                let rise = self.product(&Number::from(3_u32), &less);
                (rise, self.sum(a_y, a_y))
            }
            false => (self.difference(b_y, a_y), self.difference(b_x, a_x)),
        };
        let slope = self.product(&rise, &self.inverse(&run));
        let square = self.product(&slope, &slope);
        let x = self.difference(&self.difference(&square, a_x), b_x);
        let y = self.product(&slope, &self.difference(a_x, &x));
        [x, self.difference(&y, a_y)]
    }

    /// The number with the modulus more, if R has room for it.
    pub fn above(&self, number: &Number) -> Number {
        let more = number.wrapping_add(self.m.as_ref());
        match low_bits(&more, self.r_bits) == more {
            true => more,
            false => *number,
        }
    }

    pub fn has(&self, number: &Number) -> bool {
        number < self.m.as_ref()
    }

    /// As many bits of the number as the modulus has, which may be more than that.
    pub fn cut(&self, number: &Number) -> Number {
        low_bits(number, self.m.bit_width_vartime())
    }

    /// A number below the modulus; those near either end are made of few bits.
    pub fn below(&self, (number, from_the_end): &(Number, bool)) -> Number {
        let below = self.cut(number).rem_vartime(&self.m);
        match from_the_end {
            true => self.difference(&Number::ZERO, &below),
            false => below,
        }
    }

    pub fn sum(&self, a: &Number, b: &Number) -> Number {
        a.wrapping_add(b).rem_vartime(&self.m)
    }

    pub fn difference(&self, a: &Number, b: &Number) -> Number {
        a.wrapping_add(self.m.as_ref())
            .wrapping_sub(b)
            .rem_vartime(&self.m)
    }

    pub fn product(&self, a: &Number, b: &Number) -> Number {
        Number::rem_wide_vartime(a.widening_mul(b), &self.m)
    }

    fn inverse(&self, number: &Number) -> Number {
        let m = self.m.as_ref().to_odd().expect("odd");
        number.invert_odd_mod(&m).expect("invertible")
    }

    pub fn half(&self, number: &Number) -> Number {
        self.product(number, &self.half)
    }

    /// `number R`
    pub fn times_r(&self, number: &Number) -> Number {
        self.product(number, &self.r)
    }

    /// `number / R`
    pub fn divided_by_r(&self, number: &Number) -> Number {
        self.product(number, &self.r_inverse)
    }
}
