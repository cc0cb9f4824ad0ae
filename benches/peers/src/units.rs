//! Which units of the processor tpm-quote uses for RSA.

#[derive(Clone, Copy)]
pub enum Units {
    /// With the feature `simd`, on a processor that has them.
    Avx512Ifma,
    /// With the feature `simd`, on a processor that has nothing wider, or with
    /// `--cfg tpm_quote_level="avx2"` on one that has.
    Avx2,
    Plain,
}

impl Units {
    pub fn used() -> Self {
        #[cfg(target_arch = "x86_64")]
        if cfg!(feature = "simd") {
            let forced = cfg!(tpm_quote_level = "avx2");
            if !forced && std::is_x86_feature_detected!("avx512ifma") {
                return Self::Avx512Ifma;
            }
            if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("bmi2") {
                return Self::Avx2;
            }
        }
        Self::Plain
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Avx512Ifma => "RSA by AVX-512 IFMA (feature `simd`)",
            Self::Avx2 => "RSA by AVX2 (feature `simd`, no wider units)",
            Self::Plain => "RSA by plain words",
        }
    }

    /// Between which marks of docs/performance.md the table stands.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Avx512Ifma => "simd",
            Self::Avx2 => "avx2",
            Self::Plain => "plain",
        }
    }
}
