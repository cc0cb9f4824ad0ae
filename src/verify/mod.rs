//! Verification: whether evidence is what it claims to be, and what vouches for its key.
//!
//! [`verify_quote`] runs the checks listed in [`Check`], in that order, and stops at the
//! first one that fails; [`verify_attest`] does the same for the other kinds of attestation.
//! A [`Verifier`] does so with a signature engine and key rules of your choice. Its
//! `appraise_*` methods return an [`Appraisal`]: the state of every check, whether or not
//! the evidence was accepted.
//!
//! From bottom to top: PCRs, errors, the verifier, the attestation key, policies, the
//! appraisal, the kinds of attestation, certificates, endorsement keys, and the constructors
//! of keys. This module reads neither JSON nor files.

mod appraisal;
mod attestation_key;
#[cfg(feature = "certificate")]
pub mod certificate;
#[cfg(any(feature = "certificate", feature = "credential"))]
mod endorsement;
pub mod error;
#[cfg(any(feature = "certificate", feature = "projects"))]
pub mod hardware;
mod key;
mod kinds;
mod pcr;
mod policy;
#[cfg(feature = "certificate")]
mod tcb;
mod verifier;

#[cfg(any(feature = "response", feature = "report"))]
pub(crate) use self::appraisal::Findings;
#[cfg(feature = "keys")]
pub(crate) use self::attestation_key::SpkiUnwritable;
#[cfg(feature = "credential")]
pub use self::endorsement::{Challenge, Credential, EkTrust, EndorsementKey, make_credential};
#[cfg(feature = "projects")]
pub use self::hardware::{HclReport, Processor};
#[cfg(feature = "report")]
pub(crate) use self::pcr::PcrName;
pub use self::{
    appraisal::{Appraisal, CheckState, Warning},
    attestation_key::{
        AttestationKey, KeyAlgorithm, KeyLink, KeySummary, KeyTrust, PlainKey, SigningScheme,
    },
    error::{Check, Error, Excerpt, Part, Problem, Verdict},
    key::{Anchor, AnchorLine},
    kinds::{
        AttestSignature, AuditDigest, Certify, CommandAudit, Created, Creation, Either,
        EitherFacts, Evidence, Kind, Nv, NvDigest, Quote, QuoteSummary, SessionAudit, SignedAttest,
        Time, Verified, VerifiedCertify, VerifiedCommandAudit, VerifiedCreation, VerifiedNv,
        VerifiedNvDigest, VerifiedQuote, VerifiedSessionAudit, VerifiedTime, pcr_digest,
        verify_attest, verify_quote,
    },
    pcr::{Pcr, PcrSet, PcrValue, PcrValues, bank_by_name, bank_name},
    policy::{
        Ancestry, AttestPolicy, Baseline, BaselineComparison, BaselineEntry, BaselineMismatch,
        ClockPolicy, ClockReading, KeyNames, Nonce, ObjectRules, QuotePolicy,
    },
    verifier::{KeyRules, Verifier},
};
#[cfg(feature = "certificate")]
pub use self::{
    certificate::{
        AkCertificate, CertificateChain, EkCertificate, GoogleVm, Holder, Profile, TpmIdentity,
        X509Certificate,
    },
    endorsement::EkTemplate,
};
#[cfg(feature = "certificate")]
pub use self::{
    hardware::{HardwarePolicy, SnpReport, VerifiedHardware},
    tcb::SnpTcb,
};
#[cfg(feature = "response")]
pub(crate) use self::{
    kinds::{QuoteRun, quote_checks},
    pcr::{PackedPcr, parse_index},
    policy::{EvidenceGrammar, Pcrs},
};
#[cfg(feature = "tools")]
pub(crate) use self::{pcr::bank_in_either_case, policy::Grammar};
