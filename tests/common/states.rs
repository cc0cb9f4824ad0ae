//! The states of an appraisal's checks, beside the error that it has.

use tpm_quote::{Appraisal, Check, CheckState, Verdict, verify::Part};

/// The checks of a quote and of its key, in the order in which they run.
pub const OF_A_QUOTE: [Check; 19] = [
    Check::Input,
    Check::KeyType,
    Check::KeyAttributes,
    Check::KeyStrength,
    Check::KeyScheme,
    Check::KeyAnchor,
    Check::SignatureScheme,
    Check::Signature,
    Check::Magic,
    Check::Type,
    Check::Nonce,
    Check::Signer,
    Check::Selection,
    Check::PcrValues,
    Check::PcrDigest,
    Check::Baseline,
    Check::Clock,
    Check::BootLog,
    Check::Ima,
];

/// Logs are given to no appraisal that is judged here.
const OF_LOGS: [Check; 2] = [Check::BootLog, Check::Ima];

/// Each check before the one that failed is ok, each one after it was not reached, and what
/// nothing asked for is neither, as what needs logs. `attest` are the signed bytes.
#[track_caller]
pub fn are_those_of_the_error<T>(
    appraisal: &Appraisal<'_, T>,
    not_asked_for: &[Check],
    attest: &[u8],
) {
    let listed: Vec<_> = appraisal.checks().map(|(check, _)| check).collect();
    assert_eq!(listed, OF_A_QUOTE);
    let not_asked_for = &[not_asked_for, &OF_LOGS].concat();
    for (check, state) in appraisal.checks() {
        assert_eq!(state, appraisal.state(check));
        let expected = expected(appraisal, check, not_asked_for, attest);
        assert_eq!(state, expected, "{check}: {:?}", appraisal.error());
    }
}

fn expected<T>(
    appraisal: &Appraisal<'_, T>,
    check: Check,
    not_asked_for: &[Check],
    attest: &[u8],
) -> CheckState {
    let Some(error) = appraisal.error() else {
        return match not_asked_for.contains(&check) {
            true => CheckState::NotAskedFor,
            false => CheckState::Ok,
        };
    };
    let failed = error.check();
    if check == failed {
        return match error.verdict() {
            Verdict::Unsupported => CheckState::Unsupported,
            Verdict::Rejected | Verdict::Malformed => CheckState::Failed,
        };
    }
    if not_asked_for.contains(&check) {
        return CheckState::NotAskedFor;
    }
    // What cannot be read is met on the way: the checks before it were run.
    let last = match (failed, error.part()) {
        (Check::Input, Part::Signature) => Check::KeyAnchor,
        (Check::Input, Part::Signed) if attest.len() < 4 => Check::Signature,
        (Check::Input, Part::Signed) if attest.len() < 6 => Check::Magic,
        (Check::Input, Part::Signed) => Check::Type,
        (Check::Input, part) => panic!("{part}: {error}"),
        (failed, _) => *OF_A_QUOTE
            .iter()
            .rfind(|before| **before < failed)
            .expect("a check before it"),
    };
    if check <= last {
        CheckState::Ok
    } else {
        CheckState::NotReached
    }
}
