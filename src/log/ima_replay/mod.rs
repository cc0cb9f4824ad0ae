//! IMA lists against the PCRs of a quote.
//!
//! From bottom to top: what a kernel extends, PCRs during the replay, `boot_aggregate`, what is
//! proven, keys that sign files, what a policy says of an entry and of all, how far a list was
//! proven, and lists that come in pieces.

mod aggregate;
mod judgement;
mod key;
mod lane;
mod lanes;
mod offender;
mod policy;
mod proven;
mod state;
mod stream;

pub use self::{
    aggregate::BootAggregate,
    judgement::{ImaJudgement, ImaSigner},
    key::{ImaKey, ImaSignatureState},
    lane::ImaStrength,
    offender::ImaOffender,
    policy::{ImaAllowed, ImaPolicy, ImaVerdict},
    proven::{ImaProof, ProvenIma, ProvenImaEntry},
    state::ImaState,
    stream::ImaStream,
};
pub(super) use self::{aggregate::Explained, proven::replay};
