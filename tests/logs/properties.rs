//! Real logs that were changed at random: both readers find the same.

use proptest::prelude::*;
use tpm_quote::log::EventLog;

use crate::{
    machine::{MACHINES, log_of},
    second,
};

/// What the library reads, in the words of the second reader.
pub fn read(log: &[u8]) -> Option<(Vec<second::Event>, usize)> {
    let log = match EventLog::parse_padded(log) {
        Ok(log) => log,
        Err(error) => {
            let at = error.offset().expect("errors of logs have a place");
            assert!(at <= log.len(), "{error}");
            return None;
        }
    };
    let events = log.events().map(|event| {
        let digests = event.digests().iter();
        second::Event {
            offset: event.offset() as usize,
            pcr: event.pcr_index(),
            kind: event.event_type().0,
            digests: digests
                .map(|(bank, digest)| (bank.0, digest.to_vec()))
                .collect(),
            data: event.data().to_vec(),
        }
    });
    Some((events.collect(), log.tail_bytes()))
}

/// Both agree; only the second reader does not know about big-endian logs.
#[track_caller]
pub fn both_agree(log: &[u8]) {
    assert_eq!(read(log), second::read(log));
    // Without padding the strict reader says the same, with padding it refuses.
    let strict = EventLog::parse(log).is_ok();
    assert_eq!(strict, read(log).is_some_and(|(_, tail)| tail == 0));
}

#[test]
fn readers_agree_on_our_machines() {
    for machine in MACHINES {
        both_agree(&log_of(machine));
        assert!(read(&log_of(machine)).is_some(), "{machine}");
    }
}

fn change() -> impl Strategy<Value = (usize, u8)> {
    (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| (at.index(1 << 16), byte))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn readers_agree_on_changed_logs(
        machine in prop::sample::select(MACHINES),
        changes in prop::collection::vec(change(), 0..4),
        len in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut log = log_of(machine);
        for (at, byte) in changes {
            let at = at % log.len();
            log[at] = byte;
        }
        if is_cut {
            log.truncate(len.index(log.len()));
        }
        both_agree(&log);
    }

    // Small numbers in the fields that decide what follows.
    #[test]
    fn readers_agree_on_changed_fields(
        machine in prop::sample::select(MACHINES),
        event in any::<prop::sample::Index>(),
        field in 0_usize..4,
        value in prop_oneof![0_u32..50, any::<u32>(), Just(u32::MAX)],
    ) {
        let mut log = log_of(machine);
        let (events, _) = second::read(&log).unwrap();
        let at = events[event.index(events.len())].offset + 4 * field;
        log[at..at + 4].copy_from_slice(&value.to_le_bytes());
        both_agree(&log);
    }

    #[test]
    fn readers_agree_on_bytes(log in prop::collection::vec(prop_oneof![Just(0), Just(3), any::<u8>()], 0..200)) {
        both_agree(&log);
    }
}
