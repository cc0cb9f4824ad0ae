//! Quotes as other projects send them, in JSON.
//!
//! | [`Project`] | what it is | key |
//! |---|---|---|
//! | `GoAttestation` | `PlatformParameters` of go-attestation, by Go's `encoding/json` | a public area |
//! | `GoAttestationTool` | what its `attest-tool dump` writes | a public area |
//! | `ConfidentialContainers` | the evidence of the attester `tpm` | its numbers alone |
//! | `AzureVtpm` | the evidence of the attesters `az-snp-vtpm` and `az-tdx-vtpm`: versions 1 and 2, and the earlier form without a version, in which bytes are numbers | its numbers alone, from the report of the host compatibility layer |
//!
//! Members that do not concern the quote or its key are ignored: event logs, a nonce. The evidence is only read here, and nothing in it vouches for its key. An ECDSA
//! signature whose numbers lack leading zeros is accepted.

mod azure;
mod confidential_containers;
mod detect;
mod go_attestation;
mod quotes;
mod value;

pub use self::{
    azure::{read_azure_vtpm, read_hcl_report},
    confidential_containers::read_confidential_containers,
    detect::read_project,
    go_attestation::read_go_attestation,
    quotes::{HardwareEvidence, Project, ProjectEvidence, ProjectKey},
};
