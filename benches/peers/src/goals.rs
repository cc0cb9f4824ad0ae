//! What the crate wants to reach: its time, as a part of somebody else's.

use Limit::{AtMost, BelowOne};

use crate::{
    measure::{Figures, Who},
    quotes::QUOTE,
    signatures::{P256, P384, P521, RSA_2048, RSA_3072, RSA_4096},
    structures::PARSE_THREE,
    units::Units,
    who::{
        AWS_COLD, AWS_WARM, MU, MU_OPENSSL_COLD, OPENSSL_WARM, OURS, OURS_PREPARED, RING, VIEW,
        VIEW_AWS,
    },
};

pub struct Goal {
    pub work: &'static str,
    pub ours: Who,
    pub peer: Who,
    limit: Limit,
}

/// The largest part.
#[derive(Clone, Copy)]
enum Limit {
    AtMost(f64),
    BelowOne,
}

const fn goal(work: &'static str, ours: Who, peer: Who, limit: Limit) -> Goal {
    Goal {
        work,
        ours,
        peer,
        limit,
    }
}

/// The goals of every build.
const COMMON: [Goal; 9] = [
    goal(PARSE_THREE, OURS, MU, AtMost(0.06)),
    goal(PARSE_THREE, OURS, VIEW, AtMost(0.65)),
    goal(P256, OURS, OPENSSL_WARM, BelowOne),
    goal(P256, OURS, AWS_WARM, AtMost(1.0)),
    goal(P256, OURS_PREPARED, AWS_WARM, AtMost(0.65)),
    goal(P384, OURS, AWS_WARM, AtMost(1.0)),
    goal(P384, OURS_PREPARED, AWS_WARM, AtMost(0.65)),
    goal(P521, OURS, AWS_WARM, AtMost(1.0)),
    goal(P521, OURS_PREPARED, AWS_WARM, AtMost(0.65)),
];

/// The goals for RSA by AVX-512 IFMA.
const IFMA: [Goal; 8] = [
    goal(RSA_2048, OURS, OPENSSL_WARM, AtMost(0.37)),
    goal(RSA_2048, OURS, AWS_WARM, AtMost(0.48)),
    goal(RSA_3072, OURS, OPENSSL_WARM, AtMost(0.35)),
    goal(RSA_3072, OURS, AWS_WARM, AtMost(0.48)),
    goal(RSA_4096, OURS, OPENSSL_WARM, AtMost(0.32)),
    goal(RSA_4096, OURS, AWS_WARM, AtMost(0.48)),
    goal(QUOTE, OURS, MU_OPENSSL_COLD, AtMost(0.35)),
    goal(QUOTE, OURS, VIEW_AWS, BelowOne),
];

/// The goals for RSA by AVX2.
const AVX2: [Goal; 7] = [
    goal(RSA_2048, OURS, OPENSSL_WARM, AtMost(0.86)),
    goal(RSA_2048, OURS, AWS_COLD, BelowOne),
    goal(RSA_3072, OURS, OPENSSL_WARM, AtMost(0.86)),
    goal(RSA_3072, OURS, AWS_COLD, BelowOne),
    goal(RSA_4096, OURS, OPENSSL_WARM, AtMost(0.86)),
    goal(RSA_4096, OURS, AWS_COLD, BelowOne),
    goal(QUOTE, OURS, VIEW_AWS, BelowOne),
];

/// The goals for RSA by plain words: no worse than on 2026-11-24.
const PLAIN: [Goal; 6] = [
    goal(RSA_2048, OURS, OPENSSL_WARM, AtMost(0.91)),
    goal(RSA_2048, OURS, RING, BelowOne),
    goal(RSA_2048, OURS, AWS_COLD, AtMost(1.03)),
    goal(RSA_3072, OURS, OPENSSL_WARM, AtMost(0.99)),
    goal(RSA_4096, OURS, OPENSSL_WARM, AtMost(1.03)),
    goal(QUOTE, OURS, MU_OPENSSL_COLD, AtMost(0.56)),
];

/// The goals for the units of the processor that are used.
pub fn goals() -> impl Iterator<Item = &'static Goal> {
    let rsa: &[Goal] = match Units::used() {
        Units::Avx512Ifma => &IFMA,
        Units::Avx2 => &AVX2,
        Units::Plain => &PLAIN,
    };
    COMMON.iter().chain(rsa)
}

impl Goal {
    /// Our time and the peer's, if both were measured.
    pub fn times(&self, figures: &[Figures]) -> Option<(f64, f64)> {
        let row = figures.iter().find(|row| row.work == self.work)?;
        Some((row.time(self.ours)?, row.time(self.peer)?))
    }

    pub fn is_reached(&self, ratio: f64) -> bool {
        match self.limit {
            AtMost(limit) => ratio <= limit,
            BelowOne => ratio < 1.0,
        }
    }

    pub fn limit(&self) -> String {
        match self.limit {
            AtMost(limit) => format!("at most {limit}"),
            BelowOne => "below 1".to_owned(),
        }
    }
}
