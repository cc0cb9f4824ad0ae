//! I8, I9, I11: what a state keeps of earlier entries, and which bytes are none.

use tpm_quote::{
    AttestationKey, Evidence, Nonce, QuotePolicy, Verifier,
    log::{ImaChunks, ImaDigest, ImaJudgement, ImaList, ImaPolicy, ImaState, Logs},
};

use super::{
    file_signatures::{good, with_keys},
    forge::{Key, SHA256, hash},
    ima::parsed,
    measured::{Entry, List},
    plain_keys::{ecc, scheme},
    resumed::{kept, of, resumed, texts, written},
    scene::{AlwaysYes, Scene},
};

/// Entries that were accepted by their signatures count on, by their keys.
#[test]
fn i8_signed_entries_before_a_state_are_counted_on() {
    let mut list = List::new();
    list.entries[3] = good("v2-rsa");
    list.entries.push(good("v3-p256"));
    list.entries.push(good("v3-rsa"));
    let texts = texts(&list);
    let all = parsed(&texts);
    // All three have the digest of the same file.
    let allowed: Vec<_> = all
        .iter()
        .filter(|digest| **digest != all[2])
        .copied()
        .collect();
    let allowed: &[ImaDigest<'_>] = &allowed;
    with_keys(&["rsa", "p256"], |keys| {
        let policy = ImaPolicy::new(&allowed).keys(keys);
        let whole = resumed(&list.quoted(), &list.bytes(), Some(&policy), None).unwrap();
        let judgement = whole.1.unwrap();
        assert_eq!((judgement.signed(), judgement.check()), (3, Ok(())));
        for first in 1..list.entries.len() {
            let before = of(&list, first);
            let found = resumed(&before.quoted(), &before.bytes(), Some(&policy), None);
            let state = kept(&found.unwrap().2.unwrap());
            let later = &list.bytes()[list.starts()[first]..];
            let found = resumed(&list.quoted(), later, Some(&policy), Some(&state)).unwrap();
            let went_on = found.1.unwrap();
            assert_eq!(went_on.signed(), 3, "{first}");
            let signers: Vec<_> = went_on.signers().collect();
            assert_eq!(signers, judgement.signers().collect::<Vec<_>>(), "{first}");
            assert_eq!(signers[0].entries(), 2);
            assert_eq!(written(&found.2.unwrap()), written(&whole.2.unwrap()));
        }
    });
}

/// Each part of what a policy requires, and each of its keys, makes it another one.
#[test]
fn i11_state_of_a_policy_that_differs_in_one_part_is_refused() {
    let digest = "11".repeat(32);
    let one = |prefix: &str| format!("{prefix}{digest}");
    let texts = [
        one("sha256:"),
        one("verity:sha256:"),
        one("foo256:"),
        format!("sha256:{}", "22".repeat(32)),
    ];
    let all = parsed(&texts);
    let list = List::new();
    let mut measured = list.clone();
    for text in &texts {
        let (names, digits) = text.rsplit_once(':').unwrap();
        let byte = u8::from_str_radix(&digits[..2], 16).unwrap();
        let mut entry = Entry::file("/bin/x", "x");
        let kind = if names.starts_with("verity") {
            ""
        } else {
            "ima:"
        };
        entry.template = "ima-ngv2";
        entry.fields[0] = [format!("{kind}{names}:\0").as_bytes(), &[byte; 32]].concat();
        measured.entries.push(entry);
    }
    let others: Vec<String> = super::resumed::texts(&list);
    let mut allowed = parsed(&others);
    allowed.extend(&all);
    let allowed: &[ImaDigest<'_>] = &allowed;
    with_keys(&["rsa", "p256"], |keys| {
        let policy = |required| ImaPolicy::new(&allowed).require(required);
        let policies = [
            policy(&all[..1]),
            policy(&all[1..2]),
            policy(&all[2..3]),
            policy(&all[3..]),
            policy(&all[..2]),
            policy(&all[..1]).keys(&keys[..1]),
            policy(&all[..1]).keys(&keys[1..]),
            policy(&all[..1]).keys(keys),
            policy(&all[..1]).dangerous_allow_violations(),
        ];
        for (at, first) in policies.iter().enumerate() {
            let (scene, bytes) = (measured.quoted(), measured.bytes());
            let found = resumed(&scene, &bytes, Some(first), None).unwrap();
            assert_eq!(found.1.unwrap().check(), Ok(()), "{at}");
            let state = found.2.unwrap();
            for (other, second) in policies.iter().enumerate() {
                let found = resumed(&scene, &[], Some(second), Some(&state));
                let name = found.err().map(|error| error.problem_name());
                let expected = (at != other).then_some("ima-state-policy");
                assert_eq!(name, expected, "{at} and {other}");
            }
        }
    });
}

/// A key of which only the numbers are known has no Name by which a later quote could be its own.
#[test]
fn i9_key_without_a_name_leaves_no_state() {
    let list = List::new();
    let scene = list.quoted();
    let point = scene.key.point();
    let by = Verifier::new().crypto(&AlwaysYes);
    let public = ecc(&point);
    let appraisal = by.appraise_plain_key(&public, scheme(0x18, SHA256), None);
    let key: AttestationKey<'_> = appraisal.into_result().unwrap();
    let values = scene.pcr_values();
    let evidence = Evidence {
        attest: &scene.attest(),
        signature: &[&[0, 0x18, 0, 0x0b][..], &[0, 0, 0, 0]].concat(),
        pcrs: &values,
    };
    let policy = QuotePolicy::dangerous_any_pcrs(Nonce::exact(&scene.nonce).unwrap());
    let quote = by.quote(&key, &evidence, &policy).unwrap();
    let mut buffer = vec![0; ImaChunks::MAX_ENTRY];
    let (replay, _, state) = quote
        .replay_resumed(&Logs::new(), None, None, &mut buffer, |stream| {
            stream.push(&list.bytes())
        })
        .unwrap();
    assert!(replay.ima_proof().is_some() && state.is_none());
}

/// The bytes of a state with other bytes at a place, and their digest behind them.
fn with(state: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut changed = state[..state.len() - 32].to_vec();
    changed[at..at + bytes.len()].copy_from_slice(bytes);
    let digest = hash(SHA256, &changed);
    changed.extend(digest);
    changed
}

/// What no list can have come to is no state, whoever made it.
#[test]
fn i9_state_that_no_list_can_have_is_refused() {
    let list = List::new();
    let (_, _, state) = resumed(&list.quoted(), &list.bytes(), None, None).unwrap();
    let state = written(&state.unwrap());
    // The magic, a Name with its size, the count of resets.
    let counts = 8 + 1 + 34 + 4;
    let entries = u32::try_from(list.entries.len()).unwrap();
    let word = |at: usize| u32::from_be_bytes(state[at..at + 4].try_into().unwrap());
    assert_eq!(
        (word(counts), word(counts + 4), word(counts + 8)),
        (entries, entries, 0)
    );
    assert_eq!(
        ImaState::from_bytes(&with(&state, 0, b"tpmq")).map(|state| written(&state)),
        Ok(state.clone())
    );
    // A digest of SHA-256 with the names of its kind and hash; no policy; one PCR.
    let aggregate = counts + 16;
    assert_eq!(state[aggregate..aggregate + 2], [1, 6]);
    let policy = aggregate + 1 + 7 + 33;
    assert_eq!(
        state[policy..policy + 6],
        [0, 1, 0, 0x0b, 10, state[policy + 5]]
    );
    let more = |number: u32| (entries + number).to_be_bytes();
    for (what, at, bytes) in [
        ("magic", 0, &b"x"[..]),
        ("version", 7, &[2]),
        ("proven more than there are", counts + 4, &more(1)),
        ("nothing proven", counts + 4, &[0; 4]),
        ("more violations than are proven", counts + 8, &more(1)),
        ("a PCR above 23", counts + 12, &[1, 0, 0, 0]),
        ("kind of the aggregate", aggregate, &[3]),
        ("whether it was accepted", policy, &[2]),
        ("no PCR", policy + 1, &[0]),
        ("more PCRs than fit", policy + 1, &[200]),
        ("a second PCR that is not there", policy + 1, &[2]),
        ("bank", policy + 2, &[0, 0x99]),
        ("index", policy + 4, &[24]),
        ("rule", policy + 5, &[99]),
        ("length of the value", policy + 6, &[31]),
        ("bank of another size", policy + 2, &[0, 0x0c]),
    ] {
        let changed = with(&state, at, bytes);
        let error = ImaState::from_bytes(&changed).map(|_| ()).unwrap_err();
        assert_eq!(error.problem_name(), "ima-state-form", "{what}");
    }
    // A Name of no bytes, and bytes behind the last value.
    let mut bare = [&state[..8], &[0], &state[8 + 35..]].concat();
    bare.truncate(bare.len() - 32);
    let mut longer = state[..state.len() - 32].to_vec();
    longer.push(0);
    for mut changed in [bare, longer] {
        let digest = hash(SHA256, &changed);
        changed.extend(digest);
        assert!(ImaState::from_bytes(&changed).is_err());
    }
}

/// The first entry is no file: whoever makes a list chooses what `boot_aggregate` says. And that a
/// policy of IMA was in force is for the boot log to show.
#[test]
fn i11_boot_aggregate_and_a_missing_log_fulfil_nothing() {
    let mut list = List::new();
    list.entries.push(Entry::file("boot_aggregate", "PCRs"));
    let texts = texts(&list);
    let allowed = parsed(&texts);
    let allowed: &[ImaDigest<'_>] = &allowed;
    let aggregate = [*allowed.last().unwrap()];
    let policy = ImaPolicy::new(&allowed);
    for (policy, expected) in [
        (policy, None),
        (policy.require(&allowed[..1]), None),
        (policy.require(&aggregate), Some("ima-required")),
        (
            policy.require_in_force(&["tcb"]),
            Some("ima-policy-unknown"),
        ),
    ] {
        let name = |judgement: ImaJudgement<'_>| {
            let error = judgement.check().err();
            error.map(|error| error.problem_name())
        };
        let bytes = list.bytes();
        let read = ImaList::parse(&bytes).unwrap();
        let replay = list.quoted().replay(&Logs::new().ima(read)).unwrap();
        assert_eq!(name(replay.ima().unwrap().judge(&policy)), expected);
        assert_eq!(name(replay.judge_ima(&policy).unwrap()), expected);
        let found = resumed(&list.quoted(), &bytes, Some(&policy), None).unwrap();
        assert_eq!(name(found.1.unwrap()), expected);
    }
}

/// A state is of the entries of the quote's own key.
#[test]
fn i9_state_names_its_key() {
    let list = List::new();
    let key = Key::p256(SHA256);
    let name = key.name();
    let values = list.quoted().values.clone();
    let scene = Scene::with_values(key, values);
    let (_, _, state) = resumed(&scene, &list.bytes(), None, None).unwrap();
    assert_eq!(state.unwrap().key_name().as_ref(), name);
}
