//! Whole powers by AVX-512 IFMA and by AVX2, beside those by plain words.

#[path = "../../../../src/crypto/rsa/avx2.rs"]
mod avx2;
#[path = "../../../../src/crypto/rsa/digits.rs"]
mod digits;
#[allow(dead_code)]
#[path = "../../../../src/crypto/rsa/ifma.rs"]
mod ifma;
#[allow(dead_code)]
#[path = "../../../../src/crypto/rsa/power.rs"]
mod power;
#[path = "../../../../src/crypto/rsa/width64.rs"]
mod width;
#[path = "../../../../src/crypto/rsa/word64.rs"]
mod word;

/// The first byte says how long the modulus is; the rest is made into it and the signature.
/// What the processor does not have is not compared.
pub fn rsa_power(data: &[u8]) {
    let Some((&shape, rest)) = data.split_first() else {
        return;
    };
    let level = fearless_simd::Level::new();
    let len = match shape % 16 {
        15 => 128,
        _ => [256, 384, 512][usize::from(shape % 3)],
    };
    let (modulus, signature) = rest.split_at(rest.len() / 2);
    let number = |bytes: &[u8]| -> Vec<u8> {
        let bytes = if bytes.is_empty() { &[0xff] } else { bytes };
        bytes.iter().copied().cycle().take(len).collect()
    };
    let (mut modulus, signature) = (number(modulus), number(signature));
    // Both also refuse what is no modulus: one in four is left as it is.
    if shape & 0xc0 != 0 {
        modulus[0] |= 0x80;
        modulus[len - 1] |= 1;
    }
    let mut plain = power::NUMBER;
    let expected = power::power_65537(&modulus, &signature, &mut plain);
    if let Some(level) = level.as_avx512().filter(|_| len > 128) {
        let mut wide = power::NUMBER.map(|_| u64::MAX);
        let done = ifma::power_65537(level, &modulus, &signature, &mut wide);
        assert_eq!(done.map(|()| &wide[..len / 8]), expected.as_deref());
    }
    if let Some(level) = level.as_avx2() {
        let mut wide = power::NUMBER.map(|_| u64::MAX);
        let done = avx2::power_65537(level, &modulus, &signature, &mut wide);
        assert_eq!(done.map(|()| &wide[..len / 8]), expected.as_deref());
    }
}
