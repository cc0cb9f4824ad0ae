//! What was expected and what came, where an error of the library has both or one of them.

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
};

use tpm_quote::{
    Error, Problem,
    verify::{
        Excerpt,
        error::{
            AttestProblem, AuditProblem, BootProblem, ClockProblem, ContentsProblem,
            CreationProblem, ImaProblem, KeyProblem, ObjectProblem, QuoteProblem,
        },
    },
};

/// What was expected, and what came.
pub type Texts = (Option<String>, Option<String>);

/// What was expected and what came, as texts: bytes in hexadecimal, sets of PCRs as `PcrSet` writes them.
pub fn expected_and_found(error: &Error) -> Texts {
    match error.problem() {
        Problem::Attest(problem) => attest(problem),
        Problem::Selection {
            expected, found, ..
        } if !(expected.is_empty() && found.is_empty()) => both(expected, found),
        Problem::Quote(problem) => quote(problem),
        Problem::Key(problem) => key(problem),
        Problem::Boot(problem) => boot(problem),
        Problem::Ima(ImaProblem::NotAllowed { digest, .. }) => (None, Some(hex(digest))),
        Problem::Ima(ImaProblem::Required { digest }) => (Some(hex(digest)), None),
        Problem::Object(
            ObjectProblem::Name { expected, found }
            | ObjectProblem::QualifiedName { expected, found },
        ) => bytes(expected, found),
        Problem::Creation(problem) => match problem {
            CreationProblem::Hash { computed, signed } => bytes(signed, computed),
            CreationProblem::OutsideInfo { expected, found }
            | CreationProblem::Parent { expected, found } => bytes(expected, found),
            _ => NEITHER,
        },
        Problem::Contents(problem) => match problem {
            ContentsProblem::Offset { expected, found } => both(expected, found),
            ContentsProblem::Bytes { expected, found } => bytes(expected, found),
            ContentsProblem::Digest { computed, signed } => bytes(computed, signed),
            _ => NEITHER,
        },
        Problem::Audit(problem) => match problem {
            AuditProblem::Digest { expected, found } => bytes(expected, found),
            AuditProblem::Commands { computed, signed } => bytes(computed, signed),
            _ => NEITHER,
        },
        Problem::Clock(problem) => match problem {
            ClockProblem::OtherKey { expected, found } => bytes(expected, found),
            ClockProblem::Firmware { minimum, found } => (
                Some(format!("{minimum:016x}")),
                Some(format!("{found:016x}")),
            ),
            _ => NEITHER,
        },
        _ => NEITHER,
    }
}

const NEITHER: Texts = (None, None);

fn both(expected: &impl ToString, found: &impl ToString) -> Texts {
    (Some(expected.to_string()), Some(found.to_string()))
}

fn bytes(expected: &Excerpt, found: &Excerpt) -> Texts {
    (Some(hex(expected)), Some(hex(found)))
}

/// As text, nothing is nothing, not the word "empty".
fn hex(bytes: &Excerpt) -> String {
    match bytes.bytes() {
        [] => String::new(),
        _ => bytes.to_string(),
    }
}

fn attest(problem: &AttestProblem) -> Texts {
    match problem {
        AttestProblem::SignatureScheme { expected, found } => (
            Some(format!("{} {}", expected.0, expected.1)),
            Some(match found.1 {
                Some(hash) => format!("{} {hash}", found.0),
                None => found.0.to_string(),
            }),
        ),
        AttestProblem::Magic { found } => {
            (Some("ff544347".to_owned()), Some(format!("{found:08x}")))
        }
        AttestProblem::Type { expected, found } => both(expected, found),
        AttestProblem::Nonce { expected, found }
        | AttestProblem::QualifiedSigner { expected, found } => bytes(expected, found),
        _ => NEITHER,
    }
}

fn quote(problem: &QuoteProblem) -> Texts {
    match problem {
        QuoteProblem::ValueLength {
            expected, found, ..
        } => both(expected, found),
        // The TPM's word is what the values have to agree with.
        QuoteProblem::Digest { computed, signed } => bytes(signed, computed),
        QuoteProblem::Baseline {
            expected, found, ..
        } => (Some(hex(expected)), found.as_ref().map(hex)),
        _ => NEITHER,
    }
}

fn key(problem: &KeyProblem) -> Texts {
    match problem {
        KeyProblem::Type { found } => (None, Some(found.to_string())),
        KeyProblem::ModulusLength { expected, found }
        | KeyProblem::AuthPolicy { expected, found } => both(expected, found),
        _ => NEITHER,
    }
}

/// Where any of several is allowed, only what came is told.
fn boot(problem: &BootProblem) -> Texts {
    match problem {
        BootProblem::AuthorityNotAllowed { fingerprint, .. } => {
            (None, fingerprint.as_ref().map(hex))
        }
        BootProblem::AuthorityMissing { fingerprint } => (Some(hex(fingerprint)), None),
        BootProblem::ImageNotAllowed { digest, .. }
        | BootProblem::CommandLineNotAllowed { digest, .. } => (None, Some(hex(digest))),
        BootProblem::ImageMissing { digest } => (Some(hex(digest)), None),
        BootProblem::SbatTooOld {
            expected, found, ..
        } => (
            Some(expected.to_string()),
            found.map(|found| found.to_string()),
        ),
        BootProblem::DbxEntryMissing { entry } => (Some(hex(entry)), None),
        _ => NEITHER,
    }
}
