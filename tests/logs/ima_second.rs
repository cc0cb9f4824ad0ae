//! A second reader of binary IMA lists, by offsets. It shares nothing with the library.

use tpm_quote::{TpmAlgId, log::ImaList};

use crate::second::hash;

#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    pub offset: usize,
    pub pcr: u32,
    pub listed: Vec<u8>,
    pub template: String,
    /// What the template digest covers.
    pub hashed: Vec<u8>,
    /// The fields, without their lengths.
    pub fields: Vec<Vec<u8>>,
}

/// The entries of a list with template digests of this size, in this order of bytes; `None` if
/// it is not such a list.
pub fn read(list: &[u8], size: usize, big: bool) -> Option<Vec<Entry>> {
    let word = |at: usize| {
        let bytes = list.get(at..at + 4)?.try_into().unwrap();
        let word = if big {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        };
        Some(word as usize)
    };
    let mut entries = Vec::new();
    let mut at = 0;
    while at < list.len() {
        let offset = at;
        let pcr = word(at)? as u32;
        let listed = list.get(at + 4..at + 4 + size)?.to_vec();
        at += 4 + size;
        let len = word(at)?;
        let template = list.get(at + 4..at + 4 + len)?;
        let template = String::from_utf8(template.to_vec()).ok()?;
        at += 4 + len;
        let (hashed, fields) = if template == "ima" {
            let digest = list.get(at..at + 20)?.to_vec();
            let len = word(at + 20)?;
            let name = list.get(at + 24..at + 24 + len)?.to_vec();
            at += 24 + len;
            let mut padded = name.clone();
            padded.resize(256, 0);
            ([&digest[..], &padded].concat(), vec![digest, name])
        } else {
            let len = word(at)?;
            let start = at + 4;
            let data = list.get(start..start + len)?;
            at = start + len;
            let mut fields = Vec::new();
            let mut place = start;
            while place < at {
                let len = word(place)?;
                let field = list.get(place + 4..place + 4 + len)?;
                fields.push(field.to_vec());
                place += 4 + len;
            }
            if place != at {
                return None;
            }
            (data.to_vec(), fields)
        };
        if pcr > 23 {
            return None;
        }
        entries.push(Entry {
            offset,
            pcr,
            listed,
            template,
            hashed,
            fields,
        });
    }
    (!entries.is_empty()).then_some(entries)
}

/// The library reads a list as this reader does.
pub fn both_agree(bytes: &[u8]) {
    let sizes = [20, 32, 48, 64];
    let mut readings = sizes.iter().filter_map(|size| read(bytes, *size, false));
    let second = readings.next().unwrap();
    assert!(readings.next().is_none());
    let list = ImaList::binary(bytes).unwrap();
    assert!(!list.is_ascii() && !list.is_big_endian());
    let entries: Vec<_> = list.entries().collect();
    assert_eq!(entries.len(), list.count() as usize);
    assert_eq!(entries.len(), second.len());
    for (number, (entry, other)) in entries.iter().zip(&second).enumerate() {
        assert_eq!(entry.number() as usize, number);
        assert_eq!(entry.offset() as usize, other.offset);
        assert_eq!(u32::from(entry.pcr()), other.pcr);
        assert_eq!(entry.listed_digest().as_ref(), other.listed);
        assert_eq!(entry.template(), other.template);
        assert_eq!(entry.is_violation(), other.listed.iter().all(|b| *b == 0));
        for bank in [4, 0xb, 0xc, 0xd] {
            let digest = entry.template_digest(TpmAlgId(bank)).unwrap();
            assert_eq!(digest.as_ref(), hash(bank, &[&other.hashed]).unwrap());
        }
        let is_ima = other.template == "ima";
        let name = &other.fields[1];
        let name = if is_ima {
            name
        } else {
            name.strip_suffix(&[0]).unwrap()
        };
        assert_eq!(entry.name(), name);
        let field = &other.fields[0];
        let digest = entry.digest().unwrap();
        if is_ima {
            assert_eq!((digest.algorithm(), digest.bytes()), ("sha1", &field[..]));
        } else {
            let zero = field.iter().position(|byte| *byte == 0).unwrap();
            let names = String::from_utf8(field[..zero].to_vec()).unwrap();
            let text = format!("{digest}:");
            let (names_of_text, _) = text.trim_end_matches(':').rsplit_once(':').unwrap();
            assert_eq!(
                names.trim_start_matches("ima:"),
                format!("{names_of_text}:")
            );
            assert_eq!(digest.bytes(), &field[zero + 1..]);
        }
        let mut buffer = vec![0; 0x1_0000];
        match &*other.template {
            "ima-sig" => {
                let expected = Some(&other.fields[2][..]).filter(|field| !field.is_empty());
                assert_eq!(entry.signature(&mut buffer), expected);
            }
            "ima-buf" => assert_eq!(entry.buffer(&mut buffer), Some(&other.fields[2][..])),
            _ => {}
        }
    }
}
