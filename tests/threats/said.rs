//! What an error says: the check that fails, the part that is concerned, and the problem.
//! Which check and which part belong to a problem is written down here once more.

#[cfg(feature = "certificate")]
use tpm_quote::verify::error::CertificateProblem;
#[cfg(feature = "credential")]
use tpm_quote::verify::error::{CredentialProblem, EndorsementProblem};
use tpm_quote::{
    Check, Error, PcrSet, Problem,
    verify::{
        Part,
        error::{
            AnchorProblem, AttestProblem, ClockProblem, CreationProblem, KeyProblem, ObjectProblem,
            QuoteProblem, SelectionProblem, SettingProblem,
        },
    },
};

#[derive(Clone, Copy, Debug, Eq)]
pub struct Said {
    pub check: Check,
    pub part: Part,
    pub problem: Problem,
}

pub fn said(error: Error) -> Said {
    Said {
        check: error.check(),
        part: error.part(),
        problem: *error.problem(),
    }
}

impl Said {
    const fn new(check: Check, part: Part, problem: Problem) -> Self {
        Self {
            check,
            part,
            problem,
        }
    }

    /// The same of the attestation by which another key certifies the key: nothing vouches
    /// for the key then.
    pub fn in_certification(self) -> Self {
        let part = match self.part {
            Part::Signed => Part::CertificationSigned,
            Part::Signature => Part::CertificationSignature,
            other => panic!("an attestation has no {other}"),
        };
        Self::new(Check::KeyAnchor, part, self.problem)
    }
}

/// The set of PCRs is not the expected one, and these are shown.
pub fn selection(problem: SelectionProblem, expected: PcrSet, found: PcrSet) -> Said {
    let part = match problem {
        SelectionProblem::NothingRequired => Part::Policy,
        SelectionProblem::DuplicateValue(_)
        | SelectionProblem::Surplus { .. }
        | SelectionProblem::MissingValue(_) => Part::PcrValues,
        _ => Part::Signed,
    };
    let problem = Problem::Selection {
        problem,
        expected,
        found,
    };
    Said::new(Check::Selection, part, problem)
}

impl<P: Copy + Into<Said>> PartialEq<P> for Said {
    fn eq(&self, other: &P) -> bool {
        let Self {
            check,
            part,
            problem,
        } = (*other).into();
        (self.check, self.part, self.problem) == (check, part, problem)
    }
}

impl From<KeyProblem> for Said {
    fn from(problem: KeyProblem) -> Self {
        use KeyProblem as P;
        let check = match problem {
            P::Type { .. } => Check::KeyType,
            P::Attributes { .. } => Check::KeyAttributes,
            P::RsaBits(_)
            | P::RsaBitsUnsupported(_)
            | P::ModulusLength { .. }
            | P::ModulusTopBit
            | P::ModulusEven
            | P::Roca
            | P::Exponent(_)
            | P::Curve(_)
            | P::Point
            | P::NoRsa
            | P::NoEcdsa => Check::KeyStrength,
            P::SchemeNotFixed
            | P::SchemeNotSigning(_)
            | P::SchemeUnsupported(_)
            | P::SchemeOfOtherKey(_)
            | P::HashUnsupported(_)
            | P::NoName
            | P::NameSha1
            | P::NameAlgUnsupported(_)
            | P::AuthPolicy { .. }
            | P::Symmetric(_)
            | P::Kdf(_) => Check::KeyScheme,
            other => panic!("{other:?}"),
        };
        Self::new(check, Part::Key, Problem::Key(problem))
    }
}

impl From<AnchorProblem> for Said {
    fn from(problem: AnchorProblem) -> Self {
        Self::new(Check::KeyAnchor, Part::Key, Problem::Anchor(problem))
    }
}

impl From<AttestProblem> for Said {
    fn from(problem: AttestProblem) -> Self {
        use AttestProblem as P;
        let (check, part) = match problem {
            P::SignatureScheme { .. } | P::SignatureSha1 | P::SignatureUnsupported => {
                (Check::SignatureScheme, Part::Signature)
            }
            P::Signature => (Check::Signature, Part::Signature),
            P::Magic { .. } => (Check::Magic, Part::Signed),
            P::Type { .. } => (Check::Type, Part::Signed),
            P::Nonce { .. } => (Check::Nonce, Part::Signed),
            P::Signer { .. } | P::QualifiedSigner { .. } => (Check::Signer, Part::Signed),
            other => panic!("{other:?}"),
        };
        Self::new(check, part, Problem::Attest(problem))
    }
}

impl From<ObjectProblem> for Said {
    fn from(problem: ObjectProblem) -> Self {
        Self::new(Check::Object, Part::Signed, Problem::Object(problem))
    }
}

impl From<CreationProblem> for Said {
    fn from(problem: CreationProblem) -> Self {
        Self::new(Check::Creation, Part::Signed, Problem::Creation(problem))
    }
}

impl From<QuoteProblem> for Said {
    fn from(problem: QuoteProblem) -> Self {
        let check = match problem {
            QuoteProblem::ValueLength { .. } => Check::PcrValues,
            QuoteProblem::Digest { .. } => Check::PcrDigest,
            QuoteProblem::Baseline { .. } => Check::Baseline,
            other => panic!("{other:?}"),
        };
        Self::new(check, Part::PcrValues, Problem::Quote(problem))
    }
}

impl From<ClockProblem> for Said {
    fn from(problem: ClockProblem) -> Self {
        Self::new(Check::Clock, Part::Signed, Problem::Clock(problem))
    }
}

impl From<SettingProblem> for Said {
    fn from(problem: SettingProblem) -> Self {
        Self::new(Check::Input, Part::Policy, Problem::Setting(problem))
    }
}

/// A certificate that was read, and does not vouch for the key.
#[cfg(feature = "certificate")]
impl From<CertificateProblem> for Said {
    fn from(problem: CertificateProblem) -> Self {
        let problem = Problem::Certificate(problem);
        Self::new(Check::KeyAnchor, Part::Certificate, problem)
    }
}

#[cfg(feature = "credential")]
impl From<EndorsementProblem> for Said {
    fn from(problem: EndorsementProblem) -> Self {
        let problem = Problem::Endorsement(problem);
        Self::new(Check::KeyAnchor, Part::EndorsementKey, problem)
    }
}

#[cfg(feature = "credential")]
impl From<CredentialProblem> for Said {
    fn from(problem: CredentialProblem) -> Self {
        Self::new(Check::Input, Part::Credential, Problem::Credential(problem))
    }
}
