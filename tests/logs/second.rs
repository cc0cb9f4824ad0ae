//! A second reader of event logs, by offsets, and what the events add up to. It shares
//! nothing with the library.

use std::collections::BTreeMap;

use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub offset: usize,
    pub pcr: u32,
    pub kind: u32,
    pub digests: Vec<(u16, Vec<u8>)>,
    pub data: Vec<u8>,
}

/// The events, and how many bytes of padding follow them; `None` if it is not a log.
pub fn read(log: &[u8]) -> Option<(Vec<Event>, usize)> {
    let word = |at: usize| {
        let bytes = log.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().unwrap()))
    };
    let half = |at: usize| {
        let bytes = log.get(at..at + 2)?;
        Some(u16::from_le_bytes(bytes.try_into().unwrap()))
    };
    let mut events = Vec::new();
    let mut sizes: Option<BTreeMap<u16, usize>> = None;
    let mut at = 0;
    while at < log.len() {
        let rest = &log[at..];
        if rest.iter().all(|b| *b == 0) || rest.iter().all(|b| *b == 0xff) {
            break;
        }
        let offset = at;
        let (pcr, kind) = (word(at)?, word(at + 4)?);
        at += 8;
        let mut digests = Vec::new();
        match &sizes {
            None => {
                digests.push((4, log.get(at..at + 20)?.to_vec()));
                at += 20;
            }
            Some(sizes) => {
                let count = word(at)?;
                at += 4;
                if count as usize > sizes.len() {
                    return None;
                }
                for _ in 0..count {
                    let bank = half(at)?;
                    let size = *sizes.get(&bank)?;
                    if digests.iter().any(|(known, _)| *known == bank) {
                        return None;
                    }
                    digests.push((bank, log.get(at + 2..at + 2 + size)?.to_vec()));
                    at += 2 + size;
                }
            }
        }
        let size = word(at)? as usize;
        at += 4;
        let data = log.get(at..at.checked_add(size)?)?.to_vec();
        at += size;
        if pcr > 23 && kind != 3 {
            return None;
        }
        if events.is_empty() && kind == 3 && data.starts_with(b"Spec ID Event") {
            match data.get(13..16)? {
                b"03\0" => sizes = Some(header(&data)?),
                b"00\0" | b"02\0" => {}
                _ => return None,
            }
        }
        events.push(Event {
            offset,
            pcr,
            kind,
            digests,
            data,
        });
    }
    if events.is_empty() {
        return None;
    }
    Some((events, log.len() - at))
}

fn header(data: &[u8]) -> Option<BTreeMap<u16, usize>> {
    let count = u32::from_le_bytes(data.get(24..28)?.try_into().unwrap()) as usize;
    if count == 0 || count > 8 {
        return None;
    }
    let mut sizes = BTreeMap::new();
    for pair in data.get(28..28 + 4 * count)?.chunks(4) {
        let bank = u16::from_le_bytes([pair[0], pair[1]]);
        let size = usize::from(u16::from_le_bytes([pair[2], pair[3]]));
        let known = match bank {
            4 => 20,
            0xb | 0x12 | 0x27 | 0x2d => 32,
            0xc | 0x28 => 48,
            0xd | 0x29 | 0x2e => 64,
            0xe | 0x2c => 24,
            _ => size,
        };
        if size == 0 || size != known || sizes.insert(bank, size).is_some() {
            return None;
        }
    }
    let vendor = usize::from(*data.get(28 + 4 * count)?);
    (data.len() == 29 + 4 * count + vendor).then_some(sizes)
}

pub fn hash(bank: u16, parts: &[&[u8]]) -> Option<Vec<u8>> {
    let bytes = parts.concat();
    Some(match bank {
        4 => Sha1::digest(bytes).to_vec(),
        0xb => Sha256::digest(bytes).to_vec(),
        0xc => Sha384::digest(bytes).to_vec(),
        0xd => Sha512::digest(bytes).to_vec(),
        _ => return None,
    })
}

/// What the PCRs of a bank come to that events extend.
pub fn replay(events: &[Event], bank: u16) -> BTreeMap<u32, Vec<u8>> {
    let mut pcrs = BTreeMap::new();
    let size = hash(bank, &[]).unwrap().len();
    let mut start = vec![0; size];
    for event in events {
        if event.kind == 3 {
            if event.data.starts_with(b"StartupLocality\0") {
                *start.last_mut().unwrap() = event.data[16];
            }
            continue;
        }
        let digest = event.digests.iter().find(|(known, _)| *known == bank);
        let Some((_, digest)) = digest else { continue };
        let pcr = pcrs.entry(event.pcr).or_insert_with(|| match event.pcr {
            0 if event.kind == 0x8000_0010 => {
                let mut start = vec![0; size];
                start[size - 1] = 4;
                start
            }
            0 => start.clone(),
            // As the program behind the index begins, whether or not a dynamic root of
            // trust was started.
            17..=22 => vec![0xff; size],
            _ => vec![0; size],
        });
        *pcr = hash(bank, &[pcr, digest]).unwrap();
    }
    pcrs
}
