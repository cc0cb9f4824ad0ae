//! IMA lists against the PCRs of a quote.
//!
//! From bottom to top: what a kernel extends, PCRs during the replay, `boot_aggregate`, what is
//! proven.

mod aggregate;
mod lane;
mod lanes;
mod proven;

pub use self::{
    aggregate::BootAggregate,
    lane::ImaStrength,
    proven::{ProvenIma, ProvenImaEntry},
};
pub(super) use self::{aggregate::Explained, proven::replay};
