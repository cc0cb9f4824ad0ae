//! Logs of three of our machines, in which each event is changed in every way that leaves the
//! log readable: none makes a replay say what the genuine log does not.
//!
//! Types and data are not covered by the values of PCRs, so most of these logs replay. Facts may
//! become unknown, and texts may be missing; but what is known is what it was, except for what
//! `docs/boot-logs.md` says that a policy cannot tell.

use std::{collections::BTreeSet, fmt::Debug};

use tpm_quote::{
    TpmAlgId, VerifiedQuote,
    log::{CommandLineSource, EventLog, Fact, Logs, ProvenEvent, Replay, Rule},
};

use crate::{
    machine::{Machine, here},
    made::{NO_ACTION, event, sha1_event},
    second::{self, Event},
};

/// Something that a fact says: what has to be the same, and what may also be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    said: String,
    detail: Option<String>,
}

impl Item {
    fn of(said: impl Debug) -> Self {
        Self {
            said: format!("{said:?}"),
            detail: None,
        }
    }

    fn with(self, detail: Option<&[u8]>) -> Self {
        Self {
            detail: detail.map(|bytes| bytes.escape_ascii().to_string()),
            ..self
        }
    }

    fn is_at_most(&self, genuine: &Self) -> bool {
        self.said == genuine.said && (self.detail.is_none() || self.detail == genuine.detail)
    }
}

/// What is known, or `None`.
type Known = Option<Vec<Item>>;

/// All that a replay says, without numbers of events, which are places in the log.
fn facts(replay: &Replay<'_>) -> Vec<(String, Known)> {
    let mut facts = Vec::new();
    let mut add = |name: &str, known: Known| facts.push((name.to_owned(), known));
    let one = |fact: Option<String>| fact.map(|said| vec![Item::of(said)]);
    let named = |fact: Option<&'static str>| one(fact.map(str::to_owned));
    add(
        "secure_boot",
        named(replay.secure_boot().known().map(|it| it.name())),
    );
    let validation = replay.mok_validation().known();
    add("mok_validation", named(validation.map(|it| it.name())));
    for (name, fact) in [
        ("pk", replay.pk()),
        ("kek", replay.kek()),
        ("db", replay.db()),
        ("dbx", replay.dbx()),
        ("dbt", replay.dbt()),
    ] {
        let fact = fact.known();
        let item = |contents| Item::of(name).with(Some(contents));
        add(name, fact.map(|it| vec![item(it.contents())]));
    }
    let sbat = replay.sbat_level().known();
    add(
        "sbat_level",
        sbat.map(|it| vec![Item::of("").with(Some(it))]),
    );
    add(
        "authorities",
        list(replay.authorities(), |it| {
            let variable = it.variable();
            let name = variable.name().to_string();
            let said = (variable.guid(), name, variable.contents(), it.side());
            Item::of((said, it.owner(), it.certificate(), it.is_state()))
        }),
    );
    let digests = |digests: &mut dyn Iterator<Item = (TpmAlgId, &[u8])>| {
        let digests = digests.map(|(bank, digest)| (bank, digest.to_vec()));
        digests.collect::<Vec<_>>()
    };
    add(
        "images",
        list(replay.images(), |it| {
            Item::of((digests(&mut it.digests()), it.side()))
        }),
    );
    add(
        "drivers",
        list(replay.drivers(), |it| {
            Item::of((digests(&mut it.digests()), it.side()))
        }),
    );
    add(
        "command_lines",
        list(replay.command_lines(), |it| {
            let said = (it.proven_by(), digests(&mut it.event().digests()));
            // In whatever encoding.
            let text = it.text().map(|text| text.to_string());
            Item::of(said).with(text.as_ref().map(String::as_bytes))
        }),
    );
    add(
        "sections",
        list(replay.sections(), |it| {
            let name = it.name().to_string();
            Item::of((name, digests(&mut it.event().digests())))
        }),
    );
    add(
        "mok_events",
        list(replay.mok_events(), |it| {
            Item::of(digests(&mut it.event().digests()))
        }),
    );
    let attempts = replay.boot_attempts().known();
    add("boot_attempts", one(attempts.map(|it| format!("{it:?}"))));
    let exit = replay.exit_boot_services().known();
    add("exit_boot_services", named(exit.map(|it| it.name())));
    for pcr in 0..16 {
        let separator = replay.separator(pcr).known();
        add(
            &format!("separator of {pcr}"),
            named(separator.map(|it| it.name())),
        );
        add(
            &format!("actions of {pcr}"),
            list(replay.actions(pcr), |it| {
                Item::of((it.text().to_string(), it.side(), it.is_weakening()))
            }),
        );
        let events = replay.events().filter(|event| event.pcr() == pcr);
        let events = events.map(|event| {
            let proven = event.proven();
            is_hashed(&event);
            let bytes = proven.bytes().map(|bytes| {
                // With and without the zeros at its end it is the same text.
                let end = bytes.iter().rposition(|byte| *byte != 0);
                &bytes[..end.map_or(0, |end| end + 1)]
            });
            Item::of(digests(&mut event.digests())).with(bytes)
        });
        let is_known = replay.pcr_is_known(pcr).is_known();
        add(
            &format!("events of {pcr}"),
            is_known.then(|| events.collect()),
        );
    }
    facts
}

fn list<T>(fact: Fact<impl Iterator<Item = T>>, item: impl Fn(T) -> Item) -> Known {
    Some(fact.known()?.map(item).collect())
}

/// What is proven has the digests of the event.
fn is_hashed(event: &ProvenEvent<'_>) {
    let proven = event.proven();
    let Some(bytes) = proven.bytes() else {
        return;
    };
    let hashed = match proven.rule() {
        Rule::GrubTextWithZero => [bytes, &[0]].concat(),
        // In UTF-16.
        Rule::SectionName => bytes.iter().step_by(2).copied().chain([0]).collect(),
        _ => bytes.to_vec(),
    };
    for (bank, digest) in event.digests() {
        let found = second::hash(bank.0, &[&hashed]).unwrap();
        assert_eq!(found, digest, "{proven:?}");
    }
}

/// How a changed log came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Refused,
    /// It says all that the genuine log says.
    Same,
    /// It says less.
    Less,
    /// It says something that the documentation names.
    Residual,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    refused: u32,
    same: u32,
    less: u32,
    residual: u32,
}

impl Count {
    fn replays(self) -> u32 {
        self.same + self.less + self.residual
    }

    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Refused => self.refused += 1,
            Outcome::Same => self.same += 1,
            Outcome::Less => self.less += 1,
            Outcome::Residual => self.residual += 1,
        }
    }
}

/// A machine whose quote is verified, and what its own log says.
struct Subject<'q> {
    quote: &'q VerifiedQuote<'q>,
    name: &'q str,
    events: Vec<Event>,
    genuine: Vec<(String, Known)>,
}

/// The log of these events.
fn written(events: &[Event]) -> Vec<u8> {
    let mut log = Vec::new();
    for (number, of) in events.iter().enumerate() {
        log.extend(match number {
            0 => {
                let digest = of.digests[0].1.as_slice().try_into().unwrap();
                sha1_event(of.pcr, of.kind, digest, &of.data)
            }
            _ => event(of.pcr, of.kind, &of.digests, &of.data),
        });
    }
    log
}

impl Subject<'_> {
    /// Judges the log of these events. `at` are the PCRs in which something was changed.
    #[track_caller]
    fn judge(&self, events: &[Event], at: &[u32]) -> Outcome {
        let log = written(events);
        let Ok(log) = EventLog::parse(&log) else {
            return Outcome::Refused;
        };
        let replay = match self.quote.replay(&Logs::new().firmware(log)) {
            Ok(replay) => replay,
            Err(error) => {
                let names = [
                    "log-mismatch",
                    "log-unexplained",
                    "log-unsupported",
                    "log-event",
                ];
                assert!(names.contains(&error.problem_name()), "{error}");
                return Outcome::Refused;
            }
        };
        let mut outcome = Outcome::Same;
        let found = facts(&replay);
        assert_eq!(found.len(), self.genuine.len());
        for ((name, found), (of, genuine)) in found.iter().zip(&self.genuine) {
            assert_eq!(name, of);
            match (found, genuine) {
                _ if found == genuine => {}
                (None, Some(_)) => outcome = outcome.at_least(Outcome::Less),
                (Some(found), Some(genuine)) if is_less(found, genuine) => {
                    outcome = outcome.at_least(Outcome::Less);
                }
                // Another event of the log may have what was hashed.
                (Some(found), Some(genuine))
                    if name.starts_with("events of") && is_less(genuine, found) => {}
                (Some(found), Some(genuine)) if is_residual(name, found, genuine, at) => {
                    outcome = Outcome::Residual;
                }
                _ => panic!(
                    "{}, change in PCRs {at:?}: {name} is {found:#?}, and was {genuine:#?}",
                    self.name
                ),
            }
        }
        outcome
    }
}

impl Outcome {
    fn at_least(self, other: Self) -> Self {
        match self {
            Self::Residual => self,
            _ => other,
        }
    }
}

fn is_less(found: &[Item], genuine: &[Item]) -> bool {
    found.len() == genuine.len()
        && found
            .iter()
            .zip(genuine)
            .all(|(found, genuine)| found.is_at_most(genuine))
}

/// What `docs/boot-logs.md` says that a policy cannot tell: by their digests alone, the options of
/// a kernel that GRUB started are one of the files that GRUB read, and a text of systemd-boot is
/// one of the add-ons and credentials. The line is missing, and all others are there, with
/// one that says what the kernel was given.
fn is_residual(name: &str, found: &[Item], genuine: &[Item], at: &[u32]) -> bool {
    let is_of = |item: &Item, source: CommandLineSource| {
        let source = format!("({source:?}, ");
        item.said.starts_with(&source)
    };
    let (missing, other) = match at {
        [9, 9] => (CommandLineSource::EfiStub, CommandLineSource::Grub),
        [12, 12] => (CommandLineSource::SystemdBoot, CommandLineSource::EfiStub),
        _ => return false,
    };
    let mut left = genuine.to_vec();
    let at = left.iter().position(|item| is_of(item, missing));
    let removed = at.map(|at| left.remove(at));
    name == "command_lines"
        && removed.is_some()
        && left == found
        && found.iter().any(|item| is_of(item, other))
}

/// Calls `test` for machines with different chains of boot loaders.
fn subjects(mut test: impl FnMut(&Subject<'_>)) {
    for name in ["01-secureboot-grub", "03-sdboot-uki", "05-efistub-shell"] {
        let machine = Machine::new(here().join(name));
        let log = machine.file("eventlog.bin");
        let (events, tail) = second::read(&log).unwrap();
        assert_eq!((written(&events), tail), (log.clone(), 0));
        let quotes = machine.quotes();
        let all = |quote: &&crate::machine::Quoted| quote.name.ends_with("rsa-sha256-0to14");
        let quote = quotes.iter().find(all).unwrap();
        quote.verified(|quote| {
            let log = EventLog::parse(&log).unwrap();
            let replay = quote.replay(&Logs::new().firmware(log)).unwrap();
            let genuine = facts(&replay);
            // Nothing that can be known of these machines is unknown before.
            let known = genuine.iter().filter(|(_, known)| known.is_some());
            let known: BTreeSet<_> = known.map(|(name, _)| &name[..]).collect();
            for name in [
                "secure_boot",
                "db",
                "images",
                "command_lines",
                "authorities",
            ] {
                assert!(known.contains(name), "{name}");
            }
            test(&Subject {
                quote,
                name,
                events,
                genuine,
            });
        });
    }
}

/// Changes one event at a time, in the ways that `change` gives.
fn changed(change: impl Fn(&Event, &[Event]) -> Vec<Event>) -> Count {
    let mut count = Count::default();
    subjects(|subject| {
        for at in 0..subject.events.len() {
            let genuine = &subject.events[at];
            let mut events = subject.events.clone();
            for event in change(genuine, &subject.events) {
                let pcrs = [genuine.pcr, event.pcr];
                if event == *genuine {
                    continue;
                }
                events[at] = event;
                count.add(subject.judge(&events, &pcrs));
            }
        }
    });
    println!("{count:?}");
    count
}

#[test]
fn l2_event_of_another_type_says_nothing_new() {
    let count = changed(|event, all| {
        let kinds: BTreeSet<u32> = all.iter().map(|event| event.kind).collect();
        let odd = [0, 1, 0xffff_ffff];
        let kinds = kinds.into_iter().chain(odd);
        let kinds = kinds.map(|kind| Event {
            kind,
            ..event.clone()
        });
        kinds.collect()
    });
    assert!(
        count.refused > 0 && count.same > 0 && count.less > 0,
        "{count:?}"
    );
    assert!(count.replays() > 1000 && count.residual == 0, "{count:?}");
}

#[test]
fn l2_event_of_another_pcr_is_refused() {
    let count = changed(|event, _| {
        let pcrs = (0..25).map(|pcr| Event {
            pcr,
            ..event.clone()
        });
        pcrs.collect()
    });
    // What extends nothing may be of any. The only event of PCR 9 can go to one that is not quoted.
    assert_eq!(count.less, 9, "{count:?}");
    assert!(count.same == 3 * 24 && count.residual == 0, "{count:?}");
    assert!(count.refused > 2000, "{count:?}");
}

#[test]
fn l3_event_with_other_data_says_nothing_new() {
    let count = changed(|event, _| {
        let len = event.data.len();
        // In long lists, not every byte.
        let step = 1 + len / 256;
        let flips = (0..len).step_by(step).chain(len.saturating_sub(20)..len);
        let flips = flips.map(|at| {
            let mut data = event.data.clone();
            data[at] ^= 1 << (at % 8);
            data
        });
        let ends = (0..=len.min(20)).map(|cut| event.data[..len - cut].to_vec());
        let longer = [&[0][..], &[0, 0], b"x", &[0; 6]];
        let longer = longer.map(|more| [&event.data, more].concat());
        let data = flips.chain(ends).chain(longer);
        let events = data.map(|data| Event {
            data,
            ..event.clone()
        });
        events.collect()
    });
    assert!(
        count.refused > 0 && count.same > 0 && count.less > 0,
        "{count:?}"
    );
    assert!(count.replays() > 5000, "{count:?}");
}

/// The strongest that can be done to what the values of PCRs do not cover.
#[test]
fn l3_event_with_type_and_data_of_another_says_nothing_new() {
    let count = changed(|event, all| {
        let others = all.iter().map(|other| Event {
            kind: other.kind,
            data: other.data.clone(),
            ..event.clone()
        });
        others.collect()
    });
    assert!(
        count.refused > 0 && count.same > 0 && count.less > 0,
        "{count:?}"
    );
    assert!(count.replays() > 4000 && count.residual > 0, "{count:?}");
}

#[test]
fn l1_event_that_is_missing_doubled_or_moved_says_nothing_new() {
    let mut count = Count::default();
    subjects(|subject| {
        let all = &subject.events;
        for at in 0..all.len() {
            let extends = all[at].kind != NO_ACTION;
            let pcrs = [all[at].pcr];
            let mut events = all.clone();
            let event = events.remove(at);
            let outcome = subject.judge(&events, &pcrs);
            // Of which nothing is left in the log.
            let is_unexplained = pcrs[0] > 7 && events.iter().all(|other| other.pcr != pcrs[0]);
            let expected = match (extends || at == 0, is_unexplained) {
                (true, false) => Outcome::Refused,
                (true, true) => Outcome::Less,
                (false, _) => Outcome::Same,
            };
            assert_eq!(outcome, expected, "{at}");
            count.add(outcome);
            for to in 0..all.len() {
                let mut doubled = all.clone();
                let copy = Event {
                    digests: event.digests.clone(),
                    data: event.data.clone(),
                    ..event
                };
                doubled.insert(to, copy.clone());
                let outcome = subject.judge(&doubled, &pcrs);
                assert!(outcome == Outcome::Refused || !extends, "{at} {to}");
                count.add(outcome);
                let mut moved = events.clone();
                moved.insert(to, copy);
                count.add(subject.judge(&moved, &pcrs));
            }
        }
    });
    println!("{count:?}");
    assert!(count.refused > 5000 && count.same > 1000, "{count:?}");
    assert!(count.less == 1 && count.residual == 0, "{count:?}");
}

/// What the digests of events cover is kept for as many events as most logs have, and found anew in
/// those that follow: 128 events that extend nothing are in front of some of them, or all.
#[test]
fn long_log_says_what_a_short_one_does() {
    subjects(|subject| {
        for at in 1..subject.events.len() {
            let mut events = subject.events.clone();
            let nothing = Event {
                kind: NO_ACTION,
                ..events[1].clone()
            };
            let rest = events.split_off(at);
            events.extend(core::iter::repeat_n(nothing, 128));
            events.extend(rest);
            assert_eq!(subject.judge(&events, &[]), Outcome::Same, "{at}");
        }
    });
}
