//! I10: lists that come in pieces are read, replayed and judged as whole ones are.

use tpm_quote::{
    Error,
    evidence::read_ima_allow_list,
    log::{ImaChunks, ImaDigest, ImaJudgement, ImaList, ImaPolicy, ImaProof, Logs},
};

use super::{
    forge::{SHA1, SHA256, SHA384, SHA512, hash},
    ima::{digests_of, parsed},
    measured::{Entry, List, Rule, named, text},
    scene::Scene,
};

/// All that a replay says of a list.
fn said(proof: &ImaProof, judgement: &ImaJudgement<'_>) -> String {
    let strengths: Vec<_> = proof.strengths().collect();
    let unknown: Vec<_> = judgement
        .first_unknown()
        .map(|entry| {
            let digest = entry.digest().map(|digest| digest.to_string());
            let name = entry.name().map(<[u8]>::to_vec);
            (entry.number(), entry.pcr(), digest, name)
        })
        .collect();
    let counts = [
        judgement.allowed(),
        judgement.signed(),
        judgement.unknown(),
        judgement.unprotected(),
        judgement.signatures_not_judged(),
    ];
    let check = judgement.check();
    format!("{proof:?} {strengths:?} {counts:?} {unknown:?} {check:?}")
}

fn whole(scene: &Scene, list: &[u8], policy: &ImaPolicy<'_>) -> Result<String, Error> {
    let list = ImaList::parse(list)?;
    let replay = scene.replay(&Logs::new().ima(list))?;
    let judgement = replay.judge_ima(policy).unwrap();
    Ok(said(replay.ima_proof().unwrap(), &judgement))
}

fn in_pieces<'p>(
    scene: &Scene,
    pieces: impl IntoIterator<Item = &'p [u8]>,
    policy: &ImaPolicy<'_>,
) -> Result<String, Error> {
    let mut buffer = vec![0xa5; ImaChunks::MAX_ENTRY];
    scene.verified(|quote| {
        let (replay, judgement) =
            quote.replay_streamed(&Logs::new(), Some(policy), &mut buffer, |stream| {
                pieces.into_iter().try_for_each(|piece| stream.push(piece))
            })?;
        assert!(replay.ima().is_none());
        Ok(said(replay.ima_proof().unwrap(), &judgement.unwrap()))
    })
}

/// A list with all that there is in one.
fn full() -> List {
    let mut list = List::new();
    list.entries.push(Entry::violation("/var/log/x"));
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
    for number in 0..12 {
        list.entries.push(Entry::file(
            &format!("/tmp/bad {number}").replace(' ', "_"),
            "bad",
        ));
    }
    list
}

/// Where a list is cut: at numbers that look random, and are the same each time.
fn cuts(list: &[u8], seed: u64) -> Vec<&[u8]> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let (mut pieces, mut rest) = (Vec::new(), list);
    while !rest.is_empty() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let most = [3, 40, 300, 5000][(state >> 60) as usize % 4];
        let len = (state as usize % most).min(rest.len());
        let (piece, behind) = rest.split_at(len);
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

#[test]
fn i10_list_in_any_pieces_is_the_whole_list() {
    let good = format!(
        "sha256:{} x\n",
        hash(SHA256, b"contents of /bin/sh")
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    );
    let mut allowed = Vec::new();
    read_ima_allow_list(good.as_bytes(), |digest| allowed.push(digest)).unwrap();
    let required = [allowed[0]];
    let allowed: &[ImaDigest<'_>] = &allowed;
    let policies = [
        ImaPolicy::new(&allowed),
        ImaPolicy::new(&allowed)
            .require(&required)
            .dangerous_allow_violations(),
    ];
    let mut compared = 0;
    for (big, listed) in [
        (false, SHA1),
        (true, SHA1),
        (false, SHA256),
        (false, SHA512),
    ] {
        let mut list = full();
        (list.big, list.listed) = (big, listed);
        for len in [1, 2, 7, list.entries.len()] {
            let mut quoted = list.clone();
            quoted.entries.truncate(len);
            for banks in [
                &[(SHA256, Rule::Own)][..],
                &[
                    (SHA1, Rule::Own),
                    (SHA384, Rule::Padded),
                    (SHA512, Rule::PaddedOnes),
                ],
            ] {
                let scene = quoted.quote(banks);
                for bytes in [list.bytes(), list.ascii(), list.carried()] {
                    for policy in &policies {
                        let expected = whole(&scene, &bytes, policy);
                        assert!(expected.is_ok(), "{expected:?}");
                        for size in [1, 13, 350, bytes.len()] {
                            let found = in_pieces(&scene, bytes.chunks(size), policy);
                            assert_eq!(found, expected, "{size}");
                            compared += 1;
                        }
                        for seed in 0..4 {
                            let found = in_pieces(&scene, cuts(&bytes, seed), policy);
                            assert_eq!(found, expected, "seed {seed}");
                            compared += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(compared, 4 * 4 * 2 * 3 * 2 * 8);
}

#[test]
fn i10_changed_list_in_pieces_is_refused() {
    let list = full();
    let scene = list.quoted();
    let none: &[ImaDigest<'_>] = &[];
    let policy = ImaPolicy::new(&none);
    let mut refused = 0;
    for bytes in [list.bytes(), list.ascii(), list.carried()] {
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 1 << (at % 8);
            let found = in_pieces(&scene, cuts(&bad, at as u64), &policy);
            // What a violation says is not covered.
            let expected = whole(&scene, &bad, &policy);
            assert_eq!(found.is_err(), expected.is_err(), "byte {at}: {found:?}");
            refused += u32::from(found.is_err());
            // Cut there, it is no list, or one that ends before the quote.
            let found = in_pieces(&scene, cuts(&bytes[..at], at as u64), &policy);
            let error = found.unwrap_err();
            let expected = whole(&scene, &bytes[..at], &policy).unwrap_err();
            let names = [error.problem_name(), expected.problem_name()];
            // The length of a carried list is compared at its end: of one that ends within its
            // first entry, or before it, what is missing is found first. All of them are
            // malformed.
            let late = ["ima-header", "ima-truncated", "ima-empty"];
            assert!(
                names[0] == names[1] || names.iter().all(|name| late.contains(name)),
                "{names:?}"
            );
            assert_eq!(error.verdict(), expected.verdict());
        }
    }
    assert!(refused > 5000, "{refused}");
    let error = in_pieces(&scene, [], &policy).unwrap_err();
    assert_eq!(
        (error.problem_name(), error.offset()),
        ("ima-empty", Some(0))
    );
    let nothing = [&b""[..], b""];
    assert_eq!(
        in_pieces(&scene, nothing, &policy)
            .unwrap_err()
            .problem_name(),
        "ima-empty"
    );
}

/// Entries as long as may be, and longer ones.
#[test]
fn i10_long_entries_in_pieces_are_bounded() {
    let with = |len: usize, template| {
        let mut list = List::new();
        list.entries.push(Entry {
            pcr: 10,
            is_violation: false,
            template,
            fields: vec![named("sha256:", &[1; 32]), text(b"x"), vec![7; len]],
        });
        list.entries.push(Entry::file("/last", "x"));
        list
    };
    let none: &[ImaDigest<'_>] = &[];
    let policy = ImaPolicy::new(&none);
    // 4 + 40 + 4 + 2 + 4 bytes are its other fields.
    let longest = with(0x1_0000 - 54, "ima-buf");
    let scene = longest.quoted();
    for bytes in [longest.bytes(), longest.ascii()] {
        let expected = whole(&scene, &bytes, &policy);
        assert!(expected.is_ok(), "{expected:?}");
        for size in [1000, 4096, 1 << 16] {
            assert_eq!(in_pieces(&scene, bytes.chunks(size), &policy), expected);
        }
    }
    for len in [0x1_0000 - 53, 0x4_0000] {
        let longer = with(len, "ima-buf");
        for size in [1000, 1 << 20] {
            let error = in_pieces(&scene, longer.bytes().chunks(size), &policy).unwrap_err();
            assert_eq!(error.problem_name(), "ima-entry");
        }
    }
    let longer = with(0x4_0000, "ima-buf");
    let error = in_pieces(&scene, longer.ascii().chunks(1000), &policy).unwrap_err();
    assert_eq!(error.problem_name(), "ima-entry");
    // A line that never ends, and what is no list.
    let error = in_pieces(&scene, vec![&b"10 "[..]; 100_000], &policy).unwrap_err();
    assert_eq!(error.problem_name(), "ima-entry");
    let error = in_pieces(&scene, vec![&[0xff; 100][..]; 100], &policy).unwrap_err();
    assert_eq!(error.problem_name(), "ima-entry");
}

#[test]
fn i10_buffer_holds_an_entry_and_errors_stay() {
    let list = full();
    let bytes = list.bytes();
    let count = list.entries.len() as u32;
    let mut small = [0; 1024];
    let mut chunks = ImaChunks::new(&mut small);
    let mut numbers = Vec::new();
    let mut take = |entry: &tpm_quote::log::ImaEntry<'_>| {
        numbers.push(entry.number());
        Ok(())
    };
    for piece in bytes.chunks(100) {
        chunks.push(piece, &mut take).unwrap();
    }
    assert_eq!(chunks.finish(&mut take), Ok(count));
    assert!(chunks.extends(10) && !chunks.extends(11) && !chunks.extends(32));
    assert_eq!(numbers, (0..count).collect::<Vec<_>>());
    // A list that goes on.
    let starts = list.starts();
    let mut chunks = ImaChunks::from_entry(&mut small, 3);
    let mut first = None;
    let mut take = |entry: &tpm_quote::log::ImaEntry<'_>| {
        first.get_or_insert((entry.number(), entry.offset()));
        Ok(())
    };
    chunks.push(&bytes[starts[3]..], &mut take).unwrap();
    assert_eq!(chunks.finish(&mut take), Ok(count - 3));
    assert_eq!(first, Some((3, 0)));
    // Nothing may be new.
    let mut chunks = ImaChunks::from_entry(&mut small, 3);
    assert_eq!(chunks.finish(&mut |_| Ok(())), Ok(0));

    let mut tiny = [0; 60];
    let mut chunks = ImaChunks::new(&mut tiny);
    let mut none = |_: &tpm_quote::log::ImaEntry<'_>| Ok(());
    let mut push = |chunks: &mut ImaChunks<'_>| {
        let mut pieces = bytes.chunks(50);
        pieces.find_map(|piece| chunks.push(piece, &mut none).err())
    };
    let error = push(&mut chunks).unwrap();
    assert_eq!(error.problem_name(), "buffer-too-small");
    assert_eq!(push(&mut chunks), Some(error));
    assert_eq!(chunks.finish(&mut none), Err(error));
}

#[test]
fn i10_required_digests_of_a_list_in_pieces_are_counted() {
    let list = List::new();
    let scene = list.quoted();
    let digests = digests_of(&list);
    let all = parsed(&digests);
    let allowed: &[ImaDigest<'_>] = &all;
    let bytes = list.bytes();
    let judge = |required: &[ImaDigest<'_>], allowed: &[ImaDigest<'_>]| {
        let policy = ImaPolicy::new(&allowed).require(required);
        let found = in_pieces(&scene, bytes.chunks(100), &policy)?;
        assert_eq!(Ok(found.clone()), whole(&scene, &bytes, &policy));
        Ok::<_, Error>(found.ends_with("Ok(())"))
    };
    let many: Vec<_> = all.iter().cycle().take(128).copied().collect();
    assert_eq!(judge(&many, allowed), Ok(true));
    let other = [ImaDigest::parse("sha1:0101010101010101010101010101010101010101").unwrap()];
    assert_eq!(judge(&other, allowed), Ok(false));
    // It counts before the first that is not allowed.
    assert_eq!(judge(&all[4..], &all[..4]), Ok(false));
    assert_eq!(judge(&all[..1], &all[..4]), Ok(false));
    let many: Vec<_> = all.iter().cycle().take(129).copied().collect();
    let policy = ImaPolicy::new(&allowed).require(&many);
    let error = in_pieces(&scene, [&bytes[..]], &policy).unwrap_err();
    assert_eq!(error.problem_name(), "ima-unsupported");
}

/// An entry of another quoted PCR, behind the last one that is proven, is judged neither in pieces
/// nor in a whole list.
#[test]
fn i10_entry_of_another_pcr_behind_the_proven_ones_is_not_judged() {
    let list = List::new();
    let mut longer = list.clone();
    let mut bad = Entry::file("/tmp/bad", "bad");
    bad.pcr = 11;
    longer.entries.push(bad);
    let values = vec![
        (SHA256, 10, list.pcr(10, SHA256, Rule::Own)),
        (SHA256, 11, vec![7; 32]), // no list comes to it
    ];
    let scene = Scene::with_values(super::forge::Key::p256(SHA256), values);
    let digests = digests_of(&list);
    let all = parsed(&digests);
    let allowed: &[ImaDigest<'_>] = &all;
    let policy = ImaPolicy::new(&allowed);
    let found = in_pieces(&scene, longer.bytes().chunks(100), &policy).unwrap();
    assert!(found.ends_with("Ok(())"), "{found}");
    assert!(found.contains("tail_entries: 1"), "{found}");
    assert_eq!(whole(&scene, &longer.bytes(), &policy), Ok(found));
}

/// Lists that others collected, where `TPM_QUOTE_CORPUS` is: another program computed PCR 10.
#[test]
fn i10_collected_lists_come_to_the_values_that_were_recorded() {
    let Some(corpus) = std::env::var_os("TPM_QUOTE_CORPUS") else {
        println!("TPM_QUOTE_CORPUS is not set: no list of corpus/logs was judged");
        return;
    };
    let folder = std::path::Path::new(&corpus).join("logs");
    let index = std::fs::read(folder.join("index.json")).unwrap();
    let index: serde_json::Value = serde_json::from_slice(&index).unwrap();
    let none: &[ImaDigest<'_>] = &[];
    let policy = ImaPolicy::new(&none);
    let mut proven = 0;
    for log in index.as_array().unwrap() {
        let name = log["file"].as_str().unwrap();
        for (key, bank) in [("sha1", SHA1), ("sha256", SHA256)] {
            // One list has an entry of PCR 11: the index has the value of the TPM.
            let expected = match &log["expected"] {
                serde_json::Value::Object(expected) => expected.get(key),
                _ => log.get(format!("pcr10_{key}")),
            };
            let Some(digits) = expected.and_then(|digits| digits.as_str()) else {
                continue;
            };
            let value = (0..digits.len()).step_by(2);
            let value = value.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
            let key = super::forge::Key::p256(SHA256);
            let scene = Scene::with_values(key, vec![(bank, 10, value.collect())]);
            let list = std::fs::read(folder.join(name)).unwrap();
            if log["entries"].is_null() {
                continue;
            }
            let found = whole(&scene, &list, &policy).unwrap_or_else(|e| panic!("{name}: {e}"));
            let count = log["entries"].as_u64().unwrap();
            assert!(
                found.contains(&format!("total: {count},")),
                "{name}: {found}"
            );
            // The last entry of one list is of PCR 11.
            let tail = u32::from(name.contains("hahuri"));
            let tail = format!("tail_entries: {tail},");
            assert!(found.contains(&tail), "{name}: {found}");
            let pieces = in_pieces(&scene, list.chunks(5000), &policy);
            assert_eq!(pieces, Ok(found), "{name}");
            proven += 1;
        }
    }
    println!("{proven} values of PCR 10, each proven by its list");
    assert!(proven >= 15, "{proven}");
}

/// Of a hash that no kernel has, nothing is kept to compare later entries with.
#[test]
fn i10_aggregate_of_an_unknown_hash_is_the_same_in_pieces_and_whole() {
    let mut list = List::new();
    let mut aggregate = Entry::file("boot_aggregate", "PCRs");
    aggregate.fields[0] = named("hash-of-tomorrow:", &[7; 48]);
    list.entries[0] = aggregate.clone();
    // As after kexec.
    list.entries.push(aggregate);
    let (scene, bytes) = (list.quoted(), list.bytes());
    let none: &[ImaDigest<'_>] = &[];
    let policy = ImaPolicy::new(&none);
    let whole = whole(&scene, &bytes, &policy).unwrap();
    let pieces = in_pieces(&scene, bytes.chunks(7), &policy).unwrap();
    for said in [whole, pieces] {
        // The last entry is not taken for the first: six are unknown.
        assert!(said.contains("boot_aggregate: Differs"), "{said}");
        assert!(said.contains(" [0, 0, 6, 0, 0] "), "{said}");
    }
}

/// What extends a PCR that is not quoted is not proven: nobody judges it. In one that is quoted
/// beside PCR 10, no order to the others is proven, so that it is not what was required.
#[test]
fn i10_entries_of_other_pcrs_are_judged_in_pieces_as_in_the_whole() {
    let list = List::new();
    let digests = digests_of(&list);
    let all = parsed(&digests);
    let allowed: &[ImaDigest<'_>] = &all;
    let policy = ImaPolicy::new(&allowed);
    let mut other = list.clone();
    let mut bad = Entry::file("/tmp/bad", "bad");
    bad.pcr = 11;
    other.entries.insert(2, bad);
    let scene = other.quoted();
    let found = in_pieces(&scene, other.bytes().chunks(100), &policy).unwrap();
    assert!(found.ends_with("Ok(())"), "{found}");
    assert_eq!(whole(&scene, &other.bytes(), &policy), Ok(found));
    // The required program in PCR 11, which is quoted as well.
    let mut other = list.clone();
    other.entries[3].pcr = 11;
    let [of_ima, of_other] = [10, 11].map(|pcr| other.pcr(pcr, SHA256, Rule::Own));
    let values = vec![(SHA256, 10, of_ima), (SHA256, 11, of_other)];
    let scene = Scene::with_values(super::forge::Key::p256(SHA256), values);
    let policy = policy.require(&all[2..3]);
    let found = in_pieces(&scene, other.bytes().chunks(100), &policy).unwrap();
    assert!(found.contains("Required"), "{found}");
    assert_eq!(whole(&scene, &other.bytes(), &policy), Ok(found));
}
