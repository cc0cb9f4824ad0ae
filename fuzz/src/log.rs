//! Boot logs: a second reader, by offsets, finds the same in them.

use std::{collections::BTreeMap, hint::black_box};

use tpm_quote::log::EventLog;

use crate::codec::explain_in;

/// PCR, type, digests, data and offset.
pub(crate) type Event<'a> = (u32, u32, Vec<(u16, &'a [u8])>, &'a [u8], usize);

/// A log, which may be padded.
pub fn event_log(data: &[u8]) {
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
