//! Quotes as other projects send them, in JSON.
//!
//! | [`Project`] | what it is | key |
//! |---|---|---|
//! | `GoAttestation` | `PlatformParameters` of go-attestation, by Go's `encoding/json` | a public area |
//! | `GoAttestationTool` | what its `attest-tool dump` writes | a public area |
//! | `ConfidentialContainers` | the evidence of the attester `tpm` | its numbers alone |
//! | `AzureVtpm` | that of `az-snp-vtpm` and `az-tdx-vtpm`: versions 1 and 2, and what was before there were versions, in which bytes are numbers | its numbers alone, from the report of the host compatibility layer |
//!
//! Members that have nothing to do with the quote are passed over: event logs, reports
//! of a processor, a nonce that came along. Nothing is decided here, and nothing in the
//! evidence vouches for its key. Signatures are as the TPM made them: where the numbers
//! of an ECDSA signature lack leading zeros, they are still read.

mod azure;
mod confidential_containers;
mod error;
mod go_attestation;
mod quotes;
mod value;

use self::value::members;
pub use self::{
    azure::read_azure_vtpm,
    confidential_containers::read_confidential_containers,
    error::ProjectError,
    go_attestation::read_go_attestation,
    quotes::{Project, ProjectEvidence, ProjectKey},
};
use super::json::Json;

impl Project {
    /// Whose evidence this is, told by its members. The evidence itself is not read.
    ///
    /// # Errors
    /// It is not a JSON object, or has what tells evidence of no project, or of two.
    pub fn of(json: &[u8]) -> Result<Self, ProjectError> {
        let mut json = Json::new(json)?;
        let names = ["Quotes", "Quote", "ak_public", "hcl_report", "quote"];
        let found = members(&mut json, names)?;
        json.end()?;
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
            (None, _) => Err(ProjectError::Unknown),
            (Some(_), Some(_)) => Err(ProjectError::Several),
        }
    }
}

/// Reads the evidence of any project that is known here, told by [`Project::of`]. What is
/// decoded is written to `room`, for which twice the text's length is always enough.
///
/// # Errors
/// It is none.
pub fn read_project<'r>(
    json: &[u8],
    room: &'r mut [u8],
) -> Result<ProjectEvidence<'r>, ProjectError> {
    match Project::of(json)? {
        Project::GoAttestation | Project::GoAttestationTool => read_go_attestation(json, room),
        Project::ConfidentialContainers => read_confidential_containers(json, room),
        Project::AzureVtpm => read_azure_vtpm(json, room),
    }
}
