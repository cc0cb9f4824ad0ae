//! P: which PCRs, and which values.

use tpm_quote::{
    Baseline, Check, Pcr, PcrSet, Problem, TpmAlgId,
    verify::{
        Excerpt, Part,
        error::{QuoteProblem, SelectionProblem, SettingProblem},
    },
};

use super::{
    forge::{Key, SHA1, SHA256, SHA384, SHA512, bitmap, hash},
    said::{Said, said, selection},
    scene::Scene,
};

fn scene() -> Scene {
    Scene::by(Key::p256(SHA256))
}

fn set(text: &str) -> PcrSet {
    PcrSet::parse(text).unwrap()
}

fn pcr(bank: TpmAlgId, index: u8) -> Pcr {
    Pcr::new(bank, index).unwrap()
}

fn surplus(bank: TpmAlgId, index: u8) -> SelectionProblem {
    SelectionProblem::Surplus { bank, index }
}

/// The problem with the selection; panics if it is something else.
#[track_caller]
fn problem(scene: &Scene) -> SelectionProblem {
    let refusal = scene.refusal();
    assert_eq!(refusal.check, Check::Selection);
    match refusal.problem {
        Problem::Selection { problem, .. } => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn p1_signed_selection_differs_from_claimed() {
    let mut scene = scene();
    scene.quote.selections = vec![(SHA256, bitmap(&[16, 17, 23]))];
    assert_eq!(
        scene.refusal(),
        selection(
            SelectionProblem::NotCovered(pcr(TpmAlgId::SHA256, 0)),
            set("sha256:0,7,10"),
            set("sha256:16,17,23")
        )
    );
}

#[test]
fn p2_bank_relabelled() {
    // Signed over SHA-1 values, shown as SHA-256.
    let mut scene = scene();
    scene.quote.selections = vec![(SHA1, bitmap(&[0, 7, 10]))];
    assert_eq!(
        problem(&scene),
        SelectionProblem::NotCovered(pcr(TpmAlgId::SHA256, 0))
    );
}

#[test]
fn p2_sha1_bank_counts_only_where_it_is_required_by_name() {
    let values = vec![(SHA1, 0, vec![1; 20]), (SHA256, 0, vec![2; 32])];
    let mut scene = Scene::with_values(Key::p256(SHA256), values);
    scene.required = "sha256:0".into();
    assert_eq!(
        scene.refusal(),
        selection(
            SelectionProblem::Sha1Bank,
            set("sha256:0"),
            set("sha1:0+sha256:0")
        )
    );
    for required in ["sha1:0", "sha256:0+sha1:0"] {
        scene.required = required.into();
        scene.verify().unwrap();
    }
}

#[test]
fn p3_empty_selections() {
    let mut none = scene();
    none.values.clear();
    none.quote.selections = vec![];
    none.digest_values();
    assert_eq!(problem(&none), SelectionProblem::Empty);

    none.quote.selections = vec![(SHA256, bitmap(&[]))];
    assert_eq!(
        problem(&none),
        SelectionProblem::EmptyBank(TpmAlgId::SHA256)
    );

    // A bank that the TPM does not have, beside one that it has.
    let mut unallocated = scene();
    unallocated.quote.selections.push((SHA384, bitmap(&[])));
    assert_eq!(
        problem(&unallocated),
        SelectionProblem::EmptyBank(TpmAlgId::SHA384)
    );
}

#[test]
fn p4_surplus_values() {
    let mut one = scene();
    one.values.push((SHA256, 11, vec![7; 32]));
    assert_eq!(
        one.refusal(),
        selection(
            surplus(TpmAlgId::SHA256, 11),
            set("sha256:0,7,10"),
            set("sha256:0,7,10,11")
        )
    );
    let mut bank = scene();
    bank.values.push((SHA384, 0, vec![7; 48]));
    assert_eq!(problem(&bank), surplus(TpmAlgId::SHA384, 0));

    let mut duplicate = scene();
    duplicate.values.push(duplicate.values[1].clone());
    assert_eq!(
        problem(&duplicate),
        SelectionProblem::DuplicateValue(pcr(TpmAlgId::SHA256, 7))
    );
    for index in [24, 31, 32, 255] {
        let mut high = scene();
        high.values.push((SHA256, index, vec![7; 32]));
        assert_eq!(problem(&high), surplus(TpmAlgId::SHA256, index));
    }
}

#[test]
fn p4_surplus_of_many_banks() {
    let mut scene = scene();
    for bank in 0x100..0x120 {
        scene.values.push((bank, 0, vec![]));
    }
    assert!(matches!(problem(&scene), SelectionProblem::Surplus { .. }));
}

#[test]
fn p4_surplus_of_more_banks_than_there_are_names_the_right_one() {
    // The banks that fill the set come first; the values that are covered last.
    let mut scene = scene();
    let covered = std::mem::take(&mut scene.values);
    scene.values = (0x100..0x120).map(|bank| (bank, 0, vec![])).collect();
    scene.values.extend(covered);
    assert_eq!(problem(&scene), surplus(TpmAlgId(0x100), 0));
}

#[test]
fn p3_empty_requirement_is_no_requirement() {
    use tpm_quote::{
        AttestationKey, Evidence, Nonce, PcrValue, QuotePolicy, Tpm2bPublic, Unmarshal,
        verify_quote,
    };
    // No text names an empty set: it is one of no PCRs, or one inside an error.
    let mut none = scene();
    none.quote.selections = vec![];
    let Problem::Selection { expected, .. } = none.refusal().problem else {
        panic!("an empty selection was accepted")
    };
    let scene = scene();
    let public = scene.key.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let key = AttestationKey::self_asserted(&public).unwrap();
    let attest = scene.attest();
    let values: Vec<PcrValue<'_>> = scene.pcr_values();
    let evidence = Evidence {
        attest: &attest,
        signature: &scene.key.sign(&attest)[..],
        pcrs: &values,
    };
    for none in [expected, [].into_iter().collect()] {
        let policy = QuotePolicy::new(Nonce::exact(&scene.nonce).unwrap(), none);
        let error = verify_quote(&key, &evidence, &policy).unwrap_err();
        let problem = SelectionProblem::NothingRequired;
        assert_eq!(said(error), selection(problem, none, none));
    }
}

#[test]
fn p4_only_covered_pcrs_can_be_read() {
    use tpm_quote::{
        AttestationKey, Evidence, Nonce, PcrValue, QuotePolicy, Tpm2bPublic, Unmarshal,
        verify_quote,
    };
    let scene = scene();
    let public = scene.key.public();
    let public = Tpm2bPublic::from_bytes(&public).unwrap();
    let key = AttestationKey::self_asserted(&public).unwrap();
    let attest = scene.attest();
    let signature = scene.key.sign(&attest);
    let values: Vec<PcrValue<'_>> = scene
        .values
        .iter()
        .map(|(bank, index, digest)| PcrValue {
            bank: TpmAlgId(*bank),
            index: *index,
            digest,
        })
        .collect();
    let evidence = Evidence {
        attest: &attest,
        signature: &signature[..],
        pcrs: &values,
    };
    let policy = QuotePolicy::new(Nonce::exact(&scene.nonce).unwrap(), set("sha256:0"));
    let quote = verify_quote(&key, &evidence, &policy).unwrap();
    for bank in [SHA1, SHA256, SHA384, 0] {
        for index in 0..=255_u8 {
            let covered = bank == SHA256 && [0, 7, 10].contains(&index);
            let value = [index.wrapping_add(0x10); 32];
            assert_eq!(
                quote.pcr(TpmAlgId(bank), index),
                covered.then_some(&value[..])
            );
        }
    }
}

#[test]
fn p5_missing_values() {
    for (i, index) in [0, 7, 10].into_iter().enumerate() {
        let mut scene = scene();
        scene.values.remove(i);
        let left: Vec<String> = scene.values.iter().map(|v| v.1.to_string()).collect();
        assert_eq!(
            scene.refusal(),
            selection(
                SelectionProblem::MissingValue(pcr(TpmAlgId::SHA256, index)),
                set("sha256:0,7,10"),
                set(&format!("sha256:{}", left.join(",")))
            )
        );
    }
}

#[test]
fn p5_required_pcr_that_was_not_quoted() {
    let mut scene = scene();
    scene.required = "sha256:0,4,7".into();
    assert_eq!(
        scene.refusal(),
        selection(
            SelectionProblem::NotCovered(pcr(TpmAlgId::SHA256, 4)),
            set("sha256:0,4,7"),
            set("sha256:0,7,10")
        )
    );
}

#[test]
fn p6_boundaries_between_values() {
    // The same 96 bytes in all, so the digest would hold.
    for lengths in [
        [33, 31, 32],
        [64, 0, 32],
        [0, 32, 64],
        [32, 33, 31],
        [31, 33, 32],
    ] {
        let mut scene = scene();
        let all: Vec<u8> = scene.values.iter().flat_map(|v| v.2.clone()).collect();
        let mut rest = &all[..];
        for (value, len) in scene.values.iter_mut().zip(lengths) {
            let (head, tail) = rest.split_at(len);
            value.2 = head.to_vec();
            rest = tail;
        }
        let (i, len) = lengths
            .into_iter()
            .enumerate()
            .find(|&(_, len)| len != 32)
            .unwrap();
        assert_eq!(
            scene.refusal(),
            QuoteProblem::ValueLength {
                pcr: pcr(TpmAlgId::SHA256, [0, 7, 10][i]),
                expected: 32,
                found: len,
            }
        );
    }
}

#[test]
fn p7_order_of_the_input_does_not_matter() {
    let values = vec![
        (SHA384, 1, vec![1; 48]),
        (SHA384, 9, vec![2; 48]),
        (SHA256, 0, vec![3; 32]),
        (SHA256, 7, vec![4; 32]),
    ];
    let signed = Scene::with_values(Key::p256(SHA256), values.clone());
    let in_order = signed.verify().unwrap();
    assert_eq!(in_order.pcrs, values);
    for rotation in 0..4 {
        for reversed in [false, true] {
            let mut scene = signed.clone();
            scene.values.rotate_left(rotation);
            if reversed {
                scene.values.reverse();
            }
            assert_eq!(scene.verify().unwrap(), in_order);
        }
    }
}

#[test]
fn p7_order_of_the_signed_banks_matters() {
    let values = vec![(SHA384, 1, vec![1; 48]), (SHA256, 0, vec![3; 32])];
    let mut scene = Scene::with_values(Key::p256(SHA256), values);
    // Signed in the other order, digested in this one.
    scene.quote.selections.reverse();
    assert_eq!(scene.failing_check(), Check::PcrDigest);
    let all = [vec![3; 32], vec![1; 48]].concat();
    scene.quote.pcr_digest = hash(SHA256, &all);
    scene.verify().unwrap();
}

#[test]
fn p8_same_bank_twice() {
    let mut same = scene();
    same.quote.selections = vec![(SHA256, bitmap(&[0, 7])), (SHA256, bitmap(&[10]))];
    assert_eq!(
        problem(&same),
        SelectionProblem::DuplicateBank(TpmAlgId::SHA256)
    );
    same.quote.selections = vec![(SHA256, bitmap(&[0, 7, 10])); 2];
    assert_eq!(
        problem(&same),
        SelectionProblem::DuplicateBank(TpmAlgId::SHA256)
    );
    same.quote.selections = vec![(SHA256, bitmap(&[0, 7, 10])), (SHA256, bitmap(&[]))];
    assert_eq!(
        problem(&same),
        SelectionProblem::DuplicateBank(TpmAlgId::SHA256)
    );
}

#[test]
fn p9_bit_maps_have_three_bytes() {
    for size in [0, 1, 2, 4] {
        let mut scene = scene();
        let mut map = vec![0x81, 0x04, 0x00, 0x00];
        map.truncate(size);
        scene.quote.selections = vec![(SHA256, map)];
        assert_eq!(
            problem(&scene),
            SelectionProblem::SizeOfSelect(TpmAlgId::SHA256, size)
        );
    }
    for size in [5, 255] {
        let mut scene = scene();
        scene.quote.selections = vec![(SHA256, vec![0x81; size])];
        let refusal = scene.refusal();
        match refusal.problem {
            Problem::Structure(error) => {
                assert_eq!(refusal.part, Part::Signed);
                assert_eq!(
                    (error.structure(), error.field()),
                    ("TPMS_PCR_SELECTION", "sizeofSelect")
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn p10_digest_is_made_with_the_hash_of_the_scheme() {
    for (scheme, bank, len) in [
        (SHA384, SHA256, 32),
        (SHA256, SHA384, 48),
        (SHA512, SHA256, 32),
    ] {
        let values = vec![(bank, 0, vec![1; len]), (bank, 7, vec![2; len])];
        let mut scene = Scene::with_values(Key::p384(scheme), values);
        scene.verify().unwrap();
        let all: Vec<u8> = scene.values.iter().flat_map(|v| v.2.clone()).collect();
        let by_scheme = hash(scheme, &all);
        for wrong in [
            hash(bank, &all),
            by_scheme[..len.min(by_scheme.len() - 1)].to_vec(),
        ] {
            scene.quote.pcr_digest = wrong.clone();
            assert_eq!(
                scene.refusal(),
                QuoteProblem::Digest {
                    computed: Excerpt::new(&by_scheme),
                    signed: Excerpt::new(&wrong),
                }
            );
        }
    }
}

#[test]
fn p11_text_of_a_set_of_pcrs() {
    for good in [
        "sha256:0",
        "sha256:0,7,10",
        "sha256:9,10,19,20,23",
        "sha1:0+sha256:0,7,10+sha384:1+sha512:23",
        "sm3_256:0+sha3_256:1+sha3_384:2+sha3_512:3",
    ] {
        assert_eq!(set(good).to_string(), good);
    }
    // What people write, and nobody sends: the block of a response has the forms above only.
    let all = "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23";
    for (good, same) in [
        ("SHA256:0,7", "sha256:0,7".to_owned()),
        ("Sm3_256:0+SHA3_384:2", "sm3_256:0+sha3_384:2".to_owned()),
        ("sha256:all", format!("sha256:{all}")),
        ("SHA1:all+sha256:0", format!("sha1:{all}+sha256:0")),
    ] {
        assert_eq!(set(good), set(&same), "{good}");
        assert_eq!(set(good).to_string(), same);
    }
    for (bad, position) in [
        ("", 0),
        (":", 0),
        ("sha256", 0),
        ("sha256:", 7),
        ("sha256: ", 7),
        ("sha256:,", 7),
        ("sha256:0,", 9),
        ("sha256:,0", 7),
        ("sha256:0,,1", 9),
        ("sha256:+7", 7),
        ("sha256:-7", 7),
        ("sha256:07", 7),
        ("sha256:00", 7),
        ("sha256:0-7", 7),
        ("sha256:none", 7),
        ("sha256:ALL", 7),
        ("sha256:all,0", 7),
        ("sha256:0,all", 9),
        ("sha256:all ", 7),
        ("sha256: 7", 7),
        ("sha256:7 ", 7),
        ("sha256:7, 8", 9),
        ("sha256:7,7", 9),
        ("sha256:7,0", 9),
        ("sha256:10,9", 10),
        ("sha256:24", 7),
        ("sha256:25", 7),
        ("sha256:29", 7),
        ("sha256:30", 7),
        ("sha256:99", 7),
        ("sha256:100", 7),
        ("sha256:255", 7),
        ("sha256:256", 7),
        ("sha256:0x7", 7),
        ("sha256:0,+7", 9),
        ("sha256:-0", 7),
        ("sha256:1e1", 7),
        ("sha256:\u{0667}", 7), // an Arabic seven
        ("sha256:0+sha256:1", 9),
        ("sha256:0+", 9),
        ("+sha256:0", 0),
        ("sha256:0++sha1:0", 9),
        ("sha256:0+sha1", 9),
        ("SHA257:0", 0),
        ("sha-256:0", 0),
        ("sha2:0", 0),
        ("0x000b:0", 0),
        (" sha256:0", 0),
        ("sha256 :0", 0),
        ("sha256:0:1", 7),
        ("sha256=0", 0),
        ("md5:0", 0),
        ("sha256:0\n", 7),
        ("sha256:0\0", 7),
    ] {
        let error = PcrSet::parse(bad).expect_err(bad);
        match *error.problem() {
            Problem::Setting(SettingProblem::PcrSet(problem)) => {
                assert_eq!(problem.position(), position, "{bad:?}: {error}");
            }
            other => panic!("{bad:?}: {other:?}"),
        }
    }
}

#[test]
fn p12_resettable_pcrs_count_only_where_they_are_required_by_number() {
    for index in 16..24 {
        let values = vec![(SHA256, 0, vec![1; 32]), (SHA256, index, vec![0; 32])];
        let mut scene = Scene::with_values(Key::p256(SHA256), values);
        scene.required = "sha256:0".into();
        assert_eq!(
            problem(&scene),
            SelectionProblem::Resettable(pcr(TpmAlgId::SHA256, index))
        );
        // The same number in another bank is another PCR.
        scene.required = format!("sha256:0,{index}");
        scene.verify().unwrap();
    }
    let values = vec![(SHA256, 16, vec![1; 32]), (SHA384, 16, vec![2; 48])];
    let mut scene = Scene::with_values(Key::p256(SHA256), values);
    scene.required = "sha256:16".into();
    assert_eq!(
        problem(&scene),
        SelectionProblem::Resettable(pcr(TpmAlgId::SHA384, 16))
    );
}

#[test]
fn p13_values_that_are_not_known_to_be_good() {
    let good = |index: u8| vec![index + 0x10; 32];
    let bad = vec![0xbb; 32];
    let check = |baseline: Vec<(u16, u8, Vec<Vec<u8>>)>| {
        let mut scene = scene();
        scene.baseline = baseline;
        scene.verify().map(|_| ()).map_err(said)
    };
    let pcr = |index| pcr(TpmAlgId::SHA256, index);
    // All, a part, one of several.
    check(vec![(SHA256, 0, vec![good(0)]), (SHA256, 7, vec![good(7)])]).unwrap();
    check(vec![(SHA256, 10, vec![bad.clone(), good(10)])]).unwrap();
    // One.
    assert_eq!(
        check(vec![
            (SHA256, 0, vec![good(0)]),
            (SHA256, 7, vec![bad.clone()])
        ]),
        Err(QuoteProblem::Baseline {
            matched: 1,
            mismatched: 1,
            first: pcr(7),
            expected: Excerpt::new(&bad),
            found: Some(Excerpt::new(&good(7))),
        }
        .into())
    );
    // Several, counted.
    assert_eq!(
        check(vec![
            (SHA256, 0, vec![bad.clone(), bad.clone()]),
            (SHA256, 7, vec![good(7)]),
            (SHA256, 10, vec![good(7)]),
        ]),
        Err(QuoteProblem::Baseline {
            matched: 1,
            mismatched: 2,
            first: pcr(0),
            expected: Excerpt::new(&bad),
            found: Some(Excerpt::new(&good(0))),
        }
        .into())
    );
    // Not in the quote; in another bank.
    for (bank, index, value) in [(SHA256, 4, good(4)), (SHA384, 0, vec![0x10; 48])] {
        assert_eq!(
            check(vec![(bank, index, vec![value.clone()])]),
            Err(QuoteProblem::Baseline {
                matched: 0,
                mismatched: 1,
                first: Pcr::new(TpmAlgId(bank), index).unwrap(),
                expected: Excerpt::new(&value),
                found: None,
            }
            .into())
        );
    }
}

/// What could never match, or would be compared with less than it says, is no baseline.
#[test]
fn p13_baseline_that_compares_nothing_is_refused() {
    let good = vec![0x10; 32];
    let check = |baseline: Vec<(u16, u8, Vec<Vec<u8>>)>| -> Said {
        let mut scene = scene();
        scene.baseline = baseline;
        scene.refusal()
    };
    let pcr0 = pcr(TpmAlgId::SHA256, 0);
    let length = |found| SettingProblem::BaselineValueLength {
        pcr: pcr0,
        expected: 32,
        found,
    };
    // No good value; a prefix of the value, no bytes, one too many.
    assert_eq!(
        check(vec![(SHA256, 0, vec![])]),
        SettingProblem::BaselineNoValue(pcr0)
    );
    let longer = [&good[..], &[0]].concat();
    for value in [good[..31].to_vec(), vec![], longer] {
        let found = value.len();
        assert_eq!(check(vec![(SHA256, 0, vec![value.clone()])]), length(found));
        // Beside a good one as well.
        let both = vec![good.clone(), value];
        assert_eq!(check(vec![(SHA256, 0, both)]), length(found));
    }
    // A PCR that no TPM has; one that is there twice.
    for (bank, index) in [(SHA256, 24), (SHA256, 255), (0x7777, 0)] {
        let bank_id = TpmAlgId(bank);
        assert_eq!(
            check(vec![(bank, index, vec![good.clone()])]),
            SettingProblem::Pcr {
                bank: bank_id,
                index
            }
        );
    }
    assert_eq!(
        check(vec![
            (SHA256, 0, vec![good.clone()]),
            (SHA256, 0, vec![good])
        ]),
        SettingProblem::BaselineRepeated(pcr0)
    );
    assert_eq!(
        said(Baseline::new(&[]).unwrap_err()),
        SettingProblem::BaselineEmpty
    );
}

#[test]
fn p13_baseline_comes_after_the_digest() {
    let mut scene = scene();
    scene.values[0].2 = vec![0xbb; 32];
    scene.baseline = vec![(SHA256, 0, vec![vec![0xbb; 32]])];
    assert_eq!(scene.failing_check(), Check::PcrDigest);
}
