//! IMA lists and allow lists: a second reader, by offsets, finds the same in them.

use std::hint::black_box;

use sha2::{Digest, Sha256};
use tpm_quote::{
    Error, TpmAlgId,
    evidence::read_ima_allow_list,
    log::{ImaChunks, ImaDigest, ImaEntry, ImaList},
};

use crate::codec::explain_in;

/// An entry as the second reader has it: offset, PCR, listed digest, template, and what its
/// template digest covers.
type Entry = (usize, u32, Vec<u8>, Vec<u8>, Vec<u8>);

/// How the header of kexec begins. A list may do so as well, if its first entry is of PCR 1 and its
/// digest begins with zeros: it is taken for one with a header, and refused.
const HEADER: [u8; 8] = [1, 0, 0, 0, 0, 0, 0, 0];

/// A list in either form, or an allow list.
pub fn ima_list(data: &[u8]) {
    let binary = ImaList::binary(data);
    look(binary, data);
    if let Ok(list) = binary {
        assert!(!list.is_ascii());
        let start = if list.entries().next().map(|entry| entry.offset()) == Some(24) {
            24
        } else {
            0
        };
        let records = &data[start..];
        let sizes = [20, 32, 48, 64].into_iter();
        let mut readings = sizes.filter_map(|size| records_of(records, size, list.is_big_endian()));
        let same = readings.any(|second| is_same(&list, &second, start));
        assert!(same, "read otherwise: {list:?}");
    }
    // What both readers take for a list of the common template is one.
    if let Some(second) = records_of(data, 20, false)
        && second.iter().all(is_of_ima_ng)
        && !data.starts_with(&HEADER)
    {
        let list = ImaList::binary(data).expect("a list of ima-ng");
        assert!(is_same(&list, &second, 0));
    }
    let ascii = ImaList::ascii(data);
    look(ascii, data);
    if let Ok(list) = ascii {
        assert!(list.is_ascii());
        let lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
        let (last, lines) = lines.split_last().expect("one line at least");
        assert!(last.is_empty() && lines.len() == list.entries().count());
        for (entry, line) in list.entries().zip(lines) {
            is_line(&entry, line, list.is_big_endian());
        }
        assert_eq!(
            format!("{list:?}"),
            format!("{:?}", ImaList::parse(data).expect("the same"))
        );
    }
    in_pieces(data);
    allow_list(data);
}

/// A list in pieces is the whole list.
fn in_pieces(data: &[u8]) {
    let Some(size) = data.last().map(|last| usize::from(*last) + 1) else {
        return;
    };
    let whole = ImaList::parse(data);
    let mut entries = Vec::new();
    let mut buffer = vec![0; ImaChunks::MAX_ENTRY];
    let mut chunks = ImaChunks::new(&mut buffer);
    let mut take = |entry: &ImaEntry<'_>| {
        entries.push(format!(
            "{entry:?} {:?}",
            entry.template_digest(TpmAlgId::SHA256)
        ));
        Ok(())
    };
    let mut pieces = data.chunks(size);
    let pushed = pieces.try_for_each(|piece| chunks.push(piece, &mut take));
    let result = pushed.and_then(|()| chunks.finish(&mut take));
    match (whole, result) {
        (Ok(list), Ok(count)) => {
            assert_eq!(count, list.count());
            let all: Vec<_> = list
                .entries()
                .map(|entry| format!("{entry:?} {:?}", entry.template_digest(TpmAlgId::SHA256)))
                .collect();
            assert_eq!(entries, all);
        }
        (Err(_), Err(error)) => explain_in(&error, data),
        (whole, pieces) => panic!("{whole:?}, and in pieces {pieces:?}"),
    }
}

/// Whether a list is read.
pub fn is_ima_list(data: &[u8]) -> bool {
    ImaList::parse(data).is_ok()
}

fn look(list: Result<ImaList<'_>, Error>, data: &[u8]) {
    match list {
        Ok(list) => {
            black_box(format!("{list:?}"));
            let mut buffer = [0; 256];
            for (number, entry) in (0..).zip(list.entries()) {
                assert_eq!(entry.number(), number);
                assert!(entry.pcr() < 24 && list.extends(entry.pcr()));
                black_box((
                    entry.signature(&mut buffer).is_some(),
                    entry.buffer(&mut buffer).is_some(),
                ));
                if let Some(digest) = entry.digest() {
                    let text = digest.to_string();
                    assert!(ImaDigest::parse(&text) == Some(digest) || entry.digest().is_some());
                }
                assert!(!entry.name().contains(&0));
            }
            assert_eq!(list.entries().count(), list.count() as usize);
        }
        Err(error) => {
            explain_in(&error, data);
            assert!(error.offset().is_some_and(|at| at <= data.len()), "{error}");
        }
    }
}

fn is_same(list: &ImaList<'_>, second: &[Entry], start: usize) -> bool {
    list.entries().count() == second.len()
        && list.entries().zip(second).all(|(entry, second)| {
            let (offset, pcr, listed, template, hashed) = second;
            entry.offset() == (start + offset) as u64
                && u32::from(entry.pcr()) == *pcr
                && entry.listed_digest().as_ref() == listed
                && entry.template().as_bytes() == template
                && digest_of(&entry) == Sha256::digest(hashed)[..]
        })
}

fn digest_of(entry: &ImaEntry<'_>) -> Vec<u8> {
    let digest = entry.template_digest(TpmAlgId::SHA256);
    digest.expect("the hash is there").as_ref().to_vec()
}

fn records_of(list: &[u8], size: usize, big: bool) -> Option<Vec<Entry>> {
    let word = |at: usize| {
        let bytes = list.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if big {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    };
    let part = |at: usize, len: u32| list.get(at..at.checked_add(len as usize)?);
    let mut entries = Vec::new();
    let mut at = 0;
    while at < list.len() {
        let offset = at;
        let pcr = word(at)?;
        let listed = part(at + 4, size as u32)?;
        at += 4 + size;
        let len = word(at)?;
        let template = part(at + 4, len)?;
        at += 4 + len as usize;
        let hashed = if template == b"ima" {
            let digest = part(at, 20)?;
            let len = word(at + 20)?;
            let name = part(at + 24, len)?;
            at += 24 + len as usize;
            let mut padded = name.to_vec();
            padded.resize(256.max(name.len()), 0);
            [digest, &padded].concat()
        } else {
            let len = word(at)?;
            let data = part(at + 4, len)?;
            at += 4 + len as usize;
            data.to_vec()
        };
        if pcr > 23 {
            return None;
        }
        entries.push((offset, pcr, listed.to_vec(), template.to_vec(), hashed));
    }
    (!entries.is_empty()).then_some(entries)
}

/// Whether the entry is of `ima-ng`, with a digest of SHA-256 and a name.
fn is_of_ima_ng((_, _, _, template, data): &Entry) -> bool {
    let is_digest = data.starts_with(b"\x28\0\0\0sha256:\0");
    let name = data.get(48..).unwrap_or_default();
    let len = data
        .get(44..48)
        .map(|len| u32::from_le_bytes(len.try_into().expect("4 bytes")));
    template == b"ima-ng"
        && is_digest
        && data.len() < 0x1_0000
        && len == Some(name.len() as u32)
        && name.len() > 1
        && name.iter().position(|byte| *byte == 0) == Some(name.len() - 1)
}

/// What the template digest of a line covers, for the templates without numbers.
fn is_line(entry: &ImaEntry<'_>, line: &[u8], big: bool) {
    let words: Vec<&[u8]> = line[3..].split(|byte| *byte == b' ').collect();
    let pcr = core::str::from_utf8(&line[..2]).expect("digits").trim();
    assert_eq!(pcr.parse(), Ok(entry.pcr()));
    assert_eq!(hex(words[0]), entry.listed_digest().as_ref());
    assert_eq!(words[1], entry.template().as_bytes());
    let (template, fields) = (words[1], &words[2..]);
    if template == b"ima" {
        let mut name = fields[1].to_vec();
        name.resize(256, 0);
        let hashed = [hex(fields[0]), name].concat();
        assert_eq!(digest_of(entry), Sha256::digest(hashed)[..]);
    } else if [
        &b"ima-ng"[..],
        b"ima-ngv2",
        b"ima-sig",
        b"ima-sigv2",
        b"ima-buf",
    ]
    .contains(&template)
    {
        let colon = fields[0]
            .iter()
            .rposition(|byte| *byte == b':')
            .expect("a colon");
        let (names, digits) = fields[0].split_at(colon + 1);
        let mut parts = vec![
            [names, &[0], &hex(digits)].concat(),
            [fields[1], &[0]].concat(),
        ];
        parts.extend(fields[2..].iter().map(|digits| hex(digits)));
        if template != b"ima-ng" && template != b"ima-ngv2" {
            // The space before an empty last field may have been taken away.
            parts.resize(3, Vec::new());
        }
        let mut hashed = Vec::new();
        for part in parts {
            let len = part.len() as u32;
            hashed.extend(if big {
                len.to_be_bytes()
            } else {
                len.to_le_bytes()
            });
            hashed.extend(part);
        }
        assert_eq!(digest_of(entry), Sha256::digest(hashed)[..]);
        assert_eq!(entry.name(), fields[1]);
    }
}

fn hex(digits: &[u8]) -> Vec<u8> {
    let text = core::str::from_utf8(digits).expect("digits");
    let pairs = (0..text.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("digits"))
        .collect()
}

fn allow_list(data: &[u8]) {
    let mut digests = Vec::new();
    match read_ima_allow_list(data, |digest| digests.push(digest)) {
        Ok(count) => {
            assert!(count > 0 && count as usize == digests.len());
            for digest in digests {
                let text = digest.to_string();
                assert_eq!(ImaDigest::parse(&text), Some(digest));
            }
        }
        Err(error) => {
            explain_in(&error, data);
            assert!(error.offset().is_some(), "{error}");
        }
    }
}
