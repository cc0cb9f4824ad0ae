//! Boot logs: a second reader, by offsets, finds the same in them.

use std::{collections::BTreeMap, hint::black_box};

use tpm_quote::log::EventLog;

use crate::{codec::explain_in, parts::Input};

/// PCR, type, digests, data and offset.
pub(crate) type Event<'a> = (u32, u32, Vec<(u16, &'a [u8])>, &'a [u8], usize);

/// The input as a log, which may be padded, and as what follows a header.
pub fn event_log(data: &[u8]) {
    judge(data);
    judge(&headed_log(data));
}

/// A log that begins with an event of a header, of every kind that there is and as the input says:
/// few inputs come to one by themselves. What is left of the input are the events behind it.
pub fn headed_log(data: &[u8]) -> Vec<u8> {
    let mut input = Input(data);
    let versions = [b"03\0", b"03\0", b"03\0", b"00\0", b"02\0", b"04\0", b"03 "];
    let version = versions[usize::from(input.byte()) % versions.len()];
    let banks: [(u16, u16); 12] = [
        (0x0b, 32),
        (0x04, 20),
        (0x0c, 48),
        (0x0d, 64),
        (0x12, 32),
        (0x27, 32),
        (0x28, 48),
        (0x29, 64),
        (0x1234, 7),
        (0x1234, 0),
        (0x0b, 20),
        (0x2c, 24),
    ];
    let named = input.byte();
    let mut header = [b"Spec ID Event", &version[..], &[0; 4], &[0, 2, 105, 2]].concat();
    // From 0xf0 on the number is not that of the banks.
    let count = if named < 0xf0 { named % 10 } else { named };
    header.extend(u32::from(count).to_le_bytes());
    let first = input.byte();
    for place in 0..named % 10 {
        // One after the other, so that they differ, or as the input says.
        let which = if first < 0x80 {
            first + place
        } else {
            input.byte()
        };
        let (bank, size) = banks[usize::from(which) % banks.len()];
        header.extend([bank.to_le_bytes(), size.to_le_bytes()].concat());
    }
    let vendor = input.byte();
    header.push(vendor % 4);
    // From 0xe0 on there are more or fewer bytes than it says.
    let len = if vendor < 0xe0 {
        vendor % 4
    } else {
        vendor % 3
    };
    header.extend(vec![0x55; len.into()]);
    header.truncate(header.len() - usize::from(vendor == 0xff) * 3);
    let size = u32::try_from(header.len()).expect("short").to_le_bytes();
    [
        &[0, 0, 0, 0, 3, 0, 0, 0][..],
        &[0; 20],
        &size,
        &header,
        input.0,
    ]
    .concat()
}

fn judge(data: &[u8]) {
    let read = match EventLog::parse_padded(data) {
        Ok(log) => {
            black_box(format!("{log:?}"));
            let events = log.events().map(|event| {
                let digests = event.digests().iter();
                for (bank, digest) in digests {
                    assert_eq!(event.digest(bank), Some(digest));
                }
                let digests = event
                    .digests()
                    .iter()
                    .map(|(bank, digest)| (bank.0, digest));
                let offset = usize::try_from(event.offset()).expect("a short log");
                let kind = event.event_type().0;
                (
                    event.pcr_index(),
                    kind,
                    digests.collect(),
                    event.data(),
                    offset,
                )
            });
            Some((events.collect::<Vec<Event<'_>>>(), log.tail_bytes()))
        }
        Err(error) => {
            explain_in(&error, data);
            assert!(error.offset().is_some(), "{error}");
            None
        }
    };
    assert_eq!(read, second(data));
    let tail = read.as_ref().map(|(_, tail)| *tail);
    match EventLog::parse(data) {
        Ok(log) => {
            assert_eq!((tail, log.tail_bytes()), (Some(0), 0));
            assert_eq!(
                log.events().count(),
                read.map_or(0, |(events, _)| events.len())
            );
        }
        Err(error) => {
            let is_padded = error.problem_name() == "log-tail";
            assert_eq!(is_padded, tail.is_some(), "{error}");
            assert_ne!(tail, Some(0), "{error}");
        }
    }
}

/// Whether a log is read.
pub fn is_event_log(data: &[u8]) -> bool {
    EventLog::parse_padded(data).is_ok()
}

pub(crate) fn second(log: &[u8]) -> Option<(Vec<Event<'_>>, usize)> {
    let word = |at: usize| {
        let bytes = log.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let half = |at: usize| Some(u16::from_le_bytes(log.get(at..at + 2)?.try_into().ok()?));
    let mut events = Vec::new();
    let mut sizes: Option<BTreeMap<u16, usize>> = None;
    let mut at = 0;
    while let Some((first, others)) = log[at..].split_first() {
        if matches!(first, 0 | 0xff) && others.iter().all(|byte| byte == first) {
            break;
        }
        let offset = at;
        let (pcr, kind) = (word(at)?, word(at + 4)?);
        at += 8;
        let mut digests = Vec::new();
        if let Some(sizes) = &sizes {
            let count = word(at)?;
            at += 4;
            // Refused here, before any is read.
            if usize::try_from(count).ok()? > sizes.len() {
                return None;
            }
            for _ in 0..count {
                let bank = half(at)?;
                let size = *sizes.get(&bank)?;
                if digests.iter().any(|(known, _)| *known == bank) {
                    return None;
                }
                digests.push((bank, log.get(at + 2..at + 2 + size)?));
                at += 2 + size;
            }
        } else {
            digests.push((4, log.get(at..at + 20)?));
            at += 20;
        }
        let size = usize::try_from(word(at)?).ok()?;
        at += 4;
        let data = log.get(at..at.checked_add(size)?)?;
        at += size;
        if pcr > 23 && kind != 3 {
            return None;
        }
        if offset == 0 && kind == 3 && data.starts_with(b"Spec ID Event") {
            match data.get(13..16)? {
                b"03\0" => sizes = Some(banks(data)?),
                b"00\0" | b"02\0" => {}
                _ => return None,
            }
        }
        events.push((pcr, kind, digests, data, offset));
    }
    (!events.is_empty()).then(|| (events, log.len() - at))
}

fn banks(data: &[u8]) -> Option<BTreeMap<u16, usize>> {
    let count = usize::try_from(u32::from_le_bytes(data.get(24..28)?.try_into().ok()?)).ok()?;
    if !(1..=8).contains(&count) {
        return None;
    }
    let mut sizes = BTreeMap::new();
    for pair in data.get(28..28 + 4 * count)?.chunks(4) {
        let bank = u16::from_le_bytes([pair[0], pair[1]]);
        let size = usize::from(u16::from_le_bytes([pair[2], pair[3]]));
        let is_its_size = match bank {
            4 => size == 20,
            0xe | 0x2c => size == 24,
            0xb | 0x12 | 0x27 | 0x2d => size == 32,
            0xc | 0x28 => size == 48,
            0xd | 0x29 | 0x2e => size == 64,
            _ => size > 0,
        };
        if !is_its_size || sizes.insert(bank, size).is_some() {
            return None;
        }
    }
    let vendor = usize::from(*data.get(28 + 4 * count)?);
    (data.len() == 29 + 4 * count + vendor).then_some(sizes)
}
