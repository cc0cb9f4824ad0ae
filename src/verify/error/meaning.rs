//! What belongs to each problem, whatever its details.

use super::check::{Check, Verdict};

/// The name, check, verdict and help of a problem.
#[derive(Clone, Copy)]
pub(super) struct Meaning {
    /// The stable name, in kebab case.
    pub(super) name: &'static str,
    /// The check that fails.
    pub(super) check: Check,
    /// What the problem says about the evidence.
    pub(super) verdict: Verdict,
    /// One sentence of help.
    pub(super) help: &'static str,
}

/// Help for an algorithm that is not supported.
pub(super) const NEWER_VERSION: &str =
    "This version does not support the algorithm; a newer one may.";

impl Meaning {
    #[inline(always)]
    const fn new(verdict: Verdict, check: Check, name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            check,
            verdict,
            help,
        }
    }

    /// The evidence can be read, and the check fails.
    #[inline(always)]
    pub(super) const fn rejected(check: Check, name: &'static str, help: &'static str) -> Self {
        Self::new(Verdict::Rejected, check, name, help)
    }

    /// The evidence uses something that is not supported.
    #[inline(always)]
    pub(super) const fn unsupported(check: Check, name: &'static str, help: &'static str) -> Self {
        Self::new(Verdict::Unsupported, check, name, help)
    }

    /// Something that was given cannot be read.
    #[inline(always)]
    pub(super) const fn malformed(name: &'static str, help: &'static str) -> Self {
        Self::new(Verdict::Malformed, Check::Input, name, help)
    }
}
