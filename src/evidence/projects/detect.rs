//! Detection of the project that a text is from.

use super::{
    azure::read_azure_vtpm,
    confidential_containers::read_confidential_containers,
    go_attestation::read_go_attestation,
    quotes::{Project, ProjectEvidence},
    value::{json_error, members, refused},
};
use crate::{
    evidence::json::Json,
    verify::error::{Error, ProjectProblem},
};

impl Project {
    /// Detects the project from the members of the JSON object. The evidence itself is not
    /// read.
    ///
    /// # Errors
    /// The text is not a JSON object, or its members are typical of no supported project, or
    /// of more than one.
    pub fn of(json: &[u8]) -> Result<Self, Error> {
        let mut json = Json::new(json).map_err(json_error)?;
        let names = ["Quotes", "Quote", "ak_public", "hcl_report", "quote"];
        let found = members(&mut json, names)?;
        json.end().map_err(json_error)?;
        let projects = [
            Self::GoAttestation,
            Self::GoAttestationTool,
            Self::ConfidentialContainers,
            Self::AzureVtpm,
            Self::AzureVtpm,
        ];
        let mut found = projects
            .into_iter()
            .zip(found)
            .filter_map(|(project, member)| member.map(|_| project));
        match (found.next(), found.next()) {
            (Some(project), None) => Ok(project),
            (None, _) => Err(refused(ProjectProblem::Unknown)),
            (Some(_), Some(_)) => Err(refused(ProjectProblem::Several)),
        }
    }
}

/// Reads the evidence of any supported project, which [`Project::of`] detects. Decoded bytes
/// are written to `buffer`, for which twice the length of the text is always enough.
///
/// # Errors
/// The text is not such evidence.
pub fn read_project<'r>(json: &[u8], buffer: &'r mut [u8]) -> Result<ProjectEvidence<'r>, Error> {
    match Project::of(json)? {
        Project::GoAttestation | Project::GoAttestationTool => read_go_attestation(json, buffer),
        Project::ConfidentialContainers => read_confidential_containers(json, buffer),
        Project::AzureVtpm => read_azure_vtpm(json, buffer),
    }
}
