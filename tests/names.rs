//! Names and qualified names, as the TPM gave them.
#![cfg(feature = "verify")]

mod common;

use common::{Vector, alg, attestations, cases, hex, specimens, zoo};
use tpm_quote::{
    Check, Tpm2bPublic, TpmAlgId, Unmarshal, Verdict,
    crypto::{Hasher, Name},
    types::{Tpm2bName, Tpm2bNvPublic, TpmHandle, TpmsNvPublic},
    verify::{Part, error::SettingProblem},
};

/// Compares what the file of a public area gives with the file of its Name.
fn check(case: &Vector, public: &str, name: &str) -> Name {
    let bytes = case.file(public);
    let public = Tpm2bPublic::from_bytes(&bytes).unwrap();
    let computed = Name::of_public(&public).unwrap();
    assert_eq!(computed.as_ref(), case.file(name), "{}", case.name);
    let form = Tpm2bName::new(computed.as_ref()).unwrap();
    assert_eq!(Name::new(form), computed);
    computed
}

#[test]
fn names_of_objects_are_those_that_the_tpm_gave() {
    let mut count = 0;
    for case in cases() {
        count += 1;
        let name = check(&case, "ak.pub", "ak.name");
        assert_eq!(name.as_ref(), case.bytes("ak_name_hex"));
        assert_eq!(name.to_string(), case.text("ak_name_hex"));
        assert_eq!(name.name_alg(), Some(alg(case.text("ak_name_alg"))));
    }
    for case in zoo() {
        count += 1;
        let name = check(&case, ".pub", ".name");
        assert_eq!(name.to_string(), case.text("name_hex"), "{}", case.name);
    }
    for case in attestations() {
        for kind in ["ak", "certified", "created"] {
            if case.has(&format!("{kind}.pub")) {
                count += 1;
                check(&case, &format!("{kind}.pub"), &format!("{kind}.name"));
            }
        }
    }
    assert_eq!(count, 133 + 94 + 27 + 8 + 3);
}

/// Two in the zoo have `TPM_ALG_NULL` for their name's hash.
#[test]
fn object_without_a_name_hash_has_an_empty_name() {
    let mut count = 0;
    for case in zoo() {
        if case.json["public"]["nameAlg"] == "null" {
            count += 1;
            let name = check(&case, ".pub", ".name");
            assert_eq!((name, name.name_alg()), (Name::EMPTY, None));
            assert_eq!(name.qualified_by(&Name::EMPTY), None);
        }
    }
    assert_eq!(count, 2);
}

#[test]
fn names_of_nv_indices_are_those_that_the_tpm_gave() {
    let mut count = 0;
    for case in attestations() {
        if !case.has("nv.public") {
            continue;
        }
        count += 1;
        let bytes = case.file("nv.public");
        let public = Tpm2bNvPublic::from_bytes(&bytes).unwrap();
        let name = Name::of_nv(public.value()).unwrap();
        assert_eq!(name.as_ref(), case.file("nv.name"), "{}", case.name);
        if let Some(expected) = case.json["extra"]["nv_name_hex"].as_str() {
            assert_eq!(name.to_string(), expected);
        }
        // It is also what the TPM attested to.
        let attested = case.json["attest"]["indexName"].as_str();
        assert_eq!(Some(&*name.to_string()), attested);
    }
    assert_eq!(count, 9);
}

fn hierarchy(name: &str) -> TpmHandle {
    match name {
        "owner" => TpmHandle(0x4000_0001),
        "null" => TpmHandle(0x4000_0007),
        "endorsement" => TpmHandle(0x4000_000b),
        "platform" => TpmHandle(0x4000_000c),
        other => panic!("hierarchy {other}"),
    }
}

/// The qualified signer of a quote is the qualified name of its key: below a
/// parent, or below a hierarchy if it is a primary key.
#[test]
fn qualified_names_are_those_in_the_quotes() {
    let (mut children, mut primaries, mut external) = (0, 0, 0);
    for case in cases() {
        let name = check(&case, "ak.pub", "ak.name");
        let expected = case.text("qualified_signer_hex");
        let parent = case.text("parent_qualified_name_hex");
        if parent.starts_with("none") {
            // Loaded from outside: it is below nothing.
            external += 1;
            assert_eq!(name.to_string(), expected, "{}", case.name);
            continue;
        }
        let parent = hex(parent);
        let parent = Name::new(Tpm2bName::new(&parent).unwrap());
        if parent.name_alg().is_some() {
            children += 1;
        } else {
            primaries += 1;
            let handle = hierarchy(case.text("ak_hierarchy"));
            assert_eq!(parent, Name::of_handle(handle), "{}", case.name);
        }
        // ECDAA leaves it out of the quote.
        if case.text("scheme") == "ecdaa" {
            assert_eq!(expected, "");
            continue;
        }
        let qualified = name.qualified_by(&parent).unwrap();
        assert_eq!(qualified.to_string(), expected, "{}", case.name);
        assert_eq!(qualified.name_alg(), name.name_alg());
    }
    assert_eq!((children, primaries, external), (79, 53, 1));
}

#[test]
fn printed_specimens_have_the_names_that_stand_beside_them() {
    let public = Tpm2bPublic::from_unsized(&specimens::PUBLIC).unwrap();
    let name = Name::of_public(&public).unwrap();
    assert_eq!(name.as_ref(), specimens::NAME);
    let endorsement = Name::of_handle(TpmHandle::RH_ENDORSEMENT);
    assert_eq!(endorsement.as_ref(), [0x40, 0, 0, 0x0b]);
    assert_eq!(endorsement.name_alg(), None);
    let qualified = name.qualified_by(&endorsement).unwrap();
    assert_eq!(qualified.as_ref(), specimens::QUALIFIED_NAME);
    // A handle is below nothing.
    assert_eq!(endorsement.qualified_by(&name), None);

    let hash = Hasher::digest(TpmAlgId::SHA256, &specimens::CREATION_DATA).unwrap();
    assert_eq!(hash.as_ref(), specimens::CREATION_HASH);

    for (area, name) in specimens::NV {
        let public = TpmsNvPublic::from_bytes(&area).unwrap();
        assert_eq!(Name::of_nv(&public).unwrap().as_ref(), name);
    }
}

/// A hash that this crate does not have is no reason for a wrong name.
#[test]
fn name_by_an_unknown_hash_is_none() {
    for hash in [0x0012_u16, 0x0027, 0x7777] {
        let mut area = specimens::PUBLIC;
        area[2..4].copy_from_slice(&hash.to_be_bytes());
        let public = Tpm2bPublic::from_unsized(&area).unwrap();
        assert_eq!(Name::of_public(&public), None, "{hash:#06x}");
        let mut area = specimens::NV[0].0;
        area[4..6].copy_from_slice(&hash.to_be_bytes());
        let public = TpmsNvPublic::from_bytes(&area).unwrap();
        assert_eq!(Name::of_nv(&public), None, "{hash:#06x}");
    }
}

/// What `tpm2_readpublic -n` and the command write is read again, in either case of the
/// digits.
#[test]
fn name_is_read_from_its_digits() {
    let mut count = 0;
    for case in cases() {
        count += 1;
        let text = case.text("ak_name_hex");
        let name: Name = text.parse().unwrap();
        assert_eq!(name.as_ref(), case.file("ak.name"), "{}", case.name);
        assert_eq!(name.to_string(), text);
        assert_eq!(text.to_uppercase().parse(), Ok(name));
    }
    assert_eq!(count, 133);
    // Any hash whose digests have a known length.
    for (id, len) in [("0004", 20), ("000d", 64), ("0012", 32), ("0029", 64)] {
        let text = format!("{id}{}", "5a".repeat(len));
        let name: Name = text.parse().unwrap();
        assert_eq!((name.to_string(), name.as_ref().len()), (text, len + 2));
    }
}

#[test]
fn text_that_is_no_name_is_refused() {
    let digest = "5a".repeat(32);
    let long = "5a".repeat(67);
    for (text, problem) in [
        (String::new(), SettingProblem::NameForm(0)),
        ("000b".to_owned(), SettingProblem::NameForm(2)),
        // One byte less, and one more.
        (
            format!("000b{}", &digest[2..]),
            SettingProblem::NameForm(33),
        ),
        (format!("000b{digest}00"), SettingProblem::NameForm(35)),
        // A hash of another length, and none.
        (format!("000c{digest}"), SettingProblem::NameForm(34)),
        (format!("7777{digest}"), SettingProblem::NameForm(34)),
        (format!("0010{digest}"), SettingProblem::NameForm(34)),
        // A handle is the name of something else.
        ("4000000b".to_owned(), SettingProblem::NameForm(4)),
        (format!("000d{long}"), SettingProblem::NameForm(69)),
        ("000".to_owned(), SettingProblem::HexOdd(3)),
        (format!("0x000b{digest}"), SettingProblem::HexDigit(2)),
        (format!("000b {digest}"), SettingProblem::HexDigit(5)),
        (format!("000b{digest}\n"), SettingProblem::HexDigit(69)),
        (format!(" 000b{digest}"), SettingProblem::HexDigit(1)),
        (format!("000b{digest}ä"), SettingProblem::HexDigit(69)),
    ] {
        let error = text.parse::<Name>().unwrap_err();
        assert_eq!(error, problem.into(), "{text:?}");
        assert_eq!((error.part(), error.check()), (Part::Policy, Check::Input));
        assert_eq!(error.verdict(), Verdict::Malformed);
    }
}
