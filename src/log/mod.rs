//! Measured-boot logs, and lists of IMA: what firmware and kernel wrote down while they extended
//! PCRs.
//!
//! [`EventLog`] reads the firmware's log, in the form of TPM 1.2 and in the crypto-agile form;
//! [`UserspaceLog`] is systemd's log of what it extends later; `ImaList` is the list of Linux
//! IMA, which files were run and read.
//! Nothing in a log is proven by the log itself: anyone can write one. Only
//! [`replay`](crate::verify::Verified::replay) against a verified quote makes a [`Replay`], in
//! which events can be relied on as far as the quote covers them.
//!
//! From bottom to top: types of events, digests, events, the logs; all logs, the values that
//! PCRs begin with, one bank; structures in events, what a digest covers, what is proven of IMA's
//! list and of events, the replay; the facts that follow from it, which policy IMA started with,
//! a policy for the facts, and the replay in an appraisal.

mod appraisal;
mod bank;
mod digests;
mod event;
mod event_log;
mod event_type;
mod facts;
mod findings;
#[cfg(feature = "ima")]
mod ima;
#[cfg(feature = "ima")]
mod ima_in_force;
#[cfg(feature = "ima")]
mod ima_replay;
mod logs;
mod policy;
mod proven;
mod replay;
mod rule;
mod sbat;
mod start;
mod structures;
mod userspace;

pub(crate) use self::userspace::Record as UserspaceRecord;
pub use self::{
    appraisal::Quoted,
    digests::Digests,
    event::Event,
    event_log::{EventLog, LogFormat},
    event_type::EventType,
    facts::{
        Action, Authority, BootAttempts, CommandLine, CommandLineSource, ExitBootServices, Fact,
        Image, MokEvent, MokValidation, Section, SecureBoot, Separator, Side, Unknown,
    },
    logs::{Logs, Suffix},
    policy::{BootPolicy, MeasuredDigest, MeasuredText},
    proven::ProvenEvent,
    replay::{PcrState, Replay},
    rule::{Proven, Rule},
    start::StartupLocality,
    structures::{
        EfiVariable, Encoding, GptEvent, GptPartition, Guid, ImageLoadEvent, LogText,
        SignatureEntry, SignatureLists,
    },
    userspace::UserspaceLog,
};
#[cfg(feature = "ima")]
pub use self::{
    ima::{ImaChunks, ImaDigest, ImaDigestKind, ImaEntry, ImaList},
    ima_replay::{
        BootAggregate, ImaAllowed, ImaJudgement, ImaKey, ImaOffender, ImaPolicy, ImaProof,
        ImaSignatureState, ImaSigner, ImaState, ImaStream, ImaStrength, ImaVerdict, ProvenIma,
        ProvenImaEntry,
    },
};
