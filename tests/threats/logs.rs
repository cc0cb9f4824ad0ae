//! L: boot logs. What only a reader of logs can refuse stands here; see also `tests/logs`.

use std::fs;

use tpm_quote::log::EventLog;

fn log_of(machine: &str) -> Vec<u8> {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/tests/data/boot/{machine}/eventlog.bin");
    fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Logs of three firmwares, for which every byte is tried.
const THREE: [&str; 3] = ["05-efistub-shell", "03-sdboot-uki", "19-systemd262-uki"];

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
