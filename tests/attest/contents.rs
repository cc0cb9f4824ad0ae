//! `contents`: the NV index holds what it has to.

use tpm_quote::{
    Check, Error, Name, Problem, Unmarshal, Verdict,
    types::{Tpm2bName, Tpm2bNvPublic, TpmHandle},
    verify::{
        Excerpt, Nv, NvDigest, Part,
        error::{ContentsProblem, ObjectProblem},
    },
};

use crate::{
    forge::{Key, SHA256, SHA384, SHA512, hash, sized},
    forged::{Forged, NV_DIGEST},
};

/// A `TPM2B_NV_PUBLIC` of an ordinary index.
pub fn nv_public(name_alg: u16, data_size: u16) -> Vec<u8> {
    let mut public = vec![0x01, 0x50, 0, 1];
    public.extend(name_alg.to_be_bytes());
    public.extend([0x20, 0x06, 0, 0x06]);
    public.extend(sized(&[]));
    public.extend(data_size.to_be_bytes());
    sized(&public)
}

fn name_of_nv(public: &[u8]) -> Vec<u8> {
    [&[0, 0x0b][..], &hash(SHA256, &public[2..])].concat()
}

#[track_caller]
fn refused(result: Result<(), Error>, problem: ContentsProblem) {
    let error = result.unwrap_err();
    assert_eq!(*error.problem(), Problem::Contents(problem));
    assert_eq!(error.part(), Part::Signed);
    assert_eq!(error.check(), Check::Contents);
    assert_eq!(error.verdict(), Verdict::Rejected);
}

#[test]
fn no_more_is_attested_than_the_index_holds() {
    for (size, offset, len) in [
        (8, 0, 8),
        (8, 7, 1),
        (8, 8, 0),
        (64, 48, 16),
        (0, 0, 0),
        (2048, 0, 2048),
        (u16::MAX, u16::MAX - 2047, 2047),
    ] {
        let index = nv_public(SHA256, size);
        let name = name_of_nv(&index);
        let index = Tpm2bNvPublic::from_bytes(&index).unwrap();
        let nv = Nv::of(&index);
        let contents = vec![7; len];
        let full = Forged::nv(&name, offset, &contents);
        full.verify(&nv).unwrap();
        full.verify(&nv.contents(offset, &contents)).unwrap();

        let end = usize::from(size) + 1;
        let problem = ContentsProblem::Range { end, size };
        if let Some(offset) = offset.checked_add(1) {
            let forged = Forged::nv(&name, offset, &contents);
            refused(forged.verify(&nv), problem);
            // Nor if just that is wanted.
            let nv = nv.contents(offset, &contents);
            refused(forged.verify(&nv), problem);
        }
        if len < 2048 {
            let contents = vec![7; len + 1];
            let forged = Forged::nv(&name, offset, &contents);
            refused(forged.verify(&nv), problem);
            refused(forged.verify(&nv.contents(offset, &contents)), problem);
        }
    }
}

/// Their sum does not fit in the two bytes of a size.
#[test]
fn end_of_the_contents_is_not_cut() {
    let index = nv_public(SHA256, 2048);
    let forged = Forged::nv(&name_of_nv(&index), u16::MAX, &[7; 2048]);
    let index = Tpm2bNvPublic::from_bytes(&index).unwrap();
    let (end, size) = (0xffff + 2048, 2048);
    refused(
        forged.verify(&Nv::of(&index)),
        ContentsProblem::Range { end, size },
    );
}

#[test]
fn contents_from_another_offset_are_refused() {
    let index = nv_public(SHA256, 64);
    let name = name_of_nv(&index);
    let index = Tpm2bNvPublic::from_bytes(&index).unwrap();
    for (expected, found) in [(0, 1), (1, 0), (8, 16), (0, 0x20), (u16::MAX, 0)] {
        let forged = Forged::nv(&name, found, &[7; 16]);
        // Nobody asks what it holds.
        forged.verify(&Nv::of(&index)).unwrap();
        let problem = ContentsProblem::Offset { expected, found };
        let nv = Nv::of(&index).contents(expected, &[7; 16]);
        refused(forged.verify(&nv), problem);
        // Whatever they are.
        let nv = Nv::of(&index).contents(expected, &[8; 16]);
        refused(forged.verify(&nv), problem);
        let nv = Nv::of(&index).contents(found, &[7; 16]);
        forged.verify(&nv).unwrap();
    }
}

/// That an index of no bytes, or the end of one, is attested proves that no bytes are
/// attested there; not that they would be elsewhere.
#[test]
fn empty_contents_have_an_offset_too() {
    let index = nv_public(SHA256, 64);
    let name = name_of_nv(&index);
    let index = Tpm2bNvPublic::from_bytes(&index).unwrap();
    for (expected, found) in [(0, 1), (0, 64), (64, 0), (63, 64)] {
        let forged = Forged::nv(&name, found, &[]);
        let problem = ContentsProblem::Offset { expected, found };
        refused(
            forged.verify(&Nv::of(&index).contents(expected, &[])),
            problem,
        );
        forged.verify(&Nv::of(&index).contents(found, &[])).unwrap();
    }
}

#[test]
fn other_contents_are_refused() {
    let index = nv_public(SHA256, 64);
    let name = name_of_nv(&index);
    let index = Tpm2bNvPublic::from_bytes(&index).unwrap();
    for (expected, found) in [
        (&[1, 2, 3, 4][..], &[1, 2, 3, 5][..]),
        (&[1, 2, 3, 4], &[1, 2, 3]),
        (&[1, 2, 3], &[1, 2, 3, 4]),
        (&[1, 2, 3, 4], &[]),
        (&[], &[1, 2, 3, 4]),
    ] {
        let forged = Forged::nv(&name, 8, found);
        forged.verify(&Nv::of(&index)).unwrap();
        forged.verify(&Nv::of(&index).contents(8, found)).unwrap();
        let problem = ContentsProblem::Bytes {
            expected: Excerpt::new(expected),
            found: Excerpt::new(found),
        };
        let nv = Nv::of(&index).contents(8, expected);
        refused(forged.verify(&nv), problem);
    }
}

#[test]
fn other_contents_are_refused_by_their_digest() {
    let index = nv_public(SHA256, 8);
    let name = name_of_nv(&index);
    let index = Tpm2bNvPublic::from_bytes(&index).unwrap();
    let nv = NvDigest::of(&index);
    let contents = [1, 2, 3, 4, 5, 6, 7, 8];
    let computed = hash(SHA256, &contents);
    let forged = Forged::nv_digest(&name, &computed);
    forged.verify(&nv.contents(&contents)).unwrap();
    for signed in [
        hash(SHA256, &contents[..7]),
        hash(SHA256, &[]),
        computed[..31].to_vec(),
        Vec::new(),
        // By the hash of another scheme.
        hash(SHA384, &contents),
    ] {
        let forged = Forged::nv_digest(&name, &signed);
        // Nobody asks what it holds.
        forged.verify(&nv).unwrap();
        let problem = ContentsProblem::Digest {
            computed: Excerpt::new(&computed),
            signed: Excerpt::new(&signed),
        };
        refused(forged.verify(&nv.contents(&contents)), problem);
    }
}

/// Not by that of the index's name, which is SHA-256.
#[test]
fn contents_are_hashed_by_the_hash_of_the_scheme() {
    let index = nv_public(SHA256, 8);
    let name = name_of_nv(&index);
    let index = Tpm2bNvPublic::from_bytes(&index).unwrap();
    let contents = [1, 2, 3, 4, 5, 6, 7, 8];
    let nv = NvDigest::of(&index).contents(&contents);
    for (key, alg) in [(Key::p384(SHA384), SHA384), (Key::p521(SHA512), SHA512)] {
        let right = hash(alg, &contents);
        let body = |digest: &[u8]| [sized(&name), sized(digest)].concat();
        let forged = Forged::by(key.clone(), NV_DIGEST, body(&right));
        forged.verify(&nv).unwrap();
        let other = hash(SHA256, &contents);
        let forged = Forged::by(key, NV_DIGEST, body(&other));
        let problem = ContentsProblem::Digest {
            computed: Excerpt::new(&right),
            signed: Excerpt::new(&other),
        };
        refused(forged.verify(&nv), problem);
    }
}

/// Where the public area of the index is not at hand, its Name is all of it.
#[test]
fn index_may_be_named_by_its_name() {
    let public = nv_public(SHA256, 8);
    let name = name_of_nv(&public);
    let index: Name = Name::new(Tpm2bName::new(&name).unwrap());
    let held = [7; 16];
    // How large the index is is then not known: only its Name and contents are compared.
    let forged = Forged::nv(&name, 8, &held);
    forged.verify(&Nv::named(index)).unwrap();
    forged.verify(&Nv::named(index).contents(8, &held)).unwrap();
    let problem = ContentsProblem::Offset {
        expected: 0,
        found: 8,
    };
    refused(forged.verify(&Nv::named(index).contents(0, &held)), problem);
    let problem = ContentsProblem::Bytes {
        expected: Excerpt::new(&held[1..]),
        found: Excerpt::new(&held),
    };
    let nv = Nv::named(index).contents(8, &held[1..]);
    refused(forged.verify(&nv), problem);

    let digest = hash(SHA256, &held);
    let of_digest = Forged::nv_digest(&name, &digest);
    of_digest.verify(&NvDigest::named(index)).unwrap();
    of_digest
        .verify(&NvDigest::named(index).contents(&held))
        .unwrap();
    let computed = hash(SHA256, &held[1..]);
    let problem = ContentsProblem::Digest {
        computed: Excerpt::new(&computed),
        signed: Excerpt::new(&digest),
    };
    let nv = NvDigest::named(index).contents(&held[1..]);
    refused(of_digest.verify(&nv), problem);

    // Another index, the same one by another hash, and what is no digest.
    let other = name_of_nv(&nv_public(SHA256, 9));
    let longer = [&[0, 0x0c][..], &hash(SHA384, &public[2..])].concat();
    let sha1 = [&[0, 0x04][..], &[0; 20]].concat();
    let (other, longer, sha1) = (name_in(&other), name_in(&longer), name_in(&sha1));
    let differs = |expected: Name| ObjectProblem::Name {
        expected: Excerpt::new(expected.as_ref()),
        found: Excerpt::new(&name),
    };
    for (named, problem) in [
        (other, differs(other)),
        (longer, differs(longer)),
        (sha1, ObjectProblem::NameSha1),
        (Name::EMPTY, ObjectProblem::NoName),
        (Name::of_handle(TpmHandle::RH_OWNER), ObjectProblem::NoName),
    ] {
        for result in [
            forged.verify(&Nv::named(named)),
            of_digest.verify(&NvDigest::named(named)),
        ] {
            let error = result.unwrap_err();
            assert_eq!(*error.problem(), Problem::Object(problem), "{named}");
            assert_eq!(error.check(), Check::Object);
        }
    }
}

fn name_in(bytes: &[u8]) -> Name {
    Name::new(Tpm2bName::new(bytes).unwrap())
}
