//! Why evidence of another project cannot be read.

use core::{error::Error, fmt};

use crate::{
    error::UnmarshalError,
    evidence::{JsonError, JwkError, SpkiError},
    types::TpmAlgId,
    verify::{Check, Part, Verdict, VerifyError, bank_name},
};

/// Why evidence of another project cannot be read. Offsets are bytes from the start of
/// the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub enum ProjectError {
    /// It is not JSON, or has another kind of value than it has to.
    Json(JsonError),
    /// It has no member that tells whose evidence it is.
    Unknown,
    /// It has members of the evidence of more than one project, or of more than one form.
    Several,
    /// A member is missing.
    Missing(&'static str),
    /// A member is there twice, perhaps in another spelling.
    Repeated {
        /// Its name.
        member: &'static str,
        /// Where.
        offset: usize,
    },
    /// A member is not in the encoding that it has to be in, or longer than what it is
    /// can be.
    Encoding {
        /// Its name.
        member: &'static str,
        /// Where.
        offset: usize,
    },
    /// A version that is not known here, or that of TPM 1.2.
    Version {
        /// The member that says it.
        member: &'static str,
        /// Where.
        offset: usize,
    },
    /// A hash that is no bank's: a number of Go's `crypto.Hash`.
    Hash {
        /// The number.
        number: u16,
        /// Where.
        offset: usize,
    },
    /// There is no such PCR: they are 0 to 23.
    Index {
        /// Where.
        offset: usize,
    },
    /// A PCR has two values.
    RepeatedValue {
        /// Bank.
        bank: TpmAlgId,
        /// Index.
        index: u8,
        /// Where the second of them stands.
        offset: usize,
    },
    /// A value is not as long as its bank's digests.
    ValueLength {
        /// Bank.
        bank: TpmAlgId,
        /// Index.
        index: u8,
        /// Where it stands.
        offset: usize,
        /// Length of the bank's digests, in bytes.
        expected: usize,
        /// Length of the value, in bytes.
        found: usize,
    },
    /// There are less than 24 values.
    FewValues {
        /// Where they begin.
        offset: usize,
    },
    /// The key is no `TPMT_PUBLIC`.
    Public(UnmarshalError),
    /// The key is no `SubjectPublicKeyInfo`.
    Spki(SpkiError),
    /// The report has no claims.
    Report,
    /// There is no key in the claims of the report.
    Claims(JwkError),
    /// The room for what is decoded is too small.
    Room,
}

impl ProjectError {
    /// The check that failed.
    #[must_use]
    pub fn check(&self) -> Check {
        match self {
            Self::Public(error) => public(*error).check(),
            Self::Spki(error) => error.check(),
            Self::Claims(error) => error.check(),
            _ => Check::Input,
        }
    }

    /// What the error says about the evidence.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Public(error) => public(*error).verdict(),
            Self::Spki(error) => error.verdict(),
            Self::Claims(error) => error.verdict(),
            Self::Version { .. } | Self::Hash { .. } => Verdict::Unsupported,
            _ => Verdict::Malformed,
        }
    }

    /// One sentence of help.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Public(error) => public(*error).help(),
            Self::Spki(error) => error.help(),
            Self::Unknown | Self::Several => {
                "Give the JSON as the project writes it: PlatformParameters or a dump of go-attestation, or the evidence of confidential-containers."
            }
            Self::Version { .. } | Self::Hash { .. } => {
                "A newer version of this program may know it."
            }
            Self::Index { .. }
            | Self::RepeatedValue { .. }
            | Self::ValueLength { .. }
            | Self::FewValues { .. } => {
                "Each PCR has one value, as long as the digests of its bank."
            }
            Self::Report | Self::Claims(_) => {
                "The report has to be the one that the virtual TPM gives, whole, with one key named HCLAkPub in its claims."
            }
            Self::Room => "Give twice as much room as the text is long.",
            Self::Json(_) | Self::Missing(_) | Self::Repeated { .. } | Self::Encoding { .. } => {
                "The evidence was cut, changed on its way, or is of another version of its project."
            }
        }
    }
}

fn public(error: UnmarshalError) -> VerifyError {
    VerifyError::Malformed {
        part: Part::Public,
        error,
    }
}

impl From<JsonError> for ProjectError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

impl fmt::Display for ProjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => error.fmt(f),
            Self::Unknown => f.write_str("not the evidence of a project that is known here"),
            Self::Several => f.write_str("the evidence of more than one project, or in two forms"),
            Self::Missing(member) => write!(f, "the evidence has no {member}"),
            Self::Repeated { member, offset } => {
                write!(f, "at byte {offset}: {member} is there twice")
            }
            Self::Encoding { member, offset } => {
                write!(
                    f,
                    "at byte {offset}: {member} is not encoded as it has to be"
                )
            }
            Self::Version { member, offset } => {
                write!(f, "at byte {offset}: this {member} is not supported")
            }
            Self::Hash { number, offset } => write!(
                f,
                "at byte {offset}: hash {number} of Go is no bank that is known here: not supported"
            ),
            Self::Index { offset } => {
                write!(
                    f,
                    "at byte {offset}: there is no such PCR, they are 0 to 23"
                )
            }
            Self::RepeatedValue {
                bank,
                index,
                offset,
            } => {
                let pcr = Pcr(*bank, *index);
                write!(f, "at byte {offset}: {pcr} has another value already")
            }
            Self::ValueLength {
                bank,
                index,
                offset,
                expected,
                found,
            } => write!(
                f,
                "at byte {offset}: the value of {} has {found} bytes, expected {expected}",
                Pcr(*bank, *index)
            ),
            Self::FewValues { offset } => {
                write!(f, "at byte {offset}: expected the values of 24 PCR")
            }
            Self::Public(error) => public(*error).fmt(f),
            Self::Spki(error) => error.fmt(f),
            Self::Report => f.write_str("the report is cut, or is none"),
            Self::Claims(error) => write!(f, "claims in the report: {error}"),
            Self::Room => f.write_str("the room for what is decoded is too small"),
        }
    }
}

impl Error for ProjectError {}

/// A PCR, as `sha256:7`.
struct Pcr(TpmAlgId, u8);

impl fmt::Display for Pcr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match bank_name(self.0) {
            Some(name) => write!(f, "{name}:{}", self.1),
            None => write!(f, "{}:{}", self.0, self.1),
        }
    }
}
