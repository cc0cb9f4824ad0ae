//! L: boot logs. See also `tests/logs`.

use std::fs;

use tpm_quote::{
    Check, Error, TpmAlgId, Verdict,
    log::{EventLog, Logs, PcrState, Suffix, UserspaceLog},
};

use super::{
    boot::{ACTION, BANKS, Boot, Event, H_CRTM, NO_ACTION, SEPARATOR, replay, replay_then},
    forge::{SHA1, SHA256, SHA384, SHA512, hash},
};

pub fn log_of(machine: &str) -> Vec<u8> {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/tests/data/boot/{machine}/eventlog.bin");
    fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Logs of three firmwares, for which every byte is tried.
pub const THREE: [&str; 3] = ["05-efistub-shell", "03-sdboot-uki", "19-systemd262-uki"];

#[test]
fn l10_log_that_is_cut_at_any_byte_is_refused_or_has_whole_events() {
    for machine in THREE {
        let log = log_of(machine);
        let whole = EventLog::parse(&log).unwrap();
        let starts: Vec<usize> = whole.events().map(|e| e.offset() as usize).collect();
        let mut refused = 0;
        for len in 0..log.len() {
            let cut = &log[..len];
            let is_end = len > 0 && starts.contains(&len);
            match EventLog::parse(cut) {
                Ok(cut) => {
                    assert!(is_end, "{machine} cut to {len} bytes");
                    assert_eq!(
                        cut.events().count(),
                        starts.iter().position(|at| *at == len).unwrap()
                    );
                }
                Err(error) => {
                    assert!(!is_end, "{machine} cut to {len} bytes: {error}");
                    assert!(error.offset().is_some_and(|at| at <= len), "{error}");
                    let name = error.problem_name();
                    assert!(
                        ["log-truncated", "log-tail", "log-empty"].contains(&name),
                        "{error}"
                    );
                    refused += 1;
                }
            }
            // With leave for padding, what is read is counted to the last byte.
            if let Ok(cut) = EventLog::parse_padded(cut) {
                let end = len - cut.tail_bytes();
                assert!(
                    starts.contains(&end) && end > 0,
                    "{machine} cut to {len} bytes"
                );
            }
        }
        assert_eq!(refused, log.len() - starts.len() + 1, "{machine}");
    }
}

#[test]
fn l10_sizes_and_counts_beyond_the_log_are_refused_where_they_stand() {
    for machine in THREE {
        let log = log_of(machine);
        let events: Vec<(usize, usize)> = EventLog::parse(&log)
            .unwrap()
            .events()
            .skip(1)
            .map(|e| (e.offset() as usize, e.data().len()))
            .collect();
        let mut ends: Vec<usize> = events.iter().skip(1).map(|(at, _)| *at).collect();
        ends.push(log.len());
        for ((start, len), end) in events.into_iter().zip(ends) {
            let size = end - len - 4;
            let rest = u32::try_from(log.len() - size - 4).unwrap();
            for value in [u32::MAX, 1 << 31, rest + 1] {
                let mut log = log.clone();
                log[size..size + 4].copy_from_slice(&value.to_le_bytes());
                let error = EventLog::parse_padded(&log).unwrap_err();
                let found = (error.problem_name(), error.offset());
                assert_eq!(found, ("log-truncated", Some(size + 4)), "{error}");
            }
            for count in [u32::MAX, 1 << 31, 5] {
                let mut log = log.clone();
                log[start + 8..start + 12].copy_from_slice(&count.to_le_bytes());
                let error = EventLog::parse_padded(&log).unwrap_err();
                let found = (error.problem_name(), error.offset());
                assert_eq!(found, ("log-event", Some(start)), "{error}");
            }
        }
    }
}

#[test]
fn l10_padding_is_refused_unless_it_is_allowed_and_then_it_is_counted() {
    for machine in THREE {
        for byte in [0, 0xff] {
            let mut log = log_of(machine);
            let len = log.len();
            log.resize(len + 1000, byte);
            let error = EventLog::parse(&log).unwrap_err();
            let found = (error.problem_name(), error.offset());
            assert_eq!(found, ("log-tail", Some(len)), "{error}");
            assert_eq!(EventLog::parse_padded(&log).unwrap().tail_bytes(), 1000);
            // With another byte in it, it is no padding up to that byte: zeros may be events
            // that extend PCR 0 with nothing, which no quote explains.
            for at in [0, 1, 500, 999] {
                let mut log = log.clone();
                log[len + at] = 0x5a;
                match EventLog::parse_padded(&log) {
                    Ok(log) => assert!(byte == 0 && log.tail_bytes() < 1000 - at),
                    Err(error) => assert!(error.offset() >= Some(len), "{error}"),
                }
            }
        }
    }
}

/// The logs do not explain the quote, for this reason.
#[track_caller]
fn refused(result: Result<(), Error>, name: &str, text: &str) {
    let error = result.unwrap_err();
    let found = (error.problem_name(), error.check(), error.verdict());
    assert_eq!(found, (name, Check::BootLog, Verdict::Rejected), "{error}");
    assert!(error.to_string().contains(text), "{error}");
}

#[test]
fn forged_machine_is_believed_before_anything_is_changed() {
    let boot = Boot::new();
    let count = replay_then(&boot.whole(), &boot.log(), |replay| {
        for index in 0..16 {
            let expected = match index {
                0..=9 | 11 | 14 => PcrState::Explained,
                _ => PcrState::NeverExtended,
            };
            for bank in [TpmAlgId::SHA256, TpmAlgId::SHA384] {
                assert_eq!(replay.pcr_state(bank, index), expected);
            }
        }
        assert!(replay.unexplained_pcrs().is_empty());
        replay.events().count()
    });
    assert_eq!(count.unwrap(), boot.events.len());
}

#[test]
fn l1_pcr_whose_events_are_all_deleted_is_refused_or_unexplained() {
    let boot = Boot::new();
    for index in 0..16 {
        // There are events for it in the TPM, and none in the log.
        let mut machine = boot.clone();
        machine.measure(index, ACTION, b"hidden");
        let mut log = boot.clone();
        log.events.retain(|event| event.pcr != index);
        let index = index as u8;
        for (scene, bank) in [
            (machine.whole(), "sha256"),
            (machine.quote(&[SHA384], [index].into_iter()), "sha384"),
        ] {
            let result = replay_then(&scene, &log.log(), |replay| {
                for bank in [TpmAlgId::SHA256, TpmAlgId::SHA384] {
                    let quoted = scene.values.iter();
                    let mut quoted = quoted.filter(|(known, ..)| *known == bank.0);
                    if quoted.any(|(_, known, _)| *known == index) {
                        assert_eq!(replay.pcr_state(bank, index), PcrState::Unexplained);
                        assert!(replay.unexplained_pcrs().contains(bank, index));
                    }
                }
                assert!(replay.events().all(|event| event.pcr() != index));
            });
            match index {
                0..=7 => {
                    let text = format!("no events for {bank}:{index}, the quote has ");
                    refused(result, "log-unexplained", &text);
                }
                _ => result.unwrap(),
            }
        }
    }
}

#[test]
fn l1_pcr_of_the_firmware_that_was_never_extended_is_refused_too() {
    // Only PCR 7 was filled by whoever runs on the machine, with a good-looking log.
    let mut boot = Boot::new();
    boot.events.retain(|event| event.pcr == 7);
    let text = "no events for sha256:0, the quote has 0000";
    refused(replay(&boot.whole(), &boot.log()), "log-unexplained", text);
}

#[test]
fn l1_any_event_that_is_missing_moved_or_doubled_is_refused() {
    let boot = Boot::new();
    let scene = boot.whole();
    for at in 0..boot.events.len() {
        let mut log = boot.clone();
        let event = log.events.remove(at);
        refused(
            replay(&scene, &log.log()),
            "log-mismatch",
            "by the only event of the logs",
        );
        // Two events of one PCR in another order.
        log.events.push(event.clone());
        let is_last = boot.events[at + 1..]
            .iter()
            .all(|other| other.pcr != event.pcr);
        match is_last {
            true => replay(&scene, &log.log()).unwrap(),
            false => refused(
                replay(&scene, &log.log()),
                "log-mismatch",
                "by the 2 events",
            ),
        }
        let mut log = boot.clone();
        log.events.insert(at, event);
        refused(
            replay(&scene, &log.log()),
            "log-mismatch",
            "by the 3 events",
        );
        // A changed digest, in one bank.
        for bank in 0..2 {
            let mut log = boot.clone();
            log.events[at].digests[bank].1[5] ^= 1;
            let name = ["sha256:", "sha384:"][bank];
            refused(replay(&scene, &log.log()), "log-mismatch", name);
        }
    }
}

/// The boot, with these events in front: they extend nothing.
fn begun(events: &[(u32, &[u8])], locality: u8) -> Boot {
    let mut boot = Boot::new();
    boot.locality = locality;
    for (pcr, data) in events.iter().rev() {
        let event = Event::of(*pcr, NO_ACTION, &BANKS, data, data);
        boot.events.insert(0, event);
    }
    boot
}

#[test]
fn l5_startup_locality_is_where_pcr_0_begins() {
    for locality in [0, 3, 4] {
        for padding in [0, 1, 47] {
            let mut data = b"StartupLocality\0".to_vec();
            data.push(locality);
            data.resize(data.len() + padding, 0);
            let boot = begun(&[(0, &data)], locality);
            let found = replay_then(&boot.whole(), &boot.log(), |replay| {
                let found = replay.startup_locality().unwrap();
                (found.locality(), found.padding())
            });
            assert_eq!(found.unwrap(), (locality, padding));
            // Of a quote that does not cover PCR 0, it is nobody's word.
            let scene = boot.quote(&[SHA256], 1..8);
            let found = replay_then(&scene, &boot.log(), |replay| replay.startup_locality());
            assert_eq!(found.unwrap(), None);
            // The TPM began with another one.
            for other in [0, 3, 4].into_iter().filter(|other| *other != locality) {
                let machine = begun(&[(0, &data)], other);
                refused(
                    replay(&machine.whole(), &boot.log()),
                    "log-mismatch",
                    "sha256:0 is ",
                );
            }
        }
    }
}

#[test]
fn l5_late_second_or_odd_startup_locality_is_refused() {
    let of = |locality: u8| [&b"StartupLocality\0"[..], &[locality]].concat();
    let three = &of(3)[..];
    let text = "gives the locality at which the TPM was started";
    for (events, why) in [
        (
            vec![(0, three), (0, three)],
            "event 2 gives the locality at which the TPM was started for the second time",
        ),
        (vec![(0, three), (0, &of(0)[..])], " for the second time"),
        (vec![(0, &of(1)[..])], " as 1, expected 0, 3 or 4"),
        (vec![(0, &of(2)[..])], " as 2, expected 0, 3 or 4"),
        (vec![(0, &of(255)[..])], " as 255, expected 0, 3 or 4"),
        (
            vec![(0, &b"StartupLocality\0"[..])],
            " in another form than one byte and zeros",
        ),
        (
            vec![(0, &[three, &[0, 1]].concat()[..])],
            " in another form than one byte and zeros",
        ),
        (vec![(1, three)], " for PCR 1, expected PCR 0"),
        (
            vec![(u32::MAX, three)],
            " for PCR 4294967295, expected PCR 0",
        ),
    ] {
        // Whatever PCR 0 began with, and whether or not it is quoted.
        for locality in [0, 3] {
            let boot = begun(&events, locality);
            for scene in [boot.whole(), boot.quote(&[SHA256], 4..5)] {
                let result = replay(&scene, &boot.log());
                let error = *result.as_ref().unwrap_err();
                assert!(error.to_string().contains(text), "{error}");
                refused(result, "log-locality", why);
                // Where the event begins.
                assert!(error.offset().is_some_and(|at| at >= 69), "{error}");
            }
        }
    }
    // Late: after the first event that extends PCR 0, wherever that is.
    for at in 1..Boot::new().events.len() {
        let mut boot = Boot::new();
        boot.locality = 3;
        boot.events
            .insert(at, Event::of(0, NO_ACTION, &BANKS, three, three));
        refused(
            replay(&boot.whole(), &boot.log()),
            "log-locality",
            " after PCR 0 was extended",
        );
    }
    // Another text of an event that extends nothing is nobody's concern.
    let boot = begun(&[(0, b"StartupLocality 3"), (0, b"StartupLocality")], 0);
    replay(&boot.whole(), &boot.log()).unwrap();
}

#[test]
fn l5_measurement_by_hardware_begins_pcr_0_at_4_only_as_its_first_event() {
    let mut boot = Boot::new();
    boot.locality = 4;
    boot.events
        .insert(0, Event::of(0, H_CRTM, &BANKS, b"the S-CRTM", b"HCRTM"));
    replay(&boot.whole(), &boot.log()).unwrap();
    boot.events.swap(0, 1);
    refused(
        replay(&boot.whole(), &boot.log()),
        "log-mismatch",
        "sha256:0 is ",
    );
    boot.locality = 0;
    replay(&boot.whole(), &boot.log()).unwrap();
}

#[test]
fn l6_two_digests_of_one_bank_are_refused() {
    let boot = Boot::new();
    for at in 0..boot.events.len() {
        let mut log = boot.clone();
        // Room for a third digest.
        log.banks.push(SHA512);
        let digest = log.events[at].digests[0].clone();
        log.events[at].digests.push(digest);
        let error = EventLog::parse(&log.log()).unwrap_err();
        let text = format!("event {} has two digests of bank sha256", at + 1);
        assert!(error.to_string().ends_with(&text), "{error}");
        assert_eq!(error.problem_name(), "log-event");
    }
}

#[test]
fn l6_event_without_a_digest_of_the_quoted_bank_is_refused() {
    let boot = Boot::new();
    for at in 0..boot.events.len() {
        for (bank, name) in [(0, "sha256"), (1, "sha384")] {
            let mut log = boot.clone();
            log.events[at].digests.remove(bank);
            let index = boot.events[at].pcr;
            let text = format!(
                "event {} has no digest for {name}:{index}, which the quote covers",
                at + 1
            );
            refused(
                replay(&boot.whole(), &log.log()),
                "log-digest-missing",
                &text,
            );
            // Nor is it left out, as if the other events were all.
            let mut machine = boot.clone();
            machine.events.remove(at);
            let scene = machine.quote(&[BANKS[bank]], 0..16);
            refused(replay(&scene, &log.log()), "log-digest-missing", &text);
            // Where the quote does not cover it, it does not count.
            let other = [BANKS[1 - bank]];
            replay(&boot.quote(&other, 0..16), &log.log()).unwrap();
            let others = (0..16).filter(|other| u32::from(*other) != index);
            replay(&boot.quote(&BANKS, others), &log.log()).unwrap();
        }
    }
}

#[test]
fn l6_bank_that_events_of_the_system_do_not_have_was_never_extended_by_them() {
    // As Windows does where a bank is not active: the firmware measures into both.
    let mut boot = Boot::new();
    for event in boot.events.iter_mut().filter(|event| event.pcr == 14) {
        event.digests.remove(1);
    }
    let mut machine = boot.clone();
    machine.events.retain(|event| event.pcr != 14);
    let mut scene = boot.quote(&[SHA256], 0..16);
    scene.values.extend(
        machine
            .whole()
            .values
            .into_iter()
            .filter(|(bank, ..)| *bank == SHA384),
    );
    scene.select_values();
    replay_then(&scene, &boot.log(), |replay| {
        assert_eq!(replay.pcr_state(TpmAlgId::SHA256, 14), PcrState::Explained);
        assert_eq!(
            replay.pcr_state(TpmAlgId::SHA384, 14),
            PcrState::NeverExtended
        );
        // The banks do not agree, so nothing is proven.
        assert!(replay.events().all(|event| event.pcr() != 14));
    })
    .unwrap();
}

#[test]
fn l7_bank_that_the_firmware_did_not_extend_is_refused() {
    // The log has both banks, the TPM has zeros in one of them.
    let boot = Boot::new();
    let mut scene = boot.whole();
    for (bank, index, value) in &mut scene.values {
        if *bank == SHA384 && *index < 8 {
            value.fill(0);
        }
    }
    scene.select_values();
    refused(replay(&scene, &boot.log()), "log-mismatch", "sha384:0 is ");
    // A log that does not have the bank at all is no log for the quote.
    let mut log = boot.clone();
    log.banks.truncate(1);
    for event in &mut log.events {
        event.digests.truncate(1);
    }
    for scene in [boot.whole(), scene, boot.quote(&[SHA384], 0..8)] {
        let error = replay(&scene, &log.log()).unwrap_err();
        let text = "the quote covers bank sha384, of which the log has no digests";
        assert_eq!(
            (error.to_string().as_str(), error.verdict()),
            (text, Verdict::Unsupported)
        );
    }
    replay(&boot.quote(&[SHA256], 0..8), &log.log()).unwrap();
    // In one bank the OS fills the PCRs with other events than in the other.
    let mut other = boot.clone();
    other.events[3] = Event::of(3, ACTION, &BANKS, b"another", b"another");
    let mut scene = boot.quote(&[SHA256], 0..8);
    scene.values.extend(other.quote(&[SHA384], 0..8).values);
    scene.select_values();
    refused(replay(&scene, &boot.log()), "log-mismatch", "sha384:3 is ");
    refused(replay(&scene, &other.log()), "log-mismatch", "sha256:3 is ");
}

#[test]
fn l14_pcr_that_the_quote_does_not_cover_has_no_events() {
    let boot = Boot::new();
    let sets: [&[u8]; 5] = [&[0], &[7], &[0, 7, 10], &[8, 9], &[0, 1, 2, 3, 4, 5, 6, 7]];
    for quoted in sets {
        // What it does not cover may be forged at will.
        let mut log = boot.clone();
        for event in &mut log.events {
            if !quoted.contains(&(event.pcr as u8)) {
                event.data = b"forged".to_vec();
                event.digests = BANKS.map(|bank| (bank, hash(bank, b"forged"))).to_vec();
            }
        }
        let scene = boot.quote(&BANKS, quoted.iter().copied());
        replay_then(&scene, &log.log(), |replay| {
            for index in 0..24 {
                for bank in [TpmAlgId::SHA256, TpmAlgId::SHA384] {
                    let is_quoted = quoted.contains(&index);
                    let state = replay.pcr_state(bank, index);
                    assert_eq!(state == PcrState::NotQuoted, !is_quoted, "{index}");
                }
            }
            for event in replay.events() {
                assert!(quoted.contains(&event.pcr()));
                assert_ne!(event.claimed_data(), b"forged");
            }
            let expected = boot
                .events
                .iter()
                .filter(|e| quoted.contains(&(e.pcr as u8)));
            assert_eq!(replay.events().count(), expected.count());
        })
        .unwrap();
        // Of one bank alone, there are digests of that bank alone.
        let scene = boot.quote(&[SHA384], quoted.iter().copied());
        replay_then(&scene, &log.log(), |replay| {
            for event in replay.events() {
                assert_eq!(event.digest(TpmAlgId::SHA256), None);
                assert_eq!(event.digest(TpmAlgId::SHA384).map(<[u8]>::len), Some(48));
                assert!(event.digests().all(|(bank, _)| bank == TpmAlgId::SHA384));
            }
        })
        .unwrap();
    }
}

#[test]
fn l3_data_that_no_digest_covers_are_not_proven() {
    let boot = Boot::new();
    let scene = boot.whole();
    for at in 0..boot.events.len() {
        for change in [
            |data: &mut Vec<u8>| data[0] ^= 1,
            |data: &mut Vec<u8>| data.push(0),
            |data: &mut Vec<u8>| data.clear(),
        ] {
            let mut log = boot.clone();
            change(&mut log.events[at].data);
            replay_then(&scene, &log.log(), |replay| {
                for (n, event) in replay.events().enumerate() {
                    assert_eq!(event.claimed_data(), log.events[n].data);
                    let expected = (n != at).then_some(&boot.events[n].data[..]);
                    assert_eq!(event.data(), expected, "{n}");
                }
            })
            .unwrap();
        }
    }
    // They are covered in one of two quoted banks.
    let mut boot = Boot::new();
    boot.events[4].digests[1].1 = hash(SHA384, b"another");
    let proven = |scene| {
        replay_then(&scene, &boot.log(), |replay| {
            let event = replay.events().find(|event| event.number() == 5).unwrap();
            event.data().is_some()
        })
        .unwrap()
    };
    assert!(proven(boot.quote(&[SHA256], 0..8)));
    assert!(!proven(boot.quote(&[SHA384], 0..8)));
    assert!(!proven(boot.quote(&BANKS, 0..8)));
}

#[test]
fn l2_event_that_is_moved_to_another_pcr_or_made_to_extend_nothing_is_refused() {
    let boot = Boot::new();
    let scene = boot.whole();
    for at in 0..boot.events.len() {
        let mut log = boot.clone();
        log.events[at].kind = NO_ACTION;
        refused(replay(&scene, &log.log()), "log-mismatch", "the only event");
        for index in 0..16 {
            let mut log = boot.clone();
            if log.events[at].pcr == index {
                continue;
            }
            log.events[at].pcr = index;
            refused(replay(&scene, &log.log()), "log-mismatch", " of the logs");
        }
        // Another type changes nothing that is proven.
        let mut log = boot.clone();
        log.events[at].kind = SEPARATOR ^ 1;
        replay_then(&scene, &log.log(), |replay| {
            let data: Vec<_> = replay.events().map(|event| event.data().unwrap()).collect();
            assert!(boot.events.iter().map(|event| &event.data[..]).eq(data));
        })
        .unwrap();
    }
}

#[test]
fn l11_os_separator_is_explained_only_by_the_rule_that_the_caller_names() {
    let boot = Boot::new();
    let mut machine = boot.clone();
    for index in [0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 14] {
        machine.measure(index, IPL_OF_OS, b"os-separator");
    }
    let log = boot.log();
    let logs = Logs::new().firmware(EventLog::parse(&log).unwrap());
    let scene = machine.whole();
    refused(
        scene.replay(&logs).map(|_| ()),
        "log-mismatch",
        "sha256:0 is ",
    );
    let other = logs.allow_suffix(Suffix::ExitBootServices);
    refused(
        scene.replay(&other).map(|_| ()),
        "log-mismatch",
        "sha256:0 is ",
    );

    let allowed = logs.allow_suffix(Suffix::OsSeparator);
    let replay = scene.replay(&allowed).unwrap();
    let used = replay.suffixed_pcrs(Suffix::OsSeparator).to_string();
    assert_eq!(
        used,
        "sha256:0,1,2,3,4,5,6,7,9,12,13,14+sha384:0,1,2,3,4,5,6,7,9,12,13,14"
    );
    assert!(replay.suffixed_pcrs(Suffix::ExitBootServices).is_empty());
    assert!(replay.unexplained_pcrs().is_empty());
    // It is not used where it is not needed, and that is said.
    let replay = boot.whole().replay(&allowed).unwrap();
    assert!(replay.suffixed_pcrs(Suffix::OsSeparator).is_empty());
    // Not in other PCRs, not twice, and not followed by anything.
    for (index, text) in [(8, "os-separator"), (7, "os-separator"), (4, "something")] {
        let mut machine = machine.clone();
        machine.measure(index, IPL_OF_OS, text.as_bytes());
        let result = machine.whole().replay(&allowed).map(|_| ());
        refused(result, "log-mismatch", &format!("sha256:{index} is "));
    }
}

/// The type does not matter.
const IPL_OF_OS: u32 = 0xd;

#[test]
fn l11_events_of_exit_boot_services_are_added_only_by_the_rule_that_the_caller_names() {
    let boot = Boot::new();
    let mut machine = boot.clone();
    machine.measure(5, ACTION, b"Exit Boot Services Invocation");
    machine.measure(5, ACTION, b"Exit Boot Services Returned with Success");
    let log = boot.log();
    let logs = Logs::new().firmware(EventLog::parse(&log).unwrap());
    let both = logs
        .allow_suffix(Suffix::ExitBootServices)
        .allow_suffix(Suffix::OsSeparator);
    for (scene, separated) in [
        (machine.whole(), "none"),
        (
            {
                machine.measure(5, ACTION, b"os-separator");
                machine.quote(&[SHA256], 0..8)
            },
            "sha256:5",
        ),
    ] {
        refused(
            scene.replay(&logs).map(|_| ()),
            "log-mismatch",
            "sha256:5 is ",
        );
        let replay = scene.replay(&both).unwrap();
        let exited = replay.suffixed_pcrs(Suffix::ExitBootServices);
        assert!(exited.iter().all(|pcr| pcr.index() == 5) && !exited.is_empty());
        let found = replay.suffixed_pcrs(Suffix::OsSeparator).to_string();
        assert_eq!(found, separated);
    }
    // In the wrong order.
    let mut machine = boot.clone();
    machine.measure(5, ACTION, b"os-separator");
    machine.measure(5, ACTION, b"Exit Boot Services Invocation");
    machine.measure(5, ACTION, b"Exit Boot Services Returned with Success");
    refused(
        machine.whole().replay(&both).map(|_| ()),
        "log-mismatch",
        "sha256:5 is ",
    );
}

#[test]
fn bank_without_a_hash_is_unsupported_not_a_mismatch() {
    // SM3 in the log counts for nothing where it is not quoted.
    let mut boot = Boot::new();
    boot.banks.push(0x12);
    for event in &mut boot.events {
        event.digests.push((0x12, vec![7; 32]));
    }
    replay(&boot.quote(&[SHA256], 0..8), &boot.log()).unwrap();
    let mut scene = boot.quote(&[SHA256], 0..8);
    scene.values.push((0x12, 0, vec![7; 32]));
    scene.select_values();
    let error = replay(&scene, &boot.log()).unwrap_err();
    assert_eq!(error.problem_name(), "log-unsupported");
    assert_eq!(error.verdict(), Verdict::Unsupported, "{error}");
}

#[test]
fn dynamic_root_of_trust_begins_its_pcrs_at_zero() {
    let mut boot = Boot::new();
    let idle = boot.quote(&[SHA256], 0..24);
    replay_then(&idle, &boot.log(), |replay| {
        for index in 17..23 {
            assert_eq!(
                replay.pcr_state(TpmAlgId::SHA256, index),
                PcrState::NeverExtended
            );
        }
    })
    .unwrap();
    boot.measure(17, 0x402, b"the launched environment");
    let mut scene = boot.quote(&[SHA256], 0..24);
    for (_, index, value) in &mut scene.values {
        match index {
            17 => {
                let digest = hash(SHA256, b"the launched environment");
                *value = hash(SHA256, &[vec![0; 32], digest].concat());
            }
            18..=22 => value.fill(0),
            _ => {}
        }
    }
    scene.select_values();
    replay_then(&scene, &boot.log(), |replay| {
        assert_eq!(replay.pcr_state(TpmAlgId::SHA256, 17), PcrState::Explained);
        assert_eq!(
            replay.pcr_state(TpmAlgId::SHA256, 18),
            PcrState::NeverExtended
        );
    })
    .unwrap();
}

#[test]
fn no_log_at_all_explains_no_firmware() {
    let boot = Boot::new();
    let result = boot.whole().replay(&Logs::new()).map(|_| ());
    refused(result, "log-unexplained", "no events for sha256:0");
    // Of other PCRs it says what they are.
    let replay = boot.quote(&[SHA256], 8..16).replay(&Logs::new()).unwrap();
    assert_eq!(replay.unexplained_pcrs().to_string(), "sha256:8,9,11,14");
    assert_eq!(replay.events().count(), 0);
}

#[test]
fn log_of_tpm_1_2_replays_in_the_sha1_bank() {
    let mut boot = Boot::new();
    boot.banks = vec![SHA1];
    for event in &mut boot.events {
        let data = event.data.clone();
        *event = Event::of(event.pcr, event.kind, &[SHA1], &data, &data);
    }
    let mut log = Vec::new();
    for event in &boot.events {
        log.extend(event.pcr.to_le_bytes());
        log.extend(event.kind.to_le_bytes());
        log.extend(&event.digests[0].1);
        log.extend((event.data.len() as u32).to_le_bytes());
        log.extend(&event.data);
    }
    let count = replay_then(&boot.whole(), &log, |replay| replay.events().count());
    assert_eq!(count.unwrap(), boot.events.len());
}

/// systemd's log of these events: PCR and text.
fn userspace(events: &[(u32, &str)]) -> Vec<u8> {
    let mut log = Vec::new();
    for (index, text) in events {
        let digest = |(bank, name)| {
            let digest = super::common::digits(&hash(bank, text.as_bytes()));
            format!(r#"{{"hashAlg":"{name}","digest":"{digest}"}}"#)
        };
        let digests = [(SHA256, "sha256"), (SHA384, "sha384")]
            .map(digest)
            .join(",");
        let content = format!(r#"{{"string":"{text}"}}"#);
        let entry = format!("{{\"pcr\":{index},\"digests\":[{digests}],\"content\":{content}}}");
        log.extend(format!("\x1e{entry}\n").into_bytes());
    }
    log
}

#[test]
fn l11_userspace_log_explains_what_was_extended_and_nothing_else() {
    let events = [
        (11, "enter-initrd"),
        (0, "os-separator"),
        (7, "os-separator"),
        (15, "machine-id"),
        (11, "leave-initrd"),
    ];
    let boot = Boot::new();
    let mut machine = boot.clone();
    for (index, text) in events {
        machine.measure(index, IPL_OF_OS, text.as_bytes());
    }
    let log = boot.log();
    let logs = Logs::new().firmware(EventLog::parse(&log).unwrap());
    let scene = machine.whole();
    refused(
        scene.replay(&logs).map(|_| ()),
        "log-mismatch",
        "sha256:0 is ",
    );
    let with = |later: &[(u32, &str)], then: &dyn Fn(Result<(), Error>, PcrState)| {
        let later = userspace(later);
        let later = UserspaceLog::parse(&later).unwrap();
        let replay = scene.replay(&logs.userspace(later));
        let state = replay.map(|replay| replay.pcr_state(TpmAlgId::SHA384, 15));
        then(state.map(|_| ()), state.unwrap_or(PcrState::NotQuoted));
    };
    with(&events, &|result, state| {
        result.unwrap();
        assert_eq!(state, PcrState::Explained);
    });
    // One entry less, more, or at another place among those of its PCR.
    for at in 0..events.len() {
        let mut less = events.to_vec();
        let event = less.remove(at);
        with(&less, &|result, state| match event.0 {
            // No log has anything for it.
            15 => assert_eq!((result, state), (Ok(()), PcrState::Unexplained)),
            index => refused(result, "log-mismatch", &format!("sha256:{index} is ")),
        });
        let mut more = events.to_vec();
        more.push(event);
        let text = format!("sha256:{} is ", event.0);
        with(&more, &|result, _| refused(result, "log-mismatch", &text));
    }
    let mut moved = events;
    moved.swap(0, 4);
    with(&moved, &|result, _| {
        refused(result, "log-mismatch", "sha256:11 is ")
    });
    // Of PCRs that the firmware measures into, it explains only what follows.
    let mut firmware = boot.clone();
    firmware.events.retain(|event| event.pcr != 7);
    let log = firmware.log();
    let later = userspace(&events);
    let logs = Logs::new()
        .firmware(EventLog::parse(&log).unwrap())
        .userspace(UserspaceLog::parse(&later).unwrap());
    refused(
        scene.replay(&logs).map(|_| ()),
        "log-unexplained",
        "sha256:7",
    );
    let mut alone = firmware.clone();
    alone.measure(7, IPL_OF_OS, b"os-separator");
    let mut scene = machine.whole();
    for (bank, index, value) in &mut scene.values {
        if *index == 7 {
            value.clone_from(&alone.pcrs(*bank)[&7]);
        }
    }
    scene.select_values();
    refused(
        scene.replay(&logs).map(|_| ()),
        "log-unexplained",
        "sha256:7",
    );
}

#[test]
fn l11_events_of_exit_boot_services_come_before_those_of_the_userspace_log() {
    let boot = Boot::new();
    let mut machine = boot.clone();
    machine.measure(5, ACTION, b"Exit Boot Services Invocation");
    machine.measure(5, ACTION, b"Exit Boot Services Returned with Success");
    machine.measure(5, ACTION, b"os-separator");
    let log = boot.log();
    let later = userspace(&[(5, "os-separator")]);
    let logs = Logs::new()
        .firmware(EventLog::parse(&log).unwrap())
        .userspace(UserspaceLog::parse(&later).unwrap());
    let scene = machine.whole();
    refused(
        scene.replay(&logs).map(|_| ()),
        "log-mismatch",
        "sha256:5 is ",
    );
    let replay = scene
        .replay(&logs.allow_suffix(Suffix::ExitBootServices))
        .unwrap();
    let used = replay.suffixed_pcrs(Suffix::ExitBootServices);
    assert_eq!(used.to_string(), "sha256:5+sha384:5");
}
