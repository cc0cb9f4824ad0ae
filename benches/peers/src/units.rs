//! Which units of the processor tpm-quote uses for RSA.

#[derive(Clone, Copy)]
pub enum Units {
    /// With the feature `simd`, on a processor that has them.
    Avx512Ifma,
    Plain,
}

impl Units {
    pub fn used() -> Self {
        #[cfg(target_arch = "x86_64")]
        if cfg!(feature = "simd") && std::is_x86_feature_detected!("avx512ifma") {
            return Self::Avx512Ifma;
        }
        Self::Plain
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Avx512Ifma => "RSA by AVX-512 IFMA (feature `simd`)",
            Self::Plain => "RSA by plain words",
        }
    }

    /// Between which marks of docs/performance.md the table stands.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Avx512Ifma => "simd",
            Self::Plain => "plain",
        }
    }
}
