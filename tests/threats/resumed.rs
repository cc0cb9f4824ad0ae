//! I9, I10, I11: lists that go on from a state.

use tpm_quote::{
    Error,
    log::{ImaChunks, ImaDigest, ImaJudgement, ImaPolicy, ImaProof, ImaState, Logs},
};

use super::{
    forge::{Key, SHA1, SHA256, SHA384, SHA512, hash},
    ima::parsed,
    measured::{Entry, List, Rule, digits},
    scene::Scene,
};

pub type Judged = (ImaProof, Option<ImaJudgement<'static>>, Option<ImaState>);

pub fn resumed(
    scene: &Scene,
    bytes: &[u8],
    policy: Option<&ImaPolicy<'_>>,
    state: Option<&ImaState>,
) -> Result<Judged, Error> {
    let mut buffer = vec![0; ImaChunks::MAX_ENTRY];
    scene.verified(|quote| {
        let (replay, judgement, state) =
            quote.replay_resumed(&Logs::new(), policy, state, &mut buffer, |stream| {
                bytes.chunks(77).try_for_each(|piece| stream.push(piece))
            })?;
        Ok((*replay.ima_proof().unwrap(), judgement, state))
    })
}

/// A state as it is after it was written and read.
pub fn kept(state: &ImaState) -> ImaState {
    let mut buffer = [0xa5; ImaState::MAX_SIZE];
    let bytes = state.write(&mut buffer).unwrap();
    ImaState::from_bytes(bytes).unwrap()
}

pub fn written(state: &ImaState) -> Vec<u8> {
    let mut buffer = [0; ImaState::MAX_SIZE];
    state.write(&mut buffer).unwrap().to_vec()
}

/// The digest of each entry, as text.
pub fn texts(list: &List) -> Vec<String> {
    let entries = list.entries[1..].iter().filter(|entry| !entry.is_violation);
    entries
        .map(|entry| format!("sha256:{}", digits(&entry.fields[0][8..])))
        .collect()
}

/// A list with a violation, and a file again after kexec.
fn full() -> List {
    let mut list = List::new();
    list.entries.push(Entry::violation("/var/log/x"));
    list.entries.push(Entry::file("boot_aggregate", "PCRs"));
    for number in 0..5 {
        let name = format!("/bin/{number}");
        list.entries.push(Entry::file(&name, &name));
    }
    list
}

pub fn of(list: &List, count: usize) -> List {
    let mut list = list.clone();
    list.entries.truncate(count);
    list
}

#[test]
fn i10_list_that_goes_on_is_the_whole_list() {
    let list = full();
    let texts = texts(&list);
    let allowed = parsed(&texts);
    let allowed: &[ImaDigest<'_>] = &allowed;
    let policy = ImaPolicy::new(&allowed).dangerous_allow_violations();
    let all = list.entries.len();
    let mut compared = 0;
    for banks in [
        &[(SHA256, Rule::Own)][..],
        &[(SHA1, Rule::Own), (SHA384, Rule::Padded)],
        &[(SHA256, Rule::Own), (SHA512, Rule::PaddedOnes)],
    ] {
        let whole = resumed(&list.quote(banks), &list.bytes(), Some(&policy), None).unwrap();
        let (proof, judgement, state) = whole;
        let (judgement, state) = (judgement.unwrap(), state.unwrap());
        for first in 1..=all {
            let scene = of(&list, first).quote(banks);
            // What came later than the quote is in the first list, and again in the second.
            let (_, _, before) = resumed(&scene, &list.bytes(), Some(&policy), None).unwrap();
            let before = kept(&before.unwrap());
            assert_eq!(before.entries() as usize, first);
            for second in first..=all {
                let scene = of(&list, second).quote(banks);
                let mut later = list.clone();
                later.entries.drain(..first);
                for bytes in [later.bytes(), later.ascii()] {
                    let found = resumed(&scene, &bytes, Some(&policy), Some(&before)).unwrap();
                    let (of_second, said, after) = found;
                    assert_eq!(of_second.total() as usize, all);
                    assert_eq!(of_second.proven() as usize, second);
                    assert_eq!(of_second.tail_entries() as usize, all - second);
                    assert!(said.unwrap().check().is_ok());
                    let after = kept(&after.unwrap());
                    assert_eq!(after.entries() as usize, second);
                    if second < all {
                        continue;
                    }
                    // The same as if there had been one list.
                    assert_eq!(format!("{of_second:?}"), format!("{proof:?}"));
                    let strengths: Vec<_> = of_second.strengths().collect();
                    assert_eq!(strengths, proof.strengths().collect::<Vec<_>>());
                    assert_eq!(format!("{said:?}"), format!("{:?}", Some(judgement)));
                    assert_eq!(written(&after), written(&state));
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 3 * 2 * all);
}

#[test]
fn i10_pcr_of_the_entries_before_is_explained_without_new_ones() {
    let list = full();
    let scene = list.quoted();
    let (_, _, state) = resumed(&scene, &list.bytes(), None, None).unwrap();
    let state = state.unwrap();
    let mut buffer = vec![0; ImaChunks::MAX_ENTRY];
    scene
        .verified(|quote| {
            let (replay, _, _) =
                quote.replay_resumed(&Logs::new(), None, Some(&state), &mut buffer, |_| Ok(()))?;
            assert_eq!(replay.explained_pcrs().to_string(), "sha256:10");
            assert!(replay.unexplained_pcrs().is_empty());
            assert!(replay.never_extended_pcrs().is_empty());
            Ok(())
        })
        .unwrap();
}

#[test]
fn i10_list_that_does_not_go_on_is_refused() {
    let list = full();
    let none: &[ImaDigest<'_>] = &[];
    let before = of(&list, 4);
    let (_, _, state) = resumed(&before.quoted(), &before.bytes(), None, None).unwrap();
    let state = state.unwrap();
    let refused = |scene: &Scene, bytes: &[u8], name: &str| {
        let error = resumed(scene, bytes, None, Some(&state)).unwrap_err();
        assert_eq!(error.problem_name(), name);
    };
    let starts = list.starts();
    let bytes = list.bytes();
    let scene = list.quoted();
    assert!(resumed(&scene, &bytes[starts[4]..], None, Some(&state)).is_ok());
    // From the start, or with an entry too many or too few.
    for start in [0, 3, 5] {
        refused(&scene, &bytes[starts[start]..], "ima-mismatch");
    }
    // Nothing is new, and the quote says otherwise.
    refused(&scene, &[], "ima-mismatch");
    refused(&scene, &bytes[starts[4]..starts[5] - 1], "ima-truncated");
    let (proof, ..) = resumed(&before.quoted(), &[], None, Some(&state)).unwrap();
    assert_eq!(
        (proof.total(), proof.proven(), proof.tail_entries()),
        (4, 4, 0)
    );
    // An older quote than that of the state.
    refused(&of(&list, 3).quoted(), &bytes[starts[4]..], "ima-mismatch");
    // A policy that accepts none of it.
    let policy = ImaPolicy::new(&none);
    let (_, judgement, after) = resumed(&scene, &bytes, Some(&policy), None).unwrap();
    assert!(judgement.unwrap().check().is_err() && after.is_none());
    let error = resumed(&scene, &bytes[starts[4]..], Some(&policy), Some(&state)).unwrap_err();
    assert_eq!(error.problem_name(), "ima-state-policy");
}

/// The rule by which a bank is extended stays the same for a boot.
#[test]
fn i6_rule_of_a_state_stays() {
    let list = full();
    let before = of(&list, 4);
    let starts = list.starts();
    let later = &list.bytes()[starts[4]..];
    for (first, second, holds) in [
        (Rule::Own, Rule::Own, true),
        (Rule::Own, Rule::Padded, false),
        (Rule::Padded, Rule::Own, false),
        // There was no violation yet, in which these two differ.
        (Rule::Padded, Rule::PaddedOnes, true),
        (Rule::Padded, Rule::Padded, true),
    ] {
        let scene = before.quote(&[(SHA256, first)]);
        let (_, _, state) = resumed(&scene, &before.bytes(), None, None).unwrap();
        let state = kept(&state.unwrap());
        // A kernel that goes on from this value by the other rule.
        let mut value = before.pcr(10, SHA256, first);
        for entry in &list.entries[4..] {
            let mut extended = match (entry.is_violation, second) {
                (true, Rule::PaddedOnes) => vec![0xff; 20],
                (true, _) => vec![0xff; 32],
                (false, Rule::Own) => entry.digest(SHA256, false),
                (false, _) => entry.digest(SHA1, false),
            };
            extended.resize(32, 0);
            value = hash(SHA256, &[value, extended].concat());
        }
        let scene = Scene::with_values(Key::p256(SHA256), vec![(SHA256, 10, value)]);
        let found = resumed(&scene, later, None, Some(&state));
        assert_eq!(found.is_ok(), holds, "{first:?} {second:?} {found:?}");
    }
}

#[test]
fn i6_state_after_violations_alone_leaves_the_rule_open() {
    // All ones are extended for a violation by the bank's own hash and by the later of the padded
    // rules, so that only what follows shows which it is.
    let mut list = List::new();
    list.entries = vec![
        Entry::violation("/var/log/x"),
        Entry::violation("/var/log/y"),
    ];
    for name in ["/bin/a", "/bin/b", "/bin/c"] {
        list.entries.push(Entry::file(name, name));
    }
    list.entries.push(Entry::violation("/var/log/z"));
    let all = list.entries.len();
    for rule in [Rule::Own, Rule::Padded, Rule::PaddedOnes] {
        let banks = &[(SHA256, rule)][..];
        let mut state: Option<ImaState> = None;
        for count in 1..=all {
            let scene = of(&list, count).quote(banks);
            let mut later = of(&list, count);
            later.entries.drain(..count - 1);
            let found = resumed(&scene, &later.bytes(), None, state.as_ref());
            let (proof, _, after) =
                found.unwrap_or_else(|error| panic!("{rule:?} {count}: {error}"));
            assert_eq!(proof.proven() as usize, count);
            state = Some(kept(&after.unwrap()));
        }
        // Once it is known, another rule is refused.
        for other in [Rule::Own, Rule::Padded, Rule::PaddedOnes] {
            let mut more = list.clone();
            more.entries.push(Entry::violation("/var/log/z"));
            more.entries.push(Entry::file("/bin/d", "/bin/d"));
            let scene = more.quote(&[(SHA256, other)]);
            more.entries.drain(..all);
            let found = resumed(&scene, &more.bytes(), None, state.as_ref());
            assert_eq!(found.is_ok(), other == rule, "{rule:?} {other:?}");
        }
    }
}

#[test]
fn i9_state_of_another_key_boot_or_quote_is_refused() {
    let list = full();
    let before = of(&list, 4);
    let banks = [(SHA256, Rule::Own), (SHA384, Rule::Own)];
    let (_, _, state) = resumed(&before.quote(&banks), &before.bytes(), None, None).unwrap();
    let state = state.unwrap();
    let later = &list.bytes()[list.starts()[4]..];
    let good = list.quote(&banks);
    assert!(resumed(&good, later, None, Some(&state)).is_ok());

    let values = good.values.clone();
    let other = Scene::with_values(Key::p384(SHA256), values.clone());
    let error = resumed(&other, later, None, Some(&state)).unwrap_err();
    assert_eq!(error.problem_name(), "ima-state-key");

    let mut reset = list.quote(&banks);
    reset.quote.reset_count += 1;
    let error = resumed(&reset, later, None, Some(&state)).unwrap_err();
    assert_eq!(error.problem_name(), "ima-state-boot");
    // It was suspended, and its PCRs were kept.
    let mut restarted = list.quote(&banks);
    restarted.quote.restart_count += 1;
    assert!(resumed(&restarted, later, None, Some(&state)).is_ok());

    for banks in [
        &[(SHA256, Rule::Own)][..],
        &[
            (SHA256, Rule::Own),
            (SHA384, Rule::Own),
            (SHA512, Rule::Own),
        ],
        &[(SHA512, Rule::Own)],
    ] {
        let error = resumed(&list.quote(banks), later, None, Some(&state)).unwrap_err();
        assert_eq!(error.problem_name(), "ima-state-pcrs");
    }
}

/// What a policy required of earlier entries is not taken for what another requires.
#[test]
fn i11_state_of_another_policy_is_refused() {
    let list = List::new();
    let texts = texts(&list);
    let digests = parsed(&texts);
    let allowed: &[ImaDigest<'_>] = &digests;
    let (first, other) = (&digests[..1], &digests[1..2]);
    let before = of(&list, 3);
    let policy = ImaPolicy::new(&allowed).require(first);
    let (_, _, state) = resumed(&before.quoted(), &before.bytes(), Some(&policy), None).unwrap();
    let state = kept(&state.unwrap());
    assert!(state.is_accepted());
    let later = &list.bytes()[list.starts()[3]..];
    let judge = |policy: &ImaPolicy<'_>, list: &List, later: &[u8]| {
        let found = resumed(&list.quoted(), later, Some(policy), Some(&state));
        found.map(|(_, judgement, after)| (judgement.unwrap().check(), after.is_some()))
    };
    assert_eq!(judge(&policy, &list, later), Ok((Ok(()), true)));
    // More may be allowed by and by, and what was accepted is not asked again.
    let fewer: &[ImaDigest<'_>] = &digests[2..];
    let fewer = ImaPolicy::new(&fewer).require(first);
    assert_eq!(judge(&fewer, &list, later), Ok((Ok(()), true)));
    for policy in [
        ImaPolicy::new(&allowed),
        ImaPolicy::new(&allowed).require(other),
        ImaPolicy::new(&allowed).require(&digests[..2]),
        ImaPolicy::new(&allowed)
            .require(first)
            .dangerous_allow_violations(),
    ] {
        let error = judge(&policy, &list, later).unwrap_err();
        assert_eq!(error.problem_name(), "ima-state-policy");
    }
    // Without a policy it goes on, and is accepted by none afterwards.
    let (_, judgement, after) = resumed(&list.quoted(), later, None, Some(&state)).unwrap();
    assert!(judgement.is_none() && !after.unwrap().is_accepted());

    // A file that is not allowed.
    let mut bad = list.clone();
    bad.entries.push(Entry::file("/tmp/bad", "bad"));
    let later = &bad.bytes()[bad.starts()[3]..];
    let (check, has_state) = judge(&policy, &bad, later).unwrap();
    assert_eq!(check.unwrap_err().problem_name(), "ima-not-allowed");
    assert!(!has_state);
    // One that is required, after it.
    let required = parsed(&texts[4..]);
    let policy = ImaPolicy::new(&allowed).require(&required);
    let found = resumed(&before.quoted(), &before.bytes(), Some(&policy), None).unwrap();
    assert!(found.1.unwrap().check().is_err() && found.2.is_none());
}

#[test]
fn i9_changed_state_is_refused() {
    let list = full();
    let texts = texts(&list);
    let allowed = parsed(&texts);
    let allowed: &[ImaDigest<'_>] = &allowed;
    let policy = ImaPolicy::new(&allowed).dangerous_allow_violations();
    let banks = [(SHA1, Rule::Own), (SHA384, Rule::Padded)];
    for policy in [None, Some(&policy)] {
        let (_, _, state) = resumed(&list.quote(&banks), &list.bytes(), policy, None).unwrap();
        let state = state.unwrap();
        let bytes = written(&state);
        assert_eq!(written(&kept(&state)), bytes);
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 1 << (at % 8);
            let error = ImaState::from_bytes(&bad).unwrap_err();
            assert_eq!(error.problem_name(), "ima-state-form", "{at}");
            assert!(ImaState::from_bytes(&bytes[..at]).is_err());
            // Nothing but its form: the digest at its end is that of the rest.
            let end = bad.len() - 32;
            let digest = hash(SHA256, &bad[..end]);
            bad[end..].copy_from_slice(&digest);
            if let Ok(state) = ImaState::from_bytes(&bad) {
                assert_eq!(written(&state), bad);
            }
            let mut small = vec![0; at];
            assert!(state.write(&mut small).is_err());
        }
        let long = [&bytes[..], &[0]].concat();
        assert!(ImaState::from_bytes(&long).is_err());
    }
}
