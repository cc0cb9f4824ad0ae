//! The functions of `power` for x86-64 processors with AVX2 and BMI2. What makes them faster is
//! MULX: it multiplies without changing the carry flag, and writes to any two registers.

use fearless_simd::Avx2;

use super::{
    power::{self, Steps},
    word::Word,
};

impl Steps for Avx2 {
    fn square(self, y: &[Word], t: &mut [Word]) {
        square(self, y, t);
    }

    fn multiply(self, x: &[u8], y: &[Word], t: &mut [Word]) {
        multiply(self, x, y, t);
    }

    fn reduce(self, t: &mut [Word], n: &[Word], negated_inverse: Word, y: &mut [Word]) {
        reduce(self, t, n, negated_inverse, y);
    }

    fn remainder(self, t: &mut [Word], n: &[Word]) -> Option<()> {
        remainder(self, t, n)
    }
}

fearless_simd::kernel!(
    fn square(level: Avx2, y: &[Word], t: &mut [Word]) {
        power::square(y, t);
    }
);

fearless_simd::kernel!(
    fn multiply(level: Avx2, x: &[u8], y: &[Word], t: &mut [Word]) {
        power::multiply(x, y, t);
    }
);

fearless_simd::kernel!(
    fn reduce(level: Avx2, t: &mut [Word], n: &[Word], negated_inverse: Word, y: &mut [Word]) {
        power::reduce(t, n, negated_inverse, y);
    }
);

fearless_simd::kernel!(
    fn remainder(level: Avx2, t: &mut [Word], n: &[Word]) -> Option<()> {
        power::remainder(t, n)
    }
);
