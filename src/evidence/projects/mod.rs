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
mod detect;
mod go_attestation;
mod quotes;
mod value;

pub use self::{
    azure::read_azure_vtpm,
    confidential_containers::read_confidential_containers,
    detect::read_project,
    go_attestation::read_go_attestation,
    quotes::{Project, ProjectEvidence, ProjectKey},
};
