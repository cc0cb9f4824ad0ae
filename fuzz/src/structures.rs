//! Structures in the data of events, and systemd's log: second readers, by offsets and by
//! `serde_json`, find the same in them.

use serde_json::{Value, value::RawValue};
use tpm_quote::log::{EfiVariable, GptEvent, ImageLoadEvent, SignatureLists, UserspaceLog};

use crate::codec::explain_in;

/// The first byte says which structure the others are.
pub fn log_structures(data: &[u8]) {
    let Some((kind, data)) = data.split_first() else {
        return;
    };
    match kind % 4 {
        0 => variable(data),
        1 => signatures(data),
        2 => partitions(data),
        _ => image(data),
    }
}

/// Whether the structure is read.
pub fn is_log_structure(data: &[u8]) -> bool {
    let Some((kind, data)) = data.split_first() else {
        return false;
    };
    match kind % 4 {
        0 => EfiVariable::parse(data).is_ok(),
        1 => SignatureLists::parse(data).is_ok(),
        2 => GptEvent::parse(data).is_ok(),
        _ => ImageLoadEvent::parse(data).is_ok(),
    }
}

fn number(data: &[u8], at: usize, size: usize) -> Option<u64> {
    let bytes = data.get(at..at.checked_add(size)?)?;
    Some(
        bytes
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    )
}

fn part(data: &[u8], at: usize, len: u64) -> Option<&[u8]> {
    data.get(at..at.checked_add(usize::try_from(len).ok()?)?)
}

fn variable(data: &[u8]) {
    let second = || {
        let name = part(data, 32, number(data, 16, 8)?.checked_mul(2)?)?;
        let contents = part(data, 32 + name.len(), number(data, 24, 8)?)?;
        (32 + name.len() + contents.len() == data.len()).then_some((
            data[..16].to_vec(),
            name,
            contents,
        ))
    };
    let read = EfiVariable::parse(data);
    let found = read.as_ref().ok();
    let found = found.map(|it| (it.guid().0.to_vec(), it.name().bytes(), it.contents()));
    assert_eq!(found, second());
    if let Ok(variable) = read {
        let text = String::from_utf16(
            &variable
                .name()
                .bytes()
                .chunks(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect::<Vec<_>>(),
        );
        assert_eq!(text.is_ok(), variable.name().is_valid());
        if let Ok(text) = text {
            assert!(variable.is(variable.guid(), &text));
            assert!(!variable.is(variable.guid(), &format!("{text}x")));
        }
        signatures(variable.contents());
    }
}

type Entry<'a> = (&'a [u8], &'a [u8], &'a [u8]);

fn lists(data: &[u8]) -> Option<Vec<Entry<'_>>> {
    let mut entries = Vec::new();
    let mut at = 0;
    while at < data.len() {
        let (list, header) = (number(data, at + 16, 4)?, number(data, at + 20, 4)?);
        let size = number(data, at + 24, 4)?;
        let all = part(data, at, list)?;
        let rest = part(
            all,
            28 + usize::try_from(header).ok()?,
            list.checked_sub(28 + header)?,
        )?;
        if size < 17 || rest.len() as u64 % size != 0 {
            return None;
        }
        for entry in rest.chunks(size as usize) {
            entries.push((&all[..16], &entry[..16], &entry[16..]));
        }
        at += all.len();
    }
    Some(entries)
}

fn signatures(data: &[u8]) {
    let read = SignatureLists::parse(data).ok();
    let kept: Option<Vec<_>> = read.map(|lists| lists.entries().collect());
    let found = kept.as_ref().map(|entries| {
        let entries = entries.iter();
        let entry = entries.map(|it| (it.kind().0.to_vec(), it.owner().0.to_vec(), it.data()));
        entry.collect::<Vec<_>>()
    });
    let second = lists(data).map(|entries| {
        let entries = entries.into_iter();
        let entry = entries.map(|(kind, owner, data)| (kind.to_vec(), owner.to_vec(), data));
        entry.collect::<Vec<_>>()
    });
    assert_eq!(found, second);
}

fn partitions(data: &[u8]) {
    let second = || {
        let (size, count) = (number(data, 84, 4)?, number(data, 92, 8)?);
        let entries = part(data, 100, size.checked_mul(count)?)?;
        let is_whole = 100 + entries.len() == data.len();
        if !data.starts_with(b"EFI PART") || size < 128 || !is_whole {
            return None;
        }
        let entries = entries.chunks(size as usize);
        let entries = entries.map(|entry| {
            let blocks = (number(entry, 32, 8), number(entry, 40, 8));
            (entry[..16].to_vec(), entry[16..32].to_vec(), blocks)
        });
        Some((data[56..72].to_vec(), entries.collect::<Vec<_>>()))
    };
    let found = GptEvent::parse(data).ok().map(|event| {
        let partitions = event.partitions().map(|it| {
            let blocks = (Some(it.first_block()), Some(it.last_block()));
            (it.kind().0.to_vec(), it.id().0.to_vec(), blocks)
        });
        (event.disk().0.to_vec(), partitions.collect::<Vec<_>>())
    });
    assert_eq!(found, second());
}

fn image(data: &[u8]) {
    let second = || {
        let path = part(data, 32, number(data, 24, 8)?)?;
        let numbers = [0, 8, 16].map(|at| number(data, at, 8));
        (32 + path.len() == data.len()).then_some((numbers, path))
    };
    let read = ImageLoadEvent::parse(data).ok();
    let found = read.map(|it| [it.location(), it.length(), it.link_time_address()].map(Some));
    assert_eq!(found, second().map(|(numbers, _)| numbers));
    let (Some(event), Some((_, path))) = (read, second()) else {
        return;
    };
    let mut at = 0;
    for (kind, subtype, contents) in event.device_path() {
        let size = number(path, at + 2, 2).expect("the size of a node");
        assert_eq!((kind, subtype), (path[at], path[at + 1]));
        assert_eq!(Some(contents), part(path, at + 4, size - 4));
        at += 4 + contents.len();
    }
    // It ends with the path, or at a node that is cut or too short.
    let size = number(path, at + 2, 2);
    assert!(size.is_none_or(|size| size < 4 || part(path, at, size).is_none()));
}

/// A log of systemd.
pub fn userspace_log(data: &[u8]) {
    match UserspaceLog::parse(data) {
        // Every entry is an object of JSON, whose PCR and digests are well-formed.
        Ok(_) => {
            assert_eq!(data.first(), Some(&0x1e));
            for text in data[1..].split(|byte| *byte == 0x1e) {
                assert_eq!(text.last(), Some(&b'\n'));
                let entry: Value = match serde_json::from_slice(text) {
                    Ok(entry) => entry,
                    // A number of JSON may be larger than any that this reader has.
                    Err(error) => {
                        assert!(error.to_string().contains("number out of range"), "{error}");
                        serde_json::from_slice::<&RawValue>(text).expect("JSON");
                        continue;
                    }
                };
                let pcr = entry.get("pcr");
                assert!(pcr.is_none_or(|pcr| pcr.as_u64().is_some_and(|pcr| pcr < 24)));
                let digests = entry
                    .get("digests")
                    .map(|it| it.as_array().expect("an array"));
                assert!(pcr.is_none() || digests.is_some());
                for digest in digests.into_iter().flatten() {
                    let size = match digest["hashAlg"].as_str().expect("a name") {
                        "sha1" => 40,
                        "sha256" => 64,
                        "sha384" => 96,
                        "sha512" => 128,
                        _ => continue,
                    };
                    let digits = digest["digest"].as_str().expect("digits");
                    assert_eq!(digits.len(), size);
                    assert!(digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
                }
            }
        }
        Err(error) => {
            explain_in(&error, data);
            assert!(error.offset().is_some(), "{error}");
        }
    }
}

/// Whether a log of systemd is read.
pub fn is_userspace_log(data: &[u8]) -> bool {
    UserspaceLog::parse(data).is_ok()
}
