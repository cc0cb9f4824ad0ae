//! Is this quote what it claims to be, and how much is its key worth?
//!
//! [`verify_quote`] runs every check of [`Check`] in that order and ends at the
//! first that fails; [`verify_attest`] does the same for the other kinds of
//! attestation. Knows no JSON and no files.

mod ancestry;
mod anchor;
mod attest;
mod audit;
#[cfg(feature = "certificate")]
pub mod certificate;
mod certify;
mod check;
mod clock;
mod creation;
#[cfg(feature = "credential")]
mod credential;
#[cfg(any(feature = "certificate", feature = "credential"))]
mod endorsement;
mod error;
mod key;
mod nv;
mod pcr;
mod policy;
mod quote;
mod text;
mod time;

#[cfg(feature = "spki")]
pub(crate) use self::key::spki;
pub use self::{
    ancestry::Ancestry,
    anchor::{AnchorError, KeyTrust},
    attest::{AttestPolicy, Kind, SignedAttest, Verified, verify_attest, verify_attest_with},
    audit::{
        AuditDigest, AuditProblem, CommandAudit, SessionAudit, VerifiedCommandAudit,
        VerifiedSessionAudit,
    },
    certify::{Certify, ObjectProblem, VerifiedCertify},
    check::{Check, Verdict},
    clock::{ClockPolicy, ClockProblem, ClockReading},
    creation::{Created, Creation, CreationProblem, VerifiedCreation},
    error::{Excerpt, KeySchemeProblem, KeyStrengthProblem, Part, SelectionProblem, VerifyError},
    key::{AttestationKey, KeyAlgorithm, KeyRules, PlainKey, SigningScheme},
    nv::{ContentsProblem, Nv, NvDigest, VerifiedNv, VerifiedNvDigest},
    pcr::{PcrSet, PcrSetError, PcrValue, PcrValues, bank_by_name, bank_name},
    policy::{BaselineEntry, Nonce, NonceError, QuotePolicy},
    quote::{Evidence, Quote, VerifiedQuote, verify_quote, verify_quote_with},
    time::{Time, VerifiedTime},
};
#[cfg(feature = "certificate")]
pub use self::{
    certificate::{
        AkCertificate, CertificateChain, CertificateError, EkCertificate, TpmIdentity,
        X509Certificate,
    },
    endorsement::EkTemplate,
};
#[cfg(feature = "credential")]
pub use self::{
    credential::{Challenge, Credential, CredentialError, make_credential},
    endorsement::{EkTrust, EndorsementError, EndorsementKey},
};
#[cfg(feature = "response")]
pub(crate) use self::{
    pcr::{PackedPcr, parse_index},
    policy::Pcrs,
    quote::verify_values,
};
