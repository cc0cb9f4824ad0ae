//! IMA lists of our own machines against their quotes, in `tests/data` and where
//! `TPM_QUOTE_CORPUS` is. What a quote proves of each list, another program computed.

use std::path::PathBuf;

use serde_json::Value;
use tpm_quote::{
    Check, Error,
    log::{BootAggregate, EventLog, ImaList, Logs, PcrState, ProvenIma, UserspaceLog},
};

use crate::{
    common::alg,
    corpus, ima_second,
    machine::{self, Machine, Quoted},
};

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/ima")
}

/// The machines of the repository that have lists.
fn ours() -> Vec<Machine> {
    let mut machines = Machine::all(here());
    let boot = Machine::all(machine::here()).into_iter();
    machines.extend(boot.filter(|machine| machine.json["ima"].is_array()));
    machines
}

/// The files of a list: binary, in ASCII, and for each bank.
fn files(list: &Value) -> Vec<String> {
    let binary = list["file"].as_str().unwrap().to_owned();
    let stem = binary.strip_suffix(".bin").unwrap().to_owned();
    let banks = list["per_algorithm_lists"].as_array().into_iter().flatten();
    // That of SHA-1 is the list without a name.
    let banks = banks
        .map(|bank| bank.as_str().unwrap())
        .filter(|bank| *bank != "sha1");
    let banks = banks.map(|bank| format!("{stem}_{bank}.bin"));
    let ascii = list["ascii"].as_str().map(str::to_owned);
    [binary.clone()]
        .into_iter()
        .chain(ascii)
        .chain(banks)
        .collect()
}

fn read<'b>(name: &str, bytes: &'b [u8]) -> Result<ImaList<'b>, Error> {
    let list = ImaList::parse(bytes);
    if name.ends_with(".ascii") {
        assert_eq!(
            format!("{list:?}"),
            format!("{:?}", ImaList::ascii(bytes)),
            "{name}"
        );
    }
    list
}

/// What is proven, in each bank of the quote.
fn is_as_computed(quote: &Quoted, list: &Value, expected: &Value, found: &ProvenIma<'_>) {
    let entries = list["entries"].as_u64().unwrap();
    assert_eq!(u64::from(found.total()), entries, "{}", quote.name);
    let mut banks = 0;
    for (name, proven) in expected.as_object().unwrap() {
        if !name.starts_with("sha") {
            continue;
        }
        assert_eq!(Some(u64::from(found.proven())), proven.as_u64());
        let rule = list["extend_rule"][name].as_str().unwrap();
        let strength = found.strength(alg(name)).unwrap().name();
        assert_eq!(
            (rule, strength),
            match rule {
                "own" => ("own", "own"),
                _ => ("padded", "padded-sha1"),
            }
        );
        banks += 1;
    }
    assert_eq!(found.strengths().count(), banks);
    assert_eq!(found.tail_entries(), found.total() - found.proven());
    let violations = list["violations"].as_array().unwrap().len();
    assert_eq!(found.violations() as usize, violations);
}

/// The digest of the first entry, if the quote covers what it is of.
fn aggregate(quote: &Quoted, list: &Value) -> BootAggregate {
    let bank = alg(list["boot_aggregate"]["alg"].as_str().unwrap());
    let is_quoted = |wanted: u8| {
        let mut values = quote.values.iter();
        values.any(|(known, index, _)| *known == bank && *index == wanted)
    };
    match list["boot_aggregate"]["over"].as_str().unwrap() {
        "PCR 0-9" if (0..10).all(is_quoted) => BootAggregate::Same,
        "PCR 0-7" if (0..8).all(is_quoted) => BootAggregate::Same,
        _ => BootAggregate::NotQuoted,
    }
}

fn replays(machines: &[Machine]) -> (usize, usize) {
    let (mut proven, mut refused) = (0, 0);
    for machine in machines {
        for list in machine.json["ima"].as_array().unwrap() {
            for name in files(list) {
                let bytes = machine.file(&name);
                let read = match read(&name, &bytes) {
                    Ok(read) => read,
                    Err(error) => {
                        // Line breaks in names.
                        assert_eq!(machine.name(), "11-ima-odd-names");
                        assert_eq!((&*name, error.problem_name()), ("ima.ascii", "ima-entry"));
                        refused += 1;
                        continue;
                    }
                };
                if !read.is_ascii() {
                    ima_second::both_agree(&bytes);
                }
                for quote in machine.quotes() {
                    let expected = quote.ima.iter().find(|of| of["file"] == list["file"]);
                    let Some(expected) = expected else { continue };
                    let result = quote.replay(&Logs::new().ima(read));
                    match expected["expect"].as_str().unwrap() {
                        "match" | "prefix" => {
                            let replay = result.unwrap_or_else(|e| panic!("{}: {e}", quote.name));
                            let found = replay.ima().unwrap();
                            is_as_computed(&quote, list, expected, found);
                            let suffixed = ["13", "19"].contains(&&machine.name()[..2]);
                            if !suffixed {
                                let expected = aggregate(&quote, list);
                                assert_eq!(found.boot_aggregate(), expected, "{}", quote.name);
                            }
                            for (bank, index, value) in &quote.values {
                                let state = replay.pcr_state(*bank, *index);
                                let is_zero = value.iter().all(|byte| *byte == 0);
                                let expected = match index {
                                    10 => PcrState::Explained,
                                    8.. if is_zero => PcrState::NeverExtended,
                                    _ => PcrState::Unexplained,
                                };
                                assert_eq!(state, expected, "{} {index}", quote.name);
                            }
                            proven += 1;
                        }
                        "fail" => {
                            let error = result.unwrap_err();
                            assert_eq!(error.problem_name(), "ima-mismatch", "{error}");
                            assert_eq!(error.check(), Check::Ima);
                            refused += 1;
                        }
                        other => panic!("{other}"),
                    }
                }
            }
        }
    }
    (proven, refused)
}

#[test]
fn lists_of_our_machines_replay_to_their_quotes() {
    let machines = ours();
    assert_eq!(machines.len(), 12);
    let (proven, refused) = replays(&machines);
    assert!(proven >= 50 && refused >= 3, "{proven} {refused}");
}

#[test]
fn lists_of_more_machines_replay_to_their_quotes() {
    if let Some(folder) = corpus::folder("boot") {
        let machines = Machine::all(folder);
        let (proven, refused) = replays(&machines);
        println!(
            "{} machines: {proven} lists proven by quotes, {refused} refused",
            machines.len()
        );
        assert!(machines.len() >= 17 && proven >= 300 && refused >= 19);
    }
}

/// With the firmware's log, the aggregate is also that of machines that extended PCRs later.
#[test]
fn all_logs_together_explain_the_aggregate() {
    for name in [
        "01-secureboot-grub",
        "13-os-separator",
        "15-trixie-secureboot",
        "19-systemd262-uki",
    ] {
        let machine = Machine::new(machine::here().join(name));
        let (log, list) = (machine.file("eventlog.bin"), machine.file("ima.bin"));
        let later = name
            .starts_with("19")
            .then(|| machine.file("tpm2-measure.log"));
        for quote in machine.quotes() {
            let mut logs = Logs::new()
                .firmware(EventLog::parse(&log).unwrap())
                .ima(ImaList::binary(&list).unwrap())
                .allow_suffix(tpm_quote::log::Suffix::OsSeparator);
            if let Some(later) = &later {
                logs = logs.userspace(UserspaceLog::parse(later).unwrap());
            }
            let replay = quote
                .replay(&logs)
                .unwrap_or_else(|e| panic!("{}: {e}", quote.name));
            let expected = aggregate(&quote, &machine.json["ima"][0]);
            let found = replay.ima().unwrap();
            assert_eq!(found.boot_aggregate(), expected, "{}", quote.name);
            assert_eq!(
                replay.unexplained_pcrs().iter().count(),
                0,
                "{}",
                quote.name
            );
            // Without the log of what came later, the quoted values are others.
            let alone = quote.replay(&Logs::new().ima(ImaList::binary(&list).unwrap()));
            let alone = alone.unwrap().ima().unwrap().boot_aggregate();
            let is_later = name.starts_with("13") || name.starts_with("19");
            if is_later && expected == BootAggregate::Same {
                assert_eq!(alone, BootAggregate::Differs);
            } else {
                assert_eq!(alone, expected);
            }
        }
    }
}

/// The kernel that kexec started did not get the list of the first one: the two together are
/// the list of PCR 10, and neither of them alone.
#[test]
fn lists_on_both_sides_of_kexec_are_one() {
    let machine = Machine::new(here().join("23-kexec"));
    let (first, second) = (
        machine.file("ima-first-kernel.bin"),
        machine.file("ima.bin"),
    );
    let both = [&first[..], &second].concat();
    for quote in machine.quotes() {
        for list in [&first, &second] {
            let logs = Logs::new().ima(ImaList::binary(list).unwrap());
            let error = quote.replay(&logs).unwrap_err();
            assert_eq!(error.problem_name(), "ima-mismatch");
        }
        let logs = Logs::new().ima(ImaList::binary(&both).unwrap());
        let replay = quote.replay(&logs).unwrap();
        let found = replay.ima().unwrap();
        let entries = machine.json["kexec"]["entries"].as_u64().unwrap() + 57;
        assert_eq!(u64::from(found.proven()), entries);
        let aggregates = found
            .entries()
            .filter(|entry| entry.name() == Some(b"boot_aggregate"));
        let aggregates: Vec<_> = aggregates.map(|entry| entry.is_boot_aggregate()).collect();
        // The second is that of the first, once more.
        assert_eq!(aggregates, [true, true]);
    }
}

/// Spaces at the end of lines are lost on the way, in an editor or in a script: without them
/// the list is the same, because the template tells which fields there are.
#[test]
fn spaces_before_empty_fields_may_be_missing_at_the_end_of_a_line() {
    for (name, missing) in [("08-ima-sig", 40), ("14-ima-evm-sig", 1)] {
        let machine = Machine::new(here().join(name));
        let binary = machine.file("ima.bin");
        let text = String::from_utf8(machine.file("ima.ascii")).unwrap();
        let mut changed = 0;
        let stripped = text.lines().map(|line| {
            changed += usize::from(line.ends_with(' '));
            format!("{}\n", line.trim_end())
        });
        let stripped: String = stripped.collect();
        assert!(changed >= missing, "{name}: {changed}");
        let whole = ImaList::binary(&binary).unwrap();
        let read = ImaList::ascii(stripped.as_bytes()).unwrap();
        assert_eq!(read.count(), whole.count());
        for quote in machine.quotes() {
            let expected = quote.replay(&Logs::new().ima(whole));
            let found = quote.replay(&Logs::new().ima(read));
            match (found, expected) {
                (Ok(found), Ok(expected)) => {
                    let [found, expected] = [found, expected].map(|replay| {
                        let ima = replay.ima().unwrap();
                        let digests = ima.entries().map(|entry| entry.digest());
                        (format!("{ima:?}"), digests.count())
                    });
                    assert_eq!(found, expected, "{}", quote.name);
                }
                (Err(found), Err(expected)) => {
                    assert_eq!(found.problem_name(), expected.problem_name());
                }
                (found, expected) => panic!("{}: {found:?}, {expected:?}", quote.name),
            }
        }
    }
}

#[test]
fn nothing_else_of_a_line_may_be_missing() {
    let machine = Machine::new(here().join("08-ima-sig"));
    let text = String::from_utf8(machine.file("ima.ascii")).unwrap();
    let signed = text.lines().find(|line| line.contains(" 0302")).unwrap();
    // Without its signature a line has the form of one, and another template digest.
    let (unsigned, _) = signed.rsplit_once(' ').unwrap();
    let other = text.replace(signed, unsigned);
    let list = ImaList::ascii(other.as_bytes()).unwrap();
    assert_eq!(list.count() as usize, text.lines().count());
    for quote in machine.quotes() {
        let error = quote.replay(&Logs::new().ima(list)).unwrap_err();
        assert_eq!(error.problem_name(), "ima-digest");
    }

    let first = text.lines().next().unwrap().trim_end();
    let words: Vec<&str> = first.split(' ').collect();
    let evm = first.replace("ima-sig", "evm-sig");
    for (line, at) in [
        // The name is never empty.
        (words[..4].join(" "), "ima-sig without a name"),
        (words[..3].join(" "), "ima-sig without fields"),
        (format!("{} ", words[..4].join(" ")), "an empty name"),
        // Some spaces, and not all that there are.
        (format!("{evm} "), "evm-sig with one space"),
        (format!("{evm}      "), "evm-sig with all but one"),
        (format!("{evm}        "), "evm-sig with one too many"),
        (format!("{first}  "), "ima-sig with one too many"),
        (
            first.replace("ima-sig", "ima-ng") + " ",
            "ima-ng with one too many",
        ),
    ] {
        let line = format!("{line}\n");
        let error = ImaList::ascii(line.as_bytes()).unwrap_err();
        assert_eq!(error.problem_name(), "ima-entry", "{at}");
    }
    for line in [
        evm.clone(),
        format!("{evm}       "),
        first.to_owned(),
        format!("{first} "),
    ] {
        let line = format!("{line}\n");
        let list = ImaList::ascii(line.as_bytes());
        assert_eq!(list.unwrap().count(), 1, "{line:?}");
    }
}
