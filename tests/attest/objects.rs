//! `object`: what was attested is what was asked for, and stands where it has to.

use tpm_quote::{
    Check, Error, Name, Problem, Tpm2bPublic, TpmAlgId, Unmarshal, Verdict,
    types::{Tpm2bCreationData, Tpm2bName, Tpm2bNvPublic, TpmEccCurve, TpmHandle, TpmaObject},
    verify::{
        Ancestry, AttestPolicy, Certify, Creation, Excerpt, Nv, NvDigest, ObjectRules, Part,
        error::{KeyProblem, ObjectProblem},
    },
};

use crate::{
    contents::nv_public,
    creations::creation_data,
    forge::{Key, RSASSA, SHA1, SHA256, SHA384, hash, sized},
    forged::{ENDORSEMENT, Forged, NULL, OWNER, PLATFORM, SM3, name_of, qualified},
};

/// An object that another key than that of the evidence is.
fn object() -> Key {
    Key::p384(SHA384)
}

#[track_caller]
fn refused(result: Result<(), Error>, problem: ObjectProblem) {
    let error = result.unwrap_err();
    assert_eq!(*error.problem(), Problem::Object(problem));
    assert_eq!(error.part(), Part::Signed);
    assert_eq!(error.check(), Check::Object);
    let verdict = match problem {
        ObjectProblem::NameAlgUnsupported(_) => Verdict::Unsupported,
        _ => Verdict::Rejected,
    };
    assert_eq!(error.verdict(), verdict);
}

fn name_problem(expected: &[u8], found: &[u8]) -> ObjectProblem {
    ObjectProblem::Name {
        expected: Excerpt::new(expected),
        found: Excerpt::new(found),
    }
}

/// Names that are not that of the object: of other public areas with the same key, of
/// another key, in another form, none.
fn other_names(object: &Key) -> Vec<Vec<u8>> {
    let exportable = Key {
        attributes: object.attributes & !0x0000_0002, // fixedTPM
        ..object.clone()
    };
    let with_policy = Key {
        auth_policy: vec![0; 32],
        ..object.clone()
    };
    let by_another_hash = Key {
        name_alg: SHA384,
        ..object.clone()
    };
    let mut last_bit = object.name();
    *last_bit.last_mut().unwrap() ^= 1;
    vec![
        exportable.name(),
        with_policy.name(),
        by_another_hash.name(),
        Key::p521(SHA256).name(),
        qualified(SHA256, &OWNER, &object.name()),
        last_bit,
        OWNER.to_vec(),
        Vec::new(),
    ]
}

#[test]
fn object_with_another_name_is_refused() {
    let object = object();
    let (public, name) = (object.public(), object.name());
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let data = creation_data(b"", &OWNER);
    let data = Tpm2bCreationData::from_bytes(&data).unwrap();
    let digest = hash(SHA256, data.bytes());
    let place = qualified(SHA256, &OWNER, &name);
    let certify = Certify::of(&public);
    let creation = Creation::of(&public, &data);
    Forged::certify(&name, &place).verify(&certify).unwrap();
    Forged::creation(&name, &digest).verify(&creation).unwrap();
    for other in other_names(&object) {
        let problem = name_problem(&name, &other);
        refused(Forged::certify(&other, &place).verify(&certify), problem);
        let forged = Forged::creation(&other, &digest);
        refused(forged.verify(&creation), problem);
    }
}

/// Without a name nothing tells objects apart, whatever was signed.
#[test]
fn object_without_a_name_is_refused() {
    let nameless = Key {
        name_alg: 0x0010,
        ..object()
    };
    let public = nameless.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let data = creation_data(b"", &OWNER);
    let data = Tpm2bCreationData::from_bytes(&data).unwrap();
    for name in [Vec::new(), object().name()] {
        let forged = Forged::certify(&name, &[]);
        let problem = ObjectProblem::NoName;
        refused(forged.verify(&Certify::of(&public)), problem);
        let forged = Forged::creation(&name, &[]);
        refused(forged.verify(&Creation::of(&public, &data)), problem);

        let index = nv_public(0x0010, 8);
        let index = Tpm2bNvPublic::from_bytes(&index).unwrap();
        let forged = Forged::nv(&name, 0, &[0; 8]);
        refused(forged.verify(&Nv::of(&index)), problem);
        let forged = Forged::nv_digest(&name, &[7; 32]);
        refused(forged.verify(&NvDigest::of(&index)), problem);
    }
}

/// Also if another program would find that it is the right one.
#[test]
fn name_by_a_hash_that_is_not_known_is_unsupported() {
    let unknown = Key {
        name_alg: SM3,
        ..object()
    };
    let public = unknown.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let data = creation_data(b"", &OWNER);
    let data = Tpm2bCreationData::from_bytes(&data).unwrap();
    let name = [&SM3.to_be_bytes()[..], &[7; 32]].concat();
    let problem = ObjectProblem::NameAlgUnsupported(TpmAlgId(SM3));
    let forged = Forged::certify(&name, &name);
    refused(forged.verify(&Certify::of(&public)), problem);
    let forged = Forged::creation(&name, &[7; 32]);
    refused(forged.verify(&Creation::of(&public, &data)), problem);

    let index = nv_public(SM3, 8);
    let index = Tpm2bNvPublic::from_bytes(&index).unwrap();
    let forged = Forged::nv(&name, 0, &[0; 8]);
    refused(forged.verify(&Nv::of(&index)), problem);
    let forged = Forged::nv_digest(&name, &[7; 32]);
    refused(forged.verify(&NvDigest::of(&index)), problem);
}

#[test]
fn nv_index_with_another_name_is_refused() {
    let index = nv_public(SHA256, 8);
    let name = [&[0, 0x0b][..], &hash(SHA256, &index[2..])].concat();
    let index = Tpm2bNvPublic::from_bytes(&index).unwrap();
    let digest = hash(SHA256, &[0; 8]);
    let (nv, nv_digest) = (Nv::of(&index), NvDigest::of(&index));
    Forged::nv(&name, 0, &[0; 8]).verify(&nv).unwrap();
    Forged::nv_digest(&name, &digest)
        .verify(&nv_digest)
        .unwrap();
    // Of another size, by another hash.
    let larger = nv_public(SHA256, 9);
    let by_another_hash = nv_public(SHA384, 8);
    for other in [
        [&[0, 0x0b][..], &hash(SHA256, &larger[2..])].concat(),
        [&[0, 0x0c][..], &hash(SHA384, &by_another_hash[2..])].concat(),
        vec![0x01, 0x50, 0, 1],
        Vec::new(),
    ] {
        let problem = name_problem(&name, &other);
        refused(Forged::nv(&other, 0, &[0; 8]).verify(&nv), problem);
        let forged = Forged::nv_digest(&other, &digest);
        refused(forged.verify(&nv_digest), problem);
    }
}

#[test]
fn qualified_name_in_another_form_is_refused() {
    let object = object();
    let public = object.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    for other in [
        Vec::new(),
        OWNER.to_vec(),
        qualified(SHA384, &OWNER, &object.name()),
        [&SM3.to_be_bytes()[..], &[7; 32]].concat(),
    ] {
        let problem = ObjectProblem::QualifiedNameForm {
            expected: TpmAlgId::SHA256,
            found: Excerpt::new(&other),
        };
        let forged = Forged::certify(&object.name(), &other);
        refused(forged.verify(&Certify::of(&public)), problem);
    }
}

/// The form is by the object's hash, not by that of the key that signs.
#[test]
fn qualified_name_is_by_the_hash_of_the_object() {
    let object = Key {
        name_alg: SHA384,
        ..object()
    };
    let public = object.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let certify = Certify::of(&public);
    let place = qualified(SHA384, &OWNER, &object.name());
    let forged = Forged::certify(&object.name(), &place);
    forged.verify(&certify).unwrap();
    forged
        .verify(&certify.ancestry(Ancestry::under(TpmHandle::RH_OWNER)))
        .unwrap();
    let other = qualified(SHA256, &OWNER, &object.name());
    let problem = ObjectProblem::QualifiedNameForm {
        expected: TpmAlgId::SHA384,
        found: Excerpt::new(&other),
    };
    let forged = Forged::certify(&object.name(), &other);
    refused(forged.verify(&certify), problem);
}

#[test]
fn object_that_stands_elsewhere_is_refused_by_its_ancestry() {
    let object = object();
    let public = object.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let parent = name_of(SHA384, "a parent");
    let parent_name = Name::new(Tpm2bName::new(&parent).unwrap());
    let primary = Ancestry::under(TpmHandle::RH_OWNER);
    let child = primary.below(&parent_name).unwrap();
    let below = qualified(SHA384, &OWNER, &parent);

    let name = object.name();
    let places = [
        qualified(SHA256, &OWNER, &name),
        qualified(SHA256, &below, &name),
        // The hierarchy or the parent of the parent is another, the parent is missing,
        // the parent's name is not qualified; an object from outside.
        qualified(SHA256, &ENDORSEMENT, &name),
        qualified(SHA256, &PLATFORM, &name),
        qualified(SHA256, &NULL, &name),
        qualified(SHA256, &qualified(SHA384, &ENDORSEMENT, &parent), &name),
        qualified(SHA256, &parent, &name),
        name.clone(),
    ];
    let certify = Certify::of(&public);
    for (right, ancestry) in [(0, primary), (1, child)] {
        for (at, place) in places.iter().enumerate() {
            let forged = Forged::certify(&name, place);
            // Nobody asks where it stands.
            forged.verify(&certify).unwrap();
            let result = forged.verify(&certify.ancestry(ancestry));
            if at == right {
                result.unwrap();
            } else {
                let problem = ObjectProblem::QualifiedName {
                    expected: Excerpt::new(&places[right]),
                    found: Excerpt::new(place),
                };
                refused(result, problem);
            }
        }
    }
}

#[test]
fn size_in_front_is_no_part_of_a_name() {
    let object = object();
    assert_eq!(object.public(), sized(&object.public_area()));
    let public = object.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let of_sized = [&[0, 0x0b][..], &hash(SHA256, &object.public())].concat();
    let forged = Forged::certify(&of_sized, &of_sized);
    let problem = name_problem(&object.name(), &of_sized);
    refused(forged.verify(&Certify::of(&public)), problem);
}

/// Two of them can have one name.
#[test]
fn name_by_sha1_counts_only_if_the_policy_says_so() {
    let weak = Key {
        name_alg: SHA1,
        ..object()
    };
    let public = weak.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let (name, place) = (weak.name(), qualified(SHA1, &OWNER, &weak.name()));
    let data = creation_data(b"", &OWNER);
    let creation_hash = hash(SHA1, &data[2..]);
    let data = Tpm2bCreationData::from_bytes(&data).unwrap();
    let area = nv_public(SHA1, 8);
    let index_name = [&SHA1.to_be_bytes()[..], &hash(SHA1, &area[2..])].concat();
    let index = Tpm2bNvPublic::from_bytes(&area).unwrap();
    let allowed = AttestPolicy::dangerous_allow_sha1_names;

    let forged = Forged::certify(&name, &place);
    refused(
        forged.verify(&Certify::of(&public)),
        ObjectProblem::NameSha1,
    );
    forged.verify_by(&Certify::of(&public), allowed).unwrap();
    let forged = Forged::creation(&name, &creation_hash);
    let kind = Creation::of(&public, &data);
    refused(forged.verify(&kind), ObjectProblem::NameSha1);
    forged.verify_by(&kind, allowed).unwrap();
    let forged = Forged::nv(&index_name, 0, &[0; 8]);
    refused(forged.verify(&Nv::of(&index)), ObjectProblem::NameSha1);
    forged.verify_by(&Nv::of(&index), allowed).unwrap();
    let forged = Forged::nv_digest(&index_name, &[7; 32]);
    refused(
        forged.verify(&NvDigest::of(&index)),
        ObjectProblem::NameSha1,
    );
    forged.verify_by(&NvDigest::of(&index), allowed).unwrap();
}

/// Attributes and strength are the caller's to require, and nothing of an attestation key's is
/// required where nobody asks.
#[test]
fn object_is_of_the_kind_that_the_caller_requires() {
    // fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, sign, decrypt: as Windows makes
    // a key for WebAuthn.
    let object = Key {
        attributes: 0x0006_0072,
        ..object()
    };
    let public = object.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let (name, place) = (object.name(), qualified(SHA256, &OWNER, &object.name()));
    let data = creation_data(b"", &OWNER);
    let data = Tpm2bCreationData::from_bytes(&data).unwrap();
    let certified = Forged::certify(&name, &place);
    let created = Forged::creation(&name, &hash(SHA256, data.bytes()));
    let judge = |rules: ObjectRules| {
        let certified = certified.verify(&Certify::of(&public).rules(rules));
        let created = created.verify(&Creation::of(&public, &data).rules(rules));
        assert_eq!(certified, created);
        certified
    };
    let made_inside = TpmaObject(0x0000_0032);
    judge(ObjectRules::new()).unwrap();
    let rules = ObjectRules::new()
        .require(made_inside)
        .forbid(TpmaObject::RESTRICTED)
        .require_strong_key();
    judge(rules).unwrap();
    let none = TpmaObject::EMPTY;
    for (rules, missing, forbidden) in [
        (
            rules.require(TpmaObject::RESTRICTED),
            TpmaObject::RESTRICTED,
            none,
        ),
        (rules.require(TpmaObject::NO_DA), TpmaObject::NO_DA, none),
        (rules.forbid(TpmaObject::DECRYPT), none, TpmaObject::DECRYPT),
        (
            ObjectRules::new()
                .require(TpmaObject::ST_CLEAR | TpmaObject::SIGN)
                .forbid(TpmaObject::SIGN | TpmaObject::X509_SIGN),
            TpmaObject::ST_CLEAR,
            TpmaObject::SIGN,
        ),
    ] {
        refused(
            judge(rules),
            ObjectProblem::Attributes { missing, forbidden },
        );
    }
}

/// A key that an attestation key could not be is weak for an object as well, and what is no
/// key is none.
#[test]
fn strong_key_is_required_where_the_caller_asks() {
    let strong = ObjectRules::new().require_strong_key();
    let judge = |area: &[u8], rules: ObjectRules| {
        let public = sized(area);
        let public = Tpm2bPublic::from_bytes(&public).unwrap();
        let name = [&SHA256.to_be_bytes()[..], &hash(SHA256, area)].concat();
        let place = qualified(SHA256, &OWNER, &name);
        Forged::certify(&name, &place).verify(&Certify::of(&public).rules(rules))
    };
    for key in [
        Key::rsa(2048, RSASSA, SHA256),
        Key::rsa(4096, RSASSA, SHA256),
        object(),
    ] {
        judge(&key.public_area(), strong).unwrap();
    }
    let rsa = Key::rsa(2048, RSASSA, SHA256).public_area();
    let len = rsa.len();
    // keyBits and modulus of 1024 bits.
    let mut weak = rsa[..len - 256 - 8].to_vec();
    weak.extend(1024_u16.to_be_bytes());
    weak.extend(0_u32.to_be_bytes());
    weak.extend(sized(&rsa[len - 128..]));
    let last = weak.len() - 128;
    weak[last] |= 0x80;
    // An exponent of 3.
    let mut three = rsa.clone();
    three[len - 256 - 6..len - 256 - 2].copy_from_slice(&3_u32.to_be_bytes());
    // SM2's curve, of which nothing is computed here.
    let mut curve = Key::p256(SHA256).public_area();
    let at = curve.len() - 2 * 34 - 4;
    curve[at..at + 2].copy_from_slice(&0x0020_u16.to_be_bytes());
    // TPM_ALG_KEYEDHASH, SHA-256, attributes, no policy, no scheme, 32 bytes.
    let mut sealed = vec![0, 8, 0, 0x0b, 0, 0, 0, 0x52, 0, 0, 0, 0x10];
    sealed.extend(sized(&[7; 32]));
    for (area, problem) in [
        (weak, KeyProblem::RsaBits(1024)),
        (three, KeyProblem::Exponent(3)),
        (curve, KeyProblem::Curve(TpmEccCurve::SM2_P256)),
        (
            sealed,
            KeyProblem::Type {
                found: TpmAlgId::KEYEDHASH,
            },
        ),
    ] {
        judge(&area, ObjectRules::new()).unwrap();
        let error = judge(&area, strong).unwrap_err();
        assert_eq!(
            *error.problem(),
            Problem::Object(ObjectProblem::Key(problem))
        );
        let (verdict, name) = match problem {
            KeyProblem::Curve(_) => (Verdict::Unsupported, "object-key-unsupported"),
            _ => (Verdict::Rejected, "object-key"),
        };
        assert_eq!((error.verdict(), error.check()), (verdict, Check::Object));
        assert_eq!(error.problem_name(), name);
    }
}
