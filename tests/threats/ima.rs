//! I: IMA lists. See also `tests/logs`.

use std::fs;

use tpm_quote::{
    Check, Error, TpmAlgId, Verdict,
    evidence::read_ima_allow_list,
    log::{ImaDigest, ImaList, ImaPolicy, ImaStrength, Logs, ProvenIma},
};

use super::{
    forge::{SHA1, SHA256, SHA384, SHA512, hash},
    measured::{ALL_BANKS, Entry, List, Rule, digits, named, text},
    scene::Scene,
};

/// What a quote proves of a list in either form.
fn proven<T>(
    scene: &Scene,
    list: &[u8],
    then: impl FnOnce(&ProvenIma<'_>) -> T,
) -> Result<T, Error> {
    let list = ImaList::parse(list)?;
    let replay = scene.replay(&Logs::new().ima(list))?;
    Ok(then(replay.ima().unwrap()))
}

#[track_caller]
fn refused(scene: &Scene, list: &[u8], name: &str) {
    let _ = error_of(scene, list, name);
}

#[track_caller]
fn error_of(scene: &Scene, list: &[u8], name: &str) -> Error {
    let error = proven(scene, list, |_| ()).unwrap_err();
    assert_eq!(error.problem_name(), name, "{error}");
    error
}

/// The names of the entries that are proven.
fn names(ima: &ProvenIma<'_>) -> Vec<Option<String>> {
    let names = ima.entries().map(|entry| entry.name());
    names
        .map(|name| name.map(|name| String::from_utf8(name.to_vec()).unwrap()))
        .collect()
}

#[test]
fn i1_pcr_10_of_zeros_proves_no_list() {
    let list = List::new();
    for banks in [&[SHA256][..], &[SHA1], &[SHA256, SHA384]] {
        let banks: Vec<_> = banks.iter().map(|bank| (*bank, Rule::Own)).collect();
        let mut scene = list.quote(&banks);
        // The other banks may be as they should.
        for (_, _, value) in scene.values.iter_mut().rev().take(1) {
            value.fill(0);
        }
        scene.select_values();
        for list in [list.bytes(), list.ascii()] {
            let error = error_of(&scene, &list, "ima-nothing-measured");
            assert_eq!(
                (error.check(), error.verdict()),
                (Check::Ima, Verdict::Rejected)
            );
        }
    }
    // Without PCR 10 nothing is proven either, whatever else the list extends.
    let mut other = list.clone();
    for entry in &mut other.entries {
        entry.pcr = 11;
    }
    let value = other.pcr(11, SHA256, Rule::Own);
    let key = super::forge::Key::p256(SHA256);
    let scene = Scene::with_values(key.clone(), vec![(SHA256, 11, value.clone())]);
    refused(&scene, &other.bytes(), "ima-not-quoted");
    let values = vec![(SHA256, 10, vec![0; 32]), (SHA256, 11, value.clone())];
    let scene = Scene::with_values(key.clone(), values);
    refused(&scene, &other.bytes(), "ima-nothing-measured");
    let values = vec![(SHA256, 10, vec![7; 32]), (SHA256, 11, value)];
    let scene = Scene::with_values(key, values);
    refused(&scene, &other.bytes(), "ima-mismatch");
}

#[test]
fn i2_what_follows_the_proven_entries_is_counted_and_never_shown() {
    let list = List::new();
    let all = list.entries.len();
    for len in 1..=all {
        let mut before = list.clone();
        before.entries.truncate(len);
        for banks in [
            &[(SHA256, Rule::Own)][..],
            &[(SHA1, Rule::Own), (SHA512, Rule::Padded)],
        ] {
            let scene = before.quote(banks);
            for bytes in [list.bytes(), list.ascii(), list.carried()] {
                proven(&scene, &bytes, |ima| {
                    assert_eq!(ima.total() as usize, all);
                    assert_eq!(ima.proven() as usize, len);
                    assert_eq!(ima.tail_entries() as usize, all - len);
                    assert_eq!(names(ima).len(), len);
                    let last = ima.entries().last().unwrap();
                    assert_eq!(last.number() as usize, len - 1);
                })
                .unwrap();
            }
        }
    }
    // A list that ends before the quote does proves nothing.
    for len in 1..all {
        let mut short = list.clone();
        short.entries.truncate(len);
        refused(&list.quoted(), &short.bytes(), "ima-mismatch");
    }
    // What is in the tail cannot bring a violation or another PCR into the count.
    let mut longer = list.clone();
    longer.entries.push(Entry::violation("/tmp/later"));
    let mut other = Entry::file("/elsewhere", "");
    other.pcr = 11;
    longer.entries.push(other);
    proven(&list.quoted(), &longer.bytes(), |ima| {
        assert_eq!(
            (ima.proven(), ima.tail_entries(), ima.violations()),
            (6, 2, 0)
        );
    })
    .unwrap();
}

#[test]
fn i3_every_byte_of_an_entry_counts() {
    let mut list = List::new();
    list.entries.push(Entry {
        pcr: 10,
        is_violation: false,
        template: "ima-sig",
        fields: vec![named("sha1:", &[7; 20]), text(b"/signed"), vec![3, 2, 4, 9]],
    });
    list.entries.push(Entry {
        pcr: 10,
        is_violation: false,
        template: "ima",
        fields: vec![vec![9; 20], b"/old".to_vec()],
    });
    for listed in [SHA1, SHA256, SHA512] {
        list.listed = listed;
        let scene = list.quote(&[(SHA256, Rule::Own), (SHA384, Rule::Padded)]);
        for good in [list.bytes(), list.ascii()] {
            proven(&scene, &good, |ima| assert_eq!(ima.proven(), 8)).unwrap();
            for at in 0..good.len() {
                for change in [1, 0x80] {
                    let mut bad = good.clone();
                    bad[at] ^= change;
                    if let Ok(proven) = proven(&scene, &bad, |ima| format!("{ima:?}")) {
                        panic!("byte {at} ^ {change}: {proven}");
                    }
                }
            }
        }
    }
    // A list with digests of its own making, to which the PCR comes.
    let list = List::new();
    let mut bytes = list.bytes();
    let at = list.starts()[3] + 4;
    bytes[at..at + 20].fill(0x11);
    let mut pcr = vec![0; 32];
    for (number, entry) in list.entries.iter().enumerate() {
        let digest = match number {
            3 => vec![0x11; 20],
            _ => entry.digest(SHA1, false),
        };
        let mut extended = digest;
        extended.resize(32, 0);
        pcr = hash(SHA256, &[pcr, extended].concat());
    }
    let mut scene = list.quoted();
    scene.values[0].2 = pcr;
    scene.select_values();
    refused(&scene, &bytes, "ima-digest");
}

/// Each field that kernels have, in each template of theirs and in a format of its own.
#[test]
fn i3_every_bit_of_every_field_counts() {
    let (digest, name) = (named("sha256:", &[7; 32]), text(b"/file"));
    let kind = named("verity:sha256:", &[7; 32]);
    let (signature, short) = (vec![3, 2, 4, 9], named("sha1:", &[8; 20]));
    let (owner, mode) = (vec![1, 0, 0, 0], vec![0xed, 0x81]);
    let extended = [text(b"security.ima"), vec![5, 0, 0, 0], b"value".to_vec()];
    let head = [digest.clone(), name.clone()];
    let second = [kind, name];
    let of_evm = [&head[..], std::slice::from_ref(&signature), &extended];
    let of_evm = [
        &of_evm.concat()[..],
        &[owner.clone(), owner.clone(), mode.clone()],
    ];
    for (template, fields) in [
        ("ima", vec![vec![9; 20], b"/file".to_vec()]),
        ("ima-ng", head.to_vec()),
        ("ima-ngv2", second.to_vec()),
        (
            "ima-sig",
            [&head[..], std::slice::from_ref(&signature)].concat(),
        ),
        (
            "ima-sigv2",
            [&second[..], std::slice::from_ref(&signature)].concat(),
        ),
        ("ima-buf", [&head[..], &[b"buffer".to_vec()]].concat()),
        (
            "ima-modsig",
            [&head[..], &[signature, short, vec![0x30, 0]]].concat(),
        ),
        ("evm-sig", of_evm.concat()),
        ("d-ng|n-ng|iuid|imode", [&head[..], &[owner, mode]].concat()),
    ] {
        let mut list = List::new();
        let entry = Entry {
            pcr: 10,
            is_violation: false,
            template,
            fields,
        };
        list.entries.insert(2, entry);
        for big in [false, true] {
            list.big = big;
            let scene = list.quoted();
            let (good, starts) = (list.bytes(), list.starts());
            proven(&scene, &good, |ima| assert_eq!(ima.proven(), 7)).unwrap();
            for at in starts[2]..starts[3] {
                for bit in 0..8 {
                    let mut bad = good.clone();
                    bad[at] ^= 1 << bit;
                    let found = proven(&scene, &bad, |_| ());
                    assert!(found.is_err(), "{template}: byte {at}, bit {bit}");
                }
            }
        }
    }
}

#[test]
fn i3_every_byte_of_a_real_list_counts() {
    let root = env!("CARGO_MANIFEST_DIR");
    for machine in ["ima/08-ima-sig", "ima/07-ima-sha1"] {
        let list = fs::read(format!("{root}/tests/data/{machine}/ima.bin")).unwrap();
        let values = fs::read(format!(
            "{root}/tests/data/{machine}/quotes/ecc-sha256-few/pcrs.values"
        ));
        let value = values.unwrap()[64..].to_vec();
        let key = super::forge::Key::p256(SHA256);
        let scene = Scene::with_values(key, vec![(SHA256, 10, value)]);
        proven(&scene, &list, |ima| assert_eq!(ima.tail_entries(), 0)).unwrap();
        for at in 0..list.len() {
            let mut bad = list.clone();
            bad[at] ^= 1 << (at % 8);
            assert!(
                proven(&scene, &bad, |_| ()).is_err(),
                "{machine}: byte {at}"
            );
        }
    }
}

#[test]
fn i4_of_a_violation_only_its_place_is_proven() {
    let mut list = List::new();
    let good = Entry::file("/usr/bin/app", "contents of /usr/bin/app");
    let mut violation = Entry::violation("/usr/bin/app");
    // The list can say anything of it.
    violation.fields = good.fields.clone();
    list.entries.insert(2, violation);
    list.entries.push(Entry::violation("/var/log/x"));
    for rule in [Rule::Own, Rule::Padded, Rule::PaddedOnes] {
        for bank in ALL_BANKS {
            if bank == SHA1 && rule != Rule::Own {
                continue;
            }
            let scene = list.quote(&[(bank, rule)]);
            for bytes in [list.bytes(), list.ascii()] {
                proven(&scene, &bytes, |ima| {
                    assert_eq!((ima.proven(), ima.violations()), (8, 2));
                    let strength = match rule {
                        Rule::Own => ImaStrength::Own,
                        _ => ImaStrength::PaddedSha1,
                    };
                    assert_eq!(ima.strength(TpmAlgId(bank)), Some(strength));
                    for entry in ima.entries() {
                        let is_one = [2, 7].contains(&entry.number());
                        assert_eq!(entry.is_violation(), is_one);
                        assert_eq!(entry.digest().is_none(), is_one);
                        assert_eq!(entry.name().is_none(), is_one);
                    }
                })
                .unwrap();
            }
        }
    }
    // One violation more or less, or at another place, is another list.
    let scene = list.quoted();
    let mut other = list.clone();
    other.entries.remove(2);
    refused(&scene, &other.bytes(), "ima-mismatch");
    let mut other = list.clone();
    other.entries.swap(2, 3);
    refused(&scene, &other.bytes(), "ima-mismatch");
    // A violation for the first entry is no boot_aggregate.
    let mut other = list.clone();
    other.entries[0].is_violation = true;
    proven(&other.quoted(), &other.bytes(), |ima| {
        assert!(!ima.entries().next().unwrap().is_boot_aggregate());
    })
    .unwrap();
}

/// Kernels before Linux 5.8 extend a violation by padded ones: so a bank with one PCR that has a
/// violation and another that has none has one rule still.
#[test]
fn i4_violation_in_one_pcr_leaves_the_other_the_same_rule() {
    for (with, without) in [(10, 11), (11, 10)] {
        let mut list = List::new();
        let mut violation = Entry::violation("/var/log/x");
        violation.pcr = with;
        list.entries.push(violation);
        let mut other = Entry::file("/usr/bin/other", "contents");
        other.pcr = without;
        list.entries.push(other);
        let rule = Rule::PaddedOnes;
        let values = [10, 11].map(|pcr| (SHA256, pcr, list.pcr(pcr.into(), SHA256, rule)));
        let scene = Scene::with_values(super::forge::Key::p256(SHA256), values.to_vec());
        for bytes in [list.bytes(), list.ascii()] {
            proven(&scene, &bytes, |ima| {
                assert_eq!((ima.proven(), ima.violations()), (8, 1));
                let strength = ima.strength(TpmAlgId::SHA256);
                assert_eq!(strength, Some(ImaStrength::PaddedSha1));
            })
            .unwrap();
        }
    }
}

#[test]
fn i5_line_break_in_a_name_makes_no_entry() {
    let good = hash(SHA256, b"contents of /usr/bin/app");
    let forged = format!(
        "/tmp/a\n10 {} ima-ng sha256:{} /usr/bin/app",
        "1".repeat(40),
        digits(&good)
    );
    let shown = forged.replace(' ', "_");
    let mut list = List::new();
    list.entries.remove(3);
    list.entries
        .push(Entry::of(shown.as_bytes(), &hash(SHA256, b"bad")));
    let scene = list.quoted();
    // The binary list has one reading.
    proven(&scene, &list.bytes(), |ima| {
        assert_eq!(ima.proven(), 6);
        assert_eq!(ima.entries().last().unwrap().name(), Some(shown.as_bytes()));
    })
    .unwrap();
    let error = ImaList::ascii(&list.ascii()).unwrap_err();
    assert_eq!(error.problem_name(), "ima-entry");
    assert_eq!(error.check(), Check::Input);

    // A name with spaces, which no kernel writes, is not read as fields of the next kind.
    let mut list = List::new();
    list.entries[2] = Entry::file("/bin/sh x", "");
    let error = ImaList::ascii(&list.ascii()).unwrap_err();
    assert_eq!(error.problem_name(), "ima-entry");
    // Other bytes of names are names.
    let mut list = List::new();
    list.entries[2] = Entry::of(b"/\xff\x1b[2J\r\t\x7f", &[5; 32]);
    for bytes in [list.bytes(), list.ascii()] {
        proven(&list.quoted(), &bytes, |ima| {
            let entry = ima.entries().nth(2).unwrap();
            assert_eq!(entry.name(), Some(&b"/\xff\x1b[2J\r\t\x7f"[..]));
        })
        .unwrap();
    }
    // A zero ends a name, and nothing is behind it.
    let mut list = List::new();
    list.entries[2] = Entry::of(b"/bin/sh\0x", &[5; 32]);
    let error = ImaList::binary(&list.bytes()).unwrap_err();
    assert_eq!(error.problem_name(), "ima-entry");
}

#[test]
fn i6_padded_digests_are_taken_by_rule_and_said_to_be_weak() {
    let list = List::new();
    for bank in [SHA256, SHA384, SHA512] {
        for rule in [Rule::Own, Rule::Padded] {
            let scene = list.quote(&[(SHA1, Rule::Own), (bank, rule)]);
            proven(&scene, &list.bytes(), |ima| {
                let name = ima.strength(TpmAlgId(bank)).unwrap().name();
                assert_eq!(
                    name,
                    if rule == Rule::Own {
                        "own"
                    } else {
                        "padded-sha1"
                    }
                );
                assert_eq!(ima.strength(TpmAlgId::SHA1), Some(ImaStrength::Own));
                assert_eq!(ima.strengths().count(), 2);
            })
            .unwrap();
        }
    }
    // Each bank has a rule of its own, and one for all its entries.
    let scene = list.quote(&[
        (SHA256, Rule::Own),
        (SHA384, Rule::Padded),
        (SHA512, Rule::Padded),
    ]);
    proven(&scene, &list.ascii(), |ima| {
        let all: Vec<_> = ima
            .strengths()
            .map(|(_, strength)| strength.name())
            .collect();
        assert_eq!(all, ["own", "padded-sha1", "padded-sha1"]);
    })
    .unwrap();
    let mut pcr = vec![0; 32];
    for (number, entry) in list.entries.iter().enumerate() {
        let mut extended = entry.digest(if number % 2 == 0 { SHA1 } else { SHA256 }, false);
        extended.resize(32, 0);
        pcr = hash(SHA256, &[pcr, extended].concat());
    }
    let mut scene = list.quoted();
    scene.values[0].2 = pcr;
    scene.select_values();
    refused(&scene, &list.bytes(), "ima-mismatch");
    // PCRs of one bank have one rule as well.
    let mut two = list.clone();
    two.entries[3].pcr = 11;
    let values = |second| {
        vec![
            (SHA256, 10, two.pcr(10, SHA256, Rule::Own)),
            (SHA256, 11, two.pcr(11, SHA256, second)),
        ]
    };
    let key = super::forge::Key::p256(SHA256);
    let scene = Scene::with_values(key.clone(), values(Rule::Own));
    proven(&scene, &two.bytes(), |ima| assert_eq!(ima.proven(), 6)).unwrap();
    let scene = Scene::with_values(key, values(Rule::Padded));
    refused(&scene, &two.bytes(), "ima-apart");
}

#[test]
fn i9_list_of_another_boot_is_refused() {
    let list = List::new();
    let mut other = list.clone();
    other.entries[0] = Entry::file("boot_aggregate", "PCRs of another boot");
    for bytes in [other.bytes(), other.ascii()] {
        refused(&list.quoted(), &bytes, "ima-mismatch");
    }
}

#[test]
fn i9_aggregate_is_compared_with_the_quoted_pcrs_and_proves_nothing() {
    let value = |index: u8| vec![index + 1; 32];
    let aggregate = |count: u8| {
        let all: Vec<_> = (0..count).flat_map(value).collect();
        hash(SHA256, &all)
    };
    let other = hash(SHA256, b"another boot");
    for (digest, quoted, expected) in [
        (aggregate(8), 10, "ok"),
        (aggregate(10), 10, "ok"),
        (aggregate(8), 8, "ok"),
        // PCRs 8 and 9 are not known.
        (aggregate(10), 8, "not-quoted"),
        (aggregate(8), 7, "not-quoted"),
        (aggregate(9), 10, "differs"),
        (other.clone(), 10, "differs"),
        (other, 8, "not-quoted"),
    ] {
        let mut list = List::new();
        list.entries[0] = Entry::of(b"boot_aggregate", &digest);
        let mut values: Vec<_> = (0..quoted)
            .map(|index| (SHA256, index, value(index)))
            .collect();
        values.push((SHA256, 10, list.pcr(10, SHA256, Rule::Own)));
        let scene = Scene::with_values(super::forge::Key::p256(SHA256), values);
        proven(&scene, &list.bytes(), |ima| {
            assert_eq!(ima.boot_aggregate().name(), expected);
            assert_eq!(ima.proven(), 6);
        })
        .unwrap();
        // Elsewhere than at the start it is a name as any other.
        list.entries.swap(0, 1);
        let last = scene.values.len() - 1;
        let mut scene = scene;
        scene.values[last].2 = list.pcr(10, SHA256, Rule::Own);
        scene.select_values();
        proven(&scene, &list.bytes(), |ima| {
            assert_eq!(ima.boot_aggregate().name(), "differs");
            assert!(ima.entries().all(|entry| !entry.is_boot_aggregate()));
        })
        .unwrap();
    }
}

#[test]
fn i10_sizes_beyond_the_list_or_the_limit_are_refused_where_they_stand() {
    let list = List::new();
    let bytes = list.bytes();
    let starts = list.starts();
    for start in &starts[..starts.len() - 1] {
        // The length of the name, of the data, and of the two fields.
        for at in [24, 34, 38, 82] {
            for size in [u32::MAX, 0x8000_0000, 0x1_0001, 0x1_0000, 1000] {
                let mut bad = bytes.clone();
                bad[start + at..start + at + 4].copy_from_slice(&size.to_le_bytes());
                let error = ImaList::binary(&bad).unwrap_err();
                assert_eq!(error.verdict(), Verdict::Malformed, "{error}");
                let offset = error.offset().unwrap();
                let is_there = (*start..=start + at).contains(&offset);
                assert!(is_there || *start == 0, "{start} {at}: {error}");
            }
        }
    }
    for len in 0..bytes.len() {
        let cut = ImaList::binary(&bytes[..len]);
        assert_eq!(cut.is_ok(), len > 0 && starts.contains(&len), "{len}");
    }
    // An entry as large as any is read, and one byte more is not.
    for (extra, is_read) in [(0, true), (1, false)] {
        let mut list = List::new();
        let buffer = vec![0x5a; 0x1_0000 - 4 - 40 - 4 - 6 - 4 + extra];
        list.entries.push(Entry {
            pcr: 10,
            is_violation: false,
            template: "ima-buf",
            fields: vec![named("sha256:", &[1; 32]), text(b"large"), buffer],
        });
        assert_eq!(ImaList::binary(&list.bytes()).is_ok(), is_read);
        if is_read {
            proven(&list.quoted(), &list.ascii(), |ima| {
                assert_eq!(ima.proven(), 7)
            })
            .unwrap();
        }
    }
}

#[test]
fn i10_pcrs_without_end_are_not_kept() {
    let mut list = List::new();
    for index in (8..10).chain(11..24) {
        let mut entry = Entry::file("/x", "x");
        entry.pcr = index;
        list.entries.push(entry);
    }
    let mut values = Vec::new();
    for bank in ALL_BANKS {
        values.extend((8..24).map(|index| (bank, index as u8, list.pcr(index, bank, Rule::Own))));
    }
    let scene = Scene::with_values(super::forge::Key::p256(SHA256), values);
    let error = error_of(&scene, &list.bytes(), "ima-unsupported");
    assert_eq!(error.verdict(), Verdict::Unsupported);
    // Of PCRs that are not quoted nothing is shown.
    proven(&list.quoted(), &list.bytes(), |ima| {
        assert_eq!((ima.proven(), ima.total(), ima.tail_entries()), (6, 21, 15));
        assert!(ima.entries().all(|entry| entry.pcr() == 10));
    })
    .unwrap();
}

/// PCRs of the firmware have its events alone.
#[test]
fn i1_list_does_not_explain_pcrs_of_the_firmware() {
    let mut list = List::new();
    list.entries[2].pcr = 7;
    let values = vec![
        (SHA256, 7, list.pcr(7, SHA256, Rule::Own)),
        (SHA256, 10, list.pcr(10, SHA256, Rule::Own)),
    ];
    let scene = Scene::with_values(super::forge::Key::p256(SHA256), values);
    let error = error_of(&scene, &list.bytes(), "ima-unsupported");
    assert_eq!(error.verdict(), Verdict::Unsupported);
}

#[test]
fn lists_of_big_endian_machines_and_of_kexec_are_read() {
    for big in [false, true] {
        let mut list = List::new();
        list.big = big;
        list.entries.push(Entry {
            pcr: 10,
            is_violation: false,
            template: "d-ng|n-ng|iuid|imode|xattrnames",
            fields: vec![
                named("sha256:", &[1; 32]),
                text(b"/custom"),
                if big {
                    vec![0, 0, 3, 0xe8]
                } else {
                    vec![0xe8, 3, 0, 0]
                },
                if big {
                    vec![0x81, 0xed]
                } else {
                    vec![0xed, 0x81]
                },
                text(b""),
            ],
        });
        let scene = list.quote(&[(SHA256, Rule::Own), (SHA512, Rule::Padded)]);
        for bytes in [list.bytes(), list.carried()] {
            let read = ImaList::binary(&bytes).unwrap();
            assert_eq!((read.is_big_endian(), read.count()), (big, 7));
            let start = if bytes.len() > list.bytes().len() {
                24
            } else {
                0
            };
            assert_eq!(read.entries().next().unwrap().offset(), start);
            proven(&scene, &bytes, |ima| assert_eq!(ima.proven(), 7)).unwrap();
        }
        // Numbers and texts that may be empty are hashed as they were in the kernel.
        let mut lines = list.ascii();
        let line = lines.len() - digits(&list.entries[6].fields[2]).len();
        let custom = lines.iter().rposition(|byte| *byte == b'/').unwrap();
        assert!(custom < line);
        lines.truncate(custom);
        lines.extend(b"/custom 1000 33261 \n");
        let read = ImaList::ascii(&lines).unwrap();
        assert_eq!(read.is_big_endian(), big);
        proven(&scene, &lines, |ima| assert_eq!(ima.proven(), 7)).unwrap();
    }
}

/// The digests of a list, but for the first.
pub fn digests_of(list: &List) -> Vec<String> {
    let files = list.entries.iter().skip(1);
    files
        .map(|entry| {
            let field = &entry.fields[0];
            let zero = field.iter().position(|byte| *byte == 0).unwrap();
            let names = String::from_utf8(field[..zero].to_vec()).unwrap();
            format!("{names}{}", digits(&field[zero + 1..]))
        })
        .collect()
}

pub fn parsed(texts: &[String]) -> Vec<ImaDigest<'_>> {
    let digests = texts.iter().map(|text| ImaDigest::parse(text).unwrap());
    digests.collect()
}

/// What a policy says of a list that its quote proves.
fn judged(list: &List, good: &[String], required: &[String]) -> (Result<(), Error>, [u32; 3]) {
    let (good, required) = (parsed(good), parsed(required));
    let good: &[ImaDigest<'_>] = &good;
    proven(&list.quoted(), &list.bytes(), |ima| {
        let judgement = ima.judge(&ImaPolicy::new(&good).require(&required));
        let counts = [
            judgement.allowed(),
            judgement.unknown(),
            judgement.unprotected(),
        ];
        (judgement.check(), counts)
    })
    .unwrap()
}

#[track_caller]
fn not_allowed(list: &List, good: &[String], required: &[String], name: &str) {
    let (result, _) = judged(list, good, required);
    let error = result.unwrap_err();
    assert_eq!(error.problem_name(), name, "{error}");
    assert_eq!(
        (error.check(), error.verdict()),
        (Check::Ima, Verdict::Rejected)
    );
}

#[test]
fn i7_file_is_allowed_by_its_digest_and_its_hash_alone() {
    let list = List::new();
    let good = digests_of(&list);
    let (result, counts) = judged(&list, &good, &[]);
    assert_eq!((result, counts), (Ok(()), [5, 0, 0]));
    for without in 0..good.len() {
        let mut good = good.clone();
        good.remove(without);
        not_allowed(&list, &good, &[], "ima-not-allowed");
    }
    // Another file under the same name.
    let mut other = list.clone();
    other.entries[3] = Entry::file("/usr/bin/app", "something else");
    not_allowed(&other, &good, &[], "ima-not-allowed");
    // The same bytes as the digest of another hash, or of a tree of hashes.
    for (template, names) in [
        ("ima-ng", "sm3-256:"),
        ("ima-ng", "sha3-256:"),
        ("ima-ng", "streebog256:"),
        ("ima-ngv2", "verity:sha256:"),
    ] {
        let mut other = list.clone();
        let digest = hash(SHA256, b"contents of /usr/bin/app");
        other.entries[3].template = template;
        other.entries[3].fields[0] = named(names, &digest);
        not_allowed(&other, &good, &[], "ima-not-allowed");
        // It is allowed as what it is.
        let (result, _) = judged(&other, &[&good[..], &digests_of(&other)].concat(), &[]);
        assert_eq!(result, Ok(()));
    }
    // That of a file, in the second template of them.
    let mut other = list.clone();
    other.entries[3].template = "ima-ngv2";
    let digest = hash(SHA256, b"contents of /usr/bin/app");
    other.entries[3].fields[0] = named("ima:sha256:", &digest);
    assert_eq!(judged(&other, &good, &[]).0, Ok(()));
    // Only the first entry is about PCRs, whatever the name of another one.
    let mut other = list.clone();
    other.entries[3] = Entry::file("boot_aggregate", "a program");
    not_allowed(&other, &good, &[], "ima-not-allowed");
    let mut other = list.clone();
    other.entries[0] = Entry::file("/sbin/init", "a program");
    not_allowed(&other, &good, &[], "ima-not-allowed");
    // After kexec there is a second one, with the digest of the first.
    let mut other = list.clone();
    other.entries.push(list.entries[0].clone());
    assert_eq!(judged(&other, &good, &[]).0, Ok(()));
    // What was not protected is not allowed either.
    let mut other = list.clone();
    other.entries.push(Entry::violation("/var/log/x"));
    not_allowed(&other, &good, &[], "ima-violation");
    let good = parsed(&good);
    let good: &[ImaDigest<'_>] = &good;
    let policy = ImaPolicy::new(&good).dangerous_allow_violations();
    proven(&other.quoted(), &other.bytes(), |ima| {
        assert_eq!(ima.judge(&policy).check(), Ok(()));
        assert_eq!(ima.judge(&policy).unprotected(), 1);
    })
    .unwrap();
}

#[test]
fn i7_allow_lists_leave_nothing_to_the_sender() {
    let read = |text: &str| {
        let mut digests = Vec::new();
        let count = read_ima_allow_list(text.as_bytes(), |digest| digests.push(digest.to_string()));
        count.map(|count| {
            assert_eq!(count as usize, digests.len());
            digests
        })
    };
    let (a, b) = ("a5".repeat(32), "B6".repeat(32));
    let sha1 = "c7".repeat(20);
    let expected = [
        format!("sha256:{a}"),
        format!("sha256:{}", b.to_lowercase()),
    ];
    for good in [
        format!("{a}  /bin/sh\n{b} */bin/a b\n"),
        format!("# files\n\n{a}  x\r\n\\{b}  a\\nb"),
        format!("sha256:{a} /bin/sh\nsha256:{b}\n"),
        format!("SHA256 (/bin/sh) = {a}\nSHA256 (a) = (b) = {b}\n"),
        format!(r#"{{"ima_allow": ["sha256:{a}", "sha256:{b}"]}}"#),
        format!(
            r#"{{"meta": {{"version": 1}}, "release": 0, "digests": {{"/bin/sh": ["{a}"], "/x": ["sha256:{b}"]}},
            "excludes": [], "keyrings": {{}}, "ima": {{"ignored_keyrings": [], "log_hash_alg": "sha1", "dm_policy": null}},
            "ima-buf": {{}}, "verification-keys": ""}}"#
        ),
        format!(
            r#"{{"digests": {{}}, "excludes": null, "keyrings": {{".ima": ["{a}"]}}, "ima-buf": {{"x": ["{b}"]}}}}"#
        ),
    ] {
        assert_eq!(read(&good).unwrap(), expected, "{good}");
    }
    let others = format!("{sha1}  x\n{}  y\nverity:sha256:{a} z\n", "d8".repeat(64));
    let others = read(&others).unwrap();
    assert_eq!(others[0], format!("sha1:{sha1}"));
    assert!(others[1].starts_with("sha512:") && others[2].starts_with("verity:sha256:"));

    for (bad, name) in [
        (String::new(), "ima-allow-empty"),
        ("# nothing\n\n".to_owned(), "ima-allow-empty"),
        (r#"{"digests": {}}"#.to_owned(), "ima-allow-empty"),
        ("/bin/sh\n".to_owned(), "ima-allow-line"),
        (format!("{a}\n"), "ima-allow-line"),
        (format!("{a} /bin/sh\n"), "ima-allow-line"),
        (format!("{a}  \n"), "ima-allow-line"),
        (format!("{}  x\n", &a[2..]), "ima-allow-line"),
        (format!("sha256:{sha1} x\n"), "ima-allow-line"),
        (format!("nothing:{a} x\n"), "ima-allow-line"),
        (format!("SHA512 (x) = {a}\n"), "ima-allow-line"),
        (
            format!(r#"{{"digests": {{"x": ["{a}"]}}, "excludes": ["/tmp/.*"]}}"#),
            "ima-allow-excludes",
        ),
        (
            format!(r#"{{"digests": {{"x": ["{a}"]}}, "excludes": "/tmp"}}"#),
            "json-expected",
        ),
        (
            format!(r#"{{"digests": {{"x": ["{a}"]}}, "ima": {{"ignored_keyrings": ["*"]}}}}"#),
            "ima-allow-excludes",
        ),
        (
            format!(r#"{{"digests": {{"x": ["{a}"]}}, "ima": {{"dm_policy": {{}}}}}}"#),
            "ima-allow-excludes",
        ),
        (
            format!(r#"{{"digests": {{"x": ["{a}"]}}, "verification-keys": "[]x"}}"#),
            "ima-allow-excludes",
        ),
        (
            format!(r#"{{"digests": {{"x": ["{a}"]}}, "new": []}}"#),
            "ima-allow-member",
        ),
        (
            format!(r#"{{"ima_allow": ["sha256:{a}"], "digests": {{}}}}"#),
            "ima-allow-member",
        ),
        (format!(r#"{{"ima_allow": ["{a}"]}}"#), "ima-allow-digest"),
        (
            format!(r#"{{"digests": {{"x": ["{a}00"]}}}}"#),
            "ima-allow-digest",
        ),
    ] {
        let error = read(&bad).unwrap_err();
        assert_eq!(error.problem_name(), name, "{bad}: {error}");
        assert_eq!(error.check(), Check::Input);
    }
}

#[test]
fn i11_required_program_counts_before_the_first_entry_that_is_not_allowed() {
    let list = List::new();
    let good = digests_of(&list);
    let app = vec![good[2].clone()];
    assert_eq!(judged(&list, &good, &app).0, Ok(()));
    // It was never measured.
    let mut other = list.clone();
    other.entries.remove(3);
    not_allowed(&other, &good, &app, "ima-required");
    // It is required, and not allowed.
    let mut bad = good.clone();
    bad.remove(2);
    not_allowed(&list, &bad, &app, "ima-not-allowed");
    // A bad program ran, and extended PCR 10 with the good one.
    let mut other = list.clone();
    let entry = other.entries.remove(3);
    other.entries.push(Entry::file("/tmp/bad", "bad"));
    other.entries.push(entry.clone());
    not_allowed(&other, &good, &app, "ima-not-allowed");
    // A violation hides a bad program, and is accepted: what comes before it counts, and what
    // comes behind it too, because whoever accepts it relies on it.
    let mut other = list.clone();
    let entry = other.entries.remove(3);
    other.entries.push(Entry::violation("/tmp/bad"));
    other.entries.push(entry.clone());
    not_allowed(&other, &good, &app, "ima-violation");
    // In another PCR there is no order to the others.
    let mut other = list.clone();
    other.entries[3].pcr = 11;
    let values = vec![
        (SHA256, 10, other.pcr(10, SHA256, Rule::Own)),
        (SHA256, 11, other.pcr(11, SHA256, Rule::Own)),
    ];
    let scene = Scene::with_values(super::forge::Key::p256(SHA256), values);
    let (good, app) = (parsed(&good), parsed(&app));
    let good: &[ImaDigest<'_>] = &good;
    let policy = ImaPolicy::new(&good).require(&app);
    let result = proven(&scene, &other.bytes(), |ima| ima.judge(&policy).check()).unwrap();
    assert_eq!(result.unwrap_err().problem_name(), "ima-required");
    // The tail is never judged.
    let mut longer = list.clone();
    longer.entries.remove(3);
    let scene = longer.quoted();
    longer.entries.push(list.entries[3].clone());
    longer.entries.push(Entry::file("/tmp/later", "bad"));
    let result = proven(&scene, &longer.bytes(), |ima| ima.judge(&policy).check()).unwrap();
    assert_eq!(result.unwrap_err().problem_name(), "ima-required");
}
