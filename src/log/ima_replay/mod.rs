//! IMA lists against the PCRs of a quote.
//!
//! From bottom to top: what a kernel extends, PCRs during the replay, `boot_aggregate`, what is
//! proven, and what a policy says of it.

mod aggregate;
mod lane;
mod lanes;
mod policy;
mod proven;

pub use self::{
    aggregate::BootAggregate,
    lane::ImaStrength,
    policy::{ImaAllowed, ImaJudgement, ImaPolicy, ImaVerdict},
    proven::{ProvenIma, ProvenImaEntry},
};
pub(super) use self::{aggregate::Explained, proven::replay};
