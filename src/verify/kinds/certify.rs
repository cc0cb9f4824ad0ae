//! `TPM2_Certify`: an object is in the same TPM as the key (Part 3, 18.2).

use super::{
    attest::{other_type, sealed},
    verified::Verified,
};
use crate::{
    crypto::Name,
    types::{
        NameForm, Tpm2bName, Tpm2bPublic, TpmAlgId, TpmSt, TpmaObject, TpmsAttest, TpmsCertifyInfo,
        TpmuAttest,
    },
    verify::{
        attestation_key::{AttestationKey, PlainKey},
        error::{Check, CheckSet, Error, Excerpt, KeyProblem, ObjectProblem},
        policy::{Ancestry, AttestPolicy, ObjectRules},
        verifier::KeyRules,
    },
};

/// A verified attestation of an object: it was loaded in the same TPM as the key, with
/// exactly the public area that was given.
///
/// The attributes in the public area say whether the TPM made the object and keeps it. This
/// does not hold for an object that was loaded from outside (`TPM2_LoadExternal`), whose
/// qualified name is its name or that of a primary object: with an [`Ancestry`], the
/// qualified name is compared.
pub type VerifiedCertify<'a> = Verified<'a, TpmsCertifyInfo<'a>>;

/// The requirements on a certified object.
///
/// Its name is computed from the public area and compared. Its qualified name has to be a
/// digest by the same hash.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Certify<'p> {
    object: &'p Tpm2bPublic<'p>,
    ancestry: Option<Ancestry>,
    rules: ObjectRules,
}

impl<'p> Certify<'p> {
    /// Requires the object with this public area.
    pub fn of(object: &'p Tpm2bPublic<'p>) -> Self {
        Self {
            object,
            ancestry: None,
            rules: ObjectRules::new(),
        }
    }

    /// Requires the object to be of this kind.
    pub fn rules(self, rules: ObjectRules) -> Self {
        Self { rules, ..self }
    }

    /// Requires the object to have this place in the TPM: its qualified name is computed from
    /// it and compared.
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
    const CHECKS: CheckSet = CheckSet::of(&[Check::Object]);

    fn check(
        &self,
        _: &AttestationKey<'_>,
        attest: &TpmsAttest<'a>,
        policy: &AttestPolicy<'_>,
        passed: &mut CheckSet,
    ) -> Result<Self::Facts, Error> {
        let TpmuAttest::Certify(info) = attest.attested else {
            return Err(other_type(Self::TYPE, attest));
        };
        let name = check_name(self.object, info.name, policy)?;
        check_rules(self.object, self.rules)?;
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
        passed.insert(Check::Object);
        Ok(info)
    }

    /// What a TPM did not make or import has no parent: its qualified name is its name.
    fn is_of_external(info: &Self::Facts) -> bool {
        info.qualified_name.bytes() == info.name.bytes()
    }
}

/// `object`, of an object: the name is that of the public area, and is one by digest.
pub(super) fn check_name(
    object: &Tpm2bPublic<'_>,
    found: Tpm2bName<'_>,
    policy: &AttestPolicy<'_>,
) -> Result<Name, ObjectProblem> {
    let name_alg = object.value().name_alg;
    compare_names(name_alg, Name::of_public(object), found, policy)
}

/// `object`: what the caller requires of the public area.
pub(super) fn check_rules(
    object: &Tpm2bPublic<'_>,
    rules: ObjectRules,
) -> Result<(), ObjectProblem> {
    let area = object.value();
    let missing = rules.required.difference(area.object_attributes);
    let forbidden = rules.forbidden.intersection(area.object_attributes);
    if missing != TpmaObject::EMPTY || forbidden != TpmaObject::EMPTY {
        return Err(ObjectProblem::Attributes { missing, forbidden });
    }
    if !rules.strong_key {
        return Ok(());
    }
    let strength = match PlainKey::of_public(area) {
        Some(key) => key.strength(KeyRules::new()).map(|_| ()),
        None => Err(KeyProblem::Type {
            found: area.key.selector(),
        }),
    };
    strength.map_err(ObjectProblem::Key)
}

/// `object`: the name is this one, and its hash is good enough.
pub(super) fn compare_names(
    name_alg: TpmAlgId,
    expected: Option<Name>,
    found: Tpm2bName<'_>,
    policy: &AttestPolicy<'_>,
) -> Result<Name, ObjectProblem> {
    let expected = match (name_alg, expected) {
        (TpmAlgId::NULL, _) => return Err(ObjectProblem::NoName),
        (TpmAlgId::SHA1, _) if !policy.sha1_names => return Err(ObjectProblem::NameSha1),
        (other, None) => return Err(ObjectProblem::NameAlgUnsupported(other)),
        (_, Some(name)) => name,
    };
    if expected.as_ref() == found.bytes() {
        return Ok(expected);
    }
    Err(ObjectProblem::Name {
        expected: Excerpt::new(expected.as_ref()),
        found: Excerpt::new(found.bytes()),
    })
}
