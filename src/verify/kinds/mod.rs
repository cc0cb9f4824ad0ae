//! The kinds of attestation: the checks that they have in common, and those of each kind.

mod attest;
mod audit;
mod certify;
mod creation;
mod either;
mod evidence;
mod nv;
mod quote;
mod time;
mod verified;

#[cfg(feature = "response")]
pub(crate) use self::quote::{QuoteRun, quote_checks};
pub use self::{
    attest::{Kind, verify_attest},
    audit::{AuditDigest, CommandAudit, SessionAudit, VerifiedCommandAudit, VerifiedSessionAudit},
    certify::{Certify, VerifiedCertify},
    creation::{Created, Creation, VerifiedCreation},
    either::{Either, EitherFacts},
    evidence::{AttestSignature, Evidence, SignedAttest},
    nv::{Nv, NvDigest, VerifiedNv, VerifiedNvDigest},
    quote::{Quote, QuoteSummary, VerifiedQuote, pcr_digest, verify_quote},
    time::{Time, VerifiedTime},
    verified::Verified,
};
