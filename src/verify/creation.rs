//! `TPM2_CertifyCreation`: the TPM made an object, and how (Part 3, 18.3).

use core::fmt;

use super::{
    Ancestry, AttestPolicy, AttestationKey, Excerpt, Verified, VerifyError, attest::sealed,
    certify::check_name,
};
use crate::{
    crypto::{Hasher, Name},
    types::{Tpm2bCreationData, Tpm2bPublic, TpmSt, TpmsAttest, TpmsCreationData, TpmuAttest},
};

/// An object's attested creation: the TPM that has the key made it, with exactly the
/// public area and the creation data that were given.
pub type VerifiedCreation<'a, 'p> = Verified<'a, Created<'p>>;

/// The object whose creation has to be attested.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Creation<'p> {
    object: &'p Tpm2bPublic<'p>,
    data: &'p Tpm2bCreationData<'p>,
    ancestry: Option<Ancestry>,
    outside_info: Option<&'p [u8]>,
}

/// What a verified creation says.
#[derive(Clone, Copy, Debug)]
pub struct Created<'p> {
    /// The object's name.
    pub name: Name,
    /// Its qualified name, which follows from the parent in the creation data.
    pub qualified_name: Name,
    /// How it was made.
    pub data: TpmsCreationData<'p>,
}

impl<'p> Creation<'p> {
    /// The object with this public area and this creation data.
    pub fn of(object: &'p Tpm2bPublic<'p>, data: &'p Tpm2bCreationData<'p>) -> Self {
        Self {
            object,
            data,
            ancestry: None,
            outside_info: None,
        }
    }

    /// Where the object has to stand: its parent is compared.
    pub fn ancestry(self, ancestry: Ancestry) -> Self {
        Self {
            ancestry: Some(ancestry),
            ..self
        }
    }

    /// What the object's maker has to have sent along: `outsideInfo`.
    pub fn outside_info(self, outside_info: &'p [u8]) -> Self {
        Self {
            outside_info: Some(outside_info),
            ..self
        }
    }
}

impl<'a, 'p> sealed::Kind<'a> for Creation<'p> {
    type Facts = Created<'p>;
    const TYPE: TpmSt = TpmSt::ATTEST_CREATION;

    fn check(
        &self,
        _: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        policy: &AttestPolicy<'_>,
    ) -> Result<Self::Facts, VerifyError> {
        let TpmuAttest::Creation(info) = attest.attested else {
            return Err(VerifyError::other_type(Self::TYPE, attest));
        };
        let name = check_name(self.object, info.object_name, policy)?;
        // By the hash of the object's name, which is known: the name was computed.
        let computed = Hasher::digest(self.object.value().name_alg, self.data.bytes());
        let computed = computed.as_ref().map(AsRef::as_ref).unwrap_or_default();
        differ(computed, info.creation_hash.bytes()).map_or(Ok(()), |(computed, signed)| {
            Err(CreationProblem::Hash { computed, signed })
        })?;

        let data = *self.data.value();
        if let Some(expected) = self.outside_info
            && let Some((expected, found)) = differ(expected, data.outside_info.bytes())
        {
            return Err(CreationProblem::OutsideInfo { expected, found }.into());
        }
        let parent = Name::new(data.parent_qualified_name);
        if let Some(ancestry) = self.ancestry
            && let Some((expected, found)) = differ(ancestry.parent().as_ref(), parent.as_ref())
        {
            return Err(CreationProblem::Parent { expected, found }.into());
        }
        Ok(Created {
            name,
            qualified_name: name.qualified_by(&parent).unwrap_or(Name::EMPTY),
            data,
        })
    }
}

fn differ(expected: &[u8], found: &[u8]) -> Option<(Excerpt, Excerpt)> {
    (expected != found).then(|| (Excerpt::new(expected), Excerpt::new(found)))
}

/// What is wrong with how an object was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CreationProblem {
    /// The creation data are not those that were attested.
    Hash {
        /// Digest of the creation data that were given, by the hash of the object's name.
        computed: Excerpt,
        /// `creationHash`.
        signed: Excerpt,
    },
    /// The object was made for another purpose.
    OutsideInfo {
        /// What has to have been sent along.
        expected: Excerpt,
        /// `outsideInfo`.
        found: Excerpt,
    },
    /// The object has another parent.
    Parent {
        /// Qualified name that the parent has to have.
        expected: Excerpt,
        /// `parentQualifiedName`.
        found: Excerpt,
    },
}

impl From<CreationProblem> for VerifyError {
    fn from(problem: CreationProblem) -> Self {
        Self::Creation(problem)
    }
}

impl CreationProblem {
    pub(super) fn help(&self) -> &'static str {
        match self {
            Self::Hash { .. } => {
                "Give the creation data that the TPM gave when it made the object."
            }
            Self::OutsideInfo { .. } => {
                "Compare with what was sent along when the object was made."
            }
            Self::Parent { .. } => {
                "Compare where the object has to stand: its hierarchy and its parents."
            }
        }
    }
}

impl fmt::Display for CreationProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hash { computed, signed } => write!(
                f,
                "the digest of the creation data is {computed}, the attestation has {signed}"
            ),
            Self::OutsideInfo { expected, found } => {
                write!(f, "outsideInfo is {found}, expected {expected}")
            }
            Self::Parent { expected, found } => {
                write!(
                    f,
                    "the qualified name of the parent is {found}, expected {expected}"
                )
            }
        }
    }
}
