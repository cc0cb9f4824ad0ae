//! `TPM2_CertifyCreation`: how the TPM created an object (Part 3, 18.3).

use super::{
    attest::{other_type, sealed},
    certify::{check_name, check_rules},
    verified::Verified,
};
use crate::{
    crypto::{Hasher, Name},
    types::{Tpm2bCreationData, Tpm2bPublic, TpmSt, TpmsAttest, TpmsCreationData, TpmuAttest},
    verify::{
        attestation_key::AttestationKey,
        error::{Check, CheckSet, CreationProblem, Error, Excerpt},
        policy::{Ancestry, AttestPolicy, ObjectRules},
    },
    wire::{Inspect, Inspector},
};

/// A verified attestation of an object's creation: the TPM that has the key created it, with
/// exactly the public area and the creation data that were given.
pub type VerifiedCreation<'a, 'p> = Verified<'a, Created<'p>>;

/// The requirements on the certified creation of an object.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Creation<'p> {
    object: &'p Tpm2bPublic<'p>,
    data: &'p Tpm2bCreationData<'p>,
    ancestry: Option<Ancestry>,
    outside_info: Option<&'p [u8]>,
    rules: ObjectRules,
}

/// What a verified creation says.
#[derive(Clone, Copy, Debug)]
pub struct Created<'p> {
    /// The object's name.
    pub name: Name,
    /// The object's qualified name, which follows from the parent in the creation data.
    pub qualified_name: Name,
    /// How the object was created.
    pub data: TpmsCreationData<'p>,
}

impl Inspect for Created<'_> {
    fn inspect(&self, to: &mut dyn Inspector) {
        to.field("objectName", &self.name);
        to.field("qualifiedName", &self.qualified_name);
        to.field("creationData", &self.data);
    }
}

impl<'p> Creation<'p> {
    /// Requires the object with this public area and this creation data.
    pub fn of(object: &'p Tpm2bPublic<'p>, data: &'p Tpm2bCreationData<'p>) -> Self {
        Self {
            object,
            data,
            ancestry: None,
            outside_info: None,
            rules: ObjectRules::new(),
        }
    }

    /// Requires the object to be of this kind.
    pub fn rules(self, rules: ObjectRules) -> Self {
        Self { rules, ..self }
    }

    /// Requires the object to have this place in the TPM: its parent is compared.
    pub fn ancestry(self, ancestry: Ancestry) -> Self {
        Self {
            ancestry: Some(ancestry),
            ..self
        }
    }

    /// Requires this `outsideInfo`, which the object's creator passed to the TPM.
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
    const CHECKS: CheckSet = CheckSet::of(&[Check::Object, Check::Creation]);

    fn check(
        &self,
        _: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        policy: &AttestPolicy<'_>,
        passed: &mut CheckSet,
    ) -> Result<Self::Facts, Error> {
        let TpmuAttest::Creation(info) = attest.attested else {
            return Err(other_type(Self::TYPE, attest));
        };
        let name = check_name(self.object, info.object_name, policy)?;
        check_rules(self.object, self.rules)?;
        passed.insert(Check::Object);
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
        passed.insert(Check::Creation);
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
