//! [`Problem`]: what is wrong, with the details.

use core::fmt;

#[cfg(feature = "certificate")]
use super::certificate::CertificateProblem;
#[cfg(feature = "credential")]
use super::endorsement::{CredentialProblem, EndorsementProblem};
#[cfg(any(feature = "certificate", feature = "projects"))]
use super::hardware::HardwareProblem;
#[cfg(feature = "ima")]
use super::ima::ImaProblem;
#[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
use super::json::{FieldProblem, JsonProblem};
#[cfg(any(feature = "keys", feature = "certificate"))]
use super::key_file::KeyFileProblem;
#[cfg(feature = "tools")]
use super::pcr_file::{KeylimeProblem, PcrFileProblem};
#[cfg(feature = "projects")]
use super::project::ProjectProblem;
#[cfg(feature = "certificate")]
use super::trust_file::TrustFileProblem;
use super::{
    anchor::AnchorProblem,
    attest::AttestProblem,
    audit::AuditProblem,
    check::Check,
    clock::ClockProblem,
    contents::ContentsProblem,
    creation::CreationProblem,
    key::KeyProblem,
    meaning::{Meaning, NEWER_VERSION},
    object::ObjectProblem,
    part::Part,
    quote::QuoteProblem,
    selection::SelectionProblem,
    setting::SettingProblem,
};
#[cfg(feature = "boot-log")]
use super::{boot::BootProblem, log::LogProblem};
use crate::{
    error::{MarshalError, UnmarshalError},
    verify::pcr::PcrSet,
};

/// What is wrong, with the details.
///
/// [`Error::problem_name`](crate::Error::problem_name) is its stable name, whatever the
/// details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A structure failed to parse.
    Structure(UnmarshalError),
    /// A structure could not be written.
    Marshal(MarshalError),
    /// The caller's buffer is too small.
    BufferTooSmall,
    /// A value of the caller's own makes no sense.
    Setting(SettingProblem),
    /// A text is not JSON.
    #[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
    Json(JsonProblem),
    /// A JSON field was refused.
    #[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
    Field {
        /// The field's name.
        field: &'static str,
        /// Why it was refused.
        problem: FieldProblem,
    },
    /// A file does not have the form of a public key or a certificate.
    #[cfg(any(feature = "keys", feature = "certificate"))]
    KeyFile(KeyFileProblem),
    /// A trust file was refused.
    #[cfg(feature = "certificate")]
    TrustFile(TrustFileProblem),
    /// A PCR file was refused.
    #[cfg(feature = "tools")]
    PcrFile(PcrFileProblem),
    /// A file looks like something else than what it is given for.
    #[cfg(feature = "tools")]
    WrongFile {
        /// What is expected, with an article.
        wanted: &'static str,
        /// What it looks like.
        seen: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// A text is not a keylime quote.
    #[cfg(feature = "tools")]
    Keylime(KeylimeProblem),
    /// A text is not evidence of another project.
    #[cfg(feature = "projects")]
    Project(ProjectProblem),
    /// The response has no quote, and the tier requires one.
    #[cfg(feature = "response")]
    Unavailable,
    /// The key is not fit to be an attestation key.
    Key(KeyProblem),
    /// What has to vouch for the key does not.
    Anchor(AnchorProblem),
    /// The endorsement key that has to vouch for the key is not an endorsement key, or is not
    /// trusted.
    #[cfg(feature = "credential")]
    Endorsement(EndorsementProblem),
    /// A credential could not be made or a challenge not restored.
    #[cfg(feature = "credential")]
    Credential(CredentialProblem),
    /// A certificate does not vouch for the key.
    #[cfg(feature = "certificate")]
    Certificate(CertificateProblem),
    /// A processor does not vouch for the key of a virtual TPM.
    #[cfg(any(feature = "certificate", feature = "projects"))]
    Hardware(HardwareProblem),
    /// The key did not sign this attestation for this request.
    Attest(AttestProblem),
    /// Another object or NV index was attested.
    Object(ObjectProblem),
    /// The object was not created as expected.
    Creation(CreationProblem),
    /// The NV index does not have the expected contents.
    Contents(ContentsProblem),
    /// The audit is not the expected one.
    Audit(AuditProblem),
    /// The quote does not cover the PCRs that it has to cover.
    Selection {
        /// What is wrong.
        problem: SelectionProblem,
        /// The expected PCRs. `problem` says which these are.
        expected: PcrSet,
        /// The PCRs that were found instead.
        found: PcrSet,
    },
    /// The PCR values are not the signed ones, or not those of the baseline.
    Quote(QuoteProblem),
    /// The TPM's clock or counters are not as required.
    Clock(ClockProblem),
    /// A boot log was refused.
    #[cfg(feature = "boot-log")]
    Log(LogProblem),
    /// The logs explain the quote, and the boot is not as required.
    #[cfg(feature = "boot-log")]
    Boot(BootProblem),
    /// An IMA list was refused.
    #[cfg(feature = "ima")]
    Ima(ImaProblem),
}

impl Problem {
    /// The meaning of the problem in this part of the evidence.
    #[inline(always)]
    pub(super) fn meaning(&self, part: Part) -> Meaning {
        match self {
            Self::Structure(error) => structure(error, part),
            Self::Marshal(_) => Meaning::malformed(
                "structure-too-long",
                "Give a larger buffer, or shorter values: each type has its limit.",
            ),
            Self::BufferTooSmall => Meaning::malformed(
                "buffer-too-small",
                "Give a larger buffer: the documentation of the function says how large.",
            ),
            Self::Setting(problem) => problem.meaning(),
            #[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
            Self::Json(problem) => problem.meaning(part),
            #[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
            Self::Field { problem, .. } => problem.meaning(part),
            #[cfg(any(feature = "keys", feature = "certificate"))]
            Self::KeyFile(problem) => problem.meaning(),
            #[cfg(feature = "certificate")]
            Self::TrustFile(problem) => problem.meaning(),
            #[cfg(feature = "tools")]
            Self::PcrFile(problem) => problem.meaning(),
            #[cfg(feature = "tools")]
            Self::WrongFile { help, .. } => Meaning::malformed("wrong-file", help),
            #[cfg(feature = "tools")]
            Self::Keylime(problem) => problem.meaning(),
            #[cfg(feature = "projects")]
            Self::Project(problem) => problem.meaning(),
            #[cfg(feature = "response")]
            Self::Unavailable => Meaning::rejected(
                Check::Tier,
                "unavailable",
                "Ask a server that has a TPM, or use a tier that works without one (standard, high).",
            ),
            Self::Key(problem) => problem.meaning(),
            Self::Anchor(problem) => problem.meaning(),
            #[cfg(feature = "credential")]
            Self::Endorsement(problem) => problem.meaning(),
            #[cfg(feature = "credential")]
            Self::Credential(problem) => problem.meaning(),
            #[cfg(feature = "certificate")]
            Self::Certificate(problem) => problem.meaning(),
            #[cfg(any(feature = "certificate", feature = "projects"))]
            Self::Hardware(problem) => problem.meaning(),
            Self::Attest(problem) => problem.meaning(),
            Self::Object(problem) => problem.meaning(),
            Self::Creation(problem) => problem.meaning(),
            Self::Contents(problem) => problem.meaning(),
            Self::Audit(problem) => problem.meaning(),
            Self::Selection { problem, .. } => problem.meaning(),
            Self::Quote(problem) => problem.meaning(),
            Self::Clock(problem) => problem.meaning(),
            #[cfg(feature = "boot-log")]
            Self::Log(problem) => problem.meaning(),
            #[cfg(feature = "boot-log")]
            Self::Boot(problem) => problem.meaning(),
            #[cfg(feature = "ima")]
            Self::Ima(problem) => problem.meaning(),
        }
    }
}

/// The meaning of a structure that failed to parse. For an unknown algorithm, its place decides
/// which check cannot be done; anything else is wrong in every edition.
fn structure(error: &UnmarshalError, part: Part) -> Meaning {
    if error.is_unknown_selector() {
        let check = match (part, error.structure(), error.field()) {
            (Part::Key, _, "type") => Check::KeyType,
            (Part::Key, ..) => Check::KeyScheme,
            (Part::Signature | Part::CertificationSignature, ..) => Check::SignatureScheme,
            // A structure that the caller parsed tells by its name what it was for.
            (Part::Structure, "TPMT_PUBLIC", "type") => Check::KeyType,
            (
                Part::Structure,
                "TPMT_SYM_DEF_OBJECT"
                | "TPMT_RSA_SCHEME"
                | "TPMT_ECC_SCHEME"
                | "TPMT_KDF_SCHEME"
                | "TPMT_KEYEDHASH_SCHEME",
                _,
            ) => Check::KeyScheme,
            (Part::Structure, "TPMT_SIGNATURE" | "TPMT_HA", _) => Check::SignatureScheme,
            _ => Check::Input,
        };
        return Meaning::unsupported(check, "structure-unsupported", NEWER_VERSION);
    }
    let help = match part {
        Part::Signed | Part::CertificationSigned => {
            "The signature matches, so whoever has the key signed something that no TPM makes: do not trust the key."
        }
        Part::Certificate | Part::Intermediate(_) | Part::Root(_) => {
            "Give each certificate in DER, of version 3 and whole, with nothing around it."
        }
        _ => "The input was cut, changed on its way, or written in another form than expected.",
    };
    Meaning::malformed("structure-malformed", help)
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Structure(error) => error.fmt(f),
            Self::Marshal(error) => error.fmt(f),
            Self::BufferTooSmall => f.write_str("the buffer for what is decoded is too small"),
            Self::Setting(problem) => problem.fmt(f),
            #[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
            Self::Json(problem) => problem.fmt(f),
            #[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
            Self::Field { problem, .. } => problem.fmt(f),
            #[cfg(any(feature = "keys", feature = "certificate"))]
            Self::KeyFile(problem) => problem.fmt(f),
            #[cfg(feature = "certificate")]
            Self::TrustFile(problem) => problem.fmt(f),
            #[cfg(feature = "tools")]
            Self::PcrFile(problem) => problem.fmt(f),
            #[cfg(feature = "tools")]
            Self::WrongFile { wanted, seen, .. } => write!(f, "looks like {seen}, not {wanted}"),
            #[cfg(feature = "tools")]
            Self::Keylime(problem) => problem.fmt(f),
            #[cfg(feature = "projects")]
            Self::Project(problem) => problem.fmt(f),
            #[cfg(feature = "response")]
            Self::Unavailable => {
                f.write_str("the response has no TPM attestation, and the policy requires one")
            }
            Self::Key(problem) => problem.fmt(f),
            Self::Anchor(problem) => problem.fmt(f),
            #[cfg(feature = "credential")]
            Self::Endorsement(problem) => problem.fmt(f),
            #[cfg(feature = "credential")]
            Self::Credential(problem) => problem.fmt(f),
            #[cfg(feature = "certificate")]
            Self::Certificate(problem) => problem.fmt(f),
            #[cfg(any(feature = "certificate", feature = "projects"))]
            Self::Hardware(problem) => problem.fmt(f),
            Self::Attest(problem) => problem.fmt(f),
            Self::Object(problem) => problem.fmt(f),
            Self::Creation(problem) => problem.fmt(f),
            Self::Contents(problem) => problem.fmt(f),
            Self::Audit(problem) => problem.fmt(f),
            Self::Selection {
                problem,
                expected,
                found,
            } => {
                problem.fmt(f)?;
                if expected.is_empty() && found.is_empty() {
                    return Ok(());
                }
                write!(f, " (expected {expected}, found {found})")
            }
            Self::Quote(problem) => problem.fmt(f),
            Self::Clock(problem) => problem.fmt(f),
            #[cfg(feature = "boot-log")]
            Self::Log(problem) => problem.fmt(f),
            #[cfg(feature = "boot-log")]
            Self::Boot(problem) => problem.fmt(f),
            #[cfg(feature = "ima")]
            Self::Ima(problem) => problem.fmt(f),
        }
    }
}
