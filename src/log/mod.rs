//! Measured-boot logs: what the firmware wrote down while it extended PCRs.
//!
//! [`EventLog`] reads the firmware's log, in the form of TPM 1.2 and in the crypto-agile form;
//! [`UserspaceLog`] is systemd's log of what it extends later.
//! Nothing in a log is proven by the log itself: anyone can write one. Only
//! [`replay`](crate::verify::Verified::replay) against a verified quote makes a [`Replay`], in
//! which events can be relied on as far as the quote covers them.
//!
//! From bottom to top: types of events, digests, events, the logs; all logs, the values that
//! PCRs begin with, one bank, events that are proven, the replay.

mod bank;
mod digests;
mod event;
mod event_log;
mod event_type;
mod logs;
mod proven;
mod replay;
mod start;
mod userspace;

pub(crate) use self::userspace::Record as UserspaceRecord;
pub use self::{
    digests::Digests,
    event::Event,
    event_log::{EventLog, LogFormat},
    event_type::EventType,
    logs::{Logs, Suffix},
    proven::ProvenEvent,
    replay::{PcrState, Replay},
    start::StartupLocality,
    userspace::UserspaceLog,
};
