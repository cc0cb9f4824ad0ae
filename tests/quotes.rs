//! Every quote in tests/data is accepted or refused, and for the right reason.
#![cfg(all(feature = "rsa", feature = "ecdsa"))]

use tpm_quote::{PcrSet, TpmAlgId, VerifyError, verify::SelectionProblem};

mod common;

const SHA1: TpmAlgId = TpmAlgId::SHA1;
const SHA256: TpmAlgId = TpmAlgId::SHA256;

/// The sets in such an error are empty, and only the crate can make those; the
/// text of a set is what can be compared.
fn selection(problem: SelectionProblem) -> VerifyError {
    VerifyError::Selection {
        problem,
        expected: PcrSet::parse("sha256:0").unwrap(),
        found: PcrSet::parse("sha256:0").unwrap(),
    }
}

fn assert_same(found: VerifyError, expected: VerifyError, what: &str) {
    match (found, expected) {
        (
            VerifyError::Selection {
                problem,
                expected: none,
                found: also_none,
            },
            VerifyError::Selection {
                problem: expected, ..
            },
        ) => {
            assert_eq!(problem, expected, "{what}");
            let sets = (none.to_string(), also_none.to_string());
            assert_eq!(sets, ("none".to_owned(), "none".to_owned()), "{what}");
        }
        _ => assert_eq!(found, expected, "{what}"),
    }
}

#[path = "quotes/altered.rs"]
mod altered;
#[path = "quotes/cases.rs"]
mod cases;
#[path = "quotes/judge.rs"]
mod judge;
