//! What the crate wants to reach: its time, as a part of somebody else's.

use Limit::{AtMost, BelowOne};

use crate::{
    measure::{Figures, Who},
    quotes::QUOTE,
    signatures::{P256, P384, P521, RSA_2048, RSA_3072, RSA_4096},
    structures::PARSE_THREE,
    who::{
        AWS_COLD, AWS_WARM, MU, MU_OPENSSL_COLD, OPENSSL_WARM, OURS, OURS_PREPARED, OURS_SIGNATURE,
        RING, VIEW, VIEW_AWS,
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

pub const GOALS: [Goal; 16] = [
    goal(PARSE_THREE, OURS, MU, AtMost(0.06)),
    goal(PARSE_THREE, OURS, VIEW, AtMost(0.65)),
    goal(RSA_2048, OURS, OPENSSL_WARM, AtMost(0.82)),
    goal(RSA_2048, OURS, RING, BelowOne),
    goal(RSA_2048, OURS, AWS_COLD, BelowOne),
    goal(RSA_3072, OURS, OPENSSL_WARM, AtMost(0.9)),
    goal(RSA_4096, OURS, OPENSSL_WARM, AtMost(0.92)),
    goal(P256, OURS, OPENSSL_WARM, AtMost(1.2)),
    goal(P256, OURS_PREPARED, OPENSSL_WARM, AtMost(0.75)),
    goal(P384, OURS, OPENSSL_WARM, AtMost(0.5)),
    goal(P384, OURS, AWS_WARM, AtMost(1.5)),
    goal(P521, OURS, OPENSSL_WARM, AtMost(1.25)),
    goal(P521, OURS_PREPARED, OPENSSL_WARM, AtMost(0.85)),
    goal(QUOTE, OURS, MU_OPENSSL_COLD, AtMost(0.56)),
    goal(QUOTE, OURS, VIEW_AWS, BelowOne),
    goal(QUOTE, OURS, OURS_SIGNATURE, AtMost(1.03)),
];

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
