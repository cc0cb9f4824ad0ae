//! [`Error`]: the check that failed, the part, what is wrong, and what to do.

use core::fmt;

use super::{
    anchor::AnchorProblem,
    attest::{AttestProblem, CERTIFICATION_NONCE},
    audit::AuditProblem,
    check::{Check, Verdict},
    clock::ClockProblem,
    contents::ContentsProblem,
    creation::CreationProblem,
    key::KeyProblem,
    object::ObjectProblem,
    part::Part,
    problem::Problem,
    quote::QuoteProblem,
    setting::SettingProblem,
};
use crate::{
    crypto::SignatureError,
    error::{MarshalError, UnmarshalError},
    wire::NotHex,
};

/// Why evidence was refused. All functions that read or verify evidence return this error,
/// and the other errors of this crate convert into it.
///
/// It has the [`check`](Self::check) that failed, the [`verdict`](Self::verdict), the
/// [`part`](Self::part) and [`offset`](Self::offset) at fault, the [`problem`](Self::problem)
/// with its details, and a sentence of [`help`](Self::help). Its text says what is wrong,
/// where, and what was expected.
///
/// ```
/// use tpm_quote::{AttestationKey, Check, Error, Nonce, PcrSet, Tpm2bPublic, Unmarshal};
///
/// fn policy(payload_id: &str, pcrs: &str) -> Result<(Nonce, PcrSet), Error> {
///     Ok((Nonce::from_payload_id(payload_id)?, PcrSet::parse(pcrs)?))
/// }
/// let error = policy("22c4a258", "sha256:0,7,99").unwrap_err();
/// assert_eq!(error.check(), Check::Input);
/// assert_eq!(error.problem_name(), "pcr-set");
///
/// // The errors of the codec convert, so that `?` works for both.
/// fn key(bytes: &[u8]) -> Result<AttestationKey<'_>, Error> {
///     AttestationKey::self_asserted(&Tpm2bPublic::from_bytes(bytes)?)
/// }
/// assert_eq!(key(&[]).unwrap_err().offset(), Some(0));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Error {
    problem: Problem,
    part: Part,
    /// `NO_OFFSET` if the error has no offset.
    offset: u32,
    /// How many lines of a trust file were tried; 0 if the error is about no such line.
    tried: u16,
    /// The line that the error is about.
    line: u32,
}

/// Larger than the offset of any byte of an input.
const NO_OFFSET: u32 = u32::MAX;

impl Error {
    #[inline]
    pub(crate) const fn new(part: Part, problem: Problem) -> Self {
        Self {
            problem,
            part,
            offset: NO_OFFSET,
            tried: 0,
            line: 0,
        }
    }

    /// The same error, of the line that came nearest of these many.
    pub(crate) const fn of_lines(self, tried: u16, line: u32) -> Self {
        Self {
            tried,
            line,
            ..self
        }
    }

    /// The same error at this byte of the part.
    #[cfg(any(
        feature = "response",
        feature = "keys",
        feature = "tools",
        feature = "certificate",
        feature = "boot-log"
    ))]
    pub(crate) fn at(self, offset: usize) -> Self {
        Self {
            offset: u32::try_from(offset).unwrap_or(NO_OFFSET),
            ..self
        }
    }

    /// The same error, about this part: for a caller who parsed a structure and knows what
    /// it is for.
    ///
    /// ```
    /// use tpm_quote::{Check, Error, Tpm2bPublic, Unmarshal, verify::Part};
    ///
    /// let error = Tpm2bPublic::from_bytes(&[0, 2, 0xff, 0xff]).unwrap_err();
    /// let error = Error::from(error).in_part(Part::Key);
    /// assert!(error.to_string().starts_with("attestation key: "));
    /// ```
    pub const fn in_part(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// The same error about the attestation by which another key certifies the key.
    pub(crate) const fn in_certification(self) -> Self {
        let part = self.part.of_certification();
        self.in_part(part)
    }

    /// A structure that failed to parse.
    #[inline]
    pub(crate) const fn structure(part: Part, error: UnmarshalError) -> Self {
        Self::new(part, Problem::Structure(error))
    }

    /// Returns the check that failed.
    ///
    /// For any problem with the certification by another key, with a certificate or with an
    /// endorsement key, this is `key-anchor`, because nothing then vouches for the key; or
    /// `input`, if it cannot be read.
    #[must_use]
    pub fn check(&self) -> Check {
        match self.problem.meaning(self.part).check {
            Check::Input => Check::Input,
            _ if self.part.is_of_certification() => Check::KeyAnchor,
            check => check,
        }
    }

    /// Returns what the error says about the evidence.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.problem.meaning(self.part).verdict
    }

    /// Returns what is wrong, with the details.
    #[must_use]
    pub const fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Returns the stable name of the problem in kebab case, such as `pcr-digest` or
    /// `certificate-purpose`. Scripts and logs may rely on it.
    #[must_use]
    pub fn problem_name(&self) -> &'static str {
        self.problem.meaning(self.part).name
    }

    /// Returns the part of the input that the error is about.
    #[must_use]
    pub const fn part(&self) -> Part {
        self.part
    }

    /// Returns the position in that part, in bytes from its start, if the error has one.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        match &self.problem {
            Problem::Structure(error) => Some(error.offset()),
            _ if self.offset == NO_OFFSET => None,
            _ => usize::try_from(self.offset).ok(),
        }
    }

    /// Returns the number of the line of a trust file that the error is about: of all lines
    /// that were tried, it came nearest to vouching for the key.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        (self.tried != 0).then_some(self.line)
    }

    /// Returns one sentence of help.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self.problem {
            Problem::Attest(AttestProblem::Nonce { .. }) if self.part.is_of_certification() => {
                CERTIFICATION_NONCE
            }
            _ => self.problem.meaning(self.part).help,
        }
    }

    /// Writes what comes before the text of the problem.
    fn write_place(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = (self.offset != NO_OFFSET).then_some(self.offset);
        let has_fields = match self.part {
            Part::Claims => true,
            #[cfg(feature = "boot-log")]
            Part::UserspaceLog | Part::ImaAllowList => {
                matches!(self.problem, Problem::Json(_) | Problem::Field { .. })
            }
            _ => false,
        };
        if has_fields {
            write!(f, "{}: ", self.part)?;
        }
        match (&self.problem, self.part, offset) {
            (Problem::Structure(_), Part::Structure, _) => Ok(()),
            // The structure has the name of the part.
            (Problem::Structure(error), Part::PcrFile | Part::Signature, _)
                if matches!(error.structure(), "PCR file" | "signature") =>
            {
                Ok(())
            }
            (Problem::Structure(_), part, _) => write!(f, "{part}: "),
            #[cfg(feature = "tools")]
            (Problem::WrongFile { .. }, part, _) => write!(f, "{part}: "),
            #[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
            (Problem::Field { field, .. }, _, Some(offset)) => {
                write!(f, "{field} at byte {offset}: ")
            }
            #[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
            (Problem::Field { field, .. }, _, None) => write!(f, "{field}: "),
            #[cfg(any(feature = "response", feature = "keys", feature = "boot-log"))]
            (Problem::Json(_), _, Some(offset)) => write!(f, "at byte {offset}: "),
            #[cfg(feature = "certificate")]
            (
                Problem::Certificate(_),
                Part::Intermediate(_) | Part::Root(_) | Part::Certificate,
                None,
            ) if self.check() == Check::Input => write!(f, "{}: ", self.part),
            #[cfg(feature = "certificate")]
            (Problem::Certificate(_), Part::Root(_), None) => write!(f, "{}: ", self.part),
            (_, part, Some(offset)) => write!(f, "{part} at byte {offset}: "),
            (_, Part::PcrFile | Part::Keylime | Part::TrustFile, None) => {
                write!(f, "{}: ", self.part)
            }
            (_, part, None) if part.is_of_certification() => write!(
                f,
                "the certification of the key fails its check {}: ",
                self.problem.meaning(part).check
            ),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.tried, self.line) {
            (0, _) => {}
            (1, line) => write!(f, "line {line}, the only one that counts, does not hold: ")?,
            (tried, line) => write!(
                f,
                "none of the {tried} lines that count holds; the nearest is line {line}: "
            )?,
        }
        self.write_place(f)?;
        self.problem.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("check", &self.check())
            .field("part", &self.part)
            .field("offset", &self.offset())
            .field("problem", &self.problem)
            .finish()
    }
}

impl core::error::Error for Error {}

impl From<UnmarshalError> for Error {
    fn from(error: UnmarshalError) -> Self {
        Self::structure(Part::Structure, error)
    }
}

impl From<MarshalError> for Error {
    fn from(error: MarshalError) -> Self {
        Self::new(Part::Structure, Problem::Marshal(error))
    }
}

impl From<NotHex> for Error {
    fn from(error: NotHex) -> Self {
        match error {
            NotHex::Digit(at) => SettingProblem::HexDigit(at.saturating_add(1)).into(),
            NotHex::Odd(count) => SettingProblem::HexOdd(count).into(),
            NotHex::TooLong => Self::new(Part::Policy, Problem::BufferTooSmall),
        }
    }
}

impl From<SignatureError> for Error {
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::Invalid => AttestProblem::Signature.into(),
            SignatureError::Unsupported => AttestProblem::SignatureUnsupported.into(),
        }
    }
}

impl From<SettingProblem> for Error {
    fn from(problem: SettingProblem) -> Self {
        Self::new(Part::Policy, Problem::Setting(problem))
    }
}

impl From<KeyProblem> for Error {
    #[inline]
    fn from(problem: KeyProblem) -> Self {
        Self::new(Part::Key, Problem::Key(problem))
    }
}

impl From<AnchorProblem> for Error {
    fn from(problem: AnchorProblem) -> Self {
        Self::new(Part::Key, Problem::Anchor(problem))
    }
}

impl From<AttestProblem> for Error {
    fn from(problem: AttestProblem) -> Self {
        let part = match problem {
            AttestProblem::SignatureScheme { .. }
            | AttestProblem::SignatureSha1
            | AttestProblem::SignatureUnsupported
            | AttestProblem::Signature => Part::Signature,
            _ => Part::Signed,
        };
        Self::new(part, Problem::Attest(problem))
    }
}

impl From<ObjectProblem> for Error {
    fn from(problem: ObjectProblem) -> Self {
        Self::new(Part::Signed, Problem::Object(problem))
    }
}

impl From<CreationProblem> for Error {
    fn from(problem: CreationProblem) -> Self {
        Self::new(Part::Signed, Problem::Creation(problem))
    }
}

impl From<ContentsProblem> for Error {
    fn from(problem: ContentsProblem) -> Self {
        Self::new(Part::Signed, Problem::Contents(problem))
    }
}

impl From<AuditProblem> for Error {
    fn from(problem: AuditProblem) -> Self {
        Self::new(Part::Signed, Problem::Audit(problem))
    }
}

impl From<QuoteProblem> for Error {
    fn from(problem: QuoteProblem) -> Self {
        Self::new(Part::PcrValues, Problem::Quote(problem))
    }
}

impl From<ClockProblem> for Error {
    fn from(problem: ClockProblem) -> Self {
        Self::new(Part::Signed, Problem::Clock(problem))
    }
}

#[cfg(feature = "boot-log")]
impl From<super::boot::BootProblem> for Error {
    fn from(problem: super::boot::BootProblem) -> Self {
        Self::new(Part::EventLog, Problem::Boot(problem))
    }
}

#[cfg(feature = "boot-log")]
impl From<super::boot::BootPolicyProblem> for Error {
    fn from(problem: super::boot::BootPolicyProblem) -> Self {
        super::setting::SettingProblem::BootPolicy(problem).into()
    }
}

#[cfg(feature = "boot-log")]
impl From<super::log::LogProblem> for Error {
    fn from(problem: super::log::LogProblem) -> Self {
        Self::new(Part::EventLog, Problem::Log(problem))
    }
}

#[cfg(feature = "ima")]
impl From<super::ima::ImaProblem> for Error {
    fn from(problem: super::ima::ImaProblem) -> Self {
        Self::new(Part::ImaList, Problem::Ima(problem))
    }
}

#[cfg(feature = "certificate")]
impl From<super::certificate::CertificateProblem> for Error {
    fn from(problem: super::certificate::CertificateProblem) -> Self {
        Self::new(Part::Certificate, Problem::Certificate(problem))
    }
}

#[cfg(any(feature = "certificate", feature = "projects"))]
impl From<super::hardware::HardwareProblem> for Error {
    fn from(problem: super::hardware::HardwareProblem) -> Self {
        Self::new(Part::Hardware, Problem::Hardware(problem))
    }
}

#[cfg(feature = "certificate")]
impl From<super::certificate::SanProblem> for Error {
    fn from(problem: super::certificate::SanProblem) -> Self {
        super::certificate::CertificateProblem::AltName(problem).into()
    }
}

#[cfg(feature = "credential")]
impl From<super::endorsement::EndorsementProblem> for Error {
    fn from(problem: super::endorsement::EndorsementProblem) -> Self {
        Self::new(Part::EndorsementKey, Problem::Endorsement(problem))
    }
}

#[cfg(feature = "credential")]
impl From<super::endorsement::CredentialProblem> for Error {
    fn from(problem: super::endorsement::CredentialProblem) -> Self {
        Self::new(Part::Credential, Problem::Credential(problem))
    }
}

const _: () = assert!(size_of::<Error>() <= 184);
