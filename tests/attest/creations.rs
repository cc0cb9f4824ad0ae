//! `creation`: the object was made as its creation data say, and as it has to be.

use tpm_quote::{
    Check, Error, Name, Problem, Tpm2bPublic, Unmarshal, Verdict,
    types::{Tpm2bCreationData, Tpm2bName, TpmHandle},
    verify::{Ancestry, Creation, Excerpt, Part, error::CreationProblem},
};

use crate::{
    forge::{Key, SHA256, SHA384, hash, sized},
    forged::{ENDORSEMENT, Forged, NULL, OWNER, PLATFORM, name_of, qualified},
};

/// A `TPM2B_CREATION_DATA` below the parent with this qualified name.
pub fn creation_data(outside_info: &[u8], parent: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    data.extend(0_u32.to_be_bytes()); // pcrSelect
    data.extend(sized(&[]));
    data.push(1); // locality
    // That of a hierarchy, or that which begins its name.
    let alg = match parent {
        [_, _, _, _] => &[0, 0x10],
        _ => &parent[..2],
    };
    data.extend(alg);
    data.extend(sized(&name_of(SHA256, "the parent, not qualified")));
    data.extend(sized(parent));
    data.extend(sized(outside_info));
    sized(&data)
}

fn object() -> Key {
    Key::p384(SHA384)
}

/// Verifies these creation data with an attestation of `hashed`.
fn judge(
    object: &Key,
    hashed: &[u8],
    data: &[u8],
    kind: impl for<'p> FnOnce(Creation<'p>) -> Creation<'p>,
) -> Result<(), Error> {
    let public = object.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let data = Tpm2bCreationData::from_bytes(data).unwrap();
    let forged = Forged::creation(&object.name(), hashed);
    forged.verify(&kind(Creation::of(&public, &data)))
}

#[track_caller]
fn refused(result: Result<(), Error>, problem: CreationProblem) {
    let error = result.unwrap_err();
    assert_eq!(*error.problem(), Problem::Creation(problem));
    assert_eq!(error.part(), Part::Signed);
    assert_eq!(error.check(), Check::Creation);
    assert_eq!(error.verdict(), Verdict::Rejected);
}

#[test]
fn other_creation_data_are_refused() {
    let data = creation_data(b"what for", &OWNER);
    let computed = hash(SHA256, &data[2..]);
    let object = object();
    judge(&object, &computed, &data, |kind| kind).unwrap();
    let mut last_bit = computed.clone();
    last_bit[31] ^= 1;
    for signed in [
        hash(SHA256, &creation_data(b"what foe", &OWNER)[2..]),
        hash(SHA256, &creation_data(b"what for", &ENDORSEMENT)[2..]),
        // The size in front is no part of it.
        hash(SHA256, &data),
        hash(SHA384, &data[2..]),
        computed[..31].to_vec(),
        last_bit,
        Vec::new(),
    ] {
        let problem = CreationProblem::Hash {
            computed: Excerpt::new(&computed),
            signed: Excerpt::new(&signed),
        };
        refused(judge(&object, &signed, &data, |kind| kind), problem);
        // Whatever they say, they are not to be believed.
        let elsewhere = Ancestry::under(TpmHandle::RH_NULL);
        let result = judge(&object, &signed, &data, |kind| kind.ancestry(elsewhere));
        refused(result, problem);
    }
}

/// Not by that of the key that signs, nor of the parent.
#[test]
fn creation_data_are_hashed_by_the_hash_of_the_object() {
    let object = Key {
        name_alg: SHA384,
        ..object()
    };
    let data = creation_data(b"", &OWNER);
    let right = hash(SHA384, &data[2..]);
    judge(&object, &right, &data, |kind| kind).unwrap();
    let other = hash(SHA256, &data[2..]);
    let problem = CreationProblem::Hash {
        computed: Excerpt::new(&right),
        signed: Excerpt::new(&other),
    };
    refused(judge(&object, &other, &data, |kind| kind), problem);
}

#[test]
fn object_that_was_made_for_another_purpose_is_refused() {
    let object = object();
    for (found, wanted) in [
        (&b"what for"[..], &b"what foe"[..]),
        (b"what for", b"what"),
        (b"what", b"what for"),
        (b"what for", b""),
        (b"", b"what for"),
    ] {
        let data = creation_data(found, &OWNER);
        let digest = hash(SHA256, &data[2..]);
        // Nobody asks what for.
        judge(&object, &digest, &data, |kind| kind).unwrap();
        judge(&object, &digest, &data, |kind| kind.outside_info(found)).unwrap();
        let problem = CreationProblem::OutsideInfo {
            expected: Excerpt::new(wanted),
            found: Excerpt::new(found),
        };
        let result = judge(&object, &digest, &data, |kind| kind.outside_info(wanted));
        refused(result, problem);
    }
}

#[test]
fn object_with_another_parent_is_refused_by_its_ancestry() {
    let object = object();
    let parent = name_of(SHA384, "a parent");
    let primary = Ancestry::under(TpmHandle::RH_OWNER);
    let child = primary.below(&Name::new(Tpm2bName::new(&parent).unwrap()));
    let parents = [
        OWNER.to_vec(),
        qualified(SHA384, &OWNER, &parent),
        ENDORSEMENT.to_vec(),
        PLATFORM.to_vec(),
        NULL.to_vec(),
        qualified(SHA384, &ENDORSEMENT, &parent),
        parent,
    ];
    for (right, ancestry) in [(0, primary), (1, child.unwrap())] {
        for (at, found) in parents.iter().enumerate() {
            let data = creation_data(b"", found);
            let digest = hash(SHA256, &data[2..]);
            // Nobody asks where it stands.
            judge(&object, &digest, &data, |kind| kind).unwrap();
            let result = judge(&object, &digest, &data, |kind| kind.ancestry(ancestry));
            if at == right {
                result.unwrap();
            } else {
                let problem = CreationProblem::Parent {
                    expected: Excerpt::new(&parents[right]),
                    found: Excerpt::new(found),
                };
                refused(result, problem);
            }
        }
    }
}

#[test]
fn qualified_name_follows_from_the_parent_in_the_creation_data() {
    let object = object();
    let public = object.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    for parent in [
        OWNER.to_vec(),
        ENDORSEMENT.to_vec(),
        qualified(SHA384, &OWNER, &name_of(SHA384, "a parent")),
    ] {
        let data = creation_data(b"", &parent);
        let data = Tpm2bCreationData::from_bytes(&data).unwrap();
        let signed = Forged::creation(&object.name(), &hash(SHA256, data.bytes())).sign();
        let kind = Creation::of(&public, &data);
        let created = signed.verify(&kind, &signed.policy()).unwrap();
        let facts = created.facts();
        assert_eq!(facts.name.as_ref(), object.name());
        let place = qualified(SHA256, &parent, &object.name());
        assert_eq!(facts.qualified_name.as_ref(), place);
        assert_eq!(facts.data.parent_qualified_name.bytes(), parent);
    }
}
