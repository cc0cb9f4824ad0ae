//! Measured-boot logs: what the firmware wrote down while it extended PCRs.
//!
//! [`EventLog`] reads the firmware's log, in the form of TPM 1.2 and in the crypto-agile form.
//! Nothing in a log is proven by the log itself: anyone can write one.
//!
//! From bottom to top: types of events, digests, events, the log.

mod digests;
mod event;
mod event_log;
mod event_type;

pub use self::{
    digests::Digests,
    event::Event,
    event_log::{EventLog, LogFormat},
    event_type::EventType,
};
