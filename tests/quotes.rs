//! Every quote in tests/data is accepted or refused, and for the right reason.
#![cfg(all(feature = "rsa", feature = "ecdsa", feature = "sha1"))]

use tpm_quote::{Error, PcrSet, Problem, TpmAlgId, verify::error::SelectionProblem};

mod common;

const SHA1: TpmAlgId = TpmAlgId::SHA1;
const SHA256: TpmAlgId = TpmAlgId::SHA256;

/// Such a problem shows no sets: only the crate can make empty ones, so those here stand
/// for them.
fn selection(problem: SelectionProblem) -> Problem {
    Problem::Selection {
        problem,
        expected: PcrSet::parse("sha256:0").unwrap(),
        found: PcrSet::parse("sha256:0").unwrap(),
    }
}

fn assert_same(found: &Error, expected: &Problem, what: &str) {
    match (found.problem(), expected) {
        (
            Problem::Selection {
                problem,
                expected: none,
                found: also_none,
            },
            Problem::Selection {
                problem: expected, ..
            },
        ) => {
            assert_eq!(problem, expected, "{what}");
            let sets = (none.to_string(), also_none.to_string());
            assert_eq!(sets, ("none".to_owned(), "none".to_owned()), "{what}");
        }
        (found, expected) => assert_eq!(found, expected, "{what}"),
    }
}

#[path = "quotes/altered.rs"]
mod altered;
#[path = "quotes/appraised.rs"]
mod appraised;
#[path = "quotes/cases.rs"]
mod cases;
#[path = "threats/forge.rs"]
#[allow(dead_code, reason = "the tests of threats use all of it")]
mod forge;
#[path = "quotes/judge.rs"]
mod judge;
#[path = "quotes/settings.rs"]
mod settings;
#[path = "quotes/signatures.rs"]
mod signatures;
#[path = "quotes/summaries.rs"]
mod summaries;
