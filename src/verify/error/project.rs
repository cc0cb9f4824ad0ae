//! Evidence of other projects.

use core::fmt;

use super::{json::CLAIMS, meaning::Meaning};

/// Why a text is not evidence of another project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProjectProblem {
    /// It has no member that is typical of a supported project.
    Unknown,
    /// It has members that are typical of more than one project, or of more than one form.
    Several,
    /// The report of Azure's host compatibility layer is incomplete, or is something else.
    Report,
}

impl ProjectProblem {
    #[inline(always)]
    pub(super) const fn meaning(&self) -> Meaning {
        const FORMS: &str = "Give the JSON as the project writes it: PlatformParameters or a dump of go-attestation, or the evidence of confidential-containers.";
        let (name, help) = match self {
            Self::Unknown => ("project-unknown", FORMS),
            Self::Several => ("project-several", FORMS),
            Self::Report => ("project-report", CLAIMS),
        };
        Meaning::malformed(name, help)
    }
}

impl fmt::Display for ProjectProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "not evidence of a supported project",
            Self::Several => "evidence of more than one project, or in two forms",
            Self::Report => "not a whole report of Azure's host compatibility layer",
        })
    }
}
