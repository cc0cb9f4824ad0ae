//! `TPM2_Certify`: an object is in the same TPM as the key (Part 3, 18.2).

use core::fmt;

use super::{
    Ancestry, AttestPolicy, AttestationKey, Excerpt, Verified, VerifyError, attest::sealed,
};
use crate::{
    crypto::Name,
    types::{
        NameForm, Tpm2bName, Tpm2bPublic, TpmAlgId, TpmSt, TpmsAttest, TpmsCertifyInfo, TpmuAttest,
    },
};

/// An attested object: it was loaded in the TPM that has the key, with exactly the
/// public area that was given.
///
/// That the TPM made or keeps it, the attributes in the public area say, unless it was
/// loaded from outside (`TPM2_LoadExternal`): its qualified name is then its name, or
/// that of a primary object. With an [`Ancestry`], the qualified name is compared.
pub type VerifiedCertify<'a> = Verified<'a, TpmsCertifyInfo<'a>>;

/// The object that has to be attested.
///
/// Its name is computed from the public area, and its qualified name has to be one by
/// the same hash.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Certify<'p> {
    object: &'p Tpm2bPublic<'p>,
    ancestry: Option<Ancestry>,
}

impl<'p> Certify<'p> {
    /// The object with this public area.
    pub fn of(object: &'p Tpm2bPublic<'p>) -> Self {
        let ancestry = None;
        Self { object, ancestry }
    }

    /// Where the object stands. Its qualified name is computed from it, and compared.
    pub fn ancestry(self, ancestry: Ancestry) -> Self {
        Self {
            ancestry: Some(ancestry),
            ..self
        }
    }
}

impl<'a> sealed::Kind<'a> for Certify<'_> {
    type Facts = TpmsCertifyInfo<'a>;
    const TYPE: TpmSt = TpmSt::ATTEST_CERTIFY;

    fn check(
        &self,
        _: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        policy: &AttestPolicy<'_>,
    ) -> Result<Self::Facts, VerifyError> {
        let TpmuAttest::Certify(info) = attest.attested else {
            return Err(VerifyError::other_type(Self::TYPE, attest));
        };
        let name = check_name(self.object, info.name, policy)?;
        let found = info.qualified_name;
        let expected = self.object.value().name_alg;
        match found.form() {
            NameForm::Digest { name_alg, .. } if name_alg == expected => {}
            _ => {
                let found = Excerpt::new(found.bytes());
                return Err(ObjectProblem::QualifiedNameForm { expected, found }.into());
            }
        }
        if let Some(ancestry) = self.ancestry {
            let expected = ancestry.qualified_name(&name);
            if expected.as_ref() != found.bytes() {
                return Err(ObjectProblem::QualifiedName {
                    expected: Excerpt::new(expected.as_ref()),
                    found: Excerpt::new(found.bytes()),
                }
                .into());
            }
        }
        Ok(info)
    }
}

/// `object`, of an object: the name is that of the public area, and is one by digest.
pub(super) fn check_name(
    object: &Tpm2bPublic<'_>,
    found: Tpm2bName<'_>,
    policy: &AttestPolicy<'_>,
) -> Result<Name, VerifyError> {
    let name_alg = object.value().name_alg;
    compare_names(name_alg, Name::of_public(object), found, policy)
}

/// `object`: it is the one with this name, and the name is one by a hash that is good
/// enough.
pub(super) fn compare_names(
    name_alg: TpmAlgId,
    expected: Option<Name>,
    found: Tpm2bName<'_>,
    policy: &AttestPolicy<'_>,
) -> Result<Name, VerifyError> {
    let expected = match (name_alg, expected) {
        (TpmAlgId::NULL, _) => return Err(ObjectProblem::NoName.into()),
        (TpmAlgId::SHA1, _) if !policy.sha1_names => return Err(ObjectProblem::NameSha1.into()),
        (other, None) => return Err(ObjectProblem::NameAlg(other).into()),
        (_, Some(name)) => name,
    };
    if expected.as_ref() == found.bytes() {
        return Ok(expected);
    }
    Err(ObjectProblem::Name {
        expected: Excerpt::new(expected.as_ref()),
        found: Excerpt::new(found.bytes()),
    }
    .into())
}

/// What is wrong with the object or NV index that was attested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectProblem {
    /// It is another one.
    Name {
        /// Name of the public area that was given.
        expected: Excerpt,
        /// Name that was signed.
        found: Excerpt,
    },
    /// The public area has the `nameAlg` `TPM_ALG_NULL`: it gives no name.
    NoName,
    /// The public area has the `nameAlg` SHA-1.
    NameSha1,
    /// The public area has a `nameAlg` that is not supported.
    NameAlg(TpmAlgId),
    /// The qualified name is not one by digest of the object's `nameAlg`.
    QualifiedNameForm {
        /// The object's `nameAlg`.
        expected: TpmAlgId,
        /// The qualified name.
        found: Excerpt,
    },
    /// The object stands elsewhere.
    QualifiedName {
        /// The qualified name where it has to stand.
        expected: Excerpt,
        /// The qualified name that was signed.
        found: Excerpt,
    },
}

impl From<ObjectProblem> for VerifyError {
    fn from(problem: ObjectProblem) -> Self {
        Self::Object(problem)
    }
}

impl ObjectProblem {
    pub(super) fn help(&self) -> &'static str {
        match self {
            Self::Name { .. } => {
                "Give the public area of what was attested, as it was then: attributes, policy and state are part of the name."
            }
            Self::NoName => {
                "Make the object with a nameAlg: without one, nothing tells it from others."
            }
            Self::NameSha1 => "Make it with the nameAlg SHA-256, SHA-384 or SHA-512.",
            Self::NameAlg(_) => "A newer version of this program may know this algorithm.",
            Self::QualifiedNameForm { .. } => {
                "A TPM gives each object a qualified name by its own nameAlg."
            }
            Self::QualifiedName { .. } => {
                "Compare where the object stands: its hierarchy, its parents, and the object itself."
            }
        }
    }
}

impl fmt::Display for ObjectProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { expected, found } => write!(
                f,
                "what was attested has the name {found}, expected {expected} by its public area"
            ),
            Self::NoName => {
                f.write_str("the nameAlg of what was attested is TPM_ALG_NULL: it has no name")
            }
            Self::NameSha1 => f.write_str("the nameAlg of what was attested is SHA-1"),
            Self::NameAlg(alg) => {
                write!(f, "the nameAlg {alg} of what was attested is not supported")
            }
            Self::QualifiedNameForm { expected, found } => write!(
                f,
                "the object's qualified name is {found}, expected a name by digest of {expected}"
            ),
            Self::QualifiedName { expected, found } => {
                write!(
                    f,
                    "the object's qualified name is {found}, expected {expected}"
                )
            }
        }
    }
}
