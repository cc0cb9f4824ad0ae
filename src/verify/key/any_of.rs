//! [`Nearest`]: of several anchors that do not vouch for a key, the one that comes nearest.

use crate::verify::error::{AnchorProblem, Error, Problem};

/// The line that comes nearest to vouching for a key, of those that were tried: one that is
/// only out of force; then one whose evidence was refused; then one for another key; then one
/// for which there is no evidence.
#[derive(Default)]
pub(super) struct Nearest {
    tried: u16,
    best: Option<(u8, u32, Error)>,
}

impl Nearest {
    /// A line that does not vouch for the key, and why.
    pub(super) fn add(&mut self, number: u32, error: Error) {
        self.tried = self.tried.saturating_add(1);
        let rank = rank(&error);
        if self.best.is_none_or(|(best, ..)| rank > best) {
            self.best = Some((rank, number, error));
        }
    }

    /// Why no line vouches for the key.
    pub(super) fn error(self) -> Error {
        match self.best {
            Some((_, number, error)) => error.of_lines(self.tried, number),
            None => AnchorProblem::NoLines.into(),
        }
    }
}

/// How near a line came to vouching for the key.
fn rank(error: &Error) -> u8 {
    match error.problem() {
        Problem::Anchor(problem) => match problem {
            AnchorProblem::LineExpired { .. } | AnchorProblem::LineNotYetValid { .. } => 3,
            AnchorProblem::NameNotPinned { .. }
            | AnchorProblem::KeyNotPinned
            | AnchorProblem::NameUnknown => 1,
            AnchorProblem::NoCertification
            | AnchorProblem::NoCertificate
            | AnchorProblem::NoHardware => 0,
            _ => 2,
        },
        _ => 2,
    }
}
