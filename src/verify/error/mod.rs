//! Errors: one [`Error`] for everything that is read and verified.
//!
//! Each file has the problems of one area and, for each of them, its stable name, the check
//! that fails, the verdict, one sentence of help, and its text.

mod anchor;
mod attest;
mod audit;
#[cfg(feature = "boot-log")]
mod boot;
#[cfg(feature = "certificate")]
mod certificate;
mod check;
mod clock;
mod contents;
mod creation;
#[cfg(feature = "credential")]
mod endorsement;
mod error;
mod excerpt;
#[cfg(any(feature = "certificate", feature = "projects"))]
mod hardware;
#[cfg(feature = "ima")]
mod ima;
#[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
mod json;
mod key;
#[cfg(any(feature = "keys", feature = "certificate"))]
mod key_file;
#[cfg(feature = "boot-log")]
mod log;
mod meaning;
mod object;
mod part;
#[cfg(feature = "tools")]
mod pcr_file;
mod problem;
#[cfg(feature = "projects")]
mod project;
mod quote;
mod selection;
mod setting;
#[cfg(feature = "certificate")]
mod trust_file;
#[cfg(feature = "boot-log")]
mod unknown;

#[cfg(feature = "credential")]
pub use self::endorsement::{CredentialProblem, EndorsementProblem};
#[cfg(any(feature = "certificate", feature = "projects"))]
pub use self::hardware::HardwareProblem;
#[cfg(feature = "ima")]
pub(crate) use self::ima::MAX_IMA_ENTRY;
#[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
pub(crate) use self::json::MAX_DEPTH;
#[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
pub use self::json::{FieldProblem, JsonProblem};
#[cfg(feature = "tools")]
pub use self::pcr_file::{KeylimePart, KeylimeProblem, PcrFileProblem};
#[cfg(feature = "projects")]
pub use self::project::ProjectProblem;
pub(crate) use self::setting::PcrSetReason;
#[cfg(feature = "certificate")]
pub use self::trust_file::TrustFileProblem;
pub use self::{
    anchor::AnchorProblem,
    attest::AttestProblem,
    audit::AuditProblem,
    check::{Check, CheckSet, Verdict},
    clock::ClockProblem,
    contents::ContentsProblem,
    creation::CreationProblem,
    error::Error,
    excerpt::Excerpt,
    key::KeyProblem,
    object::ObjectProblem,
    part::Part,
    problem::Problem,
    quote::QuoteProblem,
    selection::SelectionProblem,
    setting::{PcrSetProblem, SettingProblem},
};
#[cfg(feature = "boot-log")]
pub use self::{
    boot::{BootFact, BootList, BootPolicyProblem, BootProblem},
    log::{LocalityProblem, LogEventProblem, LogHeaderProblem, LogProblem, LogUnsupported},
    unknown::Unknown,
};
#[cfg(feature = "certificate")]
pub use self::{
    certificate::{CertificateProblem, SanProblem, TpmAttribute},
    excerpt::ShortText,
};
#[cfg(feature = "ima")]
pub use self::{
    excerpt::ImaLabel,
    ima::{ImaEntryProblem, ImaProblem, ImaStateProblem, ImaUnsupported},
};
#[cfg(any(feature = "keys", feature = "certificate"))]
pub use self::{excerpt::KeyIds, key_file::KeyFileProblem};
